"""Which blocks of a page are its article's: no word that trafilatura keeps is lost or glued."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from trafilatura import bare_extraction

from ingest.extract.page.html_page import read_page

LONG = (
    "We have waited for ten years for this bridge, and the fish that I sell on the quay will reach "
    "the islands by noon instead of by night, as it did when my mother had the stall."
)
BLOCKS = ("p", "div", "section", "blockquote", "h2", "h3", "ul", "li", "figure", "pre")
INLINE = ("b", "em", "span", "a", "i", "strong")


def page_of(body: str) -> bytes:
    return (
        "<html><head><title>Talk with Ana Brook</title></head><body><nav><a href=/>Home</a></nav>"
        f"<article><h1>Talk with Ana Brook</h1>{body}</article><footer>About us</footer></body>"
        "</html>"
    ).encode()


def lines_of(body: str) -> list[str]:
    return [line.text for line in read_page(page_of(body)).lines]


@st.composite
def bodies(draw) -> str:
    """Nested elements around and between long paragraphs; every word stands there once."""
    numbers = count()

    def text() -> str:
        return " ".join(f"wort{next(numbers)}" for _ in range(draw(st.integers(1, 30))))

    def element(depth: int) -> str:
        tag = draw(st.sampled_from(BLOCKS if depth < 3 else INLINE))
        inner = " ".join(
            element(depth + 1) if depth < 4 and draw(st.booleans()) else text()
            for _ in range(draw(st.integers(1, 3)))
        )
        return f"<{tag}>{inner}</{tag}>{text() if draw(st.booleans()) else ''}"

    parts = (element(0) for _ in range(draw(st.integers(1, 5))))
    return f"<p>{LONG}</p>" + "".join(parts) + f"<p>{LONG}</p>"


def words(start: int, end: int) -> str:
    return " ".join(f"wort{number}" for number in range(start, end))


@given(bodies())
# The slower way of trafilatura drops the short paragraph that its quick way keeps.
@example(
    f"<p>{LONG}</p><p><div><figure>wort0 wort1</figure>wort2 wort3</div> {words(4, 26)}</p>"
    f"{words(26, 56)}<p>wort56</p><p>{LONG}</p>"
)
# A figure with more text than all paragraphs is no article.
@example(
    f"<p>{LONG}</p><p><p><figure><b><b>{words(0, 3)}</b>{words(3, 56)} <b>{words(56, 86)}</b></b>"
    f" <b>{words(86, 132)}</b></figure></p></p><p>wort132</p><p>{LONG}</p>"
)
@settings(max_examples=25, deadline=None)
def test_no_word_that_trafilatura_keeps_is_lost_and_none_is_glued(body):
    kept = bare_extraction(page_of(body), fast=True, favor_precision=True, include_comments=False)
    words = set(" ".join(lines_of(body)).split())
    there = {word for word in kept.text.split() if word.startswith("wort")}
    # Where two elements meet without a space, trafilatura may glue their words.
    single = {word for word in there if word.count("wort") == 1}
    assert single <= words
    assert {word for word in words if word.count("wort") > 1} <= {
        word for word in body.replace("<", " <").replace(">", "> ").split() if "wort" in word
    } | _glued_inline(body)


def _glued_inline(body: str) -> set[str]:
    """The words that inline elements put together in the page itself."""
    for tag in INLINE:
        body = body.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
    return set(body.replace("<", " <").replace(">", "> ").split())


@pytest.mark.parametrize(
    "body",
    [
        f"<h3>How long?</h3>Ten years.<h3>Was it worth it?</h3>{LONG}<h3>Go on?</h3>No, never.",
        f"<p>{LONG}</p><p>How long?</p><p>Ten years.</p><p>Go on?</p><p>No, never.</p>",
        f"<div><p><b>How long?</b></p>Ten years.<p>{LONG}</p><p><b>Go on?</b></p>No, never.</div>",
    ],
)
def test_an_interview_keeps_its_answers(body):
    lines = lines_of(body)
    assert lines.index("How long?") + 1 == lines.index("Ten years.")
    assert lines.index("Go on?") + 1 == lines.index("No, never.")


def test_short_texts_between_paragraphs_stay_and_labels_go():
    label = "<div>Our advertisement</div>"
    lines = lines_of(
        f"<p>{LONG}</p>{label}<div>Our ruling</div><p>{LONG} Twice.</p><div>And you?</div>"
        f"{label}<div class=author>By Ana Brook</div><figure>Ana on the quay</figure>"
        f"<p>{LONG} Thrice.</p><div>Our other sites</div>"
    )
    assert [line for line in lines if not line.startswith(LONG)] == [
        "Talk with Ana Brook",
        "Our ruling",
        "And you?",
    ]


def test_text_after_an_inner_box_stays():
    lines = lines_of(
        f"<div><p>{LONG}</p><div class=figure><img src=a><p class=legend>Ana</p></div>The harbour "
        f"board has <a href=/x>rules</a> for stalls on the quay.<p></p><p>{LONG}</p></div>"
    )
    assert "The harbour board has rules for stalls on the quay." in lines


def test_elements_of_a_list_do_not_stick_together():
    lines = lines_of(f"<p>{LONG}</p><ul><li><h3>What next</h3><p>A survey.</p>Then a vote.</ul>")
    assert lines[2:] == ["What next", "A survey.", "Then a vote."]


@pytest.mark.parametrize("tag", ["p", "h2", "pre"])
def test_the_end_of_an_element_that_is_closed_already_parts_texts(tag):
    lines = lines_of(f"<p>{LONG}</p><{tag}><p><ul>One</ul>two</{tag}>three.<p>{LONG}</p>")
    assert "twothree." not in " ".join(lines).split()
