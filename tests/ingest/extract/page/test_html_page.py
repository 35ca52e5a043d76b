import json

import pytest

from ingest.extract.article import extract
from ingest.extract.page.html_page import read_page
from rag.errors import SourceError
from rag.model import BlockKind, RawDocument

HEADLINE = "Harbour bridge opens after ten years"
BODY = (
    "The harbour bridge opened on Monday after ten years of work, and the first car across was a "
    "milk van from the islands.",
    "The toll is £4.50 a car, the harbour board said in a letter that was sent to every house on "
    "1 March 2019.",
    "“We have waited long enough,” said Ana Brook, who has sold fish on the quay since she was a "
    "girl of twelve.",
)
LINKED = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebSite", "name": "Not this"},
        {
            "@type": ["NewsArticle"],
            "headline": "Harbour bridge opens after ten years",
            "datePublished": "2019-03-24T08:00:00+01:00",
            "dateModified": "2019-03-25T09:30:00Z",
            "author": [{"@type": "Person", "name": "Jane Doe"}, {"name": "John Roe"}],
            "publisher": {"@type": "Organization", "name": "The Harbour Courier"},
        },
    ],
}


def page(head="", *, extra=""):
    paragraphs = "".join(f"<p>{text}</p>" for text in BODY)
    return (
        "<!doctype html><html><head><meta charset=utf-8>"
        f"<title>{HEADLINE} | The Harbour Courier</title>{head}</head><body>"
        "<nav><ul><li><a href=/>Home</a></li><li><a href=/sport>Sport</a></li></ul></nav>"
        f"<article><h1>{HEADLINE}</h1><figure><img src=a.jpg>"
        "<figcaption>The bridge in fog, seen from the quay.</figcaption></figure>"
        f"{paragraphs}<h2>Anger over the toll</h2>"
        f"<p>{BODY[0].replace('first', 'second')}</p>{extra}</article>"
        "<div class=comments><p>Great bridge, I love it very much!</p></div>"
        "<footer>© 2019 The Harbour Courier</footer></body></html>"
    )


def article_of(html):
    return extract(
        RawDocument(
            "web",
            "a.html",
            "a.html",
            "text/html",
            html if isinstance(html, bytes) else html.encode(),
        )
    )


def test_the_text_of_the_article_and_nothing_else():
    article = article_of(page(extra="<p>Follow us on Facebook</p>"))
    blocks = {article.text[block.start : block.end]: block.kind for block in article.blocks}
    blocks.pop("The bridge in fog, seen from the quay.", None)
    assert article.title == HEADLINE
    assert blocks == dict.fromkeys(
        (*BODY, BODY[0].replace("first", "second")), BlockKind.PARAGRAPH
    ) | {"Anger over the toll": BlockKind.HEADING}


def test_structured_data():
    article = article_of(page(f'<script type="application/ld+json">{json.dumps(LINKED)}</script>'))
    assert (str(article.published), str(article.updated)) == (
        "2019-03-24T07:00:00Z",
        "2019-03-25T09:30:00Z",
    )
    assert (article.author, article.publisher) == ("Jane Doe, John Roe", "The Harbour Courier")


def test_open_graph_and_the_canonical_link():
    article = article_of(
        page(
            '<meta property="article:published_time" content="2019-03-24T08:00:00Z">'
            '<meta property="article:modified_time" content="2019-03-25">'
            '<meta property="og:site_name" content="Courier &amp; Sons">'
            '<meta name="author" content="By Jane Doe">'
            '<link rel="canonical" href="https://www.courier.example/bridge">'
        )
    )
    assert (str(article.published), str(article.updated)) == ("2019-03-24T08:00:00Z", "2019-03-25")
    assert (article.author, article.publisher, article.url) == (
        "Jane Doe",
        "Courier & Sons",
        "https://www.courier.example/bridge",
    )


def test_a_stated_time_element_counts():
    article = article_of(
        page(extra='<time class="published" datetime="2019-03-24">24 March</time>')
    )
    assert str(article.published) == "2019-03-24"


def test_dates_in_text_and_address_do_not_count():
    article = article_of(
        page('<link rel="canonical" href="https://courier.example/2019/03/24/bridge">')
    )
    assert (article.published, article.updated) == (None, None)
    assert article.publisher == "courier.example"


def test_a_page_in_latin_1():
    html = page().replace("charset=utf-8", "charset=iso-8859-1").replace("“", '"').replace("”", '"')
    assert "£4.50" in article_of(html.encode("latin-1")).text


def test_a_short_page_is_read_too():
    article = article_of(
        "<html><body><nav>Home Sport</nav><h1>Bridge opens</h1>"
        "<p>The harbour bridge opened on Monday.</p></body></html>"
    )
    assert (article.title, article.text) == ("Bridge opens", "The harbour bridge opened on Monday.")


def test_a_fragment_is_read_too():
    assert (
        article_of("<p>The harbour <b>bridge</b> opened on Monday.").text
        == "The harbour bridge opened on Monday."
    )


@pytest.mark.parametrize(
    "html",
    [
        "<html><body></body></html>",
        "<html><head><title>Only a title</title></head>",
        "<html><body><script>var a = 'The bridge opened on Monday.';</script>",
        "<div><div><div><div",
        "<html><body><nav><a href=/>Home</a></nav></body></html>",
    ],
)
def test_a_page_without_text_is_refused(html):
    with pytest.raises(SourceError, match=r"^a\.html "):
        article_of(html)


def test_broken_structured_data_is_left_aside():
    article = article_of(
        page('<script type="application/ld+json">{"@type": "NewsArticle", </script>')
    )
    assert article.title == HEADLINE


def test_a_standfirst_that_is_also_the_summary_is_text_of_the_article():
    summary = "Islanders had asked for a bridge since the ferry went down."
    head = f'<meta name="description" content="{summary}">'
    html = page(head).replace("</h1>", f"</h1><p class=standfirst>{summary}</p>")
    found = article_of(html)
    assert summary in found.text
    first = found.blocks[0]
    assert (found.text[first.start : first.end], first.kind) == (summary, BlockKind.STANDFIRST)


@pytest.mark.parametrize("start", ["<!doctype html>", "<html lang=en><head>", "<html><body>"])
@pytest.mark.parametrize("outer", ["article", "main", "section"])
def test_tags_of_head_and_body_may_be_left_out(start, outer):
    page = read_page(
        f"{start}<meta charset=utf-8><title>Bridge opens</title><{outer}><h1>Bridge opens</h1>"
        "<p>The bridge at Varn opened on Monday after ten years of work on both banks.</p>"
        f"<p>The toll stays for all who cross it by car, the mayor said.</p></{outer}>".encode()
    )
    assert page.title == "Bridge opens"
    assert [line.text[:10] for line in page.lines][-2:] == ["The bridge", "The toll s"]
