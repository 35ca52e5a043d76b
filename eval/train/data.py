"""Reading comprehension: files in, passages and the questions on them out, each question with the spans that answer it.

Reads files in the format of SQuAD (gzipped or not), of SelQA (answers are whole sentences), articles
with summaries, of which it makes questions (`.jsonl.gz`), and gold questions of Byline's own schema
with the articles they ask about. It knows no model and no training.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from eval.scoring.matching import words
from rag.model import Span
from rag.reading.span_model import Context
from rag.text.terms import terms

# One in so many groups is kept for judging the reader, and never trained on.
_HELD_OUT = 20
_FEW_TITLES = 20
_SECTION_CHARS = 900


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the passage it was asked on, by number.

    `spans` are the answers in that passage, alternatives of each other; with none, the passage does not answer. If `inside`, an answer
    lies somewhere inside each, as in a sentence. A passage that holds one of the `accepted` strings may answer, too.
    """

    id: str
    text: str
    passage: int
    spans: tuple[Span, ...]
    accepted: tuple[str, ...] = ()
    inside: bool = False


@dataclass(frozen=True, slots=True)
class ReadingSet:
    """The passages of one file, the group that each belongs to, and the questions on them. No group is both trained on and judged."""

    name: str
    passages: tuple[Context, ...]
    groups: tuple[str, ...]
    questions: tuple[Question, ...]

    def held_out(self, question: Question) -> bool:
        """Whether the question is kept for judging."""
        return digest(self.groups[question.passage]) % _HELD_OUT == 0

    def limited(self, most: int) -> ReadingSet:
        """The same with at most that many questions, spread evenly by the hash of their ids."""
        return ReadingSet(
            self.name,
            self.passages,
            self.groups,
            tuple(sorted(self.questions, key=lambda item: digest(item.id))[:most]),
        )


# ---------------------------------------------------------------- SQuAD


def squad_set(name: str, articles: Sequence[dict[str, Any]]) -> ReadingSet:
    """Rajpurkar et al. 2016 and 2018, and what follows their format (SQuADShifts: Miller et al. 2020)."""
    passages: list[Context] = []
    groups: list[str] = []
    questions: list[Question] = []
    for article in articles:
        title = _telling_title(article)
        for number, paragraph in enumerate(article["paragraphs"]):
            questions += (
                _squad_question(item, paragraph["context"], len(passages))
                for item in paragraph["qas"]
            )
            passages.append(Context(title, paragraph["context"]))
            groups.append(
                article["title"] if len(articles) >= _FEW_TITLES else f"{article['title']}/{number}"
            )
    return ReadingSet(name, tuple(passages), tuple(groups), tuple(questions))


def _telling_title(article: dict[str, Any]) -> str:
    """The title, or nothing where it is a mere label: where most paragraphs use none of its words."""
    title = article["title"].replace("_", " ")
    named = set(terms(title))
    telling = sum(
        not named.isdisjoint(terms(paragraph["context"])) for paragraph in article["paragraphs"]
    )
    return title if 2 * telling > len(article["paragraphs"]) else ""


def _squad_question(item: dict[str, Any], context: str, passage: int) -> Question:
    answers = (
        []
        if item.get("is_impossible")
        else [(answer["text"], answer["answer_start"]) for answer in item["answers"]]
    )
    for text, start in answers:
        if not text or context[start : start + len(text)] != text:
            raise ValueError(f"the answer {text!r} of {item['id']} does not stand at {start}")
    spans = tuple(
        dict.fromkeys(_trimmed(context, start, start + len(text)) for text, start in answers)
    )
    accepted = tuple(dict.fromkeys(text for text, _ in answers))
    return Question(str(item["id"]), item["question"].strip(), passage, spans, accepted)


def _trimmed(context: str, start: int, end: int) -> Span:
    text = context[start:end]
    return Span(start + len(text) - len(text.lstrip()), end - len(text) + len(text.rstrip()))


# ---------------------------------------------------------------- SelQA


class _Section(NamedTuple):
    """A part of an article, from which sentence on, and the first character of each sentence in it."""

    passage: int
    first: int
    starts: tuple[int, ...]


def selqa_set(name: str, rows: Sequence[dict[str, Any]]) -> ReadingSet:
    """Jurczyk, Zhai, Choi 2016: a section's sentences, and which of them answer. Long sections are cut between sentences."""
    passages: list[Context] = []
    groups: list[str] = []
    cut: dict[tuple[str, ...], tuple[_Section, ...]] = {}
    questions = []
    for number, row in enumerate(rows):
        sentences = tuple(row["candidates"])
        if sentences not in cut:
            cut[sentences] = tuple(_sections(sentences, len(passages)))
            ends = [section.first for section in cut[sentences][1:]] + [len(sentences)]
            for section, end in zip(cut[sentences], ends, strict=True):
                passages.append(Context(row["article"], " ".join(sentences[section.first : end])))
                groups.append(row["article"])
        questions.append(_selqa_question(f"{name}-{number}", row, cut[sentences]))
    return ReadingSet(name, tuple(passages), tuple(groups), tuple(questions))


def _sections(sentences: Sequence[str], passage: int) -> Iterator[_Section]:
    first, starts, at = 0, list[int](), 0
    for number, sentence in enumerate(sentences):
        if starts and at + len(sentence) > _SECTION_CHARS:
            yield _Section(passage, first, tuple(starts))
            passage, first, starts, at = passage + 1, number, [], 0
        starts.append(at)
        at += len(sentence) + 1
    yield _Section(passage, first, tuple(starts))


def _selqa_question(name: str, row: dict[str, Any], sections: Sequence[_Section]) -> Question:
    found: dict[int, list[Span]] = {}
    for answer in row["answers"]:
        section = next(section for section in reversed(sections) if section.first <= answer)
        start = section.starts[answer - section.first]
        found.setdefault(section.passage, []).append(
            Span(start, start + len(row["candidates"][answer]))
        )
    passage, spans = next(iter(found.items()))
    return Question(
        name,
        row["question"].strip(),
        passage,
        tuple(spans),
        tuple(row["candidates"][i] for i in row["answers"]),
        inside=True,
    )


# ---------------------------------------------------------------- both


def may_answer(question: Question, passage: Context) -> bool:
    """Whether the passage holds an accepted answer, word for word."""
    held = f" {' '.join(words(passage.text))} "
    return any(f" {' '.join(words(answer))} " in held for answer in question.accepted)


def account(sets: Sequence[ReadingSet]) -> dict[str, dict[str, int]]:
    """How many passages and questions each set has, and how many of these are answered or held out."""
    return {
        item.name: dict(
            Counter(passages=len(item.passages), questions=len(item.questions))
            + Counter(
                answered=sum(bool(q.spans) for q in item.questions),
                held_out=sum(map(item.held_out, item.questions)),
            )
        )
        for item in sets
    }


def digest(text: str) -> int:
    """A number that spreads texts evenly, the same anywhere."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
