import json
import sys
from pathlib import Path
from typing import Any

import pytest

from eval import gate
from eval.gold.questions import load_gold
from eval.run.runfile import RunFile, read_run
from eval.scoring.failure_stages import Stage, stage_of
from eval.scoring.outcome import Outcome
from tests.eval.conftest import Call


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    base = {
        "type": "place",
        "answerable": True,
        "answers": [["Harwick"]],
        "evidence": [{"source": "a.txt", "quote": "sank off Harwick"}],
    }
    path.write_text(
        "".join(
            json.dumps({"id": f"q{n}", "question": f"Where did ferry {n} sink?", **base}) + "\n"
            for n in range(10)
        )
    )
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "a.txt").write_text(
        "Ferry lost\n\nThe ferry sank off Harwick on Monday. Nobody was hurt.\n"
    )
    return folder


def system(tmp_path: Path, said: str) -> str:
    script = tmp_path / f"{len(said)}.py"
    quote = {"article_id": "1", "version": "v", "start": 0, "end": len(said), "text": said}
    answer = {
        "status": "answered",
        "text": said,
        "candidates": [quote],
        "passages": [quote],
        "claims": [{"text": said, "quotes": [quote]}],
    }
    script.write_text(f"print({json.dumps(answer)!r})")
    return f"command:{sys.executable} {script}"


def recorded(folder: Path, gold: Path, text: str) -> Path:
    """A run whose every answer quotes this text."""
    questions = load_gold(gold, sources=None)
    file = RunFile(folder)
    from eval.run.manifest import make_manifest

    file.begin(
        make_manifest(folder.name, questions, system="made", settings={}, archive={}), questions
    )
    quote = {
        "article_id": "1",
        "version": "v",
        "source": "a.txt",
        "start": 0,
        "end": len(text),
        "text": text,
    }
    answer: dict[str, Any] = {
        "status": "answered",
        "text": text,
        "candidates": [quote],
        "claims": [{"text": text, "quotes": [quote]}],
    }
    for question in questions:
        file.append(Outcome(question.id, answer, verbatim=(True,)))
    return folder


def test_another_system_is_run_and_reported(
    call: Call, tmp_path: Path, gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "runs" / "today"
    done = call(
        "run", "--gold", gold, "--out", out, "--system", system(tmp_path, "It sank off Harwick.")
    )
    assert done.exit_code == 0, done.output
    assert "10 questions recorded" in done.output
    assert "10 of 10 right." in done.output
    assert {stage_of(score) for score in read_run(out).score().scores} == {Stage.RIGHT}
    shown = call("report", out)
    assert shown.exit_code == 0, shown.output
    opened = list[str]()
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert call("report", out, "--open").exit_code == 0
    assert opened == [(out / "report.html").resolve().as_uri()]
    assert shown.output.index("10 of 10 right.") < shown.output.index("Quote @1")
    assert (out / "report.html").stat().st_size > 10_000
    assert (
        call(
            "run", "--gold", gold, "--out", out, "--system", system(tmp_path, "Other words.")
        ).exit_code
        == 2
    )


def test_a_run_is_kept_under_the_name_of_its_gold_file(
    call: Call, tmp_path: Path, gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = call("run", "--gold", gold, "--system", system(tmp_path, "It sank off Harwick."))
    assert done.exit_code == 0, done.output
    assert read_run(tmp_path / "runs" / "gold").name == "gold"


def test_compare_exits_for_ci(call: Call, tmp_path: Path, gold: Path) -> None:
    good, bad = (
        recorded(tmp_path / "good", gold, "It sank off Harwick."),
        recorded(tmp_path / "bad", gold, "Trains ran late."),
    )
    assert call("compare", good, good).exit_code == 0
    lost = call("compare", good, bad)
    assert lost.exit_code == 3
    assert "significant loss in quote@1: q0, q1" in lost.output
    assert "quote@1: lost q0" in lost.output
    assert call("compare", good, tmp_path / "none").exit_code == 2
    assert call("same", good, good).exit_code == 0
    differing = call("same", good, bad)
    assert differing.exit_code == 3
    assert 'q0  answer.text: "It sank off Harwick." -> "Trains ran late."' in differing.output
    assert "10 questions, 10 with another answer." in differing.output
    shown = call("report", bad, "--baseline", good, "--out", tmp_path / "there")
    assert shown.exit_code == 0
    assert "−1.000*" in (tmp_path / "there" / "report.md").read_text().replace("\\", "")


def test_check_names_file_line_and_reason(call: Call, gold: Path, corpus: Path) -> None:
    good = call("check", gold, "--corpus", corpus)
    assert (good.exit_code, "0 of 10 quotes lost by cleaning" in good.output) == (0, True)
    gold.write_text(gold.read_text().replace("sank off Harwick", "sank off Orby", 1))
    bad = call("check", gold, "--corpus", corpus)
    assert bad.exit_code == 2
    assert f"{gold}, line 1: not in a.txt: 'sank off Orby'" in bad.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--system", "nope"),
        ("run", "--dataset", "nope"),
        ("run", "--set", "retrieve.k=1,2"),
        ("run", "--set", "color=blue"),
        ("run",),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_hint(
    call: Call, tmp_path: Path, gold: Path, arguments: tuple[str, ...]
) -> None:
    done = call(*arguments, "--gold", gold, "--out", tmp_path / "runs" / "x")
    assert done.exit_code == 2
    assert done.output.startswith("error: ")
    assert len(done.output.strip().split("\n")) == 2


def test_a_baseline_is_only_written_with_a_reason(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gate, "BASELINE", tmp_path / "baseline.json")
    for arguments in (["--update"], ["--reason", "x"]):
        assert call("gate", *arguments).exit_code == 2
    assert not (tmp_path / "baseline.json").exists()
