import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.gold.datasets import Document, Task
from eval.gold.questions import Evidence, GoldQuestion, folder_sources, load_gold, lost_by_cleaning
from eval.run.archives import Archives, cleaned_articles
from eval.run.jobs import Job, job_of
from eval.run.record import evaluate, record
from eval.run.runfile import read_run
from eval.run.systems import Ask, Byline
from eval.scoring.outcome import Held, Outcome
from rag.conversation.turn import Turn
from rag.engine import Engine
from rag.errors import UsageError
from rag.model import Filters, PartialDate
from rag.reading.reader import TrainedReader
from rag.store.archive import Archive
from tests.fakes import HashingEmbedder

ROOT = Path(__file__).resolve().parents[3]
FERRY = "The ferry Linnea sank off Harwick on Monday. All forty passengers were saved by trawlers."
TRAINS = "Trains to the coast ran late all week. A signal box had burned down at Orby."
GOLD = (
    GoldQuestion(
        "q1",
        "Where did the ferry sink?",
        "place",
        True,
        (("Harwick",),),
        (Evidence("ferry.txt", "sank off Harwick"),),
    ),
    GoldQuestion(
        "q2",
        "Why were trains late?",
        "reason",
        True,
        (("signal box",),),
        (Evidence("trains.txt", "signal box had burned"),),
    ),
    GoldQuestion(
        "q3",
        "Who won the cup?",
        "unanswerable",
        None,
        (("nobody",),),
        (Evidence("gone.txt", "no such words"),),
    ),
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "ferry.txt").write_text(f"Ferry sinks\n\n{FERRY}\n")
    (folder / "trains.txt").write_text(f"Trains late\n\n{TRAINS}\n")
    return folder


def archives(tmp_path: Path) -> Archives:
    return Archives(tmp_path / "archives", embedder=HashingEmbedder())


class Counting:
    """Byline with a threshold of our own; remembers what it was asked, and may be interrupted."""

    name = "counting"

    def __init__(self, *, stops_after: int | None = None, setting: int = 1) -> None:
        self.asked: list[str] = []
        self.settings: Mapping[str, object] = {"setting": setting}
        self._stops_after = stops_after

    def over(self, archive: Archive | None) -> Ask:
        inner = Byline(threshold=0.5).over(archive)

        def ask(question: str, filters: Filters) -> Mapping[str, Any]:
            if len(self.asked) == self._stops_after:
                raise KeyboardInterrupt
            self.asked.append(question)
            return inner(question, filters)

        return ask


# ---------------------------------------------------------------- in memory


def test_any_function_can_be_scored_and_what_raises_is_an_error() -> None:
    def answers(question: str) -> dict[str, Any]:
        if "trains" in question:
            raise RuntimeError("out of order")
        return {
            "status": "answered",
            "claims": [{"text": "off Harwick", "answer": {"text": "Harwick"}}],
        }

    run = evaluate(GOLD[:2], answers)
    assert [item.error for item in run.outcomes] == [None, "RuntimeError: out of order"]
    values = {score.id: score.values for score in run.score().scores}
    assert values["q1"]["exact_match"] == 1.0
    assert (values["q1"]["error"], values["q2"]["error"]) == (0.0, 1.0)
    assert run.outcomes[0].verbatim is None


def test_an_answer_that_json_cannot_say_is_an_error() -> None:
    [item] = evaluate(
        GOLD[:1], lambda _: {"status": "answered", "confidence": float("nan")}
    ).outcomes
    assert item.error is not None
    assert item.error.startswith("ValueError")


def test_an_engine_is_told_the_date_that_a_question_asks_about(tmp_path: Path) -> None:
    class Dated:
        def __init__(self) -> None:
            self.filters: list[Filters] = []

        def ask(self, question: str, *, filters: Filters) -> dict[str, Any]:
            self.filters.append(filters)
            return {"status": "not_in_articles"}

    gold = tmp_path / "gold.jsonl"
    question = {
        "id": "q",
        "question": "Who?",
        "type": "person",
        "answerable": True,
        "answers": [["Ada"]],
    }
    gold.write_text(
        "\n".join(
            json.dumps({**question, "id": str(i), "as_of": as_of})
            for i, as_of in enumerate(["2024-10-24", None])
        )
    )
    engine = Dated()
    evaluate(gold, engine)
    assert engine.filters == [Filters(as_of=PartialDate.parse("2024-10-24")), Filters()]


def test_earlier_questions_are_asked_in_turn_of_an_engine_that_takes_a_history() -> None:
    class Remembering:
        def __init__(self) -> None:
            self.told: list[tuple[str, list[str]]] = []

        def ask(
            self, question: str, *, filters: Filters, history: Sequence[Turn] = ()
        ) -> dict[str, Any]:
            self.told.append((question, [turn.question for turn in history]))
            return {"status": "not_in_articles", "question": question, "asked_as": question.upper()}

    gold = GoldQuestion("q", "c?", "follow_up", None, (), history=("a?", "b?"))
    engine = Remembering()
    [item] = evaluate([gold], engine).outcomes
    assert engine.told == [("a?", []), ("b?", ["A?"]), ("c?", ["A?", "B?"])]
    assert item.answer is not None
    assert item.answer["question"] == "c?"
    asked: list[str] = []
    evaluate([gold], lambda question: asked.append(question) or {"status": "not_in_articles"})
    assert asked == ["c?"]


def test_the_time_of_a_question_is_its_own() -> None:
    class Slow:
        def ask(
            self, question: str, *, filters: Filters, history: Sequence[Turn] = ()
        ) -> dict[str, Any]:
            time.sleep(0.2 if question == "a?" else 0)
            return {"status": "not_in_articles"}

    [item] = evaluate(
        [GoldQuestion("q", "b?", "follow_up", None, (), history=("a?",))], Slow()
    ).outcomes
    assert item.wall_ms < 150


def test_quotes_are_read_back_and_gold_evidence_is_looked_up(tmp_path: Path, corpus: Path) -> None:
    gold = (
        *GOLD,
        GoldQuestion("q4", "?", "place", True, (), (Evidence("ferry.txt", "sank\n off Harwich"),)),
    )
    with archives(tmp_path).opened(Job("news", corpus, gold)) as archive:
        assert archive is not None
        engine = Engine(archive, reader=TrainedReader(), threshold=0.5)
        run = evaluate(gold, engine, archive=archive)
    first = run.outcomes[0]
    assert first.answer is not None
    assert first.answer["claims"]
    assert first.verbatim
    assert all(first.verbatim)
    [found] = first.evidence
    assert (found.held, found.before + found.quote + found.after) == (Held.HELD, FERRY)
    assert [item.evidence[0].held for item in run.outcomes] == [
        Held.HELD,
        Held.HELD,
        Held.NO_ARTICLE,
        Held.LOST,
    ]
    assert run.score().scores[0].values["verbatim"] == 1.0


# ---------------------------------------------------------------- recorded


def test_an_interrupted_run_asks_only_what_is_left(tmp_path: Path, corpus: Path) -> None:
    jobs, out = [Job("news", corpus, GOLD)], tmp_path / "today"
    with pytest.raises(KeyboardInterrupt):
        record(Counting(stops_after=1), jobs, out, archives(tmp_path))
    assert [item.id for item in read_run(out).outcomes] == ["q1"]
    told: list[Outcome] = []
    rest = Counting()
    run = record(rest, jobs, out, archives(tmp_path), on_outcome=told.append)
    assert rest.asked == [question.question for question in GOLD[1:]]
    assert [item.id for item in told] == ["q1", "q2", "q3"]
    assert read_run(out).outcomes == run.outcomes
    with pytest.raises(UsageError, match="settings was"):
        record(Counting(setting=2), jobs, out, archives(tmp_path))


def test_scores_are_the_same_over_two_runs(tmp_path: Path, corpus: Path) -> None:
    runs = [
        record(Counting(), [Job("news", corpus, GOLD)], tmp_path / name, archives(tmp_path))
        for name in ("a", "b")
    ]

    def plain(index: int) -> list[dict[str, float | None]]:
        return [{**score.values, "latency_ms": None} for score in runs[index].score().scores]

    assert plain(0) == plain(1)


def test_an_archive_is_kept_until_its_articles_change(tmp_path: Path, corpus: Path) -> None:
    def folder() -> Path:
        with archives(tmp_path).opened(Job("news", corpus, GOLD)) as archive:
            assert archive is not None
            return archive.folder

    first = folder()
    assert folder() == first
    (corpus / "ferry.txt").write_text(f"Ferry sinks\n\n{FERRY} Divers found her.\n")
    assert folder() != first


def test_a_corpus_without_an_article_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, reason in [("empty", "no article in"), ("nowhere", "no file or folder")]:
        with (
            pytest.raises(UsageError, match=reason),
            archives(tmp_path).opened(Job("x", tmp_path / name, GOLD)),
        ):
            pass


def test_a_named_archive_takes_one_job(tmp_path: Path, corpus: Path) -> None:
    named = Archives(tmp_path / "archives", archive=tmp_path / "mine", embedder=HashingEmbedder())
    job = Job("news", corpus, GOLD)
    run = record(Counting(), [job], tmp_path / "run", named)
    assert (tmp_path / "mine" / "record.sqlite").is_file()
    assert run.manifest["archive"]["articles"] == 2
    with pytest.raises(UsageError, match="archive for each"):
        record(Counting(), [job, job], tmp_path / "other", named)


def test_evidence_in_documents_of_a_data_set_is_found_in_the_archive(tmp_path: Path) -> None:
    documents = (Document("Ships/0000", "Ships", FERRY), Document("Ships/0001", "Ships", TRAINS))
    question = GoldQuestion(
        "q",
        "Where did the ferry sink?",
        "single",
        True,
        (("Harwick",),),
        (Evidence("Ships/0000", "sank off Harwick on Monday"),),
    )
    job = job_of(Task("ships", documents, (question,)), tmp_path / "documents")
    run = record(Counting(), [job], tmp_path / "run", archives(tmp_path))
    assert run.outcomes[0].evidence[0].held is Held.HELD
    assert run.score().scores[0].values["article_recall@10"] == 1.0


def test_the_shipped_gold_set_is_sound_and_cleaning_keeps_its_evidence() -> None:
    corpus = ROOT / "ingest" / "samples"
    questions = load_gold(ROOT / "eval" / "gold" / "samples.jsonl", sources=folder_sources(corpus))
    assert len(questions) >= 30
    sources = {item.source for question in questions for item in question.evidence}
    texts = {article.source: article.text for article in cleaned_articles(corpus, sources)}
    assert lost_by_cleaning(questions, texts) == []
