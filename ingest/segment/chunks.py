"""Packs an article's sentences into chunks, passages sized for an embedder.

Offsets are half-open, in code points of `Article.text`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rag.model import Article, Chunk, Sentence

TokenCounter = Callable[[list[str]], list[int]]
"""Counts the tokens of each text, without special tokens."""

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


def chunks(
    article: Article,
    spans: Sequence[Sentence],
    tokens: Sequence[int],
    *,
    budget: int,
    count_tokens: TokenCounter,
) -> tuple[Chunk, ...]:
    """Packs sentences, in order, into as few chunks as possible, of similar size.

    A chunk runs from the start of its first sentence to the end of its last. Neighbours share one
    sentence, unless that would take the next chunk over the budget. A sentence over the budget is
    cut at clauses, else at white space, else between characters. Only a single character that is
    over the budget makes a chunk that is.

    :param tokens: the token count of each sentence.
    :param budget: the most tokens of a chunk, at least 1.
    :param count_tokens: called for the pieces of sentences that are too long.
    :raises ValueError: if `budget` is below 1, or there is not one token count for each sentence.
    """
    if budget < 1:
        raise ValueError(
            f"a chunk of {article.source} needs room for at least one token, not {budget}"
        )
    units: list[_Unit] = []
    for sentence, count in zip(spans, tokens, strict=True):
        unit = _Unit(sentence.start, sentence.end, count)
        units += [unit] if count <= budget else _pieces(article.text, unit, budget, count_tokens)
    runs = _pack([unit.tokens for unit in units], budget, overlap=True)
    return tuple(
        Chunk(article.article_id, article.version, units[run.first].start, units[run.last].end)
        for run in runs
    )


# ---------------------------------------------------------------- packing


def _pack(tokens: Sequence[int], budget: int, *, overlap: bool) -> list[_Run]:
    """Packs all units in order into as few runs as the budget allows, evened out.

    Filling each run as far as it goes gives the fewest; the lowest limit on new tokens that needs
    no more runs makes them even (bisection, so log2(budget) passes). Only a unit that stands alone
    may be over the budget.
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
    """Fills one run after the other.

    A run has at most `limit` tokens from `fresh` on (or one unit), and at most `budget` with the
    unit that it shares with the run before.
    """
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
    """Cuts a unit into pieces within the budget, at the best places from `_CUT_AT[level]` on."""
    if level == len(_CUT_AT):
        return _slices(text, unit, budget, count_tokens)
    pieces: list[_Unit] = []
    fitting: list[_Unit] = []
    for part in _counted(text, _split(text, unit, _CUT_AT[level]), count_tokens):
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
    """Cuts a word into slices as long as its rate of tokens suggests; halves what is too long."""
    length = unit.end - unit.start
    if unit.tokens <= budget or length == 1:
        return [unit]
    width = max(1, min(length // 2, length * budget // unit.tokens))
    spans = [(start, min(start + width, unit.end)) for start in range(unit.start, unit.end, width)]
    parts = _counted(text, spans, count_tokens)
    return [piece for part in parts for piece in _slices(text, part, budget, count_tokens)]


def _counted(
    text: str, spans: Iterable[tuple[int, int]], count_tokens: TokenCounter
) -> list[_Unit]:
    spans = list(spans)
    counts = count_tokens([text[start:end] for start, end in spans])
    return [_Unit(start, end, count) for (start, end), count in zip(spans, counts, strict=True)]


def _joined(units: Sequence[_Unit], budget: int) -> list[_Unit]:
    tokens = [unit.tokens for unit in units]
    return [
        _Unit(units[run.first].start, units[run.last].end, sum(tokens[run.first : run.last + 1]))
        for run in _pack(tokens, budget, overlap=False)
    ]
