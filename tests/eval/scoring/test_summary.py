"""A run in plain words: counts, then what to look at in the order of the file."""

from __future__ import annotations

from typing import Any

from eval.gold.questions import Evidence, GoldQuestion, Why
from eval.scoring.failure_stages import Stage
from eval.scoring.outcome import ArchivedEvidence, Held, Outcome
from eval.scoring.summary import summary

TRIPS = GoldQuestion("z", "How many trips?", answers=(("11",),))
MAYOR = GoldQuestion("m", "Who is mayor?", answers=(("Luc Ferrand", "Ferrand"), ("Tull",)))
OWNER = GoldQuestion("a", "Who owns it?", answerable=False, why=Why.OFF_TOPIC)
OPEN = GoldQuestion("o", "Who knows?", answerable=None)


def said(gold: GoldQuestion, text: str, short: str = "") -> Outcome:
    quote = {"text": text, "source": "a.txt"}
    claim: dict[str, Any] = {"text": text, "quotes": [quote]}
    claim |= {"answer": {"text": short}} if short else {}
    answer = {"status": "answered", "text": text, "claims": [claim], "candidates": [quote]}
    return Outcome(gold.id, answer | {"passages": [quote]})


def silent(gold: GoldQuestion) -> Outcome:
    return Outcome(gold.id, {"status": "not_in_articles", "candidates": []})


def test_failures_stand_in_the_order_of_the_file() -> None:
    outcomes = [
        said(OWNER, "The town owns it.", "The town"),
        silent(OPEN),
        said(MAYOR, "It rained.", "It"),
        said(TRIPS, "It was his 11th trip.", "11th"),
    ]
    found = summary([TRIPS, MAYOR, OPEN, OWNER], outcomes)
    assert str(found) == "1 of 3 right; 2 to look at; 1 cannot be judged."
    assert [item.id for item in found.failures] == ["m", "a"]
    mayor, owner = map(str, found.failures)
    assert mayor == (
        "m: Who is mayor? Wanted “Luc Ferrand” or “Ferrand” and “Tull”, got “It”."
        " Evidence not retrieved."
    )
    assert owner == "a: Who owns it? Wanted no answer, got “The town”. Wrongly answered."


def test_errors_and_silence_are_told_as_what_they_are() -> None:
    found = summary([TRIPS, MAYOR], [silent(TRIPS), Outcome("m", error="OSError: disk")])
    came = [item.came for item in found.failures]
    assert came == ["no answer", "an error (OSError: disk)"]
    assert str(summary([TRIPS], [said(TRIPS, "It was his 11th trip.")])) == "1 of 1 right."


def test_evidence_that_the_archive_lacks_is_told_first() -> None:
    gold = GoldQuestion("e", "Who?", evidence=(Evidence("gone.txt", "Nils Aker left the port."),))
    outcome = said(gold, "It rained.")
    lost = ArchivedEvidence("gone.txt", 1, Held.NO_ARTICLE, "Nils Aker left the port.")
    (item,) = summary([gold], [Outcome("e", outcome.answer, evidence=(lost,))]).failures
    assert (item.stage, item.wanted) == (Stage.NOT_IN_ARCHIVE, "“Nils Aker left the port.”")
