"""Requests through the deployed API, as a user who exists only for as long as the command runs."""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from wildrydes_cli import aws
from wildrydes_cli.aws_errors import NoAnswerError
from wildrydes_cli.deploy.calls import change
from wildrydes_cli.deploy.rest_api import RESOURCE, STAGE, RestApi
from wildrydes_cli.deploy.users import AppClient, UserPool
from wildrydes_cli.errors import InterruptError, ServiceError, WildrydesError

CLI_CLIENT = "WildRydesCLI"
"""The prefix of the name of the app client that exists only during a request."""

READ_SECONDS = 35
"""How long to wait for the API's answer. API Gateway itself gives up on the function after 29 seconds."""

PROBE_SECONDS = 60
"""How long to wait until API Gateway and Lambda know what was just deployed."""

_LOOK = "look for it in the Cognito console, and delete it there"
_ANSWER_BYTES = 1024 * 1024
_GONE = ("UserNotFoundException", "ResourceNotFoundException")


def _is_token(text: object) -> bool:
    return isinstance(text, str) and re.fullmatch(r"[\w.-]+", text, re.ASCII) is not None


class Response(NamedTuple):
    """What the API answered."""

    status: int
    headers: dict[str, str]
    body: str


def invoke_url(api: RestApi) -> str:
    """Return the URL of the stage: AWS's own form, or that of the emulators on another endpoint."""
    meta = api.gateway.meta
    endpoint: str = meta.endpoint_url
    if re.search(r"\.(amazonaws\.com|api\.aws)\b", endpoint):
        suffix = "amazonaws.com.cn" if meta.partition == "aws-cn" else "amazonaws.com"
        return f"https://{api.id}.execute-api.{meta.region_name}.{suffix}/{STAGE}"
    return f"{endpoint}/_aws/execute-api/{api.id}/{STAGE}"


def send(method: str, api: RestApi, headers: Mapping[str, str] | None = None, body: str | None = None) -> Response:
    """Send one request to `/ride`, without following redirects. Proxies are those of the environment.

    Raises `ServiceError` if no answer came. The function may have run all the same.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

    class NoRedirects(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:  # a token must not go to another host
            return None

    url = f"{invoke_url(api)}{RESOURCE}"
    request = Request(url, body.encode() if body else None, dict(headers or {}), method=method)  # noqa: S310  # http: an emulator
    try:
        try:
            secure = [HTTPSHandler(context=aws.tls_context())] if url.startswith("https:") else []
            answer: Any = build_opener(NoRedirects, *secure).open(request, timeout=READ_SECONDS)
        except HTTPError as error:  # any status but 2xx
            answer = error
        with answer:
            text = answer.read(_ANSWER_BYTES).decode(errors="replace")
            return Response(answer.status, dict(answer.headers.items()), text)
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise ServiceError(
            f"cannot send {method} to {url}: {reason}",
            hint="check your network, and any proxy on the way; then try again",
        ) from None


def probe(api: RestApi) -> str:
    """Send two requests that cost no ride, until both are answered as they should be. Returns what is wrong, or "".

    It can take seconds until all of API Gateway knows a new stage, or Lambda a new permission.
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


@contextmanager
def signed_in(pool: UserPool, user: str) -> Iterator[str]:
    """Create `user`, sign in, and give the block the ID token. Deletes the user afterwards, also if interrupted.

    Signs in with an app client of its own, which allows nothing else and is deleted too. Raises `WildrydesError` if
    there is a user of that name already: that is somebody's.
    """
    client = AppClient(pool, f"{CLI_CLIENT}-{secrets.token_hex(4)}")
    password = f"{secrets.token_urlsafe(24)}aA1-"  # a pool that was made by hand may want every kind of character
    who: dict[str, Any] = {"UserPoolId": pool.id, "Username": user}
    with _created_user(pool, user, who), _created_client(client):
        action = f"sign in as {user} to {pool.label}"
        pool.announce(action)
        setting = "set the password of the temporary user"
        aws.call(pool.cognito.admin_set_user_password, setting, Password=password, Permanent=True, **who)
        answer = aws.call(
            pool.cognito.admin_initiate_auth,
            action,
            answer={"AuthenticationResult?": {"IdToken?": _is_token}, "ChallengeName?": str},
            UserPoolId=pool.id,
            ClientId=client.id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user, "PASSWORD": password},
        )
        token = (answer.get("AuthenticationResult") or {}).get("IdToken")
        if not token:
            raise WildrydesError(
                f"cannot {action}: the pool asks for more than a password ({answer.get('ChallengeName')})",
                hint="turn off multi-factor authentication in the Cognito console, or use another --user-pool-name",
            )
        yield token


@contextmanager
def _created_user(pool: UserPool, user: str, who: dict[str, Any]) -> Iterator[None]:
    """Create a user for as long as the block runs."""
    action = f"create user {user} in {pool.label}"
    pool.announce(action)
    somebodys = WildrydesError(
        f"cannot {action}: there is a user of that name already, who may be somebody",
        hint="name another one with --rider; or if an interrupted command left that user, delete it in the console",
    )
    is_address = "@" in user
    if pool.named_by and not is_address and not user.startswith("+"):
        raise WildrydesError(
            f"cannot {action}: its users are named by their {' or '.join(pool.named_by)}",
            hint="name one of those that nobody has: --rider somebody@example.com, or --rider +15555550100",
        )
    address = user if is_address else "rider@example.com"
    remains = f"user {user} may remain in {pool.label}"
    with _uncertain(remains):
        change(
            pool.once.admin_create_user,
            action,
            answer={"User": dict},
            known={"UsernameExistsException": somebodys},
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": address}] if pool.requires_email else [],
            **who,
        )
    try:
        yield
    finally:
        action = f"delete user {user} of {pool.label}"
        pool.announce(action)
        with _uncertain(remains):
            aws.call(pool.cognito.admin_delete_user, action, expected=_GONE, **who)


@contextmanager
def _created_client(client: AppClient) -> Iterator[None]:
    """Create an app client for as long as the block runs."""
    remains = f"app client {client.name} may remain"
    with _uncertain(remains):
        client.create_temporary()
    try:
        yield
    finally:
        with _uncertain(remains):
            client.remove()


@contextmanager
def _uncertain(remains: str) -> Iterator[None]:
    """If the block's request is interrupted, or its answer is lost, say what may remain."""
    try:
        yield
    except NoAnswerError as error:
        raise ServiceError(f"{error.message}; {remains}", hint=_LOOK) from error
    except KeyboardInterrupt as error:
        raise InterruptError(f"interrupted; {remains}", error, hint=_LOOK) from error


def post(api: RestApi, token: str, body: str, announce: Callable[[str], None]) -> Response:
    """Request a ride through the API. The token goes into the header, and nowhere else.

    API Gateway and some functions repeat the header in their answer, so the token is taken out of that.

    Raises:
        ServiceError: No answer came. The message says that a ride may have been recorded.
        InterruptError: Ctrl-C.
    """
    announce(f"send POST {invoke_url(api)}{RESOURCE}")
    recorded = "a ride may have been recorded"
    look: dict[str, Any] = {"hint": "look before you try again:", "command": ("rides", "list")}
    try:
        status, headers, text = send("POST", api, {"Authorization": token, "Content-Type": "application/json"}, body)
    except ServiceError as error:
        raise ServiceError(f"{error.message}; {recorded}", **look) from None
    except KeyboardInterrupt as error:
        raise InterruptError(f"interrupted; {recorded}", error, **look) from error
    return Response(status, {name: _without(token, value) for name, value in headers.items()}, _without(token, text))


def _without(token: str, text: str) -> str:
    """Return `text` without the token and without each of its parts."""
    for secret in (token, *token.split(".")):
        text = text.replace(secret, "…") if secret else text
    return text
