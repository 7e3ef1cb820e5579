"""`function delete` deletes the function, its role and its log, in the right order. It keeps the table."""

import json

from tests.support.fake_aws import AWS
from tests.support.running import Cli

ALL = {"Function": "deleted", "Role": "deleted", "LogGroup": "deleted"}
GROUP = "/aws/lambda/RequestUnicorn"


def deploy(aws: AWS, wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    wildrydes("function", "deploy").must()
    aws.client("logs").create_log_group(logGroupName=GROUP)
    aws.calls.clear()


def test_delete_removes_policies_before_the_role_and_the_log_last(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json == ALL
    assert aws.writes == ["DeleteFunction", "DetachRolePolicy", "DeleteRolePolicy", "DeleteRole", "DeleteLogGroup"]
    assert wildrydes("rides", "list").must().out.startswith("RideId")


def test_delete_removes_other_policies_of_the_role_too(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    aws.client("iam").put_role_policy(RoleName="WildRydesLambda", PolicyName="Mine", PolicyDocument=policy)
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json == ALL


def test_delete_can_be_repeated(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    wildrydes("function", "delete", "--yes").must()
    again = wildrydes("function", "delete", "--yes", "-o", "json").must().json
    assert again == dict.fromkeys(ALL, "absent")
    assert "RequestUnicorn: absent" in wildrydes("function", "delete", "--yes").must().out


def test_delete_completes_a_deletion_that_failed(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    aws.fail("DeleteRole", "AccessDenied", "not authorized")
    assert "cannot delete role WildRydesLambda" in wildrydes("function", "delete", "--yes").error(4)[0]
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json == ALL | {"Function": "absent"}


def test_delete_waits_until_iam_knows_that_the_policies_are_gone(aws: AWS, wildrydes: Cli, pauses: list[float]) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/40059."""
    deploy(aws, wildrydes)
    aws.fail("DeleteRole", "DeleteConflict", "Cannot delete entity, must detach all policies first.", times=9)
    aws.fail("DetachRolePolicy", "ConcurrentModification", "The role is being modified.", times=2)
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json == ALL
    aws.fail("DeleteRole", "DeleteConflict", "Cannot delete entity, must remove roles from instance profile.", times=99)
    wildrydes("function", "deploy").must()
    pauses.clear()
    assert "instance profile" in wildrydes("function", "delete", "--yes").error(4)[0]
    assert 60 <= sum(pauses) <= 66


def test_deleting_another_function_keeps_the_role_unless_it_is_named(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    wildrydes("function", "delete", "--yes").must()
    name, role = ("--function-name", "RequestUnicorn-ada"), ("--role-name", "WildRydesLambda")
    wildrydes("function", "deploy", *name, *role).must()
    aws.calls.clear()
    assert wildrydes("function", "delete", *name, "--yes", "-o", "json").must().json["Role"] == "left"
    assert aws.writes == ["DeleteFunction", "DeleteLogGroup"]
    assert wildrydes("function", "delete", *name, *role, "--yes", "-o", "json").must().json["Role"] == "deleted"


def test_without_a_terminal_delete_requires_yes(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    message, hint = wildrydes("function", "delete").error(2)
    assert "RequestUnicorn in us-east-1, role WildRydesLambda and log group /aws/lambda/RequestUnicorn" in message
    assert "--yes" in hint
    assert aws.writes == []


def test_delete_keeps_a_role_that_another_function_runs_with(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    wildrydes("function", "deploy", "--function-name", "RequestUnicorn-ada").must()
    assert "role" not in wildrydes("function", "delete").error(2)[0]
    ended = wildrydes("function", "delete", "--yes", "-o", "json").must()
    assert ended.json == ALL | {"Role": "left"}
    assert "role WildRydesLambda stays: RequestUnicorn-ada runs with it" in ended.err
    aws.client("iam").get_role(RoleName="WildRydesLambda")
    last = ("--function-name", "RequestUnicorn-ada", "--role-name", "WildRydesLambda", "--yes", "-o", "json")
    assert wildrydes("function", "delete", *last).must().json["Role"] == "deleted"


def test_delete_looks_at_every_page_of_functions(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    role = "arn:aws:iam::123456789012:role/WildRydesLambda"
    other = {"FunctionName": "P", "Role": role}
    aws.planted["ListFunctions"] = [{"Functions": [], "NextMarker": "2"}, {"Functions": [other]}]
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json["Role"] == "left"


def test_delete_changes_nothing_if_it_cannot_see_who_uses_the_role(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    aws.fail("ListFunctions", "AccessDeniedException", "not authorized")
    assert "cannot look for other functions with role" in wildrydes("function", "delete", "--yes").error(4)[0]
    assert aws.writes == []
