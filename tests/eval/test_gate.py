import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from eval.gate import CORPUS, GOLD, judge, sample_scores, update
from eval.gold.questions import GoldQuestion, folder_sources, load_gold
from eval.run.systems import Ask
from eval.scoring.compare import Rule
from eval.scoring.score import ScoredRun
from rag.errors import UsageError
from rag.model import Filters
from rag.store.archive import Archive
from tests.fakes import HashingEmbedder

QUESTIONS = load_gold(GOLD, sources=folder_sources(CORPUS))
LOST = next(question for question in QUESTIONS if question.evidence)


class Oracle:
    """Quotes the gold evidence of every question, but for one that it may have forgotten."""

    name = "oracle"
    settings: Mapping[str, object] = {}

    def __init__(
        self, forgets: GoldQuestion | None = None, raises: GoldQuestion | None = None
    ) -> None:
        self._forgets = forgets
        self._raises = raises

    def over(self, archive: Archive | None) -> Ask:
        assert archive is not None
        gold = {question.question: question for question in QUESTIONS}
        with archive.record.snapshot() as record:
            stored = [record.version(item.article_id, item.version) for item in record.listing()]
        articles = {item.article.source: item.article for item in stored if item is not None}

        def ask(question: str, _: Filters) -> Mapping[str, Any]:
            asked = gold[question]
            if asked == self._raises:
                raise RuntimeError("planted")
            if asked == self._forgets or not asked.evidence:
                return {"status": "not_in_articles", "candidates": [], "claims": []}
            quotes = []
            for item in asked.evidence:
                article = articles[item.source]
                start = article.text.index(item.quote)
                names = {
                    "article_id": article.article_id,
                    "version": article.version,
                    "source": item.source,
                }
                quotes.append(
                    {**names, "start": start, "end": start + len(item.quote), "text": item.quote}
                )
            return {
                "status": "answered",
                "candidates": quotes,
                "claims": [{"text": quotes[0]["text"], "quotes": quotes}],
            }

        return ask


def scores(**fields: GoldQuestion) -> ScoredRun:
    return sample_scores(Oracle(**fields), embedder=HashingEmbedder())


@pytest.fixture(scope="module")
def good() -> ScoredRun:
    return scores()


def test_the_gate_passes_what_was_committed(tmp_path: Path, good: ScoredRun) -> None:
    baseline = tmp_path / "baseline.json"
    update(good, "the beginning", baseline)
    assert judge(scores(), baseline).passed


@pytest.mark.parametrize(
    ("fault", "rule"), [("forgets", Rule.QUESTION_LOST), ("raises", Rule.NEW_ERROR)]
)
def test_one_planted_regression_fails_the_gate(
    tmp_path: Path, good: ScoredRun, fault: str, rule: Rule
) -> None:
    baseline = tmp_path / "baseline.json"
    update(good, "the beginning", baseline)
    verdict = judge(scores(**{fault: LOST}), baseline)
    assert not verdict.passed
    failure = next(failure for failure in verdict.failures if failure.rule is rule)
    assert failure.questions == (LOST.id,)
    # One question of many is no significant loss: here it is enough.
    assert Rule.SIGNIFICANT_LOSS not in [failure.rule for failure in verdict.failures]


def test_a_loss_that_is_accepted_is_in_the_file_with_its_reason(
    tmp_path: Path, good: ScoredRun
) -> None:
    baseline = tmp_path / "baseline.json"
    update(good, "the beginning", baseline)
    worse = scores(forgets=LOST)
    update(worse, " it was asked wrongly ", baseline)
    assert judge(worse, baseline).passed
    plain = json.loads(baseline.read_text())
    assert plain["reasons"] == ["the beginning", "it was asked wrongly"]
    assert not {"confidence", "latency_ms"} & {
        name for score in plain["scores"] for name in score["values"]
    }
    assert sum(LOST.id in line for line in baseline.read_text().split("\n")) == 1


def test_a_baseline_needs_a_reason_and_has_to_be_there(tmp_path: Path, good: ScoredRun) -> None:
    baseline = tmp_path / "baseline.json"
    with pytest.raises(UsageError, match="reason"):
        update(good, " ", baseline)
    with pytest.raises(UsageError, match="cannot be read") as caught:
        judge(good, baseline)
    assert "--update" in caught.value.hint
