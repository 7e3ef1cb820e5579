"""Two deployments at the same time end with one API, one user pool and one app client. So does one that tries twice."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.console import Console
from tests.support.fake_aws import AWS, Json
from tests.support.parts import API_PARTS
from tests.support.running import Cli

pytestmark = pytest.mark.usefixtures("lambda_function")

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AGES = {"older": timedelta(seconds=-1), "younger": timedelta(seconds=1), "just as old": timedelta()}
TAGS = {"wildrydes": "api"}


def deployed(wildrydes: Cli, *words: str) -> Json:
    """Deploy, and return the result."""
    result: Json = wildrydes("api", "deploy", "-o", "json", *words).must().json
    return result


def rival_api(aws: AWS, console: Console) -> str:
    """Create the API of another deployment."""
    made: str = aws.client("apigateway").create_rest_api(name="WildRydes", tags=TAGS)["id"]
    return made


def rival_pool(aws: AWS, console: Console) -> str:
    """Create the user pool of another deployment."""
    return console.create_pool(UserPoolTags=TAGS)


def rival_client(aws: AWS, console: Console) -> str:
    """Create the app client of another deployment."""
    return console.create_client()


KINDS: dict[str, tuple[Callable[[AWS, Console], str], str, str, str]] = {
    "CreateRestApi": (rival_api, "RestApiId", "DeleteRestApi", "restApiId"),
    "CreateUserPool": (rival_pool, "UserPoolId", "DeleteUserPool", "UserPoolId"),
    "CreateUserPoolClient": (rival_client, "UserPoolClientId", "DeleteUserPoolClient", "ClientId"),
}
"""What creates something; a rival of it; its name in the result; what deletes it, and by which parameter."""


def born(aws: AWS, ages: dict[str, timedelta]) -> None:
    """Let things have been created at certain times around noon. All others were created at noon."""

    def dated(each: Json, name: str, date: str) -> Json:
        return each | {date: NOON + ages.get(each[name], timedelta())}

    aws.planted |= {
        "GetRestApis": lambda answer: {"items": [dated(each, "id", "createdDate") for each in answer["items"]]},
        "CreateRestApi": lambda answer: dated(answer, "id", "createdDate"),
        "DescribeUserPool": lambda answer: {"UserPool": dated(answer["UserPool"], "Id", "CreationDate")},
        "CreateUserPool": lambda answer: {"UserPool": dated(answer["UserPool"], "Id", "CreationDate")},
        **{
            operation: lambda answer: {"UserPoolClient": dated(answer["UserPoolClient"], "ClientId", "CreationDate")}
            for operation in ("DescribeUserPoolClient", "CreateUserPoolClient")
        },
    }


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize("operation", KINDS)
def test_of_two_that_are_created_at_the_same_time_the_older_one_stays(
    aws: AWS, wildrydes: Cli, console: Console, operation: str, age: str
) -> None:
    """Of two of the same age, the one with the smaller id stays. Each deployment deletes only what it has created."""
    create, name, delete, parameter = KINDS[operation]
    ages: dict[str, timedelta] = {}
    born(aws, ages)
    rivals: list[str] = []

    def others_create_one(*_: Any) -> None:
        rivals.append(create(aws, console))
        ages[rivals[0]] = AGES[age]

    aws.before[operation] = others_create_one
    aws.calls.clear()
    kept = deployed(wildrydes)[name]
    (rival,) = rivals
    deletions = [sent[parameter] for operation, sent in aws.calls if operation == delete]
    if deletions:
        (mine,) = deletions
        assert kept == rival != mine
        assert age == "older" or (age == "just as old" and rival < mine)
    else:
        assert kept != rival
        assert age == "younger" or (age == "just as old" and kept < rival)
        return  # the other deployment deletes its own
    assert deployed(wildrydes)["Parts"] == dict.fromkeys(API_PARTS, "unchanged")
    assert (len(console.apis), len(console.pools), len(console.clients(console.pool))) == (1, 1, 1)


def test_what_somebody_made_by_hand_at_the_same_time_is_no_rival(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """It has no tag of ours, so it is neither used nor deleted. The next command says that there are two."""
    aws.before["CreateRestApi"] = lambda *_: aws.client("apigateway").create_rest_api(name="WildRydes")
    aws.before["CreateUserPool"] = lambda *_: console.create_pool()
    wildrydes("api", "deploy").must()
    assert (len(console.apis), len(console.pools)) == (2, 2)
    assert "there are 2" in wildrydes("api", "deploy").error(1)[0]


def test_a_new_api_that_is_not_listed_yet_is_used_all_the_same(aws: AWS, wildrydes: Cli) -> None:
    aws.planted["GetRestApis"] = {"items": []}
    deployed(wildrydes)


CREATIONS = ("CreateResource", "CreateAuthorizer", "PutMethod", "PutMethodResponse")
"""What API Gateway refuses to create twice."""

CONCURRENT = "Unable to complete operation due to concurrent modification. Please try again later."
"""What API Gateway answers while somebody else changes the API (hashicorp/terraform-provider-aws#27027)."""


@pytest.mark.parametrize("operation", CREATIONS)
def test_what_another_deployment_has_just_created_is_used(
    aws: AWS, wildrydes: Cli, console: Console, operation: str
) -> None:
    """So is what this one created itself, if the answer was lost and botocore asked again."""
    ask = aws.client("apigateway")

    def others_are_faster(name: str, parameters: Json) -> None:
        words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)[1:]
        getattr(ask, words)(**parameters)

    aws.before[operation] = others_are_faster
    deployed(wildrydes)
    assert deployed(wildrydes)["Parts"] == dict.fromkeys(API_PARTS, "unchanged")
    assert len(ask.get_authorizers(restApiId=console.api)["items"]) == 1


@pytest.mark.parametrize(
    "operation", [*CREATIONS, "PutIntegration", "PutIntegrationResponse", "PutGatewayResponse", "UpdateStage"]
)
def test_a_change_at_the_same_time_is_waited_for(aws: AWS, wildrydes: Cli, operation: str) -> None:
    aws.fail(operation, "ConflictException", CONCURRENT, times=3)
    deployed(wildrydes)
    assert deployed(wildrydes)["Parts"] == dict.fromkeys(API_PARTS, "unchanged")


def test_a_change_that_never_ends_is_an_error(aws: AWS, wildrydes: Cli, pauses: list[float]) -> None:
    aws.fail("CreateResource", "ConflictException", CONCURRENT, times=99)
    message, _ = wildrydes("api", "deploy").error(4)
    assert CONCURRENT in message
    assert 13 <= sum(pauses) <= 16


def test_a_method_that_somebody_else_makes_in_another_way_is_not_taken_for_ours(aws: AWS, wildrydes: Cli) -> None:
    def others_are_faster(_: str, parameters: Json) -> None:
        aws.client("apigateway").put_method(**parameters | {"authorizationType": "NONE"})

    aws.before["PutMethod"] = others_are_faster
    assert "Method already exists for this resource" in wildrydes("api", "deploy").error(4)[0]


def test_an_authorizer_that_somebody_else_makes_in_another_way_is_not_taken_for_ours(aws: AWS, wildrydes: Cli) -> None:
    def others_are_faster(_: str, parameters: Json) -> None:
        source = {"identitySource": "method.request.header.Token"}
        aws.client("apigateway").create_authorizer(**parameters | source)

    aws.before["CreateAuthorizer"] = others_are_faster
    assert "Authorizer name must be unique" in wildrydes("api", "deploy").error(4)[0]


@pytest.mark.parametrize("operation", ["PutIntegration", "PutMethodResponse", "PutIntegrationResponse"])
def test_a_method_that_another_deployment_replaces_meanwhile_is_created_again(
    aws: AWS, wildrydes: Cli, operation: str
) -> None:
    def others_delete_it(_: str, parameters: Json) -> None:
        at = {name: parameters[name] for name in ("restApiId", "resourceId", "httpMethod")}
        aws.client("apigateway").delete_method(**at)
        aws.fail(operation, "NotFoundException", "Invalid Method identifier specified")

    aws.before[operation] = others_delete_it
    deployed(wildrydes)
    assert deployed(wildrydes)["Parts"] == dict.fromkeys(API_PARTS, "unchanged")


def test_a_method_that_others_always_delete_is_an_error(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("PutIntegration", "NotFoundException", "Invalid Method identifier specified", times=99)
    message, _ = wildrydes("api", "deploy").error(4)
    assert message == "cannot create POST /ride: somebody else keeps deleting it"
