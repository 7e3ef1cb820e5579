"""`wildrydes api delete`."""

from contextlib import suppress
from typing import Annotated

import typer

from wildrydes_cli.commands.options import (
    API,
    FUNCTION,
    SERVE,
    USER_POOL,
    ApiName,
    Format,
    FunctionName,
    UserPoolName,
    Yes,
)
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.errors import WildrydesError, counted
from wildrydes_cli.output.messages import announce, confirm, note
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_removed


@takes_connection
def api_delete(
    connection: Connection,
    function_name: FunctionName = FUNCTION,
    api_name: ApiName = API,
    user_pool_name: UserPoolName = USER_POOL,
    users: Annotated[bool, typer.Option("--users", help="Also delete the user pool, with its users.")] = False,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Delete the REST API and the function's permission for it. The function, the table and the users stay.

    Safe to repeat.

    \b
    Examples:
      wildrydes api delete
      wildrydes api delete --users --yes -o json
    """
    account = connection.account(instead=SERVE)
    from wildrydes_cli.deploy.plan import find, remove
    from wildrydes_cli.deploy.site import Site

    names = Names.chosen(function=function_name, api=api_name, user_pool=user_pool_name)
    site = Site(account, connection.table, names, announce)
    api, pool = site.api, site.pool
    with spinner("looking"):
        # The permission is removed also if the function is gone, so the function is not looked for.
        find(site.resources, site.function_policy, *([pool] if users else []))
    # Several APIs of the name are an error. These are other resources of the one.
    others = f", which also has {', '.join(site.resources.others)}" if site.resources.others else ""
    who = ""
    if users and pool.found:
        pool.require_removable()
        count = pool.found.get("EstimatedNumberOfUsers")  # an estimate: 0 does not mean that there are none
        who = f", and {pool.label}" + (f" with about {counted(count, 'user')}" if count else "")
    confirm(f"delete {api.label}{others}{who}", yes=yes)
    with spinner(f"deleting {api.label}"):
        # The API goes first: if AWS refuses to delete it, it still works.
        removed = remove({"RestApi": api, "Permission": site.permission, "UserPool": pool if users else None})
    write_removed(removed, (api_name, f"to invoke function {function_name}", user_pool_name), output)
    if not users:
        with suppress(WildrydesError):  # all is done: that the pool can't be looked at is no failure
            find(pool)
        if pool.found:
            again = connection.command(*names.command("api", "delete", "--users"))
            note(f"{pool.label} stays. To delete it too, with its users: {again}")
