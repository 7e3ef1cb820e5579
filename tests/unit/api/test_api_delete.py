"""`api delete` removes the API and the function's permission for it, and the users only if that is wanted."""

import pytest

from tests.support.console import Console, create_function
from tests.support.fake_aws import AWS, Json
from tests.support.prepared import Prepared
from tests.support.running import Cli

YES = ("--yes", "-o", "json")
ALL = {"RestApi": "deleted", "Permission": "deleted", "UserPool": "deleted"}
THROTTLED = ("DeleteRestApi", "TooManyRequestsException", "Too Many Requests")


@pytest.fixture(autouse=True)
def deployed_api(aws: AWS, console: Console, prepared: Prepared) -> None:
    """A function, an API that may invoke it, and a user pool."""

    def create() -> None:
        create_function(aws.client)
        console.create_pool()
        console.create_api()
        console.add_permission(sid=console.sid)

    prepared(create)
    aws.calls.clear()


def deleted(wildrydes: Cli, *words: str) -> dict[str, str]:
    """Delete, and return what became of each part."""
    parts: dict[str, str] = wildrydes("api", "delete", *YES, *words).must().json
    return parts


def test_the_permission_and_the_api_go_and_the_users_stay(aws: AWS, wildrydes: Cli, console: Console) -> None:
    ended = wildrydes("api", "delete", *YES).must()
    assert list(ended.json) == ["RestApi", "Permission", "UserPool"]
    assert ended.json == ALL | {"UserPool": "left"}
    assert "user pool WildRydes in us-east-1 stays" in ended.err
    assert ended.err.endswith(": wildrydes api delete --users\n")
    assert aws.writes == ["DeleteRestApi", "RemovePermission"]
    assert (console.apis, len(console.pools), console.policy()) == ([], 1, [])
    aws.client("lambda").get_function_configuration(FunctionName="RequestUnicorn")


def test_with_users_the_pool_goes_last(aws: AWS, wildrydes: Cli, console: Console) -> None:
    ended = wildrydes("api", "delete", "--users", *YES).must()
    assert ended.json == ALL
    assert ended.err == ""
    assert aws.writes == ["DeleteRestApi", "RemovePermission", "DeleteUserPool"]
    assert console.pools == []


def test_it_can_be_repeated(aws: AWS, wildrydes: Cli) -> None:
    assert deleted(wildrydes, "--users") == ALL
    aws.calls.clear()
    assert deleted(wildrydes, "--users") == dict.fromkeys(ALL, "absent")
    assert deleted(wildrydes) == {"Permission": "absent", "RestApi": "absent", "UserPool": "left"}
    assert aws.writes == []
    shown = wildrydes("api", "delete", "--yes").must()
    assert "RestApi\tREST API WildRydes: absent" in shown.out
    assert "Permission\tthe function's permission for it: absent" in shown.out
    assert shown.err == ""


def test_it_works_when_the_function_is_gone_already(aws: AWS, wildrydes: Cli) -> None:
    aws.client("lambda").delete_function(FunctionName="RequestUnicorn")
    assert deleted(wildrydes, "--users") == ALL | {"Permission": "absent"}


def test_what_somebody_else_deletes_meanwhile_is_absent(aws: AWS, wildrydes: Cli) -> None:
    remove = aws.client("lambda").remove_permission
    aws.before["RemovePermission"] = lambda _, parameters: remove(**parameters)
    aws.fail("DeleteRestApi", "NotFoundException", "Invalid API identifier specified")
    aws.fail("DeleteUserPool", "ResourceNotFoundException", "User pool does not exist")
    assert deleted(wildrydes, "--users") == dict.fromkeys(ALL, "absent")


def test_a_deletion_that_failed_half_way_is_completed_by_the_next(aws: AWS, wildrydes: Cli, console: Console) -> None:
    aws.fail("RemovePermission", "AccessDeniedException", "not authorized")
    assert "cannot remove permission wildrydes-" in wildrydes("api", "delete", "--users", *YES).error(4)[0]
    message, _ = wildrydes("api", "delete").error(2)
    assert message.startswith(
        "this would delete the function's permission for a deleted API in us-east-1 (account 123456789012), and"
    )
    assert deleted(wildrydes, "--users") == ALL | {"RestApi": "absent"}
    assert console.policy() == []


def test_an_api_that_aws_refuses_to_delete_still_works(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """API Gateway refuses it while a custom domain leads to the API (serverless/serverless#3638)."""
    said = "Please remove all base path mappings related to the API in your domain before attempting to delete"
    aws.fail("DeleteRestApi", "BadRequestException", said)
    message, hint = wildrydes("api", "delete", "--users", *YES).error(4)
    assert said in message
    assert "correct what AWS's message points out" in hint
    assert (len(console.apis), len(console.pools), len(console.policy())) == (1, 1, 1)


def test_only_permissions_for_this_api_are_removed(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """The console adds one under a random name, and one left from an earlier API is ours."""
    console.add_permission(sid="console")
    console.add_permission(sid="another", api="abcdef1234")
    named: Json = {"FunctionName": "RequestUnicorn", "Action": "lambda:InvokeFunction"}
    aws.client("lambda").add_permission(StatementId="bucket", Principal="s3.amazonaws.com", **named)
    assert deleted(wildrydes)["Permission"] == "deleted"
    assert [statement["Sid"] for statement in console.policy()] == ["another", "bucket"]
    console.add_permission(sid="wildrydes-abcdef1234", api="abcdef1234")
    console.add_permission(sid="wildrydes-9876543210", api="abcdef1234")  # the name is ours, the API is another
    assert deleted(wildrydes) == {"Permission": "deleted", "RestApi": "absent", "UserPool": "left"}
    left = ["another", "bucket", "wildrydes-9876543210"]
    assert [statement["Sid"] for statement in console.policy()] == left


def test_names_of_ones_own_leave_the_others_alone(aws: AWS, wildrydes: Cli, console: Console) -> None:
    create_function(aws.client, "Mine")
    Console(aws, "Mine").create_api()
    Console(aws, "Mine").create_pool()
    named = ("--function-name", "Mine", "--api-name", "Mine", "--user-pool-name", "Mine")
    assert f"wildrydes api delete {' '.join(named)} --users" in wildrydes("api", "delete", "--yes", *named).must().err
    Console(aws, "Mine").create_api()
    assert deleted(wildrydes, *named, "--users") == ALL | {"Permission": "absent"}
    assert (len(console.apis), len(console.pools), len(console.policy())) == (1, 1, 1)


def test_without_a_terminal_it_wants_yes_and_says_how_many_users_go(aws: AWS, wildrydes: Cli, console: Console) -> None:
    message, hint = wildrydes("api", "delete").error(2)
    here = "in us-east-1 (account 123456789012)"
    assert message.startswith(
        f"this would delete REST API WildRydes; the function's permission for it {here}, and there is no terminal"
    )
    assert "--yes" in hint
    message, _ = wildrydes("api", "delete", "--users").error(2)
    assert f"; user pool WildRydes {here}, and there is no terminal" in message
    for name, count in (("ada", "1 user"), ("grace", "2 users")):
        aws.client("cognito-idp").admin_create_user(UserPoolId=console.pool, Username=name)
        message, _ = wildrydes("api", "delete", "--users").error(2)
        assert f"; user pool WildRydes with about {count} {here}, and" in message
    assert not {"RemovePermission", "DeleteRestApi", "DeleteUserPool"} & set(aws.writes)


def test_where_there_is_nothing_it_does_not_ask(wildrydes: Cli) -> None:
    deleted(wildrydes, "--users")
    for users in (), ("--users",):
        assert set(wildrydes("api", "delete", "-o", "json", *users).must().json.values()) <= {"absent", "left"}


def test_several_of_the_name_are_named_and_nothing_is_deleted(aws: AWS, wildrydes: Cli, console: Console) -> None:
    console.create_pool()
    aws.calls.clear()
    assert f"2 user pools WildRydes: {', '.join(sorted(console.pools))}" in refusal(wildrydes, "--users")
    console.create_api()
    aws.calls.clear()
    assert f"2 REST APIs WildRydes: {', '.join(sorted(console.apis))}" in refusal(wildrydes)
    assert aws.writes == []


def refusal(wildrydes: Cli, *words: str) -> str:
    """The error, which comes before the question."""
    return wildrydes("api", "delete", *words).error(1)[0]


def test_users_that_stay_are_nobodys_concern(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """Neither two pools of the name nor a missing right to look at them makes a deletion fail that leaves them."""
    aws.fail("ListUserPools", "AccessDeniedException", "not authorized")
    assert deleted(wildrydes) == ALL | {"UserPool": "left"}
    console.create_pool()
    ended = wildrydes("api", "delete", *YES).must()
    assert ended.json == {"Permission": "absent", "RestApi": "absent", "UserPool": "left"}


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"DeletionProtection": "ACTIVE"}, "deletion protection"),
        ({"Domain": "rides"}, "domain rides"),
        (
            {"CustomDomain": "rides.example.com", "Domain": "rides"},
            "domain rides and domain rides.example.com",
        ),
        (
            {"DeletionProtection": "ACTIVE", "CustomDomain": "rides.example.com"},
            "deletion protection and domain rides.example.com",
        ),
    ],
)
def test_a_pool_that_cognito_would_not_delete_is_named_before_anything_is(
    aws: AWS, wildrydes: Cli, setting: dict[str, str], named: str
) -> None:
    aws.planted["DescribeUserPool"] = lambda answer: {"UserPool": answer["UserPool"] | setting}
    message, hint = wildrydes("api", "delete", "--users", *YES).error(1)
    assert f"cannot delete user pool WildRydes in us-east-1: it has {named}. Nothing was deleted" in message
    assert hint == f"the Cognito console can remove {named}; or leave out --users to keep the pool"
    assert aws.writes == []
    assert deleted(wildrydes) == ALL | {"UserPool": "left"}


def test_a_pool_with_the_domain_of_the_page_is_deleted_after_the_page(
    aws: AWS, wildrydes: Cli, console: Console
) -> None:
    wildrydes("page", "deploy").must()
    message, hint = wildrydes("api", "delete", "--users", *YES).error(1)
    domain = aws.client("cognito-idp").describe_user_pool(UserPoolId=console.pool)["UserPool"]["Domain"]
    assert f"cannot delete user pool WildRydes in us-east-1: it has domain {domain}. Nothing was deleted" in message
    assert hint == (
        f"leave out --users to keep the pool; the Cognito console can remove domain {domain}, "
        "and so can this, unless another page uses it: wildrydes page delete"
    )
    again = wildrydes("api", "delete", *YES).must().err
    assert again.endswith(", with its users: wildrydes page delete && wildrydes api delete --users\n")
    wildrydes("page", "delete", "--yes").must()
    assert deleted(wildrydes, "--users") == ALL | {"RestApi": "absent", "Permission": "absent"}


def test_a_pool_that_is_put_off_is_waited_for_and_the_reason_is_none_that_is_not_known(
    aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("wildrydes_cli.commands.api_delete.announce", said.append)
    aws.fail("DeleteUserPool", "TooManyRequestsException", "Too many requests")
    assert deleted(wildrydes, "--users") == ALL
    assert [line for line in said if line.startswith("wait")] == [
        "wait up to a minute until Cognito lets us delete user pool WildRydes in us-east-1"
    ]


def test_a_deletion_that_api_gateway_puts_off_is_waited_for(
    aws: AWS, wildrydes: Cli, console: Console, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("wildrydes_cli.commands.api_delete.announce", said.append)
    assert deleted(wildrydes)["RestApi"] == "deleted"
    assert not [line for line in said if line.startswith("wait")]
    console.create_api()
    aws.fail(*THROTTLED, times=11)
    assert deleted(wildrydes)["RestApi"] == "deleted"
    assert 25 <= sum(pauses) <= 35
    assert said.count("wait up to a minute: API Gateway deletes only one API in 30 seconds") == 1


def test_a_deletion_that_api_gateway_keeps_putting_off_is_given_up_after_a_minute(
    aws: AWS, wildrydes: Cli, pauses: list[float], console: Console
) -> None:
    aws.fail(*THROTTLED, times=99)
    message, hint = wildrydes("api", "delete", "--users", *YES).error(4)
    assert "cannot delete REST API WildRydes in us-east-1: throttled" in message
    assert hint == "try again in a while"
    assert 60 <= sum(pauses) <= 70
    assert (len(console.apis), len(console.pools)) == (1, 1)
    aws.failures.clear()
    assert deleted(wildrydes, "--users") == ALL
