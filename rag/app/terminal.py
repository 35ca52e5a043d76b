"""Writes to the terminal: results to stdout, messages to stderr; keeps libraries quiet.

rich is imported when something is shown for the first time.
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
    """Writes a result to stdout; its lines are not wrapped."""
    stdout().print(text, soft_wrap=True)


def tell(text: Text | str) -> None:
    """Writes a message to stderr."""
    stderr().print(text, soft_wrap=True)


def width() -> int:
    """Returns how many columns a result may have."""
    return stdout().width


def show_json(value: object) -> None:
    """Writes JSON to stdout: indented on a terminal, on one line for a program."""
    indent = 2 if sys.stdout.isatty() else None
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    plain = json.dumps(value, indent=indent, ensure_ascii=not utf8)
    sys.stdout.write(_UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", plain) + "\n")
    sys.stdout.flush()


def show_error(error: BylineError, *, as_json: bool) -> None:
    """Writes an error and its hint to stderr, or to stdout as JSON."""
    from rich.text import Text

    from rag.render.words import clean

    if as_json:
        show_json(error.to_json())
        return
    tell(Text.assemble(("error: ", "bold red"), clean(error.message)))
    if error.hint:
        tell(Text(f"       {clean(error.hint)}"))


@contextmanager
def status(message: str) -> Iterator[Callable[[str], None]]:
    """Shows what is being waited for, if stderr is a terminal; yields a function to change it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with stderr().status(message) as shown:
        yield shown.update


def prepare(*, verbose: bool) -> None:
    """Keeps libraries quiet unless `verbose`; call it before they are imported.

    Characters that a stream cannot hold are replaced.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Threads of torch that spin while they wait halve its speed if something else is running.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if verbose:
        logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(name)s: %(message)s")
        return
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    warnings.simplefilter("ignore")
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
