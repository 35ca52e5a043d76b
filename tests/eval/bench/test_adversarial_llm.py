"""A scripted model lies about the sample articles: what it states, and what is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.bench.adversarial_llm import Measured, measure
from eval.bench.fabrications import Kind, fabricate
from eval.gate import CORPUS, GOLD
from eval.gold.questions import folder_sources, load_gold
from eval.run.archives import Archives
from eval.run.jobs import Job
from rag.checks.backing import Backing
from rag.checks.check import why_unsupported
from tests.fakes import HashingEmbedder, SharedWords

SOURCES = folder_sources(CORPUS)
QUESTIONS = tuple(load_gold(GOLD, sources=SOURCES))
NEVER = (Kind.NUMBER, Kind.DATE, Kind.NAME, Kind.SPEECH)


def test_statements_are_the_same_each_time_and_each_is_told_once() -> None:
    made = fabricate(QUESTIONS, SOURCES, each=40)
    assert made == fabricate(QUESTIONS, SOURCES, each=40)
    assert {kind: sum(told.kind is kind for told in made) for kind in Kind} == dict.fromkeys(
        Kind, 40
    )
    assert len({(told.text, told.quote) for told in made}) == len(made)
    assert all(told.quote in " ".join((SOURCES(told.source) or "").split()) for told in made)


@pytest.mark.parametrize("kind", Kind)
def test_no_swapped_number_date_name_or_speech_passes_and_the_truth_does(kind: Kind) -> None:
    made = [told for told in fabricate(QUESTIONS, SOURCES, each=200) if told.kind is kind]
    passed = [
        told
        for told in made
        if why_unsupported(told.text, [Backing(told.quote, SOURCES(told.source) or "", None)])
        is None
    ]
    if kind is Kind.TRUE:
        assert len(passed) >= 0.9 * len(made)
    elif kind in NEVER:
        assert passed == []
    else:
        assert len(passed) <= 0.2 * len(made)


def test_all_the_way_from_a_reply_to_what_is_shown(tmp_path: Path) -> None:
    measured = Measured()
    told = fabricate(QUESTIONS, SOURCES, each=12)
    with Archives(tmp_path, embedder=HashingEmbedder(max_tokens=256)).opened(
        Job("samples", CORPUS, QUESTIONS)
    ) as archive:
        assert archive is not None
        measure(QUESTIONS, told, archive, measured, SharedWords())
        measure(QUESTIONS[:1], told, archive, again := Measured(), SharedWords())
    first = [item for item, _ in measured.shown if item.question_id == QUESTIONS[0].id]
    assert [item for item, _ in again.shown] == first, "kept replies are counted, too"
    assert len(measured.shown) > 0.8 * len(told)
    assert [item for item, shown in measured.shown if shown and item.kind in NEVER] == []
    truths = [shown for item, shown in measured.shown if item.kind is Kind.TRUE]
    assert sum(truths) >= 0.8 * len(truths) > 0
    assert all(measured.exact)
    shown = measured.table()
    assert f"quotes exact: {len(measured.exact)} of {len(measured.exact)}" in shown
    assert len(measured.rows()) == 3 * len(Kind)
