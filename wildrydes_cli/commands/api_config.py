"""`wildrydes api config`."""

from typing import TYPE_CHECKING

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import SERVE, Format
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.errors import NotConfiguredError
from wildrydes_cli.output.messages import announce
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_config, write_json

if TYPE_CHECKING:
    from wildrydes_cli.deploy.site import Site


@takes_connection
@takes_names
def api_config(
    connection: Connection,
    names: Names,
    output: Format = "table",
) -> None:
    """Print the settings that the tutorial's website needs.

    They are the website's file js/config.js: they tell it which user pool and which API to use. Changes nothing.

    \b
    Examples:
      wildrydes api config > js/config.js
      wildrydes api config -o json
    """
    account = connection.account(instead=SERVE)
    from wildrydes_cli.deploy.plan import find
    from wildrydes_cli.deploy.requests import invoke_url
    from wildrydes_cli.deploy.site import Site

    site = Site(account, connection.table, names, announce)
    with spinner("looking"):
        find(site.api, site.client, site.snapshot)
    if missing := _missing(site):
        deploy, first = names.command("api", "deploy"), names.before("api", "deploy")
        raise NotConfiguredError(f"{missing} does not exist", hint="create it:", command=deploy, first=first)
    config = {
        "cognito": {
            "userPoolId": site.pool.id,
            "userPoolClientId": site.client.id,
            "region": site.pool.cognito.meta.region_name,
        },
        "api": {"invokeUrl": invoke_url(site.api)},
    }
    if output != "table":
        write_json(config, output)
    else:
        write_config(config)


def _missing(site: "Site") -> str:
    """Return the first thing that does not exist, or ""."""
    things = (
        (site.pool.found, site.pool.label),
        (site.client.found, site.client.label),
        (site.api.found, site.api.label),
        (site.snapshot.stage, f"stage prod of {site.api.label}"),
    )
    return next((label for found, label in things if not found), "")
