"""Citations: dates as exact as known, nothing that LaTeX or a link would act on."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.app.cite import bibtex, citation, csl_json, fragment_link
from rag.model import PartialDate, Quote

URL = "https://ledger.example/fennmouth"
PORT = "Tarrant took over in July from Ruth Ellery."


def quote(
    text: str = PORT, *, published: str | None = "2024-09-09T11:05:00Z", **more: object
) -> Quote:
    known = {
        "source": "wire.jsonl#1",
        "title": "Dockers shut port",
        "publisher": "Northern Ledger",
        "url": URL,
    } | more
    parsed = None if published is None else PartialDate.parse(published)
    return Quote(
        "0123456789abcdef", "v1", start=5, end=5 + len(text), text=text, published=parsed, **known
    )  # type: ignore[arg-type]


def test_a_citation_names_everything_on_one_line() -> None:
    assert (
        citation(quote(published="2024-09-09"))
        == f'“{PORT}” Northern Ledger, "Dockers shut port", 9 September 2024, {URL}'
    )


def test_a_citation_without_link_names_the_source() -> None:
    cited = citation(quote("One.\nTwo.", published=None, publisher=None, url="javascript:alert(1)"))
    assert cited == '“One. Two.” "Dockers shut port", date unknown, wire.jsonl#1'


# ---------------------------------------------------------------- BibTeX


def test_an_entry_of_an_article_with_a_link() -> None:
    assert bibtex(quote()) == (
        "@online{northernledger2024dockers,\n"
        "  title = {Dockers shut port},\n"
        "  organization = {Northern Ledger},\n"
        "  date = {2024-09-09},\n"
        f"  url = {{{URL}}},\n"
        f"  annotation = {{{PORT}}},\n"
        "}\n"
    )


def test_an_entry_of_an_article_without_a_link_says_where_it_was() -> None:
    plain = bibtex(quote(url=None, published="2024-09"))
    assert plain.startswith("@article{northernledger2024dockers,\n")
    for line in (
        "  journaltitle = {Northern Ledger},",
        "  date = {2024-09},",
        r"  note = {wire.jsonl\#1},",
    ):
        assert line in plain.splitlines()
    assert bibtex(quote(url=None, publisher=None)).startswith("@misc{2024dockers,\n")


@pytest.mark.parametrize(
    ("published", "known"), [("2024", "2024"), ("0987-10", "0987-10"), ("2024-10-02", "2024-10-02")]
)
def test_an_entry_is_dated_as_exactly_as_is_known(published: str, known: str) -> None:
    assert f"date = {{{known}}}" in bibtex(quote(published=published))


def test_an_unknown_date_has_no_field() -> None:
    assert "date" not in bibtex(quote(published=None))


def test_everything_that_latex_acts_on_is_escaped() -> None:
    assert (
        r"title = {50\% \& \$5 \_a \#1 \textasciitilde{}x \textasciicircum{}2 "
        r"\textbackslash{}input\textbraceleft{}f\textbraceright{}}"
        in bibtex(quote(title="50% & $5 _a #1 ~x ^2 \\input{f}"))
    )


@given(st.text(min_size=1, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_text_breaks_an_entry(words: str, title: str, publisher: str) -> None:
    """Braces stay paired, in the order in which BibTeX counts them, on their own lines."""
    plain = bibtex(quote(words, title=title, publisher=publisher, url=f"{URL}?{{a}}|^`"))
    depth = 0
    for char in plain.rstrip("\n")[:-1]:
        depth += {"{": 1, "}": -1}.get(char, 0)
        assert depth >= 1 or char in "@onlie"
    assert depth == 1
    assert re.fullmatch(r"@online\{[a-z0-9]+,\n(  [a-z]+ = \{.*\},\n)+\}\n", plain)
    # What is left of the text once the escapes are gone holds no command.
    fields = re.sub(r"\\text[a-z]+\{\}|\\[$&#_%]", "", re.sub(r"  url = .*", "", plain))
    assert not set("\\$&#_%~^") & set(fields)


@pytest.mark.parametrize(
    ("title", "publisher", "key"),
    [
        ("«Été» à Paris", "L'Écho", "lecho2024ete"),
        ("Ελλάδα", None, "202401234567"),
        ("— 5 dead", "BBC", "bbc20245"),
    ],
)
def test_keys_are_plain_letters_and_digits(title: str, publisher: str | None, key: str) -> None:
    assert bibtex(quote(title=title, publisher=publisher)).startswith(f"@online{{{key},")


# ---------------------------------------------------------------- CSL


def test_csl_of_an_article_with_everything_known() -> None:
    assert csl_json(quote()) == {
        "id": "northernledger2024dockers",
        "type": "article-newspaper",
        "title": "Dockers shut port",
        "annote": PORT,
        "container-title": "Northern Ledger",
        "issued": {"date-parts": [[2024, 9, 9]]},
        "URL": URL,
    }


def test_csl_has_no_field_for_what_is_unknown() -> None:
    item = csl_json(quote(published=None, publisher=None, url="file:///etc/passwd"))
    assert item.keys() == {"id", "type", "title", "annote", "archive_location"}
    assert csl_json(quote(published="2024-10"))["issued"] == {"date-parts": [[2024, 10]]}
    assert json.loads(json.dumps(item)) == item


# ---------------------------------------------------------------- the words on the page


def terms(link: str | None) -> list[str]:
    assert link is not None
    return [unquote(term) for term in link.partition(":~:text=")[2].split(",")]


def test_a_link_to_the_words_encodes_what_the_directive_would_read() -> None:
    link = fragment_link(quote('A half-hour, "so & so" – 5%'))
    assert link == f"{URL}#:~:text=A%20half%2Dhour%2C%20%22so%20%26%20so%22%20%E2%80%93%205%25"


@pytest.mark.parametrize(
    ("url", "before"),
    [
        (f"{URL}?a=b#part-2", f"{URL}?a=b#part-2"),
        (f"{URL}#part:~:text=old", f"{URL}#part"),
        (f"{URL}#", f"{URL}#"),
        (URL, f"{URL}#"),
    ],
)
def test_a_fragment_is_kept_before_the_directive(url: str, before: str) -> None:
    assert fragment_link(quote("Words", url=url)) == f"{before}:~:text=Words"


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "file:///x",
        "//x.example/y",
        "https://",
        "http://x.example/a b",
        "data:,x",
    ],
)
def test_without_a_web_link_there_is_none_to_the_words(url: str | None) -> None:
    assert fragment_link(quote(url=url)) is None


def test_long_words_are_named_by_beginning_and_end() -> None:
    text = " ".join(f"word{i}" for i in range(80))
    assert terms(fragment_link(quote(text))) == [
        " ".join(f"word{i}" for i in range(6)),
        " ".join(f"word{i}" for i in range(74, 80)),
    ]
    assert terms(fragment_link(quote("short words"))) == ["short words"]
    assert terms(fragment_link(quote("x" * 400))) == ["x" * 400]


def test_words_of_two_lines_are_named_by_words_of_one_line_each() -> None:
    text = "The port is shut.\nIt will open again on Monday, the mayor told us."
    assert terms(fragment_link(quote(text))) == [
        "The port is shut.",
        "on Monday, the mayor told us.",
    ]


@given(st.text(min_size=1, max_size=500))
def test_a_link_to_any_words_is_one_web_link_that_names_words_of_the_text(text: str) -> None:
    link = fragment_link(quote(text))
    assert link is not None
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "ledger.example", "/fennmouth")
    assert re.fullmatch(r":~:text=[A-Za-z0-9%_.~]*(,[A-Za-z0-9%_.~]+)?", parts.fragment)
    assert all(term.replace("\ufffd", "") in text.replace("\ufffd", "") for term in terms(link))
