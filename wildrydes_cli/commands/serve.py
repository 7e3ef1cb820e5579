"""`wildrydes serve`."""

import re
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Thread
from typing import Annotated

import typer

from wildrydes_cli.commands.name_options import takes_names
from wildrydes_cli.commands.options import SERVE, Rider, rider_or_login_name, whole_number
from wildrydes_cli.connection import Connection, open_store, option_parser, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.errors import InvalidError, NotConfiguredError, RefusedError, ServiceError, UsageError
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.rides.listing import Listing
from wildrydes_cli.rides.model import timestamp
from wildrydes_cli.stores.base import RideStore


def _host_name(text: str) -> str:
    """Return a host name in lower case. Raises `InvalidError` if it isn't one."""
    if not re.fullmatch("[A-Za-z0-9.-]{1,253}", text):
        raise InvalidError("host", text, "a host name, such as name-7433.app.github.dev: no https://, no port")
    return text.lower()


@takes_connection
@takes_names
def serve(
    connection: Connection,
    port: Annotated[
        int, typer.Option(parser=whole_number(0, 65535), metavar="PORT", help="The port. 0 is any that is free.")
    ] = 7433,
    host: Annotated[str, typer.Option(metavar="HOST", help="The address to listen on.")] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            parser=option_parser(_host_name),
            metavar="NAME",
            help="A name under which a proxy shows the page. Repeatable.",
        ),
    ] = None,
    rider: Rider = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in your browser.")] = False,
    api: Annotated[
        bool, typer.Option("--api", help="Let riders sign in, and send their requests to the deployed API.")
    ] = False,
    *,
    names: Names,
) -> None:
    """Serve the tutorial's web application on this machine.

    Runs until Ctrl-C. The page shows a map and the rides. Click the map and request a unicorn: the request goes
    through the handler of the Lambda function, and the ride is recorded in the chosen store. No AWS account is
    needed. Prints the URL as soon as the page can be loaded.

    With --api, riders sign in with Cognito, the page sends their requests to the deployed API, and this server only
    lists the rides.

    \b
    Examples:
      wildrydes serve --open
      wildrydes serve --port 0 --rider ada
      wildrydes serve --api
    """
    from wildrydes_cli.serve.application import Application
    from wildrydes_cli.serve.checks import Address
    from wildrydes_cli.serve.server import is_private, listen, run, url_of

    if api and rider:
        raise UsageError("--rider contradicts --api: riders sign in", hint="leave out --rider or --api")
    rider = "" if api else rider_or_login_name(rider)
    settings, urls = _deployed(connection, names) if api else ({}, ())
    with open_store(connection) as store, listen(host, port) as listener:
        _check(store)
        private, url = is_private(listener), url_of(listener)
        address = Address(host, listener.getsockname()[1], private, tuple(allow_host or ()))
        if api and url not in urls:
            from wildrydes_cli.deploy.sign_in import LOCAL_URLS

            elsewhere = "" if url in LOCAL_URLS else "leave out --host and --port, and "
            hint, fix = f"{elsewhere}let riders sign in here:", _sign_in_here(names)
            raise UsageError(f"Cognito's pages do not bring riders back to {url}", hint=hint, command=fix)

        def ready() -> None:
            if allow_host or not private:
                reached = "under its names" if allow_host else "by this machine's address"
                can = "see all rides" if api else f"request rides as {rider}, and see all rides"
                note(f"warning: whoever reaches this server {reached} can {can}")
            print(url, flush=True)
            using = "" if sys.stderr.isatty() else f"using {store.label}; "  # a terminal has been told
            riding = f"riding through {settings['InvokeUrl']}" if api else f"riding as {rider}"
            note(f"{using}{riding}; Ctrl-C ends it")
            if open_:
                # A browser for terminals runs until its user leaves it, and that is how long this thread waits.
                Thread(target=_open_browser, args=[url], daemon=True).start()

        application = Application(store, rider, address, connection.hint, log_all=connection.verbose, api=settings)
        ended_by = run(application, listener, ready)
    if ended_by != signal.SIGINT:
        raise typer.Exit(128 + ended_by)


def _deployed(connection: Connection, names: Names) -> tuple[dict[str, str], Sequence[str]]:
    """Return the settings of a page whose riders sign in, and the URLs that the sign-in pages bring them back to."""
    account = connection.account(instead=SERVE)
    from wildrydes_cli.deploy.plan import find
    from wildrydes_cli.deploy.sign_in import PAGE_CLIENT, page_settings
    from wildrydes_cli.deploy.site import Site

    site = Site(account, connection.table, names)
    with spinner("looking"):
        find(site.api, site.local_client, site.domain)
    api_deploy, page_deploy = names.command("api", "deploy"), _sign_in_here(names)
    for found, missing, fix in (
        (site.api.found, f"{site.api.label} does not exist", api_deploy),
        (site.pool.found, f"{site.pool.label} does not exist", api_deploy),
        (site.domain.found, f"{site.pool.label} has no sign-in pages", page_deploy),
        (site.local_client.found, f"{site.pool.label} has no app client {PAGE_CLIENT}", page_deploy),
    ):
        if not found:
            first = names.before("api", "deploy") if fix == api_deploy else ()
            raise NotConfiguredError(missing, hint="create what is missing:", command=fix, first=first)
    settings = page_settings(site.api, site.domain, site.local_client)
    return settings, (site.local_client.found or {}).get("CallbackURLs") or ()


def _sign_in_here(names: Names) -> tuple[str, ...]:
    """Return the command that lets riders sign in on this machine's page."""
    return names.command("page", "deploy", "--no-hosting")


def _check(store: RideStore) -> None:
    """Read the rides as the page does: at first, and then again and again for new ones, which takes an index.

    An error that may pass by itself is only a warning. Any other is raised, before there is a page.
    """
    now = timestamp(datetime.now(UTC))
    try:
        with spinner(f"reading {store.label}"):
            if next(store.rides(Listing(limit=1, unsorted=True)), None):
                next(store.rides(Listing(limit=1, since=now), "index"), None)
    except RefusedError:
        raise
    except ServiceError as error:
        note(f"warning: {error.message}")


def _open_browser(url: str) -> None:
    import webbrowser

    if not webbrowser.open(url):
        note(f"there is no browser here. Open {url}")
