"""The chain from a question to an answer, over a small archive with a hashing embedder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import ingest
from rag.conversation.turn import Turn
from rag.engine import Engine
from rag.events import Asked, Checked, Done, Found
from rag.model import (
    Candidate,
    Filters,
    Hit,
    Notice,
    PartialDate,
    Reading,
    Sentence,
    Status,
)
from rag.reading.reader import TrainedReader
from rag.store.archive import Archive, open_archive
from rag.verify import verify_answer
from tests.fakes import HashingEmbedder, entry, fill

ARTICLES = [
    {
        "id": "flood",
        "title": "River Dell floods Aldwater",
        "published": "2024-10-03",
        "publisher": "Aldwater Post",
        "text": "The Dell burst its banks on Thursday. In Aldwater 18 people drowned in the flood. "
        "Mayor Anna Reyes thanked the crews.",
    },
    {
        "id": "port",
        "title": "Dockers shut the port of Fennmouth",
        "published": "2024-09-09",
        "publisher": "Fennmouth Echo",
        "text": "Dockers shut the port of Fennmouth over night shifts. "
        "Some 640 dockers walked out. Owen Tarrant runs the port.",
    },
    {
        "id": "note",
        "title": "A note on ferries",
        "text": "Ferries to the island of Skarn run twice a day. "
        "The trip takes forty minutes by sea.",
    },
]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    rows = tmp_path / "news" / "rows.jsonl"
    rows.parent.mkdir()
    rows.write_text("\n".join(json.dumps(article) for article in ARTICLES), encoding="utf-8")
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    assert [result.outcome for result in ingest(made, [rows]).results] == ["added"] * 3
    return made


def engine_for(archive: Archive) -> Engine:
    return Engine(archive, reader=TrainedReader(), threshold=0.9)


def test_an_answer_stands_on_an_exact_quote(archive: Archive) -> None:
    answer = engine_for(archive).ask("How many people drowned in Aldwater?")
    assert answer.status is Status.ANSWERED
    claim = answer.claims[0]
    quote = claim.quotes[0]
    assert claim.text == quote.text == "In Aldwater 18 people drowned in the flood."
    assert claim.answer is not None
    assert claim.answer.text == "18"
    assert (quote.title, quote.publisher, str(quote.published)) == (
        "River Dell floods Aldwater",
        "Aldwater Post",
        "2024-10-03",
    )
    with archive.record.snapshot() as record:
        stored = record.version(quote.article_id, quote.version)
        assert stored is not None
        assert stored.article.text[quote.start : quote.end] == quote.text
        assert all(found.ok for found in verify_answer(record, answer.to_json()))


def test_a_sentence_that_refers_back_is_quoted_with_the_one_before_and_nothing_twice(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "hale.txt").write_text(
        "A record\n\nTom Hale swims for the club of Skarn.\n\nHe won the race to Fenn in 2019.\n"
    )
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    ingest(archive, [folder])
    answer = engine_for(archive).ask("In which year did Tom Hale win the race to Fenn?")
    [claim] = answer.claims
    assert claim.text == "Tom Hale swims for the club of Skarn.\nHe won the race to Fenn in 2019."
    assert claim.answer is not None
    assert "2019" in claim.answer.text
    with archive.record.snapshot() as record:
        assert all(found.ok for found in verify_answer(record, answer.to_json()))
    assert answer.candidates[0].text == "He won the race to Fenn in 2019."


def test_the_events_come_in_order_and_end_with_the_answer(archive: Archive) -> None:
    events = list(engine_for(archive).stream("Who runs the port of Fennmouth?"))
    assert isinstance(events[0], Asked)
    assert isinstance(events[1], Found)
    assert isinstance(events[-1], Done)
    assert [event.claim for event in events if isinstance(event, Checked)] == list(
        events[-1].answer.claims
    )


def test_a_follow_up_is_asked_as_it_stands_alone_and_the_answer_says_both(archive: Archive) -> None:
    engine = engine_for(archive)
    first = engine.ask("How many dockers walked out at Fennmouth?")
    events = list(engine.stream("and in Aldwater?", history=[Turn.of(first)]))
    assert events[0] == Asked("How many dockers walked out in Aldwater?", follow_up=True)
    assert isinstance(events[-1], Done)
    answer = events[-1].answer
    assert (answer.question, answer.asked_as) == (
        "and in Aldwater?",
        "How many dockers walked out in Aldwater?",
    )
    assert next(engine.stream(" Who drowned in Aldwater? ", history=[Turn.of(first)])) == Asked(
        "Who drowned in Aldwater?", follow_up=False
    )


def test_a_follow_up_finds_what_its_own_words_would_not(archive: Archive) -> None:
    engine = engine_for(archive)
    turn = Turn("How often do ferries to the island of Skarn run?", titles=("A note on ferries",))
    answer = engine.ask("How long does it take?", history=[turn], k=1)
    assert "A note on ferries" in [hit.article.title for hit in answer.passages]
    assert [hit.rank for hit in answer.passages] == [*range(1, len(answer.passages) + 1)]


def test_two_readings_of_a_follow_up_are_offered(archive: Archive) -> None:
    turn = Turn(
        "Did Anna Reyes meet Eva Tarrant at the port?",
        ("Anna Reyes, the mayor, met Eva Tarrant, an engineer, at the port.",),
    )
    answer = engine_for(archive).ask("What did she say?", history=[turn])
    assert [n.message for n in answer.notices if n.code == "readings"] == [
        "The question may mean more than one person. Ask: "
        "“What did Anna Reyes say?” or “What did Eva Tarrant say?”"
    ]


def test_a_stream_can_be_cancelled(archive: Archive) -> None:
    stream = engine_for(archive).stream("Who runs the port of Fennmouth?")
    next(stream)
    stream.close()
    assert list(stream) == []


def test_what_the_articles_do_not_say_is_an_answer_and_keeps_its_candidates(
    archive: Archive,
) -> None:
    answer = Engine(archive, reader=TrainedReader(), threshold=0.0).ask("Who won the chess match?")
    assert answer.status is Status.NOT_IN_ARTICLES
    assert answer.claims == ()
    assert len(answer.candidates) == 8
    assert 0.0 <= answer.confidence <= 1.0


def test_filters_reach_the_passages_and_what_they_leave_out_is_told(archive: Archive) -> None:
    answer = engine_for(archive).ask(
        "What happened at the port?", filters=Filters(since=PartialDate.parse("2024-10"))
    )
    assert {hit.article.title for hit in answer.passages} == {"River Dell floods Aldwater"}
    assert [notice.code for notice in answer.notices] == ["undated"]


def test_an_unknown_publisher_is_told_with_the_ones_there_are(archive: Archive) -> None:
    answer = engine_for(archive).ask("What happened?", filters=Filters(publisher="The Moon"))
    assert answer.status is Status.NOT_IN_ARTICLES
    assert [notice.code for notice in answer.notices] == ["empty"]
    assert "Aldwater Post" in answer.notices[0].message


def test_an_empty_archive_says_so(tmp_path: Path) -> None:
    empty = open_archive(tmp_path / "empty", create=True, embedder=HashingEmbedder())
    answer = engine_for(empty).ask("Who runs the port?")
    assert (answer.status, answer.confidence) == (Status.NOT_IN_ARTICLES, 0.0)
    assert "empty" in answer.notices[0].message


class LyingReader:
    """Says that its sentence stands where it does not."""

    threshold = 0.5

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        article = hits[0].article
        other = replace(article, text=article.text.replace("18", "81").replace("640", "460"))
        return Reading(
            tuple(
                Candidate(other, s, 0.4, None, 1)
                for s in hits[0].sentences
                if s == hits[0].sentences[1]
            ),
            0.1,
        )


def test_a_claim_whose_quote_fails_is_taken_out_and_kept_as_rejected(archive: Archive) -> None:
    answer = Engine(archive, reader=LyingReader()).ask("How many people drowned in Aldwater?")
    assert answer.claims == ()
    assert answer.status is Status.NOT_IN_ARTICLES
    assert [item.reason for item in answer.rejected] == ["the article has other words there"]


class LongReader:
    """Takes everything it is given for one sentence."""

    threshold = 0.5

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        article = hits[0].article
        return Reading((Candidate(article, Sentence(0, len(article.text)), 0.9, None, 1),), 0.0)


def test_a_quote_is_never_longer_than_the_contract_allows(tmp_path: Path) -> None:
    folder = tmp_path / "long"
    folder.mkdir()
    (folder / "a.txt").write_text(
        "A long day\n\n"
        + "On and on the river ran through the town, " * 30
        + "until it stopped.\n",
        encoding="utf-8",
    )
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    ingest(archive, [folder])
    quote = (
        Engine(archive, reader=LongReader()).ask("Where does the river run?").claims[0].quotes[0]
    )
    assert 100 < len(quote.text) <= 400
    assert quote.text == quote.text.strip()


@pytest.mark.parametrize(("question", "k"), [("", 10), ("   ", 10), ("Who?", 0)])
def test_a_question_that_makes_no_sense_is_refused(archive: Archive, question: str, k: int) -> None:
    with pytest.raises(ValueError, match=r"empty|at least 1"):
        engine_for(archive).ask(question, k=k)


def test_two_outlets_of_one_sentence_are_one_quote(tmp_path: Path) -> None:
    story = {
        "title": "Port shut",
        "text": "Dockers shut the port of Fennmouth over night shifts. "
        "Some 640 dockers walked out on Monday.",
    }
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        "\n".join(json.dumps(story | {"publisher": name}) for name in ("Ledger", "Echo")),
        encoding="utf-8",
    )
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    ingest(archive, [rows])
    answer = engine_for(archive).ask("How many dockers walked out?")
    quote = answer.claims[0].quotes[0]
    assert {quote.publisher, *quote.outlets} == {"Ledger", "Echo"}
    assert [candidate.text for candidate in answer.candidates].count(quote.text) == 1


def test_a_date_in_the_question_is_preferred_shown_and_undone(archive: Archive) -> None:
    engine = engine_for(archive)
    answer = engine.ask("Who runs the port since October 2024?")
    assert answer.period is not None
    assert (str(answer.period.since), answer.period.strict) == ("2024-10", False)
    assert answer.to_json()["period"]["words"] == "since October 2024"
    assert "articles of that time are preferred" in str(answer)
    assert {hit.article.published for hit in answer.passages} >= {
        PartialDate.parse("2024-10-03"),
        PartialDate.parse("2024-09-09"),
        None,
    }
    undone = engine.ask("Who runs the port since October 2024?", use_dates=False)
    assert undone.period is None
    assert engine.ask("Who runs the port since October 2024?", until="2024-12").period is None


def test_a_question_about_publication_is_a_filter(archive: Archive) -> None:
    answer = engine_for(archive).ask("What do articles published in October 2024 say of Aldwater?")
    assert answer.filters == Filters(since="2024-10", until="2024-10")
    assert {hit.article.published for hit in answer.passages} == {PartialDate.parse("2024-10-03")}


def test_a_question_of_a_time_after_the_newest_article_is_warned(archive: Archive) -> None:
    answer = engine_for(archive).ask("How many people drowned yesterday?")
    assert answer.period is None
    assert [notice.code for notice in answer.notices if notice.code == "stale"] == ["stale"]
    known = engine_for(archive).ask("How many people drowned yesterday?", as_of="2024-10-04")
    assert known.period is not None
    assert str(known.period.since) == "2024-10-03"


class _Opening:
    """Answers with the first sentence of the best passage."""

    threshold = 0.9

    def read(self, _: str, hits: Sequence[Hit]) -> Reading:
        hit = hits[0]
        return Reading((Candidate(hit.article, hit.sentences[0], 0.8, None, hit.rank),), 0.1)


def test_a_correction_in_a_quoted_article_is_told(tmp_path: Path) -> None:
    said = "Correction: an earlier version of this article said that 40 people drowned."
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(archive, entry("flood", "In Aldwater 18 people drowned in the flood.", said, title="Dell"))
    engine = Engine(archive, reader=_Opening())
    answer = engine.ask("How many people drowned in Aldwater?")
    assert Notice("corrected", f"“Dell” carries a correction: “{said}”") in answer.notices
