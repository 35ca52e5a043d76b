"""Computes the loss of the span reader.

Logits count as log odds against the null in column 0. Where a passage answers, the right starts
must be likely among all starts of the question's passages and the null: shared normalisation
(Clark and Gardner, Simple and Effective Multi-Paragraph Reading Comprehension, ACL 2018), over
all annotated answers at once. In every other passage the null must be likely among the passage's
own starts. The same holds for ends. So scores compare between passages and with "no answer".

A network that scores starts and ends together has a second part of the loss with the same weight,
in which whole spans take the place of starts (Fajcik, Jon, Smrz, Rethinking the Objectives of
Extractive Question Answering, MRQA 2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from eval.train.batches import Group
from rag.model import Span
from rag.reading.span_model import LONGEST, Encoded, Logits

if TYPE_CHECKING:
    import torch

# Stands for minus infinity, whose gradient would not be a number.
_NEVER = -1e4
# The weight of the part that scores starts and ends together.
_TOGETHER = 0.5


class Labels(NamedTuple):
    """What is right in the passages of a batch.

    `group` (passages,) is the question of each passage. `inside`, `starts`, `ends` (passages,
    tokens) mark the tokens of the passage and those that start and end an answer. `spans`
    (passages, tokens, 30) marks the right spans by their start and how many tokens on they end.
    """

    group: torch.Tensor
    inside: torch.Tensor
    starts: torch.Tensor
    ends: torch.Tensor
    spans: torch.Tensor

    def to(self, device: torch.device) -> Labels:
        """The same labels on that device."""
        return Labels(*(mask.to(device) for mask in self))


def labels(batch: Sequence[Group], encoded: Sequence[Encoded]) -> Labels:
    """Labels a batch whose passages were encoded in order; answers that were cut off are none."""
    import numpy as np
    import torch

    shape = len(encoded), max(len(item.ids) for item in encoded)
    inside, starts, ends = (np.zeros(shape, dtype=bool) for _ in range(3))
    spans = np.zeros((*shape, LONGEST), dtype=bool)
    group = [number for number, item in enumerate(batch) for _ in item.passages]
    for row, item in enumerate(encoded):
        inside[row, item.first : item.first + len(item.offsets)] = True
        if row and group[row] == group[row - 1]:
            continue  # only the first passage of a question answers
        question = batch[group[row]].question
        for span in question.spans:
            tokens = _tokens(item, span)
            if tokens is None:
                continue
            first, last = tokens
            # Where the answer stands somewhere in the span, it may start or end at any token.
            starts[row, first : (last if question.inside else first) + 1] = True
            ends[row, first if question.inside else last : last + 1] = True
            for start in range(first, last + 1) if question.inside else (first,):
                shortest = 0 if question.inside else last - start
                spans[row, start, shortest : last - start + 1] = True
    masks = (torch.from_numpy(mask) for mask in (inside, starts, ends, spans))
    return Labels(torch.tensor(group), *masks)


def _tokens(item: Encoded, span: Span) -> tuple[int, int] | None:
    """The first and the last token of a span; None where its end was not read."""
    if not len(item.offsets) or int(item.offsets[-1, 1]) < span.end:
        return None
    first = int((item.offsets[:, 1] > span.start).argmax())
    last = int((item.offsets[:, 0] < span.end).sum()) - 1
    return (item.first + first, item.first + last) if first <= last else None


def loss(logits: Logits, right: Labels) -> torch.Tensor:
    """The mean loss over the passages of a batch."""
    starts, ends = (side - side[:, :1] for side in (logits.starts, logits.ends))
    apart = (
        _negative_log_share(starts, right.inside, right.starts, right.group)
        + _negative_log_share(ends, right.inside, right.ends, right.group)
    ) / 2
    if logits.pairs is None:
        return apart
    odds = (starts[:, :, None] + _ahead(ends) + logits.pairs).flatten(1)
    possible = (right.inside[:, :, None] & _ahead(right.inside)).flatten(1)
    together = _negative_log_share(odds, possible, right.spans.flatten(1), right.group)
    return (1 - _TOGETHER) * apart + _TOGETHER * together


def _ahead(side: torch.Tensor) -> torch.Tensor:
    """The values at each token and the 29 after it, zero beyond the end: (..., tokens, 30)."""
    import torch

    return torch.nn.functional.pad(side, (0, LONGEST - 1)).unfold(1, LONGEST, 1)


def _negative_log_share(
    odds: torch.Tensor, possible: torch.Tensor, right: torch.Tensor, group: torch.Tensor
) -> torch.Tensor:
    """The mean negative log of the share of what is right in all that is possible and the null.

    A passage that answers shares with its whole group; in any other, the null is right.
    """
    import torch

    all_here = torch.logsumexp(odds.masked_fill(~possible, _NEVER), dim=1)
    right_here = torch.logsumexp(odds.masked_fill(~right, _NEVER), dim=1)
    together = group[:, None] == group[None, :]
    all_shared = torch.logsumexp(torch.where(together, all_here[None, :], _NEVER), dim=1)
    answered = torch.nn.functional.softplus(all_shared) - right_here
    return torch.where(right.any(dim=1), answered, torch.nn.functional.softplus(all_here)).mean()
