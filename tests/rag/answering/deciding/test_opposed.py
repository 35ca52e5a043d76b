"""Articles that say yes where others say no: both are shown, and only plain words count."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.answer import Answer
from rag.answering.deciding.opposed import opposed_articles, plain_verdict
from rag.answering.deciding.statements import statement_of
from rag.answering.yes_no import judged
from rag.engine import Engine
from rag.model import Candidate, ConflictKind, Kind, Verdict
from rag.render.layout import answer_page
from rag.store.archive import open_archive
from tests.fakes import FirstSentences, HashingEmbedder, entry, fill
from tests.rag.news.readings import Told, reading_of

YES, NO, UNCLEAR = Verdict.YES, Verdict.NO, Verdict.UNCLEAR
QUESTION = "Will Agnes Tull resign?"
SHE_WILL = "Harbour master Agnes Tull will resign in the spring, her office said."
SHE_WILL_NOT = "Agnes Tull, the harbour master of Fennmouth, will not resign."


@pytest.mark.parametrize(
    ("question", "sentence", "verdict"),
    [
        (QUESTION, SHE_WILL, YES),
        (QUESTION, SHE_WILL_NOT, NO),
        (QUESTION, "Harbour master Agnes Tull denied that she would resign.", NO),
        (QUESTION, "Harbour master Agnes Tull may resign.", UNCLEAR),
        (QUESTION, QUESTION, UNCLEAR),
        (QUESTION, "Harbour master Agnes Tull was expected to speak.", UNCLEAR),
        (QUESTION, "Harbour master Pell Adair will not resign.", UNCLEAR),
        (QUESTION, "Harbour master Agnes Tull will not speak, but she will resign.", YES),
        ("Was the crew of the Asta hurt?", "Nobody in the crew was hurt on the Asta.", NO),
        ("Was the crew of the Asta hurt?", "Half of the crew of the Asta was hurt.", YES),
        ("Was the crew of the Asta hurt?", "None of the crew of the Heron was hurt.", UNCLEAR),
        ("Is the Asta out of control?", "The Asta is not out of control, an engineer said.", NO),
        ("Is the Asta-2 out of control?", "The Asta-2 is not out of control.", NO),
        ("Is the Asta out of control?", "The ferry Asta has been out of control for days.", YES),
        ("Did the mill close?", "The mill did not close, it closed its shop.", UNCLEAR),
        ("Did Tull make a bid for Dell?", "Dell rejected a bid by Tull.", UNCLEAR),
        ("Did house prices fall?", "House prices rose by 1%, the bank said.", NO),
        ("Did house prices fall?", "House prices fell as concern about debts grew.", YES),
        ("Did house prices fall?", "Concern grew about the prices of a new house.", UNCLEAR),
    ],
)
def test_only_plain_words_count(question: str, sentence: str, verdict: Verdict) -> None:
    assert plain_verdict(statement_of(question), sentence) is verdict


def test_names_may_stand_at_the_beginning_of_the_article() -> None:
    statement, said = statement_of(QUESTION), "The harbour master will not resign."
    assert plain_verdict(statement, said) is UNCLEAR
    assert plain_verdict(statement, said, title="Agnes Tull stays") is NO
    assert plain_verdict(statement, said, lead="Agnes Tull spoke on Monday.") is NO


def test_one_article_that_says_both_opposes_nobody() -> None:
    both, statement = entry("both.txt", SHE_WILL, SHE_WILL_NOT), statement_of(QUESTION)
    of_one = [Candidate(both.article, item, 0.5, None, 1) for item in both.sentences]
    assert opposed_articles(statement, of_one) == ()
    of_two = reading_of([Told(SHE_WILL), Told(SHE_WILL_NOT)]).candidates
    assert [side.value for side in opposed_articles(statement, of_two)] == ["Yes", "No"]
    assert opposed_articles(statement, of_two[:1]) == ()


def asked(folder: Path, *reports: tuple[str, str | None]) -> Answer:
    archive = open_archive(folder / "archive", create=True, embedder=HashingEmbedder())
    made = [
        entry(f"{i}.txt", text, title=f"Harbour {i}", published=published)
        for i, (text, published) in enumerate(reports)
    ]
    fill(archive, *made)
    return Engine(archive, reader=FirstSentences()).ask(QUESTION, kind=Kind.YES_NO)


def test_reports_of_one_day_that_say_yes_and_no_leave_it_unclear(tmp_path: Path) -> None:
    answer = asked(tmp_path, (SHE_WILL, "2024-05-06"), (SHE_WILL_NOT, "2024-05-06"))
    (conflict,) = answer.conflicts
    assert conflict.kind is ConflictKind.DISAGREE
    assert {side.value: side.quotes[0].text for side in conflict.sides} == {
        "Yes": SHE_WILL,
        "No": SHE_WILL_NOT,
    }
    assert answer.verdict is UNCLEAR
    assert {claim.text for claim in answer.claims} == {SHE_WILL, SHE_WILL_NOT}
    assert answer_page(answer).lead == "The articles disagree."


@pytest.mark.parametrize(("first", "second", "verdict"), [(6, 7, NO), (7, 6, YES)])
def test_the_later_report_decides(tmp_path: Path, first: int, second: int, verdict) -> None:
    answer = asked(tmp_path, (SHE_WILL, f"2024-05-0{first}"), (SHE_WILL_NOT, f"2024-05-0{second}"))
    (conflict,) = answer.conflicts
    assert conflict.kind is ConflictKind.CHANGED
    assert answer.verdict is verdict
    assert answer.claims[0].text == (SHE_WILL if verdict is YES else SHE_WILL_NOT)


@pytest.mark.parametrize(
    ("question", "verdict"),
    [("Will the pottery mill of Dell close?", NO), ("Did the pottery mill of Dell close?", YES)],
)
def test_what_is_to_come_is_as_the_newest_article_says(question: str, verdict: Verdict) -> None:
    older, newer = "The pottery mill of Dell closes.", "Dell halts the closing of the pottery mill."
    told = [Told(older, "2024-05-06", 0.9), Told(newer, "2024-06-06", 0.2)]
    candidates = reading_of(told).candidates
    found = judged(statement_of(question), candidates, HashingEmbedder())
    assert found[0].verdict is verdict


def test_articles_that_agree_are_no_conflict(tmp_path: Path) -> None:
    again = "In the spring harbour master Agnes Tull will resign."
    answer = asked(tmp_path, (SHE_WILL, "2024-05-06"), (again, "2024-05-07"))
    assert answer.conflicts == ()
    assert answer.verdict is YES
