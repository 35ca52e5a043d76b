"""What is said of the subject asked for comes before the same said of another."""

from __future__ import annotations

import numpy as np
import pytest

from rag.model import Article, Chunk, Hit, Sentence, Span
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

MAYOR = (
    "The mayor resigned on Monday after a quarrel over the port.",
    "Agnes Tull first resigned in 1998 after a quarrel over pay.",
)


def best(lines: tuple[str, ...], names: list[str], first: int, answer: str = "") -> str:
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
    answers: list[Span | None] = [None] * n
    if answer:
        at = text.index(answer, spans[first].start)
        answers[first] = Span(at, at + len(answer))
    evidence = Evidence([hit] * n, spans, answers, [None] * n, matrix, 0.0, names, 1.0)
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
        # It names nobody, so that it may well be about Agnes Tull.
        (MAYOR, ["Agnes", "Tull"], 0, 0),
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


def test_who_did_it_is_no_other_subject() -> None:
    """ "Who pleaded as Ivan Petrak did not?" is answered by a name, which is not another's."""
    assert best(COURT, ["Ivan", "Petrak"], 2, answer="Milan Petrak") == COURT[2]
    assert best(COURT, ["Ivan", "Petrak"], 2, answer="not guilty") == COURT[0]
