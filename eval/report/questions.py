"""Renders one question of a report as HTML: its answer with quotes in context, and the gold.

Everything that comes from an article, a gold file or another system is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from eval.report.content import AskedQuestion
from eval.report.marks import Mark, clipped, marked, marks_of
from eval.scoring.answer import Excerpt, ScoredAnswer, read_answer
from eval.scoring.failure_stages import RIGHT, Stage
from eval.scoring.matching import contains_any, covers, find_quote
from eval.scoring.outcome import ArchivedEvidence, Held
from rag.validation import Malformed

_CANDIDATES = 5
_LONGEST_ANSWER = 700
_LONGEST_CANDIDATE = 240
_HELD = {
    Held.HELD: "",
    Held.LOST: "lost by cleaning",
    Held.NO_ARTICLE: "article not in the archive",
}


def question_html(asked: AskedQuestion) -> str:
    """One collapsed block."""
    gold, stage = asked.gold, asked.stage
    data = f'data-s="{stage}"' + (f' data-w="{asked.turned}"' if asked.turned else "")
    was = f"was {asked.before.label.lower()}" if asked.before and asked.turned else ""
    before = f'<span class="turned">{escape(was)}</span>' if was else ""
    kind = "good" if stage in RIGHT else "none" if stage is Stage.UNSCORED else "bad"
    tag = f'<span class="tag {kind}">{escape(stage.label)}</span>'
    question = f'<span class="ask">{escape(gold.question)}</span>'
    summary = f"{tag}{before}<code>{escape(gold.id)}</code> {question}"
    answer, error = None, asked.outcome.error
    if asked.outcome.answer is not None:
        try:
            answer = read_answer(asked.outcome.answer)
        except Malformed as malformed:
            error = f"not an Answer that can be scored: {malformed}"
    body = _facts(asked, answer)
    if answer is None:
        body += f'<h4>Error</h4><p class="error">{escape(error or "")}</p>'
    else:
        body += _answer(asked, answer)
    body += _gold(asked, answer) + (_candidates(asked, answer) if answer else "")
    return (
        f'<details class="q" {data}><summary>{summary}</summary>'
        f'<div class="body">{body}</div></details>'
    )


def _facts(asked: AskedQuestion, answer: ScoredAnswer | None) -> str:
    gold, confidence = asked.gold, None if answer is None else answer.confidence
    facts = (
        gold.type,
        f"as of {gold.as_of}" if gold.as_of else "",
        f"unanswerable: {gold.why.replace('_', ' ')}" if gold.why else "",
        "" if confidence is None else f"confidence {confidence:.2f}",
        f"{asked.outcome.wall_ms:,.0f} ms",
    )
    return f'<p class="facts">{" · ".join(escape(fact) for fact in facts if fact)}</p>'


# ---------------------------------------------------------------- the answer


def _answer(asked: AskedQuestion, answer: ScoredAnswer) -> str:
    text = clipped(answer.text or "", _LONGEST_ANSWER)
    short = [claim.answer.text for claim in (answer.claims or ())[:1] if claim.answer]
    quotes = answer.shown_quotes
    verbatim = asked.outcome.verbatim or [None] * len(quotes)
    checked = zip(quotes, verbatim, strict=True)
    shown = "".join(_quote(asked, answer, quote, ok) for quote, ok in checked)
    conflicts = "".join(
        f"<p>Conflict ({escape(str(conflict.kind))}): "
        + escape(" ≠ ".join(str(side.value) for side in conflict.sides or ()))
        + "</p>"
        for conflict in answer.conflicts or ()
    )
    marked_text = marked(text, marks_of(text, short, "short"))
    return f"<h4>Answer</h4><p>{marked_text}</p>{shown}{conflicts}"


def _quote(
    asked: AskedQuestion, answer: ScoredAnswer, quote: Excerpt, verbatim: bool | None
) -> str:
    """A quote, in the passage that it was read in."""
    around = (
        passage.text
        for passage in answer.passages or ()
        if passage.article_id == quote.article_id and quote.text in passage.text
    )
    context = next(around, quote.text)
    marks = marks_of(context, [quote.text], "quote")
    marks += marks_of(context, [item.quote for item in asked.gold.evidence], "gold")
    named = filter(None, (quote.title, quote.publisher, quote.published, quote.source))
    source = f"<cite>{escape(' · '.join(named))}</cite>"
    unread = '<span class="tag bad">not word for word</span>' if verbatim is False else ""
    return f"<blockquote>{marked(context, marks)}{source}{unread}</blockquote>"


def _candidates(asked: AskedQuestion, answer: ScoredAnswer) -> str:
    if not answer.candidates:
        return ""
    gold, items = asked.gold, []
    strings = [string for part in gold.answers for string in part]
    for candidate in answer.candidates[:_CANDIDATES]:
        text = candidate.text
        if gold.evidence:
            hit = any(covers(text, item.quote) for item in gold.evidence)
        else:
            hit = contains_any(text, strings)
        text = clipped(text, _LONGEST_CANDIDATE)
        short = [candidate.answer.text] if candidate.answer else []
        score = candidate.score
        note = "" if score is None else f' <span class="note">{score:.2f}</span>'
        shown = marked(text, marks_of(text, short, "short"))
        items.append(f"<li{' class=hit' if hit else ''}>{shown}{note}</li>")
    return f"<h4>First sentences</h4><ol>{''.join(items)}</ol>"


# ---------------------------------------------------------------- the gold


def _gold(asked: AskedQuestion, answer: ScoredAnswer | None) -> str:
    gold = asked.gold
    if gold.answerable is False:
        return "<h4>Gold</h4><p>The articles do not say.</p>"
    wanted = "; and ".join(" or ".join(f"“{text}”" for text in part) for part in gold.answers)
    evidence = asked.outcome.evidence or [
        ArchivedEvidence(item.source, item.part, Held.HELD, item.quote) for item in gold.evidence
    ]
    several = len(gold.parts) > 1
    blocks = "".join(_evidence(item, answer, several=several) for item in evidence)
    return f"<h4>Gold</h4><p>{escape(wanted)}</p>{blocks}"


def _evidence(item: ArchivedEvidence, answer: ScoredAnswer | None, *, several: bool) -> str:
    context = item.before + item.quote + item.after
    start = len(item.before)
    shown = [quote.text for quote in answer.shown_quotes] if answer else []
    marks = [Mark(start, start + len(item.quote), "gold"), *marks_of(context, shown, "quote")]
    passages = None if answer is None else answer.passages
    notes = (
        f"part {item.part}" if several else "",
        _HELD[item.held],
        "" if passages is None or _retrieved(item, passages) else "not retrieved",
    )
    noted = "".join(f'<span class="note">{escape(note)}</span>' for note in notes if note)
    cite = f"<cite>{escape(item.source)}</cite>"
    return f"<blockquote>{marked(context, marks)}{cite}{noted}</blockquote>"


def _retrieved(item: ArchivedEvidence, passages: Sequence[Excerpt]) -> bool:
    """Whether a passage has the quote, or one of its own article covers half of its words."""
    return any(
        find_quote(passage.text, item.quote)
        or (passage.source == item.source and covers(passage.text, item.quote))
        for passage in passages
    )
