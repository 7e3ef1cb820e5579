"""The REST API itself. What is in it reads and changes it through this."""

from collections.abc import Callable
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.deploy.calls import ABSENT, change, create_once, the_one
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.plan import UNCHANGED, Difference, Json, Reason, existing
from wildrydes_cli.deploy.users import TAGS

RESOURCE = "/ride"
STAGE = "prod"

_PAGE_SIZE = {"PageSize": 500}
_API = {"id": str, "name": str}


class RestApi:
    """The REST API that is called `names.api`. `announce` is told of each change."""

    needs = ()

    def __init__(self, account: Account, names: Names, announce: Callable[[str], None]) -> None:
        self.name = names.api
        self.gateway = account.client("apigateway")
        self.announce = announce
        self.found: Json | None = None
        """The API as API Gateway describes it, or None."""
        self.ids: frozenset[str] = frozenset()
        """The ids of all APIs in the region, whatever their names."""
        self._once = account.client("apigateway", **aws.ONE_TRY)

    @property
    def label(self) -> str:
        """The API and where it is, for people."""
        return f"REST API {self.name} in {aws.location(self.gateway)}"

    def find(self) -> None:
        """Ask API Gateway for the API. Raises `WildrydesError` if several APIs have the name."""
        listed = self.listed("get_rest_apis", f"look for {self.label}")
        self.ids = frozenset(api["id"] for api in listed)
        self.found = the_one(f"REST APIs {self.name}", [api for api in listed if api["name"] == self.name], "id")

    @property
    def id(self) -> str:
        """The API's id. The API must exist."""
        return str(existing(self.found)["id"])

    def create(self) -> None:
        """Create the API, without any resource of ours."""
        action = f"create {self.label}"
        self.announce(action)
        create, regional = self._once.create_rest_api, {"types": ["REGIONAL"]}
        self.found = create_once(create, action, answer=_API, name=self.name, endpointConfiguration=regional, tags=TAGS)

    def difference(self, part: str, reasons: list[Reason], *, foreign: bool = False) -> Difference:
        """Return the difference of an existing `part` of this API, with every reason for it.

        It is asked before this overwrites what somebody made by hand, or what is `foreign`: it serves something else.
        """
        if not reasons:
            return UNCHANGED
        why = ""
        if (existing(self.found).get("tags") or {}).get("wildrydes") != TAGS["wildrydes"]:
            why = "which was made by hand"
        elif foreign:
            why = f"where {'; '.join(reason.text for reason in reasons)}"
        return Difference("updated", tuple(reasons), f"{part} of REST API {self.name}, {why}" if why else "")

    def write(self, operation: str, action: str, **parameters: Any) -> Any:
        """Announce and do an operation that changes this API. Waits while API Gateway limits changes."""
        action = f"{action} in REST API {self.name}"
        self.announce(action)
        return change(getattr(self.gateway, operation), action, restApiId=self.id, **parameters)

    def ask(self, operation: str, action: str, **parameters: Any) -> Any:
        """Do an operation that reads something of this API."""
        return aws.call(getattr(self.gateway, operation), f"{action} of {self.label}", restApiId=self.id, **parameters)

    def remove(self) -> bool:
        """Delete the API, with everything in it."""
        if not self.found:
            return False
        action = f"delete {self.label}"
        self.announce(action)
        answer = change(
            self.gateway.delete_rest_api,
            action,
            absent=ABSENT,
            waiting=lambda: self.announce("wait up to a minute: API Gateway deletes only one API in 30 seconds"),
            restApiId=self.id,
        )
        return answer is not None

    def listed(self, operation: str, action: str, **parameters: Any) -> list[Json]:
        """Return everything that an operation lists, from all its pages."""
        pages = self.gateway.get_paginator(operation).paginate(PaginationConfig=_PAGE_SIZE, **parameters)
        listed: list[Json] = aws.call(pages.build_full_result, action).get("items") or []
        return listed
