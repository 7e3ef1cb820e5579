"""`wildrydes page delete`."""

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import SERVE, Format, Yes
from wildrydes_cli.commands.removing import ask_and_remove
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.output.messages import announce
from wildrydes_cli.output.progress import spinner


@takes_connection
@takes_names
def page_delete(
    connection: Connection,
    names: Names,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Delete the hosted page, its app client and its sign-in pages. The API and the users stay.

    Safe to repeat. An app or a sign-in domain that was made by hand stays. If another page uses the app client and the
    sign-in domain, they stay too.

    \b
    Examples:
      wildrydes page delete
      wildrydes page delete --yes -o json
    """
    account = connection.account(instead=SERVE)
    from wildrydes_cli.deploy.plan import find
    from wildrydes_cli.deploy.removals import page_removals
    from wildrydes_cli.deploy.site import Site

    site = Site(account, connection.table, names, announce)
    with spinner("looking"):
        find(site.app_removal, site.local_client, site.domain)
    ask_and_remove(page_removals(site), site.place, output, yes=yes)
