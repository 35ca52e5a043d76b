from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.gold.questions import GoldQuestion, in_even_half
from eval.run.archives import Archives
from eval.run.jobs import Job
from eval.run.settings import parse_settings
from eval.run.systems import Ask
from eval.sweep import sweep
from rag.model import Filters
from rag.store.archive import Archive

NAMES = [f"q{i}" for i in range(12)]
EVEN = {name for name in NAMES if in_even_half(name)}
JOB = Job(
    "made", None, tuple(GoldQuestion(name, name, "single", True, (("yes",),)) for name in NAMES)
)


class Knows:
    """Answers `right` questions right, and the others wrong."""

    name = "knows"
    settings: Mapping[str, object] = {}

    def __init__(self, right: set[str]) -> None:
        self._right = right

    def over(self, archive: Archive | None) -> Ask:
        def ask(question: str, _: Filters) -> Mapping[str, Any]:
            text = "yes" if question in self._right else "no"
            return {"status": "answered", "claims": [{"text": text, "quotes": [{"text": text}]}]}

        return ask


def test_each_half_is_reported_under_the_setting_that_the_other_half_chose(tmp_path: Path) -> None:
    assert 0 < len(EVEN) < len(NAMES)
    systems = {1: Knows(EVEN), 2: Knows(set(NAMES) - EVEN)}
    found = sweep(
        parse_settings(["retrieve.k=1,2"]),
        lambda point: systems[point["retrieve.k"]],
        [JOB],
        Archives(tmp_path),
    )
    assert [(point.even.value, point.odd.value) for point in found.points] == [
        (1.0, 0.0),
        (0.0, 1.0),
    ]
    assert (found.by_even.settings["retrieve.k"], found.by_odd.settings["retrieve.k"]) == (1, 2)
    # Chosen and measured on the same questions either setting would look better than this.
    assert (found.cross_fitted.value, found.cross_fitted.n) == (0.0, len(NAMES))


def test_of_equal_settings_the_first_is_chosen(tmp_path: Path) -> None:
    found = sweep(
        parse_settings(["retrieve.k=3,4"]), lambda _: Knows(set(NAMES)), [JOB], Archives(tmp_path)
    )
    assert found.by_even.settings == found.by_odd.settings == {"retrieve.k": 3}
    assert found.cross_fitted.value == 1.0
