"""`wildrydes api invoke`."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from wildrydes_cli.commands.options import (
    API,
    NEW_FUNCTION,
    SERVE,
    USER_POOL,
    ApiName,
    Format,
    Latitude,
    Longitude,
    UserPoolName,
    rider_parser,
)
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.errors import NotConfiguredError, RefusedError, WildrydesError
from wildrydes_cli.output.messages import announce
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_json, write_response

if TYPE_CHECKING:
    from wildrydes_cli.aws_http import Response

_MEANINGS = {
    401: "the authorizer refused the token",
    403: "the API has no such method, or what was changed is not deployed",
    404: "there is no such API",
    429: "there were too many requests at once",
    500: "the API may not invoke the function, or the function failed",
    502: "the function crashed, or its answer is not one for an API",
    504: "the function took longer than 29 seconds",
}


@takes_connection
def api_invoke(
    connection: Connection,
    lat: Latitude = None,
    lon: Longitude = None,
    rider: Annotated[
        str, typer.Option(parser=rider_parser, metavar="NAME", help="Who rides: a user who does not exist yet.")
    ] = "the_username",
    api_name: ApiName = API,
    user_pool_name: UserPoolName = USER_POOL,
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
    from wildrydes_cli.deploy.resources import function_of
    from wildrydes_cli.deploy.site import Site
    from wildrydes_cli.function.event import request_event

    names = Names.chosen(api=api_name, user_pool=user_pool_name)
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
        with suppress(RefusedError):  # this only looks for a better hint
            find(site.post)
        from wildrydes_cli.deploy.function import is_new

        arn = function_of(site.post.found)
        names = names._replace(function=arn.rpartition(":")[2] if arn else names.function)
        raise _failure(response, names, new=response.status == 500 and is_new(account, names))


def _failure(response: "Response", names: Names, *, new: bool) -> WildrydesError:
    """Return the error for an answer that is not a success. `new` says whether the function was just deployed."""
    meaning = _MEANINGS.get(response.status, "")
    if response.status == 403 and "Forbidden" in response.body:
        meaning = "the API has no such stage"
    failed = f"the API answered {response.status}{f': {meaning}' if meaning else ''}"
    if response.status == 429:
        return WildrydesError(failed, hint="try again in a moment")
    if response.status in (502, 504):
        return WildrydesError(failed, hint="its log has the cause:", command=names.command("function", "logs"))
    if response.status not in _MEANINGS:
        return WildrydesError(failed, hint="its answer says why")
    wait = f"{NEW_FUNCTION}; if it goes on, " if new else ""
    hint = f"{wait}look for what is wrong, and fix it:"
    return WildrydesError(failed, hint=hint, command=names.command("api", "deploy"))
