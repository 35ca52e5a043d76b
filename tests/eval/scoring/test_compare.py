import dataclasses

import pytest

from eval.scoring.compare import COMPARED, GATING, MetricChange, Rule, Verdict, compare
from eval.scoring.score import QuestionScore, ScoredRun


def run(values: dict[str, dict[str, float | None]], gold: str = "g") -> ScoredRun:
    scores = [
        QuestionScore(name, "single", None, None, (), {"error": 0.0, **found})
        for name, found in values.items()
    ]
    return ScoredRun(gold, tuple(scores))


def hits(pattern: str, metric: str = "quote@1") -> ScoredRun:
    return run({f"q{n:03}": {metric: float(letter)} for n, letter in enumerate(pattern)})


def rules(verdict: Verdict) -> list[Rule]:
    return [failure.rule for failure in verdict.failures]


def change(verdict: Verdict, metric: str = "quote@1") -> MetricChange:
    return next(item for item in verdict.changes if item.metric == metric)


def test_gating_metrics_are_compared() -> None:
    assert set(GATING) <= set(COMPARED)
    assert len(set(COMPARED)) == len(COMPARED)


def test_a_run_passes_against_itself() -> None:
    verdict = compare(hits("1101"), hits("1101"))
    assert verdict.passed
    assert change(verdict).difference == 0.0
    assert change(verdict).p == 1.0


def test_it_says_which_questions_turned() -> None:
    found = change(compare(hits("1100"), hits("0110")))
    assert (found.won, found.lost) == (("q002",), ("q000",))
    assert (found.before, found.after, found.difference, found.n) == (0.5, 0.5, 0.0, 4)


def test_one_lost_question_fails_only_where_any_loss_does() -> None:
    before, after = hits("1" * 30), hits("0" + "1" * 29)
    assert compare(before, after).passed
    strict = compare(before, after, any_loss=True)
    assert rules(strict) == [Rule.QUESTION_LOST]
    assert (strict.failures[0].metric, strict.failures[0].questions) == ("quote@1", ("q000",))


def test_a_planted_regression_fails() -> None:
    verdict = compare(hits("1" * 60), hits("0" * 12 + "1" * 48))
    assert rules(verdict) == [Rule.SIGNIFICANT_LOSS]
    assert change(verdict).p == pytest.approx(2 / 2**12)
    assert change(verdict).high < 0
    assert compare(hits("0" * 12 + "1" * 48), hits("1" * 60)).passed


def test_graded_metrics_go_by_the_paired_bootstrap() -> None:
    before = run({f"q{n:03}": {"f1": 0.8} for n in range(40)})
    after = run({f"q{n:03}": {"f1": 0.6 if n % 2 else 0.7} for n in range(40)})
    verdict = compare(before, after)
    assert rules(verdict) == [Rule.SIGNIFICANT_LOSS]
    # One of 10,000 resamples and the one that is added, on either side.
    assert change(verdict, "f1").p == pytest.approx(2 / 10_001)


def test_holm_counts_the_gating_metrics_and_leaves_the_others_out() -> None:
    names = [f"q{n:03}" for n in range(6)]
    before = run({name: {"quote@1": 1.0, "quote@5": 1.0, "quote@3": 1.0} for name in names})
    after = run({name: {"quote@1": 0.0, "quote@5": 1.0, "quote@3": 0.0} for name in names})
    verdict = compare(before, after)
    p = 2 / 2**6
    assert change(verdict, "quote@1").p == pytest.approx(p)
    assert change(verdict, "quote@1").adjusted_p == pytest.approx(2 * p)
    assert change(verdict, "quote@3").adjusted_p is None
    assert verdict.passed
    alone = compare(hits("1" * 6), hits("0" * 6))
    assert rules(alone) == [Rule.SIGNIFICANT_LOSS]
    assert change(alone).adjusted_p == pytest.approx(p)


def test_another_gold_set_is_not_compared() -> None:
    verdict = compare(hits("11"), dataclasses.replace(hits("11"), gold="other"))
    assert rules(verdict) == [Rule.OTHER_GOLD]
    assert verdict.changes == ()


def test_new_errors_fail_and_old_ones_do_not() -> None:
    fine, broken = run({"a": {"quote@1": 1.0}}), run({"a": {"error": 1.0}})
    verdict = compare(fine, broken)
    assert [(failure.rule, failure.questions) for failure in verdict.failures] == [
        (Rule.NEW_ERROR, ("a",))
    ]
    assert compare(broken, broken).passed
    assert compare(broken, fine).passed


def test_questions_that_are_gone_fail() -> None:
    verdict = compare(hits("11"), hits("1"))
    assert [(failure.rule, failure.questions) for failure in verdict.failures] == [
        (Rule.MISSING, ("q001",))
    ]


@pytest.mark.parametrize(("verbatim", "passed"), [(1.0, True), (0.5, False), (None, False)])
def test_every_shown_quote_must_have_been_read_back(verbatim: float | None, passed: bool) -> None:
    shown = run({"a": {"quotes_shown": 2.0, "verbatim": verbatim}, "b": {"quotes_shown": 0.0}})
    verdict = compare(shown, shown)
    assert verdict.passed is passed
    if not passed:
        assert [(failure.rule, failure.questions) for failure in verdict.failures] == [
            (Rule.NOT_VERBATIM, ("a",))
        ]


def test_a_metric_unscored_on_either_side_does_not_count() -> None:
    before = run({"a": {"f1": 1.0}, "b": {"f1": None}, "c": {"f1": 0.5}})
    after = run({"a": {"f1": None}, "b": {"f1": 0.0}, "c": {"f1": 1.0}})
    found = change(compare(before, after), "f1")
    assert (found.n, found.won, found.lost) == (1, ("c",), ())
