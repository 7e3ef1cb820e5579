"""The Amplify app that hosts the page, and its branch. The app is not built from a Git repository: we send it files."""

from collections.abc import Callable
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_errors import refusal
from wildrydes_cli.deploy.calls import ABSENT, create_once, keep_one, patiently, the_one
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, broken, differs, existing
from wildrydes_cli.errors import NotConfiguredError, RefusedError, WildrydesError

BRANCH = "main"
TAGS = {"wildrydes": "page"}
"""The tag of an app that we created. It is part of the creation, so nothing of ours is ever untagged."""

REFUSED = ("BadRequestException",)
"""Amplify's code for a change that it refuses: also because another deployment has just made it, or is in the way."""

_APP = {"appId": str, "name": str, "defaultDomain": str}
_BRANCH = {"branchName": str}


class App:
    """The Amplify app that is called `names.page`. `announce` is told of each change."""

    needs = ()

    def __init__(self, account: Account, names: Names, announce: Callable[[str], None]) -> None:
        self.name = names.page
        self.account = account
        self.amplify = account.client("amplify")
        self.announce = announce
        self.found: Json | None = None
        """The app as Amplify describes it, or None."""
        self.other_urls: frozenset[str] = frozenset()
        """The URLs of the pages of all apps in the region that have other names."""
        self._once = account.client("amplify", **aws.ONE_TRY)

    @property
    def label(self) -> str:
        """The app and where it is, for people."""
        return f"Amplify app {self.name} in {aws.location(self.amplify)}"

    @property
    def is_served(self) -> bool:
        """Whether the region has Amplify."""
        return self.account.is_served(self.amplify)

    def find(self) -> None:
        """Ask Amplify for the app. Raises `WildrydesError` if several apps have the name."""
        if not self.is_served:  # its host name does not exist there
            return
        try:
            named = self._named()
        except RefusedError as error:
            hint = f"{error.hint}. To do without Amplify: deploy has --no-page, and page deploy has --no-hosting"
            raise RefusedError(error.message, hint=hint) from error
        self.found = the_one(f"Amplify apps {self.name}", named, "appId")

    def require_usable(self, otherwise: str, command: tuple[str, ...]) -> None:
        """Raise `NotConfiguredError` if the region has no Amplify.

        `otherwise` says what can be done without Amplify, by `command`.
        """
        if not self.is_served:
            raise NotConfiguredError(
                f"there is no AWS Amplify in {aws.location(self.amplify)}",
                hint=f"deploy everything in another --region, or {otherwise}:",
                command=command,
            )

    @property
    def id(self) -> str:
        """The app's id. The app must exist."""
        return str(existing(self.found)["appId"])

    @property
    def is_ours(self) -> bool:
        """Whether we made the app."""
        return _is_ours(self.found or {})

    @property
    def repository(self) -> str:
        """The Git repository that the app is built from, or ""."""
        return (self.found or {}).get("repository") or ""

    @property
    def url(self) -> str:
        """The URL of the page. The app must exist."""
        return self._url(existing(self.found))

    def look(self) -> Difference:
        """Say whether the app exists, and whether it takes files."""
        if not self.found:
            return MISSING
        if self.repository:
            why = f"is built from the Git repository {self.repository}"
            impossible = WildrydesError(f"{self.label} {why}, so it takes no files", hint="choose another --page-name")
            return Difference("updated", (differs(f"it {why}"),), impossible=impossible)
        return UNCHANGED

    def apply(self, _: Difference) -> None:
        """Create the app."""
        created = self.create("create_app", f"create {self.label}", {"app": _APP}, name=self.name, tags=TAGS)["app"]
        self.found = keep_one(created, self._ours, "appId", "createTime", self._delete)

    def create(self, operation: str, action: str, answer: Json, **parameters: Any) -> Json:
        """Announce and do an operation that creates something. It is sent once."""
        self.announce(action)
        return create_once(getattr(self._once, operation), action, answer=answer, **parameters)

    def ask_branch(self, operation: str, action: str, **parameters: Any) -> Any:
        """Do an operation on the branch, except a creation."""
        named = {"appId": self.id, "branchName": BRANCH, **parameters}
        return patiently(getattr(self.amplify, operation), f"{action} of {self.label}", **named)

    def remove(self) -> bool:
        """Delete the app, with its branch and what is deployed there."""
        return self._delete(self.found) if self.found else False

    def _named(self) -> list[Json]:
        """Ask Amplify for all apps, return those that have the name, and keep the URLs of the others."""
        pages = self.amplify.get_paginator("list_apps").paginate(PaginationConfig={"PageSize": 100})
        listed = patiently(pages.build_full_result, f"look for {self.label}", answer={"apps": [_APP]})["apps"]
        self.other_urls = frozenset(self._url(app) for app in listed if app["name"] != self.name)
        return [app for app in listed if app["name"] == self.name]

    def _url(self, app: Json) -> str:
        """Return the URL of an app's page. Only an emulator's is plain http."""
        scheme = "https" if aws.dns_suffix(self.amplify) else "http"
        return f"{scheme}://{BRANCH}.{app['defaultDomain']}/"

    def _ours(self) -> list[Json]:
        """Return the apps of the name that we created."""
        return [app for app in self._named() if _is_ours(app)]

    def _delete(self, app: Json) -> bool:
        action = f"delete {self.label}"
        self.announce(action)
        return patiently(self.amplify.delete_app, action, absent=ABSENT, appId=app["appId"]) is not None


class Branch:
    """The branch of `app`. Its description says which deployment is ours, and what that consists of."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.found: Json | None = None
        """The branch as Amplify describes it, or None."""
        self.needs = (app,)

    def find(self) -> None:
        """Ask Amplify for the branch."""
        if self.app.found:
            answer = self.app.ask_branch("get_branch", "look at the branch", answer={"branch": _BRANCH}, absent=ABSENT)
            self.found = answer and answer["branch"]

    def look(self) -> Difference:
        """Say whether the branch exists."""
        if self.found or self.app.repository:
            return UNCHANGED
        if self.app.found:
            return Difference("created", (broken(f"{self.app.label} has no branch {BRANCH}"),))
        return MISSING

    def apply(self, _: Difference) -> None:
        """Create the branch, unless another deployment has just done so."""
        action, made_of = f"create branch {BRANCH} of {self.app.label}", {"branch": _BRANCH}
        branch = {"appId": self.app.id, "branchName": BRANCH, "stage": "PRODUCTION", "enableAutoBuild": False}
        answer = self.app.create("create_branch", action, made_of, expected=REFUSED, **branch)
        self.found = answer.get("branch")
        if not self.found:
            self.find()
        if not self.found:
            raise refusal(answer, action)


def _is_ours(app: Json) -> bool:
    return (app.get("tags") or {}).get("wildrydes") == TAGS["wildrydes"]
