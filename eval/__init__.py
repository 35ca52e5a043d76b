"""Measures how good answers are, and fits what is fitted.

    from eval import evaluate
    scored = evaluate(Path("gold.jsonl"), Engine(archive), archive=archive).score()

    gold         the gold questions, and public data sets in their form
    run          asks a system the questions and records the outcomes
    scoring      scores of recorded answers, with intervals, and comparisons of two runs
    report       a run for people: terminal, Markdown, HTML
    train        fits the reader and its weights
    bench        speed, the chat page under load, a lying language model
    extraction   scores article extraction on real pages beside trafilatura
    grouping     scores which articles count as copies of each other or as one story
    assertion    fails a test where an archive does not answer its gold questions
    gate         fails when a shipped question is lost
    sweep        tries settings, cross-fitted
    commands     `byline eval …`

The public API is loaded when first used: importing this package loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eval.assertion import assert_answers
    from eval.gold.questions import load_gold
    from eval.report import write_report
    from eval.run.record import evaluate
    from eval.run.runfile import Run, read_run

__all__ = ["Run", "assert_answers", "evaluate", "load_gold", "read_run", "write_report"]

_HOMES = {
    "Run": "eval.run.runfile",
    "assert_answers": "eval.assertion",
    "evaluate": "eval.run.record",
    "load_gold": "eval.gold.questions",
    "read_run": "eval.run.runfile",
    "write_report": "eval.report",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'eval' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
