"""Prefers the newest of several reports that answer a question differently.

A death toll rises, a launch is put off, a minister gives way to another: what was reported last is
what is known by now.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rag.model import Candidate, Reading
from rag.news.sides import sides

# What an older report counts where a newer one gives another answer. Set by hand.
_OLDER = 0.5


def preferring_newer(question: str, reading: Reading) -> Reading:
    """The reading; sentences of before the answer last changed rank lower."""
    changed = _last_change(question, reading)
    if changed is None:
        return reading
    weighed = [
        replace(item, score=item.score * _OLDER) if _is_before(item, changed) else item
        for item in reading.candidates
    ]
    return replace(reading, candidates=tuple(sorted(weighed, key=lambda item: -item.score)))


def _last_change(question: str, reading: Reading) -> date | None:
    """The day of the newest likely report of another answer than the best one.

    None where an article with the best answer is as new, or has no date.
    """
    found = sides(question, reading)
    if not found:
        return None
    dates = [item.candidate.article.published for item in found[0].statements]
    known = [day.last.date() for day in dates if day is not None]
    if len(known) < len(dates):
        return None
    least = _OLDER * found[0].best.candidate.score
    others = [item.candidate for side in found[1:] for item in side.statements]
    reported = [item.article.published for item in others if item.score >= least]
    days = [day.start.date() for day in reported if day is not None]
    return max((day for day in days if day > max(known)), default=None)


def _is_before(candidate: Candidate, day: date) -> bool:
    published = candidate.article.published
    return published is not None and published.last.date() < day
