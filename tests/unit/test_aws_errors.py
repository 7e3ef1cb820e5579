"""Each error of botocore and of AWS becomes the right kind of error, with advice that fits it."""

import string
from typing import Any

import pytest
from botocore import exceptions

from wildrydes_cli.aws_errors import InvalidRequestError, NoAnswerError, ThrottledError, failure, refusal
from wildrydes_cli.errors import NotConfiguredError, RefusedError, ServiceError, WildrydesError

ADVISED: dict[str, tuple[type[WildrydesError], str]] = {
    "NoRegionError": (NotConfiguredError, "AWS_REGION"),
    "ProfileNotFound": (NotConfiguredError, "aws configure list-profiles"),
    "NoCredentialsError": (NotConfiguredError, "aws configure --profile class"),
    "SSOError": (NotConfiguredError, "aws sso login --profile class"),
    "SSOTokenLoadError": (NotConfiguredError, "aws sso login --profile class"),
    "UnauthorizedSSOTokenError": (NotConfiguredError, "aws sso login --profile class"),
    "TokenRetrievalError": (NotConfiguredError, "aws sso login --profile class"),
    "NoAuthTokenError": (NotConfiguredError, "aws sso login --profile class"),
    "MissingDependencyException": (NotConfiguredError, "wildrydes[login]"),
    "LoginError": (NotConfiguredError, "aws login --profile class"),
    "LoginRefreshRequired": (NotConfiguredError, "aws login --profile class"),
    "LoginTokenLoadError": (NotConfiguredError, "aws login --profile class"),
    "LoginAuthorizationCodeError": (NotConfiguredError, "aws login --profile class"),
    "LoginInsufficientPermissions": (NotConfiguredError, "SignInLocalDevelopmentAccess"),
    "RefreshWithMFAUnsupportedError": (NotConfiguredError, "run the command again"),
    "WaiterError": (ServiceError, "try again"),
    "PaginationError": (ServiceError, "try again"),
    "SSLError": (ServiceError, "clock"),
    "EndpointConnectionError": (ServiceError, "--endpoint-url"),
    "ConnectTimeoutError": (ServiceError, "--endpoint-url"),
    "ProxyConnectionError": (ServiceError, "--endpoint-url"),
    "ConnectionError": (NoAnswerError, "--endpoint-url"),
    "HTTPClientError": (NoAnswerError, "--endpoint-url"),
    "ConnectionClosedError": (NoAnswerError, "--endpoint-url"),
    "ReadTimeoutError": (NoAnswerError, "--endpoint-url"),
    "ResponseStreamingError": (NoAnswerError, "--endpoint-url"),
    "IncompleteReadError": (NoAnswerError, "try again"),
    "ChecksumError": (NoAnswerError, "try again"),
    "FlexibleChecksumError": (NoAnswerError, "try again"),
}
"""What becomes of an error, and a part of its hint, for the profile `class`."""

OF_SETTINGS = {
    "ApiVersionNotFoundError",
    "BaseEndpointResolverError",
    "ConfigNotFound",
    "ConfigParseError",
    "CredentialRetrievalError",
    "DataNotFoundError",
    "EndpointProviderError",
    "EndpointResolutionError",
    "EndpointVariantError",
    "InfiniteLoopConfigError",
    "InvalidChecksumConfigError",
    "InvalidConfigError",
    "InvalidDefaultsMode",
    "InvalidEndpointConfigurationError",
    "InvalidEndpointDiscoveryConfigurationError",
    "InvalidIMDSEndpointError",
    "InvalidIMDSEndpointModeError",
    "InvalidMaxRetryAttemptsError",
    "InvalidProxiesConfigError",
    "InvalidRegionError",
    "InvalidRetryConfigurationError",
    "InvalidRetryModeError",
    "InvalidS3UsEast1RegionalEndpointConfigError",
    "InvalidSTSRegionalEndpointsConfigError",
    "MetadataRetrievalError",
    "PartialCredentialsError",
    "UnknownCredentialError",
    "UnknownEndpointError",
    "UnknownFIPSEndpointError",
    "UnknownRegionError",
    "UnknownServiceError",
    "UnknownSignatureVersionError",
    "UnknownTokenProviderError",
    "UnsupportedSignatureVersionError",
}
"""The errors about AWS's own settings, or about an installation without the data of a service."""

ANY_OTHER = {
    "AliasConflictParameterError",
    "AwsChunkedWrapperError",
    "CapacityNotAvailableError",
    "InvalidDNSNameError",
    "InvalidExpressionError",
    "InvalidHostLabelError",
    "InvalidS3AddressingStyleError",
    "MD5UnavailableError",
    "MissingParametersError",
    "OperationNotPageableError",
    "ParamValidationError",
    "RangeError",
    "ServiceNotInRegionError",
    "StubAssertionError",
    "StubResponseError",
    "UnStubbedResponseError",
    "UnknownClientMethodError",
    "UnknownEndpointResolutionBuiltInName",
    "UnknownKeyError",
    "UnknownParameterError",
    "UnknownServiceStyle",
    "UnseekableStreamError",
    "UnsupportedOutpostResourceError",
    "UnsupportedS3AccesspointConfigurationError",
    "UnsupportedS3ArnError",
    "UnsupportedS3ConfigurationError",
    "UnsupportedS3ControlArnError",
    "UnsupportedS3ControlConfigurationError",
    "UnsupportedServiceProtocolsError",
    "ValidationError",
    "WaiterConfigError",
}
"""The errors that no command can meet: of S3, of botocore's own stubs, and of calls that we do not make."""


def raised(name: str) -> Any:
    """Return botocore's error called `name`, with an "x" wherever its message says something."""
    kind = getattr(exceptions, name)
    words = {field: "x" for _, field, _, _ in string.Formatter().parse(kind.fmt) if field}
    return kind(**words, **({"last_response": {}} if name == "WaiterError" else {}))


def test_every_error_of_botocore_is_named_here() -> None:
    every = {
        name
        for name, each in vars(exceptions).items()
        if isinstance(each, type) and issubclass(each, exceptions.BotoCoreError)
    }
    assert every - {"BotoCoreError"} == ADVISED.keys() | OF_SETTINGS | ANY_OTHER


@pytest.mark.parametrize("name", ADVISED)
def test_an_error_of_botocore_has_the_advice_that_fits_it(name: str) -> None:
    kind, advice = ADVISED[name]
    error = failure(raised(name), "list rides", "class")
    assert type(error) is kind
    assert error.message.startswith("cannot list rides: ")
    assert advice in error.hint


@pytest.mark.parametrize("name", sorted(OF_SETTINGS | ANY_OTHER))
def test_any_other_error_of_botocore_is_about_settings(name: str) -> None:
    error = failure(raised(name), "list rides")
    assert type(error) is NotConfiguredError
    assert "~/.aws/config" in error.hint


def test_a_profile_is_quoted_in_a_command_to_paste() -> None:
    assert failure(raised("SSOError"), "list rides", "my class").hint == "run aws sso login --profile 'my class'"


INVALID_TOKEN = "The security token included in the request is invalid."
EXPIRED = "Signature expired: 20261128T081530Z is now earlier than 20261128T091030Z (20261128T091530Z - 5 min.)"
TOO_EARLY = "Signature not yet current: 20261128T101530Z is still later than 20261128T092030Z (… + 5 min.)"
MISMATCH = "The request signature we calculated does not match the signature you provided."
NO_POLICY = "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: dynamodb:Scan"

SAID_BY_AWS: list[tuple[str, str, type[WildrydesError], str, str]] = [
    ("ExpiredToken", "x", NotConfiguredError, "have expired", "aws sso login"),
    ("ExpiredTokenException", "x", NotConfiguredError, "have expired", "copy new credentials"),
    # A region that is not enabled gives this code for good credentials: https://github.com/aws/chalice/issues/1445
    ("UnrecognizedClientException", INVALID_TOKEN, NotConfiguredError, "were refused", "is the region enabled"),
    ("InvalidClientTokenId", INVALID_TOKEN, NotConfiguredError, "were refused", "is the region enabled"),
    ("RegionDisabledException", "x", NotConfiguredError, "were refused", "is the region enabled"),
    ("InvalidSignatureException", MISMATCH, NotConfiguredError, "were refused", "secret access key"),
    ("SignatureDoesNotMatch", MISMATCH, NotConfiguredError, "were refused", "secret access key"),
    ("IncompleteSignatureException", "x", NotConfiguredError, "were refused", "proxy"),
    ("MissingAuthenticationTokenException", "x", NotConfiguredError, "were refused", "proxy"),
    # The texts are AWS's: https://github.com/aws/aws-sdk-js/issues/527 and 2565. IAM has the same with its own code.
    ("InvalidSignatureException", EXPIRED, NotConfiguredError, "clock is wrong", "AWS says that it is Sat, 28 Nov"),
    ("InvalidSignatureException", TOO_EARLY, NotConfiguredError, "clock is wrong", "AWS says that it is Sat, 28 Nov"),
    ("SignatureDoesNotMatch", EXPIRED, NotConfiguredError, "clock is wrong", "AWS says that it is Sat, 28 Nov"),
    ("RequestTimeTooSkewed", "x", NotConfiguredError, "clock is wrong", "set the clock"),
    ("RequestExpired", "x", NotConfiguredError, "clock is wrong", "set the clock"),
    ("AccessDeniedException", f"{NO_POLICY} no policy allows it", RefusedError, "denied", "a policy that allows"),
    (
        "AccessDeniedException",
        f"{NO_POLICY} with an explicit deny in a service control policy",
        RefusedError,
        "denied",
        "no other policy can allow it",
    ),
    # https://github.com/webiny/webiny-js/issues/1517
    ("SubscriptionRequiredException", "x", RefusedError, "can't use this service yet", "finish signing up"),
    ("OptInRequired", "x", RefusedError, "can't use this service yet", "finish signing up"),
    ("ThrottlingException", "x", ThrottledError, "throttled", "try again in a while"),
    ("ProvisionedThroughputExceededException", "x", ThrottledError, "throttled", "raise the table's capacity"),
    ("ValidationException", "x", InvalidRequestError, "refused", "AWS's message"),
    ("SomethingNew", "x", RefusedError, "refused", "AWS's message"),
]


@pytest.mark.parametrize(("code", "text", "kind", "said", "advice"), SAID_BY_AWS)
def test_an_error_of_aws_has_the_advice_that_fits_it(
    code: str, text: str, kind: type[WildrydesError], said: str, advice: str
) -> None:
    metadata = {"HTTPStatusCode": 400, "HTTPHeaders": {"date": "Sat, 28 Nov 2026 09:15:30 GMT"}}
    error = refusal({"Error": {"Code": code, "Message": text}, "ResponseMetadata": metadata}, "list rides")
    assert type(error) is kind
    assert error.message.startswith("cannot list rides: ")
    assert said in error.message
    assert text in error.message
    assert advice in error.hint


def test_a_wrong_clock_is_told_without_the_date_if_aws_sends_none() -> None:
    assert refusal({"Error": {"Code": "RequestExpired", "Message": "x"}}, "list rides").hint == "set the clock"


def test_an_error_of_a_server_is_a_failure_of_the_service() -> None:
    error = refusal({"Error": {"Code": "x"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "list rides")
    assert type(error) is ServiceError
    assert "health.aws.amazon.com" in error.hint
