"""Explains an answer: what was found and read on the way to it, and the stage at which it ended.

Nothing is recorded while a question is answered: to explain, the question is asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from rag.events import Found
from rag.model import AnswerValues, Hit, Kind, Reader, Status
from rag.reading.reader import TrainedReader
from rag.reading.weights import Weighed, weigh

# How many sentences of each search are explained.
_MOST_SENTENCES = 8
# Their sentences are chosen by topic; no reader weighs them.
_BY_TOPIC = frozenset({Kind.BRIEF, Kind.TIMELINE, Kind.ARTICLES})


class Ending(StrEnum):
    """The stage at which an answer ended, as far as it can be told without gold evidence."""

    OWN_WORDS = "own_words"  # about the archive, or help: no passage was read
    NOTHING_TO_READ = "nothing_to_read"  # no article passes the filters, or there is none
    NOTHING_NEAR = "nothing_near"  # all passages are about something else
    NOT_SURE = "not_sure"  # passages were read, and no sentence was likely enough
    NOTHING_FITS = "nothing_fits"  # sentences were likely, none had the form asked for
    REFUSED = "refused"  # the checks refused every statement
    ANSWERED = "answered"


class Search(NamedTuple):
    """The passages that were read for a question or a part of it, and the best sentences.

    `p_none` is the chance that no sentence answers; None where sentences are chosen by topic.
    """

    question: str
    passages: tuple[Hit, ...]
    sentences: tuple[Weighed, ...]
    p_none: float | None


class Explanation(NamedTuple):
    """Why an answer is what it is; above `threshold`, a chance of none, Byline does not answer.

    `revision` is the archive's now; that of the answer may be older.
    """

    answer: AnswerValues
    searches: tuple[Search, ...]
    threshold: float
    revision: int
    ending: Ending


def explanation_of(
    answer: AnswerValues, again: AnswerValues, found: Sequence[Found], reader: Reader, limit: float
) -> Explanation:
    """Explains an answer from what asking its question again has found.

    :param again: the answer of now, which is another if the archive has changed.
    :param limit: the chance that no sentence answers above which there is no answer.
    """
    searches = tuple(_search(one, reader, by_topic=again.kind in _BY_TOPIC) for one in found)
    revision = again.archive_revision
    return Explanation(answer, searches, limit, revision, _ending(answer, searches, limit))


def _search(found: Found, reader: Reader, *, by_topic: bool) -> Search:
    best = found.reading.candidates[:_MOST_SENTENCES]
    if by_topic:
        return Search(found.question, found.passages, tuple(map(Weighed, best)), None)
    if isinstance(reader, TrainedReader):
        sentences = weigh(reader, found.question, found.passages, best)
    else:
        sentences = tuple(map(Weighed, best))
    return Search(found.question, found.passages, sentences, found.reading.p_none)


def _ending(answer: AnswerValues, searches: Sequence[Search], limit: float) -> Ending:
    if answer.status is Status.ANSWERED:
        return Ending.ANSWERED
    if answer.status is not Status.NOT_IN_ARTICLES:
        return Ending.OWN_WORDS
    if answer.rejected:
        return Ending.REFUSED
    if not any(search.passages for search in searches):
        return Ending.NOTHING_TO_READ
    if any(notice.code == "far" for notice in answer.notices):
        return Ending.NOTHING_NEAR
    unsure = (search.p_none is not None and search.p_none > limit for search in searches)
    return Ending.NOT_SURE if any(unsure) else Ending.NOTHING_FITS
