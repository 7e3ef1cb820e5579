"""`wildrydes function delete`."""

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import INVOKE_LOCALLY, Format, Yes
from wildrydes_cli.commands.removing import ask_and_remove
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.output.messages import announce
from wildrydes_cli.output.progress import spinner


@takes_connection
@takes_names
def function_delete(
    connection: Connection,
    names: Names,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Delete the function, its role and its log. The table and its rides stay.

    The role goes with all its policies. But it stays unless its trust policy and its DynamoDBWriteAccess are as
    function deploy makes them, for this table and region, and no other function in the region runs with it. A role
    that --use-role names stays, and a log group that somebody chose for the function. Safe to repeat.

    \b
    Examples:
      wildrydes function delete
      wildrydes function delete --yes -o json
    """
    account = connection.account(instead=INVOKE_LOCALLY)
    from wildrydes_cli.deploy.plan import find
    from wildrydes_cli.deploy.removals import function_removals
    from wildrydes_cli.deploy.site import Site

    site = Site(account, connection.table, names, announce)
    with spinner("looking"):
        find(site.function, site.role_removal, site.log_group)
    ask_and_remove(function_removals(site), site.place, output, yes=yes)
