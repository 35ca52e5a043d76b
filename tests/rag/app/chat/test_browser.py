"""A conversation in a real browser: asking, sources, follow-ups, filters, what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.answer import Answer
from rag.answer_json import find_answers
from rag.app.feedback import FILE
from rag.events import Done, Found
from rag.model import Conflict, ConflictKind, Side
from tests.rag.app.chat.browser import Screen, Served

PORT = "Who ran the port of Fennmouth before Owen Tarrant?"
MAYOR = "Who was mayor before Luc Ferrand?"
UNANSWERED = "How many litres of milk do the farmers of Aldwater sell?"
TOLL = "How many people were killed late on Monday near Rafik Hariri University Hospital?"

MARK_OF_FOCUSED_CARD = """() => {
    const card = document.activeElement, text = card.querySelector(".by-text");
    const mark = text.querySelector("mark");
    const [outer, inner] = [text.getBoundingClientRect(), mark.getBoundingClientRect()];
    const inside = inner.top >= outer.top && inner.bottom <= outer.bottom + 1;
    return {words: mark.textContent, seen: outer.height > 0 && inside};
}"""


def _open_source(screen: Screen, number: int = 1) -> None:
    screen.marks.filter(has_text=str(number)).last.click()
    screen.wait(
        "(number) => document.activeElement.matches(`.by-card.by-opened[id$='-${number}']`)", number
    )


def test_an_answer_streams_in_and_its_mark_opens_the_quote_in_the_whole_article(
    screen: Screen, samples: Served
) -> None:
    samples.engine.hold(Found)
    screen.type(PORT)
    screen.page.get_by_text("Reading the articles").wait_for()
    assert screen.questions == [PORT]
    assert screen.box.input_value() == ""
    samples.engine.hold(Done)
    screen.wait(
        "document.querySelector('#by-chat a')"
        " && document.body.textContent.includes('Reading the articles')"
    )
    samples.engine.free()
    assert "Ruth Ellery" in screen.answered(1)

    quote = _answers(screen)[0]["claims"][0]["quotes"][0]["text"]
    _open_source(screen)
    assert screen.page.evaluate(MARK_OF_FOCUSED_CARD) == {"words": quote, "seen": True}
    assert screen.page.locator(".by-opened .by-check").inner_text().startswith("exact, checked")


def _answers(screen: Screen) -> Sequence[Any]:
    """What the page gives back of its conversation, as JSON."""
    screen.side()
    with screen.page.expect_download() as download:
        screen.press("Save as JSON")
    screen.side()
    assert download.value.suggested_filename == "conversation.json"
    return find_answers(Path(download.value.path()).read_text(encoding="utf-8")).answers


def test_a_mark_opens_its_source_again_and_again_and_escape_goes_back_to_it(screen: Screen) -> None:
    screen.ask(TOLL)
    for _ in range(2):
        _open_source(screen)
        screen.page.keyboard.press("Escape")
        assert screen.page.evaluate("document.activeElement.getAttribute('href')") == "#by-0-1"
    screen.page.locator("summary").last.click()
    screen.wait("[...document.querySelectorAll('.by-article[open] mark')].length > 0")


def test_what_the_articles_do_not_say_is_said(screen: Screen) -> None:
    text = screen.ask(UNANSWERED)
    assert text.startswith("The articles do not say.")
    assert "not an answer" in text
    assert (
        screen.page.locator("#by-sources h2").inner_text().lower()
        == "nearest passages, not an answer"
    )
    checks = screen.page.locator(".by-check").all_inner_texts()
    assert checks
    assert all("but not an answer" in check for check in checks)


def test_sides_of_a_conflict_stand_beside_each_other_with_their_dates(
    screen: Screen, samples: Served
) -> None:
    def differ(answer: Answer) -> Answer:
        sides = tuple(
            Side(quote.text[:12], (quote,), quote.published)
            for claim in answer.claims
            for quote in claim.quotes
        )
        assert len({side.published for side in sides}) > 1
        return replace(
            answer,
            conflicts=(Conflict("How many people were killed", ConflictKind.CHANGED, sides),),
        )

    samples.engine.change = differ
    text = screen.ask(TOLL)
    assert "This changed over time" in text
    heads = screen.page.locator("#by-chat th")
    assert {"22 October 2024", "23 October 2024"} <= set(heads.all_inner_texts())
    places = [head.bounding_box() for head in heads.all()]
    assert len({place["y"] for place in places if place}) == 1
    assert screen.page.locator("#by-chat td a").count() == len(places)


def test_a_follow_up_shows_what_was_asked_and_can_be_asked_differently(
    screen: Screen, samples: Served
) -> None:
    screen.ask(MAYOR)
    asked_as = screen.page.locator("#by-asked-as textarea")
    assert not asked_as.is_visible()
    screen.ask("And when did he take office?")
    assert "Agnes Tull" in asked_as.input_value()
    asked_as.fill("When did Luc Ferrand take office?")
    screen.press_to_ask("Ask this instead", samples.engine)
    assert screen.questions == [MAYOR, "When did Luc Ferrand take office?"]
    assert not asked_as.is_visible()


def test_filters_restrict_and_a_date_that_is_none_gives_words(screen: Screen) -> None:
    screen.filter(since="last week")
    assert "last week" in screen.ask(PORT)
    screen.filter(since="2024-10")
    assert "Ruth Ellery" not in screen.ask(PORT)
    screen.filter(since="", until="2024-09-10")
    assert "Ruth Ellery" in screen.ask(PORT)
    screen.filter(until="", as_of="2024-08")
    assert "Ruth Ellery" not in screen.ask(PORT)
    screen.filter(as_of="")
    screen.page.get_by_label("Publisher").first.click()
    screen.page.get_by_role("option", name="The Aldwater Post").click()
    screen.ask(PORT)
    assert {line.split(" · ")[0] for line in screen.page.locator(".by-meta").all_inner_texts()} <= {
        "The Aldwater Post"
    }


def test_retry_undo_edit_copy_and_clear(screen: Screen, samples: Served) -> None:
    screen.ask(MAYOR)
    screen.press_to_ask("Retry", samples.engine)
    screen.press("Copy message")
    assert "#by-" not in screen.copied("The Aldwater Post, 3 October 2024")

    screen.ask(PORT)
    screen.press("Undo")
    screen.answered(1)
    assert screen.box.input_value() == PORT
    assert screen.questions == [MAYOR]

    strange = "Who is *Greta* [Lindqvist](http://example.org) & <b>Co</b>?"
    screen.ask(strange)
    assert screen.questions[-1] == strange
    screen.press("Edit")
    box = screen.page.locator("#by-chat .edit-textarea")
    screen.wait("(typed) => document.querySelector('.edit-textarea')?.value === typed", strange)
    box.fill(PORT)
    assert "Ruth Ellery" in screen.press_to_ask("Submit", samples.engine)
    assert screen.questions == [MAYOR, PORT]
    screen.press("Clear")
    screen.answered(0)


def test_conversations_are_kept_in_the_browser_and_in_no_other(
    screen: Screen, samples: Served, new_screen: Callable[..., Screen]
) -> None:
    screen.ask(MAYOR)
    screen.side()
    screen.press("New conversation")
    screen.answered(0)
    screen.ask(PORT)
    assert screen.conversations == [PORT, MAYOR]
    screen.page.get_by_label(MAYOR, exact=True).check()
    screen.wait(
        "document.querySelector(\"#by-chat [data-testid='user']\")?.textContent.includes('Ferrand')"
    )
    assert screen.questions == [MAYOR]

    screen.page.reload()
    screen.answered(1)
    assert screen.questions == [MAYOR]
    screen.side()
    assert screen.conversations == [PORT, MAYOR]
    screen.press("Delete")
    screen.wait("document.querySelectorAll('#by-picker label').length === 1")
    assert screen.questions == [PORT]

    other = new_screen().open(samples.url)
    assert other.questions == []
    other.side()
    assert other.conversations == ["New conversation"]


def test_an_answer_can_be_stopped_and_asked_for_again(screen: Screen, samples: Served) -> None:
    samples.engine.hold(Done)
    screen.type(MAYOR)
    screen.page.locator("#by-question .stop-button").wait_for()
    screen.box.fill("the next one")
    screen.box.press("Escape")
    assert "You stopped this answer" in screen.answered(1)
    assert screen.box.input_value() == "the next one"
    assert "Agnes Tull" in screen.press_to_ask("Retry", samples.engine)
    assert screen.box.input_value() == "the next one"


def test_another_conversation_ends_the_answer_that_is_on_its_way(
    screen: Screen, samples: Served
) -> None:
    screen.side()
    screen.ask(MAYOR)
    samples.engine.hold(Done)
    screen.type(PORT)
    screen.page.locator("#by-question .stop-button").wait_for()
    screen.press("New conversation")
    screen.answered(0)
    samples.engine.free()
    assert "Agnes Tull" in screen.ask(MAYOR)
    assert screen.questions == [MAYOR]


def test_a_link_asks_its_question_once_and_can_be_copied(screen: Screen, samples: Served) -> None:
    screen.page.goto(
        f"{samples.url}?q=Who+runs+the+port+of+Fennmouth%3F&publisher=Fennmouth+Echo&since=2024-09"
    )
    screen.answered(1)
    assert {line.split(" · ")[0] for line in screen.page.locator(".by-meta").all_inner_texts()} == {
        "Fennmouth Echo"
    }
    screen.press("Link to this question")
    link = screen.copied("?q=")
    screen.wait("!location.search")
    screen.page.reload()
    assert screen.answered(1)
    screen.page.goto(link)
    screen.wait("!location.search")
    screen.answered(1)
    assert screen.questions == ["Who runs the port of Fennmouth?"]
    screen.filter()
    assert screen.page.locator("#by-since :is(input, textarea)").input_value() == "2024-09"


def test_a_conversation_can_be_saved(screen: Screen) -> None:
    screen.ask(MAYOR)
    screen.ask(UNANSWERED)
    assert [answer["question"] for answer in _answers(screen)] == [MAYOR, UNANSWERED]
    screen.side()
    with screen.page.expect_download() as download:
        screen.press("Save as Markdown")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert f"## {MAYOR}" in text
    assert "The Aldwater Post, 3 October 2024" in text


def test_feedback_is_kept_beside_the_archive(screen: Screen, samples: Served) -> None:
    kept = samples.archive.folder / FILE
    screen.ask(MAYOR)
    screen.press("Like")
    screen.told("Thank you")
    screen.press("Dislike")
    form = screen.page.locator("#by-feedback").first
    form.get_by_label("wrong answer").check()
    form.get_by_label("What is right?").fill("Somebody else")
    form.get_by_label("Exact words").fill("No article has these words.")
    screen.press("Send")
    screen.told("No article has these words")
    assert form.is_visible()
    form.get_by_label("Exact words").fill("It has been a wet summer.")
    screen.press("Send")
    form.wait_for(state="hidden")
    up, down = map(json.loads, kept.read_text(encoding="utf-8").splitlines())
    assert (up["verdict"], up["answers"]) == ("up", [["Agnes Tull"]])
    assert (down["verdict"], down["reason"], down["answers"]) == (
        "down",
        "wrong answer",
        [["Somebody else"]],
    )
    assert [item["quote"] for item in down["evidence"]] == ["It has been a wet summer."]


def test_the_keyboard_is_enough(screen: Screen) -> None:
    keyboard = screen.page.keyboard
    screen.page.locator("h1").click()
    keyboard.press("/")
    keyboard.type("Who was mayor")
    keyboard.press("Shift+Enter")
    keyboard.type("before Luc Ferrand?")
    assert screen.box.input_value() == "Who was mayor\nbefore Luc Ferrand?"
    keyboard.press("Enter")
    screen.answered(1)
    keyboard.press("Escape")
    for _ in range(60):
        keyboard.press("Tab")
        if screen.page.evaluate("document.activeElement.matches('#by-chat a')"):
            break
    keyboard.press("Enter")
    screen.wait("document.activeElement.matches('.by-card')")
    keyboard.press("Tab")
    assert screen.page.evaluate("document.activeElement.closest('.by-card') !== null")
    keyboard.press("Escape")
    assert screen.page.evaluate("document.activeElement.matches('#by-chat a')")
