"""Cleans a draft: finds the title, removes boilerplate, marks standfirst, captions and headings.

Lines are judged by what they say (`boilerplate`) and by their place: only a line above the article
may state an author, an outlet, a date or a link.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.clean import boilerplate
from ingest.extract.draft import Draft, Line
from rag.model import BlockKind

_HEAD_LINES = 8
_HEAD_OTHERS = 3
_HEAD_WORDS = 60
_TITLE_WORDS, _TITLE_CHARACTERS = 30, 220
_HEADING_WORDS, _HEADING_CHARACTERS = 14, 110
_SHORTENED = 100
_STANDFIRST_WORDS = 6
_NOT_WORDS = re.compile(r"[\W_]+")
_STOP = re.compile(r"[.。।؟;:,]['\"”’»)\]]*$")
_ABBREVIATION_AT_END = re.compile(
    r"(?:\b[A-Z]\.(?:[A-Z]\.)+|\b(?:Jr|Sr|Inc|Ltd|Co|Corp|St|etc|No|vs|a\.m|p\.m)\.|\.\.\.)['\"”’]?$"
)
_SENTENCE = re.compile(r"\S.*?[.!?。]['\"”’)]*(?=\s|$)")


@dataclass(slots=True)
class _Judging:
    """The lines of one draft while they are judged: `lines[i]` is None if `draft.lines[i]` goes."""

    draft: Draft
    lines: list[Line | None]
    headlines: frozenset[str]
    longest: int

    def text(self, index: int) -> str:
        return self.draft.lines[index].text if 0 <= index < len(self.lines) else ""

    def mark(self, index: int, kind: BlockKind) -> None:
        line = self.lines[index] if 0 <= index < len(self.lines) else None
        if line is not None:
            self.lines[index] = line._replace(kind=kind)

    def repeats_headline(self, index: int) -> bool:
        text = self.text(index)
        return len(text) <= self.longest and fingerprint(text) in self.headlines


def tidy(draft: Draft) -> Draft:
    """Cleans a draft; its title is empty only if no line is left."""
    draft = _with_title(_without_prompts(draft))
    headlines = frozenset(filter(None, map(fingerprint, draft.headlines)))
    # A repeat may be set with more quotes and spaces, but is never much longer.
    longest = 2 * max(map(len, headlines), default=0)
    judging = _Judging(draft, list(draft.lines), headlines, longest)
    head = _head_end(judging)
    for index in range(head):
        _take_from_head(judging, index)
    _mark_captions(judging, head)
    _mark_standfirst(judging, head)
    _drop_headlines(judging)
    return replace(judging.draft, lines=tuple(_mark_headings(_body(judging, head))))


def fingerprint(text: str) -> str:
    """Reduces a headline to its words, without case, spaces and punctuation, to compare it."""
    return _NOT_WORDS.sub(" ", text.casefold()).strip()


def _without_prompts(draft: Draft) -> Draft:
    """Removes prompts and links; the first link above the article is kept as its address."""
    kept: list[Line] = []
    url = draft.url
    for position, line in enumerate(draft.lines):
        link = boilerplate.link_of(line.text)
        if link is not None:
            url = url or (
                link if position < _HEAD_LINES and all(_is_short(other) for other in kept) else None
            )
        elif not boilerplate.is_prompt(line.text):
            kept.append(line)
    return replace(draft, lines=tuple(kept), url=url)


def _is_short(line: Line) -> bool:
    return len(line.text.split()) <= _HEAD_WORDS


def _with_title(draft: Draft) -> Draft:
    """Finds the title, stated or the first line that is not boilerplate, and all its wordings."""
    lines = list(draft.lines)
    if lines and (glued := boilerplate.split_link(lines[0].text)) and _is_headline(glued.line):
        lines[0] = lines[0]._replace(text=glued.line)
        draft = replace(draft, url=draft.url or glued.url, lines=tuple(lines))
    if draft.title is not None:
        return replace(draft, headlines=(draft.title, *draft.headlines))
    first = next(
        (
            index
            for index, line in enumerate(lines)
            if not _is_head_boilerplate(line.text, "") and not _is_masthead(lines, index)
        ),
        len(lines),
    )
    if first + 1 < len(lines) and _is_headline(lines[first].text):
        title = lines.pop(first).text
        return replace(draft, title=title, headlines=(title, *draft.headlines), lines=tuple(lines))
    return replace(draft, title=_title_from(lines))


def _is_masthead(lines: Sequence[Line], index: int) -> bool:
    """Recognizes a paper's name above a line with a date or a byline, the headline below them."""
    below = [line.text for line in lines[index + 1 : index + 4]]
    stated = [text for text in below if boilerplate.stated_in(text) is not None]
    others = [text for text in below if text not in stated]
    return (
        boilerplate.is_paper(lines[index].text)
        and below[:1] == stated[:1]
        and bool(stated and others)
        and _is_headline(others[0])
    )


def _is_headline(text: str) -> bool:
    if (
        len(text) > _TITLE_CHARACTERS
        or len(text.split()) > _TITLE_WORDS
        or not any(char.isalpha() for char in text)
    ):
        return False
    return not _STOP.search(text) or _ABBREVIATION_AT_END.search(text) is not None


def _title_from(lines: Sequence[Line]) -> str:
    """Makes a title from the first heading, else from the first sentence, shortened."""
    for line, following in pairwise(lines):
        if line.kind is BlockKind.HEADING or _is_heading(line, following):
            return line.text
    first = lines[0].text[:2000] if lines else ""
    sentence = _SENTENCE.match(first)
    return _shorten(sentence[0] if sentence else first)


def _shorten(text: str) -> str:
    if len(text) <= _SHORTENED:
        return text
    return text[:_SHORTENED].rsplit(" ", 1)[0].rstrip(" ,;:–—-") + "…"


def _head_end(judging: _Judging) -> int:
    """Finds where the boilerplate above the article ends: one past its last line."""
    end = others = 0
    for index, line in enumerate(judging.draft.lines[:_HEAD_LINES]):
        if judging.repeats_headline(index) or _is_head_boilerplate(
            line.text, judging.text(index - 1)
        ):
            end = index + 1
            continue
        others += 1
        if others > _HEAD_OTHERS or not _is_short(line):
            break
    return end


def _is_head_boilerplate(text: str, above: str) -> bool:
    return (
        boilerplate.is_credit(text)
        or boilerplate.is_place_label(text)
        or boilerplate.stated_in(text) is not None
        or boilerplate.outlet_of(text, above) is not None
    )


def _take_from_head(judging: _Judging, index: int) -> None:
    """Removes a line of boilerplate and keeps what it states."""
    text, above = judging.text(index), judging.text(index - 1)
    if boilerplate.is_place_label(text):
        judging.lines[index] = None
    stated = boilerplate.stated_in(text) or boilerplate.outlet_of(text, above)
    if judging.repeats_headline(index) or boilerplate.is_credit(text) or stated is None:
        return
    judging.lines[index] = None
    # A name alone is a byline, or a paper's, only where a date, an outlet or a byline is below it.
    if stated.publisher is None and _is_of_paper(judging, index, above):
        stated = stated._replace(publisher=above)
        judging.lines[index - 1] = None
    elif stated.author is None and boilerplate.is_name(above):
        stated = stated._replace(author=above)
        judging.lines[index - 1] = None
    draft = judging.draft
    judging.draft = replace(
        draft,
        author=draft.author or stated.author,
        publisher=draft.publisher or stated.publisher,
        published=draft.published or stated.published,
        updated=draft.updated or stated.updated,
    )


def _is_of_paper(judging: _Judging, index: int, text: str) -> bool:
    """Whether a line names a paper; what may be a person does if another is the author."""
    if not boilerplate.is_paper(text):
        return False
    if text.casefold().startswith("the ") or not boilerplate.is_name(text):
        return True
    near = (judging.draft.lines[i].text for i in range(index, min(index + 2, len(judging.lines))))
    told = [boilerplate.stated_in(line) for line in near]
    return judging.draft.author is not None or any(item and item.author for item in told)


def _mark_captions(judging: _Judging, head: int) -> None:
    """Marks captions, by their label or beside a picture's credit; removes the credits."""
    for index, line in enumerate(judging.draft.lines):
        if caption := boilerplate.caption_of(line.text):
            judging.lines[index] = Line(caption, BlockKind.CAPTION)
        elif boilerplate.is_credit(line.text) and not judging.repeats_headline(index):
            judging.lines[index] = None
            for neighbour in (index - 1, index + 1):
                if boilerplate.reads_as_caption(judging.text(neighbour)):
                    judging.mark(neighbour, BlockKind.CAPTION)
            if index + 2 < head and judging.repeats_headline(index + 2):
                judging.mark(index + 1, BlockKind.CAPTION)


def _mark_standfirst(judging: _Judging, head: int) -> None:
    """Marks the first remaining line above the article, unless a picture's credit is before it."""
    for index in range(head):
        line = judging.lines[index]
        if line is None and boilerplate.is_credit(judging.text(index)):
            return
        if line is None or line.kind is not BlockKind.PARAGRAPH or judging.repeats_headline(index):
            continue
        if len(line.text.split()) >= _STANDFIRST_WORDS:
            judging.mark(index, BlockKind.STANDFIRST)
            return


def _drop_headlines(judging: _Judging) -> None:
    standfirst = fingerprint(judging.draft.standfirst or "")
    for index, line in enumerate(judging.draft.lines):
        if judging.repeats_headline(index):
            judging.lines[index] = None
        elif standfirst and index < _HEAD_LINES and fingerprint(line.text[:1000]) == standfirst:
            judging.mark(index, BlockKind.STANDFIRST)


def _body(judging: _Judging, head: int) -> list[Line]:
    """Returns the remaining lines; removes a desk's label from the first below the head."""
    above = [line for line in judging.lines[:head] if line is not None]
    below = [line for line in judging.lines[head:] if line is not None]
    if below:
        below[0] = below[0]._replace(text=boilerplate.without_label(below[0].text))
    return above + below


def _mark_headings(lines: Sequence[Line]) -> list[Line]:
    return [
        line._replace(kind=BlockKind.HEADING)
        if line.kind is BlockKind.PARAGRAPH and _is_heading(line, following)
        else line
        for line, following in zip(lines, [*lines[1:], None], strict=False)
    ]


def _is_heading(line: Line, following: Line | None) -> bool:
    """Recognizes a short line without a stop that opens with a capital, above a longer one."""
    text = line.text
    if following is None or len(text) > _HEADING_CHARACTERS or len(text.split()) > _HEADING_WORDS:
        return False
    opens = text.lstrip("\"'“‘«([")[:1]
    return (
        len(following.text) > len(text) + 40
        and not text.endswith(("!", "”", '"'))
        and not _STOP.search(text)
        and (opens.isupper() or opens.isdigit())
    )
