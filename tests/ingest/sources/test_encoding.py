import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.sources.encoding import decode
from rag.errors import SourceError

PRICE = "The ferry sold for £15.8m, the “Gull’s” owner said."


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_one_text_in_many_encodings(encoding):
    assert decode(PRICE.encode(encoding)).lstrip("\ufeff") == PRICE


def test_a_lone_pound_sign_is_latin_1():
    text = (
        "The ferry sold for £15.8m on Monday. "
        + "Nobody expected the old ship to go for so much money. " * 20
    )
    assert decode(text.encode("latin-1")) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (
            "Le café est fermé depuis l’été, a déclaré le maire. Les élus ont été très "
            "étonnés par la décision. " * 3,
            "cp1252",
        ),
        (
            "Die Größe der Brücke überraschte die Bürger. Für Müller ist das schön, sagte er "
            "später. " * 3,
            "latin-1",
        ),
        (
            "Мэр города заявил, что новый мост откроют осенью. Это решение приняли вчера. " * 3,
            "cp1251",
        ),
        (
            "Burmistrz ogłosił wczoraj, że nowy most zostanie otwarty jesienią. Mieszkańcy "
            "są zadowoleni. " * 3,
            "cp1250",
        ),
        ("市長は昨日、新しい橋が秋に開通すると発表した。住民は喜んでいる。" * 3, "shift_jis"),
    ],
)
def test_other_encodings_are_guessed(text, encoding):
    assert decode(text.encode(encoding)) == text


def test_one_broken_character_does_not_change_the_others():
    assert (
        decode("Übergrößen für Bär – ".encode() * 5 + b"\xa3" + b"5")
        == "Übergrößen für Bär – " * 5 + "£5"
    )


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", bytes(range(32)) * 20, b"MZ\0\0text"]
)
def test_binary_is_refused(data):
    with pytest.raises(SourceError, match="binary"):
        decode(data)


@settings(deadline=None)
@given(st.binary())
def test_decoding_raises_nothing_else(data):
    with contextlib.suppress(SourceError):
        assert isinstance(decode(data), str)
