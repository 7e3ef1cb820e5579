"""`wildrydes function deploy`."""

from typing import Annotated

import typer

from wildrydes_cli.commands import Yes, announce, confirm
from wildrydes_cli.commands.function_options import FunctionName, RoleName
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.function import FUNCTION, ROLE
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.results import Format, write_json, write_record


@takes_connection
def function_deploy(
    connection: Connection,
    function_name: FunctionName = FUNCTION,
    role_name: RoleName = ROLE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Make or update the Lambda function and its role.

    The role may write logs and put items into the table, and nothing else. What is as it ought to be is left alone, so
    it is safe to repeat.

    \b
    Example:
      wildrydes function deploy
      wildrydes function deploy --dry-run
      wildrydes function deploy --function-name RequestUnicorn-ada --role-name WildRydesLambda-ada
    """
    account = connection.account()
    from wildrydes_cli.deploy.function import Deployment
    from wildrydes_cli.deploy.policies import INLINE_POLICY, TRUST_POLICY, managed_policy_arn, write_policy

    deployment = Deployment(account, connection.table, function_name, role_name, announce)
    plan = deployment.plan()
    if dry_run:
        policies = {
            "TrustPolicy": TRUST_POLICY,
            "ManagedPolicy": managed_policy_arn(plan.table_arn),
            INLINE_POLICY: write_policy(plan.table_arn),
        }
        if output == "json":
            write_json({"DryRun": True, "Parts": plan.parts, "Overwrites": plan.overwrites, "Policies": policies})
        else:
            write_record(
                "dry run: nothing was changed",
                {name: how if how == "unchanged" else f"would be {how}" for name, how in plan.parts.items()},
            )
            write_json(policies)
        for strange in plan.overwrites:
            note(f"it would overwrite {strange}, and ask first")
        return
    if plan.overwrites:
        confirm(f"overwrite {'; and '.join(plan.overwrites)}", yes=yes)
    deployed = deployment.carry_out(plan)
    result = {
        "Function": deployed["FunctionName"],
        "FunctionArn": deployed["FunctionArn"],
        "RoleArn": deployed["Role"],
        "InlinePolicy": INLINE_POLICY,
        "Parts": plan.parts,
    }
    if output == "json":
        write_json(result)
    else:
        parts = ", ".join(f"{name} {how}" for name, how in plan.parts.items())
        write_record("deployed", {**result, "Parts": parts})
