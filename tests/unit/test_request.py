"""`wildrydes request`, on the embedded store."""

import re
from pathlib import Path

import pytest

from tests.support.running import Cli

HERE = ("--lat", "47.6174755835663", "--lon", "-122.28837066650185")


def test_request_dispatches_a_unicorn_without_any_setup(wildrydes: Cli, home: Path) -> None:
    answer = wildrydes("request", *HERE, "-o", "json").must()
    assert list(answer.json) == ["RideId", "Unicorn", "Eta", "Rider"]
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", answer.json["RideId"])
    assert answer.json["Eta"] == "30 seconds"
    assert answer.json["Rider"] == "ada"
    [ride] = wildrydes("rides", "list", "-o", "json").json
    assert ride["RideId"] == answer.json["RideId"]
    assert ride["Unicorn"] == answer.json["Unicorn"]
    assert ride["PickupLocation"] == {"Latitude": 47.6174755835663, "Longitude": -122.28837066650185}
    assert (home / ".local/share/wildrydes/rides.db").is_file()
    assert answer.err == "using table Rides in the embedded store ~/.local/share/wildrydes/rides.db\n"


def test_without_a_pickup_the_hint_shows_both_of_its_options(wildrydes: Cli) -> None:
    message, hint = wildrydes("request").error(2)
    assert message == "a pickup needs --lat and --lon"
    assert hint == "for example: wildrydes request --lat 47.6174 --lon -122.2884"


@pytest.mark.parametrize("words", [("request", *HERE), ("serve", "--port", "0")], ids=["request", "serve"])
def test_a_login_name_that_cannot_be_a_rider_is_a_usage_error(wildrydes: Cli, words: tuple[str, ...]) -> None:
    message, hint = wildrydes(*words, env={"LOGNAME": "x" * 129}).error(2)
    assert message == "there is no login name to use as the rider"
    assert hint == "add --rider NAME"


def test_request_says_that_it_uses_the_embedded_store_by_default(wildrydes: Cli) -> None:
    assert "embedded store" in wildrydes("request", *HERE).must().err
    assert wildrydes("request", *HERE, "--store", "local").must().err == ""


def test_request_prints_names_and_values_to_a_pipe(wildrydes: Cli) -> None:
    lines = wildrydes("request", *HERE, "--rider", "x" * 128).must().out.splitlines()
    record = dict(line.split("\t") for line in lines)
    assert list(record) == ["RideId", "Unicorn", "Color", "Gender", "Eta", "Rider", "Pickup"]
    assert record["Rider"] == "x" * 128


def test_every_unicorn_is_dispatched_sometimes(wildrydes: Cli) -> None:
    names = {wildrydes("request", *HERE, "-o", "json").json["Unicorn"]["Name"] for _ in range(60)}
    assert names == {"Angel", "Gil", "Rocinante"}


def test_a_request_with_an_id_can_be_repeated(wildrydes: Cli) -> None:
    words = ("request", *HERE, "--rider", "bob", "--ride-id", "mine", "-o", "json")
    first = wildrydes(*words).must()
    for _ in range(10):
        again = wildrydes(*words).must()
        assert again.json == first.json
        assert "ride mine was already recorded" in again.err
    assert len(wildrydes("rides", "list", "-o", "json").json) == 1


@pytest.mark.parametrize("other", [("--rider", "eve"), ("--lat", "1")])
def test_an_existing_id_is_refused_for_another_rider_or_pickup(wildrydes: Cli, other: tuple[str, str]) -> None:
    words = ("request", *HERE, "--rider", "bob", "--ride-id", "mine")
    wildrydes(*words).must()
    before = wildrydes("rides", "list", "-o", "json").json
    message, hint = wildrydes(*words, *other).error(1)
    assert "ride mine is already recorded, for another rider or pickup" in message
    assert hint.endswith("wildrydes rides show mine")
    assert wildrydes("rides", "list", "-o", "json").json == before


def test_the_default_rider_is_the_login_name(wildrydes: Cli) -> None:
    assert wildrydes("request", *HERE, "-o", "json", env={"LOGNAME": "grace"}).json["Rider"] == "grace"


def test_without_a_login_name_the_rider_is_required(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGNAME")
    monkeypatch.setattr("pwd.getpwuid", lambda _: (_ for _ in ()).throw(KeyError("uid not found")))
    _, hint = wildrydes("request", *HERE).error(2)
    assert "--rider" in hint


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("--lat", "91", "from -90 to 90"),
        ("--lat", "-90.001", "from -90 to 90"),
        ("--lat", "nan", "from -90 to 90"),
        ("--lat", "inf", "from -90 to 90"),
        ("--lat", "1e400", "from -90 to 90"),
        ("--lat", "north", "from -90 to 90"),
        ("--lat", "", "from -90 to 90"),
        ("--lat", "1_0", "from -90 to 90"),
        ("--lat", "\u0661", "from -90 to 90"),  # an Arabic 1
        ("--lon", "180.5", "from -180 to 180"),
        ("--lon", "-inf", "from -180 to 180"),
        ("--lon", "1_0", "from -180 to 180"),
        ("--rider", "", "1 to 128"),
        ("--rider", "x" * 10_000, "1 to 128"),
        ("--ride-id", "-x", "A-Z a-z 0-9 _ -"),
        ("--ride-id", "a b", "A-Z a-z 0-9 _ -"),
        ("--table", "no such name", "3 to 255"),
        ("--output", "xml", "json"),
        ("--store", "disk", "local"),
    ],
)
def test_an_error_shows_the_option_its_value_and_the_allowed_values(
    wildrydes: Cli, home: Path, option: str, value: str, allowed: str
) -> None:
    message, hint = wildrydes("request", *HERE, option, value).error(2)
    assert option in message
    assert value[:40] in message
    assert len(message) < 300
    assert allowed in message
    assert hint == "wildrydes request --help"
    assert not list(home.iterdir())


@pytest.mark.parametrize("missing", ["--lat", "--lon"])
def test_an_error_names_a_missing_option(wildrydes: Cli, missing: str) -> None:
    given = [word for pair in zip(HERE[::2], HERE[1::2], strict=True) if pair[0] != missing for word in pair]
    message, _ = wildrydes("request", *given).error(2)
    assert missing in message
    assert "from -" in message


def test_coordinates_at_the_bounds_are_allowed(wildrydes: Cli) -> None:
    wildrydes("request", "--lat", "-90", "--lon", "180").must()
    wildrydes("request", "--lat", "90", "--lon", "-180").must()
    wildrydes("request", "--lat", "-0.0", "--lon", "0").must()
    assert "-0.0" not in wildrydes("rides", "list", "-o", "jsonl").out
