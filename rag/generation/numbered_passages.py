"""Passages in, numbered sentences for a prompt out; and ids such as `3.2` back to the sentences.

The sentences of one article stand together, in the order of the text, articles by their best passage. A sentence that is too long for a
quote is cut into pieces with numbers of their own. What speaks to a model is withheld with the paragraph it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rag.generation.llm.types import Document
from rag.generation.prompt_injection import speaks_to_a_model
from rag.model import Article, Hit, Sentence, date_text
from rag.quotes import MAX_CHARS

_ID_LIKE = re.compile(r"\[(\d+(?:\.\d+)?)\]")
_CUTS = ("; ", ", ", " ")
_GAP = "…"


class Place(NamedTuple):
    """A numbered sentence, or the piece of a long one, where it stands."""

    article: Article
    sentence: Sentence

    @property
    def text(self) -> str:
        return self.article.text[self.sentence.start : self.sentence.end]


class Numbered(NamedTuple):
    """Passages as a model is given them: as `text`, or as `documents`. `places` has every id; `withheld` counts sentences that were not
    given to it.
    """

    text: str
    documents: tuple[Document, ...]
    places: Mapping[str, Place]
    withheld: int

    @property
    def plain(self) -> str:
        """The words of all sentences that a model is given."""
        return "\n".join(place.text for place in self.places.values())


def numbered(hits: Sequence[Hit]) -> Numbered:
    """Numbers the sentences of the passages.

    >>> print(numbered(hits).text)  # doctest: +SKIP
    [1] River Dell floods Aldwater | Aldwater Post | published 2024-10-03
    [1.1] The Dell burst its banks on Thursday.
    [1.2] In Aldwater 18 people drowned in the flood.
    """
    lines: list[str] = []
    documents: list[Document] = []
    places: dict[str, Place] = {}
    withheld = 0
    for number, (article, sentences) in enumerate(_by_article(hits), start=1):
        kept = _without_orders(article, sentences)
        withheld += len(sentences) - len(kept)
        heading, said, end = _heading(article), list[tuple[str, str]](), None
        lines.append(f"[{number}] {heading}")
        for i, piece in enumerate(
            (piece for sentence in kept for piece in _pieces(article, sentence)), start=1
        ):
            if end is not None and article.text[end : piece.start].strip():
                lines.append(_GAP)
            place = places[f"{number}.{i}"] = Place(article, piece)
            said.append((f"{number}.{i}", _line(place.text)))
            lines.append("[{}] {}".format(*said[-1]))
            end = piece.end
        if said:
            documents.append(Document(heading, tuple(said)))
    return Numbered("\n".join(lines), tuple(documents), places, withheld)


def _by_article(hits: Sequence[Hit]) -> Iterator[tuple[Article, list[Sentence]]]:
    found: dict[tuple[str, str], tuple[Article, dict[int, Sentence]]] = {}
    for hit in hits:
        _, sentences = found.setdefault(
            (hit.article.article_id, hit.article.version), (hit.article, {})
        )
        sentences.update((sentence.start, sentence) for sentence in hit.sentences)
    for article, sentences in found.values():
        yield article, [sentences[start] for start in sorted(sentences)]


def _without_orders(article: Article, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Without the paragraphs in which a sentence speaks to a model: what is ordered often stands in the next one."""

    def paragraph(sentence: Sentence) -> int:
        return next(
            (block.start for block in article.blocks if block.start <= sentence.start < block.end),
            -1,
        )

    bad = {
        paragraph(sentence)
        for sentence in sentences
        if speaks_to_a_model(article.text[sentence.start : sentence.end])
    }
    return [sentence for sentence in sentences if paragraph(sentence) not in bad]


def _pieces(article: Article, sentence: Sentence) -> Iterator[Sentence]:
    start = sentence.start
    while sentence.end - start > MAX_CHARS:
        window = article.text[start : start + MAX_CHARS]
        cut = next(
            (at + len(mark) for mark in _CUTS if (at := window.rfind(mark)) > MAX_CHARS // 4),
            MAX_CHARS,
        )
        yield Sentence(start, start + len(window[:cut].rstrip()), sentence.kind)
        start += cut
    if start < sentence.end:
        yield Sentence(start, sentence.end, sentence.kind)


def _heading(article: Article) -> str:
    published = date_text(article.published)
    told = [
        name and ("(withheld: it speaks to a model)" if speaks_to_a_model(name) else name)
        for name in (article.title, article.publisher)
    ]
    return " | ".join(
        _line(part) for part in (*told, published and f"published {published}") if part
    )


def _line(text: str) -> str:
    """On one line, with nothing that looks like an id: only the numbers at the start of a line are ours."""
    return _ID_LIKE.sub(r"(\1)", " ".join(text.split()))
