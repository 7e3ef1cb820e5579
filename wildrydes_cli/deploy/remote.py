"""Invokes the deployed function, and reads its log."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_errors import NoAnswerError
from wildrydes_cli.deploy import ABSENT, function_command, log_group
from wildrydes_cli.errors import InterruptError, NotConfiguredError, ServiceError, WildrydesError
from wildrydes_cli.rides.model import timestamp
from wildrydes_cli.shapes import fits, json_value

LATE_MILLISECONDS = 30_000

_LAST_MILLISECOND = 253_402_300_799_999  # of the year 9999
_LOG_PAGE = {
    "events": [
        {
            "timestamp": lambda time: fits(time, int) and 0 <= time <= _LAST_MILLISECOND,
            "message": str,
            "logStreamName": str,
            "eventId?": str,
        }
    ],
    "nextToken?": str,
}


class Answer(NamedTuple):
    """What the function answered, as JSON, and the end of its log. If it `crashed`, the answer is Lambda's reason."""

    payload: Any
    crashed: bool
    log: str


class LogEvent(NamedTuple):
    """One event of the function's log: its time in Unix milliseconds, its message, and its log stream.

    `event_id` tells apart two equal lines. Some AWS-compatible engines leave it empty.
    """

    milliseconds: int
    message: str
    stream: str
    event_id: str

    @property
    def time(self) -> str:
        """The time in the form of a `RequestTime`."""
        return timestamp(datetime.fromtimestamp(self.milliseconds / 1000, UTC))


def invoking_client(account: Account) -> Any:
    """Return a client for invoking functions. It waits as long as our functions may take, and sends one request."""
    # A second try would dispatch a second unicorn.
    return account.client("lambda", read_timeout=60, **aws.ONE_TRY)


def invoke(client: Any, function: str, event: Any) -> Answer:
    """Have the deployed function answer `event`.

    Args:
        client: A client from `invoking_client`.
        function: The name of the function.
        event: The event, as JSON.

    Raises:
        NotConfiguredError: There is no such function.
        ServiceError: Lambda refused or failed. If no answer came, the message says that the function may have run.
        InterruptError: Ctrl-C.
    """
    action = f"invoke function {function} in {aws.location(client)}"
    known = {
        "ResourceNotFoundException": NotConfiguredError(
            f"cannot {action}: the function does not exist",
            hint="create it:",
            command=function_command("deploy", function),
        ),
        # Its variables are encrypted for one role, and that role was deleted and created again.
        "KMSAccessDeniedException": WildrydesError(
            f"cannot {action}: its role can no longer decrypt its environment",
            hint="delete the function (and its role: --role-name, if it has its own), then deploy it again:",
            command=function_command("delete", function),
        ),
    }
    may_have_run = f"function {function} may have run, and recorded a ride"
    hint, command = "look before you try again:", ("rides", "list")
    try:
        answer = aws.call(
            client.invoke,
            action,
            answer={"Payload": lambda body: hasattr(body, "read"), "LogResult?": str},
            known=known,
            FunctionName=function,
            LogType="Tail",
            Payload=json.dumps(event),
        )
        text = aws.call(answer["Payload"].read, action).decode(errors="replace")
    except NoAnswerError as error:
        raise ServiceError(f"{error.message}; {may_have_run}", hint=hint, command=command) from error
    except KeyboardInterrupt as error:
        raise InterruptError(f"interrupted; {may_have_run}", error, hint=hint, command=command) from error
    return Answer(_json_or_text(text), bool(answer.get("FunctionError")), _decoded(answer.get("LogResult") or ""))


def _json_or_text(text: str) -> Any:
    try:
        return json_value(text or "null")
    except ValueError:  # a function with a runtime of its own can answer anything
        return text


def _decoded(log: str) -> str:
    try:
        return base64.b64decode(log).decode(errors="replace")
    except ValueError:
        return ""


class Log:
    """The log of `function` from `since` (Unix milliseconds) on. `exists` says whether the last read found a log."""

    def __init__(self, client: Any, function: str, since: int) -> None:
        self.exists = False
        self._client = client
        self._function = function
        self._since = since
        self._seen: set[LogEvent] = set()

    def new(self) -> Iterator[LogEvent]:
        """Yield the events that were not yielded before, oldest first, page by page.

        Lambda delivers some events late, so the last half minute is read again each time.
        """
        action = f"read the log of function {self._function} in {aws.location(self._client)}"
        asked: dict[str, Any] = {"logGroupName": log_group(self._function), "startTime": self._since}
        pages = aws.Pages(action)
        before = self._seen
        while True:
            page = aws.call(self._client.filter_log_events, action, answer=_LOG_PAGE, expected=ABSENT, **asked)
            self.exists = "Error" not in page
            found = [
                LogEvent(event["timestamp"], event["message"], event["logStreamName"], event.get("eventId") or "")
                for event in page.get("events", ())
            ]
            found.sort(key=lambda event: event.milliseconds)
            yield from (event for event in found if event not in before)
            newest = found[-1].milliseconds if found else 0
            self._since = max(self._since, newest - LATE_MILLISECONDS)
            self._seen = {event for event in self._seen.union(found) if event.milliseconds >= self._since}
            if not page.get("nextToken"):
                return
            asked["nextToken"] = pages.next(page["nextToken"])
