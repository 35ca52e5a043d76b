"""The same value in another form is no other value."""

from __future__ import annotations

import pytest

from rag.model import PartialDate
from rag.news.values import (
    AnswerValue,
    Form,
    answer_value,
    counts_same,
    form_asked,
    is_other_unit,
    is_same,
)


def value(text: str, form: Form, published: str | None = None) -> AnswerValue:
    date = None if published is None else PartialDate.parse(published)
    found = answer_value(text, 0, len(text), form, date)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        (Form.NUMBER, "11th visit", "eleventh trip"),
        (Form.NUMBER, "40,000", "over 40,000"),
        (Form.NUMBER, "£3.2bn", "3.2 billion pounds"),
        (Form.NUMBER, "dozens", "36"),
        (Form.NUMBER, "more than 30", "32"),
        (Form.NUMBER, "about 50,000", "49,800"),
        (Form.NUMBER, "230 km", "140 miles"),
        (Form.NUMBER, "$6.75bn", "$6.8bn"),
        (Form.NUMBER, "$3.0bn", "$3.04bn"),
        (Form.DATE, "1 October", "October 1"),
        (Form.DATE, "Feb. 8", "8 February 1900"),
        (Form.TEXT, "Ma'agan", "Maagan"),
        (Form.TEXT, "UN", "United Nations"),
        (Form.TEXT, "Bob Iger", "Robert Iger"),
    ],
)
def test_other_forms_of_a_value_are_the_same(form, one, other) -> None:
    assert is_same(value(one, form), value(other, form))
    assert is_same(value(other, form), value(one, form))


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        (Form.NUMBER, "11th", "ninth"),
        (Form.NUMBER, "two", "at least four"),
        (Form.NUMBER, "30", "32"),
        (Form.NUMBER, "$6.75bn", "$6.9bn"),
        (Form.NUMBER, "$3.0bn", "$3.4bn"),
        (Form.NUMBER, "10.0 million", "14 million"),
        (Form.NUMBER, "5.0%", "5.4%"),
        (Form.NUMBER, "1.000", "1.4"),
        (Form.NUMBER, "3 p.m.", "3.4"),
        (Form.NUMBER, "50,000", "49,800"),
        (Form.NUMBER, "$103 billion", "$105 billion"),
        (Form.NUMBER, "230 km", "130 miles"),
        (Form.DATE, "Tuesday", "Sunday"),
        (Form.DATE, "February 8, 1900", "July 15, 1905"),
        (Form.TEXT, "Belleair", "Clearwater"),
        (Form.TEXT, "Tampa, Florida", "Glendale, Arizona"),
        (Form.TEXT, "University of Leeds", "University of York"),
    ],
)
def test_other_values_differ(form, one, other) -> None:
    assert not is_same(value(one, form), value(other, form))
    assert not is_same(value(other, form), value(one, form))


def test_dates_are_compared_by_the_day_that_they_mean() -> None:
    # 24 October 2024 is a Thursday, 27 October a Sunday.
    tuesday = answer_value(
        "It sank on Tuesday.", 11, 18, Form.DATE, PartialDate.parse("2024-10-24")
    )
    day = answer_value("It sank on 22 October.", 11, 21, Form.DATE, PartialDate.parse("2024-10-27"))
    assert tuesday is not None
    assert day is not None
    assert is_same(tuesday, day)


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("How many walked out?", Form.NUMBER),
        ("What is the population of Tellis?", Form.NUMBER),
        ("When did it open?", Form.DATE),
        ("In which year did it open?", Form.DATE),
        ("Who opened it?", Form.TEXT),
    ],
)
def test_the_question_names_the_form(question, form) -> None:
    assert form_asked(question) is form


def test_a_month_without_a_year_is_the_same_in_reports_of_two_years() -> None:
    one, two = value("June", Form.DATE, "2017-12-31"), value("June", Form.DATE, "2018-01-16")
    assert is_same(one, two)


def test_a_year_is_no_other_date_of_its_sentence() -> None:
    sentence = "The ferry left in 2018 and came back on 31 December 2017."
    start = sentence.index("2018")
    found = answer_value(sentence, start, start + 4, Form.DATE, PartialDate.parse("2018-01-01"))
    assert found is not None
    assert is_same(found, value("1 January 2018", Form.DATE))


def test_a_day_counted_from_its_report_is_no_other_year() -> None:
    yesterday = value("yesterday", Form.DATE, "2020-05-03")
    for other, same in (("2018", False), ("2020", True), ("2 May", True), ("3 May", False)):
        assert is_same(yesterday, value(other, Form.DATE)) is same
        assert is_same(value(other, Form.DATE), yesterday) is same


def test_the_day_of_an_answer_is_known_after_another_date_in_its_sentence() -> None:
    sentence = "It closed in 2018 and opened again on 1 June 2020."
    start = sentence.index("1 June")
    found = answer_value(sentence, start, len(sentence) - 1, Form.DATE, None)
    assert found is not None
    assert found.day == PartialDate.parse("2020-06-01")


@pytest.mark.parametrize(
    ("question", "is_other"),
    [
        ("How many passengers were on the flight?", True),
        ("How many hours was the flight?", False),
        ("How many minutes was the flight?", False),
        ("How long was the flight?", False),
    ],
)
def test_a_figure_with_a_unit_counts_nothing_else(question, is_other) -> None:
    assert is_other_unit(question, value("11 hours", Form.NUMBER)) is is_other


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How many km is the bridge?", "23 km"),
        ("How many kilometers is the bridge?", "23 kilometres"),
        ("How many metres is the bridge?", "2 kilometres"),
        ("How many feet is the bridge?", "30 feet"),
        ("How many hrs was the flight?", "11 hours"),
        ("How many tons did it carry?", "40 tonnes"),
        ("How many minutes' delay was there?", "90 seconds"),
        ("How many more days did it last?", "three years"),
    ],
)
def test_a_question_for_a_unit_is_answered_in_any(question, said) -> None:
    assert not is_other_unit(question, value(said, Form.NUMBER))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("his 11th visit", "the ninth since May", True),
        ("21 men", "the ninth since May", False),
        ("six years old", "a seven-year-old", True),
        ("six years old", "in six years", False),
    ],
)
def test_what_figures_count_is_compared(one, other, same) -> None:
    assert counts_same(value(one, Form.NUMBER), value(other, Form.NUMBER)) is same
