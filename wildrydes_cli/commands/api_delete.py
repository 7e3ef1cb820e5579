"""`wildrydes api delete`."""

from typing import Annotated

import typer

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import SERVE, Format, Yes
from wildrydes_cli.commands.removing import ask_and_remove
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.output.messages import announce, note
from wildrydes_cli.output.progress import spinner


@takes_connection
@takes_names
def api_delete(
    connection: Connection,
    names: Names,
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
    from wildrydes_cli.deploy.plan import Search
    from wildrydes_cli.deploy.removals import Removal, api_removals, pool_removal
    from wildrydes_cli.deploy.site import Site

    site = Site(account, connection.table, names, announce)
    pool = site.pool
    with spinner("looking"):
        # The permission is removed also if the function is gone, so the function is not looked for.
        search = Search([site.resources, site.function_policy, pool])
        search.require(site.resources)
        search.require(site.function_policy)
        if users:  # that a pool can't be looked at is no failure if it stays
            search.require(pool)
    page_delete = names.command("page", "delete") if site.domain.found and site.domain.is_ours else ()
    if users:
        pool.require_removable(page_delete)
    users_too = pool_removal(site) if users else Removal(f"user pool {pool.name}", None, exists=False)
    ask_and_remove({**api_removals(site), "UserPool": users_too}, site.place, output, yes=yes)
    if pool.found and not users:
        commands = (page_delete, names.command("api", "delete", "--users"))
        again = " && ".join(connection.command(*each) for each in commands if each)
        note(f"{pool.label} stays. To delete it too, with its users: {again}")
