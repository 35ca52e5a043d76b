"""Fits which kind of answer a question asks for (`rag.answering.kinds`).

Learns from labelled questions (`eval/gold/question-kinds.tsv`: a kind, a tab and a question on each
line) and from answered questions of reading comprehension, which are facts and amounts by rule. One
question in five, by its hash, is held out for the figures.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from eval.train.data.files import read_file
from eval.train.data.sets import digest
from eval.train.weights import vectorizer, whole_steps, write_weights
from rag.answering.cues import cues
from rag.answering.kinds import KINDS, SCALE, KindModel
from rag.embed import Embedder, LocalEmbedder
from rag.errors import UsageError
from rag.model import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Floats = NDArray[np.float64]

_HELD_OUT = 5
# A cue of fewer questions is noise.
_FEWEST = 8
_STRENGTH = 1.0
# An embedding's numbers are small beside the 1 of a cue.
_EMBEDDING_SCALE = 3.0
# How much a question counts whose kind comes from a rule.
_WEAK_WEIGHT = 1.0
_MOST_WEAK = 3000
_FOLDS = 4
# Of real questions for a single fact, so many may be taken for another kind.
_FALSE_KINDS = 0.02
# A kind that is less likely than not is no better than `fact`.
_LEAST_CERTAINTY = 0.5
# Log odds of a kind that is not among what was learnt from.
_NEVER = -50.0


class LabelledQuestion(NamedTuple):
    """A question and the kind it asks for; `weak` if a rule says so rather than a person."""

    text: str
    kind: Kind
    weak: bool = False

    @property
    def held_out(self) -> bool:
        return digest(self.text) % _HELD_OUT == 0


# ---------------------------------------------------------------- data


def read_questions(path: Path) -> list[LabelledQuestion]:
    """The questions of a file with a kind, a tab and a question on each line.

    :raises UsageError: if the file cannot be read, or a line is not of that form.
    """
    try:
        pairs = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
        return [LabelledQuestion(text, Kind(kind)) for kind, text in pairs]
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} does not hold a kind and a question a line: {error}") from error


_WH = r"(?:who|whom|whose|what|which|when|where|why|how)"
_FIGURE_WANTED = re.compile(
    r"\bhow (?:many|much|far|long|tall|high|deep|fast|heavy|wide|big|large)\b"
    r"|\b(?:percent|percentage|proportion|population|magnitude|length|height|depth|weight|area|rate|total|amount)\b"
    r"|\b(?:number of|sum|gap|worth)\b"
)
_FIGURE = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|hundreds?|thousands?"
    r"|millions?|billions?|dozens?|half|third|quarter|twice|once)\b",
    re.IGNORECASE,
)
_MAYBE_OF_ANOTHER_KIND = re.compile(
    r"^(?:did|does|do|was|were|is|are|has|have|had|will|would|can|could|should|please|list|name|give|tell)\b"
    r"|\b(?:or|both|either|than|two|three|others?|say|says|said|think|thinks|describe|react|compared?|differ\w*)\b"
    rf"|\b{_WH}\b.*\b(?:and|,) (?:\w+ )?{_WH}\b|\bwhat happen|\b(?:names|types|kinds|reasons) of\b"
    r"|\b(?:who|what) else\b|\b(?:what|who|which) (?:are|were)\b|\bwhich .* more\b|\babout\W*$"
    r"|\b(?:what|which|whose) (?:\w+ )?\w+s"
    r"(?: (?:are|were|did|do|does|have|has|can|will|\w+ed)\b|$)"
)
_SEVERAL = re.compile(r",|;|\band\b")


def weak_kind(question: str, answer: str) -> Kind | None:
    """The kind of a question with a short answer, by rule; `None` where a rule cannot tell.

    An amount where it asks for a figure and gets one, a fact where nothing hints at another kind.
    """
    text = question.casefold()
    if _FIGURE_WANTED.search(text):
        return Kind.AMOUNT if _FIGURE.search(answer) and " or " not in text else None
    if _MAYBE_OF_ANOTHER_KIND.search(text) or _SEVERAL.search(answer):
        return None
    return Kind.FACT


def weak_questions(paths: Sequence[Path], most: int) -> list[LabelledQuestion]:
    """At most that many questions of reading comprehension, spread over the files and their ids.

    :raises UsageError: if a file cannot be read.
    """
    found: dict[str, LabelledQuestion] = {}
    for number, path in enumerate(paths):
        room = len(found) + (most - len(found)) // (len(paths) - number)
        for question in sorted(read_file(path, None).questions, key=lambda item: digest(item.id)):
            if len(found) == room:
                break
            kind = weak_kind(question.text, question.accepted[0]) if question.spans else None
            if kind:
                found.setdefault(question.text, LabelledQuestion(question.text, kind, weak=True))
    return list(found.values())


# ---------------------------------------------------------------- figures


class Figures(NamedTuple):
    """The right kind of each question and the one it was taken for, also without a threshold."""

    right: Sequence[Kind]
    guessed: Sequence[Kind]
    likeliest: Sequence[Kind]

    @property
    def accuracy(self) -> float:
        return _share_equal(self.right, self.guessed)

    def shares(self) -> list[Shares]:
        """Precision and recall of each of KINDS."""
        import numpy as np
        from sklearn.metrics import precision_recall_fscore_support

        precision, recall, _, _ = precision_recall_fscore_support(
            self.right, self.guessed, labels=list(KINDS), zero_division=np.nan
        )
        return [Shares(*pair) for pair in zip(_rounded(precision), _rounded(recall), strict=True)]

    def account(self) -> dict[str, Any]:
        """The figures as the file of weights has them."""
        shares = dict(zip(KINDS, self.shares(), strict=True)) if self.right else {}
        return {
            "questions": len(self.right),
            "accuracy": round(self.accuracy, 4),
            "accuracy_without_threshold": round(_share_equal(self.right, self.likeliest), 4),
            "precision": {kind: pair.precision for kind, pair in shares.items()},
            "recall": {kind: pair.recall for kind, pair in shares.items()},
        }

    def text(self) -> str:
        """Accuracy, and the confusion table with a row for each right kind."""
        from sklearn.metrics import confusion_matrix

        likeliest = _share_equal(self.right, self.likeliest)
        rows = [
            f"accuracy {self.accuracy:.3f} of {len(self.right)} questions, "
            f"{likeliest:.3f} without the threshold",
            "".join(f"{name[:7]:>8}" for name in ("", *KINDS, "precision", "recall")),
        ]
        counts = confusion_matrix(self.right, self.guessed, labels=list(KINDS))
        for kind, row, pair in zip(KINDS, counts, self.shares(), strict=True):
            cells = "".join(f"{count or '':>8}" for count in row)
            cells += "".join(f"{'-' if share is None else f'{share:.3f}':>8}" for share in pair)
            rows.append(f"{kind[:7]:>8}{cells}")
        return "\n".join(rows)


class Shares(NamedTuple):
    """Of one kind: the share of right guesses, and of its questions that were taken for it.

    None where it was never guessed or never asked for.
    """

    precision: float | None
    recall: float | None


def _rounded(shares: Floats) -> list[float | None]:
    return [None if isnan(share) else round(float(share), 3) for share in shares]


def _share_equal(right: Sequence[Kind], guessed: Sequence[Kind]) -> float:
    return sum(one is other for one, other in zip(right, guessed, strict=True)) / max(len(right), 1)


def figures(model: KindModel, questions: Sequence[LabelledQuestion], vectors: Vectors) -> Figures:
    """How well a model tells the kinds of questions; `vectors` (questions, dim) embed them."""
    guessed, likeliest = (
        [
            judge.guess(asked.text, vector).kind
            for asked, vector in zip(questions, vectors, strict=True)
        ]
        for judge in (model, model._replace(threshold=0.0))
    )
    return Figures([asked.kind for asked in questions], guessed, likeliest)


# ---------------------------------------------------------------- fitting


class Sample(NamedTuple):
    """Questions and their embeddings, (questions, dim)."""

    questions: Sequence[LabelledQuestion]
    vectors: Vectors

    def where(self, chosen: Iterable[bool]) -> Sample:
        places = [place for place, is_chosen in enumerate(chosen) if is_chosen]
        return Sample([self.questions[place] for place in places], self.vectors[places])


def train(
    data: Path,
    extra: Sequence[Path],
    out: Path,
    *,
    embedder: Embedder | None = None,
) -> Figures:
    """Fits the weights and writes them to `out`; returns the figures on held-out `data`.

    :param data: labelled questions, as `read_questions` reads them.
    :param extra: files of reading comprehension, of which at most 3,000 questions are used.
    :raises UsageError: if a file cannot be used, or a kind has no question to learn from.
    """
    questions = read_questions(data) + weak_questions(extra, _MOST_WEAK)
    vectors = (embedder or LocalEmbedder()).encode([question.text for question in questions])
    both = Sample(questions, vectors)
    learnt = both.where(not question.held_out for question in questions)
    if missing := set(KINDS) - {question.kind for question in learnt.questions}:
        raise UsageError(f"There is no question to learn from of: {', '.join(sorted(missing))}.")
    plain = _fitted(learnt) | {"threshold": _threshold(learnt)}
    model = KindModel.from_json(plain)
    judged, by_rule = (
        figures(model, *both.where(asked.held_out and asked.weak is weak for asked in questions))
        for weak in (False, True)
    )
    account = {
        "data": [path.stem for path in (data, *extra)],
        "learnt": Counter(question.kind for question in learnt.questions),
        "learnt_by_rule": sum(question.weak for question in learnt.questions),
        "fewest": _FEWEST,
        "strength": _STRENGTH,
        "held_out": judged.account(),
        "held_out_by_rule": by_rule.account(),
    }
    write_weights(out, {"account": account} | plain)
    return judged


def _fitted(learnt: Sample) -> dict[str, Any]:
    """The weights as the file has them, without the threshold."""
    import numpy as np
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    known = vectorizer(lambda question: cues(question.text), fewest=_FEWEST)
    has = known.fit_transform(learnt.questions)
    matrix = hstack([csr_matrix(_EMBEDDING_SCALE * learnt.vectors), has]).tocsr()
    labels = [KINDS.index(question.kind) for question in learnt.questions]
    weights = [_WEAK_WEIGHT if question.weak else 1.0 for question in learnt.questions]
    model = LogisticRegression(C=_STRENGTH, max_iter=500).fit(matrix, labels, sample_weight=weights)
    rows, bias = np.zeros((matrix.shape[1], len(KINDS))), np.full(len(KINDS), _NEVER)
    rows[:, model.classes_], bias[model.classes_] = model.coef_.T, model.intercept_
    dim = learnt.vectors.shape[1]
    cue_weights = zip(known.get_feature_names_out(), rows[dim:], strict=True)
    return {
        "kinds": list(KINDS),
        "bias": whole_steps(bias, SCALE),
        "embedding": [whole_steps(_EMBEDDING_SCALE * row, SCALE) for row in rows[:dim]],
        "cues": {cue: whole_steps(row, SCALE) for cue, row in cue_weights},
    }


def _threshold(learnt: Sample) -> float:
    """The certainty above which few enough facts are taken for another kind, by cross-validation.

    Facts by rule count where there are any: they are real questions, not written to be hard.
    """
    weak = any(question.weak for question in learnt.questions)
    folds = [digest(f"fold {question.text}") % _FOLDS for question in learnt.questions]
    facts = [asked.kind is Kind.FACT and asked.weak is weak for asked in learnt.questions]
    certainties: list[float] = []
    for fold in range(_FOLDS):
        others = learnt.where(at != fold for at in folds)
        model = KindModel.from_json(_fitted(others) | {"threshold": 0.0})
        judged = learnt.where(at == fold and fact for at, fact in zip(folds, facts, strict=True))
        for question, vector in zip(*judged, strict=True):
            kind, certainty = model.guess(question.text, vector)
            certainties.append(0.0 if kind is Kind.FACT else certainty)
    highest = sorted(certainties, reverse=True)[int(_FALSE_KINDS * len(certainties)) :]
    return round(max(_LEAST_CERTAINTY, *highest[:1]) + 0.0005, 3)
