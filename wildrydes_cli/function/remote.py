"""What is asked of the deployed function: to answer an event, and what its log says."""

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.dispatch.errors import NotConfigured, WildrydesError
from wildrydes_cli.dispatch.model import timestamp
from wildrydes_cli.function import function_command, log_group

LATE_MILLISECONDS = 30_000
POLL_SECONDS = 2


class Answer(NamedTuple):
    """What the function answered: JSON; or, where it `crashed`, Lambda's word on why. And the tail of its log."""

    payload: Any
    crashed: bool
    log: str


class LogEvent(NamedTuple):
    """One event of the function's log: when, in Unix milliseconds, what, and which of its streams holds it.

    Some engines that speak AWS's protocols give no `event_id`, by which AWS tells two equal lines apart.
    """

    milliseconds: int
    message: str
    stream: str
    event_id: str

    @property
    def time(self) -> str:
        """When it was logged, in the form of a `RequestTime`."""
        return timestamp(datetime.fromtimestamp(self.milliseconds / 1000, UTC))


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


def invoking_client(account: Account) -> Any:
    """Return a client to invoke functions with: it waits for as long as they may take, and asks once."""
    # A second try would dispatch a second unicorn.
    return account.client("lambda", read_timeout=60, retries={"mode": "standard", "total_max_attempts": 1})


def invoke(client: Any, function: str, event: Any) -> Answer:
    """Have the deployed function answer `event`. Raises `NotConfigured` where there is no such function."""
    doing = f"invoke function {function} in {aws.place(client)}"
    known = {
        "ResourceNotFoundException": NotConfigured(
            f"cannot {doing}: there is no such function",
            hint="make it:",
            command=function_command("deploy", function),
        ),
        # Its variables are encrypted for one role, and the role was deleted and made again under its name.
        "KMSAccessDeniedException": WildrydesError(
            f"cannot {doing}: its role may no longer decrypt its environment",
            hint="delete the function (and its role: --role-name, if it has one of its own), and deploy it anew:",
            command=function_command("delete", function),
        ),
    }
    answer = aws.call(
        client.invoke, doing, known=known, FunctionName=function, LogType="Tail", Payload=json.dumps(event)
    )
    text = aws.call(answer["Payload"].read, doing).decode()
    log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
    return Answer(json.loads(text or "null"), "FunctionError" in answer, log)


def log_events(client: Any, function: str, since: int) -> list[LogEvent] | None:
    """Return what `function` logged since `since` (Unix milliseconds), oldest first; None where it has no log yet."""
    doing = f"read the log of function {function} in {aws.place(client)}"
    pages = client.get_paginator("filter_log_events").paginate(logGroupName=log_group(function), startTime=since)
    found = aws.call(pages.build_full_result, doing, expected=("ResourceNotFoundException",))
    if "Error" in found:
        return None
    events = [
        LogEvent(each["timestamp"], each["message"], each["logStreamName"], each.get("eventId", ""))
        for each in found.get("events", [])
    ]
    return sorted(events, key=lambda event: event.milliseconds)


def follow_log(client: Any, function: str, since: int) -> Iterator[LogEvent]:
    """Give what `function` logs from `since` on, as it comes, without end.

    What is delivered late is older than what was read before: the last half minute is read again and again.
    """
    seen: set[LogEvent] = set()
    while True:
        events = log_events(client, function, since) or []
        yield from (event for event in events if event not in seen)
        if events:
            seen = set(events)
            since = max(since, events[-1].milliseconds - LATE_MILLISECONDS)
        time.sleep(POLL_SECONDS)
