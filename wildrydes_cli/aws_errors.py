"""AWS's errors turned into ours: what happened, and how to fix it."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING, Any

from wildrydes_cli.errors import NotConfiguredError, RefusedError, ServiceError, WildrydesError

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPIRED = ("ExpiredToken", "ExpiredTokenException")
_UNKNOWN_KEYS = (
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "AuthFailure",
    "RegionDisabledException",
)
"""What AWS says of keys that it does not know. It says the same in a region that is not enabled for the account."""
_BAD_SIGNATURE = (
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
)
_WRONG_CLOCK = ("RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture")
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
_NOT_SIGNED_UP = ("SubscriptionRequiredException", "OptInRequired")
THROTTLED = (
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
)
"""The codes with which AWS says that it was asked too often, and that it did nothing."""

_TRY_AGAIN = "try again; if it keeps failing, see https://health.aws.amazon.com"
CHECK_ENDPOINT = "check --endpoint-url, and any proxy on the way; then try again"
_AS_AWS_SAYS = "correct what AWS's message points out, and try again"
_CHECK_NETWORK = "check the network, --endpoint-url and --region, and try again"
_SETTINGS = "check the AWS_ environment variables, ~/.aws/config and ~/.aws/credentials"
_SET_REGION = "add --region us-east-1, or export AWS_REGION=us-east-1"
_RENEW = "run aws login or aws sso login, or copy new credentials from where these came from"
_ADD_LOGIN = (
    "add the extra login, as you installed wildrydes: uv tool install 'wildrydes[login]', "
    "pipx install --force 'wildrydes[login]' or pip install 'wildrydes[login]'; in a clone, '.[login]' instead"
)
_TYPE_CODE = "run the command again, and type the six digits that your MFA device shows then: AWS takes each code once"
_ENABLE_REGION = (
    "is the region enabled for your account? If aws sts get-caller-identity --region us-east-1 shows who you are, "
    "enable the region or use another --region; if not, run aws configure or aws login"
)
_SIGN_AGAIN = "check the secret access key (aws configure sets it), and any proxy on the way"
_ASK_FOR_POLICY = "ask the account's administrator for a policy that allows this action, or use another --profile"
_ASK_FOR_RULE = (
    "a rule of the account or its organization forbids this, and no other policy can allow it: use another --region, "
    "or ask the administrator for an exception"
)
_SIGN_UP = "finish signing up for AWS (payment method and phone number); after that it can take up to 24 hours"


class InvalidRequestError(RefusedError):
    """The service rejected the request as invalid."""


class ThrottledError(ServiceError):
    """AWS throttled the request, after the retries, and did nothing."""

    reason = ""
    """What AWS said."""


class NoAnswerError(ServiceError):
    """The request was sent, but no answer came. The service may have done what it was asked for."""


def not_the_service(action: str, reason: str) -> ServiceError:
    """Return the error for an answer that the service would never give, so that something else must have answered."""
    return ServiceError(
        f"cannot {action}: the endpoint does not answer like this AWS service ({reason})", hint=CHECK_ENDPOINT
    )


def code_and_message(response: Mapping[str, Any]) -> tuple[str, str]:
    """Return the code and the message of an error response.

    Amplify says with the code of a bad request that it was asked too often (aws-amplify/amplify-hosting#3748). The code
    is then that of other services.
    """
    error = response.get("Error")
    if not isinstance(error, dict):
        return "", "an error without a code"
    code = str(error.get("Code") or "")
    message = cleaned(error.get("Message") or code)
    if code == "BadRequestException" and message.startswith("Rate exceeded"):
        code = "ThrottlingException"
    return code, message


def cleaned(text: object) -> str:
    """Return a message without passwords in URLs, and cut to 300 characters. A proxy can answer with a whole page."""
    words = re.sub(r"//[^/@\s]*@", "//…@", str(text))
    return words if len(words) <= 300 else f"{words[:300]}…"


def refusal(response: Mapping[str, Any], action: str) -> WildrydesError:
    """Explain an error that AWS answered with."""
    code, said = code_and_message(response)
    metadata = response.get("ResponseMetadata", {})
    if code in _EXPIRED:
        return NotConfiguredError(f"cannot {action}: the AWS credentials have expired ({code}: {said})", hint=_RENEW)
    if code in _WRONG_CLOCK or re.match("Signature (expired|not yet current)", said):
        date = metadata.get("HTTPHeaders", {}).get("date")
        return NotConfiguredError(
            f"cannot {action}: this machine's clock is wrong ({code}: {said})",
            hint=f"set the clock{f': AWS says that it is {date}' if date else ''}",
        )
    if code in _UNKNOWN_KEYS or code in _BAD_SIGNATURE:
        return NotConfiguredError(
            f"cannot {action}: the AWS credentials were refused ({code}: {said})",
            hint=_ENABLE_REGION if code in _UNKNOWN_KEYS else _SIGN_AGAIN,
        )
    if code in _DENIED:
        hint = _ASK_FOR_RULE if "explicit deny" in said else _ASK_FOR_POLICY
        return RefusedError(f"cannot {action}: access denied ({said})", hint=hint)
    if code in _NOT_SIGNED_UP:
        return RefusedError(f"cannot {action}: the account can't use this service yet ({code}: {said})", hint=_SIGN_UP)
    if code in THROTTLED:
        tries = metadata.get("RetryAttempts", 0) + 1
        after = f" after {tries} tries" if tries > 1 else ""
        capacity = ", or raise the table's capacity" if code == "ProvisionedThroughputExceededException" else ""
        reason = f"{code}: {said}"
        throttled = ThrottledError(
            f"cannot {action}: throttled{after} ({reason})", hint=f"try again in a while{capacity}"
        )
        throttled.reason = reason
        return throttled
    if code == "ValidationException":
        return InvalidRequestError(f"cannot {action}: the service refused ({code}: {said})", hint=_AS_AWS_SAYS)
    if metadata.get("HTTPStatusCode", 0) >= 500:
        return ServiceError(f"cannot {action}: the service failed ({code}: {said})", hint=_TRY_AGAIN)
    return RefusedError(f"cannot {action}: the service refused ({code}: {said})", hint=_AS_AWS_SAYS)


def failure(error: Any, action: str, profile: str | None = None) -> WildrydesError:
    """Explain an error that did not come from AWS: nothing was sent, or no response came.

    Most of botocore's errors are about settings. The errors of the network and of damaged answers are named here, and
    `tests/unit/test_aws_errors.py` names all others: after an upgrade it fails for an error that nobody has looked at.

    Args:
        error: What botocore raised.
        action: What failed, in words.
        profile: The AWS profile that the user named, for commands to repair it.
    """
    from botocore import exceptions

    said = cleaned(error)
    its = _option(profile)
    match error:
        case exceptions.NoRegionError():
            return NotConfiguredError(f"cannot {action}: no AWS region is set{_unreadable()}", hint=_SET_REGION)
        case exceptions.ProfileNotFound():
            return NotConfiguredError(f"cannot {action}: {said}", hint="aws configure list-profiles lists them")
        case exceptions.NoCredentialsError():
            hint = f"run aws login{its} or aws configure{its}"
            return NotConfiguredError(
                f"cannot {action}: no AWS credentials were found{_unreadable()}",
                hint=f"{hint}; request, rides and serve need no AWS: add --store local",
            )
        case exceptions.SSOError() | exceptions.TokenRetrievalError() | exceptions.NoAuthTokenError():
            return NotConfiguredError(f"cannot {action}: {said}", hint=f"run aws sso login{its}")
        case exceptions.MissingDependencyException():  # botocore wants awscrt; nothing else is optional
            return NotConfiguredError(
                f"cannot {action}: credentials of aws login need the package awscrt, which is not installed",
                hint=_ADD_LOGIN,
            )
        case exceptions.LoginInsufficientPermissions():
            hint = "ask the account's administrator for AWS's policy SignInLocalDevelopmentAccess"
            return NotConfiguredError(f"cannot {action}: {said}", hint=f"{hint}; then run aws login{its}")
        case exceptions.LoginError():
            return NotConfiguredError(f"cannot {action}: {said}", hint=f"run aws login{its}")
        case exceptions.RefreshWithMFAUnsupportedError():
            return NotConfiguredError(
                f"cannot {action}: the session that began with an MFA code has ended",
                hint="run the command again; duration_seconds in the profile makes the session longer",
            )
        case exceptions.WaiterError() if isinstance(error.last_response, dict) and "Error" in error.last_response:
            return refusal(error.last_response, action)
        case exceptions.WaiterError() | exceptions.PaginationError():
            return ServiceError(f"cannot {action}: {said}", hint=_TRY_AGAIN)
        case exceptions.SSLError():
            hint = "check this machine's clock, any proxy on the way, and AWS_CA_BUNDLE"
            return ServiceError(f"cannot {action}: {said}", hint=hint)
        case (
            exceptions.EndpointConnectionError()
            | exceptions.ConnectTimeoutError()
            | exceptions.ProxyConnectionError()  # nothing was sent
        ):
            return ServiceError(f"cannot {action}: {said}", hint=_CHECK_NETWORK)
        case exceptions.HTTPClientError() | exceptions.ConnectionError():
            return NoAnswerError(f"cannot {action}: {said}", hint=_CHECK_NETWORK)
        case exceptions.IncompleteReadError() | exceptions.ChecksumError() | exceptions.FlexibleChecksumError():
            return NoAnswerError(f"cannot {action}: {said}", hint=_TRY_AGAIN)
        case exceptions.BotoCoreError():
            pass
        case OSError():  # a token file, a credential_process, a certificate bundle
            what = f"AWS's settings name a file that can't be read ({error.filename or error})"
            return NotConfiguredError(f"cannot {action}: {what}: {error.strerror}", hint=_SETTINGS)
    return NotConfiguredError(f"cannot {action}: {said}", hint=_SETTINGS)


_LOG_IN_OPERATIONS = {
    "AssumeRole": "check role_arn and mfa_serial of the profile in ~/.aws/config, and whether the role trusts you",
    "AssumeRoleWithWebIdentity": "check AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, and whether the role trusts you",
    "GetRoleCredentials": "check sso_account_id and sso_role_name in ~/.aws/config, and whether you may use that role",
    "CreateOAuth2Token": "run aws login{profile}",
}
"""The operations that botocore calls to get credentials, and what to check if AWS refuses. We call none of them."""


def is_log_in(error: Any) -> bool:
    """Whether a `ClientError` came while botocore got credentials, not from the operation that was called."""
    return error.operation_name in _LOG_IN_OPERATIONS


def not_logged_in(error: Any, action: str = "log in to AWS", profile: str | None = None) -> WildrydesError:
    """Explain why there are no credentials. The parameters are those of `failure`."""
    from getpass import GetPassWarning

    from botocore.exceptions import BotoCoreError, ClientError

    said = cleaned(error)
    match error:
        case GetPassWarning():
            name = shlex.quote(profile or "NAME")
            return NotConfiguredError(
                f"cannot {action}: the profile needs an MFA code, and there is no terminal to ask for it on",
                hint=f'at a terminal, run eval "$(aws configure export-credentials --profile {name} --format env)"; '
                "then run this command there, with --region in place of --profile",
            )
        case EOFError():
            return NotConfiguredError(f"cannot {action}: no MFA code was given", hint=_TYPE_CODE)
        case ClientError():
            refused = refusal(error.response, action)
            if not isinstance(refused, RefusedError):
                return refused
            wrong_code = re.search("MultiFactorAuthentication|tokenCode", said)
            hint = _TYPE_CODE if wrong_code else _LOG_IN_OPERATIONS.get(error.operation_name, _SETTINGS)
            return NotConfiguredError(refused.message, hint=hint.format(profile=_option(profile)))
        case BotoCoreError() | OSError() | ValueError():
            return failure(error, action, profile)
        case RuntimeError():  # "the refreshed credentials are still expired"
            return NotConfiguredError(f"cannot {action}: {said}", hint=f"check this machine's clock; then {_RENEW}")
    return NotConfiguredError(
        f"cannot {action}: the credentials can't be read ({type(error).__name__}: {said})", hint=_SETTINGS
    )


def _option(profile: str | None) -> str:
    """Return the option that names `profile` to the AWS CLI, or nothing."""
    return f" --profile {shlex.quote(profile)}" if profile else ""


def _unreadable() -> str:
    """Say which of AWS's config files can't be read. botocore treats such files as missing."""
    from botocore.session import Session

    session = Session()
    for name in ("config_file", "credentials_file"):
        file = os.path.expanduser(session.get_config_variable(name))  # noqa: PTH111
        if os.path.lexists(file) and not os.access(file, os.R_OK):
            return f", and {file} can't be read"
    return ""
