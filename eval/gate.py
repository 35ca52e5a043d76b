"""The regression gate: asks the shipped gold questions and fails when any question is lost.

The outcomes are compared with a committed baseline, question by question. Whoever accepts a loss
writes the baseline anew, with a reason that stays in the file.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from eval.gold.questions import folder_sources, load_gold
from eval.run.archives import Archives
from eval.run.jobs import Job
from eval.run.record import job_outcomes
from eval.run.systems import System
from eval.scoring.compare import GATING, Verdict, compare
from eval.scoring.score import QuestionScore, ScoredRun, score_run
from rag.errors import UsageError
from rag.validation import Malformed, read_json

if TYPE_CHECKING:
    from rag.embed import Embedder

_HERE = Path(__file__).resolve().parent
GOLD = _HERE / "gold" / "samples.jsonl"
CORPUS = _HERE.parent / "ingest" / "samples"
BASELINE = _HERE / "gold" / "samples_baseline.json"
# What is committed must be the same on every machine, so no confidence and no latency.
_COMMITTED = frozenset({*GATING, "error", "verbatim", "quotes_shown"})
_WRITE = "write one with: byline eval gate --update --reason …"


def sample_scores(system: System, *, embedder: Embedder | None = None) -> ScoredRun:
    """Asks the shipped questions of the shipped articles, in an archive made for it.

    Only the values that a baseline commits are kept. The embedder defaults to the packaged one in
    full precision, which gives the same results on every processor.

    :raises GoldError: if the shipped gold set has faults.
    """
    from rag.embed import LocalEmbedder

    embedder = embedder or LocalEmbedder(bf16=False)
    questions = tuple(load_gold(GOLD, sources=folder_sources(CORPUS)))
    with tempfile.TemporaryDirectory() as folder:
        archives = Archives(Path(folder), embedder=embedder)
        scored = score_run(
            questions, list(job_outcomes(system, [Job("samples", CORPUS, questions)], archives))
        )
    return replace(scored, scores=tuple(map(_committed, scored.scores)))


def _committed(score: QuestionScore) -> QuestionScore:
    kept = {
        name: None if value is None else round(value, 6)
        for name, value in sorted(score.values.items())
        if name in _COMMITTED
    }
    return replace(score, values=kept)


def judge(now: ScoredRun, baseline: Path = BASELINE) -> Verdict:
    """Compares the outcomes with the committed ones.

    :raises UsageError: if there is no baseline, or it cannot be read.
    """
    try:
        committed = read_json(ScoredRun, _read(baseline))
    except Malformed as error:
        raise UsageError(f"{baseline.name} is not a baseline: {error}", hint=_WRITE) from error
    return compare(committed, now, any_loss=True)


def update(now: ScoredRun, reason: str, baseline: Path = BASELINE) -> None:
    """Commits these outcomes as the baseline, and adds the reason to the earlier ones.

    :raises UsageError: if the reason is empty, or the baseline that is there cannot be read.
    """
    if not reason.strip():
        raise UsageError(
            "a new baseline needs a reason",
            hint="give with --reason what is lost or won, and why that is right",
        )
    try:
        reasons = json.loads(_read(baseline)).get("reasons", []) if baseline.exists() else []
    except (ValueError, AttributeError) as error:
        raise UsageError(f"{baseline.name} is not a baseline: {error}", hint=_WRITE) from error
    plain = asdict(now)
    # A question a line, so that a change of the file shows which questions turned.
    scores = ",\n".join(
        json.dumps(score, ensure_ascii=False, sort_keys=True) for score in plain.pop("scores")
    )
    head = {"reasons": [*reasons, reason.strip()], **plain}
    text = json.dumps(head, ensure_ascii=False, indent=1)
    baseline.write_text(f'{text[:-2]},\n "scores": [\n{scores}\n]}}\n', encoding="utf-8")


def _read(baseline: Path) -> str:
    try:
        return baseline.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the baseline {baseline.name} cannot be read: {error}", hint=_WRITE
        ) from error
