"""`wildrydes api invoke`."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import NEW_FUNCTION, SERVE, Format, Latitude, Longitude
from wildrydes_cli.connection import Connection, option_parser, takes_connection
from wildrydes_cli.deploy.names import Names, valid_username
from wildrydes_cli.errors import NotConfiguredError, WildrydesError
from wildrydes_cli.output.messages import announce, note
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_json, write_response
from wildrydes_cli.shapes import json_value

if TYPE_CHECKING:
    from wildrydes_cli.aws import Account
    from wildrydes_cli.aws_http import Response
    from wildrydes_cli.deploy.site import Site
    from wildrydes_cli.deploy.state import State

_MEANINGS = {
    401: "the authorizer refused the token",
    403: "the API has no such method, or what was changed is not deployed",
    404: "there is no such API",
    429: "there were too many requests at once",
    500: "the API may not invoke the function, or the function failed",
    502: "the function crashed, or its answer is not one for an API",
    504: "the function took longer than 29 seconds",
}
_FORBIDDEN = "the stage, a resource policy, a web ACL (WAF), an API key or a disabled endpoint refused the request"
"""What `Forbidden` can mean (AWS: "How do I troubleshoot HTTP 403 errors from API Gateway?")."""


@takes_connection
@takes_names
def api_invoke(
    connection: Connection,
    lat: Latitude = None,
    lon: Longitude = None,
    rider: Annotated[
        str,
        typer.Option(
            parser=option_parser(valid_username), metavar="NAME", help="Who rides: a user who does not exist yet."
        ),
    ] = "the_username",
    *,
    names: Names,
    output: Format = "table",
) -> None:
    """Request a ride through the REST API, as a signed-in user.

    Creates the user, signs in, sends the tutorial's request, and deletes the user. The user's token is not printed or
    stored. If the command is killed, the user may remain.

    \b
    Examples:
      wildrydes api invoke
      wildrydes api invoke --lat 47.6174 --lon -122.2884 --rider ada -o json
    """
    account = connection.account(instead=SERVE)
    from wildrydes_cli.deploy.guest import signed_in
    from wildrydes_cli.deploy.plan import find
    from wildrydes_cli.deploy.requests import post
    from wildrydes_cli.deploy.site import Site
    from wildrydes_cli.function.event import request_event

    site = Site(account, connection.table, names, announce)
    api, pool = site.api, site.pool
    with spinner("looking"):
        find(api, pool)
    for part in (api, pool):
        if not part.found:
            raise NotConfiguredError(
                f"{part.label} does not exist",
                hint="create it:",
                command=names.command("api", "deploy"),
                first=names.before("api", "deploy"),
            )
    with signed_in(pool, rider) as token:
        with spinner(f"requesting a ride through {api.label}"):
            response = post(api, token, request_event(None, lat, lon)["body"], announce)
        if output != "table":
            answer = {"statusCode": response.status, "headers": response.headers, "body": response.body}
            write_json(answer, output)
        else:
            write_response("the API answered", response.status, response.body)
    if not 200 <= response.status < 300:
        with spinner("looking for the cause"):
            raise _failure(response, account, site, names)
    if (named := _rider(response.body)) not in (None, rider):
        rides = connection.command("rides", "list", "--rider", str(named))
        note(f"the user pool gave {rider} the name {named}, under which the ride is recorded: {rides}")


def _rider(body: str) -> str | None:
    """Return whose ride the API's answer is, or None if it does not say that."""
    try:
        answer = json_value(body)
    except ValueError:
        return None
    rider = answer.get("Rider") if isinstance(answer, dict) else None
    return rider if isinstance(rider, str) else None


def _failure(response: "Response", account: "Account", site: "Site", names: Names) -> WildrydesError:
    """Return the error for an answer that is not a success. It names what `wildrydes status` calls broken."""
    meaning = _MEANINGS.get(response.status, "")
    failed = f"the API answered {response.status}{f': {meaning}' if meaning else ''}"
    if response.status == 429:
        return WildrydesError(failed, hint="try again in a moment")
    if response.status not in _MEANINGS:
        return WildrydesError(failed, hint="its answer says why")
    from wildrydes_cli.deploy.function import is_new
    from wildrydes_cli.deploy.state import next_command

    site, names = _with_the_function(site, names)
    states = _states(site, response.status)
    if found := {name: state for name, state in states.items() if state.state == "broken"}:
        causes = "; ".join(f"{name}: {state.reason}" for name, state in found.items())
        command = next_command(site.steps, states) or names.command("status")
        return WildrydesError(f"the API answered {response.status}: {causes}", hint="fix it:", command=command)
    if response.status == 403 and "Forbidden" in response.body:
        acl = (site.snapshot.stage or {}).get("webAclArn")
        failed = f"the API answered 403: {f'the web ACL {acl}, or ' if acl else ''}{_FORBIDDEN}"
    if response.status in (500, 502, 504) and "unknown" not in [state.state for state in states.values()]:
        wait = f"{NEW_FUNCTION}; if it goes on, " if response.status == 500 and is_new(account, names) else ""
        hint = f"{wait}its log has the cause:"
        return WildrydesError(failed, hint=hint, command=names.command("function", "logs"))
    return WildrydesError(failed, hint="look for what is wrong:", command=names.command("status"))


def _with_the_function(site: "Site", names: Names) -> tuple["Site", Names]:
    """Return the site with the function that the API calls, and its names. One that does not exist is a mistake."""
    from wildrydes_cli.deploy.plan import find
    from wildrydes_cli.deploy.resources import function_of

    with suppress(WildrydesError):  # all of this is only for a better message
        find(site.post)
    arn = function_of(site.post.found)
    named = names._replace(function=arn.split(":")[6]) if arn else names
    called = site.renamed(named)
    with suppress(WildrydesError):
        find(called.function)
        if called.function.found:
            return called, named
    return site, names


def _states(site: "Site", status: int) -> "dict[str, State]":
    """Return the states of the parts that can be the cause of an answer: of the API, or of what is behind it."""
    from wildrydes_cli.deploy.state import look

    behind = ("Table", *site.function_parts, "Post", "Permission")
    parts = behind if status >= 500 else site.api_parts
    try:
        return look({name: step for name, step in site.steps.items() if name in parts})
    except WildrydesError:
        return {}
