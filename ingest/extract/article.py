"""Extracts the article of a document: title, author, publisher, dates and clean text in blocks.

Each media type has a reader that makes a draft; the same layout rules then apply to all. A
document that is not an article is refused with a reason.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ingest.clean.characters import normalize, one_line, resolve_references
from ingest.clean.layout import tidy
from ingest.extract import mail, office, pdf
from ingest.extract.addresses import host_of
from ingest.extract.dateline import date_of_dateline
from ingest.extract.draft import Draft, Line
from ingest.extract.headers import read_head
from ingest.extract.markdown import read_markdown
from ingest.extract.page.fragment import read_fragment
from ingest.extract.page.html_page import read_page
from ingest.extract.plain_text import paragraphs
from ingest.extract.rows import draft_of_fields, read_row
from ingest.extract.stated import Fields, merged, opened, with_statements
from ingest.sources.encoding import decode
from rag.errors import SourceError
from rag.model import Article, Block, BlockKind, RawDocument
from rag.store.identity import article_id, version_of

EXTRACTOR = "byline-extract-1"

_MOST_WORDS, _MOST_CHARACTERS = 1_000_000, 10_000_000
_LARGEST_TEXT, _PIECE = 16 * 2**20, 2**20
# Pictures and attachments may stand in these.
_HOLD_MORE = (pdf.PDF, office.DOCX, office.RTF, mail.EML, mail.MHTML)
_FEWEST_WORDS, _WORDS_OF_A_SENTENCE = 5, 10
# Prose packs to a third of its size, tables to a tenth. What repeats one passage thousands of times
# would stand between a vector index and all others.
_LONG, _MOST_PACKED = 500_000, 40
# Scripts that are written without spaces have about as many words as characters.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]|[^\W_]+(?:['’-][^\W_]+)*")
_STOP = re.compile(r"[.!?…。！？।؟]")


def extract(document: RawDocument) -> Article:
    """Extracts the article; the same document always gives the same article.

    :raises SourceError: if it is not one: empty, binary, no text, too short, no sentence, over a
        million words.
    """
    try:
        bare, layers = opened(document)
        stated = merged(layers)
        draft = tidy(_bounded(_read(bare, stated.get("language") or None)))
        dated = replace(draft, published=draft.published or date_of_dateline(draft.lines))
        draft = with_statements(dated, stated)
        _check(draft.lines)
    except SourceError as error:
        raise _refusal(document, error.message) from error
    except Exception as error:  # one document must never stop the others
        reason = f"cannot be read ({type(error).__name__}: {one_line(str(error))[:200]})"
        raise _refusal(document, reason) from error
    return _article(document, draft, stated)


def _refusal(document: RawDocument, reason: str) -> SourceError:
    return SourceError(
        f"{document.source} {reason}",
        hint="save the article as text, Markdown or HTML, or leave it out",
    )


def _read(document: RawDocument, language: str | None) -> Draft:
    data = document.data
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise SourceError("is empty")
    if document.media_type not in _HOLD_MORE and len(data) > _LARGEST_TEXT:
        raise SourceError(f"has more than {_LARGEST_TEXT // 2**20} MiB, which is no article")
    readers: Mapping[str, Callable[[], Draft]] = {
        "text/html": lambda: read_page(data, url=document.url, language=language),
        "text/markdown": lambda: read_markdown(_sized(normalize(decode(data))), language=language),
        "application/json": lambda: read_row(decode(data), language=language),
        pdf.PDF: lambda: _of_text(pdf.read_pdf(data), language),
        office.DOCX: lambda: Draft(read_fragment(office.docx_to_html(data))),
        office.RTF: lambda: _of_text(office.rtf_to_text(data), language),
        mail.EML: lambda: mail.read_mail(data),
        mail.MHTML: lambda: mail.read_saved_page(data),
    }
    return readers.get(document.media_type, lambda: _of_text(decode(data), language))()


def _bounded(draft: Draft) -> Draft:
    if sum(len(line.text) for line in draft.lines) > _MOST_CHARACTERS:
        raise SourceError(f"has more than {_MOST_CHARACTERS:,} characters, which is no article")
    return draft


def _of_text(text: str, language: str | None) -> Draft:
    headed = read_head(_sized(normalize(resolve_references(text))))
    draft = draft_of_fields(headed.fields, language=language)
    return replace(draft, lines=tuple(Line(paragraph) for paragraph in paragraphs(headed.body)))


def _sized(text: str) -> str:
    """Refuses a text that is surely too long before much work is done on it."""
    if text.count(" ") + text.count("\n") > 2 * _MOST_WORDS:
        raise SourceError(f"has more than {_MOST_WORDS:,} words, which is no article")
    return text


def _check(lines: Sequence[Line]) -> None:
    if not lines:
        raise SourceError("has no text left without headline and boilerplate")
    counts = [_count(line.text) for line in lines]
    if sum(counts) > _MOST_WORDS:
        raise SourceError(
            f"has {sum(counts):,} words, more than {_MOST_WORDS:,}, which is no article"
        )
    text = "\n".join(line.text for line in lines).encode("utf-8", "replace")
    if len(text) > max(_LONG, _MOST_PACKED * len(zlib.compress(text, 1))):
        raise SourceError("is not an article: its text repeats itself over and over")
    if sum(counts) < _FEWEST_WORDS:
        raise SourceError(f"is not an article: it has {sum(counts)} words beside its headline")
    if not any(_is_sentence(line, count) for line, count in zip(lines, counts, strict=True)):
        raise SourceError("is not an article: there is no sentence in it")


def _count(text: str) -> int:
    """Counts words, roughly: between spaces, and each character of a script without spaces."""
    pieces = (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
    return sum(len(part.split() if part.isascii() else _WORD.findall(part)) for part in pieces)


def _is_sentence(line: Line, words: int) -> bool:
    return line.kind is not BlockKind.HEADING and (
        words >= _WORDS_OF_A_SENTENCE or (words >= 3 and _STOP.search(line.text) is not None)
    )


def _extractor(stated: Fields) -> str:
    """The extractor's name, with a hash of what users state.

    Author and link do not count in the hash of a version, so that a page fetched again makes no new
    version; a correction has to make one, also where it confirms what the document says.
    """
    if not stated:
        return EXTRACTOR
    values = {name: stated[name] for name in ("author", "url") if name in stated}
    digest = hashlib.sha256(json.dumps([sorted(stated), values], sort_keys=True).encode())
    return f"{EXTRACTOR}+{digest.hexdigest()[:12]}"


def _article(document: RawDocument, draft: Draft, stated: Fields) -> Article:
    extractor = _extractor(stated)
    text = "\n".join(line.text for line in draft.lines)
    title = one_line(draft.title or "") or document.key
    url = document.url or draft.url
    publisher = draft.publisher or host_of(url)
    version = version_of(
        text=text,
        title=title,
        publisher=publisher,
        published=draft.published,
        updated=draft.updated,
        extractor=extractor,
    )
    return Article(
        article_id=article_id(document.collection, document.key),
        version=version,
        collection=document.collection,
        key=document.key,
        source=document.source,
        title=title,
        text=text,
        blocks=_blocks(draft.lines),
        url=url,
        author=draft.author,
        publisher=publisher,
        published=draft.published,
        updated=draft.updated,
        fetched=document.fetched or draft.fetched,
        extractor=extractor,
        stated=tuple(sorted(stated)),
    )


def _blocks(lines: Sequence[Line]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    start = 0
    for line in lines:
        blocks.append(Block(start, start + len(line.text), line.kind))
        start = blocks[-1].end + 1
    return tuple(blocks)
