import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scoring import stats


def test_clusters_are_numbered_by_name_and_never_meet_ids() -> None:
    assert stats.cluster_indices(["b", "a", "c", "x"], ["x", None, "x", None]).tolist() == [
        0,
        1,
        0,
        2,
    ]


def test_each_resample_draws_as_many_as_there_are() -> None:
    blocks = list(stats.resample_counts(7, resamples=50))
    counts = np.concatenate(blocks)
    assert counts.shape == (50, 7)
    assert (counts.sum(axis=1) == 7).all()
    again = np.concatenate(list(stats.resample_counts(7, resamples=50)))
    assert (counts == again).all()


def test_blocks_cover_all_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "_BLOCK_CELLS", 30)
    assert [len(block) for block in stats.resample_counts(10, resamples=8)] == [3, 3, 2]


def test_a_cluster_is_drawn_whole() -> None:
    # Two questions of one cluster with opposite values always cancel.
    columns = np.array([[1.0], [-1.0], [0.0]])
    sums = stats.bootstrap(lambda w: w @ columns, np.array([0, 0, 1]), resamples=200)
    assert sums.shape == (200, 1)
    assert not sums.any()


def test_the_interval_of_a_mean_is_near_its_normal_one() -> None:
    values = np.array([1.0] * 60 + [0.0] * 40)
    means = stats.bootstrap(lambda w: w @ values, np.arange(100)) / 100
    interval = stats.percentile_interval(means)
    assert interval is not None
    spread = 1.96 * math.sqrt(0.6 * 0.4 / 100)
    assert interval.low == pytest.approx(0.6 - spread, abs=0.015)
    assert interval.high == pytest.approx(0.6 + spread, abs=0.015)


def test_undefined_estimates_are_left_out() -> None:
    assert stats.percentile_interval(np.array([math.nan, 2.0, math.nan])) == (2.0, 2.0)
    assert stats.percentile_interval(np.array([math.nan])) is None


def test_paired_bootstrap_sees_a_steady_loss_and_no_more() -> None:
    steady = np.tile([-0.2, -0.1, 0.0, -0.3], 25)
    noise = np.tile([0.2, -0.2], 50)
    columns = np.column_stack([steady, noise, np.zeros(100)])
    lost, even, same = stats.paired_bootstrap(columns, np.arange(100))
    assert lost.difference == pytest.approx(-0.15)
    assert lost.p < 0.001
    assert lost.interval.high < 0
    assert even.p > 0.5
    assert (same.difference, same.interval, same.p) == (0.0, (0.0, 0.0), 1.0)


def test_paired_bootstrap_is_not_sure_of_few_questions() -> None:
    columns = np.array([[-0.5], [-0.4], [math.nan]])
    [result] = stats.paired_bootstrap(columns, np.arange(3))
    assert result.difference == pytest.approx(-0.45)
    assert result.p == 0.5  # 2^(1 - 2): two changed, signs flipped either way
    [one_cluster] = stats.paired_bootstrap(columns, np.zeros(3, dtype=np.intp))
    assert one_cluster.p == 1.0


def test_a_column_without_a_scored_question_is_refused() -> None:
    with pytest.raises(ValueError, match="no scored question"):
        stats.paired_bootstrap(np.full((3, 1), math.nan), np.arange(3))


def test_mcnemar_by_hand() -> None:
    assert stats.mcnemar(0, 0) == 1.0
    assert stats.mcnemar(3, 3) == 1.0
    assert stats.mcnemar(1, 5) == pytest.approx(2 * (1 + 6) / 64)
    assert stats.mcnemar(5, 1) == stats.mcnemar(1, 5)
    assert 0.0 < stats.mcnemar(2000, 2300) < 0.001


def test_holm_by_hand() -> None:
    # Sorted 0.01, 0.02, 0.04 times 3, 2, 1, never falling.
    assert stats.holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert stats.holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_lowers_a_p_and_keeps_their_order(p_values: list[float]) -> None:
    adjusted = stats.holm(p_values)
    assert all(p <= found <= 1.0 for p, found in zip(p_values, adjusted, strict=True))
    assert all(
        adjusted[i] <= adjusted[j]
        for i in range(len(p_values))
        for j in range(len(p_values))
        if p_values[i] < p_values[j]
    )
