"""Cognito's pages on which riders register, which the emulator lacks. They stand before it, in a `Proxy`.

They follow AWS's rules (Cognito: "Managed login endpoints", `/signup` and `/confirmUser`): the sign-in page leads to
them unless only an administrator creates users; they ask for what the pool requires; a code comes by mail; and whoever
is confirmed is signed in.
"""

import html
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

import boto3
from botocore.exceptions import ClientError

from tests.support.proxy import Forward, Proxy, Request, Response
from tests.support.running import AWS

_TYPED = "typed-"
"""What the names of the fields begin with that somebody types into. All others are passed on from page to page."""


class SignUpPages:
    """The pages of all user pools behind `proxy`."""

    def __init__(self, proxy: Proxy) -> None:
        keys = {"aws_access_key_id": AWS["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": "x"}
        self._cognito = boto3.client("cognito-idp", AWS["AWS_REGION"], endpoint_url=proxy.url, **keys)
        self._passwords: dict[str, str] = {}
        """The passwords of those who have registered and are not confirmed."""

    def answer(self, request: Request, forward: Forward) -> Response:
        """Answer a browser."""
        path, _, query = request.target.partition("?")
        given = dict(parse_qsl(query or request.body.decode(), keep_blank_values=True))
        typed = {name.removeprefix(_TYPED): value for name, value in given.items() if name.startswith(_TYPED)}
        kept = {name: value for name, value in given.items() if not name.startswith(_TYPED)}
        try:
            if path == "/oauth2/authorize":
                return self._with_link(forward(request), kept)
            if path == "/signup":
                return self._sign_up(kept, typed) if typed else self._form(kept)
            if path == "/confirmUser":
                self._confirm(kept, typed["code"])
                signing_in = urlencode({**kept, "password": self._passwords.pop(kept["username"])})
                return forward(request._replace(target="/login", body=signing_in.encode()))
        except ClientError as error:
            message = error.response["Error"]["Message"]
            return self._form(kept, message) if path == "/signup" else _page("confirmUser", kept, ["code"], message)
        return forward(request)

    def _pool(self, client: str) -> Any:
        """Return the description of the pool of an app client."""
        pools = [each["Id"] for each in self._cognito.list_user_pools(MaxResults=60)["UserPools"]]
        for pool in pools:
            listed = self._cognito.list_user_pool_clients(UserPoolId=pool, MaxResults=60)["UserPoolClients"]
            if client in [each["ClientId"] for each in listed]:
                return self._cognito.describe_user_pool(UserPoolId=pool)["UserPool"]
        raise LookupError(client)

    def _with_link(self, response: Response, kept: Mapping[str, str]) -> Response:
        if self._pool(kept["client_id"])["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"]:
            return response
        link = f'<a href="/signup?{html.escape(urlencode(kept))}">Sign up</a></body>'
        return response._replace(body=response.body.replace(b"</body>", link.encode()))

    def _form(self, kept: Mapping[str, str], error: str = "") -> Response:
        attributes = self._pool(kept["client_id"])["SchemaAttributes"]
        required = [each["Name"] for each in attributes if each.get("Required") and each["Name"] != "sub"]
        return _page("signup", kept, ["username", *required, "password"], error)

    def _sign_up(self, kept: Mapping[str, str], typed: dict[str, str]) -> Response:
        user, password = typed.pop("username"), typed.pop("password")
        attributes = [{"Name": name, "Value": value} for name, value in typed.items()]
        self._cognito.sign_up(ClientId=kept["client_id"], Username=user, Password=password, UserAttributes=attributes)
        self._passwords[user] = password
        return _page("confirmUser", {**kept, "username": user}, ["code"])

    def _confirm(self, kept: Mapping[str, str], code: str) -> None:
        self._cognito.confirm_sign_up(ClientId=kept["client_id"], Username=kept["username"], ConfirmationCode=code)


def _page(path: str, kept: Mapping[str, str], fields: Sequence[str], error: str = "") -> Response:
    """Return a page with a form for `fields`, which is sent to `path` with what is `kept`."""
    hidden = [
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in kept.items()
    ]
    typed = [f'<label>{name} <input name="{_TYPED}{name}"></label>' for name in fields]
    form = "\n".join([*hidden, *typed, '<button type="submit">Go on</button>'])
    alert = f'<p class="error">{html.escape(error)}</p>' if error else ""
    text = f'<!doctype html><title>{path}</title>{alert}<form method="POST" action="/{path}">{form}</form>'
    return Response(200, [("Content-Type", "text/html; charset=utf-8")], text.encode())
