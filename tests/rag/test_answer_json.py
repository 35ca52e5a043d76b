"""Answer JSON: read back without loss, shortened, refused where malformed, found in files."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Answer
from rag.answer_json import answer_from_json, answer_to_json, find_answers, shortened
from rag.errors import UsageError
from rag.model import (
    AnswerValues,
    BlockKind,
    Candidate,
    Chunk,
    Claim,
    Conflict,
    ConflictKind,
    Filters,
    Hit,
    Kind,
    Notice,
    Part,
    PartialDate,
    Quote,
    Rejected,
    ShortAnswer,
    Side,
    Span,
    Status,
    Verdict,
)
from rag.store.rows import StoredArticle
from tests.fakes import entry

ENTRIES = [
    entry(
        "port.txt",
        "Ruth Ellery ran the port for nine years. She left in July.",
        "Nobody knows why, said the mayor.",
    ),
    entry(
        "ferry.txt", "The ferry Alma sails again. Its captain is Rosa Lind.", published="2024-03"
    ),
]


class Held:
    """A record of those articles."""

    def __init__(self, *entries) -> None:
        self._stored = {
            (e.article.article_id, e.article.version): StoredArticle(1, e.article, e.sentences)
            for e in entries
        }

    def version(self, article_id: str, version: str) -> StoredArticle | None:
        return self._stored.get((article_id, version))


RECORD = Held(*ENTRIES)

words = st.text(max_size=12)
chances = st.floats(0, 1)
dates = st.none() | st.sampled_from(["2024", "0999-10", "2024-10-22", "2024-10-22T10:00:01Z"]).map(
    PartialDate.parse
)


@st.composite
def spans(draw, length: int):
    start = draw(st.integers(0, length - 1))
    return start, draw(st.integers(start + 1, length))


@st.composite
def quotes(draw) -> Quote:
    article = draw(st.sampled_from(ENTRIES)).article
    start, end = draw(spans(len(article.text)))
    return Quote(
        article.article_id,
        article.version,
        draw(words),
        draw(words),
        start,
        end,
        article.text[start:end],
        url=draw(st.none() | words),
        publisher=draw(st.none() | words),
        published=draw(dates),
        updated=draw(dates),
        kind=draw(st.sampled_from(BlockKind)),
        speaker=draw(st.none() | words),
        outlets=tuple(draw(st.lists(words, max_size=2))),
        event_date=draw(dates),
    )


@st.composite
def claims(draw) -> Claim:
    shown = tuple(draw(st.lists(quotes(), min_size=1, max_size=2)))
    first = shown[0]
    short = ShortAnswer(first.text, first.article_id, first.version, first.start, first.end)
    return Claim(draw(words), shown, draw(chances), draw(chances), draw(st.none() | st.just(short)))


@st.composite
def candidates(draw) -> Candidate:
    chosen = draw(st.sampled_from(ENTRIES))
    sentence = draw(st.sampled_from(chosen.sentences))
    answer = draw(
        st.none()
        | spans(sentence.end - sentence.start).map(
            lambda span: Span(sentence.start + span[0], sentence.start + span[1])
        )
    )
    return Candidate(chosen.article, sentence, draw(st.floats(-9, 9)), answer, 1)


sides = st.builds(Side, words, st.lists(quotes(), max_size=2).map(tuple), dates)
filters = st.builds(
    Filters, as_of=dates, publisher=st.none() | words, include_undated=st.booleans()
)


@st.composite
def answers(draw) -> Answer:
    made = tuple(draw(st.lists(claims(), max_size=2)))
    indices = (
        st.lists(st.integers(0, len(made) - 1), max_size=2).map(tuple) if made else st.just(())
    )
    return Answer(
        id=draw(words),
        question=draw(words),
        asked_as=draw(words),
        filters=draw(filters),
        status=draw(st.sampled_from(Status)),
        mode=draw(words),
        text=draw(words),
        confidence=draw(chances),
        archive_revision=draw(st.integers(0)),
        claims=made,
        candidates=tuple(draw(st.lists(candidates(), max_size=3))),
        conflicts=tuple(
            draw(
                st.lists(
                    st.builds(
                        Conflict, words, st.sampled_from(ConflictKind), st.tuples(sides, sides)
                    ),
                    max_size=1,
                )
            )
        ),
        parts=tuple(
            draw(st.lists(st.builds(Part, words, st.sampled_from(Status), indices), max_size=2))
        ),
        rejected=tuple(draw(st.lists(st.builds(Rejected, words, words), max_size=1))),
        notices=tuple(draw(st.lists(st.builds(Notice, words, words), max_size=1))),
        timings_ms=draw(st.dictionaries(words, st.floats(0, 1e9), max_size=2)),
        kind=draw(st.sampled_from(Kind)),
        verdict=draw(st.none() | st.sampled_from(Verdict)),
    )


@given(answers())
def test_an_answer_comes_back_as_it_went(answer: Answer) -> None:
    plain = json.loads(json.dumps(answer.to_json()))
    assert answer_to_json(answer_from_json(plain, RECORD)) == plain
    assert answer_to_json(answer_from_json(shortened(plain), RECORD)) == plain


def example(**more: Any) -> Answer:
    article = ENTRIES[0].article
    text = article.text[:11]
    quote = Quote(article.article_id, article.version, article.source, article.title, 0, 11, text)
    claim = Claim(
        text, (quote,), 0.5, 1.0, ShortAnswer(text, article.article_id, article.version, 0, 11)
    )
    found = tuple(
        Candidate(e.article, sentence, 0.5, None, 1) for e in ENTRIES for sentence in e.sentences
    )
    made = Answer(
        "1", "Who?", "Who?", Filters(), Status.ANSWERED, "extractive", text, 0.5, 1, (claim,), found
    )
    return replace(made, **more)


def test_passages_are_left_out_and_unknown_keys_ignored() -> None:
    first = ENTRIES[0]
    whole = example(
        passages=(
            Hit(
                Chunk(first.article.article_id, first.article.version, 0, 9),
                first.article,
                (),
                1,
                0.5,
                0.5,
            ),
        )
    ).to_json()
    plain = whole | {"colour": "green", "filters": whole["filters"] | {"colour": "green"}}
    assert len(whole["passages"]) == 1
    assert answer_to_json(answer_from_json(plain, RECORD)) == whole | {"passages": []}


def test_what_may_be_missing_has_a_meaning() -> None:
    plain = {
        "id": "1",
        "question": "Who?",
        "status": "not_in_articles",
        "text": "Nothing.",
        "confidence": 0,
        "archive_revision": 3,
    }
    assert answer_from_json(plain, RECORD) == AnswerValues(
        "1", "Who?", "Who?", Filters(), Status.NOT_IN_ARTICLES, "extractive", "Nothing.", 0.0, 3
    )


def test_candidates_of_articles_that_are_gone_or_have_other_words_are_dropped() -> None:
    plain = example().to_json()
    only_second = answer_from_json(plain, Held(ENTRIES[1]))
    assert {candidate.article.source for candidate in only_second.candidates} == {"ferry.txt"}
    assert only_second.claims == answer_from_json(plain, RECORD).claims
    altered = plain | {
        "candidates": [item | {"text": "x" * len(item["text"])} for item in plain["candidates"]]
    }
    assert answer_from_json(altered, RECORD).candidates == ()


def test_a_candidate_is_the_sentence_of_the_record_again() -> None:
    answer = example()
    assert [item.sentence for item in answer_from_json(answer.to_json(), RECORD).candidates] == [
        item.sentence for item in answer.candidates
    ]


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["schema"], 2, "schema must be 1, not 2"),
        (["id"], None, "id must be a string, not null"),
        (["question"], ..., "question is missing"),
        (["status"], "perhaps", "status must be 'answered',"),
        (["confidence"], 1.5, "confidence must lie between 0 and 1, not 1.5"),
        (["confidence"], float("nan"), "confidence must lie between 0 and 1, not nan"),
        (["confidence"], 10**400, "confidence must be a number"),
        (["archive_revision"], "x", "archive_revision must be"),
        (["archive_revision"], -1, "a revision counts from 0, not -1"),
        (["filters"], [], "filters must be an object, not []"),
        (["filters", "as_of"], "soon", "as_of: not a date: 'soon'"),
        (["filters"], {"since": "2025", "until": "2024"}, "since 2025 is after until 2024"),
        (["claims"], {}, "claims must be a list, not {}"),
        (["claims", 0], "x", "claims[0] must be an object"),
        (["claims", 0, "quotes"], [], "claims[0]: a claim needs a quote"),
        (
            ["claims", 0, "quotes", 0, "text"],
            "more words",
            "claims[0].quotes[0]: 10 characters of text cannot span 0 to 11",
        ),
        (["claims", 0, "quotes", 0, "start"], -1, "claims[0].quotes[0]: not a span"),
        (
            ["claims", 0, "quotes", 0, "outlets"],
            [1],
            "claims[0].quotes[0].outlets[0] must be a string, not 1",
        ),
        (["claims", 0, "quotes", 0, "kind"], "poem", "claims[0].quotes[0].kind must be"),
        (["claims", 0, "answer"], [], "claims[0].answer must be an object"),
        (["candidates", 1, "score"], None, "candidates[1].score must be a number, not null"),
        (
            ["parts"],
            [{"question": "q", "status": "answered", "claims": [1]}],
            "part 'q' names a claim that is not there",
        ),
        (["timings_ms"], {"read": "fast"}, "timings_ms.read must be"),
    ],
)
def test_what_is_malformed_is_named(path: list[Any], value: object, says: str) -> None:
    plain = copy.deepcopy(example().to_json())
    inner: Any = plain
    for step in path[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    with pytest.raises(UsageError) as raised:
        answer_from_json(plain, RECORD)
    assert says in raised.value.message


# ---------------------------------------------------------------- slim


def test_a_slim_answer_keeps_the_best_of_many_articles_in_their_order() -> None:
    named = [{"article_id": name, "score": 1.0 - i / 100} for i, name in enumerate("aaaaaaaaabacd")]
    kept = shortened({"claims": [], "candidates": named, "passages": [1]})
    assert "passages" not in kept
    assert "".join(item["article_id"] for item in kept["candidates"]) == "aaaaabcd"
    assert kept["candidates"] == sorted(kept["candidates"], key=lambda item: -item["score"])


@pytest.mark.parametrize("strange", [None, "text", [1, None, {"article_id": []}]])
def test_a_slim_answer_leaves_what_it_cannot_read(strange: object) -> None:
    assert shortened({"candidates": strange}) == {"candidates": strange}


# ---------------------------------------------------------------- files


def test_answers_are_found_in_an_exported_conversation() -> None:
    plain = example().to_json()
    found = find_answers(json.dumps({"schema": 1, "title": "t", "answers": [plain, {"error": {}}]}))
    assert (found.answers, found.skipped) == ([plain], 1)


def test_a_run_of_one_line_is_no_conversation() -> None:
    plain = example().to_json()
    assert find_answers(json.dumps({"answers": [["gold"]], "answer": plain})).answers == [plain]


def test_a_conversation_without_answers_is_refused() -> None:
    with pytest.raises(UsageError, match="no answer in it"):
        find_answers('{"schema": 1, "title": "t", "answers": []}')
