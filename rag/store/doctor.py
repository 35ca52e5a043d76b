"""An archive in, findings out: is the record whole, do both indexes hold what it says, do they find what they hold?

Reads without the writer's lock and repairs nothing: `Changes.rebuild` does. A part that cannot be read is a finding, not an error. It
does not know how the findings are shown.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import BylineError
from rag.store.archive import Archive
from rag.store.database import ChunkRow, Snapshot, StoredArticle, as_matrix

if TYPE_CHECKING:
    from rag.store.lexical_index import WordIndex
    from rag.store.vector_index import VectorIndex

_BATCH = 500
_PROBES = 3
# How deep a probe may find its chunk: others may hold the very same words.
_PROBE_DEPTH = 20
# The index leaves out runs of more than 40 bytes, such as whole sentences in scripts without spaces.
_INDEXED_WORD = re.compile(r"\b\w{4,10}\b")
_REBUILD = "Run: byline doctor --rebuild"
_NOT_MADE_YET = "not made yet: there are no passages"
_RESTORE = "The record cannot be mended from within: put a copy of the folder back, or ingest the articles into a new archive."


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen of one part: manifest, model, record, spans, stored vectors, pending, vectors (Chroma) or words (tantivy).

    Where it is not `ok`, `hint` says what to do.
    """

    part: str
    ok: bool
    message: str
    hint: str = ""


class _Survey(NamedTuple):
    """What the record says should be in the indexes, and what is wrong with what it holds itself."""

    chunk_ids: set[str]
    probes: list[ChunkRow]
    faults: list[str]
    lost_vectors: int


def examine(archive: Archive) -> list[Finding]:
    """Counts and probes record, vectors and words, in that order.

    An index is only judged by chunks that no writer is busy with (those stand in the record as pending).
    """
    archive.close()  # what this process has open may be older than what another has written
    findings = [_manifest(archive), _guarded("model", lambda: _model(archive), hint="")]
    try:
        with archive.record.snapshot() as snapshot:
            return findings + _examine_record(archive, snapshot)
    except BylineError as error:
        return [*findings, Finding("record", ok=False, message=error.message, hint=_RESTORE)]


def _examine_record(archive: Archive, snapshot: Snapshot) -> list[Finding]:
    record = _record(snapshot)
    if not record.ok:
        return [record]
    try:
        survey = _survey(snapshot, archive)
    except (ValueError, KeyError, TypeError, sqlite3.DatabaseError) as error:
        return [
            record,
            Finding(
                "spans", ok=False, message=f"an article cannot be read: {error}", hint=_RESTORE
            ),
        ]
    return [
        record,
        _spans(survey),
        _stored_vectors(survey),
        _pending(snapshot),
        _guarded("vectors", lambda: _vectors(archive, snapshot, survey)),
        _guarded("words", lambda: _words(archive, snapshot, survey)),
    ]


def _guarded(part: str, look: Callable[[], Finding], *, hint: str = _REBUILD) -> Finding:
    """What the look finds, or what kept it from looking."""
    try:
        return look()
    except BylineError as error:
        return Finding(part, ok=False, message=error.message, hint=error.hint or hint)
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # Both indexes are written in Rust, whose panics are not Exceptions.
        return Finding(
            part, ok=False, message=f"cannot be read: {error or type(error).__name__}", hint=hint
        )


# ---------------------------------------------------------------- the record


def _manifest(archive: Archive) -> Finding:
    manifest = archive.manifest
    home = f", vectors on {manifest.chroma}" if manifest.chroma else ""
    message = f"{manifest.model}, {manifest.dim} dimensions, passages of up to {manifest.chunk_tokens} tokens{home}"
    sound = manifest.dim > 0 and manifest.chunk_tokens > 0 and bool(manifest.identity)
    return Finding("manifest", sound, message, "" if sound else _RESTORE)


def _model(archive: Archive) -> Finding:
    """The property compares the model's files with the manifest."""
    return Finding(
        "model", ok=True, message=f"{archive.embedder.name} is the model that made the archive"
    )


def _record(snapshot: Snapshot) -> Finding:
    counts, faults = snapshot.counts(), snapshot.faults()
    current = len(snapshot.listing())
    if current != counts["articles"]:
        faults.append(f"{counts['articles']} articles, but {current} current versions")
    if faults:
        return Finding("record", ok=False, message="; ".join(faults), hint=_RESTORE)
    return Finding(
        "record",
        ok=True,
        message=f"{_number(counts['articles'], 'article')}, {_number(counts['versions'], 'version')}, "
        f"{_number(counts['chunks'], 'passage')}, revision {snapshot.revision}",
    )


def _survey(snapshot: Snapshot, archive: Archive) -> _Survey:
    survey, pending, lost = _Survey(set(), [], [], 0), set(snapshot.pending()), 0
    for batch in _batches(snapshot.all_chunks()):
        stored = snapshot.articles(row.version_id for row in batch)
        held = snapshot.vectors(
            sorted({row.input_hash for row in batch}), archive.manifest.identity
        )
        lost += sum(len(held.get(row.input_hash, b"")) != 2 * archive.manifest.dim for row in batch)
        survey.faults.extend(
            fault for row in batch if (fault := _chunk_fault(row, stored.get(row.version_id)))
        )
        survey.faults.extend(
            fault for article in stored.values() for fault in _sentence_faults(article)
        )
        survey.chunk_ids.update(row.chunk_id for row in batch)
        settled = [row for row in batch if row.chunk_id not in pending and row.input_hash in held]
        # The longest ones have the most words to be found by.
        survey.probes[:] = sorted(
            [*survey.probes, *settled], key=lambda row: (row.start - row.end, row.chunk_id)
        )[:_PROBES]
    return survey._replace(lost_vectors=lost)


def _batches(rows: Iterator[ChunkRow]) -> Iterator[list[ChunkRow]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _chunk_fault(row: ChunkRow, stored: StoredArticle | None) -> str | None:
    if stored is None:
        return f"passage {row.chunk_id} belongs to no article"
    article = stored.article
    if not 0 <= row.start < row.end <= len(article.text):
        return f"passage {row.start} to {row.end} lies outside {article.source}, which has {len(article.text)} characters"
    if row.chunk_id != f"{article.article_id}.{article.version}.{row.start}-{row.end}":
        return f"passage {row.chunk_id} has another place than its name says"
    return None


def _sentence_faults(stored: StoredArticle) -> Iterator[str]:
    """Blocks are checked by Article itself."""
    position, article = 0, stored.article
    for sentence in stored.sentences:
        said = article.text[sentence.start : sentence.end]
        if sentence.start < position or sentence.end > len(article.text) or said != said.strip():
            yield f"sentence {sentence.start} to {sentence.end} of {article.source} is no sentence of its text"
        position = sentence.end


def _spans(survey: _Survey) -> Finding:
    if survey.faults:
        more = f" (and {len(survey.faults) - 1} more)" if len(survey.faults) > 1 else ""
        return Finding("spans", ok=False, message=survey.faults[0] + more, hint=_RESTORE)
    return Finding("spans", ok=True, message="every passage and sentence lies in its article")


def _stored_vectors(survey: _Survey) -> Finding:
    if survey.lost_vectors:
        message = f"{_number(survey.lost_vectors, 'passage')} without one"
        return Finding("stored vectors", ok=False, message=message, hint=_REBUILD)
    return Finding("stored vectors", ok=True, message="every passage has one")


def _pending(snapshot: Snapshot) -> Finding:
    pending = len(snapshot.pending())
    if pending:
        message = f"{_number(pending, 'passage')} of a writer that is at work or was stopped"
        return Finding(
            "pending",
            ok=False,
            message=message,
            hint="The next ingest finishes the work; so does: byline doctor --rebuild",
        )
    return Finding("pending", ok=True, message="no unfinished work")


# ---------------------------------------------------------------- the indexes


def _vectors(archive: Archive, snapshot: Snapshot, survey: _Survey) -> Finding:
    from rag.store.vector_index import VectorIndex

    location, name = archive.collection(snapshot.generation)
    if not survey.chunk_ids and (isinstance(location, str) or not location.is_dir()):
        return Finding("vectors", ok=True, message=_NOT_MADE_YET)
    index = VectorIndex(location, name)
    try:
        return _judge(
            "vectors",
            index.ids(),
            snapshot,
            survey,
            lambda row: _finds_vector(archive, snapshot, index, row),
        )
    finally:
        index.close()


def _words(archive: Archive, snapshot: Snapshot, survey: _Survey) -> Finding:
    from rag.store.lexical_index import WordIndex

    folder = archive.words_folder(snapshot.generation)
    if not survey.chunk_ids and not folder.is_dir():
        return Finding("words", ok=True, message=_NOT_MADE_YET)
    index = WordIndex(folder)
    return _judge(
        "words", index.ids(), snapshot, survey, lambda row: _finds_words(snapshot, index, row)
    )


def _judge(
    part: str, ids: set[str], snapshot: Snapshot, survey: _Survey, finds: Callable[[ChunkRow], bool]
) -> Finding:
    """Compares the ids of an index with the record's and sends the probes."""
    pending = set(snapshot.pending())
    missing, extra = len(survey.chunk_ids - ids - pending), len(ids - survey.chunk_ids - pending)
    lost = sum(not finds(row) for row in survey.probes)
    counted = {"missing": missing, "too many": extra, "not found when asked for": lost}
    faults = [f"{count:,} {what}" for what, count in counted.items() if count]
    if faults:
        return Finding(
            part,
            ok=False,
            message=f"of {_number(len(survey.chunk_ids), 'passage')}: {', '.join(faults)}",
            hint=_REBUILD,
        )
    return Finding(
        part,
        ok=True,
        message=f"{_number(len(ids), 'passage')}, {_number(len(survey.probes), 'probe')} found",
    )


def _finds_vector(archive: Archive, snapshot: Snapshot, index: VectorIndex, row: ChunkRow) -> bool:
    """Whether the chunk's own vector finds it, or another chunk of exactly that vector."""
    (vector,) = snapshot.vectors([row.input_hash], archive.manifest.identity).values()
    found = index.nearest(as_matrix([vector], archive.manifest.dim)[0], _PROBE_DEPTH)
    return row.chunk_id in found or any(
        other.input_hash == row.input_hash for other in snapshot.chunks(found).values()
    )


def _finds_words(snapshot: Snapshot, index: WordIndex, row: ChunkRow) -> bool:
    """Whether the chunk's own words find it among those of its version; one without words that the index keeps cannot be asked for."""
    article = snapshot.articles([row.version_id])[row.version_id].article
    text = article.text[row.start : row.end]
    if _INDEXED_WORD.search(text) is None:
        return True
    return row.chunk_id in index.best(
        text, _PROBE_DEPTH, versions=[f"{article.article_id}.{article.version}"]
    )


def _number(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
