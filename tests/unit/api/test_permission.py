"""The function's permission for the API is there in the end, whatever Lambda and others do at the same time."""

import pytest

from tests.support.console import Console
from tests.support.fake_aws import AWS
from tests.support.running import Cli

pytestmark = pytest.mark.usefixtures("lambda_function")

IN_PROGRESS = "The function could not be updated due to a concurrent update operation."
"""What Lambda answered to AddPermission (https://github.com/anomalyco/sst/issues/6923)."""


def deploy(wildrydes: Cli) -> str:
    """Deploy, and return what became of the permission."""
    change: str = wildrydes("api", "deploy", "-o", "json").must().json["Parts"]["Permission"]
    return change


@pytest.mark.parametrize("looks", [0, 1, 2])
def test_a_permission_that_lambda_loses_is_added_again(aws: AWS, wildrydes: Cli, console: Console, looks: int) -> None:
    """Lambda loses one of two that are added at the same time (Terraform: internal/service/lambda/permission.go)."""
    left = looks

    def lose_it(*_: object) -> None:
        nonlocal left
        if left:
            left -= 1
            aws.before["GetPolicy"] = lose_it
        else:
            aws.client("lambda").remove_permission(FunctionName="RequestUnicorn", StatementId=console.sid)

    aws.before["AddPermission"] = lambda *_: aws.before.update(GetPolicy=lose_it)
    assert deploy(wildrydes) == "created"
    assert [statement["Sid"] for statement in console.policy()] == [console.sid]
    assert aws.writes.count("AddPermission") == 2


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ResourceConflictException", IN_PROGRESS),
        ("ResourceConflictException", "An update is in progress for resource"),
        ("ResourceNotFoundException", "Function not found"),
    ],
)
def test_a_permission_is_added_again_until_lambda_takes_it(
    aws: AWS, wildrydes: Cli, console: Console, code: str, said: str
) -> None:
    """The function may be new, or be changed by others. Terraform tries again for both codes."""
    aws.fail("AddPermission", code, said, times=3)
    assert deploy(wildrydes) == "created"
    assert len(console.policy()) == 1


@pytest.mark.parametrize("code", ["ResourceConflictException", "ResourceNotFoundException"])
def test_a_permission_that_lambda_never_takes_is_an_error(
    aws: AWS, wildrydes: Cli, pauses: list[float], code: str
) -> None:
    aws.fail("AddPermission", code, "never", times=99)
    assert "never" in wildrydes("api", "deploy").error(4)[0]
    assert 13 <= sum(pauses) <= 15


def test_a_permission_that_lambda_never_shows_is_an_error(aws: AWS, wildrydes: Cli) -> None:
    aws.planted["GetPolicy"] = {"Policy": "{}"}
    aws.planted["AddPermission"] = {}
    assert "does not show it" in wildrydes("api", "deploy").error(4)[0]


def test_a_permission_that_another_deployment_added_in_the_meantime_is_used(
    aws: AWS, wildrydes: Cli, console: Console
) -> None:
    def others_add_it(*_: object) -> None:
        console.add_permission(sid=console.sid)
        aws.fail("AddPermission", "ResourceConflictException", "The statement id already exists")

    aws.before["AddPermission"] = others_add_it
    assert deploy(wildrydes) == "created"
    assert deploy(wildrydes) == "unchanged"


@pytest.mark.usefixtures("our_api")
def test_a_permission_is_removed_again_until_lambda_takes_it(aws: AWS, wildrydes: Cli, console: Console) -> None:
    aws.fail("RemovePermission", "ResourceConflictException", IN_PROGRESS, times=3)
    assert wildrydes("api", "delete", "--yes", "-o", "json").must().json["Permission"] == "deleted"
    assert console.policy() == []


@pytest.mark.usefixtures("our_api")
def test_a_permission_that_comes_back_is_removed_again(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """A change of the policy by somebody else, at the same time, undoes the removal."""
    aws.calls.clear()
    sid, api = console.sid, console.api
    come_back = {"GetPolicy": lambda *_: console.add_permission(sid=sid, api=api)}
    aws.before["RemovePermission"] = lambda *_: aws.before.update(come_back)
    assert wildrydes("api", "delete", "--yes", "-o", "json").must().json["Permission"] == "deleted"
    assert console.policy() == []
    assert aws.writes.count("RemovePermission") == 2


@pytest.mark.usefixtures("our_api")
def test_a_permission_that_is_never_gone_is_an_error(aws: AWS, wildrydes: Cli) -> None:
    aws.planted["RemovePermission"] = {}
    assert "still shows it" in wildrydes("api", "delete", "--yes").error(4)[0]


def test_two_apis_whose_names_are_nearly_the_same_have_a_permission_each(
    aws: AWS, wildrydes: Cli, console: Console
) -> None:
    """Statement ids have a smaller alphabet than the names of APIs, so a name can't be made one."""
    names = ("Team A", "Team,A", "Team+A")
    for name in names:
        wildrydes("api", "deploy", "--api-name", name).must()
    assert len(console.policy()) == len(names)
    for name in names:
        parts = wildrydes("api", "deploy", "--api-name", name, "-o", "json").must().json["Parts"]
        assert set(parts.values()) == {"unchanged"}
    aws.calls.clear()
    removed = wildrydes("api", "delete", "--api-name", "Team=A", "--yes", "-o", "json").must().json
    assert removed == {"RestApi": "absent", "Permission": "absent", "UserPool": "left"}
    assert aws.writes == []
    wildrydes("api", "delete", "--api-name", "Team,A", "--yes").must()
    left = {statement["Sid"] for statement in console.policy()}
    assert left == {Console(aws, name).sid for name in ("Team A", "Team+A")}


@pytest.mark.usefixtures("our_api")
def test_what_a_permission_allows_is_said(aws: AWS, wildrydes: Cli, console: Console) -> None:
    aws.client("lambda").remove_permission(FunctionName="RequestUnicorn", StatementId=console.sid)
    wanted = f"{console.api}/*/POST/ride"

    def why() -> str:
        differences = wildrydes("api", "deploy", "--dry-run", "-o", "json").must().json["Differences"]
        return str(differences["Permission"])

    assert why() == f"there is none for {wanted}"
    allow = {"FunctionName": "RequestUnicorn", "Action": "lambda:InvokeFunction"}
    aws.client("lambda").add_permission(
        StatementId="console",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:123456789012:{console.api}/dev/GET/ride",
        **allow,
    )
    assert why() == f"it is for {console.api}/dev/GET/ride, not for {wanted}"
    assert deploy(wildrydes) == "created"
    assert [statement["Sid"] for statement in console.policy()] == ["console", console.sid]
