"""Turns: the short answer first, each kind in its form, marks, and no word becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.app.chat.views.turns import READING, failed_turn_html, partial_turn_html, turn_html
from rag.errors import UsageError
from rag.model import (
    AnswerValues,
    Candidate,
    Conflict,
    ConflictKind,
    Filters,
    Kind,
    Notice,
    Part,
    PartialDate,
    Period,
    Rejected,
    Sentence,
    Side,
    Status,
    Verdict,
)
from rag.render.words import clean
from tests.rag.test_render import HOSTILE, WORDS, answered, article, claim, quote, short


class _Nothing:
    def version(self, article_id: str, version: str) -> None:
        return None


def shown(answer: AnswerValues, turn: int = 0) -> str:
    return turn_html(answer, turn, _Nothing())


def text(html: str) -> str:
    """The words between the tags, spaces folded."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def within(html: str, name: str) -> list[str]:
    """The words of the elements of that class that hold no other element of their tag."""
    found = re.findall(rf'<(\w+) class="{name}"[^>]*>(.*?)</\1>', html)
    return [text(inner) for _, inner in found]


def dated(words: str, published: str, **more: object) -> object:
    return quote(words, published=PartialDate.parse(published), **more)


# ---------------------------------------------------------------- the short answer


def test_the_short_answer_stands_on_top_and_is_bold_in_its_sentence() -> None:
    given_quote = quote()
    html = shown(answered(claim(given_quote, answer=short("41 people", given_quote))))
    assert within(html, "by-lead") == ["41 people"]
    assert "<b>41 people</b>" in html
    assert html.index("by-lead") < html.index("<b>41 people</b>")


def test_below_one_half_it_is_hedged() -> None:
    given_quote = quote()
    said = claim(given_quote, answer=short("41 people", given_quote))
    assert within(shown(answered(said, confidence=0.3)), "by-lead") == ["possibly 41 people"]
    assert within(shown(answered(said, confidence=0.5)), "by-lead") == ["41 people"]


def test_bold_words_of_a_second_sentence_do_not_compete_with_the_answer() -> None:
    first, second = quote(), quote("It carried 44 people, another said.", article_id="a2")
    said = [claim(first, answer=short("41 people", first))]
    said += [claim(second, answer=short("44 people", second))]
    assert re.findall(r"<b>([^<]*)</b>", shown(answered(*said))) == ["41 people"]


@pytest.mark.parametrize(
    ("verdict", "lead"),
    [
        (Verdict.YES, "Yes"),
        (Verdict.NO, "No"),
        (Verdict.UNCLEAR, "The articles leave it open."),
    ],
)
def test_a_verdict_is_said_first(verdict: Verdict, lead: str) -> None:
    html = shown(answered(claim(quote()), kind=Kind.YES_NO, verdict=verdict))
    assert within(html, "by-lead") == [lead]


# ---------------------------------------------------------------- the forms of the kinds


def test_a_list_has_its_items_as_rows() -> None:
    first, second = quote(), quote("The Berta sailed, too.", article_id="a2")
    said = [claim(first, answer=short("Alma", first)), claim(second, answer=short("Berta", second))]
    html = shown(answered(*said, kind=Kind.LIST))
    assert within(html, "by-lead") == ["Found in 2 sentences of the articles"]
    assert within(html, "by-value") == ["Alma", "Berta"]


def test_a_timeline_has_its_dates_in_the_margin() -> None:
    first = quote(event_date=PartialDate.parse("2024-10"))
    second = quote("All came back.", published=PartialDate.parse("2024-11-02"))
    html = shown(answered(claim(first), claim(second), kind=Kind.TIMELINE))
    assert within(html, "by-label") == ["October 2024", "2 November 2024"]
    assert 'class="by-rows by-dated"' in html


def test_what_is_compared_stands_side_by_side() -> None:
    parts = (Part("The Alma", Status.ANSWERED, (0,)), Part("The Berta", Status.NOT_IN_ARTICLES, ()))
    html = shown(answered(claim(quote()), kind=Kind.COMPARE, parts=parts))
    assert within(html, "by-label") == ["The Alma", "The Berta"]
    assert within(html, "by-value") == ["The articles do not say."]
    assert 'class="by-rows by-sides"' in html


def test_a_brief_is_running_text() -> None:
    html = shown(answered(claim(quote()), claim(quote("All came back.")), kind=Kind.BRIEF))
    paragraph = re.search(r'dir="auto"><p>(.*?)</p>', html)
    assert paragraph is not None
    assert text(paragraph[1]).replace("\xa0", " ") == f"{WORDS} 1 All came back. 2"


def test_speakers_stand_above_their_words_once() -> None:
    said = [quote(speaker="Ann Lee"), quote("All came back.", speaker="Ann Lee")]
    html = shown(answered(*map(claim, said), kind=Kind.SPEECH))
    assert within(html, "by-value") == ["Ann Lee"]


def test_both_sides_of_a_conflict_stand_side_by_side_with_their_dates() -> None:
    sides = (
        Side("13", (quote("Thirteen died."),), PartialDate.parse("2024-10-22")),
        Side("18", (quote("Eighteen died.", article_id="a2"),), PartialDate.parse("2024-10-23")),
    )
    conflict = Conflict("how many died", ConflictKind.CHANGED, sides)
    html = shown(answered(claim(sides[1].quotes[0]), conflicts=(conflict,)))
    assert within(html, "by-lead") == ["18"]
    assert within(html, "by-heading") == ["This changed over time: how many died"]
    assert within(html, "by-value") == ["13", "18"]
    assert within(html, "by-label") == ["22 October 2024", "23 October 2024"]
    assert text(html).count("Eighteen died.") == 2  # in its side, and on its card


def _of_chances(*chances: float, **more: object) -> AnswerValues:
    """An answer with a claim of each chance."""
    said = (
        replace(claim(quote(f"Ferry {i} sank.", article_id=f"a{i}")), confidence=chance)
        for i, chance in enumerate(chances)
    )
    return replace(answered(*said, **more), confidence=chances[0])


def test_each_quote_after_the_first_has_its_own_chance() -> None:
    answer = _of_chances(0.95, 0.3, 0.02)
    assert re.findall(r"\d+% sure", shown(answer)) == ["30% sure", "2% sure", "95% sure"]
    assert "Ferry 2 sank. 3 2% sure" in text(shown(answer)).replace("\N{NO-BREAK SPACE}", " ")
    assert "% sure" not in partial_turn_html("Which sank?", "", answer.claims, 0)


@pytest.mark.parametrize("kind", [Kind.SPEECH, Kind.BRIEF, Kind.TIMELINE])
def test_where_the_first_quote_has_no_chance_none_has(kind: Kind) -> None:
    assert "% sure" not in shown(_of_chances(0.95, 0.3, kind=kind))


@pytest.mark.parametrize("status", [Status.ABOUT_ARCHIVE, Status.HELP])
def test_what_needs_no_article_is_plain_text(status: Status) -> None:
    html = shown(answered(status=status, text="There are 9 articles.\nThe newest is of today."))
    assert within(html, "by-text") == ["There are 9 articles.", "The newest is of today."]
    assert "by-below" not in html
    assert "sure" not in text(html)


# ---------------------------------------------------------------- marks


def test_marks_lead_to_the_cards_of_their_turn_and_each_place_has_one() -> None:
    one, other = quote(), quote(article_id="a2")
    html = shown(answered(claim(one, other), claim(other, text="In other words.")), 3)
    links = re.findall(r'href="#(by-card-3-\d)"', html)
    assert links == ["by-card-3-1", "by-card-3-2", "by-card-3-2"]
    assert set(links) == set(re.findall(r'id="(by-card-3-\d)"', html))


def test_a_turn_on_its_way_has_the_numbers_that_it_will_have() -> None:
    claims = [claim(quote()), claim(quote("All came back."))]
    html = partial_turn_html("q", "q", claims, 2)
    marks = r'href="(#by-card-[^"]*)"'
    assert re.findall(marks, html) == re.findall(marks, shown(answered(*claims), 2))
    assert READING in html


# ---------------------------------------------------------------- what else is said


def test_what_was_really_asked_is_shown_only_where_it_differs() -> None:
    answer = answered(claim(quote()))
    assert "Asked as:" not in shown(answer)
    html = shown(replace(answer, asked_as="Who sailed <when>?"))
    assert "Asked as: Who sailed &lt;when&gt;?" in text(html)


def test_an_answer_from_some_articles_alone_says_so() -> None:
    filters = Filters(until=PartialDate.parse("2024-10"), publisher="The <Post>")
    said = text(shown(answered(claim(quote()), filters=filters)))
    assert "Only articles published until October 2024, publisher The &lt;Post&gt;" in said
    assert "Only articles" not in shown(answered(claim(quote())))


def test_what_was_left_out_and_notices_are_shown() -> None:
    answer = answered(
        claim(quote()),
        rejected=(Rejected("A claim.", "other words"),),
        notices=(Notice("undated", "2 had no date."),),
    )
    assert within(shown(answer), "by-note") == [
        "Left out: A claim. (other words)",
        "2 had no date.",
    ]


def test_abstaining_folds_what_is_near_and_gives_it_no_mark_and_no_tick() -> None:
    near = Candidate(article(), Sentence(0, len(WORDS)), 0.2, None, 1)
    html = shown(
        answered(status=Status.NOT_IN_ARTICLES, text="The articles do not say.", candidates=(near,))
    )
    assert within(html, "by-lead") == ["The articles do not say."]
    assert '<details class="by-nearest"><summary>' in html
    assert "<mark>" not in html
    assert "by-mark" not in html
    assert "Word for word" not in html
    assert WORDS in html


def test_an_error_says_what_happened_and_what_to_do() -> None:
    error = UsageError("No <date>.", hint="Write one.").to_json()["error"]
    html = failed_turn_html("When?", error, 1)
    assert within(html, "by-failure") == ["No &lt;date&gt;."]
    assert "Write one." in html
    assert 'data-act="again" data-turn="1"' in html


@pytest.mark.parametrize("error", [{}, {"message": None}, {"message": ""}, {"message": 3}])
def test_an_error_that_says_nothing_is_still_an_error(error: dict[str, object]) -> None:
    assert within(failed_turn_html("q", error, 0), "by-failure") != [""]


# ---------------------------------------------------------------- hostile words


TAGS = set(
    "article div header h2 h3 h4 button svg path p a span strong b ul ol li aside footer details"
    " summary form fieldset legend label input blockquote bdi".split()
)


def check_tags(html: str) -> None:
    found = re.findall(r"<(\w+)((?:\s[^<>]*)?)>", html)
    assert {tag for tag, _ in found} <= TAGS
    assert not [attrs for _, attrs in found if re.search(r"\son\w+=|javascript:", _bare(attrs))]
    assert re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", html) is None


def _bare(attributes: str) -> str:
    return re.sub(r'="[^"]*"', "=", attributes)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.HELP,)])
def test_nothing_in_an_article_becomes_markup(kind: Kind) -> None:
    bad = quote(HOSTILE, title=HOSTILE, publisher=HOSTILE, speaker=HOSTILE, outlets=(HOSTILE,))
    sides = (Side(HOSTILE, (bad,)), Side("x", (quote(),)))
    answer = answered(
        claim(bad),
        kind=kind,
        parts=(Part(HOSTILE, Status.ANSWERED, (0,)),),
        conflicts=(Conflict(HOSTILE, ConflictKind.DISAGREE, sides),),
        notices=(Notice("stale", HOSTILE),),
        rejected=(Rejected(HOSTILE, HOSTILE),),
    )
    check_tags(shown(replace(answer, question=HOSTILE, asked_as=f"{HOSTILE}?")))


@given(st.text(min_size=1, max_size=40))
@example("</p><script>")
def test_any_words_stay_words(words: str) -> None:
    html = shown(answered(claim(quote(words))))
    check_tags(html)
    for tag in ("<", ">"):
        assert html.count(tag) == shown(answered(claim(quote("x" * len(words))))).count(tag)
    check_tags(failed_turn_html(clean(words), {"message": words, "hint": words}, 0))


def test_how_a_date_was_read_is_told_with_a_way_out() -> None:
    day = PartialDate.parse("2024-08")
    html = shown(replace(answered(claim(quote())), period=Period("in <August>", day, day)), turn=2)
    assert "“in &lt;August&gt;” is read as August 2024" in text(html)
    assert 'data-act="anytime" data-turn="2"' in html
    assert "anytime" not in shown(answered(claim(quote())))


def test_what_became_of_quoted_articles_is_told() -> None:
    said = "port.txt has a newer version since 3 May 2024, which no longer has these <words>."
    html = turn_html(answered(claim(quote())), 0, _Nothing(), (said,))
    assert said.replace("<words>", "&lt;words&gt;") in text(html)
