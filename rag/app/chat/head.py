"""The head of the page as safe HTML: the name, what is in the archive, and whether it can be asked. Knows no page."""

from __future__ import annotations

import html
from collections.abc import Sequence

from rag.app.render import clean
from rag.app.terminal import number
from rag.errors import BylineError
from rag.store.database import Listing

HEAD_BEFORE = '<header class="by-head"><h1>Byline</h1><p>…</p></header>'


def head_html(listing: Sequence[Listing], *, warmed: bool, failed: BylineError | None) -> str:
    """The name, what is in the archive, and whether it is ready."""
    counts = f"{number(len(listing), 'article')} · {number(len({item.publisher for item in listing if item.publisher}), 'publisher')}"
    state, words = ("by-ready", "ready") if warmed else ("by-warming", "loading the model …")
    if failed is not None:
        state, words = "by-failed", html.escape(clean(f"{failed.message} {failed.hint}".strip()))
    elif not listing:
        words = "the archive is empty: add articles on the next tab" if warmed else words
    return (
        f'<header class="by-head"><h1>Byline</h1><p>{counts}</p>'
        f'<p class="by-state {state}" role="status"><span aria-hidden="true"></span>{words}</p></header>'
    )
