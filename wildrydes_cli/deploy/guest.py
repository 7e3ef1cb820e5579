"""A user of the pool who exists only for as long as a command runs."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from wildrydes_cli.aws_errors import NoAnswerError, not_the_service
from wildrydes_cli.deploy.app_client import AppClient
from wildrydes_cli.deploy.calls import patiently
from wildrydes_cli.deploy.users import UserPool
from wildrydes_cli.errors import InterruptError, ServiceError, WildrydesError

CLI_CLIENT = "WildRydesCLI"
"""The prefix of the name of the app client that exists only during a request."""

_LOOK = "look for it in the Cognito console, and delete it there"
_GONE = ("UserNotFoundException", "ResourceNotFoundException")


@contextmanager
def signed_in(pool: UserPool, user: str) -> Iterator[str]:
    """Create `user`, sign in, and give the block the ID token. Deletes the user afterwards, also if interrupted.

    Signs in with an app client of its own, which allows nothing else and is deleted too. Raises `WildrydesError` if
    there is a user of that name already, because that may be somebody.
    """
    client = AppClient(pool, f"{CLI_CLIENT}-{secrets.token_hex(4)}")
    password = f"{secrets.token_urlsafe(24)}aA1-"  # a pool that was made by hand may want every kind of character
    who: dict[str, Any] = {"UserPoolId": pool.id, "Username": user}
    with _created_user(pool, user, who), _created_client(client):
        action = f"sign in as {user} to {pool.label}"
        pool.announce(action)
        setting = "set the password of the temporary user"
        patiently(pool.cognito.admin_set_user_password, setting, Password=password, Permanent=True, **who)
        answer = patiently(
            pool.cognito.admin_initiate_auth,
            action,
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
        if not re.fullmatch(r"[\w.-]+", token, re.ASCII):  # it goes into a header, and must not be able to end that
            raise not_the_service(action, "its token is none")
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
    known = {"UsernameExistsException": somebodys}
    if more := sorted(pool.required - {"email"}):  # Cognito refuses a user without them
        required = f"cannot {action}: the pool requires {' and '.join(more)} of every user"
        known["InvalidParameterException"] = WildrydesError(required, hint="use another pool: --user-pool-name NAME")
    is_address = "@" in user
    if pool.named_by and not is_address and not user.startswith("+"):
        raise WildrydesError(
            f"cannot {action}: its users are named by their {' or '.join(pool.named_by)}",
            hint="name one of those that nobody has: --rider somebody@example.com, or --rider +15555550100",
        )
    address = user if is_address else "rider@example.com"
    remains = f"user {user} may remain in {pool.label}"
    with _uncertain(remains):
        patiently(
            pool.once.admin_create_user,
            action,
            answer={"User": dict},
            known=known,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": address}] if "email" in pool.required else [],
            **who,
        )
    try:
        yield
    finally:
        action = f"delete user {user} of {pool.label}"
        pool.announce(action)
        with _uncertain(remains):
            patiently(pool.cognito.admin_delete_user, action, expected=_GONE, **who)


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
