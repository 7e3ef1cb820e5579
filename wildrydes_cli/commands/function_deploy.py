"""`wildrydes function deploy`."""

from typing import TYPE_CHECKING, Annotated

import typer

from wildrydes_cli.commands.options import Format, FunctionName, RoleName, Yes
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy import FUNCTION, ROLE
from wildrydes_cli.output.messages import announce, confirm, note
from wildrydes_cli.output.results import write_json, write_record

if TYPE_CHECKING:
    from wildrydes_cli.deploy.plan import Plan


@takes_connection
def function_deploy(
    connection: Connection,
    function_name: FunctionName = FUNCTION,
    role_name: RoleName = ROLE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change and why. Change nothing.")] = False,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Create or update the Lambda function and its role.

    The role can write logs and put items into the table, and nothing else. Only what differs is changed, so this is
    safe to repeat.

    \b
    Examples:
      wildrydes function deploy
      wildrydes function deploy --dry-run
      wildrydes function deploy --function-name RequestUnicorn-ada --role-name WildRydesLambda-ada
    """
    account = connection.account()
    from wildrydes_cli.deploy.function import Function, table_arn
    from wildrydes_cli.deploy.plan import Plan
    from wildrydes_cli.deploy.policies import INLINE_POLICY
    from wildrydes_cli.deploy.role import InlinePolicy, ManagedPolicy, Role

    arn = table_arn(account, connection.table, function_name)
    role = Role(account, role_name, f"Runs {function_name} of Wild Rydes", announce)
    function = Function(account, function_name, role, connection.table, announce)
    plan = Plan(
        {
            "Role": role,
            "ManagedPolicy": ManagedPolicy(role, arn),
            "InlinePolicy": InlinePolicy(role, arn),
            "Function": function,
        }
    )
    if dry_run:
        _show_plan(plan, arn, output)
        return
    if plan.overwrites:
        confirm(f"overwrite {'; and '.join(plan.overwrites)}", yes=yes)
    plan.apply()
    deployed = function.wait()
    result = {
        "Function": deployed["FunctionName"],
        "FunctionArn": deployed["FunctionArn"],
        "RoleArn": deployed["Role"],
        "InlinePolicy": INLINE_POLICY,
        "Parts": plan.changes,
    }
    if output == "json":
        write_json(result)
    else:
        parts = ", ".join(f"{name} {change}" for name, change in plan.changes.items())
        write_record("deployed", {**result, "Parts": parts})


def _show_plan(plan: "Plan", table_arn: str, output: str) -> None:
    from wildrydes_cli.deploy.policies import INLINE_POLICY, TRUST_POLICY, managed_policy_arn, write_policy

    policies = {
        "TrustPolicy": TRUST_POLICY,
        "ManagedPolicy": managed_policy_arn(table_arn),
        INLINE_POLICY: write_policy(table_arn),
    }
    if output == "json":
        write_json(
            {
                "DryRun": True,
                "Parts": plan.changes,
                "Differences": plan.reasons,
                "Overwrites": plan.overwrites,
                "Policies": policies,
            }
        )
    else:
        changes = {
            name: f"would be {change}: {plan.reasons[name]}" if change != "unchanged" else change
            for name, change in plan.changes.items()
        }
        write_record("dry run: nothing was changed", changes)
        write_json(policies)
    for lost in plan.overwrites:
        note(f"without --dry-run, this would ask before it overwrites {lost}")
