from dataclasses import dataclass

import pytest

from rag.validation import Malformed, read_json


@dataclass(frozen=True, slots=True)
class Pair:
    name: str
    counts: tuple[int, ...] = ()


def test_json_becomes_a_dataclass_and_unknown_keys_are_ignored() -> None:
    assert read_json(Pair, '{"name": "a", "counts": [1, 2], "more": {}}') == Pair("a", (1, 2))


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("{", ["not JSON: Expecting property name"]),
        ("[" * 100_000, ["not JSON: "]),
        ("3", ["the value must be an object, not 3"]),
        ("{}", ["name is missing"]),
        (
            '{"name": 1, "counts": ["1"]}',
            ["name must", 'counts[0] must be a whole number, not "1"'],
        ),
    ],
)
def test_each_fault_is_named_with_its_key(text: str, reasons: list[str]) -> None:
    with pytest.raises(Malformed) as caught:
        read_json(Pair, text)
    assert len(caught.value.reasons) == len(reasons)
    for found, expected in zip(caught.value.reasons, reasons, strict=True):
        assert found.startswith(expected)


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert read_json(Pair, '{"name": "a\\ud800b"}') == Pair("a?b")
