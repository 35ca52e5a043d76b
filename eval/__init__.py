"""Says how good answers are: gold questions and an engine in, scores with their intervals out.

    from eval import evaluate
    scored = evaluate(Path("gold.jsonl"), Engine(archive), archive=archive).score()

The public API, loaded when first used: importing this package loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eval.gold.questions import load_gold
    from eval.report import write_report
    from eval.run.record import evaluate
    from eval.run.runfile import Run, read_run

__all__ = ["Run", "evaluate", "load_gold", "read_run", "write_report"]

_HOMES = {
    "Run": "eval.run.runfile",
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
