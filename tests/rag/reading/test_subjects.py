"""What is said of the subject asked for comes before the same said of another."""

from __future__ import annotations

import numpy as np
import pytest

from rag.model import Article, Chunk, Hit, Sentence
from rag.reading.features import SENTENCE_FEATURES, Evidence
from rag.reading.subjects import prefer_subject

PHONES = (
    "The Ando K2 was shown in Ellport on Monday.",
    "Its battery lasts two days.",
    "It goes on sale in May.",
    "The Brill Nine was shown beside it.",
    "It costs far more than any other phone at the fair.",
    "It goes on sale in July.",
)
COURT = (
    "Ivan Petrak, 24, pleaded guilty to the theft.",
    "His brother had no part in it, he said.",
    "Milan Petrak, 27, pleaded not guilty.",
)


def best(lines: tuple[str, ...], names: list[str], first: int) -> str:
    """The best sentence of an article, if the reader prefers the one with that number."""
    spans, start = [], 0
    for line in lines:
        spans.append(Sentence(start, start + len(line)))
        start += len(line) + 1
    text = "\n".join(lines)
    article = Article("a", "v1", "c", "a", "a", "News", text, ())
    hit = Hit(Chunk("a", "v1", 0, len(text)), article, tuple(spans), 1, 1.0, 0.5)
    n = len(lines)
    matrix = np.zeros((n, len(SENTENCE_FEATURES)))
    evidence = Evidence([hit] * n, spans, [None] * n, [None] * n, matrix, 0.0, names, 1.0)
    scores = np.linspace(2.0, 1.0, n)
    scores[first] = 3.0
    return lines[int(prefer_subject(evidence, scores).argmax())]


@pytest.mark.parametrize(
    ("lines", "names", "first", "expected"),
    [
        (PHONES, ["Brill", "Nine"], 2, 5),
        (PHONES, ["Brill", "Nine"], 5, 5),
        (PHONES, ["Ando", "K2"], 5, 2),
        (COURT, ["Ivan", "Petrak"], 2, 0),
        (COURT, ["Milan", "Petrak"], 0, 2),
        # Nothing says the same of the other one.
        (PHONES, ["Brill", "Nine"], 1, 1),
        (PHONES, [], 2, 2),
        (PHONES, ["Skarn"], 2, 2),
    ],
)
def test_the_same_is_taken_where_it_is_said_of_the_subject_asked_for(
    lines: tuple[str, ...], names: list[str], first: int, expected: int
) -> None:
    assert best(lines, names, first) == lines[expected]
