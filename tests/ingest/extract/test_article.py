import contextlib
import json
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.extract.article import EXTRACTOR, extract
from rag.errors import SourceError
from rag.model import BlockKind, RawDocument

HEADLINE = "Harbour bridge opens after ten years"
BODY = (
    "The harbour bridge opened on Monday after ten years of work, and the first car across "
    "was a milk van from the islands.",
    "The toll is 4.50 a car, the harbour board said in a letter that was sent to every house "
    "on 1 March 2019.",
    "“We have waited long enough,” said Ana Brook, who has sold fish on the quay since she "
    "was a girl of twelve.",
)


def document(data, media_type="text/plain", *, key="a.txt"):
    data = data if isinstance(data, bytes) else data.encode()
    return RawDocument("papers", key, key, media_type, data)


def blocks(article):
    return [(block.kind, article.text[block.start : block.end]) for block in article.blocks]


def texts(article):
    return article.text.split("\n")


def test_a_plain_article():
    article = extract(document("\n\n".join([HEADLINE, *BODY])))
    assert article.title == HEADLINE
    assert texts(article) == list(BODY)
    assert (article.published, article.author, article.publisher, article.url) == (
        None,
        None,
        None,
        None,
    )
    assert (article.source, article.collection, article.extractor) == ("a.txt", "papers", EXTRACTOR)


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
@pytest.mark.parametrize(
    "head",
    [
        [HEADLINE, "The Skarn Courier", "4 March 2019", "By Dana Oke"],
        [HEADLINE, "4 March 2019", "The Skarn Courier", "By Dana Oke"],
        [HEADLINE, "By Dana Oke", "The Skarn Courier", "4 March 2019"],
        ["The Skarn Courier", "4 March 2019", HEADLINE, "By Dana Oke"],
    ],
)
def test_paper_date_and_byline_at_the_head_of_a_text(head, gap):
    article = extract(document("\n\n".join([gap.join(head), *BODY])))
    assert (article.title, article.author) == (HEADLINE, "Dana Oke")
    assert (article.publisher, str(article.published)) == ("The Skarn Courier", "2019-03-04")
    assert texts(article) == list(BODY)


@pytest.mark.parametrize("person", ["Dana Oke", "Dana Press"])
def test_a_person_above_a_date_is_no_paper(person):
    article = extract(document("\n\n".join([HEADLINE, person, "4 March 2019", *BODY])))
    assert (article.author, article.publisher) == (person, None)


@pytest.mark.parametrize("below", [["By Dana Oke", "4 March 2019"], ["4 March 2019"]])
def test_a_headline_that_ends_like_a_papers_name_is_the_title(below):
    headline = "Skarn Declares Itself Independent"
    article = extract(document("\n\n".join([headline, *below, *BODY])))
    assert (article.title, article.publisher) == (headline, None)


def test_a_papers_name_without_a_date_or_byline_stays():
    article = extract(document("\n\n".join([HEADLINE, "The Skarn Courier", *BODY])))
    assert (article.publisher, texts(article)[0]) == (None, "The Skarn Courier")


def test_a_page_that_was_pasted():
    standfirst = "The first car across was a milk van, and the last one home was the mayor’s"
    caption = "People walk over the new bridge on 4 March 2019."
    article = extract(
        document(
            "\n".join(
                [
                    f"{HEADLINE}https://en.courier.example/news/bridge",
                    HEADLINE.upper(),
                    standfirst,
                    "Jane Doe / AFP",
                    caption,
                    "By John Roe",
                    "Courier News Desk 24-03-2019",
                    f"‘{HEADLINE}’",
                    f"Newsdesk: {BODY[0]}",
                    "Anger over the toll",
                    *BODY[1:],
                    "Follow us on Facebook",
                    "",
                    "",
                    "Comments are closed.",
                ]
            )
        )
    )
    assert blocks(article) == [
        (BlockKind.STANDFIRST, standfirst),
        (BlockKind.CAPTION, caption),
        (BlockKind.PARAGRAPH, BODY[0]),
        (BlockKind.HEADING, "Anger over the toll"),
        (BlockKind.PARAGRAPH, BODY[1]),
        (BlockKind.PARAGRAPH, BODY[2]),
    ]
    assert article.title == HEADLINE
    assert article.url == "https://en.courier.example/news/bridge"
    assert article.source == "a.txt"
    assert (article.author, article.publisher, str(article.published)) == (
        "John Roe",
        "Courier News Desk",
        "2019-03-24",
    )


def test_a_link_alone_gives_address_and_publisher():
    article = extract(document("\n".join(["https://www.courier.example/a", HEADLINE, *BODY])))
    assert (article.title, article.url, article.publisher) == (
        HEADLINE,
        "https://www.courier.example/a",
        "courier.example",
    )


def test_a_link_inside_the_article_is_not_its_address():
    article = extract(
        document("\n".join([HEADLINE, *BODY, *BODY[:1] * 8, "https://other.example/b", BODY[0]]))
    )
    assert article.url is None


def test_without_a_headline_the_first_heading_is_the_title_and_stays():
    article = extract(document("\n".join([BODY[0], "Anger over the toll", *BODY[1:]])))
    assert article.title == "Anger over the toll"
    assert "Anger over the toll" in texts(article)


def test_without_any_heading_the_title_is_a_shortened_sentence():
    article = extract(document("\n".join(BODY)))
    assert article.title == (
        "The harbour bridge opened on Monday after ten years of work, and the first car "
        "across was a milk…"
    )
    assert texts(article) == list(BODY)


def test_dates_in_running_text_are_no_dates_of_the_article():
    article = extract(
        document(
            "\n".join(
                [
                    HEADLINE,
                    "The board met on 1 March 2019 to settle the toll for the bridge.",
                    *BODY,
                ]
            )
        )
    )
    assert article.published is None


def test_the_headline_is_left_out_wherever_it_is_repeated():
    article = extract(document("\n".join([HEADLINE, *BODY, HEADLINE + "!"])))
    assert texts(article) == list(BODY)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n\r\n ", "empty"),
        (b"\x89PNG\r\n\0\0\0\1\2", "binary"),
        (b"Follow us on Facebook\nPost a Comment", "no text left"),
        (b"Just three words", "not an article"),
        (b"One\nTwo\nThree\nFour\nFive\nSix\nSeven", "no sentence"),
        (b"word " * 1_000_100, "words"),
        (b"a b\n" * 1_200_000, "words"),
        (b"The bridge opened on Monday at last. " * 20_000, "repeats itself"),
    ],
)
def test_what_is_no_article_is_refused_with_a_reason(data, reason):
    with pytest.raises(SourceError, match=reason) as caught:
        extract(document(data, key="odd.txt"))
    assert str(caught.value).startswith("odd.txt ")


def test_version_follows_what_is_said_and_id_where_it_came_from():
    one = extract(document("\n".join([HEADLINE, *BODY])))
    same = extract(
        document("\r\n\r\n".join([HEADLINE, *BODY]) + "\r\nPost a Comment\r\n", key="b.txt")
    )
    other = extract(document("\n".join([HEADLINE, BODY[0].replace("ten", "eleven"), *BODY[1:]])))
    assert one.article_id == other.article_id != same.article_id
    assert one.version == same.version != other.version


WORDS = st.lists(
    st.sampled_from("the bridge harbour board opened toll ferry café 1,200 in of and".split()),
    min_size=12,
    max_size=40,
)
SENTENCES = st.lists(
    WORDS.map(lambda words: "The " + " ".join(words) + "."), min_size=2, max_size=6
)


@settings(deadline=None)
@given(SENTENCES)
def test_clean_paragraphs_come_through_unchanged_and_again(sentences):
    first = extract(document("\n\n".join([HEADLINE, *sentences])))
    assert texts(first) == sentences
    again = extract(document(f"{first.title}\n{first.text}"))
    assert (again.text, again.title, again.version) == (first.text, first.title, first.version)


MEDIA_TYPES = ("text/plain", "text/markdown", "text/html", "application/json", "application/pdf")


def _laws(article):
    assert "\n\n" not in article.text
    assert "  " not in article.text
    assert unicodedata.is_normalized("NFC", article.text)
    assert article.title
    for kind, text in blocks(article):
        assert text == text.strip()
        assert kind in BlockKind


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from(MEDIA_TYPES))
def test_bytes_become_an_article_or_a_reason(data, media_type):
    with contextlib.suppress(SourceError):
        _laws(extract(document(data, media_type)))


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *BODY,
                HEADLINE,
                "\n",
                "\n\n",
                "---",
                "# ",
                "- ",
                "<p>",
                "</p>",
                "<h1>",
                "<!--",
                "-->",
                "**",
                "[a](b)",
                "```",
                "By Jane Doe",
                "©",
                "\ufeff",
                "\u200d",
            ]
        ),
        st.text(max_size=20),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(
    PIECES,
    st.sampled_from(("text/plain", "text/markdown", "text/html")),
    st.sampled_from(["", "\n"]),
)
def test_text_becomes_an_article_or_a_reason(pieces, media_type, glue):
    with contextlib.suppress(SourceError):
        _laws(extract(document(glue.join(pieces).encode("utf-8", "replace"), media_type)))


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(BODY),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "main", "x"]), inner, max_size=2)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["text", "Title", "url", "authors", "source", "published", "updated", "body"]
        ),
        JSON_VALUES,
    )
)
def test_rows_become_an_article_or_a_reason(fields):
    with contextlib.suppress(SourceError):
        _laws(extract(document(json.dumps(fields), "application/json")))


@pytest.mark.parametrize(
    "piece",
    ["a", "a ", "**", "[", "<!--", "<", "![", "> ", "\u200d", "(", "- ", "1 ", "https://", "A. "],
)
@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown"])
def test_a_megabyte_on_one_line_does_not_hang(piece, media_type):
    started = time.process_time()
    with contextlib.suppress(SourceError):
        extract(document(piece * (500_000 // len(piece)), media_type))
    assert time.process_time() - started < 5


def test_character_references_that_an_export_left_in_a_text_are_characters():
    data = "&#163;1.8m fine for M&amp;S\n\nThe caf&eacute; near AT&T paid &#163;2. It closed.\n"
    article = extract(document(data))
    assert article.title == "£1.8m fine for M&S"
    assert "The café near AT&T paid £2." in article.text
