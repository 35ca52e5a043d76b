"""Drafts gold questions from articles: each asks for a name, a number or a date of one sentence.

They are proposals: a person takes out what makes no sense, and writes what is missing.
A role becomes "Who is the mayor of Aldwater?"; other sentences are taken apart by
`eval.train.data.cloze`, and only short plain questions are kept. English.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eval.train.data.cloze import ask, gaps
from eval.train.data.usage import Usage
from rag.errors import UsageError
from rag.model import Article, Sentence
from rag.store.rows import StoredArticle
from rag.text.names import HONORIFICS, TITLES

if TYPE_CHECKING:
    from rag.store.archive import Archive

_CAPITAL = r"[A-Z][\w’'\-]+"
# "Owen Tarrant, the managing director of the port,"
_ROLE = re.compile(
    rf"(?:^|[a-z,] |[.“\"] ?)(?P<name>{_CAPITAL}(?: {_CAPITAL}){{1,2}}), (?:the )?"
    rf"(?P<role>[a-z][a-z\- ]{{3,40}}) (?P<of>(?:of|at|for) (?:the )?"
    rf"{_CAPITAL}(?: (?:of |and )?{_CAPITAL}){{0,4}})(?=[,.;])"
)
_HEADS = TITLES - HONORIFICS | {"executive", "economist", "analyst", "professor"}
_MOST_CHARS, _LEAST_WORDS = 85, 6
# The first sentences of an article tell its news.
_SENTENCES = 4
_OPENS = re.compile(r"(Who|When|How many|How much|In what year|Where)\b")
# Words whose meaning stands in a sentence before, and signs of a sentence that was cut badly.
_UNCLEAR = re.compile(
    r"\b(he|she|it|they|his|her|its|their|this|that|these|those|we|I|you|our|earlier|more than)\b"
    r"|[\"“”()\[\]:;@]",
    re.IGNORECASE,
)


class Proposal(NamedTuple):
    """A question, the words that answer it, and the sentence of the article that has them."""

    question: str
    answer: str
    article: Article
    sentence: Sentence

    @property
    def quote(self) -> str:
        return self.article.text[self.sentence.start : self.sentence.end]


def proposals(articles: Sequence[StoredArticle]) -> Iterator[Proposal]:
    """Yields questions, each once: first those on what articles begin with, then on the rest."""
    usage = Usage([stored.article.text for stored in articles])
    yield from _each_once(chain(_leading(articles, usage), _further(articles, usage)))


def _leading(articles: Sequence[StoredArticle], usage: Usage) -> Iterator[Proposal]:
    """Questions for roles, then questions on the first sentences, in the order of the articles."""
    for stored in articles:
        for sentence in stored.sentences:
            yield from _role_questions(stored.article, sentence)
    for stored in articles:
        for sentence in stored.sentences[:_SENTENCES]:
            yield from _cloze_questions(stored.article, sentence, usage)


def _further(articles: Sequence[StoredArticle], usage: Usage) -> Iterator[Proposal]:
    """Questions on later sentences, which lean more often on the ones before."""
    for stored in articles:
        for sentence in stored.sentences[_SENTENCES:]:
            yield from _cloze_questions(stored.article, sentence, usage)


def _each_once(proposed: Iterable[Proposal]) -> Iterator[Proposal]:
    asked: set[str] = set()
    for item in proposed:
        if item.question not in asked:
            asked.add(item.question)
            yield item


def _role_questions(article: Article, sentence: Sentence) -> Iterator[Proposal]:
    match = _ROLE.search(article.text[sentence.start : sentence.end])
    if match is None or match["role"].split()[-1] not in _HEADS:
        return
    if not match["role"].startswith(("and ", "who ", "a ", "an ", "one ")):
        question = f"Who is the {match['role']} {match['of']}?"
        yield Proposal(question, match["name"], article, sentence)


def _cloze_questions(article: Article, sentence: Sentence, usage: Usage) -> Iterator[Proposal]:
    words = article.text[sentence.start : sentence.end]
    for gap in gaps(words, usage):
        question = ask(words, gap, usage)
        if question is not None and _is_plain(question):
            yield Proposal(question, words[gap.span.start : gap.span.end], article, sentence)
            return


def _is_plain(question: str) -> bool:
    fits = len(question) <= _MOST_CHARS and len(question.split()) >= _LEAST_WORDS
    return fits and bool(_OPENS.match(question)) and not _UNCLEAR.search(question)


# ---------------------------------------------------------------- a file to review

_COLUMNS = ("question", "answer", "quote", "source")
# Articles that are read for each question that is wanted.
_READ_FOR_EACH = 10


def draft(archive: Archive, count: int) -> list[Proposal]:
    """Proposes up to `count` gold questions from articles all over an archive.

    A second one of an article comes only when every article has had its turn, and the words that
    questions begin with take turns. The questions are not put to Byline: what it answers badly is
    proposed as well.
    """
    with archive.record.snapshot() as snapshot:
        listing = snapshot.listing()
        listing.sort(key=lambda item: sha256(item.article_id.encode()).digest())
        read = listing[: count * _READ_FOR_EACH]
        stored = [snapshot.version(item.article_id, item.version) for item in read]
    articles = [one for one in stored if one is not None]
    usage = Usage([one.article.text for one in articles])
    leading = _in_turns(_each_once(_leading(articles, usage)))
    if len(leading) < count:
        leading = list(_each_once(chain(leading, _further(articles, usage))))
    return leading[:count]


def _in_turns(proposed: Iterable[Proposal]) -> list[Proposal]:
    """One question an article before any second one; the words that they begin with take turns."""
    by_opening: dict[str, list[Proposal]] = {}
    further: list[Proposal] = []
    seen: set[str] = set()
    for item in proposed:
        if item.article.article_id in seen:
            further.append(item)
            continue
        seen.add(item.article.article_id)
        by_opening.setdefault(item.question.split()[0], []).append(item)
    turns = zip_longest(*by_opening.values())
    return [*(item for turn in turns for item in turn if item is not None), *further]


def write_csv(path: Path, proposed: Sequence[Proposal]) -> None:
    """Writes proposals as the table that `byline eval run` reads; quote and source are to check by.

    :raises UsageError: if there is such a file already.
    """
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(_COLUMNS)
            for item in proposed:
                rows.writerow((item.question, item.answer, item.quote, item.article.source))
    except FileExistsError as error:
        raise UsageError(f"{path} is there already", hint="name another file with --out") from error
