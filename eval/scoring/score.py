"""One gold question and one recorded Answer in, the values of every metric for that question out.

A value is `None` where it is unscored: the gold record does not know, the answer does not carry the field, or the question
raised. Unscored is never counted as wrong. Works on Answer JSON (see the Answer contract), also of other systems, and knows
nothing of archives, run files or sets of questions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from eval.gold.questions import Evidence, GoldQuestion, gold_hash
from eval.scoring import metrics
from eval.scoring.matching import contains_any, contains_half, covers
from rag.errors import UsageError
from rag.model import PartialDate, Status

AnswerJson = Mapping[str, Any]
Values = dict[str, float | None]
ReadText = Callable[[str, str], str | None]

CUTOFFS = (1, 3, 5, 10, 20)
QUOTE_CUTOFFS = (1, 3, 5)
DEPTH = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question came to: an Answer, or the error that it raised.

    `verbatim` says of each of `shown_quotes(answer)` whether the archive still reads it back; `None` if nobody looked.
    """

    id: str
    answer: AnswerJson | None = None
    error: str | None = None
    verbatim: tuple[bool, ...] | None = None

    def __post_init__(self) -> None:
        if (self.answer is None) == (self.error is None):
            raise ValueError(f"{self.id} needs an answer or an error, and not both")


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """The values of one question by metric, with what a report slices by and the bootstrap resamples by."""

    id: str
    type: str
    why: str | None
    cluster: str | None
    sources: tuple[str, ...]
    values: Values


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """Every recorded question of a run, by id. `missing` names gold questions that the run has no record of."""

    gold: str
    scores: tuple[QuestionScore, ...]
    missing: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`; `from_json` reads them back equal."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> ScoredRun:
        """:raises UsageError: if the record is not one that `to_json` made."""
        try:
            scores = tuple(
                QuestionScore(**{**score, "sources": tuple(score["sources"])})
                for score in record["scores"]
            )
            return cls(record["gold"], scores, tuple(record["missing"]))
        except (KeyError, TypeError) as error:
            raise UsageError(
                f"these are not recorded scores: {error}", hint="score the run again"
            ) from error


def score_run(questions: Iterable[GoldQuestion], outcomes: Iterable[Outcome]) -> ScoredRun:
    """Scores every outcome against its gold question, in order of id.

    :raises UsageError: if an outcome has no gold question, or a question two outcomes.
    """
    gold = {question.id: question for question in questions}
    recorded: dict[str, Outcome] = {}
    for outcome in outcomes:
        if outcome.id not in gold:
            raise UsageError(
                f"the run answers {outcome.id!r}, which is not in the gold file",
                hint="name the gold file of the run",
            )
        if outcome.id in recorded:
            raise UsageError(
                f"the run answers {outcome.id!r} twice", hint="run the evaluation again"
            )
        recorded[outcome.id] = outcome
    scores = tuple(score_question(gold[name], recorded[name]) for name in sorted(recorded))
    return ScoredRun(gold_hash(gold.values()), scores, tuple(sorted(gold.keys() - recorded.keys())))


def score_question(gold: GoldQuestion, outcome: Outcome) -> QuestionScore:
    """All values of one question. An answer that breaks the contract counts as an error, like one that raised."""
    answer = outcome.answer
    values: Values = {"error": 1.0}
    if answer is not None and answer_fault(answer) is None:
        values = {
            "error": 0.0,
            **_retrieval(gold, answer),
            **_candidates(gold, answer),
            "taken_as_it_was": _taken_as_it_was(gold, answer),
            **_short_answer(gold, answer),
            **_quotes_shown(gold, answer, outcome.verbatim),
            **_abstention(gold, answer),
            **_conflicts(gold, answer),
            "as_of": _as_of(gold, answer),
            "latency_ms": _latency(answer),
        }
    sources = tuple(sorted({item.source for item in gold.evidence}))
    return QuestionScore(gold.id, gold.type, gold.why, gold.cluster, sources, values)


# ---------------------------------------------------------------- reading an Answer


def answer_fault(answer: object) -> str | None:
    """Why this is not an Answer that can be scored, or `None`. Fields may be missing, not malformed; unknown ones are ignored."""
    if not isinstance(answer, Mapping):
        return "an Answer is a JSON object"
    if answer.get("status") not in set(Status):
        return f"status must be one of {', '.join(Status)}, not {answer.get('status')!r}"
    confidence, timings = answer.get("confidence"), answer.get("timings_ms") or {}
    if confidence is not None and not (_is_number(confidence) and 0 <= confidence <= 1):
        return f"confidence must be a number from 0 to 1, not {confidence!r}"
    if not isinstance(timings, Mapping) or not all(map(_is_number, timings.values())):
        return "timings_ms must be an object of numbers"
    try:
        _check_texts(answer)
    except ValueError as error:
        return str(error)
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _check_texts(answer: AnswerJson) -> None:
    holders = _objects(answer, "claims") + [
        side for conflict in _objects(answer, "conflicts") for side in _objects(conflict, "sides")
    ]
    quotes = [quote for holder in holders for quote in _objects(holder, "quotes")]
    for item in [*quotes, *_objects(answer, "candidates"), *_objects(answer, "passages")]:
        if not isinstance(item.get("text"), str):
            raise ValueError("each quote, candidate and passage needs a text")
    for claim in answer.get("claims") or ():
        if not isinstance(claim.get("answer") or {}, Mapping):
            raise ValueError("the answer of a claim must be an object")


def _objects(holder: AnswerJson, key: str) -> list[AnswerJson]:
    items = holder.get(key)
    if items is not None and (
        not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items)
    ):
        raise ValueError(f"{key} must be a list of objects")
    return items or []


def shown_quotes(answer: AnswerJson) -> list[AnswerJson]:
    """Every quote that a person is shown, once: those of the claims, then those of the sides of conflicts."""
    holders = _objects(answer, "claims") + [
        side for conflict in _objects(answer, "conflicts") for side in _objects(conflict, "sides")
    ]
    quotes = {
        _quote_name(quote): quote
        for holder in reversed(holders)
        for quote in reversed(_objects(holder, "quotes"))
    }
    return list(reversed(quotes.values()))


def _quote_name(quote: AnswerJson) -> tuple[object, ...]:
    return quote.get("article_id"), quote.get("version"), quote.get("start"), quote["text"]


def read_back(answer: AnswerJson, read: ReadText) -> tuple[bool, ...]:
    """Whether each of `shown_quotes(answer)` stands in the text that `read(article_id, version)` gives, at its offsets.

    A quote that does not say where it stands cannot be read back.
    """
    return tuple(_stands(quote, read) for quote in shown_quotes(answer))


def _stands(quote: AnswerJson, read: ReadText) -> bool:
    article, version, start, end = (
        quote.get(name) for name in ("article_id", "version", "start", "end")
    )
    if not (
        isinstance(article, str)
        and isinstance(version, str)
        and isinstance(start, int)
        and isinstance(end, int)
    ):
        return False
    text = read(article, version)
    return text is not None and 0 <= start < end and text[start:end] == quote["text"]


def _answered(answer: AnswerJson) -> bool:
    return bool(answer["status"] == Status.ANSWERED)


def _best_claim(answer: AnswerJson) -> AnswerJson:
    """The first claim, or an empty one when the answer abstained."""
    claims = answer.get("claims") or [{}]
    return claims[0] if _answered(answer) else {}


def _short_text(claim: AnswerJson) -> str:
    """The few words that answer; the claim's whole text for a system that does not mark them."""
    return str((claim.get("answer") or claim).get("text") or "")


def _claim_texts(claim: AnswerJson) -> list[str]:
    return [quote["text"] for quote in claim.get("quotes") or ()] or [str(claim.get("text") or "")]


# ---------------------------------------------------------------- groups of values


def _retrieval(gold: GoldQuestion, answer: AnswerJson) -> Values:
    passages = answer.get("passages")
    if passages is None:
        return {}
    values: Values = {}
    if gold.answers and gold.answerable is not False:
        top = [passage["text"] for passage in passages[:DEPTH]]
        values[f"answer_in_passages@{DEPTH}"] = float(
            any(contains_any(text, _strings(gold)) for text in top)
        )
    if gold.evidence:
        held = [_parts_held(gold, passage) for passage in passages]
        values |= _ranking("passage", _first_ranks(gold, held))
        values |= _ranking("article", _first_ranks(gold, _by_article(gold, passages, held)))
    return values


def _parts_held(gold: GoldQuestion, passage: AnswerJson) -> set[int]:
    return {
        number
        for number, items in gold.parts.items()
        if any(contains_half(passage["text"], item.quote) for item in items)
    }


def _by_article(
    gold: GoldQuestion, passages: Sequence[AnswerJson], held: Sequence[set[int]]
) -> list[set[int]]:
    """The parts that each article holds, in order of first appearance: by its name in the gold record, or by its passages (a copy)."""
    articles: dict[object, set[int]] = {}
    for passage, parts in zip(passages, held, strict=True):
        name, source = passage.get("article_id") or passage.get("source"), passage.get("source")
        named = {item.part for item in gold.evidence if item.source == source}
        articles.setdefault(name, set()).update(parts, named)
    return list(articles.values())


def _first_ranks(gold: GoldQuestion, held: Sequence[set[int]]) -> list[int | None]:
    return [
        next((rank for rank, parts in enumerate(held, start=1) if number in parts), None)
        for number in gold.parts
    ]


def _ranking(level: str, ranks: metrics.FirstRanks) -> Values:
    values: Values = {}
    for k in CUTOFFS:
        values[f"{level}_recall@{k}"] = metrics.recall_at(ranks, k)
        values[f"{level}_hit@{k}"] = metrics.hit_at(ranks, k)
        values[f"{level}_all_evidence@{k}"] = metrics.all_at(ranks, k)
    values[f"{level}_mrr@{DEPTH}"] = metrics.reciprocal_rank_at(ranks, DEPTH)
    values[f"{level}_ndcg@{DEPTH}"] = metrics.ndcg_at(ranks, DEPTH)
    values[f"{level}_map@{DEPTH}"] = metrics.average_precision_at(ranks, DEPTH)
    return values


def _candidates(gold: GoldQuestion, answer: AnswerJson) -> Values:
    candidates = answer.get("candidates")
    if candidates is None or not gold.evidence:
        return {}
    first = candidates[: max(QUOTE_CUTOFFS)]
    rank = next(
        (rank for rank, item in enumerate(first, start=1) if _hits(item["text"], gold.evidence)),
        None,
    )
    return {f"quote@{k}": metrics.hit_at([rank], k) for k in QUOTE_CUTOFFS} | {
        "first_article": _first_article(gold, candidates)
    }


def _first_article(gold: GoldQuestion, candidates: Sequence[AnswerJson]) -> float | None:
    """Whether the first candidate stands in an article of the evidence; unscored where it does not say where it stands."""
    if candidates and "source" not in candidates[0]:
        return None
    return float(
        bool(candidates) and candidates[0]["source"] in {item.source for item in gold.evidence}
    )


def _taken_as_it_was(gold: GoldQuestion, answer: AnswerJson) -> float | None:
    """Whether a new topic was asked in its own words, not as a follow-up; unscored for other types of question."""
    if gold.type != "new_topic" or "asked_as" not in answer:
        return None
    return float(answer["asked_as"] == gold.question.strip())


def _hits(text: str, evidence: Iterable[Evidence]) -> bool:
    return any(covers(text, item.quote) for item in evidence)


def _short_answer(gold: GoldQuestion, answer: AnswerJson) -> Values:
    if not gold.answers or gold.answerable is False:
        return {}
    claim = _best_claim(answer)
    short, strings = _short_text(claim), _strings(gold)
    values: Values = {
        "answer_in_quote": float(
            any(contains_any(quote["text"], strings) for quote in claim.get("quotes") or ())
        ),
        "exact_match": metrics.exact_match(short, strings),
        "f1": metrics.token_f1(short, strings),
    }
    # The dataset's own scorer leaves out questions that ask for the exception.
    if gold.choices and "except" not in gold.question.lower().strip()[-10:]:
        values["realtimeqa_exact_match"] = metrics.realtimeqa_exact_match(short, gold.answers)
        values["realtimeqa_f1"] = metrics.realtimeqa_f1(short, gold.answers)
    return values


def _strings(gold: GoldQuestion) -> list[str]:
    return [text for part in gold.answers for text in part]


def _quotes_shown(
    gold: GoldQuestion, answer: AnswerJson, verbatim: tuple[bool, ...] | None
) -> Values:
    texts = [quote["text"] for quote in shown_quotes(answer)]
    values: Values = {
        "quotes_shown": float(len(texts)),
        "quote_characters": float(sum(map(len, texts))),
    }
    if verbatim is not None and len(verbatim) != len(texts):
        raise ValueError(f"{gold.id} shows {len(texts)} quotes and {len(verbatim)} were checked")
    if verbatim:
        values["verbatim"] = sum(verbatim) / len(verbatim)
    if gold.evidence:
        values["evidence_recall"] = _share(
            any(_hits(text, items) for text in texts) for items in gold.parts.values()
        )
        values["evidence_precision"] = _share(_hits(text, gold.evidence) for text in texts)
    met = _parts_met(gold, answer, texts)
    if len(met) > 1:
        values |= {"any_part": float(any(met)), "all_parts": float(all(met))}
    return values


def _share(of: Iterable[bool]) -> float | None:
    flags = list(of)
    return sum(flags) / len(flags) if flags else None


def _parts_met(gold: GoldQuestion, answer: AnswerJson, quotes: Sequence[str]) -> list[bool]:
    """Which needed answers are said or quoted; with fewer than two of them, which needed parts of the evidence are quoted."""
    if len(gold.answers) > 1:
        said = [
            text
            for claim in answer.get("claims") or ()
            for text in (str(claim.get("text") or ""), _short_text(claim))
        ]
        return [any(contains_any(text, part) for text in [*quotes, *said]) for part in gold.answers]
    return [any(_hits(text, items) for text in quotes) for items in gold.parts.values()]


def _abstention(gold: GoldQuestion, answer: AnswerJson) -> Values:
    abstained, confidence = not _answered(answer), answer.get("confidence")
    values: Values = {
        "confidence": None if confidence is None else float(confidence),
        "correct": _correct(gold, answer),
    }
    if gold.answerable is not None:
        values |= {"abstained": float(abstained), "unanswerable": float(not gold.answerable)}
        values["right_decision"] = float(abstained != gold.answerable)
    # Calibration counts on what was shown; risk-coverage asks what answering would have come to.
    values["shown_correct"] = None if abstained else values["correct"]
    return values


def _correct(gold: GoldQuestion, answer: AnswerJson) -> float | None:
    """Whether the best claim is right, or would be, when the answer abstained: its first candidate stands in for it then."""
    if gold.answerable is None:
        return None
    if not gold.answerable:
        return 0.0
    candidates = answer.get("candidates")
    if not _answered(answer) and candidates is None:
        return None
    texts = (
        _claim_texts(_best_claim(answer))
        if _answered(answer)
        else [item["text"] for item in (candidates or ())[:1]]
    )
    return float(
        any(
            _hits(text, gold.evidence) if gold.evidence else contains_any(text, _strings(gold))
            for text in texts
        )
    )


def _conflicts(gold: GoldQuestion, answer: AnswerJson) -> Values:
    conflicts = answer.get("conflicts")
    if conflicts is None or gold.answerable is None:
        return {}
    asked = gold.type == "conflict"
    values: Values = {"conflict_gold": float(asked), "conflict_flagged": float(bool(conflicts))}
    if asked:
        values["conflict_found"] = _both_values_quoted(gold, conflicts)
    if asked and conflicts and gold.conflict_kind:
        values["conflict_kind"] = float(
            any(conflict.get("kind") == gold.conflict_kind for conflict in conflicts)
        )
    return values


def _both_values_quoted(gold: GoldQuestion, conflicts: Sequence[AnswerJson]) -> float | None:
    """Whether one conflict quotes every value, each from an article of its own; `None` when the gold record names fewer than two."""
    if len(gold.answers) > 1:
        tests: list[Callable[[str], bool]] = [
            partial(contains_any, accepted=part) for part in gold.answers
        ]
    else:
        tests = [partial(_hits, evidence=items) for items in gold.parts.values()]
    if len(tests) < 2:
        return None
    return float(any(_from_different_articles(conflict, tests) for conflict in conflicts))


def _from_different_articles(conflict: AnswerJson, tests: Sequence[Callable[[str], bool]]) -> bool:
    quotes = [quote for side in _objects(conflict, "sides") for quote in _objects(side, "quotes")]
    articles = [
        {quote.get("article_id") for quote in quotes if test(quote["text"])} for test in tests
    ]
    return any(len(set(picked)) == len(picked) for picked in itertools.product(*articles))


def _as_of(gold: GoldQuestion, answer: AnswerJson) -> float | None:
    """Whether the short answer holds the value of the question's date; unscored without dated answers for it."""
    if gold.as_of is None:
        return None
    day = PartialDate.parse(gold.as_of).last_epoch
    held = [dated.answers for dated in gold.answers_by_date if _within(day, dated.start, dated.end)]
    if not held:
        return None
    short = _short_text(_best_claim(answer))
    return float(any(all(contains_any(short, part) for part in answers) for answers in held))


def _within(day: int, start: str | None, end: str | None) -> bool:
    after = start is None or PartialDate.parse(start).first_epoch <= day
    return after and (end is None or day <= PartialDate.parse(end).last_epoch)


def _latency(answer: AnswerJson) -> float | None:
    """Milliseconds in all: `total` where it is given, otherwise the sum of the steps."""
    timings = answer.get("timings_ms")
    return float(timings.get("total", sum(timings.values()))) if timings else None
