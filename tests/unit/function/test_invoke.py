"""`function invoke` sends an event to the function. With `--local`, the function runs in this process."""

import base64
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from tests.support.fake_aws import AWS
from tests.support.running import Cli
from wildrydes_cli.function.event import proxy_event, request_event

LOCAL = ("function", "invoke", "--local", "--store", "local")


def body(response: Any) -> Any:
    return json.loads(response["body"])


def test_the_default_event_is_the_tutorials_event() -> None:
    event = request_event()
    assert (event["path"], event["httpMethod"]) == ("/ride", "POST")
    assert event["requestContext"] == {"authorizer": {"claims": {"cognito:username": "the_username"}}}
    assert body(event) == {"PickupLocation": {"Latitude": 47.6174755835663, "Longitude": -122.28837066650185}}


def test_a_body_that_is_no_text_is_base64_in_the_event_as_api_gateway_sends_it() -> None:
    event = proxy_event("ada", b"\xff{", {"content-type": "application/json"})
    assert (event["isBase64Encoded"], base64.b64decode(event["body"])) == (True, b"\xff{")
    assert request_event()["isBase64Encoded"] is False


def test_without_aws_invoke_records_a_ride_in_the_embedded_store(wildrydes: Cli) -> None:
    ended = wildrydes("function", "invoke", "--local", "-o", "json").must()
    assert "embedded store" in ended.err
    assert list(ended.json) == ["statusCode", "headers", "body"]
    (ride,) = wildrydes("rides", "list", "-o", "json").must().json
    assert body(ended.json)["RideId"] == ride["RideId"]
    assert json.loads(ended.err.splitlines()[-1])["RideId"] == ride["RideId"]


def test_local_uses_the_selected_store(aws: AWS, wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    wildrydes("function", "invoke", "--local").must()
    assert len(wildrydes("rides", "list", "-o", "json").must().json) == 1
    assert wildrydes("rides", "list", "-o", "json", "--store", "local").must().json == []


def test_the_answer_is_printed_as_a_status_and_an_indented_body(wildrydes: Cli) -> None:
    status, *rest = wildrydes(*LOCAL).must().out.splitlines()
    assert status == "Status\t201"
    assert json.loads("".join(rest))["Rider"] == "the_username"
    assert len(rest) > 5


def test_options_set_the_rider_and_the_pickup_of_the_event(wildrydes: Cli) -> None:
    wildrydes(*LOCAL, "--lat", "1.5", "--lon", "-0", "--rider", "ada").must()
    wildrydes(*LOCAL, "--lat", "2").must()
    second, first = wildrydes("rides", "list", "-o", "json", "--store", "local").must().json
    assert (first["User"], first["PickupLocation"]) == ("ada", {"Latitude": 1.5, "Longitude": 0.0})
    assert second["PickupLocation"] == {"Latitude": 2.0, "Longitude": -122.28837066650185}


def test_an_event_can_come_from_a_file_or_stdin(wildrydes: Cli, tmp_path: Path) -> None:
    event = json.dumps(request_event("grace"))
    file = tmp_path / "event.json"
    file.write_text(event)
    for given in ({"stdin": event, "name": "-"}, {"stdin": "", "name": str(file)}):
        answer = wildrydes(*LOCAL, "-o", "json", "--event", given["name"], stdin=given["stdin"]).must().json
        assert body(answer)["Rider"] == "grace"


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ({}, 500),
        ([], 500),
        ({"body": "{"}, 500),
        (request_event() | {"body": "{"}, 400),
        (request_event() | {"body": None}, 400),
        (request_event() | {"body": '{"PickupLocation": {"Latitude": 91, "Longitude": 0}}'}, 400),
    ],
)
def test_an_unsuccessful_answer_is_printed_and_exits_with_1(wildrydes: Cli, event: object, status: int) -> None:
    ended = wildrydes(*LOCAL, "--event", "-", "-o", "json", stdin=json.dumps(event))
    assert ended.error(1)[0] == f"the function answered {status}, not a success"
    assert ended.json["statusCode"] == status
    assert body(ended.json)["Error"]
    assert wildrydes("rides", "list", "-o", "json", "--store", "local").must().json == []


@pytest.mark.parametrize("event", ["", "{", "\ud800", "[" * 100_000])
def test_an_event_that_is_not_json_is_a_usage_error(wildrydes: Cli, tmp_path: Path, event: str) -> None:
    file = tmp_path / "event.json"
    file.write_bytes(event.encode(errors="surrogatepass"))
    assert "not JSON" in wildrydes(*LOCAL, "--event", str(file)).error(2)[0]


@pytest.mark.parametrize(
    "words",
    [
        ("--event", "nowhere.json"),
        ("--lat", "91"),
        ("--lat", "nan"),
        ("--rider", ""),
        ("--event", "-", "--rider", "ada"),
    ],
)
def test_invalid_event_options_are_a_usage_error(wildrydes: Cli, words: tuple[str, ...]) -> None:
    wildrydes(*LOCAL, *words, stdin="{}").error(2)


@pytest.mark.parametrize("named", [(), ("--function-name", "Foo")])
def test_the_hint_for_a_missing_function_is_to_deploy_it(aws: AWS, wildrydes: Cli, named: tuple[str, ...]) -> None:
    hint = wildrydes("function", "invoke", *named).error(3)[1]
    assert hint.endswith(" ".join(["wildrydes function deploy", *named]))


@pytest.mark.parametrize("named", [(), ("--function-name", "Foo")])
def test_the_hint_for_a_recreated_role_is_to_deploy_the_function(
    aws: AWS, wildrydes: Cli, named: tuple[str, ...]
) -> None:
    aws.fail("Invoke", "KMSAccessDeniedException", "Lambda was unable to decrypt the environment variables")
    message, hint = wildrydes("function", "invoke", *named).error(1)
    assert "its role was deleted and created again" in message
    assert hint.endswith(" ".join(["wildrydes function deploy", *named]))


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"null", "no status"),
        (b'{"statusCode": "201"}', "no status"),
        *(
            (b'{"statusCode": %d, "body": "{}"}' % status, str(status))
            for status in (199, 301, 400, 403, 429, 500, 504)
        ),
    ],
)
def test_an_answer_without_a_success_status_exits_with_1(aws: AWS, wildrydes: Cli, payload: bytes, said: str) -> None:
    set_answer(aws, payload)
    ended = wildrydes("function", "invoke", "-o", "json")
    message, hint = ended.error(1)
    assert message == f"the function answered {said}, not a success"
    assert hint.endswith("wildrydes function logs")
    assert ended.json == json.loads(payload)


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b'{"errorType": "KeyError", "errorMessage": "boom", "stackTrace": ["x"]}', "KeyError: boom"),
        (b'{"errorMessage": "2026-11-23T08:15:30Z x Task timed out after 3.00 seconds"}', "crashed: 2026-11-23T08:15"),
        (b'{"statusCode": 201, "body": "{}"}', "crashed: {"),
        (b"boom", "crashed: boom"),
        (b"", "crashed"),
    ],
    ids=["an exception", "a time-out", "an answer", "a text", "nothing"],
)
def test_a_function_that_crashes_exits_with_1_and_the_end_of_its_log_is_shown(
    aws: AWS, wildrydes: Cli, payload: bytes, said: str
) -> None:
    log = base64.b64encode(b"START\n[ERROR] boom").decode()
    for kind in ("Unhandled", "Handled"):
        for form in ("json", "table"):
            set_answer(aws, payload, FunctionError=kind, LogResult=log)
            ended = wildrydes("function", "invoke", "-o", form)
            message, hint = ended.error(1)
            assert message.startswith(f"function RequestUnicorn failed: {said}")
            assert hint.endswith("wildrydes function logs")
            assert ended.err.startswith("START\n[ERROR] boom\n")
            assert bool(ended.out) == (form == "json")


@pytest.mark.parametrize(("age", "is_new"), [(0, True), (50, True), (70, False), (99999, False)])
def test_an_error_right_after_the_deployment_may_pass_by_itself(
    aws: AWS, wildrydes: Cli, age: int, is_new: bool
) -> None:
    """IAM takes seconds until a policy has an effect (IAM: "Changes that I make are not always visible")."""
    changed = datetime.now(UTC) - timedelta(seconds=age)
    described = {
        "FunctionName": "F",
        "FunctionArn": "arn:aws:lambda:us-east-1:1:function:F",
        "Role": "arn:aws:iam::1:r",
    }
    aws.planted["GetFunction"] = {"Configuration": {**described, "LastModified": f"{changed:%Y-%m-%dT%H:%M:%S.000%z}"}}
    set_answer(aws, b'{"statusCode": 500, "body": "{}"}')
    hint = wildrydes("function", "invoke").error(1)[1]
    assert ("try again in a moment" in hint) == is_new
    assert hint.endswith("its answer says why, its log has the cause: wildrydes function logs")
    set_answer(aws, b'{"statusCode": 400, "body": "{}"}')
    assert "moment" not in wildrydes("function", "invoke").error(1)[1]


def test_an_error_of_a_function_that_may_not_be_looked_at_is_no_new_one(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("GetFunction", "AccessDeniedException", "not authorized")
    set_answer(aws, b'{"statusCode": 500, "body": "{}"}')
    assert "moment" not in wildrydes("function", "invoke").error(1)[1]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "ReservedFunctionConcurrentInvocationLimitExceeded",
            "the function's own limit of concurrency is reached, or 0",
        ),
        ("ConcurrentInvocationLimitExceeded", "try again in a while"),
    ],
)
def test_a_limit_of_the_function_is_told_from_one_of_the_account(
    aws: AWS, wildrydes: Cli, reason: str, said: str
) -> None:
    """The answers are those that LocalStack recorded (its test_lambda_api.snapshot.json)."""
    answered = {"Error": {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}, "Reason": reason}
    aws.fail("Invoke", ClientError(answered, "Invoke"))
    message, hint = wildrydes("function", "invoke").error(4)
    assert "throttled (TooManyRequestsException: Rate Exceeded.)" in message
    assert said in hint
    assert hint.endswith("wildrydes status") == ("own limit" in said)


def test_a_crash_without_a_log_refers_to_no_log_above(aws: AWS, wildrydes: Cli) -> None:
    set_answer(aws, b"boom", FunctionError="Unhandled")
    assert wildrydes("function", "invoke").error(1)[1] == "to see its log: wildrydes function logs"


def test_a_body_that_is_not_json_is_printed(aws: AWS, wildrydes: Cli) -> None:
    set_answer(aws, b'{"statusCode": 200, "body": "hi"}')
    assert wildrydes("function", "invoke", "--event", "-", stdin="{}").must().out == 'Status\t200\n"hi"\n'


def set_answer(aws: AWS, payload: bytes, **more: str) -> None:
    """Make the deployed function answer with `payload`, and Lambda say `more` about it."""
    aws.planted["Invoke"] = {"Payload": io.BytesIO(payload), **more}


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (b"plain text", "plain text"),
        ("Zo\u00eb".encode("latin-1"), "Zo\ufffd"),
        (b"[" * 100_000, "[" * 100_000),
        (b"{", "{"),
        (b'"text"', "text"),
        (b"", None),
        (b"7", 7),
    ],
    ids=["text", "latin-1", "nested", "cut", "a JSON text", "nothing", "a number"],
)
def test_an_answer_that_is_not_a_proxy_response_is_printed_and_is_an_error(
    aws: AWS, wildrydes: Cli, payload: bytes, shown: object
) -> None:
    set_answer(aws, payload)
    ended = wildrydes("function", "invoke", "-o", "json")
    assert "no status" in ended.error(1)[0]
    assert ended.json == shown


def test_a_throttled_invocation_is_not_retried_and_its_hint_names_no_table(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("Invoke", "TooManyRequestsException", "Rate exceeded", times=9)
    message, hint = wildrydes("function", "invoke").error(4)
    assert "throttled (TooManyRequestsException: Rate exceeded)" in message
    assert "tries" not in message
    assert "table" not in hint
    assert [name for name, _ in aws.calls] == ["Invoke"]


@pytest.mark.parametrize("error", [ReadTimeoutError(endpoint_url="x"), ConnectionClosedError(endpoint_url="x")])
def test_an_error_says_that_an_invocation_without_an_answer_may_have_recorded_a_ride(
    aws: AWS, wildrydes: Cli, error: Exception
) -> None:
    aws.fail("Invoke", error)
    message, hint = wildrydes("function", "invoke", "--table", "Class").error(4)
    assert "function RequestUnicorn may have run, and recorded a ride" in message
    assert hint == "look before you try again: wildrydes rides list --table Class"


@pytest.mark.parametrize("error", [EndpointConnectionError, ConnectTimeoutError])
def test_an_error_does_not_say_that_an_unsent_invocation_may_have_run(
    aws: AWS, wildrydes: Cli, error: Callable[..., Exception]
) -> None:
    aws.fail("Invoke", error(endpoint_url="x"))
    assert "may have run" not in wildrydes("function", "invoke").error(4)[0]


def test_an_error_says_that_an_interrupted_invocation_may_have_recorded_a_ride(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("Invoke", KeyboardInterrupt())
    message, hint = wildrydes("function", "invoke").error(130)
    assert message == "interrupted; function RequestUnicorn may have run, and recorded a ride"
    assert hint == "look before you try again: wildrydes rides list"
