"""Progress: lines, a bar on a terminal, and estimates that were wrong."""

from __future__ import annotations

import io

import pytest

from rag.app import progress, terminal
from rag.app.progress import Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that have passed, to be set by the test."""
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_line_is_written_every_ten_seconds(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with Progress(5_000, "questions") as shown:
        for second in range(1, 26):
            clock[0] = 1000 + second
            shown.advance(50, note="3 failed" if second > 15 else "")
    assert capsys.readouterr().err.splitlines() == [
        "500 of 5,000 questions, 50 a second, about 90 s left",
        "1,000 of 5,000 questions, 50 a second, about 80 s left, 3 failed",
    ]


def test_more_than_was_estimated_and_an_unknown_total(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with Progress(2) as more, Progress(None) as unknown:
        for shown in (more, unknown):
            shown.advance()
        clock[0] += 20
        for shown in (more, unknown):
            shown.advance(2)
    assert capsys.readouterr().err.splitlines() == [
        "3 of 3 articles, 0.1 a second",
        "3 articles, 0.1 a second",
    ]


def test_what_was_done_before_and_the_loading_of_a_model_do_not_count_for_the_pace(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with Progress(1_000, "steps", done=400) as shown:
        clock[0] += 30
        shown.advance()
        clock[0] += 10
        shown.advance(10)
    assert capsys.readouterr().err.splitlines() == [
        "401 of 1,000 steps",
        "411 of 1,000 steps, 1.0 a second, about 10 min left",
    ]


def test_on_a_terminal_there_is_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    monkeypatch.setattr(terminal, "stderr", lambda: console)
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    with Progress(3) as shown:
        shown.advance(note="all well")
    assert "1 of 3 articles" in screen.getvalue()
    assert "all well" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K")
