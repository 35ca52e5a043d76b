"""Numbers sentences of passages for a prompt, and finds the sentence of an id such as `3.2`.

Shown are the best sentences with their neighbours, as many as the size of the prompt allows. The
sentences of one article stand together, in the order of its text; articles stand in the order of
their best sentences. A sentence that is too long for a quote is cut into pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rag.model import Article, Candidate, Hit, Sentence, date_text
from rag.quotes import MAX_QUOTE_CHARS, ArticleSpan, version_key
from rag.text.prompt_injection import is_prompt_injection
from rag.text.terms import words

# So many of the best sentences are shown with their neighbours.
_WITH_NEIGHBOURS = 8
_ID_LIKE = re.compile(r"\[(\d+(?:\.\d+)?)\]")
_CUT_AFTER = ("; ", ", ", " ")
_GAP = "…"


class PromptSize(NamedTuple):
    """How many characters of how many articles a prompt may hold."""

    chars: int = 3600
    articles: int = 6


class PassageSentence(NamedTuple):
    """A sentence of a passage, or a piece of a long one, and its article."""

    article: Article
    sentence: Sentence

    @property
    def span(self) -> ArticleSpan:
        return ArticleSpan(self.article, self.sentence.start, self.sentence.end)

    @property
    def text(self) -> str:
        return self.span.text


class NumberedPassages(NamedTuple):
    """Passages as a model is shown them, and the sentence of each id."""

    text: str
    sentences: Mapping[str, PassageSentence]


def passage_sentences(
    hits: Sequence[Hit], candidates: Sequence[Candidate] = ()
) -> list[PassageSentence]:
    """All sentences of passages and candidates, article by article, in the order of its text."""
    read = [PassageSentence(hit.article, item) for hit in hits for item in hit.sentences]
    read += [PassageSentence(item.article, item.sentence) for item in candidates]
    return [
        PassageSentence(article, piece)
        for group in by_article(read)
        for article, sentence in {item.sentence.start: item for item in group}.values()
        for piece in _pieces(article, sentence)
    ]


def number_passages(
    sentences: Sequence[PassageSentence], order: Sequence[ArticleSpan], size: PromptSize
) -> NumberedPassages:
    """Numbers the sentences that are worth a model's time.

    :param sentences: those of all passages, as `passage_sentences` gives them.
    :param order: what they are chosen for, best first.

    >>> print(number_passages(sentences, order, PromptSize()).text)  # doctest: +SKIP
    [1] River Dell floods Aldwater | Aldwater Post | published 2024-10-03
    [1.1] The Dell burst its banks on Thursday.
    [1.2] In Aldwater 18 people drowned in the flood.
    """
    lines: list[str] = []
    numbered: dict[str, PassageSentence] = {}
    for number, group in enumerate(by_article(_chosen(sentences, order, size)), start=1):
        lines.append(f"[{number}] {_heading(group[0].article)}")
        for position, item in enumerate(group):
            before = group[position - 1] if position else None
            if before and item.article.text[before.sentence.end : item.sentence.start].strip():
                lines.append(_GAP)
            name = f"{number}.{position + 1}"
            numbered[name] = item
            lines.append(f"[{name}] {_line(item.text)}")
    return NumberedPassages("\n".join(lines), numbered)


def _chosen(
    sentences: Sequence[PassageSentence], order: Sequence[ArticleSpan], size: PromptSize
) -> list[PassageSentence]:
    """The best sentences with their neighbours, best first, up to the size; no copy of one."""
    chosen: dict[int, None] = {}
    articles: set[tuple[str, str]] = set()
    said: set[str] = set()
    left = size.chars
    for rank, span in enumerate(order):
        key = version_key(span.article)
        if key not in articles and len(articles) == size.articles:
            continue
        for i in _places(sentences, span, neighbours=rank < _WITH_NEIGHBOURS):
            text = sentences[i].text
            if i in chosen or _words(text) in said:
                continue
            if len(text) > left and chosen:
                return [sentences[i] for i in chosen]
            left -= len(text)
            chosen[i] = None
            articles.add(key)
            said.add(_words(text))
    return [sentences[i] for i in chosen]


def _places(
    sentences: Sequence[PassageSentence], span: ArticleSpan, *, neighbours: bool
) -> list[int]:
    """The sentences of the span first, then the one before and the one after."""
    key = version_key(span.article)
    own = [i for i, item in enumerate(sentences) if version_key(item.article) == key]
    within = [i for i in own if sentences[i].span.overlaps(span)]
    if not within or not neighbours:
        return within
    return [*within, *(i for i in (within[0] - 1, within[-1] + 1) if own[0] <= i <= own[-1])]


def _words(text: str) -> str:
    return " ".join(words(text)).casefold()


def by_article(sentences: Iterable[PassageSentence]) -> list[list[PassageSentence]]:
    """The sentences of each article, in the order of its text."""
    groups: dict[tuple[str, str], list[PassageSentence]] = {}
    for item in sentences:
        groups.setdefault(version_key(item.article), []).append(item)
    return [sorted(group, key=lambda item: item.sentence.start) for group in groups.values()]


def _pieces(article: Article, sentence: Sentence) -> Iterator[Sentence]:
    """The sentence; in pieces where it is too long for a quote."""
    start = sentence.start
    while sentence.end - start > MAX_QUOTE_CHARS:
        window = article.text[start : start + MAX_QUOTE_CHARS]
        found = ((window.rfind(mark), len(mark)) for mark in _CUT_AFTER)
        cuts = (at + length for at, length in found if at > MAX_QUOTE_CHARS // 4)
        cut = next(cuts, MAX_QUOTE_CHARS)
        yield Sentence(start, start + len(window[:cut].rstrip()), sentence.kind)
        start += cut
    if start < sentence.end:
        yield Sentence(start, sentence.end, sentence.kind)


def _heading(article: Article) -> str:
    names = [
        "(withheld: it speaks to a model)" if is_prompt_injection(name) else name
        for name in (article.title, article.publisher)
        if name
    ]
    published = date_text(article.published)
    dates = [f"published {published}"] if published else []
    return " | ".join(_line(part) for part in (*names, *dates))


def _line(text: str) -> str:
    """The text on one line, in which nothing looks like an id."""
    return _ID_LIKE.sub(r"(\1)", " ".join(text.split()))
