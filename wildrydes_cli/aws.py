"""AWS clients, and AWS's errors turned into ours. No other file knows boto3 and botocore.

boto3 takes longer to import than everything else together, so it is imported when a client is made.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wildrydes_cli import __version__
from wildrydes_cli.errors import NotConfiguredError, ServiceError, UsageError, WildrydesError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CREDENTIALS = (
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "InvalidAccessKeyId",
)
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "OptInRequired")
_THROTTLED = (
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
)

WAIT_SECONDS = 300
"""How long to wait for something that AWS is creating, changing or deleting."""


class InvalidRequestError(ServiceError):
    """The service rejected the request as invalid."""


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

        ours = {
            "connect_timeout": 5,
            "read_timeout": 15,
            "parameter_validation": False,  # validation takes a tenth of a request's time, and we build the parameters
            "user_agent_extra": f"wildrydes/{__version__}",
        }
        config = Config(**{**ours, **settings})
        # All newer AWS tools read AWS_REGION first. boto3 does not read it at all.
        region = self.region or os.environ.get("AWS_REGION") or None
        try:
            client = self._session.client(service, region, endpoint_url=self.endpoint_url, config=config)
            unencrypted = _is_unencrypted(client.meta.endpoint_url)
        except (BotoCoreError, OSError, ValueError) as error:
            raise self._unusable(service, error) from error
        client.meta.events.register("before-parse.dynamodb", _parse)
        client.meta.events.register("after-call", _redact)
        client.meta.events.register("before-send", self._count)
        if unencrypted:
            url = client.meta.endpoint_url
            self.warn(f"warning: {url} is not encrypted: others can read rides, names and session tokens on the way")
        return client

    def _count(self, **_: object) -> None:
        self.requests += 1

    @cached_property
    def _session(self) -> Any:
        # One session for all clients: each session reads the config files and botocore's own data again.
        import boto3

        return boto3.Session(profile_name=self.profile)

    def _unusable(self, service: str, error: Exception) -> WildrydesError:
        """Explain why no client could be made."""
        from botocore.exceptions import InvalidRegionError

        action = f"use {service}"
        if not isinstance(error, InvalidRegionError) and not str(error).startswith("Invalid endpoint"):
            return _failure(error, action)
        kind = UsageError if self.endpoint_url or self.region else NotConfiguredError
        hint = "an endpoint is a URL such as http://127.0.0.1:8000, a region a name such as us-east-1"
        return kind(f"cannot {action}: {error}", hint=hint)


def _is_unencrypted(endpoint: str) -> bool:
    """Whether requests to `endpoint` can be read on the way: it is plain HTTP, and not on this machine."""
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    url = urlsplit(endpoint)
    try:
        _ = url.port
    except ValueError as error:
        raise ValueError(f"Invalid endpoint: {endpoint}: {error}") from error
    try:
        return url.scheme == "http" and not ip_address(url.hostname or "").is_loopback
    except ValueError:  # a name, not an address
        return not f".{url.hostname}".endswith(".localhost")


def location(client: Any) -> str:
    """Return where `client` sends its requests, for people: the region, and the endpoint unless it is AWS's own."""
    region, endpoint = client.meta.region_name, client.meta.endpoint_url
    return region if ".amazonaws.com" in endpoint else f"{region} at {endpoint}"


def call(
    operation: Callable[..., Any],
    action: str,
    *,
    expected: tuple[str, ...] = (),
    known: Mapping[str, WildrydesError] | None = None,
    **parameters: Any,
) -> Any:
    """Call an operation of a client. Any failure is raised as an error of ours: "cannot `action`: …".

    Args:
        operation: The method of the client, paginator or waiter.
        action: What the call does, in words.
        expected: Codes of errors that are not raised. Their parsed response is returned.
        known: The errors to raise for certain codes.
        parameters: The parameters of the operation.

    Raises:
        WildrydesError: The error in `known` for the code that AWS answered.
        InvalidRequestError: AWS rejected the request as invalid.
        ServiceError: AWS refused, failed or could not be reached, after the retries.
        NotConfiguredError: Credentials are missing, expired or wrong, or AWS's settings are.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        return operation(**parameters)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in expected:
            return error.response
        raise (known or {}).get(code) or _refusal(error.response, action) from error
    except (ResponseParserError, UnicodeError) as error:
        raise ServiceError(f"cannot {action}: {error}", hint=_TRY_AGAIN) from error
    except (BotoCoreError, OSError, ValueError) as error:
        raise _failure(error, action) from error


def _parse(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Parse DynamoDB's response in place of botocore: its JSON already has the form that we read.

    botocore spends four fifths of the time for a large page on walking through it again. It also takes a truncated
    response for an empty one. This relies on botocore's "before-parse" event (`botocore.endpoint`): what a handler
    puts into `customized_response_dict` is merged into the parsed response.
    """
    from botocore.parsers import ResponseParserError

    if response_dict["status_code"] >= 300:
        return
    try:
        answer = json.loads(response_dict["body"])
    except ValueError as error:
        raise ResponseParserError(f"the response is damaged: {error}") from error
    if not isinstance(answer, dict):
        raise ResponseParserError("the response is not from DynamoDB")
    customized_response_dict.update(answer)
    response_dict["body"] = b"{}"


def _redact(parsed: dict[str, Any], **_: object) -> None:
    """Remove credentials from AWS's error message, before it gets into any message or traceback.

    AWS answers a wrong signature with the request that should have been signed, including the session token.
    """
    if "Message" in (error := parsed.get("Error", {})):
        error["Message"] = re.sub(_SIGNED, r"\1…", str(error["Message"]))


_SIGNED = r"""(?i)(Credential=|Signature=|X-Amz-Security-Token\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\,&]+"""

_TRY_AGAIN = "try again; if it keeps failing, see https://health.aws.amazon.com"
_AS_AWS_SAYS = "change what AWS names, and try again"
_SETTINGS = "check the AWS_ environment variables, ~/.aws/config and ~/.aws/credentials"
_LOG_IN = "run aws sso login or aws configure; aws sts get-caller-identity then shows who you are"


def _refusal(response: Mapping[str, Any], action: str) -> WildrydesError:
    """Explain an error that AWS answered with."""
    code = response["Error"].get("Code", "")
    said = response["Error"].get("Message") or code
    if code in _CREDENTIALS:
        expired = " have expired" if "xpired" in code else " were refused"
        return NotConfiguredError(f"cannot {action}: the AWS credentials{expired} ({code}: {said})", hint=_LOG_IN)
    if code in _DENIED:
        return ServiceError(
            f"cannot {action}: access denied ({said})",
            hint="ask the account's administrator for a policy that allows this action, or use another --profile",
        )
    if code in _THROTTLED:
        return ServiceError(
            f"cannot {action}: throttled, after several tries ({code}: {said})",
            hint="try again in a while, or raise the table's capacity",
        )
    if code == "ValidationException":
        return InvalidRequestError(f"cannot {action}: the service refused ({code}: {said})", hint=_AS_AWS_SAYS)
    if response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
        return ServiceError(f"cannot {action}: the service failed ({code}: {said})", hint=_TRY_AGAIN)
    return ServiceError(f"cannot {action}: the service refused ({code}: {said})", hint=_AS_AWS_SAYS)


def _failure(error: Any, action: str) -> WildrydesError:
    """Explain an error that did not come from AWS: nothing was sent, or no response came."""
    from botocore import exceptions

    match error:
        case exceptions.NoRegionError():
            return NotConfiguredError(
                f"cannot {action}: no AWS region is set", hint="add --region us-east-1, or export AWS_REGION=us-east-1"
            )
        case exceptions.ProfileNotFound():
            return NotConfiguredError(f"cannot {action}: {error}", hint="aws configure list-profiles lists them")
        case exceptions.WaiterError() if "Error" in error.last_response:
            return _refusal(error.last_response, action)
        case (
            exceptions.ConfigParseError()
            | exceptions.ConfigNotFound()
            | exceptions.PartialCredentialsError()
            | exceptions.InvalidConfigError()
            | exceptions.InvalidRetryConfigurationError()
            | exceptions.MissingDependencyException()
        ):
            return NotConfiguredError(f"cannot {action}: {error}", hint=_SETTINGS)
        case exceptions.NoCredentialsError():
            return NotConfiguredError(
                f"cannot {action}: no AWS credentials were found",
                hint="run aws configure or aws sso login; without an AWS account, add --store local",
            )
        case (
            exceptions.CredentialRetrievalError()
            | exceptions.SSOError()
            | exceptions.TokenRetrievalError()
            | exceptions.NoAuthTokenError()
        ):
            return NotConfiguredError(f"cannot {action}: {error}", hint=_LOG_IN)
        case exceptions.HTTPClientError() | exceptions.ConnectionError():
            return ServiceError(
                f"cannot {action}: {error}", hint="check the network, --endpoint-url and --region, and try again"
            )
        case exceptions.BotoCoreError():
            return ServiceError(f"cannot {action}: {error}", hint=_TRY_AGAIN)
        case OSError():  # a token file, a credential_process, a certificate bundle
            what = f"AWS's settings name a file that can't be read ({error.filename or error})"
            return NotConfiguredError(f"cannot {action}: {what}: {error.strerror}", hint=_SETTINGS)
    return NotConfiguredError(f"cannot {action}: {error}", hint=_SETTINGS)
