"""Writes Answers as JSON and reads them again: the public contract, schema 1.

`--json`, run files, exported conversations and the API all use it. Readers ignore keys that they
do not know. Reading checks shapes and ranges; `rag.verify` compares an answer with an archive.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Any, Literal, NamedTuple

from rag.errors import UsageError
from rag.model import (
    AnswerValues,
    Candidate,
    Claim,
    Conflict,
    Filters,
    Hit,
    Kind,
    Notice,
    Part,
    PartialDate,
    Period,
    Quote,
    Rejected,
    Sentence,
    Span,
    Status,
    Usage,
    Verdict,
    date_text,
)
from rag.quotes import Claimed, Versions, check
from rag.validation import reasons

_DATES = frozenset({"published", "updated", "event_date", "since", "until", "as_of"})
_HINT = (
    "Answers are read as byline ask --json writes them: one answer, an array of answers, one "
    "answer a line, or an exported conversation."
)
_HELD_CANDIDATES = 8

# ---------------------------------------------------------------- writing


def answer_to_json(answer: AnswerValues) -> dict[str, Any]:
    """The answer as plain values for `json.dumps`."""
    return {
        "schema": 1,
        **_plain(answer),
        "confidence": round(answer.confidence, 4),
        "claims": [_claim_to_json(claim) for claim in answer.claims],
        "filters": filters_to_json(answer.filters),
        "candidates": [_candidate_to_json(candidate) for candidate in answer.candidates],
        "passages": [hit_to_json(hit) for hit in answer.passages],
        "timings_ms": {name: round(value, 2) for name, value in answer.timings_ms.items()},
    }


def filters_to_json(filters: Filters) -> dict[str, Any]:
    """The filters; `include_undated` stands there only where it is set."""
    plain: dict[str, Any] = {
        "as_of": date_text(filters.as_of),
        "since": date_text(filters.since),
        "until": date_text(filters.until),
        "publisher": filters.publisher,
    }
    return plain | {"include_undated": True} if filters.include_undated else plain


def quote_to_json(quote: Quote) -> dict[str, Any]:
    """One quote."""
    plain = {item.name: _plain(getattr(quote, item.name)) for item in fields(quote)}
    return plain | {"precision": quote.published and str(quote.published.precision)}


def hit_to_json(hit: Hit) -> dict[str, Any]:
    """One passage."""
    return {
        "chunk_id": hit.chunk.chunk_id,
        "article_id": hit.chunk.article_id,
        "version": hit.chunk.version,
        "source": hit.article.source,
        "start": hit.chunk.start,
        "end": hit.chunk.end,
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "text": hit.text,
    }


def _claim_to_json(claim: Claim) -> dict[str, Any]:
    rounded = {"confidence": round(claim.confidence, 4), "support": round(claim.support, 4)}
    return {**_plain(claim), **rounded}


def _candidate_to_json(candidate: Candidate) -> dict[str, Any]:
    article, sentence, answer = candidate.article, candidate.sentence, candidate.answer
    short = answer and asdict(answer) | {"text": article.text[answer.start : answer.end]}
    return {
        "article_id": article.article_id,
        "version": article.version,
        "source": article.source,
        "start": sentence.start,
        "end": sentence.end,
        "text": candidate.text,
        "score": round(candidate.score, 6),
        "answer": short,
    }


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Values of `rag.model` as JSON values; passages and candidates have forms of their own."""
    match value:
        case PartialDate():
            return str(value)
        case Quote():
            return quote_to_json(value)
        case tuple():
            return [_plain(item) for item in value if not isinstance(item, Hit | Candidate)]
        case str():
            return str(value)
        case _ if is_dataclass(value):
            return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    return value


# ---------------------------------------------------------------- files of answers


class FoundAnswers(NamedTuple):
    """The answers of a file in order, as JSON values, and how many entries hold none."""

    answers: list[Mapping[str, Any]]
    skipped: int


def find_answers(text: str) -> FoundAnswers:
    """Finds the answers in the text of a JSON file, a run file or an exported conversation.

    A line of a run file has its answer under `answer`; an entry with an error is skipped.

    :raises UsageError: if the text is not JSON, a claim has no list of quotes, or the text holds
        neither an answer nor an error.
    """
    entries = _entries(text)
    answers = [answer for entry in entries if (answer := _answer_in(entry)) is not None]
    failed = any(isinstance(entry, Mapping) and entry.get("error") for entry in entries)
    if not answers and not failed:
        raise UsageError("There is no answer in it.", hint=_HINT)
    return FoundAnswers(answers, len(entries) - len(answers))


def _entries(text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        lines = enumerate(text.split("\n"), start=1)
        return [_parsed_line(line, number) for number, line in lines if line.strip()]
    conversation = isinstance(whole, Mapping) and isinstance(whole.get("answers"), list)
    # A line of a run file has a list of that name, too: its gold answers.
    if conversation and not whole.keys() & {"claims", "answer"}:
        return list(whole["answers"])
    return whole if isinstance(whole, list) else [whole]


def _parsed_line(line: str, number: int) -> Any:  # noqa: ANN401
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"Line {number} is not JSON: {error}", hint=_HINT) from error


def _answer_in(entry: object) -> Mapping[str, Any] | None:
    if not isinstance(entry, Mapping):
        return None
    answer = entry if "claims" in entry else entry.get("answer")
    if not isinstance(answer, Mapping) or "claims" not in answer:
        return None
    claims = answer["claims"]
    quoted = isinstance(claims, list) and all(
        isinstance(claim, Mapping) and isinstance(claim.get("quotes"), list) for claim in claims
    )
    if not quoted:
        raise UsageError(
            "The claims of an answer must be a list, and each must have a list of quotes.",
            hint=_HINT,
        )
    return answer


def shortened(plain: Mapping[str, Any]) -> dict[str, Any]:
    """An Answer, as JSON values, without passages and with at most 8 candidates.

    Of the candidates the best of each article come first, then others; their order stays.
    """
    kept = {name: value for name, value in plain.items() if name != "passages"}
    candidates = kept.get("candidates")
    if isinstance(candidates, list):
        ids = [item.get("article_id") if isinstance(item, Mapping) else None for item in candidates]
        repeats = [ids[i] in ids[:i] for i in range(len(ids))]
        chosen = sorted(range(len(ids)), key=repeats.__getitem__)[:_HELD_CANDIDATES]
        kept["candidates"] = [candidates[i] for i in sorted(chosen)]
    return kept


# ---------------------------------------------------------------- reading


@dataclass(frozen=True)
class _CandidateJson:
    article_id: str
    version: str
    start: int
    end: int
    text: str
    score: float
    answer: _ShortJson | None = None


@dataclass(frozen=True)
class _ShortJson:
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class _AnswerJson:
    """The shape of Answer JSON, as far as it is read; pydantic reads `rag.model` values in it."""

    id: str
    question: str
    status: Status
    text: str
    confidence: float
    archive_revision: int
    schema: Literal[1] = 1
    asked_as: str | None = None
    mode: str = "extractive"
    filters: dict[str, Any] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    candidates: tuple[_CandidateJson, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    parts: tuple[Part, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    notices: tuple[Notice, ...] = ()
    usage: Usage | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    kind: Kind = Kind.FACT
    verdict: Verdict | None = None
    period: Period | None = None


def answer_from_json(plain: Mapping[str, Any], versions: Versions) -> AnswerValues:
    """Reads an Answer from JSON values.

    Passages are left out, and so are candidates which `versions` no longer holds word for word;
    `hit_rank` of a candidate is 0. Quotes are taken as they stand: `rag.verify` checks them.

    :raises UsageError: if a key is missing or a value is not as the contract says; it names them.
    """
    from pydantic import TypeAdapter, ValidationError

    known = {item.name for item in fields(Filters)}
    try:
        read = TypeAdapter(_AnswerJson).validate_python(_with_dates(plain, ""))
        filters = Filters(**{name: read.filters[name] for name in known & read.filters.keys()})
        found = (_candidate_from_json(item, versions) for item in read.candidates)
        values = {item.name: getattr(read, item.name) for item in fields(_AnswerJson)}
        del values["schema"]
        asked_as = read.question if read.asked_as is None else read.asked_as
        more = {"filters": filters, "asked_as": asked_as}
        candidates = tuple(item for item in found if item is not None)
        return AnswerValues(**values | more | {"candidates": candidates})
    except ValidationError as error:
        raise _malformed(reasons(error)[0]) from error
    except (ValueError, TypeError) as error:
        raise _malformed(str(error)) from error


def _with_dates(value: object, key: str) -> object:
    """JSON values with the strings that stand for dates as `PartialDate`."""
    match value:
        case Mapping():
            return {name: _with_dates(item, name) for name, item in value.items()}
        case list():
            return [_with_dates(item, "") for item in value]
        case str() if key in _DATES:
            try:
                return PartialDate.parse(value)
            except ValueError as error:
                raise ValueError(f"{key}: {error}") from error
    return value


def _candidate_from_json(plain: _CandidateJson, versions: Versions) -> Candidate | None:
    stored = versions.version(plain.article_id, plain.version)
    for item in (plain, plain.answer):
        if item is None:
            continue
        claimed = Claimed(plain.article_id, plain.version, item.start, item.end, item.text)
        if stored is None or check(stored, claimed) is not None:
            return None
    assert stored is not None
    place = plain.start, plain.end
    sentences = (item for item in stored.sentences if (item.start, item.end) == place)
    sentence = next(sentences, Sentence(*place))
    short = None if plain.answer is None else Span(plain.answer.start, plain.answer.end)
    return Candidate(stored.article, sentence, plain.score, short, hit_rank=0)


def _malformed(problem: str) -> UsageError:
    return UsageError(
        f"This is not an answer as Byline writes it: {problem}.",
        hint="Was it edited by hand? Ask the question again.",
    )
