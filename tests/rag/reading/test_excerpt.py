"""Which characters are quoted: a sentence, two, or a part of a very long one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.model import BlockKind, Candidate, Span
from rag.reading.excerpt import quoting_drafts, span_to_quote
from tests.rag.reading.test_reader import hit


def quoted(*lines: str, at: int, answer: Span | None = None) -> str:
    passage = hit(*lines)
    return span_to_quote(passage.article, passage.sentences[at], [passage], answer=answer).text


@pytest.mark.parametrize(
    "second", ["He won twice.", "“They lost,” he said.", "But she stayed away.", "Their boat sank."]
)
def test_a_sentence_that_refers_back_brings_the_one_before(second: str) -> None:
    assert (
        quoted("Rain fell.", "Tom Hale plays for Skarn.", second, at=2)
        == f"Tom Hale plays for Skarn.\n{second}"
    )


@pytest.mark.parametrize(
    "second",
    ["Hale won twice.", "Itinerant crews came.", "The boat sank.", "She-wolves were seen."],
)
def test_a_sentence_that_stands_alone_is_quoted_alone(second: str) -> None:
    assert quoted("Tom Hale plays for Skarn.", second, at=1) == second


def test_nothing_is_quoted_twice() -> None:
    passage = hit("Tom Hale swims.", "He won twice.", "They cheered.", "Rain fell.")
    candidates = [
        Candidate(passage.article, sentence, 0.5, None, 1) for sentence in passage.sentences
    ]

    def quoted_for(*order: int) -> list[str]:
        drafts = quoting_drafts([candidates[i] for i in order], [passage])
        assert all(draft.text is None for draft in drafts)
        return [draft.spans[0].text for draft in drafts]

    assert quoted_for(1, 0, 3) == ["Tom Hale swims.\nHe won twice.", "Rain fell."]
    assert quoted_for(0, 1) == ["Tom Hale swims.", "He won twice."]
    assert quoted_for(2, 1) == ["He won twice.\nThey cheered."]
    assert quoted_for(1, 2) == ["Tom Hale swims.\nHe won twice.", "They cheered."]


def test_the_short_answer_before_a_sentence_counts_only_where_it_is_quoted() -> None:
    passage = hit("Tom Hale swims.", "He won twice.")
    first, second = passage.sentences
    name = Span(first.start, first.start + len("Tom Hale"))
    back = Candidate(passage.article, second, 0.5, Span(second.start, second.end), 1, name)
    draft = quoting_drafts([back], [passage])[0]
    assert draft.answer is not None
    assert draft.answer.text == "Tom Hale"
    before = Candidate(passage.article, first, 0.6, None, 1)
    alone = quoting_drafts([before, back], [passage])[1]
    assert (alone.spans[0].text, alone.answer) == ("He won twice.", None)


def test_the_first_sentence_has_none_before_it() -> None:
    assert quoted("He won twice.", "Rain fell.", at=0) == "He won twice."


def test_two_sentences_that_are_too_long_together_are_not_joined() -> None:
    assert quoted("A" + " long" * 80 + ".", "He won twice.", at=1) == "He won twice."


def test_a_heading_is_not_joined_to_a_sentence() -> None:
    passage = hit("Sport in brief", "He won twice.")
    heading = replace(passage.sentences[0], kind=BlockKind.HEADING)
    found = replace(passage, sentences=(heading, passage.sentences[1]))
    second = passage.sentences[1]
    assert span_to_quote(passage.article, second, [found]).start == second.start


def test_a_sentence_of_another_version_is_not_joined() -> None:
    passage = hit("Tom Hale plays for Skarn.", "He won twice.")
    other = replace(passage, article=replace(passage.article, version="v2"))
    second = passage.sentences[1]
    assert span_to_quote(passage.article, second, [other]).start == second.start


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_of_a_long_sentence_whole_words_around_the_answer_are_quoted(place: float) -> None:
    words = [f"word{number}" for number in range(120)]
    words[int(place * 119)] = "Skarn"
    text = " ".join(words)
    start = text.index("Skarn")
    found = quoted(text, at=0, answer=Span(start, start + 5))
    assert "Skarn" in found
    assert 200 < len(found) <= 400
    assert set(found.split()) <= set(words)
