"""What AWS answers, or does not, becomes two lines for a person and the right exit code."""

import shlex
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.running import PROGRAM, Cli
from tests.stub import NO_ANSWER, Answer, Stub, refusal, stub

REQUEST = ("request", "--lat", "1", "--lon", "2", "--rider", "ada o'hara")
COMMANDS = [REQUEST, ("rides", "list"), ("rides", "show", "x"), ("setup-table",)]
EVERY_COMMAND = pytest.mark.parametrize("command", COMMANDS, ids=["request", "list", "show", "setup-table"])


@contextmanager
def always(answer: Answer) -> Iterator[Stub]:
    with stub(lambda *_: answer) as served:
        yield served


@EVERY_COMMAND
@pytest.mark.usefixtures("aws_credentials", "one_try")
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
    assert f"table Rides in us-east-1 at {served.url}" in message
    assert advised in hint


@EVERY_COMMAND
@pytest.mark.usefixtures("aws_credentials", "one_try")
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
@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_an_endpoint_where_nobody_listens(wildrydes: Cli, command: tuple[str, ...]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        message, hint = wildrydes(
            *command, env={"AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{unused.getsockname()[1]}"}
        ).error(4)
    assert "Could not connect" in message
    assert "--endpoint-url" in hint


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_throttling_is_retried_before_it_is_an_error(wildrydes: Cli) -> None:
    with always(refusal("ThrottlingException")) as served:
        wildrydes("rides", "show", "x", "--endpoint-url", served.url, env={"AWS_MAX_ATTEMPTS": "3"}).error(4)
    assert len(served.asked) == 3


@pytest.mark.usefixtures("aws_credentials", "one_try")
@pytest.mark.parametrize("command", COMMANDS[:3], ids=["request", "list", "show"])
def test_a_missing_table_names_the_command_that_makes_it(wildrydes: Cli, command: tuple[str, ...]) -> None:
    with always(refusal("ResourceNotFoundException")) as served:
        message, hint = wildrydes(*command, "--endpoint-url", served.url, "--table", "Class").error(3)
    assert "the table does not exist" in message
    assert hint == f"create it: wildrydes setup-table --table Class --endpoint-url {served.url}"


@pytest.mark.usefixtures("aws_credentials", "one_try")
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


@pytest.mark.usefixtures("aws_credentials")
def test_after_a_lost_reply_an_engine_that_does_not_return_the_old_item_is_asked_for_it(wildrydes: Cli) -> None:
    items: dict[str, Any] = {}

    def answer(operation: str, parameters: Any) -> Answer:
        if operation == "GetItem":
            assert parameters["ConsistentRead"]
            return 200, {"Item": items[parameters["Key"]["RideId"]["S"]]}
        ride_id = parameters["Item"]["RideId"]["S"]
        if ride_id in items:
            return refusal("ConditionalCheckFailedException")
        items[ride_id] = parameters["Item"]
        return NO_ANSWER

    with stub(answer) as served:
        ended = wildrydes(*REQUEST, "-o", "json", "--endpoint-url", served.url).must()
    assert [operation for operation, _ in served.asked] == ["PutItem", "PutItem", "GetItem"]
    assert ended.err == ""
    assert list(items) == [ended.json["RideId"]]


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_credentials_that_expire_after_the_write_lose_no_ride(wildrydes: Cli) -> None:
    answers = iter([(500, {"__type": "InternalServerError"}), refusal("ExpiredTokenException")])
    with stub(lambda *_: next(answers)) as served:
        words = (*REQUEST, "--endpoint-url", served.url)
        _, hint = wildrydes(*words, env={"AWS_MAX_ATTEMPTS": "2"}).error(3)
    assert "aws sso login" in hint
    assert "--ride-id" in hint


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_a_server_that_is_not_dynamodb(wildrydes: Cli) -> None:
    with always((200, b'{"hello": "world"}')) as served:
        for command in COMMANDS:
            message, _ = wildrydes(*command, "--endpoint-url", served.url).error(4)
            assert "does not answer like this AWS service" in message


def test_a_credential_process_that_is_not_there(wildrydes: Cli, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text("[default]\nregion = eu-west-1\ncredential_process = /nonexistent/program\n")
    message, _ = wildrydes("rides", "list").error(3)
    assert "/nonexistent/program" in message


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_debug_adds_the_traceback(wildrydes: Cli) -> None:
    with always(refusal("AccessDeniedException")) as served:
        ended = wildrydes("rides", "list", "--debug", "--endpoint-url", served.url).must(4)
    assert "Traceback" in ended.err
    assert ended.err.splitlines()[-2].startswith("error: ")


@pytest.mark.usefixtures("aws_credentials")
def test_verbose_counts_what_was_sent_to_aws(wildrydes: Cli) -> None:
    with stub(lambda *_: (500, {"__type": "InternalServerError"})) as served:
        words = ("--verbose", "--endpoint-url", served.url)
        ended = wildrydes("rides", "show", "x", *words, env={"AWS_MAX_ATTEMPTS": "2"}).must(4)
    assert "sent 2 requests to AWS" in ended.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["TERM", "INT"])
@pytest.mark.usefixtures("aws_credentials")
def test_who_ends_a_command_does_not_wait_for_a_server_that_hangs(number: int, code: int) -> None:
    asked, over = threading.Event(), threading.Event()

    def answer(operation: str, _: Any) -> Answer:
        if operation == "Query":
            asked.set()
            over.wait()
        return 200, {"Items": [], "LastEvaluatedKey": {"RideId": {"S": "x"}}}  # the table is a large one

    with stub(answer) as served:
        words = [*PROGRAM, "rides", "list", "--endpoint-url", served.url]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                assert asked.wait(30)
                process.send_signal(number)
                assert process.wait(timeout=10) == code  # a request that is not answered is given up after 15 s
            finally:
                over.set()
