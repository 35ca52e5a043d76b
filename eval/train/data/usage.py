"""Classifies names and finds the base forms of verbs from how articles use them.

A name is a run of capitalised words. English.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal

Kind = Literal["person", "place", "other"]

WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")
_CAPITAL = r"[A-Z][\w’'\-]*"
_AGED = re.compile(rf"\b({_CAPITAL}) (?:{_CAPITAL} )?({_CAPITAL}), (?:aged )?\d\d,")
_SPEAKER = re.compile(rf"\b(?:Mr|Mrs|Ms|Dr|Sir|Lord|Judge|Sgt|Inspector) ({_CAPITAL})")
_PLACED = re.compile(rf"\b(?:[Ii]n|[Nn]ear|across|outside|around) ({_CAPITAL}(?: {_CAPITAL})?)")
_INNER = re.compile(rf"(?<=[a-z,] )({_CAPITAL})(?: ({_CAPITAL}))?")
_IRREGULAR = dict(
    pair.split(":")
    for pair in (
        "beat:beat became:become began:begin broke:break brought:bring built:build bought:buy "
        "came:come caught:catch chose:choose cost:cost cut:cut died:die drew:draw drove:drive "
        "fell:fall felt:feel fought:fight found:find flew:fly gave:give got:get grew:grow "
        "heard:hear held:hold hit:hit kept:keep knew:know led:lead left:leave lost:lose lay:lie "
        "made:make met:meet paid:pay put:put ran:run rose:rise said:say sang:sing sat:sit saw:see "
        "sent:send set:set shot:shoot sold:sell spent:spend spoke:speak spread:spread stole:steal "
        "stood:stand struck:strike swam:swim took:take taught:teach threw:throw thought:think "
        "told:tell tied:tie understood:understand went:go won:win woke:wake wore:wear wrote:write "
        "hid:hide rode:ride shut:shut slept:sleep stuck:stick sought:seek"
    ).split()
)


class Usage:
    """Counts of how articles use their words."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._small: Counter[str] = Counter()
        self._large: Counter[str] = Counter()
        self._placed: Counter[str] = Counter()
        self._first_names: Counter[str] = Counter()
        self._surnames: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._leading: Counter[str] = Counter()
        for text in texts:
            self._small.update(word for word in WORD.findall(text) if word[0].islower())
            self._add_names(_INNER.findall(text))
            self._placed.update(_PLACED.findall(text))
            self._surnames.update(_SPEAKER.findall(text))
            for first, last in _AGED.findall(text):
                self._first_names[first] += 1
                self._surnames[last] += 1
        for (first, last), count in self._pairs.items():
            if self._first_names[first] >= 2:
                self._surnames[last] += count

    def _add_names(self, found: Iterable[tuple[str, str]]) -> None:
        for first, last in found:
            self._large[first] += 1
            self._leading[first] += 1
            if last:
                self._large[last] += 1
                self._pairs[first, last] += 1

    def is_name(self, word: str, following: str = "") -> bool:
        """Whether the word mostly has a capital within sentences, or had one before `following`."""
        return self._large[word] >= self._small[word.lower()] or self._pairs[word, following] >= 2

    def kind(self, name: str) -> Kind:
        """The likeliest kind of the name; teams may count as persons, questions ask alike."""
        first, *more = name.split()
        last = more[-1] if more else first
        if more and self._first_names[first] >= 2:
            return "person"
        seen = self._pairs[first, last] if more else self._large[name]
        if self._placed[name] >= 3 and 5 * self._placed[name] >= seen:
            return "place"
        if more:
            alone = self._leading[last] if len(more) == 1 else 0
            return "person" if alone >= seen >= 2 else "other"
        surname = self._surnames[name]
        return "person" if surname >= 2 and 5 * surname >= seen else "other"

    def base_form(self, past: str) -> str | None:
        """The base form of a verb in the simple past, None if the word does not look like one."""
        if past in _IRREGULAR:
            return _IRREGULAR[past]
        if not past.endswith("ed") or len(past) < 5:
            return None
        stem = past[:-2]
        forms = [stem, f"{stem}e"]
        forms += [stem[:-1]] if stem[-1] == stem[-2] else []
        forms += [f"{stem[:-1]}y"] if stem.endswith("i") else []
        best = max(forms, key=lambda form: self._small[form])
        return best if self._small[best] else None
