"""The demo: sample articles and four questions, all from the installed packages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ingest.pipeline import ingest
from rag.answer import Answer
from rag.render.layout import answer_page
from rag.render.terminal import to_terminal
from rag.store.archive import Archive, open_archive
from rag.store.database import Listing

if TYPE_CHECKING:
    from rich.text import Text

# The articles do not answer the last one.
QUESTIONS = (
    "Who used to run the port of Fennmouth before Owen Tarrant?",
    "How many people were killed in the strike near Rafik Hariri University Hospital?",
    "On what date did Iran fire missiles at Israel?",
    "Who is the mayor of Paris?",
)


@contextmanager
def demo_archive(folder: Path | None) -> Iterator[Archive]:
    """Opens an archive of the sample articles, in `folder` or else in a temporary folder."""
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


def introduction(listing: Sequence[Listing]) -> str:
    """Describes what the archive holds."""
    publishers = {item.publisher for item in listing if item.publisher}
    return (
        f"{len(listing)} sample articles from {len(publishers)} papers are in the archive."
        " They do not answer the last of four questions."
    )


def question_and_answer(answer: Answer, width: int) -> Text:
    """Shows a question over its answer, in lines of at most `width` columns."""
    from rich.text import Text

    question = Text.assemble("\n", ("? ", "bold cyan"), (answer.asked_as, "bold cyan"), "\n")
    return Text("\n").join([question, to_terminal(answer_page(answer), width=width)])


def next_steps(folder: Path | None) -> str:
    """Explains how to ask questions of your own."""
    ask = f"  byline ask --archive {folder or 'my-archive'}"
    ingest_first = "" if folder else "  byline ingest FOLDER --archive my-archive\n"
    return f"\nAsk questions of your own:\n{ingest_first}{ask}"
