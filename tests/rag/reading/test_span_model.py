"""The span reader on a tiny network: what it reads, its spans, and files that are refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.embed import LocalEmbedder
from rag.errors import ModelError
from rag.reading.loading import load_reader, save_reader, trained_part, untrained
from rag.reading.span_model import (
    LONGEST,
    MAX_TOKENS,
    Context,
    SpanModel,
    add_pairing,
    batches,
    best_spans,
    to_bf16,
)
from tests.tinybert import tiny_base

QUESTION = "How many houses did the flood in Fenwick ruin?"
TEXT = "The flood of 2019 ruined 41.5% of the houses in Fenwick. The mayor, Ada O'Dell, was away."


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> LocalEmbedder:
    return tiny_base(tmp_path_factory.mktemp("base"), QUESTION, TEXT)


@pytest.fixture(scope="module")
def model(base: LocalEmbedder) -> SpanModel:
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(5)
    made = untrained(base, attention="sdpa")
    made.network.eval()
    return made


# ---------------------------------------------------------------- what is read


def test_offsets_are_the_characters_of_the_passage_whatever_the_title(model: SpanModel) -> None:
    plain, titled = model.encode(
        [(QUESTION, Context("", TEXT)), (QUESTION, Context("Houses in Fenwick", TEXT))]
    )
    assert [TEXT[start:end] for start, end in plain.offsets][:5] == [
        "The",
        "flood",
        "of",
        "2019",
        "ruined",
    ]
    assert plain.offsets.tolist() == titled.offsets.tolist()
    assert titled.first == plain.first + 4
    assert len(plain.ids) == plain.first + len(plain.offsets) + 1


def test_a_space_is_no_part_of_the_word_behind_it(base: LocalEmbedder, model: SpanModel) -> None:
    """Some tokenizers count it in, and would so give the first word of a sentence to none."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Metaspace
    from tokenizers.processors import BertProcessing
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(WordLevel({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Metaspace()
    tokenizer.post_processor = BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    spaced = SpanModel(
        model.network, PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]")
    )
    text = "Rain fell. Anna left."
    for title in ("", "Weather"):
        [encoded] = spaced.encode([("Who left?", Context(title, text))])
        assert [text[start:end] for start, end in encoded.offsets] == [
            "Rain",
            "fell.",
            "Anna",
            "left.",
        ]


def test_a_long_question_is_cut_and_the_passage_is_read(model: SpanModel) -> None:
    encoded = model.encode([("flood " * 200, Context("", TEXT))])[0]
    assert encoded.first == 1 + 64 + 1
    assert encoded.offsets[-1].tolist() == [len(TEXT) - 1, len(TEXT)]


def test_the_last_words_of_a_full_passage_are_read(model: SpanModel) -> None:
    title, words = "houses " * 10, "flood " * 244
    encoded = model.encode([("Fenwick " * 64, Context(title.strip(), words.strip()))])[0]
    assert encoded.offsets[-1, 1] == len(words.strip())


def test_what_is_too_long_loses_its_end(model: SpanModel) -> None:
    encoded = model.encode([(QUESTION, Context("", "flood " * 600))])[0]
    assert len(encoded.ids) == MAX_TOKENS
    assert encoded.offsets[0].tolist() == [0, 5]


def test_readings_come_in_order_and_do_not_depend_on_what_else_is_read(model: SpanModel) -> None:
    contexts = [Context("", " ".join([TEXT] * n)) for n in (3, 1, 2)] * 7 + [
        Context("Fenwick", TEXT),
        Context("", ""),
        Context("", "   "),
    ]
    together = model.score(QUESTION, contexts)
    alone = [model.score(QUESTION, [context])[0] for context in contexts]
    for one, other in zip(together, alone, strict=True):
        assert one.starts == pytest.approx(other.starts, abs=1e-4)
        assert len(one.starts) == len(one.ends) == len(one.offsets)
    assert together[-1].best_spans() == together[-2].best_spans() == ()
    assert len({round(float(reading.starts[0]), 3) for reading in together[:-2]}) > 3
    assert model.score(QUESTION, []) == []


@given(st.lists(st.integers(3, MAX_TOKENS), max_size=50))
def test_batches_hold_each_input_once_and_pad_no_more_than_full_ones(lengths: list[int]) -> None:
    found = batches(lengths)
    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    assert max(map(len, found), default=0) <= 16
    ordered = sorted(range(len(lengths)), key=lengths.__getitem__)
    full = [ordered[i : i + 16] for i in range(0, len(ordered), 16)]
    costs = [
        sum(max(lengths[i] for i in batch) * len(batch) + 100 for batch in plan)
        for plan in (found, full)
    ]
    assert costs[0] <= costs[1]


def test_a_score_is_the_log_odds_of_start_and_end(model: SpanModel) -> None:
    reading = model.score(QUESTION, [Context("", TEXT)])[0]
    starts = dict(zip(reading.offsets[:, 0].tolist(), reading.starts.tolist(), strict=True))
    ends = dict(zip(reading.offsets[:, 1].tolist(), reading.ends.tolist(), strict=True))
    whole = [span for span in reading.best_spans() if span.start in starts and span.end in ends]
    assert whole
    for span in whole:
        # A span that cuts a word counts for the whole one, which may score less itself.
        assert span.score >= starts[span.start] + ends[span.end] - 1e-4


def test_spans_and_masses_of_a_part_are_of_that_part(model: SpanModel) -> None:
    reading = model.score(QUESTION, [Context("Fenwick", TEXT)])[0]
    cut = TEXT.index("The mayor")
    parts = [(0, cut), (cut, len(TEXT))]
    for start, end in parts:
        assert all(start <= span.start < span.end <= end for span in reading.best_spans(start, end))
    best = max(
        (reading.best_spans(*part, most=1)[0] for part in parts), key=lambda span: span.score
    )
    assert best.score <= reading.best_spans(most=1)[0].score
    for side in (0, 1):
        whole = reading.masses(0, len(TEXT))[side]
        assert np.logaddexp(*(reading.masses(*part)[side] for part in parts)) == pytest.approx(
            whole, abs=1e-4
        )
    assert reading.masses(3, 3) == (-np.inf, -np.inf)
    assert reading.best_spans(3, 3) == ()


# ---------------------------------------------------------------- spans


def tokens_of(text: str) -> np.ndarray:
    """Every character that is not white space is a token."""
    return np.asarray(
        [(i, i + 1) for i, char in enumerate(text) if not char.isspace()], dtype=np.int64
    ).reshape(-1, 2)


@given(st.text("ab 1.,-'ü", max_size=80), st.integers(0, 2**32 - 1))
def test_spans_are_whole_words_of_the_passage_best_first(text: str, seed: int) -> None:
    offsets, draw = tokens_of(text), np.random.default_rng(seed)
    starts, ends = draw.normal(size=(2, len(offsets))).astype(np.float32)
    spans = best_spans(text, offsets, starts, ends, 10)
    assert len(spans) <= 10
    assert bool(spans) == bool(len(offsets))
    assert len({(span.start, span.end) for span in spans}) == len(spans)
    assert [span.score for span in spans] == sorted((span.score for span in spans), reverse=True)
    assert best_spans(text, offsets, starts, ends, 1) == spans[:1]
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
        inner = text[span.start : span.end]
        assert inner == inner.strip()
        for at in (span.start, span.end):
            assert not (0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum())
    if spans:
        every = [
            starts[i] + ends[j]
            for i in range(len(offsets))
            for j in range(i, min(i + 30, len(offsets)))
        ]
        assert spans[0].score == pytest.approx(max(every), abs=1e-5)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [("1", "1", "41.5"), ("5", "%", "41.5%"), ("u", "u", "houses"), ("$", "7", "$7")],
)
def test_a_span_that_cuts_a_word_is_widened(first: str, last: str, expected: str) -> None:
    text = "So 41.5% of houses, or $7"
    offsets = tokens_of(text)
    starts, ends = np.zeros((2, len(offsets)), dtype=np.float32)
    starts[[text[start] for start, _ in offsets].index(first)] = 5
    ends[[text[start] for start, _ in offsets].index(last)] = 5
    best = best_spans(text, offsets, starts, ends, 1)[0]
    assert text[best.start : best.end] == expected


def test_no_span_is_longer_than_thirty_tokens() -> None:
    text = " ".join("x" * 50)
    starts, ends = np.full((2, 50), -1, dtype=np.float32)
    starts[0] = ends[49] = 9
    assert all(
        span.end - span.start <= 30 * 2 - 1
        for span in best_spans(text, tokens_of(text), starts, ends, 10)
    )


@given(st.text("ab .", max_size=60), st.integers(0, 2**32 - 1))
def test_the_best_span_with_pairs_is_the_best_of_all(text: str, seed: int) -> None:
    """Against every span, one by one."""
    offsets, draw = tokens_of(text), np.random.default_rng(seed)
    starts, ends = draw.normal(size=(2, len(offsets))).astype(np.float32)
    pairs = draw.normal(size=(len(offsets), LONGEST)).astype(np.float32)
    spans = best_spans(text, offsets, starts, ends, 10, pairs=pairs)
    every = {
        (i, j): starts[i] + ends[j] + pairs[i, j - i]
        for i in range(len(offsets))
        for j in range(i, min(i + LONGEST, len(offsets)))
    }
    assert [span.score for span in spans] == sorted((span.score for span in spans), reverse=True)
    if every:
        (first, last), score = max(every.items(), key=lambda item: item[1])
        assert spans[0].score == pytest.approx(score, abs=1e-5)
        assert spans[0].start <= offsets[first, 0] < offsets[last, 1] <= spans[0].end


# ---------------------------------------------------------------- starts and ends together


def paired(base: LocalEmbedder) -> SpanModel:
    import torch

    torch.manual_seed(5)
    made = untrained(base, attention="sdpa")
    add_pairing(made.network, 4)
    for value in made.network.pairing.parameters():
        torch.nn.init.normal_(value, std=0.5)
    made.network.eval()
    return made


def test_a_new_head_for_pairs_changes_nothing_at_first(
    model: SpanModel, base: LocalEmbedder
) -> None:
    import torch

    torch.manual_seed(5)
    made = untrained(base, attention="sdpa")
    add_pairing(made.network, 4)
    made.network.eval()
    one, other = (reader.score(QUESTION, [Context("", TEXT)])[0] for reader in (model, made))
    assert one.pairs is None
    assert other.pairs is not None
    assert not other.pairs.any()
    assert [span[:2] for span in one.best_spans()] == [span[:2] for span in other.best_spans()]


def test_pairs_are_products_of_what_stands_at_their_ends(base: LocalEmbedder) -> None:
    import torch

    model, rank = paired(base), 4
    contexts = [Context("", TEXT), Context("Fenwick", f"{TEXT} {TEXT}")]
    for context, reading in zip(contexts, model.score(QUESTION, contexts), strict=True):
        [item] = model.encode([(QUESTION, context)])
        with torch.inference_mode():
            ids, types = torch.tensor([item.ids]), torch.tensor([item.types])
            states = model.network.base_model(
                input_ids=ids, token_type_ids=types
            ).last_hidden_state[0]
            both = model.network.pairing(states)[
                item.first : item.first + len(item.offsets)
            ].numpy()
            length = model.network.pairing.length.numpy()
        products = both[:, :rank] @ both[:, rank:].T
        assert reading.pairs is not None
        for i, j in ((0, 0), (0, 5), (3, 9), (7, 7)):
            assert reading.pairs[i, j - i] == pytest.approx(
                products[i, j] + length[j - i], abs=1e-3
            )


def test_the_best_span_of_a_part_counts_its_own_pairs(base: LocalEmbedder) -> None:
    reading = paired(base).score(QUESTION, [Context("", TEXT)])[0]
    cut = TEXT.index("The mayor")
    best = max(
        (reading.best_spans(*part, most=1)[0] for part in ((0, cut), (cut, len(TEXT)))),
        key=lambda span: span.score,
    )
    assert best.score <= reading.best_spans(most=1)[0].score
    assert reading.best_spans(cut, most=1)[0].start >= cut


def test_in_bf16_the_heads_stay_exact(base: LocalEmbedder) -> None:
    import torch

    exact, quick = paired(base), paired(base)
    to_bf16(quick.network)
    assert (
        quick.network.pairing.weight.dtype == quick.network.qa_outputs.weight.dtype == torch.float32
    )
    one, other = (reader.score(QUESTION, [Context("", TEXT)])[0] for reader in (exact, quick))
    assert other.starts == pytest.approx(one.starts, abs=0.1)


# ---------------------------------------------------------------- files


def test_a_reader_with_pairs_is_read_back(base: LocalEmbedder, tmp_path: Path) -> None:
    model = paired(base)
    save_reader(tmp_path / "reader", trained_part(model.network), base, {})
    one, other = (
        reader.score(QUESTION, [Context("", TEXT)])[0]
        for reader in (model, load_reader(tmp_path / "reader", base=base))
    )
    assert other.pairs == pytest.approx(one.pairs, abs=0.05)


@pytest.fixture
def saved(model: SpanModel, base: LocalEmbedder, tmp_path: Path) -> Path:
    save_reader(tmp_path / "reader", trained_part(model.network), base, {"recipe": {"epochs": 2}})
    return tmp_path / "reader"


def test_a_reader_is_read_back_and_says_the_same(
    model: SpanModel, base: LocalEmbedder, saved: Path
) -> None:
    again = load_reader(saved, base=base)
    one, other = (reader.score(QUESTION, [Context("", TEXT)])[0] for reader in (model, again))
    assert other.starts == pytest.approx(one.starts, abs=0.05)
    assert [span[:2] for span in other.best_spans(most=1)] == [
        span[:2] for span in one.best_spans(most=1)
    ]
    assert json.loads((saved / "reader.json").read_text(encoding="utf-8"))["account"] == {
        "recipe": {"epochs": 2}
    }


def test_word_embeddings_are_not_stored(saved: Path, base: LocalEmbedder) -> None:
    from safetensors.torch import load_file

    stored, whole = (
        load_file(saved / "reader.safetensors"),
        load_file(base.folder / "model.safetensors"),
    )
    assert not any("word_embeddings" in name for name in stored)
    assert sum("layer.1." in name for name in stored) == sum("layer.1." in name for name in whole)
    assert {str(value.dtype) for value in stored.values()} == {"torch.float16"}


def test_altered_weights_are_refused(saved: Path, base: LocalEmbedder) -> None:
    data = bytearray((saved / "reader.safetensors").read_bytes())
    data[-1] ^= 1
    (saved / "reader.safetensors").write_bytes(data)
    with pytest.raises(ModelError, match="not the file") as caught:
        load_reader(saved, base=base)
    assert caught.value.hint


@pytest.mark.parametrize(
    "spoilt", ["", "[]", '{"format": 1}', '{"format": 1, "base": null, "weights": null}']
)
def test_a_broken_account_is_refused(saved: Path, base: LocalEmbedder, spoilt: str) -> None:
    (saved / "reader.json").write_text(spoilt, encoding="utf-8")
    with pytest.raises(ModelError, match="no whole reader") as caught:
        load_reader(saved, base=base)
    assert caught.value.hint


def test_a_later_format_is_refused(saved: Path, base: LocalEmbedder) -> None:
    plain = json.loads((saved / "reader.json").read_text(encoding="utf-8"))
    (saved / "reader.json").write_text(json.dumps(plain | {"format": 2}), encoding="utf-8")
    with pytest.raises(ModelError):
        load_reader(saved, base=base)


def test_a_missing_folder_is_refused(tmp_path: Path, base: LocalEmbedder) -> None:
    with pytest.raises(ModelError, match="no whole reader"):
        load_reader(tmp_path / "nowhere", base=base)


def test_another_embedding_model_is_refused(saved: Path, tmp_path: Path) -> None:
    other = tiny_base(tmp_path / "other", QUESTION, TEXT, seed=2)
    with pytest.raises(ModelError, match="another embedding model"):
        load_reader(saved, base=other)


def test_weights_of_another_shape_are_refused(
    base: LocalEmbedder, model: SpanModel, tmp_path: Path
) -> None:
    weights = trained_part(model.network)
    weights["qa_outputs.bias"] = weights["qa_outputs.bias"][:1]
    save_reader(tmp_path, weights, base, {})
    with pytest.raises(ModelError, match="do not fit"):
        load_reader(tmp_path, base=base)


def test_a_missing_embedding_model_is_reported(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be built"):
        untrained(LocalEmbedder(str(tmp_path)), attention="sdpa")
