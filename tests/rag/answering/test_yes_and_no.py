"""Articles that say yes and articles that say no to one question are two sides."""

from __future__ import annotations

from rag.answering.yes_no import statement_of, yes_and_no
from tests.rag.news.readings import Told, reading_of

STATEMENT = statement_of("Is the Kesh station out of control?")
YES = Told("The Kesh station is out of control.", score=0.6)
NO = Told("The Kesh station is not out of control.", score=0.4)
ELSE = Told("The Kesh station has two cameras.", score=0.5)


def sides(*told: Told) -> list[tuple[str, int]]:
    found = yes_and_no(STATEMENT, reading_of(told).candidates)
    return [(str(item.value), len(item.candidates)) for item in found]


def test_yes_and_no_of_different_articles_are_two_sides() -> None:
    assert sides(YES, NO, ELSE) == [("yes", 1), ("no", 1)]
    assert sides(YES, NO, YES._replace(score=0.5)) == [("yes", 2), ("no", 1)]


def test_one_answer_is_no_conflict() -> None:
    assert sides(YES, ELSE) == []
    assert sides(NO, NO) == []


def test_what_hardly_answers_takes_no_side() -> None:
    assert sides(YES, NO._replace(score=0.001)) == []


def test_one_article_with_both_is_no_conflict() -> None:
    yes, no = reading_of([YES, NO]).candidates
    same = type(no)(yes.article, no.sentence, no.score, no.answer, 1)
    assert yes_and_no(STATEMENT, [yes, same]) == []
