"""`byline tune`, what it says, and what `byline doctor` says of the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.app import tuning
from rag.app.cli import main
from rag.errors import UsageError
from rag.reading import int8
from rag.reading.int8 import Trial
from tests.fakes import HashingEmbedder
from tests.rag.reading.test_int8 import keep
from tests.tinybert import tiny_base


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(int8, "CACHE", tmp_path / "int8")
    return int8.CACHE


def test_without_the_extra_the_hint_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(int8, "can_tune", lambda: False)
    assert main(["tune"]) == 2
    assert "pip install 'byline[fast]'" in capsys.readouterr().err


def test_a_reader_that_is_not_ours_is_not_tuned(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(int8, "can_tune", lambda: True)
    monkeypatch.setattr(tuning, "shared_model", lambda *_, **__: None)
    with pytest.raises(UsageError, match="is not a reader that byline eval train reader wrote"):
        tuning.tune_reader(str(tiny_base(tmp_path, "Rain").folder))


def test_the_reader_is_tuned_on_the_sample_articles(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def tune(exact, today, read, sha256):
        given.append((exact.network.dtype, len(sha256), read))
        return Trial(1.7, 0.999)

    monkeypatch.setattr("rag.store.archive.LocalEmbedder", HashingEmbedder)
    monkeypatch.setattr(int8, "can_tune", lambda: True)
    monkeypatch.setattr(int8, "tune", tune)
    assert tuning.tune_reader(None).gains
    [(dtype, digits, read)] = given
    assert (str(dtype), digits) == ("torch.float32", 64)
    assert sum(len(pairs) for pairs in read) >= 60
    assert {len(pair) for pairs in read for pair in pairs} == {2}


@pytest.mark.parametrize(
    ("trial", "says"),
    [
        (Trial(1.72, 0.9994), "1.7 times as fast in int8 (cosine of the states 0.999). From now"),
        (Trial(1.1, 0.9994), "It reads as before"),
        (Trial(2.0, 0.5), "It reads as before"),
    ],
)
def test_the_result_says_what_was_gained(trial: Trial, says: str) -> None:
    assert says in tuning.result(trial)


def test_the_doctor_says_which_engine_reads(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(int8, "can_tune", lambda: False)
    assert tuning.engine_line(None) == "The reader computes with torch."
    monkeypatch.setattr(int8, "can_tune", lambda: True)
    assert "byline tune tries" in tuning.engine_line(None)
    keep(tuning.reader_sha256(None))
    assert "int8, 2.0 times as fast" in tuning.engine_line(None)
