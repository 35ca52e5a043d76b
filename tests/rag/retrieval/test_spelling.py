"""Words of a question that are one letter off a word of the articles are corrected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.engine import Engine
from rag.retrieval.spelling import with_known_spelling
from rag.store.archive import Archive, open_archive
from tests.fakes import HashingEmbedder, entry, fill


class Pieces(HashingEmbedder):
    """An embedder that knows these words alone as wholes."""

    known = frozenset({"Who", "leads", "library", "Lehman", "carpet", "Thornwick"})

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [sum(1 if word in self.known else 2 for word in text.split()) for text in texts]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = open_archive(tmp_path, create=True, embedder=Pieces())
    fill(
        archive,
        entry("a.txt", "The librarian of Thornwick is Jens Lehmann. Thornwick is small."),
        entry("b.txt", "The carper of Thornwich left."),
    )
    return archive


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Who leads Thornwikc's library?", "Who leads Thornwick's library?"),
        ("Is the libarian new?", "Is the librarian new?"),
        ("LIBARIAN", "librarian"),
        # Known words, and words that the articles have, are as they should be.
        ("Did Lehman buy a carpet in Thornwich?", "Did Lehman buy a carpet in Thornwich?"),
        # Two letters off, another first letter, too short.
        ("Thornvikc, Shornwick, Jans", "Thornvikc, Shornwick, Jans"),
        ("", ""),
        ("\ud800 ?", "\ud800 ?"),
    ],
)
def test_a_word_one_letter_off_becomes_the_articles_commonest(
    archive: Archive, typed: str, read: str
) -> None:
    assert with_known_spelling(archive, typed) == read


def test_the_answer_says_how_the_question_was_read(archive: Archive) -> None:
    answer = Engine(archive).ask("Who is the libarian of Thornwick?", kind=None)
    assert (answer.question, answer.asked_as) == (
        "Who is the libarian of Thornwick?",
        "Who is the librarian of Thornwick?",
    )


def test_an_empty_archive_corrects_nothing(tmp_path: Path) -> None:
    archive = open_archive(tmp_path, create=True, embedder=Pieces())
    assert with_known_spelling(archive, "libarian") == "libarian"
