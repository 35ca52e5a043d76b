"""The page in a real browser over other archives and on other screens.

Its first paint, the articles tab, an empty archive, a hostile one, a narrow window, the dark, and
what a screen reader finds.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ingest import reclean
from rag.events import Done
from rag.store.archive import open_archive
from tests.fakes import HashingEmbedder, entry, fill
from tests.rag.app.chat.browser import Screen, Served, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MAYOR = "Who was mayor before Luc Ferrand?"
# Seconds in which a program starts or ends, also where much else runs.
_STARTED_S = 300
EVIL = "<script>window.hacked=1</script><img src=x onerror='window.hacked=2'>"


@pytest.fixture(scope="module")
def hostile(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Articles as no ingest would let them in: the page does not rely on it."""
    folder = tmp_path_factory.mktemp("hostile")
    spoons = entry(
        "spoons.txt",
        f"The bandit Orrin Grubb stole 41 spoons {EVIL} [x](javascript:alert(4)) "
        "![x](http://127.0.0.1.example.org/x.png) on Friday.",
        "\N{RIGHT-TO-LEFT OVERRIDE}The guard slept.",
        title=f"Spoons \N{RIGHT-TO-LEFT OVERRIDE}gone {EVIL}",
        publisher=f"Daily {EVIL}",
        published="2024-10-01",
    )
    spoons = replace(spoons, article=replace(spoons.article, url="javascript:window.hacked=3"))
    line = entry(
        "line.txt",
        f"The curator Pell Adair found {'A' * 1_000_000} in a cellar.",
        title="T" * 1_000,
        publisher="P" * 1_000,
    )
    archive = open_archive(folder / "archive", create=True, embedder=HashingEmbedder())
    fill(archive, spoons, line)
    with serve(archive) as served:
        yield served


# ---------------------------------------------------------------- the first paint


class HeldEmbedder(HashingEmbedder):
    """An embedder whose vectors a test can hold back."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded = threading.Event()
        self.loaded.set()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        assert self.loaded.wait(_STARTED_S), "nobody let the embedder go on"
        return super().encode(texts)


def test_the_page_stands_before_the_models_are_loaded(tmp_path: Path, browser: Browser) -> None:
    embedder = HeldEmbedder()
    archive = open_archive(tmp_path / "archive", create=True, embedder=embedder)
    fill(archive, entry("tide.txt", "The tide reached the square.", title="The tide"))
    embedder.loaded.clear()
    with serve(archive) as served, closing(browser.new_context()) as context:
        screen = Screen(context).open(served.url, ready=False)
        screen.page.locator(".by-front .by-title").wait_for()
        assert screen.page.locator(".by-ready").count() == 0
        embedder.loaded.set()
        screen.page.locator(".by-ready").wait_for()
        screen.check()


def test_ctrl_c_ends_the_command_while_its_page_is_open(samples: Served, browser: Browser) -> None:
    folder = str(samples.archive.folder)
    options = ["--archive", folder, "--port", "0", "--no-browser"]
    command = [sys.executable, "-m", "rag.app.cli", "chat", *options]
    with (
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process,
        closing(browser.new_context()) as context,
    ):
        assert process.stderr is not None
        url = next(found[0] for line in process.stderr if (found := re.search(r"http://\S+", line)))
        Screen(context).open(url, ready=False)
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(_STARTED_S) == 130
        finally:
            process.kill()


# ---------------------------------------------------------------- the articles tab


def listed(screen: Screen, count: int) -> None:
    screen.wait("(count) => document.querySelectorAll('.by-list > li').length === count", count)


def test_articles_are_listed_found_sorted_and_read(screen: Screen) -> None:
    screen.tab("Articles")
    listed(screen, 9)
    assert screen.titles[0] == "Toll from Beirut hospital strike climbs as search ends"
    screen.page.get_by_label("Sort by").click()
    screen.page.get_by_role("option", name="Title").click()
    screen.wait("document.querySelector('.by-list h2').textContent.startsWith('Blinken')")
    assert screen.titles == sorted(screen.titles, key=str.casefold)
    find = screen.page.get_by_label("Find", exact=True)
    find.fill("thornwick library")
    listed(screen, 2)
    find.fill("scaffolding")  # a word of the text alone
    screen.page.locator(".by-inside b").filter(has_text="scaffolding").first.wait_for()
    screen.page.locator(".by-list .by-title").first.click()
    assert "scaffolding" in screen.page.locator(".by-page").inner_text()
    screen.press("Close")
    screen.page.locator(".by-reader").wait_for(state="detached")


def test_the_opening_leads_to_stories_articles_and_papers(screen: Screen, samples: Served) -> None:
    screen.wait("document.querySelectorAll('.by-questions li').length > 0")
    story = samples.service.stories(wait=True)[0]
    screen.page.locator(".by-story > summary").filter(has_text=story.title).click()
    reports = screen.page.locator(".by-story[open] [data-act='read']")
    assert reports.count() == len(story.articles)
    reports.first.click()
    screen.page.locator(".by-reader").wait_for()
    screen.press("Close")
    screen.page.locator(".by-topic").filter(has_text="Fennmouth Echo").click()
    listed(screen, 1)


def test_what_an_article_states_can_be_corrected_and_stays(screen: Screen, samples: Served) -> None:
    before = samples.service.listing()
    article = next(item for item in before if item.title.startswith("Library"))
    screen.tab("Articles")
    screen.page.get_by_role("button", name=article.title).click()
    screen.press("Correct")
    details = screen.page.locator("#by-details")
    details.get_by_label("Published").fill("last week")
    screen.press("Save")
    screen.told("not a date")
    details.get_by_label("Published").fill("2024-09-21")
    details.get_by_label("Title").fill("The library's first week")
    details.get_by_label("Author").fill("Ida Kern")
    screen.press("Save")
    screen.page.locator(".by-page h2").filter(has_text="The library's first week").wait_for()
    screen.page.locator(".by-list h2").filter(has_text="The library's first week").wait_for()
    now = next(item for item in samples.service.listing() if item.article_id == article.article_id)
    assert (now.title, str(now.published)) == ("The library's first week", "2024-09-21")
    assert len(samples.service.listing()) == len(before)
    reclean(samples.archive)
    kept = samples.archive.get(article.article_id)
    assert (kept.title, kept.author, str(kept.published)) == (now.title, "Ida Kern", "2024-09-21")


def test_an_article_can_be_corrected_where_an_answer_quotes_it(
    screen: Screen, samples: Served
) -> None:
    screen.ask("How many dockers walked out at the port of Fennmouth?")
    screen.read()
    screen.press("Correct")
    details = screen.page.locator("#by-details")
    details.get_by_label("Author").fill("Nils Aker")
    screen.press("Save")
    screen.page.locator(".by-reader .by-meta").filter(has_text="by Nils Aker").wait_for()


def test_uploads_are_added_each_with_its_result_and_removed_again(
    screen: Screen, samples: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, empty = tmp_path / "tram.txt", tmp_path / "empty.txt"
    good.write_text(
        "Kestrel tram opens\n\n"
        "The Kestrel tram, which cost 73 million crowns, opened on Tuesday.\n",
        "utf-8",
    )
    empty.write_text("", "utf-8")
    screen.tab("Articles")
    screen.upload(good, empty)
    screen.wait("document.querySelectorAll('.by-uploads li').length === 2")
    results = " / ".join(screen.page.locator(".by-uploads li").all_inner_texts())
    assert re.search(r"tram\.txt\W+added", results)
    assert re.search(r"empty\.txt\W+not added\W+is empty", results)
    screen.page.locator(".by-head").filter(has_text="10 articles").wait_for()
    screen.tab("Ask")
    assert "73 million" in screen.ask("What did the Kestrel tram cost?")

    screen.tab("Articles")
    screen.page.get_by_role("button", name="Kestrel tram opens").last.click()
    screen.press("Remove")
    screen.page.locator(".by-head").filter(has_text="9 articles").wait_for()
    screen.press("Undo")
    screen.page.locator(".by-head").filter(has_text="10 articles").wait_for()
    monkeypatch.setattr("rag.app.chat.removals.SECONDS_TO_UNDO", 0.1)
    screen.page.get_by_role("button", name="Kestrel tram opens").last.click()
    screen.press("Remove")
    listed(screen, 9)
    while samples.service.removals.pending:
        screen.page.wait_for_timeout(50)
    screen.page.reload()
    screen.page.locator(".by-fault").wait_for()
    assert "No longer supported" in screen.page.locator(".by-fault").inner_text()


def test_an_empty_archive_explains_itself_and_takes_the_samples(
    new_screen: Callable[..., Screen], tmp_path: Path
) -> None:
    archive = open_archive(tmp_path / "archive", create=True)
    with serve(archive) as served, closing(new_screen().open(served.url)) as screen:
        assert "no articles here yet" in screen.page.locator(".by-hero").last.inner_text()
        assert screen.page.get_by_role("button", name="Add articles").first.is_visible()
        assert not screen.page.locator("#by-filter").is_visible()
        screen.press("Use the sample articles")
        screen.page.locator(".by-head").filter(has_text="9 articles").wait_for()
        screen.page.locator("#by-samples").wait_for(state="hidden")
        assert "Agnes Tull" in screen.ask(MAYOR)


def test_a_first_file_is_added_from_the_opening(
    new_screen: Callable[..., Screen], tmp_path: Path
) -> None:
    file = tmp_path / "tram.txt"
    file.write_text("Tram opens\n\nThe Kestrel tram cost 73 million crowns in all.\n", "utf-8")
    archive = open_archive(tmp_path / "archive", create=True)
    with serve(archive) as served, closing(new_screen().open(served.url)) as screen:
        with screen.page.expect_file_chooser() as chooser:
            screen.page.get_by_role("button", name="Add articles").first.click()
        chooser.value.set_files(file)
        screen.page.locator(".by-uploads").filter(has_text="1 added").first.wait_for()
        screen.page.locator(".by-front").filter(has_text="Tram opens").wait_for()


# ---------------------------------------------------------------- a hostile archive


OWN = ":is(#by-ask, #by-drawer, #by-table)"


def test_nothing_in_an_article_runs_or_breaks_the_page(
    hostile: Served, new_screen: Callable[..., Screen]
) -> None:
    screen = new_screen().open(hostile.url)
    for question in (
        "Who stole 41 spoons on Friday?",
        "What did the curator Pell Adair find in a cellar?",
    ):
        screen.ask(question)
        screen.open_source()
        assert screen.overflow() <= 0
    assert EVIL in screen.turns.first.inner_text()
    screen.page.get_by_role("button", name="Read the article").first.click()
    screen.page.locator(".by-reader").wait_for()
    assert EVIL in screen.page.locator(".by-page").inner_text()
    hrefs = "(all) => all.map((a) => a.getAttribute('href'))"
    links = screen.page.eval_on_selector_all(f"{OWN} a", hrefs)
    screen.page.keyboard.press("Escape")
    screen.tab("Articles")
    listed(screen, 2)
    assert screen.overflow() <= 0
    assert screen.page.evaluate("window.hacked") is None
    assert screen.page.locator(f"{OWN} :is(img, script, iframe)").count() == 0
    assert [link for link in links if not re.match(r"https?://|#by-", link or "")] == []


def test_a_question_is_text_also_when_a_link_brings_it(
    samples: Served, new_screen: Callable[..., Screen]
) -> None:
    screen = new_screen().open(
        f"{samples.url}?q=%21%5Bx%5D(http://127.0.0.1.example.org/x.png)"
        "+%3Cimg+src=x+onerror=%27window.hacked=1%27%3E"
    )
    screen.answered(1)
    assert screen.questions == [
        "![x](http://127.0.0.1.example.org/x.png) <img src=x onerror='window.hacked=1'>"
    ]
    assert screen.page.locator("#by-ask img").count() == 0


# ---------------------------------------------------------------- other screens

CONTRASTS = """() => {
    const parse = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
    const over = ([r, g, b, a = 1], below) =>
        [r, g, b].map((value, i) => value * a + below[i] * (1 - a));
    const ground = (element) => {
        if (!element) return [255, 255, 255];
        const color = parse(getComputedStyle(element).backgroundColor);
        return (color[3] ?? 1) === 1 ? color : over(color, ground(element.parentElement));
    };
    const light = (color) => {
        const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        const [r, g, b] = color.map((v) => linear(v / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const visible = {opacityProperty: true, visibilityProperty: true};
    const shown = (element) =>
        element.checkVisibility(visible) && !element.closest("[disabled]");
    const faults = new Set();
    const check = (text, element, style) => {
        if (!text.trim() || !shown(element) || /STYLE|SCRIPT/.test(element.tagName)) return;
        if (element.getBoundingClientRect().width < 2) return;
        const below = ground(element), color = over(parse(style.color), below);
        const [a, b] = [light(color), light(below)].sort((x, y) => y - x);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        const ratio = (a + 0.05) / (b + 0.05), words = text.trim().slice(0, 40);
        if (ratio < (large ? 3 : 4.5)) faults.add(`${words}: ${ratio.toFixed(2)}`);
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        check(texts.currentNode.textContent, element, getComputedStyle(element));
    }
    for (const field of document.querySelectorAll("[placeholder]"))
        if (!field.value) check(field.placeholder, field, getComputedStyle(field, "::placeholder"));
    return [...faults];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_in_light_and_dark(
    scheme: str, samples: Served, new_screen: Callable[..., Screen]
) -> None:
    """Contrast of 4.5, of 3 for large letters: WCAG 2.2, 1.4.3 (AA)."""
    screen = new_screen(color_scheme=scheme).open(samples.url)
    pale = screen.page.evaluate(CONTRASTS)
    screen.ask(MAYOR)
    screen.ask("And when did he take office?")
    screen.open_source()
    screen.filter()
    screen.side()
    pale += screen.page.evaluate(CONTRASTS)
    screen.side()
    screen.read()
    pale += screen.page.evaluate(CONTRASTS)
    screen.page.keyboard.press("Escape")
    screen.tab("Articles")
    listed(screen, 9)
    pale += screen.page.evaluate(CONTRASTS)
    assert not pale, "\n".join(pale)
    red = screen.page.evaluate(
        "parseInt(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])"
    )
    assert (red > 200) == (scheme == "light")
    drawn = screen.page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    assert (drawn == "dark") == (scheme == "dark")


def test_a_narrow_window_shows_it_all(samples: Served, new_screen: Callable[..., Screen]) -> None:
    screen = new_screen(viewport={"width": 400, "height": 800}, has_touch=True).open(samples.url)
    assert screen.overflow() <= 0
    screen.ask(MAYOR)
    assert screen.overflow() <= 0
    for part in (screen.box, screen.page.get_by_role("button", name="Ask", exact=True)):
        box = part.bounding_box()
        assert box
        assert 0 <= box["x"] < box["x"] + box["width"] <= 400
        assert 0 <= box["y"] < box["y"] + box["height"] <= 800
    screen.marks.last.tap()
    screen.wait("document.activeElement.matches('.by-card')")
    screen.wait(
        "(({top, bottom}) => top < innerHeight && bottom > 0)"
        "(document.activeElement.getBoundingClientRect())"
    )
    assert screen.overflow() <= 0
    screen.read()
    box = screen.page.locator("#by-drawer").bounding_box()
    assert box
    assert (box["x"], box["width"]) == (0, 400)
    screen.press("Back to the answer")
    screen.page.locator(".by-reader").wait_for(state="detached")
    screen.filter()
    assert screen.overflow() <= 0
    screen.tab("Articles")
    listed(screen, 9)
    assert screen.overflow() <= 0


PLACES = """() => {
    const top = (last) => [...document.querySelectorAll(last)].at(-1).getBoundingClientRect().top;
    return [top(".by-turn"), top(".by-feedback .by-main"), top("#by-bar")];
}"""


def test_a_narrow_window_shows_later_answers_their_forms_and_new_conversations(
    samples: Served, new_screen: Callable[..., Screen]
) -> None:
    screen = new_screen(viewport={"width": 400, "height": 800}, has_touch=True).open(samples.url)
    for _ in range(2):
        screen.ask(MAYOR)
    turn, _, _ = screen.page.evaluate(PLACES)
    assert 0 <= turn <= 16
    screen.filter()
    screen.press("Something is wrong")
    _, send, bar = screen.page.evaluate(PLACES)
    assert 0 < send < send + 24 < bar
    screen.page.evaluate("scrollTo(0, 0)")
    screen.side()
    screen.press("New conversation")
    screen.wait("!document.querySelector('#by-side.open, .by-turn')")


ENDS = """() => [".by-said", "#by-question"].map(
    (part) => Math.round(document.querySelector(part).getBoundingClientRect().right))"""


def test_the_box_for_a_question_is_as_wide_as_the_answer_beside_the_bar(screen: Screen) -> None:
    screen.ask(MAYOR)
    screen.side()
    answer, box = screen.page.evaluate(ENDS)
    assert abs(answer - box) <= 2


NAMELESS = """() => [...document.querySelectorAll(
        "button, input, textarea, select, a, [role='button'], [role='region'], iframe")]
    .filter((each) => each.checkVisibility({visibilityProperty: true}))
    .filter((each) => !each.closest("[aria-hidden='true']"))
    .filter((each) => !(each.getAttribute("aria-label") || each.title || each.innerText?.trim()
        || each.getAttribute("aria-labelledby")
        || [...(each.labels || [])].some((label) => label.textContent.trim())))
    .map((each) => each.outerHTML.slice(0, 160))"""


def test_a_screen_reader_finds_names_headings_and_what_is_new(
    screen: Screen, samples: Served
) -> None:
    samples.engine.hold(Done)
    screen.type(MAYOR)
    screen.page.get_by_role("button", name="Stop", exact=True).wait_for()
    assert screen.page.get_by_role("status").filter(has_text="Reading the articles").count() == 1
    samples.engine.free()
    screen.answered(1)
    assert screen.page.locator("h1").all_inner_texts() == ["Byline"]
    assert screen.page.get_by_role("heading", name=MAYOR).count() == 1
    assert screen.page.get_by_role("heading", name="Sources").count() == 1
    assert screen.page.get_by_role("link", name="Source 1").count() == 1
    screen.filter()
    screen.side()
    assert screen.page.evaluate(NAMELESS) == []
    screen.side()
    screen.tab("Articles")
    listed(screen, 9)
    assert screen.page.evaluate(NAMELESS) == []
    assert screen.page.locator("html[lang]").count() == 1
    assert screen.page.locator("img:not([alt])").count() == 0


SIZES = [(1280, 800, "light"), (1440, 900, "dark"), (400, 800, "light")]


@pytest.mark.parametrize(("width", "height", "scheme"), SIZES)
def test_axe_finds_nothing_in_any_state(
    width: int, height: int, scheme: str, samples: Served, new_screen: Callable[..., Screen]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    screen = new_screen(viewport={"width": width, "height": height}, color_scheme=scheme)
    found = []

    def check(state: str) -> None:
        violations = axe.run(screen.page).response["violations"]
        found.extend(f"{state}: {item['id']} {item['nodes'][0]['html']}" for item in violations)

    screen.open(samples.url)
    check("opening")
    screen.filter()
    screen.side()
    check("conversations and filters")
    screen.side()
    screen.ask(MAYOR)
    check("answer")
    screen.page.get_by_text("Why this answer?").click()
    screen.page.locator(".by-reasons li").first.wait_for()
    check("why this answer")
    screen.press("Something is wrong")
    check("feedback")
    screen.read()
    check("article")
    screen.page.keyboard.press("Escape")
    screen.tab("Articles")
    listed(screen, 9)
    check("articles")
    screen.page.locator(".by-list .by-title").first.click()
    screen.press("Correct")
    screen.page.locator("#by-details").wait_for()
    check("correcting")
    assert not found, "\n".join(found)


def test_two_tabs_of_a_browser_share_their_conversations(screen: Screen, samples: Served) -> None:
    other = Screen(screen.page.context).open(samples.url)
    other.ask(MAYOR)
    screen.box.fill("half a question")
    _come_back(screen)
    screen.answered(1)
    screen.wait("document.querySelector('#by-question textarea').value === 'half a question'")
    assert screen.questions == [MAYOR]
    screen.ask("Who ran the port of Fennmouth before Owen Tarrant?")
    _come_back(other)
    other.answered(2)
    other.check()


def _come_back(screen: Screen) -> None:
    """To a tab that has heard of what another kept."""
    screen.wait(
        "() => window.dispatchEvent(new Event('focus'))"
        " && document.querySelectorAll('.by-turn').length > 0"
    )
