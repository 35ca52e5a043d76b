"""Byline beside the plain LlamaIndex way, in one run: speed, retrieval, quotes, cold start.

    python -m eval.bench.speed --shared ../shared
    python -m eval.bench.speed --chat

In goes the folder of corpora and gold sets; out comes a Markdown table. Both ways read the same files with the same model on the same
machine, one after the other; compare the ratios, not the absolute times. Needs the extra `bench`. With `--chat` it is the chat page that
is measured, over the sample articles: one person at it, then eight.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Any, NamedTuple

from eval.bench.page import PEOPLE, Load, load_test
from eval.gate import CORPUS, GOLD
from eval.gold.questions import GoldQuestion, folder_sources, load_gold
from eval.scoring.matching import contains_half, covers
from rag.errors import BylineError

if TYPE_CHECKING:
    from llama_index.core.schema import NodeWithScore

    from rag.store.archive import Archive

_ROUNDS = 3
# The corpus is read in parts, both ways in turn; for the comparison in one precision one part is enough.
_PARTS = 4


class Row(NamedTuple):
    """One line of the table."""

    figure: str
    goal: str
    measured: str


class Timed(NamedTuple):
    """What a call made, and the seconds it took."""

    made: Any
    seconds: float


class Words(NamedTuple):
    """Recall at our 5 and 10 passages' number of words, and milliseconds a question."""

    at_5: float
    at_10: float
    milliseconds: list[float]


def timed(call: Callable[[], object]) -> Timed:
    """Runs a call once, after a collection, so that it does not pay for the garbage of the one before."""
    gc.collect()
    start = time.perf_counter()
    made = call()
    return Timed(made, time.perf_counter() - start)


# ---------------------------------------------------------------- the plain way


class PlainWay:
    """`SentenceSplitter(256, 20)`, `HuggingFaceEmbedding` with its defaults, `VectorStoreIndex` on `ChromaVectorStore`."""

    def __init__(self, folder: Path, model: Path) -> None:
        import chromadb
        from llama_index.core import StorageContext
        from llama_index.core.node_parser import SentenceSplitter
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
        from llama_index.vector_stores.chroma import ChromaVectorStore

        self._embedding = HuggingFaceEmbedding(model_name=str(model), device="cpu")
        self._splitter = SentenceSplitter(chunk_size=256, chunk_overlap=20)
        store = ChromaVectorStore(
            chroma_collection=chromadb.PersistentClient(str(folder)).get_or_create_collection(
                "plain"
            )
        )
        self._storage = StorageContext.from_defaults(vector_store=store)

    def ingest(self, files: Sequence[Path]) -> None:
        from llama_index.core import Document, VectorStoreIndex

        documents = [
            Document(
                text=file.read_bytes().decode("utf-8", "replace"), metadata={"source": file.name}
            )
            for file in files
        ]
        self._index = VectorStoreIndex.from_documents(
            documents,
            storage_context=self._storage,
            embed_model=self._embedding,
            transformations=[self._splitter],
        )

    def retrieve(self, question: str, k: int) -> list[NodeWithScore]:
        return self._index.as_retriever(similarity_top_k=k).retrieve(question)


# ---------------------------------------------------------------- measurements


class Ingests(NamedTuple):
    """Seconds of our ingest, of bare encoding of the same passages, and of the plain way."""

    ours: float
    bare: float
    plain: float


def ingests(
    parts: Sequence[Sequence[Path]], folder: Path, archive: Archive, plain: PlainWay
) -> Ingests:
    """All three over one part of the corpus after the other, so that a machine whose speed drifts is as fast for each."""
    from ingest import ingest

    found = []
    seen: set[str] = set()
    for number, part in enumerate(parts):
        linked = _linked(part, folder / f"part-{number}")
        ours = timed(partial(ingest, archive, [linked])).seconds
        inputs = [text for text in passage_inputs(archive) if text not in seen]
        seen.update(inputs)
        bare = timed(partial(archive.embedder.encode, inputs)).seconds
        found.append(Ingests(ours, bare, timed(partial(plain.ingest, part)).seconds))
    return Ingests(*map(sum, zip(*found, strict=True)))


def ingest_rows(
    files: Sequence[Path], folder: Path, archive: Archive, plain: PlainWay
) -> list[Row]:
    """Ingest times both ways, against bare encoding, and of a second time over."""
    from ingest import ingest

    spent = ingests([files[number::_PARTS] for number in range(_PARTS)], folder, archive, plain)
    again = timed(lambda: ingest(archive, sorted(folder.glob("part-*")))).seconds
    ratio = f"{spent.plain / spent.ours:.2f} ({spent.plain:.0f} s / {spent.ours:.0f} s)"
    return [
        Row("ingest time, plain way / ours", "3 or more with AMX", ratio),
        Row(
            "our ingest / bare `encode` of the same passages",
            "1.25 or less",
            f"{spent.ours / spent.bare:.2f}",
        ),
        Row(
            "second ingest, unchanged / first",
            "0.02 or less",
            f"{again / spent.ours:.4f} ({again:.2f} s)",
        ),
    ]


def same_precision_row(files: Sequence[Path], folder: Path) -> Row:
    """Both ways over a quarter of the files in fp32, in two parts."""
    from rag import open_archive
    from rag.embed import LocalEmbedder

    folder.mkdir()
    embedder = LocalEmbedder(bf16=False)
    embedder.encode(["warm"])
    parts = [files[:: 2 * _PARTS], files[_PARTS :: 2 * _PARTS]]
    archive = open_archive(folder / "ours", create=True, embedder=embedder)
    spent = ingests(parts, folder, archive, PlainWay(folder / "plain", embedder.folder))
    ratio = f"{spent.plain / spent.ours:.2f} ({spent.plain:.0f} s / {spent.ours:.0f} s)"
    return Row(f"the same, both in fp32, {sum(map(len, parts))} articles", "1.3 or more", ratio)


def _linked(files: Iterable[Path], folder: Path) -> Path:
    for file in files:
        link = folder / file.parent.name / file.name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.write_bytes(file.read_bytes())
    return folder


def passage_inputs(archive: Archive) -> list[str]:
    """What was encoded to fill the archive: each distinct passage once, with its title."""
    from rag.embed import passage_input

    with archive.view() as view:
        rows = {row.input_hash: row for row in view.snapshot.all_chunks()}
        stored = view.snapshot.articles(row.version_id for row in rows.values())
        articles = [(stored[row.version_id].article, row) for row in rows.values()]
        return [
            passage_input(article.title, article.text[row.start : row.end])
            for article, row in articles
        ]


def retrieval_rows(archive: Archive, plain: PlainWay, gold: Sequence[GoldQuestion]) -> list[Row]:
    """Latency and recall over the answerable questions, the plain way given as many words as we hand on."""
    asked = [question for question in gold if question.answerable and question.evidence]
    ours, words = our_recall(archive, asked)
    theirs = plain_recall(plain, asked, words)
    return [
        Row("retrieval p50 / p95, question encoded", "15 / 30 ms", _p50_p95(ours.milliseconds)),
        Row("retrieval p50 / p95, plain way", "", _p50_p95(theirs.milliseconds)),
        Row(
            "recall@5 / recall@10 of the gold quote",
            "0.97 / 1.0",
            f"{ours.at_5:.3f} / {ours.at_10:.3f}",
        ),
        Row(
            "the same, plain way at the same number of words",
            "below ours",
            f"{theirs.at_5:.3f} / {theirs.at_10:.3f}",
        ),
    ]


def our_recall(
    archive: Archive, asked: Sequence[GoldQuestion]
) -> tuple[Words, list[tuple[int, int]]]:
    """Our figures, and the number of words in the first 5 and 10 passages of each question."""
    from rag import Query
    from rag.retrieval.retrieve import retrieve

    found = {
        question.id: [hit.text for hit in retrieve(archive, Query(question.question)).hits]
        for question in asked
    }
    # The embedder remembers questions; with one more space at its end each is new to it, and says the same.
    spaces = count(1)
    milliseconds = latencies(
        lambda question: retrieve(archive, Query(question + " " * next(spaces))), asked
    )
    words = [(_words(found[q.id][:5]), _words(found[q.id])) for q in asked]
    return Words(
        _recall(asked, lambda q: found[q.id][:5]),
        _recall(asked, lambda q: found[q.id]),
        milliseconds,
    ), words


def plain_recall(
    plain: PlainWay, asked: Sequence[GoldQuestion], words: Sequence[tuple[int, int]]
) -> Words:
    """The plain way's figures, with as many of its nodes a question as it takes to reach our number of words."""
    found = {
        q.id: [node.node.get_content() for node in plain.retrieve(q.question, 30)] for q in asked
    }
    milliseconds = latencies(lambda question: plain.retrieve(question, 10), asked)
    at_5 = {q.id: _up_to(found[q.id], most) for q, (most, _) in zip(asked, words, strict=True)}
    at_10 = {q.id: _up_to(found[q.id], most) for q, (_, most) in zip(asked, words, strict=True)}
    return Words(
        _recall(asked, lambda q: at_5[q.id]), _recall(asked, lambda q: at_10[q.id]), milliseconds
    )


def latencies(ask: Callable[[str], object], asked: Sequence[GoldQuestion]) -> list[float]:
    """Milliseconds of each question in several rounds, without the collection that would dwarf them."""
    found = []
    for question in [*asked] * _ROUNDS:
        start = time.perf_counter()
        ask(question.question)
        found.append(1e3 * (time.perf_counter() - start))
    return found


def _recall(
    asked: Sequence[GoldQuestion], passages: Callable[[GoldQuestion], Sequence[str]]
) -> float:
    """The mean share of a question's parts of which some evidence stands in some passage."""
    return mean(
        mean(
            any(contains_half(text, item.quote) for text in passages(question) for item in part)
            for part in question.parts.values()
        )
        for question in asked
    )


def _words(texts: Sequence[str]) -> int:
    return sum(len(text.split()) for text in texts)


def _up_to(texts: Sequence[str], words: int) -> list[str]:
    """The first texts, the one that reaches the number of words included."""
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


def quote_row(name: str, goal: str, archive: Archive, gold: Sequence[GoldQuestion]) -> Row:
    """quote@1, @3 and @5 on candidates, whether or not the answer abstained, and the share of shown quotes that are exact."""
    from rag import Engine
    from rag.quotes import verify_answer

    engine = Engine(archive)
    asked = [question for question in gold if question.answerable and question.evidence]
    answers = {question.id: engine.ask(question.question) for question in asked}
    at = {
        k: mean(any(_hits(q, c.text) for c in answers[q.id].candidates[:k]) for q in asked)
        for k in (1, 3, 5)
    }
    with archive.record.snapshot() as record:
        checked = [
            found
            for answer in answers.values()
            for found in verify_answer(record, answer.to_json())
        ]
    exact = mean(found.fault is None for found in checked)
    figures = " / ".join(f"{value:.3f}" for value in at.values())
    return Row(
        f"quote@1 / @3 / @5, {name}; exact quotes",
        goal,
        f"{figures}; {exact:.1f} of {len(checked)}",
    )


def _hits(question: GoldQuestion, text: str) -> bool:
    return any(covers(text, item.quote) for item in question.evidence)


def cold_start_row(archive: Path) -> Row:
    """`byline ask` as a process of its own, against the import of sentence-transformers in one."""
    ask = [
        sys.executable,
        "-m",
        "rag.app.cli",
        "ask",
        "Who did Amos Hochstein meet in Beirut?",
        "--archive",
        str(archive),
        "--json",
    ]
    bare = [sys.executable, "-c", "import sentence_transformers"]
    pairs = [(_process_seconds(ask), _process_seconds(bare)) for _ in range(_ROUNDS)]
    ratio = median(ours / theirs for ours, theirs in pairs)
    return Row(
        "`byline ask` cold / `import sentence_transformers`",
        "1.5 or less",
        f"{ratio:.2f} (median of {_ROUNDS} pairs)",
    )


def _process_seconds(command: Sequence[str]) -> float:
    return timed(lambda: subprocess.run(command, check=True, capture_output=True)).seconds


def bench(shared: Path) -> list[Row]:
    """All rows of the table.

    :raises UsageError: if a gold file has faults.
    """
    from ingest import ingest
    from rag import open_archive
    from rag.embed import LocalEmbedder

    corpora, gold = shared / "corpora", shared / "gold"
    bbc = load_gold(gold / "bbc.jsonl", sources=folder_sources(corpora / "bbc"))
    seeds = load_gold(gold / "seeds.jsonl", sources=folder_sources(corpora / "seeds"))
    files = sorted(
        file for file in (corpora / "bbc").rglob("*.txt") if file.stem.casefold() != "readme"
    )
    embedder = LocalEmbedder()
    embedder.encode(["warm"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = open_archive(folder / "ours", create=True, embedder=embedder)
        plain = PlainWay(folder / "plain", embedder.folder)
        rows = ingest_rows(files, folder, archive, plain)
        rows.insert(1, same_precision_row(files, folder / "fp32"))
        rows += retrieval_rows(archive, plain, bbc)
        rows.append(quote_row("gold/bbc", "@3 0.65; 1.0", archive, bbc))
        small = open_archive(folder / "seeds", create=True, embedder=embedder)
        ingest(small, [corpora / "seeds"])
        rows.append(quote_row("gold/seeds", "@3 0.85; 1.0", small, seeds))
        rows.append(cold_start_row(folder / "seeds"))
    return rows


def chat_rows(load: Load, machine: str) -> list[Row]:
    """The chat page with one person at it and with many; `machine` says on what."""
    asked = f"{len(load.alone) + len(load.at_once)} of {load.asked}; {len(load.faults)}"
    rows = [
        Row(
            "`byline chat`: up / first answer, from its start",
            "",
            f"{load.up_s:.1f} / {load.first_answer_s:.1f} s",
        ),
        Row("answers that came; faults", "all; 0", asked),
        Row("machine", "", machine),
    ]
    if load.alone and load.at_once:
        ratio = _quantile(load.at_once, 0.95) / _quantile(load.alone, 0.5)
        rows[1:1] = [
            Row("an answer, one person, p50 / p95", "", _p50_p95(load.alone)),
            Row(f"an answer, {PEOPLE} people at once, p50 / p95", "", _p50_p95(load.at_once)),
            Row(f"p95 of {PEOPLE} at once / p50 of one", "6 or less", f"{ratio:.2f}"),
        ]
    return rows


def _chat(*, as_json: bool) -> None:
    """The load test of the chat page; ends with code 1 where an answer was lost, failed or was another's."""
    # Whoever stops this process stops the page, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    questions = [question.question for question in load_gold(GOLD, sources=folder_sources(CORPUS))]
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before"
    try:
        load = load_test(questions)
    except BylineError as error:
        sys.exit(f"{error.message} {error.hint}".strip())
    _show(chat_rows(load, machine), as_json=as_json)
    if load.faults:
        sys.exit("\n".join(load.faults))


def _show(rows: Sequence[Row], *, as_json: bool) -> None:
    print(json.dumps([row._asdict() for row in rows]) if as_json else table(rows))  # noqa: T201


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| figure | to reach | measured |",
        "|---|---|---|",
        *(f"| {row.figure} | {row.goal} | {row.measured} |" for row in rows),
    ]
    return "\n".join(lines)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.bench.speed", description="Byline beside the plain LlamaIndex way."
    )
    parser.add_argument(
        "--shared",
        type=Path,
        default=Path("../shared"),
        help="the folder that holds corpora/ and gold/",
    )
    parser.add_argument("--json", action="store_true", help="rows as JSON instead of a table")
    parser.add_argument(
        "--chat",
        action="store_true",
        help="the chat page with one person and with eight, over the sample articles",
    )
    given = parser.parse_args()
    if given.chat:
        _chat(as_json=given.json)
    else:
        _show(bench(given.shared), as_json=given.json)


if __name__ == "__main__":
    main()
