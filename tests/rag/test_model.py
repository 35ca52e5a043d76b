"""Dates are intervals of UTC, values check themselves, and an Answer's JSON is the public contract,
key for key.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Answer
from rag.model import (
    Article,
    Block,
    Candidate,
    Chunk,
    Claim,
    Conflict,
    ConflictKind,
    Filters,
    Hit,
    Notice,
    Part,
    PartialDate,
    Precision,
    Query,
    Quote,
    Reading,
    Rejected,
    Sentence,
    ShortAnswer,
    Side,
    Span,
    Status,
)
from tests.fakes import entry

SHAPES = {
    Precision.YEAR: {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0},
    Precision.MONTH: {"day": 1, "hour": 0, "minute": 0, "second": 0},
    Precision.DAY: {"hour": 0, "minute": 0, "second": 0},
    Precision.SECOND: {},
}
partial_dates = st.builds(
    lambda moment, precision: PartialDate(
        moment.replace(microsecond=0, tzinfo=UTC, **SHAPES[precision]), precision
    ),
    st.datetimes(),
    st.sampled_from(Precision),
)


# ---------------------------------------------------------------- dates


@given(partial_dates)
def test_a_date_is_read_back_as_it_is_written(date):
    assert PartialDate.parse(str(date)) == date
    assert PartialDate.from_epoch(date.first_epoch, date.precision) == date


@given(partial_dates)
def test_a_date_ends_where_the_next_one_begins(date):
    assert date.first_epoch <= date.last_epoch
    if date.last.year == 9999:
        return
    after = PartialDate.from_epoch(date.last_epoch + 1, date.precision)
    assert after.start == date.last + timedelta(seconds=1)
    # Cut to the precision, the last second belongs to the same date and the second after it to
    # another.
    length = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10, Precision.SECOND: 20}[
        date.precision
    ]
    assert f"{date.last.year:04d}{date.last.isoformat()[4:19]}Z"[:length] == str(date)
    assert str(after) != str(date)


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), st.integers(-14 * 60, 14 * 60))
def test_a_zone_is_turned_into_utc(moment, minutes):
    local = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert PartialDate.parse(local.isoformat()).start == local


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2024", "2024"),
        (" 2024-10 ", "2024-10"),
        ("2024/1/5", "2024-01-05"),
        ("2024-10-22T10:30", "2024-10-22T10:30:00Z"),
        ("2024-10-22 10:30:05.999", "2024-10-22T10:30:05Z"),
        ("2024-10-22T00:30:00+02:00", "2024-10-21T22:30:00Z"),
        ("2024-12-31T23:30:00-0100", "2025-01-01T00:30:00Z"),
        ("0987-02-03", "0987-02-03"),
    ],
)
def test_the_ways_to_write_a_date(text, written):
    assert str(PartialDate.parse(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24",
        "yesterday",
        "2024-13",
        "2024-02-30",
        "2023-02-29",
        "0000",
        "2024-10-22T25:00",
        "2024-10-22T10",
        "2024-10-22T10:00+99:00",
        "2024-10-22T10:00+01:75",
        "0001-01-01T00:00+01:00",
        "2024-10-22x",
    ],
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError, match=r"date|zone"):
        PartialDate.parse(text)


def test_a_date_of_no_or_another_zone_is_refused():
    for zone in (None, timezone(timedelta(hours=1))):
        with pytest.raises(ValueError, match="UTC"):
            PartialDate(datetime(2024, 1, 1, tzinfo=zone), Precision.DAY)


def test_intervals():
    assert PartialDate.parse("2024-02").last == datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)
    assert PartialDate.parse("2023").last == datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert PartialDate.parse("1969-12-31").last_epoch == -1


# ---------------------------------------------------------------- values that check themselves


@pytest.mark.parametrize(
    "make", [Span, Sentence, Block, lambda start, end: Chunk("a", "b", start, end)]
)
@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (4, 3)])
def test_what_is_no_span_is_refused(make, start, end):
    with pytest.raises(ValueError, match="span"):
        make(start, end)


@pytest.mark.parametrize(
    "blocks", [[(0, 3)], [(1, 7)], [(0, 3), (3, 7)], [(0, 3), (4, 8)], [(0, 3), (5, 7)]]
)
def test_blocks_that_do_not_cover_the_text_are_refused(blocks):
    with pytest.raises(ValueError, match="blocks of"):
        Article("a", "v", "c", "k", "s", "t", "one\ntwo", tuple(Block(*block) for block in blocks))


def test_filters_and_queries_that_make_no_sense_are_refused():
    since, until = PartialDate.parse("2024-03"), PartialDate.parse("2024-02")
    with pytest.raises(ValueError, match="after"):
        Filters(since=since, until=until)
    assert Filters(
        since=PartialDate.parse("2024-03-05"), until=PartialDate.parse("2024-03")
    ).by_date
    for text, k in (("", 1), ("  \n", 1), ("why?", 0), ("why\ud800?", 1)):
        with pytest.raises(ValueError, match=r"question|k must"):
            Query(text, k=k)


def test_a_quote_and_a_claim_check_themselves():
    with pytest.raises(ValueError, match="cannot span"):
        Quote("a", "v", "s", "t", 0, 4, "three")
    with pytest.raises(ValueError, match="needs a quote"):
        Claim("so", (), 0.5, 1.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        Reading((), 1.5)


# ---------------------------------------------------------------- the contract

# The keys as DESIGN.md lists them, and "kind", which marks captions.
ANSWER = (
    "schema id question asked_as filters period status kind verdict mode text confidence"
    " archive_revision claims candidates conflicts parts rejected notices passages usage timings_ms"
)
QUOTE = (
    "article_id version source url title publisher published precision updated start end text kind"
    " speaker event_date outlets"
)
SHORT = "text article_id version start end"
CANDIDATE = "article_id version source start end text score answer"
PASSAGE = "chunk_id article_id version source start end rank score text"


@pytest.fixture
def answer():
    article = entry(
        "a.txt",
        "The ferry sank off Skarn. Nine crew were saved.",
        published="2024-10",
        publisher="Echo",
    ).article
    sentence = Sentence(0, 25)
    quote = Quote(
        article.article_id,
        article.version,
        "a.txt",
        article.title,
        0,
        25,
        "The ferry sank off Skarn.",
        publisher="Echo",
        published=article.published,
        updated=PartialDate.parse("2024-11-02"),
        outlets=("Post",),
    )
    short = ShortAnswer("Skarn", article.article_id, article.version, 19, 24)
    return Answer(
        id="1",
        question="Where did it sink?",
        asked_as="Where did the ferry sink?",
        filters=Filters(until=PartialDate.parse("2025"), publisher="Echo"),
        status=Status.ANSWERED,
        mode="extractive",
        text="The ferry sank off Skarn.",
        confidence=0.81239,
        archive_revision=3,
        claims=(Claim("The ferry sank off Skarn.", (quote,), 0.81239, 1.0, short),),
        candidates=(
            Candidate(article, sentence, 0.7, Span(19, 24), 1),
            Candidate(article, Sentence(26, 47), 0.1, None, 1),
        ),
        passages=(
            Hit(
                Chunk(article.article_id, article.version, 0, 47),
                article,
                (sentence,),
                1,
                0.99,
                0.5,
            ),
        ),
        conflicts=(
            Conflict("where", ConflictKind.CHANGED, (Side("Skarn", (quote,), article.published),)),
        ),
        parts=(Part("Where?", Status.ANSWERED, (0,)),),
        rejected=(Rejected("It flew.", "the article has other words there"),),
        notices=(Notice("undated", "1 article has no known date"),),
        timings_ms={"retrieve": 11.0123},
    )


def test_an_answer_has_exactly_the_keys_of_the_contract(answer):
    plain = json.loads(json.dumps(answer.to_json()))
    assert set(plain) == set(ANSWER.split())
    assert set(plain["filters"]) == set("as_of since until publisher".split())
    assert set(plain["claims"][0]) == set("text confidence support answer quotes".split())
    assert set(plain["claims"][0]["answer"]) == set(SHORT.split())
    assert set(plain["claims"][0]["quotes"][0]) == set(QUOTE.split())
    assert set(plain["candidates"][0]) == set(CANDIDATE.split())
    assert set(plain["candidates"][0]["answer"]) == set("text start end".split())
    assert set(plain["conflicts"][0]) == set("subject kind sides".split())
    assert set(plain["conflicts"][0]["sides"][0]) == set("value published quotes".split())
    assert set(plain["parts"][0]) == set("question status claims".split())
    assert set(plain["rejected"][0]) == set("text reason".split())
    assert set(plain["notices"][0]) == set("code message".split())
    assert set(plain["passages"][0]) == set(PASSAGE.split())


def test_an_answer_says_in_json_what_it_holds(answer):
    plain = json.loads(json.dumps(answer.to_json()))
    assert (plain["schema"], plain["status"], plain["confidence"], plain["usage"]) == (
        1,
        "answered",
        0.8124,
        None,
    )
    assert plain["filters"] == {"as_of": None, "since": None, "until": "2025", "publisher": "Echo"}
    quote = plain["claims"][0]["quotes"][0]
    assert (quote["published"], quote["precision"], quote["updated"]) == (
        "2024-10",
        "month",
        "2024-11-02",
    )
    assert plain["candidates"][1]["answer"] is None
    assert plain["passages"][0]["text"] == "The ferry sank off Skarn. Nine crew were saved."
    assert Filters(include_undated=True).empty
