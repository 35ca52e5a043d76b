"""What the browser keeps: whatever comes back is read, and changes leave the rest alone."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from rag.app.chat.conversations import Conversation, Conversations, Turn

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
TURNS = st.fixed_dictionaries(
    {"question": st.text(max_size=8)},
    optional={"error": st.just({"message": "x"}), "status": PLAIN},
)
NAMES = st.sampled_from(["a", "b", "c", "d", ""])
# Nearly right, which a value made at random hardly ever is.
ALMOST = st.fixed_dictionaries(
    {"current": NAMES | PLAIN},
    optional={
        "conversations": PLAIN
        | st.lists(
            PLAIN
            | st.fixed_dictionaries(
                {"id": NAMES | PLAIN, "turns": st.lists(TURNS | PLAIN, max_size=3) | PLAIN}
            ),
            max_size=4,
        )
    },
)


@st.composite
def several(draw: st.DrawFn) -> Conversations:
    names = draw(
        st.lists(st.text("abcdef", min_size=1, max_size=3), min_size=1, max_size=5, unique=True)
    )
    items = tuple(Conversation(name, tuple(draw(st.lists(TURNS, max_size=3)))) for name in names)
    return Conversations(draw(st.sampled_from(names)), items)


def is_sound(before: Conversations) -> bool:
    names = [item.id for item in before.items]
    turns = [turn for item in before.items for turn in item.turns]
    return (
        before.current in names
        and len(set(names)) == len(names)
        and all(isinstance(name, str) and name for name in names)
        and all(
            isinstance(turn["question"], str) and isinstance(turn.get("error", {}), dict)
            for turn in turns
        )
        and all(isinstance(item.title, str) for item in before.items)
        and before.turns == before.shown.turns
    )


def others(before: Conversations) -> list[Conversation]:
    return [item for item in before.items if item.id != before.current]


# ---------------------------------------------------------------- there and back


@given(PLAIN | ALMOST)
def test_any_value_makes_sound_conversations(plain: object) -> None:
    assert is_sound(Conversations.read(plain))


@given(several())
def test_what_is_kept_opens_as_it_was(before: Conversations) -> None:
    assert Conversations.read(json.loads(json.dumps(before.to_json()))) == before


def test_what_is_no_turn_or_no_conversation_is_left_out() -> None:
    turns = [
        {"question": "q"},
        {"question": 5},
        "q",
        {"question": "q", "error": "no object"},
        {"question": "e", "error": {"message": "m"}},
    ]
    plain = {
        "current": "b",
        "conversations": [{"id": "a", "turns": turns}, {"id": "b"}, {"id": "", "turns": []}, None],
    }
    found = Conversations.read(plain)
    assert [item.id for item in found.items] == ["a"]
    assert [turn["question"] for turn in found.turns] == ["q", "e"]


def test_a_browser_that_kept_nothing_has_one_empty_conversation() -> None:
    assert [item.turns for item in Conversations.read(None).items] == [()]
    assert Conversations.read(None).shown.title == "New conversation"


def test_a_conversation_goes_by_its_first_question() -> None:
    assert Conversation("a", ({"question": " Who\n won? "},)).title == "Who won?"
    long = Conversation("a", ({"question": "why " * 100},)).title
    assert len(long) <= 60
    assert long.endswith("…")


# ---------------------------------------------------------------- how much is kept


def large(name: str, characters: int) -> Conversation:
    return Conversation(name, ({"question": "x" * characters},))


def names_kept(before: Conversations) -> list[str]:
    return [item["id"] for item in before.to_json()["conversations"]]


def test_the_oldest_go_where_a_browser_has_no_room() -> None:
    many = tuple(large(str(number), 900_000) for number in range(4))
    assert names_kept(Conversations("0", many)) == ["0", "1"]
    assert names_kept(Conversations("3", many)) == ["0", "3"]
    assert len(json.dumps(Conversations("3", many).to_json())) < 2_500_000


def test_the_current_conversation_stays_whatever_its_size() -> None:
    assert names_kept(Conversations("b", (large("a", 10), large("b", 3_000_000)))) == ["b"]


def test_the_current_one_is_among_the_fifty_that_stay() -> None:
    many = tuple(large(str(number), 1) for number in range(60))
    assert names_kept(Conversations("0", many)) == [str(number) for number in range(50)]
    assert names_kept(Conversations("59", many)) == [*(str(number) for number in range(49)), "59"]


# ---------------------------------------------------------------- changes


@given(several())
def test_a_new_conversation_is_empty_and_takes_nothing_away(before: Conversations) -> None:
    new = before.start()
    assert is_sound(new)
    assert new.turns == ()
    assert all(item in new.items for item in before.items)
    assert new.start() == new
    if all(item.turns for item in before.items):
        assert new.items[1:] == before.items


@given(several(), st.none() | st.text("abcdef", max_size=3))
def test_choosing_changes_what_is_shown_alone(before: Conversations, name: str | None) -> None:
    new = before.choose(name)
    assert is_sound(new)
    assert new.items == before.items
    known = {item.id for item in before.items}
    assert new.current == (name if name in known else before.current)


@given(several(), st.lists(TURNS, max_size=3).map(tuple))
def test_turns_go_to_the_current_conversation_which_comes_first(
    before: Conversations, turns: tuple[Turn, ...]
) -> None:
    new = before.with_turns(turns)
    assert is_sound(new)
    assert new.turns == turns
    assert new.items[0].id == new.current == before.current
    assert others(new) == others(before)


@given(several(), st.text("abcdef", max_size=3))
def test_deleting_takes_one_conversation_which_can_come_back(
    before: Conversations, name: str
) -> None:
    new = before.delete(name)
    assert is_sound(new)
    gone = [item for item in before.items if item.id == name]
    assert name not in {item.id for item in new.items}
    assert all(item in new.items for item in before.items if item not in gone)
    if gone and gone[0].turns:
        back = Conversations.read(new.to_json()).restore()
        assert is_sound(back)
        assert back.shown == gone[0]
        assert {item.id for item in back.items if item.turns} == {
            item.id for item in before.items if item.turns
        }


def test_what_was_deleted_is_gone_for_good_once_something_is_asked() -> None:
    kept = Conversation("a", ({"question": "Who?"},))
    before = Conversations("a", (kept, Conversation("b", ({"question": "When?"},))))
    deleted = before.delete("b")
    assert deleted.removed is not None
    assert deleted.with_turns(({"question": "Where?"},)).removed is None
    assert before.restore() == before


@given(several(), st.text(max_size=8))
def test_a_conversation_keeps_the_name_that_it_is_given(before: Conversations, name: str) -> None:
    new = Conversations.read(before.rename(before.current, name).to_json())
    assert is_sound(new)
    assert new.turns == before.turns
    written = " ".join(name.split())
    assert new.shown.name == written
    if written:
        assert new.shown.title == written
    else:
        assert new.shown.title == before.shown.title
