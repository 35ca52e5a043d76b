"""The page in a real browser over other archives and on other screens.

Its first paint, the articles tab, an empty archive, a hostile one, a narrow window, the dark, and
what a screen reader finds.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from rag.events import Done
from rag.store.archive import open_archive
from tests.fakes import HashingEmbedder, entry, fill
from tests.rag.app.chat.browser import Screen, Served, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MAYOR = "Who was mayor before Luc Ferrand?"
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
    with serve(archive, folder / "runs") as served:
        yield served


# ---------------------------------------------------------------- the first paint


class Opened(NamedTuple):
    """Seconds until something is painted, until the heading stands, and again when it is warm."""

    painted: float
    shown: float
    again: float

    @property
    def quick(self) -> bool:
        # A machine with much else to do is slow with a page that is there already, too.
        return self.painted < max(2.0, 3 * self.again) and self.shown < max(4.0, 4 * self.again)


def opened(archive: Path, browser: Browser) -> Opened:
    command = [
        sys.executable,
        "-m",
        "rag.app.cli",
        "chat",
        "--archive",
        str(archive),
        "--port",
        "0",
        "--no-browser",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        url = next(found[0] for line in process.stderr if (found := re.search(r"http://\S+", line)))
        context = browser.new_context()
        screen, start = Screen(context), time.monotonic()
        screen.open(url, ready=False)
        screen.page.locator("h1").wait_for()
        shown = time.monotonic() - start
        painted = (
            screen.page.evaluate(
                "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            )
            / 1000
        )
        screen.page.locator(".by-ready").wait_for()
        start = time.monotonic()
        screen.open(url)
        again = time.monotonic() - start
        context.close()
        return Opened(painted, shown, again)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130


def test_the_page_is_painted_within_two_seconds_of_its_address_being_told(
    samples: Served, browser: Browser
) -> None:
    tries: list[Opened] = []
    # What else the machine does at a moment is not the page's.
    while not any(item.quick for item in tries):
        assert len(tries) < 3, tries
        tries.append(opened(samples.archive.folder, browser))


# ---------------------------------------------------------------- the articles tab


def test_articles_are_listed_found_and_sorted(screen: Screen) -> None:
    screen.tab("Articles")
    screen.wait("document.querySelectorAll('.by-articles tbody tr').length === 9")
    assert screen.titles[0] == "Toll from Beirut hospital strike climbs as search ends"
    assert screen.page.locator(".by-counts dd").first.inner_text() == "9"
    screen.page.get_by_label("Order").click()
    screen.page.get_by_role("option", name="Title").click()
    screen.wait("document.querySelector('.by-articles tbody th').textContent.startsWith('Blinken')")
    assert screen.titles == sorted(screen.titles, key=str.casefold)
    screen.page.get_by_label("Find").fill("thornwick library")
    screen.wait("document.querySelectorAll('.by-articles tbody tr').length === 2")


def test_uploads_are_added_each_with_its_result_and_removed_again(
    screen: Screen, samples: Served, tmp_path: Path
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
    assert re.search(r"empty\.txt\W+refused", results)
    screen.page.locator(".by-head").filter(has_text="10 articles").wait_for()
    screen.tab("Ask")
    assert "73 million" in screen.ask("What did the Kestrel tram cost?")

    screen.tab("Articles")
    screen.page.locator("#by-chosen input").click()
    screen.page.get_by_role("option", name="Kestrel").click()
    screen.page.keyboard.press("Escape")
    screen.press("Remove …")
    screen.press("Keep")
    screen.page.locator("#by-remove-yes").wait_for(state="hidden")
    assert len(samples.service.listing()) == 10
    screen.press("Remove …")
    screen.press("Remove")
    screen.told("1 article removed")
    screen.page.locator(".by-head").filter(has_text="9 articles").wait_for()
    screen.wait("document.querySelectorAll('.by-articles tbody tr').length === 9")
    screen.tab("Ask")
    screen.marks.last.click()
    screen.page.locator(".by-fault").wait_for()


def test_an_empty_archive_explains_itself_and_takes_the_samples(
    new_screen: Callable[..., Screen], tmp_path: Path
) -> None:
    with serve(open_archive(tmp_path / "archive", create=True), tmp_path) as served:
        screen = new_screen().open(served.url)
        assert "empty" in screen.page.locator(".by-head").inner_text()
        assert "empty" in screen.ask(MAYOR)
        screen.press("Load the sample articles")
        screen.page.locator(".by-head").filter(has_text="9 articles").wait_for()
        assert "Agnes Tull" in screen.ask(MAYOR)
        screen.page.locator("#by-samples").wait_for(state="hidden")


# ---------------------------------------------------------------- a hostile archive


def test_nothing_in_an_article_runs_or_breaks_the_page(
    hostile: Served, new_screen: Callable[..., Screen]
) -> None:
    screen = new_screen().open(hostile.url)
    for question in (
        "Who stole 41 spoons on Friday?",
        "What did the curator Pell Adair find in a cellar?",
    ):
        screen.ask(question)
        screen.marks.last.click()
        screen.wait("document.activeElement.matches('.by-card.by-opened')")
        assert screen.overflow() <= 0
    screen.marks.first.click()
    screen.wait("document.activeElement.matches('.by-card.by-opened')")
    for part in ("#by-chat", "#by-sources"):
        assert EVIL in screen.page.locator(part).inner_text()
    screen.tab("Articles")
    screen.wait("document.querySelectorAll('.by-articles tbody tr').length === 2")
    assert screen.overflow() <= 0
    assert screen.page.evaluate("window.hacked") is None
    assert (
        screen.page.locator(
            ":is(#by-chat, #by-sources, #by-table) :is(img, script, iframe)"
        ).count()
        == 0
    )
    links = screen.page.eval_on_selector_all(
        ":is(#by-chat, #by-sources, #by-table) a", "(all) => all.map((a) => a.getAttribute('href'))"
    )
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
    assert screen.page.locator("#by-chat img").count() == 0


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
    screen.marks.last.click()
    screen.wait("document.activeElement.matches('.by-card.by-opened')")
    screen.filter()
    screen.side()
    pale += screen.page.evaluate(CONTRASTS)
    screen.side()
    screen.tab("Articles")
    screen.wait("document.querySelectorAll('.by-articles tbody tr').length === 9")
    pale += screen.page.evaluate(CONTRASTS)
    assert not pale, "\n".join(pale)
    red = screen.page.evaluate(
        "parseInt(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])"
    )
    assert (red > 200) == (scheme == "light")


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
    screen.wait("document.activeElement.matches('.by-card.by-opened')")
    screen.wait(
        "(({top, bottom}) => top >= 0 && top < 400)(document.activeElement.getBoundingClientRect())"
    )
    assert screen.overflow() <= 0
    screen.filter()
    assert screen.overflow() <= 0
    screen.tab("Articles")
    screen.wait("document.querySelectorAll('.by-articles tbody tr').length === 9")
    assert screen.overflow() <= 0


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
    samples.engine.free()
    screen.answered(1)
    assert screen.page.locator("[role='log'][aria-live='polite'] [data-testid='bot']").count() == 1
    assert screen.page.get_by_role("status").filter(has_text="ready").count() == 1
    assert screen.page.locator("h1").all_inner_texts() == ["Byline"]
    assert screen.page.get_by_role("heading", name="Sources").count() == 1
    assert screen.page.get_by_role("link", name="Source 1").count() == 1
    screen.marks.last.click()
    screen.wait("document.activeElement.matches('.by-card.by-opened')")
    screen.filter()
    screen.side()
    assert screen.page.evaluate(NAMELESS) == []
    screen.side()
    for tab in ("Articles", "Evaluation"):
        screen.tab(tab)
        screen.page.get_by_role("tab", name=tab, selected=True).wait_for()
        assert screen.page.evaluate(NAMELESS) == []
    assert screen.page.locator("html[lang]").count() == 1
    assert screen.page.locator("img:not([alt])").count() == 0


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
        " && document.querySelectorAll(\"#by-chat [data-testid='bot']\").length > 0"
    )
