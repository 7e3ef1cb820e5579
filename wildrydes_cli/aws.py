"""AWS clients, and calls whose errors are ours. Only the files whose names begin with aws know botocore.

boto3 takes longer to import than everything else together, so it is imported when a client is made.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from wildrydes_cli.aws_errors import (
    CHECK_ENDPOINT,
    NoAnswerError,
    cleaned,
    code_and_message,
    failure,
    is_log_in,
    not_logged_in,
    not_the_service,
    refusal,
)
from wildrydes_cli.aws_session import gc_paused, make_session
from wildrydes_cli.errors import NotConfiguredError, UsageError, WildrydesError
from wildrydes_cli.shapes import Shape, lacking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wildrydes_cli.aws_http import Response

WAIT_SECONDS = 300
"""How long to wait for something that AWS is creating, changing or deleting."""

ONE_TRY = {"retries": {"mode": "standard", "total_max_attempts": 1}}
"""The settings of a client that sends each request once: for what must not happen twice if only the answer is lost."""

FIRST_PAUSE = 0.1
"""How long to wait, in seconds, before AWS is asked for the second time. After that, each pause is twice as long."""


@dataclass
class Account:
    """How to reach AWS. What is None comes from AWS's own chain: environment, profile, config files.

    `warn` gets a line of text if others could read what is sent. `requests` counts the requests sent.
    """

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    warn: Callable[[str], None] = lambda _: None
    requests: int = 0

    def client(self, service: str, **settings: Any) -> Any:
        """Make a low-level client for `service`.

        Args:
            service: The name that boto3 knows the service by.
            settings: Parameters of botocore's `Config` that replace our own.

        Raises:
            UsageError: The endpoint or region that the user gave is malformed.
            NotConfiguredError: AWS's own settings are incomplete or wrong.
        """
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        try:
            with gc_paused():
                client = self._session.client(service, endpoint_url=self.endpoint_url, config=Config(**settings))
            unencrypted = _is_unencrypted(client.meta.endpoint_url)
        except (BotoCoreError, OSError, ValueError) as error:
            raise self._unusable(service, error) from error
        if unencrypted:
            url = client.meta.endpoint_url
            self.warn(f"warning: {url} is not encrypted: others can read rides, names and session tokens on the way")
        return client

    def log_in(self) -> None:
        """Get the credentials now. A profile can need an MFA code for that, and botocore asks for it at the terminal.

        So this is called before a spinner starts, which would wipe out that question.

        Raises:
            NotConfiguredError: There are no credentials, or AWS refuses to give any.
            ServiceError: AWS failed or could not be reached.
        """
        import warnings
        from getpass import GetPassWarning

        from botocore.exceptions import NoCredentialsError

        try:
            with gc_paused(), warnings.catch_warnings():
                # Without a terminal, getpass warns and reads the code from stdin, which can be a file of rides.
                warnings.simplefilter("error", GetPassWarning)
                if credentials := self._session.get_credentials():
                    credentials.get_frozen_credentials()
        except Exception as error:
            raise not_logged_in(error, profile=self.profile) from error
        if not credentials:
            raise not_logged_in(NoCredentialsError(), profile=self.profile)

    def send(
        self,
        method: str,
        url: str,
        action: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        seconds: float = 15,
    ) -> Response:
        """Send a request that is not signed, to a URL that AWS gave us. See `aws_http.send`."""
        from wildrydes_cli.aws_http import send

        self.requests += 1
        return send(self._session, method, url, action, headers or {}, body, seconds)

    def is_served(self, client: Any) -> bool:
        """Whether the service of `client` exists in its region, by botocore's list. Emulators have every service."""
        meta = client.meta
        served = self._session.get_available_regions(meta.service_model.endpoint_prefix, meta.partition)
        return dns_suffix(client) is None or meta.region_name in served

    def _count(self, **_: object) -> None:
        self.requests += 1

    @cached_property
    def _session(self) -> Any:
        # One session for all clients: each session reads the config files and botocore's own data again.
        # All newer AWS tools read AWS_REGION first. boto3 does not read it at all.
        return make_session(self.profile, self.region or os.environ.get("AWS_REGION") or None, self._count)

    def _unusable(self, service: str, error: Exception) -> WildrydesError:
        """Explain why no client could be made."""
        from botocore.exceptions import InvalidRegionError

        action = f"use {service}"
        if not isinstance(error, InvalidRegionError) and not str(error).startswith("Invalid endpoint"):
            return failure(error, action)
        kind = UsageError if self.endpoint_url or self.region else NotConfiguredError
        hint = "an endpoint is a URL such as http://127.0.0.1:8000, a region a name such as us-east-1"
        return kind(f"cannot {action}: {cleaned(error)}", hint=hint)


def _is_unencrypted(endpoint: str) -> bool:
    """Whether requests to `endpoint` can be read on the way: it is plain HTTP, and not on this machine."""
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    url = urlsplit(endpoint)
    try:
        _ = url.port
    except ValueError as error:
        raise ValueError(f"Invalid endpoint: {endpoint}: {error}") from error
    if url.scheme not in ("http", "https"):
        raise ValueError(f"Invalid endpoint: {endpoint}: only http and https are supported")
    if "@" in url.netloc:
        raise ValueError("Invalid endpoint: a user name or password in the URL is not supported")
    try:
        return url.scheme == "http" and not ip_address(url.hostname or "").is_loopback
    except ValueError:  # a name, not an address
        return not f".{url.hostname}".endswith(".localhost")


def dns_suffix(client: Any) -> str | None:
    """Return the domain of AWS in the partition of `client`, such as amazonaws.com. None if requests go elsewhere."""
    from urllib.parse import urlsplit

    from botocore.loaders import Loader

    partitions = Loader().load_data("partitions")["partitions"]
    domains = next(each["outputs"] for each in partitions if each["id"] == client.meta.partition)
    own: tuple[str, ...] = (domains["dnsSuffix"], domains["dualStackDnsSuffix"])
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    return own[0] if host.endswith(tuple(f".{each}" for each in own)) else None


def location(client: Any) -> str:
    """Return where `client` sends its requests, for people: the region, and the endpoint unless it is AWS's own."""
    region, endpoint = client.meta.region_name, client.meta.endpoint_url
    return region if dns_suffix(client) else f"{region} at {endpoint}"


def polls(seconds: float, longest: float = 1) -> Iterator[None]:
    """Yield at once, and again after each pause. Pauses for `seconds` in all: what is done in between is not counted.

    The pauses grow up to `longest`: most changes take AWS a moment, and some take minutes.
    """
    pause = FIRST_PAUSE
    yield
    while seconds > 0:
        time.sleep(pause)
        seconds -= pause
        pause = min(2 * pause, longest)
        yield


@overload
def call(
    operation: Callable[..., Any],
    action: str,
    *,
    answer: Shape = ...,
    absent: tuple[str, ...],
    expected: tuple[str, ...] = ...,
    known: Mapping[str, WildrydesError] | None = ...,
    **parameters: Any,
) -> dict[str, Any] | None: ...
@overload
def call(
    operation: Callable[..., Any],
    action: str,
    *,
    answer: Shape = ...,
    expected: tuple[str, ...] = ...,
    known: Mapping[str, WildrydesError] | None = ...,
    **parameters: Any,
) -> Any: ...
def call(
    operation: Callable[..., Any],
    action: str,
    *,
    answer: Shape = object,
    absent: tuple[str, ...] = (),
    expected: tuple[str, ...] = (),
    known: Mapping[str, WildrydesError] | None = None,
    **parameters: Any,
) -> Any:
    """Call an operation of a client. Any failure is raised as an error of ours: "cannot `action`: …".

    Only this function decides whether an answer really comes from the service.

    Args:
        operation: The method of the client, paginator or waiter.
        action: What the call does, in words.
        answer: What every answer of the service has, as far as it is used.
        absent: Codes of errors that mean "it does not exist". For these, None is returned.
        expected: Codes of errors that are not raised. Their parsed response is returned, and the caller reads the code.
        known: The errors to raise for certain codes.
        parameters: The parameters of the operation.

    Raises:
        WildrydesError: The error in `known` for the code that AWS answered.
        InvalidRequestError: AWS rejected the request as invalid.
        ServiceError: AWS refused, failed or could not be reached, after the retries; or what answered is not AWS.
        NotConfiguredError: Credentials are missing, expired or wrong, or AWS's settings are.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        answered = operation(**parameters)
    except ClientError as error:
        if is_log_in(error):
            raise not_logged_in(error, action) from error
        code = code_and_message(error.response)[0]
        if code in absent:
            return None
        if code in expected:
            return error.response
        raise (known or {}).get(code) or refusal(error.response, action) from error
    except (ResponseParserError, UnicodeError) as error:
        raise NoAnswerError(f"cannot {action}: {cleaned(error)}", hint=CHECK_ENDPOINT) from error
    except (BotoCoreError, OSError, ValueError) as error:
        raise failure(error, action) from error
    except Exception as error:  # botocore does not check what it parses
        raise not_the_service(action, f"{type(error).__name__}: {cleaned(error)}") from error
    if missing := lacking(answered, answer):
        raise not_the_service(action, f"its answer lacks {missing}")
    return answered


class Pages:
    """Where the pages of an answer start. `next` raises `ServiceError` if a start comes twice: that would never end."""

    def __init__(self, action: str) -> None:
        self._action = action
        self._seen: set[str] = set()

    def next(self, start: Any) -> Any:
        """Return `start`, which has not been seen before."""
        text = json.dumps(start, sort_keys=True, default=str)
        if text in self._seen:
            raise not_the_service(self._action, "it sends the same page again")
        self._seen.add(text)
        return start
