"""Gold questions and something that answers them in, a Run out: in memory, or recorded in a folder as it goes.

    from eval import evaluate
    run = evaluate(Path("gold.jsonl"), Engine(archive), archive=archive)

A question that raises is recorded as an error and the others go on. Knows no metric. The engine, the embedder and the indexes are
imported when something is asked.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from eval.gold import datasets
from eval.gold.questions import Evidence, GoldQuestion, folder_sources, load_gold
from eval.run.archives import Archives, Job, job_of
from eval.run.manifest import make_manifest
from eval.run.runfile import GoldInArchive, Held, Record, Run, RunFile
from eval.run.systems import Ask, EngineAsk, EngineLike, System, ask_of
from eval.scoring.matching import folded
from eval.scoring.score import AnswerJson, ReadText, answer_fault, read_back
from rag.errors import UsageError
from rag.model import Answer, Filters, PartialDate

if TYPE_CHECKING:
    from rag.store.archive import Archive
    from rag.store.database import Snapshot

DATASETS = ("gold", "realtimeqa", "rgb", "squad")
_AROUND = 200


def evaluate(
    gold: Path | Sequence[GoldQuestion],
    engine: EngineLike | Callable[[str], Answer | AnswerJson],
    *,
    archive: Archive | None = None,
) -> Run:
    """Asks every question and records what comes of it.

    `engine` has `ask(question, filters=…)`, as `rag.Engine` does, and is told the date that a question asks about and, where it takes a
    `history`, the turns before it; or it is any function from a question to an Answer, or to its JSON. With `archive`, quotes are read
    back from it and gold evidence is looked up in it.

    :raises GoldError: if the gold file has faults.
    """
    questions = tuple(load_gold(gold, sources=None) if isinstance(gold, Path) else gold)
    records = tuple(answers(questions, ask_of(engine), archive))
    return Run(
        make_manifest("evaluate", questions, system=type(engine).__name__, settings={}, archive={}),
        questions,
        records,
    )


def answers(
    questions: Iterable[GoldQuestion], ask: Ask, archive: Archive | None
) -> Iterator[Record]:
    """A record for each question, as soon as it is answered."""
    evidence = _ArchivedEvidence(archive)
    for question in questions:
        yield _answered(question, ask, archive, evidence.of(question))


def _answered(
    question: GoldQuestion, ask: Ask, archive: Archive | None, evidence: tuple[GoldInArchive, ...]
) -> Record:
    start = time.perf_counter()
    try:
        filters = Filters(
            as_of=None if question.as_of is None else PartialDate.parse(question.as_of)
        )
        prepared = _continuing(question.history, ask, filters)
        start = time.perf_counter()  # the questions before are no part of it
        answer = prepared(question.question, filters)
    except Exception as error:  # whatever another system raises is an outcome of the question
        return Record(
            question.id, _since(start), error=f"{type(error).__name__}: {error}", evidence=evidence
        )
    wall = _since(start)
    if archive is None or answer_fault(answer) is not None:
        return Record(question.id, wall, answer, evidence=evidence)
    with archive.record.snapshot() as record:
        return Record(
            question.id, wall, answer, verbatim=read_back(answer, _reads(record)), evidence=evidence
        )


def _continuing(history: Sequence[str], ask: Ask, filters: Filters) -> Ask:
    """`ask` once the earlier questions were asked, each with the answers before it; what takes no history is asked the question alone."""
    if not history or not isinstance(ask, EngineAsk):
        return ask
    before: list[AnswerJson] = []
    for earlier in history:
        before.append(ask(earlier, filters, before))
    return partial(ask, before=before)


def _since(start: float) -> float:
    return round(1e3 * (time.perf_counter() - start), 2)


def _reads(record: Snapshot) -> ReadText:
    def read(article_id: str, version: str) -> str | None:
        stored = record.version(article_id, version)
        return None if stored is None else stored.article.text

    return read


class _ArchivedEvidence:
    """Looks gold evidence up in the clean text of an archive."""

    def __init__(self, archive: Archive | None) -> None:
        self._archive = archive
        self._texts: dict[str, str | None] = {}
        self._named: dict[str, tuple[str, str]] = {}
        if archive is not None:
            with archive.record.snapshot() as record:
                self._named = {
                    item.source: (item.article_id, item.version) for item in record.listing()
                }

    def of(self, question: GoldQuestion) -> tuple[GoldInArchive, ...]:
        return (
            ()
            if self._archive is None
            else tuple(_in_archive(item, self._text(item.source)) for item in question.evidence)
        )

    def _text(self, source: str) -> str | None:
        if source not in self._texts:
            self._texts[source] = self._read(source)
        return self._texts[source]

    def _read(self, source: str) -> str | None:
        if self._archive is None or source not in self._named:
            return None
        with self._archive.record.snapshot() as record:
            return _reads(record)(*self._named[source])


def _in_archive(item: Evidence, text: str | None) -> GoldInArchive:
    if text is None:
        return GoldInArchive(item.source, item.part, Held.NO_ARTICLE, item.quote)
    match = re.search(r"\s+".join(map(re.escape, folded(item.quote).split())), text)
    if match is None:
        return GoldInArchive(item.source, item.part, Held.LOST, item.quote)
    start, end = match.span()
    return GoldInArchive(
        item.source, item.part, Held.HELD, match.group(), _before(text, start), _after(text, end)
    )


def _before(text: str, start: int) -> str:
    """Whole words that stand before a place."""
    first = max(0, start - _AROUND)
    return text[text.find(" ", first, start) + 1 if first else 0 : start]


def _after(text: str, end: int) -> str:
    last = min(len(text), end + _AROUND)
    return text[end : last if last == len(text) else max(end, text.rfind(" ", end, last))]


# ---------------------------------------------------------------- recorded runs


def jobs_of(dataset: str, gold: Path, corpus: Path | None, folder: Path) -> list[Job]:
    """What has to be asked of what. Documents that a data set brings along are written below `folder`.

    `gold` is a file in the gold schema (`gold`, `realtimeqa`), of RGB's records (`rgb`) or in SQuAD's format (`squad`).

    :raises GoldError: if the gold file has faults.
    :raises UsageError: if the data set is unknown, its corpus is missing or was given though it brings its own.
    """
    if dataset not in DATASETS:
        raise UsageError(
            f"there is no dataset {dataset!r}", hint=f"use one of {', '.join(DATASETS)}"
        )
    if dataset == "gold":
        sources = None if corpus is None else folder_sources(corpus)
        return [Job(gold.stem, corpus, tuple(load_gold(gold, sources=sources)))]
    if (corpus is None) == (dataset == "realtimeqa"):
        raise UsageError(
            f"{dataset} needs its articles"
            if corpus is None
            else f"{dataset} brings its own articles",
            hint="name articles.jsonl.gz with --corpus" if corpus is None else "leave --corpus out",
        )
    if dataset == "realtimeqa":
        articles = (
            corpus / "articles.jsonl.gz" if corpus is not None and corpus.is_dir() else corpus
        )
        tasks = [datasets.realtimeqa(gold, articles)] if articles is not None else []
    else:
        tasks = datasets.rgb_conflicts(gold) if dataset == "rgb" else [datasets.squad(gold)]
    return [job_of(task, folder) for task in tasks]


def record(  # noqa: PLR0913
    system: System,
    jobs: Sequence[Job],
    out: Path,
    archives: Archives,
    *,
    name: str,
    on_record: Callable[[Record], None] = lambda _: None,
) -> Run:
    """Asks the questions of all jobs and records them in the folder `out` as they are answered.

    What an earlier, interrupted run has recorded there is not asked again; `on_record` is told of it all the same.

    :raises UsageError: if the run there was made differently, or articles are missing.
    """
    gold = [question for job in jobs for question in job.questions]
    manifest = make_manifest(
        name, gold, system=system.name, settings=system.settings, archive=archives.described(jobs)
    )
    file = RunFile(out)
    run = file.begin(manifest, gold)
    records = list(run.records)
    for earlier in records:
        on_record(earlier)
    for found in job_answers(system, jobs, archives, done={earlier.id for earlier in records}):
        file.append(found)
        records.append(found)
        on_record(found)
    return replace(run, records=tuple(records))


def job_answers(
    system: System, jobs: Sequence[Job], archives: Archives, *, done: Container[str] = ()
) -> Iterator[Record]:
    """A record for each question that is not `done`; an archive is opened when the first question of its job is asked."""
    for job in jobs:
        pending = [question for question in job.questions if question.id not in done]
        if pending:
            with archives.opened(job) as archive:
                yield from answers(pending, system.over(archive), archive)
