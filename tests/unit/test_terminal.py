"""Output for a terminal, on a screen in memory. It fits the window, and is legible on any background."""

import io
import re
import sys

import pytest

from tests.support.contract import ride
from wildrydes_cli.output import progress, terminal
from wildrydes_cli.output.messages import announce, error
from wildrydes_cli.output.results import Row, write_status
from wildrydes_cli.rides.model import RecordedRide

IDS = [f"{number:022}" for number in range(5)]
RIDES = [ride(ride_id).recorded for ride_id in IDS]
LONG = ride("L" * 128).recorded


class Screen(io.StringIO):
    """A terminal in memory."""

    def isatty(self) -> bool:
        return True


def draw(monkeypatch: pytest.MonkeyPatch, rides: list[RecordedRide], columns: int, *, live: bool = False) -> str:
    """Return what a listing of `rides` prints in a window with that number of columns."""
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(columns))
    terminal.print_rides(rides, live=live, heading=True)
    return screen.getvalue()


def lines(screen: str) -> list[str]:
    return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", screen).splitlines()]


@pytest.mark.parametrize("columns", [20, 30, 40, 60, 80, 100, 200])
@pytest.mark.parametrize("live", [False, True])
def test_lines_fit_the_window_and_ids_are_complete(monkeypatch: pytest.MonkeyPatch, columns: int, live: bool) -> None:
    shown = lines(draw(monkeypatch, [*RIDES, LONG], columns, live=live))
    assert all(len(line) <= columns for line in shown)
    ids = "".join(line[: min(22, columns)].strip() for line in shown[1:])
    if columns >= 22:
        assert all(any(line.startswith(ride_id) for line in shown) for ride_id in IDS)
    assert all(ride_id in ids for ride_id in IDS)
    assert "L" * 128 in ids


@pytest.mark.parametrize("live", [False, True])
def test_a_long_id_does_not_change_the_lines_of_other_rides(monkeypatch: pytest.MonkeyPatch, live: bool) -> None:
    without = lines(draw(monkeypatch, RIDES, 80, live=live))
    with_it = lines(draw(monkeypatch, [*RIDES, LONG], 80, live=live))
    assert with_it[:6] == without
    assert "Angel" in with_it[6]  # its line has the other columns too
    assert with_it[6].startswith("L" * 22 + "  ")


MAIL = "ada.lovelace@example.com"


@pytest.mark.parametrize(("columns", "live"), [(60, False), (80, False), (120, False), (110, True)])
def test_a_rider_is_whole_in_any_usual_window(monkeypatch: pytest.MonkeyPatch, columns: int, live: bool) -> None:
    shown = lines(draw(monkeypatch, [ride(IDS[0], rider=MAIL).recorded], columns, live=live))
    assert shown[1].split()[:3] == [IDS[0], MAIL, "Angel"]


def test_followed_rides_have_their_places_in_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = ride(IDS[0], "2026-11-23T08:15:30.123Z", rider="ada@example.com").recorded
    shown = lines(draw(monkeypatch, [recorded], 80, live=True))
    assert shown[1].split() == [IDS[0], "ada@example.com", "Angel", "47.6175,", "-122.2884", "08:15:30"]


@pytest.mark.parametrize("live", [False, True])
def test_a_rider_who_does_not_fit_on_a_line_takes_several(monkeypatch: pytest.MonkeyPatch, live: bool) -> None:
    rider = f"{MAIL:x<128}"
    shown = lines(draw(monkeypatch, [ride(IDS[0], rider=rider).recorded], 80, live=live))
    width = shown[0].index("Unicorn") - shown[0].index("Rider") - 2
    assert "".join(line[24 : 24 + width].strip() for line in shown[1:]) == rider
    assert all(len(line) <= 80 for line in shown)


def test_a_uuid_fits_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    uuid = "01234567-89ab-cdef-0123-456789abcdef"
    shown = lines(draw(monkeypatch, [ride(uuid).recorded], 80))
    assert len(shown) == 2
    assert shown[1].startswith(f"{uuid}  ")
    assert "Angel" in shown[1]


COLORS = [
    "White",
    "white",
    "BLACK",
    "bright_white",
    "grey",
    "default",
    "Yellow",
    "red on white",
    "#ffffff",
    "color(15)",
]


@pytest.mark.parametrize("color", COLORS)
def test_no_colour_is_used_that_a_background_may_have(monkeypatch: pytest.MonkeyPatch, color: str) -> None:
    rides = [each._replace(unicorn="Gil", color=color) for each in RIDES]
    styles = {
        number
        for codes in re.findall(r"\x1b\[([0-9;]*)m", draw(monkeypatch, rides, 100))
        for number in codes.split(";")
    }
    assert styles <= {"0", "1", "36", "33"}  # plain, bold, cyan, and yellow for a yellow unicorn
    assert ("33" in styles) == (color == "Yellow")


def test_columns_keep_their_place_after_the_first_screenful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wildrydes_cli.output.terminal.SCREENFUL", 2)
    later = ride("later", rider="ada.lovelace@example.com").recorded
    shown = lines(draw(monkeypatch, [*RIDES[:3], later], 110))
    assert {line.index("Angel") for line in shown[1:]} == {shown[0].index("Unicorn")}


def test_progress_of_an_unknown_total_claims_no_percentage(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    with terminal.progress_bar() as update:
        update("building", 0, 0)
    assert "building" in screen.getvalue()
    assert "%" not in screen.getvalue()


@pytest.mark.parametrize(
    ("variables", "colored"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)],
)
def test_an_error_has_colour_where_it_is_wanted(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], colored: bool
) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    error("it failed", "fix it")
    assert lines(screen.getvalue()) == ["error: it failed", "hint: fix it"]
    assert ("\x1b" in screen.getvalue()) == colored


@pytest.mark.parametrize("seen", ["stdout", "stderr"])
def test_a_wait_is_shown_if_stderr_is_a_terminal(monkeypatch: pytest.MonkeyPatch, seen: str) -> None:
    """So it is shown too while the result goes to a file."""
    screen, pipe = Screen(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", screen if seen == "stdout" else pipe)
    monkeypatch.setattr(sys, "stderr", screen if seen == "stderr" else pipe)
    with progress.spinner("reading"):
        pass
    with progress.progress_bar() as update:
        update("building", 1, 2)
    shown = screen.getvalue()
    assert ("reading" in shown, "building" in shown) == (seen == "stderr", seen == "stderr")
    assert pipe.getvalue() == ""


def test_status_shows_a_command_once_and_a_value_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "60")
    rows = {
        "Role": Row("broken", "it does not exist", "wildrydes function deploy"),
        "Function": Row("absent", "", "wildrydes function deploy"),
        "LogGroup": Row("absent", "", "wildrydes function invoke"),
        "Stage": Row("absent", "", "wildrydes api deploy"),
    }
    sections = {"3 Backend": ["Role", "Function", "LogGroup"], "4 API": ["Stage"]}
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{64 * 'x'}"
    write_status(rows, sections, {"FunctionArn": arn, "PageUrl": None}, "wildrydes function deploy", "table")
    assert lines(screen.getvalue()) == [
        "3 Backend",
        "  Role      ✗ broken  it does not exist",
        "  Function  · absent  wildrydes function deploy",
        "  LogGroup  · absent  wildrydes function invoke",
        "4 API       · absent  wildrydes api deploy",
        "",
        f"FunctionArn       {arn}",
        "",
        "next: wildrydes function deploy",
    ]


def test_what_happens_is_announced_only_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    announce("create role X")
    assert capsys.readouterr().err == ""
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    announce("create role X\x1b")
    assert screen.getvalue() == "create role X\\x1b\n"
