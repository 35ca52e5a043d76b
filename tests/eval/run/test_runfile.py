import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from eval.gold.questions import Evidence, GoldQuestion, gold_hash
from eval.run.runfile import RunFile, plain_answer, read_run
from eval.scoring.outcome import ArchivedEvidence, Held, Outcome
from rag.errors import UsageError

GOLD = [
    GoldQuestion(
        "q1",
        "When did it sink?",
        "date",
        True,
        (("Monday",),),
        (Evidence("a.txt", "It sank on Monday."),),
    ),
    GoldQuestion("q2", "Who paid?", "person", None, (("Ada",),)),
]


def manifest(**changes: Any) -> dict[str, Any]:
    base = {
        "schema": 1,
        "system": "fake",
        "settings": {"k": 1},
        "gold": gold_hash(GOLD),
        "archive": {},
        "packages": {},
        "commit": None,
    }
    return {**base, **changes}


ONE = Outcome(
    "q1",
    {"status": "answered", "text": "a\u2028b"},
    None,
    (True, False),
    1.5,
    (ArchivedEvidence("a.txt", 1, Held.LOST, "It sank."),),
)
TWO = Outcome("q2", error="ValueError: no", wall_ms=2.0)


def test_records_come_back_as_they_went_in(tmp_path: Path) -> None:
    file = RunFile(tmp_path)
    assert file.begin(manifest(), GOLD).outcomes == ()
    file.append(ONE)
    file.append(TWO)
    run = read_run(tmp_path)
    assert (run.outcomes, run.gold, run.manifest) == ((ONE, TWO), tuple(GOLD), manifest())


def test_an_interrupted_run_goes_on_behind_its_last_whole_line(tmp_path: Path) -> None:
    file = RunFile(tmp_path)
    file.begin(manifest(), GOLD)
    file.append(ONE)
    path = tmp_path / "run.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + json.dumps(asdict(TWO)).encode()[:20])
    assert read_run(tmp_path).outcomes == (ONE,)
    assert file.begin(manifest(), GOLD).outcomes == (ONE,)
    assert path.read_bytes() == whole
    file.append(TWO)
    assert read_run(tmp_path).outcomes == (ONE, TWO)


def test_a_half_written_manifest_is_a_new_run(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text('{"schema"')
    assert RunFile(tmp_path).begin(manifest(), GOLD).outcomes == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"gold": "other"},
        {"settings": {"k": 2}},
        {"system": "x"},
        {"packages": {"torch": "3"}},
        {"commit": "abc"},
    ],
)
def test_a_run_made_differently_is_not_gone_on_with(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    file = RunFile(tmp_path)
    file.begin(manifest(), GOLD)
    file.append(ONE)
    with pytest.raises(UsageError, match=f"made differently: {next(iter(changes))}") as caught:
        file.begin(manifest(**changes), GOLD)
    assert "--out" in caught.value.hint
    assert read_run(tmp_path).outcomes == (ONE,)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no run\.jsonl"):
        read_run(tmp_path)
    file = RunFile(tmp_path)
    file.begin(manifest(), GOLD)
    path = tmp_path / "run.jsonl"
    whole = path.read_text()
    for broken, reason in [
        (whole + "{}\n", "line 2: not an outcome: id is missing"),
        (whole + '{"id": "q1"}\n', "line 2: .* needs an answer or an error"),
        ("[]\n", "manifest"),
        ("\n", "line 1"),
    ]:
        path.write_text(broken)
        with pytest.raises(UsageError, match=reason):
            read_run(tmp_path)


def test_gold_questions_changed_since_the_run_are_refused(tmp_path: Path) -> None:
    RunFile(tmp_path).begin(manifest(), GOLD)
    gold = tmp_path / "gold.jsonl"
    gold.write_text(gold.read_text().replace("Monday", "Sunday"))
    with pytest.raises(UsageError, match="changed since the run"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    "answer", [{"confidence": float("nan")}, {"when": object()}, ["no object"]]
)
def test_what_json_cannot_say_is_no_answer(answer: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        plain_answer(answer)
