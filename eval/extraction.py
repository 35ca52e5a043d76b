"""Scores article extraction on real pages with gold text, title, authors, date and publisher.

Byline and bare trafilatura read the same pages in one run, one after the other. A field without
gold is not scored; README.md beside the pages says where each set's gold comes from.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from eval.gold.rows import read_rows
from eval.scoring.metrics import overlap_f1
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
    """What a page came to: seconds, and a value for each figure that the page counts for."""

    seconds: float
    values: Mapping[str, float]


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
        for gold in read_rows(table, dict):
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


def score(page: Page, found: Extracted, others: Sequence[Extracted] = ()) -> Scored:
    """Scores what a system made of a page, field by field.

    :param others: what other systems made of it.
    """
    gold, refused = page.gold, float(found.refused is not None)
    if gold.get("article") is False:
        return Scored(found.seconds, {"pages that are not articles refused": refused})
    if gold.get("synthetic"):
        return Scored(found.seconds, {})
    values = _text_values(page, found, others)
    if (share := _share_of(_snippets(gold), found.text)) is not None:
        values["required snippets kept"] = share
    if (share := _share_of(gold.get("without") or (), found.text)) is not None:
        values["forbidden snippets left out"] = 1.0 - share
    if gold.get("published"):
        right = float(found.published == gold["published"][:10])
        values |= {"date right": right, "date given": float(found.published is not None)}
        values |= {"date right, of those given": right} if found.published else {}
    if gold.get("title"):
        values["title right"] = float(_same_title(gold["title"], found.title))
    if gold.get("authors"):
        values["authors, F1 of names"] = _names_f1(gold["authors"], found.authors)
    if _is_name(gold):
        values["publisher right"] = float(_same_publisher(gold, found.publisher))
    return Scored(found.seconds, values | {"articles refused": refused})


def _text_values(page: Page, found: Extracted, others: Sequence[Extracted]) -> dict[str, float]:
    """F1 by set and language, and whether a run of words is lost; nothing without a gold text."""
    texts = _gold_texts(page.gold)
    if not texts:
        return {}
    words = tokens(found.text)
    f1 = max(overlap_f1(words, tokens(text)) for text in texts)
    lost = lost_runs(tokens(texts[0]), words)
    elsewhere = any(
        not lost_runs(run.split(), tokens(other.text)) for run in lost for other in others
    )
    return {
        f"token F1, {page.set}": f1,
        f"token F1, {page.set}, {page.gold['language']}": f1,
        "pages with a lost run of 8 words": float(bool(lost)),
        "  of which another system has the run": float(elsewhere),
    }


def tokens(text: str) -> list[str]:
    """Splits a text into lower-case words, without punctuation."""
    return re.findall(r"\w+", text.lower())


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
    """Computes the table's rows; all systems scored the same pages in the same order.

    A row is over the pages that count for it with the first system.
    """
    rows = list(scored.values())
    names = dict.fromkeys(name for row in rows for item in row for name in item.values)
    found = []
    # F1 first, by set; the others in the order in which pages are scored.
    for name in sorted(names, key=lambda name: name if name.startswith("token F1") else "z"):
        values = [[item.values[name] for item in row if name in item.values] for row in rows]
        found.append(Figure(name, len(values[0]), tuple(fmean(one or [0.0]) for one in values)))
    speeds = (len(row) / sum(item.seconds for item in row) for row in rows)
    return [*found, Figure("pages a second", len(rows[0]), tuple(speeds))]


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
        found = {name: systems[name](page.data) for name in names}
        for name, own in found.items():
            others = [other for key, other in found.items() if key != name]
            scored[name].append(score(page, own, others))
        on_page(page)
    return scored
