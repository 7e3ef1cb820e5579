"""`wildrydes function invoke`."""

import json
from typing import Annotated, Any

import typer

from wildrydes_cli.commands import announce, open_store
from wildrydes_cli.commands.function_options import FunctionName
from wildrydes_cli.commands.request import LATITUDE, LONGITUDE
from wildrydes_cli.connection import Connection, option_parser, takes_connection
from wildrydes_cli.errors import UsageError, WildrydesError
from wildrydes_cli.function import FUNCTION, function_command
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.results import Format, spinner, write_json, write_record
from wildrydes_cli.rides.model import valid_rider


@takes_connection
def function_invoke(
    connection: Connection,
    event: Annotated[
        typer.FileText | None,
        typer.Option(
            encoding="utf-8",
            metavar="FILE",
            help="The event, as JSON; - is stdin.",
            show_default="the tutorial's TestRequestEvent",
        ),
    ] = None,
    lat: Annotated[float | None, LATITUDE] = None,
    lon: Annotated[float | None, LONGITUDE] = None,
    rider: Annotated[
        str | None, typer.Option(parser=option_parser(valid_rider), metavar="NAME", help="Who rides.")
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="Run the handler here, on the store that is chosen.")] = False,
    function_name: FunctionName = FUNCTION,
    output: Format = "table",
) -> None:
    """Have the function answer a test event: it dispatches a unicorn, and records the ride.

    The rider and the pickup fill in the tutorial's event.

    \b
    Example:
      wildrydes function invoke
      wildrydes function invoke --lat 47.6174 --lon -122.2884 --rider ada
      wildrydes function invoke --local --event my_event.json -o json
    """
    from wildrydes_cli.function.event import request_event

    if event is None:
        asked = request_event(rider, lat, lon)
    elif (rider, lat, lon) == (None, None, None):
        asked = _read(event)
    else:
        raise UsageError("--lat, --lon and --rider fill in the test event", hint="leave them out, or --event")
    response = _run_locally(connection, asked) if local else _invoke_deployed(connection, function_name, asked, output)
    status = _show(response, output)
    if not 200 <= status < 300:
        failed = f"the function answered {status or 'no status'}, not a success"
        if local:
            raise WildrydesError(failed, hint="its answer says why, and its log line the cause")
        log = function_command("logs", function_name)
        raise WildrydesError(failed, hint="its answer says why, its log the cause:", command=log)


def _read(event: typer.FileText) -> Any:
    try:
        return json.load(event)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the event in {event.name} is not JSON: {error}", hint="an event is a JSON object") from error


def _run_locally(connection: Connection, event: Any) -> Any:
    from uuid import uuid4

    from wildrydes_cli.function.handler import respond

    with open_store(connection, say_embedded=True) as store:
        return respond(event, str(uuid4()), store)


def _invoke_deployed(connection: Connection, function: str, event: Any, output: str) -> Any:
    account = connection.account()
    from wildrydes_cli.aws import location
    from wildrydes_cli.deploy.remote import invoke, invoking_client

    client = invoking_client(account)
    announce(f"using function {function} in {location(client)}")
    with spinner(f"invoking {function}"):
        answer = invoke(client, function, event)
    if answer.crashed:
        if output == "json":
            write_json(answer.payload)
        for line in answer.log.splitlines():
            note(line)
        reason = answer.payload if isinstance(answer.payload, dict) else {}
        kind, message = reason.get("errorType", "crashed"), reason.get("errorMessage", answer.payload)
        raise WildrydesError(
            f"function {function} failed: {kind}: {message}",
            hint="the end of its log is above; all of it:",
            command=function_command("logs", function),
        )
    return answer.payload


def _show(response: Any, output: str) -> int:
    """Print the response, and return its status: 0 where it has none."""
    status = response.get("statusCode") if isinstance(response, dict) else None
    if output == "json" or not isinstance(status, int):
        write_json(response)
    else:
        write_record("the function answered", {"Status": status})
        write_json(_body(response.get("body")))
    return status if isinstance(status, int) else 0


def _body(body: Any) -> Any:
    try:
        return json.loads(body)
    except (ValueError, TypeError):
        return body
