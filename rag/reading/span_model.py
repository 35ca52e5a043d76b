"""A question and passages -> the spans that answer it and how likely it is that none does: an encoder with a span head.

In go the question and the passages, each with its article's title; out come, for each passage, the log odds of every start and end of an
answer and the best spans, comparable between the passages of one question. It knows no articles, sentences or archives, nor where a model
comes from.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.embed import passage_title

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    Floats = NDArray[np.float32]

MAX_TOKENS = 384
_QUESTION_TOKENS = 64
_LONGEST = 30
_LONGEST_WORD = 60
_BATCH = 16
# A number with its decimals is one word.
_WORD = re.compile(r"\w+(?:(?<=\d)[.,](?=\d)\w+)*")


class Context(NamedTuple):
    """A passage to read, under the title of its article; the title may be empty."""

    title: str
    text: str


class ScoredSpan(NamedTuple):
    """The characters [start, end) of a passage; `score` is the sum of its start's and its end's log odds against "not answered here"."""

    start: int
    end: int
    score: float


class PassageReading(NamedTuple):
    """What the model says of one passage.

    `offsets` (n, 2) are the characters of each token of the passage that was read; `starts` and `ends` (n,) are the log odds that the
    answer starts or ends there, against "not answered here".
    """

    text: str
    offsets: NDArray[np.int64]
    starts: Floats
    ends: Floats

    def best_spans(
        self, start: int = 0, end: int | None = None, *, most: int = 10
    ) -> tuple[ScoredSpan, ...]:
        """The best different spans of whole words within the characters [start, end), best first, none longer than 30 tokens."""
        first, last = self._tokens(start, len(self.text) if end is None else end)
        return best_spans(
            self.text,
            self.offsets[first:last],
            self.starts[first:last],
            self.ends[first:last],
            most,
        )

    def masses(self, start: int, end: int) -> tuple[float, float]:
        """Log of the summed odds of all starts, and of all ends, within the characters [start, end); -inf where none was read."""
        import numpy as np

        first, last = self._tokens(start, end)
        starts, ends = (
            float(np.logaddexp.reduce(side[first:last], initial=-np.inf))
            for side in (self.starts, self.ends)
        )
        return starts, ends

    def _tokens(self, start: int, end: int) -> tuple[int, int]:
        import numpy as np

        first, last = np.searchsorted(self.offsets[:, 0], (start, end))
        return int(first), int(last)


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
        prefixes = [
            f"{passage_title(context.title)} . " if context.title else "" for _, context in pairs
        ]
        texts = [
            prefix + context.text for prefix, (_, context) in zip(prefixes, pairs, strict=True)
        ]
        with self._lock:
            questions = self._cut_questions([question for question, _ in pairs])
            encoded = self.tokenizer(
                questions,
                texts,
                truncation="only_second",
                max_length=MAX_TOKENS,
                return_offsets_mapping=True,
            )
        return [
            _encoded(
                item.ids,
                item.type_ids,
                item.sequence_ids,
                _trimmed(text, item.offsets),
                len(prefix),
            )
            for item, text, prefix in zip(encoded.encodings, texts, prefixes, strict=True)
        ]

    def score(self, question: str, contexts: Sequence[Context]) -> list[PassageReading]:
        """Reads the passages of one question, in the order given; a passage without words has no spans."""
        import numpy as np
        import torch

        encoded = self.encode([(question, context) for context in contexts])
        found: dict[int, PassageReading] = {}
        order = np.argsort([len(item.ids) for item in encoded], kind="stable").tolist()
        with torch.inference_mode():
            for batch in (order[i : i + _BATCH] for i in range(0, len(order), _BATCH)):
                logits = span_logits(self.network, [encoded[i] for i in batch])
                starts, ends = logits.starts.cpu().numpy(), logits.ends.cpu().numpy()
                found |= {
                    i: _reading(contexts[i].text, encoded[i], starts[row], ends[row])
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


# ---------------------------------------------------------------- network


def span_logits(network: PreTrainedModel, batch: Sequence[Encoded]) -> Logits:
    """Runs the network once over the inputs, padded to the longest of them."""
    import torch

    longest = max(len(item.ids) for item in batch)

    def padded(rows: list[list[int]], fill: int) -> torch.Tensor:
        return torch.tensor(
            [row + [fill] * (longest - len(row)) for row in rows], device=network.device
        )

    inputs = {
        "input_ids": padded([item.ids for item in batch], network.config.pad_token_id or 0),
        "attention_mask": padded([[1] * len(item.ids) for item in batch], 0),
    }
    # Some encoders know no token types, or only one.
    if getattr(network.config, "type_vocab_size", 0) > 1:
        inputs["token_type_ids"] = padded([item.types for item in batch], 0)
    out = network(**inputs)
    return Logits(out.start_logits.float(), out.end_logits.float())


# ---------------------------------------------------------------- spans


def _trimmed(text: str, offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The offsets without the white space that some tokenizers count as part of the word behind it. Those of the question mean nothing."""
    found = []
    for start, end in offsets:
        first = start
        while first < end - 1 and text[first : first + 1].isspace():
            first += 1
        found.append((first, end))
    return found


def _encoded(
    ids: list[int],
    types: list[int],
    sequences: Sequence[int | None],
    offsets: Sequence[tuple[int, int]],
    prefix: int,
) -> Encoded:
    import numpy as np

    inside = [
        i for i, sequence in enumerate(sequences) if sequence == 1 and offsets[i][0] >= prefix
    ]
    first = inside[0] if inside else len(ids)
    return Encoded(
        ids,
        types,
        first,
        np.asarray([offsets[i] for i in inside], dtype=np.int64).reshape(-1, 2) - prefix,
    )


def _reading(text: str, encoded: Encoded, starts: Floats, ends: Floats) -> PassageReading:
    inside = slice(encoded.first, encoded.first + len(encoded.offsets))
    return PassageReading(text, encoded.offsets, starts[inside] - starts[0], ends[inside] - ends[0])


def best_spans(
    text: str, offsets: NDArray[np.int64], starts: Floats, ends: Floats, most: int
) -> tuple[ScoredSpan, ...]:
    """The `most` best different spans of whole words, best first; fewer if there are not so many."""
    import numpy as np

    if not len(offsets):
        return ()
    padded = np.concatenate([ends, np.full(_LONGEST, -np.inf, dtype=ends.dtype)])
    grid = (
        starts[:, None] + np.lib.stride_tricks.sliding_window_view(padded, _LONGEST)[: len(starts)]
    )
    found: dict[tuple[int, int], float] = {}
    for flat in np.argsort(-grid, axis=None, kind="stable") if most > 1 else [grid.argmax()]:
        first, more = divmod(int(flat), _LONGEST)
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
    """The word that holds the place, or just the place."""
    # No word is longer; looking at all of a long text for each span would take its time.
    around = max(0, place - _LONGEST_WORD)
    words = (match.span() for match in _WORD.finditer(text, around, place + _LONGEST_WORD))
    return next((span for span in words if span[0] <= place < span[1]), (place, place + 1))
