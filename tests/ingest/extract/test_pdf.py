import pytest

from ingest.extract.article import extract
from ingest.extract.pdf import read_pdf
from rag.errors import SourceError
from rag.model import RawDocument

LINES = (
    "Harbour bridge opens after ten years",
    "The harbour bridge opened on Monday after ten years of work, and the",
    "first car across was a milk van from the islands, which had waited",
    "on the quay since midnight.",
)


def pdf_of(lines):
    """A PDF of one page, written by hand."""
    shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
    stream = f"BT /F1 12 Tf 72 720 Td {shown} ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << "
        "/Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    data, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    data += (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size "
        f"{len(objects) + 1} /Root 1 0 R >>\n"
    )
    return (data + f"startxref\n{data.index('xref')}\n%%EOF\n").encode("ascii")


def test_a_pdf_becomes_an_article():
    pytest.importorskip("pypdf")
    article = extract(RawDocument("papers", "a.pdf", "a.pdf", "application/pdf", pdf_of(LINES)))
    assert article.title == LINES[0]
    assert article.text == " ".join(LINES[1:])


@pytest.mark.parametrize(
    ("data", "reason"), [(b"%PDF-1.4 broken", "cannot be read"), (pdf_of([]), "without text")]
)
def test_a_pdf_without_text_is_refused(data, reason):
    pytest.importorskip("pypdf")
    with pytest.raises(SourceError, match=reason):
        read_pdf(data)


def test_without_pypdf_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("ingest.extract.pdf.can_read_pdf", lambda: False)
    with pytest.raises(SourceError, match=r"byline\[pdf\]"):
        read_pdf(pdf_of(LINES))
