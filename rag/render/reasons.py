"""Says why an answer is what it is: the stage at which it ended, then each step on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.explanation import Ending, Explanation, Search
from rag.model import Hit, Kind
from rag.reading.weights import Weighed
from rag.render.terminal import wrapped
from rag.render.words import clean, number

if TYPE_CHECKING:
    from rich.text import Text

_MOST_SHOWN = 5
_MOST_CHARS = 160
_LEAST_COLUMNS = 25
# A weight that adds less says nothing to people.
_LEAST_WEIGHT = 0.05
_READ = "Read their sentences; most likely to answer, and what weighed for (+) and against (-):"
_KINDS = {
    Kind.FACT: "a single fact",
    Kind.AMOUNT: "an amount",
    Kind.LIST: "a list",
    Kind.COMPARE: "a comparison",
    Kind.YES_NO: "yes or no",
    Kind.SPEECH: "what somebody said",
    Kind.BRIEF: "a short account",
    Kind.TIMELINE: "a course of events",
    Kind.MANY_PARTS: "several things",
    Kind.ARTICLES: "articles",
}
_ENDINGS = {
    Ending.OWN_WORDS: "Answered in Byline's own words: no article was read.",
    Ending.NOTHING_TO_READ: "Ended before reading: no article may answer (the archive is empty, or"
    " the filters leave none).",
    Ending.NOTHING_NEAR: "Not in the archive, as far as can be told: no passage comes near the"
    " question.",
    Ending.NOT_SURE: "Stayed silent: passages were found, but no sentence answers clearly enough."
    " If one does, it was judged too low, or its passage was not found.",
    Ending.NOTHING_FITS: "Stayed silent: sentences were found, but none with the form of {form}.",
    Ending.REFUSED: "Stayed silent: the checks refused every statement.",
    Ending.ANSWERED: "Answered, {sure} sure. If that is wrong, the right sentence was judged lower,"
    " or its passage was not found.",
}


class Detail(NamedTuple):
    """A passage, a sentence or a refused statement, and facts about it."""

    text: str
    facts: str


class Reason(NamedTuple):
    """One step on the way to an answer. All strings are clean."""

    text: str
    details: tuple[Detail, ...] = ()


def reasons(explanation: Explanation) -> list[Reason]:
    """The stage at which the answer ended, then the steps that led there."""
    answer = explanation.answer
    understood = f"Understood as: {clean(answer.asked_as)}"
    if answer.kind in _KINDS:
        understood += f" (asks for {_KINDS[answer.kind]})"
    steps = [Reason(_ended(explanation)), Reason(understood)]
    if explanation.revision != answer.archive_revision:
        steps.append(Reason("The archive has changed since; what follows is found in it now."))
    for search in explanation.searches:
        steps += _search(search, explanation.threshold, several=len(explanation.searches) > 1)
    if answer.rejected:
        refused = tuple(Detail(clean(item.text), clean(item.reason)) for item in answer.rejected)
        steps.append(Reason("The checks refused:", refused))
    return steps


def _ended(explanation: Explanation) -> str:
    """The stage at which the answer ended, in one line."""
    answer = explanation.answer
    form = _KINDS.get(answer.kind, "an answer")
    return _ENDINGS[explanation.ending].format(form=form, sure=f"{answer.confidence:.0%}")


def _search(search: Search, threshold: float, *, several: bool) -> Iterator[Reason]:
    if several:
        yield Reason(f"Looked up: {clean(search.question)}")
    found = f"Found {number(len(search.passages), 'passage')}"
    passages = tuple(map(_passage, search.passages[:_MOST_SHOWN]))
    yield Reason(f"{found}, best first:" if passages else f"{found}.", passages)
    sentences = tuple(map(_sentence, search.sentences[:_MOST_SHOWN]))
    if sentences:
        yield Reason(_READ, sentences)
    if search.p_none is not None and search.passages:
        yield Reason(_decision(search.p_none, threshold))


def _passage(hit: Hit) -> Detail:
    begins = _cut(clean(hit.text), _MOST_CHARS - 80)
    ranks = [
        f"{name} {'not found' if rank is None else f'rank {rank}'}"
        for name, rank in (("by meaning", hit.dense_rank), ("by words", hit.lexical_rank))
    ]
    facts = f"passage {hit.rank}: {ranks[0]} (likeness {hit.similarity:.2f}), {ranks[1]}"
    return Detail(f"{_cut(clean(hit.article.title), _MOST_CHARS)}: “{begins}”", facts)


def _sentence(item: Weighed) -> Detail:
    weights = sorted(item.weights, key=lambda weight: -abs(weight.value))
    told = [f"{w.value:+.1f} {w.name}" for w in weights if abs(w.value) >= _LEAST_WEIGHT]
    candidate = item.candidate
    facts = ", ".join([f"{candidate.score:.0%}, passage {candidate.hit_rank}", *told])
    return Detail(_cut(clean(candidate.text), _MOST_CHARS), facts)


def _decision(p_none: float, threshold: float) -> str:
    """How far the chance that no sentence answers is from the one above which nothing is said."""
    points = number(round(100 * abs(p_none - threshold)), "point")
    apart = f"{points} {'over' if p_none > threshold else 'under'}"
    return (
        f"The chance that no sentence answers is {p_none:.0%}, {apart} the {threshold:.0%} above"
        " which Byline stays silent."
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def reasons_to_terminal(steps: Sequence[Reason], *, width: int) -> Text:
    """Writes the steps, numbered after the first, in lines of `width` columns, at least 25."""
    from rich.text import Text

    width = max(_LEAST_COLUMNS, width)
    lines = [Text("Why this answer?", style="bold")]
    for place, step in enumerate(steps):
        mark = f"{place}. " if place else ""
        lines += wrapped(Text(step.text), width, mark, " " * len(mark))
        for detail in step.details:
            lines += wrapped(Text(detail.text), width, "   · ", "     ")
            lines += wrapped(Text(detail.facts, style="dim"), width, "     ", "     ")
    return Text("\n").join(lines)


def reasons_json(explanation: Explanation) -> dict[str, object]:
    """The explanation as plain values, for `--json`."""
    return {
        "ending": str(explanation.ending),
        "threshold": round(explanation.threshold, 4),
        "archive_revision": explanation.revision,
        "searches": [_search_json(search) for search in explanation.searches],
    }


def _search_json(search: Search) -> dict[str, object]:
    return {
        "question": search.question,
        "p_none": None if search.p_none is None else round(search.p_none, 4),
        "passages": [
            {
                "chunk_id": hit.chunk.chunk_id,
                "rank": hit.rank,
                "dense_rank": hit.dense_rank,
                "lexical_rank": hit.lexical_rank,
                "similarity": round(hit.similarity, 6),
            }
            for hit in search.passages
        ],
        "sentences": [
            {
                "text": item.candidate.text,
                "score": round(item.candidate.score, 4),
                "weights": {weight.name: round(weight.value, 3) for weight in item.weights},
            }
            for item in search.sentences
        ],
    }
