"""Tells of which scripts the letters of a name are: one that mixes them may pose as another."""

from __future__ import annotations

import re
import unicodedata

# What is written together in one language (Unicode UTS 39, "highly restrictive").
_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)
_WORD = re.compile(r"[^\W\d_]+")


def scripts(text: str) -> set[str]:
    """The scripts of the letters of a text, as Unicode begins their names.

    >>> sorted(scripts("BBC \\N{CYRILLIC SMALL LETTER ES} 7"))
    ['CYRILLIC', 'LATIN']
    """
    # Some letters are everybody's: "º", "ー".
    return {
        unicodedata.name(char, "?").split(maxsplit=1)[0]
        for char in text
        if unicodedata.category(char) in ("Lu", "Ll", "Lt", "Lo")
    } - {"FEMININE", "MASCULINE", "MICRO", "FULLWIDTH", "HALFWIDTH", "?"}


def mixed_scripts(text: str) -> set[str]:
    """The scripts of those words that mix letters of several which no language mixes."""
    found: set[str] = set()
    for word in _WORD.findall(text):
        used = scripts(word)
        if len(used) > 1 and not any(used <= together for together in _TOGETHER):
            found |= used
    return found
