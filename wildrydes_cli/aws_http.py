"""Requests to URLs that AWS gave us, such as a deployed API. They use the same proxies and certificates as botocore."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from wildrydes_cli.aws_errors import CHECK_ENDPOINT, NoAnswerError, cleaned, failure

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONNECT_SECONDS = 5
_ANSWER_BYTES = 1024 * 1024
"""How much of an answer is read. No answer that we need is larger."""


class Response(NamedTuple):
    """An answer: its status, its headers by their names in lower case, and its text."""

    status: int
    headers: dict[str, str]
    body: str


def send(
    session: Any, method: str, url: str, action: str, headers: Mapping[str, str], body: bytes, seconds: float
) -> Response:
    """Send one request, without following redirects, and return the answer, whatever its status.

    Proxies and certificates are those that boto3's `session` has from AWS's settings and the environment.

    Args:
        session: A session of boto3.
        method: The request's method.
        url: Where it goes. Messages have only its scheme and host, because the rest can be a secret.
        action: What the request does, in words.
        headers: Its headers.
        body: Its body.
        seconds: How long to wait for an answer.

    Raises:
        NoAnswerError: No answer came. What was asked for may have been done.
        ServiceError: The request was not sent.
    """
    from urllib.parse import urlsplit

    from botocore.awsrequest import AWSRequest
    from botocore.exceptions import BotoCoreError
    from botocore.httpsession import URLLib3Session
    from botocore.utils import get_environ_proxies
    from urllib3.exceptions import HTTPError

    verify = session._session.get_config_variable("ca_bundle")  # noqa: SLF001  # as botocore's own clients do
    http = URLLib3Session(
        verify=True if verify is None else verify,
        proxies=get_environ_proxies(url),
        timeout=(_CONNECT_SECONDS, seconds),
    )
    request = AWSRequest(method, url, dict(headers), body, stream_output=True).prepare()
    try:
        answer = http.send(request)
        text = answer.raw.read(_ANSWER_BYTES, decode_content=True).decode(errors="replace")
    except HTTPError as error:
        raise NoAnswerError(f"cannot {action}: {cleaned(error)}", hint=CHECK_ENDPOINT) from None
    except (BotoCoreError, OSError) as error:
        known = failure(error, action)
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        # The message is cut, so it may have only the beginning of the URL.
        known.message = re.sub(rf'{re.escape(origin)}[^\s"]*', lambda _: origin, known.message)
        raise known from None
    finally:
        http.close()
    return Response(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, text)
