"""Calibration on half of a gold set: what changes, what does not, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.gate import CORPUS, GOLD
from eval.gold.questions import in_even_half, load_gold, write_gold
from eval.train.calibrate import calibrate, calibrated_on
from eval.train.examples import Example
from eval.train.fitting import SENTENCES_KEPT
from rag.errors import UsageError
from rag.model import Sentence
from rag.reading.features import QUESTION_FEATURES, SENTENCE_FEATURES, Evidence
from rag.reading.loading import TRAINED
from rag.reading.reader import COMBINATION_FILE, Combination, Logistic
from tests.eval.conftest import Call
from tests.rag.reading.test_reader import hit

FloatArray = NDArray[np.float64]
SPAN = tuple(float(name == "span") for name in SENTENCE_FEATURES)
HIT = hit("Rain.")
BEST = tuple(float(name == "best") for name in QUESTION_FEATURES)


def example(best: float, *, answerable: bool, right: bool) -> Example:
    """A question with one sentence, of which the span model says `best`."""
    matrix = np.asarray([[best if name == "span" else 0.0 for name in SENTENCE_FEATURES]])
    return Example(
        str(best),
        Evidence([HIT], [Sentence(0, 5)], [None], [None], matrix, best, [], 1.0),
        np.asarray([right]),
        answerable,
    )


def test_too_sure_chances_become_frequencies_and_the_order_stays() -> None:
    draw = np.random.default_rng(1)
    best = draw.normal(size=600) * 4
    truth = draw.random(600) < 1 / (1 + np.exp(-(0.5 * best + 1)))
    found = [
        example(float(b), answerable=bool(t), right=bool(t))
        for b, t in zip(best, truth, strict=True)
    ]
    sure = Combination(
        SPAN,
        Logistic(tuple(-3 * w for w in BEST), 0.0),
        Logistic(tuple(3 * w for w in BEST), 0.0),
        0.5,
    )
    plain = calibrated_on(found, sure)
    right = Logistic(
        tuple(plain["right"][name] for name in QUESTION_FEATURES), plain["right"]["bias"]
    )  # type: ignore[index]
    assert right.weights[QUESTION_FEATURES.index("best")] == pytest.approx(0.5, abs=0.1)
    assert right.bias == pytest.approx(1.0, abs=0.3)
    none = Logistic(tuple(plain["none"][name] for name in QUESTION_FEATURES), plain["none"]["bias"])  # type: ignore[index]
    rows = np.zeros((600, len(QUESTION_FEATURES)))
    rows[:, QUESTION_FEATURES.index("best")] = best
    chances = np.asarray([none.chance(row) for row in rows])
    assert (np.argsort(chances) == np.argsort(-best)).all()
    assert (chances[truth] > plain["threshold"]).mean() == pytest.approx(0.1, abs=0.02)


def test_one_kind_of_question_alone_calibrates_nothing() -> None:
    both = Combination(SPAN, Logistic(BEST, 0.0), Logistic(BEST, 0.0), 0.5)
    for answerable, right in ((True, True), (False, False)):
        with pytest.raises(UsageError, match="all needed"):
            calibrated_on([example(1.0, answerable=answerable, right=right)] * 3, both)


def moved(best: Callable[[FloatArray, FloatArray], FloatArray]) -> dict[str, float]:
    """Sentence weights, 0.5 each before, after questions of five sentences whose right one is that
    where `best`, of their `overlap` and their `pairs`, is the highest. No other feature varies.
    """
    overlap, pairs = SENTENCE_FEATURES.index("overlap"), SENTENCE_FEATURES.index("pairs")
    draw, found = np.random.default_rng(2), []
    for number in range(40):
        matrix = np.zeros((5, len(SENTENCE_FEATURES)))
        matrix[:, [overlap, pairs]] = draw.random((5, 2))
        score = best(matrix[:, overlap], matrix[:, pairs])
        none = [None] * 5
        evidence = Evidence([HIT] * 5, [Sentence(0, 5)] * 5, none, none, matrix, 0.0, [], 1.0)
        found.append(Example(str(number), evidence, score == score.max(), number % 3 > 0))
    before = Combination(
        tuple(np.full(len(SENTENCE_FEATURES), 0.5).tolist()),
        Logistic(BEST, 0.0),
        Logistic(BEST, 0.0),
        0.5,
    )
    plain = calibrated_on(found, before)["sentence"]
    assert isinstance(plain, dict)
    return plain


def test_sentence_weights_move_towards_what_the_examples_say_and_stay_where_they_say_nothing() -> (
    None
):
    plain = moved(lambda overlap, _: overlap)
    assert plain["overlap"] > 1.0
    assert plain["overlap"] - 0.5 > 3 * abs(plain["pairs"] - 0.5)
    assert {plain[name] for name in SENTENCE_FEATURES if name not in {"overlap", "pairs"}} == {0.5}


def test_what_speaks_for_a_sentence_never_comes_to_speak_against_it() -> None:
    """Questions put in other words on purpose would have it so; a question in an article's own
    words would then not find it.
    """
    plain = moved(lambda overlap, pairs: overlap - pairs)
    assert plain["overlap"] > 1.0
    assert plain["pairs"] == 0.0


def test_a_half_of_real_questions_moves_the_weights_a_little(call: Call, tmp_path: Path) -> None:
    out, some = tmp_path / COMBINATION_FILE, tmp_path / "some.jsonl"
    plain = json.loads((TRAINED / COMBINATION_FILE).read_text(encoding="utf-8"))
    plain["account"][SENTENCES_KEPT] = False
    out.write_text(json.dumps(plain), encoding="utf-8")
    odd = [item for item in load_gold(GOLD, sources=None) if not in_even_half(item.id)]
    write_gold(some, odd[::3])
    files = ["--gold", some, "--corpus", CORPUS, "--archives", tmp_path / "archives", "--out", out]
    done = call("train", "calibrate", *files, "--half", "odd")
    assert done.exit_code == 0, done.output
    before, after = (
        json.loads(path.read_text(encoding="utf-8")) for path in (TRAINED / COMBINATION_FILE, out)
    )
    assert after["sentence"] != before["sentence"]
    assert after["sentence"]["share"] == pytest.approx(before["sentence"]["share"], rel=0.3)
    assert after["account"]["calibrated_on"]["half"] == "odd"
    assert 10 < after["account"]["calibrated_on"]["questions"] <= len(odd[::3])
    for part in ("none", "right"):
        slopes = [
            after[part][name] / before[part][name]
            for name in QUESTION_FEATURES
            if abs(before[part][name]) > 0.2
        ]
        assert min(slopes) > 0
        assert max(slopes) / min(slopes) < 1.01
    assert after["threshold"] != before["threshold"]
    assert list(tmp_path.glob("*.new")) == []


def test_sentence_weights_that_are_to_be_kept_stay() -> None:
    found = [
        example(float(best), answerable=best > 0, right=best > 0) for best in (-3, -2, -1, 1, 2, 3)
    ] + [example(0.5, answerable=False, right=False), example(-0.5, answerable=True, right=True)]
    before = Combination(SPAN, Logistic(BEST, 0.0), Logistic(BEST, 0.0), 0.5)
    plain = calibrated_on(found, before, keep_sentences=True)["sentence"]
    assert plain == dict(zip(SENTENCE_FEATURES, SPAN, strict=True))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"threshold": 1}'])
def test_weights_of_another_kind_are_refused_and_stay(tmp_path: Path, text: str) -> None:
    out = tmp_path / COMBINATION_FILE
    out.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="no weights for this release"):
        calibrate([(GOLD, CORPUS)], "even", out, reader=None, archives=tmp_path)
    assert out.read_text(encoding="utf-8") == text
