"""The int8 encoder: when it is used, when it is kept, and, with the extra [fast], what it reads."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.run.systems import Byline
from rag.encoder import int8
from rag.encoder.int8 import Trial, kept_encoder, kept_folder, torch_encoder, tune, tuned
from rag.errors import ModelError
from rag.reading import loading
from rag.reading.loading import reader_sha256, shared_model, untrained
from rag.reading.span_model import Context, SpanModel, add_pairing, inputs_of
from tests.tinybert import tiny_base

SHA = "ab" * 32
GOOD = Trial(2.0, 0.999)
READ = [
    [(question, Context("The town", "Anna Reyes leads the town.")), (question, Context("", text))]
    for question, text in [
        ("Who leads the town?", "Rain fell."),
        ("What fell?", "Rain fell on Monday, and the town was wet."),
        ("Where did rain fall?", "No."),
        ("When did rain fall?", "Rain fell on Monday."),
    ]
]


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(int8, "CACHE", tmp_path / "cache" / "int8")
    return int8.CACHE


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> SpanModel:
    texts = [text for pairs in READ for question, context in pairs for text in (question, *context)]
    model = untrained(tiny_base(tmp_path_factory.mktemp("base"), *texts), attention="sdpa")
    add_pairing(model.network, 4)
    model.network.eval()
    return model


def inputs_from(reader: SpanModel):
    return [inputs_of(reader.network, reader.encode(pairs)) for pairs in READ]


def tune_reader(reader: SpanModel) -> Trial:
    usual, today = inputs_from(reader), torch_encoder(reader.network)
    return tune(reader.network, today, usual[:-3], usual[-3:], SHA)


def keep(sha256: str = SHA, trial: Trial = GOOD) -> Path:
    """Files as `tune` keeps them, of which OpenVINO can read none."""
    folder = kept_folder(sha256)
    folder.mkdir(parents=True)
    (folder / "encoder.xml").write_text("<net/>")
    (folder / "encoder.bin").write_bytes(b"weights")
    int8._write_account(folder, sha256, trial)
    return folder


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, reader: SpanModel) -> Callable[[Trial], None]:
    """Makes OpenVINO a fake: torch computes, and the trial says what it is told to say."""

    def make(_network: object, _inputs: object, folder: Path) -> None:
        folder.mkdir()
        (folder / "encoder.xml").write_text("<net/>")
        (folder / "encoder.bin").write_bytes(b"weights")

    def told(trial: Trial) -> None:
        monkeypatch.setattr(int8, "tried", lambda *_: trial)

    monkeypatch.setattr(int8, "_make", make)
    monkeypatch.setattr(int8, "_compiled", lambda _: torch_encoder(reader.network))
    return told


# ---------------------------------------------------------------- what is kept


def test_nothing_is_kept_at_first(cache: Path) -> None:
    assert tuned(SHA) is None
    assert kept_encoder(SHA) is None


def test_what_is_kept_is_for_one_reader_and_processor(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = keep()
    assert tuned(SHA) == GOOD
    assert tuned("cd" * 32) is None
    folder.rename(kept_folder("cd" * 32))
    assert tuned("cd" * 32) is None, "a folder that was made for another reader"
    kept_folder("cd" * 32).rename(folder)
    monkeypatch.setattr(int8, "_precision", lambda: "another")
    assert tuned(SHA) is None


@pytest.mark.parametrize("name", ["encoder.xml", "encoder.bin", "account.json"])
@pytest.mark.parametrize("damage", ["cut", "gone", "foreign"])
def test_a_damaged_or_foreign_file_is_not_used(cache: Path, name: str, damage: str) -> None:
    path = keep() / name
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-3] if damage == "cut" else b"[1, 2]")
    assert tuned(SHA) is None
    assert kept_encoder(SHA) is None


def test_what_openvino_cannot_load_is_not_used(
    cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Path) -> None:
        raise RuntimeError("no such operation")

    keep()
    monkeypatch.setattr(int8, "_compiled", broken)
    with caplog.at_level(logging.WARNING):
        assert kept_encoder(SHA) is None
    assert "no such operation. Run: byline tune" in caplog.text


# ---------------------------------------------------------------- what is chosen


@pytest.mark.parametrize(
    ("speed", "cosine", "gains"),
    [(1.8, 0.999, True), (1.1, 0.999, False), (0.5, 1.0, False), (3.0, 0.9, False)],
)
def test_it_must_be_faster_and_alike(speed: float, cosine: float, gains: bool) -> None:
    assert Trial(speed, cosine).gains is gains


def test_a_trial_compares_time_and_the_states_of_tokens(
    reader: SpanModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, exact = [0.0], torch_encoder(reader.network)

    def taking(seconds: float, sign: int):
        def encode(inputs):
            clock[0] += seconds
            padding = 1 - inputs["attention_mask"][..., None]
            return sign * exact(inputs) - 1e3 * padding

        return encode

    monkeypatch.setattr("rag.encoder.int8.time.perf_counter", lambda: clock[0])
    inputs = inputs_from(reader)
    alike = int8.tried(taking(1, 1), taking(3, 1), inputs)
    assert (alike.speed, alike.cosine) == (3.0, pytest.approx(1))
    padded = int8.tried(taking(2, 1), lambda one: taking(1, 1)(one) * 1.0, inputs)
    assert (padded.speed, padded.gains) == (0.5, False)
    assert int8.tried(taking(1, -1), taking(3, 1), inputs).cosine == pytest.approx(-1)


def test_an_encoder_that_gains_is_kept_and_takes_the_place_of_a_damaged_one(
    cache: Path, reader: SpanModel, fake: Callable[[Trial], None]
) -> None:
    (keep() / "encoder.bin").write_bytes(b"cut")
    fake(GOOD)
    assert tune_reader(reader) == GOOD
    assert tuned(SHA) == GOOD
    assert [path.name for path in cache.iterdir()] == [kept_folder(SHA).name]


def test_an_encoder_that_does_not_gain_is_not_kept(
    cache: Path, reader: SpanModel, fake: Callable[[Trial], None]
) -> None:
    keep()
    fake(Trial(1.1, 0.999))
    assert not tune_reader(reader).gains
    assert list(cache.iterdir()) == []


def test_an_interrupted_run_leaves_the_encoder_that_was_kept(
    cache: Path, reader: SpanModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    keep()
    monkeypatch.setattr(int8, "_make", stopped)
    with pytest.raises(KeyboardInterrupt):
        tune_reader(reader)
    assert tuned(SHA) == GOOD
    assert [path.name for path in cache.iterdir()] == [kept_folder(SHA).name]


def test_a_cache_that_cannot_be_written_is_reported(cache: Path, reader: SpanModel) -> None:
    cache.parent.mkdir()
    cache.write_text("a file")
    with pytest.raises(ModelError, match="No int8 encoder can be made"):
        tune_reader(reader)


# ---------------------------------------------------------------- what reads


def test_a_kept_encoder_reads_where_it_is_allowed(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, calls = shared_model(None, bf16=False), list[str]()

    def kept(sha256: str):
        def encode(inputs):
            calls.append(sha256)
            return torch_encoder(plain.network)(inputs)

        return encode

    monkeypatch.setattr(loading, "kept_encoder", kept)
    quick = loading._loaded.__wrapped__(None, bf16=False, int8=True)
    assert quick.network is plain.network
    question, context = READ[0][0]
    both = [model.score(question, [context])[0].best_spans() for model in (plain, quick)]
    assert both[0] == both[1]
    assert calls == [reader_sha256(None)], "the other reads by itself"


def test_without_a_kept_encoder_nothing_changes(cache: Path) -> None:
    model = loading._loaded.__wrapped__(None, bf16=False, int8=True)
    assert model is shared_model(None, bf16=False)
    assert "openvino" not in sys.modules or int8.can_tune()


def test_the_settings_of_a_run_tell_the_engine(cache: Path) -> None:
    assert "reader.engine" not in Byline().settings
    keep(reader_sha256(None))
    assert Byline().settings["reader.engine"] == "int8"
    assert "reader.engine" not in Byline(bf16=False).settings


@pytest.mark.skipif(not int8.can_tune(), reason="needs the extra [fast]: openvino and nncf")
def test_openvino_reads_as_torch_does(
    cache: Path, reader: SpanModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Random weights bear less rounding than trained ones, and so small a network gains by chance.
    monkeypatch.setattr(int8, "_LEAST_SPEED", 0.0)
    monkeypatch.setattr(int8, "_LEAST_COSINE", 0.95)
    assert tune_reader(reader).gains
    assert sys.modules["openvino_telemetry"] is None, "OpenVINO would send usage data"
    encoder = kept_encoder(SHA)
    assert encoder is not None
    quick = reader.with_encoder(encoder)
    for pairs in READ:
        for one, other in zip(quick.read(pairs), reader.read(pairs), strict=True):
            assert one.starts == pytest.approx(other.starts, abs=1.0)
            assert [*one.starts] != [*other.starts], "OpenVINO computed"
