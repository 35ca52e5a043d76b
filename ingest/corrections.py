"""Corrects what an archive knows about an article: its title, publisher and date."""

from __future__ import annotations

from dataclasses import replace

from ingest.extract.stated import ARTICLE, state
from ingest.segment.chunks import chunks
from rag.embed import passage_title
from rag.errors import UsageError
from rag.model import Article, Chunk, PartialDate, Sentence, date_text
from rag.store.archive import Archive
from rag.store.database import Entry, raw_hash
from rag.store.identity import version_of
from rag.store.writer import Change

_SPECIAL_TOKENS = 2


def correct(
    archive: Archive,
    article_id: str,
    *,
    title: str,
    publisher: str | None,
    published: PartialDate | None,
) -> Change:
    """Corrects the current version of an article.

    The corrected version is valid from when the old one was. The old one stays, so that answers
    that quote it can be verified, but is no longer searched. Text and quotes stay as they are.

    :raises UsageError: if there is no such article, or the title is empty.
    :raises ArchiveBusy: if another process is writing to the archive.
    """
    if not title.strip():
        raise UsageError("An article needs a title.", hint="Write one.")
    with archive.writer() as writer:
        with archive.record.snapshot() as snapshot:
            current = snapshot.current(article_id)
            stored = current and snapshot.version(article_id, current.version)
            if not stored:
                raise UsageError("The article is no longer there.", hint="List the articles again.")
            raw = next(snapshot.raw_documents([article_id]))
        article = _corrected(stored.article, title.strip(), publisher, published)
        raw = state(raw, ARTICLE, _statements(stored.article, article))
        cut = _chunks(archive, article, stored.sentences)
        hashed = raw_hash(raw.media_type, raw.url, raw.data)
        entry = Entry(raw, hashed, article, stored.sentences, cut)
        return writer.add([entry], replace=True)[0]


def _statements(before: Article, after: Article) -> dict[str, str]:
    """What a correction states, as `state` keeps it with the document."""
    values = {
        "title": after.title,
        "publisher": after.publisher or "",
        "published": date_text(after.published) or "",
    }
    changed = {"title": before.title != after.title}
    changed["publisher"] = before.publisher != after.publisher
    changed["published"] = before.published != after.published
    return {name: value for name, value in values.items() if changed[name]}


def _corrected(
    article: Article, title: str, publisher: str | None, published: PartialDate | None
) -> Article:
    version = version_of(
        text=article.text,
        title=title,
        publisher=publisher,
        published=published,
        updated=article.updated,
        extractor=article.extractor,
    )
    corrected = replace(
        article, version=version, title=title, publisher=publisher, published=published
    )
    stated = {*article.stated, *_statements(article, corrected)}
    return replace(corrected, stated=tuple(sorted(stated)))


def _chunks(
    archive: Archive, article: Article, sentences: tuple[Sentence, ...]
) -> tuple[Chunk, ...]:
    """Cuts the text as `ingest` does: passages leave room for the title."""
    count_tokens = archive.embedder.count_tokens
    title_tokens = count_tokens([passage_title(article.title)])[0]
    room = archive.manifest.chunk_tokens
    budget = max(room - _SPECIAL_TOKENS - title_tokens, room // 4)
    counts = count_tokens([article.text[span.start : span.end] for span in sentences])
    return chunks(article, sentences, counts, budget=budget, count_tokens=count_tokens)
