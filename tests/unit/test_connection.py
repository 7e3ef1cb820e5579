"""Which store a command uses: DynamoDB where AWS is configured in any way, the embedded one where it is not."""

from pathlib import Path

import pytest

from tests.running import Cli
from wildrydes_cli.connection import Connection


def test_the_embedded_store_is_used_where_nothing_is_configured() -> None:
    assert Connection().local
    assert Connection(store="local").local
    assert not Connection(store="dynamodb").local


@pytest.mark.parametrize(
    "variable",
    [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ],
)
def test_any_variable_of_aws_chooses_dynamodb(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "x")
    assert not Connection().local
    assert Connection(store="local").local
    monkeypatch.setenv(variable, "")
    assert Connection().local


@pytest.mark.parametrize("name", ["config", "credentials"])
def test_a_file_of_aws_that_is_not_empty_chooses_dynamodb(home: Path, name: str) -> None:
    file = home / ".aws" / name
    file.parent.mkdir()
    file.touch()
    assert Connection().local
    file.write_text("[default]\n")
    assert not Connection().local


@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_a_file_of_aws_may_lie_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str) -> None:
    (tmp_path / "aws").write_text("[default]\n")
    monkeypatch.setenv(variable, str(tmp_path / "aws"))
    assert not Connection().local


@pytest.mark.parametrize("option", ["region", "profile", "endpoint_url"])
def test_an_option_of_aws_chooses_dynamodb(option: str) -> None:
    assert not Connection(**{option: "x"}).local  # type: ignore[arg-type]


@pytest.mark.parametrize("option", ["--region", "--profile", "--endpoint-url"])
def test_an_option_of_aws_contradicts_the_local_store(wildrydes: Cli, option: str) -> None:
    message, hint = wildrydes("rides", "list", "--store", "local", option, "x").error(2)
    assert option in message
    assert option in hint


def test_once_aws_is_configured_a_failure_is_an_error(wildrydes: Cli, home: Path) -> None:
    message, hint = wildrydes("request", "--lat", "1", "--lon", "2", env={"AWS_PROFILE": "class"}).error(3)
    assert "class" in message
    assert "aws configure list-profiles" in hint
    assert not (home / ".local").exists()


def test_flags_go_before_variables(wildrydes: Cli) -> None:
    env = {"WILDRYDES_TABLE": "FromEnvironment", "WILDRYDES_STORE": "local"}
    assert "FromEnvironment" in wildrydes("rides", "list", env=env).must().err
    assert "FromFlag" in wildrydes("rides", "list", "--table", "FromFlag", env=env).must().err


def test_a_hint_says_what_the_environment_would_say_otherwise(wildrydes: Cli) -> None:
    env = {"WILDRYDES_TABLE": "Class"}
    _, hint = wildrydes("rides", "show", "x", "--table", "Rides", env=env).error(1)
    assert hint.endswith("wildrydes rides list --table Rides")
    _, hint = wildrydes("rides", "show", "x", "--table", "Class", env=env).error(1)
    assert hint.endswith("wildrydes rides list")


def test_a_home_of_nobody_is_no_defect(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    wildrydes("rides", "list", env={"WILDRYDES_DB": "~nobody-of-that-name/rides.db"}).must()


def test_verbose_says_what_was_asked(wildrydes: Cli) -> None:
    wildrydes("request", "--lat", "1", "--lon", "2").must()
    assert "1 request, 1 item read, 0 capacity units" in wildrydes("rides", "list", "--verbose").must().err


@pytest.mark.parametrize("home", [None, ""])
@pytest.mark.parametrize("words", [("request", "--lat", "1", "--lon", "2", "--rider", "ada"), ("rides", "list")])
def test_a_user_without_a_home_is_told_of_the_variable_for_the_file(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: str | None, words: tuple[str, ...]
) -> None:
    monkeypatch.delenv("HOME")
    if home is not None:
        monkeypatch.setenv("HOME", home)
    monkeypatch.setattr("pwd.getpwuid", lambda _: (_ for _ in ()).throw(KeyError("uid not found")))
    monkeypatch.chdir(tmp_path)
    before = list(tmp_path.rglob("*"))
    message, hint = wildrydes(*words).error(3)
    assert "no home folder" in message
    assert "WILDRYDES_DB" in hint
    assert list(tmp_path.rglob("*")) == before
    wildrydes(*words, env={"WILDRYDES_DB": str(tmp_path / "rides.db")}).must()


def test_a_wrong_value_is_not_blamed_on_a_variable_that_is_not_set(wildrydes: Cli) -> None:
    assert "WILDRYDES_TABLE" not in wildrydes("rides", "list", "--table", "W").error(2)[0]
    assert "WILDRYDES_TABLE" in wildrydes("rides", "list", env={"WILDRYDES_TABLE": "W"}).error(2)[0]
    assert "WILDRYDES_OUTPUT" not in wildrydes("rides", "list", "-o", "xml").error(2)[0]
    assert "WILDRYDES_OUTPUT" in wildrydes("rides", "list", env={"WILDRYDES_OUTPUT": "xml"}).error(2)[0]


HERE = ("--lat", "1", "--lon", "2")


@pytest.mark.parametrize("wanted", ["table", "json", "jsonl", "csv", "geojson"])
@pytest.mark.parametrize(
    ("words", "formats"),
    [
        (("setup-table",), "table json json table table"),
        (("request", *HERE), "table json jsonl table table"),
        (("request", "--from", "-"), "table jsonl jsonl table table"),
        (("rides", "list"), "table json jsonl csv geojson"),
        (("rides", "show", "there"), "table jsonl jsonl table table"),
        (("rides", "stats"), "table json json table table"),
        (("rides", "watch", "--since", "1h"), "table jsonl jsonl table table"),
        (("function", "invoke", "--local"), "table json json table table"),
        (("delete-table", "--yes"), "table json json table table"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_the_variable_for_the_format_ends_no_command(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, wanted: str, words: tuple[str, ...], formats: str
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    wildrydes("request", *HERE, "--ride-id", "there").must()
    code = 130 if "watch" in words else 0
    ended = wildrydes(*words, stdin="lat,lon\n1,2\n1,2\n", env={"WILDRYDES_OUTPUT": wanted}).must(code)
    expected = dict(zip(("table", "json", "jsonl", "csv", "geojson"), formats.split(), strict=True))
    assert _form(ended.out) == expected[wanted]


def _form(out: str) -> str:
    """Return the format of what a command printed. A value on one line is JSON lines too."""
    first = out.splitlines()[0]
    if first.startswith("RideId,"):
        return "csv"
    if "\t" in first:
        return "table"
    if "FeatureCollection" in first:
        return "geojson"
    return "jsonl" if first.startswith("{") and first.endswith("}") else "json"


def test_a_flag_that_fits_no_output_without_an_end_is_still_a_usage_error(wildrydes: Cli) -> None:
    env = {"WILDRYDES_OUTPUT": "jsonl"}
    assert "jsonl" in wildrydes("request", "--from", "-", "-o", "json", stdin="lat,lon\n", env=env).error(2)[1]
    wildrydes("rides", "watch", "-o", "json", env=env).error(2)
    wildrydes("setup-table", "-o", "jsonl", env=env).error(2)
