"""Public data sets as evaluation tasks: their files in, documents to ingest and gold questions out.

Ingests nothing and asks nothing. Standard library only.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from eval.gold.questions import Evidence, GoldQuestion, Why, load_gold
from eval.scoring.matching import folded
from rag.errors import UsageError
from rag.model import ConflictKind, PartialDate

Made = TypeVar("Made")

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+|\n+")


@dataclass(frozen=True, slots=True)
class Document:
    """One article to be ingested. `published` is an ISO date, as exact as it is known."""

    source: str
    title: str
    text: str
    url: str | None = None
    published: str | None = None

    def row(self) -> dict[str, str]:
        """What is known of it as a row of a JSON-lines file: `source`, `title`, `text`, `url`, `published`."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Task:
    """Questions, and the documents of the one archive that they are asked of."""

    name: str
    documents: tuple[Document, ...]
    questions: tuple[GoldQuestion, ...]


def realtimeqa(gold: Path, articles: Path) -> Task:
    """RealTimeQA (Kasai et al. 2023): `gold` in the gold schema, `articles` gzipped rows of url, title, published and text.

    Questions keep their `as_of`, and name the articles of their pool by URL in `candidates`.

    :raises GoldError: if the gold file has faults.
    :raises UsageError: if the articles cannot be read.
    """
    rows = _read(articles, lambda: gzip.decompress(articles.read_bytes()).decode())
    documents = tuple(_parsed(articles, rows, _dated_article))
    return Task(gold.stem, documents, tuple(load_gold(gold, sources=None)))


def _dated_article(row: dict[str, Any]) -> Document:
    published = row.get("published")
    return Document(
        row["url"],
        row["title"],
        row["text"],
        row["url"],
        str(PartialDate.parse(published)) if published else None,
    )


# ---------------------------------------------------------------- RGB


def rgb_conflicts(path: Path) -> list[Task]:
    """RGB's counterfactual records (Chen et al. 2024) as two tasks each: `…-with` and `…-without` the altered passages.

    With them, the question is a conflict between the true and the altered value; without, it has one answer. Only strings are
    known, so there is no evidence. Both questions of a record share a cluster.

    :raises UsageError: if the file cannot be read or a record lacks a field.
    """
    rows = _read(path, lambda: path.read_text(encoding="utf-8"))
    return [task for pair in _parsed(path, rows, _rgb_tasks) for task in pair]


def _rgb_tasks(record: dict[str, Any]) -> tuple[Task, Task]:
    name = f"rgb-{record['id']}"
    true, altered = _accepted(record["answer"]), _accepted(record["fakeanswer"])
    plain = [*record["positive"], *record["negative"]]

    def task(
        variant: str, passages: list[str], kind: str, answers: tuple[tuple[str, ...], ...]
    ) -> Task:
        question = GoldQuestion(
            id=f"{name}-{variant}",
            question=record["query"],
            type=kind,
            answerable=True,
            answers=answers,
            conflict_kind=ConflictKind.DISAGREE if kind == "conflict" else None,
            cluster=name,
        )
        return Task(question.id, _passages(name, passages), (question,))

    with_altered = task("with", [*plain, *record["positive_wrong"]], "conflict", (true, altered))
    return with_altered, task("without", plain, "single", (true,))


def _accepted(value: object) -> tuple[str, ...]:
    """The strings of an answer, which is one string or lists of alternatives, nested or not; each once, in order."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise TypeError(f"an answer must be a string or a list, not {value!r}")
    return tuple(dict.fromkeys(text for item in value for text in _accepted(item)))


def _passages(name: str, texts: Iterable[str]) -> tuple[Document, ...]:
    # In order of their hashes, and under neutral names: neither place nor title may tell which passage was altered.
    ordered = sorted(set(texts), key=lambda text: hashlib.sha256(text.encode()).hexdigest())
    return tuple(
        Document(f"{name}/{number:02}", f"Passage {number}", text)
        for number, text in enumerate(ordered, start=1)
    )


# ---------------------------------------------------------------- SQuAD


def squad(path: Path) -> Task:
    """A file in the format of SQuAD 1.1 or 2.0, as XQuAD and SQuADShifts are too (Rajpurkar et al. 2016, 2018): each paragraph an article.

    Evidence is the sentence around each annotated answer, all alternatives of one part. A question with `is_impossible` is
    unanswerable, a near miss: its paragraph is about the same things. Questions on one paragraph share a cluster.

    :raises UsageError: if the file cannot be read or is of another format.
    """
    try:
        articles = json.loads(_read(path, lambda: path.read_text(encoding="utf-8")))["data"]
        found = [
            _paragraph(article, number)
            for article in articles
            for number in range(len(article["paragraphs"]))
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is not in the format of SQuAD: {error!r}") from error
    return Task(
        path.stem,
        tuple(document for document, _ in found),
        tuple(question for _, questions in found for question in questions),
    )


def _paragraph(article: dict[str, Any], number: int) -> tuple[Document, list[GoldQuestion]]:
    paragraph, name = article["paragraphs"][number], article["title"]
    document = Document(f"{name}/{number:04}", name.replace("_", " "), paragraph["context"])
    return document, [_squad_question(item, document) for item in paragraph["qas"]]


def _squad_question(item: dict[str, Any], document: Document) -> GoldQuestion:
    impossible = bool(item.get("is_impossible"))
    answers = [] if impossible else item["answers"]
    quotes = dict.fromkeys(
        _sentence_around(document.text, answer["answer_start"], answer["text"])
        for answer in answers
    )
    strings = tuple(dict.fromkeys(answer["text"] for answer in answers))
    return GoldQuestion(
        id=str(item["id"]),
        question=item["question"].strip(),
        type="unanswerable" if impossible else "single",
        answerable=not impossible,
        answers=(strings,) if strings else (),
        evidence=tuple(Evidence(document.source, quote) for quote in quotes),
        why=Why.NEAR_MISS if impossible else None,
        cluster=document.source,
    )


def _sentence_around(text: str, start: int, answer: str) -> str:
    """The sentence that holds `text[start : start + len(answer)]`, or the sentences that it runs over.

    Ends are taken at every full stop before white space; one too many ("Dr. Smith") only shortens a quote, it stays exact.

    :raises ValueError: if the answer does not stand there.
    """
    end = start + len(answer)
    if text[start:end] != answer:
        raise ValueError(f"the answer {answer!r} does not stand at {start}")
    ends = [(match.start(), match.end()) for match in _SENTENCE_END.finditer(text)]
    first = max((after for _, after in ends if after <= start), default=0)
    last = min((before for before, _ in ends if before >= end), default=len(text))
    return folded(text[first:last])


# ---------------------------------------------------------------- reading


def _read(path: Path, read: Callable[[], str]) -> str:
    try:
        return read()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _parsed(path: Path, text: str, make: Callable[[dict[str, Any]], Made]) -> Iterator[Made]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield make(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(f"{path}, line {number}: {error!r}") from error
