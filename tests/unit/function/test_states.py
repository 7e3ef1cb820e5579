"""`status` tells what of the function can't work, or lets strangers in, from what is only not as we would make it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.fake_aws import AWS, Json
from tests.support.parts import FUNCTION_PARTS
from tests.support.prepared import Prepared
from tests.support.running import Cli

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/Rides"
ROLE = "WildRydesLambda"
ROLE_ARN = f"arn:aws:iam::123456789012:role/{ROLE}"
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
NAMED = {"FunctionName": "RequestUnicorn"}


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def trust(**principal: Any) -> str:
    return document(Action="sts:AssumeRole", Principal=principal)


def by_hand(aws: AWS) -> None:
    """Create the role and the function exactly as the tutorial's third module says."""
    iam = aws.client("iam")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust(Service="lambda.amazonaws.com"))
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=LOGS)
    write = document(Sid="VisualEditor0", Action="dynamodb:PutItem", Resource=TABLE)
    iam.put_role_policy(RoleName=ROLE, PolicyName="DynamoDBWriteAccess", PolicyDocument=write)
    aws.client("lambda").create_function(
        **NAMED, Runtime="nodejs20.x", Role=ROLE_ARN, Handler="index.handler", Code={"ZipFile": b"their code"}
    )


@pytest.fixture
def theirs(aws: AWS, prepared: Prepared, wildrydes: Cli) -> None:
    """A table, and the tutorial's own function, by hand."""
    prepared(lambda: wildrydes("setup-table").must())
    prepared(lambda: by_hand(aws))


def look(wildrydes: Cli) -> dict[str, tuple[str, str]]:
    """The state and the reason of each part of the function."""
    found = wildrydes("status", "-o", "json").json["Parts"]
    return {part: (found[part]["State"], found[part]["Reason"] or "") for part in FUNCTION_PARTS}


@pytest.mark.usefixtures("theirs")
def test_a_function_that_was_made_by_the_book_differs_and_its_role_is_ready(wildrydes: Cli) -> None:
    wildrydes("status").must(0)
    found = look(wildrydes)
    assert [found[part] for part in ("Role", "ManagedPolicy", "InlinePolicy")] == [("ready", "")] * 3
    state, reason = found["Function"]
    assert state == "differs"
    assert "its code is different" in reason
    assert "its Runtime is 'nodejs20.x' instead of 'python3.13'" in reason
    assert "its Handler is 'index.handler' instead of 'wildrydes_cli.function.handler.handler'" in reason


def configure(aws: AWS, **settings: Any) -> None:
    aws.client("lambda").update_function_configuration(**NAMED, **settings)


def trusts(aws: AWS, **principal: Any) -> None:
    aws.client("iam").update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust(**principal))


def write(aws: AWS, name: str = "DynamoDBWriteAccess", **statement: Any) -> None:
    statement = {"Action": "dynamodb:PutItem", "Resource": TABLE, **statement}
    policy = document(**{name: value for name, value in statement.items() if value})
    aws.client("iam").put_role_policy(RoleName=ROLE, PolicyName=name, PolicyDocument=policy)


def write_nothing(aws: AWS) -> None:
    aws.client("iam").delete_role_policy(RoleName=ROLE, PolicyName="DynamoDBWriteAccess")


def no_logs(aws: AWS) -> None:
    aws.client("iam").detach_role_policy(RoleName=ROLE, PolicyArn=LOGS)


def delete_role(aws: AWS) -> None:
    no_logs(aws)
    write_nothing(aws)
    aws.client("iam").delete_role(RoleName=ROLE)


def other_role(aws: AWS) -> None:
    role = aws.client("iam").create_role(
        RoleName="Other", AssumeRolePolicyDocument=trust(Service="lambda.amazonaws.com")
    )
    configure(aws, Role=role["Role"]["Arn"])


def describe(aws: AWS, **said: Any) -> None:
    """Have Lambda say something else about the function than moto does."""
    aws.planted["GetFunction"] = lambda answer: answer | {"Configuration": answer["Configuration"] | said}


def throttle(aws: AWS) -> None:
    """Press "Throttle" in the console."""
    aws.client("lambda").put_function_concurrency(**NAMED, ReservedConcurrentExecutions=0)


def permit(aws: AWS, **statement: Any) -> None:
    """Plant a statement in the function's policy. moto does not know all conditions."""
    statement = {"Sid": "mine", "Effect": "Allow", "Action": "lambda:InvokeFunction", **statement}
    aws.planted["GetPolicy"] = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


BROKEN: dict[str, tuple[Callable[[AWS], None], str, str]] = {
    "a role for EC2": (
        lambda aws: trusts(aws, Service="ec2.amazonaws.com"),
        "Role",
        "it trusts ec2.amazonaws.com instead of lambda.amazonaws.com",
    ),
    "a role for everybody": (lambda aws: trusts(aws, AWS="*"), "Role", "everybody may assume it"),
    "no role": (delete_role, "Function", f"its role {ROLE} does not exist"),
    "no policy for logs": (no_logs, "ManagedPolicy", f"it is not attached to role {ROLE}"),
    "no policy for the table": (
        write_nothing,
        "InlinePolicy",
        f"role {ROLE} does not have it, nor another policy that allows dynamodb:PutItem on {TABLE}",
    ),
    "a policy for another table": (
        lambda aws: write(aws, Resource=f"{TABLE}2"),
        "InlinePolicy",
        f"it allows dynamodb:PutItem on {TABLE}2 instead of dynamodb:PutItem on {TABLE}",
    ),
    "a policy for another action": (
        lambda aws: write(aws, Action="dynamodb:GetItem"),
        "InlinePolicy",
        f"it allows dynamodb:GetItem on {TABLE} instead of dynamodb:PutItem on {TABLE}",
    ),
    "a policy that denies": (
        lambda aws: write(aws, Effect="Deny"),
        "InlinePolicy",
        f"it allows nothing, and denies dynamodb:PutItem on {TABLE}, instead of dynamodb:PutItem on {TABLE}",
    ),
    "a policy for all but that": (
        lambda aws: write(aws, Action=None, NotAction=["dynamodb:Put*"]),
        "InlinePolicy",
        f"it allows everything but dynamodb:Put* on {TABLE} instead of dynamodb:PutItem on",
    ),
    "our code with another handler": (
        lambda aws: configure(aws, Handler="index.handler"),
        "Function",
        "its Handler is 'index.handler' instead of 'wildrydes_cli.function.handler.handler'",
    ),
    "our code on Node.js": (
        lambda aws: configure(aws, Runtime="nodejs22.x"),
        "Function",
        "its Runtime is 'nodejs22.x' instead of 'python3.13'",
    ),
    "our code on an old Python": (lambda aws: configure(aws, Runtime="python3.10"), "Function", "'python3.10'"),
    "a creation that failed": (
        lambda aws: describe(aws, State="Failed", StateReason="no room"),
        "Function",
        "Lambda could not create it: no room",
    ),
    "no concurrency": (throttle, "Function", "its concurrency is 0, so nobody can invoke it"),
    "open to everybody": (
        lambda aws: permit(aws, Principal="*"),
        "Function",
        "everybody may invoke it, by its permission mine",
    ),
    "open to every account": (lambda aws: permit(aws, Principal={"AWS": ["1", "*"]}), "Function", "everybody may"),
    "open by its URL": (
        lambda aws: permit(
            aws,
            Principal="*",
            Action="lambda:InvokeFunctionUrl",
            Condition={"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        ),
        "Function",
        "everybody may",
    ),
    "open by its URL, the second statement": (
        lambda aws: permit(aws, Principal="*", Condition={"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}),
        "Function",
        "everybody may",
    ),
    "open to every API": (
        lambda aws: permit(aws, Principal={"Service": "apigateway.amazonaws.com"}),
        "Function",
        "any API of any account may invoke it, by its permission mine",
    ),
}
DIFFERS: dict[str, tuple[Callable[[AWS], None], str, str]] = {
    "a role for EC2 too": (
        lambda aws: trusts(aws, Service=["lambda.amazonaws.com", "ec2.amazonaws.com"]),
        "Role",
        "it trusts ec2.amazonaws.com, lambda.amazonaws.com instead of lambda.amazonaws.com alone",
    ),
    "a policy for every action": (
        lambda aws: write(aws, Action="dynamodb:*", Resource="*"),
        "InlinePolicy",
        f"it allows dynamodb:* on * instead of dynamodb:PutItem on {TABLE}",
    ),
    "a policy for all but another action": (
        lambda aws: write(aws, Action=None, NotAction="dynamodb:DeleteItem"),
        "InlinePolicy",
        "it allows",
    ),
    "another function's timeout": (lambda aws: configure(aws, Timeout=3), "Function", "its Timeout is 3 instead of 10"),
    "a newer Python": (lambda aws: configure(aws, Runtime="python3.12"), "Function", "'python3.12'"),
    "another role": (
        other_role,
        "Function",
        f"its role is arn:aws:iam::123456789012:role/Other instead of {ROLE_ARN}",
    ),
    "an update that failed": (
        lambda aws: describe(aws, LastUpdateStatus="Failed", LastUpdateStatusReason="no room"),
        "Function",
        "its last update failed: no room",
    ),
    "a container image": (
        lambda aws: describe(aws, PackageType="Image"),
        "Function",
        "it is a container image instead of a zip",
    ),
}


@pytest.mark.usefixtures("our_function")
@pytest.mark.parametrize("mistake", BROKEN)
def test_what_cannot_work_or_lets_strangers_in_is_broken(aws: AWS, wildrydes: Cli, mistake: str) -> None:
    make, part, said = BROKEN[mistake]
    make(aws)
    state, reason = look(wildrydes)[part]
    assert state == "broken"
    assert said in reason
    wildrydes("status").must(1)


@pytest.mark.usefixtures("our_function")
@pytest.mark.parametrize("difference", DIFFERS)
def test_what_works_in_another_way_differs(aws: AWS, wildrydes: Cli, difference: str) -> None:
    make, part, said = DIFFERS[difference]
    make(aws)
    found = look(wildrydes)
    state, reason = found.pop(part)
    assert state == "differs"
    assert said in reason
    assert {state for state, _ in found.values()} == {"ready"}
    wildrydes("status").must(0)


@pytest.mark.usefixtures("our_function")
def test_an_inline_policy_of_another_name_works_too(aws: AWS, wildrydes: Cli) -> None:
    write_nothing(aws)
    write(aws, "Mine", Action=["dynamodb:Put*", "dynamodb:Query"], Resource=f"{TABLE[:-5]}*")
    assert look(wildrydes)["InlinePolicy"] == ("absent", f"role {ROLE} does not have it, and has Mine")
    wildrydes("status").must(0)


@pytest.mark.usefixtures("our_function")
@pytest.mark.parametrize(
    ("arn", "state"),
    [
        ("arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess", "absent"),
        ("arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess", "broken"),
        ("arn:aws:iam::123456789012:policy/Class", "absent"),  # it is not looked into, and may allow it
    ],
)
def test_a_managed_policy_may_allow_the_same(aws: AWS, wildrydes: Cli, arn: str, state: str) -> None:
    write_nothing(aws)
    listed = [{"PolicyName": each.rpartition("/")[2], "PolicyArn": each} for each in (LOGS, arn)]
    aws.planted["ListAttachedRolePolicies"] = {"AttachedPolicies": listed}
    found, reason = look(wildrydes)["InlinePolicy"]
    assert found == state
    assert (arn.rpartition("/")[2] in reason) == (state == "absent")


@pytest.mark.usefixtures("our_function")
@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Principal": "*", "Effect": "Deny"},
        {
            "Principal": {"Service": "apigateway.amazonaws.com"},
            "Condition": {"StringEquals": {"AWS:SourceAccount": "1"}},
        },
        {"Principal": {"Service": "s3.amazonaws.com"}},
        {"Principal": {"AWS": "arn:aws:iam::1:root"}},
    ],
)
def test_who_is_named_or_limited_is_no_stranger(aws: AWS, wildrydes: Cli, statement: Json) -> None:
    permit(aws, **statement)
    assert look(wildrydes)["Function"] == ("ready", "")


@pytest.mark.usefixtures("our_function")
def test_deploy_asks_before_it_lets_a_function_run_again_that_somebody_stopped(aws: AWS, wildrydes: Cli) -> None:
    throttle(aws)
    message, _ = wildrydes("function", "deploy").error(2)
    assert "overwrite the concurrency of function RequestUnicorn, which is 0" in message
    wildrydes("function", "deploy", "--yes").must()
    assert "DeleteFunctionConcurrency" in aws.writes


@pytest.mark.usefixtures("our_function")
def test_deploy_asks_before_it_takes_a_permission_away(aws: AWS, wildrydes: Cli) -> None:
    for sid, principal in (("all", "*"), ("bucket", "s3.amazonaws.com")):
        aws.client("lambda").add_permission(
            **NAMED, StatementId=sid, Action="lambda:InvokeFunction", Principal=principal
        )
    message, _ = wildrydes("function", "deploy").error(2)
    assert "overwrite permission all of function RequestUnicorn, by which everybody may invoke it" in message
    wildrydes("function", "deploy", "--yes").must()
    statements = json.loads(aws.client("lambda").get_policy(**NAMED)["Policy"])["Statement"]
    assert [each["Sid"] for each in statements] == ["bucket"]
    assert wildrydes("function", "deploy", "-o", "json").must().json["Parts"]["Function"] == "unchanged"


@pytest.mark.usefixtures("theirs")
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"VpcConfig": {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"]}}, "it is in a VPC (vpc-1)"),
        ({"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:1:q"}}, "it has a dead-letter queue (arn:aws:sqs"),
    ],
)
def test_a_function_that_needs_more_than_our_role_has_is_not_taken_over(
    aws: AWS, wildrydes: Cli, setting: Json, said: str
) -> None:
    """Lambda says "The provided execution role does not have permissions to call CreateNetworkInterface on EC2"."""
    other = "arn:aws:iam::123456789012:role/service-role/Theirs"
    describe(aws, Role=other, **setting)
    aws.calls.clear()
    message, hint = wildrydes("function", "deploy", "--yes").error(1)
    assert said in message
    assert "--function-name" in hint
    assert aws.writes == []
    found = wildrydes("status", "-o", "json").must(0).json["Parts"]["Function"]
    assert (found["State"], found["Command"]) == ("differs", None)
    describe(aws, **setting)  # it runs with our role already, so somebody gave that what it needs
    wildrydes("function", "deploy", "--yes").must()


def test_a_function_that_runs_with_a_role_of_a_similar_name_has_a_role(aws: AWS, wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    role = aws.client("iam").create_role(
        RoleName=f"{ROLE}-ada", AssumeRolePolicyDocument=trust(Service="lambda.amazonaws.com")
    )["Role"]["Arn"]
    aws.client("lambda").create_function(
        **NAMED, Runtime="nodejs20.x", Role=role, Handler="index.handler", Code={"ZipFile": b"their code"}
    )
    found = wildrydes("status", "-o", "json").must().json["Parts"]["Function"]
    assert found["State"] == "differs"
    assert f"its role is {ROLE_ARN}-ada instead of {ROLE}" in found["Reason"]
