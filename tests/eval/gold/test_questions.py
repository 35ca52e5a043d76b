import json
import random
from pathlib import Path
from typing import Any

import pytest

from eval.gold.questions import (
    Evidence,
    GoldError,
    GoldQuestion,
    Why,
    folder_sources,
    gold_hash,
    in_even_half,
    load_gold,
    lost_by_cleaning,
    write_gold,
)
from rag.errors import UsageError
from rag.model import ConflictKind

SHARED = Path(__file__).resolve().parents[3] / "../shared"
TEXTS = {"a.txt": "The ferry sank\n  on Monday. Cafe\u0301 owners wept."}


def record(**changes: Any) -> dict[str, Any]:
    base = {
        "id": "q1",
        "question": "When did the ferry sink?",
        "type": "date",
        "answerable": True,
        "answers": [["Monday"]],
        "evidence": [{"source": "a.txt", "quote": "The ferry sank on Monday."}],
    }
    return {name: value for name, value in {**base, **changes}.items() if value is not ...}


def write(path: Path, *records: Any) -> Path:
    path.write_text(
        "\n".join(item if isinstance(item, str) else json.dumps(item) for item in records),
        encoding="utf-8",
    )
    return path


def faults(path: Path) -> list[tuple[int, str]]:
    with pytest.raises(GoldError) as caught:
        load_gold(path, sources=TEXTS.get)
    assert isinstance(caught.value, UsageError)
    assert all(str(path) in line for line in caught.value.message.split("\n"))
    return [(fault.line, fault.reason) for fault in caught.value.faults]


def test_every_field_is_read(tmp_path: Path) -> None:
    full = record(
        type="conflict",
        as_of="2024/10/24",
        answers_by_date=[{"from": "2024-10-01", "to": None, "answers": [["Monday"]]}],
        conflict_kind="changed",
        cluster="ferry",
        candidates=["a.txt"],
        choices=["Monday", "Sunday"],
        note="made up",
        history=["What happened at Harwick?", "Who told you?"],
        unknown={"ignored": True},
    )
    [question] = load_gold(write(tmp_path / "gold.jsonl", full, ""), sources=TEXTS.get)
    assert question.answers == (("Monday",),)
    assert question.evidence == (Evidence("a.txt", "The ferry sank on Monday.", 1),)
    assert (question.as_of, question.conflict_kind, question.cluster) == (
        "2024-10-24",
        ConflictKind.CHANGED,
        "ferry",
    )
    assert question.history == ("What happened at Harwick?", "Who told you?")
    assert (question.answers_by_date[0].start, question.answers_by_date[0].end) == (
        "2024-10-01",
        None,
    )


def test_quotes_are_looked_up_without_regard_to_white_space_and_composition(tmp_path: Path) -> None:
    quoted = record(
        evidence=[{"source": "a.txt", "quote": "Monday. Caf\u00e9   owners", "part": 2}]
    )
    assert (
        load_gold(write(tmp_path / "gold.jsonl", quoted), sources=TEXTS.get)[0].evidence[0].part
        == 2
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"question": ...}, "question is missing"),
        ({"id": 7}, "id must be a string, not 7"),
        ({"type": " "}, "type is empty"),
        ({"answerable": "yes"}, 'answerable must be true or false, not "yes"'),
        ({"answers": ["Monday"]}, 'answers[0] must be a list, not "Monday"'),
        ({"answers": [[]]}, "answers[0] is empty"),
        ({"answers": [], "evidence": []}, "an answerable question needs answers or evidence"),
        ({"evidence": [{"source": "b.txt", "quote": "x"}]}, "there is no document 'b.txt'"),
        (
            {"evidence": [{"source": "a.txt", "quote": "The ferry sailed"}]},
            "not in a.txt: 'The ferry sailed'",
        ),
        ({"evidence": [{"source": "a.txt"}]}, "evidence[0].quote is missing"),
        (
            {"evidence": [{"source": "a.txt", "quote": "The ferry", "part": 0}]},
            "evidence[0].part must be greater than or equal to 1, not 0",
        ),
        (
            {"answerable": False, "answers": [], "evidence": []},
            "an unanswerable question needs a why: near_miss",
        ),
        (
            {"answerable": False, "why": "off_topic", "answers": []},
            "an unanswerable question cannot have evidence",
        ),
        (
            {"answerable": False, "why": "off_topic", "evidence": []},
            "an unanswerable question cannot have answers",
        ),
        (
            {"why": "bored"},
            "why must be 'near_miss', 'false_premise', 'out_of_period' or 'off_topic', not \"bo",
        ),
        ({"conflict_kind": "feud"}, "conflict_kind must be 'disagree' or 'changed', not \"feud\""),
        ({"as_of": "24 October"}, "as_of: not a date"),
        ({"answers_by_date": [{"from": None, "answers": [["x"]]}]}, "answers_by_date needs as_of"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    [(line, found)] = faults(write(tmp_path / "gold.jsonl", record(**changes)))
    assert line == 1
    assert found.startswith(reason)


def test_all_faults_of_a_file_come_together_with_their_lines(tmp_path: Path) -> None:
    path = write(
        tmp_path / "gold.jsonl",
        record(),
        "",
        "{not json",
        record(),
        record(id="q2", type=3, note=[]),
        "[1]",
    )
    assert [(line, reason[:12]) for line, reason in faults(path)] == [
        (3, "not JSON: Ex"),
        (4, "the id 'q1' "),
        (5, "type must be"),
        (5, "note must be"),
        (6, "the value mu"),
    ]


def test_a_file_without_questions_or_text_is_refused(tmp_path: Path) -> None:
    assert faults(write(tmp_path / "empty.jsonl", "")) == [(0, "there is no question in this file")]
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00")
    assert faults(tmp_path / "binary.jsonl")[0][1].startswith("cannot be read")
    assert faults(tmp_path / "absent.jsonl")[0][1].startswith("cannot be read")


def test_a_line_separator_inside_a_string_does_not_end_the_line(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(record(note="one\u2028two"), ensure_ascii=False), encoding="utf-8")
    assert load_gold(path, sources=None)[0].note == "one\u2028two"


def test_answers_alone_are_allowed_and_unknown_stays_unknown(tmp_path: Path) -> None:
    [question] = load_gold(
        write(tmp_path / "gold.jsonl", record(answerable=None, evidence=...)), sources=TEXTS.get
    )
    assert question.answerable is None
    assert question.evidence == ()


def test_the_hash_sees_every_field_and_no_order() -> None:
    questions = [GoldQuestion(f"q{n}", "Who?", "person", True, (("Ada",),)) for n in range(5)]
    shuffled = random.Random(1).sample(questions, 5)
    assert gold_hash(shuffled) == gold_hash(questions)
    assert gold_hash(questions[:-1]) != gold_hash(questions)
    noted = [*questions[:-1], GoldQuestion("q4", "Who?", "person", True, (("Ada",),), note="x")]
    assert gold_hash(noted) != gold_hash(questions)
    assert gold_hash(
        [
            *questions[:-1],
            GoldQuestion("q4", "Who?", "person", True, (("Ada",),), history=("Where?",)),
        ]
    ) != gold_hash(questions)
    # The gate's baseline and recorded runs hold it: an unused field must not change it.
    assert (
        gold_hash(questions) == "6ef0d6148f9d904ebebc3fc323e83cb95e70ffa05969687e6bd5259a564bcd7a"
    )
    assert (
        gold_hash([]) == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
    )  # sha256 of "[]"


def test_evidence_lost_by_cleaning_is_told_from_a_missing_article() -> None:
    here, cut, gone = (
        Evidence(*pair) for pair in (("a", "kept words"), ("a", "Read more"), ("b", "kept words"))
    )
    question = GoldQuestion("q", "What?", "single", True, (), evidence=(here, cut, gone))
    lost = lost_by_cleaning([question], {"a": "Some kept\nwords stay."})
    assert [item.evidence for item in lost] == [cut, gone]


def test_folder_sources_read_utf8_and_latin1(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/utf.txt").write_bytes("£5".encode())
    (tmp_path / "latin.txt").write_bytes("£5".encode("latin-1"))
    read = folder_sources(tmp_path)
    assert [read("in/utf.txt"), read("latin.txt"), read("none.txt"), read("in")] == [
        "£5",
        "£5",
        None,
        None,
    ]


def test_parts_come_lowest_first() -> None:
    items = tuple(Evidence("a", quote, part) for quote, part in (("x", 2), ("y", 1), ("z", 2)))
    assert GoldQuestion("q", "What?", "single", True, (), evidence=items).parts == {
        1: (items[1],),
        2: (items[0], items[2]),
    }


def test_halves_are_split_by_the_hash_of_the_id() -> None:
    # sha256("a") ends in bb, an odd byte, and sha256("c") in c6.
    assert not in_even_half("a")
    assert in_even_half("c")


@pytest.mark.skipif(
    not (SHARED / "gold").is_dir(), reason="the shared gold sets are not beside this checkout"
)
@pytest.mark.parametrize(("name", "number"), [("seeds", 27), ("bbc", 100)])
def test_the_shared_gold_sets_have_no_fault(name: str, number: int) -> None:
    questions = load_gold(
        SHARED / f"gold/{name}.jsonl", sources=folder_sources(SHARED / f"corpora/{name}")
    )
    assert len(questions) == number
    assert all(question.why in Why for question in questions if question.answerable is False)


def test_folder_sources_read_the_rows_of_tables_by_their_own_names(tmp_path: Path) -> None:
    rows = [
        {"id": "wire-1", "title": 'A "calm" day', "text": "£5\nin all", "tags": [1, {"x": "sea"}]},
        {"title": "B", "text": "No id here."},
    ]
    (tmp_path / "wire.jsonl").write_text("\n".join(map(json.dumps, rows)))
    for root in (tmp_path, tmp_path / "wire.jsonl"):
        read = folder_sources(root)
        first = read("wire.jsonl#wire-1")
        assert first is not None
        assert set(first.split("\n")) >= {'A "calm" day', "£5", "in all", "sea"}
        assert "No id here." in (read("wire.jsonl#2") or "")
        assert read("wire.jsonl#wire-9") is None
        assert read("none.jsonl#1") is None


def test_what_is_written_is_read_back_equal(tmp_path: Path) -> None:
    full = record(
        type="conflict",
        as_of="2024-10-24",
        answers_by_date=[{"from": None, "to": "2024-10-30", "answers": [["Monday", "a\u2028b"]]}],
        conflict_kind="changed",
        cluster="c",
        candidates=["a.txt"],
        history=["Which ferry?", "Who owns it?"],
    )
    unanswerable = record(id="q2", answerable=False, answers=[], evidence=..., why="near_miss")
    unknown = record(id="q3", answerable=None, evidence=...)
    questions = load_gold(write(tmp_path / "gold.jsonl", full, unanswerable, unknown), sources=None)
    write_gold(tmp_path / "again.jsonl", questions)
    assert load_gold(tmp_path / "again.jsonl", sources=None) == questions


def test_a_table_without_its_columns_names_the_missing_one_and_shows_a_right_table(
    tmp_path: Path,
) -> None:
    table = tmp_path / "gold.csv"
    table.write_text("question,answers\nWho?,Berri\n")
    with pytest.raises(GoldError) as caught:
        load_gold(table, sources=None)
    assert "line 1: there is no column 'answer'" in caught.value.message
    assert "question,answer\nWho met Berri?" in caught.value.hint
