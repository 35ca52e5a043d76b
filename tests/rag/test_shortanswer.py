"""The kind of answer a question asks for, and the words of that kind in a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.shortanswer import Kind, kind_asked, short_answer
from rag.terms import terms


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many people died in the flood?", Kind.NUMBER),
        ("How fast was the train going?", Kind.NUMBER),
        ("How much did the bridge cost?", Kind.MONEY),
        ("What percentage of voters said yes?", Kind.PERCENT),
        ("When did the port reopen?", Kind.DATE),
        ("On what date was the match?", Kind.DATE),
        ("Who ran the port when the strike began?", Kind.PERSON),
        ("Why did the ferry stop?", Kind.REASON),
        ("According to the harbour master, why did the ferry stop?", Kind.REASON),
        ("What did the mayor say about the flood?", Kind.SAYING),
        ("Where is the new library?", Kind.PLACE),
        ("In which town is the library?", Kind.PLACE),
        ("Which company bought the yard?", Kind.NAME),
        ("What is an all-for-all deal?", Kind.OTHER),
    ],
)
def test_the_kind_a_question_asks_for(question: str, kind: Kind) -> None:
    assert kind_asked(question) is kind


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("How many people died in the flood?", "Officials said 18 people died on Friday.", "18"),
        ("How many men walked out?", "In 2004 some twelve hundred men walked out.", "twelve hundred"),
        ("How much did the bridge cost?", "It cost $1.5bn, more than the two tunnels.", "$1.5bn"),
        ("What share of voters said yes?", "About 61% of the voters said yes.", "61%"),
        ("When did the port reopen?", "The port reopened on 14 March 2024 after a week.", "14 March 2024"),
        ("Who did the envoy meet?", "On Friday the envoy met Anna Reyes in the capital.", "Anna Reyes"),
        ("Why did the ferry stop?", "The ferry stopped because of a broken shaft.", "a broken shaft"),
        ("What did the mayor say?", 'The mayor said: "We will rebuild it all."', "We will rebuild it all"),
    ],
)
def test_the_short_answer_in_a_sentence(question: str, sentence: str, expected: str) -> None:
    span = short_answer(kind_asked(question), sentence, set(terms(question)))
    assert span is not None
    assert sentence[span.start : span.end] == expected


def test_what_the_question_says_is_no_answer_to_it() -> None:
    question = "Who is Anna Reyes?"
    assert short_answer(Kind.PERSON, "Anna Reyes spoke.", set(terms(question))) is None


@given(st.sampled_from(Kind), st.text(max_size=300))
def test_a_short_answer_lies_within_its_sentence(kind: Kind, sentence: str) -> None:
    span = short_answer(kind, sentence, {"flood"})
    assert span is None or 0 <= span.start < span.end <= len(sentence)
