"""Escapes words, and writes icons and buttons; all icons are drawn in one way."""

from __future__ import annotations

import html

from rag.render.words import clean

NEW_TAB = 'target="_blank" rel="noopener noreferrer nofollow"'

# Lines on a grid of 24, two units wide with round ends.
_ICONS = {
    "again": "M20 12a8 8 0 1 1-2.5-5.8M20 4v5h-5",
    "back": "M20 12H5M11 6l-6 6 6 6",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "close": "M6 6l12 12M18 6L6 18",
    "copy": "M9 9h11v11H9zM15 9V4H4v11h5",
    "down": "M12 5v14M6 13l6 6 6-6",
    "edit": "M4 20l1-5L16 4l4 4L9 19zM13.5 6.5l4 4",
    "link": "M9.5 14.5l5-5M8 11l-2.5 2.5a3.5 3.5 0 0 0 5 5L13 16M16 13l2.5-2.5a3.5 3.5 0 0 0-5-5"
    "L11 8",
    "no": "M7 13V4h10l3 7v2h-6l1 6-1.500 1L7 13zM7 13H3V4h4",
    "open": "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
    "picture": "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4",
    "read": "M5 4h14v16H5zM9 9h6M9 13h6",
    "remove": "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
    "share": "M12 15V4M8 7.500l4-4 4 4M5 12v8h14v-8",
    "yes": "M7 11v9H3v-9zM7 11l5-7 1.500 1-1 5h6.500v2l-3 8H7",
}


def safe(text: str) -> str:
    """Escapes words for HTML text and for attributes in quotation marks."""
    return html.escape(clean(text))


def cut(text: str, most: int) -> str:
    """Cuts text that is longer than `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def icon(name: str) -> str:
    """Writes an icon that says nothing to a screen reader."""
    return (
        '<svg class="by-icon" viewBox="0 0 24 24" aria-hidden="true">'
        f'<path d="{_ICONS[name]}"/></svg>'
    )


def button(label: str, *, icon_name: str = "", quiet: bool = False, **data: object) -> str:
    """Writes a button; `data` says what chat.js does when it is pressed.

    :param quiet: the icon alone is shown; the label is its name.
    """
    attributes = "".join(f' data-{name}="{safe(str(value))}"' for name, value in data.items())
    shown = icon(icon_name) if icon_name else ""
    if quiet:
        name = f' aria-label="{safe(label)}" title="{safe(label)}"'
        return (
            f'<button type="button" class="by-button by-quiet"{name}{attributes}>{shown}</button>'
        )
    return f'<button type="button" class="by-button"{attributes}>{shown}{safe(label)}</button>'


def link(label: str, url: str, *, icon_name: str = "") -> str:
    """Writes a link that opens another site in a new tab."""
    shown = icon(icon_name) if icon_name else ""
    return f'<a class="by-button" href="{html.escape(url)}" {NEW_TAB}>{shown}{safe(label)}</a>'


def menu(label: str, icon_name: str, *items: str) -> str:
    """Writes a button that folds out more buttons."""
    return (
        f'<details class="by-menu"><summary class="by-button">{icon(icon_name)}{safe(label)}'
        f'</summary><div class="by-menu-items">{"".join(items)}</div></details>'
    )
