"""`wildrydes function deploy`."""

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import INVOKE_LOCALLY, DryRun, Format, Yes
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.output.messages import announce, confirm_deployment
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_deployed, write_dry_run


@takes_connection
@takes_names
def function_deploy(
    connection: Connection,
    names: Names,
    dry_run: DryRun = False,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Create or update the Lambda function and its role.

    The role can write logs and put items into the table, and nothing else. Where you may not create roles, as in a
    class's account, name one that exists with --use-role. Only what differs is changed, so this is safe to repeat.

    \b
    Examples:
      wildrydes function deploy
      wildrydes function deploy --dry-run
      wildrydes function deploy --use-role LabRole
      wildrydes function deploy --function-name RequestUnicorn-ada --role-name WildRydesLambda-ada
    """
    account = connection.account(instead=INVOKE_LOCALLY)
    from wildrydes_cli.deploy.plan import Plan
    from wildrydes_cli.deploy.policies import INLINE_POLICY, TRUST_POLICY, managed_policy_arn, table_policy
    from wildrydes_cli.deploy.site import Site

    site = Site(account, connection.table, names, announce)
    with spinner("looking"):
        plan = Plan(site.function_parts, site.table)
    arn = site.table.arn  # it must exist, also if no part differs
    if dry_run:
        policies = {
            "TrustPolicy": TRUST_POLICY,
            "ManagedPolicy": managed_policy_arn(arn),
            INLINE_POLICY: table_policy(arn),
        }
        policies = {} if names.use_role else policies
        write_dry_run(plan.changes, plan.reasons, plan.overwrites, output, Policies=policies)
        return
    if plan.overwrites:
        confirm_deployment(site.place, plan.overwrites, yes=yes)
    plan.apply()
    deployed = site.function.wait()
    if plan.changes.get("InlinePolicy", "unchanged") != "unchanged":
        announce("IAM may need some seconds before the function can write to the table")
    result = {
        "Function": deployed["FunctionName"],
        "FunctionArn": deployed["FunctionArn"],
        "RoleArn": deployed["Role"],
        "InlinePolicy": None if names.use_role else INLINE_POLICY,
        "Parts": plan.changes,
    }
    write_deployed(result, output)
