"""Says why a question has no answer, where it is not that the articles do not say.

The archive is empty, a filter leaves nothing, the question is in another language, it asks for more
than quotes, or nothing comes near it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from rag.embed import DEFAULT_MODEL, Embedder
from rag.model import Filters, Hit, Notice
from rag.render.words import dates_words, filters_words, human_date
from rag.store.database import Headline, Snapshot
from rag.text.languages import foreign_language
from rag.text.publishers import is_called

# The least cosine of a passage that is near. Of questions that the BBC articles cannot answer, the
# nearest passages of those on other subjects reach 0.31, of all others at least 0.39.
NEAR = 0.35
_DIM = 384
_MOST_PUBLISHERS = 10
_DATE_FILTERS = (
    ("since", "was published since the beginning of"),
    ("until", "was published by the end of"),
    ("as_of", "was in the archive by the end of"),
)
# Requests for a text that no article has. A language model does not change this: it only quotes.
_BEYOND = re.compile(
    r"^(?:(?:please|can you|could you|will you)\s+)*"
    r"(?:write|compose|draft|translate|rewrite|paraphrase|calculate|compute|draw|paint|sing"
    r"|imagine|pretend|predict|guess|invent)\b",
    re.IGNORECASE,
)


def limits_of(question: str) -> Iterator[Notice]:
    """The notices on what Byline cannot do with a question, whatever the archive holds."""
    if language := foreign_language(question):
        yield Notice(
            "language",
            f"The question seems to be in {language}. Byline reads English questions; asked in "
            "another language, it may miss what the articles say.",
        )
    if _BEYOND.match(question.strip()):
        yield Notice(
            "beyond",
            "Byline quotes what articles say; it does not write, translate, calculate or predict.",
        )


def other_language(question: str, hits: Sequence[Hit]) -> Iterator[Notice]:
    """A notice if the nearest article is in another language and the question is in English."""
    if not hits or foreign_language(question):
        return
    nearest = hits[0].article
    if language := foreign_language(nearest.text):
        yield Notice(
            "language",
            f"The nearest article, “{nearest.title}”, seems to be in {language}. Byline reads "
            "English articles; it may miss what those in another language say.",
        )


def nothing_near(hits: Sequence[Hit], embedder: Embedder) -> Iterator[Notice]:
    """A notice if all passages are about something else than the question.

    The floor belongs to the default embedding model; with others, whatever came up counts as near.
    """
    known = embedder.name == DEFAULT_MODEL and embedder.dim == _DIM
    if known and hits and max(hit.similarity for hit in hits) < NEAR:
        yield Notice("far", "The articles do not say, and nothing in them comes near the question.")


def nothing_to_read(snapshot: Snapshot, filters: Filters) -> Notice:
    """Why no passage passed the filters: the filter that alone leaves nothing, or all together."""
    return Notice("empty", _why_nothing(snapshot, filters))


def _why_nothing(snapshot: Snapshot, filters: Filters) -> str:
    everything = snapshot.headlines(Filters())
    if not everything:
        return "The archive is empty. Fill it with: byline ingest FOLDER"
    if filters.publisher is not None and not any(
        is_called(item.publisher, filters.publisher) for item in everything
    ):
        return _unknown_publisher(filters.publisher, snapshot.publishers())
    if filters.by_date and not any(item.published for item in everything):
        return (
            "No article has a known date, so a filter by date leaves none; --include-undated lets "
            "undated articles in."
        )
    for name, words in _DATE_FILTERS:
        date = getattr(filters, name)
        if date is not None and not snapshot.headlines(_only(filters, name)):
            return f"No article {words} {human_date(date)}. {_period(everything)}"
    passed = filters_words(filters)
    return f"No article passes all filters together: {passed}. {_period(everything)}".strip()


def _only(filters: Filters, name: str) -> Filters:
    """One of the date filters alone."""
    options = {name: getattr(filters, name), "include_undated": filters.include_undated}
    return Filters().with_options(**options)


def _unknown_publisher(wanted: str, publishers: Sequence[str]) -> str:
    if not publishers:
        return f"No article is from {wanted}: no article names its publisher."
    within = [name for name in publishers if wanted.casefold() in name.casefold()]
    like = difflib.get_close_matches(wanted, publishers, n=3)
    if near := list(dict.fromkeys([*within, *like]))[:_MOST_PUBLISHERS]:
        return f"No article is from {wanted}. Do you mean {' or '.join(near)}?"
    known = ", ".join(publishers[:_MOST_PUBLISHERS])
    more = f" and {len(publishers) - _MOST_PUBLISHERS:,} more"
    return (
        f"No article is from {wanted}. Publishers: {known}"
        f"{more if len(publishers) > _MOST_PUBLISHERS else ''}."
    )


def _period(headlines: Sequence[Headline]) -> str:
    dated = [item.published for item in headlines if item.published is not None]
    if not dated:
        return ""
    return f"The articles date from {dates_words(dated)}."
