"""Numbers the sentences of passages for a prompt, and finds the sentence of an id such as `3.2`.

The sentences of one article stand together, in the order of its text; articles stand in the order
of their best passages. A sentence that is too long for a quote is cut into pieces with ids of their
own. A paragraph with a prompt injection is withheld.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rag.generation.llm.types import Document, DocumentSentence
from rag.generation.prompt_injection import is_prompt_injection
from rag.model import Article, Hit, Sentence, date_text
from rag.quotes import MAX_QUOTE_CHARS, version_key

_ID_LIKE = re.compile(r"\[(\d+(?:\.\d+)?)\]")
_CUT_AFTER = ("; ", ", ", " ")
_GAP = "…"


class NumberedSentence(NamedTuple):
    """A sentence with an id, or a piece of a long one, and its article."""

    article: Article
    sentence: Sentence

    @property
    def text(self) -> str:
        return self.article.text[self.sentence.start : self.sentence.end]


class NumberedPassages(NamedTuple):
    """Passages for a model: as `text`, or as `documents` for one that cites by itself.

    `sentences` holds the sentence of each id; `withheld` counts the sentences left out.
    """

    text: str
    documents: tuple[Document, ...]
    sentences: Mapping[str, NumberedSentence]
    withheld: int


def number_passages(hits: Sequence[Hit]) -> NumberedPassages:
    """Numbers the sentences of the passages.

    >>> print(number_passages(hits).text)  # doctest: +SKIP
    [1] River Dell floods Aldwater | Aldwater Post | published 2024-10-03
    [1.1] The Dell burst its banks on Thursday.
    [1.2] In Aldwater 18 people drowned in the flood.
    """
    lines: list[str] = []
    documents: list[Document] = []
    numbered: dict[str, NumberedSentence] = {}
    withheld = 0
    for number, (article, sentences) in enumerate(_by_article(hits), start=1):
        kept = _without_injections(article, sentences)
        withheld += len(sentences) - len(kept)
        heading, cited, end = _heading(article), list[DocumentSentence](), None
        lines.append(f"[{number}] {heading}")
        for piece_number, piece in enumerate(_pieces(article, kept), start=1):
            if end is not None and article.text[end : piece.start].strip():
                lines.append(_GAP)
            end = piece.end
            sentence_id = f"{number}.{piece_number}"
            numbered[sentence_id] = NumberedSentence(article, piece)
            cited.append(DocumentSentence(sentence_id, _line(numbered[sentence_id].text)))
            lines.append(f"[{sentence_id}] {cited[-1].text}")
        if cited:
            documents.append(Document(heading, tuple(cited)))
    return NumberedPassages("\n".join(lines), tuple(documents), numbered, withheld)


def _by_article(hits: Sequence[Hit]) -> Iterator[tuple[Article, list[Sentence]]]:
    articles: dict[tuple[str, str], Article] = {}
    sentences: dict[tuple[str, str], dict[int, Sentence]] = {}
    for hit in hits:
        key = version_key(hit.article)
        articles.setdefault(key, hit.article)
        sentences.setdefault(key, {}).update((item.start, item) for item in hit.sentences)
    for key, article in articles.items():
        yield article, [item for _, item in sorted(sentences[key].items())]


def _without_injections(article: Article, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Leaves out whole paragraphs: what is dictated often stands in the next sentence."""

    def paragraph(sentence: Sentence) -> int:
        starts = (
            block.start for block in article.blocks if block.start <= sentence.start < block.end
        )
        return next(starts, -1)

    bad = {
        paragraph(sentence)
        for sentence in sentences
        if is_prompt_injection(article.text[sentence.start : sentence.end])
    }
    return [sentence for sentence in sentences if paragraph(sentence) not in bad]


def _pieces(article: Article, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    """The sentences, those that are too long for a quote in pieces."""
    for sentence in sentences:
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
