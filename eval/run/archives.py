"""Builds the archives that questions are asked of, once, and keeps them.

A kept archive is named by its corpus, the code that reads it and the model that embeds it. When
any of these changes it is another archive, so no score comes from an old way of cleaning text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from eval.run.jobs import Job
from eval.run.manifest import code_hash
from rag.errors import SourceError, UsageError

if TYPE_CHECKING:
    from rag.embed import Embedder
    from rag.model import Article
    from rag.store.archive import Archive

OnArticle = Callable[[object], None]


class Archives:
    """The archives of a run's jobs: kept below `cache`, or the one folder named by `archive`.

    `embedder` is for models of your own; `on_article` is called for each document looked at.
    """

    def __init__(
        self,
        cache: Path,
        *,
        archive: Path | None = None,
        embedder: Embedder | None = None,
        on_article: OnArticle = lambda _: None,
    ) -> None:
        self._cache = cache
        self._named = archive
        self._embedder = embedder
        self._on_article = on_article
        self._filled: set[Path] = set()
        self._hashes: dict[Path, str] = {}

    @contextmanager
    def opened(self, job: Job) -> Iterator[Archive | None]:
        """Opens the archive of a job and ingests what it lacks; `None` for a job without articles.

        :raises UsageError: if there is no such corpus, or no article in it.
        """
        archive = self._open(job)
        try:
            yield archive
        finally:
            if archive is not None:
                archive.close()

    def described(self, jobs: Sequence[Job]) -> dict[str, object]:
        """What a run's manifest records of its archives; empty where there are none.

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
        corpora = "".join(self._corpus_hash(job.corpus) for job in jobs if job.corpus is not None)
        corpus = hashlib.sha256(corpora.encode()).hexdigest() if corpora else None
        found = {"archives": len(jobs), "corpus": corpus, **made}
        if self._named is not None:
            # A kept archive may be built again and is the same; others can change a named one.
            found |= {"archive_id": archive_id, "revision": revision}
        return found | ({"articles": articles} if len(jobs) == 1 else {})

    def _open(self, job: Job) -> Archive | None:
        from rag.embed import LocalEmbedder
        from rag.store.archive import open_archive

        if self._named is not None:
            folder = self._named
        elif job.corpus is not None:
            self._embedder = self._embedder or LocalEmbedder()  # one for all archives
            folder = self._cache / self._name(job.corpus, self._embedder)
        else:
            return None
        archive = open_archive(folder, create=job.corpus is not None, embedder=self._embedder)
        if job.corpus is not None and archive.folder not in self._filled:
            _fill(archive, job.corpus, self._on_article)
            self._filled.add(archive.folder)
        return archive

    def _name(self, corpus: Path, embedder: Embedder) -> str:
        path, code = corpus.resolve(), code_hash("ingest")
        made_of = f"{path}\0{self._corpus_hash(corpus)}\0{code}\0{embedder.identity}"
        return f"{path.stem}-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"

    def _corpus_hash(self, corpus: Path) -> str:
        """SHA-256 in hex over the names and bytes of all files of a corpus."""
        if corpus not in self._hashes:
            if not corpus.exists():
                raise UsageError(
                    f"there is no file or folder {corpus}", hint="name the articles with --corpus"
                )
            files = [corpus] if corpus.is_file() else sorted(corpus.rglob("*"))
            digest = hashlib.sha256()
            for path in filter(Path.is_file, files):
                name = path.name if path == corpus else path.relative_to(corpus).as_posix()
                data = path.read_bytes()
                digest.update(f"{name}\0{len(data)}\0".encode() + data)
            self._hashes[corpus] = digest.hexdigest()
        return self._hashes[corpus]


def _fill(archive: Archive, corpus: Path, on_article: OnArticle) -> None:
    """Ingests the corpus; what the archive has already is left alone."""
    from ingest import ingest

    report = ingest(archive, [corpus], on_result=on_article)
    with archive.record.snapshot() as record:
        if record.counts()["articles"]:
            return
    refused = (f" ({item.source}: {item.reason})" for item in report.results if item.reason)
    raise UsageError(
        f"there is no article in {corpus}{next(refused, '')}",
        hint="name the folder or file with the articles",
    )


def cleaned_articles(corpus: Path, sources: Container[str]) -> Iterator[Article]:
    """The articles of these sources of a corpus, as ingesting cleans them.

    What ingesting would refuse is left out.

    :raises UsageError: if there is no such corpus.
    """
    from ingest.extract.article import extract
    from ingest.sources.documents import Refused, read_sources

    for document in read_sources([corpus], roots={}):
        if not isinstance(document, Refused) and document.source in sources:
            with suppress(SourceError):
                yield extract(document)
