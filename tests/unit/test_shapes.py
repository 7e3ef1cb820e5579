"""Values from outside must have the expected shape."""

import pytest

from wildrydes_cli.shapes import fits, is_arn, is_count


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
        ("arn:aws:dynamodb", is_arn),
        (-1, is_count),
        (True, is_count),
        (10**400, is_count),
    ],
)
def test_a_wrong_value_does_not_fit_its_shape(value: object, shape: object) -> None:
    assert not fits(value, shape)
