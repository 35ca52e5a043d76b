"""Verifying a saved answer finds every forged field, and passes what is as the archive has it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.app.reports import replaced_words
from rag.engine import Engine
from rag.store.archive import open_archive
from rag.verify import removed_quotes, replaced_quotes, verify_answer
from tests.fakes import FirstSentences, HashingEmbedder, entry, fill

FLOOD = entry(
    "flood.txt",
    "The bridge at Aldwater was shut on Monday. “Nobody may cross,” said Ines Quarry.",
    title="Bridge shut",
    publisher="Post",
    published="2024-05-06",
)
FERRY = entry("ferry.txt", "The bridge ferry Alma sails again. It is free.", published="2024-05")
# What no archive can confirm, by the last key of its path.
UNCHECKED = {
    "id",
    "question",
    "asked_as",
    "mode",
    "confidence",
    "support",
    "archive_revision",
    "score",
    "rank",
    "outlets",
    "speaker",
    "schema",
    "usage",
    "event_date",
    "verdict",
    "period",
}
Path = tuple[str | int, ...]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verify") / "archive"
    made = open_archive(folder, create=True, embedder=HashingEmbedder())
    fill(made, FLOOD, FERRY)
    yield made
    made.close()


@pytest.fixture(scope="module")
def answer(archive) -> dict[str, Any]:
    plain = Engine(archive, reader=FirstSentences()).ask("What of the bridge?").to_json()
    assert len(plain["claims"]) > 1
    assert plain["candidates"]
    assert plain["passages"]
    return plain


def problems(archive, plain) -> list[str]:
    with archive.record.snapshot() as snapshot:
        verified = verify_answer(snapshot, plain)
    return [f"{item.place}: {problem}" for item in verified for problem in item.problems]


def leaves(value: object, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path


def checked_leaves(plain: dict[str, Any]) -> list[Path]:
    tops = {"filters", "timings_ms", "notices", "rejected"}
    found = [path for path in leaves(plain) if path[0] not in tops]
    return [path for path in found if not UNCHECKED & set(path) and path != ("kind",)]


def forged(plain: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    changed = copy.deepcopy(plain)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


def test_an_honest_answer_passes(archive, answer):
    assert problems(archive, answer) == []


def test_each_forged_field_is_found(archive, answer):
    missed = []
    for path in checked_leaves(answer):
        for value in ("forged", 7, None):
            changed = forged(answer, path, value)
            if changed != answer and not problems(archive, changed):
                missed.append((path, value))
    assert missed == []


@given(st.data())
def test_any_other_value_of_a_field_is_found(archive, answer, data):
    path = data.draw(st.sampled_from(checked_leaves(answer)))
    value = data.draw(st.none() | st.integers() | st.text(max_size=8) | st.booleans())
    changed = forged(answer, path, value)
    assert changed == answer or problems(archive, changed)


def test_the_field_that_differs_is_named(archive, answer):
    changed = forged(answer, ("claims", 0, "quotes", 0, "publisher"), "The Times")
    assert problems(archive, changed) == ["claim 1, quote 1: publisher is 'Post' in the archive"]


def test_a_claim_without_quotes_is_found(archive, answer):
    changed = forged(answer, ("claims", 0, "quotes"), [])
    assert "claim 1: it has no quote" in problems(archive, changed)


def test_an_answered_answer_without_claims_is_found(archive, answer):
    changed = {**answer, "claims": [], "text": "The articles do not say."}
    assert problems(archive, changed) == ["the answer: status is answered, but there are no claims"]


def test_a_short_answer_from_elsewhere_is_found(archive, answer):
    quote = answer["claims"][1]["quotes"][0]
    names = {name: quote[name] for name in ("article_id", "version", "start")}
    short = names | {"end": quote["start"] + 3, "text": quote["text"][:3]}
    changed = forged(answer, ("claims", 0, "answer"), short)
    assert problems(archive, changed) == ["claim 1: the short answer does not lie inside a quote"]


def test_the_wording_of_a_language_model_is_not_checked(archive, answer):
    changed = forged(answer, ("claims", 0, "text"), "In other words.")
    text = " ".join(claim["text"] for claim in changed["claims"])
    assert problems(archive, {**changed, "mode": "llm:x", "text": text}) == []
    assert problems(archive, {**changed, "text": text}) == [
        "claim 1: text is not what its quotes say"
    ]


@pytest.mark.parametrize(
    "quote",
    [
        None,
        "words",
        {},
        {"article_id": "a"},
        {"article_id": {}, "version": "v", "start": 0, "end": 1, "text": "T"},
        {"article_id": "\ud800", "version": "v", "start": 0, "end": 1, "text": "T"},
        {"article_id": "a", "version": "v", "start": "0", "end": 1.5, "text": "T"},
        {"article_id": "a", "version": "v", "start": 0, "end": 10**30, "text": "T"},
    ],
)
def test_a_quote_of_another_shape_is_a_problem_and_no_error(archive, quote):
    plain = {"status": "answered", "claims": [{"quotes": [quote]}]}
    assert any("claim 1, quote 1" in problem for problem in problems(archive, plain))


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"claims": None},
        {"claims": [None, 3]},
        {"claims": {"quotes": []}, "conflicts": [{"sides": [1]}]},
        {"parts": [3, {"claims": [None, "x"]}]},
        {"conflicts": [None, {"sides": [None]}]},
    ],
)
def test_an_answer_of_another_shape_is_no_error(archive, plain):
    assert problems(archive, plain)


def test_quotes_of_older_versions_are_named(tmp_path):
    with open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder()) as archive:
        fill(archive, FLOOD, FERRY)
        plain = Engine(archive, reader=FirstSentences()).ask("What of the bridge?").to_json()
        with archive.record.snapshot() as snapshot:
            assert list(replaced_quotes(snapshot, plain)) == []
        fill(
            archive,
            entry("flood.txt", "The bridge at Aldwater was shut on Monday. It is open again."),
            entry("ferry.txt", "The ferry has sunk."),
        )
        with archive.record.snapshot() as snapshot:
            assert all(item.ok for item in verify_answer(snapshot, plain))
            found = list(replaced_quotes(snapshot, plain))
    said = {(item.source, item.still_says_it) for item in found}
    assert {("flood.txt", True), ("ferry.txt", False)} <= said


def test_a_correction_in_the_archive_has_no_date_of_its_own(tmp_path):
    with open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder()) as archive:
        fill(archive, FLOOD)
        plain = Engine(archive, reader=FirstSentences()).ask("What of the bridge?").to_json()
        text = FLOOD.article.text
        corrected = entry("flood.txt", text, title="Bridge shut", published="2024-05-06")
        fill(archive, corrected, replace=True)
        with archive.record.snapshot() as snapshot:
            found = list(replaced_quotes(snapshot, plain))
    assert {(item.since, item.still_says_it) for item in found} == {(None, True)}
    assert {replaced_words(item) for item in found} == {
        "flood.txt was corrected in the archive; its present text still has these words."
    }


def test_an_answer_with_quotes_of_another_shape_has_no_older_versions(archive):
    quotes = [None, {"article_id": "\ud800", "version": "v", "text": "T"}, {"article_id": "a"}]
    with archive.record.snapshot() as snapshot:
        assert list(replaced_quotes(snapshot, {"claims": [{"quotes": quotes}]})) == []


def test_quotes_of_removed_articles_are_named(tmp_path):
    with open_archive(tmp_path / "archive", create=True, embedder=HashingEmbedder()) as archive:
        fill(archive, FLOOD, FERRY)
        plain = Engine(archive, reader=FirstSentences()).ask("What of the bridge?").to_json()
        with archive.record.snapshot() as snapshot:
            assert list(removed_quotes(snapshot, plain)) == []
        archive.remove(FLOOD.article.article_id)
        with archive.record.snapshot() as snapshot:
            assert {item.source for item in removed_quotes(snapshot, plain)} == {"flood.txt"}
            forged = {"claims": [{"quotes": [{"article_id": "\ud800", "source": "x"}]}]}
            assert [item.source for item in removed_quotes(snapshot, forged)] == ["x"]
