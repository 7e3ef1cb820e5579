"""What a JSON value must look like before it is used. Nothing that comes from outside is trusted to have its shape."""

import json
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

NESTING = 100
"""How deeply a value from outside may be nested. DynamoDB's own limit is 32."""

Shape = Any
"""One of:

- a type: an instance of it (a bool is not an int)
- a dict: a mapping that has these names, with these shapes; a name that ends with "?" may be missing or null
- a list of one shape: a list of values with that shape
- a tuple: one of several shapes
- a function: whatever it returns True for
"""


def fits(value: object, shape: Shape) -> bool:
    """Whether `value` has `shape`."""
    if isinstance(shape, type):
        return isinstance(value, shape) and not (shape is int and isinstance(value, bool))
    if isinstance(shape, Mapping):
        return isinstance(value, Mapping) and all(_member_fits(value, name, inner) for name, inner in shape.items())
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(each, shape[0]) for each in value)
    if isinstance(shape, tuple):
        return any(fits(value, each) for each in shape)
    check: Callable[[object], bool] = shape
    return check(value)


def is_count(value: object) -> bool:
    """Whether `value` is a number of things: one that a sum or a `float` has room for, as 10**400 is not."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def is_arn(value: object) -> bool:
    """Whether `value` is an Amazon Resource Name: at least six parts (AWS: "Amazon Resource Names")."""
    return isinstance(value, str) and value.startswith("arn:") and value.count(":") >= 5


def is_shallow(value: object, levels: int = NESTING) -> bool:
    """Whether `value` is nested at most `levels` deep, so that Python's recursion can compare and print it."""
    inside = [value]
    for _ in range(levels + 1):
        inside = [
            inner
            for each in inside
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not inside:
            return True
    return False


def json_value(text: str) -> Any:
    """Return the value of the JSON `text`, which can be written as JSON again.

    Raises `ValueError` for anything else: also for what `json` reads, but JSON does not have (NaN), for numbers that
    have no finite `float`, and for values nested too deeply.
    """
    try:
        value = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    if not is_shallow(value):
        raise ValueError(_TOO_DEEP)
    return value


_TOO_DEEP = f"it is nested more than {NESTING} levels deep"


def _finite(number: str) -> float:
    if not isfinite(value := float(number)):
        raise ValueError(f"{number} is not a JSON number")
    return value


def _member_fits(value: Mapping[Any, Any], name: str, shape: Shape) -> bool:
    if name.endswith("?"):
        found = value.get(name[:-1])
        return found is None or fits(found, shape)
    return name in value and fits(value[name], shape)
