"""Every snippet of README and docs runs, and every command line in them is one that exists."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from eval.gold.questions import load_gold

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SNIPPET = re.compile(r"```python\n(?P<code>.*?)```\s+```text\n(?P<output>.*?)```", re.DOTALL)
BLOCK = re.compile(r"```\n(?P<body>.*?)```", re.DOTALL)
COMMAND = re.compile(r"`(byline [a-z][^`]*)`")


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=environment
    )


def commands() -> list[str]:
    """The `byline …` command lines of all pages, in blocks and in running text."""
    found = set()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            lines = block["body"].replace("\\\n", " ").splitlines()
            parts = [part.strip() for line in lines for part in line.split("&&")]
            found.update(part for part in parts if part.startswith("byline "))
        found.update(COMMAND.findall(text))
    return sorted(found)


@cache
def help_of(*path: str) -> str:
    """What `byline … --help` shows; the same commands stand on many pages."""
    return run(sys.executable, "-m", "rag.app.cli", *path, "--help", folder=ROOT).stdout


@pytest.mark.parametrize("command", commands())
def test_a_command_exists_with_its_options(command: str) -> None:
    words = shlex.split(command, comments=True)[1:]
    names = [word for word in words if re.fullmatch(r"[a-z][a-z-]*", word)]
    options = [word.split("=")[0] for word in words if word.startswith("--")]
    path: list[str] = []
    shown = help_of()
    for name in names:
        if not re.search(rf"^\W*{name}\s", shown, re.MULTILINE):
            break
        path.append(name)
        shown = help_of(*path)
    assert path
    assert [option for option in options if option not in shown and option != "--help"] == []


def test_the_snippets_print_what_the_readme_says(tmp_path: Path) -> None:
    snippets = list(SNIPPET.finditer((ROOT / "README.md").read_text(encoding="utf-8")))
    assert snippets
    for number, snippet in enumerate(snippets):
        folder = tmp_path / str(number)
        folder.mkdir()
        done = run(sys.executable, "-c", snippet["code"], folder=folder)
        assert done.returncode == 0, done.stderr
        assert done.stdout == snippet["output"]


def test_the_readme_is_short_and_its_links_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.split()) <= 900
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


@pytest.mark.parametrize(
    ("form", "ids"),
    [("json", ["port-1", "port-2", "port-3"]), ("csv", ["row-1", "row-2"])],
)
def test_the_examples_of_gold_questions_load(form: str, ids: list[str], tmp_path: Path) -> None:
    text = (ROOT / "docs" / "gold.md").read_text(encoding="utf-8")
    example = re.search(rf"```{form}\n(.*?)```", text, re.DOTALL)
    assert example
    path = tmp_path / f"gold.{form}"
    path.write_text(example[1], encoding="utf-8")
    questions = load_gold(path, sources=None)
    assert [question.id for question in questions] == ids
    assert questions[0].answers == (("Owen Tarrant", "Tarrant"),)
