"""Names, persons and phrases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.names import bare_names, kinds, name_parts, names
from rag.text.persons import full_name, person_score


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "The envoy met Speaker Nabih Berri in Beirut on Tuesday.",
            ["Speaker Nabih Berri", "Beirut"],
        ),
        ("However, Radio Five Live did.", ["Radio Five Live"]),
        ("He chaired the Council of Europe.", ["Council of Europe"]),
        ("The United States and the U.N. agreed.", ["United States", "U.N."]),
        ("Will Smith said so; Will it rain?", ["Will Smith"]),
    ],
)
def test_names_are_found(text: str, found: list[str]) -> None:
    assert [text[name.start : name.end] for name in names(text)] == found


def test_forms_of_a_place_share_a_key() -> None:
    keys = [names(f"It is {form}.")[0].key for form in ("American", "Americans", "United States")]
    assert set(keys) == {"US"}
    assert names("In all the Americas.")[0].key != "US"
    assert names("He has an American Express card.")[0].key == "express"


def test_a_name_is_split_into_its_parts() -> None:
    (name,) = names("He met Lebanese Prime Minister Najib Mikati.")
    assert kinds(name.words) == ["place", "title", "title", "name", "name"]
    assert [[word.token.text for word in part] for part in name_parts(name.words)] == [
        ["Lebanese"],
        ["Prime", "Minister"],
        ["Najib", "Mikati"],
    ]


def test_names_without_titles() -> None:
    assert bare_names("Did Mayor Luc Tarn visit CARSTON with Tull's son?") == [
        "Luc Tarn",
        "Carston",
        "Tull",
    ]
    assert bare_names("Dockers left.", "") == []
    assert bare_names("Dockers left.", "The Dockers won.") == ["Dockers"]


def test_persons_and_things() -> None:
    text = "Edmund Vale said so. They met in Brackwell, near Corn Street."
    assert person_score("Vale", text) > 0
    assert person_score("Brackwell", text) < 0
    assert person_score("Corn Street", text) < 0
    assert full_name("Vale", ["Ida Sorley", "Edmund Vale"]) == "Edmund Vale"


@given(st.text(max_size=100) | st.text("ABab .-’'", max_size=30))
def test_offsets_slice_back(text: str) -> None:
    for name in names(text):
        assert 0 <= name.start < name.end <= len(text)
    assert all(isinstance(name, str) and name for name in bare_names(text))
