"""The resources of the REST API: `/ride` with its methods, and what else there is."""

import re

from wildrydes_cli.aws_errors import not_the_service
from wildrydes_cli.deploy.calls import ABSENT
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, differs
from wildrydes_cli.deploy.rest_api import RESOURCE, RestApi

_RESOURCE = {"id": str, "path": str}


class Resources:
    """The resources of `api`. As a part, this is the API with its resource `/ride`."""

    def __init__(self, api: RestApi) -> None:
        self._api = api
        self.needs = (api,)
        self.found: dict[str, Json] = {}
        """The resources by their paths."""
        self.methods: dict[str, Json] = {}
        """The methods POST and OPTIONS of `/ride`, as far as they exist."""

    def find(self) -> None:
        """Ask API Gateway for the resources, and for the methods of `/ride`."""
        if not self._api.found:
            return
        self._list()
        if ride := self.found.get(RESOURCE):
            self.methods = {
                verb: self._api.ask("get_method", f"look at {verb}", resourceId=ride["id"], httpMethod=verb)
                for verb in ("POST", "OPTIONS")
                if verb in (ride.get("resourceMethods") or {})
            }

    def look(self) -> Difference:
        """Say whether the API and its resource exist."""
        if not self._api.found:
            return MISSING
        return (
            UNCHANGED if RESOURCE in self.found else Difference("updated", (differs(f"it has no resource {RESOURCE}"),))
        )

    def apply(self, _: Difference) -> None:
        """Create the API and its resource, as far as they are missing."""
        if not self._api.found:
            self._api.create()
            self._list()
        if RESOURCE in self.found:
            return
        if not (root := self.found.get("/")):
            raise not_the_service(f"create resource {RESOURCE} of {self._api.label}", "the API has no root")
        self.found[RESOURCE] = self._api.write(
            "create_resource",
            f"create resource {RESOURCE}",
            answer=_RESOURCE,
            parentId=root["id"],
            pathPart=RESOURCE.strip("/"),
        )

    def delete_method(self, verb: str) -> None:
        """Delete a method of `/ride` if it exists."""
        if self.methods.pop(verb, None) is not None:
            self._api.write("delete_method", f"delete {verb} {RESOURCE}", absent=ABSENT, **self.at(verb))

    def at(self, verb: str) -> Json:
        """Return the parameters that name a method of `/ride`."""
        return {"resourceId": self.found[RESOURCE]["id"], "httpMethod": verb}

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
            for path, resource in self.found.items()
            for verb, method in (resource.get("resourceMethods") or {}).items()
            if isinstance(method, dict) and method.get("authorizerId") == authorizer
            if (path, verb) not in ((RESOURCE, "POST"), (RESOURCE, "OPTIONS"))
        )

    @property
    def others(self) -> list[str]:
        """What the API has besides our methods of `/ride`."""
        others = [path for path in self.found if path not in ("/", RESOURCE)]
        for path, ours in ("/", ()), (RESOURCE, ("POST", "OPTIONS")):
            verbs = (self.found.get(path) or {}).get("resourceMethods") or {}
            others += [f"{verb} {path}" for verb in verbs if verb not in ours]
        return sorted(others)

    def _list(self) -> None:
        action = f"list the resources of {self._api.label}"
        listed = self._api.listed("get_resources", action, restApiId=self._api.id, embed=["methods"])
        self.found = {resource["path"]: resource for resource in listed}
