"""Output to a pipe: values are complete, and harmful characters are escaped."""

import csv
import io
import json
import re
import sys
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hostile import HOSTILE, OBEYED
from tests.support.running import Cli
from wildrydes_cli.output.results import added_indexes, write_log, write_ride, write_rides
from wildrydes_cli.output.text import safe_json, visible
from wildrydes_cli.rides.model import RecordedRide
from wildrydes_cli.stores.base import TableStatus

HERE = ("--lat", "1", "--lon", "2")


@pytest.mark.parametrize("rider", [each for each in HOSTILE if "\x00" not in each])
def test_hostile_names_are_escaped(wildrydes: Cli, rider: str) -> None:
    wildrydes("request", *HERE, "--rider", rider, "--ride-id", "r").must()
    for words in (("rides", "list"), ("rides", "show", "r"), ("rides", "list", "-o", "csv")):
        out = wildrydes(*words).must().out
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", out)
        assert len(out.splitlines()) == (8 if "show" in words else 2)
    for form in ("json", "jsonl"):
        out = wildrydes("rides", "list", "-o", form).must().out
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", out)
        ride = json.loads(out)
        assert (ride[0] if form == "json" else ride)["User"] == rider


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_arguments_are_escaped(wildrydes: Cli, text: str) -> None:
    for words in (("rides", "show", text), ("request", *HERE, "--ride-id", text), (text,)):
        err = wildrydes(*words).err
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", err)
        assert len(err.splitlines()) <= 3


def test_a_hint_is_escaped(wildrydes: Cli) -> None:
    words = ("request", "--from", "-", "--batch", "monday\x1b[31m\u202e")
    wildrydes(*words, stdin="lat,lon\n1,2\n").must()
    _, hint = wildrydes(*words, stdin="lat,lon\n1,3\n").error(1)
    assert r"batch monday\x1b[31m\u202e began" in hint
    assert not OBEYED.search(hint)


def _is_harmful(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(char) in (
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    )  # fmt: skip


def test_every_harmful_character_is_escaped() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    shown, written = visible(every), safe_json(json.dumps(every, ensure_ascii=False))
    harmful = set(filter(_is_harmful, every))
    assert harmful.isdisjoint(shown)
    assert harmful.isdisjoint(written)
    assert json.loads(written) == json.loads(json.dumps(every))
    assert visible("é李😀👍🏽 مرحبا") == "é李😀👍🏽 مرحبا"


number = st.one_of(
    st.none(), st.floats(allow_nan=False, allow_infinity=False), st.decimals(allow_nan=False, allow_infinity=False)
)
text = st.one_of(st.none(), st.text(st.characters(exclude_categories=[])), st.sampled_from(HOSTILE))


@given(st.builds(RecordedRide, st.text(min_size=1), text, text, text, text, number, number, text))
def test_json_keeps_every_value(ride: RecordedRide) -> None:
    if ride.latitude is None or ride.longitude is None:
        ride = ride._replace(latitude=None, longitude=None)
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        write_rides([ride], "jsonl")
    assert len(out.getvalue().splitlines()) == 1
    read = json.loads(out.getvalue(), parse_float=Decimal)
    assert list(read) == ["RideId", "User", "Unicorn", "PickupLocation", "RequestTime"]
    assert (read["RideId"], read["User"], read["RequestTime"]) == (ride.ride_id, ride.user, ride.request_time)
    unicorn = {"Name": ride.unicorn, "Color": ride.color, "Gender": ride.gender}
    assert read["Unicorn"] == ({name: value for name, value in unicorn.items() if value is not None} or None)
    if ride.latitude is None:
        assert read["PickupLocation"] is None
    else:
        assert Decimal(read["PickupLocation"]["Latitude"]) == Decimal(str(ride.latitude))


def test_the_json_of_one_ride_keeps_all_digits() -> None:
    latitude = Decimal("12345678901234567890.123456789")
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        write_ride(RecordedRide("r", latitude=latitude, longitude=0.5), "json")
    assert json.loads(out.getvalue(), parse_float=Decimal)["PickupLocation"]["Latitude"] == latitude


def test_each_line_of_a_log_event_has_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    write_log([("08:15", "one\r\ntwo\n", "s"), ("08:16", "\n", "s"), ("08:17", "\x1b[2J", "s")], "table")
    assert capsys.readouterr().out == "08:15\tone\n08:15\ttwo\n08:16\t\n08:17\t\\x1b[2J\n"


BOTH = ("RidesByTime", "RidesByUser")
EXISTING = TableStatus("Rides", None, "ACTIVE", False, "dynamodb", None, None, list(BOTH))


@pytest.mark.parametrize(
    ("added", "sharded", "said"),
    [
        ((), 0, "nothing to add"),
        (BOTH[:1], 0, "added the index RidesByTime"),
        (BOTH, 0, "added the indexes RidesByTime and RidesByUser"),
        ((), 1, "put 1 older ride into the index by time"),
        (BOTH, 2000, "added the indexes RidesByTime and RidesByUser; put 2,000 older rides into the index by time"),
    ],
)
def test_setup_table_says_what_add_indexes_did(added: tuple[str, ...], sharded: int, said: str) -> None:
    assert added_indexes(EXISTING._replace(added=added, sharded=sharded)) == said


@pytest.mark.parametrize("rider", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1", "＋1", "－1", "＠A1"])  # noqa: RUF001  # Excel accepts full-width signs too
def test_csv_is_safe_to_open_in_a_spreadsheet(wildrydes: Cli, rider: str) -> None:
    wildrydes("request", "--lat", "-1", "--lon", "-2", "--rider", rider).must()
    [row] = csv.DictReader(io.StringIO(wildrydes("rides", "list", "-o", "csv").must().out))
    assert row["User"].startswith("'")
    assert (row["Latitude"], row["Longitude"]) == ("-1.0", "-2.0")
