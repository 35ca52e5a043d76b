"""Converts files of SQuAD and SelQA to reading sets.

SQuAD: Rajpurkar et al. 2016 and 2018; SQuADShifts (Miller et al. 2020) has its format. SelQA
(Jurczyk, Zhai, Choi 2016): sections of articles, and which of their sentences answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from eval.train.data.sets import Question, ReadingSet
from rag.model import Span
from rag.reading.span_model import Context
from rag.text.terms import terms

# In a file with fewer titles, each paragraph is a group of its own.
_FEW_TITLES = 20
_SECTION_CHARS = 900


def squad_set(name: str, articles: Sequence[dict[str, Any]]) -> ReadingSet:
    """Converts the articles of a SQuAD file.

    :raises ValueError: if an answer does not stand where the file says.
    """
    passages: list[Context] = []
    groups: list[str] = []
    questions: list[Question] = []
    for article in articles:
        title, label = _telling_title(article), article["title"]
        for number, paragraph in enumerate(article["paragraphs"]):
            context = paragraph["context"]
            questions += (_squad_question(row, context, len(passages)) for row in paragraph["qas"])
            passages.append(Context(title, context))
            groups.append(label if len(articles) >= _FEW_TITLES else f"{label}/{number}")
    return ReadingSet(name, tuple(passages), tuple(groups), tuple(questions))


def _telling_title(article: dict[str, Any]) -> str:
    """The title; empty where it is a mere label, so that most paragraphs use none of its words."""
    title = str(article["title"]).replace("_", " ")
    named, paragraphs = set(terms(title)), article["paragraphs"]
    telling = sum(not named.isdisjoint(terms(paragraph["context"])) for paragraph in paragraphs)
    return title if 2 * telling > len(paragraphs) else ""


def _squad_question(row: dict[str, Any], context: str, passage: int) -> Question:
    spans: list[Span] = []
    accepted: list[str] = []
    for answer in () if row.get("is_impossible") else row["answers"]:
        text, start = answer["text"], answer["answer_start"]
        if not text or context[start : start + len(text)] != text:
            raise ValueError(f"the answer {text!r} of {row['id']} does not stand at {start}")
        first = start + len(text) - len(text.lstrip())
        spans.append(Span(first, first + len(text.strip())))
        accepted.append(text)
    unique = tuple(dict.fromkeys(spans)), tuple(dict.fromkeys(accepted))
    return Question(str(row["id"]), row["question"].strip(), passage, *unique)


class _Place(NamedTuple):
    """Where a sentence starts: the index of its passage, and a character in it."""

    passage: int
    start: int


def selqa_set(name: str, rows: Sequence[dict[str, Any]]) -> ReadingSet:
    """Converts the questions of a SelQA file; long sections are cut between sentences."""
    passages: list[Context] = []
    groups: list[str] = []
    questions: list[Question] = []
    known: dict[tuple[str, ...], list[_Place]] = {}
    for number, row in enumerate(rows):
        sentences = tuple(row["candidates"])
        if sentences not in known:
            known[sentences] = _places(sentences, len(passages))
            placed = zip(known[sentences], sentences, strict=True)
            for _, group in groupby(placed, key=lambda pair: pair[0].passage):
                passages.append(Context(row["article"], " ".join(text for _, text in group)))
                groups.append(row["article"])
        questions.append(_selqa_question(f"{name}-{number}", row, known[sentences]))
    return ReadingSet(name, tuple(passages), tuple(groups), tuple(questions))


def _places(sentences: Sequence[str], passage: int) -> list[_Place]:
    """Places sentences in passages of at most 900 characters, numbered from `passage`."""
    places: list[_Place] = []
    start = 0
    for sentence in sentences:
        if start and start + len(sentence) > _SECTION_CHARS:
            passage, start = passage + 1, 0
        places.append(_Place(passage, start))
        start += len(sentence) + 1
    return places


def _selqa_question(name: str, row: dict[str, Any], places: Sequence[_Place]) -> Question:
    """The question on the passage of its first answer."""
    answers = [(places[i], row["candidates"][i]) for i in row["answers"]]
    passage = answers[0][0].passage
    here = ((place.start, text) for place, text in answers if place.passage == passage)
    spans = tuple(Span(start, start + len(text)) for start, text in here)
    accepted = tuple(text for _, text in answers)
    return Question(name, row["question"].strip(), passage, spans, accepted, inside=True)
