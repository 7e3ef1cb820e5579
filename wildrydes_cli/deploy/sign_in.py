"""How riders sign in on the page: Cognito's own sign-in pages, and the app client that brings them back to the page."""

import hashlib
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.deploy.app import App
from wildrydes_cli.deploy.calls import ABSENT, change, create_once
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, broken, differs, existing
from wildrydes_cli.deploy.users import AppClient, UserPool

PAGE_CLIENT = "WildRydesPage"
"""The name of the page's app client."""

LOCAL_URLS = ("http://localhost:7433/", "http://127.0.0.1:7433/")
"""Where `wildrydes serve` serves the page. Cognito takes http for this machine only (Cognito: "CallbackURLs")."""

_CLASSIC = 1
"""Cognito's classic pages. Its newer ones need a plan above Lite, and show nothing until a client has a branding."""

_READ_ONLY = ("CreationDate", "LastModifiedDate", "ClientSecret")
"""What Cognito says about a client and does not take."""

_SETTINGS = {
    "AllowedOAuthFlowsUserPoolClient": True,  # without it, the other settings of OAuth do not count
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid"],
    "SupportedIdentityProviders": ["COGNITO"],
}
_TOKENS = {
    "IdTokenValidity": 60,
    "AccessTokenValidity": 60,
    "RefreshTokenValidity": 60,  # the page does not keep it, and Cognito's shortest is an hour
    "TokenValidityUnits": dict.fromkeys(("IdToken", "AccessToken", "RefreshToken"), "minutes"),
}


class Domain:
    """The address of the pool's sign-in pages. One that the pool has already is used, whoever made it."""

    def __init__(self, pool: UserPool) -> None:
        self._pool = pool
        self.needs = (pool,)

    def find(self) -> None:
        """Do nothing: the description of the pool has its domain."""

    @property
    def found(self) -> str | None:
        """The pool's own domain or prefix, or None."""
        pool = self._pool.found or {}
        return pool.get("CustomDomain") or pool.get("Domain") or None

    @property
    def prefix(self) -> str:
        """The prefix that we create. It must be unique in the region, so the pool's ARN decides it.

        It has hexadecimal digits only, so it never has a word that Cognito forbids, such as `aws`.
        """
        return f"wildrydes-{hashlib.sha256(existing(self._pool.found)['Arn'].encode()).hexdigest()[:12]}"

    @property
    def url(self) -> str:
        """Where the sign-in pages are: AWS's own form, or that of the emulators on another endpoint."""
        meta = self._pool.cognito.meta
        if not aws.dns_suffix(self._pool.cognito):
            return str(meta.endpoint_url)
        name = self.found or self.prefix
        if "." in name:  # a domain of one's own
            return f"https://{name}"
        # GovCloud has only the endpoints that are validated for FIPS (GovCloud User Guide: "Amazon Cognito").
        auth = "auth-fips" if meta.partition == "aws-us-gov" else "auth"
        return f"https://{name}.{auth}.{meta.region_name}.amazoncognito.com"

    @property
    def is_ours(self) -> bool:
        """Whether we made the domain, or there is none."""
        return self.found is None or self.found == self.prefix

    def look(self) -> Difference:
        """Say whether the pool has a domain."""
        return UNCHANGED if self.found else MISSING

    def apply(self, _: Difference) -> None:
        """Create the domain."""
        action = f"create domain {self.prefix} of {self._pool.label}"
        self._pool.announce(action)
        create_once(
            self._pool.once.create_user_pool_domain,
            action,
            answer=object,
            UserPoolId=self._pool.id,
            Domain=self.prefix,
            ManagedLoginVersion=_CLASSIC,
        )
        self._pool.found = {**existing(self._pool.found), "Domain": self.prefix}

    def remove(self) -> bool:
        """Delete the domain, which must be ours."""
        if not self.found:
            return False
        action = f"delete domain {self.prefix} of {self._pool.label}"
        self._pool.announce(action)
        delete, pool = self._pool.cognito.delete_user_pool_domain, self._pool.id
        return aws.call(delete, action, absent=ABSENT, Domain=self.prefix, UserPoolId=pool) is not None


class PageClient(AppClient):
    """The app client of the page. It brings riders back to the page with a code, and allows nothing else.

    If `app` is None, the page is the one that `wildrydes serve --api` serves on this machine.
    """

    def __init__(self, pool: UserPool, app: App | None) -> None:
        super().__init__(pool, PAGE_CLIENT)
        self._app = app
        self.needs = (pool, app) if app else (pool,)

    @property
    def _wanted(self) -> dict[str, Any]:
        urls = [self._app.url] if self._app else list(LOCAL_URLS)
        return {**_SETTINGS, "CallbackURLs": urls, "LogoutURLs": urls}

    def look(self) -> Difference:
        """Compare the client. What it has besides is somebody's, and stays."""
        difference = super().look()
        if difference != UNCHANGED:
            return difference
        if self._app and not self._app.found:
            return Difference("updated", (differs("the page that it should bring riders back to does not exist"),))
        found = existing(self.found)
        lacking = [
            broken(f"its {name} is {found.get(name)}, and needs {wanted}")
            for name, wanted in self._wanted.items()
            if (
                not set(wanted) <= set(found.get(name) or ()) if isinstance(wanted, list) else found.get(name) != wanted
            )
        ]
        return Difference("updated", tuple(lacking)) if lacking else UNCHANGED

    def apply(self, difference: Difference) -> None:
        """Create the client, or add what it lacks.

        An update resets every setting that it does not name, so what Cognito describes is sent back (Cognito: "Updating
        user pool and app client configuration").
        """
        if difference.change == "created":
            # Cognito requires this flow. A client that lists it alone can't be used to try passwords.
            flows = ["ALLOW_REFRESH_TOKEN_AUTH"]
            self.found = self._create(create_once, ExplicitAuthFlows=flows, **_TOKENS, **self._wanted)
            return
        action = f"update app client {self.name} of {self._pool.label}"
        self._pool.announce(action)
        found = {name: value for name, value in existing(self.found).items() if value != "" and name not in _READ_ONLY}
        merged = {
            name: sorted({*wanted, *(found.get(name) or ())}) if isinstance(wanted, list) else wanted
            for name, wanted in self._wanted.items()
        }
        answer = change(self._pool.cognito.update_user_pool_client, action, **{**found, **merged})
        self.found = answer["UserPoolClient"]
