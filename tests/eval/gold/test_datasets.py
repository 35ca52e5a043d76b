import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from eval.gold.datasets import Document, ramdocs, realtimeqa, rgb_conflicts, squad
from eval.gold.questions import lost_by_cleaning
from rag.errors import UsageError

SHARED = Path(__file__).resolve().parents[3] / "../shared"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared data sets are not beside this checkout"
)


def squad_file(
    path: Path,
    *qas: dict[str, Any],
    context: str = "Old Mill stood for years. It burned down in 1911. Nobody was hurt.",
) -> Path:
    path.write_text(
        json.dumps(
            {
                "data": [
                    {"title": "Old_Mill", "paragraphs": [{"context": context, "qas": list(qas)}]}
                ]
            }
        )
    )
    return path


def test_squad_paragraphs_become_articles_and_answers_sentences(tmp_path: Path) -> None:
    answers = [
        {"text": "1911", "answer_start": 44},
        {"text": "in 1911", "answer_start": 41},
        {"text": "1911", "answer_start": 44},
    ]
    task = squad(
        squad_file(tmp_path / "mini.json", {"id": "s1", "question": " When? ", "answers": answers})
    )
    [document], [question] = task.documents, task.questions
    assert (document.source, document.title) == ("Old_Mill/0000", "Old Mill")
    assert (task.name, question.question, question.answerable) == ("mini", "When?", True)
    assert question.answers == (("1911", "in 1911"),)
    assert [item.quote for item in question.evidence] == ["It burned down in 1911."]
    assert question.cluster == document.source


def test_squad_2_knows_what_cannot_be_answered(tmp_path: Path) -> None:
    item = {
        "id": "s2",
        "question": "Who lit it?",
        "answers": [],
        "is_impossible": True,
        "plausible_answers": [{"text": "x", "answer_start": 0}],
    }
    [question] = squad(squad_file(tmp_path / "two.json", item)).questions
    assert (question.answerable, question.why, question.answers, question.evidence) == (
        False,
        "near_miss",
        (),
        (),
    )


def test_an_answer_over_two_sentences_quotes_both(tmp_path: Path) -> None:
    item = {
        "id": "s3",
        "question": "What?",
        "answers": [{"text": "years. It burned", "answer_start": 19}],
    }
    [question] = squad(squad_file(tmp_path / "three.json", item)).questions
    assert question.evidence[0].quote == "Old Mill stood for years. It burned down in 1911."


@pytest.mark.parametrize("text", ["{", "{}", '{"data": [{"title": "x"}]}', "[]"])
def test_what_is_not_squad_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(UsageError, match="not in the format of SQuAD"):
        squad(tmp_path / "bad.json")


def test_a_shifted_answer_is_refused(tmp_path: Path) -> None:
    item = {"id": "s4", "question": "When?", "answers": [{"text": "1911", "answer_start": 3}]}
    with pytest.raises(UsageError, match="does not stand at 3"):
        squad(squad_file(tmp_path / "off.json", item))


RGB = {
    "id": 4,
    "query": "Who chairs the board?",
    "answer": [["Ina Roos", "I. Roos"]],
    "fakeanswer": "Per Lind",
    "positive": ["Ina Roos chairs the board."],
    "positive_wrong": ["Per Lind chairs the board."],
    "negative": ["The board met.", "The board met."],
}


def test_rgb_makes_an_archive_with_and_one_without_the_altered_passages(tmp_path: Path) -> None:
    path = tmp_path / "rgb.jsonl"
    path.write_text(json.dumps(RGB) + "\n")
    with_altered, without = rgb_conflicts(path)
    assert (with_altered.name, without.name) == ("rgb-4-with", "rgb-4-without")
    assert {item.text for item in with_altered.documents} - {
        item.text for item in without.documents
    } == {"Per Lind chairs the board."}
    assert len(without.documents) == 2
    [conflict], [single] = with_altered.questions, without.questions
    assert (conflict.type, conflict.conflict_kind, conflict.answers) == (
        "conflict",
        "disagree",
        (("Ina Roos", "I. Roos"), ("Per Lind",)),
    )
    assert (single.type, single.conflict_kind, single.answers) == (
        "single",
        None,
        (("Ina Roos", "I. Roos"),),
    )
    assert conflict.cluster == single.cluster


def test_rgb_documents_do_not_give_away_which_was_altered(tmp_path: Path) -> None:
    swapped = {**RGB, "positive": RGB["positive_wrong"], "positive_wrong": RGB["positive"]}
    for name, record in (("one", RGB), ("two", swapped)):
        (tmp_path / name).write_text(json.dumps(record))
    assert (
        rgb_conflicts(tmp_path / "one")[0].documents == rgb_conflicts(tmp_path / "two")[0].documents
    )


def test_rgb_faults_have_a_line(tmp_path: Path) -> None:
    (tmp_path / "rgb.jsonl").write_text(json.dumps(RGB) + "\n\n" + json.dumps({"id": 5}))
    with pytest.raises(UsageError, match="line 3"):
        rgb_conflicts(tmp_path / "rgb.jsonl")


def test_realtimeqa_keeps_dates_and_pools(tmp_path: Path) -> None:
    question = {
        "id": "r1",
        "question": "Who won?",
        "type": "news",
        "answerable": None,
        "as_of": "2023-01-05",
        "answers": [["Ina"]],
    }
    question |= {"choices": ["Ina", "Per"], "candidates": ["https://example.org/1"]}
    article = {
        "url": "https://example.org/1",
        "title": "Ina wins",
        "published": "2023/01/04",
        "text": "Ina won.",
    }
    (tmp_path / "gold.jsonl").write_text(json.dumps(question))
    (tmp_path / "articles.jsonl.gz").write_bytes(gzip.compress(json.dumps(article).encode()))
    task = realtimeqa(tmp_path / "gold.jsonl", tmp_path / "articles.jsonl.gz")
    assert task.documents == (
        Document(article["url"], "Ina wins", "Ina won.", article["url"], "2023-01-04"),
    )
    assert (task.questions[0].as_of, task.questions[0].candidates) == (
        "2023-01-05",
        ("https://example.org/1",),
    )


def test_articles_that_are_not_gzip_are_refused(tmp_path: Path) -> None:
    (tmp_path / "articles.jsonl.gz").write_text("plain")
    with pytest.raises(UsageError, match="cannot be read"):
        realtimeqa(tmp_path / "gold.jsonl", tmp_path / "articles.jsonl.gz")


def test_a_row_leaves_out_what_is_unknown() -> None:
    assert Document("a/1", "A", "Text.").row() == {"source": "a/1", "title": "A", "text": "Text."}


@needs_shared
@pytest.mark.parametrize(
    ("name", "number", "impossible"), [("squad2_dev_part", 5349, 2774), ("xquad.en", 1190, 0)]
)
def test_shared_squad_files_read_whole_with_evidence_in_place(
    name: str, number: int, impossible: int
) -> None:
    task = squad(SHARED / f"training/{name}.json")
    assert len(task.questions) == number
    assert sum(question.answerable is False for question in task.questions) == impossible
    assert not lost_by_cleaning(
        task.questions, {document.source: document.text for document in task.documents}
    )


def test_ramdocs_makes_an_archive_a_question_and_keeps_wrong_answers(tmp_path: Path) -> None:
    record = {
        "id": "r-1",
        "question": "Where was Ina Roos born?",
        "documents": [
            {"text": "Ina Roos was born in Aldwater.", "type": "correct", "answer": "Aldwater"},
            {"text": "Ina Roos was born in Sark.", "type": "misinfo", "answer": "Sark"},
        ],
        "gold_answers": ["Aldwater", "Fennmouth"],
        "wrong_answers": ["Sark"],
    }
    (tmp_path / "ramdocs.jsonl").write_text(json.dumps(record) + "\n")
    [task] = ramdocs(tmp_path / "ramdocs.jsonl")
    assert {item.text for item in task.documents} == {item["text"] for item in record["documents"]}
    [question] = task.questions
    assert (question.answers, question.wrong) == ((("Aldwater",), ("Fennmouth",)), ("Sark",))


@needs_shared
def test_shared_news_sets_read_whole() -> None:
    assert len(rgb_conflicts(SHARED / "gold/rgb-conflict.jsonl")) == 100
    assert len(ramdocs(SHARED / "gold/ramdocs-dev.jsonl")) == 253
    task = realtimeqa(
        SHARED / "gold/realtimeqa-2023.jsonl", SHARED / "corpora/realtimeqa-2023/articles.jsonl.gz"
    )
    assert (len(task.documents), len(task.questions)) == (1819, 299)
    assert {url for question in task.questions for url in question.candidates} <= {
        document.source for document in task.documents
    }
