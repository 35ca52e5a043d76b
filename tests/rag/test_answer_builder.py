"""What is added for the parts of a question comes out as one answer, each thing once."""

from __future__ import annotations

from rag.answer_builder import AnswerBuilder
from rag.events import Checked, Noticed
from rag.model import (
    NOT_IN_ARTICLES,
    Candidate,
    Claim,
    Filters,
    Notice,
    Quote,
    Reading,
    Rejected,
    Status,
)
from tests.rag.reading.test_reader import hit


def claim(text: str) -> Claim:
    return Claim(text, (Quote("a", "v", "a.txt", "Title", 0, len(text), text),), 0.5, 1.0)


def test_each_item_yields_its_event_once_and_a_rejected_claim_yields_none() -> None:
    builder = AnswerBuilder()
    first, notice, rejected = claim("It rained."), Notice("empty", "None."), Rejected("x", "y")
    items = (first, notice, rejected, first, notice, rejected)
    events = [event for item in items for event in builder.add(item)]
    assert events == [Checked(first), Noticed(notice)]
    answer = builder.build("q", "q", Filters(), None)
    assert (answer.claims, answer.notices, answer.rejected) == ((first,), (notice,), (rejected,))


def test_a_claim_of_an_earlier_part_counts_for_a_later_one_too() -> None:
    builder = AnswerBuilder()
    texts = []
    for part in (("It rained.",), ("It snowed.", "It rained."), ()):
        for text in part:
            list(builder.add(claim(text)))
        texts.append(builder.finish_part())
    assert texts == ["It rained.", "It snowed. It rained.", NOT_IN_ARTICLES]
    parts = builder.build("q", "q", Filters(), None).parts
    assert [(part.status, part.claims) for part in parts] == [
        (Status.ANSWERED, (0,)),
        (Status.ANSWERED, (1, 0)),
        (Status.NOT_IN_ARTICLES, ()),
    ]


def test_a_candidate_of_two_parts_is_kept_with_its_best_score() -> None:
    builder, passage = AnswerBuilder(), hit("It rained.", "It snowed.")
    for scores in ((0.2, 0.5), (0.9, 0.1)):
        candidates = tuple(
            Candidate(passage.article, sentence, score, None, 1)
            for sentence, score in zip(passage.sentences, scores, strict=True)
        )
        builder.add_reading([passage], Reading(candidates, 0.1), 7)
    answer = builder.build("q", "q", Filters(), None)
    assert [(item.text, item.score) for item in answer.candidates] == [
        ("It rained.", 0.9),
        ("It snowed.", 0.5),
    ]
    assert (len(answer.passages), answer.confidence, answer.archive_revision) == (1, 0.9, 7)
    assert (answer.status, answer.text) == (Status.NOT_IN_ARTICLES, NOT_IN_ARTICLES)
