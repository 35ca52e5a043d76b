"""A figure counts over the period that its sentence names next to it."""

from __future__ import annotations

import pytest

from rag.news.figure_periods import figure_period, of_other_periods
from rag.news.rivals import rivals
from rag.news.sides import sides
from rag.text.numbers import numbers
from tests.rag.news.readings import Told, reading_of


def period(sentence: str) -> int | None:
    """The period of the number between square brackets, in days."""
    text = sentence.replace("[", "").replace("]", "")
    number = next(item for item in numbers(text) if item.end > sentence.index("["))
    days = figure_period(text, number)
    return None if days is None else round(days)


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("The club lost [68m] euros in the 12 months through June.", 365),
        ("It made a loss of [27.2m] euros in the six months to December.", 182),
        ("An annual loss of [5m] crowns was posted.", 365),
        ("The line carried [3,000] passengers a day.", 1),
        ("Sales rose to [40m] in the first quarter.", 91),
        ("It sold [12,000] cars in the third quarter of 2004.", 91),
        ("The mill lost [2m] in the first half, it said.", 182),
        ("Half-yearly profits were [9m].", 182),
        ("He earns [900] crowns a week.", 7),
        ("The rent is a monthly [400] crowns.", 30),
        ("Over the past three years [21] people drowned.", 1095),
        ("In 2004 the port made [7m] crowns.", 365),
        ("It lost [3m], compared with an annual profit of 8m.", None),
        ("It lost [3m], a year earlier it had made 8m.", None),
        ("A quarter of voters gave [5] crowns.", None),
        ("A year on, [200] people are missing.", None),
        ("The mill cut [2,000] jobs in a year and closed 5 shops.", 365),
        ("It earned [5m] crowns in s\u0131x months.", None),
        ("[21] people drowned, police said last week.", None),
        ("The team lost [2] games before the quarter-final.", None),
    ],
)
def test_the_period_next_to_a_figure_is_its_own(sentence: str, days: int | None) -> None:
    assert period(sentence) == days


def test_periods_of_about_one_length_are_the_same() -> None:
    assert not of_other_periods(365.0, 364.0)
    assert of_other_periods(365.0, 182.5)
    assert not of_other_periods(None, 365.0)


QUESTION = "How much money did Fennmouth Rovers lose?"
YEAR = Told("Fennmouth Rovers lost [68m crowns] in the 12 months through June.", score=0.9)


def test_figures_of_different_periods_contradict_nothing() -> None:
    other = Told("Fennmouth Rovers lost [40m crowns] in the year to June.", score=0.8)
    half = Told("Fennmouth Rovers lost [40m crowns] in the six months to June.", score=0.8)
    assert len(rivals(QUESTION, reading_of([YEAR, other]))) == 2
    assert rivals(QUESTION, reading_of([YEAR, half])) == ()
    assert len(sides(QUESTION, reading_of([YEAR, half]))) == 2
