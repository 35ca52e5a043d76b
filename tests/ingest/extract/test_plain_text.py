import textwrap
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.clean.characters import normalize
from ingest.extract.plain_text import paragraphs

FERRY = (
    "The old ferry left the harbour for the last time on Monday morning, with two hundred "
    "people on board and a brass band playing "
    "on the upper deck, while the new bridge stood empty in the fog behind it and waited for "
    "its first cars."
)
BRIDGE = (
    "The bridge will open on Friday, the harbour board said, although the toll has not been "
    "agreed and the lamps on the northern side "
    "are still dark after a dispute with the company that was to deliver them in the spring."
)


def test_lines_without_blank_lines_are_paragraphs():
    assert paragraphs(f"{FERRY}\n{BRIDGE}") == [FERRY, BRIDGE]


def test_blank_lines_part_paragraphs():
    assert paragraphs(f"\n\n{FERRY}\n\n\n{BRIDGE}\n") == [FERRY, BRIDGE]


@pytest.mark.parametrize("width", [50, 72, 100])
@pytest.mark.parametrize("gap", ["\n\n", "\n"])
def test_hard_wrapped_lines_are_joined(width, gap):
    wrapped = gap.join(
        textwrap.fill(text, width, break_on_hyphens=False) for text in (FERRY, BRIDGE)
    )
    assert " ".join(paragraphs(wrapped)) == f"{FERRY} {BRIDGE}"
    if gap == "\n\n":
        assert paragraphs(wrapped) == [FERRY, BRIDGE]


def test_a_headline_above_a_short_body_is_not_joined():
    lines = [
        "Last ferry leaves the harbour with a brass band on deck",
        "It had sailed for ninety years and never once been late.",
    ]
    assert paragraphs("\n".join(lines)) == lines


def test_a_list_is_not_joined():
    lines = [
        "Bread and butter",
        "Two pounds of plums",
        "A very large jar of honey from the hills",
        "Tea",
    ]
    assert paragraphs("\n".join(lines)) == lines


def test_a_hyphen_at_a_lines_end_stays_without_a_space():
    text = FERRY.replace("brass band", "brass-band")
    wrapped = textwrap.fill(text, 60)
    wrapped = wrapped.replace("brass-\nband", "brass-\nband")
    assert paragraphs(wrapped) == [text]


@settings(deadline=None)
@given(st.text(alphabet="ab B.,\n-é", max_size=300))
def test_no_character_but_white_space_is_lost(text):
    folded = normalize(text)
    assert "".join("".join(paragraphs(folded)).split()) == "".join(folded.split())


def test_a_megabyte_on_one_line_is_quick():
    started = time.process_time()
    assert len(paragraphs("word " * 200_000)) == 1
    assert time.process_time() - started < 1
