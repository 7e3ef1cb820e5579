"""The test event of the tutorial."""

import json
from pathlib import Path
from typing import Any


def request_event(rider: str | None = None, latitude: float | None = None, longitude: float | None = None) -> Any:
    """Return the tutorial's `TestRequestEvent`, with what is given filled in."""
    event = json.loads(Path(__file__).with_name("test_event.json").read_bytes())
    body = json.loads(event["body"])
    given = {"Latitude": latitude, "Longitude": longitude}
    body["PickupLocation"] |= {name: degrees for name, degrees in given.items() if degrees is not None}
    event["body"] = json.dumps(body)
    if rider is not None:
        event["requestContext"]["authorizer"]["claims"]["cognito:username"] = rider
    return event
