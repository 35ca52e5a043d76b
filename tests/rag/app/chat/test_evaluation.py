"""The evaluation tab: the newest report in a frame of its own, or how to make one."""

from __future__ import annotations

import os
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval.gold.questions import GoldQuestion, Why, gold_hash
from eval.run.runfile import RunFile
from eval.scoring.outcome import Outcome
from rag.app.chat import evaluation
from rag.app.chat.evaluation import LatestReport, latest_report, report_frame
from rag.model import PartialDate

EVIL = "\"></iframe><script>alert(1)</script>'"
GOLD = (GoldQuestion("q0", f"Who? {EVIL}", "unanswerable", False, (), why=Why.OFF_TOPIC),)


def record_run(folder: Path, at: int) -> Path:
    run = RunFile(folder)
    run.begin(
        {"schema": 1, "name": folder.name, "system": "s", "settings": {}, "gold": gold_hash(GOLD)},
        GOLD,
    )
    run.append(
        Outcome(
            "q0",
            {
                "status": "not_in_articles",
                "confidence": 0.1,
                "text": "HALF The articles do not say.",
            },
            verbatim=(),
        )
    )
    path = folder / "run.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("HALF", "\\ud800"), encoding="utf-8")
    return touched(path, at)


def write_page(path: Path, at: int, text: str = "<p>old</p>") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return touched(path, at)


def touched(path: Path, at: int) -> Path:
    os.utime(path, (at, at))
    return path


def latest(folder: Path) -> LatestReport:
    found = latest_report(folder)
    assert found is not None
    return found


class Frames(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.frame: dict[str, str | None] = {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "iframe":
            self.frame = dict(attrs)


def test_nothing_yet_says_how_to_make_one(tmp_path):
    assert latest_report(tmp_path / "none") is None
    assert latest_report(tmp_path) is None
    assert "byline eval run" in report_frame(None)


def test_the_newest_report_is_shown_with_its_name_and_time(tmp_path):
    write_page(tmp_path / "old" / "report.html", 1_700_000_000)
    write_page(tmp_path / "deep" / "new" / "report.html", 1_700_000_060, "<p>new</p>")
    assert latest(tmp_path) == LatestReport(
        "new", PartialDate.parse("2023-11-14T22:14:20Z"), "<p>new</p>"
    )
    frame = Frames(report_frame(latest(tmp_path))).frame
    assert frame["title"] == "Evaluation report: new, 14 November 2023, 22:14 UTC"
    assert frame["srcdoc"] == "<p>new</p>"


def test_a_run_that_is_newer_than_its_report_is_shown_as_it_stands(tmp_path, monkeypatch):
    record_run(tmp_path / "today", 1_700_000_000)
    write_page(tmp_path / "today" / "report.html", 1_700_000_060)
    assert latest(tmp_path).page == "<p>old</p>"
    record_run(tmp_path / "later", 1_700_000_120)
    made = latest(tmp_path)
    assert (made.name, made.fault) == ("later", "")
    assert "<title>later · evaluation</title>" in made.page
    assert "? The articles do not say." in made.page
    monkeypatch.setattr("eval.report.page.page", lambda content: pytest.fail("made again"))
    assert latest(tmp_path) == made


def test_archives_beside_the_runs_are_not_looked_into(tmp_path):
    write_page(tmp_path / "archives" / "documents" / "report.html", 1_700_000_000)
    assert latest_report(tmp_path) is None


def test_what_cannot_be_shown_says_why(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    touched(write_page(tmp_path / "a" / "run.jsonl", 0, "no run\n"), 1_700_000_000)
    assert "not JSON" in latest(tmp_path).fault
    (tmp_path / "b" / "report.html").mkdir(parents=True)
    touched(tmp_path / "b" / "report.html", 1_700_000_060)
    assert "cannot be read" in latest(tmp_path).fault
    monkeypatch.setattr(evaluation, "_MOST_BYTES", 1_000_000)
    write_page(tmp_path / "c" / "report.html", 1_700_000_120, "x" * 1_000_001)
    assert "more than 1 MB" in latest(tmp_path).fault
    words = report_frame(latest(tmp_path))
    assert "more than 1 MB" in words
    assert "iframe" not in words


def test_a_report_reaches_neither_the_page_nor_the_network(tmp_path):
    record_run(tmp_path / 'a"><img src=x>', 1_700_000_000)
    found = latest(tmp_path)
    seen = Frames(report_frame(found))
    assert set(seen.tags) == {"p", "iframe"}
    assert seen.frame["sandbox"] == "allow-scripts"
    assert seen.frame["srcdoc"] == found.page
    assert "Content-Security-Policy" in found.page


def test_any_html_stays_inside_its_frame():
    hostile = LatestReport(EVIL, PartialDate.parse("2024"), f"<p>{EVIL}</p>")
    seen = Frames(report_frame(hostile))
    assert set(seen.tags) == {"p", "iframe"}
    assert seen.frame["srcdoc"] == hostile.page
    assert set(Frames(report_frame(LatestReport(EVIL, hostile.made, "", EVIL))).tags) == {"p"}
