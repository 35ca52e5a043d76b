"""Finds the short forms of names that an article explains, such as "BA" beside "British Airways".

An article explains a short form if it has the name too: in brackets after it, or anywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.text.terms import STOP_WORDS

_SHORT = re.compile(r"\b[A-Z]{2,6}\b")
# Small words inside a name, which give no letter: "Bank of England".
_SMALL = r"(?:(?:of|the|and|for|de)[ \n]+)*"
_NAME = re.compile(rf"\b[A-Z][\w-]+(?:[ \n]+{_SMALL}[A-Z][\w-]*)+")


class ShortForm(NamedTuple):
    """A short form and the name it stands for, as an article has them."""

    short: str
    name: str

    def said_in(self, question: str, passage: str) -> str:
        """The question with the form that the passage has, where it lacks the question's own."""
        for form, other in ((self.short, self.name), (self.name, self.short)):
            lacks = has_word(question, form) and not has_word(passage, form)
            if lacks and has_word(passage, other):
                return re.sub(_word(form), other, question)
        return question


def short_forms(question: str, article: str) -> list[ShortForm]:
    """The short forms that the question has, or has the names of, and that the article explains.

    >>> short_forms("Why are BA's profits down?", "British Airways lost money. BA blames fuel.")
    [ShortForm(short='BA', name='British Airways')]
    """
    return [
        found
        for found in dict.fromkeys((*_of_shorts(question, article), *_of_names(question)))
        if has_word(article, found.short) and has_word(article, found.name)
    ]


def both_forms(text: str, forms: Sequence[ShortForm]) -> str:
    """The text, followed by the other form of each name that it has one form of."""
    others = [
        other
        for found in forms
        for form, other in ((found.short, found.name), (found.name, found.short))
        if has_word(text, form) and not has_word(text, other)
    ]
    return " ".join([text, *others])


def has_word(text: str, form: str) -> bool:
    """Whether the text has the form as whole words."""
    return re.search(_word(form), text) is not None


def _word(form: str) -> str:
    return rf"\b{re.escape(form)}\b"


def _of_shorts(question: str, article: str) -> Iterator[ShortForm]:
    """The question's short forms, each with the first name of these initials in the article."""
    for short in dict.fromkeys(_SHORT.findall(question)):
        words = rf"[ \n]+{_SMALL}".join(rf"{letter}[a-z][\w-]*" for letter in short)
        names = re.findall(rf"\b{words}\b", article)
        name = next((name for name in names if _is_name(name)), None)
        if name is not None:
            yield ShortForm(short, name)


def _of_names(question: str) -> Iterator[ShortForm]:
    """The question's names, each with its initials."""
    # The first word of a question has a capital too: "Did British Airways …".
    first, _, rest = question.partition(" ")
    for name in _NAME.findall(rest if first.casefold() in STOP_WORDS else question):
        initials = "".join(word[0] for word in name.split() if word[0].isupper())
        if _SHORT.fullmatch(initials) and _is_name(name):
            yield ShortForm(initials, name)


def _is_name(phrase: str) -> bool:
    """Whether no capital is that of a sentence's first, common word: "In Turin" is no name."""
    return not any(word.casefold() in STOP_WORDS for word in phrase.split() if word[0].isupper())
