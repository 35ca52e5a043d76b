"""The memory of what was worked out lately."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.memory import Memory


@given(st.lists(st.lists(st.integers(0, 8), max_size=6), max_size=12), st.integers(1, 6))
def test_what_is_recalled_is_what_was_worked_out_and_no_more_is_kept_than_allowed(
    asked: list[list[int]], most: int
) -> None:
    memory: Memory[int, int] = Memory(most)
    for keys in asked:
        worked_out: list[int] = []

        def squares(new: list[int], worked_out: list[int] = worked_out) -> list[int]:
            worked_out += new
            return [key * key for key in new]

        assert memory.recall(keys, squares) == [key * key for key in keys]
        assert len(worked_out) == len(set(worked_out))
        assert len(memory._values) <= most


def test_the_least_recently_used_goes_first() -> None:
    memory: Memory[str, str] = Memory(2)
    new: list[str] = []

    def upper(keys: list[str]) -> list[str]:
        new.extend(keys)
        return [key.upper() for key in keys]

    for key in ("a", "b", "a", "c", "a", "b"):
        memory.recall([key], upper)
    assert new == ["a", "b", "c", "b"]


def test_a_failure_is_not_remembered() -> None:
    memory: Memory[str, str] = Memory(2)

    def fails(keys: list[str]) -> list[str]:
        raise RuntimeError(keys)

    for work_out, expected in ((fails, None), (lambda keys: [*keys], ["a"])):
        try:
            found = memory.recall(["a"], work_out)
        except RuntimeError:
            found = None
        assert found == expected
