"""`wildrydes function logs`."""

from datetime import datetime
from itertools import chain
from typing import Annotated

import typer

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import FOLLOW_SECONDS, INVOKE_LOCALLY, TIME, Format, line_by_line, since_parser
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.errors import RefusedError, ServiceError
from wildrydes_cli.output.messages import announce, note
from wildrydes_cli.output.progress import pause, spinner
from wildrydes_cli.output.results import write_log


@takes_connection
@takes_names
def function_logs(
    connection: Connection,
    since: Annotated[
        str,
        typer.Option(parser=since_parser, metavar="TIME", help=f"Only what was logged at this time or later: {TIME}."),
    ] = "10m",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep printing new lines until Ctrl-C.")] = False,
    *,
    names: Names,
    output: Format = "table",
) -> None:
    """Print the function's log, oldest first.

    With --follow, json is one line for each event, like jsonl.

    \b
    Examples:
      wildrydes function logs
      wildrydes function logs --since 1h --follow
    """
    account = connection.account(instead=INVOKE_LOCALLY)
    from wildrydes_cli.aws import location
    from wildrydes_cli.deploy.log import Log
    from wildrydes_cli.deploy.plan import find
    from wildrydes_cli.deploy.site import Site

    function = Site(account, connection.table, names).function
    client = account.client("logs")
    refused = None
    with spinner(f"looking at {names.function}"):
        try:
            find(function)
        except RefusedError as error:  # reading a log needs no permission to look at the function
            refused = error
    announce(f"using log group {function.log_group} in {location(client)}")
    log = Log(client, function.log_group, max(0, round(datetime.fromisoformat(since).timestamp() * 1000)))
    events = log.new()
    with spinner(f"reading the log of {names.function}"):
        first = next(events, None)
    if not log.exists and refused:
        note(f"log group {log.group} does not exist; if the function has another, it is not known: {refused.message}")
    elif not log.exists:
        _ = function.arn  # it must exist
        invoke = connection.command(*names.command("function", "invoke"))
        note(f"function {names.function} has no log yet. To create one: {invoke}")
    elif first is None:
        longer = connection.command(*names.command("function", "logs", "--since", "1d"))
        note(f"function {names.function} logged nothing in that time. To go back a day: {longer}")
    events = chain([first] if first else [], events)
    form = line_by_line(output) if follow else output
    while True:
        try:
            write_log(((event.time, event.message, event.stream) for event in events), form)
        except ServiceError as error:
            if not follow or isinstance(error, RefusedError):
                raise
            note(f"{error.message}; trying again")  # the next poll reads what this one missed
        if not follow:
            return
        pause(FOLLOW_SECONDS)
        events = log.new()
