"""The Lambda function: an API Gateway proxy event in, a proxy response out, and in between the core's `dispatch`.

`respond` takes its store as an argument, so that the same lines run on AWS, in a test and under `invoke --local`.
This file is what Lambda loads: it imports nothing but the core, the DynamoDB adapter and `aws`.
"""

import base64
import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from wildrydes_cli.aws import Account
from wildrydes_cli.errors import InvalidError
from wildrydes_cli.function import TABLE_VARIABLE
from wildrydes_cli.rides.dispatch import Recorder, dispatch, response_body
from wildrydes_cli.rides.model import Location, draw_ride_id, valid_rider
from wildrydes_cli.stores.dynamodb.rides import DynamoDBRides

BODY_BYTES = 10 * 1024

# The function has 10 s, and three tries: a table that does not answer is to end in a response, not in a time-out that
# says nothing.
_PATIENCE = {"connect_timeout": 1, "read_timeout": 2}


class _RefusedError(Exception):
    """The request cannot be served: the `status` and the message of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@cache
def _store() -> DynamoDBRides:
    client = Account().client("dynamodb", **_PATIENCE)
    return DynamoDBRides(client, os.environ.get(TABLE_VARIABLE, "Rides"))


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _store()  # once, while Lambda starts the function: AWS Lambda's "Best practices" (initialize SDK clients outside)


def handler(event: object, context: Any) -> dict[str, Any]:
    """Answer an event on AWS. Lambda calls it; `context` is Lambda's."""
    return respond(event, context.aws_request_id, _store())


def respond(event: object, request_id: str, store: Recorder) -> dict[str, Any]:
    """Dispatch a unicorn as `event` asks, record the ride in `store`, and return the proxy response.

    `event` is an API Gateway proxy event of a REST API, or of an HTTP API in payload format 2.0. The rider is who the
    authorizer says, and what the body says of a rider, a ride or a unicorn counts for nothing. The answer is the
    tutorial's, 201; or an error with `request_id` as its `Reference`: 400 where the body is wrong, 500 where the
    authorizer is not configured or the store fails. It raises nothing. One line of JSON on stderr, which Lambda keeps
    as the function's log, tells of every request; of an event it holds the coordinates, and never the headers.
    """
    entry: dict[str, object] = {"RequestId": request_id}
    try:
        rider, pickup = _rider(event), _pickup(event)
        ride_id = draw_ride_id(os.urandom)
        entry |= {"RideId": ride_id, "Latitude": pickup.latitude, "Longitude": pickup.longitude}
        ride = dispatch(
            store, ride_id=ride_id, rider=rider, pickup=pickup, now=datetime.now(UTC), random_bytes=os.urandom
        ).ride
        status, body = 201, response_body(ride)
        entry["Unicorn"] = ride.unicorn.name
    except _RefusedError as refusal:
        status, body = refusal.status, {"Error": str(refusal), "Reference": request_id}
        entry["Error"] = str(refusal)
    except Exception as error:
        # What the store says holds ARNs and account numbers: it is for the log, where `Reference` finds it.
        status, body = 500, {"Error": "The ride could not be recorded. Please try again", "Reference": request_id}
        entry |= {"Error": body["Error"], "Cause": f"{type(error).__name__}: {error}"}
    sys.stderr.write(json.dumps({"Status": status, **entry}) + "\n")
    return {"statusCode": status, "headers": {"Access-Control-Allow-Origin": "*"}, "body": json.dumps(body)}


def _rider(event: object) -> str:
    """Return the username that the authorizer vouches for."""
    rest = _inside(event, "requestContext", "authorizer", "claims", "cognito:username")
    http = _inside(event, "requestContext", "authorizer", "jwt", "claims", "cognito:username")
    try:
        return valid_rider(http if rest is None else rest)
    except InvalidError as error:
        raise _RefusedError(500, "Authorization not configured") from error


def _pickup(event: object) -> Location:
    """Return the pickup that the body asks for."""
    request = _parsed(_body(event))
    pickup = request.get("PickupLocation") if isinstance(request, dict) else None
    if not isinstance(pickup, dict):
        raise _RefusedError(400, "The body must be a JSON object with a PickupLocation, an object")
    if absent := [name for name in ("Latitude", "Longitude") if pickup.get(name) is None]:
        raise _RefusedError(400, f"PickupLocation has no {' and no '.join(absent)}")
    try:
        return Location(pickup["Latitude"], pickup["Longitude"])
    except InvalidError as error:
        raise _RefusedError(400, f"The {error.what} of PickupLocation must be {error.allowed}") from error


def _body(event: object) -> bytes:
    """Return the request's body, which a proxy event holds as a text, and what is binary in base64."""
    body = _inside(event, "body")
    if body is None:
        raise _RefusedError(400, "The request has no body")
    if not isinstance(body, str):
        raise _RefusedError(400, "The body of the event must be a string that holds JSON")
    try:
        data = base64.b64decode(body, validate=True) if _inside(event, "isBase64Encoded") is True else body.encode()
    except ValueError as error:
        raise _RefusedError(400, "The body is not valid text, or not valid base64") from error
    if len(data) > BODY_BYTES:
        raise _RefusedError(400, f"The body is too large: it may have {BODY_BYTES} bytes")
    return data


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError) as error:  # also numbers of too many digits, and nesting without end
        raise _RefusedError(400, f"The body is not JSON: {error}") from error


def _inside(value: object, *names: str) -> Any:
    """Return what is under `names`, one inside the other, or None."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
