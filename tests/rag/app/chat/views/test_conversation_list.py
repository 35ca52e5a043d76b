"""The list of conversations: names, the current one, a search over all questions, an undo."""

from __future__ import annotations

from rag.app.chat.conversations import Conversation, Conversations
from rag.app.chat.views.conversation_list import list_html, removed_html

FIRST = Conversation("a", ({"question": "Who <ran> it?"}, {"question": "And before?"}))
SECOND = Conversation("b", ({"question": "When?"},), "Ferry")


def test_each_can_be_chosen_renamed_and_deleted() -> None:
    html = list_html(Conversations("b", (FIRST, SECOND)))
    for act in ("choose", "rename", "delete"):
        assert f'data-act="{act}" data-id="a"' in html
        assert f'data-act="{act}" data-id="b"' in html
    assert "Who &lt;ran&gt; it?</button>" in html
    assert 'data-id="b" aria-current="true">Ferry</button>' in html
    assert html.count("aria-current") == 1


def test_all_questions_are_searched_where_there_are_many() -> None:
    assert "by-search" not in list_html(Conversations("a", (FIRST, SECOND)))
    many = tuple(Conversation(f"{number}", ({"question": "Who?"},)) for number in range(5))
    html = list_html(Conversations("a", (FIRST, *many)))
    assert "by-search" in html
    assert 'data-words="who &lt;ran&gt; it? and before?"' in html


def test_what_was_deleted_can_come_back() -> None:
    conversations = Conversations("a", (FIRST, SECOND))
    assert removed_html(conversations) == ""
    html = removed_html(conversations.delete("b"))
    assert "Deleted “Ferry”" in html
    assert 'data-act="restore"' in html
