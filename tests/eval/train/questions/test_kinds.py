"""Fitting the kinds of questions, on small sets made on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.train.questions.kinds import (
    Figures,
    LabelledQuestion,
    read_questions,
    train,
    weak_kind,
    weak_questions,
)
from rag.answering.kinds import KINDS, fitted_kinds
from rag.errors import UsageError
from rag.model import Kind
from tests.eval.conftest import Call
from tests.eval.train.squad import Asked, write_squad
from tests.fakes import HashingEmbedder

SHAPES = {
    Kind.FACT: "Who built {}?",
    Kind.AMOUNT: "How many people live in {}?",
    Kind.LIST: "Which streets of {} were flooded?",
    Kind.COMPARE: "Is {} bigger than Skarn?",
    Kind.MANY_PARTS: "Who founded {} and when was it?",
    Kind.YES_NO: "Did {} beat Skarn?",
    Kind.SPEECH: "What did the mayor say about {}?",
    Kind.BRIEF: "Tell me about {}",
    Kind.TIMELINE: "What happened after {} fell?",
    Kind.ABOUT_ARCHIVE: "How many articles mention {} in this archive?",
    Kind.HELP: "Hello and thanks from {}",
    Kind.ARTICLES: "Show me articles about {}",
}
TOWNS = [
    f"{first}{last}"
    for first in ("Bel", "Kor", "Ost", "Var")
    for last in ("by", "ford", "heim", "stad", "vik")
]
EMBEDDER = HashingEmbedder()


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.tsv"
    lines = [f"{kind}\t{shape.format(town)}\n" for kind, shape in SHAPES.items() for town in TOWNS]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def squad_file(path: Path) -> Path:
    """A passage for each town, with questions for a name, for a figure, and without an answer."""
    paragraphs = []
    for number, town in enumerate(TOWNS):
        asked = [
            Asked(f"{number}/name", f"Who built the town of {town}?", ["Ann of Skarn"]),
            Asked(f"{number}/figure", f"How many houses has {town}?", [str(number + 20)]),
            Asked(f"{number}/none", f"Who left {town}?"),
        ]
        text = f"{town} was built by Ann of Skarn and has {number + 20} houses."
        paragraphs.append((town, text, asked))
    return write_squad(path, paragraphs)


def test_kinds_are_learnt_and_judged_on_what_was_held_out(questions: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine" / "weights.json"
    figures = train(questions, [squad_file(tmp_path / "towns.json")], out, embedder=EMBEDDER)
    held_out = [question for question in read_questions(questions) if question.held_out]
    assert len(figures.right) == len(held_out)
    assert figures.accuracy > 0.9
    account = json.loads(out.read_text(encoding="utf-8"))["account"]
    assert account["data"] == ["questions", "towns"]
    assert account["learnt_by_rule"] > 0
    assert account["held_out"]["questions"] == len(held_out)
    assert sum(account["learnt"].values()) == account["learnt_by_rule"] + len(SHAPES) * len(
        TOWNS
    ) - len(held_out)
    assert list(out.parent.glob("*.new")) == []
    model = fitted_kinds(out)
    assert model.threshold >= 0.5
    vector = EMBEDDER.encode(["How many people live in Skarn?"])[0]
    assert model.guess("How many people live in Skarn?", vector).kind is Kind.AMOUNT


def test_fitting_twice_gives_the_same_file(questions: Path, tmp_path: Path) -> None:
    texts = []
    for name in ("one.json", "two.json"):
        train(questions, [], tmp_path / name, embedder=EMBEDDER)
        texts.append((tmp_path / name).read_text(encoding="utf-8"))
    assert texts[0] == texts[1]


def test_figures_say_which_kind_was_taken_for_which() -> None:
    right = [Kind.BRIEF, Kind.HELP, Kind.MANY_PARTS, Kind.AMOUNT, Kind.YES_NO, Kind.LIST]
    figures = Figures(right, [*right[:5], Kind.FACT], right)
    shares = dict(zip(KINDS, figures.shares(), strict=True))
    assert shares[Kind.FACT] == (0, None)
    assert shares[Kind.BRIEF] == (1, 1)
    assert shares[Kind.SPEECH] == (None, None)
    account = figures.account()
    assert (account["accuracy"], account["accuracy_without_threshold"]) == (0.8333, 1)
    assert account["recall"][Kind.LIST] == 0
    table = figures.text()
    assert table.startswith("accuracy 0.833 of 6 questions, 1.000 without the threshold")
    assert len(table.splitlines()) == 2 + len(KINDS)


def test_the_command_fits_with_the_embedding_model_that_ships(
    call: Call, questions: Path, tmp_path: Path
) -> None:
    out = tmp_path / "weights.json"
    fitted = call("train", "question-kinds", questions, "--out", out)
    assert (fitted.exit_code, fitted.output[:9]) == (0, "accuracy ")
    assert fitted_kinds(out).threshold >= 0.5


@pytest.mark.parametrize(
    ("question", "answer", "kind"),
    [
        ("Who built the pier?", "Ann", Kind.FACT),
        ("How many piers are there?", "four", Kind.AMOUNT),
        ("What percentage of piers is closed?", "12%", Kind.AMOUNT),
        ("How much did she love it?", "dearly", None),
        ("Who built the pier?", "Ann, Ben and Cy", None),
        ("Did Ann build it?", "yes", None),
        ("Which piers were closed?", "Skarn", None),
        ("Who built the pier and when was it?", "Ann", None),
        ("What did Ann say about it?", "nothing", None),
        ("Which is longer, the pier or the bridge?", "the pier", None),
    ],
)
def test_a_rule_labels_only_what_it_can_tell(question: str, answer: str, kind: Kind | None) -> None:
    assert weak_kind(question, answer) is kind


def test_questions_by_rule_are_answered_ones_spread_over_the_files(tmp_path: Path) -> None:
    files = [squad_file(tmp_path / name) for name in ("one.json", "two.json")]
    found = weak_questions(files[:1], 10)
    assert len(found) == 10
    assert all(question.weak and "left" not in question.text for question in found)
    # The second file has the same questions: they count once.
    assert len(weak_questions(files, 1000)) == 2 * len(TOWNS)


def test_one_question_in_five_is_held_out() -> None:
    held_out = [
        LabelledQuestion(f"Who is number {number}?", Kind.FACT).held_out for number in range(1000)
    ]
    assert 150 < sum(held_out) < 250


@pytest.mark.parametrize("text", ["fact Who?\n", "nothing\tWho?\n", "fact\tWho?\tAnn\n"])
def test_a_line_that_is_no_kind_and_question_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "questions.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="kind and a question"):
        read_questions(path)


def test_a_kind_without_questions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "questions.tsv"
    path.write_text("fact\tWho?\nhelp\tHello\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no question to learn from"):
        train(path, [], tmp_path / "weights.json", embedder=EMBEDDER)
    assert not (tmp_path / "weights.json").exists()


def test_the_questions_that_ship_are_many_of_each_kind_and_all_different() -> None:
    found = read_questions(Path(__file__).parents[4] / "eval" / "gold" / "question-kinds.tsv")
    assert len({question.text.casefold() for question in found}) == len(found) > 2500
    for kind in KINDS:
        assert sum(question.kind is kind for question in found) >= 120
