"""`wildrydes deploy`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import SERVE, DryRun, Format, NoSignUp, Yes
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.output.messages import announce, announce_item, at_terminal, confirm_deployment, note
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_deployed, write_dry_run

if TYPE_CHECKING:
    from wildrydes_cli.deploy.plan import Plan
    from wildrydes_cli.deploy.site import Site


@takes_connection
@takes_names
def deploy(
    connection: Connection,
    names: Names,
    no_sign_up: NoSignUp = False,
    no_page: Annotated[bool, typer.Option("--no-page", help="Deploy everything but the hosted page.")] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Deploy everything to AWS: table, function, API and page.

    At a terminal, says what will change and asks once. Prints the URL of the page. Only what differs is changed, so
    this is safe to repeat, and completes a deployment that was interrupted.

    \b
    Examples:
      wildrydes deploy
      wildrydes deploy --dry-run
      wildrydes deploy --no-page --yes -o json
    """
    account = connection.account(instead=SERVE)
    from wildrydes_cli.deploy.plan import Plan
    from wildrydes_cli.deploy.requests import invoke_url, probe
    from wildrydes_cli.deploy.site import Site

    site = Site(account, connection.table, names, announce, sign_up=not no_sign_up)
    parts = site.parts(page=not no_page)
    with spinner("looking"):
        plan = Plan(parts)
    if not no_page:
        words = ("--no-page", *(["--no-sign-up"] if no_sign_up else []))
        site.app.require_usable("leave out the page", names.command("deploy", *words))
    lost = site.overwrites(plan)
    if dry_run:
        write_dry_run(plan.changes, plan.reasons, lost, output)
        return
    _ask(site, plan, lost, yes=yes)
    plan.apply()
    site.function.wait()
    result = {
        "PageUrl": None if no_page else site.app.url,
        "InvokeUrl": invoke_url(site.api),
        "Region": site.api.gateway.meta.region_name,
        "Parts": plan.changes,
    }
    write_deployed(result, output)
    sys.stdout.flush()
    with spinner("everything is deployed; waiting until it answers"):
        problems = [probe(site.api), "" if no_page else site.deployment.probe()]
    for problem in filter(None, problems):
        note(f"not everything answers as it should yet: {problem}")
    if plan.changes.get("Domain") == "created":
        note("it may take a minute until the sign-in pages answer")
    announce(f"to remove everything: {connection.command(*names.command('delete'))}")


def _ask(site: "Site", plan: "Plan", lost: list[str], *, yes: bool) -> None:
    """Say what will change. Ask at a terminal before that, and anywhere before something is overwritten."""
    modules = {name: step.module for name, step in site.steps.items()}
    for change in ("created", "updated"):
        changed = [name for name, each in plan.differences.items() if each.change == change]
        if changed:
            announce(f"will be {change}:")
        for module in sorted({modules[name] for name in changed}):
            names = ", ".join(name for name in changed if modules[name] == module)
            announce_item(f"  {module:30}", names)
    for name, difference in plan.differences.items():
        if difference.change == "updated":
            announce_item(f"  {name}: ", difference.reason)
    changes_something = set(plan.changes.values()) != {"unchanged"}
    if lost or (changes_something and at_terminal()):
        if not yes:
            with spinner("looking"):
                site.find_account()
        confirm_deployment(site.place, lost, yes=yes)
