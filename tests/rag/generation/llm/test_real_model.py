"""A real model answers gold questions over the sample articles, where there is one.

BYLINE_TEST_LLM names it, such as `http://127.0.0.1:8080/v1`; without it these tests are skipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from eval.gate import CORPUS, GOLD
from eval.gold.questions import GoldQuestion, folder_sources, load_gold
from eval.run.archives import Archives
from eval.run.jobs import Job
from rag.answer import Answer
from rag.engine import Engine
from rag.generation.llm.providers import language_model
from rag.store.archive import Archive
from rag.verify import verify_answer

NAME = os.environ.get("BYLINE_TEST_LLM", "")
MOST = 12
TIMEOUT_S = 600.0

pytestmark = pytest.mark.skipif(not NAME, reason="BYLINE_TEST_LLM names no language model")

QUESTIONS = tuple(load_gold(GOLD, sources=folder_sources(CORPUS)))[:MOST]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    archives = Archives(tmp_path_factory.mktemp("archives"))
    with archives.opened(Job("samples", CORPUS, QUESTIONS)) as opened:
        assert opened is not None
        yield opened


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_a_real_model_is_never_worse_than_the_quotes(
    archive: Archive, question: GoldQuestion
) -> None:
    engine = Engine(archive, llm=language_model(NAME, timeout_s=TIMEOUT_S))
    written, quoted = (asked.ask(question.question) for asked in (engine, engine.quoting()))
    with archive.record.snapshot() as snapshot:
        assert all(item.ok for item in verify_answer(snapshot, written.to_json()))
    assert is_right(question, written) >= is_right(question, quoted)


def is_right(question: GoldQuestion, answer: Answer) -> bool:
    """Whether every group of gold answers stands in what is shown; abstention if there are none."""
    if not question.answerable:
        return not answer.claims
    shown = [text for c in answer.claims for text in (c.text, *(quote.text for quote in c.quotes))]
    found = " ".join(shown).casefold()
    return all(any(text.casefold() in found for text in group) for group in question.answers)
