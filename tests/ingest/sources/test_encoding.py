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


def page(charset, body, *, declaration='<meta charset="{}">'):
    return f"<html><head>{declaration.format(charset)}</head><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("iso-8859-1", "cp1252", "“The ferry’s late” – 5 €…"),
        ("latin1", "cp1252", "It’s Zoë"),
        ("us-ascii", "cp1252", "It’s late"),
        ("windows-1251", "cp1251", "Мост закрыт"),
        ("koi8-r", "koi8-r", "Мост закрыт"),
        ("gb2312", "gb18030", "码头——重建“开始”·€"),
        ("shift_jis", "cp932", "桟橋①を再建"),
        ("euc-kr", "cp949", "부두를 다시 짓는다 똠"),
        ("iso-8859-9", "cp1254", "Köprü’nün yapımı"),
        ("iso-2022-jp", "iso2022_jp", "桟橋を再建する"),
        ("big5", "big5hkscs", "碼頭重建"),
    ],
)
def test_a_page_is_decoded_as_browsers_do(label, codec, text):
    assert text in decode(page(label, text).encode(codec), is_page=True)


def test_other_places_of_the_charset():
    text = "Мост закрыт до апреля"
    equiv = '<meta http-equiv="Content-Type" content="text/html; charset={}">'
    assert text in decode(
        page("windows-1251", text, declaration=equiv).encode("cp1251"), is_page=True
    )
    xml = '<?xml version="1.0" encoding="koi8-r"?>' + page("", text, declaration="")
    assert text in decode(xml.encode("koi8-r"), is_page=True)


@pytest.mark.parametrize("label", ["-->UTF-8", "utf-16", "hex", "no-such-charset", "none"])
def test_a_charset_that_cannot_be_right_is_passed_over(label):
    text = "“Übergröße” – für 3 £"
    assert text in decode(page(label, text).encode(), is_page=True)


def test_a_page_that_was_saved_as_utf_8_but_says_otherwise():
    text = "“Übergröße” – für 3 £"
    assert text in decode(page("iso-8859-1", text).encode(), is_page=True)


def test_bytes_that_windows_1252_leaves_open_are_kept():
    assert "a\x81b" in decode(
        page("windows-1252", "ZZ").encode().replace(b"ZZ", b"a\x81b\xe9"), is_page=True
    )


def test_a_stray_zero_byte_does_not_make_a_page_binary():
    assert "Pier opens" in decode(
        page("utf-8", "Pier\0 opens" + " x" * 2000).encode(), is_page=True
    )
