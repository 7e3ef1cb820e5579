"""What is asked of the deployed function: to answer an event, and what its log says."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.errors import NotConfiguredError, WildrydesError
from wildrydes_cli.function import ABSENT, function_command, log_group
from wildrydes_cli.rides.model import timestamp

LATE_MILLISECONDS = 30_000


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


def invoking_client(account: Account) -> Any:
    """Return a client to invoke functions with: it waits for as long as they may take, and asks once."""
    # A second try would dispatch a second unicorn.
    return account.client("lambda", read_timeout=60, retries={"mode": "standard", "total_max_attempts": 1})


def invoke(client: Any, function: str, event: Any) -> Answer:
    """Have the deployed function answer `event`. Raises `NotConfiguredError` where there is no such function."""
    action = f"invoke function {function} in {aws.location(client)}"
    known = {
        "ResourceNotFoundException": NotConfiguredError(
            f"cannot {action}: there is no such function",
            hint="make it:",
            command=function_command("deploy", function),
        ),
        # Its variables are encrypted for one role, and the role was deleted and made again under its name.
        "KMSAccessDeniedException": WildrydesError(
            f"cannot {action}: its role may no longer decrypt its environment",
            hint="delete the function (and its role: --role-name, if it has one of its own), and deploy it anew:",
            command=function_command("delete", function),
        ),
    }
    answer = aws.call(
        client.invoke, action, known=known, FunctionName=function, LogType="Tail", Payload=json.dumps(event)
    )
    text = aws.call(answer["Payload"].read, action).decode()
    log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
    return Answer(json.loads(text or "null"), "FunctionError" in answer, log)


class Log:
    """The log of `function` from `since` (Unix milliseconds) on. `exists` says whether there was one when last read."""

    def __init__(self, client: Any, function: str, since: int) -> None:
        self.exists = False
        self._client = client
        self._function = function
        self._since = since
        self._seen: set[LogEvent] = set()

    def new(self) -> Iterator[LogEvent]:
        """Give what it has not given before, oldest first, each page of it before the next is read.

        What is delivered late is older than what was read before: the last half minute is read again each time.
        """
        action = f"read the log of function {self._function} in {aws.location(self._client)}"
        asked: dict[str, Any] = {"logGroupName": log_group(self._function), "startTime": self._since}
        before = self._seen
        while True:
            page = aws.call(self._client.filter_log_events, action, expected=ABSENT, **asked)
            self.exists = "Error" not in page
            found = [
                LogEvent(each["timestamp"], each["message"], each["logStreamName"], each.get("eventId", ""))
                for each in page.get("events", ())
            ]
            found.sort(key=lambda event: event.milliseconds)
            yield from (event for event in found if event not in before)
            newest = found[-1].milliseconds if found else 0
            self._since = max(self._since, newest - LATE_MILLISECONDS)
            self._seen = {event for event in self._seen.union(found) if event.milliseconds >= self._since}
            if not page.get("nextToken"):
                return
            asked["nextToken"] = page["nextToken"]
