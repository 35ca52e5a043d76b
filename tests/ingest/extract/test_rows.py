import json

import pytest

from ingest.extract.article import extract
from rag.errors import SourceError
from rag.model import RawDocument

TEXT = (
    "The harbour bridge opened on Monday after ten years of work.\n\nThe toll is 4.50 a car, the "
    "harbour board said."
)


def article_of(**fields):
    data = json.dumps({"text": TEXT, "title": "Bridge opens"} | fields).encode()
    return extract(RawDocument("papers", "a.jsonl#1", "a.jsonl#1", "application/json", data))


def test_the_usual_names():
    article = article_of(
        url="https://www.courier.example/bridge",
        published="2019/03/24",
        updated_at="2019-03-25T10:00:00Z",
        authors=["Jane Doe", "John Roe"],
    )
    assert article.text == TEXT.replace("\n\n", "\n")
    assert (article.url, article.publisher) == (
        "https://www.courier.example/bridge",
        "courier.example",
    )
    assert (str(article.published), str(article.updated)) == ("2019-03-24", "2019-03-25T10:00:00Z")
    assert article.author == "Jane Doe, John Roe"


@pytest.mark.parametrize(
    ("fields", "attribute", "expected"),
    [
        ({"Date-Published": "24 March 2019"}, "published", "2019-03-24"),
        ({"pub_date": 1553385600}, "published", "2019-03-24T00:00:00Z"),
        ({"date": "soon"}, "published", "None"),
        ({"published": "", "date": "2019-03-24"}, "published", "2019-03-24"),
        ({"author": [{"name": "Jane Doe"}]}, "author", "Jane Doe"),
        ({"byline": "By Jane Doe"}, "author", "Jane Doe"),
        ({"authors": "['Jane Doe', 'John Roe']"}, "author", "Jane Doe, John Roe"),
        ({"author": "nan"}, "author", "None"),
        ({"source": {"id": None, "name": "The Courier"}}, "publisher", "The Courier"),
        ({"site": "https://www.courier.example/"}, "publisher", "courier.example"),
        ({"domain": "www.courier.example"}, "publisher", "courier.example"),
        ({"title": "Bridge &amp; toll"}, "title", "Bridge & toll"),
        ({"title": None, "Headline": "Bridge opens again"}, "title", "Bridge opens again"),
        ({"url": "not an address"}, "url", "None"),
    ],
)
def test_fields(fields, attribute, expected):
    assert str(getattr(article_of(**fields), attribute)) == expected


def test_html_in_the_text_is_read_as_html():
    article = article_of(
        text=(
            "<p>The harbour bridge<br/>opened on <b>Monday</b> &amp; was "
            "full.</p><script>n()</script><h2>Toll</h2><p>It is 4.50.</p>"
        )
    )
    assert article.text == "The harbour bridge\nopened on Monday & was full.\nToll\nIt is 4.50."


def test_a_list_of_paragraphs():
    assert article_of(text=None, body=TEXT.split("\n\n")).text == TEXT.replace("\n\n", "\n")


@pytest.mark.parametrize(
    "fields", [{"text": None, "summary": TEXT}, {"text": " "}, {"text": True}, {"text": "nan"}]
)
def test_without_text_it_is_refused(fields):
    with pytest.raises(SourceError, match="has no text: its fields are"):
        article_of(**fields)


@pytest.mark.parametrize("data", [b"[1]", b"nothing", b"[" * 100_000, b'{"text": '])
def test_what_is_no_object_is_refused(data):
    with pytest.raises(SourceError, match=r"a\.jsonl#1 is not"):
        extract(RawDocument("papers", "a.jsonl#1", "a.jsonl#1", "application/json", data))
