"""Loads the chat page: `byline chat` in a process of its own, asked by one person, then by eight.

It does not judge answers: under load, an answer has to be the one that was given to one person
alone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from eval.gate import CORPUS
from rag.errors import BylineError

PEOPLE = 8
_UNTIMED, _ALONE = 16, 20
_EACH = 3
# A person who has waited this long for one answer goes away.
_PATIENCE_S = 60.0
_START_S = 180.0
_BYLINE = (sys.executable, "-m", "rag.app.cli")
_URL = re.compile(r"Byline is at (http://127\.0\.0\.1:\d+/)")

Ask = Callable[[str], dict[str, Any]]


class Reply(NamedTuple):
    """An Answer as JSON, or an error as the contract spells it, and the time it took."""

    question: str
    answer: dict[str, Any]
    milliseconds: float

    @property
    def came(self) -> bool:
        return "error" not in self.answer


class Load(NamedTuple):
    """What a load test measured.

    `up_s` and `first_answer_s` are seconds from the start of the process; `alone` and `at_once`
    milliseconds of each answer, given to one person and to all at once; `asked` counts questions;
    `problems` tells what went wrong.
    """

    up_s: float
    first_answer_s: float
    alone: list[float]
    at_once: list[float]
    asked: int
    problems: list[str]


class RunningPage(NamedTuple):
    """A page that is up; times on the clock of `time.perf_counter`."""

    url: str
    started: float
    up: float


def load_test(questions: Sequence[str]) -> Load:
    """Asks the page 20 questions one after the other, then 3 others by each of 8 people.

    The archive has the sample articles. No timed question was asked before: it would be known.

    :raises BylineError: if the page does not come up, or does not answer the first question.
    """
    untimed, rest = questions[:_UNTIMED], questions[_UNTIMED + _ALONE :]
    one = questions[_UNTIMED : _UNTIMED + _ALONE]
    with tempfile.TemporaryDirectory(prefix="byline-bench-") as name, serving(Path(name)) as page:
        asks = [client(page.url) for _ in range(PEOPLE)]
        [first] = in_turn(asks[0], untimed[:1])
        first_s = time.perf_counter() - page.started
        if not first.came:
            problem = first.answer["error"]["message"]
            raise BylineError(f"The page did not answer its first question: {problem}")
        # What is loaded on first use is there then, and the page has made its example questions.
        in_turn(asks[0], untimed)
        alone = in_turn(asks[0], one)
        plans = rotated(rest, PEOPLE, _EACH)
        at_once = all_at_once(asks, plans)
        right = {reply.question: reply.answer for reply in in_turn(asks[0], rest) if reply.came}
    asked = len(one) + sum(map(len, plans))
    found = problems([*alone, *at_once], asked, right)
    alone_ms, at_once_ms = (
        [reply.milliseconds for reply in some if reply.came] for some in (alone, at_once)
    )
    return Load(page.up - page.started, first_s, alone_ms, at_once_ms, asked, found)


# ---------------------------------------------------------------- the page and its clients


@contextmanager
def serving(folder: Path) -> Iterator[RunningPage]:
    """Runs `byline chat` over an archive of the sample articles, made in `folder`.

    :raises BylineError: if no archive can be made, or the page is not up within three minutes.
    """
    archive, log = str(folder / "archive"), folder / "chat.log"
    # What the page leaves behind when it is stopped goes with the folder.
    environment = os.environ | {"TMPDIR": str(folder)}
    with log.open("wb") as out:
        ingest = [*_BYLINE, "ingest", str(CORPUS), "--archive", archive]
        done = subprocess.run(ingest, stdout=out, stderr=out, timeout=_START_S, check=False)
        if done.returncode:
            raise BylineError(f"The sample articles could not be ingested. {_end_of(log)}")
        chat = [*_BYLINE, "chat", "--archive", archive, "--port", "0", "--no-browser"]
        started = time.perf_counter()
        with subprocess.Popen(chat, stdout=out, stderr=out, env=environment) as process:
            try:
                yield _when_up(process, log, started)
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()


def _when_up(process: subprocess.Popen[bytes], log: Path, started: float) -> RunningPage:
    while process.poll() is None and time.perf_counter() < started + _START_S:
        url = _URL.search(log.read_text(encoding="utf-8", errors="replace"))
        if url:
            return RunningPage(url[1], started, time.perf_counter())
        time.sleep(0.02)
    raise BylineError(f"byline chat did not come up. {_end_of(log)}")


def _end_of(log: Path) -> str:
    return f"Its output: {log.read_text(encoding='utf-8', errors='replace').strip()[-500:]}"


def client(url: str) -> Ask:
    """One person's way to ask, over loopback alone, whatever proxy is set.

    The client looks for its answer every 50 ms, so times come in steps of that.
    """
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1")
    from gradio_client import Client

    # Certificates are not loaded, since plain HTTP has none: loading them for each call took
    # most of the people's processor time, which here is the server's, too.
    person = Client(
        url,
        verbose=False,
        download_files=False,
        analytics_enabled=False,
        ssl_verify=False,
        httpx_kwargs={"trust_env": False},
    )

    def ask(question: str) -> dict[str, Any]:
        job = person.submit(question, api_name="/ask")
        answer: dict[str, Any] = job.result(timeout=_PATIENCE_S)
        return answer

    return ask


# ---------------------------------------------------------------- asking


def in_turn(ask: Ask, questions: Sequence[str]) -> list[Reply]:
    """Asks one question after the other, until one gets no answer."""
    replies: list[Reply] = []
    for question in questions:
        start = time.perf_counter()
        try:
            answer = ask(question)
        except Exception as error:
            answer = {"error": {"message": f"{type(error).__name__}: {error}"}}
        replies.append(Reply(question, answer, 1e3 * (time.perf_counter() - start)))
        if not replies[-1].came:
            break
    return replies


def all_at_once(asks: Sequence[Ask], plans: Sequence[Sequence[str]]) -> list[Reply]:
    """Each person asks the questions of one plan in turn, all people at the same time."""
    with ThreadPoolExecutor(len(asks)) as people:
        return [reply for replies in people.map(in_turn, asks, plans) for reply in replies]


def rotated(questions: Sequence[str], people: int, each: int) -> list[list[str]]:
    """For each person `each` questions, beginning elsewhere, so that those at one time differ.

    >>> rotated(["a", "b", "c", "d"], 2, 3)
    [['a', 'b', 'c'], ['c', 'd', 'a']]
    """
    count = len(questions)
    return [
        [questions[(person * count // people + i) % count] for i in range(each)]
        for person in range(people)
    ]


def problems(replies: Sequence[Reply], asked: int, right: dict[str, dict[str, Any]]) -> list[str]:
    """What is wrong with the answers to `asked` questions.

    :param right: for each question the answer it has to get.
    """
    came = [reply for reply in replies if reply.came]
    found = [text for reply in replies if (text := _problem(reply, right.get(reply.question)))]
    if len({reply.answer["id"] for reply in came}) < len(came):
        found.append("One answer was given to more than one question.")
    if len(came) < asked:
        found.append(f"{asked - len(came)} of {asked} answers were lost.")
    return found


def _problem(reply: Reply, right: dict[str, Any] | None) -> str | None:
    answer = reply.answer
    if not reply.came:
        return f"“{reply.question}” failed: {answer['error']['message']}"
    if answer["question"] != reply.question:
        return f"“{reply.question}” got the answer to “{answer['question']}”."
    if right is not None and answer["claims"] != right["claims"]:
        return f"“{reply.question}” got other claims than when it was asked alone."
    return None
