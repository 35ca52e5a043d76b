import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.clean.characters import normalize, one_line


@settings(deadline=None)
@given(st.text())
def test_normalizing_twice_changes_nothing_more(text):
    normal = normalize(text)
    assert normalize(normal) == normal
    assert unicodedata.is_normalized("NFC", normal)
    assert "  " not in normal
    assert all(line == line.strip() for line in normal.split("\n"))


@settings(deadline=None)
@given(st.lists(st.text(alphabet="abcÄéñßøЖдعش中日9\u0301", min_size=1), min_size=1))
def test_no_word_changes(words):
    expected = unicodedata.normalize("NFC", " ".join(words))
    assert normalize("\u00a0\t ".join(words)) == expected


def test_joiners_stay_where_they_spell():
    assert normalize("می\u200cخواهم") == "می\u200cخواهم"
    assert normalize("har\u200dbour \u200b\ufeffboard\u00ad") == "harbour board"


def test_one_line_has_no_newline():
    assert one_line(" The\r\nharbour \n\n board ") == "The harbour board"


def test_signs_of_windows_1252_read_as_latin_1_are_repaired():
    assert normalize("\x93Wait\x85\x94 \x96 it\x92s\x85late") == "“Wait…” – it’s…late"
    assert normalize("a\x81b") == "a\x81b"
