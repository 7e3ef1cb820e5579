"""A write lands but its reply is lost. The retry finds the tool's own ride, which is not an error."""

import json
from typing import Any

from tests.integration.engines import Faults
from tests.support.running import Cli
from wildrydes_cli.aws import Account
from wildrydes_cli.function.event import request_event
from wildrydes_cli.function.handler import respond
from wildrydes_cli.stores.dynamodb.rides import DynamoDBRides

REQUEST = ("request", "--lat", "1", "--lon", "2", "--rider", "ada", "-o", "json")
LOST_REPLY = {"service": "dynamodb", "operation": "PutItem", "times": 1, "response": {"abort_bytes": 1}}
ONLY_PUT_ITEM = [
    {"service": "dynamodb", "operation": operation, "error": {"code": "AccessDeniedException"}}
    for operation in ("GetItem", "Query", "Scan", "DescribeTable")
]


def rides(wildrydes: Cli) -> Any:
    return wildrydes("rides", "list", "--all", "--scan", "-o", "json").must().json


def test_the_tool_recognizes_its_own_ride(faults: Faults, wildrydes: Cli) -> None:
    faults.rules(LOST_REPLY)
    ended = wildrydes(*REQUEST).must()
    assert faults.fired() == ["PutItem"]
    assert ended.err == ""
    (ride,) = rides(wildrydes)
    assert (ride["RideId"], ride["Unicorn"]) == (ended.json["RideId"], ended.json["Unicorn"])


def test_a_repeated_request_whose_reply_is_lost_returns_the_same_ride(faults: Faults, wildrydes: Cli) -> None:
    first = wildrydes(*REQUEST, "--ride-id", "again").must().json
    faults.rules(LOST_REPLY)
    ended = wildrydes(*REQUEST, "--ride-id", "again").must()
    assert faults.fired() == ["PutItem"]
    assert "was already recorded" in ended.err
    assert ended.json == first
    assert len(rides(wildrydes)) == 1


def test_the_function_recognizes_its_own_ride_with_only_put_item_allowed(faults: Faults, wildrydes: Cli) -> None:
    faults.rules(LOST_REPLY, *ONLY_PUT_ITEM)
    answer = respond(request_event(), "request-1", DynamoDBRides(Account().client("dynamodb"), "Rides"))
    assert faults.fired() == ["PutItem"]
    faults.rules()
    assert answer["statusCode"] == 201
    (ride,) = rides(wildrydes)
    assert ride["RideId"] == json.loads(answer["body"])["RideId"]
