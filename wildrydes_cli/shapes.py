"""What JSON from outside must have before it is used."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

Shape = Any
"""One of:

- a type: an instance of it
- a dict: a mapping that has at least these names, with these shapes
- a list of one shape: a list of values with that shape
"""


def lacking(value: object, shape: Shape, name: str = "") -> str:
    """Return the name of the first thing of `shape` that `value` lacks, such as `Table.TableArn`, or "" if it has all.

    `name` is the name of `value` itself.
    """
    if isinstance(shape, Mapping) and isinstance(value, Mapping):
        within = f"{name}." if name else ""
        parts = ((value.get(member), inner, f"{within}{member}") for member, inner in shape.items())
    elif isinstance(shape, list) and isinstance(value, list):
        parts = ((each, shape[0], f"{name}[{number}]") for number, each in enumerate(value))
    elif isinstance(shape, type) and isinstance(value, shape):
        return ""
    else:
        return name or "everything"
    return next(filter(None, (lacking(*part) for part in parts)), "")


def json_value(text: str) -> Any:
    """Return the value of the JSON `text`, which can be written as JSON again.

    Raises `ValueError` for anything else: also for what `json` reads, but JSON does not have (NaN), for numbers that
    have no finite `float`, and for values nested so deeply that Python can't read them.
    """
    try:
        return json.loads(text, parse_constant=_finite, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _finite(number: str) -> float:
    if not isfinite(value := float(number)):
        raise ValueError(f"{number} is not a JSON number")
    return value
