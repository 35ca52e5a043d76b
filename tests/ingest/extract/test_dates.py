import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.extract.dates import date_at_end, dates_in, parse_date
from rag.model import Precision


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-10-22", "2024-10-22"),
        ("2023/01/05", "2023-01-05"),
        ("2024-10", "2024-10"),
        ("2024", "2024"),
        (2024, "2024"),
        (20241022, "2024-10-22"),
        ("20241022", "2024-10-22"),
        ("2024-10-22T10:30:00+02:00", "2024-10-22T08:30:00Z"),
        ("2024-10-22 10:30:00 UTC", "2024-10-22T10:30:00Z"),
        ("2024-10-22 00:00:00", "2024-10-22"),
        ("Tue, 22 Oct 2024 10:30:00 -0400", "2024-10-22T14:30:00Z"),
        ("Tuesday, October 22, 2024 at 7:05 p.m. EDT", "2024-10-22T23:05:00Z"),
        ("Tuesday, October 22, 2024 at 9:05 p.m. EDT", "2024-10-22"),
        ("2024-11-08T20:30:00-07:00", "2024-11-08"),
        ("2024-11-08 23:30:00", "2024-11-08"),
        ("2024-11-08T23:30:00", "2024-11-08"),
        ("Mon Sep 02 2024 07:15:41 GMT+0000", "2024-09-02T07:15:41Z"),
        ("Tue Nov 19 2019 15:00:00 GMT-0500 (EST)", "2019-11-19T20:00:00Z"),
        ("2024-09-04T12:45:36.270+01", "2024-09-04T11:45:36Z"),
        ("3 de mayo de 2024", "2024-05-03"),
        ("24 octobre 2024 à 10h30", "2024-10-24"),
        ("3. Oktober 2024", "2024-10-03"),
        ("14.08.2024, 12:13 Uhr", "2024-08-14"),
        ("2024年5月3日", "2024-05-03"),
        ("22 October 2024", "2024-10-22"),
        ("22nd of October, 2024", "2024-10-22"),
        ("Oct. 22, 2024", "2024-10-22"),
        ("Sept 3 2024", "2024-09-03"),
        ("October 2024", "2024-10"),
        ("24-10-2024", "2024-10-24"),
        ("10/24/2024", "2024-10-24"),
        ("05.05.2024", "2024-05-05"),
        (1729593000, "2024-10-22T10:30:00Z"),
        (1729593000000, "2024-10-22T10:30:00Z"),
        ("1729593000", "2024-10-22T10:30:00Z"),
    ],
)
def test_reads_what_is_written(written, expected):
    assert str(parse_date(written)) == expected


def test_a_day_and_a_month_that_cannot_be_told_apart_leave_the_year():
    date = parse_date("03-04-2024")
    assert date is not None
    assert (str(date), date.precision) == ("2024", Precision.YEAR)


def test_a_time_without_a_zone_leaves_the_day():
    assert str(parse_date("22 October 2024, 10:30")) == "2024-10-22"
    assert str(parse_date("22 October 2024, 10:30 XYZ")) == "2024-10-22"


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "yesterday",
        "31-31-2024",
        "30 February 2024",
        "0001-01-01",
        True,
        [],
        float("nan"),
        float("inf"),
        12,
        "24/10/24",
    ],
)
def test_what_cannot_be_read_stays_unknown(written):
    assert parse_date(written) is None


@settings(deadline=None)
@given(st.one_of(st.text(), st.integers(), st.floats(), st.binary()))
def test_never_raises(value):
    parse_date(value)


@settings(deadline=None)
@given(st.dates())
def test_iso_and_written_days_agree(day):
    written = f"{day:%d %B} {day.year:04d}"
    assert parse_date(written) == parse_date(day.isoformat())


def test_date_at_the_end_of_a_line():
    found = date_at_end("Harbour Board 24-10-2024")
    assert found is not None
    assert (found[0], str(found[1])) == ("Harbour Board ", "2024-10-24")
    assert date_at_end("Flat 124-10-2024") is None
    assert date_at_end("The bridge was opened on 24-10-2024 by the mayor.") is None


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en-US", "2024-03-04"), ("en-GB", "2024-04-03"), ("de", "2024-04-03"), ("en", "2024")],
)
def test_the_language_says_whether_the_month_comes_first(language, expected):
    assert str(parse_date("03/04/2024", language=language)) == expected


def test_dates_in_a_line():
    line = (
        "By Jane Doe | Updated 12 March 2019 | Published: March 3, 2019, 10:00 | flat 124-10-20245"
    )
    assert [(line[found.start : found.end], str(found.date)) for found in dates_in(line)] == [
        ("12 March 2019", "2019-03-12"),
        ("March 3, 2019", "2019-03-03"),
    ]
