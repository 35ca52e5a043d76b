"""Passages with numbered sentences, and back from the numbers to the words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.generation.numbered_passages import (
    NumberedPassages,
    PromptSize,
    number_passages,
    passage_sentences,
)
from rag.model import Hit, Query
from rag.quotes import MAX_QUOTE_CHARS, ArticleSpan
from rag.retrieval.retrieve import retrieve
from rag.store.archive import open_archive
from tests.fakes import HashingEmbedder, entry, fill

LARGE = PromptSize(chars=100_000, articles=100)


def passages(
    folder: Path, *paragraphs: str, question: str = "harbour", **more: str
) -> NumberedPassages:
    archive = open_archive(folder, create=True, embedder=HashingEmbedder())
    fill(archive, entry("a.txt", *paragraphs, **more))
    return numbered(retrieve(archive, Query(question, k=50)).hits, LARGE)


def numbered(hits: Sequence[Hit], size: PromptSize) -> NumberedPassages:
    """All sentences in the order of the hits, as far as the size goes."""
    sentences = passage_sentences(hits)
    spans = [ArticleSpan(s.article, s.sentence.start, s.sentence.end) for s in sentences]
    return number_passages(sentences, spans, size)


def test_sentences_stand_in_order_under_what_is_known_of_their_article(tmp_path: Path) -> None:
    words = ("The harbour burned. Nobody was hurt.", "It opened again on Monday.")
    found = passages(tmp_path, *words, publisher="The Post", published="2024-10")
    assert found.text.splitlines() == [
        "[1] Harbour news | The Post | published 2024-10",
        "[1.1] The harbour burned.",
        "[1.2] Nobody was hurt.",
        "[1.3] It opened again on Monday.",
    ]
    assert found.sentences["1.2"].text == "Nobody was hurt."


def test_two_passages_of_one_article_are_one_text(tmp_path: Path) -> None:
    long = [f"The harbour has gate number {i} and a wall of stone." for i in range(40)]
    found = passages(tmp_path, *long)
    assert [line.split("]")[0] for line in found.text.splitlines() if line.startswith("[2")] == []
    starts = [numbered.sentence.start for numbered in found.sentences.values()]
    assert starts == sorted(set(starts))


def test_a_gap_is_marked(tmp_path: Path) -> None:
    archive = open_archive(tmp_path, create=True, embedder=HashingEmbedder())
    words = [f"Gate {i} of the harbour is shut for the day by order." for i in range(40)]
    fill(archive, entry("a.txt", *words))
    hits = retrieve(archive, Query("harbour", k=50)).hits
    by_place = sorted(hits, key=lambda hit: hit.chunk.start)
    found = numbered([by_place[0], by_place[-1]], LARGE)
    assert found.text.splitlines().count("…") == 1


def test_a_long_sentence_is_numbered_in_pieces_that_can_be_quoted(tmp_path: Path) -> None:
    sentence = (
        "The harbour was rebuilt, "
        + ", ".join(f"wall {i} by the crew of ship {i}" for i in range(30))
        + "."
    )
    found = passages(tmp_path, sentence)
    pieces = [sentence.text for sentence in found.sentences.values()]
    assert len(pieces) > 1
    assert all(len(piece) <= MAX_QUOTE_CHARS for piece in pieces)
    assert " ".join(pieces) == sentence


def test_nothing_in_an_article_looks_like_an_id(tmp_path: Path) -> None:
    found = passages(tmp_path, "The harbour [1.9] burned, see [12] for more.", title="[2] Fire")
    assert found.text.splitlines() == [
        "[1] (2) Fire",
        "[1.1] The harbour (1.9) burned, see (12) for more.",
    ]
    assert found.sentences["1.1"].text == "The harbour [1.9] burned, see [12] for more."


def test_the_best_sentences_are_shown_with_their_neighbours(tmp_path: Path) -> None:
    archive = open_archive(tmp_path, create=True, embedder=HashingEmbedder())
    words = [f"Gate {i} of the harbour is shut." for i in range(9)]
    fill(archive, entry("a.txt", *words))
    sentences = passage_sentences(retrieve(archive, Query("harbour", k=50)).hits)
    best = next(s for s in sentences if s.text == words[4])
    span = ArticleSpan(best.article, best.sentence.start, best.sentence.end)
    found = number_passages(sentences, [span], LARGE)
    assert [s.text for s in found.sentences.values()] == words[3:6]
    found = number_passages(sentences, [span], PromptSize(chars=10))
    assert [s.text for s in found.sentences.values()] == [words[4]], "one is shown in any case"


def test_a_copy_is_shown_once_and_articles_are_limited(tmp_path: Path) -> None:
    archive = open_archive(tmp_path, create=True, embedder=HashingEmbedder())
    fill(archive, *(entry(f"{i}.txt", "The harbour burned down.") for i in range(3)))
    fill(archive, *(entry(f"b{i}.txt", f"Ship {i} left the harbour.") for i in range(3)))
    hits = retrieve(archive, Query("harbour", k=50)).hits
    texts = [s.text for s in numbered(hits, LARGE).sentences.values()]
    assert (len(texts), texts.count("The harbour burned down.")) == (4, 1)
    limited = numbered(hits, PromptSize(articles=2)).sentences
    assert {name.partition(".")[0] for name in limited} == {"1", "2"}


@settings(max_examples=15)  # each makes an archive
@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1).filter(
            str.strip
        ),
        min_size=1,
        max_size=4,
    )
)
def test_every_number_leads_back_to_the_words_of_the_article(texts: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        found = passages(Path(folder), *(" ".join(text.split()) or "x" for text in texts))
    for line in found.text.splitlines():
        name = line[1:].partition("]")[0]
        if "." in name and name in found.sentences:
            assert " ".join(found.sentences[name].text.split())[:1] in line
    lines = [line for line in found.text.splitlines() if line.startswith("[1.")]
    assert len(lines) == len(found.sentences)
