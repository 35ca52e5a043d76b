import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scoring import metrics
from eval.scoring.metrics import Floats

ranks_of_parts = st.lists(st.one_of(st.none(), st.integers(1, 30)), min_size=1, max_size=5)
# Confidences on a coarse grid, so that ties are common.
graded = st.lists(
    st.tuples(st.integers(0, 8).map(lambda eighths: eighths / 8), st.booleans()),
    min_size=1,
    max_size=30,
)


def split(pairs: list[tuple[float, bool]]) -> tuple[Floats, Floats]:
    return np.array([pair[0] for pair in pairs]), np.array([float(pair[1]) for pair in pairs])


def test_a_ranking_by_hand() -> None:
    ranks = [2, None, 4]  # three parts, found at 2 and 4, one never
    assert metrics.recall_at(ranks, 3) == pytest.approx(1 / 3)
    assert metrics.recall_at(ranks, 4) == pytest.approx(2 / 3)
    assert [metrics.hit_at(ranks, k) for k in (1, 2)] == [0.0, 1.0]
    assert metrics.all_at(ranks, 30) == 0.0
    assert metrics.all_at([2, 4], 4) == 1.0
    assert metrics.reciprocal_rank_at(ranks, 10) == 0.5
    assert metrics.reciprocal_rank_at(ranks, 1) == 0.0
    # (1/log2 3 + 1/log2 5) / (1 + 1/log2 3 + 1/2)
    assert metrics.ndcg_at(ranks, 10) == pytest.approx((0.6309298 + 0.4306766) / 2.1309298)
    assert metrics.average_precision_at(ranks, 10) == pytest.approx((1 / 2 + 2 / 4) / 3)


def test_a_passage_with_two_parts_is_one_relevant_item() -> None:
    assert metrics.ndcg_at([1, 1], 10) == 1.0
    assert metrics.average_precision_at([1, 1], 10) == 1.0


@given(ranks_of_parts, st.integers(1, 20))
def test_rankings_stay_in_bounds_and_do_not_care_for_the_order_of_parts(
    ranks: list[int | None], k: int
) -> None:
    shuffled = [*ranks[1:], ranks[0]]
    functions = (
        "recall_at",
        "hit_at",
        "all_at",
        "reciprocal_rank_at",
        "ndcg_at",
        "average_precision_at",
    )
    for metric in (getattr(metrics, name) for name in functions):
        assert 0.0 <= metric(ranks, k) <= 1.0 + 1e-12
        assert metric(ranks, k) == metric(shuffled, k)
    assert metrics.all_at(ranks, k) <= metrics.recall_at(ranks, k) <= metrics.hit_at(ranks, k)


def test_squad_scores_by_hand() -> None:
    assert metrics.exact_match("The Harbour!", ["harbour"]) == 1.0
    assert metrics.exact_match("", ["harbour"]) == 0.0
    # Two of three predicted tokens, two of two gold: 2·2 / (3 + 2).
    assert metrics.token_f1("old Harwick harbour", ["Harwick harbour", "pier"]) == pytest.approx(
        0.8
    )
    assert metrics.token_f1("", ["harbour"]) == 0.0
    assert metrics.token_f1("the", ["a"]) == 1.0


def test_realtimeqa_keeps_articles_and_takes_any_order() -> None:
    assert metrics.realtimeqa_exact_match("the harbour", [["harbour"]]) == 0.0
    assert metrics.realtimeqa_f1("the harbour", [["harbour"]]) == pytest.approx(2 / 3)
    assert metrics.realtimeqa_exact_match("Per Ina", [["Ina"], ["Per"]]) == 1.0
    assert metrics.realtimeqa_f1("", [["Ina"]]) == 0.0


@given(
    st.text("ab the.", max_size=12),
    st.lists(st.text("ab the.", max_size=12), min_size=1, max_size=3),
)
def test_short_answer_scores_stay_in_bounds(prediction: str, accepted: list[str]) -> None:
    assert (
        metrics.exact_match(prediction, accepted) <= metrics.token_f1(prediction, accepted) <= 1.0
    )
    assert metrics.realtimeqa_f1(prediction, [accepted]) <= 1.0
    assert metrics.token_f1(prediction, [*accepted, prediction]) == 1.0


def test_ratio_and_harmonic_say_when_they_are_not_defined() -> None:
    assert metrics.ratio([1.0, 1.0], [2.0, 0.0]) == pytest.approx([0.5, math.nan], nan_ok=True)
    assert metrics.harmonic([0.5, 0.0, math.nan], [1.0, 0.0, 1.0]) == pytest.approx(
        [2 / 3, 0.0, math.nan], nan_ok=True
    )


def test_auroc_by_hand() -> None:
    scores, positive = np.array([0.9, 0.4, 0.4, 0.1]), np.array([1.0, 1.0, 0.0, 0.0])
    # Pairs: 0.9 beats both; 0.4 ties one and beats the other: 3.5 of 4.
    assert metrics.auroc(scores, positive) == pytest.approx(3.5 / 4)
    assert math.isnan(metrics.auroc(scores, np.zeros(4)))


def test_risk_coverage_by_hand() -> None:
    confidence, correct = np.array([0.9, 0.8, 0.8, 0.1]), np.array([1.0, 0.0, 1.0, 0.0])
    curve = metrics.risk_coverage(confidence, correct)
    assert curve.coverage == pytest.approx([1 / 4, 3 / 4, 1])
    assert curve.risk == pytest.approx([0, 1 / 3, 1 / 2])
    assert metrics.aurc(confidence, correct) == pytest.approx((0 + 1 / 3 + 1 / 3 + 1 / 2) / 4)


@given(graded)
def test_set_metrics_ignore_order_and_count_weights_as_repeats(
    pairs: list[tuple[float, bool]],
) -> None:
    left, right = split(pairs)
    order = np.random.default_rng(3).permutation(len(pairs))
    weights = (np.arange(len(pairs)) % 3).astype(float)
    repeated = np.repeat(np.arange(len(pairs)), weights.astype(int))
    for metric in (metrics.auroc, metrics.aurc):
        assert metric(left, right) == pytest.approx(metric(left[order], right[order]), nan_ok=True)
        if len(repeated):
            again = metric(left[repeated], right[repeated])
            assert metric(left, right, weights) == pytest.approx(again, nan_ok=True)
            assert np.isnan(again) or 0.0 <= again <= 1.0
    if len(repeated):
        assert metrics.quantile(left, 0.95, weights) == metrics.quantile(left[repeated], 0.95)


def test_weights_of_many_resamples_go_through_at_once() -> None:
    confidence, correct = np.array([0.9, 0.5, 0.2]), np.array([1.0, 0.0, 1.0])
    weights = np.array([[1.0, 1, 1], [3, 0, 0], [0, 2, 1]])
    for metric in (metrics.aurc, metrics.auroc):
        one_by_one = [float(metric(confidence, correct, row)) for row in weights]
        assert metric(confidence, correct, weights) == pytest.approx(one_by_one, nan_ok=True)
    assert metrics.quantile(confidence, 0.5, weights).tolist() == [0.5, 0.9, 0.5]


def test_brier_and_its_skill_by_hand() -> None:
    confidence, correct = np.array([0.8, 0.6]), np.array([1.0, 0.0])
    score = metrics.brier(confidence, correct).mean()
    assert score == pytest.approx((0.04 + 0.36) / 2)
    assert metrics.brier_skill(score, correct.mean()) == pytest.approx(1 - 0.2 / 0.25)
    assert math.isnan(metrics.brier_skill(0.1, 1.0))


def test_equal_mass_bins_keep_ties_together() -> None:
    assert metrics.equal_mass_bins(np.array([0.5, 0.1, 0.2, 0.3, 0.4])).tolist() == [4, 0, 1, 2, 3]
    assert metrics.equal_mass_bins(np.array([0.3, 0.3, 0.3, 0.9])).tolist() == [0, 0, 0, 3]


def test_calibration_error_by_hand() -> None:
    confidence, correct = np.array([0.1, 0.3, 0.5, 0.7, 0.9]), np.array([0.0, 0.0, 1.0, 1.0, 1.0])
    gaps = metrics.bin_gaps(confidence, correct, metrics.equal_mass_bins(confidence)).sum(axis=0)
    assert metrics.calibration_error(gaps, 5) == pytest.approx((0.1 + 0.3 + 0.5 + 0.3 + 0.1) / 5)


def test_perfect_calibration_shows_an_error_that_falls_with_n() -> None:
    small, large = (
        metrics.calibration_error_if_perfect(np.linspace(0.05, 0.95, n)).mean() for n in (25, 2500)
    )
    assert 0.1 < small < 0.25
    assert large < small / 5
    assert metrics.calibration_error_if_perfect(np.array([0.0, 1.0])).max() == 0.0
    # One question at one half is always off by one half.
    assert metrics.calibration_error_if_perfect(np.array([0.5])).tolist() == [0.5] * 1000


def test_quantile_is_a_value_that_was_seen() -> None:
    values = np.array([30.0, 10.0, 20.0, 40.0])
    assert [float(metrics.quantile(values, q)) for q in (0.25, 0.5, 0.51, 0.95)] == [
        10.0,
        20.0,
        30.0,
        40.0,
    ]
