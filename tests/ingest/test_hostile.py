"""Mutated documents: whatever is in a file, it becomes articles or refusals, never a crash."""

from __future__ import annotations

import contextlib
import gzip
from dataclasses import fields
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eval.bench.faults.hostile_files import FORMATS, make
from ingest.extract.article import extract
from ingest.sources.documents import Refused, read_sources
from rag.errors import SourceError
from rag.model import RawDocument


def read_all(path):
    """Reads and extracts whatever is in a file; all that comes out can be stored."""
    for item in read_sources([path], roots={}):
        assert isinstance(item, RawDocument | Refused)
        item.source.encode()
        if isinstance(item, Refused):
            assert item.reason
            continue
        item.key.encode()
        with contextlib.suppress(SourceError):
            article = extract(item)
            for field in fields(article):
                value = getattr(article, field.name)
                if isinstance(value, str):
                    value.encode()


def test_hostile_files_are_read_or_refused(tmp_path):
    made = (make(3, number) for number in range(150))
    for file in (file for file in made if len(file.data) < 200_000):
        path = tmp_path / file.name
        path.write_bytes(file.data)
        read_all(path)


STORY = "The bridge opened on Monday after ten years of work. "
PRINT = FORMATS[".pdf"](lambda page: page * 100_000)
TOO_MUCH = {
    "empty rows": ("a.csv", lambda: b"title,text\n" + b"\n" * 1_000_002),
    "1,000,000 empty rows": ("a.jsonl", lambda: b"\n" * 1_000_002),
    "50,000 rows in succession": (
        "a.tsv",
        lambda: b"title\ttext\n" + b"Bridge opens today\t\n" * 50_002,
    ),
    "times its size": ("a.jsonl.gz", lambda: gzip.compress(b" " * 65 * 2**20)),
    "row longer than": ("a.csv", lambda: b"title,text\na," + b"x" * 17 * 2**20),
    "values": ("a.json", lambda: b"[" + b"1," * 4_000_001 + b"1]"),
    "more than 16 MiB": ("a.txt", lambda: STORY.encode() * 350_000),
    "tags": ("a.html", lambda: b"<p>" + STORY.encode() + b"<br>" * 100_001),
    "attributes": ("a.html", lambda: b"<p " + b'a=">" ' * 20_001 + b">" + STORY.encode()),
    "lines": ("a.eml", lambda: b"Subject: x\n\n" + b"a b\n" * 1_000_001),
    "a message of more": ("a.eml", lambda: b"Subject: x\n\n" + b"x" * 33 * 2**20),
    "message of more than 32": ("a.mbox", lambda: b"From a\nSubject: x\n\n" + b"x\n" * 17 * 2**20),
    "empty parts": ("a.mbox", lambda: b"From a@b\n\n" * 10_002),
    "beside its pictures": ("a.rtf", lambda: rb"{\rtf1 " + STORY.encode() * 130_000 + b"}"),
    "draws more": ("a.pdf", lambda: PRINT),
    "of more than 16 MiB": ("a.epub", lambda: FORMATS[".epub"](lambda page: page + b" " * 2**24)),
    "word/document.xml": ("a.docx", lambda: FORMATS[".docx"](lambda part: part + b" " * 2**24)),
    "100,000 tags": ("b.html", lambda: b"<div>" * 100_001),
}


@pytest.mark.parametrize("reason", TOO_MUCH)
def test_what_holds_too_much_is_refused_with_a_reason(tmp_path, reason):
    name, made = TOO_MUCH[reason]
    (tmp_path / name).write_bytes(made())
    reasons = []
    for item in read_sources([tmp_path / name], roots={}):
        if not isinstance(item, Refused) and len(reasons) > 20:
            continue
        try:
            reasons.append(item.reason if isinstance(item, Refused) else str(extract(item)))
        except SourceError as error:
            reasons.append(error.message)
    assert reason in reasons[-1]


@example(b"<html><head><title>Half a page<p>")
@example("<html><body><p>The bridge opened.".encode("utf-16")[:-1])
@example(b"<frameset><frame src=a></frameset>")
@example(b"<div>" * 20_000)
@example(b"<p>" + b"<b>" * 5_000 + b"The bridge opened on Monday.")
@given(st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_bytes_that_claim_to_be_a_page(data):
    with contextlib.suppress(SourceError):
        extract(RawDocument("papers", "a.html", "a.html", "text/html", data))


@pytest.mark.parametrize(
    "head",
    [
        "<title>" + "a - " * 20_000 + "</title>",
        "<h1>Bridge</h1>" * 10_000,
        "<li><a href=/>a" * 9_999,
    ],
    ids=["title", "headings", "links"],
)
def test_no_page_takes_long(head):
    started = process_time()
    page = f"<html><body>{head}<p>{'The harbour bridge opened on Monday at last. ' * 9}</p></body>"
    with contextlib.suppress(SourceError):
        extract(RawDocument("papers", "a.html", "a.html", "text/html", page.encode()))
    # Each takes a few seconds at most; what is quadratic takes minutes.
    assert process_time() - started < 20


def test_half_a_surrogate_in_an_id(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "x\\ud800y", "title": "T", "text": "The bridge opened on Monday."}')
    read_all(path)
    (row,) = read_sources([path], roots={})
    assert row.key.startswith("a.jsonl#x")


def test_a_bug_in_a_reader_refuses_the_document_alone(monkeypatch):
    def broken(data, *, url, language):
        raise AssertionError("no such thing")

    monkeypatch.setattr("ingest.extract.article.read_page", broken)
    with pytest.raises(SourceError, match=r"a\.html cannot be read \(AssertionError: no such"):
        extract(RawDocument("papers", "a.html", "a.html", "text/html", FORMATS[".html"](bytes)))
