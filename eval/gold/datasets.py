"""Reads public data sets as evaluation tasks: documents to ingest and gold questions about them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.gold.questions import Evidence, GoldQuestion, Why, load_gold
from eval.gold.rows import read_rows, read_text
from eval.scoring.matching import collapse_spaces
from rag.errors import UsageError
from rag.model import ConflictKind, PartialDate

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
        """The fields that are known, as a row of a JSON-lines file."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Task:
    """Questions, and the documents of the one archive that they are asked of."""

    name: str
    documents: tuple[Document, ...]
    questions: tuple[GoldQuestion, ...]


def realtimeqa(gold: Path, articles: Path) -> Task:
    """Reads RealTimeQA (Kasai et al. 2023): gold questions, and gzipped JSON rows of articles.

    Questions keep their `as_of`, and name the articles of their pool by URL in `candidates`.

    :raises GoldError: if the gold file has faults.
    :raises UsageError: if the articles cannot be read.
    """
    documents = tuple(read_rows(articles, _dated_article))
    return Task(gold.stem, documents, tuple(load_gold(gold, sources=None)))


def _dated_article(row: dict[str, Any]) -> Document:
    published = row.get("published")
    date = str(PartialDate.parse(published)) if published else None
    return Document(row["url"], row["title"], row["text"], row["url"], date)


# ---------------------------------------------------------------- RGB


def rgb_conflicts(path: Path) -> list[Task]:
    """Reads RGB's counterfactual records (Chen et al. 2024): a task with and one without each lie.

    With the altered passages, the question is a conflict between two values; without them, it has
    one answer. Only strings are known, so there is no evidence. Both questions share a cluster.

    :raises UsageError: if the file cannot be read or a record lacks a field.
    """
    return [task for pair in read_rows(path, _rgb_tasks) for task in pair]


def _rgb_tasks(record: dict[str, Any]) -> tuple[Task, Task]:
    name = f"rgb-{record['id']}"
    true, altered = _accepted(record["answer"]), _accepted(record["fakeanswer"])
    plain = [*record["positive"], *record["negative"]]

    def task(variant: str, passages: list[str], *answers: tuple[str, ...]) -> Task:
        conflict = len(answers) > 1
        question = GoldQuestion(
            id=f"{name}-{variant}",
            question=record["query"],
            type="conflict" if conflict else "single",
            answerable=True,
            answers=answers,
            conflict_kind=ConflictKind.DISAGREE if conflict else None,
            cluster=name,
        )
        return Task(question.id, _passages(name, passages), (question,))

    with_altered = task("with", [*plain, *record["positive_wrong"]], true, altered)
    return with_altered, task("without", plain, true)


def _accepted(value: object) -> tuple[str, ...]:
    """The strings of an answer: one string, or lists of alternatives, nested or not; each once."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise TypeError(f"an answer must be a string or a list, not {value!r}")
    return tuple(dict.fromkeys(text for item in value for text in _accepted(item)))


def _passages(name: str, texts: Iterable[str]) -> tuple[Document, ...]:
    # Ordered by hash and named by number: neither place nor title may tell which was altered.
    ordered = sorted(set(texts), key=lambda text: hashlib.sha256(text.encode()).hexdigest())
    return tuple(
        Document(f"{name}/{number:02}", f"Passage {number}", text)
        for number, text in enumerate(ordered, start=1)
    )


# ---------------------------------------------------------------- RAMDocs


def ramdocs(path: Path) -> list[Task]:
    """Reads RAMDocs (Wang et al. 2025): a task for each question and its documents.

    A question may have several right answers, each of another thing of the same name, and wrong
    ones that some documents claim. Only strings are known, so there is no evidence.

    :raises UsageError: if the file cannot be read or a record lacks a field.
    """
    return read_rows(path, _ramdocs_task)


def _ramdocs_task(record: dict[str, Any]) -> Task:
    name = str(record["id"])
    right, wrong = _accepted(record["gold_answers"]), _accepted(record["wrong_answers"])
    question = GoldQuestion(
        id=name,
        question=record["question"],
        type="several" if len(right) > 1 else "single",
        answerable=True,
        answers=tuple((answer,) for answer in right),
        wrong=wrong,
    )
    return Task(name, _passages(name, (item["text"] for item in record["documents"])), (question,))


# ---------------------------------------------------------------- SQuAD


def squad(path: Path) -> Task:
    """Reads a file in the format of SQuAD 1.1 or 2.0 (Rajpurkar et al. 2016, 2018).

    Each paragraph becomes an article. Evidence is the sentence around each annotated answer, all
    alternatives of one part. A question with `is_impossible` is an unanswerable near miss.
    Questions on one paragraph share a cluster.

    :raises UsageError: if the file cannot be read or is of another format.
    """
    documents: list[Document] = []
    questions: list[GoldQuestion] = []
    try:
        for article in json.loads(read_text(path))["data"]:
            name = article["title"]
            for number, paragraph in enumerate(article["paragraphs"]):
                source, title = f"{name}/{number:04}", name.replace("_", " ")
                documents.append(Document(source, title, paragraph["context"]))
                questions += (_squad_question(item, documents[-1]) for item in paragraph["qas"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is not in the format of SQuAD: {error!r}") from error
    return Task(path.stem, tuple(documents), tuple(questions))


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
    """The sentence or sentences that hold `text[start : start + len(answer)]`.

    A sentence ends at every full stop before white space; one too many ("Dr. Smith") only
    shortens a quote, which stays exact.

    :raises ValueError: if the answer does not stand there.
    """
    end = start + len(answer)
    if text[start:end] != answer:
        raise ValueError(f"the answer {answer!r} does not stand at {start}")
    ends = [match.span() for match in _SENTENCE_END.finditer(text)]
    first = max((after for _, after in ends if after <= start), default=0)
    last = min((before for before, _ in ends if before >= end), default=len(text))
    return collapse_spaces(text[first:last])
