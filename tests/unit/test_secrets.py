"""What must not be seen: credentials in any output, and rides on a network that others can listen to."""

import json
from pathlib import Path

import pytest
from moto import mock_aws

from tests.running import Cli, process
from tests.stub import Answer, refusal, stub

REQUEST = ("request", "--lat", "1", "--lon", "2")
COMMANDS = (
    REQUEST,
    ("rides", "list"),
    ("rides", "list", "-o", "json"),
    ("rides", "show", "x"),
    ("rides", "stats"),
    ("setup-table",),
    ("setup-table", "--add-indexes"),
    ("delete-table", "--yes"),
)
FUNCTION_COMMANDS = (
    ("function", "deploy"),
    ("function", "invoke"),
    ("function", "invoke", "--local"),
    ("function", "logs"),
    ("function", "delete", "--yes"),
)
TOKEN = "plantedSessionToken//////////0123456789=="
SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIAPLANTEDACCESSKEY",
    "AWS_SECRET_ACCESS_KEY": "planted/secret+key/0123456789abcdef",
    "AWS_SESSION_TOKEN": TOKEN,
}
SIGNATURE = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
AUTHORIZATION = (
    f"AWS4-HMAC-SHA256 Credential={SECRETS['AWS_ACCESS_KEY_ID']}/20261123/eu-west-1/dynamodb/aws4_request, "
    f"SignedHeaders=host;x-amz-date;x-amz-security-token, Signature={SIGNATURE}"
)
CANONICAL = (
    "The request signature we calculated does not match the signature you provided.\n\n"
    "The Canonical String for this request should have been\n"
    f"'POST\n/\n\nhost:dynamodb.eu-west-1.amazonaws.com\nx-amz-security-token:{TOKEN}\n\nhost;x-amz-security-token'"
)
BEARER = "plantedBearerToken"


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SECRETS, "AWS_REGION": "eu-west-1", "AWS_MAX_ATTEMPTS": "1"}.items():
        monkeypatch.setenv(name, value)


def reveals(text: str) -> list[str]:
    return [secret for secret in (*SECRETS.values(), SIGNATURE, BEARER) if secret in text]


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    "answer",
    [
        refusal("InvalidSignatureException", CANONICAL),
        refusal("IncompleteSignatureException", f"'=' is missing in the Authorization header: '{AUTHORIZATION}'"),
        refusal("ValidationException", json.dumps({"Authorization": AUTHORIZATION, "X-Amz-Security-Token": TOKEN})),
        refusal("ExpiredTokenException"),
        (500, {"__type": "InternalServerError", "message": f"x-amz-security-token={TOKEN}"}),
        (200, b"{"),
    ],
    ids=["canonical request", "authorization", "headers", "expired", "500", "damaged"],
)
def test_no_error_shows_a_credential_even_if_the_server_sends_it_back(wildrydes: Cli, answer: Answer) -> None:
    with stub(lambda *_: answer) as served:
        for command in COMMANDS:
            ended = wildrydes(*command, "--debug", "--verbose", "--endpoint-url", served.url)
            assert "error: " in ended.err
            assert "Traceback" in ended.err
            assert reveals(ended.out + ended.err) == [], command


@pytest.mark.usefixtures("secrets")
def test_no_command_that_works_shows_a_credential(wildrydes: Cli) -> None:
    with mock_aws():
        for command in (("setup-table",), *COMMANDS[:-1], *FUNCTION_COMMANDS, COMMANDS[-1]):
            ended = wildrydes(*command, "--debug", "--verbose")
            assert reveals(ended.out + ended.err) == [], command


@pytest.mark.usefixtures("secrets")
def test_no_failing_function_command_shows_a_credential(wildrydes: Cli) -> None:
    for command in (*FUNCTION_COMMANDS, *COMMANDS):
        ended = process(*command, "--debug", "--verbose", "--endpoint-url", "http://127.0.0.1:1")
        assert ended.code
        assert reveals(ended.out + ended.err) == [], command


@pytest.mark.parametrize("body", ['{"PickupLocation": {"Latitude": 1, "Longitude": 2}}', "{", None])
@pytest.mark.parametrize("verbosely", [(), ("--debug", "--verbose")])
def test_what_the_handler_logs_has_no_header_of_the_event(
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


class TestEncryption:
    """A warning where what is sent can be read on the way. Nothing is sent: there are no credentials."""

    FAR = "http://192.0.2.1:8000"  # RFC 5737: nobody's

    @staticmethod
    def warnings(wildrydes: Cli, *words: str) -> list[str]:
        ended = wildrydes("rides", "list", "--region", "eu-west-1", *words)
        ended.error(3)
        return [line for line in ended.err.splitlines() if line.startswith("warning:")]

    def test_a_plain_endpoint_elsewhere_is_warned_of_by_a_line(self, wildrydes: Cli) -> None:
        (line,) = self.warnings(wildrydes, "--endpoint-url", self.FAR)
        assert self.FAR in line
        assert "not encrypted" in line

    @pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"])
    def test_it_may_come_from_the_environment(
        self, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, variable: str
    ) -> None:
        monkeypatch.setenv(variable, self.FAR)
        assert len(self.warnings(wildrydes)) == 1

    def test_it_may_come_from_a_profile(self, wildrydes: Cli, home: Path) -> None:
        (home / ".aws").mkdir()
        (home / ".aws/config").write_text(f"[profile class]\nendpoint_url = {self.FAR}\n")
        assert len(self.warnings(wildrydes, "--profile", "class")) == 1

    @pytest.mark.parametrize("host", ["10.0.0.1", "[2001:db8::1]", "dynamodb", "localhost.example.com"])
    def test_every_host_but_this_one_is_elsewhere(self, wildrydes: Cli, host: str) -> None:
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
    def test_this_machine_and_an_encrypted_endpoint_are_not_warned_of(self, wildrydes: Cli, endpoint: str) -> None:
        assert self.warnings(wildrydes, "--endpoint-url", endpoint) == []

    def test_awss_own_endpoint_is_not_warned_of(self, wildrydes: Cli) -> None:
        assert self.warnings(wildrydes) == []

    def test_a_command_of_several_clients_warns_once(self, wildrydes: Cli) -> None:
        there = ("--region", "eu-west-1", "--endpoint-url", self.FAR)
        for command in (("deploy",), ("delete", "--yes"), ("logs",), ("invoke",)):
            ended = wildrydes("function", *command, *there)
            ended.error(3)
            assert ended.err.count("warning:") == 1, command
