"""Work that the end of the program waits for: nothing is aborted, nothing half done, and what is over is forgotten."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rag.app.chat.background import background

ROOT = Path(__file__).resolve().parents[4]

# Python going while a thread multiplies takes the process down with SIGABRT, unless it waits.
MULTIPLYING = """
import threading, torch
from rag.app.chat.background import background

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
from rag.app.chat.background import background

stopped = threading.Event()

def write():
    stopped.wait()
    signal.raise_signal(signal.SIGINT)
    time.sleep(0.3)
    print("done", flush=True)

background(write, name="write", stop=stopped.set)
"""


@pytest.mark.parametrize(
    "script", [MULTIPLYING, INTERRUPTED], ids=["in a library", "interrupted again"]
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
