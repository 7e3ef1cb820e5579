"""The methods of `/ride`: POST for a ride, and OPTIONS for a browser that asks whether it may send POST.

Each look compares everything that can refuse a rider. It accepts what works, also in an API that somebody made by hand
in the console.
"""

import re
from collections.abc import Iterator

from wildrydes_cli.deploy.authorizer import Authorizer
from wildrydes_cli.deploy.function import Function
from wildrydes_cli.deploy.plan import UNCHANGED, Difference, Json, Reason, broken, differs, existing
from wildrydes_cli.deploy.resources import Method, function_of
from wildrydes_cli.deploy.rest_api import RestApi

CORS = {"Origin": "*", "Headers": "Authorization,Content-Type", "Methods": "POST,OPTIONS"}
"""What the gateway answers to a browser's preflight, as `Access-Control-Allow-…` headers."""

_SENT = ("method.request.header.authorization", "method.request.header.content-type")
"""What a page sends with POST. A browser's preflight sends neither."""

_WAIT = 29_000
"""How long API Gateway waits for the function, in milliseconds, unless the integration says otherwise."""
_RIDE = 10_000
"""How long the function may take, in milliseconds."""
_FIRST_RIDE = 3_000
"""How long the first ride after a pause can take: Lambda starts the function."""


class Post:
    """`POST /ride`: it asks for a token, and invokes the function."""

    def __init__(self, api: RestApi, method: Method, authorizer: Authorizer, function: Function) -> None:
        self._api = api
        self._method = method
        self._authorizer = authorizer
        self._function = function
        self.needs = (method, authorizer, function)

    def find(self) -> None:
        """Do nothing: `Method` has found the method."""

    def look(self) -> Difference:
        """Compare the method with what `apply` creates."""
        if not (found := self._method.found):
            return self._method.missing()
        reasons = [*self._authorization(found), *_refusals(found, _SENT), *self._integration(found)]
        return self._api.difference(self._method.label, reasons, foreign=self._is_foreign(function_of(found)))

    def apply(self, _: Difference) -> None:
        """Create the method, in place of one that differs."""
        authorizer = existing(self._authorizer.found)["id"]
        self._method.replace(
            ("put_method", {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": authorizer}),
            ("put_integration", {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": self._function.uri}),
        )

    def _authorization(self, found: Json) -> Iterator[Reason]:
        """Yield what is wrong with how the method lets riders in."""
        kind = found.get("authorizationType") or "NONE"
        if kind == "NONE":
            yield broken("it asks for no token: its authorization is NONE, not COGNITO_USER_POOLS")
        elif kind != "COGNITO_USER_POOLS":
            yield broken(f"its authorization is {kind}, not COGNITO_USER_POOLS")
        elif self._authorizer.look() != UNCHANGED:
            yield differs("it is created again with its authorizer")
        if scopes := found.get("authorizationScopes"):
            yield broken(f"it wants the OAuth scope {' or '.join(scopes)}, which an ID token does not have")

    def _integration(self, found: Json) -> Iterator[Reason]:
        """Yield what is wrong with how the method invokes the function."""
        if not (integration := found.get("methodIntegration") or {}):
            yield broken(f"it calls no function, not {self._function.name}")
            return
        if (kind := integration.get("type")) != "AWS_PROXY":
            box = 'the box "Lambda proxy integration" is not ticked'
            yield broken(f"its integration is of type {kind}, not AWS_PROXY: {box}")
        if not self._function.found:
            yield broken(f"{self._function.label} does not exist")
        elif integration.get("uri") != self._function.uri:
            yield broken(f"it calls {self._called(found)}")
        if (verb := integration.get("httpMethod")) != "POST":
            yield broken(f"it invokes the function by {verb}, not by POST, which Lambda requires")
        if role := integration.get("credentials"):
            yield broken(f"it invokes the function as {role}, not by the function's permission for the API")
        for name, value in (integration.get("requestParameters") or {}).items():
            reason = (
                f"it sends {name.removeprefix('integration.request.')} {value} to the function, not only the request"
            )
            yield broken(reason) if name.lower().endswith("x-amz-invocation-type") else differs(reason)
        for name, usual in (("connectionType", "INTERNET"), ("responseTransferMode", "BUFFERED")):
            if (value := integration.get(name) or usual) != usual:
                yield broken(f"the {name} of its integration is {value}, not {usual}")
        if (wait := integration.get("timeoutInMillis") or _WAIT) < _RIDE:
            reason = f"it waits {wait} ms for the function, not {_WAIT} ms"
            yield broken(reason) if wait < _FIRST_RIDE else differs(reason)

    def _is_foreign(self, arn: str | None) -> bool:
        """Whether `arn` is that of another function. Of a function that does not exist, only the name is known."""
        if self._function.found:
            return arn not in (None, self._function.arn)
        return arn is not None and arn.partition(":function:")[2] != self._function.name

    def _called(self, found: Json) -> str:
        """Say which function a method calls, and which it should call."""
        arn, ours = function_of(found), self._function.arn
        if not arn:
            return f"{found['methodIntegration'].get('uri') or 'no function'}, not {self._function.name}"
        name = arn.partition(":function:")[2]
        return f"function {name}, not {self._function.name}" if name != self._function.name else f"{arn}, not {ours}"


class Options:
    """`OPTIONS /ride`: what a browser asks before it sends a token to another host (CORS). It asks for no token."""

    def __init__(self, api: RestApi, method: Method) -> None:
        self._api = api
        self._method = method
        self.needs = (method,)

    def find(self) -> None:
        """Do nothing: `Method` has found the method."""

    def look(self) -> Difference:
        """Compare the method. Accepts what the console's "Enable CORS" creates."""
        if not (found := self._method.found):
            return self._method.missing(": CORS is not enabled")
        reasons = [*_refusals(found, ()), *_answer(found)]
        if (kind := found.get("authorizationType")) != "NONE":
            why = "it asks for a token, which a browser's preflight does not send"
            reasons.insert(0, broken(f"{why}: its authorization is {kind}, not NONE"))
        elif found.get("authorizerId"):  # a repair of that authorizer deletes every method that names it
            reasons.append(differs("it names an authorizer, which it does not need"))
        return self._api.difference(self._method.label, reasons)

    def apply(self, _: Difference) -> None:
        """Create the method, in place of one that differs."""
        headers = {_header(name): f"'{value}'" for name, value in CORS.items()}
        self._method.replace(
            ("put_method", {"authorizationType": "NONE"}),
            ("put_integration", {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}),
            ("put_method_response", {"statusCode": "200", "responseParameters": dict.fromkeys(headers, False)}),
            ("put_integration_response", {"statusCode": "200", "responseParameters": headers}),
        )


def _refusals(method: Json, sent: tuple[str, ...]) -> Iterator[Reason]:
    """Yield why a method refuses requests that have only what is `sent`."""
    if method.get("apiKeyRequired"):
        yield broken("it wants an API key, which riders do not have")
    if not (validator := method.get("requestValidatorId")):
        return
    parameters = (method.get("requestParameters") or {}).items()
    wanted = [name.removeprefix("method.request.") for name, must in parameters if must and name.lower() not in sent]
    wanted += [f"a body of model {name}" for name in (method.get("requestModels") or {}).values() if name != "Empty"]
    if wanted:
        yield broken(
            f"its request validator {validator} wants {', '.join(sorted(wanted))}; there should be no validator"
        )


def _answer(method: Json) -> Iterator[Reason]:
    """Yield what is wrong with the answer to a browser's preflight."""
    integration = method.get("methodIntegration") or {}
    if (kind := integration.get("type")) != "MOCK":
        yield broken(f"its integration is of type {kind}, not MOCK")
        return
    template = (integration.get("requestTemplates") or {}).get("application/json") or ""
    if not re.search(r"""statusCode["']?\s*:\s*["']?200\b""", template):
        yield broken(f"its template for application/json is {template or 'missing'}, not one with the status code 200")
    answers, declared = integration.get("integrationResponses") or {}, method.get("methodResponses") or {}
    answer = answers.get("200") or {}
    if (pattern := answer.get("selectionPattern")) and not _may_match(pattern, "200"):
        yield broken(f"its answer 200 is for the status codes {pattern}, not for 200")
    found = answer.get("responseParameters") or {}
    known = (declared.get("200") or {}).get("responseParameters") or {}
    headers = {name: str(found.get(_header(name)) or "").strip("'") for name in CORS if _header(name) in known}
    if (origin := headers.get("Origin", "")) != "*":
        reason = f"its Access-Control-Allow-Origin is {origin or 'missing'}, not *"
        yield differs(reason) if origin else broken(reason)
    allowed = _words(headers.get("Headers", ""))
    if missing := _words(CORS["Headers"]) - allowed - ({"content-type"} if "*" in allowed else set()):
        listed = headers.get("Headers") or "missing"
        yield broken(f"its Access-Control-Allow-Headers is {listed}, without {' and '.join(sorted(missing))}")
    # Browsers allow POST anyway.
    if "post" not in (methods := _words(headers.get("Methods", ""))) and "*" not in methods:
        yield differs(f"its Access-Control-Allow-Methods is {headers.get('Methods') or 'missing'}, without POST")


def _header(name: str) -> str:
    return f"method.response.header.Access-Control-Allow-{name}"


def _may_match(pattern: str, text: str) -> bool:
    """Whether a pattern matches a text. API Gateway's are those of Java: of one that is none here, it may."""
    try:
        return bool(re.fullmatch(pattern, text))
    except re.error:
        return True


def _words(value: str) -> set[str]:
    """Return what a header's value lists."""
    return {word.strip().lower() for word in value.split(",")} - {""}
