"""Values from outside must have the expected shape."""

import json

import pytest

from wildrydes_cli.shapes import NESTING, fits, is_arn, is_count, is_shallow, json_value


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("x", str),
        (1, int),
        ({"A": 1, "B": None}, {"A": int, "B?": str}),
        ({"A": 1}, {"A": int, "B?": str}),
        ([{"A": 1}, {"A": 2}], [{"A": int}]),
        ([], [{"A": int}]),
        ("x", (int, str)),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/Rides", is_arn),
        (0, is_count),
    ],
)
def test_a_value_fits_its_shape(value: object, shape: object) -> None:
    assert fits(value, shape)


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (1, str),
        (True, int),
        ({}, {"A": int}),
        ({"A": None}, {"A": int}),
        ({"A": 1, "B": 2}, {"A": int, "B?": str}),
        ([{"A": 1}, {}], [{"A": int}]),
        ({"A": 1}, [{"A": int}]),
        (None, (int, str)),
        ("arn:aws:dynamodb:us-east-1:123456789012", is_arn),
        (-1, is_count),
        (True, is_count),
        (10**400, is_count),
    ],
)
def test_a_wrong_value_does_not_fit_its_shape(value: object, shape: object) -> None:
    assert not fits(value, shape)


def test_a_value_may_be_nested_as_deeply_as_the_limit() -> None:
    for levels, allowed in ((NESTING, True), (NESTING + 1, False)):
        text = "[" * levels + "1" + "]" * levels
        assert is_shallow(json.loads(text)) == allowed
        if allowed:
            json_value(text)
        else:
            with pytest.raises(ValueError, match="nested"):
                json_value(text)
