"""What the browser keeps: a sound shelf of whatever comes back, and what each change to it leaves alone."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from rag.app.chat import conversations
from rag.app.chat.conversations import (
    Conversation,
    Shelf,
    chosen,
    dropped,
    kept,
    opened,
    started,
    with_turns,
)

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
def shelves(draw: st.DrawFn) -> Shelf:
    names = draw(
        st.lists(st.text("abcdef", min_size=1, max_size=3), min_size=1, max_size=5, unique=True)
    )
    conversations = tuple(
        Conversation(name, tuple(draw(st.lists(TURNS, max_size=3)))) for name in names
    )
    return Shelf(draw(st.sampled_from(names)), conversations)


def is_sound(given_shelf: Shelf) -> bool:
    names = [item.id for item in given_shelf.conversations]
    turns = [turn for item in given_shelf.conversations for turn in item.turns]
    return (
        given_shelf.current in names
        and len(set(names)) == len(names)
        and all(isinstance(name, str) and name for name in names)
        and all(
            isinstance(turn["question"], str) and isinstance(turn.get("error", {}), dict)
            for turn in turns
        )
        and all(isinstance(item.title, str) for item in given_shelf.conversations)
        and given_shelf.turns == given_shelf.shown.turns
    )


def others(given_shelf: Shelf) -> list[Conversation]:
    return [item for item in given_shelf.conversations if item.id != given_shelf.current]


# ---------------------------------------------------------------- there and back


@given(PLAIN | ALMOST)
def test_any_value_makes_a_sound_shelf(plain: object) -> None:
    assert is_sound(opened(plain))


@given(shelves())
def test_what_is_kept_opens_as_it_was(given_shelf: Shelf) -> None:
    assert opened(json.loads(json.dumps(kept(given_shelf)))) == given_shelf


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
    found = opened(plain)
    assert [item.id for item in found.conversations] == ["a"]
    assert [turn["question"] for turn in found.turns] == ["q", "e"]


def test_a_browser_that_kept_nothing_has_one_empty_conversation() -> None:
    assert [item.turns for item in opened(None).conversations] == [()]
    assert opened(None).shown.title == "New conversation"


def test_a_conversation_goes_by_its_first_question() -> None:
    assert Conversation("a", ({"question": " Who\n won? "},)).title == "Who won?"
    long = Conversation("a", ({"question": "why " * 100},)).title
    assert len(long) <= 60
    assert long.endswith("…")


# ---------------------------------------------------------------- how much is kept


def large(name: str, characters: int) -> Conversation:
    return Conversation(name, ({"question": "x" * characters},))


def names_kept(given_shelf: Shelf) -> list[str]:
    return [item["id"] for item in kept(given_shelf)["conversations"]]


def test_the_oldest_go_where_a_browser_has_no_room() -> None:
    many = tuple(large(str(number), 900_000) for number in range(4))
    assert names_kept(Shelf("0", many)) == ["0", "1"]
    assert names_kept(Shelf("3", many)) == ["0", "3"]
    assert len(json.dumps(kept(Shelf("3", many)))) < 2_500_000


def test_the_current_conversation_stays_whatever_its_size() -> None:
    assert names_kept(Shelf("b", (large("a", 10), large("b", 3_000_000)))) == ["b"]


def test_the_current_one_is_among_the_fifty_that_stay() -> None:
    many = tuple(large(str(number), 1) for number in range(60))
    assert names_kept(Shelf("0", many)) == [str(number) for number in range(50)]
    assert names_kept(Shelf("59", many)) == [*(str(number) for number in range(49)), "59"]


# ---------------------------------------------------------------- changes


@given(shelves())
def test_a_new_conversation_is_empty_and_takes_nothing_away(given_shelf: Shelf) -> None:
    new = started(given_shelf)
    assert is_sound(new)
    assert new.turns == ()
    assert set(map(json.dumps, given_shelf.conversations)) <= set(
        map(json.dumps, new.conversations)
    )
    assert started(new) == new
    if all(item.turns for item in given_shelf.conversations):
        assert new.conversations[1:] == given_shelf.conversations


@given(shelves(), st.none() | st.text("abcdef", max_size=3))
def test_choosing_changes_what_is_shown_alone(given_shelf: Shelf, name: str | None) -> None:
    new = chosen(given_shelf, name)
    assert is_sound(new)
    assert new.conversations == given_shelf.conversations
    known = {item.id for item in given_shelf.conversations}
    assert new.current == (name if name in known else given_shelf.current)


@given(shelves(), st.lists(TURNS, max_size=3).map(tuple))
def test_turns_go_to_the_current_conversation_which_comes_first(
    given_shelf: Shelf, turns: tuple[conversations.Turn, ...]
) -> None:
    new = with_turns(given_shelf, turns)
    assert is_sound(new)
    assert new.turns == turns
    assert new.conversations[0].id == new.current == given_shelf.current
    assert others(new) == others(given_shelf)


@given(shelves())
def test_dropping_takes_the_current_conversation_alone(given_shelf: Shelf) -> None:
    new = dropped(given_shelf)
    assert is_sound(new)
    left = others(given_shelf)
    assert list(new.conversations) == left if left else new.turns == ()
    assert given_shelf.current not in {item.id for item in new.conversations}
