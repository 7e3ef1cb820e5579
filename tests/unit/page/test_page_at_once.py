"""Two deployments of the page at the same time end with one domain, one app, and its one branch."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.fake_aws import AWS
from tests.support.parts import PAGE_PARTS
from tests.support.prepared import Prepared
from tests.support.running import Cli

Json = dict[str, Any]

TAGS = {"wildrydes": "page"}


@pytest.fixture(autouse=True)
def api(aws: AWS, our_api: None, prepared: Prepared, wildrydes: Cli) -> None:
    """A deployed API with its users, and the table of the function."""
    prepared(lambda: wildrydes("setup-table").must())
    aws.calls.clear()


def deploy(wildrydes: Cli) -> Json:
    """Deploy the page, and return the result."""
    result: Json = wildrydes("page", "deploy", "-o", "json").must().json
    return result


def other(aws: AWS, operation: str, **parameters: Any) -> Json:
    """Do what another deployment does to the page."""
    if operation != "CreateApp":
        (app,) = aws.amplify.apps
        parameters |= {"appId": app, "branchName": "main"}
    return aws.amplify.call(operation, parameters)


def dated(aws: AWS, operation: str, date: datetime) -> None:
    """Let Cognito say that app clients were created at `date`."""
    aws.planted[operation] = lambda answer: {"UserPoolClient": answer["UserPoolClient"] | {"CreationDate": date}}


def unchanged(wildrydes: Cli) -> bool:
    """Deploy again, and return whether nothing had to be done."""
    return bool(deploy(wildrydes)["Parts"] == dict.fromkeys(PAGE_PARTS, "unchanged"))


@pytest.mark.parametrize("age", [-1, 0, 1], ids=["older", "just as old", "younger"])
def test_of_two_apps_the_older_one_stays(aws: AWS, wildrydes: Cli, age: int) -> None:
    """Of two of the same age, the one with the smaller id stays. Each deployment deletes only what it has created."""
    rivals: list[str] = []

    def others_create_one(*_: Any) -> None:
        aws.amplify.now = lambda: 1_800_000_000 + age
        rivals.append(other(aws, "CreateApp", name="WildRydes", tags=TAGS)["app"]["appId"])
        aws.amplify.now = lambda: 1_800_000_000

    aws.before["CreateApp"] = others_create_one
    result = deploy(wildrydes)
    if age == 1:
        assert [result["AppId"], *rivals] == sorted(aws.amplify.apps, reverse=True)
        return  # the other deployment deletes its own
    assert [result["AppId"]] == rivals == list(aws.amplify.apps)
    assert unchanged(wildrydes)


def test_an_app_that_somebody_made_by_hand_at_the_same_time_is_no_rival(aws: AWS, wildrydes: Cli) -> None:
    aws.before["CreateApp"] = lambda *_: other(aws, "CreateApp", name="WildRydes")
    deploy(wildrydes)
    assert len(aws.amplify.apps) == 2
    assert "there are 2 Amplify apps WildRydes" in wildrydes("page", "deploy").error(1)[0]


def test_a_client_that_another_page_has_just_created_lets_riders_of_this_page_sign_in_too(
    aws: AWS, wildrydes: Cli
) -> None:
    theirs = "https://main.d99999.amplifyapp.com/"

    def create(_: str, sent: Json) -> None:
        sent = sent | {name: [theirs] for name in ("CallbackURLs", "LogoutURLs")}
        aws.client("cognito-idp").create_user_pool_client(**sent)

    aws.before["CreateUserPoolClient"] = create
    for operation, year in (("CreateUserPoolClient", 2027), ("DescribeUserPoolClient", 2026)):  # moto has no dates
        dated(aws, operation, datetime(year, 1, 1, tzinfo=UTC))
    page = deploy(wildrydes)["PageUrl"]
    assert set(aws.parameters("UpdateUserPoolClient")["CallbackURLs"]) >= {theirs, page}
    assert unchanged(wildrydes)


def test_what_another_deployment_has_just_created_is_used(aws: AWS, wildrydes: Cli) -> None:
    cognito = aws.client("cognito-idp")
    aws.before["CreateUserPoolDomain"] = lambda _, sent: cognito.create_user_pool_domain(**sent)
    aws.before["CreateBranch"] = lambda *_: other(aws, "CreateBranch")
    deploy(wildrydes)
    assert unchanged(wildrydes)


def test_a_branch_that_amplify_refuses_is_an_error(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("CreateBranch", "BadRequestException", "no more branches")
    assert "no more branches" in wildrydes("page", "deploy").error(4)[0]


@pytest.mark.parametrize("ended", [False, True])
def test_while_somebody_else_deploys_the_page_it_says_to_run_it_again(aws: AWS, wildrydes: Cli, ended: bool) -> None:
    """Their job can end between Amplify's refusal of ours and the look at what is in the way."""
    aws.before["CreateDeployment"] = lambda *_: other(aws, "CreateDeployment")
    if ended:
        aws.before["ListJobs"] = lambda *_: [other(aws, operation, jobId="1") for operation in ("StopJob", "GetJob")]
    message, hint = wildrydes("page", "deploy").error(4)
    assert message == "job 1 of Amplify app WildRydes in us-east-1 came first: somebody else is deploying the page"
    assert hint == "run this again"
    aws.before.clear()
    deploy(wildrydes)
    assert unchanged(wildrydes)


def test_a_deployment_that_amplify_refuses_is_an_error(aws: AWS, wildrydes: Cli) -> None:
    for operation in ("CreateDeployment", "StartDeployment", "CreateDeployment"):  # the last with a job of its own
        aws.fail(operation, "BadRequestException", "not today")
        assert "not today" in wildrydes("page", "deploy").error(4)[0]


def test_whose_job_is_stopped_by_somebody_else_reads_to_run_it_again(aws: AWS, wildrydes: Cli) -> None:
    aws.before["StartDeployment"] = lambda *_: other(aws, "StopJob", jobId="1")
    message, hint = wildrydes("page", "deploy").error(4)
    assert message.endswith("the job ended as CANCELLED")
    assert hint == "run this again"
    deploy(wildrydes)
    assert unchanged(wildrydes)


def test_a_job_that_ends_just_before_it_is_stopped_is_no_hindrance(aws: AWS, wildrydes: Cli) -> None:
    aws.interrupt_after(6)
    wildrydes("page", "deploy").must(130)

    def end(*_: Any) -> None:
        for operation in ("StopJob", "GetJob"):
            other(aws, operation, jobId="1")

    aws.before["StopJob"] = end
    aws.fail("StopJob", "BadRequestException", "the job is over")
    deploy(wildrydes)
    assert unchanged(wildrydes)
