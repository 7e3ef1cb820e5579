"""`wildrydes function invoke`."""

from typing import Annotated, Any

import typer

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import INVOKE_LOCALLY, NEW_FUNCTION, Format, Latitude, Longitude, rider_parser
from wildrydes_cli.connection import Connection, open_store, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.errors import UsageError, WildrydesError
from wildrydes_cli.output.messages import announce, note
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_json, write_response
from wildrydes_cli.shapes import json_value


@takes_connection
@takes_names
def function_invoke(
    connection: Connection,
    event: Annotated[
        typer.FileText | None,
        typer.Option(
            encoding="utf-8",
            metavar="FILE",
            help="The event, as JSON. - is stdin.",
            show_default="the tutorial's TestRequestEvent",
        ),
    ] = None,
    lat: Latitude = None,
    lon: Longitude = None,
    rider: Annotated[str | None, typer.Option(parser=rider_parser, metavar="NAME", help="Who rides.")] = None,
    local: Annotated[bool, typer.Option("--local", help="Run the handler here, on the chosen store.")] = False,
    *,
    names: Names,
    output: Format = "table",
) -> None:
    """Send the function a test event. It dispatches a unicorn and records the ride.

    --lat, --lon and --rider change the tutorial's event.

    \b
    Examples:
      wildrydes function invoke
      wildrydes function invoke --lat 47.6174 --lon -122.2884 --rider ada
      wildrydes function invoke --local --event my_event.json -o json
    """
    from wildrydes_cli.function.event import request_event

    if event is None:
        sent = request_event(rider, lat, lon)
    elif (rider, lat, lon) == (None, None, None):
        sent = _read(event)
    else:
        raise UsageError("--lat, --lon and --rider change the test event", hint="leave them out, or leave out --event")
    response = _run_locally(connection, sent) if local else _invoke_deployed(connection, names, sent, output)
    status = _show(response, output)
    if not 200 <= status < 300:
        failed = f"the function answered {status or 'no status'}, not a success"
        if local:
            raise WildrydesError(failed, hint="its answer says why, its log line above has the cause")
        from wildrydes_cli.deploy.function import is_new

        log = names.command("function", "logs")
        new = status == 500 and is_new(connection.account(instead=INVOKE_LOCALLY), names)
        wait = f"{NEW_FUNCTION}; if it goes on, " if new else ""
        raise WildrydesError(failed, hint=f"{wait}its answer says why, its log has the cause:", command=log)


def _read(event: typer.FileText) -> Any:
    try:
        return json_value(event.read())
    except OSError as error:
        raise UsageError(f"cannot read {event.name}: {error.strerror}", hint="--event takes a file, or -") from error
    except ValueError as error:
        raise UsageError(f"the event in {event.name} is not JSON: {error}", hint="an event is a JSON object") from error


def _run_locally(connection: Connection, event: Any) -> Any:
    from uuid import uuid4

    from wildrydes_cli.function.handler import respond

    with open_store(connection, say_embedded=True) as store:
        return respond(event, str(uuid4()), store, note)


def _invoke_deployed(connection: Connection, names: Names, event: Any, output: str) -> Any:
    account = connection.account(instead=INVOKE_LOCALLY)
    from wildrydes_cli.aws import location
    from wildrydes_cli.deploy.invocation import invoke, invoking_client

    function, client = names.function, invoking_client(account)
    announce(f"using function {function} in {location(client)}")
    with spinner(f"invoking {function}"):
        answer = invoke(client, names, event)
    if answer.crashed:
        if output != "table":
            write_json(answer.payload, output)
        for line in answer.log.splitlines():
            note(line)
        reason = answer.payload if isinstance(answer.payload, dict) else {}
        kind, message = reason.get("errorType", "crashed"), reason.get("errorMessage", answer.payload)
        raise WildrydesError(
            f"function {function} failed: {kind}: {message}",
            hint="the end of its log is above; to see all of it:" if answer.log else "to see its log:",
            command=names.command("function", "logs"),
        )
    return answer.payload


def _show(response: Any, output: str) -> int:
    """Print the response, and return its status, or 0 if it has none."""
    status = response.get("statusCode") if isinstance(response, dict) else None
    if output != "table" or not isinstance(status, int):
        write_json(response, output)
    else:
        write_response("the function answered", status, response.get("body"))
    return status if isinstance(status, int) else 0
