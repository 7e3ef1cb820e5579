"""The function answers every proxy event as the contract says."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.running import Cli
from wildrydes_cli.errors import ServiceError
from wildrydes_cli.function import handler
from wildrydes_cli.function.event import request_event
from wildrydes_cli.function.handler import respond
from wildrydes_cli.rides import dispatch as dispatcher
from wildrydes_cli.rides.model import Ride, Unicorn

PICKUP = {"Latitude": 47.6, "Longitude": -122.3}
TOKEN = "eyJraWQiOiJLTzRVMWZs"


class Rides(list[Ride]):
    """A store in memory. It raises `failure` if that is set."""

    failure: Exception | None = None

    def record(self, ride: Ride) -> None:
        if self.failure:
            raise self.failure
        self.append(ride)


def event(body: object = None, **more: Any) -> dict[str, Any]:
    """Return an event of a REST API from `ada`, with `body` as JSON."""
    made: dict[str, Any] = request_event("ada")
    return made | ({} if body is None else {"body": json.dumps(body)}) | more


def http_event(username: object = "ada") -> dict[str, Any]:
    """Return an event of an HTTP API, in payload format 2.0."""
    context = {"authorizer": {"jwt": {"claims": {"cognito:username": username}, "scopes": None}}}
    return event({"PickupLocation": PICKUP}, version="2.0", requestContext=context, isBase64Encoded=False)


def answer(asked: object, store: Rides | None = None) -> tuple[int, Any]:
    response = respond(asked, "request-1", Rides() if store is None else store)
    assert response["headers"] == {"Access-Control-Allow-Origin": "*"}
    return response["statusCode"], json.loads(response["body"])


def test_the_tutorials_event_gets_the_tutorials_answer() -> None:
    rides = Rides()
    status, body = answer(request_event(), rides)
    (ride,) = rides
    unicorn = {"Name": ride.unicorn.name, "Color": ride.unicorn.color, "Gender": ride.unicorn.gender}
    assert status == 201
    assert list(body) == ["RideId", "Unicorn", "Eta", "Rider"]
    assert body == {"RideId": ride.ride_id, "Unicorn": unicorn, "Eta": "30 seconds", "Rider": "the_username"}
    assert (ride.pickup.latitude, ride.pickup.longitude) == (47.6174755835663, -122.28837066650185)


def test_the_claims_of_an_http_api_are_found() -> None:
    assert answer(http_event("grace"))[1]["Rider"] == "grace"


def test_a_body_in_base64_is_decoded() -> None:
    body = base64.b64encode(json.dumps({"PickupLocation": PICKUP}).encode()).decode()
    assert answer(event(isBase64Encoded=True) | {"body": body})[0] == 201


def test_a_body_is_decoded_only_if_the_event_says_that_it_is_base64() -> None:
    assert answer(event({"PickupLocation": PICKUP}, isBase64Encoded="false"))[0] == 201


def test_the_rider_comes_from_the_claims_and_only_the_pickup_from_the_body() -> None:
    rides = Rides()
    false = {"User": "eve", "Rider": "eve", "RideId": "mine", "Unicorn": {"Name": "Shadowfax"}}
    status, body = answer(event({"PickupLocation": PICKUP, **false}), rides)
    assert (status, body["Rider"], rides[0].rider) == (201, "ada", "ada")
    assert body["RideId"] == rides[0].ride_id != "mine"
    assert body["Unicorn"]["Name"] != "Shadowfax"


@pytest.mark.parametrize(
    "context",
    [
        None,
        "text",
        {},
        {"authorizer": None},
        {"authorizer": {}},
        {"authorizer": {"claims": None}},
        {"authorizer": {"claims": {}}},
        {"authorizer": {"jwt": {"claims": {"sub": "1"}}}},
        *({"authorizer": {"claims": {"cognito:username": name}}} for name in (None, "", 7, True, "x" * 129, "\ud800")),
    ],
)
def test_an_event_without_a_valid_username_gets_status_500(context: object) -> None:
    rides = Rides()
    expected = {"Error": "Authorization not configured", "Reference": "request-1"}
    assert answer(event(requestContext=context), rides) == (500, expected)
    assert not rides


def test_an_event_without_a_context_is_refused() -> None:
    asked = event()
    del asked["requestContext"]
    assert answer(asked)[1]["Error"] == "Authorization not configured"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (None, "no body"),
        (7, "must be a string"),
        ({"PickupLocation": PICKUP}, "must be a string"),
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 5000, "The body"),  # too deep for some versions of Python, incomplete for others
        ('{"PickupLocation": ' + "9" * 5000 + "}", "too many digits"),
        ("\ud800", "not valid text"),
        ("null", "PickupLocation"),
        ("[]", "PickupLocation"),
        ("{}", "PickupLocation"),
        ('{"PickupLocation": null}', "PickupLocation"),
        ('{"PickupLocation": [1, 2]}', "PickupLocation"),
        ('{"PickupLocation": {}}', "no Latitude and no Longitude"),
        ('{"PickupLocation": {"Latitude": 1}}', "no Longitude"),
        ('{"PickupLocation": {"Latitude": null, "Longitude": 1}}', "no Latitude"),
        *(
            (f'{{"PickupLocation": {{"Latitude": {latitude}, "Longitude": 1}}}}', "latitude of PickupLocation must be")
            for latitude in ('"47.6"', "true", "NaN", "Infinity", "1e999", "90.1", "[1]", "[" * 900 + "]" * 900)
        ),
        *(
            (f'{{"PickupLocation": {{"Latitude": 1, "Longitude": {longitude}}}}}', "longitude of PickupLocation must")
            for longitude in ('"1"', "false", "-Infinity", "180.1", "{}")
        ),
        (json.dumps({"PickupLocation": PICKUP, "padding": "x" * 10240}), "too large"),
        (json.dumps({"PickupLocation": PICKUP, "padding": "é" * 5120}, ensure_ascii=False), "too large"),
    ],
)
def test_an_invalid_body_is_refused_with_a_reason(body: object, says: str) -> None:
    rides = Rides()
    status, said = answer(event() | {"body": body}, rides)
    assert status == 400
    assert says in said["Error"]
    assert said["Reference"] == "request-1"
    assert not rides


@pytest.mark.parametrize(("size", "status"), [(10_240, 201), (10_241, 400)])
def test_a_body_can_have_10_kibibytes(size: int, status: int) -> None:
    body = json.dumps({"PickupLocation": PICKUP}).ljust(size)
    assert answer(event() | {"body": body})[0] == status


def test_an_event_without_a_body_is_refused() -> None:
    asked = event()
    del asked["body"]
    assert answer(asked)[0] == 400


BASE64 = base64.b64encode(json.dumps({"PickupLocation": PICKUP}).encode()).decode()


@pytest.mark.parametrize("body", ["*", "e30", "é", "/w==", f"*{BASE64}"])
def test_a_body_that_is_not_base64_of_text_is_refused(body: str) -> None:
    assert answer(event(isBase64Encoded=True) | {"body": body})[0] == 400


def test_an_error_of_the_store_is_logged_but_not_shown_to_the_rider(capsys: pytest.CaptureFixture[str]) -> None:
    rides = Rides()
    rides.failure = ServiceError("cannot record: AccessDenied on arn:aws:dynamodb:us-east-1:123456789012:table/Rides")
    status, body = answer(event(), rides)
    assert (status, body["Reference"]) == (500, "request-1")
    assert not any(secret in body["Error"] for secret in ("arn:", "123456789012", "AccessDenied", "Rides"))
    logged = json.loads(capsys.readouterr().err)
    assert logged["RequestId"] == body["Reference"]
    assert "arn:aws:dynamodb:us-east-1:123456789012:table/Rides" in logged["Cause"]


@pytest.mark.parametrize("rider", ["ada", "ada\n{}", "😀\u2028\x1b[31m"])
def test_the_log_has_one_json_line_per_request_and_no_token(capsys: pytest.CaptureFixture[str], rider: str) -> None:
    rides = Rides()
    asked: dict[str, Any] = request_event(rider)
    for each in (asked, asked | {"body": f"{TOKEN}\n"}, asked | {"requestContext": TOKEN}):
        answer(each, rides)
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.err.splitlines()]
    assert [line["Status"] for line in lines] == [201, 400, 500]
    assert "not JSON" in lines[1]["Error"]
    assert lines[2]["Error"] == "Authorization not configured"
    assert lines[0] == {
        "Status": 201,
        "RequestId": "request-1",
        "RideId": rides[0].ride_id,
        "Latitude": 47.6174755835663,
        "Longitude": -122.28837066650185,
        "Unicorn": rides[0].unicorn.name,
    }
    assert TOKEN not in said.err + said.out
    assert "Authorization" not in said.err.replace("Authorization not configured", "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
BODIES = JSON | JSON.map(json.dumps) | JSON.map(lambda value: json.dumps({"PickupLocation": value}))
COORDINATES = st.fixed_dictionaries({}, optional={"Latitude": JSON, "Longitude": JSON})
EVENTS = JSON | st.fixed_dictionaries(
    {},
    optional={
        "body": BODIES | COORDINATES.map(lambda value: json.dumps({"PickupLocation": value})),
        "isBase64Encoded": JSON,
        "headers": JSON,
        "requestContext": JSON
        | st.fixed_dictionaries({"authorizer": JSON})
        | JSON.map(lambda name: {"authorizer": {"claims": {"cognito:username": name}}})
        | JSON.map(lambda name: {"authorizer": {"jwt": {"claims": {"cognito:username": name}}}}),
    },
)


@given(EVENTS)
def test_the_handler_never_raises(asked: object) -> None:
    assert answer(asked)[0] in (201, 400, 500)


@given(BODIES | COORDINATES.map(lambda value: json.dumps({"PickupLocation": value})))
def test_a_known_rider_gets_a_ride_or_status_400(body: object) -> None:
    rides = Rides()
    assert answer(event() | {"body": body}, rides)[0] == (201 if rides else 400)


def test_the_command_line_and_the_function_use_the_same_core(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "choose_unicorn", lambda _: Unicorn("Shadowfax", "Silver", "Male"))
    by_command = wildrydes("request", "--lat", "1", "--lon", "2", "--store", "local", "-o", "json").must().json
    assert (
        by_command["Unicorn"]
        == answer(event())[1]["Unicorn"]
        == {
            "Name": "Shadowfax",
            "Color": "Silver",
            "Gender": "Male",
        }
    )


def test_all_attempts_and_their_pauses_end_before_the_function_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the runtime's botocore does if nothing is set, and whatever the user's variables say."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_RETRY_MODE", "legacy")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    config = handler._store.__wrapped__()._table.client.meta.config
    retries = config.retries
    assert retries == {"mode": "standard", "total_max_attempts": 3}
    longest_pauses = sum(2**retry for retry in range(retries["total_max_attempts"] - 1))
    assert retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout) + longest_pauses < 10
