"""The plain forms of verbs."""

from __future__ import annotations

import pytest

from rag.text.verbs import infinitive, third_person

PLAIN = """
created=create agreed=agree owed=owe completed=complete required=require travelled=travel
totalled=total controlled=control misses=miss watches=watch lies=lie need=need Sold=sell hit=hit
dropped=drop called=call carried=carry visited=visit employs=employ goes=go freezes=freeze
"""


@pytest.mark.parametrize("pair", PLAIN.split())
def test_the_plain_form_of_a_verb_is_a_known_verb(pair: str) -> None:
    verb, plain = pair.split("=")
    assert infinitive(verb) == plain


@pytest.mark.parametrize("verb", ["minted", "was", "is", "does_not", "red", "s", "ed", ""])
def test_a_word_that_no_list_has_gets_no_plain_form(verb: str) -> None:
    assert infinitive(verb) is None
    assert not third_person(verb)


def test_the_third_person() -> None:
    verbs = ("sells", "Misses", "miss", "need", "sold")
    assert [third_person(verb) for verb in verbs] == [True, True, False, False, False]
