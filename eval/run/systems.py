"""What can be asked: Byline's engine, any command that prints Answer JSON, any function.

A System is a name, its settings, and `over`, which binds it to an archive and gives an `Ask`.
"""

from __future__ import annotations

import inspect
import json
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from eval.run.runfile import plain_answer
from eval.scoring.answer import AnswerJson
from rag.answer import Answer
from rag.conversation.turn import Turn
from rag.errors import BylineError, UsageError
from rag.generation.prompts import VERSION as PROMPT_VERSION
from rag.model import Filters

if TYPE_CHECKING:
    from rag.store.archive import Archive

Ask = Callable[[str, Filters], AnswerJson]
"""Answers a question under filters, as plain JSON values."""
DEFAULT_K = 10


class EngineLike(Protocol):
    """Anything with an `ask` as `rag.Engine` has it."""

    def ask(self, question: str, *, filters: Filters) -> Answer | AnswerJson: ...


class System(Protocol):
    """Something that answers questions, by name, with the settings that a run records."""

    @property
    def name(self) -> str: ...
    @property
    def settings(self) -> Mapping[str, object]: ...
    def over(self, archive: Archive | None) -> Ask:
        """:raises UsageError: if the system needs an archive and there is none."""
        ...


class SystemFailed(BylineError):
    """Another system failed to answer; recorded for the question like any other error."""

    code = "system"


@dataclass(frozen=True, slots=True)
class EngineAsk:
    """The `Ask` of an engine that also takes the answers before the question, oldest first."""

    ask: Callable[..., Answer | AnswerJson]

    def __call__(
        self, question: str, filters: Filters, before: Sequence[AnswerJson] = ()
    ) -> AnswerJson:
        history = tuple(map(Turn.of_json, before))
        return as_plain(self.ask(question, filters=filters, history=history))


def ask_of(engine: EngineLike | Callable[[str], Answer | AnswerJson]) -> Ask:
    """The `Ask` of an engine, or of a function of the question alone, which gets no date.

    :raises UsageError: if it is neither.
    """
    ask = getattr(engine, "ask", None)
    if ask is not None and "history" in inspect.signature(ask).parameters:
        return EngineAsk(ask)
    if ask is not None:
        return lambda question, filters: as_plain(ask(question, filters=filters))
    if callable(engine):
        return lambda question, _: as_plain(engine(question))
    raise UsageError(
        f"{type(engine).__name__} cannot be asked",
        hint="give an engine with ask(question, filters=…), or a function",
    )


def as_plain(answer: Answer | AnswerJson) -> AnswerJson:
    """An Answer as JSON gives it back."""
    return plain_answer(answer.to_json() if isinstance(answer, Answer) else answer)


def needed(archive: Archive | None, name: str) -> Archive:
    """The archive itself.

    :raises UsageError: if there is none.
    """
    if archive is None:
        raise UsageError(
            f"{name} answers from articles, and none were named",
            hint="name them with --corpus or --archive",
        )
    return archive


@dataclass(frozen=True, slots=True)
class Byline:
    """The engine of this release.

    `threshold` defaults to the fitted one of the reader that decides; `reader` and `reranker` name
    other models, `second_reader` one that reads the best passages again, `llm` one that writes the
    answers. Without `bf16` everything is computed in full precision, which gives the same results
    on every processor.
    """

    k: int = DEFAULT_K
    threshold: float | None = None
    reader: str | None = None
    second_reader: str | None = None
    reranker: str | None = None
    llm: str | None = None
    bf16: bool = True

    @property
    def name(self) -> str:
        return "byline"

    @property
    def settings(self) -> Mapping[str, object]:
        """What changes an answer; `reader.weights` has the first digits of a SHA-256."""
        from rag.encoder.files import sha256_of
        from rag.encoder.int8 import tuned
        from rag.reading.answer_types import KINDS_FILE
        from rag.reading.loading import TRAINED, reader_sha256
        from rag.reading.reader import TrainedReader

        combination = TrainedReader(self.reader).combination
        types = sha256_of(TRAINED / KINDS_FILE)
        parts = [self.reader, reader_sha256(self.reader), types, combination]
        if self.second_reader is not None:
            combination = TrainedReader(self.second_reader).combination
            parts += [self.second_reader, reader_sha256(self.second_reader), combination]
        weights = json.dumps(parts)
        fast = self.bf16 and tuned(reader_sha256(self.reader)) is not None
        found: dict[str, object] = {
            "retrieve.k": self.k,
            "reader.threshold": (
                combination.threshold if self.threshold is None else self.threshold
            ),
            "reader.weights": sha256(weights.encode()).hexdigest()[:12],
            "reader.model": self.reader,
            "reader.second": self.second_reader,
            "reader.engine": "int8" if fast else None,
            "retrieve.reranker": self.reranker,
            "writer.model": self.llm,
            "writer.prompt": None if self.llm is None else PROMPT_VERSION,
        }
        return {name: value for name, value in found.items() if value is not None}

    def over(self, archive: Archive | None) -> Ask:
        from rag.engine import Engine
        from rag.reading.cascade import reader_of
        from rag.retrieval.rerank import Reranker

        engine = Engine(
            needed(archive, self.name),
            reader=reader_of(self.reader, self.second_reader, bf16=self.bf16),
            reranker=None if self.reranker is None else Reranker(self.reranker),
            threshold=self.threshold,
            llm=self.llm,
        )
        return EngineAsk(partial(engine.ask, k=self.k))


@dataclass(frozen=True, slots=True)
class Command:
    """A program that gets the question as its last argument and prints one Answer as JSON.

    It runs without a shell, and gets no date and no archive: those belong in its own arguments.
    """

    arguments: tuple[str, ...]
    timeout_s: float = 600.0

    @classmethod
    def parse(cls, line: str) -> Command:
        """Reads a command line.

        :raises UsageError: if it is empty, has an open quote, or names a program that is missing.
        """
        try:
            arguments = tuple(shlex.split(line))
        except ValueError as error:
            raise UsageError(f"the command {line!r} cannot be read: {error}") from error
        if not arguments or shutil.which(arguments[0]) is None:
            raise UsageError(
                f"there is no program {arguments[0] if arguments else ''!r}",
                hint="use --system 'command:PROGRAM ARGUMENTS'",
            )
        return cls(arguments)

    @property
    def name(self) -> str:
        return "command"

    @property
    def settings(self) -> Mapping[str, object]:
        return {"command": shlex.join(self.arguments)}

    def over(self, archive: Archive | None) -> Ask:  # noqa: ARG002
        return lambda question, _: self._ask(question)

    def _ask(self, question: str) -> AnswerJson:
        command = [*self.arguments, question]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=self.timeout_s, check=False
            )
        except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
            raise SystemFailed(f"the command failed: {error}") from error
        exited, stderr = f"exit code {done.returncode}", done.stderr.strip()[-500:]
        try:
            plain = json.loads(done.stdout)
        except ValueError as error:
            printed = stderr or done.stdout.strip()[:200] or "it printed nothing"
            raise SystemFailed(f"the command printed no JSON ({exited}): {printed}") from error
        failure = plain.get("error") if isinstance(plain, Mapping) else None
        if isinstance(failure, Mapping):
            raise SystemFailed(f"{failure.get('code', 'error')}: {failure.get('message', '')}")
        if done.returncode != 0:
            raise SystemFailed(f"the command ended with {exited}: {stderr}")
        return as_plain(plain)
