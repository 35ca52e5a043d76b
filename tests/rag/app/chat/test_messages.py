"""Chat messages: marks, what is bold, both sides of a conflict, and no word becomes markup."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.answer import Answer
from rag.app.chat.messages import (
    READING,
    Marks,
    claim_markdown,
    error_message,
    message,
    partial_message,
    shown_quotes,
)
from rag.errors import UsageError
from rag.model import (
    Candidate,
    Conflict,
    ConflictKind,
    Filters,
    Notice,
    PartialDate,
    Quote,
    Rejected,
    Sentence,
    ShortAnswer,
    Side,
    Status,
)
from rag.quotes import MAX_QUOTE_CHARS
from rag.render.words import clean
from tests.rag.test_render import HOSTILE, WORDS, answered, article, claim, quote, short

NBSP = "\N{NO-BREAK SPACE}"


class Rendered(HTMLParser):
    """What a Markdown reader that lets HTML through makes of a message."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.cells: list[str] = []
        self.bold: list[str] = []
        self.text = ""
        self._in: list[str] = []
        self.feed(MarkdownIt("js-default", {"html": True}).render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._in.append(tag)
        self.links += [value for name, value in attrs if name == "href"]
        assert {name for name, _ in attrs} <= {"href"}
        {"td": self.cells, "th": self.cells, "strong": self.bold}.get(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._in.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for tag, texts in (("strong", self.bold), ("td", self.cells), ("th", self.cells)):
            if tag in self._in:
                texts[-1] += data


def abstained(*candidates: Candidate, **more: object) -> Answer:
    return answered(
        status=Status.NOT_IN_ARTICLES,
        text="The articles do not say.",
        candidates=candidates,
        **more,
    )


def differing(
    *sides: Side, kind: ConflictKind = ConflictKind.DISAGREE, subject: str = "how many died"
) -> Conflict:
    return Conflict(subject, kind, sides)


# ---------------------------------------------------------------- marks


def test_each_quote_has_a_mark_that_names_its_turn() -> None:
    first, second = quote(), quote("Another paper said so, too.", article_id="a2")
    shown = message(answered(claim(first), claim(second)), 3)
    assert shown.startswith(
        f"{WORDS}{NBSP}[1](#by-3-1)\n\nAnother paper said so, too.{NBSP}[2](#by-3-2)\n\n"
    )
    assert "*80% sure · 2 quotes" in shown


def test_a_span_has_one_mark_wherever_it_is_quoted() -> None:
    one, other = quote(), quote(article_id="a2")
    answer = answered(
        claim(one, other),
        claim(other, text="In other words."),
        conflicts=(differing(Side("41", (other,)), Side("40", (one,))),),
    )
    assert shown_quotes(answer) == [one, other]
    shown = message(answer, 0)
    assert f"{NBSP}[1](#by-0-1) [2](#by-0-2)\n\nIn other words.{NBSP}[2](#by-0-2)" in shown
    assert set(Rendered(shown).links) == {"#by-0-1", "#by-0-2"}
    assert "2 quotes" in shown


def test_an_answer_from_some_articles_alone_says_so() -> None:
    filters = Filters(until=PartialDate.parse("2024-10"), publisher="The *Post*")
    assert "*Articles: published until October 2024, publisher The \\*Post\\**" in message(
        answered(claim(quote()), filters=filters), 0
    )
    assert "Articles:" not in message(answered(claim(quote())), 0)


def test_a_span_is_shown_as_it_was_quoted_first() -> None:
    first, again = quote(outlets=("Herald",)), quote()
    assert shown_quotes(answered(claim(first), claim(again)))[0].outlets == ("Herald",)


@given(
    st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=3), max_size=4),
    st.lists(st.integers(0, 6), max_size=4),
)
def test_marks_count_from_one_in_the_order_in_which_they_are_read(
    claimed: list[list[int]], sided: list[int]
) -> None:
    quotes = [quote(start=100 * place) for place in range(7)]
    claims = [claim(*(quotes[place] for place in places)) for places in claimed]
    answer = answered(
        *claims, conflicts=(differing(*(Side("x", (quotes[place],)) for place in sided)),)
    )
    order = list(dict.fromkeys([place for places in claimed for place in places] + sided))
    assert shown_quotes(answer) == [quotes[place] for place in order]
    met = list(dict.fromkeys(Rendered(message(answer, 0)).links))
    assert met == [f"#by-0-{number}" for number in range(1, len(order) + 1)]


def test_a_message_that_is_on_its_way_has_the_numbers_that_it_will_have() -> None:
    one, other = quote(), quote("Another paper said so, too.", article_id="a2")
    claims = [claim(one), claim(one, text="Said again."), claim(other)]
    partial, whole = partial_message("q", "q", claims, 1), message(answered(*claims), 1)
    assert partial.split("\n\n")[:3] == whole.split("\n\n")[:3]
    assert partial.endswith(f"[2](#by-1-2)\n\n*{READING}*")


def test_what_was_left_out_is_counted() -> None:
    shown = message(answered(claim(quote()), rejected=(Rejected("A claim.", "other words"),)), 0)
    assert shown.endswith("*80% sure · 1 quote, exact and checked · 1 left out*")
    assert "A claim." not in shown


# ---------------------------------------------------------------- asked as, notices, errors


def test_what_was_really_asked_is_shown_only_where_it_differs() -> None:
    asked = replace(
        answered(claim(quote())), question=" and he? ", asked_as="Who is Owen Tarrant? "
    )
    assert message(asked, 0).startswith("*Asked as: Who is Owen Tarrant?*\n\n")
    assert (
        partial_message(" and he? ", "Who is Owen Tarrant? ", [], 0)
        == f"*Asked as: Who is Owen Tarrant?*\n\n*{READING}*"
    )
    assert "Asked as" not in message(replace(asked, question=" Who? ", asked_as="Who?"), 0)
    assert partial_message(" Who? ", "Who?", [], 0) == f"*{READING}*"


def test_notices_are_shown() -> None:
    assert message(
        answered(claim(quote()), notices=(Notice("undated", " 2 had no date. "),)), 0
    ).endswith("*Note: 2 had no date.*")


def test_an_error_says_what_happened_and_what_to_do() -> None:
    error = UsageError("The question is empty.", hint="Ask for example: Who won?").to_json()[
        "error"
    ]
    assert error_message(error) == "**The question is empty.**\n\nAsk for example: Who won?"
    assert error_message({"message": "  no hint "}) == "**no hint**"


@pytest.mark.parametrize(
    "error", [{}, {"message": None, "hint": None}, {"message": "", "hint": ""}]
)
def test_an_error_that_says_nothing_is_still_an_error(error: dict[str, object]) -> None:
    assert error_message(error) == "**Something went wrong.**"


def test_an_error_that_a_browser_kept_cannot_act() -> None:
    rendered = Rendered(error_message({"message": HOSTILE, "hint": HOSTILE}))
    assert set(rendered.tags) == {"p", "strong"}


# ---------------------------------------------------------------- abstaining


def test_abstaining_shows_the_nearest_sentences_as_no_answer() -> None:
    near = [
        Candidate(article(name=name), Sentence(0, len(WORDS)), 0.2, None, 1)
        for name in ("a1", "a2")
    ]
    shown = message(abstained(*near), 2)
    assert shown == (
        "**The articles do not say.**\n\n*Nearest in the articles, but not an answer:*\n\n"
        f"> {WORDS}{NBSP}[1](#by-2-1)\n\n> {WORDS}{NBSP}[2](#by-2-2)"
    )


def test_abstaining_without_anything_near_offers_nothing() -> None:
    assert message(abstained(), 0) == "**The articles do not say.**"


def test_a_near_sentence_of_a_megabyte_is_cut() -> None:
    long = article("word " * 200_000)
    shown = message(abstained(Candidate(long, Sentence(0, len(long.text) - 1), 0.2, None, 1)), 0)
    assert len(shown) < 2 * MAX_QUOTE_CHARS


# ---------------------------------------------------------------- the short answer


def bold_in(before: str, marked: str, after: str) -> Rendered:
    given = quote(before + marked + after)
    start = given.start + len(before)
    said = claim(given, answer=ShortAnswer(marked, "a1", "v1", start, start + len(marked)))
    return Rendered(claim_markdown(said, Marks(0, [given])))


@pytest.mark.parametrize(
    ("before", "marked", "after", "bold"),
    [
        ("It carried ", "41 people", ", he said.", "41 people"),
        ("It carried", " 41 people ", "at sea.", "41 people"),
        ("It cost US", "$5m", " in all.", "US$5m"),
        ("It cost £", "5m", " in all.", "5m"),
        ("About ", "41%", "ers left.", "41%ers"),
        ("He said “", "**41**", "” twice.", "**41**"),
        ("", "41 people", "", "41 people"),
        ("He rated it a", "*", "b.", "a*b."),
    ],
)
def test_the_short_answer_is_bold_and_no_word_is_lost(
    before: str, marked: str, after: str, bold: str
) -> None:
    rendered = bold_in(before, marked, after)
    assert rendered.bold == [bold]
    assert rendered.text.strip() == f"{before}{marked}{after}{NBSP}1"


def test_a_short_answer_of_another_article_marks_nothing() -> None:
    given = quote()
    said = claim(given, answer=replace(short("41 people", given), article_id="a2"))
    assert Rendered(message(answered(said), 0)).bold == []


def test_white_space_alone_is_not_bold() -> None:
    assert bold_in("It carried", "  ", "41 people.").bold == []


@given(
    *[
        st.text(st.sampled_from("ab1. é*_$%()“”`~|\\<>&#+-=:/@!^{}[]\"'"), max_size=8)
        for _ in range(3)
    ]
)
@example("US", "$5", "")
@example("  - ", "a", "")
@example("a", "\\", "b")
def test_bold_never_changes_the_words(before: str, marked: str, after: str) -> None:
    words = clean(before + marked + after).strip()
    if not words or not marked:
        return
    rendered = bold_in(before, marked, after)
    assert rendered.text.strip() == f"{words}{NBSP}1"
    assert set(rendered.tags) <= {"p", "strong", "a"}
    assert [marked.strip() in bold for bold in rendered.bold] == ([True] if marked.strip() else [])


# ---------------------------------------------------------------- conflicts


def test_both_sides_of_a_conflict_stand_side_by_side_with_their_dates() -> None:
    thirteen, eighteen = quote("Thirteen died."), quote("Eighteen died.", article_id="a2")
    sides = (
        Side("13 dead", (thirteen,), PartialDate.parse("2024-10-22")),
        Side("18 dead", (eighteen,)),
    )
    rendered = Rendered(
        message(answered(conflicts=(differing(*sides, kind=ConflictKind.CHANGED),)), 0)
    )
    assert "This changed over time: how many died" in rendered.text
    assert rendered.cells == [
        "22 October 2024",
        "date unknown",
        "13 dead 1",
        "18 dead 2",
        "“Thirteen died.”",
        "“Eighteen died.”",
    ]
    assert rendered.links == ["#by-0-1", "#by-0-2"]


def test_a_contradiction_is_called_one() -> None:
    assert "**The articles disagree:** how many died" in message(
        answered(conflicts=(differing(),)), 0
    )


@given(*[st.text(st.sampled_from("ab1|\\\n\r\t`*<> -:\u2028"), max_size=12) for _ in range(3)])
@example("a|b", "|", "\n|---|\n")
@example("\\", "\\|", "\\\\|")
@example("`a", "|", "b`")
def test_no_word_breaks_the_table(value: str, words: str, subject: str) -> None:
    given = quote("x" + words)
    side = Side(value, (given,), PartialDate.parse("2024"))
    rendered = Rendered(message(answered(conflicts=(differing(side, side, subject=subject),)), 0))
    assert rendered.cells[:2] == ["2024"] * 2
    assert rendered.cells[2:4] == [f"{clean(value).strip() or '?'} 1"] * 2
    assert rendered.cells[4:] == [f"“{clean('x' + words)}”"] * 2


# ---------------------------------------------------------------- hostile words


def hostile() -> Answer:
    given: Quote = quote(
        HOSTILE,
        title=HOSTILE,
        source=HOSTILE,
        publisher=HOSTILE,
        url="javascript:alert(1)",
        outlets=(HOSTILE,),
    )
    sides = (Side(HOSTILE, (given,)), Side(HOSTILE, (quote(HOSTILE, article_id="a2"),)))
    return replace(
        answered(
            claim(given, answer=short("**bold**", given)),
            claim(given, text=f"    {HOSTILE}"),
            conflicts=(differing(*sides, subject=HOSTILE),),
            notices=(Notice("stale", HOSTILE),),
        ),
        asked_as=HOSTILE,
    )


def test_nothing_in_an_article_becomes_a_tag_or_a_link() -> None:
    for shown in (message(hostile(), 0), partial_message("q", HOSTILE, hostile().claims, 0)):
        rendered = Rendered(shown)
        assert set(rendered.tags) <= {
            "p",
            "strong",
            "em",
            "a",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        }
        assert set(rendered.links) <= {"#by-0-1", "#by-0-2"}
        assert "<script>alert(1)</script>" in rendered.text


def test_nothing_in_a_near_sentence_becomes_a_tag_or_a_link() -> None:
    near = Candidate(article(HOSTILE), Sentence(0, len(HOSTILE)), 0.2, None, 1)
    rendered = Rendered(message(replace(abstained(near), text=HOSTILE), 0))
    assert set(rendered.tags) == {"p", "strong", "em", "a", "blockquote"}
    assert rendered.links == ["#by-0-1"]
