"""Times that users enter."""

import time
from datetime import UTC, datetime

import pytest

from tests.support.running import Cli
from wildrydes_cli.errors import InvalidError
from wildrydes_cli.rides.times import bound

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "lower", "upper"),
    [
        ("2026-11-23", "2026-11-23T00:00:00.000Z", "2026-11-23T23:59:59.999Z"),
        ("2026-11-23T08:15", "2026-11-23T08:15:00.000Z", "2026-11-23T08:15:00.000Z"),
        ("2026-11-23 08:15:30", "2026-11-23T08:15:30.000Z", "2026-11-23T08:15:30.000Z"),
        ("2026-11-23T08:15:30.123Z", "2026-11-23T08:15:30.123Z", "2026-11-23T08:15:30.123Z"),
        ("2026-11-23T08:15:30+02:00", "2026-11-23T06:15:30.000Z", "2026-11-23T06:15:30.000Z"),
        ("30s", "2026-11-23T11:59:30.000Z", "2026-11-23T11:59:30.000Z"),
        ("90m", "2026-11-23T10:30:00.000Z", "2026-11-23T10:30:00.000Z"),
        ("2h", "2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00.000Z"),
        ("7d", "2026-11-16T12:00:00.000Z", "2026-11-16T12:00:00.000Z"),
        ("1w", "2026-11-16T12:00:00.000Z", "2026-11-16T12:00:00.000Z"),
    ],
)
def test_a_time_is_converted_to_the_format_of_request_times(text: str, lower: str, upper: str) -> None:
    assert bound(text, NOW) == lower
    assert bound(text, NOW, upper=True) == upper


def test_a_time_without_an_offset_is_utc_in_every_time_zone() -> None:
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TZ", "NZST-12")
            time.tzset()
            assert bound("2026-11-23T08:15", NOW) == "2026-11-23T08:15:00.000Z"
    finally:
        time.tzset()


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "5", "5y", "-2h", "2026-13-01", "2026-11-2", "999999999w", "1.5h"),
        # Days and weeks in other ISO 8601 formats. As an upper bound, they would not include the whole day or week.
        *("20261124", "2026W482", "2026-W48", "2026-W48-2", "2026-328", "20261124T0815"),
    ],
)
def test_the_error_for_an_invalid_time_has_examples(text: str) -> None:
    with pytest.raises(InvalidError, match="30s, 90m, 2h, 7d, 2w"):
        bound(text, NOW)


def test_the_error_for_an_invalid_time_names_its_option(wildrydes: Cli) -> None:
    for option in ("--since", "--until"):
        message, _ = wildrydes("rides", "list", option, "yesterday").error(2)
        assert option in message
        assert "'yesterday' is not a time" in message


def test_until_before_since_is_a_usage_error(wildrydes: Cli) -> None:
    for command in ("list", "stats"):
        message, _ = wildrydes("rides", command, "--since", "2026-11-24", "--until", "2026-11-23").error(2)
        assert "--since" in message
    for same in ("2026-11-23", "2026-11-23T08:15:30.123Z"):
        wildrydes("rides", "list", "--since", same, "--until", same).must()
