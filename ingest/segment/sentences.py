"""An article's text as sentences, and its sentences as chunks: spans only, never a changed word.

In: text with its blocks, then sentences with their token counts. Out: `Sentence` spans that cover all of the text but white
space, and `Chunk` spans sized for an embedder. All offsets are half-open, in code points of `Article.text`.
Knows nothing of tokenizers, models or files: whoever calls brings a function that counts tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ingest.segment.boundaries import cuts
from rag.model import Article, Block, Chunk, Sentence

TokenCounter = Callable[[list[str]], list[int]]
"""The number of tokens of each text, special tokens not counted."""

# Where a sentence that is too long is cut, best place first: after a clause, then between words.
_CUT_AT = (re.compile(r"(?<=[;:,—–])\s+"), re.compile(r"\s+"))


class _Unit(NamedTuple):
    """What chunks are packed from: a sentence, or a piece of one that is too long."""

    start: int
    end: int
    tokens: int


class _Run(NamedTuple):
    """Units `first` to `last`, both included."""

    first: int
    last: int


def sentences(text: str, blocks: Sequence[Block]) -> tuple[Sentence, ...]:
    """The sentences of the text in order, each within one block and of its kind, without white space at either end.

    Each character of a block that is not white space lies in exactly one sentence. A boundary stands after the closing quotes
    and brackets. Time is linear in the text.

    >>> text = "Mr. Able won. He left."
    >>> [text[s.start : s.end] for s in sentences(text, [Block(0, len(text))])]
    ['Mr. Able won.', 'He left.']
    """
    return tuple(sentence for block in blocks for sentence in _sentences_of(text, block))


def _sentences_of(text: str, block: Block) -> Iterator[Sentence]:
    line = text[block.start : block.end]
    ends = cuts(line)
    for start, end in zip([0, *ends], [*ends, len(line)], strict=True):
        span = line[start:end]
        stripped = span.strip()
        if stripped:
            first = block.start + start + len(span) - len(span.lstrip())
            yield Sentence(first, first + len(stripped), block.kind)


def chunks(
    article: Article,
    spans: Sequence[Sentence],
    tokens: Sequence[int],
    *,
    budget: int,
    count_tokens: TokenCounter,
) -> tuple[Chunk, ...]:
    """The article's sentences as chunks of at most `budget` tokens, as few as can be and of like size, in order.

    `tokens` holds the token count of each sentence. A chunk runs from the start of its first sentence to the
    end of its last; neighbours share one sentence, unless that would take the next chunk over the budget. A sentence of more than
    `budget` tokens is cut at clauses, else at white space, else between characters, and its pieces take the place of sentences;
    `count_tokens` is called for these alone. Only a single character that is over the budget by itself makes a chunk that is.

    :raises ValueError: if `budget` is below 1, or there is not one token count for each sentence.
    """
    if budget < 1:
        raise ValueError(
            f"a chunk of {article.source} needs room for at least one token, not {budget}"
        )
    units: list[_Unit] = []
    for sentence, count in zip(spans, tokens, strict=True):
        unit = _Unit(sentence.start, sentence.end, count)
        units.extend(
            [unit] if count <= budget else _pieces(article.text, unit, budget, count_tokens)
        )
    runs = _pack([unit.tokens for unit in units], budget, overlap=True)
    return tuple(
        Chunk(article.article_id, article.version, units[run.first].start, units[run.last].end)
        for run in runs
    )


# ---------------------------------------------------------------- packing


def _pack(tokens: Sequence[int], budget: int, *, overlap: bool) -> list[_Run]:
    """Runs over all units in order: as few as the budget allows, then evened out.

    The fewest runs come from filling each as far as it goes; the lowest limit on new tokens that needs no more runs makes them
    even (bisection, so log2(budget) passes). No unit may be over the budget, save one that stands alone.
    """
    best = _fill(tokens, budget, budget, overlap=overlap)
    low, high = -(-sum(tokens) // max(len(best), 1)), budget
    while len(best) > 1 and low < high:
        limit = (low + high) // 2
        runs = _fill(tokens, budget, limit, overlap=overlap)
        if len(runs) <= len(best):
            best, high = runs, limit
        else:
            low = limit + 1
    return best


def _fill(tokens: Sequence[int], budget: int, limit: int, *, overlap: bool) -> list[_Run]:
    """Runs filled one after the other: at most `limit` tokens from `fresh` on (or one unit), at most `budget` with the shared one."""
    runs: list[_Run] = []
    first, fresh, new, shared = 0, 0, 0, 0
    for index, count in enumerate(tokens):
        if index > fresh and (new + count > limit or shared + new + count > budget):
            runs.append(_Run(first, index - 1))
            carry = overlap and tokens[index - 1] + count <= budget
            first, shared = (index - 1, tokens[index - 1]) if carry else (index, 0)
            fresh, new = index, 0
        new += count
    if tokens:
        runs.append(_Run(first, len(tokens) - 1))
    return runs


# ---------------------------------------------------------------- sentences that are too long


def _pieces(
    text: str, unit: _Unit, budget: int, count_tokens: TokenCounter, level: int = 0
) -> list[_Unit]:
    """The unit in pieces of at most `budget` tokens, cut at the best places that `level` (an index of `_CUT_AT`) still allows."""
    if level == len(_CUT_AT):
        return _slices(text, unit, budget, count_tokens)
    spans = list(_split(text, unit, _CUT_AT[level]))
    parts = _counted(text, spans, count_tokens)
    pieces: list[_Unit] = []
    fitting: list[_Unit] = []
    for part in parts:
        if part.tokens <= budget:
            fitting.append(part)
            continue
        pieces += _joined(fitting, budget)
        pieces += _pieces(text, part, budget, count_tokens, level + 1)
        fitting = []
    return pieces + _joined(fitting, budget)


def _split(text: str, unit: _Unit, separator: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    start = unit.start
    for gap in separator.finditer(text, unit.start, unit.end):
        yield start, gap.start()
        start = gap.end()
    yield start, unit.end


def _slices(text: str, unit: _Unit, budget: int, count_tokens: TokenCounter) -> list[_Unit]:
    """A word in slices of characters: as long as its own rate of tokens suggests, halved where that is still too long."""
    length = unit.end - unit.start
    if unit.tokens <= budget or length == 1:
        return [unit]
    width = max(1, min(length // 2, length * budget // unit.tokens))
    spans = [(start, min(start + width, unit.end)) for start in range(unit.start, unit.end, width)]
    return [
        piece
        for part in _counted(text, spans, count_tokens)
        for piece in _slices(text, part, budget, count_tokens)
    ]


def _counted(
    text: str, spans: Iterable[tuple[int, int]], count_tokens: TokenCounter
) -> list[_Unit]:
    spans = list(spans)
    counts = count_tokens([text[start:end] for start, end in spans])
    return [_Unit(start, end, count) for (start, end), count in zip(spans, counts, strict=True)]


def _joined(units: Sequence[_Unit], budget: int) -> list[_Unit]:
    tokens = [unit.tokens for unit in units]
    runs = _pack(tokens, budget, overlap=False)
    return [
        _Unit(units[run.first].start, units[run.last].end, sum(tokens[run.first : run.last + 1]))
        for run in runs
    ]
