"""A figure that counts a part is told from the whole, and no rival of it."""

from __future__ import annotations

import pytest

from rag.news.figure_parts import is_part, together
from rag.news.rivals import compared
from rag.news.sides import sides
from rag.text.numbers import numbers
from tests.rag.news.readings import Told, reading_of


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("The ferry sank with 12 people, including 10 students.", [False, True]),
        ("The storm killed 12, including three children and two guards.", [False, True, True]),
        ("Of the dead, 10 of whom were students, 12 are named.", [True, False]),
        ("Some 10 of the 12 dead were students.", [True, False]),
        ("The ferry sank with 12 people; 10 of them were students.", [False, True]),
        ("Among them were seven students.", [True]),
        ("The fire killed 12 and hurt 10.", [False, False]),
        ("It cost 5 of her friends their jobs.", [False]),
    ],
)
def test_a_part_is_told_by_the_words_around_it(sentence, found) -> None:
    assert [is_part(sentence, number) for number in numbers(sentence)] == found


def test_figures_listed_beside_each_other_are_added_up() -> None:
    said = "It killed 10 Dell students, one guard and two teachers, and sank 40 boats."
    assert [int(together(said, number)) for number in numbers(said)] == [13, 13, 13, 40]


@pytest.mark.parametrize(
    "said",
    [
        "The blast killed 12 people, 10 were hurt.",
        "It killed 12 people in Skarn and 10 in Dell.",
        "Of the 12 dead, 10 were students.",
    ],
)
def test_figures_of_different_things_are_not_added_up(said: str) -> None:
    assert int(together(said, numbers(said)[0])) == 12


QUESTION = "How many people were killed on the Skarn ferry?"
WHOLE = Told("The Skarn ferry sank, killing [12] people, including 10 students.", score=0.9)


@pytest.mark.parametrize(
    ("whole", "other", "is_rival"),
    [
        (WHOLE, "On the Skarn ferry [10] students and two teachers were killed.", False),
        (WHOLE, "On the Skarn ferry [10] students were killed.", False),
        (WHOLE, "On the Skarn ferry [11] students were killed.", True),
        (WHOLE, "On the Skarn ferry [10] people were killed.", True),
        (WHOLE, "On the Skarn ferry people were killed, [nine] of them students.", False),
        (WHOLE, "On the Skarn ferry people were killed, [14] of them students.", True),
        (
            WHOLE._replace(sentence="On the Skarn ferry [12] people were killed."),
            "On the Skarn ferry [10] students and two teachers were killed.",
            False,
        ),
    ],
)
def test_a_part_is_no_rival_of_the_whole(whole, other, is_rival) -> None:
    found = sides(QUESTION, reading_of([whole, Told(other, score=0.8)]))
    assert len(found) == 2
    assert (compared(QUESTION, found) == [found[1]]) == is_rival
