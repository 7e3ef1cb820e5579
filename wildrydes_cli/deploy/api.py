"""What the REST API in front of the function consists of, and the order in which that is deployed.

Browsers send the ID token of a Cognito user. API Gateway checks it, and invokes the function with the token's claims.
Every look compares what exists with what should, also in an API that somebody made by hand in the console.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from wildrydes_cli.deploy import ABSENT
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, Part, Plan
from wildrydes_cli.deploy.rest_api import RESOURCE, STAGE, RestApi
from wildrydes_cli.deploy.target import Permission, Target
from wildrydes_cli.deploy.users import AppClient, UserPool
from wildrydes_cli.errors import WildrydesError

RATE, BURST = 10, 20
"""The stage's throttling: requests a second, and at once. The account's default is a thousand times as many."""

IDENTITY_SOURCE = "method.request.header.Authorization"
CORS = {"Origin": "*", "Headers": "Authorization,Content-Type", "Methods": "POST,OPTIONS"}
"""What the gateway answers to a browser's preflight, as `Access-Control-Allow-…` headers."""

_ALLOW_ORIGIN = {"gatewayresponse.header.Access-Control-Allow-Origin": f"'{CORS['Origin']}'"}
_ERROR_TEMPLATES = {"application/json": '{"message":$context.error.messageString}'}
_OWN_ANSWERS = ("DEFAULT_4XX", "DEFAULT_5XX")

_AUTHORIZER = {"id": str, "name?": str, "type?": str, "providerARNs?": [str], "identitySource?": str}
_GATEWAY_RESPONSE = {"responseType": str, "responseParameters?": Mapping, "defaultResponse?": bool}
_STAGE = {
    "stageName": str,
    "deploymentId?": str,
    "methodSettings?": lambda settings: (
        isinstance(settings, dict) and all(isinstance(each, dict) for each in settings.values())
    ),
}


class Authorizer:
    """What lets only the users of `pool` in. It is the authorizer that POST uses, or else the one with our name."""

    def __init__(self, api: RestApi, pool: UserPool) -> None:
        self._api = api
        self._pool = pool

    @cached_property
    def found(self) -> Json | None:
        """The authorizer as API Gateway describes it, or None."""
        answer = self._api.ask("get_authorizers", "list the authorizers", answer={"items?": [_AUTHORIZER]}, limit=500)
        used = self._api.methods.get("POST", {}).get("authorizerId")
        listed = answer.get("items") or []
        named = [each for each in listed if each.get("name") == self._api.name]
        return next(iter([each for each in listed if each["id"] == used] + named), None)

    @property
    def pool_arn(self) -> str | None:
        """The ARN of the pool that it should name, or None if there is no such pool yet."""
        return (self._pool.found or {}).get("Arn")

    def look(self) -> Difference:
        """Find the authorizer, and compare it."""
        if not self._api.found or not (found := self.found):
            return MISSING
        reasons = []
        cognito = found.get("type") == "COGNITO_USER_POOLS"
        other_pool = cognito and found.get("providerARNs") != [self.pool_arn]
        if not cognito:
            reasons.append("it does not check tokens of Cognito")
        if other_pool:
            reasons.append("it names another user pool")
        if found.get("identitySource") != IDENTITY_SOURCE:
            reasons.append("its token source is not Authorization")
        if reasons and (users := self._api.users_of(found["id"])):
            raise WildrydesError(
                f"cannot replace authorizer {found.get('name')} of {self._api.label} ({'; '.join(reasons)}): "
                f"it is also used by {', '.join(users)}",
                hint=f"choose another authorizer for POST {RESOURCE} in the console, or another --api-name",
            )
        return self._api.difference(f"authorizer {found.get('name')}", reasons, foreign=other_pool or not cognito)

    def apply(self, _: Difference) -> None:
        """Create the authorizer. One that differs goes first, and before it what uses it (ConflictException)."""
        name = self._api.name
        if old := self.found:
            name = old.get("name") or name
            for verb, method in list(self._api.methods.items()):
                if method.get("authorizerId") == old["id"]:
                    self._api.delete_method(verb)
            self._api.write("delete_authorizer", f"delete authorizer {name}", expected=ABSENT, authorizerId=old["id"])
        self.found = self._api.write(
            "create_authorizer",
            f"create authorizer {name}",
            answer=_AUTHORIZER,
            name=name,
            type="COGNITO_USER_POOLS",
            providerARNs=[self.pool_arn],
            identitySource=IDENTITY_SOURCE,
        )


class Post:
    """`POST /ride`: it asks for a token, and invokes the function."""

    def __init__(self, api: RestApi, authorizer: Authorizer, target: Target) -> None:
        self._api = api
        self._authorizer = authorizer
        self._target = target

    def look(self) -> Difference:
        """Find the method, and compare it."""
        if not (found := self._api.methods.get("POST")):
            return MISSING
        integration = found.get("methodIntegration") or {}
        authorizer = self._authorizer.found or {}
        reasons = []
        if found.get("authorizationType") in (None, "NONE"):
            reasons.append("it asks for no token")
        elif found["authorizationType"] != "COGNITO_USER_POOLS":
            reasons.append("it does not ask for a token of Cognito")
        elif found.get("authorizerId") != authorizer.get("id"):
            reasons.append("its authorizer is not the right one")
        elif self._authorizer.look() != UNCHANGED:
            reasons.append("it is created again with its authorizer")
        if found.get("authorizationScopes"):
            reasons.append("it wants OAuth scopes, which an ID token does not have")
        if found.get("apiKeyRequired"):
            reasons.append("it wants an API key")
        other_function = bool(integration) and integration.get("uri") != self._target.uri
        if other_function:
            reasons.append("it calls another function")
        if not integration:
            reasons.append("it calls no function")
        elif integration.get("type") != "AWS_PROXY":
            reasons.append('the box "Lambda proxy integration" is not ticked')
        return self._api.difference(f"POST {RESOURCE}", reasons, foreign=other_function)

    def apply(self, _: Difference) -> None:
        """Create the method, in place of one that differs."""
        self._api.delete_method("POST")
        at, action = self._api.at("POST"), f"create POST {RESOURCE}"
        self._api.write(
            "put_method",
            action,
            authorizationType="COGNITO_USER_POOLS",
            authorizerId=(self._authorizer.found or {})["id"],
            **at,
        )
        invoke = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": self._target.uri}
        self._api.write("put_integration", f"connect POST {RESOURCE} to function {self._target.name}", **invoke, **at)


class Options:
    """`OPTIONS /ride`: what a browser asks before it sends a token to another host (CORS). It asks for no token."""

    def __init__(self, api: RestApi) -> None:
        self._api = api

    def look(self) -> Difference:
        """Find the method, and compare it. Accepts what the console's "Enable CORS" creates."""
        if not self._api.found:
            return MISSING
        if not (found := self._api.methods.get("OPTIONS")):
            return Difference("created", "it does not exist: CORS is not enabled")
        integration = found.get("methodIntegration") or {}
        answers = integration.get("integrationResponses") or {}
        headers = (answers.get("200") or {}).get("responseParameters") or {}
        reasons = []
        if found.get("authorizationType") != "NONE":
            reasons.append("it asks for a token, which a browser's preflight does not send")
        if found.get("apiKeyRequired"):
            reasons.append("it wants an API key, which a browser's preflight does not send")
        if integration.get("type") != "MOCK" or not all(
            _words(value) - {"options"} <= _words(headers.get(name)) for name, value in _cors_headers().items()
        ):
            reasons.append("its CORS headers are different")
        return self._api.difference(f"OPTIONS {RESOURCE}", reasons)

    def apply(self, _: Difference) -> None:
        """Create the method, in place of one that differs."""
        self._api.delete_method("OPTIONS")
        at, headers = self._api.at("OPTIONS"), _cors_headers()
        template = {"application/json": '{"statusCode": 200}'}
        for operation, parameters in (
            ("put_method", {"authorizationType": "NONE"}),
            ("put_integration", {"type": "MOCK", "requestTemplates": template}),
            ("put_method_response", {"statusCode": "200", "responseParameters": dict.fromkeys(headers, False)}),
            ("put_integration_response", {"statusCode": "200", "responseParameters": headers}),
        ):
            kind = operation.removeprefix("put_").replace("_", " ")  # for example "integration response"
            self._api.write(operation, f"create the {kind} for OPTIONS {RESOURCE}", **parameters, **at)


class GatewayResponses:
    """The gateway's own answers, such as 401 and 429. A page can read them only if they have a CORS header."""

    def __init__(self, api: RestApi) -> None:
        self._api = api

    @cached_property
    def _found(self) -> dict[str, Json]:
        shape = {"items?": [_GATEWAY_RESPONSE]}
        answer = self._api.ask("get_gateway_responses", "list the gateway responses", answer=shape, limit=500)
        return {each["responseType"]: each for each in answer.get("items") or []}

    def look(self) -> Difference:
        """Compare the answers."""
        if not self._api.found:
            return MISSING
        if not any(map(self._is_unreadable, _OWN_ANSWERS)):
            return UNCHANGED
        reasons = ["a page cannot read its 401, 429 and 5xx answers"]
        if all(self._is_default(kind) for kind in _OWN_ANSWERS if self._is_unreadable(kind)):
            return Difference("updated", *reasons)  # nothing of anybody's is overwritten
        return self._api.difference("gateway responses", reasons)

    def apply(self, _: Difference) -> None:
        """Give the answers that lack it the header."""
        for kind in filter(self._is_unreadable, _OWN_ANSWERS):
            self._api.write(
                "put_gateway_response",
                f"put the CORS header on {kind}",
                responseType=kind,
                responseParameters=_ALLOW_ORIGIN,
                responseTemplates=_ERROR_TEMPLATES,
            )

    def _is_default(self, kind: str) -> bool:
        """Whether nobody changed the answer. API Gateway lists its default answers too, and says that they are."""
        return kind not in self._found or bool(self._found[kind].get("defaultResponse"))

    def _is_unreadable(self, kind: str) -> bool:
        """Whether a page cannot read the answer."""
        headers = self._found.get(kind, {}).get("responseParameters") or {}
        return not _ALLOW_ORIGIN.items() <= headers.items()


class Stage:
    """The stage `prod`: the deployed API, with its throttling.

    The description of our deployments has a digest of what they contain, because an API can be changed without being
    deployed.
    """

    def __init__(self, api: RestApi, authorizer: Authorizer, target: Target) -> None:
        self._api = api
        self._authorizer = authorizer
        self._target = target

    @cached_property
    def found(self) -> Json | None:
        """The stage as API Gateway describes it, or None."""
        answer = self._api.ask("get_stages", "list the stages", answer={"item?": [_STAGE]})
        return next((stage for stage in answer.get("item") or [] if stage["stageName"] == STAGE), None)

    @cached_property
    def _deployed(self) -> str | None:
        """The description of the stage's deployment."""
        if not (deployment := (self.found or {}).get("deploymentId")):
            return None
        answer = self._api.ask(
            "get_deployment",
            "look at the deployment",
            answer={"description?": str},
            expected=ABSENT,
            deploymentId=deployment,
        )
        return answer.get("description")

    @property
    def _wanted(self) -> str:
        authorizer = (self._authorizer.found or {}).get("id")
        made_of = [self._target.uri, self._authorizer.pool_arn, authorizer, CORS, _OWN_ANSWERS]
        return f"wildrydes {hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]}"

    @property
    def _reason_to_deploy(self) -> str:
        """Why the API must be deployed again, or "" if it need not."""
        if self._authorizer.look() != UNCHANGED:  # the stage would still ask the old one
            return "it is deployed again with its authorizer"
        if self._deployed == self._wanted:
            return ""
        ours = (self._deployed or "").startswith("wildrydes ")
        return f"what was changed since {'is not' if ours else 'may not be'} deployed"

    @property
    def _throttling(self) -> tuple[Any, Any]:
        """How many requests the stage answers: a second, and at once. None means the account's default."""
        settings = ((self.found or {}).get("methodSettings") or {}).get("*/*") or {}
        return settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")

    def look(self) -> Difference:
        """Find the stage, and compare what it serves. Only throttling that somebody chose is worth a question."""
        if not self._api.found:
            return MISSING
        if not self.found:
            return Difference("created", "it does not exist: the API is not deployed")
        reasons = [self._reason_to_deploy] if self._reason_to_deploy else []
        if self._throttling != (RATE, BURST):
            reasons.append(
                "its throttling is different" if any(self._throttling) else "it has no throttling of its own"
            )
        if any(self._throttling) and self._throttling != (RATE, BURST):
            return self._api.difference(f"stage {STAGE}", reasons)
        return Difference("updated", "; ".join(reasons)) if reasons else UNCHANGED

    def apply(self, _: Difference) -> None:
        """Deploy the API to the stage if that is necessary, and throttle it."""
        if not self.found or self._reason_to_deploy:
            self._api.write("create_deployment", f"deploy stage {STAGE}", stageName=STAGE, description=self._wanted)
        limits = {"rateLimit": RATE, "burstLimit": BURST}
        patches = [
            {"op": "replace", "path": f"/*/*/throttling/{name}", "value": str(limit)} for name, limit in limits.items()
        ]
        self._api.write("update_stage", f"throttle stage {STAGE}", stageName=STAGE, patchOperations=patches)


def api_parts(api: RestApi, pool: UserPool, client: AppClient, target: Target) -> dict[str, Part]:
    """Return the parts of the API and its users, in the order in which they are deployed."""
    authorizer = Authorizer(api, pool)
    return {
        "UserPool": pool,
        "AppClient": client,
        "RestApi": api,
        "Authorizer": authorizer,
        "Post": Post(api, authorizer, target),
        "Options": Options(api),
        "GatewayResponses": GatewayResponses(api),
        "Permission": Permission(api, target),
        "Stage": Stage(api, authorizer, target),
    }


def overwrites(plan: Plan, api: RestApi) -> list[str]:
    """Return what deploying would overwrite. An API that serves something else too comes first, whatever changes."""
    changed = any(plan.changes[part] != "unchanged" for part in plan.changes if part not in ("UserPool", "AppClient"))
    serves = [f"REST API {api.name}, which also has {', '.join(api.others)}"] if changed and api.others else []
    return serves + plan.overwrites


def _cors_headers() -> dict[str, str]:
    return {f"method.response.header.Access-Control-Allow-{name}": f"'{value}'" for name, value in CORS.items()}


def _words(value: object) -> set[str]:
    """Return what a quoted header value lists."""
    return {word.strip().lower() for word in str(value or "").strip("'").split(",")}
