"""Files dropped on the page in, articles of the archive out, with a result for each; and articles taken out again.

In go paths of temporary files, whose names are what a stranger called them; out comes one `Uploaded` after the other. Whatever folder
they lie in, the files are the collection "uploads" under their bare names, so that the same file again changes nothing and a changed one
is a new version of its article. They are copied to a private folder inside the archive for as long as it takes; what is kept of them is
in the record. It does not know formats or the page.
"""

from __future__ import annotations

import hashlib
import html
import re
import shutil
import stat
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import TYPE_CHECKING, NamedTuple

from rag.app.chat.background import background
from rag.app.render import clean
from rag.app.terminal import number
from rag.errors import ArchiveBusy, ArchiveError, BylineError, SourceError

if TYPE_CHECKING:
    from ingest.pipeline import Outcome, Result
    from rag.store.archive import Archive

COLLECTION = "uploads"
# Hidden, so that nobody keeps anything of their own there: it is emptied.
_FOLDER = ".uploads"
# Files that are brought in at once: few enough for results to come one after the other and for a quick end when it is cancelled, and
# enough that opening the archive for writing does not tell.
_GROUP = 16
_PIECE = 2**20
# Bytes of a file's name; file systems take 255.
_LONGEST_NAME = 200
_MOST_LINES = 200
_SUFFIXES = re.compile(r"(\.\w{1,10}){1,2}$")
_DRIVE = re.compile(r"^[A-Za-z]:")

# ---------------------------------------------------------------- what goes in, what comes out


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one upload may hold: files, bytes of one file, bytes of all. A .gz file counts as unpacked."""

    max_files: int = 200
    max_bytes: int = 50 * 10**6
    max_total: int = 500 * 10**6


class Uploaded(NamedTuple):
    """What became of one document, in clean words: a file, or `file#row` of a table. `name` is empty where the upload as a whole failed.

    `reason` says why a file was refused, or what was there before; `title` is the article's.
    """

    name: str
    outcome: Outcome
    reason: str = ""
    title: str = ""


class _Stopped(Exception):
    """Nobody waits for further results."""


_Tell = Callable[[Uploaded], None]


def accepted_types() -> tuple[str, ...]:
    """The suffixes of files that can be read here, as in `.txt`."""
    from ingest.extract.pdf import can_read_pdf
    from ingest.sources.documents import MEDIA_TYPES
    from ingest.sources.tables import TABLE_SUFFIXES

    return tuple(
        sorted({*MEDIA_TYPES, *TABLE_SUFFIXES, ".gz"} - (set() if can_read_pdf() else {".pdf"}))
    )


def upload(
    archive: Archive, paths: Sequence[Path | str], *, limits: Limits = Limits()
) -> Iterator[Uploaded]:
    """Brings the files into the archive, and gives each result as soon as the article is stored.

    Nothing happens before the first result is asked for. Closing the iterator cancels: it returns when the files at hand are done (up to
    16, or a part of a table), every result that was given is in the archive, and the archive is whole. Failures that are for people,
    another writer among them, are results too.
    """
    told: SimpleQueue[Uploaded | Exception | None] = SimpleQueue()
    stopped = Event()

    def tell(result: Uploaded) -> None:
        if stopped.is_set():
            raise _Stopped
        told.put(result)

    # The end of the program does not close an iterator, but it does end this.
    close = background(
        partial(_work, archive, [Path(path) for path in paths], limits, tell, told),
        name="byline-upload",
        stop=stopped.set,
    )
    try:
        while (item := told.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        close()


def remove(archive: Archive, article_ids: Sequence[str]) -> int:
    """Takes articles out with all their versions; returns how many there were, ids that are gone already left aside.

    :raises ArchiveBusy: if another process is writing to the archive.
    """
    with archive.changes() as changes:
        with archive.record.snapshot() as snapshot:
            known = [
                name for name in dict.fromkeys(article_ids) if snapshot.current(name) is not None
            ]
        if known:
            changes.remove(known)
    return len(known)


# ---------------------------------------------------------------- the work


def _work(
    archive: Archive,
    paths: Sequence[Path],
    limits: Limits,
    tell: _Tell,
    told: SimpleQueue[Uploaded | Exception | None],
) -> None:
    try:
        from ingest.pipeline import Outcome

        try:
            _bring_in(archive, paths, limits, tell)
        except BylineError as error:
            tell(Uploaded("", Outcome.REFUSED, _failure(error)))
    except _Stopped:
        pass
    except Exception as error:  # raised again where the results are read
        told.put(error)
    finally:
        told.put(None)


def _failure(error: BylineError) -> str:
    # Its message names a folder, which is nothing to whoever looks at the page.
    if isinstance(error, ArchiveBusy):
        return "Somebody else is changing the archive at this moment. Upload again when they are done; what is in already stays."
    return clean(f"{error.message} {error.hint}".strip())


def _bring_in(archive: Archive, paths: Sequence[Path], limits: Limits, tell: _Tell) -> None:
    with _staging(archive) as folder:
        staged = list(_staged(paths, folder, limits, tell))
        for start in range(0, len(staged), _GROUP):
            _ingest(archive, staged[start : start + _GROUP], tell)


@contextmanager
def _staging(archive: Archive) -> Iterator[Path]:
    """The private folder that uploads pass through, known to the archive as the root of its collection.

    It is always the same one, so that the archive knows one root and not one for each upload; hence the lock, which a killed process
    lets go of. What such a process left there goes first.

    :raises ArchiveBusy: if another upload is under way.
    :raises ArchiveError: if the folder cannot be made.
    """
    from filelock import FileLock, Timeout

    folder = archive.folder / _FOLDER
    try:
        with FileLock(archive.folder / f"{_FOLDER}.lock", timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            try:
                _know(archive, folder)
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except Timeout as error:
        raise ArchiveBusy(
            "Another upload is under way.", hint="Try again when it is done."
        ) from error
    except OSError as error:
        raise ArchiveError(
            f"Files cannot be put into the archive: {error.strerror or error}.",
            hint="Is its disk full or read-only?",
        ) from error


def _know(archive: Archive, folder: Path) -> None:
    """Makes the folder a root of its own, whatever known folder the archive may lie in."""
    with archive.record.snapshot() as snapshot:
        known = snapshot.roots().get(folder) == COLLECTION
    if not known:
        with archive.changes() as changes:
            changes.add_root(folder, COLLECTION)


def _ingest(archive: Archive, files: Sequence[Path], tell: _Tell) -> None:
    from ingest.pipeline import Outcome, ingest

    silent = {file.name for file in files}

    def on_result(result: Result) -> None:
        silent.difference_update(
            {
                name
                for name in silent
                if result.source == name or result.source.startswith(f"{name}#")
            }
        )
        tell(_uploaded(archive, result))

    ingest(archive, files, collection=COLLECTION, on_result=on_result)
    for file in files:
        if file.name in silent:
            tell(Uploaded(file.name, Outcome.REFUSED, "holds no articles"))


def _uploaded(archive: Archive, result: Result) -> Uploaded:
    from ingest.pipeline import Outcome

    reasons = {
        Outcome.ADDED: "",
        Outcome.UPDATED: "is now a new version of the article of that name; the earlier one is kept",
        Outcome.UNCHANGED: "was here already and says the same",
        Outcome.REFUSED: clean(result.reason or ""),
    }
    title = "" if result.article_id is None else _title(archive, result.article_id)
    return Uploaded(clean(result.source), result.outcome, reasons[result.outcome], clean(title))


def _title(archive: Archive, article_id: str) -> str:
    with archive.record.snapshot() as snapshot:
        current = snapshot.current(article_id)
        stored = None if current is None else snapshot.version(article_id, current[0])
    return "" if stored is None else stored.article.title


# ---------------------------------------------------------------- files of strangers


def safe_name(name: str) -> str:
    """The last part of a name as a name on disk: no folder, no drive, nothing unseen, at most 200 bytes of UTF-8, the suffix kept.

    >>> safe_name("..\\\\..\\\\C:notes.txt")
    'notes.txt'
    """
    last = re.split(r"[/\\]", clean(name))[-1]
    base = unicodedata.normalize("NFC", _DRIVE.sub("", last)).strip()
    if not base.strip("."):
        return "unnamed"
    if len(base.encode()) <= _LONGEST_NAME:
        return base
    match = _SUFFIXES.search(base)
    # Two long names that begin alike stay two.
    end = f"-{hashlib.sha256(base.encode()).hexdigest()[:8]}{match[0] if match else ''}"
    return base.encode()[: _LONGEST_NAME - len(end.encode())].decode("utf-8", "ignore") + end


def _staged(paths: Sequence[Path], folder: Path, limits: Limits, tell: _Tell) -> Iterator[Path]:
    """Copies of the files in the folder; what cannot be taken is told of."""
    from ingest.pipeline import Outcome

    room = limits.max_total
    for place, path in enumerate(paths):
        target = folder / safe_name(path.name)
        try:
            if place >= limits.max_files:
                raise SourceError(
                    f"is one too many: {number(limits.max_files, 'file')} at once are the most; upload it by itself"
                )
            room -= _copy(path, target, limits, room)
        except SourceError as error:
            tell(Uploaded(target.name, Outcome.REFUSED, error.message))
            continue
        yield target


def _copy(path: Path, target: Path, limits: Limits, room: int) -> int:
    """Copies a file that may come in and returns how many bytes it holds.

    :raises SourceError: if it may not.
    """
    if target.exists():
        raise SourceError(
            "has the name of another file in this upload: rename one of them, or upload it by itself"
        )
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError) as error:
        raise SourceError(
            f"cannot be read ({getattr(error, 'strerror', None) or error})"
        ) from error
    if not stat.S_ISREG(mode):
        raise SourceError(
            "is a folder: upload the files in it"
            if stat.S_ISDIR(mode)
            else "is not a file but a link or a device"
        )
    size = _size(path, min(limits.max_bytes, room))
    if size == 0:
        raise SourceError("is empty")
    if size > limits.max_bytes:
        raise SourceError(
            f"holds more than {_megabytes(limits.max_bytes)}, the most that one file may hold"
        )
    if size > room:
        raise SourceError(
            f"is too much for this upload, which may hold {_megabytes(limits.max_total)}: upload it by itself"
        )
    shutil.copyfile(path, target)
    return size


def _size(path: Path, most: int) -> int:
    """How many bytes a file holds, unpacked; no more than just above `most` of them are read."""
    from ingest.sources.files import opened

    size = 0
    with opened(path) as stream:
        while size <= most and (piece := stream.read(min(_PIECE, most + 1 - size))):
            size += len(piece)
    return size


def _megabytes(size: int) -> str:
    return f"{size / 10**6:,.0f} MB" if size >= 10**6 else number(size, "byte")


# ---------------------------------------------------------------- shown


def results_html(results: Sequence[Uploaded]) -> str:
    """Counts, then a line for each result, refusals first; at most 200 lines."""
    from ingest.pipeline import Outcome

    counts = Counter(result.outcome for result in results)
    told = ", ".join(f"{counts[outcome]:,} {outcome}" for outcome in Outcome if counts[outcome])
    lines = sorted(results, key=lambda result: result.outcome is not Outcome.REFUSED)[:_MOST_LINES]
    more = (
        f"<p>… and {len(results) - _MOST_LINES:,} more.</p>" if len(results) > _MOST_LINES else ""
    )
    return f'<div class="by-uploads"><p>{told}</p><ul>{"".join(map(_line, lines))}</ul>{more}</div>'


def _line(result: Uploaded) -> str:
    parts = [f"<b>{html.escape(clean(result.name))}</b>"] if result.name else []
    parts += [f'<span class="by-outcome">{result.outcome}</span>']
    parts += [f"<cite>{html.escape(clean(result.title))}</cite>"] if result.title else []
    parts += [html.escape(clean(result.reason))] if result.reason else []
    return f'<li class="by-{result.outcome}" dir="auto">{" · ".join(parts)}</li>'
