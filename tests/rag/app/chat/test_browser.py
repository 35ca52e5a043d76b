"""A conversation in a real browser: asking, sources, follow-ups, filters, what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document

from rag.answer import Answer
from rag.answer_json import find_answers
from rag.app.feedback import FILE
from rag.events import Done, Found
from rag.model import Conflict, ConflictKind, Side
from tests.rag.app.chat.browser import Screen, Served

PORT = "Who ran the port of Fennmouth before Owen Tarrant?"
MAYOR = "Who was mayor before Luc Ferrand?"
UNANSWERED = "Who is the mayor of Fennmouth?"
FAR = "How many litres of milk do the farmers of Aldwater sell?"
TOLL = "How many people were killed late on Monday near Rafik Hariri University Hospital?"

SHOWN_MARK = """() => {
    const page = document.querySelector(".by-page"), mark = page.querySelector("mark.by-here");
    const [outer, inner] = [page.getBoundingClientRect(), mark.getBoundingClientRect()];
    const seen = inner.top >= outer.top && inner.bottom <= outer.bottom;
    return {words: mark.textContent, seen};
}"""


def test_an_answer_streams_in_short_answer_first_with_its_source_beside_it(
    screen: Screen, samples: Served
) -> None:
    samples.engine.hold(Found)
    screen.type(PORT)
    screen.page.get_by_text("Reading the articles").wait_for()
    assert screen.questions == [PORT]
    assert screen.box.input_value() == ""
    samples.engine.hold(Done)
    screen.wait("document.querySelector('a.by-mark') && document.querySelector('.by-waiting')")
    samples.engine.free()
    screen.answered(1)
    assert screen.page.locator(".by-lead").inner_text() == "Ruth Ellery"
    assert "by-exact" in screen.cards.first.inner_html()


def test_who_waits_sees_their_place_in_the_queue_and_no_program_stands_before_them(
    screen: Screen, new_screen: Callable[..., Screen], samples: Served
) -> None:
    from gradio_client import Client

    program = Client(samples.url, verbose=False, analytics_enabled=False)
    samples.engine.hold(Found)
    jobs = [program.submit(PORT, api_name="/ask") for _ in range(3)]
    people = [screen, *(new_screen().open(samples.url) for _ in range(3))]
    for person in people[:2]:
        person.type(PORT)
        person.page.get_by_text("Reading the articles").wait_for()
    for place, person in enumerate(people[2:], start=1):
        person.type(MAYOR)
        person.page.get_by_text(f"queue: {place}/{place}").wait_for()
        assert MAYOR in person.page.locator("#by-turn > .wrap").evaluate(
            "(status) => getComputedStyle(status, '::before').content"
        )
    assert not any(job.done() for job in jobs)
    samples.engine.free()
    assert all("word for word" in person.answered(1) for person in people)
    assert all(job.result(300)["claims"] for job in jobs)


def test_a_quote_is_read_in_its_article_and_the_way_back_leads_to_its_button(
    screen: Screen,
) -> None:
    screen.ask(PORT)
    quote = _answers(screen)[0]["claims"][0]["quotes"][0]["text"]
    page = screen.read()
    assert screen.page.evaluate(SHOWN_MARK) == {"words": quote, "seen": True}
    assert page.inner_text().count(quote) == 1
    assert screen.page.locator(".by-answer").is_visible()
    screen.page.keyboard.press("Escape")
    screen.wait("!document.querySelector('.by-reader')")
    screen.wait("document.activeElement.textContent === 'Read the article'")


def _answers(screen: Screen) -> Sequence[Any]:
    """What the page gives back of its conversation, as JSON."""
    screen.side()
    with screen.page.expect_download() as download:
        screen.press("JSON")
    screen.side()
    return find_answers(Path(download.value.path()).read_text(encoding="utf-8")).answers


def test_a_mark_leads_to_its_card_again_and_again_and_escape_goes_back_to_it(
    screen: Screen,
) -> None:
    screen.ask(TOLL)
    for _ in range(2):
        screen.open_source()
        screen.page.keyboard.press("Escape")
        assert screen.page.evaluate("document.activeElement.hash") == "#by-card-0-1"


def test_what_the_articles_do_not_say_is_said_and_what_is_near_is_folded(screen: Screen) -> None:
    text = screen.ask(UNANSWERED)
    assert "The articles do not say." in text
    assert screen.cards.count() == 0
    near = screen.page.locator(".by-nearest li").first
    assert not near.is_visible()
    screen.page.get_by_text("What comes nearest, but is not an answer").click()
    assert near.is_visible()


def test_sentences_that_are_far_from_the_question_are_not_shown(screen: Screen) -> None:
    assert "nothing in them comes near" in screen.ask(FAR)
    assert screen.page.locator(".by-nearest li").count() == 0


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
        changed = Conflict("How many people were killed", ConflictKind.CHANGED, sides)
        return replace(answer, conflicts=(changed,))

    samples.engine.change = differ
    assert "This changed over time" in screen.ask(TOLL)
    sides = screen.page.locator(".by-sides > li")
    dates = sides.locator(".by-label").all_inner_texts()
    assert {"22 October 2024", "23 October 2024"} <= set(dates)
    places = [side.bounding_box() for side in sides.all()]
    assert len({place["y"] for place in places[:2] if place}) == 1


def test_a_follow_up_shows_what_was_asked_and_can_be_asked_differently_in_its_place(
    screen: Screen, samples: Served
) -> None:
    screen.ask(MAYOR)
    assert screen.page.locator(".by-asked-as").count() == 0
    screen.ask("And when did he take office?")
    assert "Agnes Tull" in screen.page.locator(".by-asked-as").inner_text()
    other = "When did Luc Ferrand take office?"
    screen.again(lambda: screen.edit("Ask differently", other), samples.engine)
    assert screen.questions == [MAYOR, other]
    assert screen.page.locator(".by-asked-as").count() == 0


def test_how_a_date_was_read_is_shown_and_can_be_undone(screen: Screen, samples: Served) -> None:
    screen.ask("How much rain fell at Aldwater in August?")
    assert "is read as August 2024" in screen.page.locator(".by-asked-as").inner_text()
    screen.again(lambda: screen.press("Any date"), samples.engine)
    assert screen.page.locator(".by-asked-as").count() == 0


def test_filters_say_what_they_leave_and_a_date_that_is_none_gives_words(screen: Screen) -> None:
    summary = screen.page.locator("#by-filter")
    assert summary.inner_text() == "All 9 articles"
    screen.filter(since="last week")
    screen.page.locator("#by-effect .by-fault").wait_for()
    assert "last week" in screen.ask(PORT)
    screen.filter(since="2024-10")
    screen.wait("document.querySelector('#by-filter').textContent.trim() === '4 of 9 articles'")
    assert "Ruth Ellery" not in screen.ask(PORT)
    screen.filter(since="", until="2024-09-10")
    assert "Ruth Ellery" in screen.ask(PORT)
    assert "Only articles published until 10 September 2024" in screen.turns.last.inner_text()


def test_a_question_can_be_edited_in_its_place(screen: Screen, samples: Served) -> None:
    strange = "Who is *Greta* [Lindqvist](http://example.org) & <b>Co</b>?"
    screen.ask(MAYOR)
    screen.ask(strange)
    assert screen.questions == [MAYOR, strange]
    screen.press("Edit the question")
    assert screen.page.locator(".by-edit").input_value() == strange
    screen.page.keyboard.press("Escape")
    assert screen.questions == [MAYOR, strange]
    edited = screen.again(lambda: screen.edit("Edit the question", PORT), samples.engine)
    assert "Ruth Ellery" in edited
    assert screen.questions == [MAYOR, PORT]


def test_conversations_are_named_found_deleted_and_kept_in_this_browser_alone(
    screen: Screen, samples: Served, new_screen: Callable[..., Screen]
) -> None:
    screen.ask(MAYOR)
    screen.side()
    screen.press("New conversation")
    screen.answered(0)
    screen.ask(PORT)
    assert screen.conversations == [PORT, MAYOR]
    screen.page.get_by_role("button", name=MAYOR, exact=True).click()
    screen.wait("document.querySelector('.by-asked h2')?.textContent.includes('Ferrand')")
    screen.edit(f"Rename “{PORT}”", "The port")
    screen.wait("document.querySelector('.by-choose').textContent === 'The port'")

    screen.page.reload()
    screen.answered(1)
    assert screen.questions == [MAYOR]
    screen.side()
    assert screen.conversations == ["The port", MAYOR]
    screen.press("Delete “The port”")
    screen.wait("document.querySelectorAll('.by-choose').length === 1")
    screen.press("Undo")
    screen.wait("document.querySelectorAll('.by-choose').length === 2")
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
    assert "Agnes Tull" in screen.again(lambda: screen.press("Ask again"), samples.engine)
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


def test_a_link_asks_its_question_once(screen: Screen, samples: Served) -> None:
    screen.page.goto(
        f"{samples.url}?q=Who+runs+the+port+of+Fennmouth%3F&publisher=Fennmouth+Echo&since=2024-09"
    )
    screen.answered(1)
    facts = screen.page.locator(".by-card .by-meta").all_inner_texts()
    assert {line.split(" · ")[0] for line in facts} == {"Fennmouth Echo"}
    screen.wait("!location.search")
    screen.page.reload()
    assert screen.answered(1)
    assert screen.questions == ["Who runs the port of Fennmouth?"]


def test_an_answer_is_shared_as_rich_text_as_a_link_and_as_a_file(
    screen: Screen, samples: Served, new_screen: Callable[..., Screen]
) -> None:
    screen.ask(MAYOR)
    screen.share("Copy with sources")
    assert "Agnes Tull" in screen.copied("The Aldwater Post, 3 October 2024")
    kinds = screen.page.evaluate(
        "navigator.clipboard.read().then((items) => items.flatMap((item) => item.types))"
    )
    assert set(kinds) == {"text/html", "text/plain"}

    with screen.page.expect_download() as download:
        screen.share("Save as Word")
    assert download.value.suggested_filename == "answer.docx"
    document = Document(BytesIO(Path(download.value.path()).read_bytes()))
    assert any("Agnes Tull" in paragraph.text for paragraph in document.paragraphs)

    screen.share("Copy a link to this answer")
    other = new_screen()
    other.page.goto(screen.copied("?answer="))
    other.answered(1)
    assert other.questions == [MAYOR]
    assert "Agnes Tull" in other.turns.last.inner_text()


def test_a_quote_is_copied_with_its_citation_and_saved_as_a_picture(screen: Screen) -> None:
    screen.ask(MAYOR)
    screen.page.locator(".by-card .by-menu > summary").click()
    screen.press("Copy with citation")
    assert "“" in screen.copied("The Aldwater Post")
    screen.page.locator(".by-card .by-menu > summary").click()
    with screen.page.expect_download() as download:
        screen.press("Save as a picture")
    assert download.value.suggested_filename == "quote.png"
    picture = Path(download.value.path()).read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 10_000


def test_a_conversation_can_be_saved(screen: Screen) -> None:
    screen.ask(MAYOR)
    screen.ask(UNANSWERED)
    assert [answer["question"] for answer in _answers(screen)] == [MAYOR, UNANSWERED]
    screen.side()
    with screen.page.expect_download() as download:
        screen.press("Markdown")
    assert download.value.suggested_filename == "conversation.md"
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert f"## {MAYOR}" in text
    assert "The Aldwater Post, 3 October 2024" in text


def test_why_this_answer_is_told_step_by_step(screen: Screen) -> None:
    screen.ask(PORT)
    screen.page.get_by_text("Why this answer?").click()
    reasons = screen.page.locator(".by-reasons li")
    reasons.filter(has_text="best first").first.wait_for()
    assert PORT in reasons.first.inner_text()
    said = screen.page.locator(".by-reasons").inner_text()
    for words in ("Answered", "by meaning rank", "by words rank", "reads like an answer", "under"):
        assert words in said


def test_feedback_is_kept_beside_the_archive(screen: Screen, samples: Served) -> None:
    kept = samples.archive.folder / FILE
    screen.ask(MAYOR)
    screen.press("Good answer")
    screen.told("Thank you")
    screen.press("Something is wrong")
    form = screen.page.locator(".by-feedback")
    form.get_by_label("Wrong answer").check()
    form.get_by_label("What is right?").fill("Somebody else")
    form.get_by_label("Which words of an article").fill("No article has these words.")
    assert screen.page.locator(".by-lead").is_visible()
    screen.press("Send")
    screen.told("No article has these words")
    assert form.is_visible()
    form.get_by_label("Which words of an article").fill("It has been a wet summer.")
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


def test_a_question_waits_until_the_server_can_be_reached_again(screen: Screen) -> None:
    lost = "**/gradio_api/startup-events"
    screen.page.route(lost, lambda route: route.abort())
    screen.type(MAYOR)
    screen.page.get_by_text("Byline cannot be reached").wait_for()
    assert screen.box.input_value() == MAYOR
    screen.page.unroute(lost)
    assert "Agnes Tull" in screen.answered(1)
    screen.faults = [fault for fault in screen.faults if "ERR_FAILED" not in fault]


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
    _tab_to(screen, "a.by-mark", back=True)
    keyboard.press("Enter")
    screen.wait("document.activeElement.matches('.by-card')")
    _tab_to(screen, "button[data-act='source'].by-button")
    keyboard.press("Enter")
    screen.wait("document.activeElement.matches('.by-reader')")
    keyboard.press("Escape")
    screen.wait("document.activeElement.matches('button[data-act=source]')")
    keyboard.press("Escape")
    assert screen.page.evaluate("document.activeElement.matches('a.by-mark')")


def _tab_to(screen: Screen, selector: str, *, back: bool = False) -> None:
    for _ in range(60):
        screen.page.keyboard.press("Shift+Tab" if back else "Tab")
        if screen.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"no key leads to {selector}")
