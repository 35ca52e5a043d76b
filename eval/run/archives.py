"""The articles that questions are asked of -> an archive, built once and kept.

A kept archive is named by the words of its corpus, the code that reads them and the model that embeds them: when any of these changes,
it is another archive, so that no score comes from an old way of cleaning text. Knows no questions but those that name documents.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eval.gold.datasets import Task
from eval.gold.questions import GoldQuestion
from eval.run.manifest import code_hash
from rag.errors import SourceError, UsageError

if TYPE_CHECKING:
    from rag.embed import Embedder
    from rag.store.archive import Archive

DOCUMENTS = "documents.jsonl"


class Job(NamedTuple):
    """Questions, and the file or folder with the articles of the one archive that they are asked of; `None` where there is no archive."""

    name: str
    corpus: Path | None
    questions: tuple[GoldQuestion, ...]


def job_of(task: Task, folder: Path) -> Job:
    """Writes the documents of a task as a table below `folder`; evidence is renamed to the sources that its rows get when ingested."""
    table = folder / task.name / DOCUMENTS
    table.parent.mkdir(parents=True, exist_ok=True)
    rows = (
        json.dumps({"id": document.source, **document.row()}, ensure_ascii=False) + "\n"
        for document in task.documents
    )
    table.write_text("".join(rows), encoding="utf-8")
    return Job(task.name, table, tuple(map(_evidence_in_table, task.questions)))


def _evidence_in_table(question: GoldQuestion) -> GoldQuestion:
    return replace(
        question,
        evidence=tuple(
            replace(item, source=f"{DOCUMENTS}#{item.source}") for item in question.evidence
        ),
    )


def corpus_hash(corpus: Path) -> str:
    """SHA-256 in hex over the names and bytes of all files of a corpus.

    :raises UsageError: if there is no such file or folder.
    """
    digest = hashlib.sha256()
    for path in _files(corpus):
        name = path.name if path == corpus else path.relative_to(corpus).as_posix()
        data = path.read_bytes()
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def _files(corpus: Path) -> Iterator[Path]:
    if not corpus.exists():
        raise UsageError(
            f"there is no file or folder {corpus}", hint="name the articles with --corpus"
        )
    return iter(
        [corpus]
        if corpus.is_file()
        else sorted(path for path in corpus.rglob("*") if path.is_file())
    )


class Archives:
    """The archives of a run's jobs: kept below `cache`; or the one named by `archive`, which a single job's articles go into.

    `embedder` is for models of your own; `on_article` is told how many articles of a job have been looked at.
    """

    def __init__(
        self,
        cache: Path,
        *,
        archive: Path | None = None,
        embedder: Embedder | None = None,
        on_article: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._cache = cache
        self._named = archive
        self._embedder = embedder
        self._on_article = on_article
        self._filled: set[Path] = set()
        self._hashes: dict[Path, str] = {}

    @contextmanager
    def opened(self, job: Job) -> Iterator[Archive | None]:
        """The archive of a job, filled now where it is not yet, or not yet whole; `None` for a job without articles.

        :raises UsageError: if there is no such corpus, or no article in it.
        """
        archive = self._open(job)
        try:
            yield archive
        finally:
            if archive is not None:
                archive.close()

    def described(self, jobs: Sequence[Job]) -> dict[str, object]:
        """What a run's manifest says of its archives; empty where there are none.

        :raises UsageError: if one archive was named for several jobs.
        """
        if self._named is not None and len(jobs) > 1:
            raise UsageError(
                "this data set needs an archive for each question", hint="leave --archive out"
            )
        with self.opened(jobs[0]) as first:
            if first is None:
                return {}
            with first.record.snapshot() as record:
                revision, articles = record.revision, record.counts()["articles"]
            made = first.manifest._asdict()
        archive_id = made.pop("archive_id")
        corpora = "".join(self._hash(job.corpus) for job in jobs if job.corpus is not None)
        found = {
            "archives": len(jobs),
            "corpus": hashlib.sha256(corpora.encode()).hexdigest() if corpora else None,
            **made,
        }
        # A kept archive may be built again and is the same; a named one can be changed by others.
        found |= {} if self._named is None else {"archive_id": archive_id, "revision": revision}
        return found | ({"articles": articles} if len(jobs) == 1 else {})

    def _open(self, job: Job) -> Archive | None:
        from rag.embed import LocalEmbedder
        from rag.store.archive import open_archive

        if self._named is not None:
            archive = open_archive(
                self._named, create=job.corpus is not None, embedder=self._embedder
            )
        elif job.corpus is not None:
            self._embedder = self._embedder or LocalEmbedder()  # one for all archives
            archive = open_archive(
                self._folder(job.corpus, self._embedder), create=True, embedder=self._embedder
            )
        else:
            return None
        if job.corpus is not None and archive.folder not in self._filled:
            _fill(archive, job.corpus, self._on_article)
            self._filled.add(archive.folder)
        return archive

    def _hash(self, corpus: Path) -> str:
        if corpus not in self._hashes:
            self._hashes[corpus] = corpus_hash(corpus)
        return self._hashes[corpus]

    def _folder(self, corpus: Path, embedder: Embedder) -> Path:
        path = corpus.resolve()
        made_of = f"{path}\0{self._hash(corpus)}\0{code_hash('ingest')}\0{embedder.identity}"
        return self._cache / f"{path.stem}-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"


def _fill(archive: Archive, corpus: Path, on_article: Callable[[int], None]) -> None:
    """Ingests the corpus; what the archive has already is left alone."""
    from ingest import ingest

    done = itertools.count(1)
    report = ingest(archive, [corpus], on_result=lambda _: on_article(next(done)))
    with archive.record.snapshot() as record:
        if not record.counts()["articles"]:
            refused = next(
                (f" ({item.source}: {item.reason})" for item in report.results if item.reason), ""
            )
            raise UsageError(
                f"there is no article in {corpus}{refused}",
                hint="name the folder or file with the articles",
            )


def cleaned_texts(corpus: Path, sources: Container[str]) -> dict[str, str]:
    """The clean text of those documents of a corpus, by source, as an archive would hold it; nothing is embedded.

    :raises UsageError: if there is no such corpus.
    """
    from ingest.extract.article import extract
    from ingest.sources.documents import Refused, read_sources

    texts = {}
    for document in read_sources([corpus], roots={}):
        if not isinstance(document, Refused) and document.source in sources:
            try:
                texts[document.source] = extract(document).text
            except SourceError:
                continue  # an article that is refused is missing, and is counted as such
    return texts
