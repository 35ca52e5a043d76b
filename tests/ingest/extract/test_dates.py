import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.extract.dates import date_at_end, parse_date
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
        ("Tuesday, October 22, 2024 at 9:05 p.m. EDT", "2024-10-23T01:05:00Z"),
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
