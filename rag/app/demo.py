"""`byline demo`: the sample articles that ship with Byline, four questions about them, and what a person wants to read.

In goes the folder for the archive; out come answers. Nothing is fetched: samples and model lie in the installed packages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ingest.pipeline import ingest
from rag.app.render import answer_page, to_terminal
from rag.engine import Engine
from rag.model import Answer
from rag.store.archive import Archive, open_archive
from rag.store.database import Listing

if TYPE_CHECKING:
    from rich.text import Text

QUESTIONS = (
    "Who used to run the port of Fennmouth before Owen Tarrant?",
    "How many people were killed in the strike near Rafik Hariri University Hospital?",
    "On what date did Iran fire missiles at Israel?",
    "Who is the mayor of Paris?",
)


@contextmanager
def demo_archive(folder: Path | None) -> Iterator[Archive]:
    """An archive of the samples, in `folder` where it is given, else in a temporary one that goes when the block ends."""
    with (
        TemporaryDirectory(prefix="byline-") as temporary,
        as_file(files("ingest") / "samples") as samples,
    ):
        archive = open_archive(folder or Path(temporary) / "demo", create=True)
        ingest(archive, [samples])
        try:
            yield archive
        finally:
            archive.close()


def demo_answers(archive: Archive) -> Iterator[Answer]:
    """The answers, each as soon as it is there. The articles do not answer the last question."""
    engine = Engine(archive)
    yield from map(engine.ask, QUESTIONS)


def opening(listing: Sequence[Listing]) -> str:
    publishers = {item.publisher for item in listing if item.publisher}
    return f"{len(listing)} sample articles from {len(publishers)} papers are in the archive. They do not answer the last of four questions."


def asked_and_answered(answer: Answer, width: int) -> Text:
    from rich.text import Text

    question = Text.assemble("\n", ("? ", "bold cyan"), (answer.asked_as, "bold cyan"), "\n")
    return Text("\n").join([question, to_terminal(answer_page(answer), width=width)])


def closing(folder: Path | None) -> str:
    """What to do next."""
    name = "my-archive" if folder is None else str(folder)
    more = (
        f"  byline ask --archive {name}"
        if folder is not None
        else f"  byline ingest FOLDER --archive {name}\n  byline ask --archive {name}"
    )
    return f"\nOn with questions of your own:\n{more}"
