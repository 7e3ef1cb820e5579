"""Which store a command uses: DynamoDB if AWS is configured in any way, otherwise the embedded store."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.fake_aws import AWS
from tests.support.running import Cli
from wildrydes_cli.connection import Connection


def test_the_embedded_store_is_used_if_nothing_is_configured() -> None:
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
def test_any_aws_variable_selects_dynamodb(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "x")
    assert not Connection().local
    assert Connection(store="local").local
    monkeypatch.setenv(variable, "")
    assert Connection().local


@pytest.mark.parametrize("name", ["config", "credentials"])
def test_an_aws_file_selects_dynamodb_unless_it_is_empty(home: Path, name: str) -> None:
    file = home / ".aws" / name
    file.parent.mkdir()
    file.touch()
    assert Connection().local
    file.write_text("[default]\n")
    assert not Connection().local


@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_an_aws_file_at_another_path_selects_dynamodb(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    (tmp_path / "aws").write_text("[default]\n")
    monkeypatch.setenv(variable, str(tmp_path / "aws"))
    assert not Connection().local


@pytest.mark.parametrize("option", ["region", "profile", "endpoint_url"])
def test_an_aws_option_selects_dynamodb(option: str) -> None:
    assert not Connection(**{option: "x"}).local  # type: ignore[arg-type]


@pytest.mark.parametrize("option", ["--region", "--profile", "--endpoint-url"])
@pytest.mark.parametrize("command", [("rides", "list"), ("status",)], ids=" ".join)
def test_an_aws_option_with_the_local_store_is_a_usage_error(
    wildrydes: Cli, option: str, command: tuple[str, ...]
) -> None:
    message, hint = wildrydes(*command, "--store", "local", option, "x").error(2)
    assert message == f"{option} is for AWS, but the store is local"
    assert hint == f"leave out {option}, or leave out --store local"
    _, hint = wildrydes(*command, option, "x", env={"WILDRYDES_STORE": "local"}).error(2)
    assert hint == f"leave out {option}, or unset WILDRYDES_STORE"


@pytest.mark.parametrize("option", ["--region", "--profile", "--endpoint-url"])
@pytest.mark.parametrize("store", ["auto", "dynamodb"])
def test_an_empty_option_is_a_usage_error(wildrydes: Cli, option: str, store: str) -> None:
    """A script passes one if its variable is not set. The table that it then means is not the one it wants."""
    message, _ = wildrydes("rides", "list", "--store", store, option, "").error(2)
    assert message.startswith(f"invalid value for '{option}': it is empty")


def test_the_embedded_store_is_not_used_if_aws_fails(wildrydes: Cli, home: Path) -> None:
    message, hint = wildrydes("request", "--lat", "1", "--lon", "2", env={"AWS_PROFILE": "class"}).error(3)
    assert "class" in message
    assert "aws configure list-profiles" in hint
    assert not (home / ".local").exists()


LOCALLY = "wildrydes function invoke --local"
WITHOUT_AWS = {
    "function deploy": LOCALLY,
    "function invoke": LOCALLY,
    "function logs": LOCALLY,
    "function delete --yes": LOCALLY,
    "api deploy": "wildrydes serve --open",
    "api invoke": "wildrydes serve --open",
    "api delete --yes": "wildrydes serve --open",
    "page deploy": "wildrydes serve --open",
    "page delete --yes": "wildrydes serve --open",
    "deploy": "wildrydes serve --open",
    "delete --yes": "wildrydes serve --open",
    "serve --api": "wildrydes serve --open",
}
"""What comes nearest to a command without AWS."""


@pytest.mark.parametrize("command", WITHOUT_AWS)
def test_a_command_that_needs_aws_names_what_there_is_without(wildrydes: Cli, command: str) -> None:
    message, hint = wildrydes(*command.split()).error(3)
    assert message == "this needs AWS, but the store is the embedded one"
    assert hint.startswith("run aws login or aws configure, or add --profile or, on a machine in EC2, --region; ")
    assert hint.endswith(WITHOUT_AWS[command])
    _, hint = wildrydes(*command.split(), "--store", "local").error(3)
    assert hint == f"leave out --store local; without AWS there is: {WITHOUT_AWS[command]} --store local"
    _, hint = wildrydes(*command.split(), env={"WILDRYDES_STORE": "local"}).error(3)
    assert hint == f"unset WILDRYDES_STORE; without AWS there is: {WITHOUT_AWS[command]}"


@pytest.mark.parametrize(
    ("command", "last"),
    [
        ("function invoke", "function deploy"),
        ("api deploy", "api deploy"),
        ("api invoke", "api deploy"),
        ("page deploy", "api deploy"),
        ("serve --api", "api deploy"),
    ],
)
def test_if_nothing_is_set_up_the_first_hint_has_the_whole_order(
    wildrydes: Cli, aws: AWS, command: str, last: str
) -> None:
    where = "--table Class --region us-east-1"
    _, hint = wildrydes(*command.split(), *where.split()).error(3)
    commands = hint.partition(": ")[2].split(" && ")
    order = ["setup-table", "function deploy", "api deploy"]
    assert commands == [f"wildrydes {each} {where}" for each in order[: order.index(last) + 1]]
    for each in commands:
        wildrydes(*each.split()[1:]).must()


def test_flags_override_variables(wildrydes: Cli) -> None:
    env = {"WILDRYDES_TABLE": "FromEnvironment", "WILDRYDES_STORE": "local"}
    assert "FromEnvironment" in wildrydes("rides", "list", env=env).must().err
    assert "FromFlag" in wildrydes("rides", "list", "--table", "FromFlag", env=env).must().err


def test_a_hint_repeats_a_flag_that_differs_from_the_environment(wildrydes: Cli) -> None:
    env = {"WILDRYDES_TABLE": "Class"}
    _, hint = wildrydes("rides", "show", "x", "--table", "Rides", env=env).error(1)
    assert hint.endswith("wildrydes rides list --table Rides")
    _, hint = wildrydes("rides", "show", "x", "--table", "Class", env=env).error(1)
    assert hint.endswith("wildrydes rides list")


def test_a_path_in_the_home_of_an_unknown_user_is_accepted(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    wildrydes("rides", "list", env={"WILDRYDES_DB": "~nobody-of-that-name/rides.db"}).must()


def test_verbose_prints_the_number_of_requests_and_their_cost(wildrydes: Cli) -> None:
    wildrydes("request", "--lat", "1", "--lon", "2").must()
    assert "1 request, 1 item read, 0 capacity units\n" in wildrydes("rides", "list", "--verbose").must().err


@pytest.mark.parametrize("home", [None, "", "relative"])
@pytest.mark.parametrize("words", [("request", "--lat", "1", "--lon", "2", "--rider", "ada"), ("rides", "list")])
def test_without_a_home_the_hint_names_the_variable_for_the_file(
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


def test_an_error_names_a_variable_only_if_it_is_set(wildrydes: Cli) -> None:
    assert "WILDRYDES_TABLE" not in wildrydes("rides", "list", "--table", "W").error(2)[0]
    assert "WILDRYDES_TABLE" in wildrydes("rides", "list", env={"WILDRYDES_TABLE": "W"}).error(2)[0]
    assert "WILDRYDES_OUTPUT" not in wildrydes("rides", "list", "-o", "xml").error(2)[0]
    assert "WILDRYDES_OUTPUT" in wildrydes("rides", "list", env={"WILDRYDES_OUTPUT": "xml"}).error(2)[0]
    assert "WILDRYDES" not in wildrydes("rides", "list", "-o", "xml", env={"WILDRYDES_OUTPUT": "json"}).error(2)[0]


HERE = ("--lat", "1", "--lon", "2")
SEVERAL_RIDES = {"table": "table", "json": "array", "jsonl": "lines"}
LINE_BY_LINE = {"table": "table", "json": "lines", "jsonl": "lines"}
ONE_VALUE = {"table": "table", "json": "object", "jsonl": "line"}
ONE_RIDE = {"table": "table", "json": "line", "jsonl": "line"}


@pytest.mark.parametrize("by_flag", [True, False], ids=["flag", "variable"])
@pytest.mark.parametrize("form", ["table", "json", "jsonl"])
@pytest.mark.parametrize(
    ("words", "layouts"),
    [
        (("setup-table",), ONE_VALUE),
        (("request", *HERE), ONE_VALUE),
        (("request", "--from", "-"), LINE_BY_LINE),
        (("rides", "list"), SEVERAL_RIDES),
        (("rides", "show", "one"), ONE_RIDE),
        (("rides", "stats"), ONE_VALUE),
        (("rides", "watch", "--since", "1h"), LINE_BY_LINE),
        (("function", "invoke", "--local"), ONE_VALUE),
        (("delete-table", "--yes"), ONE_VALUE),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_command_prints_the_same_three_formats(
    wildrydes: Cli,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    layouts: Mapping[str, str],
    form: str,
    by_flag: bool,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    for ride_id in ("one", "two"):
        wildrydes("request", *HERE, "--ride-id", ride_id).must()
    option, env = (("-o", form), {}) if by_flag else ((), {"WILDRYDES_OUTPUT": form})
    ended = wildrydes(*words, *option, stdin="lat,lon\n1,2\n1,2\n", env=env).must(130 if "watch" in words else 0)
    assert _layout(ended.out) == layouts[form]


def _layout(out: str) -> str:
    """Return how a result is written: a table, JSON on several lines, or on one line for each value."""
    lines = out.splitlines()
    if "\t" in lines[0]:
        return "table"
    try:
        values = [json.loads(line) for line in lines]
    except ValueError:
        return "array" if isinstance(json.loads(out), list) else "object"
    assert all(isinstance(value, dict) for value in values)
    return "line" if len(values) == 1 else "lines"


@pytest.mark.parametrize("unknown", ["csv", "geojson", "xml", "JSON", "json ", "\udcff"])
@pytest.mark.parametrize("words", [("rides", "list"), ("rides", "show", "there"), ("setup-table",)], ids=" ".join)
def test_the_variable_knows_only_the_formats_of_every_command(
    wildrydes: Cli, words: tuple[str, ...], unknown: str
) -> None:
    message, hint = wildrydes(*words, env={"WILDRYDES_OUTPUT": unknown}).error(2)
    assert "WILDRYDES_OUTPUT" in message
    assert message.endswith("is not one of 'table', 'json', 'jsonl'")
    assert hint == f"wildrydes {' '.join(words).removesuffix(' there')} --help"


@pytest.mark.parametrize("form", ["csv", "geojson"])
def test_only_rides_list_has_csv_and_geojson(wildrydes: Cli, form: str) -> None:
    wildrydes("rides", "list", "-o", form).must()
    wildrydes("rides", "list", "-o", form, env={"WILDRYDES_OUTPUT": "json"}).must()
    assert wildrydes("rides", "list", "-o", "xml").error(2)[0].endswith("'table', 'json', 'jsonl', 'csv', 'geojson'")
    for words in (("rides", "stats"), ("rides", "watch"), ("request", *HERE)):
        assert wildrydes(*words, "-o", form).error(2)[0].endswith("is not one of 'table', 'json', 'jsonl'")
