"""What articles answer differently is shown with quotes of each side, in the order of time."""

from __future__ import annotations

import pytest

from rag.model import Conflict, ConflictKind
from rag.news.conflicts import make_conflict, positions_on
from rag.store.archive import open_archive
from tests.fakes import HashingEmbedder, fill
from tests.rag.news.readings import Told, entries_of, reading_of

SENTENCE = "Some [640 members] of the Harbour Union walked out on Monday morning."
OTHER = SENTENCE.replace("640", "460")
QUESTION = "How many walked out?"


@pytest.fixture
def conflict_of(tmp_path):
    def find(*told: Told) -> Conflict | None:
        archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
        with archive:
            fill(archive, *entries_of(told))
            with archive.record.snapshot() as snapshot:
                positions = positions_on(QUESTION, reading_of(told))
                return make_conflict(snapshot, QUESTION, positions, ())

    return find


def test_each_side_has_its_value_date_and_quote(conflict_of) -> None:
    found = conflict_of(Told(SENTENCE, "2024-09-10"), Told(OTHER, "2024-09-09"))
    assert found.subject == QUESTION
    assert found.kind is ConflictKind.CHANGED
    assert [side.value for side in found.sides] == ["460 members", "640 members"]
    assert [str(side.published) for side in found.sides] == ["2024-09-09", "2024-09-10"]
    assert [side.quotes[0].text for side in found.sides] == [
        OTHER.replace("[", "").replace("]", ""),
        SENTENCE.replace("[", "").replace("]", ""),
    ]


@pytest.mark.parametrize(
    ("first", "second"), [("2024-09-10", "2024-09-10"), (None, "2024-09-10"), ("2024", "2024-09")]
)
def test_reports_of_one_time_or_of_unknown_dates_disagree(conflict_of, first, second) -> None:
    found = conflict_of(Told(SENTENCE, first), Told(OTHER, second))
    assert found.kind is ConflictKind.DISAGREE


TOLLS = {
    "at least five": "At least [five members] of the Harbour Union walked out on Monday morning.",
    "seven": "The Harbour Union says that [seven members] walked out.",
    "nine": "Police saw how [nine members] walked out of the Harbour Union.",
}


@pytest.mark.parametrize(
    ("days", "kind"),
    [
        ({"at least five": 5, "seven": 5}, ConflictKind.CHANGED),
        ({"at least five": 6, "seven": 5}, ConflictKind.CHANGED),
        ({"at least five": 7, "seven": 5, "nine": 6}, ConflictKind.CHANGED),
        ({"at least five": 5, "seven": 5, "nine": 5}, ConflictKind.DISAGREE),
    ],
)
def test_at_least_five_excuses_only_its_own_side_and_stands_first(conflict_of, days, kind) -> None:
    told = [Told(TOLLS[toll], f"2026-03-0{day}") for toll, day in days.items()]
    found = conflict_of(*reversed(told))
    assert found.kind is kind
    if kind is ConflictKind.CHANGED:
        assert [side.value for side in found.sides] == [
            f"{toll.removeprefix('at least ')} members" for toll in days
        ]


def test_a_side_quotes_two_reports_at_most(conflict_of) -> None:
    said = ("Monday morning", "Friday evening", "Sunday night")
    same = [Told(SENTENCE.replace(said[0], when), "2024-09-10") for when in said]
    found = conflict_of(*same, Told(OTHER, "2024-09-10", score=0.4))
    assert [len(side.quotes) for side in found.sides] == [2, 1]


def test_a_side_quotes_one_of_several_copies(conflict_of) -> None:
    same = [Told(SENTENCE, "2024-09-10") for _ in range(3)]
    found = conflict_of(*same, Told(OTHER, "2024-09-10", score=0.4))
    assert [len(side.quotes) for side in found.sides] == [1, 1]


def test_articles_that_agree_are_no_conflict(conflict_of) -> None:
    assert conflict_of(Told(SENTENCE), Told(SENTENCE)) is None


def test_reasons_and_what_happened_do_not_contradict_each_other() -> None:
    apart = [
        Told("At the port of Skarn [the cranes] stood still on Monday."),
        Told("Fog held up [the ferries] all day at the port of Skarn."),
    ]
    for question in ("Why was the port of Skarn shut?", "And what's happened at Skarn?"):
        assert positions_on(question, reading_of(apart)) == ()


def test_copies_that_differ_are_told_whatever_is_asked() -> None:
    copies = reading_of([Told(SENTENCE), Told(OTHER)])
    assert len(positions_on("What happened at the port?", copies)) == 2


@pytest.mark.parametrize(
    ("question", "old", "new"),
    [
        (
            "How many people were hit by the Skarn leak?",
            Told("The Skarn leak hit [7,000] people.", "2026-03-05", 0.8),
            Told(
                "Another 2,000 were hit by the Skarn leak, bringing the total to [9,000] people.",
                "2026-03-05",
                0.9,
            ),
        ),
        (
            "How many people died on the Brin?",
            Told("The sinking of the Brin killed [six] people.", "2026-03-05", 0.9),
            Told("[Nine] people died on the Brin, not six as previously reported.", None, 0.8),
        ),
        (
            "How many people died on the Brin?",
            Told("More than [70] people died on the Brin.", "2026-03-05", 0.9),
            Told("On the Brin [84] people died.", "2026-03-05", 0.8),
        ),
        (
            "How many people died at the Skarn mill?",
            Told("[Two] people died at the Skarn mill.", "2026-03-02", 0.98),
            Told("A [third] person has died at the Skarn mill.", "2026-03-05", 0.05),
        ),
        (
            "Who is the chief executive of Norfin?",
            Told(
                "[Bo Crane], who stepped down as chief executive of Norfin, spoke.",
                "2026-03-09",
                0.9,
            ),
            Told("[Ann Tull] is the chief executive of Norfin.", "2026-03-05", 0.8),
        ),
    ],
)
def test_what_a_sentence_calls_new_or_old_has_changed_whatever_the_dates(
    tmp_path, question, old, new
) -> None:
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    with archive:
        fill(archive, *entries_of([old, new]))
        with archive.record.snapshot() as snapshot:
            positions = positions_on(question, reading_of([old, new]))
            found = make_conflict(snapshot, question, positions, ())
    assert found is not None
    assert found.kind is ConflictKind.CHANGED
    told = [item.sentence.replace("[", "").replace("]", "") for item in (old, new)]
    assert [side.quotes[0].text for side in found.sides] == told


def test_a_side_with_several_figures_shows_the_one_that_was_compared() -> None:
    told = [
        Told("A blast at Skarn killed [six people and hurt 120], officials said.", score=0.9),
        Told("The blast at Skarn killed [two people], the mayor said.", score=0.8),
    ]
    found = positions_on("How many people were killed at Skarn?", reading_of(told))
    assert [position.value for position in found] == ["six", "two people"]
