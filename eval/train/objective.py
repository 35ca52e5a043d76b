"""What the span reader is trained to do: logits and the right spans in, the loss out.

Start and end logits count as log odds against the null in column 0. For a question that its passage answers, the right starts must be
likely among the starts of all its passages and the null: shared normalisation (Clark and Gardner, Simple and Effective Multi-Paragraph
Reading Comprehension, ACL 2018), over all annotated answers at once. In every passage that does not answer, the null must be likely among
its own starts. The same for ends. So scores compare between passages, and against silence.

A network that scores starts and ends together has another part of the loss, which counts as much as
those two: whole spans of at most 30 tokens take the place of starts (Fajcik, Jon, Smrz, Rethinking
the Objectives of Extractive Question Answering, MRQA 2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from eval.train.batches import Group
from rag.reading.span_model import LONGEST, Encoded, Logits

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

# Stands for minus infinity, whose gradient would not be a number.
_NEVER = -1e4
# How much the joint part counts.
_TOGETHER = 0.5


class Labels(NamedTuple):
    """For each passage of a batch the group it belongs to, (passages,), and which tokens can be, start and end an answer, all of shape
    (passages, tokens). `spans` (passages, tokens, 30) are the right spans by their start and how
    many tokens on they end.
    """

    group: torch.Tensor
    inside: torch.Tensor
    starts: torch.Tensor
    ends: torch.Tensor
    spans: torch.Tensor

    def to(self, device: torch.device) -> Labels:
        """The same there."""
        return Labels(*(mask.to(device) for mask in self))


def labels(batch: Sequence[Group], encoded: Sequence[Encoded]) -> Labels:
    """The labels of a batch whose passages were encoded in order; an answer beyond what is read counts as none."""
    import numpy as np
    import torch

    shape = len(encoded), max(len(item.ids) for item in encoded)
    inside, starts, ends = (np.zeros(shape, dtype=bool) for _ in range(3))
    spans = np.zeros((*shape, LONGEST), dtype=bool)
    group = [number for number, item in enumerate(batch) for _ in item.passages]
    for row, item in enumerate(encoded):
        inside[row, item.first : item.first + len(item.offsets)] = True
        if row == 0 or group[row] != group[row - 1]:
            question = batch[group[row]].question
            for span in question.spans:
                first, last = _tokens(item, span.start, span.end)
                if 0 <= first <= last < len(item.offsets):
                    starts[
                        row,
                        item.first + first : item.first + (last if question.inside else first) + 1,
                    ] = True
                    ends[
                        row,
                        item.first + (first if question.inside else last) : item.first + last + 1,
                    ] = True
                    _mark(spans[row], item.first + first, item.first + last, inside=question.inside)
    return Labels(
        torch.tensor(group), *(torch.from_numpy(mask) for mask in (inside, starts, ends, spans))
    )


def _mark(spans: NDArray[np.bool_], first: int, last: int, *, inside: bool) -> None:
    """Marks the span of the tokens [first, last], or all within it; too long ones are left out."""
    if not inside:
        spans[first, last - first : last - first + 1] = True
        return
    for start in range(first, last + 1):
        spans[start, : last - start + 1] = True


def _tokens(item: Encoded, start: int, end: int) -> tuple[int, int]:
    """The first and the last token of [start, end); the last is out of range where the end was not read."""
    first = int((item.offsets[:, 1] > start).argmax()) if len(item.offsets) else -1
    read = len(item.offsets) > 0 and int(item.offsets[-1, 1]) >= end
    return first, int((item.offsets[:, 0] < end).sum()) - 1 if read else len(item.offsets)


def loss(logits: Logits, right: Labels) -> torch.Tensor:
    """The mean over the passages of a batch."""
    starts, ends = (side - side[:, :1] for side in (logits.starts, logits.ends))
    apart = (
        _share(starts, right.inside, right.starts, right.group)
        + _share(ends, right.inside, right.ends, right.group)
    ) / 2
    if logits.pairs is None:
        return apart
    odds = starts[:, :, None] + _ahead(ends) + logits.pairs
    possible = right.inside[:, :, None] & _ahead(right.inside)
    together = _share(odds.flatten(1), possible.flatten(1), right.spans.flatten(1), right.group)
    return (1 - _TOGETHER) * apart + _TOGETHER * together


def _ahead(side: torch.Tensor) -> torch.Tensor:
    """What stands at each token and at the 29 behind it, zero beyond the end."""
    import torch

    return torch.nn.functional.pad(side, (0, LONGEST - 1)).unfold(1, LONGEST, 1)


def _share(
    odds: torch.Tensor, possible: torch.Tensor, right: torch.Tensor, group: torch.Tensor
) -> torch.Tensor:
    """The mean negative log of the share of what is right in all that is possible and the null.

    A group's passages are taken together; in one that does not answer, the null is right.
    """
    import torch

    all_here = torch.logsumexp(odds.masked_fill(~possible, _NEVER), dim=1)
    right_here = torch.logsumexp(odds.masked_fill(~right, _NEVER), dim=1)
    together = group[:, None] == group[None, :]
    all_shared = torch.logsumexp(torch.where(together, all_here[None, :], _NEVER), dim=1)
    answered = torch.nn.functional.softplus(all_shared) - right_here
    return torch.where(right.any(dim=1), answered, torch.nn.functional.softplus(all_here)).mean()
