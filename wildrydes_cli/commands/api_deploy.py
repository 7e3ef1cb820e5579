"""`wildrydes api deploy`."""

import sys

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import SERVE, DryRun, Format, NoSignUp, Yes
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.errors import NotConfiguredError
from wildrydes_cli.output.messages import announce, confirm_deployment, note
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_deployed, write_dry_run


@takes_connection
@takes_names
def api_deploy(
    connection: Connection,
    names: Names,
    no_sign_up: NoSignUp = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Create or update the REST API and the user pool that guards it.

    The API invokes the function for signed-in users. Prints what the tutorial's config.js needs. Only what differs is
    changed, so this is safe to repeat. With --dry-run, it says what is wrong with an API that was made by hand.

    \b
    Examples:
      wildrydes api deploy
      wildrydes api deploy --dry-run
      wildrydes api deploy --no-sign-up -o json
    """
    account = connection.account(instead=SERVE)
    from wildrydes_cli.deploy.plan import Plan
    from wildrydes_cli.deploy.requests import invoke_url, probe
    from wildrydes_cli.deploy.site import Site

    site = Site(account, connection.table, names, announce, sign_up=not no_sign_up)
    api, pool = site.api, site.pool
    with spinner("looking"):
        plan = Plan(site.api_parts, site.function)
    if not site.function.found:
        raise NotConfiguredError(
            f"{site.function.label} does not exist",
            hint="create it first:",
            command=names.command("api", "deploy", *(["--no-sign-up"] if no_sign_up else [])),
            first=names.before("api", "deploy"),
        )
    lost = site.overwrites(plan)
    if dry_run:
        write_dry_run(plan.changes, plan.reasons, lost, output)
        return
    if lost:
        confirm_deployment(site.place, lost, yes=yes)
    plan.apply()
    result = {
        "InvokeUrl": invoke_url(api),
        "RestApiId": api.id,
        "UserPoolId": pool.id,
        "UserPoolClientId": site.client.id,
        "Region": api.gateway.meta.region_name,
        "Parts": plan.changes,
    }
    write_deployed(result, output)
    sys.stdout.flush()
    with spinner("waiting until the API answers"):
        problem = probe(api)
    if problem:
        again = connection.command(*names.command("api", "invoke"))
        note(f"the API does not answer as it should yet: {problem}. To try it: {again}")
