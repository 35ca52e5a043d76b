"""Takes the steps of a training run: gradients, optimiser, average of the weights, checkpoints.

The recipe is chosen for speed on a processor: no dropout, word embeddings frozen, gradients
computed in bf16 where that is supported, passages sorted by length.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.train.batches import Group
from eval.train.objective import labels, loss
from rag.encoder.precision import has_bf16
from rag.errors import UsageError
from rag.reading.loading import trained_part
from rag.reading.span_model import Encoded, Logits, SpanModel, joined, span_logits, to_bf16

if TYPE_CHECKING:
    import torch

    Weights = dict[str, torch.Tensor]

# On a processor: larger parts are padded more, and their results do not stay in the cache.
_PART = 4
_DECAY = 0.01
_LARGEST_GRADIENT = 1.0
_AVERAGED = 0.999


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train: passes over the data, passages a batch, AdamW's highest rate, warm-up, seed.

    The rate rises over `warmup` steps, at most a tenth of all, and then falls linearly to zero.

    :raises UsageError: if a number is too small to train with.
    """

    epochs: float = 2
    batch: int = 32
    rate: float = 2e-4
    warmup: int = 200
    seed: int = 13

    def __post_init__(self) -> None:
        if min(self.epochs, self.rate) <= 0 or self.batch < 1 or self.warmup < 0:
            raise UsageError(
                "Passes, passages a step and the learning rate must be above 0, "
                "the warm-up at least 0."
            )

    def rate_at(self, step: int, steps: int) -> float:
        """The learning rate of a step, counted from 0."""
        warmup = min(self.warmup, steps // 10)
        return self.rate * min((step + 1) / (warmup + 1), (steps - step) / max(1, steps - warmup))


class Trainer:
    """A model, its optimiser and the average of its weights, some steps into a run of `steps`.

    `average` is an exponential average of the weights (Polyak and Juditsky 1992).
    """

    def __init__(self, model: SpanModel, recipe: Recipe, steps: int) -> None:
        import torch

        self.step = 0
        self._model, self._recipe, self._steps = model, recipe, steps
        self._device = model.network.device.type
        trained = trained_part(model.network).keys()
        named = dict(model.network.named_parameters())
        for name, value in named.items():
            value.requires_grad_(name in trained)
        self._parameters = [value for name, value in named.items() if name in trained]
        self._working = _working_copy(model)
        copied = dict(self._working.network.named_parameters())
        self._copies = [copied[name] for name in named if name in trained]
        self.average = {
            name: value.detach().clone() for name, value in named.items() if name in trained
        }
        matrices = [value for value in self._parameters if value.ndim > 1]
        vectors = [value for value in self._parameters if value.ndim <= 1]
        decayed = {"params": matrices, "weight_decay": _DECAY}
        plain = {"params": vectors, "weight_decay": 0.0}
        self._optimiser = torch.optim.AdamW([decayed, plain], fused=True)

    def learn(self, batch: Sequence[Group]) -> float:
        """Takes one step; returns the loss."""
        import torch

        for group in self._optimiser.param_groups:
            group["lr"] = self._recipe.rate_at(self.step, self._steps)
        lost = self._backward(batch)
        self._take_gradients()
        torch.nn.utils.clip_grad_norm_(self._parameters, _LARGEST_GRADIENT)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        self._hand_weights_on()
        self.step += 1
        self._update_average()
        return lost

    def _backward(self, batch: Sequence[Group]) -> float:
        """Adds the gradient of a batch; returns its loss."""
        encoded = self._model.encode(
            [(group.question.text, passage) for group in batch for passage in group.passages]
        )
        logits = self._logits(encoded)
        lost = loss(logits, labels(batch, encoded).to(logits.starts.device))
        lost.backward()  # type: ignore[no-untyped-call]
        return float(lost.detach())

    def _logits(self, encoded: Sequence[Encoded]) -> Logits:
        """The logits of the passages in order, computed in parts of similar length."""
        order = sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids))
        size = _PART if self._device == "cpu" else len(order)
        parts = [order[i : i + size] for i in range(0, len(order), size)]
        read = [span_logits(self._working.network, [encoded[i] for i in part]) for part in parts]
        return joined(read).at(sorted(range(len(order)), key=order.__getitem__))

    def _take_gradients(self) -> None:
        """Moves the gradients of the working copy to the weights."""
        if self._working is not self._model:
            for mine, copied in zip(self._parameters, self._copies, strict=True):
                mine.grad, copied.grad = None if copied.grad is None else copied.grad.float(), None

    def _hand_weights_on(self) -> None:
        """Copies the weights to the working copy."""
        if self._working is not self._model:
            for mine, copied in zip(self._parameters, self._copies, strict=True):
                copied.data.copy_(mine.data)

    def _update_average(self) -> None:
        # The first steps count less, so that the average of a short run is useful too.
        kept = min(_AVERAGED, (1 + self.step) / (10 + self.step))
        for mean, value in zip(self.average.values(), self._parameters, strict=True):
            mean.lerp_(value.detach(), 1 - kept)

    def save(self, path: Path, key: str) -> None:
        """Writes a checkpoint under the key of the run; the file is whole at any time."""
        import torch

        path.parent.mkdir(parents=True, exist_ok=True)
        whole = {
            "key": key,
            "step": self.step,
            "weights": trained_part(self._model.network),
            "average": self.average,
            "optimiser": self._optimiser.state_dict(),
        }
        torch.save(whole, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def restore(self, path: Path, key: str) -> None:
        """Goes on from a checkpoint.

        :raises UsageError: if there is none, or it belongs to another run.
        """
        import torch

        if not path.is_file():
            raise UsageError(f"There is no checkpoint at {path}.", hint="Leave out --resume.")
        whole: dict[str, Any] = torch.load(path, map_location=self._device, weights_only=True)
        if whole["key"] != key:
            raise UsageError(
                f"{path} is of a run with other data or options.",
                hint="Leave out --resume, or give what that run was given.",
            )
        self._model.network.load_state_dict(whole["weights"], strict=False)
        self._optimiser.load_state_dict(whole["optimiser"])
        self._hand_weights_on()
        self.step, self.average = whole["step"], whole["average"]


def _working_copy(model: SpanModel) -> SpanModel:
    """The model that gradients are computed with: a bf16 copy where that is faster, else itself."""
    if model.network.device.type == "cpu" and not has_bf16():
        return model
    network = deepcopy(model.network)
    to_bf16(network)
    return SpanModel(network, model.tokenizer)
