import gzip
import json
import os
import unicodedata
from pathlib import Path

import pytest

from ingest.sources import files, tables
from ingest.sources.documents import Refused, Root, locate, read_sources
from rag.errors import UsageError
from rag.model import RawDocument

ROWS = [
    {"title": f"Title {number}", "text": f"The bridge opened on day {number}."}
    for number in (1, 2, 3)
]


def read(*targets, roots=None, collection=None):
    return list(read_sources(targets, roots=roots or {}, collection=collection))


def documents(found):
    return [item for item in found if isinstance(item, RawDocument)]


def refused(found):
    return {item.source: item.reason for item in found if isinstance(item, Refused)}


def fill(folder, names):
    for name, data in names.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


@pytest.fixture
def papers(tmp_path):
    return fill(
        tmp_path / "papers",
        {
            "b.txt": "two",
            "a.TXT": "one",
            "deep/er/c.md": "three",
            "d.html": "<p>four",
            "e.txt.gz": gzip.compress(b"five"),
            "README.TXT": "about",
            "LICENSE": "terms",
            ".hidden.txt": "no",
            ".git/x.txt": "no",
            "Thumbs.db": b"\0",
            "picture.png": b"\x89PNG",
        },
    )


def test_a_folder(papers):
    found = read(papers)
    assert [(item.key, item.media_type, item.data) for item in documents(found)] == [
        ("a.TXT", "text/plain", b"one"),
        ("b.txt", "text/plain", b"two"),
        ("d.html", "text/html", b"<p>four"),
        ("deep/er/c.md", "text/markdown", b"three"),
        ("e.txt.gz", "text/plain", b"five"),
    ]
    assert {
        (item.collection, item.source == item.key, item.url, item.fetched)
        for item in documents(found)
    } == {("papers", True, None, None)}
    assert refused(found) == {"picture.png": "is not a kind of file that holds articles"}


def test_reading_is_lazy_and_in_a_fixed_order(papers):
    stream = read_sources([papers], roots={})
    first = next(iter(stream))
    (papers / "b.txt").write_text("changed since")
    rest = list(stream)
    assert isinstance(first, RawDocument)
    assert documents(rest)[0].data == b"changed since"
    assert [item.source for item in read(papers)] == [item.source for item in read(papers)]


def test_a_file_named_directly(papers):
    (only,) = read(papers / "README.TXT")
    assert isinstance(only, RawDocument)
    assert (only.collection, only.key) == ("papers", "README.TXT")
    (terms,) = read(papers / "LICENSE")
    assert isinstance(terms, RawDocument)
    assert refused(read(papers / "picture.png")) == {
        "picture.png": "is not a kind of file that holds articles"
    }


def test_what_lies_in_a_known_root_belongs_to_it(papers):
    roots = {papers.resolve(): "news"}
    assert locate(papers / "deep", roots=roots) == Root(papers.resolve(), "news")
    (only,) = read(papers / "deep" / "er", roots=roots)
    assert isinstance(only, RawDocument)
    assert (only.collection, only.key) == ("news", "deep/er/c.md")


def test_a_known_root_inside_a_folder_keeps_its_names(papers):
    found = documents(read(papers, roots={(papers / "deep").resolve(): "deep"}))
    assert ("deep", "er/c.md") in [(item.collection, item.key) for item in found]
    assert ("papers", "a.TXT") in [(item.collection, item.key) for item in found]


def test_nothing_is_read_twice(papers):
    assert read(papers, papers / "deep", papers / "a.TXT") == read(papers)


def test_collections(papers, tmp_path):
    other = fill(tmp_path / "else" / "papers", {"a.txt": "one"})
    roots = {papers.resolve(): "papers"}
    assert locate(other, roots={}) == Root(other.resolve(), "papers")
    assert locate(other, roots=roots, collection="old") == Root(other.resolve(), "old")
    assert locate(other, roots={tmp_path / "gone": "papers"}) == Root(other.resolve(), "papers")
    with pytest.raises(UsageError, match="already holds"):
        locate(other, roots=roots)
    with pytest.raises(UsageError, match="belongs to"):
        locate(papers, roots=roots, collection="another")
    with pytest.raises(UsageError, match="no file or folder") as caught:
        read_sources([tmp_path / "nowhere"], roots={})
    assert caught.value.hint


def test_addresses_come_later():
    assert locate(Path("https://courier.example/a"), roots={}) is None
    (only,) = read(Path("https://courier.example/a"))
    assert isinstance(only, Refused)
    assert only.source == "https://courier.example/a"
    assert "save the page as .html" in only.reason


def test_one_bad_file_does_not_stop_the_others(tmp_path):
    folder = fill(
        tmp_path / "papers",
        {
            "a.txt.gz": gzip.compress(b"cut short" * 100)[:-9],
            "b.txt.gz": b"never was one",
            "c.txt/inside.txt": "x",
            "d.jsonl.gz": gzip.compress(json.dumps(ROWS[0]).encode())[:-9],
            "z.txt": "fine",
        },
    )
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "self.txt").symlink_to(folder / "self.txt")
    (folder / "gone.txt").symlink_to(folder / "nothing")
    os.mkfifo(folder / "pipe.txt")
    found = read(folder)
    assert [item.key for item in documents(found)] == ["z.txt"]
    assert set(refused(found)) == {
        "a.txt.gz",
        "b.txt.gz",
        "c.txt",
        "d.jsonl.gz",
        "loop",
        "self.txt",
        "gone.txt",
        "pipe.txt",
    }
    assert "not a whole .gz file" in refused(found)["a.txt.gz"]
    assert "above it" in refused(found)["loop"]


def test_what_may_not_be_read_is_refused(papers, monkeypatch):
    def locked(method):
        def call(path, *arguments):
            if path.name in ("a.TXT", "deep"):
                raise PermissionError(13, "Permission denied")
            return method(path, *arguments)

        return call

    # The superuser, who may run the tests, may read everything: so the system's refusal is played.
    monkeypatch.setattr(Path, "open", locked(Path.open))
    monkeypatch.setattr(Path, "iterdir", locked(Path.iterdir))
    found = read(papers)
    assert {"a.TXT", "deep"} <= set(refused(found))
    assert "ermission denied" in refused(found)["a.TXT"]
    assert [item.key for item in documents(found)] == ["b.txt", "d.html", "e.txt.gz"]


def test_links_out_of_the_root_are_followed_once(tmp_path, papers):
    folder = fill(tmp_path / "mine", {"a.txt": "x"})
    (folder / "link").symlink_to(papers / "deep", target_is_directory=True)
    (folder / "second").symlink_to(papers / "deep", target_is_directory=True)
    assert [item.key for item in documents(read(folder))] == ["a.txt", "link/er/c.md"]


def test_names_are_one_spelling(tmp_path):
    folder = fill(tmp_path / "papers", {unicodedata.normalize("NFD", "café.txt"): "x"})
    assert [item.key for item in documents(read(folder))] == ["café.txt"]


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "DOCUMENT_LIMIT", 1000)
    monkeypatch.setattr(files, "TABLE_LIMIT", 1000)
    folder = fill(
        tmp_path / "papers",
        {
            "a.txt.gz": gzip.compress(b"a" * 5000),
            "b.jsonl.gz": gzip.compress(json.dumps(ROWS).encode() * 50),
            "c.txt": "c" * 5000,
            "d.txt": "d",
        },
    )
    found = read(folder)
    assert [item.key for item in documents(found)] == ["d.txt"]
    assert set(refused(found)) == {"a.txt.gz", "b.jsonl.gz", "c.txt"}


# ---------------------------------------------------------------- tables


def fields(found):
    return [json.loads(item.data) for item in documents(found)]


def jsonl(rows):
    return "\n".join(json.dumps(row) for row in rows)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.jsonl", jsonl(ROWS)),
        ("t.ndjson", "\n\n" + jsonl(ROWS) + "\n\n"),
        ("t.json", json.dumps(ROWS)),
        ("t.json", json.dumps({"status": "ok", "articles": ROWS}, indent=1)),
        ("t.json", jsonl(ROWS)),
        ("t.jsonl.gz", gzip.compress(jsonl(ROWS).encode(), mtime=0)),
        ("t.jsonl", jsonl(ROWS).encode("utf-16")),
        ("t.csv", "title,text\n" + "".join(f"{row['title']},{row['text']}\n" for row in ROWS)),
        (
            "t.csv",
            "\ufefftitle;text\r\n"
            + "".join(f'{row["title"]};"{row["text"]}"\r\n\r\n' for row in ROWS),
        ),
        ("t.tsv", "title\ttext\n" + "".join(f"{row['title']}\t{row['text']}\n" for row in ROWS)),
    ],
)
def test_tables(tmp_path, name, data):
    found = read(fill(tmp_path / "papers", {name: data}))
    assert fields(found) == ROWS
    assert [item.key for item in documents(found)] == [f"{name}#{number}" for number in (1, 2, 3)]
    assert {item.media_type for item in documents(found)} == {"application/json"}


def test_one_article_in_a_json_file_is_named_by_the_file(tmp_path):
    found = read(fill(tmp_path / "papers", {"t.json": json.dumps(ROWS[0])}))
    assert [item.key for item in documents(found)] == ["t.json"]


def test_rows_are_named_by_their_id_while_it_is_unique(tmp_path):
    ids = ["x", 4, "x", None, "", "5", True]
    rows = [{"ID": value, "text": f"row {number}"} for number, value in enumerate(ids, 1)]
    rows.append({"text": "no id"})
    found = read(fill(tmp_path / "papers", {"t.jsonl": jsonl(rows)}))
    assert [item.key.split("#")[1] for item in documents(found)] == [
        "x",
        "4",
        "3",
        "row-4",
        "5",
        "6",
        "7",
        "8",
    ]


def test_the_same_row_has_the_same_bytes_whatever_its_order(tmp_path):
    one = fill(tmp_path / "one", {"t.jsonl": '{"text": "caf\\u00e9", "title": "T"}'})
    two = fill(tmp_path / "two", {"t.jsonl": '{ "title":"T","text":"café" }'})
    assert (
        documents(read(one))[0].data
        == documents(read(two))[0].data
        == '{"text": "café", "title": "T"}'.encode()
    )


def test_a_bad_row_does_not_stop_the_others(tmp_path):
    lines = [
        json.dumps(ROWS[0]),
        "{broken",
        "[1]",
        "[" * 100_000,
        '{"text": "half \\ud83d a pair"}',
        json.dumps(ROWS[1]),
    ]
    found = read(fill(tmp_path / "papers", {"t.jsonl": "\n".join(lines)}))
    assert [item["text"] for item in fields(found)] == [
        ROWS[0]["text"],
        "half \ufffd a pair",
        ROWS[1]["text"],
    ]
    assert set(refused(found)) == {"t.jsonl#2", "t.jsonl#3", "t.jsonl#4"}


def test_a_file_of_bad_rows_is_given_up(tmp_path):
    found = read(fill(tmp_path / "papers", {"t.jsonl": "not json\n" * 5000}))
    assert len(found) < 200
    assert "given up" in refused(found)["t.jsonl"]


def test_a_row_that_is_too_long_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROW_LIMIT", 200)
    rows = [ROWS[0], {"text": "a" * 500}, ROWS[1]]
    found = read(fill(tmp_path / "papers", {"t.jsonl": jsonl(rows)}))
    assert fields(found) == [ROWS[0], ROWS[1]]
    assert set(refused(found)) == {"t.jsonl#2"}
    wide = read(fill(tmp_path / "other", {"t.csv": f'title,text\nA,B\nC,"{"d" * 500}'}))
    assert fields(wide) == [{"title": "A", "text": "B"}]
    assert "longer than" in refused(wide)["t.csv"]


def test_a_long_cell_is_read(tmp_path):
    text = "word " * 100_000
    assert (
        fields(read(fill(tmp_path / "papers", {"t.csv": f'title,text\nA,"{text}"\n'})))[0]["text"]
        == text
    )


def test_columns(tmp_path):
    found = read(
        fill(
            tmp_path / "papers",
            {
                "a.csv": "id,score\n1,2\n",
                "b.csv": "",
                "c.csv": "title,text\nA,B, and more\nC,D\nE\n",
            },
        )
    )
    assert "its columns are id, score" in refused(found)["a.csv"]
    assert "text" in refused(found)["b.csv"]
    assert "cells for 2 columns" in refused(found)["c.csv#1"]
    assert fields(found) == [{"title": "C", "text": "D"}, {"title": "E"}]


def test_a_table_in_latin_1(tmp_path):
    rows = "title,text\n" + "Toll,The toll is now £4.50 a car for all.\n" * 3
    found = read(fill(tmp_path / "papers", {"t.csv": rows.encode("latin-1")}))
    assert fields(found)[0]["text"] == "The toll is now £4.50 a car for all."


def test_a_binary_table_is_refused(tmp_path):
    found = read(
        fill(
            tmp_path / "papers",
            {"t.csv": b"\x89PNG\0\0\0", "u.jsonl": b"\0\1\2\3" * 50, "v.json": b"\xff\xfe\0"},
        )
    )
    assert documents(found) == []
    assert {"t.csv", "u.jsonl"} <= set(refused(found))


def test_a_pdf_needs_pypdf(tmp_path, monkeypatch):
    folder = fill(tmp_path / "papers", {"a.pdf": b"%PDF-1.4"})
    assert documents(read(folder))[0].media_type == "application/pdf"
    monkeypatch.setattr("ingest.sources.documents.can_read_pdf", lambda: False)
    assert "pip install 'byline[pdf]'" in refused(read(folder))["a.pdf"]
