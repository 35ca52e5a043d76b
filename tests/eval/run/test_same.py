from dataclasses import replace

from eval.run.runfile import Run
from eval.run.same import differences
from eval.scoring.outcome import Outcome

ANSWER = {
    "id": "1",
    "status": "answered",
    "confidence": 0.5,
    "claims": [{"text": "It sank.", "quotes": [{"article_id": "a", "start": 3, "speaker": None}]}],
    "timings_ms": {"read": 5.0},
}


def run(*outcomes: Outcome) -> Run:
    return Run({}, (), outcomes)


def test_ids_timings_and_rounding_are_no_difference() -> None:
    quote = {"article_id": "b", "start": 3}
    other = ANSWER | {"id": "2", "confidence": 0.5000001, "timings_ms": {"read": 9.0}}
    other |= {"claims": [{"text": "It sank.", "quotes": [quote]}]}
    assert differences(run(Outcome("q", ANSWER)), run(Outcome("q", other, wall_ms=9.0))) == []


def test_each_value_that_differs_is_named_with_its_place() -> None:
    other = ANSWER | {"claims": [{"text": "It swam.", "quotes": []}], "confidence": 0.6}
    before = run(Outcome("q1", ANSWER), Outcome("q2", ANSWER), Outcome("q3", error="no"))
    after = run(Outcome("q1", other), Outcome("q3", error="yes"))
    found = differences(before, after)
    assert [(item.question_id, item.where) for item in found] == [
        ("q1", "answer.claims[0].quotes (length)"),
        ("q1", "answer.claims[0].text"),
        ("q1", "answer.confidence"),
        ("q2", "question"),
        ("q3", "error"),
    ]
    assert str(found[1]) == 'q1  answer.claims[0].text: "It sank." -> "It swam."'
    assert differences(before, replace(before)) == []
