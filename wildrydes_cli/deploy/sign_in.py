"""How riders sign in on the page: Cognito's own sign-in pages, and the app client that brings them back to the page."""

import hashlib
from collections.abc import Iterator

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import code_and_message, refusal
from wildrydes_cli.deploy.app import App
from wildrydes_cli.deploy.app_client import REFRESH, AppClient
from wildrydes_cli.deploy.calls import ABSENT, create_once, patiently
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, Reason, broken, differs, existing
from wildrydes_cli.deploy.requests import invoke_url
from wildrydes_cli.deploy.rest_api import RestApi
from wildrydes_cli.deploy.users import BUSY, UserPool

PAGE_CLIENT = "WildRydesPage"
"""The name of the page's app client."""

LOCAL_URLS = ("http://localhost:7433/", "http://127.0.0.1:7433/")
"""Where `wildrydes serve` serves the page. Cognito takes http for this machine only (Cognito: "CallbackURLs")."""

_CLASSIC = 1
"""Cognito's classic pages. Its newer ones need a plan above Lite, and show nothing until a client has a branding."""

DOMAIN_SECONDS = 60
"""How long Cognito may need to delete a domain. Until then it is taken (Terraform waits as long for a prefix)."""

_NO_DOMAIN = "No such domain or user pool exists"
"""What Cognito says of a domain that is gone, with the code of a wrong parameter (the tests of amplify-cli)."""

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
        """Create the domain, unless another deployment has just done so."""
        action = f"create domain {self.prefix} of {self._pool.label}"
        self._pool.announce(action)
        answer: Json = {}
        for tried, _again in enumerate(aws.polls(DOMAIN_SECONDS, longest=5)):
            if tried == 1:
                self._pool.announce("wait up to a minute: Cognito may still be deleting a domain")
            answer = create_once(
                self._pool.once.create_user_pool_domain,
                action,
                answer=object,
                busy=BUSY,
                expected=("InvalidParameterException",),  # it exists, or Cognito is still deleting it
                UserPoolId=self._pool.id,
                Domain=self.prefix,
                ManagedLoginVersion=_CLASSIC,
            )
            if "Error" not in answer:
                self._pool.found = {**existing(self._pool.found), "Domain": self.prefix}
                return
            self._pool.find()
            if self.found:
                return
        refused = refusal(answer, action)
        refused.hint = "give the pool a domain in the Cognito console, and run this again: it uses any domain"
        raise refused

    def remove(self) -> bool:
        """Delete the domain, which must be ours. Returns False if somebody else has deleted it meanwhile."""
        if not self.found:
            return False
        action = f"delete domain {self.prefix} of {self._pool.label}"
        self._pool.announce(action)
        answer = patiently(
            self._pool.cognito.delete_user_pool_domain,
            action,
            absent=ABSENT,
            busy=BUSY,
            expected=("InvalidParameterException",),
            Domain=self.prefix,
            UserPoolId=self._pool.id,
        )
        if answer and "Error" in answer and not code_and_message(answer)[1].startswith(_NO_DOMAIN):
            raise refusal(answer, action)
        return answer is not None and "Error" not in answer


class PageClient(AppClient):
    """The app client of the page. It brings riders back to the page with a code, and allows nothing else.

    If `app` is None, the page is the one that `wildrydes serve --api` serves on this machine.
    """

    def __init__(self, pool: UserPool, app: App | None) -> None:
        super().__init__(pool, PAGE_CLIENT)
        self._app = app
        self.needs = (pool, app) if app else (pool,)

    @property
    def settings(self) -> Json:
        """The settings with which the client is created. A client that lists this flow alone can't try passwords."""
        return {"ExplicitAuthFlows": [REFRESH], **_TOKENS, **self._wanted}

    @property
    def somebodys(self) -> str:
        """Nothing: an update keeps the settings that somebody added."""
        return ""

    def look(self) -> Difference:
        """Compare the client. Settings that somebody added are no difference."""
        if self.found and self._app and not self._app.found:
            return Difference("updated", (differs("the page that it should bring riders back to does not exist"),))
        return super().look()

    def faults(self, client: Json) -> Iterator[tuple[Reason, Json]]:
        """Yield what the client lacks, and the change that adds it."""
        for name, wanted in self._wanted.items():
            found = client.get(name)
            if isinstance(wanted, list) and not set(wanted) <= set(found or ()):
                lacks = ", ".join(sorted({*wanted} - {*(found or ())}))
                yield broken(f"its {name} lacks {lacks}"), {name: sorted({*wanted, *(found or ())})}
            elif not isinstance(wanted, list) and found != wanted:
                yield broken(f"its {name} is {found}, and needs {wanted}"), {name: wanted}

    @property
    def _wanted(self) -> Json:
        urls = [self._app.url] if self._app else list(LOCAL_URLS)
        return {**_SETTINGS, "CallbackURLs": urls, "LogoutURLs": urls}


def page_settings(api: RestApi, domain: Domain, client: PageClient) -> dict[str, str]:
    """Return what the page needs to sign riders in, and to request their rides. None of it is a secret."""
    return {"InvokeUrl": invoke_url(api), "SignInUrl": domain.url, "UserPoolClientId": client.id}
