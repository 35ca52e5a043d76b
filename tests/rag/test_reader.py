"""The sentence reader: candidates, chances, and silence."""

from __future__ import annotations

import math

import pytest

from rag.model import Article, Block, Chunk, Hit, Sentence
from rag.reader import NONE_FEATURES, SENTENCE_FEATURES, SentenceReader, Weights, fitted_weights
from tests.fakes import HashingEmbedder

WEIGHTS = Weights(
    tuple(4.0 if name in ("overlap", "similarity") else 1.0 if name.startswith("kind") else 0.0 for name in SENTENCE_FEATURES),
    tuple(-6.0 if name == "overlap" else 0.0 for name in NONE_FEATURES),
    3.0,
    0.5,
)


def hit(*lines: str, rank: int = 1, name: str = "a") -> Hit:
    """A passage of one sentence a line."""
    text, spans, start = "\n".join(lines), [], 0
    for line in lines:
        spans.append((start, start + len(line)))
        start += len(line) + 1
    article = Article(name, "v1", "c", name, name, "The flood", text, tuple(Block(*span) for span in spans))
    return Hit(Chunk(name, "v1", 0, len(text)), article, tuple(Sentence(*span) for span in spans), rank, 1.0 / rank, 0.5)


@pytest.fixture
def reader() -> SentenceReader:
    return SentenceReader(HashingEmbedder(), WEIGHTS)


def test_the_sentence_that_shares_the_questions_words_comes_first(reader: SentenceReader) -> None:
    reading = reader.read(
        "How many people drowned in Aldwater?",
        [hit("The river rose for two days.", "In Aldwater 18 people drowned.", "The mayor thanked the fire brigade.")],
    )
    best = reading.candidates[0]
    assert best.text == "In Aldwater 18 people drowned."
    assert best.answer is not None
    assert best.article.text[best.answer.start : best.answer.end] == "18"


def test_chances_add_up_to_the_chance_that_one_answers(reader: SentenceReader) -> None:
    reading = reader.read("Who leads the town?", [hit("Anna Reyes leads the town.", "Rain fell."), hit("The sun shone.", rank=2, name="b")])
    assert math.isclose(sum(candidate.score for candidate in reading.candidates) + reading.p_none, 1.0)
    assert [c.score for c in reading.candidates] == sorted((c.score for c in reading.candidates), reverse=True)


def test_a_sentence_that_stands_in_two_passages_is_one_candidate(reader: SentenceReader) -> None:
    twice = "Anna Reyes leads the town."
    reading = reader.read("Who leads the town?", [hit(twice, "Rain fell."), hit(twice, "The sun shone.", rank=2, name="b")])
    assert [candidate.text for candidate in reading.candidates].count(twice) == 1
    assert next(candidate for candidate in reading.candidates if candidate.text == twice).hit_rank == 1


def test_nothing_shared_is_likely_no_answer(reader: SentenceReader) -> None:
    about = reader.read("How many people drowned in Aldwater?", [hit("In Aldwater 18 people drowned.")])
    other = reader.read("What boils at ninety degrees?", [hit("In Aldwater 18 people drowned.")])
    assert about.p_none < reader.threshold < other.p_none


def test_no_passages_mean_no_answer(reader: SentenceReader) -> None:
    reading = reader.read("Who?", [])
    assert reading.candidates == ()
    assert reading.p_none == 1.0


def test_the_shipped_weights_cover_every_feature() -> None:
    weights = fitted_weights()
    assert (len(weights.sentence), len(weights.none)) == (len(SENTENCE_FEATURES), len(NONE_FEATURES))
    assert 0 < weights.threshold < 1
