"""Where the command line's words go: results to stdout, messages to stderr, JSON in one piece; and what is kept quiet.

In go values and renderables; nothing comes out. It does not know archives or answers. rich is imported when first something is shown.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from rag.errors import BylineError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_NOISY = (
    "chromadb",
    "filelock",
    "huggingface_hub",
    "sentence_transformers",
    "torch",
    "transformers",
    "trafilatura",
    "htmldate",
)
# JSON allows these as they are, terminals do not.
_UNSAFE_IN_JSON = re.compile(
    r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


@cache
def stdout() -> Console:
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


@cache
def stderr() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def show(text: Text | str) -> None:
    """Shows a result; lines were wrapped before or are to stay whole."""
    stdout().print(text, soft_wrap=True)


def tell(text: Text | str) -> None:
    """Tells something beside the result."""
    stderr().print(text, soft_wrap=True)


def width() -> int:
    """Columns for results."""
    return stdout().width


def number(count: int, thing: str) -> str:
    """A count and what is counted, in the plural where it is not one.

    >>> number(1, "article"), number(2000, "article")
    ('1 article', '2,000 articles')
    """
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def show_json(value: object) -> None:
    """One JSON value: indented for the eyes of whoever sits at a terminal, on one line for a program."""
    indent = 2 if sys.stdout.isatty() else None
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    plain = json.dumps(value, indent=indent, ensure_ascii=not utf8)
    sys.stdout.write(_UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", plain) + "\n")
    sys.stdout.flush()


def show_error(error: BylineError, *, as_json: bool) -> None:
    """A failure: on stdout as JSON where that is wanted, else on stderr in words."""
    from rich.text import Text

    from rag.app.render import clean

    if as_json:
        show_json(error.to_json())
        return
    tell(Text.assemble(("error: ", "bold red"), clean(error.message)))
    if error.hint:
        tell(Text(f"       {clean(error.hint)}"))


@contextmanager
def status(message: str) -> Iterator[Callable[[str], None]]:
    """Says what is being waited for, while stderr is a terminal; the block is given a function that says it anew."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with stderr().status(message) as shown:
        yield shown.update


def prepare(*, verbose: bool) -> None:
    """Keeps libraries quiet, unless `verbose`; characters that a stream cannot hold do not stop it. Call before they are imported."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Threads of torch that spin while they wait halve its speed wherever something else is running.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if verbose:
        logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(name)s: %(message)s")
        return
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    warnings.simplefilter("ignore")
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
