"""Proxy events of API Gateway: reads what one asks for, and builds the tutorial's test event."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from wildrydes_cli.errors import InvalidError
from wildrydes_cli.rides.model import Location, valid_rider

BODY_BYTES = 10 * 1024


class EventError(Exception):
    """No unicorn can be dispatched for the event. Carries the `status` and the message of the response."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def rider(event: object) -> str:
    """Return the user name in the authorizer's claims.

    A REST API puts the claims at `authorizer.claims`, an HTTP API (payload 2.0) at `authorizer.jwt.claims`.
    Raises `EventError` if the event has no valid user name.
    """
    rest = _inside(event, "requestContext", "authorizer", "claims", "cognito:username")
    http = _inside(event, "requestContext", "authorizer", "jwt", "claims", "cognito:username")
    try:
        return valid_rider(http if rest is None else rest)
    except InvalidError as error:
        raise EventError(500, "Authorization not configured") from error


def pickup(event: object) -> Location:
    """Return the `PickupLocation` in the event's body. Raises `EventError` if there is no valid one."""
    request = _parsed(_body(event))
    point = request.get("PickupLocation") if isinstance(request, dict) else None
    if not isinstance(point, dict):
        raise EventError(400, "The body must be a JSON object with a PickupLocation, an object")
    if missing := [name for name in ("Latitude", "Longitude") if point.get(name) is None]:
        raise EventError(400, f"PickupLocation has no {' and no '.join(missing)}")
    try:
        return Location(point["Latitude"], point["Longitude"])
    except InvalidError as error:
        raise EventError(400, f"The {error.what} of PickupLocation must be {error.allowed}") from error


def proxy_event(rider: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the event that a REST API makes of `POST /ride` by a rider who signed in.

    It has what the tutorial's test event has, and `isBase64Encoded` (AWS: "Input format of a Lambda function for proxy
    integration").
    """
    try:
        text, is_base64 = body.decode(), False
    except ValueError:
        text, is_base64 = base64.b64encode(body).decode(), True
    return {
        "path": "/ride",
        "httpMethod": "POST",
        "headers": dict(headers),
        "queryStringParameters": None,
        "pathParameters": None,
        "requestContext": {"authorizer": {"claims": {"cognito:username": rider}}},
        "body": text,
        "isBase64Encoded": is_base64,
    }


def request_event(
    rider: str | None = None, latitude: float | None = None, longitude: float | None = None
) -> dict[str, Any]:
    """Return the tutorial's `TestRequestEvent`, with the rider and the coordinates (degrees) that are given."""
    pickup = {
        "Latitude": 47.6174755835663 if latitude is None else latitude,
        "Longitude": -122.28837066650185 if longitude is None else longitude,
    }
    headers = {
        "Accept": "*/*",
        "Authorization": "eyJraWQiOiJLTzRVMWZs",
        "content-type": "application/json; charset=UTF-8",
    }
    body = json.dumps({"PickupLocation": pickup}).encode()
    return proxy_event("the_username" if rider is None else rider, body, headers)


def _body(event: object) -> bytes:
    """Return the request's body. In a proxy event it is a string, or base64 if it is binary."""
    body = _inside(event, "body")
    if body is None:
        raise EventError(400, "The request has no body")
    if not isinstance(body, str):
        raise EventError(400, "The body of the event must be a string that holds JSON")
    try:
        data = base64.b64decode(body, validate=True) if _inside(event, "isBase64Encoded") is True else body.encode()
    except ValueError as error:
        raise EventError(400, "The body is not valid text, or not valid base64") from error
    if len(data) > BODY_BYTES:
        raise EventError(400, f"The body is too large: the limit is {BODY_BYTES} bytes")
    return data


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body.decode())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise EventError(400, f"The body is not JSON: {error}") from error
    except (ValueError, RecursionError) as error:
        raise EventError(400, "The body has a number with too many digits, or is nested too deeply") from error


def _inside(value: object, *names: str) -> Any:
    """Return the value at a path of `names`, or None."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
