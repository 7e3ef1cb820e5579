"""No error shows a credential, even if the server sends it back."""

import json

import pytest

from tests.support.planted import AUTHORIZATION, AWS_COMMANDS, CANONICAL, COMMANDS, TOKEN, reveals
from tests.support.repeat import some_of
from tests.support.running import Cli
from tests.support.stub import Answer, refusal, stub


@pytest.mark.usefixtures("planted_secrets")
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
        for command in some_of(COMMANDS):
            ended = wildrydes(*command, "--debug", "--verbose", "--endpoint-url", served.url)
            assert "error: " in ended.err
            assert "Traceback" in ended.err
            assert reveals(ended.out + ended.err) == [], command


@pytest.mark.usefixtures("planted_secrets")
def test_no_failing_function_command_shows_a_credential(wildrydes: Cli) -> None:
    for command in (*AWS_COMMANDS, *COMMANDS):
        ended = wildrydes(*command, "--debug", "--verbose", "--endpoint-url", "http://127.0.0.1:1")
        assert ended.code
        assert reveals(ended.out + ended.err) == [], command
