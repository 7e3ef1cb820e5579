"""`wildrydes function delete`."""

from wildrydes_cli.commands import Yes, announce, confirm
from wildrydes_cli.commands.function_options import FunctionName, OwnRole
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.function import FUNCTION, ROLE, log_group
from wildrydes_cli.output.results import Format, write_json, write_record


@takes_connection
def function_delete(
    connection: Connection,
    function_name: FunctionName = FUNCTION,
    role_name: OwnRole = None,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Remove the function, its role and its log. The table and its rides stay.

    It is safe to repeat. The role of a function of another name is left, unless --role-name says which it is.

    \b
    Example:
      wildrydes function delete
      wildrydes function delete --yes -o json
    """
    account = connection.account()
    from wildrydes_cli.aws import location
    from wildrydes_cli.deploy.removal import remove

    where = location(account.client("lambda"))
    role = role_name or (ROLE if function_name == FUNCTION else None)
    what = f"function {function_name}, {f'role {role}' if role else 'no role'} and log group {log_group(function_name)}"
    confirm(f"delete {what} in {where}", yes=yes)
    removed = remove(account, function_name, role, announce)
    if output == "json":
        write_json(removed)
    else:
        names = zip(removed, (function_name, role or "its role", log_group(function_name)), strict=True)
        write_record("deleted", {part: f"{name} {removed[part]}" for part, name in names})
