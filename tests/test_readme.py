"""The README's Python snippet runs as printed and prints what the README says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"
SNIPPET = re.compile(r"```python\n(?P<code>.*?)```\s+```text\n(?P<output>.*?)```", re.DOTALL)


def test_the_snippet_prints_what_the_readme_says(tmp_path: Path) -> None:
    snippets = list(SNIPPET.finditer(README.read_text(encoding="utf-8")))
    assert snippets
    for number, snippet in enumerate(snippets):
        folder = tmp_path / str(number)
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", snippet["code"]],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env=_environment(),
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout == snippet["output"]


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(README.parent)}
