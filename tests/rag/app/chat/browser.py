"""The chat page in a real browser, for tests: a server over an archive, and a person's actions.

Debian's chromium is driven by playwright; tests are skipped where either is missing. Every wait is
for a condition, with a limit that a loaded machine can keep. A `Screen` remembers what the page
asked of the network and what went wrong on it.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from rag.answer import Answer
from rag.engine import Engine
from rag.events import Done, Event

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page

    from rag.app.chat.service import Service
    from rag.store.archive import Archive

LIMIT_MS = 120_000
_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_LOOPBACK = re.compile(r"(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|data:|blob:|about:")
# What gradio says where its page is left, or its server ends, while it listens.
_LEFT = re.compile(
    "AbortError|Connection errored out|network error|Failed to fetch|Server stopped unexpectedly"
)
_ANSWERED = """(count) => document.querySelectorAll(".by-turn").length === count
    && !document.querySelector(".by-waiting")
    && !document.querySelector("#by-question .stop-button")"""

_COPIED = """async ([words, limit]) => {
    const pause = () => new Promise((next) => setTimeout(next, 50));
    for (const end = performance.now() + limit; performance.now() < end; await pause()) {
        const text = await navigator.clipboard.readText();
        if (text.includes(words)) return text;
    }
    return "";
}"""


class _Gate(NamedTuple):
    kind: type[Event]
    opened: threading.Event


class StagedEngine:
    """An engine whose answers a test can hold back and change; what it reads and quotes is real."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._gate: _Gate | None = None
        self.free()

    def free(self) -> None:
        """Nothing is held back or changed any more."""
        self.change: Callable[[Answer], Answer] = lambda answer: answer
        self._set(None)

    def hold(self, kind: type[Event]) -> None:
        """What is held back goes on, up to the next event of that kind."""
        self._set(_Gate(kind, threading.Event()))

    def _set(self, gate: _Gate | None) -> None:
        before, self._gate = self._gate, gate
        if before is not None:
            before.opened.set()

    @property
    def llm(self) -> str | None:
        return self._engine.llm

    def ask(self, question: str, **options: Any) -> Answer:
        return self._engine.ask(question, **options)

    def stream(self, question: str, **options: Any) -> Iterator[Event]:
        for event in self._engine.stream(question, **options):
            gate = self._gate
            if gate is not None and isinstance(event, gate.kind):
                assert gate.opened.wait(LIMIT_MS / 1000), "nobody let the engine go on"
            yield Done(self.change(event.answer)) if isinstance(event, Done) else event


class Served(NamedTuple):
    """A page that is up, and what is behind it."""

    url: str
    archive: Archive
    service: Service
    engine: StagedEngine


@contextmanager
def serve(archive: Archive, llm: str | None = None) -> Iterator[Served]:
    """Serves the page over the archive on a free port, with that language model, if any."""
    from rag.app.chat.server import Address, serving
    from rag.app.chat.service import Service

    service = Service(archive)
    service.engine = engine = StagedEngine(Engine(archive, llm=llm))  # type: ignore[assignment]
    with serving(service, Address(port=0)) as url:
        service.warm()
        yield Served(url, archive, service, engine)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    pytest.importorskip("gradio", reason="gradio is not installed")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium here: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=_ARGS)
        try:
            yield browser
        finally:
            browser.close()


class Screen:
    """One tab with the page on it."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(LIMIT_MS)
        self.requested: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", lambda request: self.requested.append(request.url))
        self.page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        self.page.on("dialog", self._dismiss)
        self.page.on("console", self._hear)

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type == "error" and not _LEFT.search(line.text):
            self.faults.append(line.text)

    def _dismiss(self, dialog: Any) -> None:
        self.faults.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def check(self) -> None:
        """Nothing went wrong, and nothing beyond this machine was asked for."""
        assert not self.faults, "\n".join(self.faults)
        assert [url for url in self.requested if not _LOOPBACK.match(url)] == []

    def close(self) -> None:
        """Closes the tab; to be done before its server ends, which it would miss."""
        self.page.close()

    # ------------------------------------------------------------ doing

    def open(self, url: str, *, ready: bool = True) -> Screen:
        self.page.goto(url)
        self.box.wait_for()
        if ready:
            self.page.locator(".by-ready").wait_for()
        return self

    def type(self, question: str) -> None:
        """Sends the question, without waiting for its answer."""
        self.box.fill(question)
        self.box.press("Enter")

    def ask(self, question: str) -> str:
        """The answer's text."""
        count = self.turns.count() + 1
        self.type(question)
        return self.answered(count)

    def answered(self, count: int) -> str:
        """Waits until there are so many turns, all whole; gives the text of the last."""
        self.page.wait_for_function(_ANSWERED, arg=count)
        return self.turns.last.locator(".by-said").inner_text() if count else ""

    def press(self, name: str) -> None:
        """The last button of that name."""
        self.page.get_by_role("button", name=name, exact=True).last.click()

    def share(self, name: str) -> None:
        """Opens the menu of the last answer and presses one of its buttons."""
        self.page.locator(".by-below .by-menu > summary").last.click()
        self.press(name)

    def edit(self, name: str, text: str) -> None:
        """Presses the last button of that name, which edits words in their place, and does so."""
        self.press(name)
        box = self.page.locator(".by-edit")
        box.fill(text)
        box.press("Enter")

    def again(self, act: Callable[[], None], engine: StagedEngine) -> str:
        """Does what asks in the place of the last answer; gives the new one."""
        count = self.turns.count()
        engine.hold(Done)
        act()
        self.page.locator(".by-waiting").wait_for()
        engine.free()
        return self.answered(count)

    def open_source(self, number: int = 1) -> None:
        """Follows a mark of the last answer, until its card has the focus."""
        self.turns.last.locator("a.by-mark").filter(has_text=str(number)).first.click()
        self.wait("(end) => document.activeElement.matches(`.by-card[id$='-${end}']`)", str(number))

    def read(self) -> Locator:
        """Opens the article of the last source; gives its text."""
        self.press("Read the article")
        self.page.locator(".by-reader").wait_for()
        return self.page.locator(".by-page")

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def side(self) -> None:
        """Opens or closes the bar at the left, and waits until it stands."""
        self.page.locator("#by-side .toggle-button").click()
        self.page.wait_for_function(
            "document.getAnimations().every((each) => each.playState !== 'running')"
        )

    def filter(self, **fields: str) -> None:
        """Fills fields of the filters: since, until, as_of."""
        if not self.page.locator("#by-since").is_visible():
            self.page.locator("#by-filter").click()
        for name, value in fields.items():
            field = self.page.locator(f"#by-{name.replace('_', '-')} :is(input, textarea)")
            # Fields that have just come on the page are emptied once more.
            while field.input_value() != value:
                field.fill(value)
                self.page.evaluate(
                    "() => new Promise((next) => requestAnimationFrame(() =>"
                    " requestAnimationFrame(next)))"
                )

    def upload(self, *paths: Path) -> None:
        self.page.locator("#by-files input[type='file']").set_input_files(list(paths))

    def wait(self, condition: str, arg: object = None) -> None:
        """Until a JavaScript condition holds."""
        self.page.wait_for_function(condition, arg=arg)

    # ------------------------------------------------------------ seeing

    @property
    def box(self) -> Locator:
        return self.page.locator("#by-question textarea")

    @property
    def turns(self) -> Locator:
        return self.page.locator(".by-turn")

    @property
    def questions(self) -> list[str]:
        return self.page.locator(".by-asked h2").all_inner_texts()

    @property
    def marks(self) -> Locator:
        return self.page.locator("a.by-mark")

    @property
    def cards(self) -> Locator:
        return self.page.locator(".by-card")

    @property
    def conversations(self) -> list[str]:
        return self.page.locator(".by-choose").all_inner_texts()

    @property
    def titles(self) -> list[str]:
        """Of the articles in the list."""
        return self.page.locator(".by-list h2").all_inner_texts()

    def told(self, words: str) -> None:
        """Waits for a message in the corner."""
        self.page.locator("[data-testid='toast-body']").filter(has_text=words).first.wait_for()

    def copied(self, words: str) -> str:
        """Waits until the clipboard holds a text with these words; gives it."""
        text = str(self.page.evaluate(_COPIED, [words, LIMIT_MS]))
        assert text, f"nothing with {words!r} was copied"
        return text

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))
