"""The methods of `/ride`: POST for a ride, and OPTIONS for a browser that asks whether it may send POST.

Each look accepts what works, also in an API that somebody made by hand in the console.
"""

from wildrydes_cli.deploy.authorizer import Authorizer
from wildrydes_cli.deploy.function import Function
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Reason, differs, existing
from wildrydes_cli.deploy.resources import Resources
from wildrydes_cli.deploy.rest_api import RESOURCE, RestApi

CORS = {"Origin": "*", "Headers": "Authorization,Content-Type", "Methods": "POST,OPTIONS"}
"""What the gateway answers to a browser's preflight, as `Access-Control-Allow-…` headers."""


class Post:
    """`POST /ride`: it asks for a token, and invokes the function."""

    def __init__(self, api: RestApi, resources: Resources, authorizer: Authorizer, function: Function) -> None:
        self._api = api
        self._resources = resources
        self._authorizer = authorizer
        self._function = function
        self.needs = (resources, authorizer, function)

    def find(self) -> None:
        """Do nothing: `Resources` has found the methods."""

    def look(self) -> Difference:
        """Compare the method."""
        if not (found := self._resources.methods.get("POST")):
            return MISSING
        integration = found.get("methodIntegration") or {}
        authorizer = self._authorizer.found or {}
        reasons: list[Reason] = []
        if found.get("authorizationType") in (None, "NONE"):
            reasons.append(differs("it asks for no token"))
        elif found["authorizationType"] != "COGNITO_USER_POOLS":
            reasons.append(differs("it does not ask for a token of Cognito"))
        elif found.get("authorizerId") != authorizer.get("id"):
            reasons.append(differs("its authorizer is not the right one"))
        elif self._authorizer.look() != UNCHANGED:
            reasons.append(differs("it is created again with its authorizer"))
        if found.get("authorizationScopes"):
            reasons.append(differs("it wants OAuth scopes, which an ID token does not have"))
        if found.get("apiKeyRequired"):
            reasons.append(differs("it wants an API key"))
        other_function = bool(integration) and integration.get("uri") != self._function.uri
        if other_function:
            reasons.append(differs("it calls another function"))
        if not integration:
            reasons.append(differs("it calls no function"))
        elif integration.get("type") != "AWS_PROXY":
            reasons.append(differs('the box "Lambda proxy integration" is not ticked'))
        return self._api.difference(f"POST {RESOURCE}", reasons, foreign=other_function)

    def apply(self, _: Difference) -> None:
        """Create the method, in place of one that differs."""
        self._resources.delete_method("POST")
        at, action = self._resources.at("POST"), f"create POST {RESOURCE}"
        self._api.write(
            "put_method",
            action,
            authorizationType="COGNITO_USER_POOLS",
            authorizerId=existing(self._authorizer.found)["id"],
            **at,
        )
        invoke = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": self._function.uri}
        self._api.write("put_integration", f"connect POST {RESOURCE} to function {self._function.name}", **invoke, **at)


class Options:
    """`OPTIONS /ride`: what a browser asks before it sends a token to another host (CORS). It asks for no token."""

    def __init__(self, api: RestApi, resources: Resources) -> None:
        self._api = api
        self._resources = resources
        self.needs = (resources,)

    def find(self) -> None:
        """Do nothing: `Resources` has found the methods."""

    def look(self) -> Difference:
        """Compare the method. Accepts what the console's "Enable CORS" creates."""
        if not self._api.found:
            return MISSING
        if not (found := self._resources.methods.get("OPTIONS")):
            return Difference("created", (differs("it does not exist: CORS is not enabled"),))
        integration = found.get("methodIntegration") or {}
        answers = integration.get("integrationResponses") or {}
        headers = (answers.get("200") or {}).get("responseParameters") or {}
        reasons: list[Reason] = []
        if found.get("authorizationType") != "NONE":
            reasons.append(differs("it asks for a token, which a browser's preflight does not send"))
        if found.get("apiKeyRequired"):
            reasons.append(differs("it wants an API key, which a browser's preflight does not send"))
        if integration.get("type") != "MOCK" or not all(
            _words(value) - {"options"} <= _words(headers.get(name)) for name, value in _cors_headers().items()
        ):
            reasons.append(differs("its CORS headers are different"))
        return self._api.difference(f"OPTIONS {RESOURCE}", reasons)

    def apply(self, _: Difference) -> None:
        """Create the method, in place of one that differs."""
        self._resources.delete_method("OPTIONS")
        at, headers = self._resources.at("OPTIONS"), _cors_headers()
        template = {"application/json": '{"statusCode": 200}'}
        for operation, parameters in (
            ("put_method", {"authorizationType": "NONE"}),
            ("put_integration", {"type": "MOCK", "requestTemplates": template}),
            ("put_method_response", {"statusCode": "200", "responseParameters": dict.fromkeys(headers, False)}),
            ("put_integration_response", {"statusCode": "200", "responseParameters": headers}),
        ):
            kind = operation.removeprefix("put_").replace("_", " ")  # for example "integration response"
            self._api.write(operation, f"create the {kind} for OPTIONS {RESOURCE}", **parameters, **at)


def _cors_headers() -> dict[str, str]:
    return {f"method.response.header.Access-Control-Allow-{name}": f"'{value}'" for name, value in CORS.items()}


def _words(value: object) -> set[str]:
    """Return what a quoted header value lists."""
    return {word.strip().lower() for word in str(value or "").strip("'").split(",")}
