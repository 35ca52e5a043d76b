"""Tells which kind of answer a question asks for, from its embedding and its words.

The kinds, and where the borders between them lie:

fact           one thing: who, what, when, where, why or how; "is it A or B?"; "who is X?"; what
               somebody did or decided; an age, a date or a score. Whatever fits no other kind.
amount         a figure: a count, a sum of money, a share, a toll or a measured quantity ("how
               many", "how much", "how far", "how long", "what percentage"). One count of two things
               ("how many dead and wounded") is still an amount.
list           every item of a kind: "which ministers resigned", "name the winners", "what were the
               demands", "who else".
compare        named things beside each other on one measure: which is larger, how they differ, what
               they come to together.
many_parts     different questions in one: "who won and by how much", "how many died and how many
               fled".
yes_no         whether something is so: "did Leeds beat Bradford", "he resigned, right?", "did X say
               that Y".
speech         what somebody said, thinks or answered: "what did X say about Y", "how did X react".
brief          the main points of a topic: "tell me about X", "what happened at X", "what are the
               papers saying about X", "the latest on X", and bare keywords and names.
timeline       a course of events: "what happened after X", "how did X develop", "timeline of X".
about_archive  the archive itself: how many articles, which papers, dates and topics; also "how many
               articles mention X".
help           a greeting, thanks, goodbye, small talk, or what Byline is and how to use it.
articles       articles to read, not an answer: "show me articles about X", "do you have anything on
               X", "stories about X".

A multinomial logistic model over the question's embedding and its cues, fitted by
`eval.train.questions.kinds`, which reports how good it is. English.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rag.answering.cues import (
    acts_in_speech,
    asks_latest_and_more,
    asks_one_length,
    asks_yes_or_no,
    counts_named_documents,
    cues,
    latest_from,
    latest_on,
)
from rag.embed import DEFAULT_MODEL, Embedder
from rag.errors import ModelError
from rag.model import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]
    Floats = NDArray[np.float64]

KINDS_FILE = Path(__file__).with_name("question_kinds.json")
# Weights are stored as whole twentieths.
SCALE = 20


# The order of the columns of the fitted weights.
KINDS = (
    Kind.FACT,
    Kind.AMOUNT,
    Kind.LIST,
    Kind.COMPARE,
    Kind.MANY_PARTS,
    Kind.YES_NO,
    Kind.SPEECH,
    Kind.BRIEF,
    Kind.TIMELINE,
    Kind.ABOUT_ARCHIVE,
    Kind.HELP,
    Kind.ARTICLES,
)


class KindGuess(NamedTuple):
    """A kind and the chance, by the model, that it is the right one."""

    kind: Kind
    certainty: float


def classify(question: str, embedder: Embedder) -> KindGuess:
    """The kind of answer a question asks for: `fact`, or `yes_no` where grammar says so, unless
    another kind is certain enough. Who asks for the latest on something asks for a brief,
    for the latest from somebody on it for what they say.

    The weights are fitted to the default embedding model; with another one the words of the
    question decide alone.

    :raises ModelError: if the weights cannot be read.
    """
    import numpy as np

    model = fitted_kinds()
    if embedder.name == DEFAULT_MODEL and embedder.dim == model.dim:
        vector = embedder.encode([question])[0]
    else:
        vector = np.zeros(model.dim, dtype=np.float32)
    return model.guess(question, vector)


class KindModel(NamedTuple):
    """The fitted weights, with one column for each of KINDS.

    `weights` has a row for each dimension of the embedding and then one for each known cue. A kind
    other than `fact`, or `yes_no` where the question begins so, counts only with a certainty of at
    least `threshold`.
    """

    bias: Floats
    weights: Floats
    cues: dict[str, int]
    dim: int
    threshold: float

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> KindModel:
        """:raises ValueError: if the weights were fitted for other kinds."""
        import numpy as np

        if plain["kinds"] != list(KINDS):
            raise ValueError("other kinds")
        bias = np.asarray(plain["bias"], dtype=np.float64) / SCALE
        rows = [*plain["embedding"], *plain["cues"].values()]
        weights = np.asarray(rows, dtype=np.float64).reshape(-1, len(KINDS)) / SCALE
        places = {cue: place for place, cue in enumerate(plain["cues"])}
        return cls(bias, weights, places, len(plain["embedding"]), plain["threshold"])

    def guess(self, question: str, vector: Vector) -> KindGuess:
        """The likeliest kind that is certain enough; what grammar rules out is none.

        A mere keyword is no greeting, and "was anybody hurt" asks for no fact.
        """
        chances = self.chances(question, vector)
        if "keywords" in cues(question):
            chances[KINDS.index(Kind.HELP)] = 0.0
        if latest_on(question) is not None:
            return KindGuess(Kind.BRIEF, 1.0)
        if asks_latest_and_more(question):
            return KindGuess(Kind.MANY_PARTS, 1.0)
        if latest_from(question):
            return KindGuess(Kind.SPEECH, 1.0)
        for kind, is_other in (
            (Kind.ABOUT_ARCHIVE, counts_named_documents),
            (Kind.COMPARE, asks_one_length),
            (Kind.SPEECH, acts_in_speech),
        ):
            if is_other(question):
                chances[KINDS.index(kind)] = 0.0
        otherwise = Kind.FACT
        if asks_yes_or_no(question):
            chances[KINDS.index(Kind.FACT)] = 0.0
            otherwise = Kind.YES_NO
        chances /= chances.sum()
        best = int(chances.argmax())
        if chances[best] < self.threshold:
            best = KINDS.index(otherwise)
        return KindGuess(KINDS[best], float(chances[best]))

    def chances(self, question: str, vector: Vector) -> Floats:
        """The chance of each of KINDS; they sum to 1."""
        import numpy as np

        known = sorted(self.dim + self.cues[cue] for cue in cues(question) if cue in self.cues)
        odds = self.bias + vector @ self.weights[: self.dim] + self.weights[known].sum(axis=0)
        likelihoods = np.exp(odds - odds.max())
        chances: Floats = likelihoods / likelihoods.sum()
        return chances


@cache
def fitted_kinds(path: Path = KINDS_FILE) -> KindModel:
    """The weights in that file, by default those of this release.

    :raises ModelError: if they cannot be read, or were fitted for other kinds.
    """
    try:
        return KindModel.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path} holds no weights for this release: {error!r}", hint="Install Byline again."
        ) from error
