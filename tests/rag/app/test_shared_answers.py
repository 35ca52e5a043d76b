"""Answers kept for a link: the same answer has the same name, and a bad name is a plain error."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.app.shared_answers import FOLDER, keep_answer, kept_answer
from rag.errors import ArchiveError, UsageError

ANSWER = {"question": "Who?", "text": "É \ud800", "claims": []}


def test_what_is_kept_comes_back_under_one_name(tmp_path: Path) -> None:
    name = keep_answer(tmp_path, ANSWER)
    assert keep_answer(tmp_path, dict(reversed(ANSWER.items()))) == name
    assert kept_answer(tmp_path, name) == ANSWER
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == [f"{name}.json"]


@pytest.mark.parametrize("name", ["", "../../secret", "0" * 16, "0" * 15, "0" * 16 + "\n"])
def test_what_is_not_kept_is_said_plainly(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.json").write_text('{"question": "x"}', encoding="utf-8")
    with pytest.raises(UsageError, match="no longer kept"):
        kept_answer(tmp_path, name)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"question": 3}', "\xff"])
def test_a_damaged_file_is_not_shown(tmp_path: Path, text: str) -> None:
    name = keep_answer(tmp_path, ANSWER)
    (tmp_path / FOLDER / f"{name}.json").write_text(text, encoding="latin-1")
    with pytest.raises(UsageError):
        kept_answer(tmp_path, name)


def test_an_endless_answer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="too long"):
        keep_answer(tmp_path, {"question": "x" * 10**6})
    assert not (tmp_path / FOLDER).exists()


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file", encoding="utf-8")
    with pytest.raises(ArchiveError, match="cannot be kept"):
        keep_answer(tmp_path, ANSWER)
