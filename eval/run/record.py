"""Asks gold questions and records the outcomes, in memory or in a folder.

    from eval import evaluate
    run = evaluate(Path("gold.jsonl"), Engine(archive), archive=archive)

A question that raises is recorded as an error, and the others go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from eval.gold.questions import Evidence, GoldQuestion, load_gold
from eval.run.archives import Archives
from eval.run.jobs import Job
from eval.run.manifest import make_manifest
from eval.run.runfile import Run, RunFile
from eval.run.systems import Ask, EngineAsk, EngineLike, System, ask_of
from eval.scoring.answer import AnswerJson, read_back
from eval.scoring.matching import find_quote
from eval.scoring.outcome import ArchivedEvidence, Held, Outcome
from rag.answer import Answer
from rag.model import Filters, PartialDate

if TYPE_CHECKING:
    from rag.store.archive import Archive

_CONTEXT_CHARS = 200


def evaluate(
    gold: Path | Sequence[GoldQuestion],
    engine: EngineLike | Callable[[str], Answer | AnswerJson],
    *,
    archive: Archive | None = None,
) -> Run:
    """Asks every question and returns the run.

    :param engine: has `ask(question, filters=…)` as `rag.Engine` does, and gets the date that a
        question asks about and, where it takes a `history`, the turns before it; or a function
        from a question to an Answer or its JSON.
    :param archive: quotes are read back from it, and gold evidence is looked up in it.
    :raises GoldError: if the gold file has faults.
    """
    questions = tuple(load_gold(gold, sources=None) if isinstance(gold, Path) else gold)
    manifest = make_manifest(
        "evaluate", questions, system=type(engine).__name__, settings={}, archive={}
    )
    return Run(manifest, questions, tuple(outcomes(questions, ask_of(engine), archive)))


def outcomes(
    questions: Iterable[GoldQuestion], ask: Ask, archive: Archive | None
) -> Iterator[Outcome]:
    """An outcome for each question, as soon as it is answered."""
    lookup = None if archive is None else _Lookup(archive)
    for question in questions:
        outcome = _answered(question, ask)
        yield outcome if lookup is None else lookup.completed(question, outcome)


def _answered(question: GoldQuestion, ask: Ask) -> Outcome:
    def since(start: float) -> float:
        return round(1e3 * (time.perf_counter() - start), 2)

    start = time.perf_counter()
    try:
        as_of = None if question.as_of is None else PartialDate.parse(question.as_of)
        filters = Filters(as_of=as_of)
        if question.history and isinstance(ask, EngineAsk):
            before: list[AnswerJson] = []
            for earlier in question.history:
                before.append(ask(earlier, filters, before))
            ask = partial(ask, before=before)
        start = time.perf_counter()  # the questions before are no part of it
        answer = ask(question.question, filters)
    except Exception as error:  # whatever another system raises is an outcome of the question
        problem = f"{type(error).__name__}: {error}"
        return Outcome(question.id, error=problem, wall_ms=since(start))
    return Outcome(question.id, answer, wall_ms=since(start))


# ---------------------------------------------------------------- looking up in the archive


class _Lookup:
    """Reads shown quotes back from an archive and finds gold evidence in it."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._texts: dict[str, str | None] = {}
        with archive.record.snapshot() as record:
            self._versions = {
                item.source: (item.article_id, item.version) for item in record.listing()
            }

    def completed(self, question: GoldQuestion, outcome: Outcome) -> Outcome:
        """The outcome with what the archive has of its quotes and of the gold evidence."""
        with self._archive.record.snapshot() as record:

            def read(article_id: str, version: str) -> str | None:
                stored = record.version(article_id, version)
                return None if stored is None else stored.article.text

            for source in {item.source for item in question.evidence} - self._texts.keys():
                known = self._versions.get(source)
                self._texts[source] = None if known is None else read(*known)
            answer = outcome.scored_answer()
            verbatim = None if answer is None else read_back(answer, read)
        evidence = (_in_archive(item, self._texts[item.source]) for item in question.evidence)
        return replace(outcome, verbatim=verbatim, evidence=tuple(evidence))


def _in_archive(item: Evidence, text: str | None) -> ArchivedEvidence:
    """A piece of evidence in the archive's own words, with whole words around it."""
    if text is None:
        return ArchivedEvidence(item.source, item.part, Held.NO_ARTICLE, item.quote)
    found = find_quote(text, item.quote)
    if found is None:
        return ArchivedEvidence(item.source, item.part, Held.LOST, item.quote)
    first = max(0, found.start - _CONTEXT_CHARS)
    last = min(len(text), found.end + _CONTEXT_CHARS)
    before = text[text.find(" ", first, found.start) + 1 if first else 0 : found.start]
    end = last if last == len(text) else max(found.end, text.rfind(" ", found.end, last))
    quote = text[found.start : found.end]
    return ArchivedEvidence(item.source, item.part, Held.HELD, quote, before, text[found.end : end])


# ---------------------------------------------------------------- recorded runs


def record(
    system: System,
    jobs: Sequence[Job],
    out: Path,
    archives: Archives,
    *,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
) -> Run:
    """Asks the questions of all jobs and records the outcomes in the folder `out`, one by one.

    What an earlier, interrupted run has recorded there is not asked again; `on_outcome` gets it
    all the same. The run is named after the folder.

    :raises UsageError: if the run there was made differently, or articles are missing.
    """
    gold = [question for job in jobs for question in job.questions]
    described = archives.described(jobs)
    manifest = make_manifest(
        out.name, gold, system=system.name, settings=system.settings, archive=described
    )
    file = RunFile(out)
    run = file.begin(manifest, gold)
    recorded = list(run.outcomes)
    for outcome in recorded:
        on_outcome(outcome)
    for outcome in job_outcomes(system, jobs, archives, done={item.id for item in run.outcomes}):
        file.append(outcome)
        recorded.append(outcome)
        on_outcome(outcome)
    return replace(run, outcomes=tuple(recorded))


def job_outcomes(
    system: System, jobs: Sequence[Job], archives: Archives, *, done: Container[str] = ()
) -> Iterator[Outcome]:
    """An outcome for each question that is not `done`; archives are opened when needed."""
    for job in jobs:
        pending = [question for question in job.questions if question.id not in done]
        if pending:
            with archives.opened(job) as archive:
                yield from outcomes(pending, system.over(archive), archive)
