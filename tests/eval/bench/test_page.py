"""The sums of the load test, with people who answer at once; the real one is run by hand."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from eval.bench import page as benchchat
from eval.bench.page import Load, Reply, all_at_once, in_turn, problems, rotated, serving
from eval.bench.speed import page_rows
from rag.errors import BylineError

QUESTIONS = ["Who runs the port?", "When did the ferry sail?", "Why is the library shut?"]


def answer(question: str, number: int = 0, claim: str = "") -> dict:
    return {
        "id": f"{question}-{number}",
        "question": question,
        "claims": [{"text": claim or f"About {question}"}],
    }


def reply(question: str, number: int = 0, claim: str = "") -> Reply:
    return Reply(question, answer(question, number, claim), 5.0)


RIGHT = {question: answer(question) for question in QUESTIONS}


def test_right_answers_have_no_problems() -> None:
    assert (
        problems(
            [reply(question, number) for number in range(2) for question in QUESTIONS], 6, RIGHT
        )
        == []
    )


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (Reply(QUESTIONS[0], answer(QUESTIONS[1], 9), 5.0), "got the answer to"),
        (reply(QUESTIONS[0], 9, "Something else."), "other claims"),
        (
            Reply(QUESTIONS[0], {"error": {"message": "The archive is shut."}}, 5.0),
            "The archive is shut.",
        ),
    ],
)
def test_a_wrong_answer_is_a_fault(wrong: Reply, word: str) -> None:
    found = problems([reply(QUESTIONS[1]), wrong], 2, RIGHT)
    assert word in found[0]
    assert QUESTIONS[0] in found[0]


def test_lost_and_doubled_answers_are_problems() -> None:
    assert problems([reply(QUESTIONS[0])], 3, RIGHT) == ["2 of 3 answers were lost."]
    assert problems([reply(QUESTIONS[0]), reply(QUESTIONS[0])], 2, RIGHT) == [
        "One answer was given to more than one question."
    ]


def test_one_who_gets_no_answer_asks_no_further() -> None:
    asked = []

    def ask(question: str) -> dict:
        asked.append(question)
        if len(asked) == 2:
            raise TimeoutError("no answer")
        return answer(question)

    replies = in_turn(ask, QUESTIONS)
    assert asked == QUESTIONS[:2]
    assert [item.came for item in replies] == [True, False]
    assert problems(replies, 3, RIGHT) == [
        f"“{QUESTIONS[1]}” failed: TimeoutError: no answer",
        "2 of 3 answers were lost.",
    ]


def test_all_people_ask_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=10)

    def ask(question: str) -> dict:
        together.wait()
        return answer(question)

    replies = all_at_once([ask] * 3, rotated(QUESTIONS, 3, 2))
    assert [item.question for item in replies if item.came] == [
        QUESTIONS[i] for i in (0, 1, 1, 2, 2, 0)
    ]


def test_at_one_time_everyone_asks_something_else() -> None:
    plans = rotated([str(number) for number in range(30)], benchchat.PEOPLE, 10)
    assert [len(plan) for plan in plans] == [10] * 8
    assert all(len(set(step)) == 8 for step in zip(*plans, strict=True))


def test_the_ratio_is_of_the_slow_ones_at_once_to_the_middle_alone() -> None:
    alone, at_once = [float(n) for n in range(1, 22)], [10.0 * n for n in range(1, 21)]
    rows = {
        row.figure: row.measured
        for row in page_rows(Load(1.0, 2.5, alone, at_once, 41, []), "2 cores")
    }
    # The middle of 21 is the 11th; of 20, nineteen are at most 190, and the p95 is the one after.
    assert rows["an answer, one person, p50 / p95"] == "11.0 / 20.0 ms"
    assert rows["p95 of 8 at once / p50 of one"] == f"{200 / 11:.2f}"
    assert rows["answers that came; problems"] == "41 of 41; 0"


def test_no_answers_are_no_ratio() -> None:
    rows = page_rows(Load(1.0, 2.5, [3.0], [], 81, ["80 of 81 answers were lost."]), "2 cores")
    assert [row.measured for row in rows] == ["1.0 / 2.5 s", "1 of 81; 1", "2 cores"]


def fake_byline(monkeypatch, chat: str) -> list[subprocess.Popen]:
    """`byline` whose ingest does nothing and whose chat is that script; returns its processes."""
    script = f"import sys, time\nif sys.argv[1] == 'chat':\n    {chat}"
    monkeypatch.setattr(benchchat, "_BYLINE", (sys.executable, "-c", script))
    started = []

    class Recorded(subprocess.Popen):
        def __init__(self, *arguments, **options) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    return started


def test_the_page_is_found_and_ended_whatever_happens(monkeypatch, tmp_path) -> None:
    started = fake_byline(
        monkeypatch,
        "print('Byline is at http://127.0.0.1:7861/ (Ctrl-C', flush=True); time.sleep(60)",
    )

    def interrupted() -> None:
        with serving(tmp_path) as page:
            assert page.url == "http://127.0.0.1:7861/"
            assert started[-1].poll() is None
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert started[-1].poll() is not None


def test_a_page_that_does_not_come_up_says_why(monkeypatch, tmp_path) -> None:
    fake_byline(monkeypatch, "sys.exit('The port is taken.')")
    with pytest.raises(BylineError, match="The port is taken"), serving(tmp_path):
        pass
