import json
import sys
from pathlib import Path

import pytest

from eval.run.systems import Byline, Command, SystemFailed, ask_of
from rag.errors import UsageError
from rag.model import Filters
from rag.reading.loading import TRAINED
from rag.reading.reader import COMBINATION_FILE


def command(tmp_path: Path, code: str, **fields: float) -> Command:
    script = tmp_path / "answer.py"
    script.write_text(f"import json, sys\n{code}")
    return Command((sys.executable, str(script)), **fields)


def test_a_command_gets_the_question_last_and_no_shell(tmp_path: Path) -> None:
    ask = command(tmp_path, "print(json.dumps({'status': 'answered', 'text': sys.argv[-1]}))").over(
        None
    )
    assert ask("Who? $(touch x); `y` *", Filters())["text"] == "Who? $(touch x); `y` *"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("sys.stderr.write('no model'); sys.exit(4)", r"exit code 4\): no model"),
        ("print('Hello')", "no JSON .exit code 0.: Hello"),
        (
            "print(json.dumps({'error': {'code': 'busy', 'message': 'try later'}})); sys.exit(1)",
            "busy: try later",
        ),
        ("print(json.dumps({'status': 'answered'})); sys.exit(1)", "exit code 1"),
    ],
)
def test_a_command_that_fails_says_why(tmp_path: Path, code: str, reason: str) -> None:
    with pytest.raises(SystemFailed, match=reason):
        command(tmp_path, code).over(None)("Who?", Filters())


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    with pytest.raises(SystemFailed, match="timed out"):
        command(tmp_path, "import time; time.sleep(60)", timeout_s=0.2).over(None)(
            "Who?", Filters()
        )


def test_settings_tell_two_readers_apart(tmp_path: Path) -> None:
    plain = json.loads((TRAINED / COMBINATION_FILE).read_text(encoding="utf-8"))
    del plain["account"]["sha256"]
    for name, weight in (("one", 1.0), ("other", 2.0)):
        (tmp_path / name).mkdir()
        plain["sentence"]["overlap"] = weight
        (tmp_path / name / COMBINATION_FILE).write_text(json.dumps(plain), encoding="utf-8")
    one, other = (Byline(reader=str(tmp_path / name)) for name in ("one", "other"))
    assert len({system.settings["reader.weights"] for system in (one, other, Byline())}) == 3
    assert Byline(threshold=0.9).settings["reader.threshold"] == 0.9
    assert (one.settings["reader.model"], "reader.model" in Byline().settings) == (
        str(tmp_path / "one"),
        False,
    )
    two = Byline(second_reader=str(tmp_path / "one")).settings
    assert two["reader.second"] == str(tmp_path / "one")
    assert two["reader.weights"] != Byline().settings["reader.weights"]
    assert Byline(reranker="sorter").settings["retrieve.reranker"] == "sorter"


def test_systems_that_need_articles_say_so() -> None:
    with pytest.raises(UsageError, match="none were named"):
        Byline().over(None)
    with pytest.raises(UsageError, match="cannot be asked"):
        ask_of(3)  # type: ignore[arg-type]
