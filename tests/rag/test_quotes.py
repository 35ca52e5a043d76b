"""Quotes and claims are made only from exact words of a stored version; altered words are found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rag.answer import Answer
from rag.model import Candidate, Claim, Filters, Quote, Rejected, ShortAnswer, Status
from rag.quotes import (
    MAX_QUOTE_CHARS,
    MAX_QUOTE_SENTENCES,
    ArticleSpan,
    Claimed,
    Draft,
    Refusal,
    make_claim,
    make_quote,
)
from rag.store.archive import open_archive
from tests.fakes import HashingEmbedder, entry, fill

TEXT = (
    "The bridge at Aldwater was shut on Monday. “Nobody may cross,” said Ines Quarry. "
    "The river had risen by 1.4 metres 🌊 in a night.",
    "Two cafés were flooded. "
    + "The council counted "
    + ", ".join(f"{n} cellars in street {n}" for n in range(2, 30))
    + ". It will meet again in May.",
)
ENTRY = entry("flood.txt", *TEXT, title="Bridge shut", publisher="Post", published="2024-05-06")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    made = open_archive(
        tmp_path_factory.mktemp("quotes") / "archive", create=True, embedder=HashingEmbedder()
    )
    fill(made, ENTRY)
    return made


@pytest.fixture
def record(archive):
    with archive.record.snapshot() as snapshot:
        yield snapshot


def claimed(start, end, text=None):
    article = ENTRY.article
    return Claimed(
        article.article_id,
        article.version,
        start,
        end,
        article.text[start:end] if text is None else text,
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(ENTRY.article.text) - 1), st.integers(1, MAX_QUOTE_CHARS))
def test_any_span_of_two_sentences_and_400_characters_makes_a_quote(record, start, length):
    end = start + length
    assume(end <= len(ENTRY.article.text))
    touched = [s for s in ENTRY.sentences if s.start < end and start < s.end]
    quote = make_quote(record, claimed(start, end))
    if len(touched) > MAX_QUOTE_SENTENCES:
        assert isinstance(quote, Refusal)
        assert "2 sentences" in quote.reason
    else:
        assert isinstance(quote, Quote)
        assert quote.text == ENTRY.article.text[quote.start : quote.end]
        assert (quote.start, quote.end, quote.publisher, str(quote.published)) == (
            start,
            end,
            "Post",
            "2024-05-06",
        )


def test_altered_words_and_wrong_places_are_refused(record):
    first = ENTRY.sentences[0]
    words = ENTRY.article.text[first.start : first.end]
    good = claimed(first.start, first.end)
    assert isinstance(make_quote(record, good), Quote)
    for altered in (words.replace("Monday", "Sunday"), words.upper(), words[:-1] + "!"):
        assert make_quote(record, good._replace(text=altered)) == Refusal(
            "the article has other words there"
        )
    for shift in (-1, 1, 5):
        assert isinstance(
            make_quote(record, good._replace(start=first.start + shift, end=first.end + shift)),
            Refusal,
        )
    for start, end in ((5, 5), (9, 4), (-3, 4), (0, len(ENTRY.article.text) + 1)):
        assert "characters" in make_quote(record, good._replace(start=start, end=end)).reason


def test_too_long_a_quote_and_an_unknown_version_are_refused(record):
    long = next(s for s in ENTRY.sentences if s.end - s.start > MAX_QUOTE_CHARS)
    assert "at most 400" in make_quote(record, claimed(long.start, long.end)).reason
    assert isinstance(make_quote(record, claimed(long.start, long.start + MAX_QUOTE_CHARS)), Quote)
    good = claimed(0, 10)
    for unknown in (good._replace(version="0" * 16), good._replace(article_id="0" * 24)):
        assert make_quote(record, unknown) == Refusal(
            "the archive does not hold that version of the article"
        )


def draft(start, end, **more):
    return Draft(spans=(ArticleSpan(ENTRY.article, start, end),), confidence=0.5, **more)


def test_a_draft_without_text_becomes_a_claim_that_says_what_it_quotes(record):
    first = ENTRY.sentences[0]
    claim = make_claim(record, draft(first.start, first.end), [])
    assert claim.text == claim.quotes[0].text == ENTRY.article.text[first.start : first.end]
    assert (claim.confidence, claim.support, claim.answer) == (0.5, 1.0, None)
    assert make_claim(record, draft(first.start, first.end, text="It was shut."), []).text == (
        "It was shut."
    )


@pytest.mark.parametrize(("start", "kept"), [(4, True), (60, False)])
def test_a_short_answer_is_kept_only_where_a_quote_contains_it(record, start, kept):
    first, answer = ENTRY.sentences[0], ArticleSpan(ENTRY.article, start, start + 6)
    claim = make_claim(record, draft(first.start, first.end, answer=answer), [])
    assert (claim.answer is not None) == kept
    assert not kept or claim.answer.text == "bridge"


TRIAL = "Two clerks were charged in January; their trial opens on 7 September."


@pytest.mark.parametrize(
    ("text", "words", "day"),
    [
        (TRIAL, "Two clerks", "2026-01"),
        (TRIAL, "7 September", "2026-09-07"),
        ("On 3 May a bomb went off in Skarn; 12 people were killed.", "12 people", "2026-05-03"),
        ("On 3 May a bomb went off; 12 people have died since Friday.", "12 people", "None"),
        ("On 3 May a mill closed; it had employed 12 people.", "12 people", "None"),
        ("On 3 May two clerks were charged; 12 people will testify.", "12 people", "None"),
        ("On 7 September two clerks will be tried; 12 people were freed.", "12 people", "None"),
    ],
)
def test_the_event_is_that_of_the_part_between_semicolons_with_the_answer(
    tmp_path, text, words, day
):
    made = entry("trial.txt", text, published="2026-06-02")
    archive = open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder())
    fill(archive, made)
    start = text.index(words)
    answer = ArticleSpan(made.article, start, start + len(words))
    whole = ArticleSpan(made.article, 0, len(text))
    with archive.record.snapshot() as snapshot:
        claim = make_claim(snapshot, Draft(spans=(whole,), confidence=0.5, answer=answer), [])
    assert str(claim.quotes[0].event_date) == day


def test_a_draft_is_rejected_with_the_first_quote_that_fails(record):
    first = ENTRY.sentences[0]
    altered = replace(ENTRY.article, text=ENTRY.article.text.replace("Monday", "Sunday"))
    spans = (
        ArticleSpan(ENTRY.article, first.start, first.end),
        ArticleSpan(altered, first.start, first.end),
    )
    rejected = make_claim(record, Draft(spans=spans, text="Shut.", confidence=0.5), [])
    assert rejected == Rejected("Shut.", "the article has other words there")


def answer_of(record):
    article = ENTRY.article
    quotes = [
        make_quote(record, claimed(s.start, s.end))
        for s in ENTRY.sentences
        if s.end - s.start <= MAX_QUOTE_CHARS
    ]
    claims = tuple(
        Claim(
            q.text,
            (q,),
            0.5,
            1.0,
            ShortAnswer(
                article.text[q.start : q.start + 3], q.article_id, q.version, q.start, q.start + 3
            ),
        )
        for q in quotes
    )
    candidates = tuple(Candidate(article, sentence, 0.5, None, 1) for sentence in ENTRY.sentences)
    return Answer(
        "1", "q", "q", Filters(), Status.ANSWERED, "extractive", "t", 0.5, 1, claims, candidates
    ).to_json()
