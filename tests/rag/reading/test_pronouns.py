"""Names stand in the place of pronouns that begin sentences, for the reader alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.model import Span
from rag.reading.excerpt import quoting_drafts
from rag.reading.pronouns import resolve_pronouns
from rag.reading.reader import TrainedReader
from tests.rag.reading.test_reader import hit


def spans_of(sentences: list[str]) -> tuple[str, list[Span]]:
    text, spans = " ".join(sentences), []
    for sentence in sentences:
        start = spans[-1].end + 1 if spans else 0
        spans.append(Span(start, start + len(sentence)))
    return text, spans


@pytest.mark.parametrize(
    ("sentences", "read"),
    [
        (
            ["Ines Varga cut the ribbon.", "She became head librarian.", "She is 34."],
            "Ines Varga cut the ribbon. Ines Varga became head librarian. Ines Varga is 34.",
        ),
        (["Mr Tull met Ana Brook.", "He left."], "Mr Tull met Ana Brook. He left."),
        (["The bridge is old.", "He left."], "The bridge is old. He left."),
        (["“He left,” said Ana Brook.", "“She laughed.”"], None),
        (["Ana Brook sang.", "Rain fell.", "She left."], "Ana Brook sang. Rain fell. She left."),
        (["Ana Brook sang.", "She's ill."], "Ana Brook sang. She's ill."),
    ],
)
def test_the_only_person_named_just_before_is_meant(sentences: list[str], read: str | None) -> None:
    text, spans = spans_of(sentences)
    if read is None:
        read = text.replace("She", "Ana Brook")
    assert resolve_pronouns(text, spans).text == read


NAMES = st.sampled_from(["Ana Brook", "Per Holm", "Mayor Luc Ferrand", "It", "The port"])
SENTENCES = st.lists(
    st.builds(
        "{} {}.".format, NAMES | st.sampled_from(["He", "She", "“She"]), st.text("ab c", max_size=9)
    ),
    min_size=1,
    max_size=6,
)


@given(SENTENCES)
def test_every_character_that_was_read_has_its_place_in_the_passage(sentences: list[str]) -> None:
    text, spans = spans_of(sentences)
    passage = resolve_pronouns(text, spans)
    starts = np.arange(len(passage.text))
    found = passage.in_passage(np.stack([starts, starts + 1], axis=1))
    assert (np.diff(found[:, 0]) >= 0).all()
    pronouns = {reference.pronoun for reference in passage.references}
    for character, (start, end) in zip(passage.text, found.tolist(), strict=True):
        assert Span(start, end) in pronouns or text[start:end] == character
    for pronoun, name in passage.references:
        assert text[pronoun.start : pronoun.end] in ("He", "She")
        assert name.end <= pronoun.start


def test_the_short_answer_is_the_name_and_the_quote_holds_both_sentences() -> None:
    passage = hit(
        "Ines Varga cut the ribbon.",
        "She became head librarian in August, when Peter Holm retired after 31 years.",
        title="Lights on again: Thornwick gets its library back",
    )
    reading = TrainedReader().read("Who is the head librarian of Thornwick?", [passage])
    best = reading.candidates[0]
    assert best.text.startswith("She became")
    assert best.answer_before == Span(0, 10)
    draft = quoting_drafts(reading.candidates[:1], [passage])[0]
    assert draft.answer is not None
    assert draft.answer.text == "Ines Varga"
    assert (draft.spans[0].start, draft.spans[0].end) == (0, len(passage.text))
