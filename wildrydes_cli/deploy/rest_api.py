"""The REST API itself. Its resources, methods and stage are read and changed through it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_errors import code_and_message, refusal
from wildrydes_cli.deploy.api_policy import allows_everybody
from wildrydes_cli.deploy.calls import ABSENT, BUSY_SECONDS, create_once, keep_one, patiently, the_one
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.plan import UNCHANGED, Difference, Json, Reason, broken, existing
from wildrydes_cli.deploy.users import TAGS
from wildrydes_cli.errors import WildrydesError, shortened

RESOURCE = "/ride"
STAGE = "prod"

CONFLICT = ("ConflictException",)
"""What API Gateway answers if something exists already, or while somebody else is changing the same API."""

_API = {"id": str, "name": str}
_PAGE_SIZE = {"PageSize": 500}


class RestApi:
    """The REST API that is called `names.api`. `announce` is told of each change."""

    needs = ()

    def __init__(self, account: Account, names: Names, announce: Callable[[str], None]) -> None:
        self.name = names.api
        self.account = account
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
        self.found = the_one(f"REST APIs {self.name}", self._named(), "id")

    @property
    def id(self) -> str:
        """The API's id. The API must exist."""
        return str(existing(self.found)["id"])

    @property
    def is_ours(self) -> bool:
        """Whether `wildrydes api deploy` created the API."""
        return _is_ours(existing(self.found))

    def create(self) -> None:
        """Create the API, without any resource of ours."""
        action = f"create {self.label}"
        self.announce(action)
        create, regional = self._once.create_rest_api, {"types": ["REGIONAL"]}
        created = create_once(create, action, answer=_API, name=self.name, endpointConfiguration=regional, tags=TAGS)
        self.found = keep_one(created, self._ours, "id", "createdDate", self._delete)

    def faults(self) -> Iterator[tuple[Reason, Json]]:
        """Yield each setting of the API that refuses riders, and the change that repairs it."""
        api = existing(self.found)
        if "PRIVATE" in ((api.get("endpointConfiguration") or {}).get("types") or []):
            path = "/endpointConfiguration/types/PRIVATE"
            yield broken("its endpoint is PRIVATE, not REGIONAL: riders can't reach it"), replaced(path, "REGIONAL")
        if api.get("disableExecuteApiEndpoint"):
            why = "its default endpoint is disabled, not enabled: riders can't reach it"
            yield broken(why), replaced("/disableExecuteApiEndpoint", "false")
        for kind in api.get("binaryMediaTypes") or []:
            if kind in ("*/*", "application/*", "application/json"):
                why = f"it takes JSON for binary data (media type {kind}), not for text"
                yield broken(why), {"op": "remove", "path": f"/binaryMediaTypes/{kind.replace('/', '~1')}"}
        if (policy := api.get("policy")) and not allows_everybody(policy):
            why = f"it has a resource policy, which may refuse riders, not none: {shortened(policy, 200)}"
            yield broken(why), replaced("/policy", "")

    def difference(self, part: str, reasons: list[Reason], *, foreign: bool = False) -> Difference:
        """Return the difference of an existing `part` of this API, with every reason for it.

        The user is asked before an update overwrites what somebody made by hand, or what is `foreign`: what serves
        something else.
        """
        if not reasons:
            return UNCHANGED
        why = ""
        if not self.is_ours:
            why = "which was made by hand"
        elif foreign:
            why = f"where {'; '.join(reason.text for reason in reasons)}"
        return Difference("updated", tuple(reasons), f"{part} of REST API {self.name}, {why}" if why else "")

    def write(
        self,
        operation: str,
        action: str,
        *,
        is_there: Callable[[], bool] = lambda: False,
        taken: tuple[str, ...] = (),
        absent: tuple[str, ...] = (),
        known: Mapping[str, WildrydesError] | None = None,
        **parameters: Any,
    ) -> Any:
        """Announce and do an operation that changes this API. Waits while API Gateway limits changes.

        API Gateway answers with a conflict if somebody else is changing the API, and if what is created exists already.
        Some operations answer with a code in `taken` for the latter. `is_there` looks whether it exists as it should:
        another deployment may be creating the same, or the answer to the first try was lost. Returns None then, and for
        the codes in `absent`. Raises the errors in `known` for their codes.
        """
        action = f"{action} in REST API {self.name}"
        self.announce(action)
        answer: Json | None = None
        for _ in aws.polls(BUSY_SECONDS):
            answer = patiently(
                getattr(self.gateway, operation),
                action,
                absent=absent,
                expected=CONFLICT + taken,
                known=known,
                restApiId=self.id,
                **parameters,
            )
            if answer is None or "Error" not in answer:
                return answer
            if is_there():
                return None
            if code_and_message(answer)[0] in taken:
                break
        raise refusal(existing(answer), action)

    def ask(self, operation: str, action: str, **parameters: Any) -> Any:
        """Do an operation that reads something of this API."""
        return patiently(getattr(self.gateway, operation), f"{action} of {self.label}", restApiId=self.id, **parameters)

    def remove(self) -> bool:
        """Delete the API, with everything in it."""
        return self._delete(self.found) if self.found else False

    def _delete(self, api: Json) -> bool:
        action = f"delete {self.label}"
        self.announce(action)
        answer = patiently(
            self.gateway.delete_rest_api,
            action,
            absent=ABSENT,
            waiting=lambda: self.announce("wait up to a minute: API Gateway deletes only one API in 30 seconds"),
            restApiId=api["id"],
        )
        return answer is not None

    def listed(self, operation: str, action: str, **parameters: Any) -> list[Json]:
        """Return everything that an operation lists, from all its pages."""
        pages = self.gateway.get_paginator(operation).paginate(PaginationConfig=_PAGE_SIZE, **parameters)
        listed: list[Json] = patiently(pages.build_full_result, action).get("items") or []
        return listed

    def _named(self) -> list[Json]:
        """Ask API Gateway for all APIs, and return those that have the name."""
        listed = self.listed("get_rest_apis", f"look for {self.label}")
        self.ids = frozenset(api["id"] for api in listed)
        return [api for api in listed if api["name"] == self.name]

    def _ours(self) -> list[Json]:
        """Return the APIs of the name that `wildrydes api deploy` created."""
        return [api for api in self._named() if _is_ours(api)]


class Listed:
    """Everything of one kind that `api` has: its authorizers, its stages, its gateway responses."""

    def __init__(self, api: RestApi, operation: str, what: str, **parameters: Any) -> None:
        self.items: list[Json] = []
        """What there is, as API Gateway describes it."""
        self._api = api
        self._operation = operation
        self._what = what
        self._parameters = parameters
        self.needs = (api,)

    def find(self) -> None:
        """Ask API Gateway."""
        if self._api.found:
            answer = self._api.ask(self._operation, f"list the {self._what}", **self._parameters)
            self.items = answer.get("items") or answer.get("item") or []  # GetStages says item


def _is_ours(api: Json) -> bool:
    return bool((api.get("tags") or {}).get("wildrydes") == TAGS["wildrydes"])


def replaced(path: str, value: str) -> Json:
    """Return the patch operation that gives what is at `path` another value."""
    return {"op": "replace", "path": path, "value": value}
