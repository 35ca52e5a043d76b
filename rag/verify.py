"""Verifies saved answers: compares every cited field of an Answer, as JSON, with the archive.

A model's wording, confidences and timings cannot be compared; `NOT_CHECKED` names what is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rag.model import (
    BlockKind,
    Chunk,
    Notice,
    PartialDate,
    Precision,
    Status,
    date_text,
    joined_text,
    sentences_within,
)
from rag.quotes import Claimed, Versions, check
from rag.store.database import Snapshot
from rag.store.rows import StoredArticle

NOT_CHECKED = (
    "confidence, support and scores",
    "the kind of the question, its verdict and its period",
    "speakers, event dates and outlets, which are worked out from the articles",
    "what Byline says of the archive and of itself",
    "the wording of claims that a language model wrote",
    "usage and timings",
)
_EXTRACTIVE = "extractive"


class Verified(NamedTuple):
    """One part of an answer after the check: its place, its text, and what differs.

    `shown` is false for the sentences and passages that were read but that no reader saw.
    """

    place: str
    text: str
    problems: tuple[str, ...]
    shown: bool = True

    @property
    def ok(self) -> bool:
        return not self.problems


class Replaced(NamedTuple):
    """A quote of an older version: its place in the answer, and its article's source.

    The newer version is valid since `since`, None where it corrects the older one, whose time it
    took over; `still_says_it` is whether it has the same words.
    """

    place: str
    source: str
    since: PartialDate | None
    still_says_it: bool


class Removed(NamedTuple):
    """A quote of an article that the archive no longer has: its place, and the source it cites."""

    place: str
    source: str


class _Named(NamedTuple):
    """An item of an answer and its place, as `claim 1, quote 2`."""

    place: str
    plain: object


def verify_answer(versions: Versions, answer: Mapping[str, Any]) -> list[Verified]:
    """Checks the answer as a whole, then its quotes, short answers, candidates and passages."""
    seen: tuple[str, ...] = ("claim", "conflict")
    if answer.get("status") == Status.NOT_IN_ARTICLES:
        seen = (*seen, "candidate")  # the nearest ones are shown
    return [
        Verified("the answer", str(answer.get("text", "")), tuple(_whole_problems(answer))),
        *(_checked_claim(named, answer) for named in _numbered(answer, "claims", "claim")),
        *(
            _checked_words(versions, named)._replace(shown=named.place.startswith(seen))
            for named in _quoted(answer)
        ),
    ]


def replaced_quotes(snapshot: Snapshot, answer: Mapping[str, Any]) -> Iterator[Replaced]:
    """The quotes whose article has a newer version."""
    for place, plain in _quoted(answer):
        match plain:
            case {"article_id": str(article_id), "version": str(version), "text": str(text)}:
                is_quote = "quote" in place and article_id.isascii()
                current = snapshot.current(article_id) if is_quote else None
                if current is None or current.version == version:
                    continue
                stored = snapshot.version(article_id, current.version)
                if stored is not None:
                    article = stored.article
                    since = None
                    if version.isascii() and snapshot.was_superseded(article_id, version):
                        since = PartialDate.from_epoch(current.valid_from, Precision.SECOND)
                    yield Replaced(place, article.source, since, text in article.text)


def removed_quotes(snapshot: Snapshot, answer: Mapping[str, Any]) -> Iterator[Removed]:
    """The quotes whose article was removed from the archive, or was never in it."""
    for place, plain in _quoted(answer):
        match plain:
            case {"article_id": str(article_id), "source": str(source)} if "quote" in place:
                if not article_id.isascii() or snapshot.current(article_id) is None:
                    yield Removed(place, source)


# ---------------------------------------------------------------- the answer and its claims


def _whole_problems(answer: Mapping[str, Any]) -> Iterator[str]:
    """What does not hold together in the answer itself."""
    claims = _mappings(answer, "claims")
    answered = answer.get("status") == Status.ANSWERED
    if answered and not claims:
        yield "status is answered, but there are no claims"
    if claims and not answered:
        yield f"status is {answer.get('status')}, but there are claims"
    stated = answer.get("status") in (Status.ABOUT_ARCHIVE, Status.HELP)
    texts = [str(claim.get("text")) for claim in claims]
    notices = [
        Notice(str(notice.get("code")), str(notice.get("message")))
        for notice in _mappings(answer, "notices")
    ]
    if not stated and answer.get("text") != joined_text(texts, notices):
        yield "text is not the text of its claims"
    for conflict in _items(answer, "conflicts"):
        for side in _mappings(conflict, "sides"):
            dates = [quote.get("published") for quote in _mappings(side, "quotes")]
            if side.get("published") not in [*dates, None]:
                yield "the date of a side is not that of a quote"
    for part in _items(answer, "parts"):
        indices = _items(part, "claims")
        if not all(isinstance(i, int) and 0 <= i < len(claims) for i in indices):
            yield "a part names a claim that is not there"


def _checked_claim(named: _Named, answer: Mapping[str, Any]) -> Verified:
    claim = named.plain if isinstance(named.plain, Mapping) else {}
    return Verified(named.place, str(claim.get("text", "")), tuple(_claim_problems(claim, answer)))


def _claim_problems(claim: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[str]:
    quotes = _mappings(claim, "quotes")
    if not quotes:
        yield "it has no quote"
    said = " ".join(str(quote.get("text")) for quote in quotes)
    if answer.get("mode", _EXTRACTIVE) == _EXTRACTIVE and claim.get("text") != said:
        yield "text is not what its quotes say"
    short = claim.get("answer")
    if isinstance(short, Mapping) and not any(_lies_inside(short, quote) for quote in quotes):
        yield "the short answer does not lie inside a quote"


def _lies_inside(short: Mapping[str, Any], quote: Mapping[str, Any]) -> bool:
    same = all(short.get(name) == quote.get(name) for name in ("article_id", "version"))
    try:
        return same and bool(quote["start"] <= short["start"] < short["end"] <= quote["end"])
    except (KeyError, TypeError):
        return False


# ---------------------------------------------------------------- words and their fields


def _quoted(answer: Mapping[str, Any]) -> Iterator[_Named]:
    """Everything in the answer that claims to be the exact words of an article."""
    for claim in _numbered(answer, "claims", "claim"):
        yield from _numbered(claim.plain, "quotes", f"{claim.place}, quote")
        if isinstance(claim.plain, Mapping) and claim.plain.get("answer") is not None:
            yield _Named(f"{claim.place}, short answer", claim.plain["answer"])
    for conflict in _numbered(answer, "conflicts", "conflict"):
        for side in _numbered(conflict.plain, "sides", f"{conflict.place}, side"):
            yield from _numbered(side.plain, "quotes", f"{side.place}, quote")
    for candidate in _numbered(answer, "candidates", "candidate"):
        yield candidate
        match candidate.plain:
            case {"article_id": article_id, "version": version, "answer": Mapping() as short}:
                words = {**short, "article_id": article_id, "version": version}
                yield _Named(f"{candidate.place}, short answer", words)
    yield from _numbered(answer, "passages", "passage")


def _checked_words(versions: Versions, named: _Named) -> Verified:
    match named.plain:
        case {
            "article_id": str(article_id),
            "version": str(version),
            "start": int(start),
            "end": int(end),
            "text": str(text),
        }:
            claimed = Claimed(article_id, version, start, end, text)
            stored = versions.version(article_id, version)
            problem = check(stored, claimed)
            if stored is None or problem is not None:
                return Verified(named.place, text, (problem or "",))
            plain = named.plain if isinstance(named.plain, Mapping) else {}
            problems = tuple(_field_problems(plain, stored, claimed))
            return Verified(named.place, text, problems)
    problem = "it needs article_id, version, start, end and text, as the Answer contract has them"
    return Verified(named.place, "", (problem,))


def _field_problems(
    plain: Mapping[str, Any], stored: StoredArticle, claimed: Claimed
) -> Iterator[str]:
    """Names the cited fields that differ from the archive's, each with the archive's value."""
    article = stored.article
    published = article.published
    touched = sentences_within(stored.sentences, claimed.start, claimed.end)
    values = {
        "source": article.source,
        "title": article.title,
        "url": article.url,
        "publisher": article.publisher,
        "published": date_text(published),
        "precision": published and str(published.precision),
        "updated": date_text(article.updated),
        "kind": str(touched[0].kind if touched else BlockKind.PARAGRAPH),
        "chunk_id": Chunk(*claimed[:4]).chunk_id,
    }
    for name, value in values.items():
        if name in plain and plain[name] != value:
            yield f"{name} is {value!r} in the archive"


def _items(plain: object, name: str) -> list[Any]:
    """The list of that name, empty where there is none: a file may hold anything."""
    found = plain.get(name) if isinstance(plain, Mapping) else None
    return found if isinstance(found, list) else []


def _mappings(plain: object, name: str) -> list[Mapping[str, Any]]:
    """The objects in the list of that name."""
    return [item for item in _items(plain, name) if isinstance(item, Mapping)]


def _numbered(plain: object, name: str, place: str) -> Iterator[_Named]:
    for number, item in enumerate(_items(plain, name), start=1):
        yield _Named(f"{place} {number}", item)
