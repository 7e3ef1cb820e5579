"""What a pipe gets: every value whole and no control character obeyed, whatever a rider is called."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.running import PROGRAM, Cli, process
from wildrydes_cli.output.results import write_ride, write_rides
from wildrydes_cli.output.text import safe_json, visible
from wildrydes_cli.rides.model import RecordedRide

HOSTILE = [
    "[bold red]x[/] [link=https://example.com]y[/link]",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07\x1b]52;c;Y2xpcA==\x07\x1b]8;;https://example.com\x07link\x1b]8;;\x07",
    "over\rwritten\nlines\ttabs",
    "\u202ereversed\u2066isolated",
    "zero\u200bwidth\u200d\ufeff",
    "next\x85line\u2028separators\u2029",
    "nul\x00bell\x07del\x7fc1\x9b31m",
    "tags\U000e0041",
]
HERE = ("--lat", "1", "--lon", "2")


@pytest.mark.parametrize("rider", [each for each in HOSTILE if "\x00" not in each])
def test_hostile_names_are_shown_and_not_obeyed(wildrydes: Cli, rider: str) -> None:
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
def test_hostile_arguments_are_shown_and_not_obeyed(wildrydes: Cli, text: str) -> None:
    for words in (("rides", "show", text), ("request", *HERE, "--ride-id", text), (text,)):
        err = wildrydes(*words).err
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", err)
        assert len(err.splitlines()) <= 3


def _may_harm(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(char) in (
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    )  # fmt: skip


def test_of_all_characters_those_that_could_harm_are_escaped() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    shown, written = visible(every), safe_json(json.dumps(every, ensure_ascii=False))
    assert not list(filter(_may_harm, shown))
    assert not list(filter(_may_harm, written))
    assert json.loads(written) == json.loads(json.dumps(every))
    assert visible("é李😀👍🏽 مرحبا") == "é李😀👍🏽 مرحبا"


number = st.one_of(
    st.none(), st.floats(allow_nan=False, allow_infinity=False), st.decimals(allow_nan=False, allow_infinity=False)
)
text = st.one_of(st.none(), st.text(st.characters(exclude_categories=[])), st.sampled_from(HOSTILE))


@given(st.builds(RecordedRide, st.text(min_size=1), text, text, text, text, number, number, text))
def test_json_is_value_for_value(ride: RecordedRide) -> None:
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


def test_a_shown_ride_is_as_exact_in_json_as_a_listed_one() -> None:
    latitude = Decimal("12345678901234567890.123456789")
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        write_ride(RecordedRide("r", latitude=latitude, longitude=0.5), "json")
    assert json.loads(out.getvalue(), parse_float=Decimal)["PickupLocation"]["Latitude"] == latitude


@pytest.mark.parametrize("rider", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_csv_is_safe_to_open_in_a_spreadsheet(wildrydes: Cli, rider: str) -> None:
    wildrydes("request", "--lat", "-1", "--lon", "-2", "--rider", rider).must()
    [row] = csv.DictReader(io.StringIO(wildrydes("rides", "list", "-o", "csv").must().out))
    assert row["User"].startswith("'")
    assert (row["Latitude"], row["Longitude"]) == ("-1.0", "-2.0")


def test_a_value_is_never_cut_or_wrapped_in_a_pipe(wildrydes: Cli) -> None:
    rider = "李" * 128
    wildrydes("request", *HERE, "--rider", rider, "--ride-id", "x" * 128).must()
    ended = process("rides", "list").must()
    assert ended.out.splitlines()[1].split("\t")[:2] == ["x" * 128, rider]
    assert "\x1b" not in ended.out + ended.err


def test_an_encoding_that_lacks_a_letter_still_gets_json(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    wildrydes("request", *HERE, "--rider", "é😀").must()
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    out = process("rides", "list", "-o", "json").must().out
    assert out.isascii()
    assert json.loads(out)[0]["User"] == "é😀"
    assert "\\u00e9" in process("rides", "list").must().out


def test_a_reader_that_has_seen_enough_ends_it_well(wildrydes: Cli) -> None:
    for number_ in range(3):
        wildrydes("request", *HERE, "--ride-id", f"r{number_}").must()
    for words in ("rides list -o jsonl", "rides list", "rides show r1", "request --lat 1 --lon 2", "--help", "rides"):
        command = f"{' '.join(PROGRAM)} {words}; echo $? >&2"
        script = f"exec 3>&1; {{ {command}; }} | true"
        ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        *notes, code = ended.stderr.splitlines()
        assert code == "0", (words, ended.stderr)
        assert not any("Traceback" in note or "Error" in note for note in notes)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_output_that_cannot_be_written_is_an_error() -> None:
    script = f"{' '.join(PROGRAM)} --version > /dev/full; {' '.join(PROGRAM)} rides list > /dev/full; echo $?"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "4\n"
    assert "error: cannot write the output: No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_request_that_cannot_be_shown_says_how_to_repeat_it() -> None:
    script = f"{' '.join(PROGRAM)} request --lat 1 --lon 2 > /dev/full; echo $?"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "4\n"
    hint = ended.stderr.splitlines()[-1]
    assert "wildrydes request --lat 1.0 --lon 2.0 --rider ada --ride-id" in hint
    again = hint[hint.index("request") :].split()
    assert "was already recorded" in process(*again).must().err


def test_nobody_listening_to_stderr_changes_no_exit_code() -> None:
    script = f"{' '.join(PROGRAM)} rides show nowhere 2>/dev/full; echo $?"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "1\n"


def test_a_closed_stdout_is_no_defect() -> None:
    script = f"{' '.join(PROGRAM)} rides list >&-"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, env=dict(os.environ))
    assert "Traceback" not in ended.stderr
    assert "defect" not in ended.stderr
