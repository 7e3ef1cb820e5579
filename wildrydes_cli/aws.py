"""AWS's session and clients, and AWS's errors turned into ours: the only file that knows botocore's.

botocore, which boto3 is made of, costs more to import than all the rest: it is loaded when a client is made.
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


class InvalidRequestError(ServiceError):
    """The service took the request for one that makes no sense there."""


@dataclass
class Account:
    """How AWS is reached. What is None is left to AWS's own chain: environment, profile, config files.

    `warn` is told, in a line, where what is sent can be read on its way. `requests` counts what was sent.
    """

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    warn: Callable[[str], None] = lambda _: None
    requests: int = 0

    def client(self, service: str, **settings: Any) -> Any:
        """Make a low-level client for `service`, with botocore's `settings` where they differ from ours.

        Raises `UsageError` for an endpoint or a region that can't be one, `NotConfiguredError` for what AWS's own
        settings lack.
        """
        try:
            client = call(self._make, f"use {service}", service=service, settings=settings)
            overheard = _is_overheard(endpoint := client.meta.endpoint_url)
        except ValueError as error:  # "Invalid endpoint: …", "Provided region_name …"
            kind = UsageError if self.endpoint_url or self.region else NotConfiguredError
            hint = "an endpoint is a URL such as http://127.0.0.1:8000, a region a name such as us-east-1"
            raise kind(f"cannot use {service}: {error}", hint=hint) from error
        client.meta.events.register("before-parse.dynamodb", _parse)
        client.meta.events.register("after-call", _redact)
        client.meta.events.register("before-send", self._count)
        if overheard:
            self.warn(f"warning: {endpoint} is not encrypted: rides, names and session tokens can be read on the way")
        return client

    def _count(self, **_: object) -> None:
        self.requests += 1

    def _make(self, service: str, settings: Mapping[str, Any]) -> Any:
        from botocore.config import Config

        ours = {
            "connect_timeout": 5,
            "read_timeout": 15,
            "parameter_validation": False,  # what we send is of our own making; it takes a tenth of a request's time
            "user_agent_extra": f"wildrydes/{__version__}",
        }
        config = Config(**{**ours, **settings})
        # AWS_REGION is what all of AWS's newer tools read first; botocore alone does not read it.
        region = self.region or os.environ.get("AWS_REGION") or None
        return self._session.create_client(service, region, endpoint_url=self.endpoint_url, config=config)

    @cached_property
    def _session(self) -> Any:
        # One for all clients: with each comes a reading of the config files, and of botocore's own data.
        import botocore.session

        return botocore.session.Session(profile=self.profile)


def _is_overheard(endpoint: str) -> bool:
    """Whether others may read what is sent to `endpoint`: it is plain HTTP, and not to this machine."""
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    url = urlsplit(endpoint)
    _ = url.port  # raises ValueError where there is none
    try:
        return url.scheme == "http" and not ip_address(url.hostname or "").is_loopback
    except ValueError:  # it is a name
        return not f".{url.hostname}".endswith(".localhost")


def location(client: Any) -> str:
    """Return where `client` sends its requests, for people: the region, and the endpoint if it is not AWS's own."""
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
    """Call botocore's `operation`, and raise what it raises as an error of ours: "cannot `action`: …".

    The parsed answer to an error whose code is `expected` is returned; an error whose code is `known` is raised as
    what stands there for it.
    """
    from botocore.exceptions import BotoCoreError, ClientError, InvalidRegionError
    from botocore.parsers import ResponseParserError

    try:
        return operation(**parameters)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in expected:
            return error.response
        raise (known or {}).get(code) or _refusal(error.response, action) from error
    except InvalidRegionError:
        raise  # a ValueError too: only the maker of a client sees it
    except BotoCoreError as error:
        raise _failure(error, action) from error
    except OSError as error:  # a token file, a credential_process, a certificate bundle
        what = f"AWS's settings name a file that can't be read ({error.filename or error})"
        raise NotConfiguredError(f"cannot {action}: {what}: {error.strerror}", hint=_SETTINGS) from error
    except (ResponseParserError, UnicodeError) as error:
        raise ServiceError(f"cannot {action}: {error}", hint=_AGAIN) from error
    except ValueError as error:
        if "endpoint" in str(error):
            raise  # of the maker of a client, too
        raise NotConfiguredError(f"cannot {action}: {error}", hint=_SETTINGS) from error


def _parse(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Parse DynamoDB's answer in botocore's place: it is JSON in the very form that we read.

    botocore takes four fifths of the time of a large page to walk through it once more; and one that was cut short it
    takes for an empty one.
    """
    from botocore.parsers import ResponseParserError

    if response_dict["status_code"] >= 300:
        return
    try:
        answer = json.loads(response_dict["body"])
    except ValueError as error:
        raise ResponseParserError(f"the answer is damaged: {error}") from error
    if not isinstance(answer, dict):
        raise ResponseParserError("the answer is not DynamoDB's")
    customized_response_dict.update(answer)
    response_dict["body"] = b"{}"


def _redact(parsed: dict[str, Any], **_: object) -> None:
    """Take credentials out of what AWS says of an error, before any message or traceback is made of it.

    AWS answers a wrong signature with the request that it should have been for, session token and all.
    """
    if "Message" in (error := parsed.get("Error", {})):
        error["Message"] = re.sub(_SIGNED, r"\1…", str(error["Message"]))


_SIGNED = r"""(?i)(Credential=|Signature=|X-Amz-Security-Token\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\,&]+"""

_AGAIN = "try again; if it stays, see https://health.aws.amazon.com"
_AS_AWS_SAYS = "change what AWS names there, and try again"
_SETTINGS = "see what AWS_ variables are set, and what ~/.aws/config and ~/.aws/credentials say"
_LOG_IN = "aws sso login, or aws configure; aws sts get-caller-identity then tells who you are"


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
        return ServiceError(f"cannot {action}: the service failed ({code}: {said})", hint=_AGAIN)
    return ServiceError(f"cannot {action}: the service refused ({code}: {said})", hint=_AS_AWS_SAYS)


def _failure(error: Any, action: str) -> WildrydesError:
    """Explain an error that AWS did not answer with: nothing was sent, or no answer came."""
    from botocore import exceptions

    match error:
        case exceptions.NoRegionError():
            return NotConfiguredError(
                f"cannot {action}: no AWS region is set", hint="add --region us-east-1, or export AWS_REGION=us-east-1"
            )
        case exceptions.ProfileNotFound():
            return NotConfiguredError(
                f"cannot {action}: {error}", hint="aws configure list-profiles names those there are"
            )
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
                hint="aws configure, or aws sso login; without an AWS account, add --store local",
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
    return ServiceError(f"cannot {action}: {error}", hint=_AGAIN)
