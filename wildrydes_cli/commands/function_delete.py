"""`wildrydes function delete`."""

from wildrydes_cli.commands.options import FUNCTION, INVOKE_LOCALLY, ROLE, Format, FunctionName, RoleName, Yes
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.output.messages import announce, confirm, note
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_removed


@takes_connection
def function_delete(
    connection: Connection,
    function_name: FunctionName = FUNCTION,
    role_name: RoleName = ROLE,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Delete the function, its role and its log. The table and its rides stay.

    The role stays unless it is as function deploy made it for this table and region, and no other function in the
    region runs with it. Safe to repeat.

    \b
    Examples:
      wildrydes function delete
      wildrydes function delete --yes -o json
    """
    account = connection.account(instead=INVOKE_LOCALLY)
    from wildrydes_cli.deploy.plan import find, remove
    from wildrydes_cli.deploy.site import Site

    site = Site(account, connection.table, Names(function=function_name, role=role_name), announce)
    function, role, log = site.function, site.role_removal, site.log_group
    with spinner("looking"):
        find(function, role, log)
    found = {
        function.label: function.found,
        f"role {role_name}": site.role.found and not role.kept,
        f"log group {log.name}": log.found and not log.kept,
    }
    for what, kept in ((f"role {role_name}", role.kept), (f"log group {log.name}", log.kept)):
        if kept:
            note(f"{what} stays: {kept}")
    if deleted := [what for what, exists in found.items() if exists]:
        confirm(f"delete {' and '.join(filter(None, [', '.join(deleted[:-1]), deleted[-1]]))}", yes=yes)
    removed = remove({"Function": function, "Role": None if role.kept else role, "LogGroup": None if log.kept else log})
    write_removed(removed, (function_name, role_name, log.name), output)
