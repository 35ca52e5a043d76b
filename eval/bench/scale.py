"""Measures how an archive grows: adding, retrieval, memory and disk, over made articles.

Vectors are made, too: one for each topic, and a share of its own for each passage. So nothing is
encoded, and what is measured is the archive alone.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import resource
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import UsageError
from rag.model import Filters, Query, RawDocument

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.store.archive import Archive

_DIM = 384
_TOPICS, _TOPIC_WORDS, _WORDS = 500, 30, 20_000
_SENTENCES, _SENTENCE_WORDS = 8, 12
_PUBLISHERS, _DAYS = 40, 5_000
# How far a passage lies from its topic.
_SPREAD = 0.9
_QUESTIONS, _CHANGES = 30, 5
# What is added last is timed apart, in a process that has opened the indexes: what an article costs
# once the archive is that large.
_TIMED = 1_000
_MIB = 2**20

KINDS = {
    "no filter": Filters(),
    "publisher": Filters(publisher="Paper 7"),
    "date": Filters(since="2020-01-01"),
    "date and publisher": Filters(since="2020-01-01", publisher="Paper 7"),
}


class ScaleRow(NamedTuple):
    """What one size of the archive costs."""

    articles: int
    passages: int
    added_a_second: float
    opening_s: float
    retrieval_ms: dict[str, float]
    first_after_change_ms: float
    reader_mib: float
    database_mib: float
    vectors_mib: float
    words_mib: float


class MadeVectors:
    """Stands in for an embedding model: texts of one topic are near to each other."""

    name, identity, dim, max_tokens = "made", f"made-{_DIM}", _DIM, 128

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        found = np.empty((len(texts), _DIM), np.float32)
        for row, text in enumerate(texts):
            own = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(_DIM)
            found[row] = _topic_vector(_topic_of(text)) + _SPREAD * own
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def measure(folder: Path, sizes: Sequence[int]) -> Iterator[ScaleRow]:
    """Grows the archive in a folder to one size after the other and measures each.

    An archive that is there already goes on from its size.

    :raises UsageError: if it is larger than the first size.
    """
    from rag.store.archive import open_archive

    with open_archive(folder, create=True, embedder=MadeVectors()) as archive:
        for size in sorted(sizes):
            if len(archive) > size - _TIMED:
                raise UsageError(
                    f"{folder} holds {len(archive)} articles, too many to add the last {_TIMED}.",
                    hint="Name another folder, or larger sizes.",
                )
            _add(archive, size - _TIMED)
            _open_indexes(archive)
            speed = _TIMED / _seconds(partial(_add, archive, size))
            archive.close()
            yield _row(archive, speed)


def table(rows: Sequence[ScaleRow]) -> str:
    """The rows as a Markdown table."""
    names = ["articles", "passages", "added a second", "opening, s"]
    names += [f"{kind}, ms" for kind in KINDS]
    names += ["first after a change, ms", "reader, MiB", "database, MiB", "vectors, MiB"]
    names += ["words, MiB"]
    lines = [names, ["--:"] * len(names)]
    for row in rows:
        figures = [*row.retrieval_ms.values(), *row[5:]]
        cells = [f"{figure:,.0f}" for figure in (*row[:3], *figures)]
        lines.append([*cells[:3], f"{row.opening_s:.1f}", *cells[3:]])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(archive: Archive, speed: float) -> ScaleRow:
    with archive.record.snapshot() as snapshot:
        counts = snapshot.counts()
    # A process of its own: memory of the writing does not count.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        reader = pool.apply(_read, (archive.folder,))
    sizes = [_mib(archive.folder, f"{name}*") for name in ("record.sqlite", "vectors-", "words-")]
    return ScaleRow(counts["articles"], counts["chunks"], speed, *reader, *sizes)


# ---------------------------------------------------------------- what is added


def _add(archive: Archive, size: int) -> None:
    from ingest.pipeline import ingest_documents

    ingest_documents(archive, map(_document, range(len(archive), size)))


def _document(number: int) -> RawDocument:
    made = random.Random(number)
    topic = made.randrange(_TOPICS)
    fields = {
        "title": f"Topic {topic} report {number}",
        "publisher": f"Paper {number % _PUBLISHERS}",
        "published": time.strftime("%Y-%m-%d", time.gmtime(1_300_000_000 + _day(number) * 86_400)),
        "text": " ".join(_sentence(made, topic) for _ in range(_SENTENCES)),
    }
    key = f"rows.jsonl#{number}"
    return RawDocument("made", key, key, "application/json", json.dumps(fields).encode())


def _day(number: int) -> int:
    return number * 7919 % _DAYS


def _sentence(made: random.Random, topic: int) -> str:
    words = [made.choice(_topic_words(topic)) for _ in range(_SENTENCE_WORDS // 3)]
    words += [f"w{int(_WORDS * made.random() ** 3)}" for _ in range(_SENTENCE_WORDS - len(words))]
    return " ".join(words).capitalize() + "."


def _topic_words(topic: int) -> list[str]:
    return [f"t{topic}x{word}" for word in range(_TOPIC_WORDS)]


@cache
def _topic_vector(topic: int) -> NDArray[np.float64]:
    import numpy as np

    return np.random.default_rng(topic).standard_normal(_DIM)


def _topic_of(text: str) -> int:
    """The topic that a made text names first."""
    words = (word.removeprefix("t").partition("x") for word in text.lower().split())
    return next((int(topic) for topic, _, rest in words if topic.isdigit() and rest), 0)


# ---------------------------------------------------------------- what is asked


def _read(folder: Path) -> tuple[float, dict[str, float], float, float]:
    """Times the opening, questions of each kind, and the first one after each of some changes."""
    from rag.retrieval.retrieve import retrieve
    from rag.store.archive import open_archive

    before = _memory_mib()
    with open_archive(folder, embedder=MadeVectors()) as archive:
        opening = _seconds(partial(_open_indexes, archive))
        questions = [_question(number) for number in range(_QUESTIONS)]
        times: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for number, question in enumerate((questions[0], *questions)):
            for kind, filters in KINDS.items():
                took = _seconds(partial(retrieve, archive, Query(question, filters)))
                if number:  # the first of each kind opens what the others use
                    times[kind].append(1000 * took)
        memory = _memory_mib() - before
        first = []
        for number in range(_CHANGES):
            _add(archive, len(archive) + 1)
            query = Query(questions[number])
            first.append(1000 * _seconds(partial(retrieve, archive, query)))
    return opening, {kind: median(found) for kind, found in times.items()}, median(first), memory


def _open_indexes(archive: Archive) -> None:
    with archive.view() as view, view.indexes():
        pass


def _question(number: int) -> str:
    made = random.Random(-number - 1)
    return " ".join(made.sample(_topic_words(made.randrange(_TOPICS)), 4))


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _memory_mib() -> float:
    """The memory that this process holds; not a number where there is no /proc."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return float("nan")
    return pages * resource.getpagesize() / _MIB


def _mib(folder: Path, pattern: str) -> float:
    paths = (path for top in folder.glob(pattern) for path in (top, *top.rglob("*")))
    return sum(path.stat().st_size for path in paths if path.is_file()) / _MIB
