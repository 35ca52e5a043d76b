"""One question of a report as HTML: what was answered, with its quotes in context, and what the gold record has.

Everything that comes from an article, a gold file or another system is escaped; compact, since a report may hold thousands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from eval.report.content import Asked
from eval.report.marks import Mark, clipped, find, marked, marks_of
from eval.run.runfile import GoldInArchive, Held
from eval.scoring.failure_stages import LABELS, RIGHT, Stage
from eval.scoring.matching import contains_any, covers
from eval.scoring.score import AnswerJson, answer_fault, shown_quotes

_CANDIDATES = 5
_LONGEST = 700
_HELD = {
    Held.HELD: "",
    Held.LOST: "lost by cleaning",
    Held.NO_ARTICLE: "article not in the archive",
}


def question_html(asked: Asked) -> str:
    """One collapsed block."""
    gold, stage = asked.gold, asked.stage
    data = f'data-s="{stage}"' + (f' data-w="{_way(asked)}"' if _turned(asked) else "")
    summary = f'{tag(stage)}{_before(asked)}<code>{escape(gold.id)}</code> <span class="ask">{escape(gold.question)}</span>'
    return (
        f'<details class="q" {data}><summary>{summary}</summary>'
        f'<div class="body">{_facts(asked)}{_answer(asked)}{_gold(asked)}{_candidates(asked)}</div></details>'
    )


def tag(stage: Stage) -> str:
    """The stage as a small coloured label."""
    kind = "good" if stage in RIGHT else "none" if stage is Stage.UNSCORED else "bad"
    return f'<span class="tag {kind}">{escape(LABELS[stage])}</span>'


def _before(asked: Asked) -> str:
    if asked.before is None or not _turned(asked):
        return ""
    return f'<span class="turned">was {escape(LABELS[asked.before].lower())}</span>'


def _turned(asked: Asked) -> bool:
    return asked.before is not None and (asked.before in RIGHT) != (asked.stage in RIGHT)


def _way(asked: Asked) -> str:
    return "won" if asked.stage in RIGHT else "lost"


def _facts(asked: Asked) -> str:
    gold, answer = asked.gold, asked.record.answer
    confidence = answer.get("confidence") if answer is not None else None
    facts = [
        gold.type,
        f"as of {gold.as_of}" if gold.as_of else "",
        gold.why and f"unanswerable: {gold.why.replace('_', ' ')}",
        f"confidence {confidence:.2f}" if isinstance(confidence, int | float) else "",
        f"{asked.record.wall_ms:,.0f} ms",
    ]
    return f'<p class="facts">{" · ".join(escape(fact) for fact in facts if fact)}</p>'


# ---------------------------------------------------------------- what was answered


def _answer(asked: Asked) -> str:
    answer = asked.record.answer
    if answer is None:
        return f'<h4>Error</h4><p class="error">{escape(asked.record.error or "")}</p>'
    if fault := answer_fault(answer):
        return (
            f'<h4>Error</h4><p class="error">not an Answer that can be scored: {escape(fault)}</p>'
        )
    claims = answer.get("claims") or []
    short = [str((claim.get("answer") or {}).get("text") or "") for claim in claims]
    text = clipped(str(answer.get("text") or ""), _LONGEST)
    shown = marked(text, marks_of(text, [(words, "short") for words in short[:1]]))
    quotes = "".join(_quote(asked, quote, ok) for quote, ok in _checked_quotes(asked, answer))
    return f"<h4>Answer</h4><p>{shown}</p>{quotes}{_conflicts(answer)}"


def _checked_quotes(asked: Asked, answer: AnswerJson) -> Iterable[tuple[AnswerJson, bool | None]]:
    quotes = shown_quotes(answer)
    return zip(quotes, asked.record.verbatim or [None] * len(quotes), strict=True)


def _quote(asked: Asked, quote: AnswerJson, verbatim: bool | None) -> str:
    text = quote["text"]
    context = _passage_around(asked, quote) or text
    at = find(context, text)
    marks = [Mark(*at, "quote")] if at else []
    marks += marks_of(context, [(item.quote, "gold") for item in asked.gold.evidence])
    unread = '<span class="tag bad">not word for word</span>' if verbatim is False else ""
    return f"<blockquote>{marked(context, marks)}{_source(quote)}{unread}</blockquote>"


def _passage_around(asked: Asked, quote: AnswerJson) -> str | None:
    """The passage that the quote was read in."""
    passages = (asked.record.answer or {}).get("passages") or []
    same = (item["text"] for item in passages if item.get("article_id") == quote.get("article_id"))
    return next((text for text in same if quote["text"] in text), None)


def _source(quote: AnswerJson) -> str:
    named = [
        str(quote[name])
        for name in ("title", "publisher", "published", "source")
        if quote.get(name)
    ]
    return f"<cite>{escape(' · '.join(named))}</cite>"


def _conflicts(answer: AnswerJson) -> str:
    return "".join(
        f"<p>Conflict ({escape(str(conflict.get('kind')))}): "
        + escape(" ≠ ".join(str(side.get("value")) for side in conflict.get("sides") or ()))
        + "</p>"
        for conflict in answer.get("conflicts") or ()
    )


# ---------------------------------------------------------------- what the gold record has


def _gold(asked: Asked) -> str:
    gold = asked.gold
    if gold.answerable is False:
        return "<h4>Gold</h4><p>The articles do not say.</p>"
    wanted = "; and ".join(" or ".join(f"“{text}”" for text in part) for part in gold.answers)
    evidence = asked.record.evidence or [
        GoldInArchive(item.source, item.part, Held.HELD, item.quote) for item in gold.evidence
    ]
    blocks = "".join(_evidence(item, asked, several=len(gold.parts) > 1) for item in evidence)
    return f"<h4>Gold</h4><p>{escape(wanted)}</p>{blocks}"


def _evidence(item: GoldInArchive, asked: Asked, *, several: bool) -> str:
    context = item.before + item.quote + item.after
    marks = [Mark(len(item.before), len(item.before) + len(item.quote), "gold")]
    shown = (
        [quote["text"] for quote in shown_quotes(asked.record.answer)]
        if _readable(asked) and asked.record.answer
        else []
    )
    marks += marks_of(context, [(text, "quote") for text in shown])
    notes = [
        f"part {item.part}" if several else "",
        _HELD[item.held],
        "" if _retrieved(item, asked) else "not retrieved",
    ]
    notes_html = "".join(f'<span class="note">{escape(note)}</span>' for note in notes if note)
    return f"<blockquote>{marked(context, marks)}<cite>{escape(item.source)}</cite>{notes_html}</blockquote>"


def _readable(asked: Asked) -> bool:
    return asked.stage is not Stage.ERROR


def _retrieved(item: GoldInArchive, asked: Asked) -> bool:
    """Whether a passage holds the words; unknown counts as yes."""
    passages = (asked.record.answer or {}).get("passages") if _readable(asked) else None
    return (
        passages is None
        or any(find(passage["text"], item.quote) for passage in passages)
        or _in_part(item, passages)
    )


def _in_part(item: GoldInArchive, passages: Sequence[AnswerJson]) -> bool:
    return any(
        covers(passage["text"], item.quote) and passage.get("source") == item.source
        for passage in passages
    )


def _candidates(asked: Asked) -> str:
    answer = asked.record.answer
    if answer is None or not _readable(asked) or not answer.get("candidates"):
        return ""
    items = "".join(
        _candidate(asked, candidate) for candidate in answer["candidates"][:_CANDIDATES]
    )
    return f"<h4>First sentences</h4><ol>{items}</ol>"


def _candidate(asked: Asked, candidate: AnswerJson) -> str:
    gold, text = asked.gold, candidate["text"]
    strings = [string for part in gold.answers for string in part]
    hit = (
        any(covers(text, item.quote) for item in gold.evidence)
        if gold.evidence
        else contains_any(text, strings)
    )
    short = clipped(text, 240)
    words = str((candidate.get("answer") or {}).get("text") or "")
    score = candidate.get("score")
    note = f' <span class="note">{score:.2f}</span>' if isinstance(score, int | float) else ""
    return f"<li{' class=hit' if hit else ''}>{marked(short, marks_of(short, [(words, 'short')]))}{note}</li>"
