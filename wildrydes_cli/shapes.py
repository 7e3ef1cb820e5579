"""What a JSON value must look like before it is used. Nothing that comes from outside is trusted to have its shape."""

from collections.abc import Callable, Mapping
from typing import Any

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


def is_arn(value: object) -> bool:
    """Whether `value` is an Amazon Resource Name: at least six parts (AWS: "Amazon Resource Names")."""
    return isinstance(value, str) and value.startswith("arn:") and value.count(":") >= 5


def _member_fits(value: Mapping[Any, Any], name: str, shape: Shape) -> bool:
    if name.endswith("?"):
        found = value.get(name[:-1])
        return found is None or fits(found, shape)
    return name in value and fits(value[name], shape)
