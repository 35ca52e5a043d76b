import io
import zipfile

import pytest

from ingest.extract.article import extract
from ingest.extract.office import DOCX, RTF, docx_to_html, missing_library, rtf_to_text
from rag.errors import SourceError
from rag.model import RawDocument

pytest.importorskip("mammoth")
pytest.importorskip("striprtf")

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)
PARAGRAPHS = (
    "Harbour bridge opens after ten years",
    "The harbour bridge opened on Monday after ten years of work, the board said.",
    "The toll is 4.50 a car.",
)


def docx_of(paragraphs):
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
        )
    return stream.getvalue()


def article_of(data, media_type):
    return extract(RawDocument("papers", "a", "a", media_type, data))


def test_a_docx_becomes_an_article():
    article = article_of(docx_of(PARAGRAPHS), DOCX)
    assert article.title == PARAGRAPHS[0]
    assert article.text == "\n".join(PARAGRAPHS[1:])


def test_an_rtf_becomes_an_article():
    lines = r"\par ".join(("Br\\'fccke er\\'f6ffnet", *PARAGRAPHS[1:]))
    article = article_of(rf"{{\rtf1\ansi\ansicpg1252 {lines}\par}}".encode(), RTF)
    assert article.title == "Brücke eröffnet"
    assert article.text == "\n".join(PARAGRAPHS[1:])


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut off", docx_of(PARAGRAPHS)[:-200]])
def test_a_broken_docx_is_refused(data):
    with pytest.raises(SourceError, match="cannot be read"):
        docx_to_html(data)


def test_what_is_not_rtf_is_refused():
    with pytest.raises(SourceError, match="is not RTF"):
        rtf_to_text(b"plain text")


def test_a_docx_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr("ingest.extract.office._LARGEST", 100)
    with pytest.raises(SourceError, match="unpacks to more"):
        docx_to_html(docx_of(PARAGRAPHS))


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setattr("ingest.extract.office.find_spec", lambda name: None)
    assert (missing_library(DOCX), missing_library("text/plain")) == ("mammoth", None)
