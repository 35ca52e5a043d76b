"""A question and passages -> the spans that answer it and how likely it is that none does: MiniLM with a span head.

In go the question and the passages, each with its article's title; out come, for each passage, spans with scores that are comparable
between the passages of one question, and the model's raw logits. It knows no articles, sentences or archives. The word embeddings are
those of the embedding model and are not stored again; only what `python -m eval.train reader` trained is. Nothing heavy is loaded
before a model is.
"""

from __future__ import annotations

import json
import re
import threading
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from copy import deepcopy
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.embed import LocalEmbedder, has_amx, passage_title, sha256_of
from rag.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    Floats = NDArray[np.float32]

MAX_TOKENS = 384
_QUESTION_TOKENS = 64
_LONGEST = 30
_KEPT = 10
_BATCH = 16
_FORMAT = 1
_ACCOUNT, WEIGHTS_FILE = "reader.json", "reader.safetensors"
# The head's own name for what is not trained, and so is not stored.
_FROZEN = "word_embeddings.weight"
# A number with its decimals is one word.
_WORD = re.compile(r"\w+(?:(?<=\d)[.,](?=\d)\w+)*")


class Context(NamedTuple):
    """A passage to read, under the title of its article; the title may be empty."""

    title: str
    text: str


class ScoredSpan(NamedTuple):
    """The characters [start, end) of a passage; `score` is start + end - null, the log odds against "not answered here"."""

    start: int
    end: int
    score: float


class Reading(NamedTuple):
    """What the model says of one passage: its best spans, best first, at most ten, none longer than 30 tokens.

    `null` is the score of "not answered here". `offsets` (n, 2) are the characters of each token of the passage that was read, `starts`
    and `ends` (n,) their logits.
    """

    null: float
    spans: tuple[ScoredSpan, ...]
    offsets: NDArray[np.int64]
    starts: Floats
    ends: Floats


class Encoded(NamedTuple):
    """One question and passage as the network reads them. Token `first + i` is the passage's characters `offsets[i]`."""

    ids: list[int]
    types: list[int]
    first: int
    offsets: NDArray[np.int64]


class Logits(NamedTuple):
    """Start and end logits, float32 of shape (inputs, tokens); column 0 is the null. What is beyond an input's end means nothing."""

    starts: torch.Tensor
    ends: torch.Tensor


class SpanModel:
    """A network with a span head and its tokenizer; safe to share between threads."""

    def __init__(self, network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        self.network = network
        self.tokenizer = tokenizer
        self._lock = threading.Lock()

    def encode(self, pairs: Sequence[tuple[str, Context]]) -> list[Encoded]:
        """Each question and passage as `[CLS] question [SEP] title . passage [SEP]`.

        Of a question at most 64 tokens are read, of all together 384: what is too much is cut from the passage's end.
        """
        if not pairs:
            return []
        prefixes = [f"{passage_title(context.title)} . " if context.title else "" for _, context in pairs]
        with self._lock:
            questions = self._cut_questions([question for question, _ in pairs])
            encoded = self.tokenizer(
                questions,
                [prefix + context.text for prefix, (_, context) in zip(prefixes, pairs, strict=True)],
                truncation="only_second",
                max_length=MAX_TOKENS,
                return_offsets_mapping=True,
            )
        return [
            _encoded(item.ids, item.type_ids, item.sequence_ids, item.offsets, len(prefix))
            for item, prefix in zip(encoded.encodings, prefixes, strict=True)
        ]

    def score(self, question: str, contexts: Sequence[Context]) -> list[Reading]:
        """Reads the passages of one question, in the order given; a passage without words has no spans."""
        import numpy as np
        import torch

        encoded = self.encode([(question, context) for context in contexts])
        found: dict[int, Reading] = {}
        order = np.argsort([len(item.ids) for item in encoded], kind="stable").tolist()
        with torch.inference_mode():
            for batch in (order[i : i + _BATCH] for i in range(0, len(order), _BATCH)):
                logits = span_logits(self.network, [encoded[i] for i in batch])
                starts, ends = logits.starts.cpu().numpy(), logits.ends.cpu().numpy()
                found |= {i: _reading(contexts[i].text, encoded[i], starts[row], ends[row]) for row, i in enumerate(batch)}
        return [found[i] for i in range(len(encoded))]

    def quick(self) -> SpanModel:
        """The model in bf16 where the processor gains from it, else as it is."""
        import torch

        if not has_amx():
            return self
        network: Any = deepcopy(self.network)
        return SpanModel(network.to(torch.bfloat16), self.tokenizer)

    def _cut_questions(self, questions: list[str]) -> list[str]:
        encoded = self.tokenizer(questions, add_special_tokens=False, return_offsets_mapping=True)
        cut = zip(questions, encoded["offset_mapping"], strict=True)
        return [text if len(offsets) <= _QUESTION_TOKENS else text[: offsets[_QUESTION_TOKENS - 1][1]] for text, offsets in cut]


# ---------------------------------------------------------------- network


def span_logits(network: PreTrainedModel, batch: Sequence[Encoded]) -> Logits:
    """Runs the network once over the inputs, padded to the longest of them."""
    import torch

    longest = max(len(item.ids) for item in batch)

    def padded(rows: list[list[int]], fill: int) -> torch.Tensor:
        return torch.tensor([row + [fill] * (longest - len(row)) for row in rows], device=network.device)

    out = network(
        input_ids=padded([item.ids for item in batch], network.config.pad_token_id or 0),
        attention_mask=padded([[1] * len(item.ids) for item in batch], 0),
        token_type_ids=padded([item.types for item in batch], 0),
    )
    return Logits(out.start_logits.float(), out.end_logits.float())


def untrained(base: LocalEmbedder, *, attention: str) -> SpanModel:
    """The embedding model's encoder in float32 under a new span head, drawn from torch's generator; without dropout.

    `attention` is "eager", which trains faster on a processor, or "sdpa", which reads faster.

    :raises ModelError: if the embedding model is missing or cannot be loaded.
    """
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModelForQuestionAnswering, AutoTokenizer

    try:
        config = AutoConfig.from_pretrained(base.folder, local_files_only=True)
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
        network = AutoModelForQuestionAnswering.from_config(config, attn_implementation=attention)  # type: ignore[no-untyped-call]
        state = load_file(base.folder / "model.safetensors")
        wanted = network.base_model.state_dict().keys()
        network.base_model.load_state_dict({name: value for name, value in state.items() if name in wanted})
        tokenizer = AutoTokenizer.from_pretrained(base.folder, local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"The reader cannot be built on {base.name!r}: {error}", hint="Run: byline doctor") from error
    return SpanModel(network, tokenizer)


def trained_part(network: PreTrainedModel) -> dict[str, torch.Tensor]:
    """What is trained, and stored, by name: all but the word embeddings."""
    return {name: value for name, value in network.state_dict().items() if not name.endswith(_FROZEN)}


# ---------------------------------------------------------------- files


def save_reader(folder: Path, weights: Mapping[str, torch.Tensor], base: LocalEmbedder, account: Mapping[str, Any]) -> None:
    """Writes the weights, as `trained_part` names them, in float16, and a JSON file that says what they belong to."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: value.detach().to("cpu", torch.float16).contiguous() for name, value in weights.items()}, folder / WEIGHTS_FILE)
    plain = {
        "format": _FORMAT,
        "base": {"name": base.name, "identity": base.identity},
        "weights": {"file": WEIGHTS_FILE, "sha256": sha256_of(folder / WEIGHTS_FILE)},
        "account": account,
    }
    (folder / _ACCOUNT).write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load_reader(folder: Path, *, base: LocalEmbedder | None = None, attention: str = "sdpa") -> SpanModel:
    """The reader in a folder that `save_reader` wrote, in float32. `base` is the packaged embedding model unless another is given.

    :raises ModelError: if files are missing or altered, or belong to another embedding model.
    """
    from safetensors.torch import load_file

    base = base or LocalEmbedder()
    _check(folder, base)
    model = untrained(base, attention=attention)
    state = load_file(folder / WEIGHTS_FILE)
    if {name: value.shape for name, value in trained_part(model.network).items()} != {name: value.shape for name, value in state.items()}:
        raise ModelError(f"The weights in {folder} do not fit the embedding model {base.name!r}.", hint="Train the reader again.")
    model.network.load_state_dict(state, strict=False)
    model.network.eval()  # type: ignore[no-untyped-call]
    return model


def _check(folder: Path, base: LocalEmbedder) -> None:
    """That the files are whole and belong to this embedding model."""
    again = "Install Byline again, or train the reader again."
    try:
        plain = json.loads((folder / _ACCOUNT).read_text(encoding="utf-8"))
        known = plain["format"] == _FORMAT
        identity, sha256 = plain["base"]["identity"], plain["weights"]["sha256"]
        whole = sha256_of(folder / WEIGHTS_FILE) == sha256
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"There is no whole reader in {folder}: {error!r}", hint=again) from error
    if not known or not whole:
        raise ModelError(f"{folder / WEIGHTS_FILE} is not the file that {_ACCOUNT} speaks of.", hint=again)
    if identity != base.identity:
        raise ModelError(f"The reader in {folder} was trained on another embedding model than {base.name!r}.", hint=again)


# ---------------------------------------------------------------- spans


def _encoded(ids: list[int], types: list[int], sequences: Sequence[int | None], offsets: Sequence[tuple[int, int]], prefix: int) -> Encoded:
    import numpy as np

    inside = [i for i, sequence in enumerate(sequences) if sequence == 1 and offsets[i][0] >= prefix]
    first = inside[0] if inside else len(ids)
    return Encoded(ids, types, first, np.asarray([offsets[i] for i in inside], dtype=np.int64).reshape(-1, 2) - prefix)


def _reading(text: str, encoded: Encoded, starts: Floats, ends: Floats) -> Reading:
    inside = slice(encoded.first, encoded.first + len(encoded.offsets))
    null = float(starts[0] + ends[0])
    starts, ends = starts[inside], ends[inside]
    return Reading(null, best_spans(text, encoded.offsets, starts, ends, null), encoded.offsets, starts, ends)


def best_spans(text: str, offsets: NDArray[np.int64], starts: Floats, ends: Floats, null: float) -> tuple[ScoredSpan, ...]:
    """The ten best different spans of whole words, best first; fewer if there are not so many."""
    import numpy as np

    if not len(offsets):
        return ()
    padded = np.concatenate([ends, np.full(_LONGEST, -np.inf, dtype=ends.dtype)])
    grid = starts[:, None] + np.lib.stride_tricks.sliding_window_view(padded, _LONGEST)[: len(starts)]
    words = [match.span() for match in _WORD.finditer(text)]
    found: dict[tuple[int, int], float] = {}
    for flat in np.argsort(-grid, axis=None, kind="stable"):
        first, more = divmod(int(flat), _LONGEST)
        if len(found) == _KEPT or first + more >= len(offsets):
            break
        span = _whole_words(words, int(offsets[first, 0]), int(offsets[first + more, 1]))
        found.setdefault(span, float(grid[first, more]) - null)
    return tuple(ScoredSpan(start, end, score) for (start, end), score in found.items())


def _whole_words(words: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """The span, widened to the ends of the words that it cuts."""
    left, right = (words[max(0, bisect_right(words, place, key=itemgetter(0)) - 1)] if words else (0, 0) for place in (start, end - 1))
    if left[0] <= start < left[1]:
        start = left[0]
    if right[0] < end <= right[1]:
        end = right[1]
    return start, end
