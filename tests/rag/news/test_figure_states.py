"""Figures of the killed, the injured and the freed count different people."""

from __future__ import annotations

import pytest

from rag.news.figure_states import figure_state, states
from rag.text.numbers import numbers


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("The blast killed four men and wounded 30.", ["killed", "injured"]),
        ("A fire at Skarn, killing at least two people and hurting 9.", ["killed", "injured"]),
        ("There were 129 people on board when the ferry sank.", ["aboard"]),
        ("At least 84 people, including ten children, have died at Skarn.", ["killed", "killed"]),
        ("Some 190 girls remain captives; 21 were freed on Monday.", ["held", "freed"]),
        ("The deadly storm cost 300 million crowns.", [""]),
        ("21 hostages were killed.", ["killed"]),
        ("12 passengers were rescued.", ["freed"]),
        ("Two passengers died.", ["killed"]),
        ("The ship had 129 passengers.", ["aboard"]),
        ("The 120 evacuated patients died.", ["killed"]),
        ("She lives with two children.", [""]),
        ("300 free meals were given.", [""]),
        ("Rates remain at 4%.", [""]),
        ("Two were killed, 12 arrested, and 40 houses stood empty.", ["killed", "arrested", ""]),
    ],
)
def test_the_nearest_state_of_a_clause_is_that_of_its_figure(sentence, found) -> None:
    assert [figure_state(sentence, number) for number in numbers(sentence)] == found


def test_a_question_can_ask_for_several_states() -> None:
    assert states("How many people were killed and injured?") == {"killed", "injured"}
    assert states("How many people did the blast kill?") == {"killed"}
    assert states("How many hostages were freed?") == {"freed"}
    assert not states("How many members walked out?")
