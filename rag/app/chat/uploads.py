"""Adds uploaded files to the archive, with a result for each.

All uploads are one collection, in which a file goes by its bare name: the same file again changes
nothing, a changed one is a new version of its article. Files are copied to a private folder inside
the archive while they are ingested; what is kept of them is in the database.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from ingest import pipeline
from ingest.extract.pdf import can_read_pdf
from ingest.pipeline import Outcome, Result
from ingest.sources.documents import SUFFIXES
from ingest.sources.files import opened
from rag.app.chat.workers import ItemStream, background
from rag.errors import ArchiveBusy, ArchiveError, BylineError, SourceError
from rag.render.words import clean, number
from rag.store.archive import Archive

COLLECTION = "uploads"
# Hidden, so that nobody keeps anything of their own there: it is emptied.
_FOLDER = ".uploads"
# Files ingested at once: few enough that results come one after the other and that cancelling is
# quick, and enough that opening the archive for writing costs little.
_GROUP = 16
_BLOCK = 2**20
_MOST_NAME_BYTES = 200  # file systems take 255
_SUFFIXES = re.compile(r"(\.\w{1,10}){1,2}$")
_DRIVE = re.compile(r"^[A-Za-z]:")
_BUSY = (
    "Somebody else is changing the archive at this moment. Upload again when they are done; "
    "what is in already stays."
)
_REASONS = {
    Outcome.ADDED: "",
    Outcome.UPDATED: "is now a new version of the article of that name; the earlier one is kept",
    Outcome.UNCHANGED: "was here already and says the same",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one upload may hold; a .gz file counts as unpacked.

    :param max_bytes: of one file.
    :param max_total: bytes of all files.
    """

    max_files: int = 200
    max_bytes: int = 50 * 10**6
    max_total: int = 500 * 10**6


class Uploaded(NamedTuple):
    """What became of a file, or of one row of a table (`file#row`); all words are clean.

    `name` is empty if the upload as a whole failed.
    """

    name: str
    outcome: Outcome
    reason: str = ""
    title: str = ""


_Put = Callable[[Uploaded], None]


def accepted_types() -> list[str]:
    """Returns the suffixes of files that can be read here, as in `.txt`."""
    suffixes = {*SUFFIXES, ".gz"}
    return sorted(suffixes if can_read_pdf() else suffixes - {".pdf"})


def upload(
    archive: Archive, paths: Sequence[Path | str], *, limits: Limits = Limits()
) -> Iterator[Uploaded]:
    """Adds the files to the archive, and yields each result as soon as the article is stored.

    Closing the iterator cancels: it returns when the files at hand are done (up to 16, or a part of
    a table), and the archive is whole. A failure for people, such as a busy archive, is a result.
    """
    stream = ItemStream(partial(_upload, archive, [Path(path) for path in paths], limits))
    # The end of the program does not close an iterator, but it does end this.
    close = background(stream.run, name="byline-upload", stop=stream.stop)
    try:
        yield from stream
    finally:
        close()


# ---------------------------------------------------------------- the work


def _upload(archive: Archive, paths: Sequence[Path], limits: Limits, put: _Put) -> None:
    try:
        with _staging(archive) as folder:
            staged = list(_copied(paths, folder, limits, put))
            for start in range(0, len(staged), _GROUP):
                _ingest(archive, staged[start : start + _GROUP], put)
    except ArchiveBusy:  # whose message names a folder
        put(Uploaded("", Outcome.REFUSED, _BUSY))
    except BylineError as error:
        put(Uploaded("", Outcome.REFUSED, clean(f"{error.message} {error.hint}".strip())))


@contextmanager
def _staging(archive: Archive) -> Iterator[Path]:
    """Makes the private folder that uploads pass through, as the root of their collection.

    It is always the same one, so that the archive knows one root and not one for each upload; hence
    the lock, which a killed process lets go of.

    :raises ArchiveBusy: if another upload is under way.
    :raises ArchiveError: if the folder cannot be made.
    """
    folder = archive.folder / _FOLDER
    try:
        with FileLock(archive.folder / f"{_FOLDER}.lock", timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            try:
                with archive.record.snapshot() as snapshot:
                    known = snapshot.roots().get(folder) == COLLECTION
                if not known:
                    with archive.writer() as writer:
                        writer.add_root(folder, COLLECTION)
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except Timeout as error:
        raise ArchiveBusy("Another upload is under way.", hint="Try again later.") from error
    except OSError as error:
        raise ArchiveError(
            f"Files cannot be put into the archive: {error.strerror or error}.",
            hint="Is its disk full or read-only?",
        ) from error


def _ingest(archive: Archive, files: Sequence[Path], put: _Put) -> None:
    without_result = {file.name for file in files}

    def on_result(result: Result) -> None:
        own = f"{result.source}#"  # of a table, "file#row#"
        without_result.difference_update(
            {file.name for file in files if own.startswith(f"{file.name}#")}
        )
        reason = _REASONS.get(result.outcome, result.reason or "")
        title = _title(archive, result.article_id)
        put(Uploaded(clean(result.source), result.outcome, clean(reason), clean(title)))

    pipeline.ingest(archive, files, collection=COLLECTION, on_result=on_result)
    for file in files:
        if file.name in without_result:
            put(Uploaded(file.name, Outcome.REFUSED, "holds no articles"))


def _title(archive: Archive, article_id: str | None) -> str:
    if article_id is None:
        return ""
    with archive.record.snapshot() as snapshot:
        current = snapshot.current(article_id)
        stored = None if current is None else snapshot.version(article_id, current[0])
    return "" if stored is None else stored.article.title


# ---------------------------------------------------------------- files of strangers


def safe_name(name: str) -> str:
    """Makes the last part of a stranger's file name fit for a disk, with its suffix kept.

    No folder, no drive, nothing invisible, at most 200 bytes of UTF-8.

    >>> safe_name("..\\\\..\\\\C:notes.txt")
    'notes.txt'
    """
    last = re.split(r"[/\\]", clean(name))[-1]
    base = unicodedata.normalize("NFC", _DRIVE.sub("", last)).strip()
    if not base.strip("."):
        return "unnamed"
    if len(base.encode()) <= _MOST_NAME_BYTES:
        return base
    suffix = _SUFFIXES.search(base)
    # Two long names that begin alike stay two.
    end = f"-{hashlib.sha256(base.encode()).hexdigest()[:8]}{suffix[0] if suffix else ''}"
    return base.encode()[: _MOST_NAME_BYTES - len(end.encode())].decode("utf-8", "ignore") + end


def _copied(paths: Sequence[Path], folder: Path, limits: Limits, put: _Put) -> Iterator[Path]:
    """Copies the files into the folder; files that are refused get their result at once."""
    room = limits.max_total
    for place, path in enumerate(paths):
        target = folder / safe_name(path.name)
        try:
            if place >= limits.max_files:
                most = number(limits.max_files, "file")
                raise SourceError(f"is one too many: {most} at once are the most; upload it alone")
            size = _checked_size(path, target, limits, room)
        except SourceError as error:
            put(Uploaded(target.name, Outcome.REFUSED, error.message))
            continue
        shutil.copyfile(path, target)
        room -= size
        yield target


def _checked_size(path: Path, target: Path, limits: Limits, room: int) -> int:
    """Returns how many bytes a file holds, unpacked.

    :raises SourceError: if the file may not come in.
    """
    if target.exists():
        raise SourceError(
            "has the name of another file in this upload: rename it, or upload it alone"
        )
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"cannot be read ({reason})") from error
    if stat.S_ISDIR(mode):
        raise SourceError("is a folder: upload the files in it")
    if not stat.S_ISREG(mode):
        raise SourceError("is not a file but a link or a device")
    size, most = 0, min(limits.max_bytes, room)
    with opened(path) as stream:
        while size <= most and (block := stream.read(min(_BLOCK, most + 1 - size))):
            size += len(block)
    if size == 0:
        raise SourceError("is empty")
    if size > limits.max_bytes:
        raise SourceError(f"holds more than {_megabytes(limits.max_bytes)}, the most for one file")
    if size > room:
        most_words = _megabytes(limits.max_total)
        raise SourceError(
            f"is too much for this upload, which may hold {most_words}: upload it alone"
        )
    return size


def _megabytes(size: int) -> str:
    return f"{size / 10**6:,.0f} MB" if size >= 10**6 else number(size, "byte")
