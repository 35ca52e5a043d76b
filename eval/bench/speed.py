"""Measures Byline beside the plain LlamaIndex pipeline: speed, retrieval, cold start.

Both read the same files with the same model on the same machine, one after the other; compare the
ratios, not the absolute times. Needs the extra `bench`.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, NamedTuple

from eval.bench.page import PEOPLE, Load
from eval.gold.questions import GoldQuestion, folder_sources, load_gold
from eval.run.llamaindex_baseline import PlainIndex
from eval.scoring.matching import contains_half

if TYPE_CHECKING:
    from rag.store.archive import Archive

_ROUNDS = 3
# The corpus is read in parts by each in turn; one part is enough to compare in one precision.
_PARTS = 4


class SpeedRow(NamedTuple):
    """One line of the table."""

    figure: str
    goal: str
    measured: str


def seconds(call: Callable[[], object]) -> float:
    """Runs a call once, after a collection, so that it does not pay for earlier garbage."""
    gc.collect()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


# ---------------------------------------------------------------- ingest


class IngestSeconds(NamedTuple):
    """Seconds of our ingest, of bare encoding of the same passages, and of the baseline."""

    ours: float
    bare: float
    baseline: float

    def ratio(self) -> str:
        ratio = self.baseline / self.ours
        return f"{ratio:.2f} ({self.baseline:.0f} s / {self.ours:.0f} s)"


def time_ingests(
    parts: Sequence[Sequence[Path]], folder: Path, archive: Archive, baseline: PlainIndex
) -> IngestSeconds:
    """Times all three over one part of the corpus after the other.

    So a machine whose speed drifts is as fast for each.
    """
    from ingest import ingest

    found = []
    seen: set[str] = set()
    for number, part in enumerate(parts):
        copied = _copied(part, folder / f"part-{number}")
        ours = seconds(partial(ingest, archive, [copied]))
        inputs = [text for text in passage_inputs(archive) if text not in seen]
        seen.update(inputs)
        bare = seconds(partial(archive.embedder.encode, inputs))
        found.append(IngestSeconds(ours, bare, seconds(partial(_add_files, baseline, part))))
    return IngestSeconds(*map(sum, zip(*found, strict=True)))


def _add_files(baseline: PlainIndex, files: Sequence[Path]) -> None:
    from llama_index.core import Document

    texts = ((file.name, file.read_bytes().decode("utf-8", "replace")) for file in files)
    baseline.add([Document(text=text, metadata={"source": name}) for name, text in texts])


def _copied(files: Sequence[Path], folder: Path) -> Path:
    for file in files:
        copy = folder / file.parent.name / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    return folder


def passage_inputs(archive: Archive) -> list[str]:
    """What was encoded to fill the archive: each distinct passage once, with its title."""
    from rag.embed import passage_input

    with archive.view() as view:
        rows = {row.input_hash: row for row in view.snapshot.all_chunks()}
        stored = view.snapshot.articles(row.version_id for row in rows.values())
    articles = [(stored[row.version_id].article, row) for row in rows.values()]
    return [
        passage_input(article.title, article.text[row.start : row.end]) for article, row in articles
    ]


def ingest_rows(
    files: Sequence[Path], folder: Path, archive: Archive, baseline: PlainIndex
) -> list[SpeedRow]:
    """Ingest times of both, against bare encoding, and of a second time over."""
    from ingest import ingest

    parts = [files[number::_PARTS] for number in range(_PARTS)]
    spent = time_ingests(parts, folder, archive, baseline)
    again = seconds(lambda: ingest(archive, sorted(folder.glob("part-*"))))
    bare = f"{spent.ours / spent.bare:.2f}"
    second = f"{again / spent.ours:.4f} ({again:.2f} s)"
    return [
        SpeedRow("ingest time, LlamaIndex baseline / ours", "3 or more with AMX", spent.ratio()),
        SpeedRow("our ingest / bare `encode` of the same passages", "1.25 or less", bare),
        SpeedRow("second ingest, unchanged / first", "0.02 or less", second),
    ]


def same_precision_row(files: Sequence[Path], folder: Path) -> SpeedRow:
    """Both over a quarter of the files in fp32, in two parts."""
    from rag import open_archive
    from rag.embed import LocalEmbedder

    folder.mkdir()
    embedder = LocalEmbedder(bf16=False)
    embedder.encode(["warm"])
    parts = [files[:: 2 * _PARTS], files[_PARTS :: 2 * _PARTS]]
    archive = open_archive(folder / "ours", create=True, embedder=embedder)
    baseline = PlainIndex(folder / "plain", embedder.folder)
    spent = time_ingests(parts, folder, archive, baseline)
    figure = f"the same, both in fp32, {sum(map(len, parts))} articles"
    return SpeedRow(figure, "1.3 or more", spent.ratio())


# ---------------------------------------------------------------- retrieval


def retrieval_rows(
    archive: Archive, baseline: PlainIndex, gold: Sequence[GoldQuestion]
) -> list[SpeedRow]:
    """Latency and recall; the baseline may return as many words as our passages have."""
    from rag import Query
    from rag.retrieval.retrieve import retrieve

    # The embedder remembers questions; one more space at its end makes each one new to it.
    spaces = count(1)

    def ours(question: str) -> list[str]:
        query = Query(question + " " * next(spaces))
        return [hit.text for hit in retrieve(archive, query).hits]

    def plain(question: str, k: int = 10) -> list[str]:
        return [node.node.get_content() for node in baseline.retrieve(question, k)]

    asked = [question for question in gold if question.answerable and question.evidence]
    found = [ours(question.question) for question in asked]
    more = [plain(question.question, 30) for question in asked]
    recalls = [_recalls(asked, [texts[:k] for texts in found], more) for k in (5, 10)]
    first, second = (
        " / ".join(f"{value:.3f}" for value in pair) for pair in zip(*recalls, strict=True)
    )
    goal, recall = "15 / 30 ms", "recall@5 / recall@10 of the gold quote"
    return [
        SpeedRow("retrieval p50 / p95, question encoded", goal, _p50_p95(latencies(ours, asked))),
        SpeedRow("retrieval p50 / p95, LlamaIndex baseline", "", _p50_p95(latencies(plain, asked))),
        SpeedRow(recall, "0.97 / 1.0", first),
        SpeedRow("the same, baseline at the same number of words", "below ours", second),
    ]


def _recalls(
    asked: Sequence[GoldQuestion], found: Sequence[list[str]], more: Sequence[list[str]]
) -> tuple[float, float]:
    """Our recall, and the baseline's with as many passages as it takes to have as many words."""
    same = [up_to(texts, _words(own)) for texts, own in zip(more, found, strict=True)]
    return mean_recall(asked, found), mean_recall(asked, same)


def latencies(ask: Callable[[str], object], asked: Sequence[GoldQuestion]) -> list[float]:
    """Milliseconds of each question in several rounds."""
    found = []
    for question in [*asked] * _ROUNDS:
        start = time.perf_counter()
        ask(question.question)
        found.append(1e3 * (time.perf_counter() - start))
    return found


def mean_recall(asked: Sequence[GoldQuestion], passages: Sequence[Sequence[str]]) -> float:
    """The mean share of a question's parts of which some evidence stands in some passage."""
    return mean(
        mean(
            any(contains_half(text, item.quote) for text in texts for item in part)
            for part in question.parts.values()
        )
        for question, texts in zip(asked, passages, strict=True)
    )


def _words(texts: Sequence[str]) -> int:
    return sum(len(text.split()) for text in texts)


def up_to(texts: Sequence[str], words: int) -> list[str]:
    """The first texts, including the one that reaches the number of words."""
    taken: list[str] = []
    for text in texts:
        if _words(taken) >= words:
            break
        taken.append(text)
    return taken


def _p50_p95(milliseconds: Sequence[float]) -> str:
    return f"{_quantile(milliseconds, 0.5):.1f} / {_quantile(milliseconds, 0.95):.1f} ms"


def _quantile(milliseconds: Sequence[float], share: float) -> float:
    ordered = sorted(milliseconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


# ---------------------------------------------------------------- all of it


def cold_start_row(archive: Path) -> SpeedRow:
    """`byline ask` as a process of its own, against the import of sentence-transformers in one."""
    question = "Who did Amos Hochstein meet in Beirut?"
    ask = [sys.executable, "-m", "rag.app.cli", "ask", question, "--archive", str(archive)]
    bare = [sys.executable, "-c", "import sentence_transformers"]

    def cold(command: list[str]) -> float:
        return seconds(lambda: subprocess.run(command, check=True, capture_output=True))

    ratio = median(cold([*ask, "--json"]) / cold(bare) for _ in range(_ROUNDS))
    figure = "`byline ask` cold / `import sentence_transformers`"
    return SpeedRow(figure, "1.5 or less", f"{ratio:.2f} (median of {_ROUNDS} pairs)")


def bench(shared: Path) -> list[SpeedRow]:
    """All rows of the table.

    :param shared: the folder with `corpora` and `gold`.
    :raises UsageError: if a gold file has faults, or the baseline is not installed.
    """
    from ingest import ingest
    from rag import open_archive
    from rag.embed import LocalEmbedder

    corpora, gold = shared / "corpora", shared / "gold"
    bbc = load_gold(gold / "bbc.jsonl", sources=folder_sources(corpora / "bbc"))
    files = sorted(
        file for file in (corpora / "bbc").rglob("*.txt") if file.stem.casefold() != "readme"
    )
    embedder = LocalEmbedder()
    embedder.encode(["warm"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = open_archive(folder / "ours", create=True, embedder=embedder)
        baseline = PlainIndex(folder / "plain", embedder.folder)
        rows = ingest_rows(files, folder, archive, baseline)
        rows.insert(1, same_precision_row(files, folder / "fp32"))
        rows += retrieval_rows(archive, baseline, bbc)
        small = open_archive(folder / "seeds", create=True, embedder=embedder)
        ingest(small, [corpora / "seeds"])
        rows.append(cold_start_row(folder / "seeds"))
    return rows


def page_rows(load: Load, machine: str) -> list[SpeedRow]:
    """The chat page with one person at it and with many; `machine` describes the computer."""
    up = f"{load.up_s:.1f} / {load.first_answer_s:.1f} s"
    came = f"{len(load.alone) + len(load.at_once)} of {load.asked}; {len(load.problems)}"
    rows = [SpeedRow("`byline chat`: up / first answer, from its start", "", up)]
    if load.alone and load.at_once:
        ratio = _quantile(load.at_once, 0.95) / _quantile(load.alone, 0.5)
        many = f"an answer, {PEOPLE} people at once, p50 / p95"
        slow = f"p95 of {PEOPLE} at once / p50 of one"
        rows += [
            SpeedRow("an answer, one person, p50 / p95", "", _p50_p95(load.alone)),
            SpeedRow(many, "", _p50_p95(load.at_once)),
            SpeedRow(slow, "6 or less", f"{ratio:.2f}"),
        ]
    rows.append(SpeedRow("answers that came; problems", "all; 0", came))
    return [*rows, SpeedRow("machine", "", machine)]


def table(rows: Sequence[SpeedRow]) -> str:
    """The rows as a Markdown table."""
    lines = [f"| {row.figure} | {row.goal} | {row.measured} |" for row in rows]
    return "\n".join(["| figure | to reach | measured |", "|---|---|---|", *lines])
