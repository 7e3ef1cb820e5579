"""`wildrydes status`."""

from collections import Counter
from typing import TYPE_CHECKING

from wildrydes_cli.commands.options import ApiName, Format, FunctionName, RoleName, UserPoolName
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy import API, FUNCTION, ROLE, USER_POOL, api_command, function_command
from wildrydes_cli.errors import RefusedError, WildrydesError, counted
from wildrydes_cli.output.messages import announce
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wildrydes_cli.deploy.plan import Looked


@takes_connection
def status(
    connection: Connection,
    function_name: FunctionName = FUNCTION,
    role_name: RoleName = ROLE,
    api_name: ApiName = API,
    user_pool_name: UserPoolName = USER_POOL,
    output: Format = "table",
) -> None:
    """Show what exists on AWS, what is wrong, and how to fix it.

    Changes nothing. The exit code is 1 if something exists and is different from what it should be. What AWS refuses to
    show is shown as unknown, and the exit code is then 4.

    \b
    Examples:
      wildrydes status
      wildrydes status --profile ada -o json
    """
    account = connection.account()
    from wildrydes_cli.aws import location
    from wildrydes_cli.deploy.api import api_parts
    from wildrydes_cli.deploy.function import Function, LogGroup, function_parts
    from wildrydes_cli.deploy.plan import state_of
    from wildrydes_cli.deploy.rest_api import RestApi
    from wildrydes_cli.deploy.role import Role
    from wildrydes_cli.deploy.table import Indexes, RidesTable
    from wildrydes_cli.deploy.target import Target
    from wildrydes_cli.deploy.users import AppClient, UserPool

    def quiet(_: str) -> None:
        """The spinner says enough."""

    table = RidesTable(account, connection.table)
    pool = UserPool(account, user_pool_name, quiet)
    api, target = RestApi(account, api_name, quiet), Target(account, function_name)
    role = Role(account, role_name, "", quiet)
    function = Function(account, function_name, role, connection.table, quiet)
    deploy = function_command("deploy", function_name, role_name)
    sections: list[tuple[Mapping[str, Looked], tuple[str, ...]]] = [
        ({"Table": table}, ("setup-table",)),
        ({"Indexes": Indexes(table)}, ("setup-table", "--add-indexes")),
        (function_parts(function, table), deploy),
        ({"LogGroup": LogGroup(account, function_name, quiet)}, function_command("invoke", function_name)),
        (
            api_parts(api, pool, AppClient(pool), target),
            api_command("deploy", api_name, user_pool_name, function_name),
        ),
    ]
    announce(f"looking at AWS in {location(table.table.client)}")
    with spinner("looking"):
        states = {name: state_of(part, fix) for parts, fix in sections for name, part in parts.items()}
    rows = {
        name: (each.state, each.reason, connection.command(*each.command) if each.command else "")
        for name, each in states.items()
    }
    write_status(rows, output)
    found = Counter(each.state for each in states.values())
    if found["differs"]:
        raise WildrydesError(
            f"{counted(found['differs'], 'part')} {'is' if found['differs'] == 1 else 'are'} not as expected",
            hint="the lines above say why, and which command fixes it",
        )
    if found["unknown"]:
        first = next(each.reason for each in states.values() if each.state == "unknown")
        raise RefusedError(
            f"{counted(found['unknown'], 'part')} could not be looked at; the first: {first}",
            hint="the lines above say why; the permissions that this needs are in docs/reference.md",
        )
