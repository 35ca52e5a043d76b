"""Why an answer is what it is: where it ended, what was found and read, and what weighed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.conversation.turn import Turn
from rag.engine import Engine
from rag.explanation import Ending
from rag.model import Filters, Kind, Notice, Rejected
from rag.reading.reader import TrainedReader
from rag.render.reasons import reasons, reasons_json, reasons_to_terminal
from rag.store.archive import Archive, open_archive
from tests.fakes import HashingEmbedder, SharedWords, entry, fill

QUESTION = "How many people drowned in Aldwater?"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(
        made,
        entry("flood", "The Dell burst its banks.", "In Aldwater 18 people drowned in the flood."),
        entry("port", "Dockers shut the port of Fennmouth. Some 640 dockers walked out."),
        entry("ferry", "Ferries to Skarn run twice a day. The trip takes forty minutes."),
    )
    yield made
    made.close()


def test_passages_carry_their_ranks_in_both_searches(archive: Archive) -> None:
    (search,) = (
        Engine(archive, reader=SharedWords())
        .explain(Engine(archive, reader=SharedWords()).ask(QUESTION))
        .searches
    )
    first = search.passages[0]
    assert (first.article.source, first.dense_rank, first.lexical_rank) == ("flood", 1, 1)
    assert sorted(hit.dense_rank or 0 for hit in search.passages) == [1, 2, 3]
    assert None in {hit.lexical_rank for hit in search.passages}  # none of the question's words


def test_the_weights_of_two_sentences_tell_their_scores_apart(archive: Archive) -> None:
    """exp(sum of one's weights - sum of the other's) is the ratio of their scores."""
    engine = Engine(archive, reader=TrainedReader(), threshold=0.9)
    (search,) = engine.explain(engine.ask(QUESTION)).searches
    first, *others = search.sentences
    assert first.candidate.text == "In Aldwater 18 people drowned in the flood."
    assert others
    for other in others:
        apart = sum(w.value for w in first.weights) - sum(w.value for w in other.weights)
        ratio = first.candidate.score / other.candidate.score
        assert math.exp(apart) == pytest.approx(ratio, rel=1e-3)


def test_a_reader_without_weights_is_explained_without_them(archive: Archive) -> None:
    engine = Engine(archive, reader=SharedWords())
    (search,) = engine.explain(engine.ask(QUESTION)).searches
    assert [item.weights for item in search.sentences[:1]] == [()]


def test_the_ending_tells_the_stage(archive: Archive, tmp_path: Path) -> None:
    def ending(engine: Engine, question: str = QUESTION, **options: object) -> Ending:
        return engine.explain(engine.ask(question, **options)).ending  # type: ignore[arg-type]

    sure, unsure = (Engine(archive, reader=SharedWords(p)) for p in (0.0, 0.9))
    assert ending(sure) is Ending.ANSWERED
    assert ending(unsure) is Ending.NOT_SURE
    assert ending(sure, filters=Filters(since="2024")) is Ending.NOTHING_TO_READ
    assert ending(sure, "How many articles do you have?", kind=Kind.ABOUT_ARCHIVE) is (
        Ending.OWN_WORDS
    )
    silent = unsure.ask(QUESTION)
    far = replace(silent, notices=(Notice("far", "Nothing comes near."),))
    assert unsure.explain(far).ending is Ending.NOTHING_NEAR
    refused = replace(silent, rejected=(Rejected("18 fled.", "the article says drowned"),))
    assert unsure.explain(refused).ending is Ending.REFUSED
    empty = Engine(
        open_archive(tmp_path / "other", create=True, embedder=HashingEmbedder()),
        reader=SharedWords(),
    )
    assert ending(empty) is Ending.NOTHING_TO_READ


def test_a_follow_up_is_explained_after_the_turns_before_it(archive: Archive) -> None:
    engine = Engine(archive, reader=SharedWords())
    history = [Turn.of(engine.ask("Who shut the port of Fennmouth?"))]
    answer = engine.ask("And how many walked out of it?", history=history)
    explained = engine.explain(answer, history=history)
    assert [hit.chunk for hit in explained.searches[0].passages] == [
        hit.chunk for hit in answer.passages
    ]


def test_the_steps_say_how_far_the_limit_is_and_what_was_refused(archive: Archive) -> None:
    engine = Engine(archive, reader=SharedWords(0.62), threshold=0.5)
    answer = engine.ask(QUESTION)
    answer = replace(answer, rejected=(Rejected("18 fled.", "the article says drowned"),))
    said = reasons_to_terminal(reasons(engine.explain(answer)), width=100).plain
    assert "1. Understood as: How many people drowned in Aldwater? (asks for an amount)" in said
    assert "by meaning rank 1 (likeness" in said
    assert "by words not found" in said
    assert "no sentence answers is 62%, 12 points over the 50% above which" in " ".join(
        said.split()
    )
    assert "18 fled." in said
    assert max(map(len, said.splitlines())) <= 100
    plain = reasons_json(engine.explain(answer))
    assert (plain["ending"], plain["threshold"]) == ("refused", 0.5)


def test_a_changed_archive_is_said_to_have_changed(archive: Archive) -> None:
    engine = Engine(archive, reader=SharedWords())
    answer = engine.ask(QUESTION)
    texts = [step.text for step in reasons(engine.explain(answer))]
    assert not any("has changed" in text for text in texts)
    fill(archive, entry("new", "Nobody drowned in Skarn."))
    texts = [step.text for step in reasons(engine.explain(answer))]
    assert any("has changed" in text for text in texts)
