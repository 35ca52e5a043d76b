"""A sentence may say that its answer takes the place of another, or holds no more."""

from __future__ import annotations

import pytest

from rag.news.revisions import is_new, is_old
from rag.news.values import Form, answer_value

WHO = "Who is the chief executive of Norfin?"


def _value(said: str, form: Form):
    start, end = said.index("["), said.index("]") - 1
    sentence = said.replace("[", "").replace("]", "")
    value = answer_value(sentence, start, end, form, None)
    assert value is not None
    return sentence, start, value


@pytest.mark.parametrize(
    ("said", "new", "old"),
    [
        ("Another 2,000 were hit, bringing the total to [9,000] people.", True, False),
        ("The death toll in Skarn rose on Monday to [nine].", True, False),
        ("The number of the missing has been revised from 7 to [nine].", True, False),
        ("The number of the missing has been revised from [7] to nine.", False, True),
        ("[Nine] people died, not six as previously reported.", True, False),
        ("Nine people died, not [six] as previously reported.", False, True),
        ("It was initially reported that [six] people had died.", False, True),
        ("It was first thought that seven of the [nine] had left.", False, False),
        ("The mill lost [9,000] jobs, up from 7,000 it had announced.", True, False),
        ("It bids [82] crowns a share, up from its previous bid of 70.", True, False),
        ("It bids 82 crowns a share, up from its previous bid of [70].", False, True),
        ("The storm killed [nine] people.", False, False),
        ("The total costs [nine] crowns.", False, False),
    ],
)
def test_a_figure_is_new_or_old_by_its_own_sentence(said, new, old) -> None:
    sentence, start, value = _value(said, Form.NUMBER)
    assert is_new(sentence, value) == new
    assert is_old("How many died?", sentence, start, value) == old


@pytest.mark.parametrize(
    ("said", "old"),
    [
        ("[Bo Crane], who stepped down last week as its chief executive, spoke.", True),
        ("[Bo Crane] has resigned as chief executive of Norfin.", True),
        ("[Bo Crane], the former chief executive, spoke.", True),
        ("[Bo Crane], the former striker, is the chief executive.", False),
        ("Former teacher [Bo Crane] is the chief executive.", False),
        ("The former Norfin chief executive [Bo Crane] spoke.", True),
        ("Ann Tull was named, replacing [Bo Crane] as chief executive.", True),
        ("[Bo Crane], the chief executive, was pushed out by the board.", False),
        ("[Ann Tull] succeeded Bo Crane as chief executive.", False),
        ("[Ann Tull], the chief executive, left the question open.", False),
        ("[Ann Tull] was named chief executive of Norfin.", False),
    ],
)
def test_who_left_is_old_where_the_holder_is_asked(said, old) -> None:
    sentence, start, value = _value(said, Form.TEXT)
    assert is_old(WHO, sentence, start, value) == old
    assert not is_old("Who won the race?", sentence, start, value)
