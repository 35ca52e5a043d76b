import sys

import pytest

from eval.run.llamaindex_baseline import LlamaIndexBaseline
from eval.run.settings import Settings, named_system, parse_settings
from eval.run.systems import Byline, Command
from rag.errors import UsageError


def test_grids() -> None:
    assert parse_settings([]) == [Settings()]
    assert parse_settings(["reader.threshold=0.5,1", "retrieve.k=5,10"]) == [
        Settings(5, 0.5),
        Settings(5, 1),
        Settings(10, 0.5),
        Settings(10, 1),
    ]
    assert str(Settings(5, 0.5)) == "retrieve.k=5 reader.threshold=0.5"
    assert parse_settings(["reader.model=mine,org/theirs", "retrieve.reranker=sorter"]) == [
        Settings(reader="mine", reranker="sorter"),
        Settings(reader="org/theirs", reranker="sorter"),
    ]
    assert str(Settings(reader="mine")) == "reader.model=mine"
    assert parse_settings(["reader.second=large"]) == [Settings(second_reader="large")]


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
    assert named_system("byline", Settings(20, 0.4)) == Byline(20, 0.4)
    assert named_system("llamaindex", Settings(5)) == LlamaIndexBaseline(5)
    assert named_system(f"command:{sys.executable} -m 'a b'", Settings()) == Command(
        (sys.executable, "-m", "a b")
    )
    for name, settings in [
        ("nope", Settings()),
        ("llamaindex", Settings(threshold=0.5)),
        ("command:ls", Settings(k=3)),
    ]:
        with pytest.raises(UsageError):
            named_system(name, settings)
    for line in ("command:", "command:no-such-program-here", "command:'open"):
        with pytest.raises(UsageError):
            named_system(line, Settings())
