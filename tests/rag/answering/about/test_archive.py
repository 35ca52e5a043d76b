"""Questions about the archive itself, and help: answered from the database, without a search."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ingest import ingest
from rag.answer import Answer
from rag.conversation.turn import Turn
from rag.engine import Engine
from rag.events import Asked, Done
from rag.model import Filters, Hit, Kind, Reading, Status
from rag.store.archive import Archive, open_archive
from rag.verify import verify_answer
from tests.fakes import HashingEmbedder

SUBJECTS = {
    "Harbour": "The harbour crane lifted cargo ships while dockers loaded containers",
    "Orchestra": "The orchestra played a symphony and the violin soloist bowed",
}


class NoReader:
    """Refuses to read: these answers need no passage."""

    threshold = 0.5

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        raise AssertionError(f"read for {question!r}")


def archive_of(folder: Path, articles: Sequence[dict[str, str]]) -> Archive:
    rows = folder / "rows.jsonl"
    rows.write_text("\n".join(map(json.dumps, articles)), encoding="utf-8")
    made = open_archive(folder / "archive", create=True, embedder=HashingEmbedder())
    ingest(made, [rows])
    return made


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    articles = [
        {
            "title": f"{subject} report {number}",
            "text": f"{text} on day {number}. It was late, said Owen Tarrant in Fennmouth.",
            "publisher": "harbour.com" if number % 3 else "Coast Post",
            **({"published": f"20{10 + number % 2}-03-{number + 1:02}"} if number else {}),
        }
        for subject, text in SUBJECTS.items()
        for number in range(15)
    ]
    return archive_of(tmp_path_factory.mktemp("news"), articles)


def ask(archive: Archive, question: str, kind: Kind = Kind.ABOUT_ARCHIVE, **filters: str) -> Answer:
    return Engine(archive, reader=NoReader()).ask(question, kind=kind, filters=Filters(**filters))


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        ("How many articles are there?", ["The archive holds 30 articles."]),
        (
            "Which papers do you have?",
            [
                "They come from 2 publishers: harbour.com (20), Coast Post (10).",
                "The archive holds 30 articles.",
            ],
        ),
        (
            "What is the newest article?",
            [
                "The newest is “Harbour report 13” (harbour.com, 14 March 2011).",
                "By year: 14 of 2010, 14 of 2011.",
                "2 articles without a known date.",
                "The archive holds 30 articles.",
            ],
        ),
        (
            "how many articles from harbour are in the archive?",
            ["The archive holds 20 articles from harbour.com."],
        ),
        (
            "How many articles from 2011 are there?",
            ["The archive holds 14 articles published in 2011."],
        ),
        (
            "How many articles mention the violin soloist?",
            [
                "15 articles have the words “violin soloist”, such as “Orchestra report 0”.",
                "The archive holds 30 articles.",
            ],
        ),
        (
            "how often is “Skarn” mentioned",
            ["No article has the words “Skarn”.", "The archive holds 30 articles."],
        ),
    ],
)
def test_what_was_asked_of_the_archive_comes_first(
    archive: Archive, question: str, lines: list[str]
) -> None:
    answer = ask(archive, question)
    assert answer.text.splitlines() == lines
    assert (answer.status, answer.kind, answer.claims) == (
        Status.ABOUT_ARCHIVE,
        Kind.ABOUT_ARCHIVE,
        (),
    )
    assert answer.archive_revision == archive.record.revision()
    with archive.record.snapshot() as record:
        assert all(item.ok for item in verify_answer(record, answer.to_json()))


def test_topics_have_their_words_size_and_an_example(archive: Archive) -> None:
    said = ask(archive, "What is this archive about?", publisher="harbour").text
    heading, *topics, _ = said.splitlines()
    assert heading == "The largest topics:"
    assert len(topics) == 2 or len(topics) == 3
    for subject in SUBJECTS:
        [own, *_] = [line for line in topics if f"such as “{subject}" in line]
        told = own.casefold().split(":")[0].split(", ")
        assert set(told) & {"orchestra", "symphony", "violin", "harbour", "crane", "cargo"}


def test_an_archive_is_about_the_stories_that_several_papers_tell(tmp_path: Path) -> None:
    text = "The ferry Asta sank off Skarn and 34 people drowned."
    reports = [
        {"title": f"Ferry {day}", "text": text, "publisher": paper, "published": f"2024-05-0{day}"}
        for day, paper in ((6, "Coast Post"), (7, "Skarn Times"))
    ]
    shared = archive_of(tmp_path, reports)
    assert ask(shared, "What is this archive about?").text.splitlines() == [
        "1 story is told by several outlets. The largest:",
        "“Ferry 6”: 2 articles, 2 outlets, 6 May 2024 to 7 May 2024",
        "The archive holds 2 articles.",
    ]
    assert "told by several" not in ask(shared, "What is the Coast Post about?").text


def test_filters_narrow_the_answer_and_an_empty_archive_says_so(
    archive: Archive, tmp_path: Path
) -> None:
    said = ask(archive, "How many articles?", since="2011", publisher="harbour").text
    assert said == ("The archive holds 10 articles published from 2011, publisher harbour.")
    empty = open_archive(tmp_path / "empty", create=True, embedder=HashingEmbedder())
    assert ask(empty, "What is this archive about?").text == "The archive is empty."
    assert "has none yet" in ask(empty, "hi", Kind.HELP).text


def test_a_few_articles_are_listed_by_headline(tmp_path: Path) -> None:
    few = archive_of(tmp_path, [{"title": "Ferry late", "text": "The ferry to Skarn was late."}])
    assert ask(few, "What is it about?").text.splitlines() == [
        "The headlines: “Ferry late”",
        "The archive holds 1 article.",
    ]


def test_a_greeting_is_answered_with_what_can_be_asked(archive: Archive) -> None:
    answer = ask(archive, "Thanks, that was great!", Kind.HELP)
    reply, heading, *examples = answer.text.splitlines()
    assert (answer.status, answer.passages) == (Status.HELP, ())
    assert reply.startswith("You are welcome. Byline answers questions from the 30 articles")
    assert heading == "For example:"
    assert examples == [
        "What did Owen Tarrant say?",
        "What do the articles say about “Harbour report 13”?",
    ]


def test_the_kind_can_be_given_in_a_conversation(archive: Archive) -> None:
    chat = Engine(archive, reader=NoReader()).chat()
    assert chat.ask("hello", kind=Kind.HELP).status is Status.HELP
    assert chat.ask("How many?", kind=Kind.ABOUT_ARCHIVE).status is Status.ABOUT_ARCHIVE
    assert chat.history == [Turn(""), Turn("")]


def test_such_turns_leave_nothing_for_a_follow_up(archive: Archive) -> None:
    greeting, counted = ask(archive, "hi", Kind.HELP), ask(archive, "How many articles?")
    for turn in (Turn.of(greeting), Turn.of(counted), Turn.of_json(counted.to_json())):
        assert turn == Turn("")
    events = list(
        Engine(archive, reader=NoReader()).stream(
            "hello", history=[Turn("Who runs the port?")], kind=Kind.HELP
        )
    )
    assert events[0] == Asked("hello", follow_up=False)
    assert [type(event) for event in events[1:]] == [Done]
