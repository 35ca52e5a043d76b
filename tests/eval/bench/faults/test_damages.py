"""Damaged archives: nothing false is found, each error is ours, the doctor sees alterations."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from eval.bench.faults import damages
from eval.bench.faults.damages import Damage
from eval.bench.faults.damages import damages as all_damages
from eval.bench.scale import MadeVectors
from rag.errors import BylineError
from rag.store.archive import open_archive
from rag.store.doctor import examine

# What no quote and no search depends on.
HARMLESS = ("raw.fetched", "raw.url", "chunks.id")


def test_damages_are_told_and_never_quoted():
    trials = damages.measure(20, seed=5)
    assert trials.made == 20
    assert trials.problems == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return damages.make_archive(tmp_path_factory.mktemp("whole"))


def is_sound(folder):
    try:
        with open_archive(folder, embedder=MadeVectors()) as archive:
            return all(finding.ok for finding in examine(archive))
    except BylineError:
        return False


def test_the_doctor_finds_each_altered_value(whole, tmp_path):
    assert is_sound(whole)
    unseen = []
    for number, damage in enumerate(all_damages(whole)):
        kept = damage.name.startswith(("articles.", "versions.", "chunks.", "raw."))
        if not kept or damage.name.startswith(HARMLESS):
            continue
        folder = shutil.copytree(whole, tmp_path / str(number))
        try:
            damage.do(folder)
        except sqlite3.IntegrityError:
            continue
        if is_sound(folder):
            unseen.append(damage.name)
        shutil.rmtree(folder)
    assert unseen == []


@pytest.mark.parametrize("name", ["all passages are gone", "articles.key: bytes"])
def test_damages_that_were_not_borne(whole, name):
    damage = next(damage for damage in all_damages(whole) if damage.name == name)
    assert damages.try_damage(whole, damage) == ([], [])


def test_what_is_false_or_foreign_is_a_problem(whole, monkeypatch):
    monkeypatch.setitem(damages._STORIES, "ferry.txt", "Ferry\n\nAnother text.")
    monkeypatch.setattr(damages, "retrieve", lambda *_: 1 / 0)
    use = damages._Use(whole, whole.parent / "stories")
    use._try(use._ask)
    assert "ZeroDivisionError" in use._seen.foreign[0]
    monkeypatch.undo()
    monkeypatch.setitem(damages._STORIES, "ferry.txt", "Ferry\n\nAnother text.")
    use._try(use._ask)
    assert "ferry.txt" in use._seen.wrong[0]
    assert damages.try_damage(whole, Damage("none", lambda _: None)) == ([], [])
