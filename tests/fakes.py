"""Fakes that tests share: an embedder that hashes words, articles made on the spot, a language
model that keeps to a script.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from eval.scoring.answer import read_answer
from ingest.segment.chunks import chunks
from ingest.segment.sentences import sentences
from rag.generation.llm.types import Message, Tokens
from rag.model import Article, Block, Candidate, Hit, PartialDate, RawDocument, Reading, Span
from rag.store.archive import Archive
from rag.store.database import Entry, raw_hash
from rag.store.identity import article_id, version_of
from rag.store.writer import Change
from rag.text.terms import terms
from rag.validation import Malformed

Scripted = str | Exception | list[str | Exception]


class HashingEmbedder:
    """Adds up one fixed random vector a term, so that texts sharing words are near; counts what it
    was asked to encode.
    """

    def __init__(self, name: str = "hashing", *, dim: int = 64, max_tokens: int = 64) -> None:
        self.name = name
        self.identity = f"{name}-{dim}"
        self.dim = dim
        self.max_tokens = max_tokens
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += texts
        return (
            np.stack([self._vector(text) for text in texts])
            if texts
            else np.zeros((0, self.dim), dtype=np.float32)
        )

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def _vector(self, text: str) -> np.ndarray:
        vector = np.full(self.dim, 1e-3, dtype=np.float32)
        for term in terms(text):
            seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:4], "big")
            vector += np.random.default_rng(seed).standard_normal(self.dim, dtype=np.float32)
        return vector / np.linalg.norm(vector)


def entry(
    key: str,
    *paragraphs: str,
    title: str = "Harbour news",
    published: str | None = None,
    updated: str | None = None,
    publisher: str | None = None,
    extractor: str = "test-1",
    chunk_tokens: int = 64,
) -> Entry:
    """An article of those paragraphs, cut into sentences and chunks as the pipeline does; dates as
    `PartialDate.parse` reads them.
    """
    text = "\n".join(paragraphs)
    starts = [
        sum(len(paragraph) + 1 for paragraph in paragraphs[:i]) for i in range(len(paragraphs))
    ]
    blocks = tuple(
        Block(start, start + len(paragraph))
        for start, paragraph in zip(starts, paragraphs, strict=True)
    )
    dates = [None if date is None else PartialDate.parse(date) for date in (published, updated)]
    version = version_of(
        text=text,
        title=title,
        publisher=publisher,
        published=dates[0],
        updated=dates[1],
        extractor=extractor,
    )
    raw = RawDocument("papers", key, key, "text/plain", f"{title}\n\n{text}\n{dates}".encode())
    article = Article(
        article_id=article_id("papers", key),
        version=version,
        collection="papers",
        key=key,
        source=key,
        title=title,
        text=text,
        blocks=blocks,
        publisher=publisher,
        published=dates[0],
        updated=dates[1],
        extractor=extractor,
    )
    embedder = HashingEmbedder()
    spans = sentences(text, blocks)
    counts = embedder.count_tokens([text[span.start : span.end] for span in spans])
    cut = chunks(
        article,
        spans,
        counts,
        budget=chunk_tokens - 2 - len(title.split()),
        count_tokens=embedder.count_tokens,
    )
    return Entry(raw, raw_hash(raw.media_type, None, raw.data), article, spans, cut)


def fill(archive: Archive, *entries: Entry, replace: bool = False) -> list[Change]:
    """Writes the entries as one batch."""
    with archive.writer() as writer:
        return writer.add(entries, replace=replace)


def assert_whole(archive: Archive) -> None:
    """The record and both indexes hold the same chunks, a vector for each, and nothing is left to
    do.
    """
    with archive.record.snapshot() as snapshot:
        rows = list(snapshot.all_chunks())
        names = [row.input_hash for row in rows]
        assert snapshot.pending() == []
        assert snapshot.vectors(names, archive.manifest.identity).keys() == set(names)
        assert snapshot.integrity_problems() == []
        if not rows:
            return
        indexes = archive.open_indexes(snapshot.generation)
        try:
            assert indexes.vectors.ids() == indexes.lexical.ids() == {row.chunk_id for row in rows}
            assert indexes.vectors.count() == indexes.lexical.count() == len(rows)
        finally:
            indexes.vectors.close()
        folders = {path.name for path in archive.folder.iterdir() if path.is_dir()}
        derived = {f"vectors-{snapshot.generation}", f"words-{snapshot.generation}"}
        assert folders - {"replies"} <= derived


class ScriptedModel:
    """A language model that says what it is given, one reply a request, in small pieces, and
    remembers what it was told.

    A reply is a text, an error to raise, a list of both, or a function from the messages to one of
    them.
    """

    def __init__(
        self,
        *replies: Scripted | Callable[[Sequence[Message]], Scripted],
        name: str = "scripted",
        tokens: Tokens | None = None,
    ) -> None:
        self.name = name
        self.told: list[list[Message]] = []
        self.closed = 0
        self._replies = list(replies)
        self._tokens = tokens

    def stream(
        self, messages: Sequence[Message], schema: Mapping[str, Any]
    ) -> Iterator[str | Tokens]:
        self.told.append(list(messages))
        given = self._replies[min(len(self.told), len(self._replies)) - 1]
        reply = given(messages) if callable(given) else given
        try:
            for part in reply if isinstance(reply, list) else [reply]:
                if isinstance(part, Exception):
                    raise part
                yield from (part[i : i + 7] for i in range(0, len(part), 7))
            if self._tokens is not None:
                yield self._tokens
        finally:
            self.closed += 1


def stated(*statements: tuple[str | list[str], str], answered: bool = True) -> str:
    """A reply as the prompt asks for it: pairs of evidence and statement."""
    listed = [
        {"evidence": [ids] if isinstance(ids, str) else ids, "statement": text}
        for ids, text in statements
    ]
    return json.dumps(
        {"answered": answered, "statements": listed},
        ensure_ascii=False,
    )


class FirstSentences:
    """A reader that takes the sentences as they come, the first for the likeliest, and none for an
    answer where there are none.
    """

    threshold = 0.5

    def __init__(self, p_none: float = 0.0) -> None:
        self.p_none = p_none

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        found = {(hit.article.article_id, s): (hit, s) for hit in hits for s in hit.sentences}
        candidates = (
            Candidate(hit.article, s, 0.8 / (i + 1), Span(s.start, s.start + 1), hit.rank)
            for i, (hit, s) in enumerate(found.values())
        )
        return Reading(tuple(candidates), self.p_none if found else 1.0)


class SharedWords:
    """A reader that ranks sentences by the share of the question's words that they have; the first
    number of a sentence, or else its first word, is its short answer. No score is above `most`.
    """

    threshold = 0.5

    def __init__(self, p_none: float = 0.0, *, most: float = 0.9) -> None:
        self.p_none, self.most = p_none, most

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        asked = set(terms(question))
        found = {(hit.article.article_id, s): (hit, s) for hit in hits for s in hit.sentences}
        candidates = []
        for hit, s in found.values():
            text = hit.article.text[s.start : s.end]
            share = len(asked & set(terms(text))) / len(asked)
            match = re.search(r"\d+", text) or re.search(r"\w+", text)
            answer = Span(s.start + match.start(), s.start + match.end()) if match else None
            candidates.append(
                Candidate(hit.article, s, self.most * (0.1 + 0.9 * share), answer, hit.rank)
            )
        ranked = sorted(candidates, key=lambda item: -item.score)
        return Reading(tuple(ranked), self.p_none if found else 1.0)


def answer_fault(answer: object) -> str | None:
    """Why this is not an Answer that can be scored; `None` if it can."""
    try:
        read_answer(answer)
    except Malformed as error:
        return str(error)
    return None
