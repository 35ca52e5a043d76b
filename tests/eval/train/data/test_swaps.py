"""Twins of questions: one part changed for something that the passage does not speak of."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from eval.train.batches import Plan
from eval.train.data.negatives import hard_negatives
from eval.train.data.sets import Question, ReadingSet
from eval.train.data.swaps import Swaps
from rag.model import Span
from rag.reading.span_model import Context
from rag.text.terms import terms

TEXTS = (
    "Who leads the council of Aldwater?",
    "When did Mia Holt visit Port Fenn?",
    "How many boats sank in 1953?",
    "How many houses burned in 2004?",
    "What did the farmers grow near the river?",
    "Which singers did the choir invite?",
)
PASSAGES = (
    Context("Aldwater", "Tom Hale leads the council of Aldwater, a town on the river."),
    Context("A visit", "Mia Holt came to Port Fenn on Monday for a visit."),
    Context("", "Nine boats sank off the coast in 1953, and two in 1954."),
    Context("", "Some forty houses burned in 2004, most of them made of wood."),
    Context("", "Near the river the farmers grow barley and beans."),
    Context("", "The choir did invite four singers from Skarn."),
)
QUESTIONS = tuple(
    Question(f"q{i}", text, i, (Span(0, 4),), (PASSAGES[i].text[:4],))
    for i, text in enumerate(TEXTS)
)


@given(st.integers(0, len(TEXTS) - 1), st.integers(0, 10_000))
def test_a_twin_asks_about_one_thing_that_its_passage_does_not_speak_of(
    number: int, seed: int
) -> None:
    question, passage = QUESTIONS[number], PASSAGES[number]
    twin = Swaps(QUESTIONS).swapped(question, passage, random.Random(seed))
    if twin is None:
        return
    assert (twin.spans, twin.accepted, twin.passage, twin.id) == (
        (),
        (),
        number,
        f"q{number}/swapped",
    )
    spoken = set(terms(f"{passage.title} {passage.text}"))
    new = set(terms(twin.text)) - set(terms(question.text))
    assert new
    assert new.isdisjoint(spoken)
    head = next(
        i
        for i, (one, other) in enumerate(zip(question.text, twin.text, strict=False))
        if one != other
    )
    assert twin.text[:head] == question.text[:head]


def test_names_are_changed_for_names_and_figures_for_figures() -> None:
    swaps = Swaps(QUESTIONS)
    drawn = {
        twin.text
        for seed in range(40)
        if (twin := swaps.swapped(QUESTIONS[2], PASSAGES[2], random.Random(seed)))
    }
    assert drawn == {"How many boats sank in 2004?"}
    drawn = {
        twin.text
        for seed in range(40)
        if (twin := swaps.swapped(QUESTIONS[0], PASSAGES[0], random.Random(seed)))
    }
    # No other name of one word is asked about, and a name is changed before any other word is.
    assert drawn == set()


def test_the_same_draw_gives_the_same_twin() -> None:
    one, other = (
        Swaps(QUESTIONS).swapped(QUESTIONS[3], PASSAGES[3], random.Random(7)) for _ in range(2)
    )
    assert one == other
    assert one is not None


def test_twins_come_from_the_second_pass_on_beside_their_question_and_passage() -> None:
    found = ReadingSet("set", PASSAGES, tuple(map(str, range(len(TEXTS)))), QUESTIONS)
    negatives = hard_negatives(found)
    first, second = (
        Plan([found], [negatives], epochs=epochs, size=4, seed=1).batches for epochs in (1, 12)
    )
    assert second[: len(first)] == first
    groups = [[group for batch in batches for group in batch] for batches in (first, second)]
    twins = [[group for group in some if not group.question.spans] for some in groups]
    assert not twins[0]
    assert twins[1]
    assert all(group.passages == (PASSAGES[group.question.passage],) for group in twins[1])
