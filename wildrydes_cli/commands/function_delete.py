"""`wildrydes function delete`."""

from typing import Annotated

from wildrydes_cli.commands.options import FUNCTION, INVOKE_LOCALLY, ROLE, Format, FunctionName, Yes, name_option
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names, valid_name
from wildrydes_cli.output.messages import announce, confirm, note
from wildrydes_cli.output.results import write_removed


@takes_connection
def function_delete(
    connection: Connection,
    function_name: FunctionName = FUNCTION,
    role_name: Annotated[
        str | None,
        name_option(
            "role",
            "The name of the function's role.",
            valid_name,
            show_default=f"{ROLE} for {FUNCTION}, else no role",
        ),
    ] = None,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Delete the function, its role and its log. The table and its rides stay.

    Safe to repeat. The role stays if another function in the region runs with it. If the function is not
    RequestUnicorn, its role stays unless --role-name or WILDRYDES_ROLE_NAME names it.

    \b
    Examples:
      wildrydes function delete
      wildrydes function delete --yes -o json
    """
    account = connection.account(instead=INVOKE_LOCALLY)
    from wildrydes_cli.deploy.plan import remove
    from wildrydes_cli.deploy.site import Site

    role_name = role_name or (ROLE if function_name == FUNCTION else None)
    names = Names(function=function_name, role=role_name or ROLE)
    site = Site(account, connection.table, names, announce)
    function, role, log = site.function, site.role, site.log_group
    others = function.others_with(role.name) if role_name else []
    if others:
        note(f"role {role.name} stays: {', '.join(others)} {'runs' if len(others) == 1 else 'run'} with it")
    with_role = role_name is not None and not others
    named = f", role {role.name}" if with_role else ""
    confirm(f"delete {function.label}{named} and log group {log.name}", yes=yes)
    removed = remove({"Function": function, "Role": role if with_role else None, "LogGroup": log})
    if not role_name:
        again = connection.command(*names._replace(role="NAME").command("function", "delete"))
        note(f"its role stays. To delete it too: {again}")
    write_removed(removed, (function_name, role_name or "its role", log.name), output)
