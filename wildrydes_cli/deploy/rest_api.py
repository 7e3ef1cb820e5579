"""The REST API itself, with its resource. The parts in `api` read and change it through this."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_errors import not_the_service
from wildrydes_cli.deploy import ABSENT
from wildrydes_cli.deploy.calls import change, create_once, the_one
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json
from wildrydes_cli.deploy.users import TAGS
from wildrydes_cli.shapes import fits

RESOURCE = "/ride"
STAGE = "prod"

_PAGE_SIZE = {"PageSize": 500}
_API = {"id": str, "name": str, "tags?": Mapping}
_RESOURCE = {"id": str, "path": str, "resourceMethods?": dict}
_METHOD = {
    "authorizationType?": str,
    "authorizerId?": str,
    "authorizationScopes?": [str],
    "apiKeyRequired?": bool,
    "methodIntegration?": {
        "type?": str,
        "uri?": str,
        "integrationResponses?": lambda answers: (
            isinstance(answers, dict) and all(fits(each, {"responseParameters?": Mapping}) for each in answers.values())
        ),
    },
}


class RestApi:
    """The REST API called `name`, with its resource `/ride`. `announce` is told of each step."""

    def __init__(self, account: Account, name: str, announce: Callable[[str], None]) -> None:
        self.name = name
        self.gateway = account.client("apigateway")
        self.announce = announce
        self._once = account.client("apigateway", **aws.ONE_TRY)

    @property
    def label(self) -> str:
        """The API and where it is, for people."""
        return f"REST API {self.name} in {aws.location(self.gateway)}"

    @cached_property
    def found(self) -> Json | None:
        """The API as API Gateway describes it, or None. Raises `WildrydesError` if several APIs have the name."""
        action = f"look for {self.label}"
        self.announce(action)
        listed = self._listed("get_rest_apis", action, _API)
        return the_one(f"REST APIs {self.name}", [api for api in listed if api["name"] == self.name], "id")

    @property
    def id(self) -> str:
        """The API's id. The API must exist."""
        found: str = (self.found or {})["id"]
        return found

    @cached_property
    def resources(self) -> dict[str, Json]:
        """The resources of the API by their paths. The API must exist."""
        action = f"list the resources of {self.label}"
        listed = self._listed("get_resources", action, _RESOURCE, restApiId=self.id, embed=["methods"])
        return {resource["path"]: resource for resource in listed}

    @cached_property
    def methods(self) -> dict[str, Json]:
        """The methods POST and OPTIONS of `/ride`, as far as they exist."""
        if not self.found or not (ride := self.resources.get(RESOURCE)):
            return {}
        return {
            verb: self.ask("get_method", f"look at {verb}", answer=_METHOD, resourceId=ride["id"], httpMethod=verb)
            for verb in ("POST", "OPTIONS")
            if verb in (ride.get("resourceMethods") or {})
        }

    def look(self) -> Difference:
        """Find the API and its resource."""
        if not self.found:
            return MISSING
        return UNCHANGED if RESOURCE in self.resources else Difference("updated", f"it has no resource {RESOURCE}")

    def apply(self, _: Difference) -> None:
        """Create the API and its resource, as far as they are missing."""
        if not self.found:
            action = f"create {self.label}"
            self.announce(action)
            create, regional = self._once.create_rest_api, {"types": ["REGIONAL"]}
            self.found = create_once(
                create, action, answer=_API, name=self.name, endpointConfiguration=regional, tags=TAGS
            )
        if RESOURCE not in self.resources:
            if not (root := self.resources.get("/")):
                raise not_the_service(f"create resource {RESOURCE} of {self.label}", "the API has no root")
            self.resources[RESOURCE] = self.write(
                "create_resource",
                f"create resource {RESOURCE}",
                answer=_RESOURCE,
                parentId=root["id"],
                pathPart=RESOURCE.strip("/"),
            )

    def difference(self, part: str, reasons: list[str], *, foreign: bool = False) -> Difference:
        """Return the difference of an existing `part` of this API, with every reason for it.

        It is asked before this overwrites what somebody made by hand, or what is `foreign`: it serves something else.
        """
        if not reasons:
            return UNCHANGED
        why = ""
        if ((self.found or {}).get("tags") or {}).get("wildrydes") != TAGS["wildrydes"]:
            why = "which was made by hand"
        elif foreign:
            why = f"where {'; '.join(reasons)}"
        return Difference("updated", "; ".join(reasons), f"{part} of REST API {self.name}, {why}" if why else "")

    def delete_method(self, verb: str) -> None:
        """Delete a method of `/ride` if it exists."""
        if self.methods.pop(verb, None) is not None:
            self.write("delete_method", f"delete {verb} {RESOURCE}", expected=ABSENT, **self.at(verb))

    def at(self, verb: str) -> Json:
        """Return the parameters that name a method of `/ride`."""
        return {"resourceId": self.resources[RESOURCE]["id"], "httpMethod": verb}

    def write(self, operation: str, action: str, **parameters: Any) -> Json:
        """Announce and do an operation that changes this API. Waits while API Gateway limits changes."""
        action = f"{action} in REST API {self.name}"
        self.announce(action)
        return change(getattr(self.gateway, operation), action, restApiId=self.id, **parameters)

    def ask(self, operation: str, action: str, **parameters: Any) -> Json:
        """Do an operation that reads something of this API."""
        action = f"{action} of {self.label}"
        answer: Json = aws.call(getattr(self.gateway, operation), action, restApiId=self.id, **parameters)
        return answer

    def remove(self) -> bool:
        """Delete the API, with everything in it."""
        if not self.found:
            return False
        action = f"delete {self.label}"
        self.announce(action)
        answer = change(
            self.gateway.delete_rest_api,
            action,
            expected=ABSENT,
            waiting=lambda: self.announce("wait up to a minute: API Gateway deletes only one API in 30 seconds"),
            restApiId=self.id,
        )
        return "Error" not in answer

    def _listed(self, operation: str, action: str, shape: Json, **parameters: Any) -> list[Json]:
        pages = self.gateway.get_paginator(operation).paginate(PaginationConfig=_PAGE_SIZE, **parameters)
        listed: list[Json] = aws.call(pages.build_full_result, action, answer={"items?": [shape]}).get("items") or []
        return listed

    @property
    def function(self) -> str | None:
        """The name of the function that POST calls, if there is one."""
        uri = (self.methods.get("POST", {}).get("methodIntegration") or {}).get("uri") or ""
        found = re.search(r":function:([A-Za-z0-9_-]+)", uri)
        return found[1] if found else None

    def users_of(self, authorizer: str) -> list[str]:
        """Return the methods that use the authorizer with that id, besides POST and OPTIONS of `/ride`."""
        return sorted(
            f"{verb} {path}"
            for path, resource in self.resources.items()
            for verb, method in (resource.get("resourceMethods") or {}).items()
            if isinstance(method, dict) and method.get("authorizerId") == authorizer
            if (path, verb) not in ((RESOURCE, "POST"), (RESOURCE, "OPTIONS"))
        )

    @property
    def others(self) -> list[str]:
        """What the API has besides our methods of `/ride`."""
        if not self.found:
            return []
        others = [path for path in self.resources if path not in ("/", RESOURCE)]
        for path, ours in ("/", ()), (RESOURCE, ("POST", "OPTIONS")):
            verbs = (self.resources.get(path) or {}).get("resourceMethods") or {}
            others += [f"{verb} {path}" for verb in verbs if verb not in ours]
        return sorted(others)
