"""Writes the turns of a conversation: each question, its answer, and its sources beside it.

A mark in an answer is a link to the card of its source, `#by-card-<turn>-<number>`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rag.app.chat.views.markup import button, menu, safe
from rag.app.chat.views.source_cards import cards_html
from rag.app.feedback import REASONS
from rag.model import AnswerValues, Claim, Status
from rag.quotes import Versions
from rag.render.cards import Card, Words
from rag.render.layout import (
    WITHOUT_CHANCES,
    Block,
    Form,
    Page,
    Row,
    answer_page,
    claims_page,
)
from rag.render.words import asked_as_words, filters_words, number

READING = "Reading the articles …"
_FORMS_OF_SHARING = {
    "Copy with sources": "copy",
    "Copy a link to this answer": "link",
    "Save as Word": "docx",
    "Save as Markdown": "md",
    "Save as JSON": "json",
}


def turn_html(
    answer: AnswerValues, turn: int, versions: Versions, changed: Sequence[str] = ()
) -> str:
    """Writes a whole turn; turns count from 0.

    :param changed: what has become of quoted articles since the answer was given.
    """
    page = answer_page(answer)
    has_chances = answer.status is Status.ANSWERED
    said = [
        _asked_as(answer.question, answer.asked_as),
        _filters(answer),
        _period(page.period, turn),
        f'<div class="by-answer" dir="auto">{_answer(page, turn, has_chances=has_chances)}</div>',
        *(f'<p class="by-note">{safe(note)}</p>' for note in (*page.notes, *changed)),
        _below(answer, page, turn),
    ]
    return _turn(turn, answer.question, "".join(said), cards_html(page.sources, turn, versions))


def partial_turn_html(
    question: str, asked_as: str, claims: Sequence[Claim], turn: int, step: str = READING
) -> str:
    """Writes the claims that have been checked so far, and the step that is being done."""
    blocks = _without_chances(claims_page(claims).blocks)
    answer = "".join(_block(block, turn, "") for block in blocks)
    waiting = f'<p class="by-waiting" role="status">{safe(step)}</p>'
    said = f'{_asked_as(question, asked_as)}<div class="by-answer">{answer}</div>{waiting}'
    return _turn(turn, question, said, "")


def failed_turn_html(question: str, error: Mapping[str, Any], turn: int) -> str:
    """Writes a question that was not answered: the error (as the Answer contract has it)."""
    message = str(error.get("message") or "") or "Something went wrong."
    said = (
        f'<div class="by-answer"><p class="by-failure">{safe(message)}</p>'
        f"<p>{safe(str(error.get('hint') or ''))}</p></div>"
        f'<footer class="by-below">{button("Ask again", icon_name="again", act="again", turn=turn)}'
        "</footer>"
    )
    return _turn(turn, question, said, "")


def _turn(turn: int, question: str, said: str, sources: str) -> str:
    edit = button("Edit the question", icon_name="edit", quiet=True, act="edit", turn=turn)
    beside = f'<aside class="by-beside" aria-label="Sources">{sources}</aside>' if sources else ""
    return (
        f'<article class="by-turn" data-turn="{turn}"><div class="by-said">'
        f'<header class="by-asked"><h2 dir="auto">{safe(question)}</h2>{edit}</header>'
        f"{said}</div>{beside}</article>"
    )


def _asked_as(question: str, asked_as: str) -> str:
    """The question as it was understood, in one line that can be edited in its place."""
    if not asked_as_words(question, asked_as):
        return ""
    edit = button("Ask differently", icon_name="edit", quiet=True, act="edit", instead=1)
    words = f'<span dir="auto">{safe(asked_as.strip())}</span>'
    return f'<p class="by-asked-as">Asked as: {words}{edit}</p>'


def _filters(answer: AnswerValues) -> str:
    words = filters_words(answer.filters)
    return f'<p class="by-asked-as">Only articles {safe(words)}</p>' if words else ""


def _period(words: str, turn: int) -> str:
    """How a date in the question was read, and a button that asks without it."""
    if not words:
        return ""
    undo = button("Any date", act="anytime", turn=turn)
    return f'<p class="by-asked-as">{safe(words)}{undo}</p>'


# ---------------------------------------------------------------- the answer


def _answer(page: Page, turn: int, *, has_chances: bool) -> str:
    hedge = f'<span class="by-hedge">{safe(page.hedge)}</span> ' if page.hedge else ""
    lead = f'<p class="by-lead">{hedge}{safe(page.lead)}</p>' if page.lead else ""
    text = "".join(f'<p class="by-text">{safe(line)}</p>' for line in page.text)
    shown = _with_later_chances(page.blocks) if has_chances else _without_chances(page.blocks)
    blocks = "".join(_block(block, turn, page.lead) for block in shown)
    return lead + text + blocks + _nearest(page.nearest)


def _with_later_chances(blocks: Sequence[Block]) -> list[Block]:
    """The blocks without the chance of the first row, which stands below the answer."""
    if not blocks:
        return []
    first, *others = blocks
    rows = (*(row._replace(confidence=None) for row in first.rows[:1]), *first.rows[1:])
    return [first._replace(rows=rows), *others]


def _without_chances(blocks: Sequence[Block]) -> list[Block]:
    return [
        block._replace(rows=tuple(row._replace(confidence=None) for row in block.rows))
        for block in blocks
    ]


def _block(block: Block, turn: int, lead: str) -> str:
    heading = f'<h3 class="by-heading">{safe(block.heading)}</h3>' if block.heading else ""
    if block.form is Form.TEXT:
        sentences = " ".join(_sentence(row, turn) for row in block.rows)
        return f"{heading}<p>{sentences}</p>"
    if block.form is Form.SENTENCES:
        rows = (f"<p>{_sentence(row, turn, lead)}</p>" for row in block.rows)
        return heading + "".join(rows)
    items = (_item(rows, turn) for rows in _grouped(block))
    return f'{heading}<ul class="by-rows by-{block.form}">{"".join(items)}</ul>'


def _grouped(block: Block) -> list[list[Row]]:
    """Each row by itself; in sides, all rows of a side together."""
    groups: list[list[Row]] = []
    for row in block.rows:
        if groups and block.form is Form.SIDES and not row.label:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _item(rows: Sequence[Row], turn: int) -> str:
    label = f'<span class="by-label">{safe(rows[0].label)}</span>' if rows[0].label else ""
    return f"<li>{label}{''.join(_statement(row, turn) for row in rows)}</li>"


def _statement(row: Row, turn: int) -> str:
    value = f'<strong class="by-value" dir="auto">{safe(row.value)}</strong>' if row.value else ""
    words = _sentence(row, turn) if row.words.text else ""
    return f'<div>{value}<span class="by-words" dir="auto">{words}</span></div>'


def _sentence(row: Row, turn: int, lead: str = "") -> str:
    """The words with their marks and their chance; the short answer of the lead is set off."""
    words = row.words
    text = safe(words.text.strip())
    if words.marked.strip() and words.marked.strip() == lead:
        text = f"{safe(words.before)}<b>{safe(words.marked)}</b>{safe(words.after)}".strip()
    marks = "".join(_mark(turn, source) for source in row.sources)
    # A mark stays on the line of the word before it.
    text = f"{text}\N{NO-BREAK SPACE}{marks}" if marks else text
    if row.confidence is None:
        return text
    return f'{text} <span class="by-meta">{row.confidence:.0%} sure</span>'


def _mark(turn: int, source: int) -> str:
    return (
        f'<a class="by-mark" href="#by-card-{turn}-{source}" aria-label="Source {source}">'
        f"{source}</a>"
    )


def _nearest(cards: Sequence[Card]) -> str:
    """The sentences that come nearest, folded: they are no answer and do not look like one."""
    if not cards:
        return ""
    items = "".join(
        f'<li dir="auto">{_plain(card.words)} <span class="by-meta">{safe(card.title)}</span></li>'
        for card in cards
    )
    return (
        '<details class="by-nearest"><summary>What comes nearest, but is not an answer</summary>'
        f"<ul>{items}</ul></details>"
    )


def _plain(words: Words) -> str:
    return safe(words.text)


# ---------------------------------------------------------------- below the answer


def _below(answer: AnswerValues, page: Page, turn: int) -> str:
    """How sure the answer is, and what can be done with it."""
    facts = []
    if answer.status is Status.ANSWERED:
        has_chance = answer.kind not in WITHOUT_CHANCES and (page.lead or not page.text)
        facts = [f"{answer.confidence:.0%} sure"] if has_chance else []
        facts.append(f"{number(len(page.sources), 'quote')}, word for word")
    if answer.status in (Status.ABOUT_ARCHIVE, Status.HELP):
        return ""
    share = [
        button(label, act="take", form=form, turn=turn) for label, form in _FORMS_OF_SHARING.items()
    ]
    tools = [
        menu("Share", "share", *share),
        button("Good answer", icon_name="yes", quiet=True, act="good", turn=turn),
        button("Something is wrong", icon_name="no", quiet=True, act="wrong", turn=turn),
    ]
    return (
        f'<footer class="by-below"><span class="by-sure">{safe(" · ".join(facts))}</span>'
        f'<span class="by-tools">{"".join(tools)}</span></footer>'
        f'<details class="by-why" data-turn="{turn}"><summary>Why this answer?</summary>'
        f'<div class="by-reasons">{READING}</div></details>{_feedback_form(turn)}'
    )


def _feedback_form(turn: int) -> str:
    """What is wrong with the answer, asked below it; hidden until somebody says so."""
    reasons = "".join(
        f'<label><input type="radio" name="reason-{turn}" value="{safe(reason)}">'
        f"{safe(reason.capitalize())}</label>"
        for reason in REASONS
    )
    return (
        f'<form class="by-feedback" data-turn="{turn}" hidden>'
        f"<fieldset><legend>What is wrong with this answer?</legend>{reasons}</fieldset>"
        '<label>What is right? <input type="text" name="correction" autocomplete="off"></label>'
        "<label>Which words of an article answer it? Copy them here. "
        '<input type="text" name="quote" autocomplete="off"></label>'
        f'<div class="by-tools"><button type="submit" class="by-button by-main">Send</button>'
        f"{button('Cancel', act='wrong', turn=turn)}</div></form>"
    )
