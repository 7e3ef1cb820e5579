"""`function delete` deletes the function, its role and its log, in the right order. It keeps the table."""

import json
from typing import Any

import pytest

from tests.support.fake_aws import AWS
from tests.support.prepared import Prepared
from tests.support.running import Cli

ALL = {"Function": "deleted", "Role": "deleted", "LogGroup": "deleted"}
GROUP = "/aws/lambda/RequestUnicorn"


@pytest.fixture
def deployed(aws: AWS, our_function: None, prepared: Prepared) -> None:
    prepared(lambda: aws.client("logs").create_log_group(logGroupName=GROUP))
    aws.calls.clear()


@pytest.mark.usefixtures("deployed")
def test_delete_removes_policies_before_the_role_and_the_log_last(aws: AWS, wildrydes: Cli) -> None:
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json == ALL
    assert aws.writes == ["DeleteFunction", "DetachRolePolicy", "DeleteRolePolicy", "DeleteRole", "DeleteLogGroup"]
    assert wildrydes("rides", "list").must().out.startswith("RideId")


@pytest.mark.usefixtures("deployed")
def test_delete_removes_other_policies_of_the_role_too(aws: AWS, wildrydes: Cli) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    aws.client("iam").put_role_policy(RoleName="WildRydesLambda", PolicyName="Mine", PolicyDocument=policy)
    aws.calls.clear()
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json == ALL
    removed = [sent["PolicyName"] for operation, sent in aws.calls if operation == "DeleteRolePolicy"]
    assert removed == ["Mine", "DynamoDBWriteAccess"]  # what tells that the role is ours goes last


@pytest.mark.usefixtures("deployed")
def test_delete_can_be_repeated(aws: AWS, wildrydes: Cli) -> None:
    wildrydes("function", "delete", "--yes").must()
    again = wildrydes("function", "delete", "--yes", "-o", "json").must().json
    assert again == dict.fromkeys(ALL, "absent")
    assert "RequestUnicorn: absent" in wildrydes("function", "delete", "--yes").must().out


@pytest.mark.usefixtures("deployed")
def test_delete_completes_a_deletion_that_failed(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("DeleteRole", "AccessDenied", "not authorized")
    assert "cannot delete role WildRydesLambda" in wildrydes("function", "delete", "--yes").error(4)[0]
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json == ALL | {"Function": "absent"}


@pytest.mark.usefixtures("deployed")
def test_delete_waits_until_iam_knows_that_the_policies_are_gone(aws: AWS, wildrydes: Cli, pauses: list[float]) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/40059."""
    aws.fail("DeleteRole", "DeleteConflict", "Cannot delete entity, must detach all policies first.", times=9)
    aws.fail("DetachRolePolicy", "ConcurrentModification", "The role is being modified.", times=2)
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json == ALL
    aws.fail("DeleteRole", "DeleteConflict", "Cannot delete entity, must remove roles from instance profile.", times=99)
    wildrydes("function", "deploy").must()
    pauses.clear()
    assert "instance profile" in wildrydes("function", "delete", "--yes").error(4)[0]
    assert 60 <= sum(pauses) <= 66


@pytest.mark.usefixtures("deployed")
def test_without_a_terminal_delete_requires_yes(aws: AWS, wildrydes: Cli) -> None:
    message, hint = wildrydes("function", "delete").error(2)
    assert (
        "RequestUnicorn; role WildRydesLambda; log group /aws/lambda/RequestUnicorn in us-east-1 (account 123456789012)"
        in message
    )
    assert "--yes" in hint
    assert aws.writes == []


ROLE_NAME = "WildRydesLambda"
ROLE_ARN = f"arn:aws:iam::123456789012:role/{ROLE_NAME}"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/Rides"
ADA = ("--function-name", "RequestUnicorn-ada")


def kept(wildrydes: Cli, *words: str) -> str:
    """Delete, and return why the role stays."""
    ended = wildrydes("function", "delete", *words, "--yes", "-o", "json").must()
    assert ended.json["Role"] == "left"
    (said,) = [line for line in ended.err.splitlines() if line.startswith("role ")]
    return said


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def put_policy(aws: AWS, name: str = "DynamoDBWriteAccess", action: str = "dynamodb:PutItem", on: str = TABLE) -> None:
    policy = document(Action=action, Resource=on)
    aws.client("iam").put_role_policy(RoleName=ROLE_NAME, PolicyName=name, PolicyDocument=policy)


@pytest.mark.usefixtures("deployed")
def test_delete_in_another_region_leaves_everything_of_a_live_function(aws: AWS, wildrydes: Cli) -> None:
    """A role is the same in all regions."""
    for region in ("ca-central-1", "eu-west-1"):
        ended = wildrydes(
            "function", "delete", "--region", region, "-o", "json"
        ).must()  # there is nothing to ask about
        assert ended.json == {"Function": "absent", "Role": "left", "LogGroup": "absent"}
        assert f"its policy DynamoDBWriteAccess allows dynamodb:PutItem on {TABLE}, and not" in ended.err
        assert f"arn:aws:dynamodb:{region}:123456789012:table/Rides" in ended.err
    assert aws.writes == []
    assert set(wildrydes("function", "deploy", "-o", "json").must().json["Parts"].values()) == {"unchanged"}


@pytest.mark.usefixtures("deployed")
def test_delete_keeps_a_role_for_another_table(aws: AWS, wildrydes: Cli) -> None:
    assert "and not dynamodb:PutItem on arn:aws:dynamodb:us-east-1:123456789012:table/Class" in kept(
        wildrydes, "--table", "Class"
    )
    assert aws.writes == ["DeleteFunction", "DeleteLogGroup"]


@pytest.mark.usefixtures("deployed")
def test_delete_keeps_a_role_that_trusts_more_than_lambda(aws: AWS, wildrydes: Cli) -> None:
    services = {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}
    trust = document(Action="sts:AssumeRole", Principal=services)
    aws.client("iam").update_assume_role_policy(RoleName=ROLE_NAME, PolicyDocument=trust)
    assert "it trusts ec2.amazonaws.com, lambda.amazonaws.com" in kept(wildrydes)


@pytest.mark.usefixtures("deployed")
def test_delete_keeps_a_role_whose_policy_allows_more(aws: AWS, wildrydes: Cli) -> None:
    put_policy(aws, action="dynamodb:*")
    assert f"its policy DynamoDBWriteAccess allows dynamodb:* on {TABLE}" in kept(wildrydes)


@pytest.mark.usefixtures("deployed")
def test_delete_keeps_a_role_without_our_policy_that_has_others(aws: AWS, wildrydes: Cli) -> None:
    aws.client("iam").delete_role_policy(RoleName=ROLE_NAME, PolicyName="DynamoDBWriteAccess")
    put_policy(aws, "Mine")
    assert kept(wildrydes).endswith("stays: it has no policy DynamoDBWriteAccess")


def test_delete_keeps_a_role_without_policies_that_somebody_made(aws: AWS, wildrydes: Cli) -> None:
    trust = document(Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})
    aws.client("iam").create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=trust)
    assert kept(wildrydes).endswith("stays: it has no policy DynamoDBWriteAccess")


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("operation", ["DetachRolePolicy", "DeleteRolePolicy", "DeleteRole", "DeleteLogGroup"])
def test_delete_completes_a_deletion_that_was_interrupted(aws: AWS, wildrydes: Cli, operation: str) -> None:
    """Also if the function is gone already."""
    aws.fail(operation, KeyboardInterrupt())
    wildrydes("function", "delete", "--yes").must(130)
    again = wildrydes("function", "delete", "--yes", "-o", "json").must().json
    role = {} if operation != "DeleteLogGroup" else {"Role": "absent"}
    assert again == ALL | {"Function": "absent"} | role
    assert aws.client("iam").list_roles()["Roles"] == []


@pytest.mark.parametrize("operation", ["AttachRolePolicy", "PutRolePolicy", "CreateFunction"])
def test_delete_removes_what_an_interrupted_deployment_left(aws: AWS, wildrydes: Cli, operation: str) -> None:
    wildrydes("setup-table").must()
    aws.fail(operation, KeyboardInterrupt())
    wildrydes("function", "deploy").must(130)
    removed = wildrydes("function", "delete", "--yes", "-o", "json").must().json
    assert removed == {"Function": "absent", "Role": "deleted", "LogGroup": "absent"}


@pytest.mark.usefixtures("deployed")
def test_delete_keeps_a_role_that_its_function_does_not_run_with(aws: AWS, wildrydes: Cli) -> None:
    named = (*ADA, "--role-name", "WildRydesLambda-ada")
    wildrydes("function", "deploy", *named).must()
    assert kept(wildrydes, *ADA).endswith(f"stays: function RequestUnicorn-ada runs with {ROLE_ARN}-ada")
    assert wildrydes("function", "delete", *named, "--yes", "-o", "json").must().json["Role"] == "deleted"
    assert [role["RoleName"] for role in aws.client("iam").list_roles()["Roles"]] == [ROLE_NAME]


@pytest.mark.usefixtures("deployed")
def test_delete_keeps_a_role_that_another_function_runs_with(aws: AWS, wildrydes: Cli) -> None:
    wildrydes("function", "deploy", *ADA).must()
    assert "role" not in wildrydes("function", "delete").error(2)[0]
    assert kept(wildrydes) == "role WildRydesLambda stays: RequestUnicorn-ada runs with it"
    aws.client("iam").get_role(RoleName=ROLE_NAME)
    removed = wildrydes("function", "delete", *ADA, "--yes", "-o", "json").must().json
    assert removed == {"Function": "deleted", "Role": "deleted", "LogGroup": "absent"}


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("similar", ["WildRydesLambda-ada", "MyWildRydesLambda", "WildRydesLambda/Mine"])
def test_delete_does_not_keep_a_role_for_one_whose_name_is_similar(aws: AWS, wildrydes: Cli, similar: str) -> None:
    other = {"FunctionName": "Other", "Role": f"arn:aws:iam::123456789012:role/{similar}"}
    aws.planted["ListFunctions"] = {"Functions": [other]}
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json == ALL


def named(wildrydes: Cli) -> str:
    """What the question names."""
    message = wildrydes("function", "delete").error(2)[0]
    return message.removeprefix("this would delete ").removesuffix(", and there is no terminal to ask on")


@pytest.mark.usefixtures("deployed")
def test_the_question_names_only_what_exists(aws: AWS, wildrydes: Cli) -> None:
    aws.client("lambda").delete_function(FunctionName="RequestUnicorn")
    assert named(wildrydes) == f"role {ROLE_NAME}; log group {GROUP} in us-east-1 (account 123456789012)"
    aws.client("logs").delete_log_group(logGroupName=GROUP)
    assert named(wildrydes) == f"role {ROLE_NAME} in us-east-1 (account 123456789012)"
    wildrydes("function", "delete", "--yes").must()
    assert wildrydes("function", "delete", "-o", "json").must().json == dict.fromkeys(ALL, "absent")


@pytest.mark.usefixtures("deployed")
def test_delete_keeps_a_log_group_that_somebody_chose(aws: AWS, wildrydes: Cli) -> None:
    """A function can have a log group of its choice, and share it (AWS Lambda: "LoggingConfig")."""
    aws.client("logs").create_log_group(logGroupName="class/unicorns")
    chosen = {"LoggingConfig": {"LogFormat": "Text", "LogGroup": "class/unicorns"}}
    aws.planted["GetFunction"] = lambda answer: answer | {"Configuration": answer["Configuration"] | chosen}
    ended = wildrydes("function", "delete", "--yes", "-o", "json").must()
    assert ended.json == ALL | {"LogGroup": "left"}
    assert "log group class/unicorns stays: somebody chose it for function RequestUnicorn" in ended.err
    assert "DeleteLogGroup" not in aws.writes


@pytest.mark.usefixtures("deployed")
def test_delete_looks_at_every_page_of_functions(aws: AWS, wildrydes: Cli) -> None:
    role = "arn:aws:iam::123456789012:role/WildRydesLambda"
    other = {"FunctionName": "P", "Role": role}
    aws.planted["ListFunctions"] = [{"Functions": [], "NextMarker": "2"}, {"Functions": [other]}]
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json["Role"] == "left"


@pytest.mark.usefixtures("deployed")
def test_delete_changes_nothing_if_it_cannot_see_who_uses_the_role(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("ListFunctions", "AccessDeniedException", "not authorized")
    assert "cannot look for other functions with role" in wildrydes("function", "delete", "--yes").error(4)[0]
    assert aws.writes == []
