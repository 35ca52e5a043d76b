import json
from pathlib import Path

import pytest

from eval.bench import page
from eval.bench.faults.trials import Problem, Trials
from tests.eval.conftest import Call


@pytest.mark.parametrize(("problems", "code"), [([], 0), (["1 of 4 answers were lost."], 1)])
def test_a_page_that_loses_an_answer_fails(
    call: Call, monkeypatch: pytest.MonkeyPatch, problems: list[str], code: int
) -> None:
    load = page.Load(1.0, 2.5, [3.0], [4.0, 5.0], 4, problems)
    monkeypatch.setattr(page, "load_test", lambda _: load)
    done = call("bench", "page", "--json")
    assert done.exit_code == code
    rows = json.loads(done.stdout.splitlines()[0])
    assert rows[0]["measured"] == "1.0 / 2.5 s"
    assert all(problem in done.output for problem in problems)


def test_each_gold_file_needs_its_articles(call: Call, tmp_path: Path) -> None:
    files = ["--gold", "a.jsonl", "--gold", "b.jsonl", "--corpus", str(tmp_path)]
    done = call("bench", "adversarial-llm", *files)
    assert (done.exit_code, "needs its --corpus" in done.output) == (2, True)


def test_faults_of_each_kind_are_counted_and_fail(call: Call, monkeypatch: pytest.MonkeyPatch):
    found = Trials("damages", 2, ("wrong", "foreign"), [Problem("wrong", "a date", "1999")])
    monkeypatch.setattr("eval.bench.faults.damages.measure", lambda count, *, seed: found)
    done = call("bench", "faults", "--kills", "0", "--files", "0", "--damages", "2")
    assert done.exit_code == 1
    assert "| 2 damages | 1 wrong, 0 foreign |\nwrong: a date: 1999\n" in done.stdout
