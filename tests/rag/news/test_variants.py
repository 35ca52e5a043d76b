"""Copies of a sentence that differ in a number, date or name where it answers."""

from __future__ import annotations

import pytest

from rag.news.variants import variants
from tests.rag.news.readings import Told, reading_of

WALKED_OUT = "Some [640 members] of the Harbour Union walked out on Monday morning."


def found(question: str, *sentences: str) -> list[tuple[str, str]]:
    reading = reading_of([Told(sentence) for sentence in sentences])
    return [(item.said, item.instead) for item in variants(question, reading)]


@pytest.mark.parametrize(
    ("question", "one", "other", "differs"),
    [
        ("How many walked out?", WALKED_OUT, WALKED_OUT.replace("640", "460"), ("640", "460")),
        (
            "When did it open?",
            "The Aldwater bridge opened to traffic on [3 May 2019], a year late.",
            "The Aldwater bridge opened to traffic on [8 May 2018], a year late.",
            ("3 2019", "8 2018"),
        ),
        (
            "Who bought the mill?",
            "“[Orvane] has agreed to buy the old mill at Tellis for nothing.”",
            "“[Brennick] has agreed to buy the old mill at Tellis for nothing.”",
            ("orvane", "brennick"),
        ),
        (
            "Who was hurt?",
            "In the fire at the old mill at Tellis [12 Danes] were hurt on Monday.",
            "In the fire at the old mill at Tellis [twelve Swedes] were hurt on Monday.",
            ("12 danes", "twelve swedes"),
        ),
    ],
)
def test_the_value_that_differs_is_found_from_both_sides(question, one, other, differs) -> None:
    assert found(question, one, other) == [differs, differs[::-1]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("four", "fourteen"),
        ("seven", "seventy"),
        ("Iran", "Iraq"),
        ("Paul", "Paula"),
        ("John Tull", "Johnson Tull"),
        ("$640", "£640"),
        ("1.2 million", "12 million"),
    ],
)
def test_values_that_look_alike_differ(one, other) -> None:
    told = "Police say that [{}] stood on the list that the old mill at Tellis kept in May."
    assert found("What stood on the list?", told.format(one), told.format(other)) != []


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            "When did the trains meet?",
            "Officials say that the two trains met in the tunnel at around [5.10am].",
            "Officials say that the two trains met in the tunnel at around [5:10 am].",
        ),
        (
            "Who was the pilot?",
            "Two [Danish] men were on board when the aircraft fell into the woods on Monday.",
            "Two [Denmark] men were on board when the aircraft fell into the woods on Monday.",
        ),
        ("How many walked out?", WALKED_OUT, WALKED_OUT),
        (
            "Who opened the bridge?",
            "[Harold Tull] opened the Aldwater bridge to traffic on Monday morning.",
            "[Mr Tull] opened the Aldwater bridge to traffic on Monday morning.",
        ),
        (
            "What is shut?",
            "[Roads in the north] have been shut in the week because of the snow.",
            "[However the lanes] have been shut in the week because of the snow.",
        ),
        # Another day: the question asks about one of the two.
        ("How many walked out on Monday?", WALKED_OUT, WALKED_OUT.replace("Monday", "Friday")),
        # The answer is the same; what differs stands elsewhere.
        ("How many walked out?", WALKED_OUT, WALKED_OUT.replace("Harbour", "Quay")),
        # The sentences share too little to have one source.
        ("How many walked out?", WALKED_OUT, "The union counted [460 members] at the gates."),
        # The same number in another form.
        (
            "How far is it to the mill?",
            "Most of the houses lie within [6km] of the old mill at Tellis.",
            "Most of the houses lie within [six kilometres] of the old mill at Tellis.",
        ),
        (
            "How many people fled?",
            "Some [5m people] have fled from the coast of Tellis since May.",
            "Some [five million people] have fled from the coast of Tellis since May.",
        ),
        # Words that are no value.
        (
            "What did they do?",
            "The members of the Harbour Union then [marched] down to the old gates.",
            "The members of the Harbour Union then [walked] down to the old gates.",
        ),
    ],
)
def test_other_sentences_are_no_variants(question, one, other) -> None:
    assert found(question, one, other) == []


def test_one_article_does_not_contradict_itself() -> None:
    reading = reading_of([Told(WALKED_OUT)])
    twice = reading.candidates * 2
    assert not list(variants("How many walked out?", type(reading)(twice, 0.1)))
