"""Makes the reader faster on this processor; it learns from the sample articles what is usual."""

from __future__ import annotations

from eval.gold.draft import draft
from rag.app.demo import QUESTIONS, demo_archive
from rag.errors import UsageError
from rag.model import Query
from rag.reading import int8
from rag.reading.loading import reader_sha256, shared_model
from rag.reading.span_model import PAIRING, Context
from rag.retrieval.retrieve import retrieve

_DRAFTED = 12


def tune_reader(name: str | None) -> int8.Trial:
    """Makes an int8 encoder for the reader of that name, and keeps it if it gains.

    :raises UsageError: if libraries are missing, or the reader is not one that Byline trained.
    :raises ModelError: if the reader cannot be loaded or the encoder cannot be made.
    """
    if not int8.can_tune():
        raise UsageError(
            "OpenVINO and NNCF are not installed.", hint="Run: pip install 'byline[fast]'"
        )
    sha256, exact = reader_sha256(name), shared_model(name, bf16=False)
    if not sha256 or not hasattr(exact.network, PAIRING):
        raise UsageError(
            f"{name} is not a reader that byline eval train reader wrote.",
            hint="Leave the setting reader out to tune the one that ships.",
        )
    return int8.tune(exact, shared_model(name, bf16=True), _sample_pairs(), sha256)


def _sample_pairs() -> list[int8.Pairs]:
    """Questions on the passages of the sample articles that are found for them."""
    with demo_archive(None) as archive:
        asked = [*(item.question for item in draft(archive, _DRAFTED)), *QUESTIONS]
        found = [(question, retrieve(archive, Query(question)).hits) for question in asked]
    return [
        [(question, Context(hit.article.title, hit.text)) for hit in hits]
        for question, hits in found
    ]


def result(trial: int8.Trial) -> str:
    """Says what tuning gained."""
    measured = f"{trial.speed:.1f} times as fast in int8 (cosine of the states {trial.cosine:.3f})"
    if trial.gains:
        return f"The reader is {measured}. From now on it reads so."
    return f"The reader is {measured}: too little gained or too much changed. It reads as before."


def engine_line(name: str | None) -> str:
    """Says in one line what the reader of that name computes with."""
    trial = int8.tuned(reader_sha256(name))
    if trial is not None:
        return f"The reader computes in int8, {trial.speed:.1f} times as fast as without."
    more = " byline tune tries to make it faster." if int8.can_tune() else ""
    return f"The reader computes with torch.{more}"
