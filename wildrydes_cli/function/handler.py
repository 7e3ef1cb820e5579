"""The Lambda function: takes an API Gateway proxy event, dispatches a unicorn, and returns a proxy response.

`respond` takes its store as an argument, so the same code runs on AWS, in tests and under `function invoke --local`.
Lambda loads this file. It imports only the core, the DynamoDB adapter and `aws`.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from wildrydes_cli.aws import Account
from wildrydes_cli.function import event as events
from wildrydes_cli.function.table import TABLE
from wildrydes_cli.rides.dispatch import Recorder, dispatch, response_body
from wildrydes_cli.rides.model import draw_ride_id
from wildrydes_cli.stores.dynamodb.rides import DynamoDBRides

# The function has 10 s. If the table does not answer, the function must still respond: a time-out would say nothing.
# So it tries three times, for 2 s each; between them, botocore waits for at most 1 s and 2 s. The settings are here,
# because a function that has no variables needs no key that decrypts them.
_SETTINGS = {"connect_timeout": 1, "read_timeout": 1, "retries": {"mode": "standard", "total_max_attempts": 3}}


@cache
def _store() -> DynamoDBRides:
    return DynamoDBRides(Account().client("dynamodb", **_SETTINGS), TABLE)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _store()  # once, while Lambda starts the function (AWS Lambda: "Best practices", initialize SDK clients outside)


def handler(event: object, context: Any) -> dict[str, Any]:
    """Answer an event on AWS. Lambda calls this with its own `context`."""
    return respond(event, context.aws_request_id, _store())


def _log(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def respond(event: object, request_id: str, store: Recorder, log: Callable[[str], None] = _log) -> dict[str, Any]:
    """Dispatch a unicorn as `event` asks, record the ride, and return the proxy response. Raises nothing.

    The response is the tutorial's: 201, or an error with `request_id` as its `Reference`. 400 means that the body is
    wrong, 500 that the authorizer is not configured or the store failed. For every request, one line of JSON is logged.
    It has the coordinates of the event, but never its headers.

    Args:
        event: A proxy event of a REST API, or of an HTTP API in payload format 2.0. The rider is the authorizer's
            user name. What the body says about a rider, a ride or a unicorn is ignored.
        request_id: Lambda's id of this invocation.
        store: Where to record the ride.
        log: Takes the line. It must not fail: the ride may be recorded already. The default writes it to stderr, which
            Lambda keeps as the function's log.
    """
    entry: dict[str, object] = {"RequestId": request_id}
    try:
        rider, pickup = events.rider(event), events.pickup(event)
        ride_id = draw_ride_id(os.urandom)
        entry |= {"RideId": ride_id, "Latitude": pickup.latitude, "Longitude": pickup.longitude}
        ride = dispatch(
            store, ride_id=ride_id, rider=rider, pickup=pickup, now=datetime.now(UTC), random_bytes=os.urandom
        ).ride
        status, body = 201, response_body(ride)
        entry["Unicorn"] = ride.unicorn.name
    except events.EventError as refusal:
        status, body = refusal.status, {"Error": str(refusal), "Reference": request_id}
        entry["Error"] = str(refusal)
    except Exception as error:
        # The store's message has ARNs and account numbers. It goes to the log, where `Reference` finds it.
        status, body = 500, {"Error": "The ride could not be recorded. Please try again", "Reference": request_id}
        entry |= {"Error": body["Error"], "Cause": f"{type(error).__name__}: {error}"}
    log(json.dumps({"Status": status, **entry}))
    return {"statusCode": status, "headers": {"Access-Control-Allow-Origin": "*"}, "body": json.dumps(body)}
