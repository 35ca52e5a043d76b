"""Removing with a while to undo it: kept in time it stays, else it goes, also when busy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.app.chat import removals
from rag.app.chat.removals import Removals
from rag.store.archive import Archive, open_archive
from tests.fakes import HashingEmbedder, assert_whole, entry, fill


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(made, entry("heron.txt", "A heron stood here."), entry("tern.txt", "Terns are back."))
    yield made
    made.close()


def ids(archive: Archive) -> list[str]:
    with archive.record.snapshot() as snapshot:
        return [item.article_id for item in snapshot.listing()]


def wait_until_done(removing: Removals) -> None:
    end = time.monotonic() + 30
    while removing.pending:
        assert time.monotonic() < end, "it is still there"
        time.sleep(0.05)


def test_an_article_goes_after_a_while(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removals, "SECONDS_TO_UNDO", 0.2)
    first, second = ids(archive)
    removing = Removals(archive)
    removing.add(first)
    assert removing.pending == {first}
    wait_until_done(removing)
    assert ids(archive) == [second]
    assert not removing.keep(first)
    assert_whole(archive)


def test_kept_in_time_it_stays(archive: Archive) -> None:
    first, second = ids(archive)
    removing = Removals(archive)
    removing.add(first)
    assert removing.keep(first)
    removing.finish()
    assert ids(archive) == [first, second]
    assert removing.pending == frozenset()


def test_the_end_of_the_page_removes_what_is_pending(archive: Archive) -> None:
    first, second = ids(archive)
    removing = Removals(archive)
    removing.add(first)
    removing.finish()
    assert ids(archive) == [second]


def test_while_somebody_else_writes_it_is_tried_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removals, "SECONDS_TO_UNDO", 0.1)
    first, _ = ids(archive)
    removing = Removals(archive)
    with archive.writer():
        removing.add(first)
        time.sleep(0.5)
        assert first in ids(archive)
    wait_until_done(removing)
    assert first not in ids(archive)
