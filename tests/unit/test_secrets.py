"""Output shows no credentials, and a warning says when a connection is not encrypted."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from tests.support.planted import AWS_COMMANDS, BEARER, COMMANDS, reveals
from tests.support.running import Cli
from wildrydes_cli.aws_errors import cleaned
from wildrydes_cli.aws_http import Response


@pytest.mark.usefixtures("planted_secrets")
def test_successful_commands_show_no_credential(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = []

    def send(method: str, _: object, headers: Mapping[str, str] | None = None, __: str | None = None) -> Response:
        tokens.extend([headers["Authorization"]] if headers else [])
        return Response(500, {"X-Sent": repr(headers)}, f"{method} failed: {headers}")

    monkeypatch.setattr("wildrydes_cli.deploy.requests.send", send)
    monkeypatch.setattr("wildrydes_cli.deploy.requests.PROBE_SECONDS", 0)
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}, "lambda": {"use_docker": False}}):
        for command in (("setup-table",), *COMMANDS[:-1], *AWS_COMMANDS, COMMANDS[-1]):
            ended = wildrydes(*command, "--debug", "--verbose")
            assert reveals(ended.out + ended.err) == [], command
            assert not any(token in ended.out + ended.err for token in tokens)
    assert len(tokens) == 1


@pytest.mark.parametrize("body", ['{"PickupLocation": {"Latitude": 1, "Longitude": 2}}', "{", None])
@pytest.mark.parametrize("verbosely", [(), ("--debug", "--verbose")])
def test_the_handler_does_not_log_headers_of_the_event(
    wildrydes: Cli, body: str | None, verbosely: tuple[str, ...]
) -> None:
    event = {
        "headers": {"Authorization": BEARER},
        "multiValueHeaders": {"Authorization": [BEARER]},
        "requestContext": {"authorizer": {"claims": {"cognito:username": "ada", "jti": BEARER}}},
        "body": body,
    }
    ended = wildrydes("function", "invoke", "--local", "--event", "-", *verbosely, stdin=json.dumps(event))
    assert '"Status"' in ended.err
    assert reveals(ended.out + ended.err) == []


@pytest.mark.usefixtures("aws_credentials", "one_try", "nothing_is_sent")
class TestEncryption:
    """The warning about a connection that is not encrypted."""

    FAR = "http://192.0.2.1:8000"  # RFC 5737: an address for documentation

    @pytest.fixture
    def nothing_is_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def send(_: object, request: Any) -> None:
            raise EndpointConnectionError(endpoint_url=request.url)

        monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", send)

    @staticmethod
    def warnings(wildrydes: Cli, *words: str) -> list[str]:
        ended = wildrydes("rides", "list", *words)
        ended.error(4)
        return [line for line in ended.err.splitlines() if line.startswith("warning:")]

    def test_an_unencrypted_remote_endpoint_gives_a_warning(self, wildrydes: Cli) -> None:
        (line,) = self.warnings(wildrydes, "--endpoint-url", self.FAR)
        assert self.FAR in line
        assert "not encrypted" in line

    @pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"])
    def test_the_endpoint_can_come_from_the_environment(
        self, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, variable: str
    ) -> None:
        monkeypatch.setenv(variable, self.FAR)
        assert len(self.warnings(wildrydes)) == 1

    def test_the_endpoint_can_come_from_a_profile(self, wildrydes: Cli, home: Path) -> None:
        (home / ".aws").mkdir()
        (home / ".aws/config").write_text(f"[profile class]\nendpoint_url = {self.FAR}\n")
        (home / ".aws/credentials").write_text("[class]\naws_access_key_id = x\naws_secret_access_key = x\n")
        assert len(self.warnings(wildrydes, "--profile", "class")) == 1

    @pytest.mark.parametrize("host", ["10.0.0.1", "[2001:db8::1]", "dynamodb", "localhost.example.com", "notlocalhost"])
    def test_every_other_host_gives_a_warning(self, wildrydes: Cli, host: str) -> None:
        assert len(self.warnings(wildrydes, "--endpoint-url", f"http://{host}:8000")) == 1

    @pytest.mark.parametrize(
        "endpoint",
        [
            "http://127.0.0.1:8000",
            "http://127.8.8.8",
            "http://[::1]:8000",
            "http://localhost:8000",
            "http://db.localhost",
            "https://192.0.2.1",
        ],
    )
    def test_a_local_or_encrypted_endpoint_gives_no_warning(self, wildrydes: Cli, endpoint: str) -> None:
        assert self.warnings(wildrydes, "--endpoint-url", endpoint) == []

    def test_the_default_endpoint_gives_no_warning(self, wildrydes: Cli) -> None:
        assert self.warnings(wildrydes) == []

    def test_a_command_with_several_clients_warns_once(self, wildrydes: Cli) -> None:
        for command in (("deploy",), ("delete", "--yes"), ("logs",), ("invoke",)):
            ended = wildrydes("function", *command, "--endpoint-url", self.FAR)
            ended.error(4)
            assert ended.err.count("warning:") == 1, command


@pytest.mark.usefixtures("aws_credentials", "one_try")
@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", None])
@pytest.mark.parametrize("debug", [(), ("--debug", "--verbose")])
def test_a_password_in_an_endpoint_is_refused_and_not_shown(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, variable: str | None, debug: tuple[str, ...]
) -> None:
    url = "http://user:s3cret@127.0.0.1:1"
    if variable:
        monkeypatch.setenv(variable, url)
    for command in COMMANDS:
        ended = wildrydes(*command, *debug, *(() if variable else ("--endpoint-url", url)))
        ended.must(3 if variable else 2)
        assert "a user name or password in the URL is not supported" in ended.err
        assert "s3cret" not in ended.out + ended.err


def test_a_password_is_removed_from_a_message() -> None:
    said = cleaned('Could not connect to "https://user:s3cret@proxy:8080/x@y" or http://a:s3cret@b')
    assert said == 'Could not connect to "https://…@proxy:8080/x@y" or http://…@b'
