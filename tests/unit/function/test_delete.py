"""`function delete` removes the function, its role and its log, in an order that works, and never the table."""

import json

from tests.running import Cli
from tests.unit.function.conftest import AWS

ALL = {"Function": "deleted", "Role": "deleted", "LogGroup": "deleted"}
GROUP = "/aws/lambda/RequestUnicorn"


def deploy(aws: AWS, wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    wildrydes("function", "deploy").must()
    aws.client("logs").create_log_group(logGroupName=GROUP)
    aws.calls.clear()


def test_it_removes_policies_before_the_role_and_the_log_last(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json == ALL
    assert aws.writes == ["DeleteFunction", "DetachRolePolicy", "DeleteRolePolicy", "DeleteRole", "DeleteLogGroup"]
    assert wildrydes("rides", "list").must().out.startswith("RideId")


def test_it_takes_other_policies_from_the_role_too(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    aws.client("iam").put_role_policy(RoleName="WildRydesLambda", PolicyName="Mine", PolicyDocument=policy)
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json == ALL


def test_it_is_safe_to_repeat(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    wildrydes("function", "delete", "--yes").must()
    again = wildrydes("function", "delete", "--yes", "-o", "json").must().json
    assert again == dict.fromkeys(ALL, "absent")
    assert "RequestUnicorn absent" in wildrydes("function", "delete", "--yes").must().out


def test_one_that_failed_half_way_is_completed_by_the_next(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    aws.fail("DeleteRole", "AccessDenied", "not authorized")
    assert "cannot delete role WildRydesLambda" in wildrydes("function", "delete", "--yes").error(4)[0]
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json == ALL | {"Function": "absent"}


def test_the_role_of_a_function_of_another_name_is_left_unless_named(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    other = ("--function-name", "RequestUnicorn-ada", "--yes", "-o", "json")
    assert wildrydes("function", "delete", *other).must().json["Role"] == "left"
    aws.client("iam").get_role(RoleName="WildRydesLambda")
    named = wildrydes("function", "delete", *other, "--role-name", "WildRydesLambda").must()
    assert named.json["Role"] == "deleted"


def test_off_a_terminal_it_wants_yes(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    message, hint = wildrydes("function", "delete").error(2)
    assert "RequestUnicorn in us-east-1, role WildRydesLambda and log group /aws/lambda/RequestUnicorn" in message
    assert "--yes" in hint
    assert aws.calls == []
