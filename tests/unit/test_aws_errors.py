"""What AWS answers, or does not, becomes two lines for a person and the right exit code."""

import shlex
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.running import Cli
from tests.stub import Answer, Stub, refusal, stub

REQUEST = ("request", "--lat", "1", "--lon", "2", "--rider", "ada o'hara")
COMMANDS = [REQUEST, ("rides", "list"), ("rides", "show", "x"), ("setup-table",)]
EVERY_COMMAND = pytest.mark.parametrize("command", COMMANDS, ids=["request", "list", "show", "setup-table"])


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@contextmanager
def always(answer: Answer) -> Iterator[Stub]:
    with stub(lambda *_: answer) as served:
        yield served


@EVERY_COMMAND
@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    ("code", "exit_code", "said", "advised"),
    [
        ("ExpiredTokenException", 3, "expired", "aws sso login"),
        ("UnrecognizedClientException", 3, "credentials were refused", "aws configure"),
        ("InvalidSignatureException", 3, "credentials were refused", "aws configure"),
        ("AccessDeniedException", 4, "access denied", "policy"),
        ("ThrottlingException", 4, "throttled", "again"),
        ("ProvisionedThroughputExceededException", 4, "throttled", "capacity"),
        ("SomethingNew", 4, "SomethingNew", "again"),
    ],
)
def test_a_refusal(
    wildrydes: Cli, command: tuple[str, ...], code: str, exit_code: int, said: str, advised: str
) -> None:
    with always(refusal(code, "As AWS says.")) as served:
        message, hint = wildrydes(*command, "--endpoint-url", served.url).error(exit_code)
    assert said in message
    assert "As AWS says." in message
    assert f"table Rides in eu-west-1 at {served.url}" in message
    assert advised in hint


@EVERY_COMMAND
@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    "answer",
    [
        (500, {"__type": "InternalServerError"}),
        (503, b""),
        (200, b"\xff\xfe{"),
        (200, b'{"Item'),
        (200, b"[]"),
        (418, b"<html>tea"),
    ],
    ids=["500", "503", "not UTF-8", "cut short", "not an object", "not DynamoDB"],
)
def test_a_failing_service(wildrydes: Cli, command: tuple[str, ...], answer: Answer) -> None:
    with always(answer) as served:
        message, _ = wildrydes(*command, "--endpoint-url", served.url).error(4)
    assert "table Rides" in message


@EVERY_COMMAND
@pytest.mark.usefixtures("credentials")
def test_an_endpoint_where_nobody_listens(wildrydes: Cli, command: tuple[str, ...]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        message, hint = wildrydes(
            *command, env={"AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{unused.getsockname()[1]}"}
        ).error(4)
    assert "Could not connect" in message
    assert "--endpoint-url" in hint


@pytest.mark.usefixtures("credentials")
def test_throttling_is_retried_before_it_is_an_error(wildrydes: Cli) -> None:
    with always(refusal("ThrottlingException")) as served:
        wildrydes("rides", "show", "x", "--endpoint-url", served.url, env={"AWS_MAX_ATTEMPTS": "3"}).error(4)
    assert len(served.asked) == 3


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("command", COMMANDS[:3], ids=["request", "list", "show"])
def test_a_missing_table_names_the_command_that_makes_it(wildrydes: Cli, command: tuple[str, ...]) -> None:
    with always(refusal("ResourceNotFoundException")) as served:
        message, hint = wildrydes(*command, "--endpoint-url", served.url, "--table", "Class").error(3)
    assert "the table does not exist" in message
    assert hint == f"create it: wildrydes setup-table --table Class --endpoint-url {served.url}"


@pytest.mark.usefixtures("credentials")
def test_a_failed_request_is_repeated_by_its_hint_and_dispatches_once(wildrydes: Cli) -> None:
    recorded: list[object] = []

    def answer(_: str, parameters: dict[str, object]) -> Answer:
        recorded.append(parameters["Item"])  # the write lands, the reply is lost
        if len(recorded) == 1:
            return 500, {"__type": "InternalServerError"}
        condition_failed, body = refusal("ConditionalCheckFailedException")
        return condition_failed, {**body, "Item": recorded[0]}

    with stub(answer) as served:
        _, hint = wildrydes(*REQUEST, "-o", "json", "--endpoint-url", served.url).error(4)
        command = shlex.split(hint[hint.index("wildrydes request") :])
        ended = wildrydes(*command[1:]).must()
    assert "already recorded" in ended.err
    assert ended.json["RideId"] == command[command.index("--ride-id") + 1]
    assert ended.json["Rider"] == "ada o'hara"


@pytest.mark.usefixtures("credentials")
def test_credentials_that_expire_after_the_write_lose_no_ride(wildrydes: Cli) -> None:
    answers = iter([(500, {"__type": "InternalServerError"}), refusal("ExpiredTokenException")])
    with stub(lambda *_: next(answers)) as served:
        words = (*REQUEST, "--endpoint-url", served.url)
        _, hint = wildrydes(*words, env={"AWS_MAX_ATTEMPTS": "2"}).error(3)
    assert "aws sso login" in hint
    assert "--ride-id" in hint


@EVERY_COMMAND
def test_no_region(wildrydes: Cli, command: tuple[str, ...]) -> None:
    message, hint = wildrydes(*command, "--store", "dynamodb").error(3)
    assert "no AWS region" in message
    assert "--region" in hint


@EVERY_COMMAND
def test_no_credentials(wildrydes: Cli, command: tuple[str, ...]) -> None:
    message, hint = wildrydes(*command, "--region", "eu-west-1").error(3)
    assert "no AWS credentials" in message
    assert "aws configure" in hint


@EVERY_COMMAND
def test_an_unknown_profile(wildrydes: Cli, command: tuple[str, ...]) -> None:
    message, hint = wildrydes(*command, "--profile", "nobody").error(3)
    assert "nobody" in message
    assert "list-profiles" in hint


def test_half_of_the_credentials(wildrydes: Cli) -> None:
    env = {"AWS_ACCESS_KEY_ID": "x", "AWS_REGION": "eu-west-1"}
    message, _ = wildrydes("rides", "list", env=env).error(3)
    assert "AWS_SECRET_ACCESS_KEY" in message


def test_an_sso_profile_that_is_not_logged_in(wildrydes: Cli, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text(
        "[profile class]\nregion = eu-west-1\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n"
        "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://example.com/start\n"
    )
    _, hint = wildrydes("rides", "list", "--profile", "class").error(3)
    assert "aws sso login" in hint


def test_settings_of_aws_that_make_no_sense(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "many")
    message, _ = wildrydes("rides", "list").error(3)
    assert "many" in message


@pytest.mark.usefixtures("credentials")
def test_a_server_that_is_not_dynamodb(wildrydes: Cli) -> None:
    with always((200, {"hello": "world"})) as served:
        for command in (("rides", "list"), ("setup-table",)):
            message, _ = wildrydes(*command, "--endpoint-url", served.url).error(4)
            assert "not DynamoDB" in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent"),
        ("AWS_RETRY_MODE", "sometimes"),
    ],
)
def test_settings_that_name_what_is_not_there(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/class")
    monkeypatch.setenv(name, value)
    message, _ = wildrydes("rides", "list").error(3)
    assert value in message


def test_a_credential_process_that_is_not_there(wildrydes: Cli, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text("[default]\nregion = eu-west-1\ncredential_process = /nonexistent/program\n")
    message, _ = wildrydes("rides", "list").error(3)
    assert "/nonexistent/program" in message


def test_a_profile_built_on_one_that_is_not_there(wildrydes: Cli, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text(
        "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = gone\n"
    )
    message, _ = wildrydes("rides", "list").error(3)
    assert "gone" in message


@pytest.mark.parametrize("text", ["nonsense", "[default\nregion"])
def test_a_config_file_that_cannot_be_read(wildrydes: Cli, home: Path, text: str) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text(text)
    message, _ = wildrydes("rides", "list").error(3)
    assert "config" in message


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("option", [("--endpoint-url", "nonsense"), ("--region", "no region!")])
def test_what_is_no_endpoint_or_region(wildrydes: Cli, option: tuple[str, str]) -> None:
    message, _ = wildrydes("rides", "list", *option).error(2)
    assert option[1] in message


@pytest.mark.usefixtures("credentials")
def test_debug_adds_the_traceback(wildrydes: Cli) -> None:
    with always(refusal("AccessDeniedException")) as served:
        ended = wildrydes("rides", "list", "--debug", "--endpoint-url", served.url).must(4)
    assert "Traceback" in ended.err
    assert ended.err.splitlines()[-2].startswith("error: ")
