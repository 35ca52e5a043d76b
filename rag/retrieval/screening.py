"""Leaves out of passages what speaks to a language model, so that no answer can be made of it.

What comes right after it goes, too: what is dictated often stands there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from rag.embed import DEFAULT_MODEL, Embedder
from rag.model import Article, Hit, Sentence, Span
from rag.text.prompt_injection import (
    fitted_weights,
    is_imitation,
    is_in_doubt,
    is_meant_for_models,
    is_prompt_injection,
    is_suspicious,
    piece_spans,
)

# Of how many paragraphs it is kept what was found: many questions have the same passages.
_KEPT = 20_000


class Screened(NamedTuple):
    """Passages without what was left out, and how many sentences that were."""

    hits: tuple[Hit, ...]
    withheld: int


def screened(hits: Sequence[Hit], embedder: Embedder) -> Screened:
    """The passages without sentences in or right after a paragraph with a prompt injection."""
    kept: list[Hit] = []
    withheld: set[tuple[str, int]] = set()
    for hit in hits:
        sentences = without_injections(hit.article, hit.sentences, embedder)
        left_out = set(hit.sentences).difference(sentences)
        withheld.update((hit.article.article_id, sentence.start) for sentence in left_out)
        kept.append(replace(hit, sentences=sentences) if left_out else hit)
    return Screened(tuple(kept), len(withheld))


def without_injections(
    article: Article, sentences: Sequence[Sentence], embedder: Embedder
) -> tuple[Sentence, ...]:
    """The sentences that neither speak to a language model nor stand where it is dictated to."""
    bad = _bad_spans(article, _blocks_of(article, sentences), embedder)
    return tuple(
        sentence
        for sentence in sentences
        if not any(span.start < sentence.end and sentence.start < span.end for span in bad)
    )


def _blocks_of(article: Article, sentences: Sequence[Sentence]) -> list[int]:
    """The indices of the blocks with these sentences, and of those right before and after."""
    blocks, starts = article.blocks, [sentence.start for sentence in sentences]
    within = {
        i
        for i, block in enumerate(blocks)
        if any(block.start <= start < block.end for start in starts)
    }
    beside = {j for i in within for j in (i - 1, i + 1) if 0 <= j < len(blocks)}
    return sorted(within | beside)


def _bad_spans(article: Article, indices: Iterable[int], embedder: Embedder) -> list[Span]:
    """What an injection in these blocks takes with it, as offsets in the article's text."""
    found = []
    for i in indices:
        block, after = article.blocks[i], article.blocks[i + 1 : i + 2]
        end = after[0].end if after else block.end
        for start, stop in _injections(article.text[block.start : block.end], embedder):
            first = block.start + start if start or not i else _led_up_to(article, i)
            found.append(Span(first, end if stop is None else block.start + stop))
    return found


def _led_up_to(article: Article, i: int) -> int:
    """Where the suspicious sentences begin that end the block before block `i`."""
    before = article.blocks[i - 1]
    paragraph = article.text[before.start : before.end]
    start = _back(paragraph, piece_spans(paragraph), len(piece_spans(paragraph)))
    return article.blocks[i].start if start is None else before.start + start


def _back(paragraph: str, spans: Sequence[tuple[int, int]], place: int) -> int | None:
    """Where the suspicious sentences begin that stand right before a place; None without any."""
    start = None
    for first, last in reversed(spans[:place]):
        if not is_suspicious(paragraph[first:last]):
            break
        start = first
    return start


class _Injection(NamedTuple):
    """Offsets in a paragraph; with no `stop` the paragraph after it goes, too."""

    start: int
    stop: int | None


class _Judged(NamedTuple):
    """The sentences of a paragraph as their words tell.

    `imitates` tells whether one sets instructions aside or imitates a prompt. `certain` are the
    places of injections by their words alone, `doubtful` those whose embedding has to be looked at.
    """

    spans: tuple[tuple[int, int], ...]
    imitates: bool
    certain: tuple[int, ...]
    doubtful: tuple[int, ...]


@lru_cache(maxsize=_KEPT)
def _judged(paragraph: str) -> _Judged:
    spans = piece_spans(paragraph)
    texts = [paragraph[start:stop] for start, stop in spans]
    return _Judged(
        tuple(spans),
        any(map(is_imitation, texts)),
        tuple(i for i, text in enumerate(texts) if is_prompt_injection(text)),
        tuple(i for i, text in enumerate(texts) if is_in_doubt(text)),
    )


def _injections(paragraph: str, embedder: Embedder) -> list[_Injection]:
    """A pattern condemns the paragraph, the fitted model a sentence and the one after it.

    Suspicious sentences right before go, too. The patterns match no news; the model is wrong on one
    sentence of news in 10,000.
    """
    judged = _judged(paragraph)
    if judged.imitates:
        return [_Injection(0, None)]
    spans = judged.spans
    ends = [*(stop for _, stop in spans[1:]), None]
    found = []
    for place in _speaking_to_models(paragraph, judged, embedder):
        led_up_to = _back(paragraph, spans, place)
        start = spans[place][0] if led_up_to is None else led_up_to
        found.append(_Injection(start, ends[place]))
    return found


def _speaking_to_models(paragraph: str, judged: _Judged, embedder: Embedder) -> Sequence[int]:
    """The places of the sentences that the fitted model takes for injections.

    It was fitted to the vectors of the default embedding model; with another one the words decide.
    """
    if embedder.name != DEFAULT_MODEL or embedder.dim != len(fitted_weights().meaning):
        return judged.certain
    doubtful = ((i, paragraph[slice(*judged.spans[i])]) for i in judged.doubtful)
    # One at a time: the embedder remembers the vectors of single texts.
    return [i for i, text in doubtful if is_meant_for_models(text, embedder.encode([text])[0])]
