"""`byline tune`, what it says, and what `byline doctor` says of the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.app import tuning
from rag.app.cli import main
from rag.embed import LocalEmbedder
from rag.encoder import int8
from rag.encoder.int8 import Trial
from rag.errors import UsageError
from tests.fakes import HashingEmbedder
from tests.rag.encoder.test_int8 import SHA, keep
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


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What the embedding model and the reader are tuned with; nothing is made."""
    given = list[tuple[object, ...]]()

    def tune(network, today, usual, trial_inputs, key):
        given.append((network.dtype, len(key), len(usual), len(trial_inputs)))
        return Trial(1.7, 0.999)

    def tune_embedder(self, texts):
        given.append((self.name, len(texts), len(set(texts))))
        return Trial(2.1, 0.998)

    monkeypatch.setattr("rag.store.archive.LocalEmbedder", HashingEmbedder)
    monkeypatch.setattr(LocalEmbedder, "tune", tune_embedder)
    monkeypatch.setattr(int8, "can_tune", lambda: True)
    monkeypatch.setattr(int8, "tune", tune)
    return given


def test_a_reader_that_is_not_ours_is_not_tuned(
    given: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tuning, "shared_model", lambda *_, **__: None)
    with pytest.raises(UsageError, match="is not a reader that byline eval train reader wrote"):
        tuning.tune(None, str(tiny_base(tmp_path, "Rain").folder))
    assert given == [], "nothing was made"


def test_both_are_tuned_on_the_sample_articles(given: list[tuple[object, ...]]) -> None:
    assert tuning.tune(None, None) == (Trial(2.1, 0.998), Trial(1.7, 0.999))
    [(dtype, digits, usual, tried), (name, texts, different)] = given
    assert name == "all-MiniLM-L6-v2"
    assert texts == different >= 30
    assert (str(dtype), digits, tried) == ("torch.float32", 64, 3)
    assert usual >= 40


def test_the_command_tells_what_was_gained(
    given: list[tuple[object, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tune"]) == 0
    out = capsys.readouterr().out
    assert "The embedding model is 2.1 times as fast in int8" in out
    assert "The reader is 1.7 times as fast in int8" in out


@pytest.mark.parametrize(
    ("trial", "says"),
    [
        (Trial(1.72, 0.9994), "1.7 times as fast in int8 (cosine of the states 0.999). From now"),
        (Trial(1.1, 0.9994), "It stays as it was"),
        (Trial(2.0, 0.5), "It stays as it was"),
    ],
)
def test_the_result_says_what_was_gained(trial: Trial, says: str) -> None:
    assert says in tuning.result("reader", trial)


def test_the_doctor_says_what_computes(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(int8, "can_tune", lambda: False)
    assert tuning.engine_lines(SHA, None) == [
        "The embedding model computes with torch.",
        "The reader computes with torch.",
    ]
    monkeypatch.setattr(int8, "can_tune", lambda: True)
    assert "byline tune tries" in tuning.engine_lines(SHA, None)[-1]
    keep(tuning.reader_sha256(None))
    keep(SHA)
    assert tuning.engine_lines(SHA, None) == [
        "The embedding model computes in int8, 2.0 times as fast as without.",
        "The reader computes in int8, 2.0 times as fast as without.",
    ]
