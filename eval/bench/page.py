"""The chat page with many people at it: `byline chat` as a process of its own, asked over loopback by one client, then by eight at once.

In go questions; out comes what was measured, and what went wrong: answers that were lost, failed, or were another's. It does not know
what a good answer is: under load an answer has to be the one that was given before to one client alone.
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
_EACH = 10
# A person who has waited this long for one answer goes away.
_PATIENCE_S = 60.0
_START_S = 180.0
_BYLINE = (sys.executable, "-m", "rag.app.cli")
_URL = re.compile(r"Byline is at (http://127\.0\.0\.1:\d+/)")

Ask = Callable[[str], dict[str, Any]]


class Reply(NamedTuple):
    """An Answer as JSON, or an error as the contract spells it; the question it was given to, and the milliseconds it took."""

    question: str
    answer: dict[str, Any]
    milliseconds: float

    @property
    def came(self) -> bool:
        return "error" not in self.answer


class Load(NamedTuple):
    """Seconds from the start of the process until it said it was up, and until the first answer; milliseconds of each answer, given to one
    client alone and to all at once; how many were asked for; what went wrong, in words.
    """

    up_s: float
    first_answer_s: float
    alone: list[float]
    at_once: list[float]
    asked: int
    faults: list[str]


class Page(NamedTuple):
    """A page that is up: its address, and when its process was started, on the clock of `time.perf_counter`."""

    url: str
    started: float
    up: float


def load_test(questions: Sequence[str]) -> Load:
    """Asks the page over an archive of the sample articles: 20 questions one after the other, then 8 people 10 of the rest at once.

    No timed question was asked before by one alone.

    :raises BylineError: if the page does not come up, or does not answer the first question.
    """
    untimed, one, rest = (
        questions[:_UNTIMED],
        questions[_UNTIMED : _UNTIMED + _ALONE],
        questions[_UNTIMED + _ALONE :],
    )
    with tempfile.TemporaryDirectory(prefix="byline-bench-") as name, serving(Path(name)) as page:
        asks = [client(page.url) for _ in range(PEOPLE)]
        first_s = _first_answer(asks[0], untimed[0], page.started)
        # What is loaded on first use is there then, and the page's example questions are made meanwhile.
        in_turn(asks[0], untimed)
        alone = in_turn(asks[0], one)
        plans = rotated(rest, PEOPLE, _EACH)
        at_once = all_at_once(asks, plans)
        right = {reply.question: reply.answer for reply in in_turn(asks[0], rest) if reply.came}
    asked = len(one) + sum(map(len, plans))
    wrong = faults([*alone, *at_once], asked, right)
    return Load(
        page.up - page.started, first_s, _milliseconds(alone), _milliseconds(at_once), asked, wrong
    )


def _milliseconds(replies: Sequence[Reply]) -> list[float]:
    return [reply.milliseconds for reply in replies if reply.came]


def _first_answer(ask: Ask, question: str, started: float) -> float:
    [reply] = in_turn(ask, [question])
    if not reply.came:
        raise BylineError(
            f"The page did not answer its first question: {reply.answer['error']['message']}"
        )
    return time.perf_counter() - started


# ---------------------------------------------------------------- the page and its clients


@contextmanager
def serving(folder: Path) -> Iterator[Page]:
    """`byline chat` over an archive of the sample articles, made in `folder`, until the block ends.

    :raises BylineError: if there is no archive to be made, or it does not say within three minutes that it is up.
    """
    archive, log = str(folder / "archive"), folder / "chat.log"
    # What the page leaves behind when it is stopped goes with the folder.
    environment = os.environ | {"TMPDIR": str(folder)}
    with log.open("wb") as said:
        ingest = [*_BYLINE, "ingest", str(CORPUS), "--archive", archive]
        if subprocess.run(
            ingest, stdout=said, stderr=said, timeout=_START_S, check=False
        ).returncode:
            raise BylineError(f"The sample articles could not be ingested. {_last_words(log)}")
        chat = [*_BYLINE, "chat", "--archive", archive, "--port", "0", "--no-browser"]
        started = time.perf_counter()
        with subprocess.Popen(chat, stdout=said, stderr=said, env=environment) as process:
            try:
                yield _when_up(process, log, started)
            finally:
                _end(process)


def _when_up(process: subprocess.Popen[bytes], log: Path, started: float) -> Page:
    while process.poll() is None and time.perf_counter() < started + _START_S:
        url = _URL.search(log.read_text(encoding="utf-8", errors="replace"))
        if url:
            return Page(url[1], started, time.perf_counter())
        time.sleep(0.02)
    raise BylineError(f"byline chat did not come up. {_last_words(log)}")


def _last_words(log: Path) -> str:
    return f"It said: {log.read_text(encoding='utf-8', errors='replace').strip()[-500:]}"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def client(url: str) -> Ask:
    """One person's way to ask; loopback alone is spoken to, whatever proxy is set.

    Certificates are not looked at, since plain HTTP has none: loading them anew for each call took the people most of their time on the
    processor, which here is the server's, too. The client looks for its answer every 50 ms, so that times come in steps of that.
    """
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1")
    from gradio_client import Client

    person = Client(
        url,
        verbose=False,
        download_files=False,
        analytics_enabled=False,
        ssl_verify=False,
        httpx_kwargs={"trust_env": False},
    )

    def ask(question: str) -> dict[str, Any]:
        answer: dict[str, Any] = person.submit(question, api_name="/ask").result(
            timeout=_PATIENCE_S
        )
        return answer

    return ask


# ---------------------------------------------------------------- asking


def in_turn(ask: Ask, questions: Sequence[str]) -> list[Reply]:
    """One question after the other. Whoever gets no answer asks no further, so that a page that hangs is not waited for each time."""
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
    """For each person `each` questions, beginning elsewhere, so that those asked at one time differ.

    >>> rotated(["a", "b", "c", "d"], 2, 3)
    [['a', 'b', 'c'], ['c', 'd', 'a']]
    """
    count = len(questions)
    return [
        [questions[(person * count // people + i) % count] for i in range(each)]
        for person in range(people)
    ]


def faults(replies: Sequence[Reply], asked: int, right: dict[str, dict[str, Any]]) -> list[str]:
    """What is wrong with the answers to `asked` questions; `right` holds for each question the answer it has to get."""
    came = [reply for reply in replies if reply.came]
    found = [fault for reply in replies if (fault := _fault(reply, right.get(reply.question)))]
    if len({reply.answer["id"] for reply in came}) < len(came):
        found.append("One answer was given to more than one question.")
    if len(came) < asked:
        found.append(f"{asked - len(came)} of {asked} answers were lost.")
    return found


def _fault(reply: Reply, right: dict[str, Any] | None) -> str | None:
    answer = reply.answer
    if not reply.came:
        return f"“{reply.question}” failed: {answer['error']['message']}"
    if answer["question"] != reply.question:
        return f"“{reply.question}” got the answer to “{answer['question']}”."
    if right is not None and answer["claims"] != right["claims"]:
        return f"“{reply.question}” got other claims than when it was asked alone."
    return None
