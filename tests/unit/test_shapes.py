"""What JSON from outside lacks is named, and what could not be written as JSON again is refused."""

import pytest

from wildrydes_cli.shapes import json_value, lacking


@pytest.mark.parametrize(
    ("value", "shape", "missing"),
    [
        ("x", str, ""),
        ({"A": 1, "B": 2}, {"A": int}, ""),
        ([{"A": 1}, {"A": 2}], [{"A": int}], ""),
        ([], [{"A": int}], ""),
        (1, str, "everything"),
        ([], {"A": int}, "everything"),
        ({"A": 1}, [{"A": int}], "everything"),
        ({"B": 1}, {"A": int}, "A"),
        ({"A": None}, {"A": int}, "A"),
        ({"A": {"B": 1}}, {"A": {"B": int, "C": str}}, "A.C"),
        ({"A": [{"B": 1}, {}]}, {"A": [{"B": int}]}, "A[1].B"),
    ],
)
def test_the_first_thing_that_is_missing_is_named(value: object, shape: object, missing: str) -> None:
    assert lacking(value, shape) == missing


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NaN", "NaN is not a JSON number"),
        ("[-Infinity]", "-Infinity is not a JSON number"),
        ('{"x": 1e999}', "1e999 is not a JSON number"),
        ("[" * 100_000, "nested"),
        ("{", "Expecting"),
    ],
)
def test_a_text_that_is_not_json_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        json_value(text)


def test_json_is_read() -> None:
    assert json_value('{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}
