"""`wildrydes delete`."""

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import SERVE, Format, Yes
from wildrydes_cli.commands.removing import ask_and_remove
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.output.messages import announce
from wildrydes_cli.output.progress import spinner


@takes_connection
@takes_names
def delete(
    connection: Connection,
    names: Names,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Delete everything from AWS, also the rides and the users.

    Says what there is, with the numbers of rides and users, and asks once. Says what stays, and why. Safe to repeat: it
    completes a deletion that was interrupted.

    \b
    Examples:
      wildrydes delete
      wildrydes delete --yes -o json
    """
    account = connection.account(instead=SERVE)
    from wildrydes_cli.deploy.plan import find
    from wildrydes_cli.deploy.removals import found, removals
    from wildrydes_cli.deploy.site import Site

    site = Site(account, connection.table, names, announce)
    with spinner("looking"):
        find(*found(site))
    ask_and_remove(removals(site), site.place, output, yes=yes)
