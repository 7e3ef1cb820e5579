"""`--use-role` runs the function with a role that exists, and leaves the role alone."""

import json
import threading
from typing import Any

import pytest

from tests.support.fake_aws import AWS
from tests.support.running import Cli
from wildrydes_cli.aws import Account

USE = ("--use-role", "LabRole")
ROLE = "arn:aws:iam::123456789012:role/LabRole"
PARTS = {"Role": "unchanged", "Function": "created"}


def create_role(aws: AWS, *services: str) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": services}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("iam").create_role(RoleName="LabRole", AssumeRolePolicyDocument=trust)


@pytest.fixture(autouse=True)
def class_account(aws: AWS, wildrydes: Cli) -> None:
    """An account in which only LabRole may be used: IAM refuses everything that is not about it."""
    wildrydes("setup-table").must()
    create_role(aws, "ec2.amazonaws.com", "lambda.amazonaws.com")
    for operation in (
        *(
            "CreateRole",
            "AttachRolePolicy",
            "PutRolePolicy",
            "UpdateAssumeRolePolicy",
            "DeleteRole",
            "DetachRolePolicy",
        ),
        *("ListAttachedRolePolicies", "ListRolePolicies", "GetRolePolicy", "DeleteRolePolicy"),
    ):
        aws.fail(operation, "AccessDenied", f"not authorized to perform iam:{operation}", times=99)
    aws.calls.clear()


def deploy(wildrydes: Cli, *words: str) -> Any:
    return wildrydes("function", "deploy", *USE, "-o", "json", *words).must().json


def of_iam(aws: AWS) -> set[str]:
    return {name for name, _ in aws.calls if "Role" in name}


def test_deploy_runs_the_function_with_the_role(aws: AWS, wildrydes: Cli) -> None:
    result = deploy(wildrydes)
    assert (result["RoleArn"], result["InlinePolicy"], result["Parts"]) == (ROLE, None, PARTS)
    assert aws.client("lambda").get_function_configuration(FunctionName="RequestUnicorn")["Role"] == ROLE
    assert deploy(wildrydes)["Parts"] == dict.fromkeys(PARTS, "unchanged")
    assert of_iam(aws) == {"GetRole"}


def test_the_role_is_used_even_if_it_may_not_be_looked_at(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("GetRole", "AccessDenied", "not authorized to perform iam:GetRole", times=99)
    assert deploy(wildrydes)["RoleArn"] == ROLE
    assert deploy(wildrydes)["Parts"] == dict.fromkeys(PARTS, "unchanged")


def test_no_client_is_made_by_a_thread_because_sessions_may_not_be_shared(
    aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.fail("GetRole", "AccessDenied", "not authorized to perform iam:GetRole")
    threads: list[threading.Thread] = []
    create = Account.client

    def client(account: Account, service: str, **settings: Any) -> Any:
        threads.append(threading.current_thread())
        return create(account, service, **settings)

    monkeypatch.setattr(Account, "client", client)
    deploy(wildrydes)
    assert set(threads) == {threading.main_thread()}


def test_a_dry_run_shows_no_policies(aws: AWS, wildrydes: Cli) -> None:
    result = deploy(wildrydes, "--dry-run")
    assert (result["Parts"], result["Policies"]) == (PARTS, {})
    assert list(result["Differences"]) == ["Function"]
    assert "{" not in wildrydes("function", "deploy", *USE, "--dry-run").must().out


def test_status_says_that_the_role_is_left_alone(aws: AWS, wildrydes: Cli) -> None:
    deploy(wildrydes)
    found = wildrydes("status", *USE, "-o", "json").must().json["Parts"]
    assert found["Role"] == {"State": "ready", "Reason": "it is used, and left alone", "Command": None}
    assert found["Function"]["State"] == "ready"
    assert not {"ManagedPolicy", "InlinePolicy"} & set(found)


def test_everything_can_be_deployed_with_the_role(aws: AWS, wildrydes: Cli) -> None:
    parts = wildrydes("deploy", *USE, "--no-page", "-o", "json").must().json["Parts"]
    assert parts["Role"] == "unchanged"
    assert parts["Function"] == "created"
    assert of_iam(aws) == {"GetRole"}


def test_everything_but_the_role_can_be_deleted(aws: AWS, wildrydes: Cli) -> None:
    deploy(wildrydes)
    aws.calls.clear()
    ended = wildrydes("delete", *USE, "--yes", "-o", "json").must()
    assert (ended.json["Function"], ended.json["Role"], ended.json["Table"]) == ("deleted", "left", "deleted")
    assert of_iam(aws) == set()


def test_delete_leaves_the_role(aws: AWS, wildrydes: Cli) -> None:
    deploy(wildrydes)
    aws.calls.clear()
    assert "LabRole" not in wildrydes("function", "delete", *USE).error(2)[0]
    ended = wildrydes("function", "delete", *USE, "--yes", "-o", "json").must()
    assert ended.json == {"Function": "deleted", "Role": "left", "LogGroup": "absent"}
    assert "role LabRole stays: a role that --use-role names is left alone" in ended.err
    assert of_iam(aws) == set()


def test_a_variable_names_the_role_and_hints_need_not(
    aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = wildrydes("status", *USE, "-o", "json").must().json["Parts"]
    assert found["Function"]["Command"] == "wildrydes function deploy --use-role LabRole"
    monkeypatch.setenv("WILDRYDES_USE_ROLE", "LabRole")
    found = wildrydes("status", "-o", "json").must().json["Parts"]
    assert found["Function"]["Command"] == "wildrydes function deploy"
    assert wildrydes("function", "deploy", "-o", "json").must().json["RoleArn"] == ROLE
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json["Role"] == "left"
    assert "--use-role" not in wildrydes("api", "deploy").error(3)[1]


@pytest.mark.parametrize("command", [("function", "deploy"), ("deploy", "--no-page")])
def test_the_function_is_not_taken_off_the_role_without_asking(
    aws: AWS, wildrydes: Cli, command: tuple[str, ...]
) -> None:
    """In a terminal in which the variable is not set, say, and with all permissions. Nothing is changed or created."""
    deploy(wildrydes)
    aws.failures.clear()
    aws.calls.clear()
    message, hint = wildrydes(*command).error(2)
    assert "overwrite the role of function RequestUnicorn, which is LabRole (to keep it: --use-role LabRole" in message
    assert "in us-east-1 (account 123456789012)" in message
    assert "--yes" in hint
    assert aws.writes == []


@pytest.mark.parametrize(
    "command", [("function", "deploy"), ("function", "delete"), ("status",), ("deploy",), ("delete",)]
)
def test_a_role_of_ours_and_one_that_is_left_alone_are_a_usage_error(wildrydes: Cli, command: tuple[str, ...]) -> None:
    message, hint = wildrydes(*command, *USE, "--role-name", "Mine").error(2)
    assert message == "the function can't run with both role Mine and role LabRole"
    assert "WILDRYDES_USE_ROLE" in hint
    assert "leave out one of them" in hint


def test_a_name_that_no_role_can_have_is_a_usage_error(wildrydes: Cli) -> None:
    assert "A-Z" in wildrydes("function", "deploy", "--use-role", "a role").error(2)[0]


def test_a_role_that_does_not_exist_is_an_error(aws: AWS, wildrydes: Cli) -> None:
    message, hint = wildrydes("function", "deploy", "--use-role", "LabRoll").error(3)
    assert message == "role LabRoll does not exist"
    assert "aws iam list-roles" in hint
    assert aws.writes == []
    found = wildrydes("status", "--use-role", "LabRoll", "-o", "json").must(1).json["Parts"]["Role"]
    assert found == {"State": "broken", "Reason": "it does not exist", "Command": None}


def test_a_role_that_lambda_may_not_assume_is_an_error(aws: AWS, wildrydes: Cli) -> None:
    aws.failures.clear()
    aws.client("iam").delete_role(RoleName="LabRole")
    create_role(aws, "ec2.amazonaws.com")
    aws.calls.clear()
    message, _ = wildrydes("function", "deploy", *USE).error(1)
    assert "it trusts ec2.amazonaws.com instead of lambda.amazonaws.com" in message
    assert aws.writes == []


@pytest.mark.parametrize("operation", ["GetRole", "CreateRole"])
def test_what_is_refused_has_a_hint_that_names_the_way_out(aws: AWS, wildrydes: Cli, operation: str) -> None:
    aws.failures.clear()
    aws.fail(operation, "AccessDenied", f"not authorized to perform iam:{operation}")
    message, hint = wildrydes("function", "deploy").error(4)
    assert f"not authorized to perform iam:{operation}" in message
    assert hint.endswith("such as LabRole in AWS Academy: --use-role LabRole")


def test_a_function_in_a_vpc_may_get_a_role_that_is_left_alone(aws: AWS, wildrydes: Cli) -> None:
    """Such a role may have what a VPC needs. What it may do is not looked at."""
    deploy(wildrydes)
    other = {"VpcConfig": {"VpcId": "vpc-1"}, "Role": f"{ROLE}2"}
    aws.planted["GetFunction"] = lambda answer: answer | {"Configuration": answer["Configuration"] | other}
    assert deploy(wildrydes)["Parts"]["Function"] == "updated"
