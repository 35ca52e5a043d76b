"""What the span reader is trained to do: logits and the right spans in, the loss out.

Start and end logits count as log odds against the null in column 0. For a question that its passage answers, the right starts must be
likely among the starts of all its passages and the null: shared normalisation (Clark and Gardner, Simple and Effective Multi-Paragraph
Reading Comprehension, ACL 2018), over all annotated answers at once. In every passage that does not answer, the null must be likely among
its own starts. The same for ends. So scores compare between passages, and against silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from eval.train.batches import Group
from rag.reading.span_model import Encoded, Logits

if TYPE_CHECKING:
    import torch

# Stands for minus infinity, whose gradient would not be a number.
_NEVER = -1e4


class Labels(NamedTuple):
    """For each passage of a batch the group it belongs to, (passages,), and which tokens can be, start and end an answer, all of shape
    (passages, tokens).
    """

    group: torch.Tensor
    inside: torch.Tensor
    starts: torch.Tensor
    ends: torch.Tensor

    def to(self, device: torch.device) -> Labels:
        """The same there."""
        return Labels(*(mask.to(device) for mask in self))


def labels(batch: Sequence[Group], encoded: Sequence[Encoded]) -> Labels:
    """The labels of a batch whose passages were encoded in order; an answer beyond what is read counts as none."""
    import numpy as np
    import torch

    shape = len(encoded), max(len(item.ids) for item in encoded)
    inside, starts, ends = (np.zeros(shape, dtype=bool) for _ in range(3))
    group = [number for number, item in enumerate(batch) for _ in item.passages]
    for row, item in enumerate(encoded):
        inside[row, item.first : item.first + len(item.offsets)] = True
        if row == 0 or group[row] != group[row - 1]:
            question = batch[group[row]].question
            for span in question.spans:
                first, last = _tokens(item, span.start, span.end)
                if 0 <= first <= last < len(item.offsets):
                    starts[row, item.first + first : item.first + (last if question.inside else first) + 1] = True
                    ends[row, item.first + (first if question.inside else last) : item.first + last + 1] = True
    return Labels(torch.tensor(group), *(torch.from_numpy(mask) for mask in (inside, starts, ends)))


def _tokens(item: Encoded, start: int, end: int) -> tuple[int, int]:
    """The first and the last token of [start, end); the last is out of range where the end was not read."""
    first = int((item.offsets[:, 1] > start).argmax()) if len(item.offsets) else -1
    read = len(item.offsets) > 0 and int(item.offsets[-1, 1]) >= end
    return first, int((item.offsets[:, 0] < end).sum()) - 1 if read else len(item.offsets)


def loss(logits: Logits, right: Labels) -> torch.Tensor:
    """The mean over the passages of a batch."""
    return (_one_side(logits.starts, right.starts, right) + _one_side(logits.ends, right.ends, right)) / 2


def _one_side(logits: torch.Tensor, right: torch.Tensor, about: Labels) -> torch.Tensor:
    import torch

    odds = logits - logits[:, :1]
    all_here = torch.logsumexp(odds.masked_fill(~about.inside, _NEVER), dim=1)
    right_here = torch.logsumexp(odds.masked_fill(~right, _NEVER), dim=1)
    together = about.group[:, None] == about.group[None, :]
    all_shared = torch.logsumexp(torch.where(together, all_here[None, :], _NEVER), dim=1)
    answered = torch.nn.functional.softplus(all_shared) - right_here
    return torch.where(right.any(dim=1), answered, torch.nn.functional.softplus(all_here)).mean()
