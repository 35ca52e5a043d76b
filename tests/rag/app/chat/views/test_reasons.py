"""Why an answer is what it is, as the page has it: steps in order, everything escaped."""

from __future__ import annotations

from html import unescape

from rag.app.chat.views.reasons import reasons_html
from rag.explanation import Ending, Explanation, Search
from rag.model import Candidate, Chunk, Hit, Kind, Rejected, Sentence
from rag.reading.weights import Weighed, Weight
from tests.rag.app.chat.views.test_article_list import text
from tests.rag.test_render import HOSTILE, WORDS, answered, article, claim, quote

HIT = Hit(Chunk("a1", "v1", 0, len(WORDS)), article(), (), 1, 0.5, 0.75, dense_rank=3)
NEAR = Candidate(article(), Sentence(0, len(WORDS)), 0.42, None, 1)
SEARCH = Search("q", (HIT,), (Weighed(NEAR, (Weight("has the question's words", 1.5),)),), 0.2)


def test_the_stage_comes_first_and_the_steps_in_their_order() -> None:
    answer = answered(claim(quote()), kind=Kind.AMOUNT)
    explained = Explanation(answer, (SEARCH,), 0.5, answer.archive_revision, Ending.ANSWERED)
    said = unescape(text(reasons_html(explained)))
    assert said.startswith("Answered, 80% sure.")
    order = [
        "Understood as: q (asks for an amount)",
        "Found 1 passage, best first: Ferry back:",
        "passage 1: by meaning rank 3 (likeness 0.75), by words not found",
        f"{WORDS} 42%, passage 1, +1.5 has the question's words",
        "30 points under the 50% above which Byline stays silent.",
    ]
    places = [said.index(words) for words in order]
    assert places == sorted(places)


def test_what_the_checks_refused_is_said_as_text() -> None:
    answer = answered(claim(quote()), rejected=(Rejected(HOSTILE, "other words"),))
    html = reasons_html(Explanation(answer, (), 0.5, answer.archive_revision, Ending.ANSWERED))
    assert "The checks refused:" in html
    assert "other words" in html
    assert "<script" not in html
