"""Puts names in the place of "he" and "she" at the start of sentences, for the reader alone.

"Ines Varga cut the ribbon. She became head librarian" reads as "… Ines Varga became head
librarian". Spans are found in what was read and stand in the passage as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rag.model import Span
from rag.text.names import bare_names
from rag.text.persons import person_score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PRONOUN = re.compile(r"[\"“'‘(]*(?P<pronoun>He|She)\b(?!['’-])")


class Reference(NamedTuple):
    """The characters of a pronoun in a passage, and of the name that it stands for."""

    pronoun: Span
    name: Span


class ResolvedPassage(NamedTuple):
    """A passage as it is read, with a name for each pronoun of `references`, in order."""

    text: str
    references: tuple[Reference, ...]

    def in_passage(self, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """Converts offsets (n, 2) in `text` to those in the passage: a name is its pronoun."""
        import numpy as np

        found, grown = offsets.copy(), 0
        for pronoun, name in self.references:
            start, longer = pronoun.start + grown, name.end - name.start
            inside = (offsets[:, 0] >= start) & (offsets[:, 0] < start + longer)
            after = offsets[:, 0] >= start + longer
            grown += longer - (pronoun.end - pronoun.start)
            found[inside] = pronoun.start, pronoun.end
            found[after] = offsets[after] - grown
        return np.maximum(found, 0)


def resolve_pronouns(text: str, sentences: Sequence[Span]) -> ResolvedPassage:
    """Replaces each "He" or "She" that begins a sentence by the one person named just before.

    The person is the only one that the sentence before names, or whom its own pronoun stands for.

    :param sentences: where the sentences stand in the text, in order.
    """
    references = list[Reference]()
    person: Span | None = None
    for i, sentence in enumerate(sentences):
        said = text[sentence.start : sentence.end]
        match = _PRONOUN.match(said)
        if match is None:
            person = None
        elif person is not None:
            start = sentence.start + match.start("pronoun")
            references.append(Reference(Span(start, sentence.start + match.end()), person))
        if i + 1 < len(sentences) and _PRONOUN.match(text, sentences[i + 1].start):
            person = _only_person(text, sentence, person)
    return ResolvedPassage(_replaced(text, references), tuple(references))


def _only_person(text: str, sentence: Span, referred: Span | None) -> Span | None:
    """The only person of a sentence that may begin with a pronoun for the one `referred`."""
    said = text[sentence.start : sentence.end]
    persons = [name for name in bare_names(said, text) if person_score(name, text) > 0]
    if not persons:
        return referred
    if referred is not None or len({name.rpartition(" ")[2] for name in persons}) > 1:
        return None
    name = max(persons, key=len)
    start = said.find(name)
    # A name in capitals is not said in its usual form.
    return None if start < 0 else Span(sentence.start + start, sentence.start + start + len(name))


def _replaced(text: str, references: Sequence[Reference]) -> str:
    pieces, end = list[str](), 0
    for pronoun, name in references:
        pieces += text[end : pronoun.start], text[name.start : name.end]
        end = pronoun.end
    return "".join((*pieces, text[end:]))
