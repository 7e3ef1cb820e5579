"""A missing or invalid AWS setting gives an error, a hint and the right exit code."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.running import Cli
from wildrydes_cli import __version__, cli
from wildrydes_cli.aws import Account, dns_suffix, location
from wildrydes_cli.errors import NotConfiguredError

REQUEST = ("request", "--lat", "1", "--lon", "2", "--rider", "ada o'hara")


KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
COMMANDS = [REQUEST, ("rides", "list"), ("rides", "show", "x"), ("setup-table",)]


EVERY_COMMAND = pytest.mark.parametrize("command", COMMANDS, ids=["request", "list", "show", "setup-table"])


@EVERY_COMMAND
def test_a_missing_region_is_an_error(wildrydes: Cli, command: tuple[str, ...]) -> None:
    message, hint = wildrydes(*command, env=KEYS).error(3)
    assert "no AWS region" in message
    assert "--region" in hint


@EVERY_COMMAND
def test_missing_credentials_are_an_error(wildrydes: Cli, command: tuple[str, ...]) -> None:
    message, hint = wildrydes(*command, "--region", "eu-west-1").error(3)
    assert message == "cannot log in to AWS: no AWS credentials were found"
    assert "aws configure" in hint


@EVERY_COMMAND
def test_an_unknown_profile_is_an_error(wildrydes: Cli, command: tuple[str, ...]) -> None:
    message, hint = wildrydes(*command, "--profile", "nobody").error(3)
    assert "nobody" in message
    assert "list-profiles" in hint


def test_a_missing_secret_key_is_an_error(wildrydes: Cli) -> None:
    env = {"AWS_ACCESS_KEY_ID": "x", "AWS_REGION": "eu-west-1"}
    message, _ = wildrydes("rides", "list", env=env).error(3)
    assert "AWS_SECRET_ACCESS_KEY" in message


def test_the_hint_for_an_sso_profile_without_a_login_is_to_log_in(wildrydes: Cli, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text(
        "[profile class]\nregion = eu-west-1\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n"
        "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://example.com/start\n"
    )
    _, hint = wildrydes("rides", "list", "--profile", "class").error(3)
    assert "aws sso login" in hint


@pytest.mark.usefixtures("aws_credentials")
def test_an_invalid_number_of_attempts_is_an_error(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "many")
    message, _ = wildrydes("rides", "list").error(3)
    assert "many" in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_RETRY_MODE", "sometimes"),
        ("AWS_DEFAULTS_MODE", "foo"),
        ("AWS_ENDPOINT_DISCOVERY_ENABLED", "foo"),
    ],
)
@pytest.mark.usefixtures("aws_credentials")
def test_an_error_shows_the_invalid_value_of_an_aws_variable(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    message, _ = wildrydes("rides", "list").error(3)
    assert value in message


def test_a_missing_token_file_is_an_error(wildrydes: Cli) -> None:
    role = {"AWS_REGION": "eu-west-1", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/class"}
    message, _ = wildrydes("rides", "list", env={**role, "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent"}).error(3)
    assert "/nonexistent" in message


@pytest.mark.usefixtures("aws_credentials")
def test_a_missing_account_id_is_an_error_of_the_settings_if_the_endpoint_requires_it(wildrydes: Cli) -> None:
    message, hint = wildrydes("rides", "list", env={"AWS_ACCOUNT_ID_ENDPOINT_MODE": "required"}).error(3)
    assert "no AccountID" in message
    assert "AWS_ environment variables" in hint


def test_a_missing_source_profile_is_an_error(wildrydes: Cli, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text(
        "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = gone\n"
    )
    message, _ = wildrydes("rides", "list").error(3)
    assert "gone" in message


@pytest.mark.parametrize("text", ["nonsense", "[default\nregion"])
def test_an_invalid_config_file_is_an_error(wildrydes: Cli, home: Path, text: str) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text(text)
    message, _ = wildrydes("rides", "list").error(3)
    assert "config" in message


@pytest.mark.usefixtures("aws_credentials")
@pytest.mark.parametrize(
    "option",
    [("--endpoint-url", "nonsense"), ("--endpoint-url", "ftp://127.0.0.1"), ("--region", "no region!")],
)
def test_an_invalid_endpoint_or_region_is_a_usage_error(wildrydes: Cli, option: tuple[str, str]) -> None:
    message, _ = wildrydes("rides", "list", *option).error(2)
    assert option[1] in message


def test_a_client_has_timeouts_and_our_user_agent() -> None:
    config = Account("us-east-1").client("dynamodb").meta.config
    assert (config.connect_timeout, config.read_timeout) == (5, 15)
    assert config.user_agent.startswith(f"wildrydes/{__version__}")


def test_a_config_file_that_is_a_folder_is_an_error(wildrydes: Cli, home: Path) -> None:
    (home / ".aws/config").mkdir(parents=True)
    wildrydes("rides", "list").error(3)


def test_a_config_file_that_is_a_link_to_itself_is_an_error(wildrydes: Cli, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").symlink_to("config")  # a link to itself
    wildrydes("rides", "list").error(3)


@pytest.mark.parametrize(
    ("region", "suffix"),
    [
        ("us-east-1", "amazonaws.com"),
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
        ("eusc-de-east-1", "amazonaws.eu"),
        ("us-iso-east-1", "c2s.ic.gov"),
    ],
)
def test_a_message_names_only_the_region_if_requests_go_to_aws(region: str, suffix: str) -> None:
    client = Account(region).client("dynamodb")
    assert (location(client), dns_suffix(client)) == (region, suffix)


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "eusc-de-east-1"])
def test_a_dual_stack_endpoint_is_awss_own(region: str) -> None:
    assert location(Account(region).client("dynamodb", use_dualstack_endpoint=True)) == region


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:8000", "https://dynamodb.us-east-1.amazonaws.com.example.org", "https://api.aws"]
)
def test_a_message_names_any_other_endpoint(endpoint: str) -> None:
    client = Account("us-east-1", endpoint_url=endpoint).client("dynamodb")
    assert (location(client), dns_suffix(client)) == (f"us-east-1 at {endpoint}", None)


NEEDS = {
    "request": ("--lat", "1", "--lon", "2"),
    "rides show": ("x",),
    "delete": ("--yes",),
    "delete-table": ("--yes",),
    "function delete": ("--yes",),
    "api delete": ("--yes",),
}
"""What a command needs to start, besides its name."""


def every_command(commands: Mapping[str, str | cli.Group]) -> Iterator[str]:
    for name, each in commands.items():
        yield from (
            (f"{name} {inner}" for inner in every_command(each.commands)) if isinstance(each, cli.Group) else [name]
        )


@pytest.mark.parametrize("command", [each for each in every_command(cli.COMMANDS) if each != "help"])
def test_every_command_gets_credentials_before_anything_else(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """An MFA code is asked for then: nothing must be on the screen, and nothing half done."""

    def log_in(_: Account) -> None:
        raise NotConfiguredError("no code", hint="none")

    def client(*_: object, **__: object) -> None:
        pytest.fail("a client was made")

    monkeypatch.setattr(Account, "log_in", log_in)
    monkeypatch.setattr(Account, "client", client)
    ended = wildrydes(*command.split(), *NEEDS.get(command, ()), env={"AWS_REGION": "us-east-1"}).must(3)
    assert (ended.out, ended.err) == ("", "error: no code\nhint: none\n")
