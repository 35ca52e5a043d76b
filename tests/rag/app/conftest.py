"""What browser tests share: a browser, a page over the sample articles, tabs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingest import ingest
from rag.store.archive import open_archive
from tests.rag.app.chat.browser import Screen, Served, chromium, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SAMPLES = Path(__file__).parents[3] / "ingest" / "samples"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def samples(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A page over the sample articles; what a test adds, it takes out."""
    folder = tmp_path_factory.mktemp("samples")
    archive = open_archive(folder / "archive", create=True)
    ingest(archive, [SAMPLES])
    with serve(archive) as served:
        assert served.service.warmed.wait(300)
        assert served.service.failed is None
        yield served


@pytest.fixture
def new_screen(browser: Browser) -> Iterator[Callable[..., Screen]]:
    """Makes tabs, each of its own browser; at the end nothing may have gone wrong on any."""
    contexts, screens = [], []

    def make(**options: Any) -> Screen:
        contexts.append(
            browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        )
        screens.append(Screen(contexts[-1]))
        return screens[-1]

    yield make
    for context in contexts:
        context.close()
    for screen in screens:
        screen.check()


@pytest.fixture
def screen(samples: Served, new_screen: Callable[..., Screen]) -> Iterator[Screen]:
    """The page over the sample articles, ready."""
    yield new_screen(permissions=["clipboard-read", "clipboard-write"]).open(samples.url)
    samples.engine.free()
