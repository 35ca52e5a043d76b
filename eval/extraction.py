"""Scores article extraction on real pages with gold text, title, authors, date and publisher.

Byline and bare trafilatura read the same pages in one run, one after the other. A field without
gold is not scored; README.md beside the pages says where each set's gold comes from.
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ingest.extract.article import extract
from rag.errors import SourceError, UsageError
from rag.model import RawDocument

_LOST_WORDS = 8
_SHINGLE = 4
_QUOTES = str.maketrans("‘’‚‛“”„‟–—−", "''''\"\"\"\"---")
_SITE_SUFFIX = re.compile(r"\s*[-|:·•»]\s|\s\[[^\[\]]+\]$")
_HOST = re.compile(r"[\w.-]+\.[a-z]{2,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a set: its bytes and its gold record."""

    id: str
    set: str
    data: bytes
    gold: Mapping[str, Any]

    @property
    def half(self) -> str:
        """The half of the pages that this one is in; failures are read in the even half only."""
        return "odd" if int(sha256(self.id.encode()).hexdigest(), 16) % 2 else "even"


class Extracted(NamedTuple):
    """What a system made of a page; `refused` is the reason if it took it for no article."""

    seconds: float
    text: str = ""
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    publisher: str | None = None
    refused: str | None = None


System = Callable[[bytes], Extracted]


class Scored(NamedTuple):
    """A page, what a system made of it, and its scores; a score is None if there is no gold."""

    page: Page
    found: Extracted
    f1: float | None
    lost: tuple[str, ...]
    title: bool | None
    authors: float | None
    published: bool | None
    publisher: bool | None
    kept: float | None
    left_out: float | None


# ---------------------------------------------------------------- pages


def load_pages(folder: Path, sets: Sequence[str] = ()) -> Iterator[Page]:
    """Reads the pages of a folder of sets: `<set>.jsonl` and the files that it names.

    :raises UsageError: if there is no set in the folder.
    """
    tables = sorted(folder.glob("*.jsonl"))
    if not tables:
        raise UsageError(f"there are no sets of pages in {folder}", hint="give --pages FOLDER")
    for table in tables:
        if sets and table.stem not in sets:
            continue
        for line in table.read_text(encoding="utf-8").splitlines():
            gold = json.loads(line)
            data = gzip.decompress((folder / gold["file"]).read_bytes())
            yield Page(gold["id"], table.stem, data, gold)


# ---------------------------------------------------------------- systems


def byline(data: bytes) -> Extracted:
    """Extracts a page as `byline ingest` does with a file."""
    started = perf_counter()
    document = RawDocument("pages", "page.html", "page.html", "text/html", data)
    try:
        article = extract(document)
    except SourceError as error:
        return Extracted(perf_counter() - started, refused=error.message)
    seconds = perf_counter() - started
    return Extracted(
        seconds,
        article.text,
        article.title,
        tuple(_names(article.author)),
        str(article.published)[:10] if article.published else None,
        article.publisher,
    )


def trafilatura(data: bytes) -> Extracted:
    """Extracts a page with bare trafilatura and its metadata, comments left out."""
    from trafilatura import bare_extraction

    started = perf_counter()
    found = bare_extraction(data, include_comments=False, with_metadata=True)
    seconds = perf_counter() - started
    if found is None or isinstance(found, dict):
        return Extracted(seconds, refused="no text")
    return Extracted(
        seconds,
        found.text or "",
        found.title,
        tuple(_names(found.author)),
        found.date,
        found.sitename or found.hostname,
    )


SYSTEMS: Mapping[str, System] = {"Byline": byline, "trafilatura": trafilatura}


def _names(author: str | None) -> list[str]:
    return [name for part in re.split(r"[;,]| and | & ", author or "") if (name := part.strip())]


# ---------------------------------------------------------------- scores


def score(page: Page, found: Extracted) -> Scored:
    """Scores what a system made of a page, field by field."""
    gold = page.gold
    words = tokens(found.text)
    texts = _gold_texts(gold)
    return Scored(
        page,
        found,
        max(token_f1(words, tokens(text)) for text in texts) if texts else None,
        lost_runs(tokens(texts[0]), words) if texts else (),
        _same_title(gold["title"], found.title) if gold.get("title") else None,
        _names_f1(gold["authors"], found.authors) if gold.get("authors") else None,
        found.published == gold["published"][:10] if gold.get("published") else None,
        _same_publisher(gold, found.publisher) if _is_name(gold) else None,
        _share_of(_snippets(gold), found.text),
        None
        if (share := _share_of(gold.get("without") or (), found.text)) is None
        else 1.0 - share,
    )


def tokens(text: str) -> list[str]:
    """Splits a text into lower-case words, without punctuation."""
    return re.findall(r"\w+", text.lower())


def token_f1(found: Sequence[str], gold: Sequence[str]) -> float:
    """F1 between two bags of words (as in SQuAD, Rajpurkar et al. 2016)."""
    same = sum((Counter(found) & Counter(gold)).values())
    return 2 * same / (len(found) + len(gold)) if same else float(not found and not gold)


def lost_runs(gold: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    """Lists the runs of 8 or more gold words of which no four in a row stand in the text."""
    shingles = {tuple(found[i : i + _SHINGLE]) for i in range(len(found))}
    covered = [False] * len(gold)
    for start in range(len(gold) - _SHINGLE + 1):
        if tuple(gold[start : start + _SHINGLE]) in shingles:
            covered[start : start + _SHINGLE] = [True] * _SHINGLE
    runs, start = [], 0
    for end in range(len(gold) + 1):
        if end == len(gold) or covered[end]:
            if end - start >= _LOST_WORDS:
                runs.append(" ".join(gold[start:end]))
            start = end + 1
    return tuple(runs)


def _gold_texts(gold: Mapping[str, Any]) -> list[str]:
    """The gold text, alone and with its standfirst: the better score counts."""
    if not gold.get("text"):
        return []
    return [gold["text"], *([f"{gold['summary']}\n{gold['text']}"] if gold.get("summary") else [])]


def _snippets(gold: Mapping[str, Any]) -> list[str]:
    missing = set(gold.get("with_missing_on_page") or ())
    return [text for text in gold.get("with") or () if text not in missing]


def _share_of(snippets: Iterable[str], text: str) -> float | None:
    flat = " ".join(text.split())
    found = [" ".join(snippet.split()) in flat for snippet in snippets]
    return fmean(found) if found else None


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate(_QUOTES).lower()
    return " ".join(text.split()).removesuffix(".")


def _same_title(gold: str, found: str | None) -> bool:
    """Compares titles, up to the name of the site after a dash or a bar, or in brackets."""
    one, other = _plain(gold), _plain(found or "")
    shorter, longer = sorted((one, other), key=len)
    rest = longer[len(shorter) :] if shorter and longer.startswith(shorter) else None
    return one == other or (rest is not None and _SITE_SUFFIX.match(rest) is not None)


def _names_f1(gold: Sequence[str], found: Sequence[str]) -> float:
    one = {_plain(name) for names in gold for name in _names(names)}
    other = {_plain(name) for name in found}
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 1.0


def _is_name(gold: Mapping[str, Any]) -> bool:
    name = gold.get("publisher") or ""
    return bool(name) and not _HOST.fullmatch(name)


def _same_publisher(gold: Mapping[str, Any], found: str | None) -> bool:
    """Compares names without spaces and signs; one may hold the other ("FOX 13"), or the host."""
    host = (urlsplit(gold.get("url") or "").hostname or "").removeprefix("www.").split(".")[0]
    names = [_squeezed(gold["publisher"]), *([_squeezed(host)] if len(host) > 3 else [])]
    other = _squeezed(found or "")
    return bool(other) and any(one in other or other in one for one in names)


def _squeezed(name: str) -> str:
    host = urlsplit(f"//{name}").hostname if _HOST.fullmatch(name) else None
    text = unicodedata.normalize("NFKD", (host or name).lower())
    text = text.removeprefix("www.").removeprefix("the ")
    return re.sub(r"[\W_]+", "", text)


# ---------------------------------------------------------------- figures


class Figure(NamedTuple):
    """One row of the table: a name, how many pages count, and a value for each system."""

    name: str
    pages: int
    values: tuple[float, ...]


def figures(scored: Mapping[str, Sequence[Scored]]) -> list[Figure]:
    """Computes the table's rows; all systems scored the same pages in the same order."""
    rows = list(scored.values())
    pages = [item.page.gold for item in rows[0]]
    articles = [gold.get("article") is not False and not gold.get("synthetic") for gold in pages]

    def mean(name: str, value: Callable[[Scored], float | None], where: Sequence[bool]) -> Figure:
        kept = [
            [float(got) for item, counts in zip(row, where, strict=True)
             if counts and (got := value(item)) is not None]
            for row in rows
        ]  # fmt: skip
        return Figure(name, len(kept[0]), tuple(fmean(values) if values else 0 for values in kept))

    def of_set(name: str, language: str | None = None) -> list[bool]:
        return [
            item.page.set == name
            and not item.page.gold.get("synthetic")
            and language in (None, item.page.gold["language"])
            for item in rows[0]
        ]

    found = []
    for name in sorted({item.page.set for item in rows[0] if item.f1 is not None}):
        for language in (None, "en", "other"):
            row = f"token F1, {name}" + (f", {language}" if language else "")
            found.append(mean(row, lambda item: item.f1, of_set(name, language)))
    with_text = [
        item.f1 is not None and counts for item, counts in zip(rows[0], articles, strict=True)
    ]
    dated = [item.published is not None for item in rows[0]]
    given = [
        Figure(
            "date right, of those given",
            sum(dated),
            tuple(
                _share(item.published for item in row if item.published is not None
                       and item.found.published is not None)
                for row in rows
            ),
        )
    ]  # fmt: skip
    lost = [_lost_alone(item, others) for item, *others in zip(*rows, strict=True)]
    return [
        *found,
        mean("pages with a lost run of 8 words", lambda item: bool(item.lost), with_text),
        Figure("  of which another system has the run", sum(with_text), (fmean(
            [lost for lost, counts in zip(lost, with_text, strict=True) if counts] or [0.0]),)),
        mean("required snippets kept", lambda item: item.kept, articles),
        mean("forbidden snippets left out", lambda item: item.left_out, articles),
        mean("date right", lambda item: item.published, articles),
        mean("date given", lambda item: item.found.published is not None, dated),
        *given,
        mean("title right", lambda item: item.title, articles),
        mean("authors, F1 of names", lambda item: item.authors, articles),
        mean("publisher right", lambda item: item.publisher, articles),
        mean("articles refused", lambda item: item.found.refused is not None, articles),
        mean(
            "pages that are not articles refused",
            lambda item: item.found.refused is not None,
            [gold.get("article") is False for gold in pages],
        ),
        Figure(
            "pages a second",
            len(rows[0]),
            tuple(len(row) / sum(item.found.seconds for item in row) for row in rows),
        ),
    ]  # fmt: skip


def _share(values: Iterable[bool | None]) -> float:
    kept = [bool(value) for value in values]
    return fmean(kept) if kept else 0.0


def _lost_alone(item: Scored, others: Sequence[Scored]) -> bool:
    """Tells whether a run that this system lost stands in what another one found."""
    return any(
        not lost_runs(run.split(), tokens(other.found.text))
        for run in item.lost
        for other in others
    )


def run(
    pages: Iterable[Page],
    systems: Mapping[str, System] = SYSTEMS,
    *,
    on_page: Callable[[Page], object] = lambda _: None,
) -> dict[str, list[Scored]]:
    """Extracts and scores all pages with all systems, page by page.

    :param on_page: called after each page.
    """
    scored: dict[str, list[Scored]] = {name: [] for name in systems}
    for number, page in enumerate(pages):
        # Whoever comes second finds warm caches: they take turns.
        names = list(systems) if number % 2 else list(systems)[::-1]
        for name in names:
            scored[name].append(score(page, systems[name](page.data)))
        on_page(page)
    return scored
