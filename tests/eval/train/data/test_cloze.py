"""Questions made of summary sentences: what is asked for, how, and on which passage."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from eval.train.data.cloze import ask, gaps
from eval.train.data.files import read_file
from eval.train.data.usage import Usage
from rag.errors import UsageError

ROOT = Path(__file__).resolve().parents[4]
ARTICLE = (
    "The storm came from the sea on Monday night. Mayor Anna Berg, 52, said the flood in Fenwick "
    "ruined 230 houses near the river. Berg asked people to wait until help came. Her deputy Paul "
    "Stone, 40, was away in Ashford on that day. In Fenwick the water stood two metres high. "
    "People attack the plan to build a wall. The wall would cost £3 million, the town said. "
    "Paul Stone wants to open a school in Ashford. Near Fenwick the river rose again on Tuesday. "
    "The plan is old. In Ashford nobody was hurt. Anna Berg, 52, is a doctor, and Paul Young, 31, "
    "is a nurse. Anna Lund, 30, ran away. Near Ashford it rained."
)


@pytest.fixture(scope="module")
def usage() -> Usage:
    return Usage([ARTICLE, ARTICLE])


def questions(sentence: str, usage: Usage) -> dict[str, str | None]:
    return {
        sentence[gap.span.start : gap.span.end]: ask(sentence, gap, usage)
        for gap in gaps(sentence, usage)
    }


def test_kinds_are_read_off_the_articles(usage: Usage) -> None:
    assert usage.kind("Anna Berg") == usage.kind("Paul Smith") == "person"
    assert usage.kind("Fenwick") == usage.kind("Ashford") == "place"
    assert usage.kind("World Cup") == "other"
    assert usage.is_name("Fenwick")
    assert not usage.is_name("People")


@pytest.mark.parametrize(
    ("past", "base"),
    [
        ("attacked", "attack"),
        ("opened", "open"),
        ("said", "say"),
        ("ruined", None),
        ("red", None),
        ("planned", "plan"),
    ],
)
def test_the_base_form_of_a_verb_is_one_that_the_articles_use(
    usage: Usage, past: str, base: str | None
) -> None:
    assert usage.base_form(past) == base


@pytest.mark.parametrize(
    ("sentence", "answer", "question"),
    [
        (
            "Anna Berg was away when the flood came.",
            "Anna Berg",
            "Who was away when the flood came?",
        ),
        (
            "The mayor could meet Paul Stone in the town.",
            "Paul Stone",
            "Who could the mayor meet in the town?",
        ),
        (
            "A nurse was born in Fenwick after the war.",
            "Fenwick",
            "Where was a nurse born after the war?",
        ),
        (
            "The nurses attacked the plan on Tuesday.",
            "Tuesday",
            "When did the nurses attack the plan?",
        ),
        (
            "A school was opened in 2014 by the mayor.",
            "2014",
            "In what year was a school opened by the mayor?",
        ),
        (
            "The flood had ruined 230 houses near the river.",
            "230",
            "How many houses had the flood ruined near the river?",
        ),
        (
            "The wall would cost £3 million at least.",
            "£3 million",
            "How much would the wall cost at least?",
        ),
        ("Paul Stone, 40, was away on that day.", "40", "How old is Paul Stone?"),
        (
            "Deputy mayor Paul Stone wants a new school.",
            "Paul Stone",
            "Which Deputy mayor wants a new school?",
        ),
        (
            "Nobody in the town heard Anna Berg's speech.",
            "Anna Berg",
            "Nobody in the town heard whose speech?",
        ),
        (
            "The nurses, who marched to Fenwick, were paid.",
            "Fenwick",
            "The nurses, who marched to what place, were paid?",
        ),
    ],
)
def test_a_question_keeps_the_other_words(
    usage: Usage, sentence: str, answer: str, question: str
) -> None:
    assert questions(sentence, usage)[answer] == question


def test_a_gap_that_would_spoil_the_sentence_is_left(usage: Usage) -> None:
    assert questions("The nurse (from Ashford) was paid well.", usage)["Ashford"] is None
    assert questions("The nurse saw Paul Stone, Anna Berg and others.", usage)["Paul Stone"] is None


def test_a_word_that_only_opens_a_sentence_is_no_name(usage: Usage) -> None:
    assert "People" not in questions("People in Ashford were paid.", usage)


# ---------------------------------------------------------------- on passages


@pytest.fixture
def news(tmp_path: Path) -> Path:
    summary = (
        "Anna Berg said 230 houses were ruined by the flood near the river in Fenwick. "
        "Wall by the river to cost £3 million to build."
    )
    row = {"document": ARTICLE, "summary": summary, "hallucinated": "Bob Hill said 99 ships sank."}
    rows = [{"id": f"n{number}", **row} for number in range(8)]
    path = tmp_path / "news.jsonl.gz"
    path.write_bytes(gzip.compress("".join(f"{json.dumps(row)}\n" for row in rows).encode()))
    return path


def test_answers_stand_in_passages_of_their_article(news: Path) -> None:
    found = read_file(news, None)
    assert found.name == "news"
    assert {question.text.split()[0] for question in found.questions} >= {"Who", "How"}
    for question in found.questions:
        passage = found.passages[question.passage].text
        assert passage in ARTICLE
        assert [passage[span.start : span.end] for span in question.spans][:1] == list(
            question.accepted
        )
        assert "ships" not in question.text
    assert len({question.id for question in found.questions}) == len(found.questions)


def test_a_passage_that_is_silent_does_not_hold_the_answer(news: Path) -> None:
    found = read_file(news, None)
    answers = {question.text: question.accepted for question in found.questions if question.spans}
    for question in found.questions:
        if not question.spans:
            passage = found.passages[question.passage].text
            assert not any(answer in passage for answer in answers[question.text])


def test_the_same_file_gives_the_same_questions_in_another_process(news: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from eval.train.data.files import read_file; "
        "print(read_file(Path(sys.argv[1]), None))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code, str(news)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


def test_a_file_without_summaries_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id": "1", "text": "x"}\n'))
    with pytest.raises(UsageError, match=r"other\.jsonl\.gz"):
        read_file(path, None)
