"""Example questions: made from single sentences, asked of the engine, kept where that very sentence answers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.app.chat import examples as module
from rag.app.chat.examples import example_questions, examples
from rag.app.chat.templates import Pattern, made_of
from rag.engine import Engine
from rag.model import Answer, Article, Block, Sentence, Status
from rag.reading.reader import TrainedReader
from rag.store.archive import Archive, open_archive
from tests.fakes import HashingEmbedder, entry, fill

FLOOD = "The Fenn Bay flood killed 18 people in Aldwater."
GUILD = "Mia Holt, director of the Skarn Guild, opened the harbour."
BANK = "Dell Bank paid $4m for the old pier."


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())


class WatchedEngine(Engine):
    """Keeps what it was asked; may take its time, and may never find an answer."""

    def __init__(self, archive: Archive, *, pause_s: float = 0.0, threshold: float = 0.9) -> None:
        super().__init__(archive, reader=TrainedReader(), threshold=threshold)
        self.pause_s = pause_s
        self.answers: list[Answer] = []

    def ask(self, question: str, **options: Any) -> Answer:
        time.sleep(self.pause_s)
        self.answers.append(super().ask(question, **options))
        return self.answers[-1]


def questions_of(text: str) -> dict[Pattern, str]:
    """What the patterns make of an article of one sentence."""
    article = Article("a", "v1", "c", "k", "k", "A title", text, (Block(0, len(text)),))
    return {made.pattern: made.question for made in made_of(article, Sentence(0, len(text)))}


@pytest.mark.parametrize(
    ("sentence", "pattern", "question"),
    [
        (
            "Mia Holt, the mayor of Fenn, was shot in Tyre on 4 May.",
            Pattern.WHEN,
            "When was Mia Holt shot in Tyre?",
        ),
        (
            "The port of Old Fenn was shut on Monday.",
            Pattern.WHEN,
            "When was the port of Old Fenn shut?",
        ),
        (
            "TYRE - The Fenn Bay flood killed 18 people, four of them old.",
            Pattern.HOW_MANY,
            "How many people did the Fenn Bay flood kill?",
        ),
        (
            "Some 640 members of the Quay Union walked out, she said.",
            Pattern.HOW_MANY,
            "How many members of the Quay Union walked out?",
        ),
        (
            "About three million Skarns have seen a whale.",
            Pattern.HOW_MANY,
            "How many Skarns have seen a whale?",
        ),
        (
            "Dell Bank paid $4.5m for the old pier.",
            Pattern.HOW_MUCH,
            "How much did Dell Bank pay for the old pier?",
        ),
        (
            "Mia Holt left the Fenn Guild because of its fees.",
            Pattern.WHY,
            "Why did Mia Holt leave the Fenn Guild?",
        ),
        ("Mia Holt, 31, won the Fenn Regatta.", Pattern.WHO_DID, "Who won the Fenn Regatta?"),
        (GUILD, Pattern.WHO_HOLDS, "Who is the director of the Skarn Guild?"),
        ("Mia Holt, Fennmouth's mayor, spoke.", Pattern.WHO_HOLDS, "Who is Fennmouth's mayor?"),
        (
            "It was seen by Fenn Bank chief executive Mia Holt.",
            Pattern.WHO_HOLDS,
            "Who is the Fenn Bank chief executive?",
        ),
        ("Mia Holt, a retired judge who lives in Fenn, spoke.", Pattern.WHO_IS, "Who is Mia Holt?"),
        (
            "“I planned for half of it,” said head librarian Mia Holt.",
            Pattern.WHO_IS,
            "Who is Mia Holt?",
        ),
    ],
)
def test_a_sentence_that_fits_a_pattern_makes_a_question(
    sentence: str, pattern: Pattern, question: str
) -> None:
    assert questions_of(sentence).get(pattern) == question


@pytest.mark.parametrize(
    "sentence",
    [
        "She was shot in Tyre on 4 May.",
        "The singer was shot on 4 May.",
        "The minister said Fenn Port was shut because of ice.",
        "Yesterday Fenn was shut on 4 May.",
        "Last week Mia Holt was seen in Tyre.",
        "Fenn Port was shut and Mia Holt was glad because of ice.",
        "At the World Cup, the prime minister said that rain was near.",
        "Mr Holt, the company's director, spoke.",
        "The British director Mia is known.",
        "More than 10,000 troops have trained at U.K. bases.",
        "Die Brücke wurde am 4. Mai gesperrt, weil der Fluss stieg.",
        "Stop.",
        "Dell <b>Bank</b> paid $4m for <script>alert(1)</script>.",
    ],
)
def test_what_does_not_stand_alone_makes_none(sentence: str) -> None:
    assert questions_of(sentence) == {}


def test_a_single_name_needs_to_be_seen_as_one() -> None:
    """The first word of a sentence has a capital whatever it is; a surname alone says too little."""
    first = "Skarn was shut on 4 May."
    assert questions_of(first) == {}
    text = f"{first} Boats left from Skarn at noon."
    article = Article("a", "v1", "c", "k", "k", "A title", text, (Block(0, len(text)),))
    assert [made.question for made in made_of(article, Sentence(0, len(first)))] == [
        "When was Skarn shut?"
    ]
    text = f"{first} Boats of Mia Skarn left, and to Skarn they came."
    article = Article("a", "v1", "c", "k", "k", "A title", text, (Block(0, len(text)),))
    assert list(made_of(article, Sentence(0, len(first)))) == []


@given(
    st.lists(
        st.sampled_from(
            [
                "Mia",
                "Holt",
                "The",
                "was",
                "shut",
                "on",
                "4 May",
                ",",
                "because",
                "18",
                "people",
                "é",
                "\u202e",
                "<",
                ".",
            ]
        )
    )
)
def test_no_sentence_upsets_the_patterns(words: Sequence[str]) -> None:
    for question in questions_of(" ".join(["x", *words])).values():
        assert question.endswith("?")
        assert not set("<>\u202e\n") & set(question)


def test_an_empty_archive_gives_none(archive: Archive) -> None:
    engine = WatchedEngine(archive)
    assert example_questions(archive, engine) == []
    assert engine.answers == []


def test_what_is_offered_is_answered_by_the_sentence_it_was_made_from(archive: Archive) -> None:
    fill(archive, entry("flood", FLOOD), entry("guild", GUILD), entry("bank", BANK))
    engine = WatchedEngine(archive)
    offered = example_questions(archive, engine)
    assert sorted(offered) == [
        "How many people did the Fenn Bay flood kill in Aldwater?",
        "How much did Dell Bank pay for the old pier?",
        "Who is the director of the Skarn Guild?",
    ]
    answers = {answer.question: answer for answer in engine.answers}
    assert {answers[question].claims[0].quotes[0].text for question in offered} == {
        FLOOD,
        GUILD,
        BANK,
    }
    confidences = [answers[question].confidence for question in offered]
    assert confidences == sorted(confidences, reverse=True)


def test_what_the_engine_does_not_answer_is_not_offered(archive: Archive) -> None:
    fill(archive, entry("flood", FLOOD), entry("guild", GUILD))
    engine = WatchedEngine(archive, threshold=-1.0)
    assert example_questions(archive, engine) == []
    assert {answer.status for answer in engine.answers} == {Status.NOT_IN_ARTICLES}


def test_an_answer_from_elsewhere_does_not_count(archive: Archive) -> None:
    class Astray(WatchedEngine):
        def ask(self, question: str, **options: Any) -> Answer:
            return super().ask("Who is the director of the Skarn Guild?", **options)

    fill(archive, entry("flood", FLOOD), entry("guild", GUILD))
    assert example_questions(archive, Astray(archive)) == [
        "Who is the director of the Skarn Guild?"
    ]


def test_a_story_in_two_papers_gives_one_question(archive: Archive) -> None:
    fill(
        archive,
        entry("one", FLOOD, publisher="Post"),
        entry("two", FLOOD, "Rain fell on Aldwater.", publisher="Echo"),
    )
    assert len(examples(archive)) == 2
    assert len(example_questions(archive, WatchedEngine(archive))) == 1


def test_no_more_than_asked_for(archive: Archive) -> None:
    fill(
        archive,
        *(
            entry(f"{name}", f"{name} Bank paid $4m for pier {name}.")
            for name in ("Old Dell", "Old Skarn", "Old Aldwater")
        ),
    )
    assert len(example_questions(archive, WatchedEngine(archive))) == 3
    assert len(example_questions(archive, WatchedEngine(archive), count=2)) == 2
    assert example_questions(archive, WatchedEngine(archive), count=0) == []


def test_nothing_is_asked_after_the_budget(archive: Archive) -> None:
    fill(archive, entry("flood", FLOOD), entry("guild", GUILD), entry("bank", BANK))
    engine = WatchedEngine(archive, pause_s=0.05)
    assert len(example_questions(archive, engine, budget_s=0.01)) <= 1
    assert len(engine.answers) == 1


def test_the_sample_is_bounded_and_takes_the_newest_of_each_publisher_first(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(
        archive,
        entry("old", BANK, publisher="Post", published="2024-01-01"),
        entry("new", BANK, publisher="Post", published="2024-03-01"),
        entry("echo", BANK, publisher="Echo", published="2023-01-01"),
        entry("undated", BANK, publisher="Echo"),
    )
    assert [made.article.source for made in examples(archive)] == ["new", "echo", "old", "undated"]
    monkeypatch.setattr(module, "_ARTICLES", 2)
    assert [made.article.source for made in examples(archive)] == ["new", "echo"]


def test_odd_articles_do_no_harm(archive: Archive) -> None:
    huge = "A" * 200_000
    fill(
        archive,
        entry("word", "Stop"),
        entry("huge", huge, f"Aaron was shut on 4 May. {huge}"),
        entry("arabic", "أغلق الميناء يوم الاثنين."),
    )
    start = time.process_time()
    assert example_questions(archive, WatchedEngine(archive)) == []
    assert time.process_time() - start < 5


def test_each_pattern_has_its_example_before_one_has_two(archive: Archive) -> None:
    fill(
        archive,
        entry("flood", FLOOD),
        *(entry(name, f"Old {name} Bank paid $4m for pier {name}.") for name in ("Dell", "Skarn")),
    )
    assert {"How many people did the Fenn Bay flood kill in Aldwater?"} < set(
        example_questions(archive, WatchedEngine(archive), count=2)
    )
