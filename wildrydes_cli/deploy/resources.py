"""The resources of the REST API: `/ride` with its methods, and what else there is."""

import re

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import not_the_service
from wildrydes_cli.deploy.calls import ABSENT, BUSY_SECONDS
from wildrydes_cli.deploy.plan import MISSING, Difference, Json, broken
from wildrydes_cli.deploy.rest_api import RESOURCE, RestApi
from wildrydes_cli.errors import ServiceError

_RESOURCE = {"id": str, "path": str}


class Resources:
    """The resources of `api`. As a part, this is the API with its settings and its resource `/ride`."""

    def __init__(self, api: RestApi) -> None:
        self._api = api
        self.needs = (api,)
        self.found: dict[str, Json] = {}
        """The resources by their paths."""

    def find(self) -> None:
        """Ask API Gateway for the resources."""
        if self._api.found:
            action = f"list the resources of {self._api.label}"
            listed = self._api.listed("get_resources", action, restApiId=self._api.id, embed=["methods"])
            self.found = {resource["path"]: resource for resource in listed}

    def look(self) -> Difference:
        """Say whether the API and its resource exist, and whether the API's settings let riders in."""
        if not self._api.found:
            return MISSING
        difference = self._api.difference("the settings", [reason for reason, _ in self._api.faults()], foreign=True)
        if RESOURCE in self.found:
            return difference
        others = ", ".join(sorted(path for path in self.found if path != "/"))
        reason = broken(f"it has no resource {RESOURCE}{f', only {others}' if others else ''}")
        return Difference("updated", (*difference.reasons, reason), difference.overwrites)

    def apply(self, _: Difference) -> None:
        """Create the API and its resource as far as they are missing, and repair the API's settings."""
        if not self._api.found:
            self._api.create()
            self.find()
        if patches := [patch for _, patch in self._api.faults()]:
            self._api.write("update_rest_api", "repair the settings", patchOperations=patches)
        if RESOURCE in self.found:
            return
        if not (root := self.found.get("/")):
            raise not_the_service(f"create resource {RESOURCE} of {self._api.label}", "the API has no root")
        created = self._api.write(
            "create_resource",
            f"create resource {RESOURCE}",
            is_there=self._is_there,
            answer=_RESOURCE,
            parentId=root["id"],
            pathPart=RESOURCE.strip("/"),
        )
        if created:
            self.found[RESOURCE] = created

    def verbs(self, path: str) -> list[str]:
        """Return the methods of a resource. There are none if the resource does not exist."""
        return sorted((self.found.get(path) or {}).get("resourceMethods") or {})

    def users_of(self, authorizer: str) -> list[str]:
        """Return the methods that use the authorizer with that id, besides POST and OPTIONS of `/ride`."""
        return sorted(
            f"{verb} {path}"
            for path, resource in self.found.items()
            for verb, method in (resource.get("resourceMethods") or {}).items()
            if method.get("authorizerId") == authorizer
            if (path, verb) not in ((RESOURCE, "POST"), (RESOURCE, "OPTIONS"))
        )

    @property
    def others(self) -> list[str]:
        """What the API has besides our methods of `/ride`."""
        others = [path for path in self.found if path not in ("/", RESOURCE)]
        for path, ours in ("/", ()), (RESOURCE, ("POST", "OPTIONS")):
            others += [f"{verb} {path}" for verb in self.verbs(path) if verb not in ours]
        return sorted(others)

    def _is_there(self) -> bool:
        self.find()
        return RESOURCE in self.found


class Method:
    """A method of `/ride` as it is. The parts `Post` and `Options` say what it should be."""

    def __init__(self, api: RestApi, resources: Resources, verb: str) -> None:
        self.verb = verb
        self.label = f"{verb} {RESOURCE}"
        self.found: Json | None = None
        """The method with its integration as API Gateway describes it, or None."""
        self.resources = resources
        self._api = api
        self.needs = (resources,)

    def find(self) -> None:
        """Ask API Gateway for the method if its resource has it."""
        if self.verb in self.resources.verbs(RESOURCE):
            self.find_again()

    def find_again(self) -> None:
        """Ask API Gateway for the method."""
        self.found = self._api.ask("get_method", f"look at {self.label}", absent=ABSENT, **self._at)

    def missing(self, why: str = "") -> Difference:
        """Return the difference of a method that does not exist. It breaks an API that does."""
        if not self._api.found:
            return MISSING
        others = [verb for verb in self.resources.verbs(RESOURCE) if verb not in ("POST", "OPTIONS")]
        only = f"; {RESOURCE} has {', '.join(others)}" if others else ""
        return Difference("created", (broken(f"it does not exist{why}{only}"),))

    def replace(self, *steps: tuple[str, Json]) -> None:
        """Create the method, in place of one that differs.

        Another deployment may be replacing the method too, and delete it before we are done. Then this begins again.

        Args:
            steps: Operations that put something on the method, with their parameters. The first is `put_method`.
        """
        gone = ServiceError(f"cannot create {self.label}: somebody else keeps deleting it", hint="deploy again")
        self.delete()
        for _ in aws.polls(BUSY_SECONDS):
            try:
                for operation, parameters in steps:
                    self._put(operation, parameters, gone)
            except ServiceError as error:
                if error is not gone:
                    raise
            else:
                return
        raise gone

    def _put(self, operation: str, parameters: Json, gone: ServiceError) -> None:
        """Put something on the method. Raises `gone` if there is no method.

        Another deployment, or a try whose answer was lost, may have put the same there. Only `put_method` and
        `put_method_response` refuse to put it again (Terraform updates the others by putting them).
        """

        def is_there() -> bool:
            self.find_again()
            kept = self.found or {}
            if operation == "put_method_response":
                kept = (kept.get("methodResponses") or {}).get(parameters["statusCode"]) or {}
            return operation.startswith("put_method") and parameters.items() <= kept.items()

        kind = operation.removeprefix("put_").replace("_", " ")  # for example "integration response"
        action = f"create {self.label}" if operation == "put_method" else f"create the {kind} for {self.label}"
        known = {"NotFoundException": gone}
        self._api.write(operation, action, is_there=is_there, known=known, **parameters, **self._at)

    def delete(self) -> None:
        """Delete the method if it exists."""
        if self.found:
            self._api.write("delete_method", f"delete {self.label}", absent=ABSENT, **self._at)
            self.found = None

    @property
    def _at(self) -> Json:
        return {"resourceId": self.resources.found[RESOURCE]["id"], "httpMethod": self.verb}


def function_of(method: Json | None) -> str | None:
    """Return the ARN of the function that a method calls, if it calls one."""
    uri = ((method or {}).get("methodIntegration") or {}).get("uri") or ""
    found = re.search(r"/functions/(arn:[^/]+)/invocations", uri)
    return found[1] if found else None
