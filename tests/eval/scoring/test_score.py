import json
from dataclasses import asdict
from typing import Any

import pytest

from eval.gold.questions import DatedAnswers, Evidence, GoldQuestion, Why, gold_hash
from eval.scoring.answer import read_answer, read_back
from eval.scoring.outcome import Outcome
from eval.scoring.score import ScoredRun, score_question, score_run
from rag.errors import UsageError
from rag.model import ConflictKind
from rag.validation import Malformed, read_json
from tests.fakes import answer_fault

SANK = "The ferry Linnea sank off Harwick on Monday."
SAVED = "All forty passengers were saved by trawlers."
OTHER = "Trains to the coast ran late all week."


def quote(text: str, article: str = "1") -> dict[str, Any]:
    return {
        "article_id": article,
        "version": "v",
        "source": f"{article}.txt",
        "start": 5,
        "end": 5 + len(text),
        "text": text,
    }


def claim(text: str, short: str | None = None, article: str = "1") -> dict[str, Any]:
    return {"text": text, "quotes": [quote(text, article)], "answer": short and {"text": short}}


def answered(*claims: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"status": "answered", "confidence": 0.75, "claims": list(claims), **fields}


def abstained(**fields: Any) -> dict[str, Any]:
    return {"status": "not_in_articles", "confidence": 0.25, "claims": [], **fields}


def gold(**fields: Any) -> GoldQuestion:
    base: dict[str, Any] = {
        "id": "q",
        "question": "When did it sink?",
        "type": "date",
        "answerable": True,
        "answers": (("Monday",),),
    }
    return GoldQuestion(**{**base, "evidence": (Evidence("1.txt", SANK),), **fields})


def values(
    question: GoldQuestion, answer: dict[str, Any], **fields: Any
) -> dict[str, float | None]:
    return score_question(question, Outcome(question.id, answer, **fields)).values


TWO_PARTS = gold(
    answers=(("Monday",), ("forty", "40")),
    evidence=(Evidence("1.txt", SANK, 1), Evidence("2.txt", SAVED, 2)),
)
NOWHERE = gold(answerable=False, answers=(), evidence=(), why=Why.NEAR_MISS)


# ---------------------------------------------------------------- retrieval


def test_passages_and_articles_are_ranked_by_what_they_hold() -> None:
    texts = [("3", OTHER), ("3", OTHER), ("1", f"Late news. {SANK}"), ("2", SAVED)]
    found = values(TWO_PARTS, abstained(passages=[quote(text, article) for article, text in texts]))
    assert [found[f"passage_recall@{k}"] for k in (1, 5)] == [0.0, 1.0]
    assert (found["passage_hit@10"], found["passage_all_evidence@10"]) == (1.0, 1.0)
    assert found["passage_mrr@10"] == pytest.approx(1 / 3)
    assert found["passage_map@10"] == pytest.approx((1 / 3 + 2 / 4) / 2)
    assert found["article_recall@10"] == 1.0


def test_a_copy_counts_and_so_does_the_article_by_name() -> None:
    copy = values(gold(), abstained(passages=[quote(SANK, "copy")]))
    assert (copy["passage_hit@10"], copy["article_recall@10"]) == (1.0, 1.0)
    elsewhere_in_it = values(gold(), abstained(passages=[quote(OTHER, "1")]))
    assert elsewhere_in_it["passage_hit@10"] == 0.0
    assert elsewhere_in_it["article_recall@10"] == 1.0


def test_strings_alone_score_answers_in_passages_and_no_evidence() -> None:
    found = values(
        gold(evidence=()), abstained(passages=[quote(OTHER), quote(SANK)], candidates=[quote(SANK)])
    )
    assert found["answer_in_passages@10"] == 1.0
    assert not {"passage_recall@5", "quote@1", "evidence_recall"} & found.keys()


# ---------------------------------------------------------------- answers


def test_candidates_count_though_the_answer_abstained() -> None:
    found = values(
        gold(),
        abstained(
            candidates=[quote(OTHER), quote(SAVED), quote("Linnea sank off Harwick", "copy")]
        ),
    )
    assert [found[f"quote@{k}"] for k in (1, 3, 5)] == [0.0, 1.0, 1.0]


def test_the_first_article_is_that_of_the_first_candidate() -> None:
    assert (
        values(gold(), abstained(candidates=[quote(OTHER), quote(SANK, "2")]))["first_article"]
        == 1.0
    )
    assert (
        values(gold(), abstained(candidates=[quote(SANK, "2"), quote(SANK)]))["first_article"]
        == 0.0
    )
    assert values(gold(), abstained(candidates=[]))["first_article"] == 0.0
    assert values(gold(), abstained(candidates=[{"text": SANK}]))["first_article"] is None
    assert "first_article" not in values(gold(evidence=()), abstained(candidates=[quote(SANK)]))


def test_a_new_topic_is_taken_as_it_was_when_it_is_asked_in_its_own_words() -> None:
    topic = gold(type="new_topic", question="When did it sink? ")
    assert values(topic, abstained(asked_as="When did it sink?"))["taken_as_it_was"] == 1.0
    assert values(topic, abstained(asked_as="When did the ferry sink?"))["taken_as_it_was"] == 0.0
    assert values(topic, abstained())["taken_as_it_was"] is None
    assert values(gold(), abstained(asked_as="When did it sink?"))["taken_as_it_was"] is None


def test_short_answers() -> None:
    found = values(gold(), answered(claim(SANK, "on Monday")))
    assert (found["answer_in_quote"], found["exact_match"]) == (1.0, 0.0)
    assert found["f1"] == pytest.approx(2 / 3)
    assert "realtimeqa_f1" not in found
    assert values(gold(), abstained())["f1"] == 0.0
    assert values(gold(), answered({"text": "Monday", "quotes": []}))["exact_match"] == 1.0


def test_realtimeqa_scores_its_own_questions_but_not_exceptions() -> None:
    choices = ("Monday", "Sunday")
    assert (
        values(gold(choices=choices), answered(claim(SANK, "Monday")))["realtimeqa_exact_match"]
        == 1.0
    )
    assert "realtimeqa_exact_match" not in values(
        gold(choices=choices, question="It sank on all days except"), abstained()
    )


def test_parts_said_and_parts_quoted() -> None:
    half = values(TWO_PARTS, answered(claim(SANK, "Monday")))
    assert (half["any_part"], half["all_parts"], half["evidence_recall"]) == (1.0, 0.0, 0.5)
    whole = values(TWO_PARTS, answered(claim(SANK, "Monday"), claim(SAVED, "forty", "2")))
    assert (whole["any_part"], whole["all_parts"], whole["evidence_recall"]) == (1.0, 1.0, 1.0)
    by_evidence = gold(answers=(), evidence=TWO_PARTS.evidence)
    assert values(by_evidence, answered(claim(SANK)))["all_parts"] == 0.0
    assert "all_parts" not in values(gold(), answered(claim(SANK)))


def test_a_known_wrong_answer_alone_is_counted() -> None:
    known = gold(answers=(("Monday",),), wrong=("forty",))
    right, wrong = claim(SANK, "Monday"), claim(SAVED, "forty", "2")
    seen = [values(known, answered(*claims)) for claims in ((right,), (wrong,), (right, wrong))]
    assert [item["wrong_alone"] for item in seen] == [0.0, 1.0, 0.0]
    assert [item["answers_shown"] for item in seen] == [1.0, 0.0, 1.0]
    assert "wrong_alone" not in values(gold(), answered(right))


# ---------------------------------------------------------------- quotes


def test_evidence_precision_counts_each_shown_quote_once() -> None:
    twice = answered(claim(SANK), claim(SANK), claim(OTHER))
    found = values(gold(), twice)
    assert (found["evidence_precision"], found["quotes_shown"], found["quote_characters"]) == (
        0.5,
        2.0,
        len(SANK) + len(OTHER),
    )
    nothing = values(gold(), abstained())
    assert (nothing["evidence_precision"], nothing["evidence_recall"]) == (None, 0.0)


def test_verbatim_is_what_the_archive_reads_back() -> None:
    answer = answered(
        claim(SANK),
        claim(OTHER, article="2"),
        conflicts=[{"sides": [{"quotes": [quote(SAVED, "3")]}]}],
    )
    texts = {"1": f"Now: {SANK}", "2": f"Now: {OTHER.upper()}"}
    flags = read_back(read_answer(answer), lambda article, _: texts.get(article))
    assert flags == (True, False, False)
    assert [item.text for item in read_answer(answer).shown_quotes] == [SANK, OTHER, SAVED]
    assert values(gold(), answer, verbatim=flags)["verbatim"] == pytest.approx(1 / 3)
    assert "verbatim" not in values(gold(), answer)
    with pytest.raises(ValueError, match="shows 3 quotes and 1 were checked"):
        values(gold(), answer, verbatim=(True,))


# ---------------------------------------------------------------- abstention and confidence


@pytest.mark.parametrize(
    ("question", "answer", "decision"),
    [
        (gold(), answered(claim(SANK)), 1.0),
        (gold(), abstained(), 0.0),
        (NOWHERE, answered(claim(SANK)), 0.0),
        (NOWHERE, abstained(), 1.0),
    ],
)
def test_decisions(question: GoldQuestion, answer: dict[str, Any], decision: float) -> None:
    assert values(question, answer)["right_decision"] == decision


def test_an_unknown_answerability_is_unscored() -> None:
    found = values(gold(answerable=None), answered(claim(SANK, "Monday")))
    assert not {"abstained", "unanswerable", "right_decision", "conflict_gold"} & found.keys()
    assert found["correct"] is None
    assert found["exact_match"] == 1.0


def test_correct_is_of_the_first_claim_or_the_candidate_in_its_place() -> None:
    assert values(gold(), answered(claim(SANK), claim(OTHER)))["correct"] == 1.0
    assert values(gold(), answered(claim(OTHER), claim(SANK)))["correct"] == 0.0
    held_back = values(gold(), abstained(candidates=[quote(SANK)]))
    assert (held_back["correct"], held_back["shown_correct"]) == (1.0, None)
    assert values(gold(), abstained(candidates=[]))["correct"] == 0.0
    assert values(gold(), abstained())["correct"] is None
    assert values(NOWHERE, answered(claim(SANK)))["shown_correct"] == 0.0
    assert values(gold(evidence=()), answered(claim(SANK)))["correct"] == 1.0


# ---------------------------------------------------------------- conflicts and dates

CONFLICT = gold(
    type="conflict",
    answers=(("Monday",), ("Sunday",)),
    evidence=(),
    conflict_kind=ConflictKind.DISAGREE,
)


def sides(*quotes: dict[str, Any], kind: str = "disagree") -> list[dict[str, Any]]:
    return [{"kind": kind, "sides": [{"value": "?", "quotes": [item]} for item in quotes]}]


def test_a_conflict_is_found_when_both_values_are_quoted_from_two_articles() -> None:
    monday, sunday = quote("It sank on Monday.", "1"), quote("It sank on Sunday.", "2")
    found = values(CONFLICT, answered(conflicts=sides(monday, sunday)))
    assert (found["conflict_found"], found["conflict_kind"]) == (1.0, 1.0)
    assert (
        values(CONFLICT, answered(conflicts=sides(monday, {**sunday, "article_id": "1"})))[
            "conflict_found"
        ]
        == 0.0
    )
    one_sided = values(CONFLICT, answered(conflicts=sides(monday, kind="changed")))
    assert (
        one_sided["conflict_flagged"],
        one_sided["conflict_found"],
        one_sided["conflict_kind"],
    ) == (1.0, 0.0, 0.0)


def test_conflicts_nobody_asked_about_are_flagged_and_a_system_without_them_is_unscored() -> None:
    alarm = values(gold(), answered(claim(SANK), conflicts=sides(quote(SANK))))
    assert (alarm["conflict_gold"], alarm["conflict_flagged"]) == (0.0, 1.0)
    assert "conflict_found" not in alarm
    assert "conflict_flagged" not in values(CONFLICT, answered(claim(SANK)))


def test_a_conflict_known_by_evidence_alone() -> None:
    by_evidence = gold(type="conflict", answers=(), evidence=TWO_PARTS.evidence)
    assert (
        values(by_evidence, answered(conflicts=sides(quote(SANK), quote(SAVED, "2"))))[
            "conflict_found"
        ]
        == 1.0
    )
    assert (
        values(gold(type="conflict"), answered(conflicts=sides(quote(SANK))))["conflict_found"]
        is None
    )


@pytest.mark.parametrize(
    ("as_of", "short", "right"),
    [("2024-03-01", "ninth", 1.0), ("2024-03-01", "tenth", 0.0), ("2024-06", "tenth", 1.0)],
)
def test_as_of_wants_the_value_of_that_date(as_of: str, short: str, right: float) -> None:
    dated = (
        DatedAnswers((("ninth",),), end="2024-04-30"),
        DatedAnswers((("tenth",),), start="2024-05-01"),
    )
    assert (
        values(gold(as_of=as_of, answers_by_date=dated), answered(claim(SANK, short)))["as_of"]
        == right
    )


def test_as_of_is_unscored_outside_the_dates() -> None:
    dated = (DatedAnswers((("tenth",),), "2024-05-01", "2024-05-31"),)
    assert (
        values(gold(as_of="2024-06-01", answers_by_date=dated), answered(claim(SANK, "tenth")))[
            "as_of"
        ]
        is None
    )


def test_latency_is_the_total_or_the_sum() -> None:
    assert (
        values(gold(), abstained(timings_ms={"retrieve": 10.0, "read": 2.5}))["latency_ms"] == 12.5
    )
    assert (
        values(gold(), abstained(timings_ms={"retrieve": 10.0, "total": 11.0}))["latency_ms"]
        == 11.0
    )
    assert values(gold(), abstained())["latency_ms"] is None


# ---------------------------------------------------------------- errors and runs


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ([], "the value must be an object, not []"),
        ({"status": "maybe"}, "status must be 'answered'"),
        (abstained() | {"confidence": float("nan")}, "confidence must be"),
        (abstained() | {"confidence": 1.2}, "confidence must be"),
        (abstained(timings_ms={"read": "fast"}), "timings_ms.read must be a number"),
        (abstained(candidates=[{"score": 1}]), "candidates[0].text is missing"),
        (abstained(passages="none"), "passages must be a list"),
        (answered({"text": "x", "quotes": [{}]}), "claims[0].quotes[0].text is missing"),
        (answered({"text": "x", "answer": "Monday"}), "claims[0].answer must be an object"),
        (
            abstained(conflicts=[{"sides": [{"quotes": {}}]}]),
            "conflicts[0].sides[0].quotes must be a list",
        ),
    ],
)
def test_a_malformed_answer_counts_as_an_error(answer: Any, reason: str) -> None:
    fault = answer_fault(answer)
    assert fault is not None
    assert fault.startswith(reason)
    assert values(gold(), answer) == {"error": 1.0}


def test_an_error_is_counted_and_leaves_the_rest_unscored() -> None:
    assert score_question(gold(), Outcome("q", error="out of memory")).values == {"error": 1.0}
    for fields in ({}, {"answer": abstained(), "error": "x"}):
        with pytest.raises(ValueError, match="an answer or an error"):
            Outcome("q", **fields)


def test_a_run_is_scored_in_order_of_id_and_names_what_is_missing() -> None:
    questions = [gold(id=name) for name in ("c", "a", "b")]
    run = score_run(questions, [Outcome("c", abstained()), Outcome("a", error="x")])
    assert [score.id for score in run.scores] == ["a", "c"]
    assert (run.missing, run.gold) == (("b",), gold_hash(questions))
    assert read_json(ScoredRun, json.dumps(asdict(run))) == run


def test_a_run_of_another_gold_set_is_refused() -> None:
    with pytest.raises(UsageError, match="not in the gold file"):
        score_run([gold()], [Outcome("z", abstained())])
    with pytest.raises(UsageError, match="twice"):
        score_run([gold()], [Outcome("q", abstained()), Outcome("q", abstained())])
    with pytest.raises(Malformed, match="scores is missing"):
        read_json(ScoredRun, '{"gold": "x"}')
