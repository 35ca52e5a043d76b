from typing import Any

import pytest

from eval.scoring.failure_stages import Stage, right, share_right, stage_of
from eval.scoring.score import QuestionScore

ANSWERABLE = {
    "error": 0.0,
    "unanswerable": 0.0,
    "abstained": 0.0,
    "correct": 0.0,
    "passage_hit@10": 1.0,
    "quote@5": 1.0,
}


def score(values: dict[str, Any], name: str = "q", cluster: str | None = None) -> QuestionScore:
    return QuestionScore(name, "single", None, cluster, (), values)


@pytest.mark.parametrize(
    ("changes", "stage"),
    [
        ({"error": 1.0}, Stage.ERROR),
        ({"unanswerable": None}, Stage.UNSCORED),
        ({"unanswerable": 1.0, "abstained": 1.0}, Stage.RIGHT_ABSTENTION),
        ({"unanswerable": 1.0}, Stage.WRONGLY_ANSWERED),
        ({"correct": 1.0}, Stage.RIGHT),
        ({"passage_hit@10": 0.0, "quote@5": 0.0}, Stage.NOT_RETRIEVED),
        ({"passage_hit@10": 0.0, "quote@5": 0.0, "abstained": 1.0}, Stage.NOT_RETRIEVED),
        ({"quote@5": 0.0}, Stage.RANKED_LOW),
        ({}, Stage.WRONG_SENTENCE),
        ({"abstained": 1.0}, Stage.WRONG_SENTENCE),
        ({"abstained": 1.0, "correct": 1.0}, Stage.WRONGLY_ABSTAINED),
        ({"abstained": 1.0, "correct": None}, Stage.WRONGLY_ABSTAINED),
    ],
)
def test_a_failure_is_laid_to_the_first_stage_at_fault(
    changes: dict[str, Any], stage: Stage
) -> None:
    assert stage_of(score({**ANSWERABLE, **changes})) is stage


def test_where_only_strings_are_known_the_passages_are_searched_for_them() -> None:
    values = {
        "error": 0.0,
        "unanswerable": 0.0,
        "abstained": 0.0,
        "correct": 0.0,
        "answer_in_passages@10": 0.0,
    }
    assert stage_of(score(values)) is Stage.NOT_RETRIEVED
    assert stage_of(score({**values, "answer_in_passages@10": 1.0})) is Stage.WRONG_SENTENCE


def test_the_share_right_counts_errors_as_wrong_and_leaves_out_the_unscored() -> None:
    scores = [
        score({**ANSWERABLE, "correct": 1.0}, "a"),
        score({"error": 1.0}, "b"),
        score({"error": 0.0}, "c"),
    ]
    assert right(scores) == [1.0, 0.0, None]
    found = share_right(scores)
    assert (found.value, found.n, found.low, found.high) == (0.5, 2, 0.0, 1.0)
    assert share_right(scores[2:]).value is None
    one_cluster = [score({**ANSWERABLE, "correct": float(n)}, str(n), "c") for n in range(2)]
    assert (share_right(one_cluster).value, share_right(one_cluster).low) == (0.5, None)
