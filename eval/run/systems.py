"""What can be asked: Byline's engine, any command that prints Answer JSON, and others by name; each as one function.

A System is a name, its settings, and `over`, which binds it to an archive. Out comes an `Ask`: question and filters in, an Answer as
plain JSON values out. Knows no gold records and no run files.
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
from typing import TYPE_CHECKING, NamedTuple, Protocol

from eval.run.runfile import plain_answer
from eval.scoring.score import AnswerJson
from rag.conversation.turn import Turn
from rag.errors import BylineError, UsageError
from rag.generation.prompts import VERSION as PROMPT_VERSION
from rag.model import Answer, Filters

if TYPE_CHECKING:
    from rag.reading.reader import TrainedReader
    from rag.store.archive import Archive

Ask = Callable[[str, Filters], AnswerJson]
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


@dataclass(frozen=True, slots=True)
class EngineAsk:
    """The `Ask` of an engine that can also be told the answers before the question, oldest first."""

    ask: Callable[..., Answer | AnswerJson]

    def __call__(
        self, question: str, filters: Filters, before: Sequence[AnswerJson] = ()
    ) -> AnswerJson:
        return as_plain(
            self.ask(question, filters=filters, history=tuple(map(Turn.of_json, before)))
        )


class SystemFailed(BylineError):
    """Another system failed to answer; recorded for the question like any other error."""

    code = "system"


def ask_of(engine: EngineLike | Callable[[str], Answer | AnswerJson]) -> Ask:
    """The `Ask` of an engine, or of a function of the question alone, which is told no date."""
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


# ---------------------------------------------------------------- Byline


@dataclass(frozen=True, slots=True)
class Byline:
    """The engine of this release. `threshold` defaults to the reader's fitted one; `reader` and `reranker` name other models, `llm` one
    that writes the answers; without `bf16` all is read in full precision, which no processor rounds its own way.
    """

    k: int = DEFAULT_K
    threshold: float | None = None
    reader: str | None = None
    reranker: str | None = None
    llm: str | None = None
    bf16: bool = True

    @property
    def name(self) -> str:
        return "byline"

    @property
    def settings(self) -> Mapping[str, object]:
        """What changes an answer: of the reader the first digits of a SHA-256 over its name, weights and threshold."""
        from rag.embed import sha256_of
        from rag.reading.answer_types import KINDS_FILE
        from rag.reading.loading import TRAINED, reader_sha256

        combination = self._reader().combination
        told = json.dumps(
            [self.reader, reader_sha256(self.reader), sha256_of(TRAINED / KINDS_FILE), combination]
        )
        threshold = combination.threshold if self.threshold is None else self.threshold
        plain = {
            "retrieve.k": self.k,
            "reader.threshold": threshold,
            "reader.weights": sha256(told.encode()).hexdigest()[:12],
        }
        named: dict[str, object] = {
            "reader.model": self.reader,
            "retrieve.reranker": self.reranker,
            "writer.model": self.llm,
        }
        if self.llm is not None:
            named["writer.prompt"] = PROMPT_VERSION
        return plain | {name: value for name, value in named.items() if value is not None}

    def over(self, archive: Archive | None) -> Ask:
        from rag.engine import Engine
        from rag.retrieval.rerank import Reranker

        reranker = None if self.reranker is None else Reranker(self.reranker)
        engine = Engine(
            needed(archive, self.name),
            reader=self._reader(),
            reranker=reranker,
            threshold=self.threshold,
            llm=self.llm,
        )
        return EngineAsk(partial(engine.ask, k=self.k))

    def _reader(self) -> TrainedReader:
        from rag.reading.reader import TrainedReader

        return TrainedReader(self.reader, bf16=self.bf16)


def needed(archive: Archive | None, name: str) -> Archive:
    """:raises UsageError: if there is no archive."""
    if archive is None:
        raise UsageError(
            f"{name} answers from articles, and none were named",
            hint="name them with --corpus or --archive",
        )
    return archive


# ---------------------------------------------------------------- a command


@dataclass(frozen=True, slots=True)
class Command:
    """A program that is called with the question as its last argument and prints one Answer as JSON. No shell is in between.

    It is told no date and no archive: those belong in its own arguments.
    """

    arguments: tuple[str, ...]
    timeout_s: float = 600.0

    @classmethod
    def parse(cls, line: str) -> Command:
        """:raises UsageError: if the line is empty, has a quote left open, or names a program that is not there."""
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
        try:
            done = subprocess.run(
                [*self.arguments, question],
                capture_output=True,
                text=True,
                timeout=self.timeout_s,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
            raise SystemFailed(f"the command failed: {error}") from error
        try:
            plain = json.loads(done.stdout)
        except ValueError as error:
            said = done.stderr.strip()[-500:] or done.stdout.strip()[:200] or "it printed nothing"
            raise SystemFailed(
                f"the command printed no JSON (exit code {done.returncode}): {said}"
            ) from error
        if isinstance(plain, Mapping) and isinstance(plain.get("error"), Mapping):
            raise SystemFailed(
                f"{plain['error'].get('code', 'error')}: {plain['error'].get('message', '')}"
            )
        if done.returncode != 0:
            raise SystemFailed(
                f"the command ended with exit code {done.returncode}: {done.stderr.strip()[-500:]}"
            )
        return as_plain(plain)


# ---------------------------------------------------------------- by name


class Settings(NamedTuple):
    """The settings that a run or a sweep may change; `None` leaves a system's own."""

    k: int | None = None
    threshold: float | None = None
    reader: str | None = None
    reranker: str | None = None
    llm: str | None = None


def named_system(name: str, settings: Settings) -> System:
    """The system that `--system` names: `byline`, `llamaindex` or `command:PROGRAM ARGUMENTS`.

    :raises UsageError: if there is none of that name, or it does not have a setting that is given.
    """
    k = DEFAULT_K if settings.k is None else settings.k
    if name == "byline":
        return Byline(k, *settings[1:])
    if any(value is not None for value in settings[1:]):
        raise UsageError(
            f"{name} has no reader, no reranker and no language model to set",
            hint="only retrieve.k can be set for it",
        )
    if name == "llamaindex":
        from eval.run.llamaindex_baseline import PlainLlamaIndex

        return PlainLlamaIndex(k)
    if name.startswith("command:"):
        if settings.k is not None:
            raise UsageError(
                "a command has no retrieve.k", hint="put it among the command's own arguments"
            )
        return Command.parse(name.removeprefix("command:"))
    raise UsageError(
        f"there is no system {name!r}", hint="use byline, llamaindex or 'command:PROGRAM ARGUMENTS'"
    )
