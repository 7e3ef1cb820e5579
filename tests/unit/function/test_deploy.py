"""`function deploy` creates the role and the function, and updates what differs."""

import json
from typing import Any

import pytest
from botocore import xform_name
from botocore.client import BaseClient

from tests.support.fake_aws import AWS
from tests.support.parts import FUNCTION_PARTS
from tests.support.prepared import Prepared
from tests.support.running import Cli
from wildrydes_cli.deploy.policies import TRUST_POLICY, managed_policy_arn

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/Rides"
ROLE = "arn:aws:iam::123456789012:role/WildRydesLambda"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:RequestUnicorn"
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
NEW_ROLE = "The role defined for the function cannot be assumed by Lambda."
NEW_GRANTEE = (
    "Lambda was unable to configure access to your environment variables because the KMS key is invalid for "
    "CreateGrant. Please check your KMS key settings. KMS Exception: InvalidArnException KMS Message: ARN does not "
    "refer to a valid principal: arn:aws:iam::123456789012:role/WildRydesLambda"
)


@pytest.fixture(autouse=True)
def table(aws: AWS, prepared: Prepared, wildrydes: Cli) -> None:
    prepared(lambda: wildrydes("setup-table").must())
    aws.calls.clear()


@pytest.fixture
def deployed(table: None, prepared: Prepared, wildrydes: Cli) -> None:
    prepared(lambda: deploy_parts(wildrydes))


def deploy_parts(wildrydes: Cli, *words: str) -> dict[str, str]:
    """Deploy, and return the parts' changes."""
    parts: dict[str, str] = wildrydes("function", "deploy", "-o", "json", *words).must().json["Parts"]
    return parts


def all_parts(how: str, **but: str) -> dict[str, str]:
    return dict.fromkeys(FUNCTION_PARTS, how) | but


def get_function(aws: AWS, name: str = "RequestUnicorn") -> Any:
    return aws.client("lambda").get_function_configuration(FunctionName=name)


def set_variables(aws: AWS, **variables: str) -> None:
    client = aws.client("lambda")
    client.update_function_configuration(FunctionName="RequestUnicorn", Environment={"Variables": variables})


def put_policy(aws: AWS, resource: str = TABLE, action: object = "dynamodb:PutItem") -> None:
    statement = {"Sid": "VisualEditor0", "Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    named = {"RoleName": "WildRydesLambda", "PolicyName": "DynamoDBWriteAccess"}
    aws.client("iam").put_role_policy(PolicyDocument=document, **named)


def delete_role(aws: AWS) -> None:
    aws.client("iam").detach_role_policy(RoleName="WildRydesLambda", PolicyArn=LOGS)
    delete_policy_and_role(aws)


def delete_policy_and_role(aws: AWS) -> None:
    iam = aws.client("iam")
    iam.delete_role_policy(RoleName="WildRydesLambda", PolicyName="DynamoDBWriteAccess")
    iam.delete_role(RoleName="WildRydesLambda")


def test_deploy_creates_the_role_its_policies_and_the_function(aws: AWS, wildrydes: Cli) -> None:
    result = wildrydes("function", "deploy", "-o", "json").must().json
    assert result == {
        "Function": "RequestUnicorn",
        "FunctionArn": FUNCTION,
        "RoleArn": ROLE,
        "InlinePolicy": "DynamoDBWriteAccess",
        "Parts": all_parts("created"),
    }
    iam = aws.client("iam")
    assert iam.get_role(RoleName="WildRydesLambda")["Role"]["AssumeRolePolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
    (attached,) = iam.list_attached_role_policies(RoleName="WildRydesLambda")["AttachedPolicies"]
    assert attached["PolicyArn"] == LOGS
    inline = iam.get_role_policy(RoleName="WildRydesLambda", PolicyName="DynamoDBWriteAccess")["PolicyDocument"]
    assert inline["Statement"] == [{"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": TABLE}]
    made = get_function(aws)
    assert (made["Runtime"], made["Architectures"], made["MemorySize"], made["Timeout"]) == (
        "python3.13",
        ["arm64"],
        128,
        10,
    )
    assert "Environment" not in aws.parameters("CreateFunction")
    assert (made["Handler"], made["Role"]) == ("wildrydes_cli.function.handler.handler", ROLE)


def test_deploy_says_what_it_does_not_wait_for(aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("wildrydes_cli.commands.function_deploy.announce", said.append)
    deploy_parts(wildrydes)
    last = "IAM may need some seconds before the function can write to the table"
    assert said[-1] == last
    said.clear()
    deploy_parts(wildrydes)
    assert said == []


@pytest.mark.usefixtures("deployed")
def test_deploy_changes_nothing_if_nothing_differs(aws: AWS, wildrydes: Cli) -> None:
    aws.calls.clear()
    assert deploy_parts(wildrydes) == all_parts("unchanged")
    assert aws.writes == []


def test_deploy_does_not_change_a_role_that_was_created_as_in_the_tutorial(aws: AWS, wildrydes: Cli) -> None:
    statement = {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": ["lambda.amazonaws.com"]}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = aws.client("iam")
    iam.create_role(RoleName="WildRydesLambda", AssumeRolePolicyDocument=trust)
    iam.attach_role_policy(RoleName="WildRydesLambda", PolicyArn=LOGS)
    put_policy(aws)
    assert deploy_parts(wildrydes) == all_parts("unchanged", Function="created")


def test_the_hint_for_a_missing_table_is_to_create_it(aws: AWS, wildrydes: Cli) -> None:
    message, hint = wildrydes("function", "deploy", "--table", "Other").error(3)
    assert "table Other in us-east-1 does not exist" in message
    assert "wildrydes setup-table --table Other" in hint
    assert aws.writes == []


def test_function_commands_refuse_the_embedded_store(wildrydes: Cli) -> None:
    for command in ("deploy", "invoke", "logs", "delete"):
        assert "--local" in wildrydes("function", command, "--store", "local").error(3)[1]


def test_a_dry_run_shows_the_changes_and_writes_nothing(aws: AWS, wildrydes: Cli) -> None:
    said = wildrydes("function", "deploy", "--dry-run").must().out
    assert "Function\twould be created" in said
    assert TABLE in said
    result = wildrydes("function", "deploy", "--dry-run", "-o", "json").must().json
    assert result["Parts"] == all_parts("created")
    assert result["Policies"]["DynamoDBWriteAccess"]["Statement"][0]["Resource"] == TABLE
    assert aws.writes == []


@pytest.mark.usefixtures("deployed")
def test_a_dry_run_shows_why_each_part_would_change(aws: AWS, wildrydes: Cli) -> None:
    assert wildrydes("function", "deploy", "--dry-run", "-o", "json").must().json["Differences"] == {}
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", MemorySize=512, Timeout=3)
    aws.client("iam").detach_role_policy(RoleName="WildRydesLambda", PolicyArn=managed_policy_arn(TABLE))
    result = wildrydes("function", "deploy", "--dry-run", "-o", "json").must().json
    assert list(result) == ["DryRun", "Parts", "Differences", "Overwrites", "Policies"]
    assert list(result["Differences"]) == ["ManagedPolicy", "Function"]
    assert "not attached" in result["Differences"]["ManagedPolicy"]
    assert result["Differences"]["Function"] == "its MemorySize is 512 instead of 128; its Timeout is 3 instead of 10"


@pytest.mark.usefixtures("deployed")
def test_a_dry_run_names_the_variables_that_would_be_removed(aws: AWS, wildrydes: Cli) -> None:
    set_variables(aws, WILDRYDES_TABLE="Rides", MINE="x")
    assert wildrydes("function", "deploy", "--dry-run", "-o", "json").must().json["Differences"] == {
        "Function": "it needs no variable WILDRYDES_TABLE"
    }


@pytest.mark.usefixtures("deployed")
def test_a_dry_run_shows_what_it_would_overwrite(aws: AWS, wildrydes: Cli) -> None:
    put_policy(aws, f"{TABLE}2")
    aws.calls.clear()
    ended = wildrydes("function", "deploy", "--dry-run").must()
    assert f"{TABLE}2" in ended.err
    assert "InlinePolicy\twould be updated" in ended.out
    assert aws.writes == []


@pytest.mark.usefixtures("deployed")
def test_deployments_with_different_names_are_separate(aws: AWS, wildrydes: Cli) -> None:
    named = ("--function-name", "RequestUnicorn-ada", "--role-name", "WildRydesLambda-ada")
    assert deploy_parts(wildrydes, *named) == all_parts("created")
    assert get_function(aws, "RequestUnicorn-ada")["Role"] == f"{ROLE}-ada"
    assert get_function(aws)["Role"] == ROLE


def test_an_invalid_name_is_a_usage_error(wildrydes: Cli) -> None:
    assert "A-Z" in wildrydes("function", "deploy", "--role-name", "a b").error(2)[0]


@pytest.mark.parametrize("message", [NEW_ROLE, NEW_GRANTEE])
def test_deploy_waits_for_a_new_role(aws: AWS, wildrydes: Cli, pauses: list[float], message: str) -> None:
    aws.fail("CreateFunction", "InvalidParameterValueException", message, times=4)
    assert deploy_parts(wildrydes)["Function"] == "created"
    assert pauses == [0.1, 0.2, 0.4, 0.8]


def test_deploy_stops_waiting_for_a_role_after_three_minutes(
    aws: AWS, wildrydes: Cli, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute is not always enough (https://github.com/hashicorp/terraform-provider-aws/issues/8248)."""
    said: list[str] = []
    monkeypatch.setattr("wildrydes_cli.commands.function_deploy.announce", said.append)
    aws.fail("CreateFunction", "InvalidParameterValueException", NEW_ROLE, times=99)
    message, hint = wildrydes("function", "deploy").error(4)
    assert "cannot be assumed" in message
    assert hint == "IAM has not told Lambda of role WildRydesLambda yet: try again in a minute"
    assert 180 <= sum(pauses) <= 190
    assert said[-2:] == ["create function RequestUnicorn", "wait until Lambda knows role WildRydesLambda"]


@pytest.mark.parametrize("operation", ["CreateRole", "AttachRolePolicy", "PutRolePolicy"])
def test_deploy_waits_for_a_role_that_another_deployment_is_changing(
    aws: AWS, wildrydes: Cli, pauses: list[float], operation: str
) -> None:
    aws.fail(operation, "ConcurrentModification", "The role is being modified.", times=3)
    assert deploy_parts(wildrydes) == all_parts("created")
    assert aws.writes.count(operation) == 4
    assert pauses[:3] == [0.1, 0.2, 0.4]


def test_deploy_does_not_wait_if_another_parameter_is_invalid(aws: AWS, wildrydes: Cli, pauses: list[float]) -> None:
    aws.fail("CreateFunction", "InvalidParameterValueException", "The runtime parameter is not known", times=2)
    assert "runtime parameter" in wildrydes("function", "deploy").error(4)[0]
    assert pauses == []


@pytest.mark.parametrize("operation", ["CreateRole", "AttachRolePolicy", "PutRolePolicy", "CreateFunction"])
def test_deploy_completes_a_deployment_that_failed(aws: AWS, wildrydes: Cli, operation: str) -> None:
    aws.fail(operation, "AccessDenied", f"not authorized to perform {operation}")
    assert operation in wildrydes("function", "deploy").error(4)[0]
    deploy_parts(wildrydes)
    assert deploy_parts(wildrydes) == all_parts("unchanged")


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("operation", ["UpdateFunctionConfiguration", "UpdateFunctionCode"])
def test_deploy_completes_an_update_that_failed(aws: AWS, wildrydes: Cli, operation: str) -> None:
    functions = aws.client("lambda")
    functions.update_function_code(FunctionName="RequestUnicorn", ZipFile=b"another")
    functions.update_function_configuration(FunctionName="RequestUnicorn", MemorySize=256)
    aws.fail(operation)
    wildrydes("function", "deploy").error(4)
    assert deploy_parts(wildrydes) == all_parts("unchanged", Function="updated")
    assert deploy_parts(wildrydes) == all_parts("unchanged")
    assert get_function(aws)["MemorySize"] == 128


@pytest.mark.usefixtures("deployed")
def test_a_recreated_role_is_set_on_the_function_which_has_no_variables_to_decrypt(aws: AWS, wildrydes: Cli) -> None:
    """Lambda can decrypt variables only for the role as it was when they were set. An update does not change that.

    https://www.lastweekinaws.com/blog/the-sneaky-weakness-behind-aws-managed-kms-keys/
    """
    delete_role(aws)
    assert deploy_parts(wildrydes) == all_parts("created", Function="updated")
    assert aws.parameters("UpdateFunctionConfiguration")["Role"] == ROLE
    assert not get_function(aws).get("Environment", {}).get("Variables")


@pytest.mark.usefixtures("deployed")
def test_a_recreated_role_needs_nothing_more_if_the_deployment_stops_half_way(aws: AWS, wildrydes: Cli) -> None:
    delete_role(aws)
    aws.fail("UpdateFunctionConfiguration")
    wildrydes("function", "deploy").error(4)
    assert deploy_parts(wildrydes) == all_parts("unchanged")


@pytest.mark.usefixtures("deployed")
def test_variables_of_an_earlier_version_are_removed(aws: AWS, wildrydes: Cli) -> None:
    set_variables(aws, WILDRYDES_TABLE="Rides", AWS_RETRY_MODE="standard")
    assert deploy_parts(wildrydes) == all_parts("unchanged", Function="updated")
    assert aws.parameters("UpdateFunctionConfiguration")["Environment"] == {"Variables": {}}
    assert deploy_parts(wildrydes) == all_parts("unchanged")


@pytest.mark.usefixtures("deployed")
def test_the_table_is_part_of_the_code(aws: AWS, wildrydes: Cli) -> None:
    wildrydes("setup-table", "--table", "Class").must()
    ended = wildrydes("function", "deploy", "--dry-run", "--table", "Class", "-o", "json").must()
    assert ended.json["Differences"]["Function"] == "its code is different"


@pytest.mark.usefixtures("deployed")
def test_deploy_narrows_a_policy_for_the_same_table_without_asking(aws: AWS, wildrydes: Cli) -> None:
    put_policy(aws, action="dynamodb:*")
    assert deploy_parts(wildrydes) == all_parts("unchanged", InlinePolicy="updated")


@pytest.mark.usefixtures("deployed")
def test_deploy_requires_yes_to_overwrite_a_policy_for_another_table(aws: AWS, wildrydes: Cli) -> None:
    put_policy(aws, f"{TABLE}2")
    aws.calls.clear()
    message, hint = wildrydes("function", "deploy").error(2)
    assert f"{TABLE}2" in message
    assert "--yes" in hint
    assert aws.writes == []
    assert deploy_parts(wildrydes, "--yes") == all_parts("unchanged", InlinePolicy="updated")


@pytest.mark.usefixtures("deployed")
def test_deploy_requires_yes_to_overwrite_another_trust_policy(aws: AWS, wildrydes: Cli) -> None:
    document = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
            ],
        }
    )
    aws.client("iam").update_assume_role_policy(RoleName="WildRydesLambda", PolicyDocument=document)
    assert "trust policy" in wildrydes("function", "deploy").error(2)[0]
    assert deploy_parts(wildrydes, "--yes") == all_parts("unchanged", Role="updated")


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("other", [{"Handler": "index.handler"}, {"Runtime": "nodejs22.x"}])
def test_deploy_requires_yes_to_overwrite_another_function(aws: AWS, wildrydes: Cli, other: dict[str, str]) -> None:
    aws.client("lambda").update_function_code(FunctionName="RequestUnicorn", ZipFile=b"theirs")
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", **other)
    aws.calls.clear()
    assert next(iter(other.values())) in wildrydes("function", "deploy").error(2)[0]
    assert aws.writes == []
    assert deploy_parts(wildrydes, "--yes") == all_parts("unchanged", Function="updated")
    assert get_function(aws)["Runtime"] == "python3.13"


def describe(aws: AWS, **said: Any) -> None:
    """Have Lambda say something else about the function than moto does."""
    aws.planted["GetFunction"] = lambda answer: answer | {"Configuration": answer["Configuration"] | said}


def test_deploy_refuses_to_overwrite_a_container_image(aws: AWS, wildrydes: Cli) -> None:
    named = ("--function-name", "Images", "--role-name", "Painter")
    deploy_parts(wildrydes, *named)
    describe(aws, PackageType="Image")
    aws.calls.clear()
    message, hint = wildrydes("function", "deploy", "--yes", *named).error(1)
    assert "container image" in message
    assert hint.endswith("wildrydes function delete --function-name Images --role-name Painter")
    assert aws.writes == []


@pytest.mark.usefixtures("deployed")
def test_deploy_keeps_variables_that_it_cannot_read(aws: AWS, wildrydes: Cli) -> None:
    """Lambda shows an error in place of variables whose key we may not use. An update that names none keeps them."""
    set_variables(aws, MINE="1")
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", MemorySize=256)
    describe(aws, Environment={"Error": {"ErrorCode": "AccessDeniedException", "Message": "not authorized"}})
    assert deploy_parts(wildrydes, "--yes") == all_parts("unchanged", Function="updated")
    assert get_function(aws)["Environment"]["Variables"] == {"MINE": "1"}


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("status", ["State", "LastUpdateStatus"])
def test_deploy_updates_a_function_that_failed(aws: AWS, wildrydes: Cli, status: str) -> None:
    describe(aws, **{status: "Failed", f"{status}Reason": "no room"})
    aws.calls.clear()
    assert "no room" in wildrydes("function", "deploy").error(4)[0]
    assert aws.writes == ["UpdateFunctionConfiguration", "UpdateFunctionCode"]


def test_deploy_waits_for_lambda_between_changes(aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda is busy after a change until it is read twice. Until then, it refuses another change."""
    call = BaseClient._make_api_call
    looks = 0

    def busy(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        nonlocal looks
        changes = operation.startswith(("CreateFunction", "UpdateFunction"))
        if changes and looks:
            aws.fail(operation, "ResourceConflictException", "An update is in progress")
        answer = call(self, operation, parameters)
        if operation == "GetFunction" and looks:
            looks -= 1
            return answer | {"Configuration": answer["Configuration"] | {"LastUpdateStatus": "InProgress"}}
        looks = 2 if changes else looks
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", busy)
    deploy_parts(wildrydes)
    assert looks == 0
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", MemorySize=256)
    assert deploy_parts(wildrydes) == all_parts("unchanged", Function="updated")
    assert looks == 0


@pytest.mark.parametrize("operation", ["AttachRolePolicy", "PutRolePolicy"])
def test_deploy_waits_until_all_of_iam_knows_a_new_role(
    aws: AWS, wildrydes: Cli, pauses: list[float], operation: str
) -> None:
    """Another host of IAM may not know it yet (IAM: "Changes that I make are not always immediately visible")."""
    aws.fail(operation, "NoSuchEntity", "The role with name WildRydesLambda cannot be found.", times=12)
    assert deploy_parts(wildrydes) == all_parts("created")
    pauses.clear()
    aws.fail(operation, "NoSuchEntity", "The role with name WildRydesLambda cannot be found.", times=99)
    delete_role(aws)
    assert "cannot be found" in wildrydes("function", "deploy").error(4)[0]
    assert 60 <= sum(pauses) <= 66


def test_deploy_creates_a_role_that_iam_still_shows_although_it_was_deleted(aws: AWS, wildrydes: Cli) -> None:
    """The first look finds no role, and the first try to create it finds one."""
    aws.fail("CreateRole", "EntityAlreadyExists", "Role with name WildRydesLambda already exists.", times=3)
    assert deploy_parts(wildrydes) == all_parts("created")
    assert aws.writes.count("CreateRole") == 4


def test_a_role_that_exists_for_creation_and_not_for_looking_is_an_error(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("CreateRole", "EntityAlreadyExists", "Role with name WildRydesLambda already exists.", times=99)
    assert "already exists" in wildrydes("function", "deploy").error(4)[0]


@pytest.mark.usefixtures("deployed")
def test_a_role_that_was_deleted_after_the_plan_is_an_error(aws: AWS, wildrydes: Cli) -> None:
    aws.client("iam").detach_role_policy(RoleName="WildRydesLambda", PolicyArn=LOGS)
    aws.before["AttachRolePolicy"] = lambda *_: delete_policy_and_role(aws)
    message, hint = wildrydes("function", "deploy").error(4)
    assert "the role was deleted in the meantime" in message
    assert hint == "deploy again"


@pytest.mark.usefixtures("deployed")
def test_deploy_keeps_the_users_own_variables(aws: AWS, wildrydes: Cli) -> None:
    set_variables(aws, MINE="1", WILDRYDES_TABLE="Other")
    deploy_parts(wildrydes)
    assert get_function(aws)["Environment"]["Variables"] == {"MINE": "1"}


def test_the_managed_policy_is_in_the_partition_of_the_account(aws: AWS, wildrydes: Cli) -> None:
    china = ("--region", "cn-north-1", "-o", "json")
    wildrydes("setup-table", *china).must()
    policies = wildrydes("function", "deploy", "--dry-run", *china).must().json["Policies"]
    wildrydes("function", "deploy", *china).must()
    attached = aws.parameters("AttachRolePolicy")["PolicyArn"]
    assert (
        attached == policies["ManagedPolicy"] == "arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    )
    assert set(wildrydes("function", "deploy", *china).must().json["Parts"].values()) == {"unchanged"}


def test_deploy_waits_until_lambda_shows_the_new_function(aws: AWS, wildrydes: Cli) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/25440."""
    aws.fail("GetFunction", "ResourceNotFoundException", times=9)  # before and after it is created
    assert deploy_parts(wildrydes) == all_parts("created")


def test_a_function_that_lambda_never_shows_is_an_error(aws: AWS, wildrydes: Cli, pauses: list[float]) -> None:
    aws.fail("GetFunction", "ResourceNotFoundException", times=999)
    assert "was deleted in the meantime" in wildrydes("function", "deploy").error(4)[0]
    assert 60 <= sum(pauses) <= 66
    assert "CreateFunction" in aws.writes


def test_deploy_says_that_it_waits_and_stops_waiting_for_a_function_that_is_never_ready(
    aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("wildrydes_cli.commands.function_deploy.announce", said.append)
    describe(aws, State="Pending")
    assert "RequestUnicorn" in wildrydes("function", "deploy").error(4)[0]
    assert said.count("wait for function RequestUnicorn to be active") == 1


@pytest.mark.parametrize(
    "operations",
    [
        ("CreateRole",),
        ("CreateFunction",),
        ("CreateRole", "AttachRolePolicy", "PutRolePolicy", "CreateFunction"),
    ],
    ids=" ".join,
)
def test_deploy_works_if_another_deployment_is_faster(aws: AWS, wildrydes: Cli, operations: tuple[str, ...]) -> None:
    """Another deployment makes the given calls just before ours."""

    def faster(operation: str, parameters: dict[str, Any]) -> None:
        client = aws.client("lambda" if operation == "CreateFunction" else "iam")
        getattr(client, xform_name(operation))(**parameters)

    aws.before |= dict.fromkeys(operations, faster)
    deploy_parts(wildrydes)
    assert [name for name, _ in aws.calls].count("CreateFunction") == 1 + ("CreateFunction" in operations)
    assert deploy_parts(wildrydes) == all_parts("unchanged")


def test_deploy_updates_a_function_that_a_faster_deployment_created(aws: AWS, wildrydes: Cli) -> None:
    deploy_parts(wildrydes, "--function-name", "Other")
    aws.calls.clear()
    client = aws.client("lambda")

    def create_with_another_timeout(operation: str, parameters: dict[str, Any]) -> None:
        client.create_function(**{**parameters, "Timeout": 3})

    aws.before["CreateFunction"] = create_with_another_timeout
    deploy_parts(wildrydes)
    assert get_function(aws)["Timeout"] == 10
    assert deploy_parts(wildrydes) == all_parts("unchanged")


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("operation", ["UpdateFunctionConfiguration", "UpdateFunctionCode"])
def test_deploy_waits_for_a_function_that_another_deployment_is_changing(
    aws: AWS, wildrydes: Cli, operation: str
) -> None:
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", Timeout=3)
    aws.fail(operation, "ResourceConflictException", "An update is in progress", times=3)
    assert deploy_parts(wildrydes) == all_parts("unchanged", Function="updated")
    assert get_function(aws)["Timeout"] == 10


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    ("operation", "code"),
    [("PutRolePolicy", "ConcurrentModification"), ("UpdateFunctionCode", "ResourceConflictException")],
)
def test_deploy_fails_if_changes_of_others_never_end(aws: AWS, wildrydes: Cli, operation: str, code: str) -> None:
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", Timeout=3)
    put_policy(aws, action="dynamodb:GetItem")
    aws.fail(operation, code, "busy", times=999)
    wildrydes("function", "deploy", "--yes").error(4)


def test_deploy_does_not_overwrite_another_function_that_appears_after_the_plan(aws: AWS, wildrydes: Cli) -> None:
    client = aws.client("lambda")

    def create_another_function(operation: str, parameters: dict[str, Any]) -> None:
        theirs = {"Runtime": "nodejs22.x", "Handler": "other.index", "Code": {"ZipFile": b"theirs"}}
        client.create_function(**{**parameters, **theirs})

    aws.before["CreateFunction"] = create_another_function
    message, hint = wildrydes("function", "deploy").error(1)
    overwritten = "function RequestUnicorn, which is a different function (nodejs22.x, handler other.index)"
    assert message == f"somebody else has just deployed, and this would overwrite {overwritten}"
    assert hint == "deploy again, to be asked before it is lost"
    assert get_function(aws)["Handler"] == "other.index"


def test_deploy_does_not_take_a_function_that_appears_after_the_plan_off_another_role(aws: AWS, wildrydes: Cli) -> None:
    client, other = aws.client("lambda"), "arn:aws:iam::123456789012:role/LabRole"
    aws.client("iam").create_role(RoleName="LabRole", AssumeRolePolicyDocument=json.dumps(TRUST_POLICY))
    aws.before["CreateFunction"] = lambda _, parameters: client.create_function(**{**parameters, "Role": other})
    message, _ = wildrydes("function", "deploy").error(1)
    assert "somebody else has just deployed, and this would overwrite the role of function RequestUnicorn" in message
    assert get_function(aws)["Role"] == other


def test_deploy_does_not_overwrite_the_trust_of_a_role_that_appears_after_the_plan(aws: AWS, wildrydes: Cli) -> None:
    iam = aws.client("iam")
    theirs = json.dumps(TRUST_POLICY).replace("lambda.", "ec2.")
    aws.before["CreateRole"] = lambda _, sent: iam.create_role(**{**sent, "AssumeRolePolicyDocument": theirs})
    message, _ = wildrydes("function", "deploy").error(1)
    overwritten = "the trust policy of role WildRydesLambda, which trusts ec2.amazonaws.com"
    assert message == f"somebody else has just deployed, and this would overwrite {overwritten}"
    assert "ec2." in json.dumps(iam.get_role(RoleName="WildRydesLambda")["Role"]["AssumeRolePolicyDocument"])


@pytest.mark.usefixtures("deployed")
def test_deploy_keeps_variables_that_are_set_after_the_plan(aws: AWS, wildrydes: Cli) -> None:
    set_variables(aws, WILDRYDES_TABLE="Rides")

    def set_a_variable(*_: object) -> None:
        set_variables(aws, WILDRYDES_TABLE="Rides", NEW="1")

    # Deploy reads the function a second time just before it updates it.
    aws.before["GetFunction"] = lambda *_: aws.before.update(GetFunction=set_a_variable)
    deploy_parts(wildrydes)
    assert get_function(aws)["Environment"]["Variables"] == {"NEW": "1"}


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("CreateRole", "Throttling"),
        ("AttachRolePolicy", "Throttling"),
        ("UpdateFunctionCode", "TooManyRequestsException"),
        ("RemovePermission", "TooManyRequestsException"),
    ],
)
def test_a_change_that_is_throttled_is_given_up_after_a_minute(
    aws: AWS, wildrydes: Cli, pauses: list[float], operation: str, code: str
) -> None:
    if operation != "CreateRole":
        wildrydes("function", "deploy").must()
        functions, named = aws.client("lambda"), {"FunctionName": "RequestUnicorn"}
        functions.update_function_code(**named, ZipFile=b"zip")
        functions.add_permission(**named, StatementId="all", Action="lambda:InvokeFunction", Principal="*")
        arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
        aws.client("iam").detach_role_policy(RoleName="WildRydesLambda", PolicyArn=arn)
    aws.fail(operation, code, "Rate exceeded", times=99)
    pauses.clear()
    assert "throttled" in wildrydes("function", "deploy", "--yes").error(4)[0]
    assert 60 <= sum(pauses) <= 72
