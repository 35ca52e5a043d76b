"""Reads what a page states of its article: address, title, authors, publisher, standfirst."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from ingest.clean.characters import one_line
from ingest.extract.addresses import host_of, web_address
from ingest.extract.page.blocks import TextBlock
from ingest.extract.page.region import Region, is_aside
from ingest.extract.page.structured_data import Node, StructuredData, text_of

_TITLE_META = ("og:title", "twitter:title", "dc.title", "dcterms.title", "parsely-title")
_SITE_META = (
    "og:site_name",
    "application-name",
    "dc.publisher",
    "dcterms.publisher",
    "citation_journal_title",
    "citation_publisher",
    "publisher",
    "apple-mobile-web-app-title",
)
_AUTHOR_META = (
    "author",
    "article:author",
    "article:author_name",
    "article.author",
    "og:article:author",
    "authors",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
    "cxenseparse:author",
    "rbauthors",
    "byl",
    "citation_author",
    "twitter:data1",
)
# Hosts of many publishers, whose own name says nothing.
_PLATFORM = re.compile(r"medium\.com|blogspot|wordpress\.com|tumblr|substack|typepad|wixsite")
_SUMMARY_META = ("og:description", "description", "twitter:description")
_SEPARATOR = re.compile(r"\s+[|–—·•»«:‹›*/~-]+\s+|\s*[|»]\s*|:\s+|\s+::\s+")
_BY = re.compile(
    r"(?:^|(?<=\s))(?:by|von|por|par|door|av|di|autor(?:in)?|author|written by|text|words)\s*:?\s+"
    r"(?=[^\W\d_])|^(?:author|autor(?:in)?|auteur|autore)s?\s*:\s*",
    re.IGNORECASE,
)
_AUTHOR_CLASS = re.compile(r"author|byline|writer|contributor|creator|reporter", re.IGNORECASE)
_AUTHOR_LINK = re.compile(
    r"/(?:authors?|autor(?:es)?|auteurs?|autoren|by|writers?|contributors?|journalists?|reporters?"
    r"|columnists?|staff|people|profiles?|newsteam)/[^/?#]+",
    re.IGNORECASE,
)
_NOT_NAMES = re.compile(
    r"@|\d{2}|^\d|^(?:ph\.?d|m\.?d|r\.?d|rn|mba|esq|jr|sr)\.?$|\b(?:admin|administrator|webmaster|redaktion|follow|share|comments?"
    r"|posts?|view|more|about|contact|published|updated|posted|min(?:ute)?s?|hours?|ago|by|read"
    r"|subscribe|photo|image)\b",
    re.IGNORECASE,
)
_NAME_LIST = re.compile(
    r"\s*[,;|/•·]\s*(?:and\s+|&\s*)?|\s+(?:and|und|et|y|&|con)\s+|\s+-\s+|\s+on\s+(?=\w+ \d|\d)",
    re.IGNORECASE,
)
_FOR_OUTLET = re.compile(r"\s+(?:for|in|at|of|special to) (?:the )?[A-Z].*$", re.IGNORECASE)
_LONGEST_BYLINE, _FEW_CHILDREN, _BELOW = 150, 4, 4
_LONGEST_NAME, _MOST_WORDS = 60, 5
_SHORT_TITLE, _LONGEST_TITLE = 8, 400
_MOST_HEADINGS, _MOST_TOPS = 300, 20
_MOST_WORDS_OF_SITE = 6


def read_meta(tree: HtmlElement) -> dict[str, str]:
    """Reads meta tags by lower-case name; of several with one name the first counts."""
    found: dict[str, str] = {}
    for node in tree.iter("meta"):
        name = node.get("property") or node.get("name") or node.get("itemprop")
        content = plain(node.get("content"))
        if name and content:
            found.setdefault(name.lower().strip(), content)
    return found


def plain(text: str | None) -> str:
    """Returns a stated text on one line; some sites escape it twice."""
    return one_line(html.unescape(text)) if text else ""


def address_of(tree: HtmlElement, meta: Mapping[str, str], data: StructuredData) -> str | None:
    """Finds the page's own address: canonical link, og:url, or JSON-LD."""
    canonical = [
        node.get("href")
        for node in tree.iter("link")
        if (node.get("rel") or "").lower() == "canonical"
    ]
    pages = [node.get("url") for node in data.nodes if "url" in node and len(data.nodes) == 1]
    found = (*canonical, meta.get("og:url"), meta.get("al:web:url"), *pages)
    return next((address for item in found if (address := web_address(item))), None)


def site_names(
    meta: Mapping[str, str], data: StructuredData, article: Node, url: str | None
) -> list[str]:
    """Lists the names that the page gives its site; those that agree with its host come first."""
    stated = [
        *data.names(article.get("publisher"))[:1],
        *(meta[name] for name in _SITE_META if name in meta),
        *(
            name
            for node in data.nodes
            if node.get("@type") in ("WebSite", "Organization", "NewsMediaOrganization")
            for name in data.names(node.get("name"))
        ),
    ]
    # Some pages name their story where the name of the site should stand.
    short = (name for name in stated if len(name.split()) <= _MOST_WORDS_OF_SITE)
    names = [host_of(name) if web_address(name) else name for name in short]
    host = host_of(url)
    label = _squeeze((host or "").split(".")[0])
    if label and not _PLATFORM.search(host or ""):
        names.sort(key=lambda name: label not in _squeeze(name or ""))
    return list(dict.fromkeys(name for name in (*names, host) if name))


@dataclass(frozen=True, slots=True)
class Titles:
    """All texts by which a page calls its article: headings, meta tags, <title>."""

    tops: Sequence[str]
    headings: Sequence[str]
    cards: Sequence[str | None]
    title: str | None

    @property
    def all(self) -> list[str]:
        return [text for text in (*self.tops, *self.cards, self.title) if text]


def read_titles(tree: HtmlElement, meta: Mapping[str, str]) -> Titles:
    """Reads headings, meta tags and the <title> of a page."""
    nodes = islice(tree.iter("h1", "h2", "h3"), _MOST_HEADINGS)
    headings = [(node.tag, heading_text(node)) for node in nodes]
    titles = (plain(node.text_content()) for node in tree.iter("title"))
    cards = [meta.get(name) for name in _TITLE_META]
    title = next(filter(_is_title, titles), None)
    return Titles(
        [text for tag, text in headings if tag == "h1" and _is_title(text)][:_MOST_TOPS],
        [text for _, text in headings if _is_title(text)],
        [text if text and _is_title(text) else None for text in cards],
        title,
    )


def _is_title(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_TITLE


def headlines(titles: Titles, article: Node, sites: Sequence[str]) -> list[str]:
    """Lists the wordings of the headline, best first, without the name of the site.

    The places that state a headline vote; a heading that another place repeats counts much,
    because it is what readers see.
    """
    stated = (text_of(article.get("headline")) or "")[:_LONGEST_TITLE]
    whole = " ".join(_squeeze(text) for text in (stated, *titles.cards, titles.title) if text)
    repeated = [
        text
        for text in titles.headings
        if len(_squeeze(text)) >= _SHORT_TITLE and _squeeze(text) in whole
    ]
    votes: dict[str, float] = {}
    wordings: dict[str, str] = {}
    for weight, text in (
        (1.0, stated),
        *zip((1.2, 0.1, 0.1, 0.1, 0.1), titles.cards, strict=True),
        (0.8, _longest(repeated, whole)),
        (0.2, titles.title),
        *((0.3 if len(titles.tops) == 1 else 0.05, top) for top in titles.tops),
    ):
        cut = without_site(text, sites, titles.tops) if text else ""
        if cut and not _names_site(cut, sites):
            votes[_squeeze(cut)] = votes.get(_squeeze(cut), 0) + weight
            wordings.setdefault(_squeeze(cut), cut)
    return [wordings[key] for key in sorted(votes, key=lambda key: -votes[key])]


def _longest(headings: Sequence[str], whole: str) -> str | None:
    """Returns the longest heading; of two, the one that is stated first."""
    return max(headings, key=lambda text: (len(text), -whole.find(_squeeze(text))), default=None)


def heading_text(node: HtmlElement) -> str:
    """Reads a heading; parts on lines or in boxes of their own do not stick together."""
    # A sign at the end links to the heading itself.
    return one_line("".join(_text_with_breaks(node))).rstrip("¶#§ ")


def _text_with_breaks(node: HtmlElement) -> Iterator[str]:
    if not isinstance(node.tag, str) or node.tag in ("script", "style", "svg"):
        return
    yield node.text or ""
    for child in node:
        inner = "".join(_text_with_breaks(child))
        is_box = child.tag in ("br", "p", "div", "small", "h2")
        yield f" {inner} " if is_box else inner
        # <span>Kicker</span><span>Headline</span>: shown apart by style alone.
        if child.tag == "span" and not child.tail and inner[-1:].islower():
            following = child.getnext()
            if following is not None and following.text_content()[:1].isupper():
                yield " "
        yield child.tail or ""


def without_site(title: str, sites: Sequence[str], tops: Sequence[str]) -> str:
    """Cuts the site's name off either end of a title.

    >>> without_site("Pier to be rebuilt | Quay Courier", ["Quay Courier"], [])
    'Pier to be rebuilt'
    """
    if len(title) > _LONGEST_TITLE or any(_squeeze(title) == _squeeze(top) for top in tops):
        return title
    # What the page shows as headline is the title; what is added around it is the site's.
    inner = [top for top in tops if len(title) > len(top) > 15]
    for top in inner:
        if title.startswith(top) and _SEPARATOR.match(title, len(top)):
            return top
    for top in inner:
        if title.endswith(top) and _SEPARATOR.search(title, 0, len(title) - len(top)):
            return top
    cuts = list(_SEPARATOR.finditer(title))
    for cut in reversed(cuts):
        if cut[0].strip() != ":" and _names_site(title[cut.end() :], sites):
            return without_site(title[: cut.start()], sites, tops)
    for cut in cuts:
        if _names_site(title[: cut.start()], sites):
            return without_site(title[cut.end() :], sites, tops)
    return title


def standfirst_of(meta: Mapping[str, str], article: Node) -> str | None:
    """Reads the summary that the page states."""
    return text_of(article.get("description")) or next(
        (meta[name] for name in _SUMMARY_META if name in meta), None
    )


def authors_of(
    meta: Mapping[str, str],
    data: StructuredData,
    article: Node,
    region: Region,
    blocks: Sequence[TextBlock],
) -> str | None:
    """Reads the authors: JSON-LD, meta tags, or elements of the article's region."""
    sources: tuple[Callable[[], Iterable[str]], ...] = (
        lambda: data.names(article.get("author") or article.get("creator")),
        lambda: (meta[name] for name in _AUTHOR_META if name in meta),
        lambda: _shown_authors(region, blocks),
        lambda: _only_person(data),
    )
    for source in sources:
        names = [name for text in source() for name in _names_in(text)]
        if names:
            return ", ".join(dict.fromkeys(names))
    return None


def _only_person(data: StructuredData) -> list[str]:
    people = [node for node in data.nodes if "Person" in str(node.get("@type"))]
    return data.names(people[0].get("name")) if len(people) == 1 else []


class _Byline(NamedTuple):
    """The text of an element that names an author; rank 0 is the most certain."""

    rank: int
    text: str


def _shown_authors(region: Region, blocks: Sequence[TextBlock]) -> list[str]:
    """Lists the best texts that name the author, from the article's region."""
    first = blocks[0].element if blocks else None
    found: list[_Byline] = []
    rank_below = 0
    for node in region.root.iter("*"):
        rank_below = rank_below or (_BELOW if node is first else 0)
        rank = _author_rank(node)
        if rank is None or is_aside(node, region):
            continue
        text = one_line(node.text_content())
        if text and len(text) <= _LONGEST_BYLINE and any(_names_in(text)):
            found.append(_Byline(rank + (rank_below if rank else 0), text))
    best = min((byline.rank for byline in found), default=0)
    return list(dict.fromkeys(byline.text for byline in found if byline.rank == best))


def _author_rank(node: HtmlElement) -> int | None:
    if node.get("rel") == "author" or "author" in (node.get("itemprop") or ""):
        return 0
    if node.tag == "a" and _AUTHOR_LINK.search(node.get("href") or ""):
        return 1
    marks = f"{node.get('class') or ''} {node.get('data-testid') or ''} {node.get('id') or ''}"
    if node.tag == "address" or _AUTHOR_CLASS.search(marks):
        return 2
    # A short line of its own, "By Mara Holt".
    text = (node.text_content() if len(node) < _FEW_CHILDREN else "").strip()
    return 3 if len(text) <= _LONGEST_NAME and _BY.match(text) else None


def _names_in(text: str) -> Iterator[str]:
    text = plain(text)
    if text.startswith(("http:", "https:", "www.", "@", "/")):
        return
    by = _BY.search(text)
    for part in _NAME_LIST.split(text[by.end() :] if by else text):
        name = _FOR_OUTLET.sub("", _BY.sub("", part)).strip(" ,.-–—:()")
        if (
            name
            and len(name) <= _LONGEST_NAME
            and len(name.split()) <= _MOST_WORDS
            and not (name.islower() and " " in name)
            and not _NOT_NAMES.search(name)
        ):
            yield name


def _names_site(text: str, sites: Iterable[str]) -> bool:
    """Tells whether a text is the name of the site, or of its host ("Quay Courier")."""
    squeezed = _squeeze(text)
    if not squeezed:
        return True
    for site in sites:
        name = _squeeze(site)
        if squeezed == name or squeezed == name.removeprefix("the"):
            return True
        if (
            "." in site
            and " " not in site
            and squeezed in (_squeeze(label) for label in site.split(".")[:-1])
        ):
            return True
    return False


def _squeeze(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
