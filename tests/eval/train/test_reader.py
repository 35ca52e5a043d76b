"""Training the span reader: files, what it is trained on, and a run that stops and goes on."""

from __future__ import annotations

import gzip
import itertools
import json
import math
import os
import random
import re
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.gold.rows import read_text
from eval.train.batches import Group, Plan, cut
from eval.train.data.files import read_file
from eval.train.data.mixture import mixed
from eval.train.data.negatives import hard_negatives, without_answer
from eval.train.data.sets import Question, ReadingSet, account, may_answer
from eval.train.data.windows import window
from eval.train.judging import held_out, judge
from eval.train.mean import average
from eval.train.objective import labels, loss
from eval.train.reader import (
    CHECKPOINT,
    Stopped,
    TrainingData,
    load_data,
    run,
    train_reader,
)
from eval.train.trainer import Recipe, Trainer
from rag.embed import LocalEmbedder
from rag.errors import UsageError
from rag.model import Span
from rag.reading.loading import ACCOUNT_FILE, load_reader, save_reader, trained_part, untrained
from rag.reading.span_model import LONGEST, Context, Logits, SpanModel, add_pairing
from tests.eval.conftest import Call
from tests.eval.train.squad import Asked, write_squad
from tests.tinybert import tiny_base

if TYPE_CHECKING:
    import torch

ROOT = Path(__file__).resolve().parents[3]
TRAINING = ROOT.parent / "shared" / "training"
TOWNS = tuple(
    f"{name}{end}"
    for name in ("Ald", "Fen", "Thorn", "Grey", "Rook", "Ash", "Dun", "Gor")
    for end in ("water", "mouth", "wick", "field")
)


def context_of(number: int) -> str:
    town = TOWNS[number]
    return (
        f"{town} lies on the wide river and has an old harbour with three piers. "
        f"Last spring the flood in {town} ruined "
        f"{number + 20} houses near the river. The mayor of {town} was away on a journey, "
        "and people waited for help until the evening."
    )


@pytest.fixture(scope="module")
def squad_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    paragraphs = []
    for number, town in enumerate(TOWNS):
        answers = [f"{number + 20} houses", str(number + 20)]
        asked = [
            Asked(f"q{number}", f"What did the flood in {town} ruin?", answers),
            Asked(f"n{number}", f"Who built the harbour of {town}?"),
        ]
        paragraphs.append((town, context_of(number), asked))
    return write_squad(tmp_path_factory.mktemp("data") / "towns.json", paragraphs)


@pytest.fixture(scope="module")
def selqa_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sentences = [
        f"Sentence {number} speaks of the harbour and of the {number} ships that lay in it "
        "for many days."
        for number in range(30)
    ]
    rows = [
        {
            "question": "Which ships?",
            "article": "Harbours",
            "candidates": sentences,
            "answers": [4, 5],
        }
    ]
    rows.append(
        {
            "question": "Which others?",
            "article": "Harbours",
            "candidates": sentences,
            "answers": [29],
        }
    )
    path = tmp_path_factory.mktemp("data") / "selqa.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def towns(squad_file: Path) -> ReadingSet:
    return read_file(squad_file, None)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> LocalEmbedder:
    import torch

    torch.set_num_threads(1)
    return tiny_base(tmp_path_factory.mktemp("base"), *map(context_of, range(len(TOWNS))))


def fresh(base: LocalEmbedder) -> SpanModel:
    import torch

    torch.manual_seed(3)
    model = untrained(base, attention="eager")
    model.network.train()
    return model


def texts_of(found: ReadingSet, question: Question) -> list[str]:
    return [found.passages[question.passage].text[span.start : span.end] for span in question.spans]


# ---------------------------------------------------------------- files


def test_squad_answers_slice_back(towns: ReadingSet) -> None:
    answered = {question.id: question for question in towns.questions if question.spans}
    assert texts_of(towns, answered["q3"]) == ["23 houses", "23"] == list(answered["q3"].accepted)
    assert [question.spans for question in towns.questions if question.id.startswith("n")] == [
        ()
    ] * len(TOWNS)
    assert account([towns])["towns"]["answered"] == len(TOWNS)


def test_a_gzipped_file_is_read_as_it_is(
    squad_file: Path, towns: ReadingSet, tmp_path: Path
) -> None:
    packed = tmp_path / "towns.json.gz"
    packed.write_bytes(gzip.compress(squad_file.read_bytes()))
    assert read_file(packed, None) == towns
    packed.write_bytes(squad_file.read_bytes())
    with pytest.raises(UsageError, match=r"towns\.json\.gz"):
        read_file(packed, None)


def test_selqa_answers_are_whole_sentences_of_a_part_of_the_section(selqa_file: Path) -> None:
    found = read_file(selqa_file, None)
    first, second = found.questions
    assert texts_of(found, first) == [
        f"Sentence {n} speaks of the harbour and of the {n} ships that lay in it for many days."
        for n in (4, 5)
    ]
    assert texts_of(found, second)[0].startswith("Sentence 29")
    assert first.inside
    assert first.passage != second.passage
    assert max(len(passage.text) for passage in found.passages) <= 1000
    assert " ".join(passage.text for passage in found.passages).count("Sentence") == 30


def test_a_title_that_is_a_mere_label_is_left_out(tmp_path: Path) -> None:
    articles = [
        {"title": "Reviews_17", "paragraphs": [{"context": context_of(0), "qas": []}]},
        {"title": TOWNS[1], "paragraphs": [{"context": context_of(1), "qas": []}]},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"data": articles}), encoding="utf-8")
    assert [passage.title for passage in read_file(tmp_path / "a.json", None).passages] == [
        "",
        TOWNS[1],
    ]


_MISPLACED = {"id": "1", "question": "?", "answers": [{"text": "y", "answer_start": 0}]}
_MISPLACED_FILE = json.dumps(
    {"data": [{"title": "T", "paragraphs": [{"context": "x y", "qas": [_MISPLACED]}]}]}
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1",
        "{}",
        '{"data": [{}]}',
        '[{"question": "?"}]',
        '{"data": 3}',
        "[3]",
        _MISPLACED_FILE,
    ],
)
def test_a_file_of_another_format_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"bad\.json"):
        read_file(tmp_path / "bad.json", None)


def test_gold_questions_need_their_articles(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no articles") as caught:
        read_file(tmp_path / "mine.jsonl", None)
    assert "--corpus" in caught.value.hint


def test_gold_questions_find_their_passage_and_the_short_answer_in_it(tmp_path: Path) -> None:
    corpus = tmp_path / "articles"
    corpus.mkdir()
    for number, town in enumerate(TOWNS[:3]):
        (corpus / f"{town}.txt").write_text(
            f"News from {town}\n\n{context_of(number)}\n", encoding="utf-8"
        )
    quote = f"Last spring the flood in {TOWNS[1]} ruined 21 houses near the river."
    said = (
        f"The mayor of {TOWNS[2]} was away on a journey, "
        "and people waited for help until the evening."
    )
    rows = [
        {
            "id": "a",
            "question": "What was ruined?",
            "type": "single",
            "answerable": True,
            "answers": [["21 Houses"]],
            "evidence": [{"source": f"{TOWNS[1]}.txt", "quote": quote}],
        },
        {
            "id": "b",
            "question": "Who waited?",
            "type": "single",
            "answerable": True,
            "answers": [["the folk"]],
            "evidence": [{"source": f"{TOWNS[2]}.txt", "quote": said}],
        },
        {
            "id": "c",
            "question": "Who won?",
            "type": "unanswerable",
            "answerable": False,
            "answers": [],
            "why": "off_topic",
        },
    ]
    gold = tmp_path / "mine.jsonl"
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = read_file(gold, corpus)
    assert [question.id for question in found.questions] == ["a", "b"]
    assert [texts_of(found, question) for question in found.questions] == [["21 houses"], [said]]
    assert [question.inside for question in found.questions] == [False, True]
    assert len(found.passages) >= 3


# ---------------------------------------------------------------- passages that do not answer


def test_no_hard_negative_is_the_own_passage_or_holds_the_answer(towns: ReadingSet) -> None:
    ranked = hard_negatives(towns)
    assert all(ranked)
    for question, negatives in zip(towns.questions, ranked, strict=True):
        assert question.passage not in negatives
        assert not any(may_answer(question, towns.passages[i]) for i in negatives)


def test_the_most_alike_passage_comes_first() -> None:
    passages = tuple(
        Context("", text)
        for text in (
            "The port of Fenwick burnt.",
            "Nothing at all.",
            "The port of Fenwick grew.",
            "A port.",
        )
    )
    found = ReadingSet(
        "x",
        passages,
        ("a", "b", "c", "d"),
        (Question("q", "When did the port of Fenwick burn?", 0, (Span(0, 3),), ("May",)),),
    )
    assert hard_negatives(found)[0][:2] == (2, 3)


def test_a_near_miss_is_the_passage_without_the_answer(towns: ReadingSet) -> None:
    for question in towns.questions:
        own = towns.passages[question.passage]
        left = without_answer(question, own)
        if not question.spans:
            assert left is None
        else:
            assert left is not None
            assert not may_answer(question, left)
            assert "ruined" not in left.text
            assert left.text.endswith("until the evening.")
            assert left.title == own.title


def test_there_is_no_near_miss_where_the_answer_stands_again() -> None:
    text = f"{context_of(0)} And 20 houses it was. {'It rained on. ' * 20}"
    question = Question(
        "q", "?", 0, (Span(text.index("20 houses"), text.index("20 houses") + 9),), ("20 houses",)
    )
    assert without_answer(question, Context("", text)) is None


# ---------------------------------------------------------------- batches


def test_a_plan_reads_every_question_once_a_pass_and_keeps_its_passages_together(
    towns: ReadingSet,
) -> None:
    plan = Plan([towns], [hard_negatives(towns)], epochs=6, size=7, seed=1)
    asked = [question.id for question in towns.questions if not towns.held_out(question)]
    groups = [group for batch in plan.batches for group in batch]
    twins = [group for group in groups if group.question.id.endswith("/swapped")]
    assert twins
    assert sorted(group.question.id for group in groups if group not in twins) == sorted(asked * 6)
    assert max(sum(len(group.passages) for group in batch) for batch in plan.batches) <= 7
    for group in groups:
        whole = towns.passages[group.question.passage]
        assert whole.text.count(group.passages[0].text) == 1
        assert not any(may_answer(group.question, passage) for passage in group.passages[1:])
        assert all(
            group.passages[0].text[span.start : span.end] in group.question.accepted
            for span in group.question.spans
        )
    answered = [group for group in groups if group.question.spans]
    with_negative = sum(len(group.passages) == 2 for group in answered) / len(answered)
    assert 0.25 < with_negative < 0.45
    assert all(len(group.passages) == 1 for group in groups if not group.question.spans)


def test_a_plan_may_end_within_a_pass(towns: ReadingSet) -> None:
    whole, part = (
        Plan([towns], [hard_negatives(towns)], epochs=epochs, size=7, seed=1).batches
        for epochs in (2, 1.5)
    )
    assert part == whole[: len(part)]
    assert len(part) == pytest.approx(0.75 * len(whole), abs=1)


def test_a_plan_depends_on_the_seed_alone(towns: ReadingSet) -> None:
    def made(seed: int) -> list[list[Group]]:
        random.seed()
        return Plan([towns], [hard_negatives(towns)], epochs=2, size=8, seed=seed).batches

    assert made(1) == made(1)
    assert made(1) != made(2)


@given(st.integers(0, 2**32), st.integers(1, 200), st.integers(0, 10))
def test_a_window_is_a_part_of_the_passage_that_holds_an_answer(
    seed: int, size: int, at: int
) -> None:
    passage = Context(
        "Harbours",
        " ".join(f"Ship {number} came in on day {number} of the month." for number in range(11)),
    )
    place = passage.text.index(f"Ship {at} ") + 5
    question = Question("q", "Which?", 0, (Span(place, place + len(str(at))),), (str(at),))
    asked, cut_out = window(question, passage, size, random.Random(seed))
    assert cut_out.text in passage.text
    assert cut_out.title == "Harbours"
    assert [cut_out.text[span.start : span.end] for span in asked.spans] == [str(at)]
    assert cut_out.text.startswith("Ship")
    assert cut_out.text.endswith(".")
    assert len(cut_out.text.split()) <= max(size, 10)
    silent, any_part = window(replace(question, spans=()), passage, size, random.Random(seed))
    assert silent.spans == ()
    assert any_part.text in passage.text


def test_a_short_passage_is_read_whole(towns: ReadingSet) -> None:
    for question in towns.questions:
        own = towns.passages[question.passage]
        assert window(question, own, 200, random.Random(1)) == (question, own)


# ---------------------------------------------------------------- how much of each file


def test_a_known_file_has_a_limit_of_questions_a_passage(towns: ReadingSet) -> None:
    many = tuple(
        Question(f"q{number}", f"What is {number}?", number % 2, ()) for number in range(100)
    )
    found = ReadingSet("qamr-wikipedia", towns.passages, towns.groups, many)
    [kept] = mixed([found])
    assert Counter(question.passage for question in kept.questions) == {0: 15, 1: 15}
    assert len(mixed([replace(found, name="others")])[0].questions) == 100
    assert 5 < len(mixed([replace(found, name="subjqa")])[0].questions) < 40


def test_no_question_is_asked_twice_on_the_same_passage(towns: ReadingSet) -> None:
    again = replace(
        towns,
        name="again",
        questions=tuple(replace(question, id=f"{question.id}-2") for question in towns.questions),
    )
    first, second = mixed([towns, again])
    assert len(first.questions) == len(towns.questions)
    assert second.questions == ()


# ---------------------------------------------------------------- objective


def group_of(number: int, towns: ReadingSet) -> Group:
    question = towns.questions[2 * number]
    return Group(
        question,
        (towns.passages[question.passage], towns.passages[(question.passage + 1) % len(TOWNS)]),
    )


def test_labels_slice_back_to_the_answers(towns: ReadingSet, base: LocalEmbedder) -> None:
    batch = [
        group_of(3, towns),
        Group(towns.questions[1], (towns.passages[0],)),
        group_of(5, towns),
    ]
    encoded = fresh(base).encode(
        [(group.question.text, passage) for group in batch for passage in group.passages]
    )
    right = labels(batch, encoded)
    assert right.group.tolist() == [0, 0, 1, 2, 2]
    for row, number in ((0, 3), (3, 5)):
        item, text = encoded[row], towns.passages[number].text
        starts = [
            int(item.offsets[token - item.first, 0])
            for token in right.starts[row].nonzero()[:, 0].tolist()
        ]
        ends = [
            int(item.offsets[token - item.first, 1])
            for token in right.ends[row].nonzero()[:, 0].tolist()
        ]
        assert {text[start:end] for start in starts for end in ends} == {
            f"{number + 20}",
            f"{number + 20} houses",
        }
        assert right.inside[row].sum() == len(item.offsets)
    assert not right.starts[[1, 2, 4]].any()
    assert not right.ends[[1, 2, 4]].any()
    assert not right.inside[:, 0].any()


def test_any_token_of_an_answering_sentence_is_right(base: LocalEmbedder) -> None:
    passage = Context("", context_of(0))
    start = passage.text.index("Last")
    question = Question(
        "q", "What?", 0, (Span(start, passage.text.index("The mayor") - 1),), (), inside=True
    )
    encoded = fresh(base).encode([("What?", passage)])
    right = labels([Group(question, (passage,))], encoded)
    within = [
        encoded[0].first + i
        for i, (first, _) in enumerate(encoded[0].offsets)
        if start <= first < question.spans[0].end
    ]
    assert (
        right.starts[0].nonzero()[:, 0].tolist() == right.ends[0].nonzero()[:, 0].tolist() == within
    )


def test_an_answer_beyond_what_is_read_is_none(base: LocalEmbedder) -> None:
    passage = Context("", "river " * 500 + "harbour")
    question = Question("q", "What?", 0, (Span(3000, 3007),), ("harbour",))
    right = labels([Group(question, (passage,))], fresh(base).encode([("What?", passage)]))
    assert not right.starts.any()
    assert not right.ends.any()


def test_the_loss_is_that_of_the_paper(towns: ReadingSet, base: LocalEmbedder) -> None:
    """Against sums written out by hand."""
    import torch

    batch = [group_of(3, towns), Group(towns.questions[1], (towns.passages[0],))]
    right = labels(
        batch,
        fresh(base).encode(
            [(group.question.text, passage) for group in batch for passage in group.passages]
        ),
    )
    logits = Logits(*(random_of(right.inside.shape, seed) for seed in (1, 2)))
    total = 0.0
    for side, gold in ((logits.starts, right.starts), (logits.ends, right.ends)):
        mass = [(side[row] - side[row, 0]).exp() for row in range(3)]
        inside = [float(mass[row][right.inside[row]].sum()) for row in range(3)]
        answered = -torch.log(mass[0][gold[0]].sum() / (1 + inside[0] + inside[1]))
        silent = sum(torch.log(torch.tensor(1 + inside[row])) for row in (1, 2))
        total += float(answered + silent) / 3 / 2
    assert float(loss(logits, right)) == pytest.approx(total, rel=1e-4)


def random_of(shape: Sequence[int], seed: int) -> torch.Tensor:
    import torch

    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_the_joint_loss_is_that_of_all_spans(towns: ReadingSet, base: LocalEmbedder) -> None:
    """Against sums over every span, written out by hand."""
    import torch

    batch = [group_of(3, towns), Group(towns.questions[1], (towns.passages[0],))]
    right = labels(
        batch,
        fresh(base).encode(
            [(group.question.text, passage) for group in batch for passage in group.passages]
        ),
    )
    rows, tokens = right.inside.shape
    starts, ends, pairs = (
        random_of((rows, tokens), 1),
        random_of((rows, tokens), 2),
        random_of((rows, tokens, LONGEST), 3),
    )
    mass, gold = [0.0] * rows, [0.0] * rows
    for row in range(rows):
        for i, j in itertools.product(range(tokens), range(tokens)):
            if right.inside[row, i] and right.inside[row, j] and 0 <= j - i < LONGEST:
                odds = (
                    starts[row, i]
                    - starts[row, 0]
                    + ends[row, j]
                    - ends[row, 0]
                    + pairs[row, i, j - i]
                )
                mass[row] += math.exp(odds)
                gold[row] += math.exp(odds) if right.spans[row, i, j - i] else 0.0
    expected = (
        math.log((1 + mass[0] + mass[1]) / gold[0]) + math.log(1 + mass[1]) + math.log(1 + mass[2])
    )
    apart = float(loss(Logits(starts, ends), right))
    assert gold[0] > 0 == gold[1] == gold[2]
    assert float(loss(Logits(starts, ends, pairs), right)) == pytest.approx(
        (apart + expected / 3) / 2, rel=1e-4
    )
    assert not torch.isnan(loss(Logits(starts, ends, pairs), right))


def test_the_right_spans_are_the_answers(towns: ReadingSet, base: LocalEmbedder) -> None:
    group = group_of(3, towns)
    [item] = fresh(base).encode([(group.question.text, group.passages[0])])
    right = labels([Group(group.question, group.passages[:1])], [item])
    spans = [
        (start - item.first, start - item.first + more)
        for start, more in right.spans[0].nonzero().tolist()
    ]
    assert {group.passages[0].text[item.offsets[i, 0] : item.offsets[j, 1]] for i, j in spans} == {
        "23 houses",
        "23",
    }


def test_any_part_of_an_answering_sentence_is_a_right_span(base: LocalEmbedder) -> None:
    passage = Context("", "River and harbour. Spring.")
    question = Question("q", "What?", 0, (Span(0, 18),), (), inside=True)
    [item] = fresh(base).encode([("What?", passage)])
    right = labels([Group(question, (passage,))], [item])
    words = int((item.offsets[:, 1] <= 18).sum())
    assert int(right.spans.sum()) == words * (words + 1) // 2


def test_the_gradient_is_finite_where_nothing_answers(
    towns: ReadingSet, base: LocalEmbedder
) -> None:
    import torch

    batch = [Group(towns.questions[1], (towns.passages[0],))]
    right = labels(batch, fresh(base).encode([("What?", towns.passages[0])]))
    side = torch.zeros(right.inside.shape, requires_grad=True)
    loss(Logits(side, side), right).backward()
    assert side.grad is not None
    assert torch.isfinite(side.grad).all()
    assert side.grad[0, 0] < 0 < side.grad[right.inside].min()


# ---------------------------------------------------------------- training


def small_data(squad_file: Path, **recipe: int) -> TrainingData:
    return load_data(
        [squad_file],
        None,
        Recipe(**{"epochs": 1, "batch": 8, "rate": 2e-3} | recipe),
        limit=None,
        start=None,
    )


def test_the_rate_rises_then_falls_to_zero() -> None:
    recipe = Recipe(rate=1.0, warmup=10)
    rates = [recipe.rate_at(step, 200) for step in range(201)]
    assert rates.index(max(rates)) == 10
    assert max(rates) == 1.0
    assert rates[:11] == sorted(rates[:11])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[0] > 0
    assert rates[200] == 0
    assert max(Recipe(rate=1.0, warmup=200).rate_at(step, 20) for step in range(20)) == 1.0


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"batch": 0}, {"rate": 0.0}, {"warmup": -1}])
def test_a_recipe_that_trains_nothing_is_refused(wrong: dict) -> None:
    with pytest.raises(UsageError):
        Recipe(**wrong)


def test_a_question_with_more_passages_than_a_batch_holds_is_a_batch(towns: ReadingSet) -> None:
    groups = [group_of(number, towns) for number in range(3)]
    assert list(cut(groups, 1)) == [[group] for group in groups]
    assert [len(batch) for batch in cut(groups, 4)] == [2, 1]
    assert list(cut([], 4)) == []


def test_the_loss_falls_and_only_the_word_embeddings_stay(
    squad_file: Path, base: LocalEmbedder
) -> None:
    model, what = fresh(base), small_data(squad_file, epochs=12)
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    batches = what.batches()
    trainer = Trainer(model, what.recipe, len(batches))
    losses = [trainer.learn(batch) for batch in batches]
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5])
    same = {
        name for name, value in model.network.state_dict().items() if (value == before[name]).all()
    }
    assert same == {name for name in before if name.endswith("word_embeddings.weight")}
    assert trainer.average.keys() == trained_part(model.network).keys()


def test_a_batch_read_in_parts_has_the_logits_and_the_gradient_of_the_whole(
    towns: ReadingSet, base: LocalEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr("eval.train.trainer.has_bf16", lambda: False)
    batch = [
        Group(group.question, group.passages[: 1 + number % 2])
        for number, group in enumerate(group_of(n, towns) for n in range(9))
    ]
    lost, gradients = [], []
    for part in (2, 100):
        monkeypatch.setattr("eval.train.trainer._PART", part)
        model = fresh(base)
        add_pairing(model.network, 4)
        torch.nn.init.normal_(model.network.pairing.weight, std=0.3)
        trainer = Trainer(model, Recipe(), 10)
        lost.append(trainer._backward(batch))
        gradients.append(
            {
                name: value.grad.clone()
                for name, value in model.network.named_parameters()
                if value.grad is not None
            }
        )
        torch.manual_seed(3)
    assert "pairing.weight" in gradients[0]
    assert lost[0] == pytest.approx(lost[1], rel=1e-3)


def test_gradients_in_bf16_are_near_those_in_float32(
    towns: ReadingSet, base: LocalEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    batch, found = [group_of(n, towns) for n in range(6)], []
    for quick in (False, True):
        monkeypatch.setattr("eval.train.trainer.has_bf16", lambda quick=quick: quick)
        model = fresh(base)
        trainer = Trainer(model, Recipe(), 10)
        trainer._backward(batch)
        trainer._take_gradients()
        found.append(
            torch.cat(
                [value.grad.flatten() for value in trainer._parameters if value.grad is not None]
            )
        )
        assert {value.dtype for value in model.network.parameters()} == {torch.float32}
    assert float(torch.nn.functional.cosine_similarity(*found, dim=0)) > 0.98


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(
    squad_file: Path, base: LocalEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = small_data(squad_file)
    whole = train_reader(fresh(base), what, tmp_path / "whole", resume=False)
    learn = Trainer.learn

    def stop_after_three(self: Trainer, batch: list[Group]) -> float:
        if self.step == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return learn(self, batch)

    monkeypatch.setattr(Trainer, "learn", stop_after_three)
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Stopped):
        train_reader(fresh(base), what, tmp_path / "cut", resume=False)
    assert signal.getsignal(signal.SIGTERM) == handler
    monkeypatch.undo()
    rest = train_reader(fresh(base), what, tmp_path / "cut", resume=True)
    assert whole.keys() == rest.keys()
    assert all((whole[name] == rest[name]).all() for name in whole)


def test_a_run_may_go_on_for_more_passes(
    squad_file: Path, base: LocalEmbedder, tmp_path: Path
) -> None:
    once, twice = (small_data(squad_file, epochs=epochs) for epochs in (1, 2))
    assert twice.batches()[: len(once.batches())] == once.batches()
    train_reader(fresh(base), once, tmp_path, resume=False)
    longer = fresh(base)
    train_reader(longer, twice, tmp_path, resume=True)
    done = Trainer(fresh(base), twice.recipe, len(twice.batches()))
    done.restore(tmp_path / CHECKPOINT, twice.key)
    assert done.step == len(twice.batches())
    assert all(
        (done.average[name] != value).any()
        for name, value in trained_part(longer.network).items()
        if value.ndim > 1
    )


def test_a_checkpoint_of_another_run_is_refused(
    squad_file: Path, base: LocalEmbedder, tmp_path: Path
) -> None:
    train_reader(fresh(base), small_data(squad_file), tmp_path, resume=False)
    assert (tmp_path / CHECKPOINT).is_file()
    with pytest.raises(UsageError, match="other data or options"):
        train_reader(fresh(base), small_data(squad_file, seed=14), tmp_path, resume=True)
    with pytest.raises(UsageError, match="no checkpoint"):
        train_reader(fresh(base), small_data(squad_file), tmp_path / "nowhere", resume=True)


def test_from_files_to_a_reader_and_on_from_there(
    squad_file: Path, base: LocalEmbedder, tmp_path: Path
) -> None:
    recipe = Recipe(epochs=1, batch=8)
    options = {"corpus": None, "device": "cpu", "resume": False, "base": base}
    run([squad_file], tmp_path / "one", recipe, limit=None, start=None, **options)
    told = json.loads((tmp_path / "one" / "reader.json").read_text(encoding="utf-8"))["account"]
    assert told["recipe"] == {"epochs": 1, "batch": 8, "rate": 2e-4, "warmup": 200, "seed": 13}
    assert set(told["held_out"]) <= {"towns"}
    assert (
        load_reader(tmp_path / "one", base=base)
        .score("What?", [Context("", context_of(0))])[0]
        .best_spans()
    )
    run([squad_file], tmp_path / "two", recipe, limit=10, start=tmp_path / "one", **options)
    assert load_reader(tmp_path / "two", base=base)


def test_the_mean_of_two_readers_is_a_reader(base: LocalEmbedder, tmp_path: Path) -> None:
    import torch

    both = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        both.append(trained_part(untrained(base, attention="eager").network))
        save_reader(tmp_path / str(seed), both[-1], base, {"seed": seed})
    average([tmp_path / "1", tmp_path / "2"], tmp_path / "mean", base=base)
    made = trained_part(load_reader(tmp_path / "mean", base=base).network)
    for name, value in made.items():
        torch.testing.assert_close(value, (both[0][name] + both[1][name]) / 2, atol=1e-3, rtol=1e-3)
    told = json.loads((tmp_path / "mean" / ACCOUNT_FILE).read_text(encoding="utf-8"))["account"][
        "mean_of"
    ]
    assert [(item["seed"], len(item["sha256"])) for item in told] == [(1, 64), (2, 64)]
    with pytest.raises(UsageError, match="two readers"):
        average([tmp_path / "1"], tmp_path / "none", base=base)
    other = untrained(base, attention="eager").network
    add_pairing(other, 4)
    save_reader(tmp_path / "3", trained_part(other), base, {"seed": 3})
    average([tmp_path / "1", tmp_path / "3"], tmp_path / "heads", base=base)
    halved = trained_part(load_reader(tmp_path / "heads", base=base).network)
    torch.testing.assert_close(
        halved["qa_outputs.weight"],
        (both[0]["qa_outputs.weight"] + trained_part(other)["qa_outputs.weight"]) / 2,
        atol=1e-3,
        rtol=1e-3,
    )
    assert halved["pairing.weight"].shape == (8, other.config.hidden_size)
    add_pairing(larger := untrained(base, attention="eager").network, 8)
    save_reader(tmp_path / "4", trained_part(larger), base, {"seed": 4})
    with pytest.raises(UsageError, match="same heads"):
        average([tmp_path / "3", tmp_path / "4"], tmp_path / "none", base=base)


def test_nothing_to_train_on_is_said(squad_file: Path, base: LocalEmbedder, tmp_path: Path) -> None:
    nothing = load_data([squad_file], None, Recipe(), limit=0, start=None)
    with pytest.raises(UsageError, match="nothing to train on"):
        train_reader(fresh(base), nothing, tmp_path, resume=False)


# ---------------------------------------------------------------- judging


def test_figures_are_of_held_out_questions_alone(towns: ReadingSet, base: LocalEmbedder) -> None:
    groups = held_out(towns, hard_negatives(towns))
    kept = {question.id for question in towns.questions if towns.held_out(question)}
    assert kept
    assert {group.question.id for group in groups} == kept
    figures = judge(fresh(base), groups)
    assert figures is not None
    assert figures.answered == sum(bool(group.question.spans) for group in groups)
    assert all(0 <= value <= 1 for value in figures[1:])
    assert judge(fresh(base), [group for group in groups if not group.question.spans]) is None


def test_files_are_judged_by_name_from_the_command_line(
    call: Call, squad_file: Path, selqa_file: Path
) -> None:
    done = call("train", "judge", squad_file, selqa_file)
    # Of SelQA no short answers are known.
    [(name, figures)] = json.loads(done.stdout).items()
    assert name == "towns"
    assert figures["answered"] == len(TOWNS)
    assert figures["f1"] > 0.5
    assert figures["null"] > 0.8


# ---------------------------------------------------------------- the data that is at hand


def plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def texts_of_file(path: Path) -> tuple[set[str], set[str]]:
    """All passages and questions of a file of SQuAD or SelQA, in plain words."""
    raw = json.loads(read_text(path))
    if isinstance(raw, list):
        passages, asked = [" ".join(row["candidates"]) for row in raw], raw
    else:
        paragraphs = [paragraph for article in raw["data"] for paragraph in article["paragraphs"]]
        passages = [paragraph["context"] for paragraph in paragraphs]
        asked = [row for paragraph in paragraphs for row in paragraph["qas"]]
    return set(map(plain, passages)), {plain(row["question"]) for row in asked}


@pytest.mark.skipif(not TRAINING.is_dir(), reason="the training files are not here")
def test_nothing_of_xquad_is_in_the_training_files() -> None:
    measured = TRAINING / "xquad.en.json"
    contexts, questions = texts_of_file(measured)
    assert len(contexts) == 240
    assert len(questions) > 1000
    files = sorted({*TRAINING.glob("*.json"), *TRAINING.glob("*.json.gz")} - {measured})
    assert files
    for path in files:
        passages, asked = texts_of_file(path)
        assert contexts.isdisjoint(passages)
        assert questions.isdisjoint(asked)
