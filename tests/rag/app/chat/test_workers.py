"""Work in threads: the program ends in order, items arrive, a tab has one answer on its way."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from rag.app.chat.workers import Ended, Runs, background

ROOT = Path(__file__).resolve().parents[4]

# Python going while a thread multiplies takes the process down with SIGABRT, unless it waits.
MULTIPLYING = """
import threading, torch
from rag.app.chat.workers import background

started, stopped, ones = threading.Event(), threading.Event(), torch.ones(300, 300)

def multiply():
    while not stopped.is_set():
        ones @ ones
        started.set()
    print("done", flush=True)

background(multiply, name="multiply", stop=stopped.set)
started.wait()
"""


INTERRUPTED = """
import signal, threading, time
from rag.app.chat.workers import background

stopped = threading.Event()

def write():
    stopped.wait()
    signal.raise_signal(signal.SIGINT)
    time.sleep(0.3)
    print("done", flush=True)

background(write, name="write", stop=stopped.set)
"""


# An answer is half made when the program ends, and nobody reads it any more.
ANSWERING = """
import threading, torch
from rag.app.chat.workers import Runs

ones = torch.ones(300, 300)

def answer():
    try:
        while True:
            for _ in range(100):
                ones @ ones
            yield "claim"
    finally:
        print("done", flush=True)

items = Runs().follow("tab", answer)
next(items)
threading.Thread(target=lambda: list(items), daemon=True).start()
"""


@pytest.mark.parametrize(
    "script",
    [MULTIPLYING, INTERRUPTED, ANSWERING],
    ids=["in a library", "interrupted again", "answering"],
)
def test_the_program_ends_in_order(script: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "done\n", "")


def test_work_that_is_cut_short_is_over_when_that_is_said() -> None:
    stopped, over = threading.Event(), threading.Event()

    def work() -> None:
        stopped.wait()
        over.set()

    close = background(work, name="work", stop=stopped.set)
    assert not over.is_set()
    close()
    assert over.is_set()
    close()


def test_work_that_is_over_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[object] = []
    monkeypatch.setattr("atexit.register", kept.append)
    monkeypatch.setattr("atexit.unregister", kept.remove)
    go = threading.Event()
    close = background(go.wait, name="waiting", stop=go.set)
    assert len(kept) == 1
    close()
    assert not kept


# ---------------------------------------------------------------- items from a thread


def test_the_items_come_in_their_order_from_one_thread_which_is_not_the_readers() -> None:
    threads = set()

    def items() -> Generator[int]:
        for number in range(100):
            threads.add(threading.get_ident())
            yield number

    assert list(Runs[int]().follow("tab", items)) == list(range(100))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_what_making_an_item_raises_is_raised_where_they_are_read() -> None:
    def items() -> Generator[int]:
        yield 1
        raise ZeroDivisionError

    run = Runs[int]().follow("tab", items)
    assert next(run) == 1
    with pytest.raises(ZeroDivisionError):
        next(run)


class Endless:
    """Counts up, each number when it is let; says when its making is closed."""

    def __init__(self) -> None:
        self.let = threading.Semaphore(1)
        self.closed = threading.Event()

    def items(self) -> Generator[int]:
        number = 0
        try:
            while self.let.acquire(timeout=300):
                yield (number := number + 1)
        finally:
            self.closed.set()


@pytest.mark.parametrize("dropped", [False, True])
def test_a_run_is_ended_while_it_waits_for_an_item(dropped: bool) -> None:
    runs, endless, ended = Runs[int](), Endless(), []
    run = runs.follow("tab", endless.items)
    assert next(run) == 1

    def read() -> None:
        with pytest.raises(Ended) as error:
            next(run)
        ended.append(error.value.dropped)

    reader = threading.Thread(target=read)
    reader.start()
    runs.end("tab", dropped=dropped)
    reader.join(300)
    assert ended == [dropped]
    endless.let.release()
    assert endless.closed.wait(300)


def test_the_run_of_another_tab_goes_on_and_a_second_one_of_the_same_drops_the_first() -> None:
    runs, first, other = Runs[int](), Endless(), Endless()
    run, beside = runs.follow("tab", first.items), runs.follow("other", other.items)
    assert (next(run), next(beside)) == (1, 1)
    assert list(runs.follow("tab", lambda: (number for number in (7, 8)))) == [7, 8]
    with pytest.raises(Ended, match="dropped"):
        next(run)
    other.let.release()
    assert next(beside) == 2


def test_a_reader_that_leaves_ends_the_making() -> None:
    runs, endless = Runs[int](), Endless()
    run = runs.follow("tab", endless.items)
    next(run)
    run.close()  # type: ignore[attr-defined]
    endless.let.release()
    assert endless.closed.wait(300)


def test_ending_where_nothing_is_on_its_way_does_nothing() -> None:
    runs = Runs[int]()
    list(runs.follow("tab", lambda: (number for number in (1,))))
    runs.end("tab", dropped=False)


def test_a_panic_of_a_library_is_raised_where_the_items_are_read() -> None:
    """It is no Exception; the reader waited for ever."""

    def items() -> Generator[int]:
        yield 1
        raise BaseException("a panic")

    run = Runs[int]().follow("tab", items)
    assert next(run) == 1
    with pytest.raises(BaseException, match="a panic"):
        next(run)
