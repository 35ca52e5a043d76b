"""Readers by name: the one that ships, a folder, and extractive checkpoints made on the spot."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.reading import loading
from rag.reading.loading import (
    TRAINED,
    reader_sha256,
    save_reader,
    shared_model,
    trained_part,
    untrained,
)
from rag.reading.reader import TrainedReader
from rag.reading.span_model import Context, SpanModel
from tests.rag.reading.test_reader import hit
from tests.tinybert import tiny_base

QUESTION = "Who leads the town?"
TEXT = "Anna Reyes leads the town. Rain fell."


def extractive(folder: Path, kind: str) -> Path:
    """A checkpoint of that kind with random weights and the tiny tokenizer, as saved by itself."""
    import torch
    from transformers import (
        AutoModelForQuestionAnswering,
        AutoTokenizer,
        BertConfig,
        DistilBertConfig,
        RobertaConfig,
    )

    tokenizer = AutoTokenizer.from_pretrained(tiny_base(folder / "base", QUESTION, TEXT).folder)
    sizes = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 64,
    }
    small = {"vocab_size": len(tokenizer), "dim": 32, "n_layers": 1, "n_heads": 2, "hidden_dim": 64}
    config = {
        "bert": lambda: BertConfig(**sizes),
        "roberta": lambda: RobertaConfig(**sizes, type_vocab_size=1, pad_token_id=0),
        "distilbert": lambda: DistilBertConfig(**small),
    }[kind]()
    torch.manual_seed(4)
    AutoModelForQuestionAnswering.from_config(config).save_pretrained(folder / kind)
    tokenizer.save_pretrained(folder / kind)
    return folder / kind


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert"])
def test_any_extractive_checkpoint_reads(tmp_path: Path, kind: str) -> None:
    reading = TrainedReader(str(extractive(tmp_path, kind))).read(
        QUESTION, [hit(*TEXT.split(". ")), hit("No.", rank=2, name="b")]
    )
    assert len(reading.candidates) == 3
    for candidate in reading.candidates:
        assert candidate.answer is not None
        assert (
            candidate.sentence.start
            <= candidate.answer.start
            < candidate.answer.end
            <= candidate.sentence.end
        )


def test_a_model_is_loaded_once(tmp_path: Path) -> None:
    name = str(extractive(tmp_path, "bert"))
    assert shared_model(name, bf16=True) is shared_model(name, bf16=True)
    assert TrainedReader().model is TrainedReader().model


def test_many_threads_load_a_model_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, loads = str(extractive(tmp_path, "bert")), []
    load = loading._extractive

    def slow(given: str) -> SpanModel:
        loads.append(given)
        time.sleep(0.05)
        return load(given)

    monkeypatch.setattr(loading, "_extractive", slow)
    with ThreadPoolExecutor(8) as pool:
        found = {
            id(model) for model in pool.map(lambda _: shared_model(name, bf16=False), range(16))
        }
    assert (len(found), loads) == (1, [name])


def test_a_folder_that_training_wrote_belongs_to_its_embedding_model(tmp_path: Path) -> None:
    base = tiny_base(tmp_path / "base", QUESTION, TEXT)
    save_reader(
        tmp_path / "reader", trained_part(untrained(base, attention="sdpa").network), base, {}
    )
    # The embedding model that ships is another.
    with pytest.raises(ModelError, match="another embedding model"):
        shared_model(str(tmp_path / "reader"), bf16=False)
    assert len(reader_sha256(str(tmp_path / "reader"))) == 64


def test_precision_changes_little() -> None:
    context = Context("The flood", "In Aldwater 18 people drowned when the dam broke.")
    quick, exact = (
        shared_model(None, bf16=bf16).score("How many people drowned?", [context])[0]
        for bf16 in (True, False)
    )
    assert quick.best_spans(most=1)[0][:2] == exact.best_spans(most=1)[0][:2]
    assert quick.starts == pytest.approx(exact.starts, abs=0.5)


def test_a_model_that_is_no_reader_is_refused(tmp_path: Path) -> None:
    base = tiny_base(tmp_path, QUESTION)
    with pytest.raises(ModelError, match="no extractive") as caught:
        shared_model(str(base.folder), bf16=True)
    assert "SQuAD 2.0" in caught.value.hint


def test_a_broken_checkpoint_and_a_name_that_nothing_has_are_reported(tmp_path: Path) -> None:
    folder = extractive(tmp_path, "bert")
    (folder / "model.safetensors").write_bytes(b"no")
    with pytest.raises(ModelError, match="cannot be loaded"):
        shared_model(str(folder), bf16=True)
    with pytest.raises(ModelError, match="neither a folder here nor to be had") as caught:
        shared_model("../no/such/reader", bf16=True)
    assert "reader" in caught.value.hint


def test_the_shipped_weights_are_small_and_tell_what_they_are() -> None:
    assert sum(path.stat().st_size for path in TRAINED.iterdir()) < 25e6
    assert len(reader_sha256(None)) == 64
    assert reader_sha256("a-name-on-a-hub") == ""
    card = (TRAINED / "MODEL_CARD.md").read_text(encoding="utf-8")
    for needed in ("CC BY-SA 4.0", "SQuAD", "SelQA", "XQuAD", "byline eval train reader", "seed"):
        assert needed in card
