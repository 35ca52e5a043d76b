"""Reads JSON into frozen dataclasses and names in plain words what is wrong with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError
    from pydantic_core import ErrorDetails

T = TypeVar("T")

_KINDS = {
    "bool_type": "true or false",
    "dataclass_type": "an object",
    "dict_type": "an object",
    "float_type": "a number",
    "int_type": "a whole number",
    "string_type": "a string",
    "tuple_type": "a list",
}
_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}  # one is costly to make


class Malformed(ValueError):
    """JSON that does not fit a type; each of the `reasons` names a key and what is wrong."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def read_json(kind: type[T], text: str | bytes) -> T:
    """Reads one JSON value as a dataclass. Unknown keys are ignored; no type is converted.

    :raises Malformed: if the text is not JSON, or a key is missing or has a wrong value.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        plain = json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError) as error:
        raise Malformed([f"not JSON: {error}"]) from error
    # JSON may spell half of a surrogate pair, which no text can hold.
    text = plain.encode("utf-8", "replace")
    try:
        if kind not in _ADAPTERS:
            _ADAPTERS[kind] = TypeAdapter(kind)
        value: T = _ADAPTERS[kind].validate_json(text, strict=True)
        return value
    except ValidationError as error:
        raise Malformed(reasons(error)) from error


def reasons(error: ValidationError) -> list[str]:
    """What pydantic found wrong, in plain words."""
    return [_reason(item) for item in error.errors(include_url=False)]


def _reason(error: ErrorDetails) -> str:
    key = "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in error["loc"])
    key = key.removeprefix(".") or "the value"
    match error["type"]:
        case "missing":
            return f"{key} is missing"
        case "predicate_failed" | "too_short":
            return f"{key} is empty"
        case "value_error":
            return f"{key}: {error['ctx']['error']}"
    known = _KINDS.get(error["type"])
    must = f"must be {known}" if known else error["msg"].replace("Input should", "must")
    return f"{key} {must}, not {_shown(error['input'])}"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 60 else f"{text[:57]}..."
