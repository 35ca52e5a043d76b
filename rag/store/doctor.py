"""Examines an archive: is the database whole, do both indexes hold what it holds and find it?

Reads without the writer's lock and repairs nothing (`ArchiveWriter.rebuild` does). A part that
cannot be read is a finding, never an exception.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeVar

from rag.errors import ArchiveDamaged, BylineError
from rag.model import Article
from rag.store.archive import Archive
from rag.store.database import Snapshot, as_matrix, with_direction
from rag.store.lexical_index import LexicalIndex
from rag.store.rows import RESTORE, ChunkRow, StoredArticle
from rag.store.vector_index import VectorIndex

_T = TypeVar("_T")

_BATCH = 500
_PROBES = 3
_CONTESTED_SHOWN = 5
# How deep a probe may find its chunk: others may have exactly the same text.
_PROBE_DEPTH = 20
# The index leaves out words of more than 40 bytes, such as sentences of scripts without spaces.
_INDEXED_WORD = re.compile(r"\b\w{4,10}\b")
_REBUILD = "Run: byline doctor --rebuild"
_FINISH = "The next ingest finishes the work; so does: byline doctor --rebuild"
_NOT_MADE_YET = "not made yet: there are no passages"
_RESTORE = (
    "The database cannot be repaired: restore a copy of the folder, or ingest the articles into a "
    "new archive."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one part of an archive; `hint` says what to do where it is not `ok`.

    Parts: manifest, model, database, spans, documents, stored vectors, pending, vector index,
    lexical index, replies.
    """

    part: str
    ok: bool
    message: str
    hint: str = ""


class _Survey(NamedTuple):
    """What the database says the indexes should hold, and problems of its own content.

    `problems` are those of articles and passages, `unreadable` those of raw documents.
    """

    chunk_ids: set[str]
    pending: set[str]
    probes: list[ChunkRow]
    problems: list[str]
    unreadable: list[str]
    lost_vectors: int


class _Version(NamedTuple):
    """What is kept of a version to compare its chunks with: `length` is that of its text."""

    key: str
    length: int
    source: str

    @classmethod
    def of(cls, article: Article) -> _Version:
        key = f"{article.article_id}.{article.version}"
        return cls(key, len(article.text), article.source)


def examine(archive: Archive) -> list[Finding]:
    """Examines every part of the archive.

    Chunks on which a writer is at work, which the database lists as pending, count neither as
    missing from an index nor as too many.
    """
    archive.close()  # what this process has open may be older than what another has written
    findings = [_manifest(archive), _guarded("model", lambda: _model(archive), hint="")]
    try:
        with archive.record.snapshot() as snapshot:
            findings.append(_guarded("database", lambda: _database(snapshot), hint=_RESTORE))
            if findings[-1].ok:
                findings += _examine_contents(archive, snapshot)
            findings.append(_guarded("replies", lambda: _replies(archive), hint=_FINISH))
    except BylineError as error:
        findings.append(Finding("database", ok=False, message=error.message, hint=_RESTORE))
    return findings


def _examine_contents(archive: Archive, snapshot: Snapshot) -> list[Finding]:
    try:
        survey = _survey(archive, snapshot)
    except sqlite3.DatabaseError as error:
        return [Finding("spans", ok=False, message=f"cannot be read: {error}", hint=_RESTORE)]
    return [
        _spans(survey),
        _raw_documents(survey),
        _stored_vectors(survey),
        _pending(survey),
        _guarded("vector index", lambda: _vector_index(archive, snapshot, survey)),
        _guarded("lexical index", lambda: _lexical_index(archive, snapshot, survey)),
    ]


def _guarded(part: str, look: Callable[[], Finding], *, hint: str = _REBUILD) -> Finding:
    """The finding of `look`, or the error that it raised as a finding."""
    try:
        return look()
    except BylineError as error:
        return Finding(part, ok=False, message=error.message, hint=error.hint or hint)
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # Both indexes are written in Rust, whose panics are not Exceptions.
        message = f"cannot be read: {error or type(error).__name__}"
        return Finding(part, ok=False, message=message, hint=hint)


# ---------------------------------------------------------------- the database


def _manifest(archive: Archive) -> Finding:
    manifest = archive.manifest
    message = (
        f"{manifest.model}, {manifest.dim} dimensions, "
        f"passages of up to {manifest.chunk_tokens} tokens"
    )
    if manifest.chroma:
        message += f", vectors on {manifest.chroma}"
    sound = manifest.dim > 0 and manifest.chunk_tokens > 0 and bool(manifest.identity)
    return Finding("manifest", sound, message, "" if sound else _RESTORE)


def _model(archive: Archive) -> Finding:
    name = archive.embedder.name  # raises if the model's files differ from the manifest
    return Finding("model", ok=True, message=f"{name} is the model that made the archive")


def _database(snapshot: Snapshot) -> Finding:
    counts, problems = snapshot.counts(), snapshot.integrity_problems()
    listing = snapshot.listing()
    if len(listing) != counts["articles"]:
        problems.append(f"{counts['articles']} articles, but {len(listing)} current versions")
    empty = [item.source for item in listing if not item.chunks]
    if empty:
        problems.append(f"{empty[0]} has no passages{_more(empty)}")
    if problems:
        return Finding("database", ok=False, message="; ".join(problems), hint=_RESTORE)
    contested = snapshot.contested_urls()
    names = {"articles": "article", "versions": "version", "chunks": "passage"}
    numbers = ", ".join(_number(counts[table], name) for table, name in names.items())
    message = f"{numbers}, revision {snapshot.revision}"
    for url, article_ids in islice(contested.items(), _CONTESTED_SHOWN):
        message += f"; {url} is claimed by articles of different texts: {', '.join(article_ids)}"
    if len(contested) > _CONTESTED_SHOWN:
        message += f"; so are {len(contested) - _CONTESTED_SHOWN:,} more addresses"
    return Finding("database", ok=True, message=message)


def _survey(archive: Archive, snapshot: Snapshot) -> _Survey:
    survey, lost = _Survey(set(), set(snapshot.pending()), [], [], [], 0), 0
    for _ in _readable(snapshot.all_raw_documents(), survey.unreadable):
        pass
    versions: dict[int, _Version] = {}
    for stored in _readable(snapshot.all_versions(), survey.problems):
        survey.problems.extend(_sentence_problems(stored))
        versions[stored.version_id] = _Version.of(stored.article)
    rows = _readable(snapshot.all_chunks(), survey.problems)
    while batch := list(islice(rows, _BATCH)):
        hashes = sorted({row.input_hash for row in batch})
        held = with_direction(snapshot.vectors(hashes, archive.manifest.identity))
        lost += sum(row.input_hash not in held for row in batch)
        for row in batch:
            survey.problems.extend(_chunk_problem(row, versions.get(row.version_id)))
        survey.chunk_ids.update(row.chunk_id for row in batch)
        settled = [r for r in batch if r.chunk_id not in survey.pending and r.input_hash in held]
        # The longest chunks have the most words by which they can be found.
        probes = sorted([*survey.probes, *settled], key=lambda r: (r.start - r.end, r.chunk_id))
        survey.probes[:] = probes[:_PROBES]
    return survey._replace(lost_vectors=lost)


def _readable(values: Iterator[_T], problems: list[str]) -> Iterator[_T]:
    """The values that can be read; the errors of the others are added to `problems`."""
    while True:
        try:
            value = next(values)
        except StopIteration:
            return
        except ArchiveDamaged as error:
            problems.append(error.message)
        else:
            yield value


def _chunk_problem(row: ChunkRow, version: _Version | None) -> Iterator[str]:
    if version is None:
        yield f"passage {row.chunk_id} belongs to no article that can be read"
    elif not 0 <= row.start < row.end <= version.length:
        yield (
            f"passage {row.start} to {row.end} lies outside {version.source}, "
            f"which has {version.length} characters"
        )
    elif row.chunk_id != f"{version.key}.{row.start}-{row.end}":
        yield f"passage {row.chunk_id} has another place than its id says"


def _sentence_problems(stored: StoredArticle) -> Iterator[str]:
    position, article = 0, stored.article
    for sentence in stored.sentences:
        text = article.text[sentence.start : sentence.end]
        inside = position <= sentence.start and sentence.end <= len(article.text)
        if not inside or text != text.strip():
            place = f"{sentence.start} to {sentence.end} of {article.source}"
            yield f"sentence {place} is no sentence of its text"
        position = sentence.end


def _spans(survey: _Survey) -> Finding:
    if survey.problems:
        message = survey.problems[0] + _more(survey.problems)
        return Finding("spans", ok=False, message=message, hint=RESTORE)
    return Finding("spans", ok=True, message="every passage and sentence lies in its article")


def _raw_documents(survey: _Survey) -> Finding:
    if survey.unreadable:
        message = survey.unreadable[0] + _more(survey.unreadable)
        return Finding("documents", ok=False, message=message, hint=_RESTORE)
    return Finding("documents", ok=True, message="every document is as it was read")


def _more(problems: list[str]) -> str:
    return f" (and {len(problems) - 1:,} more)" if len(problems) > 1 else ""


def _stored_vectors(survey: _Survey) -> Finding:
    if survey.lost_vectors:
        message = f"{_number(survey.lost_vectors, 'passage')} without one"
        return Finding("stored vectors", ok=False, message=message, hint=_REBUILD)
    return Finding("stored vectors", ok=True, message="every passage has one")


def _pending(survey: _Survey) -> Finding:
    if survey.pending:
        count = _number(len(survey.pending), "passage")
        message = f"{count} of a writer that is at work or was stopped"
        return Finding("pending", ok=False, message=message, hint=_FINISH)
    return Finding("pending", ok=True, message="no unfinished work")


def _replies(archive: Archive) -> Finding:
    stale = archive.stale_replies()
    if stale:
        message = "replies about articles that were removed are still kept"
        return Finding("replies", ok=False, message=message, hint=_FINISH)
    return Finding("replies", ok=True, message="none about an article that was removed")


# ---------------------------------------------------------------- the indexes


def _vector_index(archive: Archive, snapshot: Snapshot, survey: _Survey) -> Finding:
    location, name = archive.collection(snapshot.generation)
    if not survey.chunk_ids and (isinstance(location, str) or not location.is_dir()):
        return Finding("vector index", ok=True, message=_NOT_MADE_YET)
    index = VectorIndex(location, name)

    def finds(row: ChunkRow) -> bool:
        """Whether the chunk's vector finds it, or another chunk of the same vector."""
        (vector,) = snapshot.vectors([row.input_hash], archive.manifest.identity).values()
        found = index.nearest(as_matrix([vector], archive.manifest.dim)[0], _PROBE_DEPTH)
        hashes = {other.input_hash for other in snapshot.chunks(found).values()}
        return row.chunk_id in found or row.input_hash in hashes

    try:
        return _compared("vector index", index.ids(), survey, finds)
    finally:
        index.close()


def _lexical_index(archive: Archive, snapshot: Snapshot, survey: _Survey) -> Finding:
    folder = archive.lexical_folder(snapshot.generation)
    if not survey.chunk_ids and not folder.is_dir():
        return Finding("lexical index", ok=True, message=_NOT_MADE_YET)
    index = LexicalIndex(folder)

    def finds(row: ChunkRow) -> bool:
        """Whether the chunk's words find it within its version, if it has words to index."""
        article = snapshot.articles([row.version_id])[row.version_id].article
        text = article.text[row.start : row.end]
        if _INDEXED_WORD.search(text) is None:
            return True
        return row.chunk_id in index.best(text, _PROBE_DEPTH, versions=[row.version_key])

    return _compared("lexical index", index.ids(), survey, finds)


def _compared(
    part: str, ids: set[str], survey: _Survey, finds: Callable[[ChunkRow], bool]
) -> Finding:
    """Compares the ids of an index with the database's and probes it."""
    counted = {
        "missing": len(survey.chunk_ids - ids - survey.pending),
        "too many": len(ids - survey.chunk_ids - survey.pending),
        "not found when asked for": sum(not finds(row) for row in survey.probes),
    }
    problems = [f"{count:,} {what}" for what, count in counted.items() if count]
    if problems:
        message = f"of {_number(len(survey.chunk_ids), 'passage')}: {', '.join(problems)}"
        return Finding(part, ok=False, message=message, hint=_REBUILD)
    probes = _number(len(survey.probes), "probe")
    return Finding(part, ok=True, message=f"{_number(len(ids), 'passage')}, {probes} found")


def _number(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
