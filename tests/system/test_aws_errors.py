"""A failure of AWS gives an error, a hint and the right exit code."""

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

from tests.support.hostile import OBEYED
from tests.support.repeat import pairs_of, some_of
from tests.support.running import PROGRAM, Cli, obey_permissions, process
from tests.support.stub import NO_ANSWER, Answer, Stub, described, refusal, stub

REQUEST = ("request", "--lat", "1", "--lon", "2", "--rider", "ada o'hara")
COMMANDS = [REQUEST, ("rides", "list"), ("rides", "show", "x"), ("setup-table",)]
EVERY_COMMAND = pytest.mark.parametrize("command", COMMANDS, ids=["request", "list", "show", "setup-table"])


@contextmanager
def always_answer(answer: Answer) -> Iterator[Stub]:
    with stub(lambda *_: answer) as served:
        yield served


REFUSALS = [
    ("ExpiredTokenException", 3, "expired", "aws sso login"),
    ("UnrecognizedClientException", 3, "credentials were refused", "aws configure"),
    ("InvalidSignatureException", 3, "credentials were refused", "aws configure"),
    ("AccessDeniedException", 4, "access denied", "policy"),
    ("ThrottlingException", 4, "throttled", "again"),
    ("ProvisionedThroughputExceededException", 4, "throttled", "capacity"),
    ("SomethingNew", 4, "SomethingNew", "again"),
]


@pytest.mark.usefixtures("aws_credentials", "one_try")
@pytest.mark.parametrize(
    ("command", "code", "exit_code", "said", "advised"),
    [(command, *refused) for command, refused in pairs_of(COMMANDS, REFUSALS)],
)
def test_a_refused_request_is_an_error(
    wildrydes: Cli, command: tuple[str, ...], code: str, exit_code: int, said: str, advised: str
) -> None:
    with always_answer(refusal(code, "As AWS says.")) as served:
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
def test_a_failing_service_is_an_error(wildrydes: Cli, command: tuple[str, ...], answer: Answer) -> None:
    with always_answer(answer) as served:
        message, hint = wildrydes(*command, "--endpoint-url", served.url).error(4)
    assert "table Rides" in message
    if answer[0] >= 500:
        assert "the service failed" in message
        assert "health.aws.amazon.com" in hint


@EVERY_COMMAND
@pytest.mark.usefixtures("aws_credentials")
def test_a_damaged_answer_is_an_error_of_the_service(wildrydes: Cli, command: tuple[str, ...]) -> None:
    tries = {"AWS_RETRY_MODE": "legacy", "AWS_MAX_ATTEMPTS": "1"}  # the standard mode does not refuse a wrong checksum
    with stub(lambda *_: (200, {"Items": []}), headers={"x-amz-crc32": "0"}) as served:
        message, hint = wildrydes(*command, "--endpoint-url", served.url, env=tries).error(4)
    assert "table Rides" in message
    assert "try again" in hint


@EVERY_COMMAND
@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_an_endpoint_without_a_server_is_an_error(wildrydes: Cli, command: tuple[str, ...]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        message, hint = wildrydes(
            *command, env={"AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{unused.getsockname()[1]}"}
        ).error(4)
    assert "Could not connect" in message
    assert "--endpoint-url" in hint


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_a_throttled_request_is_retried(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with always_answer(refusal("ThrottlingException")) as served:
        ended = wildrydes("rides", "show", "x", "--endpoint-url", served.url, env={"AWS_MAX_ATTEMPTS": "3"})
    assert "throttled after 3 tries" in ended.error(4)[0]
    assert len(served.asked) == 3


@pytest.mark.usefixtures("aws_credentials", "one_try")
@pytest.mark.parametrize("command", COMMANDS[:3], ids=["request", "list", "show"])
def test_the_hint_for_a_missing_table_is_to_create_it(wildrydes: Cli, command: tuple[str, ...]) -> None:
    with always_answer(refusal("ResourceNotFoundException")) as served:
        message, hint = wildrydes(*command, "--endpoint-url", served.url, "--table", "Class").error(3)
    assert "the table does not exist" in message
    assert hint == f"create it: wildrydes setup-table --table Class --endpoint-url {served.url}"


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_the_hint_for_a_failed_request_repeats_it_and_records_one_ride(wildrydes: Cli) -> None:
    recorded: list[object] = []

    def answer(_: str, parameters: dict[str, object]) -> Answer:
        recorded.append(parameters["Item"])  # the write succeeds, the reply is lost
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
def test_after_a_lost_reply_the_recorded_item_is_read_if_the_engine_does_not_return_it(wildrydes: Cli) -> None:
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
def test_the_hint_has_the_ride_id_if_credentials_expire_after_the_write(wildrydes: Cli) -> None:
    answers = iter([(500, {"__type": "InternalServerError"}), refusal("ExpiredTokenException")])
    with stub(lambda *_: next(answers)) as served:
        words = (*REQUEST, "--endpoint-url", served.url)
        _, hint = wildrydes(*words, env={"AWS_MAX_ATTEMPTS": "2"}).error(3)
    assert "aws sso login" in hint
    assert "--ride-id" in hint


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_a_server_that_is_not_dynamodb_is_an_error(wildrydes: Cli) -> None:
    with always_answer((200, b'{"hello": "world"}')) as served:
        for command in COMMANDS:
            message, _ = wildrydes(*command, "--endpoint-url", served.url).error(4)
            assert "does not answer like this AWS service" in message


@pytest.mark.usefixtures("aws_credentials", "one_try")
@pytest.mark.parametrize("body", [b'{"message": "Unauthorized: wrong service"}', b"{}"])
@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (REQUEST, ""),
        (("request", "--from", "-"), "lat,lon\n1,2\n"),
        (("request", "--from", "-", "--batch", "b"), "lat,lon\n1,2\n"),
        (("request", "--from", "-", "--fail-fast", "-o", "jsonl"), "lat,lon\n1,2\n"),
        (("setup-table", "--add-indexes"), ""),
        (("delete-table", "--yes"), ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_write_is_acknowledged_only_by_a_valid_answer(
    wildrydes: Cli, body: bytes, words: tuple[str, ...], stdin: str
) -> None:
    older = {"Items": [{"RideId": {"S": "old"}, "User": {"S": "ada"}}], "ScannedCount": 1, "Count": 1}
    reads = {"DescribeTable": described("ACTIVE"), "Scan": (200, older)}
    with stub(lambda operation, _: reads.get(operation, (200, body))) as served:
        ended = wildrydes(*words, "--endpoint-url", served.url, stdin=stdin)
    message, _ = ended.error(4)
    assert "does not answer like this AWS service" in message
    assert "on the way" not in ended.out
    assert "RideId" not in ended.out


@pytest.mark.usefixtures("aws_credentials", "one_try")
@pytest.mark.parametrize(
    ("answer", "valid"),
    [
        *(((400, body), {}) for body in some_of((b"[1,2]", b'"x"', b"null", b'{"__type": 7}'))),
        ((500, b"[1,2]"), {}),
        *(((200, body), {}) for body in some_of((b"[1,2]", b'"x"', b"null", b"NaN"))),
        ((200, {"Items": None, "Table": None}), {"request": 0, "rides show": 1}),
        ((200, {"Items": None, "Count": 1, "Table": None}), {"request": 0, "rides show": 1}),
    ],
    ids=lambda value: f"{value[0]} {str(value[1])[:30]}" if isinstance(value, tuple) else "",
)
def test_an_invalid_answer_is_an_error_of_the_service(wildrydes: Cli, answer: Answer, valid: dict[str, int]) -> None:
    """`valid` has the exit codes of the commands to which the answer is valid: its cost, which the stub adds, says so.

    To the other commands it is invalid.
    """
    with always_answer(answer) as served:
        for command in (*COMMANDS, ("rides", "list", "--scan"), ("rides", "stats"), ("delete-table", "--yes")):
            ended = wildrydes(*command, "--endpoint-url", served.url)
            codes = [code for words, code in valid.items() if " ".join(command).startswith(words)]
            if codes:
                ended.must(*codes)
            else:
                ended.error(4)


@pytest.mark.usefixtures("aws_credentials", "one_try")
@pytest.mark.parametrize(("command", "status"), pairs_of(COMMANDS, (403, 502)))
def test_a_web_page_from_a_proxy_is_shortened_in_the_error(
    wildrydes: Cli, command: tuple[str, ...], status: int
) -> None:
    with always_answer((status, b"<html>" + b"no " * 150_000)) as served:
        message, _ = wildrydes(*command, "--endpoint-url", served.url).error(4)
    assert len(message) < 600


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_messages_of_an_endpoint_are_escaped(wildrydes: Cli) -> None:
    with always_answer(refusal("SomethingNew", "\x1b]0;pwned\x07\x1b[31m \u202e\nnext line\rover")) as served:
        for debug in ((), ("--debug",)):
            ended = wildrydes("rides", "list", "--endpoint-url", served.url, *debug).must(4)
            assert ("Traceback" in ended.err) == bool(debug)
            assert not OBEYED.search(ended.err)
            assert r"\x1b]0;pwned\x07" in ended.err


def repeat_page(operation: str, parameters: Any) -> Answer:
    """Answer with a page that names itself as the next page."""
    if operation == "DescribeTable":
        return described("ACTIVE")
    return 200, {"Items": [], "events": [], "LastEvaluatedKey": {"RideId": {"S": "x"}}, "nextToken": "x"}


@pytest.mark.usefixtures("aws_credentials")
@pytest.mark.parametrize(
    "words",
    [
        ("rides", "list", "--limit", "5"),
        ("rides", "list", "--all"),
        ("rides", "list", "--scan"),
        ("rides", "list", "--rider", "ada"),
        ("rides", "stats"),
        ("rides", "watch"),
        ("setup-table", "--add-indexes"),
    ],
    ids=" ".join,
)
def test_a_repeated_page_is_an_error(wildrydes: Cli, words: tuple[str, ...]) -> None:
    with stub(repeat_page) as served:
        message, _ = wildrydes(*words, "--endpoint-url", served.url).error(4)
    assert "it sends the same page again" in message
    assert len(served.asked) < 40


def test_a_missing_credential_process_is_an_error(wildrydes: Cli, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text("[default]\nregion = eu-west-1\ncredential_process = /nonexistent/program\n")
    message, _ = wildrydes("rides", "list").error(3)
    assert "/nonexistent/program" in message


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_debug_adds_the_traceback(wildrydes: Cli) -> None:
    with always_answer(refusal("AccessDeniedException")) as served:
        ended = wildrydes("rides", "list", "--debug", "--endpoint-url", served.url).must(4)
    assert "Traceback" in ended.err
    assert ended.err.splitlines()[-2].startswith("error: ")


@pytest.mark.usefixtures("aws_credentials")
def test_verbose_counts_the_requests_to_aws(wildrydes: Cli) -> None:
    with stub(lambda *_: (500, {"__type": "InternalServerError"})) as served:
        words = ("--verbose", "--endpoint-url", served.url)
        ended = wildrydes("rides", "show", "x", *words, env={"AWS_MAX_ATTEMPTS": "2"}).must(4)
    assert "sent 2 requests to AWS" in ended.err


@pytest.mark.usefixtures("aws_credentials")
def test_sigterm_ends_a_command_that_waits_for_a_server() -> None:
    asked, over = threading.Event(), threading.Event()

    def answer(operation: str, _: Any) -> Answer:
        if operation == "Query":
            asked.set()
            over.wait()
        return 200, {"Items": [], "LastEvaluatedKey": {"RideId": {"S": "x"}}}  # a large table

    with stub(answer) as served:
        words = [*PROGRAM, "rides", "list", "--endpoint-url", served.url]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                assert asked.wait(30)
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=10) == 143  # a request times out after 15 s
            finally:
                over.set()


@pytest.mark.parametrize("name", ["config", "credentials"])
def test_an_error_names_an_unreadable_aws_file(home: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    file = home / ".aws" / name
    file.parent.mkdir()
    file.write_text("[default]\nregion = eu-west-1\n")
    file.chmod(0)
    message, _ = process("rides", "list", before=obey_permissions).error(3)
    assert f"no AWS credentials were found, and {file} can't be read" in message
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    message, _ = process("rides", "list", before=obey_permissions).error(3)
    assert f"no AWS region is set, and {file} can't be read" in message
