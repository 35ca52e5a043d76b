"""The shipped gold set against its committed outcomes, question by question: any question lost fails.

In go a system and a baseline file; out comes a verdict. Whoever accepts a loss writes the baseline anew, with the reason, which stays
in the file. Significance is for the large sets.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.gold.questions import folder_sources, load_gold
from eval.run.archives import Archives, Job
from eval.run.record import job_answers
from eval.run.systems import System
from eval.scoring.compare import GATING, Verdict, compare
from eval.scoring.score import Outcome, QuestionScore, ScoredRun, score_run
from rag.errors import UsageError

if TYPE_CHECKING:
    from rag.embed import Embedder

_HERE = Path(__file__).resolve().parent
GOLD = _HERE / "gold" / "samples.jsonl"
CORPUS = _HERE.parent / "ingest" / "samples"
BASELINE = _HERE / "gold" / "samples_baseline.json"
# What is committed must be the same on every machine, so no confidence and no latency.
_COMMITTED = frozenset({*GATING, "error", "verbatim", "quotes_shown"})


def sample_scores(system: System, *, embedder: Embedder | None = None) -> ScoredRun:
    """Asks the shipped questions of the shipped articles, in an archive made for it; only what is committed is kept.

    The embedder defaults to the packaged one in full precision, which no processor rounds its own way.

    :raises GoldError: if the shipped gold set has faults.
    """
    from rag.embed import LocalEmbedder

    embedder = embedder or LocalEmbedder(bf16=False)
    questions = tuple(load_gold(GOLD, sources=folder_sources(CORPUS)))
    with tempfile.TemporaryDirectory() as folder:
        found = list(
            job_answers(
                system,
                [Job("samples", CORPUS, questions)],
                Archives(Path(folder), embedder=embedder),
            )
        )
    scored = score_run(
        questions, (Outcome(item.id, item.answer, item.error, item.verbatim) for item in found)
    )
    return replace(scored, scores=tuple(map(_committed, scored.scores)))


def _committed(score: QuestionScore) -> QuestionScore:
    kept = {name: value for name, value in sorted(score.values.items()) if name in _COMMITTED}
    return replace(
        score,
        values={name: value if value is None else round(value, 6) for name, value in kept.items()},
    )


def judge(now: ScoredRun, baseline: Path = BASELINE) -> Verdict:
    """How the outcomes compare with the committed ones.

    :raises UsageError: if there is no baseline, or it cannot be read.
    """
    return compare(ScoredRun.from_json(_read(baseline)), now, any_loss=True)


def update(now: ScoredRun, reason: str, baseline: Path = BASELINE) -> None:
    """Commits these outcomes, adding the reason to those that were given before.

    :raises UsageError: if the reason is empty, or the baseline that is there cannot be read.
    """
    if not reason.strip():
        raise UsageError(
            "a new baseline needs a reason",
            hint="say with --reason what is lost or won, and why that is right",
        )
    reasons = [*(_read(baseline).get("reasons", []) if baseline.exists() else []), reason.strip()]
    plain = now.to_json()
    # A question a line, so that a change of the file shows which questions turned.
    scores = ",\n".join(
        json.dumps(score, ensure_ascii=False, sort_keys=True) for score in plain.pop("scores")
    )
    head = json.dumps({"reasons": reasons, **plain}, ensure_ascii=False, indent=1)
    baseline.write_text(f'{head[:-2]},\n "scores": [\n{scores}\n]}}\n', encoding="utf-8")


def _read(baseline: Path) -> Mapping[str, Any]:
    try:
        plain = json.loads(baseline.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the baseline {baseline.name} cannot be read: {error}",
            hint="write one with: byline eval gate --update --reason …",
        ) from error
    if not isinstance(plain, dict):
        raise UsageError(
            f"{baseline.name} is no baseline",
            hint="write one with: byline eval gate --update --reason …",
        )
    return plain
