"""Scores recorded Answers: the values of every metric for each gold question.

A value is `None` (or absent) where it is unscored: the gold question does not know, the answer
does not give the field, or the question raised. Unscored is never counted as wrong.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from eval.gold.questions import Evidence, GoldQuestion, gold_hash
from eval.scoring import metrics
from eval.scoring.answer import Excerpt, ScoredAnswer, ScoredConflict
from eval.scoring.matching import contains_any, contains_half, covers
from eval.scoring.outcome import Held, Outcome
from rag.errors import UsageError
from rag.model import PartialDate

Values = dict[str, float | None]

CUTOFFS = (1, 5, 10)
QUOTE_CUTOFFS = (1, 3, 5)
DEPTH = 10
AT_DEPTH = {
    "hit": metrics.hit_at,
    "all_evidence": metrics.all_at,
    "mrr": metrics.reciprocal_rank_at,
    "ndcg": metrics.ndcg_at,
    "map": metrics.average_precision_at,
}


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """The values of one question by metric, and what reports slice and resample by."""

    id: str
    type: str
    why: str | None
    cluster: str | None
    sources: tuple[str, ...]
    values: Values


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """Every recorded question of a run, by id; `missing` names gold questions without a record."""

    gold: str
    scores: tuple[QuestionScore, ...]
    missing: tuple[str, ...] = ()


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
            raise UsageError(f"the run answers {outcome.id!r} twice", hint="run it again")
        recorded[outcome.id] = outcome
    scores = tuple(score_question(gold[name], recorded[name]) for name in sorted(recorded))
    return ScoredRun(gold_hash(gold.values()), scores, tuple(sorted(gold.keys() - recorded.keys())))


def score_question(gold: GoldQuestion, outcome: Outcome) -> QuestionScore:
    """Scores one question; an answer that breaks the contract counts as an error."""
    values: Values = {"error": 1.0}
    answer = outcome.scored_answer()
    if answer is not None:
        values = {
            "error": 0.0,
            "evidence_in_archive": _in_archive(outcome),
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


# ---------------------------------------------------------------- passages and candidates


def _retrieval(gold: GoldQuestion, answer: ScoredAnswer) -> Values:
    passages = answer.passages
    if passages is None:
        return {}
    values: Values = {}
    if gold.answers and gold.answerable is not False:
        found = any(contains_any(item.text, _strings(gold)) for item in passages[:DEPTH])
        values[f"answer_in_passages@{DEPTH}"] = float(found)
    if gold.evidence:
        held = [
            {
                number
                for number, items in gold.parts.items()
                if any(contains_half(passage.text, item.quote) for item in items)
            }
            for passage in passages
        ]
        ranks = _first_ranks(gold, held)
        values |= {f"passage_recall@{k}": metrics.recall_at(ranks, k) for k in CUTOFFS}
        values |= {f"passage_{name}@{DEPTH}": at(ranks, DEPTH) for name, at in AT_DEPTH.items()}
        ranks = _first_ranks(gold, _by_article(gold, passages, held))
        values[f"article_recall@{DEPTH}"] = metrics.recall_at(ranks, DEPTH)
    return values


def _in_archive(outcome: Outcome) -> float | None:
    """Whether the archive has an item of each needed part of the evidence; `None` if unknown."""
    if not outcome.evidence:
        return None
    parts = {item.part for item in outcome.evidence}
    held = {item.part for item in outcome.evidence if item.held is Held.HELD}
    return float(held == parts)


def _by_article(
    gold: GoldQuestion, passages: Sequence[Excerpt], held: Sequence[set[int]]
) -> list[set[int]]:
    """The evidence parts of each article, in order of first appearance.

    An article has a part if the gold question names it, or if its passages hold it (a copy).
    """
    articles: dict[object, set[int]] = {}
    for passage, parts in zip(passages, held, strict=True):
        named = {item.part for item in gold.evidence if item.source == passage.source}
        found = articles.setdefault(passage.article_id or passage.source, set())
        found.update(parts, named)
    return list(articles.values())


def _first_ranks(gold: GoldQuestion, held: Sequence[set[int]]) -> metrics.FirstRanks:
    """The rank of the first passage or article that holds each part of the evidence."""
    return [
        next((rank for rank, parts in enumerate(held, start=1) if number in parts), None)
        for number in gold.parts
    ]


def _candidates(gold: GoldQuestion, answer: ScoredAnswer) -> Values:
    candidates = answer.candidates
    if candidates is None or not gold.evidence:
        return {}
    hits = [_covers_any(item.text, gold.evidence) for item in candidates[: max(QUOTE_CUTOFFS)]]
    values: Values = {f"quote@{k}": float(any(hits[:k])) for k in QUOTE_CUTOFFS}
    if not candidates:
        return values | {"first_article": 0.0}
    source = candidates[0].source
    is_gold = source in {item.source for item in gold.evidence}
    return values | {"first_article": None if source is None else float(is_gold)}


def _taken_as_it_was(gold: GoldQuestion, answer: ScoredAnswer) -> float | None:
    """Whether a new topic was asked in its own words, not as a follow-up."""
    if gold.type != "new_topic" or answer.asked_as is None:
        return None
    return float(answer.asked_as == gold.question.strip())


def _covers_any(text: str, evidence: Iterable[Evidence]) -> bool:
    return any(covers(text, item.quote) for item in evidence)


def _strings(gold: GoldQuestion) -> list[str]:
    return [text for part in gold.answers for text in part]


# ---------------------------------------------------------------- claims and quotes


def _short_answer(gold: GoldQuestion, answer: ScoredAnswer) -> Values:
    if not gold.answers or gold.answerable is False:
        return {}
    claim, strings = answer.best_claim, _strings(gold)
    values: Values = {
        "answer_in_quote": float(
            any(contains_any(quote.text, strings) for quote in claim.quotes or ())
        ),
        "exact_match": metrics.exact_match(claim.short, strings),
        "f1": metrics.token_f1(claim.short, strings),
    }
    # The dataset's own scorer leaves out questions that ask for the exception.
    if gold.choices and "except" not in gold.question.lower().strip()[-10:]:
        values["realtimeqa_exact_match"] = metrics.realtimeqa_exact_match(claim.short, gold.answers)
        values["realtimeqa_f1"] = metrics.realtimeqa_f1(claim.short, gold.answers)
    return values


def _quotes_shown(
    gold: GoldQuestion, answer: ScoredAnswer, verbatim: tuple[bool, ...] | None
) -> Values:
    texts = [quote.text for quote in answer.shown_quotes]
    values: Values = {
        "quotes_shown": float(len(texts)),
        "quote_characters": float(sum(map(len, texts))),
    }
    if verbatim is not None and len(verbatim) != len(texts):
        raise ValueError(f"{gold.id} shows {len(texts)} quotes and {len(verbatim)} were checked")
    if verbatim:
        values["verbatim"] = sum(verbatim) / len(verbatim)
    if gold.evidence:
        quoted = [any(_covers_any(text, part) for text in texts) for part in gold.parts.values()]
        values["evidence_recall"] = sum(quoted) / len(quoted)
        right = sum(_covers_any(text, gold.evidence) for text in texts)
        values["evidence_precision"] = right / len(texts) if texts else None
    met = _parts_met(gold, answer, texts)
    if len(met) > 1:
        values |= {"any_part": float(any(met)), "all_parts": float(all(met))}
    if gold.answers:
        shown = [any(contains_any(text, part) for text in texts) for part in gold.answers]
        values["answers_shown"] = float(all(shown))
        if gold.wrong:
            wrong = any(contains_any(text, gold.wrong) for text in texts)
            values["wrong_alone"] = float(wrong and not any(shown))
    return values


def _parts_met(gold: GoldQuestion, answer: ScoredAnswer, quotes: Sequence[str]) -> list[bool]:
    """Which needed answers are stated or quoted.

    With fewer than two needed answers: which needed parts of the evidence are quoted.
    """
    if len(gold.answers) > 1:
        stated = [text for claim in answer.claims or () for text in (claim.text or "", claim.short)]
        texts = [*quotes, *stated]
        return [any(contains_any(text, part) for text in texts) for part in gold.answers]
    return [any(_covers_any(text, items) for text in quotes) for items in gold.parts.values()]


# ---------------------------------------------------------------- the decision to answer


def _abstention(gold: GoldQuestion, answer: ScoredAnswer) -> Values:
    correct = _correct(gold, answer)
    values: Values = {"confidence": answer.confidence, "correct": correct}
    if gold.answerable is not None:
        values["abstained"] = float(not answer.answered)
        values["unanswerable"] = float(not gold.answerable)
        values["right_decision"] = float(answer.answered == gold.answerable)
    # Calibration counts on what was shown; risk-coverage on what answering would have come to.
    values["shown_correct"] = correct if answer.answered else None
    return values


def _correct(gold: GoldQuestion, answer: ScoredAnswer) -> float | None:
    """Whether the best claim is right; the first candidate stands in for it after an abstention."""
    if gold.answerable is None:
        return None
    if not gold.answerable:
        return 0.0
    if answer.answered:
        claim = answer.best_claim
        texts = [quote.text for quote in claim.quotes or ()] or [claim.text or ""]
    elif answer.candidates is None:
        return None
    else:
        texts = [item.text for item in answer.candidates[:1]]
    if gold.evidence:
        return float(any(_covers_any(text, gold.evidence) for text in texts))
    return float(any(contains_any(text, _strings(gold)) for text in texts))


# ---------------------------------------------------------------- conflicts, dates, time


def _conflicts(gold: GoldQuestion, answer: ScoredAnswer) -> Values:
    conflicts = answer.conflicts
    if conflicts is None or gold.answerable is None:
        return {}
    asked = gold.type == "conflict"
    values: Values = {"conflict_gold": float(asked), "conflict_flagged": float(bool(conflicts))}
    if asked:
        values["conflict_found"] = _both_values_quoted(gold, conflicts)
    if asked and conflicts and gold.conflict_kind:
        right = any(conflict.kind == gold.conflict_kind for conflict in conflicts)
        values["conflict_kind"] = float(right)
    return values


def _both_values_quoted(gold: GoldQuestion, conflicts: Sequence[ScoredConflict]) -> float | None:
    """Whether one conflict quotes every value, each from an article of its own.

    `None` when the gold question names fewer than two values.
    """
    tests: list[Callable[[str], bool]]
    if len(gold.answers) > 1:
        tests = [partial(contains_any, accepted=part) for part in gold.answers]
    else:
        tests = [partial(_covers_any, evidence=items) for items in gold.parts.values()]
    if len(tests) < 2:
        return None
    return float(any(_quoted_apart(conflict, tests) for conflict in conflicts))


def _quoted_apart(conflict: ScoredConflict, tests: Sequence[Callable[[str], bool]]) -> bool:
    quotes = [quote for side in conflict.sides or () for quote in side.quotes or ()]
    articles = [{quote.article_id for quote in quotes if test(quote.text)} for test in tests]
    return any(len(set(picked)) == len(picked) for picked in itertools.product(*articles))


def _as_of(gold: GoldQuestion, answer: ScoredAnswer) -> float | None:
    """Whether the short answer has the value of the question's date."""
    if gold.as_of is None:
        return None
    day = PartialDate.parse(gold.as_of).last_epoch
    held = [
        item.answers
        for item in gold.answers_by_date
        if (item.start is None or PartialDate.parse(item.start).first_epoch <= day)
        and (item.end is None or day <= PartialDate.parse(item.end).last_epoch)
    ]
    if not held:
        return None
    short = answer.best_claim.short
    return float(any(all(contains_any(short, part) for part in answers) for answers in held))


def _latency(answer: ScoredAnswer) -> float | None:
    """Milliseconds in all: `total` where it is given, otherwise the sum of the steps."""
    timings = answer.timings_ms
    return float(timings.get("total", sum(timings.values()))) if timings else None
