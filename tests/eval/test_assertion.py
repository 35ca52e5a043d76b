"""`assert_answers`: a test of one's own archive fails with words that say what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eval import assert_answers
from rag.engine import Engine
from rag.store.archive import Archive, open_archive
from tests.fakes import HashingEmbedder, SharedWords, entry, fill


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(made, entry("flood", "In Aldwater 18 people drowned in the flood. The mayor was away."))
    yield made
    made.close()


def test_a_gold_file_that_is_answered_passes_and_another_says_why(
    archive: Archive, tmp_path: Path
) -> None:
    gold = tmp_path / "gold.csv"
    engine = Engine(archive, reader=SharedWords())
    gold.write_text("question,answer\nHow many people drowned in Aldwater?,eighteen\n")
    assert_answers(archive, gold, engine=engine)
    gold.write_text("question,answer\nHow many people drowned in Aldwater?,12\n")
    with pytest.raises(AssertionError) as raised:
        assert_answers(archive, str(gold), engine=engine)
    assert str(raised.value).splitlines() == [
        "0 of 1 right; 1 to look at.",
        "row-1: How many people drowned in Aldwater? Wanted “12”, got “18”."
        " Evidence not retrieved.",
    ]


def test_a_file_in_which_nothing_can_be_judged_does_not_pass(
    archive: Archive, tmp_path: Path
) -> None:
    gold = tmp_path / "gold.csv"
    gold.write_text("question,answer\nWho drowned?,\n")
    with pytest.raises(AssertionError, match="0 of 0 right; 1 cannot be judged"):
        assert_answers(archive, gold, engine=Engine(archive, reader=SharedWords()))
