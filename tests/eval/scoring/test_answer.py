import pytest

from eval.scoring.answer import read_answer, read_back
from tests.fakes import answer_fault

SANK = "The ferry Linnea sank off Harwick on Monday."
QUOTE = {
    "article_id": "1",
    "version": "v",
    "source": "1.txt",
    "start": 5,
    "end": 5 + len(SANK),
    "text": SANK,
}


def test_what_a_system_does_not_give_is_none_and_unknown_fields_are_ignored() -> None:
    answer = read_answer({"status": "not_in_articles", "confidence": None, "unknown": object()})
    assert (answer.answered, answer.candidates, answer.confidence) == (False, None, None)
    assert answer_fault({"status": "answered", "claims": [{"text": "x", "quotes": None}]}) is None


def test_a_quote_is_read_back_at_its_offsets() -> None:
    answer = read_answer({"status": "answered", "claims": [{"text": SANK, "quotes": [QUOTE]}]})
    assert read_back(answer, lambda *_: f"Now: {SANK}") == (True,)
    assert read_back(answer, lambda *_: f"Then: {SANK}") == (False,)
    assert read_back(answer, lambda *_: None) == (False,)


def test_the_short_answer_is_the_whole_text_where_none_is_marked() -> None:
    claims = [{"text": "It sank."}, {"text": "It sank on Monday.", "answer": {"text": "Monday"}}]
    answer = read_answer({"status": "answered", "claims": claims})
    assert [claim.short for claim in answer.claims or ()] == ["It sank.", "Monday"]
    assert answer.best_claim.text == "It sank."
    assert read_answer({"status": "not_in_articles", "claims": claims}).best_claim.short == ""


@pytest.mark.parametrize("missing", ["article_id", "version", "start", "end"])
def test_a_quote_that_does_not_say_where_it_stands_cannot_be_read_back(missing: str) -> None:
    shown = {name: value for name, value in QUOTE.items() if name != missing}
    answer = read_answer({"status": "answered", "claims": [{"quotes": [shown]}]})
    assert read_back(answer, lambda *_: f"Now: {SANK}") == (False,)
