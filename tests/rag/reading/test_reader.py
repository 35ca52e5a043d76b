"""The reader that ships: candidates, short answers, chances, silence, a weight a feature."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ModelError
from rag.model import Article, Block, Chunk, Hit, Sentence
from rag.reading.features import (
    QUESTION_FEATURES,
    SENTENCE_FEATURES,
    gather_evidence,
    question_features,
)
from rag.reading.loading import TRAINED
from rag.reading.reader import (
    COMBINATION_FILE,
    Combination,
    Logistic,
    TrainedReader,
    fitted_combination,
)


def hit(
    *lines: str, rank: int = 1, name: str = "a", title: str = "The flood", similarity: float = 0.5
) -> Hit:
    """A passage of one sentence a line."""
    text, spans, start = "\n".join(lines), [], 0
    for line in lines:
        spans.append((start, start + len(line)))
        start += len(line) + 1
    article = Article(
        name, "v1", "c", name, name, title, text, tuple(Block(*span) for span in spans)
    )
    return Hit(
        Chunk(name, "v1", 0, len(text)),
        article,
        tuple(Sentence(*span) for span in spans),
        rank,
        1.0 / rank,
        similarity,
    )


@pytest.fixture(scope="module")
def reader() -> TrainedReader:
    return TrainedReader()


def answer_text(candidate) -> str:
    return candidate.article.text[candidate.answer.start : candidate.answer.end]


@pytest.mark.parametrize(
    ("question", "sentence", "answer"),
    [
        (
            "How many people drowned in Aldwater?",
            "In Aldwater 18 people drowned when the dam broke.",
            "18",
        ),
        (
            "Who thanked the fire brigade?",
            "Mayor Anna Reyes thanked the fire brigade.",
            "Anna Reyes",
        ),
        (
            "When did the river burst its banks?",
            "The river burst its banks on 4 October after days of rain.",
            "4 October",
        ),
    ],
)
def test_the_sentence_that_answers_comes_first_with_the_words_that_do(
    reader: TrainedReader, question: str, sentence: str, answer: str
) -> None:
    others = (
        "The weather service had warned of rain.",
        "Schools in the valley stay shut this week.",
        "Roads to the coast are open again.",
    )
    reading = reader.read(
        question,
        [
            hit(*others[:1], sentence, *others[1:]),
            hit("Ferries sail as planned.", rank=2, name="b"),
        ],
    )
    best = reading.candidates[0]
    assert best.text == sentence
    assert answer in answer_text(best)
    assert len(answer_text(best)) <= len(answer) + 12
    assert reading.p_none < reader.threshold


def test_an_answer_in_a_full_passages_last_words_is_found(reader: TrainedReader) -> None:
    filler = [
        f"In week {number} the jury of the harbour town read another pile of long letters "
        "from its readers."
        for number in range(1, 14)
    ]
    passage = hit(
        *filler,
        "The prize for the best letter was handed to Olga Marsh.",
        title="A prize for letters from the readers of the town",
    )
    best = reader.read(
        "After so many weeks of reading, to whom was the prize for the best letter handed?",
        [passage],
    ).candidates[0]
    assert answer_text(best) == "Olga Marsh"


def test_what_no_passage_says_is_less_likely_answered(reader: TrainedReader) -> None:
    passage = hit(
        "In Aldwater 18 people drowned when the dam broke.", "The mayor thanked the fire brigade."
    )
    asked = (
        "How many people drowned in Aldwater?",
        "Who won the chess match in Lisbon?",
        "How many people drowned in Fennmouth?",
    )
    about, other, near = (reader.read(question, [passage]) for question in asked)
    assert about.p_none < min(near.p_none, other.p_none)
    assert about.candidates[0].score > max(near.candidates[0].score, other.candidates[0].score)
    assert other.p_none > reader.threshold


def test_scores_fall_and_are_chances(reader: TrainedReader) -> None:
    reading = reader.read(
        "Who leads the town?",
        [hit("Anna Reyes leads the town.", "Rain fell."), hit("The sun shone.", rank=2, name="b")],
    )
    scores = [candidate.score for candidate in reading.candidates]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in [*scores, reading.p_none])
    assert len(scores) == 3


def test_a_sentence_that_stands_in_two_passages_is_one_candidate_of_the_better_ranked(
    reader: TrainedReader,
) -> None:
    twice = "Anna Reyes leads the town."
    reading = reader.read(
        "Who leads the town?",
        [hit(twice, "Rain fell."), hit("The sun shone.", twice, rank=2, name="b")],
    )
    found = [candidate for candidate in reading.candidates if candidate.text == twice]
    assert [candidate.hit_rank for candidate in found] == [1]
    assert found[0].article.article_id == "a"
    assert "Anna Reyes" in answer_text(found[0])


def test_the_same_words_about_somebody_else_are_another_sentence(reader: TrainedReader) -> None:
    court = hit(
        "The baker Ida Holm came to court on Monday, accused of fraud.",
        "She denied the charges.",
        "Next came the pilot Nora Bright, accused of flying drunk.",
        "She denied the charges.",
        title="Two in court",
    )
    for name, place in (("Ida Holm", 1), ("Nora Bright", 3)):
        candidates = reader.read(f"How did {name} plead?", [court]).candidates
        assert len(candidates) == 4
        pleas = [item.sentence for item in candidates if item.text == "She denied the charges."]
        assert pleas[0] == court.sentences[place]


def test_a_sentence_of_overlapping_passages_is_one_place(reader: TrainedReader) -> None:
    whole = hit("Rain fell.", "Anna Reyes leads the town.", "The sun shone.")
    later = replace(whole, chunk=Chunk("a", "v1", 11, 52), sentences=whole.sentences[1:], rank=2)
    candidates = reader.read("Who leads the town?", [whole, later]).candidates
    assert [item.text for item in candidates].count("Anna Reyes leads the town.") == 1
    assert len(candidates) == 3


def test_answers_lie_within_their_sentences_also_where_a_sentence_is_longer_than_its_passage(
    reader: TrainedReader,
) -> None:
    text = "The ferry went " + "on and on " * 30 + "until it came to Skarn."
    article = Article("a", "v1", "c", "a", "a", "A trip", text, (Block(0, len(text)),))
    cut = Hit(Chunk("a", "v1", 100, 200), article, (Sentence(0, len(text)),), 1, 1.0, 0.5)
    for found in (cut, hit("Rain fell. ", "? !", "Anna Reyes leads.")):
        for candidate in reader.read("Where did the ferry go?", [found]).candidates:
            if candidate.answer is not None:
                assert (
                    candidate.sentence.start
                    <= candidate.answer.start
                    < candidate.answer.end
                    <= candidate.sentence.end
                )


def test_no_passages_mean_no_answer(reader: TrainedReader) -> None:
    reading = reader.read("Who?", [])
    assert (reading.candidates, reading.p_none) == ((), 1.0)


def test_the_same_question_on_the_same_passages_is_read_once(
    reader: TrainedReader,
) -> None:
    asked = []

    class Counting:
        def read(self, pairs):
            asked.append(pairs)
            return reader.model.read(pairs)

    counting = TrainedReader(model=Counting())
    hits = [hit("The bridge reopened in May.", name="a"), hit("A ferry sank.", name="b", rank=2)]
    first = counting.read("When did the bridge reopen?", hits)
    assert counting.read("When did the bridge reopen?", list(hits)) == first
    assert len(asked) == 1
    counting.read("When did the bridge reopen?", hits[:1])
    counting.read("When did the ferry sink?", hits)
    assert len(asked) == 3


def test_the_order_of_the_passages_does_not_matter_but_for_their_ranks(
    reader: TrainedReader,
) -> None:
    first, second = (
        hit("Anna Reyes leads the town.", "Rain fell."),
        hit("The sun shone.", "Nobody came.", rank=2, name="b"),
    )
    one, other = (
        reader.read("Who leads the town?", hits) for hits in ([first, second], [second, first])
    )
    assert [candidate.text for candidate in one.candidates] == [
        candidate.text for candidate in other.candidates
    ]
    assert one.p_none == pytest.approx(other.p_none, abs=0.02)


# ---------------------------------------------------------------- evidence


def test_evidence_is_a_row_a_sentence_and_one_for_the_question(reader: TrainedReader) -> None:
    hits = [
        hit("Anna Reyes leads the town.", "Rain fell in Aldwater."),
        hit("The sun shone.", rank=2, name="b", similarity=0.25),
    ]
    found = gather_evidence(reader.model, "Who leads Aldwater in 2024?", hits)
    assert found.matrix.shape == (3, len(SENTENCE_FEATURES))
    assert np.isfinite(found.matrix).all()
    rows = [dict(zip(SENTENCE_FEATURES, row, strict=True)) for row in found.matrix.tolist()]
    assert [row["passage_similarity"] for row in rows] == [0.5, 0.5, 0.25]
    assert [row["passage_rank"] for row in rows] == [1.0, 1.0, 0.5]
    assert rows[0]["after"] == rows[1]["span"]
    assert rows[1]["before"] == rows[0]["span"]
    assert sum(math.exp(row["share"]) for row in rows) < 1.2
    features = dict(
        zip(QUESTION_FEATURES, question_features(found, found.matrix[:, 0]), strict=True)
    )
    assert features["best"] == max(row["span"] for row in rows)
    assert (features["names_found"], features["names_asked"]) == (0.5, 0.5)
    assert features["names_in_article"] == 0.5


def test_names_count_where_one_article_has_them_together(reader: TrainedReader) -> None:
    hits = [
        hit("The Hopman Cup of 1998 went to Slovakia."),
        hit("The World Cup is near.", rank=2, name="b"),
    ]
    found = gather_evidence(reader.model, "Who won the iPhone Cup in 1998?", hits)
    assert found.names == ["iPhone", "Cup", "1998"]
    features = question_features(found, np.asarray([1.0, 0.0]))
    named = features[QUESTION_FEATURES.index("names_in_article")]
    assert named == pytest.approx(2 / 3)


def test_a_sentence_with_the_name_shares_the_short_form_of_the_question(
    reader: TrainedReader,
) -> None:
    airline = hit("British Airways lost money.", "BA blames the price of fuel.", title="Fuel")
    found = gather_evidence(reader.model, "Why was money lost by BA?", [airline])
    overlap = found.matrix[:, SENTENCE_FEATURES.index("overlap")]
    assert overlap[0] == pytest.approx(1.0)
    assert 0 < overlap[1] < 1
    assert found.names_found == 1.0


def test_a_passage_without_words_is_evidence_of_nothing(reader: TrainedReader) -> None:
    found = gather_evidence(reader.model, "Who?", [hit("\u200b")])
    assert np.isfinite(found.matrix).all()
    assert found.answers == [None]
    assert 0 <= reader.read("Who?", [hit("\u200b")]).p_none <= 1


# ---------------------------------------------------------------- weights


def test_the_shipped_weights_cover_every_feature() -> None:
    weights = fitted_combination()
    assert len(weights.sentence) == len(SENTENCE_FEATURES)
    assert len(weights.none.weights) == len(weights.right.weights) == len(QUESTION_FEATURES)
    assert 0 < weights.threshold < 1


def test_a_chance_does_not_overflow() -> None:
    assert Logistic((1.0,), 0.0).chance(np.asarray([2000.0])) == 1.0
    assert Logistic((1.0,), 0.0).chance(np.asarray([-2000.0])) == 0.0
    assert Logistic((1.0,), 1.0).chance(np.asarray([-1.0])) == 0.5


def write_plain(folder: Path, plain: dict) -> TrainedReader:
    """A reader with those weights beside no span model."""
    folder.mkdir()
    (folder / COMBINATION_FILE).write_text(json.dumps(plain), encoding="utf-8")
    return TrainedReader(str(folder))


def test_weights_beside_a_reader_are_taken_and_those_of_other_features_are_refused(
    tmp_path: Path,
) -> None:
    plain = json.loads((TRAINED / COMBINATION_FILE).read_text(encoding="utf-8"))
    with pytest.raises(ModelError, match="for another reader"):
        write_plain(tmp_path / "shipped", plain)
    del plain["account"]["sha256"]
    (tmp_path / COMBINATION_FILE).write_text(
        json.dumps(plain | {"threshold": 0.123}), encoding="utf-8"
    )
    assert TrainedReader(str(tmp_path)).threshold == 0.123
    assert TrainedReader("a-name-on-a-hub").combination == fitted_combination()
    del plain["sentence"]["overlap"]
    with pytest.raises(ModelError, match="no weights for this release"):
        write_plain(tmp_path / "other", plain)


def test_a_combination_decides(reader: TrainedReader) -> None:
    only_rank = tuple(1.0 if name == "passage_rank" else 0.0 for name in SENTENCE_FEATURES)
    never = Logistic((0.0,) * len(QUESTION_FEATURES), -30.0)
    sure = Logistic((0.0,) * len(QUESTION_FEATURES), 30.0)
    told = TrainedReader(model=reader.model, combination=Combination(only_rank, never, sure, 0.5))
    reading = told.read(
        "Who leads the town?", [hit("The sun shone.", rank=2, name="b"), hit("Rain fell.")]
    )
    assert reading.candidates[0].text == "Rain fell."
    assert reading.candidates[0].score == pytest.approx(1.0)
    assert reading.p_none == pytest.approx(0.0)


def test_a_name_before_a_sentence_that_refers_back_is_its_likelier_answer(reader) -> None:
    passage = hit(
        "Marta Oyelaran chairs the committee and was elected mayor of Thornwick in May.",
        "She will also lead the town, says Per Holm.",
        title="A mayor for Thornwick",
    )
    reading = reader.read("Who was elected mayor of Thornwick?", [passage])
    back = next(item for item in reading.candidates if item.text.startswith("She"))
    assert back.answer_before is not None
    text = passage.article.text
    assert text[back.answer_before.start : back.answer_before.end] == "Marta Oyelaran"
    assert all(item.answer_before is None for item in reading.candidates if item is not back)
