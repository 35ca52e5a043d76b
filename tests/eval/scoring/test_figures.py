import subprocess
import sys
from pathlib import Path

import pytest

from eval.gold.questions import Why
from eval.scoring import metrics
from eval.scoring.figures import MEANS, Figure, figures, value_pairs
from eval.scoring.score import QuestionScore

ROOT = Path(__file__).resolve().parents[3]


def score(
    name: str, *, why: str | None = None, cluster: str | None = None, **values: float | None
) -> QuestionScore:
    return QuestionScore(name, "single", why, cluster, (), {"error": 0.0, **values})


def by_name(scores: list[QuestionScore]) -> dict[str, Figure]:
    found = figures(scores)
    assert len({figure.name for figure in found}) == len(found)
    return {figure.name: figure for figure in found}


def judged(name: str, abstained: int, unanswerable: int, **values: float | None) -> QuestionScore:
    why = Why.NEAR_MISS if unanswerable else None
    return score(
        name, why=why, abstained=float(abstained), unanswerable=float(unanswerable), **values
    )


def test_a_mean_skips_what_is_unscored_and_says_how_many_it_counts() -> None:
    values = [1.0, 0.0, 1.0, None, 1.0]
    found = by_name([score(f"q{n}", exact_match=value) for n, value in enumerate(values)])[
        "exact_match"
    ]
    assert (found.value, found.n) == (0.75, 4)
    assert found.low is not None
    assert found.high is not None
    assert 0.0 <= found.low < 0.75 < found.high <= 1.0


def test_what_is_nowhere_scored_has_no_value() -> None:
    found = by_name([score("a"), score("b")])
    assert found["f1"] == Figure("f1", None, None, None, 0)
    assert found["aurc"] == Figure("aurc", None, None, None, 0)
    assert found["calibration_error_if_perfect"].n == 0
    assert found["error"] == Figure("error", 0.0, 0.0, 0.0, 2)
    assert set(MEANS) <= found.keys()
    assert figures([]) == []


def test_one_cluster_has_a_value_and_no_interval() -> None:
    found = by_name(
        [
            score("a", cluster="x", f1=0.5),
            score("b", cluster="x", f1=1.0),
            score("c", quote_characters=3, quotes_shown=1),
        ]
    )
    assert found["f1"] == Figure("f1", 0.75, None, None, 2)
    assert found["quote_characters"] == Figure("quote_characters", 3.0, None, None, 1)


def test_clusters_widen_the_interval() -> None:
    alone = by_name([score(f"q{n:02}", f1=float(n < 20)) for n in range(40)])["f1"]
    grouped = by_name(
        [score(f"q{n:02}", f1=float(n < 20), cluster=str(n // 10)) for n in range(40)]
    )["f1"]
    assert alone.value == grouped.value == 0.5
    assert grouped.high - grouped.low > 1.5 * (alone.high - alone.low)  # type: ignore[operator]


def test_abstention_by_hand() -> None:
    # 3 of 4 abstentions right, 3 of 5 unanswerable caught, 1 of 5 answerable lost.
    rows = [(1, 1)] * 3 + [(0, 1)] * 2 + [(1, 0)] + [(0, 0)] * 4
    found = by_name([judged(f"q{n}", *row) for n, row in enumerate(rows)])
    assert found["abstention_precision"].value == 0.75
    assert found["abstention_recall"].value == 0.6
    assert found["abstention_f1"].value == pytest.approx(2 * 0.75 * 0.6 / 1.35, abs=1e-6)
    assert (found["false_abstention"].value, found["false_abstention"].n) == (0.2, 5)
    assert (
        found["abstention_recall:near_miss"].value,
        found["abstention_recall:off_topic"].value,
    ) == (0.6, None)


def test_conflicts_by_hand() -> None:
    def asked(name: str, flagged: int, found: int) -> QuestionScore:
        return score(
            name, conflict_gold=1.0, conflict_flagged=float(flagged), conflict_found=float(found)
        )

    alarm = score("d", conflict_gold=0.0, conflict_flagged=1.0)
    found = by_name([asked("a", 1, 1), asked("b", 1, 0), asked("c", 0, 0), alarm])
    assert found["conflict_precision"].value == pytest.approx(2 / 3, abs=1e-6)
    assert found["conflict_recall"].value == pytest.approx(1 / 3, abs=1e-6)
    assert found["conflict_f1"].value == pytest.approx(4 / 9, abs=1e-6)
    silent = by_name([asked("a", 0, 0), asked("b", 0, 0)])
    assert (silent["conflict_precision"].value, silent["conflict_f1"].value) == (None, 0.0)


def test_confidence_by_hand() -> None:
    rows = [(0.9, 1.0), (0.7, 0.0), (0.5, 1.0), (0.3, 0.0), (0.1, 0.0)]
    shown = [
        score(f"q{n}", confidence=c, correct=y, shown_correct=y, unanswerable=1 - y)
        for n, (c, y) in enumerate(rows)
    ]
    found = by_name(
        [*shown, score("held", confidence=0.2, correct=1.0, shown_correct=None, unanswerable=0.0)]
    )
    brier = (0.01 + 0.49 + 0.25 + 0.09 + 0.01) / 5
    assert (found["brier"].value, found["brier"].n) == (pytest.approx(brier), 5)
    assert found["brier_skill"].value == pytest.approx(1 - brier / 0.24, abs=1e-6)
    assert found["calibration_error"].value == pytest.approx((0.1 + 0.7 + 0.5 + 0.3 + 0.1) / 5)
    assert found["calibration_error_if_perfect"].n == 5
    assert found["aurc"].n == 6
    # Unanswerable at 0.7, 0.3, 0.1 against 0.9, 0.5, 0.2: lower confidence wins 1 + 2 + 3 of 9.
    assert found["abstention_auroc"].value == pytest.approx(6 / 9, abs=1e-6)


def test_latency_quantiles_are_times_that_were_measured() -> None:
    found = by_name([score(f"q{n:03}", latency_ms=float(n)) for n in range(1, 101)])
    assert (found["latency_p50_ms"].value, found["latency_p95_ms"].value) == (50.0, 95.0)
    assert found["latency_p95_ms"].low < 95.0 < found["latency_p95_ms"].high  # type: ignore[operator]


def test_quote_length_is_over_quotes_and_not_questions() -> None:
    found = by_name(
        [
            score("a", quote_characters=300.0, quotes_shown=3.0),
            score("b", quote_characters=20.0, quotes_shown=1.0),
        ]
    )
    assert found["quote_characters"].value == 80.0


def test_figures_do_not_depend_on_the_order_of_questions() -> None:
    scores = [
        judged(
            f"q{n}",
            n % 2,
            n % 3 == 0,
            confidence=(n * 7 % 11) / 11,
            correct=float(n % 4 == 0),
            f1=n / 30,
        )
        for n in range(30)
    ]
    assert figures(scores) == figures(scores[::-1]) == figures(scores[11:] + scores[:11])


def test_a_curve_is_drawn_from_questions_that_have_both_values() -> None:
    left, right = value_pairs(
        [
            score("b", confidence=0.2, correct=0.0),
            score("a", confidence=0.9, correct=1.0),
            score("c"),
        ],
        "confidence",
        "correct",
    )
    assert (left.tolist(), right.tolist()) == ([0.9, 0.2], [1.0, 0.0])
    assert metrics.risk_coverage(left, right).risk.tolist() == [0.0, 0.5]


def test_scoring_loads_nothing_heavy() -> None:
    heavy = {"torch", "chromadb", "matplotlib", "llama_index", "tantivy", "pydantic", "scipy"}
    modules = "eval.scoring.compare, eval.gold.datasets, eval.scoring.figures"
    code = f"import sys, {modules}; print(sorted({heavy} & set(sys.modules)))"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout.strip()
        == "[]"
    )


def test_figures_do_not_depend_on_the_hash_seed() -> None:
    code = (
        "from eval.scoring.figures import figures\n"
        "from eval.scoring.score import QuestionScore as Q\n"
        "values = [{'f1': n / 40, 'error': 0.0} for n in range(40)]\n"
        "rows = [Q(f'q{n}', 't', None, f'c{n % 7}', (), values[n]) for n in range(40)]\n"
        "print(figures(rows))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != ""
