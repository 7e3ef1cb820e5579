"""Everything that `wildrydes delete` removes, in order: what it is called, whether it exists, and why it may stay."""

from typing import NamedTuple

from wildrydes_cli.deploy.plan import Found, Removable
from wildrydes_cli.deploy.sign_in import PAGE_CLIENT
from wildrydes_cli.deploy.site import Site
from wildrydes_cli.errors import counted


class Removal(NamedTuple):
    """Something that is removed, unless `kept` says why it stays. A part that is None is not looked for, and stays."""

    label: str
    part: Removable | None
    exists: bool
    kept: str = ""


def found(site: Site) -> list[Found]:
    """Return what must be found before `removals` can say what there is."""
    return [
        site.local_client,
        site.app_removal,
        site.domain,
        site.resources,
        site.function_policy,
        site.function,
        site.role_removal,
        site.log_group,
        site.table_removal,
    ]


def function_removals(site: Site) -> dict[str, Removal]:
    """Return what `function delete` removes, in order."""
    function, role, log = site.function, site.role_removal, site.log_group
    return {
        "Function": Removal(f"function {function.name}", function, bool(function.found)),
        "Role": Removal(f"role {role.name}", role, role.exists, role.kept),
        "LogGroup": Removal(f"log group {log.name}", log, log.found, log.kept),
    }


def page_removals(site: Site) -> dict[str, Removal]:
    """Return what `page delete` removes, in order. The app client goes before the page that it brings riders to."""
    client, app, domain = site.local_client, site.app_removal, site.domain
    shared = _shared(site)
    return {
        "PageClient": Removal(f"app client {PAGE_CLIENT}", client, bool(client.found), shared),
        "App": Removal(f"Amplify app {app.name}", app, app.exists, app.kept),
        "Domain": Removal(
            f"domain {domain.found or 'of the sign-in pages'}",
            domain,
            bool(domain.found),
            shared if domain.is_ours else "it was made by hand",
        ),
    }


def api_removals(site: Site) -> dict[str, Removal]:
    """Return what `api delete` removes without the users, in order.

    The API goes before the permission for it: if AWS refuses to delete the API, it still works.
    """
    api, others = site.api, site.resources.others
    is_left_behind = site.permission.exists and not api.found
    allowed = "a deleted API" if is_left_behind else "it"
    return {
        "RestApi": Removal(
            f"REST API {api.name}" + (f", which also has {', '.join(others)}" if others else ""), api, bool(api.found)
        ),
        "Permission": Removal(f"the function's permission for {allowed}", site.permission, site.permission.exists),
    }


def pool_removal(site: Site, kept: str = "") -> Removal:
    """Return the removal of the user pool with its users. Their number is an estimate: 0 does not mean none."""
    pool = site.pool
    users = pool.found.get("EstimatedNumberOfUsers") if pool.found else 0
    label = f"user pool {pool.name}" + (f" with about {counted(users, 'user')}" if users else "")
    return Removal(label, pool, bool(pool.found), kept)


def removals(site: Site) -> dict[str, Removal]:
    """Return everything that can be removed, in order.

    The domain goes before its pool, which Cognito would not delete with it.
    """
    return {
        **page_removals(site),
        **api_removals(site),
        "UserPool": pool_removal(site, _why_the_pool_stays(site)),
        **function_removals(site),
        "Table": Removal(
            f"table {site.table.table.name}" + (f" with {site.table_removal.lost}" if site.table_removal.lost else ""),
            site.table_removal,
            bool(site.table.found),
            site.table_removal.kept,
        ),
    }


def _why_the_pool_stays(site: Site) -> str:
    pool = site.pool.found or {}
    if pool.get("DeletionProtection") == "ACTIVE":
        return "it has deletion protection, which the Cognito console can turn off"
    return _shared(site) if site.domain.is_ours else f"it has the domain {site.domain.found}, which was made by hand"


def _shared(site: Site) -> str:
    """Say which other pages sign riders in with the page's app client, or return ""."""
    client = site.local_client.found or {}
    others = site.app_removal.other_pages(client.get("CallbackURLs") or ())
    return f"riders of {' and '.join(others)} sign in with it" if others else ""
