"""Answers as JSON: a file's text in, the Answers (as JSON) in it out; one of them in, typed values out; or as slim as a browser keeps it.

A file holds one answer, an array, JSON lines, an exported conversation, or a run. A line of a run file carries its answer under
`answer`; one that carries an error instead has nothing to check. Nothing is compared with an archive here but candidates:
`rag.quotes.verify_answer` checks quotes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from rag.errors import UsageError
from rag.model import (
    Answer,
    BlockKind,
    Candidate,
    Claim,
    Conflict,
    ConflictKind,
    Filters,
    Notice,
    Part,
    PartialDate,
    Quote,
    Rejected,
    Sentence,
    ShortAnswer,
    Side,
    Span,
    Status,
    Usage,
)
from rag.quotes import Claimed, Versions, check
from rag.store.database import StoredArticle

_Choice = TypeVar("_Choice", bound=StrEnum)
_HINT = "byline verify reads what byline ask --json writes, one answer, an array of answers, or one a line, and exported conversations."
_HELD_CANDIDATES = 8


class Answers(NamedTuple):
    """The answers in their order, and how many entries were passed over because they hold an error or are no answer."""

    answers: list[Mapping[str, Any]]
    skipped: int


def read_answers(text: str) -> Answers:
    """Finds the answers.

    :raises UsageError: if the text is not JSON, a claim has no quotes, or there is neither an answer nor an error in it.
    """
    entries = _entries(text)
    answers = [answer for entry in entries if (answer := _answer(entry)) is not None]
    failed = any(isinstance(entry, Mapping) and entry.get("error") for entry in entries)
    if not answers and not failed:
        raise UsageError("There is no answer in it.", hint=_HINT)
    return Answers(answers, len(entries) - len(answers))


def _entries(text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return [
            _line(line, number)
            for number, line in enumerate(text.split("\n"), start=1)
            if line.strip()
        ]
    # An exported conversation holds its answers in a list; a gold record has a list of that name too, beside an answer in a run file.
    if (
        isinstance(whole, Mapping)
        and isinstance(whole.get("answers"), list)
        and not whole.keys() & {"claims", "answer"}
    ):
        return list(whole["answers"])
    return whole if isinstance(whole, list) else [whole]


def _line(line: str, number: int) -> Any:  # noqa: ANN401
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"Line {number} is not JSON: {error}", hint=_HINT) from error


def _answer(entry: object) -> Mapping[str, Any] | None:
    if not isinstance(entry, Mapping):
        return None
    answer = entry if "claims" in entry else entry.get("answer")
    if not isinstance(answer, Mapping) or "claims" not in answer:
        return None
    claims = answer["claims"]
    if not isinstance(claims, list) or not all(
        isinstance(claim, Mapping) and isinstance(claim.get("quotes"), list) for claim in claims
    ):
        raise UsageError(
            "An answer's claims are not as the Answer contract has them: a list, each with a list of quotes.",
            hint=_HINT,
        )
    return answer


# ---------------------------------------------------------------- what a browser keeps


def slim(plain: Mapping[str, Any]) -> dict[str, Any]:
    """An Answer (as JSON) without passages and with at most 8 candidates, best first: of as many articles as it can be."""
    kept = {name: value for name, value in plain.items() if name != "passages"}
    if isinstance(kept.get("candidates"), list):
        kept["candidates"] = _of_many_articles(kept["candidates"])
    return kept


def _of_many_articles(candidates: list[Any]) -> list[Any]:
    """The first of each article, then the others, up to the limit; in the order in which they stood."""
    names = [item.get("article_id") if isinstance(item, Mapping) else None for item in candidates]
    by_worth = sorted(range(len(candidates)), key=lambda i: names[i] in names[:i])
    return [candidates[i] for i in sorted(by_worth[:_HELD_CANDIDATES])]


# ---------------------------------------------------------------- typed values


def answer_of(plain: Mapping[str, Any], record: Versions) -> Answer:
    """An Answer (as JSON) as typed values again, without passages and with the candidates that `record` still holds word for word.

    Unknown keys are ignored and optional ones may be missing. Quotes are taken as they stand: whoever shows them as exact checks them
    with `rag.quotes.verify_answer`. A candidate's `hit_rank` is 0, since passages are not kept.

    :raises UsageError: if a needed key is missing or a value is not what the contract says; the key is named.
    """
    values = _Values(plain)
    if plain.get("schema", 1) != 1:
        raise _bad("schema", "must be 1: another release of Byline wrote this answer")
    question, claims = values.text("question"), tuple(map(_claim, values.items("claims")))
    return Answer(
        id=values.text("id"),
        question=question,
        asked_as=values.text("asked_as", missing=question),
        filters=_filters(values.inner("filters")),
        status=values.choice("status", Status),
        mode=values.text("mode", missing="extractive"),
        text=values.text("text"),
        confidence=values.chance("confidence"),
        archive_revision=values.whole("archive_revision"),
        claims=claims,
        candidates=tuple(
            held
            for item in values.items("candidates")
            if (held := _candidate(item, record)) is not None
        ),
        conflicts=tuple(map(_conflict, values.items("conflicts"))),
        parts=tuple(_part(item, len(claims)) for item in values.items("parts")),
        rejected=tuple(
            Rejected(item.text("text"), item.text("reason")) for item in values.items("rejected")
        ),
        notices=tuple(
            Notice(item.text("code"), item.text("message")) for item in values.items("notices")
        ),
        usage=_usage(values.inner("usage")),
        timings_ms=_timings(values.inner("timings_ms")),
    )


def _filters(values: _Values | None) -> Filters:
    if values is None:
        return Filters()
    dates = {name: values.date(name) for name in ("since", "until", "as_of")}
    with values.sound():
        return Filters(
            **dates,
            publisher=values.optional_text("publisher"),
            include_undated=values.flag("include_undated"),
        )


def _claim(values: _Values) -> Claim:
    answer = values.inner("answer")
    with values.sound():
        return Claim(
            text=values.text("text"),
            quotes=tuple(map(_quote, values.items("quotes"))),
            confidence=values.chance("confidence"),
            support=values.chance("support"),
            answer=None if answer is None else _short_answer(answer),
        )


def _short_answer(values: _Values) -> ShortAnswer:
    return ShortAnswer(
        values.text("text"), values.name("article_id"), values.name("version"), *values.span()
    )


def _quote(values: _Values) -> Quote:
    start, end = values.span()
    return Quote(
        article_id=values.name("article_id"),
        version=values.name("version"),
        source=values.text("source"),
        title=values.text("title"),
        start=start,
        end=end,
        text=values.text("text"),
        url=values.optional_text("url"),
        publisher=values.optional_text("publisher"),
        published=values.date("published"),
        updated=values.date("updated"),
        kind=values.choice("kind", BlockKind, missing=BlockKind.PARAGRAPH),
        speaker=values.optional_text("speaker"),
        outlets=values.texts("outlets"),
    )


def _conflict(values: _Values) -> Conflict:
    sides = (
        Side(item.text("value"), tuple(map(_quote, item.items("quotes"))), item.date("published"))
        for item in values.items("sides")
    )
    return Conflict(values.text("subject"), values.choice("kind", ConflictKind), tuple(sides))


def _part(values: _Values, claims: int) -> Part:
    chosen = values.wholes("claims")
    if any(index >= claims for index in chosen):
        raise _bad(f"{values.place}.claims", f"names a claim that is not there: there are {claims}")
    return Part(values.text("question"), values.choice("status", Status), chosen)


def _timings(values: _Values | None) -> dict[str, float]:
    return {} if values is None else {name: values.number(name) for name in values.plain}


def _usage(values: _Values | None) -> Usage | None:
    if values is None:
        return None
    version, requests, cached, given, written = (
        values.whole(name)
        for name in ("prompt_version", "requests", "cached", "tokens_in", "tokens_out")
    )
    return Usage(values.text("model"), version, requests, cached, given, written)


def _candidate(values: _Values, record: Versions) -> Candidate | None:
    """None where the record does not hold exactly these words there, as after an article was removed."""
    article_id, version = values.name("article_id"), values.name("version")
    score, inner, stored = (
        values.number("score"),
        values.inner("answer"),
        record.version(article_id, version),
    )
    spans = [(item.span(), item.text("text")) for item in (values, inner) if item is not None]
    if stored is None or any(
        check(stored, Claimed(article_id, version, *span, text)) for span, text in spans
    ):
        return None
    return Candidate(
        stored.article,
        _sentence(stored, *spans[0][0]),
        score,
        None if inner is None else Span(*spans[1][0]),
        hit_rank=0,
    )


def _sentence(stored: StoredArticle, start: int, end: int) -> Sentence:
    return next(
        (item for item in stored.sentences if (item.start, item.end) == (start, end)),
        Sentence(start, end),
    )


# ---------------------------------------------------------------- one value


def _bad(place: str, fault: str) -> UsageError:
    return UsageError(
        f"This is not an answer as Byline writes it: {place} {fault}.",
        hint="Was it edited by hand? Ask the question again.",
    )


class _Values:
    """The values of one JSON object, each checked as it is read; `place` names the object where something is wrong."""

    def __init__(self, plain: object, place: str = "") -> None:
        self.place = place
        if not isinstance(plain, Mapping):
            raise _bad(place or "it", f"must be an object, not {_kind(plain)}")
        self.plain = plain

    @contextmanager
    def sound(self) -> Iterator[None]:
        """Values that are each right and do not go together."""
        try:
            yield
        except ValueError as error:
            raise _bad(self.place or "it", f"does not hold together: {error}") from error

    def _wrong(self, name: str, wanted: str) -> UsageError:
        value = self.plain.get(name)
        return _bad(
            self._at(name),
            f"must be {wanted}, not {_kind(value)}" if name in self.plain else "is missing",
        )

    def _at(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place and name else self.place or name

    def text(self, name: str, *, missing: str | None = None) -> str:
        value = self.plain.get(name, missing)
        if not isinstance(value, str):
            raise self._wrong(name, "a string")
        return value

    def optional_text(self, name: str) -> str | None:
        return None if self.plain.get(name) is None else self.text(name)

    def name(self, name: str) -> str:
        """Half a surrogate pair, which JSON can spell, cannot be looked up."""
        value = self.text(name)
        if not value.isascii():
            raise _bad(self._at(name), "is no name that an archive gives")
        return value

    def number(self, name: str) -> float:
        value = self.plain.get(name)
        # JSON has no largest number, float has.
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or not abs(value) <= sys.float_info.max
        ):
            raise self._wrong(name, "a finite number")
        return float(value)

    def chance(self, name: str) -> float:
        value = self.number(name)
        if not 0 <= value <= 1:
            raise _bad(self._at(name), f"must lie between 0 and 1, not be {value:g}")
        return value

    def whole(self, name: str) -> int:
        value = self.plain.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong(name, "a whole number from 0")
        return value

    def span(self) -> tuple[int, int]:
        """Where the object's `text` stands."""
        start, end = self.whole("start"), self.whole("end")
        if not start < end or len(self.text("text")) != end - start:
            raise _bad(
                self.place,
                f"has {len(self.text('text'))} characters of text, which cannot span {start} to {end}",
            )
        return start, end

    def flag(self, name: str) -> bool:
        value = self.plain.get(name, False)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def date(self, name: str) -> PartialDate | None:
        text = self.optional_text(name)
        try:
            return None if text is None else PartialDate.parse(text)
        except ValueError as error:
            raise _bad(self._at(name), f"is {error}") from error

    def choice(self, name: str, of: type[_Choice], *, missing: _Choice | None = None) -> _Choice:
        if name not in self.plain and missing is not None:
            return missing
        text = self.text(name)
        if text not in set(of):
            raise _bad(self._at(name), f"must be one of {', '.join(of)}, not {text!r}")
        return of(text)

    def inner(self, name: str) -> _Values | None:
        value = self.plain.get(name)
        return None if value is None else _Values(value, self._at(name))

    def _list(self, name: str) -> list[Any]:
        value = self.plain.get(name)
        if value is not None and not isinstance(value, list):
            raise self._wrong(name, "a list")
        return value or []

    def items(self, name: str) -> list[_Values]:
        return [_Values(item, f"{self._at(name)}[{i}]") for i, item in enumerate(self._list(name))]

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(item.text("") for item in self._each(name))

    def wholes(self, name: str) -> tuple[int, ...]:
        return tuple(item.whole("") for item in self._each(name))

    def _each(self, name: str) -> Iterator[_Values]:
        """Bare values as objects that hold one, without a name."""
        return (
            _Values({"": item}, f"{self._at(name)}[{i}]") for i, item in enumerate(self._list(name))
        )


def _kind(value: object) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "true or false",
        type(None): "null",
    }
    return names.get(type(value)) or f"{value}"[:20]
