import gzip
import zipfile

import pytest

from ingest.sources.containers import read_parts
from rag.errors import SourceError

CHAPTER = "<html><body><p>The harbour bridge opened on Monday.</p></body></html>"
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"><metadata
 xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Norholm Weekly</dc:title>
 <dc:date>2019-05-07</dc:date></metadata><manifest>
 <item id="b" href="b%20two.xhtml" media-type="application/xhtml+xml"/>
 <item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>
 <item id="css" href="x.css" media-type="text/css"/></manifest>
 <spine><itemref idref="a"/><itemref idref="b"/><itemref idref="css"/></spine></package>"""
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)


def warc_record(url, body, kind="text/html; charset=utf-8", status="200 OK"):
    http = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n{body}".encode()
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\n"
        "WARC-Date: 2020-02-03T04:05:06Z\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def test_the_chapters_of_a_book_in_the_order_of_its_spine(tmp_path):
    path = tmp_path / "weekly.epub"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("OEBPS/book.opf", PACKAGE)
        archive.writestr("OEBPS/a.xhtml", CHAPTER)
        archive.writestr("OEBPS/b two.xhtml", CHAPTER)
    parts = list(read_parts(path, ".epub"))
    assert [part.name for part in parts] == ["OEBPS/a.xhtml", "OEBPS/b two.xhtml"]
    assert {(part.published, part.publisher) for part in parts} == {
        ("2019-05-07", "Norholm Weekly")
    }


@pytest.mark.parametrize("packed", [False, True])
def test_the_pages_of_a_web_archive(tmp_path, packed):
    pytest.importorskip("warcio")
    records = [
        warc_record("https://gazette.example/bridge", CHAPTER),
        warc_record("https://gazette.example/logo", "GIF", kind="image/gif"),
        warc_record("https://gazette.example/gone", CHAPTER, status="404 Not Found"),
    ]
    path = tmp_path / ("crawl.warc.gz" if packed else "crawl.warc")
    path.write_bytes(b"".join(map(gzip.compress, records)) if packed else b"".join(records))
    (part,) = read_parts(path, ".warc")
    assert part.url == "https://gazette.example/bridge"
    assert (str(part.fetched)[:10], part.data.decode()) == ("2020-02-03", CHAPTER)


def test_the_messages_of_a_mailbox(tmp_path):
    path = tmp_path / "digest.mbox"
    message = "From desk@example Tue May  7 08:00:00 2019\nSubject: {}\n\nText.\n\n"
    path.write_text(message.format("One") + message.format("Two"))
    assert [b"Subject: One" in part.data for part in read_parts(path, ".mbox")] == [True, False]


@pytest.mark.parametrize("suffix", [".epub", ".warc"])
def test_what_is_broken_is_refused(tmp_path, suffix):
    pytest.importorskip("warcio")
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(b"\x00\x01 nothing that can be read")
    with pytest.raises(SourceError):
        list(read_parts(path, suffix))
