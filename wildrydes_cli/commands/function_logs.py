"""`wildrydes function logs`."""

import json
import re
import time
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wildrydes_cli.commands import progress
from wildrydes_cli.commands.function_options import FunctionName
from wildrydes_cli.connection import Connection, checked, connected
from wildrydes_cli.dispatch.errors import Invalid, UsageProblem
from wildrydes_cli.function import FUNCTION, function_command
from wildrydes_cli.output import waiting, write_json
from wildrydes_cli.streams import note, safe_json, visible

if TYPE_CHECKING:
    from wildrydes_cli.function.remote import LogEvent

SINCE_SECONDS = 600

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(text: str) -> int:
    """Return the seconds of a time such as `10m`. Raises `Invalid`."""
    if not (parts := re.fullmatch(r"([0-9]{1,6})([smhd])", text)):
        raise Invalid("time", text, "a time such as 30s, 10m, 2h or 1d")
    return int(parts[1]) * _SECONDS[parts[2]]


@connected
def function_logs(
    connection: Connection,
    since: Annotated[
        int | None,
        typer.Option(
            parser=checked(_duration), metavar="TIME", help="How far back: 30s, 10m, 2h, 1d.", show_default="10m"
        ),
    ] = None,
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
        raise UsageProblem("--follow has no end, and json is one value", hint="add -o jsonl")
    account = connection.account()
    from wildrydes_cli.aws import place
    from wildrydes_cli.function.remote import follow_log, log_events

    client = account.client("logs")
    progress(f"using the log of function {function_name} in {place(client)}")
    start = max(0, int((time.time() - (SINCE_SECONDS if since is None else since)) * 1000))
    with waiting(f"reading the log of {function_name}"):
        events = log_events(client, function_name, start)
    if events is None:
        deploy, invoke = (connection.command(*function_command(verb, function_name)) for verb in ("deploy", "invoke"))
        note(f"function {function_name} has no log yet: {deploy}, then {invoke} makes one")
    elif not events:
        longer = connection.command(*function_command("logs", function_name), "--since", "1d")
        note(f"function {function_name} logged nothing in that time; {longer} goes back a day")
    if output == "json":
        write_json([_object(event) for event in events or []])
        return
    for event in follow_log(client, function_name, start) if follow else events or []:
        _print(event, output)


def _print(event: "LogEvent", output: str) -> None:
    if output == "jsonl":
        print(safe_json(json.dumps(_object(event), ensure_ascii=False)), flush=True)
        return
    for line in event.message.rstrip().splitlines() or [""]:
        print(f"{event.time}\t{visible(line.expandtabs())}", flush=True)


def _object(event: "LogEvent") -> dict[str, str]:
    return {"Time": event.time, "Message": event.message, "LogStream": event.stream}
