import pytest

from ingest.extract.article import extract
from ingest.extract.columns import in_columns
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


LEFT = (
    "The harbour bridge opened on Monday",
    "after ten years of work, the coun-",
    "cil said. The toll is 4.50 a car, and",
    "lorries pay four times as much as a",
    "car does.",
)
RIGHT = (
    "Ferry fares on the line to the island",
    "rise by eight percent in June, the",
    "operator said on Tuesday. A single",
    "ticket will cost 14 crowns, a well-",
    "known number. It was known before.",
)


def two_columns(rows):
    """A PDF whose lines stand in two columns, drawn in the order of `rows`."""
    shown = "".join(f"1 0 0 1 {x} {y} Tm ({line}) Tj " for x, y, line in rows)
    return (
        pdf_of(())
        .replace(b"72 720 Td ", b"")
        .replace(b"BT /F1 12 Tf  ET", f"BT /F1 9 Tf {shown} ET".encode())
    )


@pytest.mark.parametrize("is_row_by_row", [True, False])
def test_columns_are_read_one_after_the_other(is_row_by_row):
    pytest.importorskip("pypdf")
    rows = [
        (x, 700 - 14 * number, line)
        for x, lines in ((50, LEFT), (320, RIGHT))
        for number, line in enumerate(lines)
    ]
    if is_row_by_row:
        rows.sort(key=lambda row: -row[1])
    lines = read_pdf(two_columns(rows))
    assert "of work, the council\nsaid. The toll" in lines  # a joined word does not lengthen a line
    text = " ".join(lines.split())
    assert "Monday after ten years of work, the council said." in text
    assert "A single ticket will cost 14 crowns, a well-known number." in text


def test_three_columns_below_a_line_across_all():
    layout = """
Rain keeps the islands cut off for the third day in a row, ferries say
The council has met on  Ferry fares on the      Engineers found that
Monday for a talk that  line to the island      all of the piles are
went on until midnight  rise by eight percent   rotten, the council
and agreed on nothing.  in June of next year.   was told on Monday."""
    read = in_columns(layout, layout)
    assert " ".join(read.split()) == (
        "Rain keeps the islands cut off for the third day in a row, ferries say "
        "The council has met on Monday for a talk that went on until midnight and agreed on "
        "nothing. Ferry fares on the line to the island rise by eight percent in June of next "
        "year. Engineers found that all of the piles are rotten, the council was told on Monday."
    )


def test_a_table_is_read_row_by_row():
    table = "\n".join(f"Ward {n}        {n * 210} votes" for n in range(1, 9))
    assert in_columns(table, " ".join(table.split())) is None


@pytest.mark.parametrize("text", ["", "\n\n", "One line.", "a  b\n" * 3])
def test_what_has_no_columns(text):
    assert in_columns(text, text) is None
