"""`wildrydes page deploy`."""

import sys
from typing import Annotated

import typer

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import SERVE, DryRun, Format, Yes
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.errors import NotConfiguredError
from wildrydes_cli.output.messages import announce, confirm_deployment, note
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_deployed, write_dry_run


@takes_connection
@takes_names
def page_deploy(
    connection: Connection,
    names: Names,
    no_hosting: Annotated[
        bool, typer.Option("--no-hosting", help="Only let riders sign in on wildrydes serve --api. Host nothing.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Host the web page on AWS Amplify, with sign-in.

    Riders sign in on Cognito's own pages, and the page sends their requests to the deployed API. Prints the URL of the
    page. Only what differs is changed, so this is safe to repeat.

    \b
    Examples:
      wildrydes page deploy
      wildrydes page deploy --dry-run
      wildrydes page deploy --no-hosting
    """
    account = connection.account(instead=SERVE)
    from wildrydes_cli.deploy.plan import Plan
    from wildrydes_cli.deploy.sign_in import page_settings
    from wildrydes_cli.deploy.site import Site

    site = Site(account, connection.table, names, announce)
    client = site.local_client if no_hosting else site.page_client
    with spinner("looking"):
        plan = Plan({"Domain": site.domain, "PageClient": client} if no_hosting else site.page_parts, site.api)
    for part in (site.api, site.pool):
        if not part.found:
            raise NotConfiguredError(
                f"{part.label} does not exist",
                hint="create it:",
                command=names.command("api", "deploy"),
                first=names.before("api", "deploy"),
            )
    if not no_hosting:
        site.app.require_usable(
            "let riders sign in on wildrydes serve --api", names.command("page", "deploy", "--no-hosting")
        )
    if dry_run:
        write_dry_run(plan.changes, plan.reasons, plan.overwrites, output)
        return
    if plan.overwrites:
        confirm_deployment(site.place, plan.overwrites, yes=yes)
    plan.apply()
    hosted = {} if no_hosting else {"PageUrl": site.app.url, "AppId": site.app.id}
    settings = page_settings(site.api, site.domain, client)
    region = site.pool.cognito.meta.region_name
    write_deployed({**hosted, **settings, "Region": region, "Parts": plan.changes}, output)
    sys.stdout.flush()
    if plan.changes["Domain"] == "created":
        note("it may take a minute until the sign-in pages answer")
    if not no_hosting:
        with spinner("waiting until the page answers"):
            problem = site.deployment.probe()
        if problem:
            note(f"the page does not answer as it should yet: {problem}")
