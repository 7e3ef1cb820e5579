"""`wildrydes function logs`."""

import sys
import time
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wildrydes_cli.commands import announce
from wildrydes_cli.commands import options as filters
from wildrydes_cli.commands.function_options import FunctionName
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.errors import UsageError
from wildrydes_cli.function import FUNCTION, function_command
from wildrydes_cli.output.messages import note, visible
from wildrydes_cli.output.results import spinner, write_json

if TYPE_CHECKING:
    from wildrydes_cli.deploy.remote import LogEvent

POLL_SECONDS = 2


@takes_connection
def function_logs(
    connection: Connection,
    since: Annotated[
        str,
        typer.Option(
            parser=filters.since_parser, metavar="TIME", help=f"Only what was logged then or later: {filters.TIME}."
        ),
    ] = "10m",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes in, until Ctrl-C.")] = False,
    function_name: FunctionName = FUNCTION,
    output: Annotated[
        Literal["table", "json", "jsonl"],
        typer.Option("--output", "-o", envvar="WILDRYDES_OUTPUT", help="table is for people, the others for scripts."),
    ] = "table",
) -> None:
    """Show the function's log, oldest first.

    \b
    Example:
      wildrydes function logs
      wildrydes function logs --since 1h --follow
    """
    if follow and output == "json":
        raise UsageError("--follow has no end, and json is one value", hint="add -o jsonl")
    account = connection.account()
    from wildrydes_cli.aws import location
    from wildrydes_cli.deploy.remote import Log

    client = account.client("logs")
    announce(f"using the log of function {function_name} in {location(client)}")
    log = Log(client, function_name, max(0, round(datetime.fromisoformat(since).timestamp() * 1000)))
    events = log.new()
    with spinner(f"reading the log of {function_name}"):
        first = next(events, None)
    if not log.exists:
        deploy, invoke = (connection.command(*function_command(verb, function_name)) for verb in ("deploy", "invoke"))
        note(f"function {function_name} has no log yet: {deploy}, then {invoke} makes one")
    elif first is None:
        longer = connection.command(*function_command("logs", function_name), "--since", "1d")
        note(f"function {function_name} logged nothing in that time; {longer} goes back a day")
    events = chain([first] if first else [], events)
    if output == "json":
        write_json([_object(event) for event in events])
        return
    while True:
        for event in events:
            _print(event, output)
        if not follow:
            return
        time.sleep(POLL_SECONDS)
        events = log.new()


def _print(event: "LogEvent", output: str) -> None:
    if output == "jsonl":
        write_json(_object(event), lines=True)
    else:
        for line in event.message.rstrip().splitlines() or [""]:
            print(f"{event.time}\t{visible(line.expandtabs())}")
    sys.stdout.flush()


def _object(event: "LogEvent") -> dict[str, str]:
    return {"Time": event.time, "Message": event.message, "LogStream": event.stream}
