"""Recognises notices of correction in an article: "Correction: our report said …". English."""

from __future__ import annotations

import re

from rag.model import Article, Span

_REPORT = r"(?:article|story|report|piece|page|post|dispatch|column|review|interview|headline)"
_NOTICE = re.compile(
    r"^\W*(?:corrections?|clarifications?|corrected|correction and clarification|erratum)\b"
    r"(?:\s?\([^)]{1,40}\)|,?\s[^:.]{1,40})?\W{0,3}:"
    rf"|\b(?:earlier|previous|original|prior|initial)\sversions?\sof\sth(?:is|e)\s{_REPORT}\b"
    r"|\b(?:earlier|previous|original|prior)\sversion(?:\sof[^.]{1,40})?"
    r"\s(?:mis[a-z]+ed|misspelled|incorrectly|wrongly|mistakenly|erroneously)\b"
    rf"|\bth(?:is|e)\s{_REPORT}\s(?:was|has been|is)\s(?:\w+\s)?(?:corrected|amended)\b"
    rf"|\bth(?:is|e)\s{_REPORT}\s(?:was|has been)\s(?:updated|revised|changed|edited)"
    r"\sto\s(?:correct|clarify|fix)\b",
    re.IGNORECASE,
)


def correction_notices(article: Article) -> list[Span]:
    """The paragraphs of an article that correct it or another one, as spans of its text."""
    return [
        Span(block.start, block.end)
        for block in article.blocks
        if _NOTICE.search(article.text[block.start : block.end])
    ]
