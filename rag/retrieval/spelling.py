"""Corrects words of a question that are one letter off a word of the articles.

A word counts as misspelt if no article has it, the embedding model does not know it as one word,
and some article has a word that one letter added, dropped, changed or swapped makes of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rag.store.archive import Archive, View

# In shorter words one letter makes too many others.
_WORD = re.compile(r"[^\W\d_]{5,}")
_MOST_PASSAGES = 20


def with_known_spelling(archive: Archive, question: str) -> str:
    """Returns the question, each misspelt word replaced by the articles' commonest word near it.

    The first letter is taken as right.

    :raises ArchiveError: if the archive cannot be read.
    """
    words = list(dict.fromkeys(_WORD.findall(question)))
    tokens = archive.embedder.count_tokens(words) if words else []
    unknown = [word for word, count in zip(words, tokens, strict=True) if count > 1]
    if not unknown:
        return question
    with archive.view() as view:
        if not view.snapshot.holds_chunks():
            return question
        known = {word: near for word in unknown if (near := _near(view, word))}
    return _WORD.sub(lambda match: known.get(match[0], match[0]), question)


def _near(view: View, word: str) -> str | None:
    """The articles' commonest word that is one letter off the word; None if they have the word."""
    with view.indexes() as indexes:
        found = indexes.lexical.one_letter_off(word, _MOST_PASSAGES)
    counts = Counter(
        other for other in _words_of(view, found) if _is_one_letter_off(word.lower(), other.lower())
    )
    near = min(counts, key=lambda other: (-counts[other], other), default=None)
    return near and near.lower() if word.islower() else near


def _words_of(view: View, chunk_ids: list[str]) -> Iterator[str]:
    rows = view.snapshot.chunks(chunk_ids).values()
    stored = view.snapshot.articles(row.version_id for row in rows)
    for row in rows:
        article = stored[row.version_id].article
        yield from _WORD.findall(f"{article.title} {article.text[row.start : row.end]}")


def _is_one_letter_off(word: str, other: str) -> bool:
    from rapidfuzz.distance import OSA

    return word[0] == other[0] and OSA.distance(word, other, score_cutoff=1) == 1
