"""What was probably meant by a command line that is wrong: a table of values."""

import pytest
import typer

from tests.support.hostile import OBEYED
from tests.support.running import Cli
from wildrydes_cli.cli import app
from wildrydes_cli.usage import Guess, Takes, explain, meant

COMMANDS = {
    "request": Takes({"--lat": True, "--lon": True, "--rider": True, "--region": True}),
    "rides list": Takes(
        {"--all": False, "--rider": True, "--region": True, "--output": True, "-o": True},
        formats=("table", "json", "csv"),
    ),
    "rides show": Takes(
        {"--region": True, "--table": True, "--output": True, "-o": True, "-q": False},
        arguments=("ride_id",),
        formats=("table", "json"),
    ),
    "help": Takes({"--region": True}, arguments=("topic",)),
    "setup-table": Takes({"--region": True}),
    "function deploy": Takes({"--yes": False, "-y": False, "--region": True}),
    "page deploy": Takes({"--yes": False, "-y": False}),
    "deploy": Takes({"--yes": False}),
    "delete": Takes({"--yes": False}),
}


@pytest.mark.parametrize(
    ("typed", "guess", "wrong"),
    [
        # options before the command
        ("--region X rides list", "rides list --region X", "--region goes after the command"),
        ("--region=X rides list", "rides list --region=X", "--region goes after the command"),
        ("rides --region X list", "rides list --region X", "--region goes after the command"),
        ("--region setup-table rides list", "rides list --region setup-table", "--region goes after the command"),
        ("--all rides list", "rides list --all", "--all goes after the command"),
        ("-y --region X function deploy", "function deploy -y --region X", "-y goes after the command"),
        ("--all setup-table", None, ""),
        ("--nothing rides list", None, ""),
        ("--region X", None, ""),
        # commands without their group, and misspelled ones
        ("list", "rides list", ""),
        ("list --rider ada", "rides list --rider ada", ""),
        ("show r1", "rides show r1", ""),
        ("rides lst", "rides list", ""),
        ("ride list", "rides list", ""),
        ("setup_table", "setup-table", ""),
        ("reqest --lat 1 --lon 2", "request --lat 1 --lon 2", ""),
        ("undeploy --yes", "delete --yes", ""),  # it looks like deploy
        ("destroy", "delete", ""),
        ("rides ls", "rides list", ""),
        ("nonsense", None, ""),
        ("rides nonsense", None, ""),
        ("rides", None, ""),
        ("", None, ""),
        # misspelled options
        ("rides list --rder ada", "rides list --rider ada", ""),
        ("rides list --rder=ada --all", "rides list --rider=ada --all", ""),
        ("request --rder=ada 1 2", "request --lat 1 --lon 2 --rider=ada", "a pickup needs --lat and --lon"),
        ("rides list --nothing", None, ""),
        ("rides list -x", None, ""),
        ("rides list extra", None, ""),
        ("rides list --all", None, ""),
        # numbers without options
        ("request 47.6 -122.3", "request --lat 47.6 --lon -122.3", "a pickup needs --lat and --lon"),
        ("request -- 47.6 -122.3", "request --lat 47.6 --lon -122.3", "a pickup needs --lat and --lon"),
        ("request --rider a -33 +151.", "request --lat -33 --lon +151. --rider a", "a pickup needs --lat and --lon"),
        ("request 47.6,-122.3", "request --lat 47.6 --lon -122.3", "a pickup needs --lat and --lon"),
        ("request 47.6", None, ""),
        ("request --lat 1 2 3", None, ""),
        ("request --lon=1 2 3", None, ""),
        ("request 1 2 3", None, ""),
        ("request 1 ada", None, ""),
        ("request --rider 1 2", None, ""),
        ("rides list 1 2", None, ""),
        # formats without an option
        ("rides list --json", "rides list -o json", ""),
        ("list --csv --all", "rides list -o csv --all", ""),
        ("rides show r1 --json", "rides show r1 -o json", ""),
        ("rides show r1 --csv", None, ""),
        ("rides show r1 --table Rides", None, ""),
        ("help --json", None, ""),
        ("setup-table --json", None, ""),
        # ids that begin with -
        ("rides show -A5x", "rides show -- -A5x", "an id that begins with - needs -- before it"),
        ("rides show --A5x", "rides show -- --A5x", "an id that begins with - needs -- before it"),
        ("rides show -A5x --region X", "rides show --region X -- -A5x", "an id that begins with - needs -- before it"),
        ("rides show r1 -A5x", None, ""),
        ("rides show r1 r2", None, ""),
    ],
)  # fmt: skip
def test_what_was_probably_meant(typed: str, guess: str | None, wrong: str) -> None:
    assert meant(typed.split(), COMMANDS) == (None if guess is None else Guess(guess.split(), wrong))


@pytest.mark.parametrize(
    ("typed", "wrong", "hint"),
    [
        ("--region X rides list", "--region goes after the command", "did you mean: wildrydes rides list --region X"),
        ("request 1 2", "a pickup needs --lat and --lon", "did you mean: wildrydes request --lat 1 --lon 2"),
        ("rides list --json", "no such option: --json", "did you mean: wildrydes rides list -o json"),
        ("list", "no such command 'list'", "did you mean: wildrydes rides list"),
        ("invoke", "no such command 'invoke'", "wildrydes --help"),
        ("rides list --nothing", "no such option: --nothing", "wildrydes rides list --help"),
        ("rides nothing", "no such command 'nothing'", "wildrydes rides --help"),
        ("request --lat", "option '--lat' requires an argument", "wildrydes request --help"),
        ("rides stats --csv", "no such option: --csv", "wildrydes rides stats --help"),
        ("rides list --geojson", "no such option: --geojson", "did you mean: wildrydes rides list -o geojson"),
        ("status --jsonl", "no such option: --jsonl", "did you mean: wildrydes status -o jsonl"),
        ("serve --json", "no such option: --json", "wildrydes serve --help"),
        ("help --json", "no such option: --json", "wildrydes help --help"),
        ("request --lat 1 2 3", "got unexpected extra argument(s) (2 3)", "wildrydes request --help"),
    ],
)
def test_an_error_says_what_is_wrong_and_what_to_type(wildrydes: Cli, typed: str, wrong: str, hint: str) -> None:
    assert wildrydes(*typed.split()).error(2) == (wrong, hint)


def test_the_variable_of_an_option_is_named_only_if_the_value_comes_from_it(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WILDRYDES_TABLE", "x")
    assert wildrydes("rides", "list").error(2)[0].startswith("invalid value for '--table' (env var: 'WILDRYDES_TABLE')")
    assert wildrydes("rides", "list", "--table", "y").error(2)[0].startswith("invalid value for '--table': 'y' is not")


def test_a_guess_can_be_pasted(wildrydes: Cli) -> None:
    _, hint = wildrydes("--table", "x; rm -rf ~", "list", "--rider", "\x1b[2J\u202e").error(2)
    assert hint == r"did you mean: wildrydes rides list --table 'x; rm -rf ~' --rider $'\x1b[2J\xe2\x80\xae'"
    assert not OBEYED.search(hint)


@pytest.mark.parametrize("guess", ["rides list --all -o jsonl", "request --lat 1 --lon -2.5 --rider ada"])
def test_what_is_right_is_left_alone(guess: str) -> None:
    root = typer.main.get_command(app)
    error = typer.TyperException("Wrong.")
    assert explain(error, guess.split(), root)[0] == "wrong"
    assert "did you mean" not in explain(error, guess.split(), root)[1]
