"""Leaves out of passages what speaks to a language model, so that no answer can be made of it.

The whole paragraph goes, and the one after it: what is dictated often stands there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from rag.model import Article, Block, Hit, Sentence
from rag.text.prompt_injection import holds_prompt_injection


class Screened(NamedTuple):
    """Passages without what was left out, and how many sentences that were."""

    hits: tuple[Hit, ...]
    withheld: int


def screened(hits: Sequence[Hit]) -> Screened:
    """The passages without sentences in or right after a paragraph with a prompt injection."""
    kept: list[Hit] = []
    withheld: set[tuple[str, int]] = set()
    for hit in hits:
        sentences = without_injections(hit.article, hit.sentences)
        left_out = set(hit.sentences).difference(sentences)
        withheld.update((hit.article.article_id, sentence.start) for sentence in left_out)
        kept.append(replace(hit, sentences=sentences) if left_out else hit)
    return Screened(tuple(kept), len(withheld))


def without_injections(article: Article, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentences that do not stand in or right after a paragraph with a prompt injection."""
    bad = _bad_blocks(article, _blocks_of(article, sentences))
    return tuple(
        sentence
        for sentence in sentences
        if not any(block.start <= sentence.start < block.end for block in bad)
    )


def _blocks_of(article: Article, sentences: Sequence[Sentence]) -> list[int]:
    """The indices of the blocks with these sentences, and of those right before."""
    blocks, starts = article.blocks, [sentence.start for sentence in sentences]
    within = {
        i
        for i, block in enumerate(blocks)
        if any(block.start <= start < block.end for start in starts)
    }
    return sorted(within | {i - 1 for i in within if i})


def _bad_blocks(article: Article, indices: Iterable[int]) -> list[Block]:
    bad = [i for i in indices if _is_bad(article.text[_slice(article.blocks[i])])]
    return [article.blocks[at] for i in bad for at in (i, i + 1) if at < len(article.blocks)]


def _slice(block: Block) -> slice:
    return slice(block.start, block.end)


@lru_cache(maxsize=8192)
def _is_bad(paragraph: str) -> bool:
    return holds_prompt_injection(paragraph)
