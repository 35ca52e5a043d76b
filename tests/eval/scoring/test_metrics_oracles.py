"""Other people's implementations as oracles; each is skipped where it is not installed."""

import numpy as np
import pytest

from eval.scoring import metrics


def rankings() -> list[list[int | None]]:
    """First ranks of parts, no two in one passage, as a ranking with binary judgements has them."""
    generator = np.random.default_rng(5)
    found = []
    for size in generator.integers(1, 5, size=60):
        ranks = generator.permutation(15)[:size] + 1
        found.append([int(rank) if rank <= 12 else None for rank in ranks])
    return found


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("nDCG@10", metrics.ndcg_at),
        ("AP@10", metrics.average_precision_at),
        ("RR@10", metrics.reciprocal_rank_at),
        ("R@10", metrics.recall_at),
        ("Success@10", metrics.hit_at),
    ],
)
def test_ranking_metrics_agree_with_ir_measures(name: str, metric: object) -> None:
    ir_measures = pytest.importorskip("ir_measures")
    all_ranks = rankings()
    qrels = [
        ir_measures.Qrel(str(q), f"part{p}", 1)
        for q, ranks in enumerate(all_ranks)
        for p in range(len(ranks))
    ]
    run = []
    for query, ranks in enumerate(all_ranks):
        relevant = {rank: f"part{part}" for part, rank in enumerate(ranks) if rank is not None}
        run += [
            ir_measures.ScoredDoc(str(query), relevant.get(rank, f"other{rank}"), 100.0 - rank)
            for rank in range(1, 15)
        ]
    measure = ir_measures.parse_measure(name)
    oracle = {item.query_id: item.value for item in ir_measures.iter_calc([measure], qrels, run)}
    assert [metric(ranks, 10) for ranks in all_ranks] == pytest.approx(
        [oracle[str(q)] for q in range(len(all_ranks))]
    )  # type: ignore[operator]


def test_set_metrics_agree_with_scikit_learn() -> None:
    oracle = pytest.importorskip("sklearn.metrics")
    generator = np.random.default_rng(8)
    scores, truth = generator.integers(0, 20, 200) / 20, generator.integers(0, 2, 200).astype(float)
    weights = generator.integers(0, 4, 200).astype(float)
    assert metrics.auroc(scores, truth) == pytest.approx(oracle.roc_auc_score(truth, scores))
    assert metrics.auroc(scores, truth, weights) == pytest.approx(
        oracle.roc_auc_score(truth, scores, sample_weight=weights)
    )
    assert metrics.brier(scores, truth).mean() == pytest.approx(
        oracle.brier_score_loss(truth, scores)
    )
