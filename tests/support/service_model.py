"""Holds every request that a test sends against the service's own model in botocore. See `hold_requests`.

The product turns botocore's validation off to save time. botocore would not check lengths, ranges, enums and patterns
either, and the emulators check few of them. AWS checks all of them.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

REPORT = "BROKEN_REQUESTS"
"""The environment variable with the path of the file that the broken requests of a test are added to."""

_PYTHON_TYPES: dict[str, Any] = {
    "structure": Mapping,
    "map": Mapping,
    "list": list | tuple,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": int | float,
    "double": int | float,
}
"""The types of values. Blobs and timestamps are left out: botocore takes nearly everything for them."""


def hold_requests(client_class: Any) -> None:
    """Make `client_class`, which is botocore's `BaseClient`, report requests that break the service's model.

    This wraps the method that turns parameters into a request, so it sees what is really sent. The request is sent all
    the same. A fixture fails the test afterwards, because a command could take an exception for a failing service.
    """
    convert: Callable[..., Any] = client_class._convert_to_request_dict

    def held(self: Any, api_params: Any, operation_model: Any, *args: Any, **kwargs: Any) -> Any:
        report(operation_model, api_params)
        return convert(self, api_params, operation_model, *args, **kwargs)

    client_class._convert_to_request_dict = held


def report(operation: Any, parameters: Any) -> None:
    """Add to the report how `parameters` break the model of `operation`, if they do."""
    found = list(problems(parameters, operation.input_shape, operation.name)) if operation.input_shape else []
    if found and (path := os.environ.get(REPORT)):
        with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(f"{problem}\n" for problem in found)


def problems(value: Any, shape: Any, name: str) -> Iterator[str]:
    """Yield how `value` breaks `shape`. `name` says which value it is."""
    kind = shape.type_name
    wanted = _PYTHON_TYPES.get(kind)
    if wanted and (not isinstance(value, wanted) or (kind != "boolean" and isinstance(value, bool))):
        yield f"{name} is {value!r:.80}, not of type {kind}"
        return
    yield from _limits(value, shape.metadata, kind, name)
    if kind == "structure":
        for member in shape.required_members:
            if value.get(member) is None:
                yield f"{name} lacks {member}"
        for member, inner in value.items():
            if member not in shape.members:
                yield f"{name} has no member {member}"
            else:
                yield from problems(inner, shape.members[member], f"{name}.{member}")
    elif kind == "list":
        for number, inner in enumerate(value):
            yield from problems(inner, shape.member, f"{name}[{number}]")
    elif kind == "map":
        for key, inner in value.items():
            yield from problems(key, shape.key, f"the key {key!r:.80} of {name}")
            yield from problems(inner, shape.value, f"{name}[{key!r:.80}]")


def _limits(value: Any, limits: Mapping[str, Any], kind: str, name: str) -> Iterator[str]:
    """Yield how `value` breaks its enum, its pattern, its range or its length."""
    if kind == "string":
        if (enum := limits.get("enum")) and value not in enum:
            yield f"{name} is {value!r:.80}, not one of {', '.join(enum)}"
        if (pattern := limits.get("pattern")) and not _compiled(pattern).fullmatch(value):
            yield f"{name} is {value!r:.80}, which does not match {pattern}"
    size = (
        value if kind in ("integer", "long", "float", "double") else len(value) if hasattr(value, "__len__") else None
    )
    if size is not None and not limits.get("min", size) <= size <= limits.get("max", size):
        what = "is" if size is value else "has length"
        yield f"{name} {what} {size}, not from {limits.get('min')} to {limits.get('max')}"


@cache
def _compiled(pattern: str) -> Any:
    """Compile a pattern as AWS reads it: `\\w` and `\\d` are ASCII, and `\\p{L}` is a class of Unicode."""
    if r"\p" not in pattern:
        return re.compile(pattern, re.ASCII)
    import regex  # it takes 20 ms to load, and few requests need it

    return regex.compile(pattern)
