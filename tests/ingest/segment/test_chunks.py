"""Tests chunks: their properties, with words as tokens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.segment.chunks import chunks
from ingest.segment.sentences import sentences
from rag.model import Article, Block, Chunk, Sentence


def article(text: str) -> Article:
    return Article("a", "v", "c", "k", "wire/1.txt", "Title", text, blocks_of(text))


def blocks_of(text: str) -> tuple[Block, ...]:
    return tuple(Block(line.start(), line.end()) for line in re.finditer(r"[^\n]+", text))


def texts(text: str, spans: Sequence[Sentence | Chunk]) -> list[str]:
    return [text[span.start : span.end] for span in spans]


def words(items: list[str]) -> list[int]:
    return [len(item.split()) for item in items]


def characters(items: list[str]) -> list[int]:
    return [len(item) for item in items]


@pytest.mark.parametrize(
    "text",
    ["a" * 200_000, "Aa. " * 50_000, '."' * 100_000, "." + " " * 200_000 + "x"],
    ids=["word", "sentences", "quotes", "spaces"],
)
def test_no_line_takes_long(text):
    spans = sentences(text, [Block(0, len(text))])
    started = process_time()
    chunks(
        article(text), spans, characters(texts(text, spans)), budget=200, count_tokens=characters
    )
    # Each takes well under a second; what is quadratic takes minutes.
    assert process_time() - started < 10


def split(text: str, budget: int, count=words) -> tuple[tuple[Sentence, ...], tuple[Chunk, ...]]:
    spans = sentences(text, blocks_of(text))
    return spans, chunks(
        article(text), spans, count(texts(text, spans)), budget=budget, count_tokens=count
    )


def numbered(*sizes: int) -> str:
    return "\n".join(
        " ".join([f"S{number}"] + ["word"] * (size - 1)) for number, size in enumerate(sizes)
    )


@given(st.lists(st.integers(1, 30), min_size=1, max_size=30), st.integers(1, 25))
def test_chunks_hold_their_budget_cover_all_sentences_and_share_one_at_most(sizes, budget):
    text = numbered(*sizes)
    spans, made = split(text, budget)
    assert all(count <= budget for count in words(texts(text, made)))
    assert all(piece == piece.strip() and piece for piece in texts(text, made))
    assert made[0].start == spans[0].start
    assert made[-1].end == spans[-1].end
    for left, right in pairwise(made):
        assert left.start < right.start
        assert left.end < right.end
        # Nothing but white space lies between neighbours, and at most one sentence in both.
        assert not text[left.end : right.start].strip()
        assert sum(right.start < span.end and span.start < left.end for span in spans) <= 1
    assert split(text, budget)[1] == made


@given(st.lists(st.integers(1, 10), min_size=1, max_size=30))
def test_chunks_of_sentences_that_fit_begin_and_end_with_sentences(sizes):
    spans, made = split(numbered(*sizes), 10)
    assert {chunk.start for chunk in made} <= {span.start for span in spans}
    assert {chunk.end for chunk in made} <= {span.end for span in spans}


def test_neighbours_share_one_sentence_where_it_fits():
    text = numbered(4, 4, 4, 4, 4)
    assert [re.findall(r"S\d", piece) for piece in texts(text, split(text, 12)[1])] == [
        ["S0", "S1", "S2"],
        ["S2", "S3", "S4"],
    ]
    assert [re.findall(r"S\d", piece) for piece in texts(text, split(text, 7)[1])] == [
        ["S0"],
        ["S1"],
        ["S2"],
        ["S3"],
        ["S4"],
    ]


def test_the_last_chunk_is_not_left_tiny():
    text = numbered(*[5] * 21)
    sizes = words(texts(text, split(text, 100)[1]))
    assert len(sizes) == 2
    assert max(sizes) - min(sizes) <= 5


def test_sentences_without_tokens_do_not_hide_those_that_have_them():
    text = "Aaaaa\n--\nbbbbb\nccccc"
    _, made = split(text, 10, lambda items: [sum(map(str.isalpha, item)) for item in items])
    assert texts(text, made) == ["Aaaaa\n--\nbbbbb", "bbbbb\nccccc"]


def test_a_sentence_that_is_too_long_is_cut_at_clauses_then_at_white_space_then_anywhere():
    clauses = "one two three; four five six, seven eight nine — ten eleven"
    assert texts(clauses, split(clauses, 6)[1]) == [
        "one two three; four five six,",
        "seven eight nine — ten eleven",
    ]
    plain = "one two three four five six seven"
    assert texts(plain, split(plain, 4)[1]) == ["one two three four", "five six seven"]
    word = "x" * 25
    assert texts(word, split(word, 10, characters)[1]) == ["x" * 10, "x" * 10, "x" * 5]


def test_only_sentences_that_are_too_long_are_counted_again():
    asked: list[str] = []

    def recording(items: list[str]) -> list[int]:
        asked.extend(items)
        return words(items)

    text = "Short one. A much longer one, which goes on and on."
    spans = sentences(text, blocks_of(text))
    chunks(article(text), spans, words(texts(text, spans)), budget=6, count_tokens=recording)
    assert asked == ["A much longer one,", "which goes on and on."]


def test_an_article_without_text_has_no_chunks():
    assert split("", 10) == ((), ())


def test_what_cannot_be_meant_is_refused():
    text = "One. Two."
    spans = sentences(text, blocks_of(text))
    with pytest.raises(ValueError, match=r"wire/1\.txt needs room"):
        chunks(article(text), spans, [1, 1], budget=0, count_tokens=words)
    with pytest.raises(ValueError, match="zip"):
        chunks(article(text), spans, [1], budget=5, count_tokens=words)
