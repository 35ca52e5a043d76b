"""Why an answer is what it is: passages, sentences and the outcome, as text."""

from __future__ import annotations

from rag.app.chat.views.reasons import reasons_html
from rag.model import Candidate, Chunk, Hit, Kind, Rejected, Sentence, Status
from tests.rag.app.chat.views.test_article_list import text
from tests.rag.test_render import HOSTILE, WORDS, answered, article, claim, quote

HIT = Hit(Chunk("a1", "v1", 0, len(WORDS)), article(), (), 1, 0.5, 0.75)
NEAR = Candidate(article(), Sentence(0, len(WORDS)), 0.42, None, 1)


def test_the_steps_stand_in_their_order() -> None:
    answer = answered(claim(quote()), candidates=(NEAR,), kind=Kind.AMOUNT)
    said = text(reasons_html(answer, [HIT]))
    assert said.startswith("Understood as: q (asks for an amount)")
    assert "Found 1 passage, best first: Ferry back alike in meaning: 0.75" in said
    assert f"most likely to answer: {WORDS} 42%" in said
    assert said.endswith("The chance that the best of these is right: 80%.")


def test_an_abstention_says_at_which_step_it_ended() -> None:
    answer = answered(status=Status.NOT_IN_ARTICLES, confidence=0.2, candidates=(NEAR,))
    assert "No sentence answers clearly enough (chance of being right: 20%)" in reasons_html(
        answer, [HIT]
    )
    assert "No article that may answer has anything on this." in reasons_html(answer, [])


def test_what_the_checks_left_out_is_said_as_text() -> None:
    answer = answered(claim(quote()), rejected=(Rejected(HOSTILE, "other words"),))
    html = reasons_html(answer, [HIT])
    assert "Left out:" in html
    assert "other words" in html
    assert "<script" not in html
