import sys

import pytest

from eval.run.llamaindex_baseline import LlamaIndexBaseline
from eval.run.settings import named_system, parse_settings, settings_text
from eval.run.systems import Byline, Command
from rag.errors import UsageError


def test_grids() -> None:
    assert parse_settings([]) == [{}]
    assert parse_settings(["reader.threshold=0.5,1", "retrieve.k=5,10"]) == [
        {"reader.threshold": threshold, "retrieve.k": k} for threshold in (0.5, 1) for k in (5, 10)
    ]
    assert settings_text({"retrieve.k": 5, "reader.model": "a"}) == "retrieve.k=5 reader.model=a"
    assert settings_text({}) == "as fitted"
    assert parse_settings(["reader.model=mine,org/theirs", "retrieve.reranker=sorter"]) == [
        {"reader.model": name, "retrieve.reranker": "sorter"} for name in ("mine", "org/theirs")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "k=3",
        "retrieve.k",
        "retrieve.k=0",
        "retrieve.k=1.5",
        "reader.threshold=1.1",
        "reader.threshold=nan",
        "retrieve.k=1,,2",
        "reader.model=",
    ],
)
def test_settings_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_settings([text])
    with pytest.raises(UsageError, match="twice"):
        parse_settings(["retrieve.k=1", "retrieve.k=2"])


def test_systems_by_name() -> None:
    assert named_system("byline", {"retrieve.k": 20, "reader.threshold": 0.4}) == Byline(20, 0.4)
    assert named_system("llamaindex", {"retrieve.k": 5}) == LlamaIndexBaseline(5)
    assert named_system(f"command:{sys.executable} -m 'a b'", {}) == Command(
        (sys.executable, "-m", "a b")
    )
    for name, settings in [
        ("nope", {}),
        ("llamaindex", {"reader.threshold": 0.5}),
        ("command:ls", {"retrieve.k": 3}),
    ]:
        with pytest.raises(UsageError):
            named_system(name, settings)
    for line in ("command:", "command:no-such-program-here", "command:'open"):
        with pytest.raises(UsageError):
            named_system(line, {})
