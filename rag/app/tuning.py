"""Makes the embedding model and the reader faster on this processor.

What is usual input is learnt from the sample articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eval.gold.draft import draft
from rag.app.demo import QUESTIONS, demo_archive
from rag.embed import DEFAULT_MODEL, LocalEmbedder, passage_input
from rag.encoder import int8
from rag.encoder.int8 import Trial, torch_encoder
from rag.errors import UsageError
from rag.model import Hit, Query
from rag.reading.loading import reader_sha256, shared_model
from rag.reading.span_model import PAIRING, Context, inputs_of
from rag.retrieval.retrieve import retrieve

_DRAFTED = 12
# Questions that the reader is timed on.
_TRIED = 3

Found = Sequence[tuple[str, Sequence[Hit]]]


class Tuned(NamedTuple):
    """What tuning gained for the embedding model and for the reader."""

    embedder: Trial
    reader: Trial


def tune(model: str | None, reader: str | None) -> Tuned:
    """Makes int8 encoders for the embedding model and the reader, and keeps those that gain.

    :param model: the embedding model; None is the one that comes with Byline, as for the reader.
    :raises UsageError: if libraries are missing, or the reader is not one that Byline trained.
    :raises ModelError: if a model cannot be loaded or an encoder cannot be made.
    """
    if not int8.can_tune():
        raise UsageError(
            "OpenVINO and NNCF are not installed.", hint="Run: pip install 'byline[fast]'"
        )
    found = _sample_passages()
    # A reader that cannot be tuned is told before anything is made.
    of_reader = _tune_reader(reader, found)
    return Tuned(_tune_embedder(model, found), of_reader)


def _tune_embedder(name: str | None, found: Found) -> Trial:
    passages = (passage_input(hit.article.title, hit.text) for _, hits in found for hit in hits)
    questions = (question for question, _ in found)
    return LocalEmbedder(name or DEFAULT_MODEL).tune(list(dict.fromkeys((*passages, *questions))))


def _tune_reader(name: str | None, found: Found) -> Trial:
    sha256, exact = reader_sha256(name), shared_model(name, bf16=False)
    if not sha256 or not hasattr(exact.network, PAIRING):
        raise UsageError(
            f"{name} is not a reader that byline eval train reader wrote.",
            hint="Leave the setting reader out to tune the one that ships.",
        )
    read = [
        [(question, Context(hit.article.title, hit.text)) for hit in hits]
        for question, hits in found
    ]
    network = exact.network
    alone = [inputs_of(network, [one]) for pairs in read[:-_TRIED] for one in exact.encode(pairs)]
    together = [inputs_of(network, exact.encode(pairs)) for pairs in read[-_TRIED:]]
    today = torch_encoder(shared_model(name, bf16=True).network)
    return int8.tune(network, today, alone, together, sha256)


def _sample_passages() -> Found:
    """Questions, and the passages of the sample articles that are found for them."""
    with demo_archive(None) as archive:
        asked = [*(item.question for item in draft(archive, _DRAFTED)), *QUESTIONS]
        return [(question, retrieve(archive, Query(question)).hits) for question in asked]


def result(what: str, trial: Trial) -> str:
    """Says what tuning gained for `what`."""
    measured = f"{trial.speed:.1f} times as fast in int8 (cosine of the states {trial.cosine:.3f})"
    if trial.gains:
        return f"The {what} is {measured}. From now on it computes so."
    return f"The {what} is {measured}: too little gained or too much changed. It stays as it was."


def engine_lines(identity: str, reader: str | None) -> list[str]:
    """Says what the embedding model of that identity and the reader compute with, a line each."""
    trials = {
        "embedding model": int8.tuned(identity),
        "reader": int8.tuned(reader_sha256(reader)),
    }
    lines = [
        f"The {what} computes with torch."
        if trial is None
        else f"The {what} computes in int8, {trial.speed:.1f} times as fast as without."
        for what, trial in trials.items()
    ]
    if int8.can_tune() and None in trials.values():
        lines.append("byline tune tries to make them faster.")
    return lines
