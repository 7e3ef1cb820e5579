"""Output in a real terminal."""

import re
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.contract import ride
from tests.support.repeat import pairs_of, some_of
from tests.support.running import Cli, Terminal
from tests.support.stub import Answer, stub
from wildrydes_cli.connection import Connection
from wildrydes_cli.rides.model import timestamp

SGR = re.compile(r"\x1b\[[0-9;]*m")
HERE = ("--lat", "47.6174", "--lon", "-122.2884")


def plain(screen: str) -> str:
    """Return the text of a screen without colours and cursor movements."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", screen)


def test_request_shows_the_unicorn_and_the_ride_id() -> None:
    ended = Terminal("request", *HERE, "--rider", "ada").end().must()
    shown = plain(ended.out)
    assert re.search(r"(Angel|Gil|Rocinante) is on the way", shown)
    assert "30 seconds" in shown
    assert re.search(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", shown)
    assert "using table Rides in the embedded store" in shown


def test_rides_list_uses_colour_and_never_cuts_ids(wildrydes: Cli) -> None:
    wildrydes("request", *HERE, "--rider", "x" * 128, "--ride-id", "A" * 22).must()
    for columns in (60, 80, 200):
        ended = Terminal("rides", "list", columns=columns).end().must()
        assert SGR.search(ended.out)
        lines = plain(ended.out).splitlines()
        assert any(line.startswith("A" * 22) for line in lines)
        assert all(len(line.rstrip()) <= columns for line in lines if "embedded store" not in line)


COLOURED = [("rides", "show", "nowhere"), ("rides", "list"), ("request", *HERE), ("--help",)]


@pytest.mark.parametrize(
    ("words", "variable", "value"),
    [(words, *each) for words, each in pairs_of(COLOURED, (("NO_COLOR", "1"), ("TERM", "dumb")))],
)
def test_no_colour_is_used_if_it_is_turned_off(
    wildrydes: Cli, words: tuple[str, ...], variable: str, value: str
) -> None:
    wildrydes("request", *HERE).must()
    assert "\x1b" not in Terminal(*words, env={variable: value}).end().out


def test_hostile_names_are_escaped(wildrydes: Cli) -> None:
    rider = "[red]x[/] \x1b[2J\x1b]0;title\x07\rover\u202eevil"
    wildrydes("request", *HERE, "--rider", rider, "--ride-id", "r").must()
    for words in (("rides", "list"), ("rides", "show", "r")):
        screen = Terminal(*words, columns=200).end().must().out
        assert "\x1b[2J" not in screen
        assert "\x1b]" not in screen
        assert "\u202e" not in screen
        said = r"[red]x[/] \x1b[2J\x1b]0;title\x07\rover\u202eevil"
        assert (said if "show" in words else "[red]x[/]") in plain(screen)  # the list breaks it into several lines


def test_an_error_is_two_lines_in_colour() -> None:
    ended = Terminal("rides", "show", "nowhere").end().must(1)
    assert "\x1b[1;31merror:\x1b[0m there is no ride nowhere" in ended.out
    assert "hint:" in ended.out


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_a_question_that_is_not_answered_ends_its_line(wildrydes: Cli, key: str) -> None:
    wildrydes("request", *HERE).must()
    terminal = Terminal("delete-table", columns=200)
    assert terminal.until("[y/N]: ")
    assert plain(terminal.answer(key).must(130).out).endswith("\n")


def test_ctrl_c_exits_with_130_and_says_how_to_repeat_the_request(wildrydes: Cli, home: Path) -> None:
    wildrydes("setup-table").must()
    path = home / ".local/share/wildrydes/rides.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        terminal = Terminal("request", *HERE, "--rider", "ada")
        terminal.until("dispatching a unicorn")
        terminal.type("\x03")
        ended = terminal.end(timeout=5)
    shown = plain(ended.must(130).out)
    assert "Traceback" not in shown
    assert re.search(r"wildrydes request --lat 47.6174 --lon -122.2884 --rider ada --ride-id \S{22}", shown)


DESCRIPTION = {
    "Table": {
        "TableStatus": "ACTIVE",
        "TableArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/Rides",
        "KeySchema": [{"AttributeName": "RideId", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "RideId", "AttributeType": "S"}],
    }
}
OLDER = {"Items": [{"RideId": {"S": f"ride-{n}"}, "User": {"S": "ada"}} for n in range(50)], "ScannedCount": 50}


@pytest.mark.parametrize(
    ("words", "hangs"),
    some_of(
        [
            (("rides", "list"), "Query"),
            (("rides", "list", "--all", "--rider", "ada"), "Query"),
            (("rides", "list", "--all"), "next Query"),
            (("rides", "stats"), "Query"),
            (("setup-table", "--add-indexes"), "UpdateItem"),
            (("request", *HERE), "PutItem"),
            (("function", "deploy"), "DescribeTable"),  # one of several that are looked for at the same time
        ]
    ),
    ids=lambda value: value if isinstance(value, str) else " ".join(value[:2]),
)
@pytest.mark.usefixtures("aws_credentials")
def test_ctrl_c_ends_a_command_that_waits_for_a_server(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], hangs: str
) -> None:
    asked, over = threading.Event(), threading.Event()

    def answer(operation: str, parameters: Any) -> Answer:
        if hangs == ("next " * ("ExclusiveStartKey" in parameters) + operation):
            asked.set()
            over.wait()
            return 500, b""
        more = {"LastEvaluatedKey": {"RideId": {"S": "x"}}} if "Limit" in parameters else {}
        return 200, DESCRIPTION if operation == "DescribeTable" else OLDER | more

    with stub(answer) as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
        terminal = Terminal(*words)
        try:
            assert asked.wait(30)
            terminal.type("\x03")
            ended = terminal.end(timeout=10)  # a request times out after 15 s
        finally:
            over.set()
    assert "Traceback" not in ended.must(130).out
    assert "Exception" not in ended.out


def test_stats_draws_counts_as_bars(wildrydes: Cli) -> None:
    assert "0 rides" in plain(Terminal("rides", "stats").end().must().out)
    with closing(Connection().open()) as store:
        for number in range(24):
            store.record(ride(f"r{number}", f"2026-11-{22 + number // 12}T08:00:00.000Z"))
    shown = plain(Terminal("rides", "stats", columns=80).end().must().out)
    assert "24 rides" in shown
    assert re.search(r"2026-11-22 +12 +█+", shown)
    assert "other rider" not in shown
    with closing(Connection().open()) as store:
        for number in range(11):
            store.record(ride(f"s{number}", rider=f"rider {number}"))
    shown = plain(Terminal("rides", "stats", columns=80).end().must().out)
    assert "\nand 2 other riders\n" in shown
    assert shown.count("other rider") == 1


def test_the_list_says_how_long_ago_each_ride_was() -> None:
    now = datetime.now(UTC)
    ages = {"new": timedelta(0), "old": timedelta(minutes=40), "older": timedelta(days=60)}
    with closing(Connection().open()) as store:
        for ride_id, age in ages.items():
            store.record(ride(ride_id, timestamp(now - age)))
    lines = plain(Terminal("rides", "list").end().must().out).splitlines()
    said = [" ".join(line.split()[5:]) for line in lines if line.split()[0] in ages]
    assert said == ["just now", "40 minutes ago", f"{now - ages['older']:%Y-%m-%d %H:%M}"]
