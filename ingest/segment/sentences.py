"""Splits an article's text into sentences: spans that cover all of it but white space.

Offsets are half-open, in code points of `Article.text`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ingest.segment.boundaries import boundaries
from rag.model import Block, Sentence


def sentences(text: str, blocks: Sequence[Block]) -> tuple[Sentence, ...]:
    """Splits a text into sentences, each within one block and of its kind.

    Each character of a block that is not white space lies in exactly one sentence. Closing quotes
    and brackets belong to the sentence before them. Time is linear in the text.

    >>> text = "Mr. Able won. He left."
    >>> [text[s.start : s.end] for s in sentences(text, [Block(0, len(text))])]
    ['Mr. Able won.', 'He left.']
    """
    return tuple(sentence for block in blocks for sentence in _sentences_of(text, block))


def _sentences_of(text: str, block: Block) -> Iterator[Sentence]:
    line = text[block.start : block.end]
    ends = boundaries(line)
    for start, end in zip([0, *ends], [*ends, len(line)], strict=True):
        span = line[start:end]
        stripped = span.strip()
        if stripped:
            first = block.start + start + len(span) - len(span.lstrip())
            yield Sentence(first, first + len(stripped), block.kind)
