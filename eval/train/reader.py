"""Trains the span reader from files and writes it to a folder, with an account of its training.

The same data, recipe and seed give the same weights on the same processor, also when a run was
stopped and resumed. Every checkpoint also stores the reader as it is then.
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
from eval.train.data.files import read_file
from eval.train.data.mixture import mixed
from eval.train.data.negatives import hard_negatives
from eval.train.data.sets import ReadingSet, account
from eval.train.judging import Figures, held_out, judge, rounded
from eval.train.trainer import Recipe, Trainer
from rag.app.progress import Progress
from rag.embed import LocalEmbedder
from rag.encoder.files import sha256_of
from rag.encoder.precision import has_bf16
from rag.errors import UsageError
from rag.reading.loading import WEIGHTS_FILE, load_reader, save_reader, untrained
from rag.reading.span_model import PAIRING, SpanModel, add_pairing, to_bf16

if TYPE_CHECKING:
    from eval.train.trainer import Weights

CHECKPOINT = "checkpoint.pt"
_CHECKPOINT_STEPS = 100
# The rank of the head that scores starts and ends together.
_RANK = 32


class Stopped(Exception):
    """Somebody asked the training to stop; its checkpoint is written."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The sets of one run and the hard negatives of their questions.

    `key` changes whenever the steps of the run would, but not with how many there are.
    """

    sets: tuple[ReadingSet, ...]
    negatives: tuple[list[tuple[int, ...]], ...]
    recipe: Recipe
    key: str

    def batches(self) -> list[list[Group]]:
        """All batches of the run, in order."""
        recipe = self.recipe
        plan = Plan(
            self.sets, self.negatives, epochs=recipe.epochs, size=recipe.batch, seed=recipe.seed
        )
        return plan.batches


def load_data(
    data: Sequence[Path],
    corpus: Path | None,
    recipe: Recipe,
    *,
    limit: int | None,
    start: Path | None,
) -> TrainingData:
    """Reads the files, of each at most `limit` questions, and finds the negatives.

    :param start: the folder of the reader to be trained further; it belongs to the key.
    """
    sets = mixed([read_file(path, corpus) for path in data])
    if limit is not None:
        sets = tuple(item.limited(limit) for item in sets)
    steps = asdict(recipe) | {"epochs": None}
    made_of: list[object] = [steps, limit, [sha256_of(path) for path in data], account(sets)]
    if start is not None:
        made_of.append(sha256_of(start / WEIGHTS_FILE))
    key = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
    return TrainingData(sets, tuple(map(hard_negatives, sets)), recipe, key)


def train_reader(
    model: SpanModel,
    data: TrainingData,
    out: Path,
    *,
    resume: bool,
    store: Callable[[Weights], None] = lambda _: None,
) -> Weights:
    """Trains the model in place and returns the average of its weights.

    A resumed run may have more or fewer passes than before; its rate falls to zero at the new end.

    :param store: is given the average with each checkpoint.
    :raises Stopped: after SIGINT or SIGTERM, when the checkpoint in `out` is written.
    :raises UsageError: if the checkpoint to go on from is missing or belongs to another run.
    """
    batches = data.batches()
    if not batches:
        raise UsageError(
            "There is nothing to train on.", hint="Give files with questions that are answered."
        )
    trainer = Trainer(model, data.recipe, len(batches))
    if resume:
        trainer.restore(out / CHECKPOINT, data.key)
    losses: deque[float] = deque(maxlen=100)
    with _asked_to_stop() as asked, Progress(len(batches), "steps", done=trainer.step) as progress:
        for batch in batches[trainer.step :]:
            losses.append(trainer.learn(batch))
            progress.advance(note=f"loss {fmean(losses):.3f}")
            if asked or trainer.step % _CHECKPOINT_STEPS == 0 or trainer.step == len(batches):
                trainer.save(out / CHECKPOINT, data.key)
                store(trainer.average)
            if asked:
                raise Stopped
    return trainer.average


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """A list that signals to stop are added to, so that no step is cut short."""
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
    """Trains on the files and writes the reader to `out`.

    Training begins with the reader in `start`, or else with the bare embedding model `base`. A
    reader that scores starts and ends apart gets a head that scores them together.

    :raises Stopped: after SIGINT or SIGTERM, when the checkpoint in `out` is written.
    :raises UsageError: if a file or the checkpoint cannot be used.
    :raises ModelError: if the embedding model or the reader in `start` cannot be loaded.
    """
    base = base or LocalEmbedder()
    model = _begin(base, start, device, recipe.seed)
    training = load_data(data, corpus, recipe, limit=limit, start=start)
    made: dict[str, object] = {"recipe": asdict(recipe), "data": account(training.sets)}

    def store(average: Weights) -> None:
        save_reader(out, average, base, made)

    weights = train_reader(model, training, out, resume=resume, store=store)
    figures = {name: rounded(found) for name, found in judged(model, weights, training).items()}
    save_reader(out, weights, base, made | {"held_out": figures})
    sys.stderr.write(f"{json.dumps(figures, indent=1)}\nThe reader is in {out}.\n")


def _begin(base: LocalEmbedder, start: Path | None, device: str, seed: int) -> SpanModel:
    """The model as it is before the first step."""
    import torch

    torch.manual_seed(seed)
    if start is None:
        model = untrained(base, attention="eager")
    else:
        model = load_reader(start, base=base, attention="eager")
    network: Any = model.network
    if not hasattr(network, PAIRING):
        add_pairing(network, _RANK)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    network.to(device).train()
    return model


def judged(model: SpanModel, weights: Weights, data: TrainingData) -> dict[str, Figures]:
    """The figures of those weights on held-out questions of each set; the model stays as it is."""
    network: Any = deepcopy(model.network)
    network.load_state_dict(weights, strict=False)
    if has_bf16():
        to_bf16(network)
    copied = SpanModel(network.eval(), model.tokenizer)
    found = {
        item.name: judge(copied, held_out(item, ranked))
        for item, ranked in zip(data.sets, data.negatives, strict=True)
    }
    return {name: figures for name, figures in found.items() if figures is not None}
