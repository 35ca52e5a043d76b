"""Writes one whole article, once, with the quotes of an answer marked in it."""

from __future__ import annotations

from collections.abc import Sequence

from rag.app.chat.views.markup import button, cut, link, safe
from rag.model import Article, Block, BlockKind, Span
from rag.render.words import host_words, human_date, origin_words, web_link

# More would make a page of megabytes.
_MOST_CHARS = 200_000
_MOST_NAME = 300


def article_html(
    article: Article, marked: Sequence[Span] = (), *, back: str, tools: Sequence[str] = ()
) -> str:
    """Writes an article with its marked spans, which do not overlap.

    :param back: the label of the button that closes the article.
    :param tools: more buttons, as HTML.
    """
    spans = sorted(marked, key=lambda span: span.start)
    steps = ""
    if spans:
        label = "Next quote" if len(spans) > 1 else "To the quote"
        steps = button(label, icon_name="down", act="next")
    return (
        '<section class="by-reader" aria-label="Article" tabindex="-1">'
        f'<header class="by-reader-head">{button(back, icon_name="back", act="close")}{steps}'
        '</header><div class="by-page" tabindex="0" role="region" aria-label="Text of the article">'
        f'<h2 dir="auto">{safe(cut(article.title, _MOST_NAME))}</h2>'
        f'<p class="by-meta">{_facts(article)}</p><div class="by-tools">{_original(article)}'
        f"{''.join(tools)}</div>{_text(article, spans)}</div></section>"
    )


def correct_button(article_id: str) -> str:
    """The button that opens the form to correct an article."""
    return button("Correct", icon_name="edit", act="edit_article", article=article_id)


def _facts(article: Article) -> str:
    facts = [*origin_words(article.publisher, article.source), human_date(article.published)]
    if article.updated is not None and article.updated != article.published:
        facts.append(f"updated {human_date(article.updated)}")
    if article.author:
        facts.append(f"by {article.author}")
    facts += [words for words in (host_words(article.url),) if words]
    if article.stated:
        facts.append(f"entered by hand: {', '.join(article.stated)}")
    return " · ".join(f"<bdi>{safe(cut(fact, _MOST_NAME))}</bdi>" for fact in facts)


def _original(article: Article) -> str:
    url = web_link(article.url)
    return link("Original page", url, icon_name="open") if url else ""


def _text(article: Article, spans: Sequence[Span]) -> str:
    """The article's blocks; of a very long one, the part around its first quote."""
    text = article.text
    first = max(0, spans[0].start - _MOST_CHARS // 2) if spans else 0
    last = min(len(text), first + _MOST_CHARS)
    blocks = []
    for block in article.blocks or (Block(0, len(text)),):
        start, end = max(block.start, first), min(block.end, last)
        if start < end:
            tag = "h3" if block.kind is BlockKind.HEADING else "p"
            words = _marked(text, Span(start, end), spans)
            blocks.append(f'<{tag} class="by-{block.kind}" dir="auto">{words}</{tag}>')
    return _more(first, "before") + "".join(blocks) + _more(len(text) - last, "after")


def _more(characters: int, where: str) -> str:
    if not characters:
        return ""
    return f'<p class="by-note">… {characters:,} more characters {where} this</p>'


def _marked(text: str, block: Span, spans: Sequence[Span]) -> str:
    parts, position = [], block.start
    for span in spans:
        start, end = max(span.start, position), min(span.end, block.end)
        if start < end:
            parts += [safe(text[position:start]), f"<mark>{safe(text[start:end])}</mark>"]
            position = end
    return "".join([*parts, safe(text[position : block.end])])
