"""Each error of botocore and of AWS becomes the right kind of error, with advice that fits it."""

import string
from typing import Any

import pytest
from botocore import exceptions

from wildrydes_cli.aws_errors import NoAnswerError, failure
from wildrydes_cli.errors import NotConfiguredError, ServiceError, WildrydesError

ADVISED: dict[str, tuple[type[WildrydesError], str]] = {
    "NoRegionError": (NotConfiguredError, "AWS_REGION"),
    "ProfileNotFound": (NotConfiguredError, "aws configure list-profiles"),
    "NoCredentialsError": (NotConfiguredError, "aws configure --profile class"),
    "SSOError": (NotConfiguredError, "aws sso login --profile class"),
    "SSOTokenLoadError": (NotConfiguredError, "aws sso login --profile class"),
    "UnauthorizedSSOTokenError": (NotConfiguredError, "aws sso login --profile class"),
    "TokenRetrievalError": (NotConfiguredError, "aws sso login --profile class"),
    "NoAuthTokenError": (NotConfiguredError, "aws sso login --profile class"),
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
    "MissingDependencyException",
    "ParamValidationError",  # of what a profile says about its role: our own parameters are not validated
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
