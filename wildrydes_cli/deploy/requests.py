"""Requests through the deployed API."""

from collections.abc import Callable, Mapping
from typing import Any

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import NoAnswerError
from wildrydes_cli.aws_http import Response
from wildrydes_cli.deploy.rest_api import RESOURCE, STAGE, RestApi
from wildrydes_cli.errors import InterruptError, ServiceError

READ_SECONDS = 35
"""How long to wait for the API's answer. API Gateway itself gives up on the function after 29 seconds."""

PROBE_SECONDS = 60
"""How long to wait until API Gateway knows what was just deployed."""


def invoke_url(api: RestApi) -> str:
    """Return the URL of the stage: AWS's own form, or that of the emulators on another endpoint."""
    meta = api.gateway.meta
    if suffix := aws.dns_suffix(api.gateway):
        return f"https://{api.id}.execute-api.{meta.region_name}.{suffix}/{STAGE}"
    return f"{meta.endpoint_url}/_aws/execute-api/{api.id}/{STAGE}"


def send(method: str, api: RestApi, headers: Mapping[str, str] | None = None, body: str = "") -> Response:
    """Send one request to `/ride`, and return the answer, whatever its status.

    Raises `NoAnswerError` if no answer came, and the function may have run all the same. Raises `ServiceError` if the
    request was not sent.
    """
    url = f"{invoke_url(api)}{RESOURCE}"
    action = f"send {method} to {url}"
    return api.account.send(method, url, action, headers=headers, body=body.encode(), seconds=READ_SECONDS)


def probe(api: RestApi) -> str:
    """Send two requests that cost no ride, until both are answered as they should be. Returns what is wrong, or "".

    It can take seconds until all of API Gateway knows a new stage. Whether the function may be invoked is not seen:
    that would cost a ride.
    """
    problem = ""
    for _ in aws.polls(PROBE_SECONDS, longest=5):
        try:
            preflight, post = send("OPTIONS", api).status, send("POST", api, body="{}").status
        except ServiceError as error:
            return error.message
        if preflight == 200 and post == 401:
            return ""
        problem = f"OPTIONS {RESOURCE} answers {preflight} (200 is right), POST without a token {post} (401 is right)"
    return problem


def post(api: RestApi, token: str, body: str, announce: Callable[[str], None]) -> Response:
    """Request a ride through the API. The token goes into the header, and nowhere else.

    API Gateway and some functions repeat the header in their answer, so the token is taken out of that.

    Raises:
        ServiceError: No answer came. The message says whether a ride may have been recorded.
        InterruptError: Ctrl-C.
    """
    announce(f"send POST {invoke_url(api)}{RESOURCE}")
    recorded = "a ride may have been recorded"
    look: dict[str, Any] = {"hint": "look before you try again:", "command": ("rides", "list")}
    try:
        status, headers, text = send("POST", api, {"Authorization": token, "Content-Type": "application/json"}, body)
    except NoAnswerError as error:
        raise ServiceError(f"{error.message}; {recorded}", **look) from None
    except ServiceError as error:
        raise ServiceError(f"{error.message}; no ride was requested", hint=error.hint) from None
    except KeyboardInterrupt as error:
        raise InterruptError(f"interrupted; {recorded}", error, **look) from error
    return Response(status, {name: _without(token, value) for name, value in headers.items()}, _without(token, text))


def _without(token: str, text: str) -> str:
    """Return `text` without the token and without each of its parts."""
    for secret in (token, *token.split(".")):
        text = text.replace(secret, "…") if secret else text
    return text
