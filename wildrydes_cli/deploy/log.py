"""The function's log: its log group, and the events in it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_errors import not_the_service
from wildrydes_cli.deploy.calls import ABSENT, patiently
from wildrydes_cli.deploy.function import Function
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference
from wildrydes_cli.rides.model import timestamp

LATE_MILLISECONDS = 30_000
"""How late an event may come. Each read of the log starts that long before the newest event."""

_LOG_PAGE = {"events": [{"timestamp": int, "message": str, "logStreamName": str}]}


_REPEATS = 100
"""How many pages in a row may have no new event and a token that came before."""


class LogGroup:
    """The log of `function`. Lambda creates it, and creates it again if it delivers a late log."""

    def __init__(self, account: Account, function: Function, announce: Callable[[str], None]) -> None:
        self.found = False
        """Whether the log group exists."""
        self._function = function
        self._logs = account.client("logs")
        self._announce = announce
        self.needs = (function,)

    @property
    def name(self) -> str:
        """The name of the log group that the function logs to."""
        return self._function.log_group

    def find(self) -> None:
        """Ask CloudWatch for the log group."""
        action = f"look for log group {self.name}"
        pages = self._logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=self.name)
        listed = patiently(pages.build_full_result, action, answer={"logGroups": [{"logGroupName": str}]})
        self.found = self.name in [group["logGroupName"] for group in listed["logGroups"]]

    def look(self) -> Difference:
        """Say whether there is a log."""
        return UNCHANGED if self.found else MISSING

    @property
    def kept(self) -> str:
        """Why the log group stays when the function is deleted. Empty if it does not stay."""
        usual = self.name == self._function.usual_log_group
        return "" if usual else f"somebody chose it for function {self._function.name}, and others may log to it too"

    def remove(self) -> bool:
        """Remove the log group."""
        if not self.found:
            return False
        action = f"delete log group {self.name}"
        self._announce(action)
        # Others may be changing it (aws/aws-cdk#17546).
        delete, busy = self._logs.delete_log_group, ("OperationAbortedException",)
        return patiently(delete, action, absent=ABSENT, busy=busy, logGroupName=self.name) is not None


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


class Log:
    """The events of log group `group` from `since` (Unix milliseconds) on.

    `exists` says whether the last read found the log group.
    """

    def __init__(self, client: Any, group: str, since: int) -> None:
        self.exists = False
        self.group = group
        self._client = client
        self._since = since
        self._seen: set[LogEvent] = set()

    def new(self) -> Iterator[LogEvent]:
        """Yield the events that were not yielded before, oldest first, page by page.

        Lambda delivers some events late, so the last half minute is read again each time.

        CloudWatch may answer with the token that it was sent. Asking again with that token goes on
        (https://github.com/boto/boto3/issues/1584, https://github.com/aws/aws-cli/issues/3191).
        """
        action = f"read log group {self.group} in {aws.location(self._client)}"
        asked: dict[str, Any] = {"logGroupName": self.group, "startTime": self._since}
        before = self._seen
        tokens: set[str] = set()
        repeated: set[LogEvent] = set()
        """What came since the last new token."""
        repeats = 0
        while True:
            page = patiently(self._client.filter_log_events, action, answer=_LOG_PAGE, absent=ABSENT, **asked)
            self.exists = page is not None
            if page is None:
                return
            found = [
                LogEvent(event["timestamp"], event["message"], event["logStreamName"], event.get("eventId") or "")
                for event in page["events"]
            ]
            found.sort(key=lambda event: event.milliseconds)
            new = [event for event in found if event not in before and event not in repeated]
            yield from new
            newest = found[-1].milliseconds if found else 0
            self._since = max(self._since, newest - LATE_MILLISECONDS)
            self._seen = {event for event in self._seen.union(found) if event.milliseconds >= self._since}
            token = page.get("nextToken")
            if not token:
                return
            if token not in tokens:
                tokens.add(token)
                repeats, repeated = 0, set()
            elif new:
                repeats = 0
            elif (repeats := repeats + 1) == _REPEATS:
                raise not_the_service(action, "it sends the same page again and again")
            repeated.update(found)
            asked["nextToken"] = token
