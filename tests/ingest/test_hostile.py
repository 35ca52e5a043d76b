"""Mutated documents: whatever is in a file, it becomes articles or refusals, never a crash."""

from __future__ import annotations

import contextlib
import json
from dataclasses import fields
from time import process_time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest.extract.article import extract
from ingest.sources.documents import Refused, read_sources
from rag.errors import SourceError
from rag.model import RawDocument

PAGE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Bridge opens</title>'
    '<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "author": '
    '{"@id": "#a"}, "datePublished": "2019-05-07T08:00:00+02:00"}, {"@id": "#a", "name": "M"}]}'
    '</script></head><body><article><h1>Bridge <br>opens</h1><time datetime="2019-05-07">7 May'
    "</time><p>The harbour bridge opened on Monday after ten years of work.</p>The toll is 4.50 "
    "a car.<table><tr><td>One<td>Two</table><ul><li>First<li>Second</ul></article></body></html>"
)
ROW = {
    "id": "1",
    "title": "Bridge opens",
    "text": "<p>The harbour bridge opened on Monday.</p>",
    "authors": [{"name": "Mara Holt"}],
    "published": "2019-05-07",
    "url": "https://gazette.example/bridge",
}
MAIL = b"From: A <a@b.example>\nSubject: =?utf-8?q?Br=C3=BCcke?=\nDate: 7 May 2019\n\nText of it."
KINDS = {
    ".html": PAGE.encode(),
    ".jsonl": json.dumps(ROW).encode(),
    ".json": json.dumps({"articles": [ROW]}).encode(),
    ".csv": b'title,text,published\nBridge,"The bridge opened, at last.",2019-05-07\n',
    ".eml": MAIL,
    ".mhtml": MAIL,
    ".xml": b"<rss><channel><title>G</title><item><title>T</title></item></channel></rss>",
    ".rtf": rb"{\rtf1\ansi The harbour bridge opened on Monday.\par}",
    ".txt": b"TITLE: Bridge\nDATE: 7 May 2019\n\nThe harbour bridge opened on Monday.",
    ".md": b"# Bridge\n\nThe *harbour* bridge [opened](x) on Monday.",
    ".mbox": b"From a@b Tue May  7 08:00:00 2019\nSubject: One\n\nText.\n",
    ".warc": b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 2\r\n\r\nab\r\n\r\n",
    ".docx": b"PK\x03\x04",
    ".epub": b"PK\x03\x04",
}
JUNK = st.sampled_from(
    [b"", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"<", b"<p", b"&#xd800;", b"\x85", b"]]>", b'"',
     b"\\ud800", b"{", b"[", b"<frameset>", b"<svg><p>", b"\x1b$B", b"<?xml encoding='utf-16'?>"]
) | st.binary(max_size=8)  # fmt: skip


@st.composite
def mutated(draw, data):
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + draw(st.integers(0, 60)))))
        data = data[:start] + draw(JUNK) + data[end:]
    return data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data


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


@pytest.mark.parametrize("suffix", sorted(KINDS))
@given(data=st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_mutated_file_is_read_or_refused(tmp_path, suffix, data):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data.draw(mutated(KINDS[suffix])))
    read_all(path)


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
        extract(RawDocument("papers", "a.html", "a.html", "text/html", PAGE.encode()))
