"""Two readers as one: the second reads the best three passages again and decides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag.model import Candidate, Hit, Reading
from rag.reading.cascade import Cascade
from rag.reading.reader import TrainedReader
from tests.rag.reading.test_loading import QUESTION, extractive
from tests.rag.reading.test_reader import hit


class Scripted:
    """A reader that gives the first sentence of a passage the score of the passage's rank."""

    def __init__(self, scores: dict[int, float], p_none: float, threshold: float) -> None:
        self.scores, self.p_none, self.threshold = scores, p_none, threshold
        self.asked: list[int] = []

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        self.asked += [hit.rank for hit in hits]
        candidates = [
            Candidate(hit.article, hit.sentences[0], self.scores[hit.rank], None, hit.rank)
            for hit in hits
        ]
        candidates.sort(key=lambda candidate: -candidate.score)
        return Reading(tuple(candidates), self.p_none)


HITS = [hit(f"Sentence {rank}.", rank=rank, name=str(rank)) for rank in range(1, 6)]


def test_the_second_reader_reads_the_best_three_and_decides():
    first = Scripted({1: 0.1, 2: 0.9, 3: 0.6, 4: 0.2, 5: 0.7}, 0.1, 0.4)
    second = Scripted({2: 0.3, 3: 0.5, 5: 0.1}, 0.8, 0.6)
    cascade = Cascade(first, second)
    reading = cascade.read("?", HITS)
    assert second.asked == [2, 3, 5]
    found = [(candidate.hit_rank, candidate.score) for candidate in reading.candidates]
    assert found == [(3, 0.5), (2, 0.3), (4, 0.2), (5, 0.1), (1, 0.1)]
    assert (reading.p_none, cascade.threshold) == (0.8, 0.6)


def test_no_score_of_the_first_reader_is_above_the_seconds_best():
    first = Scripted({1: 0.99, 2: 0.98, 3: 0.97, 4: 0.96, 5: 0.95}, 0.1, 0.4)
    second = Scripted({1: 0.1, 2: 0.2, 3: 0.3}, 0.8, 0.6)
    reading = Cascade(first, second).read("?", HITS)
    assert reading.candidates[0].hit_rank == 3
    assert max(candidate.score for candidate in reading.candidates) == 0.3


def test_without_passages_nothing_is_read():
    second = Scripted({}, 1.0, 0.5)
    reading = Cascade(Scripted({}, 1.0, 0.5), second).read("?", [])
    assert (reading.candidates, reading.p_none, second.asked) == ((), 1.0, [])


def test_a_checkpoint_reads_after_the_reader_that_ships(tmp_path: Path):
    second = TrainedReader(str(extractive(tmp_path, "roberta")))
    hits = [hit("Anna Reyes leads the town."), *HITS[1:]]
    first = TrainedReader()
    best = {candidate.hit_rank for candidate in first.read(QUESTION, hits).candidates[:3]}
    alone = second.read(QUESTION, [item for item in hits if item.rank in best])
    reading = Cascade(first, second).read(QUESTION, hits)
    assert {candidate.hit_rank for candidate in reading.candidates} == {1, 2, 3, 4, 5}
    assert reading.p_none == alone.p_none
    assert reading.candidates[0] == alone.candidates[0]
