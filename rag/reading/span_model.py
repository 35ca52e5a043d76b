"""Scores the spans of passages as answers to a question, with an encoder under a span head.

For each passage the model gives the log odds of every start and end of an answer against "not
answered here", and how well each start and end go together. All are comparable between the
passages of one question.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.embed import passage_title
from rag.encoder.int8 import torch_encoder

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from rag.encoder.int8 import Encoder, Inputs

    Floats = NDArray[np.float32]

MAX_TOKENS = 384
_QUESTION_TOKENS = 64
LONGEST = 30
_LONGEST_WORD = 60
_MOST_TOGETHER = 16
# Running the network once more costs as much as reading so many tokens, measured on one core.
_RUN_COST = 100
# The name of the head that scores starts and ends together, in a network that has one.
PAIRING = "pairing"
# A number with its decimals is one word.
_WORD = re.compile(r"\w+(?:(?<=\d)[.,](?=\d)\w+)*")


class Context(NamedTuple):
    """A passage to read and the title of its article, which may be empty."""

    title: str
    text: str


class ScoredSpan(NamedTuple):
    """The characters [start, end) of a passage, and their log odds against "not answered here"."""

    start: int
    end: int
    score: float


class PassageReading(NamedTuple):
    """The model's scores for one passage.

    `offsets` (n, 2) are the characters of each token that was read. `starts` and `ends` (n,) are
    the log odds that the answer starts or ends there. `pairs` (n, 30) is added to both for a start
    and the end so many tokens on; None if the model scores starts and ends apart.
    """

    text: str
    offsets: NDArray[np.int64]
    starts: Floats
    ends: Floats
    pairs: Floats | None = None

    def best_spans(
        self, start: int = 0, end: int | None = None, *, most: int = 10
    ) -> tuple[ScoredSpan, ...]:
        """The best different spans of whole words within [start, end), best first.

        None is longer than 30 tokens, except where it is widened to whole words.
        """
        inside = slice(*self._tokens(start, len(self.text) if end is None else end))
        pairs = None if self.pairs is None else self.pairs[inside]
        offsets, starts, ends = self.offsets[inside], self.starts[inside], self.ends[inside]
        return best_spans(self.text, offsets, starts, ends, most, pairs=pairs)

    def masses(self, start: int, end: int) -> tuple[float, float]:
        """Log of the summed odds of all starts, and of all ends, within [start, end).

        Both are -inf where no token was read.
        """
        import numpy as np

        first, last = self._tokens(start, end)
        starts = np.logaddexp.reduce(self.starts[first:last], initial=-np.inf)
        return float(starts), float(np.logaddexp.reduce(self.ends[first:last], initial=-np.inf))

    def _tokens(self, start: int, end: int) -> tuple[int, int]:
        import numpy as np

        first, last = np.searchsorted(self.offsets[:, 0], (start, end))
        return int(first), int(last)


class Encoded(NamedTuple):
    """One question and passage as token ids; token `first + i` has the characters `offsets[i]`."""

    ids: list[int]
    types: list[int]
    first: int
    offsets: NDArray[np.int64]


class Logits(NamedTuple):
    """Start and end logits, float32 of shape (inputs, tokens); column 0 is the null.

    `pairs` (inputs, tokens, 30) is added for an answer that starts at a token and ends so many
    tokens on; None without such a head. Values beyond an input's end have no meaning.
    """

    starts: torch.Tensor
    ends: torch.Tensor
    pairs: torch.Tensor | None = None

    def at(self, rows: list[int]) -> Logits:
        """The logits of these inputs, in this order."""
        pairs = None if self.pairs is None else self.pairs[rows]
        return Logits(self.starts[rows], self.ends[rows], pairs)


def joined(parts: Sequence[Logits]) -> Logits:
    """The logits of several parts together, padded to the longest."""
    import torch

    longest = max(part.starts.shape[1] for part in parts)

    def padded(side: torch.Tensor) -> torch.Tensor:
        missing = longest - side.shape[1]
        return torch.nn.functional.pad(side, (*(0, 0) * (side.ndim - 2), 0, missing))

    starts = torch.cat([padded(part.starts) for part in parts])
    ends = torch.cat([padded(part.ends) for part in parts])
    pairs = [padded(part.pairs) for part in parts if part.pairs is not None]
    return Logits(starts, ends, torch.cat(pairs) if pairs else None)


class SpanModel:
    """A network with a span head and its tokenizer; safe to share between threads."""

    def __init__(self, network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        self.network = network
        self.tokenizer = tokenizer
        self._encoder: Encoder | None = None
        self._lock = threading.Lock()

    def with_encoder(self, encoder: Encoder) -> SpanModel:
        """The same heads and tokenizer over another encoder, if the network scores pairs."""
        other = copy(self)
        other._encoder = encoder
        return other

    def encode(self, pairs: Sequence[tuple[str, Context]]) -> list[Encoded]:
        """Encodes pairs as `[CLS] question [SEP] title . passage [SEP]`.

        At most 64 tokens of a question and 384 of everything are read; the end is cut off.
        """
        if not pairs:
            return []
        contexts = [context for _, context in pairs]
        prefixes = [f"{passage_title(one.title)} . " if one.title else "" for one in contexts]
        texts = [prefix + one.text for prefix, one in zip(prefixes, contexts, strict=True)]
        with self._lock:
            encoded = self.tokenizer(
                self._cut_questions([question for question, _ in pairs]),
                texts,
                truncation="only_second",
                max_length=MAX_TOKENS,
                return_offsets_mapping=True,
            )
        rows = zip(encoded.encodings, texts, prefixes, strict=True)
        return [_encoded(item, text, len(prefix)) for item, text, prefix in rows]

    def score(self, question: str, contexts: Sequence[Context]) -> list[PassageReading]:
        """Reads the passages of one question; a passage without words has no spans."""
        return self.read([(question, context) for context in contexts])

    def read(self, pairs: Sequence[tuple[str, Context]]) -> list[PassageReading]:
        """Reads each question on its passage."""
        import torch

        encoded = self.encode(pairs)
        found: dict[int, PassageReading] = {}
        with torch.inference_mode():
            for batch in batches([len(item.ids) for item in encoded]):
                logits = span_logits(self.network, [encoded[i] for i in batch], self._encoder)
                found |= {
                    i: _reading(pairs[i][1].text, encoded[i], logits, row)
                    for row, i in enumerate(batch)
                }
        return [found[i] for i in range(len(encoded))]

    def _cut_questions(self, questions: list[str]) -> list[str]:
        encoded = self.tokenizer(questions, add_special_tokens=False, return_offsets_mapping=True)
        cut = zip(questions, encoded["offset_mapping"], strict=True)
        return [
            text if len(offsets) <= _QUESTION_TOKENS else text[: offsets[_QUESTION_TOKENS - 1][1]]
            for text, offsets in cut
        ]


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Groups inputs of similar length, at most 16 together, so that padding them costs least.

    >>> batches([250, 190, 260, 200])
    [[1, 3], [0, 2]]
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    costs, cuts = [0], [0]
    for end, last in enumerate(order, 1):
        ways = (
            (costs[start] + lengths[last] * (end - start) + _RUN_COST, start)
            for start in range(max(0, end - _MOST_TOGETHER), end)
        )
        cost, cut = min(ways)
        costs.append(cost)
        cuts.append(cut)
    found, end = [], len(order)
    while end:
        found.append(order[cuts[end] : end])
        end = cuts[end]
    return found[::-1]


# ---------------------------------------------------------------- network


def span_logits(
    network: PreTrainedModel, batch: Sequence[Encoded], encoder: Encoder | None = None
) -> Logits:
    """Runs the network once over the inputs, padded to the longest."""
    inputs = inputs_of(network, batch)
    if hasattr(network, PAIRING):
        return _with_pairs(network, (encoder or torch_encoder(network))(inputs))
    out = network(**inputs)
    return Logits(out.start_logits.float(), out.end_logits.float())


def inputs_of(network: PreTrainedModel, batch: Sequence[Encoded]) -> Inputs:
    """The inputs as the network takes them, padded to the longest."""
    import torch

    longest = max(len(item.ids) for item in batch)

    def padded(rows: list[list[int]], fill: int) -> torch.Tensor:
        full = [row + [fill] * (longest - len(row)) for row in rows]
        return torch.tensor(full, device=network.device)

    inputs = {
        "input_ids": padded([item.ids for item in batch], network.config.pad_token_id or 0),
        "attention_mask": padded([[1] * len(item.ids) for item in batch], 0),
    }
    # Some encoders have no token types, or only one.
    if getattr(network.config, "type_vocab_size", 0) > 1:
        inputs["token_type_ids"] = padded([item.types for item in batch], 0)
    return inputs


def _with_pairs(network: PreTrainedModel, states: torch.Tensor) -> Logits:
    """Scores the states of all tokens by both heads, which stay in float32."""
    import torch

    heads: Any = network
    starts, ends = heads.qa_outputs(states).unbind(dim=-1)
    keys, values = heads.pairing(states).chunk(2, dim=-1)
    ahead = torch.nn.functional.pad(values, (0, 0, 0, LONGEST - 1)).unfold(1, LONGEST, 1)
    return Logits(starts, ends, torch.einsum("btr,btrk->btk", keys, ahead) + heads.pairing.length)


def add_pairing(network: PreTrainedModel, rank: int) -> None:
    """Adds a head that scores starts and ends together.

    Its score is a product of two projections plus a number for each length of a span, all zero at
    first. The initial head is always the same, so that networks that began with it can be averaged.
    """
    import torch

    pairing = torch.nn.Linear(network.config.hidden_size, 2 * rank)
    with torch.no_grad():
        pairing.weight.normal_(std=0.02, generator=torch.Generator().manual_seed(0))
        pairing.weight[rank:].zero_()
        pairing.bias.zero_()
    pairing.register_parameter("length", torch.nn.Parameter(torch.zeros(LONGEST)))
    network.add_module(PAIRING, pairing)


def to_bf16(network: PreTrainedModel) -> None:
    """Converts the network to bf16, except the heads of one that scores pairs."""
    import torch

    heads: Any = network
    heads.to(torch.bfloat16)
    if hasattr(network, PAIRING):
        heads.qa_outputs.float()
        heads.pairing.float()


# ---------------------------------------------------------------- spans


def _encoded(item: Any, text: str, prefix: int) -> Encoded:  # noqa: ANN401
    """Converts the encoding (of `tokenizers`) of a text that begins with a title of `prefix`
    characters.
    """
    import numpy as np

    offsets: dict[int, tuple[int, int]] = {}
    for i, (sequence, (start, end)) in enumerate(zip(item.sequence_ids, item.offsets, strict=True)):
        if sequence == 1:
            # Some tokenizers count the white space before a word as part of it.
            word = text[start:end].lstrip()
            first = max(end - len(word), start) if word else end - 1
            if first >= prefix:
                offsets[i] = first, end
    spans = np.asarray(list(offsets.values()), dtype=np.int64).reshape(-1, 2) - prefix
    return Encoded(item.ids, item.type_ids, min(offsets, default=len(item.ids)), spans)


def _reading(text: str, encoded: Encoded, logits: Logits, row: int) -> PassageReading:
    inside = slice(encoded.first, encoded.first + len(encoded.offsets))
    starts, ends = (
        (side[row, inside] - side[row, 0]).cpu().numpy() for side in (logits.starts, logits.ends)
    )
    pairs = None if logits.pairs is None else logits.pairs[row, inside].cpu().numpy()
    return PassageReading(text, encoded.offsets, starts, ends, pairs)


def best_spans(  # noqa: PLR0913
    text: str,
    offsets: NDArray[np.int64],
    starts: Floats,
    ends: Floats,
    most: int,
    *,
    pairs: Floats | None = None,
) -> tuple[ScoredSpan, ...]:
    """At most `most` different spans of whole words, best first."""
    import numpy as np

    if not len(offsets):
        return ()
    padded = np.concatenate([ends, np.full(LONGEST, -np.inf, dtype=ends.dtype)])
    ahead = np.lib.stride_tricks.sliding_window_view(padded, LONGEST)[: len(starts)]
    grid = starts[:, None] + ahead + (0.0 if pairs is None else pairs)
    found: dict[tuple[int, int], float] = {}
    for flat in np.argsort(-grid, axis=None, kind="stable") if most > 1 else [grid.argmax()]:
        first, more = divmod(int(flat), LONGEST)
        if len(found) == most or first + more >= len(offsets):
            break
        span = _whole_words(text, int(offsets[first, 0]), int(offsets[first + more, 1]))
        found.setdefault(span, float(grid[first, more]))
    return tuple(ScoredSpan(start, end, score) for (start, end), score in found.items())


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The span, widened to the ends of the words that it cuts."""
    left, right = (_word_at(text, place) for place in (start, end - 1))
    return min(start, left[0]), max(end, right[1])


def _word_at(text: str, place: int) -> tuple[int, int]:
    """The word that holds the place, or the one character there."""
    # No word is longer; looking at all of a long text for each span would take long.
    around = max(0, place - _LONGEST_WORD)
    words = (match.span() for match in _WORD.finditer(text, around, place + _LONGEST_WORD))
    return next((span for span in words if span[0] <= place < span[1]), (place, place + 1))
