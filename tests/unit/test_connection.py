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
