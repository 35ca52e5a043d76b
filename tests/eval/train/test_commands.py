"""What the commands of the training hand on; the training itself is tested with its modules."""

from pathlib import Path
from typing import Any

import pytest

from eval.train import reader
from eval.train.commands import STOPPED
from eval.train.trainer import Recipe
from rag.reading.loading import TRAINED
from tests.eval.conftest import Call


@pytest.mark.parametrize(
    ("given", "start"),
    [([], None), (["--start", "shipped"], TRAINED), (["--start", "x"], Path("x"))],
)
def test_a_reader_is_trained_from_the_start_that_is_named(
    call: Call, monkeypatch: pytest.MonkeyPatch, given: list[str], start: Path | None
) -> None:
    calls: list[dict[str, Any]] = []

    def run(data: list[Path], out: Path, recipe: Recipe, **options: Any) -> None:
        calls.append({"data": data, "out": out, "rate": recipe.rate, **options})

    monkeypatch.setattr(reader, "run", run)
    done = call("train", "reader", "a.json", "b.json", "--out", "o", "--lr", "5e-5", *given)
    assert done.exit_code == 0, done.output
    [handed] = calls
    assert handed["data"] == [Path("a.json"), Path("b.json")]
    assert (handed["start"], handed["rate"], handed["device"], handed["resume"]) == (
        start,
        5e-5,
        "auto",
        False,
    )


def test_a_training_that_was_stopped_says_how_to_go_on(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object, **__: object) -> None:
        raise reader.Stopped

    monkeypatch.setattr(reader, "run", run)
    done = call("train", "reader", "a.json", "--out", "o")
    assert done.exit_code == STOPPED
    assert done.stderr == "Stopped. The same command with --resume goes on.\n"


def test_each_gold_file_needs_its_articles(call: Call) -> None:
    done = call(
        "train",
        "calibrate",
        "--gold",
        "a.jsonl",
        "--gold",
        "b.jsonl",
        "--corpus",
        "a",
        "--out",
        "o",
    )
    assert (done.exit_code, "needs its --corpus" in done.output) == (2, True)
