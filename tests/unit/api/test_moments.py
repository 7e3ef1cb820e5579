"""The API, its users and the page are deployed and deleted while AWS is busy, or is asked too often."""

import pytest

from tests.support.aws_rules.moments import AskedTooOften, BusyFunction, Conflicting, SlowAmplify, SlowDomain
from tests.support.fake_aws import AWS
from tests.support.parts import API_PARTS, PAGE_PARTS
from tests.support.running import Cli

COGNITO = ("UpdateUserPool", "UpdateUserPoolClient", "CreateUserPoolDomain")
"""What Cognito refuses while somebody else changes the same pool or client. It refuses the deletions, too."""
DELETIONS = ("DeleteUserPoolClient", "DeleteUserPoolDomain", "DeleteLogGroup")


@pytest.fixture(autouse=True)
def function(aws: AWS, our_function: None) -> None:
    """A table and a function for the API."""
    aws.client("logs").create_log_group(logGroupName="/aws/lambda/RequestUnicorn")


def deploy(wildrydes: Cli) -> dict[str, str]:
    """Deploy the API and the page, and return what became of their parts."""
    parts: dict[str, str] = {}
    for what in "api", "page":
        parts |= wildrydes(what, "deploy", "--yes", "-o", "json").must().json["Parts"]
    return parts


def test_an_account_that_is_asked_too_often_by_others_gets_everything_all_the_same(
    aws: AWS, wildrydes: Cli, pauses: list[float]
) -> None:
    aws.rules += [AskedTooOften(2, lambda: sum(pauses)), SlowAmplify(times=3)]
    assert set(deploy(wildrydes).values()) == {"created"}
    assert set(deploy(wildrydes).values()) == {"unchanged"}
    states = wildrydes("status", "-o", "json").must().json["Parts"]
    assert {states[part]["State"] for part in (*API_PARTS, *PAGE_PARTS)} == {"ready"}
    assert set(wildrydes("delete", "--yes", "-o", "json").must().json.values()) == {"deleted"}


def test_amplify_that_is_asked_too_often_for_a_minute_is_an_error(aws: AWS, wildrydes: Cli) -> None:
    wildrydes("api", "deploy").must()
    aws.rules.append(SlowAmplify(times=99))
    message, hint = wildrydes("page", "deploy").error(4)
    assert "throttled (ThrottlingException: Rate exceeded while calling" in message
    assert hint == "try again in a while"


def test_what_others_are_changing_is_changed_a_moment_later(aws: AWS, wildrydes: Cli) -> None:
    aws.rules += [Conflicting((operation,), times=3) for operation in COGNITO]
    deploy(wildrydes)
    cognito = aws.client("cognito-idp")
    (pool,) = cognito.list_user_pools(MaxResults=60)["UserPools"]
    named = {"UserPoolId": pool["Id"]}
    for client in cognito.list_user_pool_clients(**named)["UserPoolClients"]:
        flows = {"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]}
        aws.rules, rules = [], aws.rules
        cognito.update_user_pool_client(**named, ClientId=client["ClientId"], **flows)
        aws.rules = rules
    wildrydes("api", "deploy", "--no-sign-up").must()
    assert deploy(wildrydes)["UserPool"] == "updated"


def test_what_others_are_changing_is_deleted_a_moment_later(aws: AWS, wildrydes: Cli) -> None:
    deploy(wildrydes)
    aws.rules += [BusyFunction(), *(Conflicting((operation,), times=3) for operation in DELETIONS)]
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", Timeout=9)
    assert set(wildrydes("delete", "--yes", "-o", "json").must().json.values()) == {"deleted"}


def test_a_domain_that_is_still_being_deleted_is_waited_for(aws: AWS, wildrydes: Cli, pauses: list[float]) -> None:
    aws.rules.append(SlowDomain(20, lambda: sum(pauses)))
    deploy(wildrydes)
    wildrydes("page", "delete", "--yes").must()
    assert deploy(wildrydes)["Domain"] == "created"
    ended = wildrydes("delete", "--yes", "-o", "json").must()
    assert ended.json["UserPool"] == "deleted"
