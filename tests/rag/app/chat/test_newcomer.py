"""Five tasks of somebody who sees the page for the first time, each counted in clicks.

A wrong turn is counted where the control of the next step is not on the screen, so that it has to
be looked for. docs/page.md has the counts.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from docx import Document

from rag.store.archive import open_archive
from tests.rag.app.chat.browser import Screen, serve

if TYPE_CHECKING:
    from playwright.sync_api import Locator

TITLE = "Bridge of Skarn shut"
SAID = "The bridge stays shut until the bolts are changed"
STORY = f"{TITLE}\n\nThe bridge of Skarn was shut on Friday. “{SAID},” engineer Nils Aker said.\n"


class Done(NamedTuple):
    clicks: int
    wrong_turns: int


class Newcomer:
    """Does tasks with the mouse, and counts."""

    def __init__(self, screen: Screen) -> None:
        self.page = screen.page
        self._clicks = self._wrong_turns = 0

    def click(self, control: Locator) -> None:
        control.wait_for()
        box, window = control.bounding_box(), self.page.viewport_size
        assert box is not None
        assert window is not None
        inside = box["y"] >= 0 and box["y"] + box["height"] <= window["height"]
        self._wrong_turns += not inside
        self._clicks += 1
        control.click()

    def press(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=True).last)

    def done(self) -> Done:
        """The counts of the task that ends here."""
        counted = Done(self._clicks, self._wrong_turns)
        self._clicks = self._wrong_turns = 0
        return counted


def test_five_tasks_take_few_clicks_and_no_wrong_turn(
    new_screen: Callable[..., Screen], tmp_path: Path
) -> None:
    files = [tmp_path / f"story-{n}.txt" for n in range(20)]
    for n, file in enumerate(files):
        file.write_text(STORY if n == 7 else f"Notes {n}\n\nIt rained for {n + 2} hours in Fenn.\n")
    archive = open_archive(tmp_path / "archive", create=True)
    with (
        serve(archive) as served,
        closing(new_screen(viewport={"width": 1280, "height": 800}).open(served.url)) as screen,
    ):
        someone, page = Newcomer(screen), screen.page
        with page.expect_file_chooser() as chooser:
            someone.press("Add articles")
        chooser.value.set_files(files)
        page.locator(".by-head").filter(has_text="20 articles").wait_for()
        load = someone.done()

        said = screen.ask("What did Nils Aker say about the bridge?")
        assert SAID in said
        assert "Nils Aker" in said
        find = someone.done()

        someone.press("Read the article")
        assert SAID in page.locator(".by-page mark").first.inner_text()
        read = someone.done()

        someone.press("Correct")
        page.locator("#by-details").get_by_label("Published").fill("2024-09-21")
        someone.press("Save")
        page.locator(".by-reader .by-meta").filter(has_text="21 September 2024").wait_for()
        correct = someone.done()

        someone.press("Close")
        someone.click(page.locator(".by-below .by-menu > summary").last)
        with page.expect_download() as download:
            someone.press("Save as Word")
        written = Document(BytesIO(Path(download.value.path()).read_bytes()))
        assert any(SAID in paragraph.text for paragraph in written.paragraphs)
        export = someone.done()
    archive.close()
    assert [load, find, read, correct, export] == [
        Done(1, 0),
        Done(0, 0),
        Done(1, 0),
        Done(2, 0),
        Done(3, 0),
    ]
