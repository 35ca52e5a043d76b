"""Statements, briefs, timelines and lists of articles, over a small archive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rag.answering.asked.whose_words import each_speaker, is_one_name, whose_words
from rag.answering.brief import brief_of, going_on, latest_of
from rag.answering.cues import latest_on
from rag.answering.topics.articles_on import Topic, TopicArticle, topic_of
from rag.answering.topics.coverage import choices
from rag.engine import Engine
from rag.model import Kind, Status
from rag.retrieval.retrieve import Retrieved
from rag.store.archive import Archive, open_archive
from rag.verify import verify_answer
from tests.fakes import FirstSentences, HashingEmbedder, entry, fill

FERRY = (
    entry(
        "sinks",
        "The Skarn ferry sank in a storm off Fennmouth with 40 people on board.",
        "Divers searched the wreck of the ferry through the night in heavy seas.",
        "Harbour master Owen Tarrant said the ferry had been warned. "
        '"They were told to turn back," he added. '
        '"Nobody listened to us."',
        'But ferry owner Piet Hollander said: "No warning ever reached the bridge."',
        title="Skarn ferry sinks",
        published="2024-09-01",
    ),
    entry(
        "inquiry",
        "An inquiry into the loss of the Skarn ferry opened in Fennmouth with a silent minute.",
        "The inquiry will hear 30 witnesses about the ferry and its last voyage.",
        title="Skarn ferry inquiry opens",
        published="2024-10-05",
    ),
    entry(
        "verdict",
        "The owner of the Skarn ferry was fined for ignoring the gale warning, the inquiry ruled.",
        "Families of the drowned welcomed the ruling on the ferry outside the court.",
        title="Skarn ferry owner fined",
        published="2024-12-11",
    ),
    entry(
        "mill",
        "A paper mill in Aldwater will close after ninety years of making newsprint there.",
        title="Mill to close",
        published="2024-10-01",
    ),
)


SHOWN = ("old maps", "blue nets", "tin lamps", "green bottles", "new paintings")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(made, *FERRY)
    return made


def engine_for(archive: Archive) -> Engine:
    return Engine(archive, reader=FirstSentences())


def test_a_statement_is_its_speakers_alone_and_names_him(archive: Archive) -> None:
    answer = engine_for(archive).ask("What did Owen Tarrant say about the ferry?", kind=Kind.SPEECH)
    said = " ".join(quote.text for quote in answer.quotes)
    assert "had been warned" in said
    assert "Nobody listened to us." in said
    assert "reached the bridge" not in said
    assert {quote.speaker for quote in answer.quotes} == {"Owen Tarrant"}
    with archive.record.snapshot() as snapshot:
        checks = verify_answer(snapshot, answer.to_json())
    assert [check.problems for check in checks if check.problems] == []


def test_of_an_article_that_mentions_the_topic_a_brief_has_that_sentence() -> None:
    museum = entry(
        "museum",
        *(f"The museum of Lowick hung {what} on its walls." for what in SHOWN),
        "The last room tells of the Skarn ferry and how it sank.",
        title="Museum opens",
    )
    sources = [TopicArticle(item.article, item.sentences, 0.5, 1) for item in (*FERRY, museum)]
    topic = Topic("Skarn ferry", tuple(sources), Retrieved((), 1, 0))
    told = [item.candidate.text for item in brief_of(topic, HashingEmbedder(), most=9)]
    assert [text for text in told if "ferry" not in text] == []
    assert any("last room" in text for text in told)


def test_a_brief_of_one_article_has_its_reactions_too() -> None:
    told = ("The council of Lowick voted on Monday to close its old museum for good.",)
    asides = (f"The council also heard a report on {what} that lasted for hours." for what in SHOWN)
    reaction = "Painter Ann Orr called the vote on the Lowick museum a blow to every pupil."
    made = entry("museum", *told, *list(asides)[:4], reaction, title="Council closes museum")
    topic = Topic(
        "Lowick museum vote",
        (TopicArticle(made.article, made.sentences, 0.5, 1),),
        Retrieved((), 1, 0),
    )
    lead = brief_of(topic, HashingEmbedder())
    whole = [item.candidate.text for item in going_on(lead, topic, HashingEmbedder())]
    assert reaction not in [item.candidate.text for item in lead]
    assert whole[0] == told[0]
    assert reaction in whole


def test_a_brief_leaves_out_labels_and_who_wrote_the_article() -> None:
    walk = entry(
        "walk",
        "The Skarn ferry went down in a gale on Sunday with forty passengers.",
        "LOWER DECK CAR RAMP The Skarn ferry lay on its side near the pier.",
        "Nela Orrin is a shipping writer living near the Skarn ferry pier.",
        title="Skarn ferry lost",
    )
    source = TopicArticle(walk.article, walk.sentences, 0.5, 1)
    told = [walk.article.text[s.start : s.end] for _, s, *_ in choices([source])]
    assert told == ["The Skarn ferry went down in a gale on Sunday with forty passengers."]


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What is the latest on Nela Orrin?", "Nela Orrin"),
        ("Any news about the Skarn ferry?", "the Skarn ferry"),
        ("What's new with Dell?", "Dell"),
        (
            "What is the latest on the strike, which began in Skarn?",
            "the strike, which began in Skarn",
        ),
        ("What is the latest model from Dell?", None),
        ("Are there more on Skarn?", None),
    ],
)
def test_grammar_tells_what_the_latest_is_asked_of(question: str, topic: str | None) -> None:
    assert latest_on(question) == topic


def test_the_latest_begins_with_the_newest_article() -> None:
    reports = [
        entry(
            f"day{day}",
            f"The Skarn ferry was {what} by the harbour office of Dell on that morning.",
            title=f"Skarn ferry {what}",
            published=f"2011-03-0{day}",
        )
        for day, what in ((1, "lost"), (4, "raised"), (2, "found"))
    ]
    sources = [TopicArticle(item.article, item.sentences, 0.5, 1) for item in reports]
    topic = Topic("Skarn ferry", tuple(sources), Retrieved((), 1, 0))
    told = [item.candidate.text for item in latest_of(topic, HashingEmbedder())]
    assert "raised" in told[0]


def test_a_brief_tells_nothing_twice_in_other_words() -> None:
    class OneMeaning(HashingEmbedder):
        """Texts that have "sank" or "went down" mean the same."""

        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return super().encode(
                ["sank" if re.search("sank|went down", text) else text for text in texts]
            )

    other = entry(
        "other",
        "Forty passengers went down with the ageing Skarn ferry during Sunday's gale, police said.",
        "The Skarn ferry had been built in 1961 for a Danish company and lengthened twice.",
        title="Skarn ferry lost",
    )
    sources = [TopicArticle(item.article, item.sentences, 0.5, 1) for item in (*FERRY, other)]
    topic = Topic("Skarn ferry", tuple(sources), Retrieved((), 1, 0))

    def losses(embedder: HashingEmbedder) -> list[str]:
        told = [item.candidate.text for item in brief_of(topic, embedder)]
        return [text for text in told if "sank" in text or "went down" in text]

    assert len(losses(HashingEmbedder())) == 2
    assert len(losses(OneMeaning())) == 1


def test_words_on_something_else_are_left_out(archive: Archive) -> None:
    fill(
        archive,
        entry(
            "harbour",
            "The harbour of Fennmouth was dredged in spring for two million euros.",
            "The work was done by night, with lamps and boats.",
            'Owen Tarrant said: "Dredging cost us a good summer."',
            "The school by the market was painted as well.",
            title="Harbour dredged",
        ),
    )
    answer = engine_for(archive).ask("What did Owen Tarrant say about school?", kind=Kind.SPEECH)
    assert answer.status is Status.NOT_IN_ARTICLES
    assert [notice.code for notice in answer.notices if notice.code == "speaker"] == ["speaker"]


def test_articles_on_something_else_do_not_crowd_out_what_was_said(archive: Archive) -> None:
    others = (
        "tides flood sheds|buoys drift north|cranes lift timber|ropes need tar|lamps burn oil"
        "|nets hold herring",
        "pilots want pay|ferries lose money|quays lack rails|masts break early|anchors rust fast"
        "|tugs pull barges",
    )
    for number, things in enumerate(others):
        fill(
            archive,
            entry(
                f"day-{number}",
                "Owen Tarrant opened the harbour day in Fennmouth in bright sunshine.",
                "Boats from five towns had come, with flags on their masts.",
                *(f'"Our {thing}," Owen Tarrant said.' for thing in things.split("|")),
                "The school, the new school by the market, was open as well.",
                title="Harbour day",
            ),
        )
    fill(
        archive,
        entry(
            "roof",
            "Rain came through a roof in Aldwater and ruined forty desks.",
            'Owen Tarrant said: "The school will have a roof by May."',
            title="Rain in the classroom",
        ),
    )
    answer = engine_for(archive).ask("What did Owen Tarrant say about school?", kind=Kind.SPEECH)
    assert [quote.text for quote in answer.quotes] == [
        'Owen Tarrant said: "The school will have a roof by May."'
    ]


def test_a_speaker_can_be_asked_for_by_role(archive: Archive) -> None:
    answer = engine_for(archive).ask(
        "What did the Skarn ferry's owner say about the warning?", kind=Kind.SPEECH
    )
    assert [quote.text for quote in answer.quotes] == [
        'But ferry owner Piet Hollander said: "No warning ever reached the bridge."'
    ]
    assert answer.quotes[0].speaker == "Piet Hollander"


def test_what_a_house_says_is_not_said_by_its_head(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    port = (
        "The Dell Port Authority (DPA) said that nine boats were lost in the storm. "
        'The storm had come at noon. Its director, Nora Lund, said: "The pier held in the storm."'
    )
    mill = 'The director, Ann Orr, said: "The storm took the roof of the mill."'
    bank = 'The director said: "The storm closed the bank."'
    fill(archive, entry("port", port), entry("mill", mill), entry("bank", bank))
    answer = engine_for(archive).ask(
        "What did the director of the DPA say about the storm?", kind=Kind.SPEECH
    )
    assert [quote.text for quote in answer.quotes] == [
        'Its director, Nora Lund, said: "The pier held in the storm."'
    ]


def test_a_brother_of_the_same_surname_is_somebody_else(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    mill = (
        'The mill burned, his brother, Bo Tull, said. "The mill was old," Ann Tull said. '
        'The brother said: "The mill had no alarm." "The mill was dry," Mr Tull said.'
    )
    fill(archive, entry("mill", mill))
    answer = engine_for(archive).ask("What did Bo Tull say about the mill?", kind=Kind.SPEECH)
    assert {(quote.text, quote.speaker) for quote in answer.quotes} == {
        ("The mill burned, his brother, Bo Tull, said.", "Bo Tull")
    }
    unknown = engine_for(archive).ask("What did Eva Tull say about the mill?", kind=Kind.SPEECH)
    assert unknown.quotes, "no article names her, and she may be one of them"


MANAGERS = (
    entry("one", 'Skarn manager Nora Lund said of the cup: "We want to win the cup."'),
    entry("two", 'Dell manager Ann Orr said of the cup: "Skarn will not win the cup."'),
    entry("four", 'Skarn said it paid for the cup. Skarn CEO Eva Holt said: "The cup is dear."'),
    entry("three", 'Former Skarn manager Bo Tull said of the cup: "I won the cup."'),
)


@pytest.mark.parametrize(
    ("who", "speakers"),
    [
        ("the manager of Skarn", {"Nora Lund"}),
        ("the manager of Dell", {"Ann Orr"}),
        ("the former manager of Skarn", {"Bo Tull"}),
        ("the CEO of Skarn", {"Eva Holt"}),
        ("the head of Skarn", {"Eva Holt"}),
        ("the coach of Dell", {"Ann Orr"}),
        ("Dell's manager", {"Ann Orr"}),
        ("the Dell boss", {"Ann Orr"}),
        ("the chief executive of Skarn", {"Eva Holt"}),
    ],
)
def test_each_quote_names_its_own_speaker(tmp_path: Path, who: str, speakers: set[str]) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(archive, *MANAGERS)
    answer = engine_for(archive).ask(f"What did {who} say about the cup?", kind=Kind.SPEECH)
    assert {quote.speaker for quote in answer.quotes} == speakers
    assert all(str(quote.speaker) in quote.text for quote in answer.quotes)


def test_a_role_has_no_namesakes(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    told = (
        'They met the manager of Skarn. Skarn manager Nora Lund said: "The cup is dear." '
        'Nora Lund said: "We want to win the cup."'
    )
    fill(archive, entry("one", told))
    answer = engine_for(archive).ask(
        "What did the manager of Skarn say about the cup?", kind=Kind.SPEECH
    )
    assert len(answer.quotes) == 1
    assert 'We want to win the cup."' in answer.quotes[0].text
    assert answer.quotes[0].speaker == "Nora Lund"


def test_a_president_of_another_country_is_somebody_else(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(
        archive,
        entry("one", 'French President Nora Lund said of the flood: "The flood took a bridge."'),
        entry("two", 'France has a flood. US President Ann Orr said: "The flood is bad."'),
        entry("three", "France has a flood. Italy's president said the flood will pass."),
        entry("four", 'France has a flood. Former president Bo Tull said: "What a flood."'),
    )
    answer = engine_for(archive).ask(
        "What did the French president say about the flood?", kind=Kind.SPEECH
    )
    assert {quote.speaker for quote in answer.quotes} == {"Nora Lund"}


def test_the_shadow_mayor_is_not_the_mayor_nor_is_who_was_mayor_once(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(
        archive,
        entry("one", 'Mayor Nora Lund said of the flood: "It took a bridge."'),
        entry("two", 'Nora Lund came. The shadow mayor said of the flood: "A bad flood."'),
        entry("three", 'Nora Lund came, and ex-Mayor Ann Orr said of the flood: "It rose."'),
    )
    engine = engine_for(archive)
    for who in ("Nora Lund", "the mayor"):
        answer = engine.ask(f"What did {who} say about the flood?", kind=Kind.SPEECH)
        assert [quote.speaker for quote in answer.quotes] == ["Nora Lund"]
        assert "took a bridge" in answer.quotes[0].text


def test_what_a_paragraph_is_on_need_not_stand_in_the_sentence(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    text = (
        "The council met.\n\nThe dam was shut in May. The minister promised money for the dam. "
        'Opposition leader Ann Orr called it "too little". Bo Tull of Unite said it was enough.'
    )
    fill(archive, entry("one", text))
    engine = engine_for(archive)
    for who, word in (("Ann Orr", "too little"), ("Bo Tull", "enough")):
        (quote,) = engine.ask(f"What did {who} say about the dam?", kind=Kind.SPEECH).quotes
        assert quote.speaker == who
        assert word in quote.text


def test_without_a_topic_whatever_the_speaker_says_counts(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(
        archive,
        entry("one", "Ms Ann Orr said the ferry was late. Ann Orr likes to sing."),
        entry(
            "two", "The bridge, which has been shut since May, will open, said Ann Orr on Monday."
        ),
    )
    answer = engine_for(archive).ask("What did Ms Orr say?", kind=Kind.SPEECH)
    assert len(answer.quotes) == 2


def test_short_statements_of_one_speaker_are_not_taken_for_copies(tmp_path: Path) -> None:
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    apology = "Councillor Miriam Tull apologised to traders."
    reason = '"We know this is painful for traders, but it has to be," said Councillor Miriam Tull.'
    fill(
        made,
        entry("sorry", apology, published="2025-07-07"),
        entry("works", reason, published="2025-03-14"),
        entry(
            "again", "Again councillor Miriam Tull apologised to traders.", published="2025-07-08"
        ),
    )
    answer = engine_for(made).ask("What did Miriam Tull say?", kind=Kind.SPEECH)
    assert [claim.text for claim in answer.claims] == [reason, apology]


def test_whoever_is_only_called_by_the_role_is_named_as_the_article_has_it(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(archive, entry("one", "The mayor of Skarn said the flood took a bridge."))
    answer = engine_for(archive).ask("What did Skarn's mayor say about the flood?")
    assert [quote.speaker for quote in answer.quotes] == ["the Skarn mayor"]


@pytest.mark.parametrize("who", ["owen tarrant", "owen tarrant of fennmouth"])
def test_a_name_in_lower_case_is_no_role(archive: Archive, who: str) -> None:
    answer = engine_for(archive).ask(f"what did {who} say about the ferry?", kind=Kind.SPEECH)
    assert {quote.speaker for quote in answer.quotes} == {"Owen Tarrant"}


def test_who_said_nothing_is_not_given_anybody_elses_words(archive: Archive) -> None:
    answer = engine_for(archive).ask("What did Anna Reyes say about the ferry?", kind=Kind.SPEECH)
    assert answer.status is Status.NOT_IN_ARTICLES
    assert [notice.code for notice in answer.notices] == ["speaker"]


def test_a_brief_covers_the_articles_on_its_topic_in_order_of_time(archive: Archive) -> None:
    answer = engine_for(archive).ask("Tell me about the Skarn ferry", kind=Kind.BRIEF)
    assert 3 <= len(answer.claims) <= 6
    assert {quote.source for quote in answer.quotes} == {"sinks", "inquiry", "verdict"}
    published = [str(quote.published) for quote in answer.quotes]
    assert published == sorted(published)
    assert answer.quotes[0].text.startswith("The Skarn ferry sank")


def test_a_brief_on_nothing_in_the_archive_is_none(archive: Archive) -> None:
    answer = engine_for(archive).ask("Tell me about zeppelins", kind=Kind.BRIEF)
    assert answer.status is Status.NOT_IN_ARTICLES


def test_a_timeline_has_each_day(archive: Archive) -> None:
    answer = engine_for(archive).ask(
        "What happened after the Skarn ferry sank?", kind=Kind.TIMELINE
    )
    days = [str(quote.published) for quote in answer.quotes]
    assert days == sorted(days)
    assert set(days) == {"2024-09-01", "2024-10-05", "2024-12-11"}


def test_undated_sentences_stand_by_the_dates_that_they_name(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "undated", create=True, embedder=HashingEmbedder())
    later = "In May 2004 the Dell bridge was closed to lorries after cracks were found in it."
    earlier = "The Dell bridge was opened by the mayor of Aldwater in June 1999 with a parade."
    fill(archive, entry("bridge", later, earlier, title="The Dell bridge"))
    answer = engine_for(archive).ask("How did the Dell bridge fare?", kind=Kind.TIMELINE)
    assert [quote.text for quote in answer.quotes] == [earlier, later]


def test_a_timeline_of_undated_articles_is_a_brief_and_says_so(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "undated", create=True, embedder=HashingEmbedder())
    fill(archive, entry("bridge", "The Dell bridge was closed to lorries after cracks were found."))
    fill(archive, entry("repair", "Welders from Skarn mended the old Dell bridge in six weeks."))
    answer = engine_for(archive).ask("How did the Dell bridge fare?", kind=Kind.TIMELINE)
    assert len(answer.claims) == 2
    assert [notice.code for notice in answer.notices] == ["undated_order"]


def test_articles_are_listed_by_what_they_begin_with(archive: Archive) -> None:
    answer = engine_for(archive).ask("Show me articles about the Skarn ferry", kind=Kind.ARTICLES)
    assert {quote.title for quote in answer.quotes} == {
        "Skarn ferry sinks",
        "Skarn ferry inquiry opens",
        "Skarn ferry owner fined",
    }
    assert all(quote.start == 0 for quote in answer.quotes)


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Tell me about the Skarn ferry", "Skarn ferry"),
        ("What happened after the Skarn ferry sank?", "Skarn ferry sank"),
        ("skarn ferry - what's the story?", "skarn ferry"),
        ("Show me articles about lorries", "lorries"),
        ("Which articles mention the Skarn ferry?", "Skarn ferry"),
        ("yukos", "yukos"),
        ("what happened?", "what happened?"),
    ],
)
def test_a_topic_is_what_is_left_without_the_words_that_only_ask(question: str, topic: str) -> None:
    assert topic_of(question) == topic


@pytest.mark.parametrize(
    ("question", "who", "what"),
    [
        ("What did Owen Tarrant say about the ferry?", "Owen Tarrant", "ferry"),
        ("what does the harbour master think of the new pier", "the harbour master", "new pier"),
        ("How did Anna Reyes react to the ruling?", "Anna Reyes", "ruling"),
        ("What was Piet Hollander's view on the fine?", "Piet Hollander", "fine"),
        ("What did Northern State say about the fine?", "Northern State", "fine"),
        ("WHAT DID OWEN TARRANT SAY ABOUT THE FERRY?", "OWEN TARRANT", "FERRY"),
    ],
)
def test_a_question_for_words_names_who_and_on_what(question: str, who: str, what: str) -> None:
    asked = whose_words(question)
    assert asked is not None
    assert (asked.who, asked.what) == (who, what)


@pytest.mark.parametrize(
    ("question", "each"),
    [
        ("What do Tull and Holm say about pay?", ("Tull", "Holm", "about pay")),
        ("Compare what Tull and Holm say about pay", ("Tull", "Holm", "about pay")),
        ("How do Tull and the Post differ on pay?", ("Tull", "the Post", "on pay")),
        ("Compare the views of Tull and Holm on pay", ("Tull", "Holm", "on pay")),
        ("Compare Tull's and Holm's views on pay", ("Tull", "Holm", "on pay")),
        ("How much did Tull and Holm say it cost?", None),
        ("What do Tull and Holm have in common?", None),
        ("Did Tull and Holm add seats in Dell?", None),
        ("Do Tull and Holm make more cars in Dell than in Tarn?", None),
        ("What did the crew and its captain say about pay?", None),
    ],
)
def test_each_of_several_speakers_is_asked_for(
    question: str, each: tuple[str, str, str] | None
) -> None:
    expected = () if each is None else tuple((who, each[2]) for who in each[:2])
    assert each_speaker(question) == expected


def test_speakers_are_asked_about_each_other() -> None:
    assert [
        asked.about for asked in each_speaker("What do Tull and Holm say about each other?")
    ] == [
        "about Holm",
        "about Tull",
    ]


def test_parts_of_one_name_are_one_speaker() -> None:
    parts = each_speaker("What did Holm and Tarrant say about pay?")
    assert is_one_name(parts, ["Holm and Tarrant pays well.", "A shop of Holm and Tarrant shut."])
    assert not is_one_name(parts, ["Holm and Tarrant met.", "Holm left."])


@pytest.mark.parametrize("speaker", ["...", "--", "'", "🙂"])
def test_a_speaker_without_a_word_is_none(archive: Archive, speaker: str) -> None:
    asked = engine_for(archive).ask(f"What did {speaker} say about the ferry?", kind=Kind.SPEECH)
    assert asked.status in (Status.ANSWERED, Status.NOT_IN_ARTICLES)


def test_a_long_question_takes_no_longer() -> None:
    assert whose_words("did x " * 10_000) is None


def test_a_brief_on_a_name_needs_the_whole_name(archive: Archive) -> None:
    fill(archive, entry("race", "Piet Skarn won the race. Ferry Hollander came second."))
    engine = engine_for(archive)
    about = engine.ask("Tell me about Piet Hollander", kind=Kind.BRIEF)
    assert {quote.title for quote in about.quotes} == {"Skarn ferry sinks"}
    asked = engine.ask("Summarize Fennmouth's loss of the Skarn ferry", kind=Kind.BRIEF)
    assert asked.status is Status.ANSWERED, "the word that asks is no part of a name"
    nobody = engine.ask("Tell me about Owen Skarn", kind=Kind.BRIEF)
    assert nobody.status is Status.NOT_IN_ARTICLES
    shouted = engine.ask("WHAT HAPPENED TO THE SKARN FERRY?", kind=Kind.BRIEF)
    assert shouted.status is Status.ANSWERED
    elsewhere = engine.ask("Summarize the Aldwater ferry accident", kind=Kind.BRIEF)
    assert elsewhere.status is Status.NOT_IN_ARTICLES, "a ferry, and no Aldwater"
