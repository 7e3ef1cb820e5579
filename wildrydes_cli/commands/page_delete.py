"""`wildrydes page delete`."""

from wildrydes_cli.commands.options import PAGE, SERVE, USER_POOL, Format, PageName, UserPoolName, Yes
from wildrydes_cli.connection import Connection, takes_connection
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.output.messages import announce, confirm, note
from wildrydes_cli.output.progress import spinner
from wildrydes_cli.output.results import write_removed


@takes_connection
def page_delete(
    connection: Connection,
    page_name: PageName = PAGE,
    user_pool_name: UserPoolName = USER_POOL,
    yes: Yes = False,
    output: Format = "table",
) -> None:
    """Delete the hosted page, its app client and its sign-in pages. The API and the users stay.

    Safe to repeat. An app or a sign-in domain that was made by hand stays.

    \b
    Examples:
      wildrydes page delete
      wildrydes page delete --yes -o json
    """
    account = connection.account(instead=SERVE)
    from wildrydes_cli.deploy.plan import find, remove
    from wildrydes_cli.deploy.sign_in import PAGE_CLIENT
    from wildrydes_cli.deploy.site import Site

    site = Site(account, connection.table, Names(user_pool=user_pool_name, page=page_name), announce)
    app, client, domain = site.app, site.local_client, site.domain
    with spinner("looking"):
        find(app, client, domain)
    app_stays = app.found is not None and not app.is_ours
    hosted = "" if app_stays else f"{app.label}, and "
    confirm(f"delete {hosted}the sign-in pages of {site.pool.label}", yes=yes)
    removed = remove(
        {
            "PageClient": client,
            "App": None if app_stays else app,
            "Domain": domain if domain.is_ours else None,
        }
    )
    for stays, label in ((app_stays, app.label), (not domain.is_ours, f"domain {domain.found} of {site.pool.label}")):
        if stays:
            note(f"{label} stays: it was not made by wildrydes page deploy")
    write_removed(removed, (PAGE_CLIENT, page_name, domain.found or user_pool_name), output)
