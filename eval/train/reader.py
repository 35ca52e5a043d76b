"""Trains the span reader: reading sets in, a folder with the weights and their account out.

The same data, recipe and seed give the same weights on the same processor, also when a run was
stopped and went on. The recipe is what is fast on a processor: no dropout, word embeddings frozen,
gradients computed in bf16 where that is supported, passages sorted by length. What is stored is the
average of the weights over the last steps (an exponential average; Polyak and Juditsky 1992). It is
stored with every checkpoint, so that there is a reader at any time.
"""

from __future__ import annotations

import hashlib
import json
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from eval.train.batches import Group, Plan
from eval.train.data import ReadingSet, account
from eval.train.files import read_file
from eval.train.judging import Figures, held_out, judge, rounded
from eval.train.mixture import mixed
from eval.train.negatives import hard_negatives
from eval.train.objective import labels, loss
from rag.app.progress import Progress
from rag.embed import LocalEmbedder, has_bf16, sha256_of
from rag.errors import UsageError
from rag.reading.loading import WEIGHTS_FILE, load_reader, save_reader, trained_part, untrained
from rag.reading.span_model import (
    PAIRING,
    Encoded,
    Logits,
    SpanModel,
    add_pairing,
    joined,
    span_logits,
    to_bf16,
)

if TYPE_CHECKING:
    import torch

    Weights = dict[str, torch.Tensor]

CHECKPOINT = "checkpoint.pt"
_CHECKPOINT_STEPS = 100
# On a processor: larger parts are padded more, and what they compute does not stay in the cache.
_PART = 4
_DECAY = 0.01
_LARGEST_GRADIENT = 1.0
_AVERAGED = 0.999
# Of the head that scores starts and ends together.
_RANK = 32


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train: passes over the data, passages a batch, AdamW's highest learning rate, the steps until it is reached, the seed.

    The rate falls to zero on a straight line; the warm-up is at most a tenth of all steps.

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
                "Passes, passages a step and the learning rate are above 0, the warm-up is not below."
            )

    def rate_at(self, step: int, steps: int) -> float:
        """The learning rate of a step, counted from 0."""
        warmup = min(self.warmup, steps // 10)
        return self.rate * min((step + 1) / (warmup + 1), (steps - step) / max(1, steps - warmup))


class Stopped(Exception):
    """Somebody asked the training to stop; its checkpoint is written."""


@dataclass(frozen=True, slots=True)
class Course:
    """What is read in one training run, and how; `key` changes whenever the steps would, but not with how many there are."""

    sets: tuple[ReadingSet, ...]
    negatives: tuple[list[tuple[int, ...]], ...]
    recipe: Recipe
    key: str

    def batches(self) -> list[list[Group]]:
        """All batches of the run, in order."""
        return Plan(
            self.sets,
            self.negatives,
            epochs=self.recipe.epochs,
            size=self.recipe.batch,
            seed=self.recipe.seed,
        ).batches


def course(
    data: Sequence[Path],
    corpus: Path | None,
    recipe: Recipe,
    *,
    limit: int | None,
    start: Path | None,
) -> Course:
    """Reads the files and finds the negatives; of each file at most `limit` questions. `start` is the reader to be trained further."""
    sets = mixed([read_file(path, corpus) for path in data])
    if limit is not None:
        sets = tuple(item.limited(limit) for item in sets)
    told: list[object] = [
        asdict(recipe) | {"epochs": None},
        limit,
        [sha256_of(path) for path in data],
        account(sets),
    ]
    if start is not None:
        told.append(sha256_of(start / WEIGHTS_FILE))
    return Course(
        sets,
        tuple(map(hard_negatives, sets)),
        recipe,
        hashlib.sha256(json.dumps(told).encode()).hexdigest(),
    )


def train_reader(
    model: SpanModel,
    what: Course,
    out: Path,
    *,
    resume: bool,
    store: Callable[[Weights], None] | None = None,
) -> Weights:
    """Trains the model in place and returns the average of its weights.

    `store` is given the average with each checkpoint.

    A run that goes on may have more or fewer passes than when it was stopped: from there its rate falls to zero at the new end.

    :raises Stopped: after SIGINT or SIGTERM, when the checkpoint in `out` is written.
    :raises UsageError: if the checkpoint to go on from is missing or is one of another run.
    """
    batches = what.batches()
    if not batches:
        raise UsageError(
            "There is nothing to train on.", hint="Give files with questions that are answered."
        )
    trainer = Trainer(model, what.recipe, len(batches))
    if resume:
        trainer.restore(out / CHECKPOINT, what.key)
    losses: deque[float] = deque(maxlen=100)
    with _asked_to_stop() as asked, Progress(len(batches), "steps", done=trainer.step) as progress:
        for batch in batches[trainer.step :]:
            losses.append(trainer.learn(batch))
            progress.advance(note=f"loss {fmean(losses):.3f}")
            if asked or trainer.step % _CHECKPOINT_STEPS == 0 or trainer.step == len(batches):
                trainer.keep(out / CHECKPOINT, what.key)
                if store is not None:
                    store(trainer.average)
            if asked:
                raise Stopped
    return trainer.average


class Trainer:
    """A model, its optimiser and the average of its weights, some steps into a run of `steps`."""

    def __init__(self, model: SpanModel, recipe: Recipe, steps: int) -> None:
        import torch

        self.step = 0
        self._model, self._recipe, self._steps = model, recipe, steps
        self._device = model.network.device.type
        trained = trained_part(model.network).keys()
        parameters = [
            (name, value) for name, value in model.network.named_parameters() if name in trained
        ]
        for _, value in model.network.named_parameters():
            value.requires_grad_(False)
        self._working = _working_copy(model)
        self._parameters = [value.requires_grad_(True) for _, value in parameters]
        copied = dict(self._working.network.named_parameters())
        self._copies = [copied[name].requires_grad_(True) for name, _ in parameters]
        self.average = {name: value.detach().clone() for name, value in parameters}
        matrices, others = (
            [value for _, value in parameters if (value.ndim > 1) is many] for many in (True, False)
        )
        self._optimiser = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": _DECAY}, {"params": others, "weight_decay": 0.0}],
            fused=True,
        )

    def learn(self, batch: Sequence[Group]) -> float:
        """One step; returns the loss."""
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

    def _take_gradients(self) -> None:
        """Moves the gradients of the working copy to the weights."""
        if self._working is not self._model:
            for mine, copied in zip(self._parameters, self._copies, strict=True):
                mine.grad, copied.grad = None if copied.grad is None else copied.grad.float(), None

    def _hand_weights_on(self) -> None:
        """Gives the working copy the weights as they are now."""
        if self._working is not self._model:
            for mine, copied in zip(self._parameters, self._copies, strict=True):
                copied.data.copy_(mine.data)

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
        """The logits of the passages in order; parts of like length are read, to pad little."""
        order = sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids))
        size = _PART if self._device == "cpu" else len(order)
        parts = [order[i : i + size] for i in range(0, len(order), size)]
        read = [span_logits(self._working.network, [encoded[i] for i in part]) for part in parts]
        return joined(read).at(sorted(range(len(order)), key=order.__getitem__))

    def _update_average(self) -> None:
        # The first steps count less, so that short runs are averaged, too.
        kept = min(_AVERAGED, (1 + self.step) / (10 + self.step))
        for mean, value in zip(self.average.values(), self._parameters, strict=True):
            mean.lerp_(value.detach(), 1 - kept)

    def keep(self, path: Path, key: str) -> None:
        """Writes all that is needed to go on; the file is whole at any time."""
        import torch

        path.parent.mkdir(parents=True, exist_ok=True)
        weights = trained_part(self._model.network)
        whole = {
            "key": key,
            "step": self.step,
            "weights": weights,
            "average": self.average,
            "optimiser": self._optimiser.state_dict(),
        }
        torch.save(whole, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def restore(self, path: Path, key: str) -> None:
        """Goes on from what `keep` wrote.

        :raises UsageError: if there is nothing, or what is there is of another run.
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
    """The model that gradients are computed with: in bf16 where that is faster, or the same."""
    if model.network.device.type == "cpu" and not has_bf16():
        return model
    network = deepcopy(model.network)
    to_bf16(network)
    return SpanModel(network, model.tokenizer)


def _passages(batch: Sequence[Group]) -> int:
    return sum(len(group.passages) for group in batch)


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """A list that a signal to stop fills, so that a step is never cut."""
    asked: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: asked.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# ---------------------------------------------------------------- from files to a folder


def run(  # noqa: PLR0913
    data: Sequence[Path],
    out: Path,
    recipe: Recipe,
    *,
    corpus: Path | None,
    start: Path | None,
    limit: int | None,
    device: str,
    resume: bool,
    base: LocalEmbedder | None = None,
) -> None:
    """Trains on the files and writes the reader to `out`, from the reader in `start` or else from the bare embedding model `base`.

    A reader whose heads score starts and ends apart is given one that scores them together.

    :raises Stopped: after SIGINT or SIGTERM, when the checkpoint in `out` is written.
    :raises UsageError: if a file or the checkpoint cannot be used.
    :raises ModelError: if the embedding model or the reader in `start` cannot be loaded.
    """
    import torch

    torch.manual_seed(recipe.seed)
    base = base or LocalEmbedder()
    model = (
        untrained(base, attention="eager")
        if start is None
        else load_reader(start, base=base, attention="eager")
    )
    network: Any = model.network
    if not hasattr(network, PAIRING):
        add_pairing(network, _RANK)
    network.to(
        device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    ).train()
    what = course(data, corpus, recipe, limit=limit, start=start)
    told: dict[str, object] = {"recipe": asdict(recipe), "data": account(what.sets)}
    weights = train_reader(
        model, what, out, resume=resume, store=lambda mean: save_reader(out, mean, base, told)
    )
    figures = {name: rounded(found) for name, found in judged(model, weights, what).items()}
    save_reader(out, weights, base, told | {"held_out": figures})
    sys.stderr.write(f"{json.dumps(figures, indent=1)}\nThe reader is in {out}.\n")


def judged(model: SpanModel, weights: Weights, what: Course) -> dict[str, Figures]:
    """The figures of those weights on held-out questions of each set; the model's own weights stay."""
    network: Any = deepcopy(model.network)
    network.load_state_dict(weights, strict=False)
    if has_bf16():
        to_bf16(network)
    copied = SpanModel(network.eval(), model.tokenizer)
    found = {
        item.name: judge(copied, held_out(item, ranked))
        for item, ranked in zip(what.sets, what.negatives, strict=True)
    }
    return {name: figures for name, figures in found.items() if figures is not None}
