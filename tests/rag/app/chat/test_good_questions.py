"""Questions to begin with: only those that are answered right, of different articles; topics."""

from __future__ import annotations

from collections.abc import Callable

from eval.gold.draft import Proposal
from rag.answer import Answer
from rag.app.chat.good_questions import answered as answered_questions
from rag.app.chat.good_questions import topics
from rag.app.chat.views.front import Topic
from rag.model import Sentence, Status
from rag.store.database import Listing
from tests.rag.test_render import answered, article, claim, quote, short


def proposal(number: int, answer: str = "41 people", name: str = "") -> Proposal:
    return Proposal(
        f"Question {number}?", answer, article(name=name or f"a{number}"), Sentence(0, 9)
    )


def says(words: str, confidence: float = 0.9) -> Answer:
    said = quote()
    return answered(claim(said, answer=short(words, said)), confidence=confidence)


def test_questions_that_are_answered_right_are_kept_one_an_article() -> None:
    proposed = [proposal(1), proposal(2, "Berta"), proposal(3, name="a1"), proposal(4), proposal(5)]
    kept = answered_questions(proposed, lambda _: says("41 people"), 2)
    assert kept == ["Question 1?", "Question 4?"]


def test_an_unsure_or_missing_answer_keeps_nothing() -> None:
    asked: list[str] = []

    def ask(answer: Answer) -> Callable[[str], Answer]:
        def recorded(question: str) -> Answer:
            asked.append(question)
            return answer

        return recorded

    proposed = [proposal(number) for number in range(40)]
    assert answered_questions(proposed, ask(says("41 people", confidence=0.3)), 3) == []
    assert len(asked) == 12
    abstained = answered(status=Status.NOT_IN_ARTICLES)
    assert answered_questions(proposed, ask(abstained), 3) == []


def listed(title: str, number: int) -> Listing:
    return Listing(f"a{number}", "v1", "a.txt", title, None, None, None, 1, 1)


def test_topics_are_the_names_of_many_headlines() -> None:
    titles = [
        "Why Byers went",
        "Pressure on Byers",
        "Tears for Byers",
        "Rain over Fenn",
        "US and EU talk",
    ]
    found = topics([listed(title, number) for number, title in enumerate(titles)])
    assert found == [Topic("Byers", 3)]
    assert topics([]) == []
