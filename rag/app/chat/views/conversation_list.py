"""Writes the list of conversations, each with its name, date, and buttons to change it."""

from __future__ import annotations

from rag.app.chat.conversations import Conversation, Conversations
from rag.app.chat.views.markup import button, safe

# From this many on, a box finds conversations by their words.
_SEARCHED_FROM = 6


def list_html(conversations: Conversations) -> str:
    """Writes the conversations, newest first, the current one marked."""
    items = "".join(
        _item(item, is_current=item.id == conversations.current) for item in conversations.items
    )
    search = ""
    if len(conversations.items) >= _SEARCHED_FROM:
        search = (
            '<input type="search" class="by-search" placeholder="Find a conversation"'
            ' aria-label="Find a conversation" data-filters=".by-conversations li">'
        )
    heading = '<h2 class="by-aside-head">Conversations</h2>'
    return f'{heading}{search}<ul class="by-conversations">{items}</ul>'


def removed_html(conversations: Conversations) -> str:
    """Writes what was deleted last, with a button that brings it back; empty if nothing was."""
    removed = conversations.removed
    if removed is None:
        return ""
    undo = button("Undo", act="restore")
    return f'<p class="by-snack" role="status">Deleted “{safe(removed.title)}”{undo}</p>'


def _item(item: Conversation, *, is_current: bool) -> str:
    current = ' aria-current="true"' if is_current else ""
    # All words of its questions are searched.
    words = " ".join(str(turn["question"]) for turn in item.turns)
    name = f"“{item.title}”"
    return (
        f'<li data-words="{safe(words.casefold())}"><button type="button" class="by-choose"'
        f' data-act="choose" data-id="{safe(item.id)}"{current}>{safe(item.title)}</button>'
        f"{button(f'Rename {name}', icon_name='edit', quiet=True, act='rename', id=item.id)}"
        f"{button(f'Delete {name}', icon_name='remove', quiet=True, act='delete', id=item.id)}</li>"
    )
