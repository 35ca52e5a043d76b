"""Notices of correction are told from news about corrections."""

from __future__ import annotations

import pytest

from rag.news.corrections import correction_notices
from tests.fakes import entry


def notices(*paragraphs: str) -> list[str]:
    article = entry("a.txt", *paragraphs).article
    return [article.text[span.start : span.end] for span in correction_notices(article)]


@pytest.mark.parametrize(
    "notice",
    [
        "Correction: The bridge is 90 metres long.",
        "CORRECTION (5 May): the mayor's name is Anna Reyes.",
        "**Correction:** Our report of 14 September gave the wrong sum.",
        "Corrections & clarifications: The ferry leaves at nine.",
        "Clarification, 3 June 2024: the council has not voted yet.",
        "An earlier version of this article misstated the number of dockers.",
        "A photo in a previous version of this story showed another port.",
        "An earlier version misspelled the name of the mayor.",
        "This report was corrected on 4 May to say that 14 people drowned.",
        "Editor's note: This story has been updated to correct the name of the judge.",
    ],
)
def test_a_notice_is_recognised(notice: str) -> None:
    assert notices("The bridge was shut on Monday.", notice) == [notice]


@pytest.mark.parametrize(
    "paragraph",
    [
        "The department of corrections: a portrait of the prison in Lowick.",
        "Correction of the river bed will cost 4 million crowns.",
        "The market saw a correction: shares fell by a tenth.",
        "An earlier version of the law was struck down by the court.",
        "This story has been updated.",
        "The teacher corrected the pupils' articles.",
    ],
)
def test_other_paragraphs_are_none(paragraph: str) -> None:
    assert notices(paragraph) == []
