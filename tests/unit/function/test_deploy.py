"""`function deploy` brings the role and the function to what they ought to be, from wherever they are."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient

from tests.running import Cli
from tests.unit.function.conftest import AWS
from wildrydes_cli.deploy.policies import managed_policy_arn

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/Rides"
ROLE = "arn:aws:iam::123456789012:role/WildRydesLambda"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:RequestUnicorn"
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
PARTS = ("Role", "ManagedPolicy", "InlinePolicy", "Function")
NEW_ROLE = "The role defined for the function cannot be assumed by Lambda."
NEW_GRANTEE = (
    "Lambda was unable to configure access to your environment variables because the KMS key is invalid for "
    "CreateGrant. Please check your KMS key settings. KMS Exception: InvalidArnException KMS Message: ARN does not "
    "refer to a valid principal: arn:aws:iam::123456789012:role/WildRydesLambda"
)


@pytest.fixture(autouse=True)
def table(aws: AWS, wildrydes: Cli) -> None:
    wildrydes("setup-table").must()
    aws.calls.clear()


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, in no time."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


def deployed(wildrydes: Cli, *words: str) -> dict[str, str]:
    """What became of each part."""
    parts: dict[str, str] = wildrydes("function", "deploy", "-o", "json", *words).must().json["Parts"]
    return parts


def every(how: str, **but: str) -> dict[str, str]:
    return dict.fromkeys(PARTS, how) | but


def function(aws: AWS, name: str = "RequestUnicorn") -> Any:
    return aws.client("lambda").get_function_configuration(FunctionName=name)


def put_policy(aws: AWS, resource: str = TABLE, action: object = "dynamodb:PutItem") -> None:
    statement = {"Sid": "VisualEditor0", "Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    named = {"RoleName": "WildRydesLambda", "PolicyName": "DynamoDBWriteAccess"}
    aws.client("iam").put_role_policy(PolicyDocument=document, **named)


def delete_role(aws: AWS) -> None:
    iam = aws.client("iam")
    iam.detach_role_policy(RoleName="WildRydesLambda", PolicyArn=LOGS)
    iam.delete_role_policy(RoleName="WildRydesLambda", PolicyName="DynamoDBWriteAccess")
    iam.delete_role(RoleName="WildRydesLambda")


def test_it_makes_the_role_its_policies_and_the_function(aws: AWS, wildrydes: Cli) -> None:
    result = wildrydes("function", "deploy", "-o", "json").must().json
    assert result == {
        "Function": "RequestUnicorn",
        "FunctionArn": FUNCTION,
        "RoleArn": ROLE,
        "InlinePolicy": "DynamoDBWriteAccess",
        "Parts": every("created"),
    }
    iam = aws.client("iam")
    assert iam.get_role(RoleName="WildRydesLambda")["Role"]["AssumeRolePolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
    (attached,) = iam.list_attached_role_policies(RoleName="WildRydesLambda")["AttachedPolicies"]
    assert attached["PolicyArn"] == LOGS
    inline = iam.get_role_policy(RoleName="WildRydesLambda", PolicyName="DynamoDBWriteAccess")["PolicyDocument"]
    assert inline["Statement"] == [{"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": TABLE}]
    made = function(aws)
    assert (made["Runtime"], made["Architectures"], made["MemorySize"], made["Timeout"]) == (
        "python3.13",
        ["arm64"],
        128,
        10,
    )
    assert made["Environment"]["Variables"] == {"WILDRYDES_TABLE": "Rides", "AWS_RETRY_MODE": "standard"}
    assert (made["Handler"], made["Role"]) == ("wildrydes_cli.function.handler.handler", ROLE)


def test_what_is_as_it_ought_to_be_is_left_alone(aws: AWS, wildrydes: Cli) -> None:
    deployed(wildrydes)
    aws.calls.clear()
    assert deployed(wildrydes) == every("unchanged")
    assert aws.writes == []


def test_what_the_console_made_by_the_tutorial_is_as_it_ought_to_be(aws: AWS, wildrydes: Cli) -> None:
    statement = {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": ["lambda.amazonaws.com"]}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = aws.client("iam")
    iam.create_role(RoleName="WildRydesLambda", AssumeRolePolicyDocument=trust)
    iam.attach_role_policy(RoleName="WildRydesLambda", PolicyArn=LOGS)
    put_policy(aws)
    assert deployed(wildrydes) == every("unchanged", Function="created")


def test_without_a_table_it_names_the_command_that_makes_one(aws: AWS, wildrydes: Cli) -> None:
    message, hint = wildrydes("function", "deploy", "--table", "Other").error(3)
    assert "table Other in us-east-1 does not exist" in message
    assert "wildrydes setup-table --table Other" in hint
    assert aws.writes == []


def test_the_embedded_store_has_no_function(wildrydes: Cli) -> None:
    for command in ("deploy", "invoke", "logs", "delete"):
        assert "--local" in wildrydes("function", command, "--store", "local").error(3)[1]


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(aws: AWS, wildrydes: Cli) -> None:
    said = wildrydes("function", "deploy", "--dry-run").must().out
    assert "Function\twould be created" in said
    assert TABLE in said
    result = wildrydes("function", "deploy", "--dry-run", "-o", "json").must().json
    assert result["Parts"] == every("created")
    assert result["Policies"]["DynamoDBWriteAccess"]["Statement"][0]["Resource"] == TABLE
    assert aws.writes == []


def test_a_dry_run_says_why_each_part_would_change(aws: AWS, wildrydes: Cli) -> None:
    deployed(wildrydes)
    assert wildrydes("function", "deploy", "--dry-run", "-o", "json").must().json["Differences"] == {}
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", MemorySize=512, Timeout=3)
    aws.client("iam").detach_role_policy(RoleName="WildRydesLambda", PolicyArn=managed_policy_arn(TABLE))
    result = wildrydes("function", "deploy", "--dry-run", "-o", "json").must().json
    assert list(result) == ["DryRun", "Parts", "Differences", "Overwrites", "Policies"]
    assert list(result["Differences"]) == ["ManagedPolicy", "Function"]
    assert "not attached" in result["Differences"]["ManagedPolicy"]
    assert "MemorySize, Timeout" in result["Differences"]["Function"]


def test_a_dry_run_says_what_it_would_overwrite(aws: AWS, wildrydes: Cli) -> None:
    deployed(wildrydes)
    put_policy(aws, f"{TABLE}2")
    aws.calls.clear()
    ended = wildrydes("function", "deploy", "--dry-run").must()
    assert f"{TABLE}2" in ended.err
    assert "InlinePolicy\twould be updated" in ended.out
    assert aws.writes == []


def test_names_of_ones_own_keep_apart_in_a_shared_account(aws: AWS, wildrydes: Cli) -> None:
    deployed(wildrydes)
    named = ("--function-name", "RequestUnicorn-ada", "--role-name", "WildRydesLambda-ada")
    assert deployed(wildrydes, *named) == every("created")
    assert function(aws, "RequestUnicorn-ada")["Role"] == f"{ROLE}-ada"
    assert function(aws)["Role"] == ROLE


def test_a_name_that_aws_would_refuse_is_a_usage_error(wildrydes: Cli) -> None:
    assert "A-Z" in wildrydes("function", "deploy", "--role-name", "a b").error(2)[0]


@pytest.mark.parametrize("message", [NEW_ROLE, NEW_GRANTEE])
def test_a_role_too_new_for_lambda_is_waited_for(aws: AWS, wildrydes: Cli, pauses: list[float], message: str) -> None:
    aws.fail("CreateFunction", "InvalidParameterValueException", message, times=4)
    assert deployed(wildrydes)["Function"] == "created"
    assert pauses == [0.1, 0.2, 0.4, 0.8]


def test_a_role_that_lambda_never_takes_is_given_up_after_a_minute(
    aws: AWS, wildrydes: Cli, pauses: list[float]
) -> None:
    aws.fail("CreateFunction", "InvalidParameterValueException", NEW_ROLE, times=99)
    assert "cannot be assumed" in wildrydes("function", "deploy").error(4)[0]
    assert 60 <= sum(pauses) <= 70


@pytest.mark.parametrize("operation", ["CreateRole", "AttachRolePolicy", "PutRolePolicy"])
def test_a_role_that_another_deployment_is_changing_is_waited_for(
    aws: AWS, wildrydes: Cli, pauses: list[float], operation: str
) -> None:
    aws.fail(operation, "ConcurrentModification", "The role is being modified.", times=3)
    assert deployed(wildrydes) == every("created")
    assert aws.writes.count(operation) == 4
    assert pauses[:3] == [0.1, 0.2, 0.4]


def test_another_wrong_parameter_is_not_waited_for(aws: AWS, wildrydes: Cli, pauses: list[float]) -> None:
    aws.fail("CreateFunction", "InvalidParameterValueException", "The runtime parameter is not known", times=2)
    assert "runtime parameter" in wildrydes("function", "deploy").error(4)[0]
    assert pauses == []


@pytest.mark.parametrize("operation", ["CreateRole", "AttachRolePolicy", "PutRolePolicy", "CreateFunction"])
def test_a_deployment_that_failed_half_way_is_completed_by_the_next(aws: AWS, wildrydes: Cli, operation: str) -> None:
    aws.fail(operation, "AccessDenied", f"not authorized to perform {operation}")
    assert operation in wildrydes("function", "deploy").error(4)[0]
    deployed(wildrydes)
    assert deployed(wildrydes) == every("unchanged")


@pytest.mark.parametrize("operation", ["UpdateFunctionConfiguration", "UpdateFunctionCode"])
def test_an_update_that_failed_half_way_is_completed_by_the_next(aws: AWS, wildrydes: Cli, operation: str) -> None:
    deployed(wildrydes)
    functions = aws.client("lambda")
    functions.update_function_code(FunctionName="RequestUnicorn", ZipFile=b"another")
    functions.update_function_configuration(FunctionName="RequestUnicorn", MemorySize=256)
    aws.fail(operation)
    wildrydes("function", "deploy").error(4)
    assert deployed(wildrydes) == every("unchanged", Function="updated")
    assert deployed(wildrydes) == every("unchanged")
    assert function(aws)["MemorySize"] == 128


@pytest.mark.parametrize("half_way", [False, True])
def test_a_role_that_was_made_again_is_set_on_the_function_again(aws: AWS, wildrydes: Cli, half_way: bool) -> None:
    deployed(wildrydes)
    delete_role(aws)
    changed = every("created", Function="updated")
    if half_way:
        aws.fail("UpdateFunctionConfiguration")
        wildrydes("function", "deploy").error(4)
        changed = every("unchanged", Function="updated")
    aws.calls.clear()
    assert deployed(wildrydes) == changed
    assert aws.parameters("UpdateFunctionConfiguration")["Role"] == ROLE


def test_a_policy_of_the_same_table_is_narrowed_without_asking(aws: AWS, wildrydes: Cli) -> None:
    deployed(wildrydes)
    put_policy(aws, action="dynamodb:*")
    assert deployed(wildrydes) == every("unchanged", InlinePolicy="updated")


def test_a_policy_that_names_another_table_is_not_overwritten_unasked(aws: AWS, wildrydes: Cli) -> None:
    deployed(wildrydes)
    put_policy(aws, f"{TABLE}2")
    aws.calls.clear()
    message, hint = wildrydes("function", "deploy").error(2)
    assert f"{TABLE}2" in message
    assert "--yes" in hint
    assert aws.writes == []
    assert deployed(wildrydes, "--yes") == every("unchanged", InlinePolicy="updated")


def test_a_trust_policy_for_others_too_is_not_overwritten_unasked(aws: AWS, wildrydes: Cli) -> None:
    deployed(wildrydes)
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
    assert deployed(wildrydes, "--yes") == every("unchanged", Role="updated")


@pytest.mark.parametrize("other", [{"Handler": "index.handler"}, {"Runtime": "nodejs22.x"}])
def test_another_function_of_that_name_is_not_overwritten_unasked(
    aws: AWS, wildrydes: Cli, other: dict[str, str]
) -> None:
    deployed(wildrydes)
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", **other)
    aws.calls.clear()
    assert next(iter(other.values())) in wildrydes("function", "deploy").error(2)[0]
    assert aws.writes == []
    assert deployed(wildrydes, "--yes") == every("unchanged", Function="updated")
    assert function(aws)["Runtime"] == "python3.13"


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Lambda says of the function other than moto does."""
    said: dict[str, Any] = {}
    call = BaseClient._make_api_call

    def changed(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        answer = call(self, operation, parameters)
        return answer | said if operation == "GetFunctionConfiguration" else answer

    monkeypatch.setattr(BaseClient, "_make_api_call", changed)
    return said


def test_a_container_image_is_refused_for_no_zip_can_overwrite_it(
    aws: AWS, wildrydes: Cli, found: dict[str, Any]
) -> None:
    named = ("--function-name", "Images", "--role-name", "Painter")
    deployed(wildrydes, *named)
    found["PackageType"] = "Image"
    aws.calls.clear()
    message, hint = wildrydes("function", "deploy", "--yes", *named).error(1)
    assert "container image" in message
    assert hint.endswith("wildrydes function delete --function-name Images --role-name Painter")
    assert aws.writes == []


def test_variables_that_may_not_be_read_are_not_overwritten(aws: AWS, wildrydes: Cli, found: dict[str, Any]) -> None:
    deployed(wildrydes)
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", MemorySize=256)
    found["Environment"] = {"Error": {"ErrorCode": "AccessDeniedException", "Message": "not authorized"}}
    aws.calls.clear()
    message, hint = wildrydes("function", "deploy", "--yes").error(4)
    assert "not authorized" in message
    assert "kms:Decrypt" in hint
    assert aws.writes == []


@pytest.mark.parametrize("status", ["State", "LastUpdateStatus"])
def test_a_function_that_failed_is_updated_by_the_next(
    aws: AWS, wildrydes: Cli, found: dict[str, Any], status: str
) -> None:
    deployed(wildrydes)
    found |= {status: "Failed", f"{status}Reason": "no room"}
    aws.calls.clear()
    assert "no room" in wildrydes("function", "deploy").error(4)[0]
    assert aws.writes == ["UpdateFunctionConfiguration", "UpdateFunctionCode"]


def test_lambda_is_waited_for_between_changes(aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change Lambda is at work until it was looked at twice, and refuses another one meanwhile."""
    call = BaseClient._make_api_call
    looks = 0

    def busy(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        nonlocal looks
        changes = operation.startswith(("CreateFunction", "UpdateFunction"))
        if changes and looks:
            aws.fail(operation, "ResourceConflictException", "An update is in progress")
        answer = call(self, operation, parameters)
        if operation == "GetFunctionConfiguration" and looks:
            looks -= 1
            return answer | {"LastUpdateStatus": "InProgress"}
        looks = 2 if changes else looks
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", busy)
    deployed(wildrydes)
    assert looks == 0
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", MemorySize=256)
    assert deployed(wildrydes) == every("unchanged", Function="updated")
    assert looks == 0


def test_a_new_role_is_waited_for_before_it_gets_its_policies(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("GetRole", "NoSuchEntity", times=3)
    deployed(wildrydes)
    made = [name for name, _ in aws.calls if name in {"CreateRole", "GetRole", "AttachRolePolicy"}]
    assert made == ["GetRole", "CreateRole", "GetRole", "GetRole", "GetRole", "AttachRolePolicy"]


def test_variables_of_the_users_own_are_kept(aws: AWS, wildrydes: Cli) -> None:
    deployed(wildrydes)
    variables = {"Variables": {"MINE": "1", "WILDRYDES_TABLE": "Other"}}
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", Environment=variables)
    deployed(wildrydes)
    assert function(aws)["Environment"]["Variables"] == {
        "MINE": "1",
        "WILDRYDES_TABLE": "Rides",
        "AWS_RETRY_MODE": "standard",
    }


def test_aws_own_policy_is_that_of_the_tables_partition() -> None:
    arn = managed_policy_arn("arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/Rides")
    assert arn == "arn:aws-us-gov:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def test_a_function_that_is_deleted_while_it_is_waited_for_is_an_error(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("GetFunctionConfiguration", "ResourceNotFoundException", times=2)  # before it is made, and after
    assert "RequestUnicorn" in wildrydes("function", "deploy").error(4)[0]
    assert "CreateFunction" in aws.writes


def test_a_function_that_is_never_ready_is_given_up(aws: AWS, wildrydes: Cli, found: dict[str, Any]) -> None:
    found["State"] = "Pending"
    assert "RequestUnicorn" in wildrydes("function", "deploy").error(4)[0]


@pytest.fixture
def another(aws: AWS, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A function that lets another deployment be faster: it makes the same calls just before ours."""
    call = BaseClient._make_api_call

    def is_faster_at(*operations: str) -> None:
        left = list(operations)

        def after_the_other(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
            if operation in left:
                left.remove(operation)
                call(self, operation, parameters)
            return call(self, operation, parameters)

        monkeypatch.setattr(BaseClient, "_make_api_call", after_the_other)

    return is_faster_at


@pytest.mark.parametrize(
    "operations",
    [
        ("CreateRole",),
        ("CreateFunction",),
        ("CreateRole", "AttachRolePolicy", "PutRolePolicy", "CreateFunction"),
    ],
    ids=" ".join,
)
def test_another_deployment_may_be_faster(
    aws: AWS, wildrydes: Cli, another: Callable[..., None], operations: tuple[str, ...]
) -> None:
    another(*operations)
    deployed(wildrydes)
    assert [name for name, _ in aws.calls].count("CreateFunction") == 1 + ("CreateFunction" in operations)
    assert deployed(wildrydes) == every("unchanged")


def test_what_a_faster_deployment_made_otherwise_is_made_ours(aws: AWS, wildrydes: Cli) -> None:
    deployed(wildrydes, "--function-name", "Other")
    aws.calls.clear()
    client = aws.client("lambda")

    def made_otherwise(operation: str, parameters: dict[str, Any]) -> None:
        client.create_function(**{**parameters, "Timeout": 3})

    aws.before["CreateFunction"] = made_otherwise
    deployed(wildrydes)
    assert function(aws)["Timeout"] == 10
    assert deployed(wildrydes) == every("unchanged")


@pytest.mark.parametrize("operation", ["UpdateFunctionConfiguration", "UpdateFunctionCode"])
def test_a_function_that_another_deployment_is_changing_is_waited_for(aws: AWS, wildrydes: Cli, operation: str) -> None:
    deployed(wildrydes)
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", Timeout=3)
    aws.fail(operation, "ResourceConflictException", "An update is in progress", times=3)
    assert deployed(wildrydes) == every("unchanged", Function="updated")
    assert function(aws)["Timeout"] == 10


@pytest.mark.parametrize(
    ("operation", "code"),
    [("PutRolePolicy", "ConcurrentModification"), ("UpdateFunctionCode", "ResourceConflictException")],
)
def test_changes_of_others_that_do_not_end_are_an_error(aws: AWS, wildrydes: Cli, operation: str, code: str) -> None:
    deployed(wildrydes)
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", Timeout=3)
    put_policy(aws, action="dynamodb:GetItem")
    aws.fail(operation, code, "busy", times=999)
    wildrydes("function", "deploy", "--yes").error(4)


def test_a_function_of_somebody_else_that_appears_after_the_plan_is_not_overwritten(aws: AWS, wildrydes: Cli) -> None:
    client = aws.client("lambda")

    def appears(operation: str, parameters: dict[str, Any]) -> None:
        client.create_function(**{**parameters, "Runtime": "nodejs22.x", "Handler": "other.index"})

    aws.before["CreateFunction"] = appears
    message, _ = wildrydes("function", "deploy").error(1)
    assert "nodejs22.x, handler other.index" in message
    assert function(aws)["Handler"] == "other.index"


def test_variables_that_are_set_after_the_plan_are_kept(aws: AWS, wildrydes: Cli) -> None:
    deployed(wildrydes)
    client = aws.client("lambda")
    client.update_function_configuration(FunctionName="RequestUnicorn", Timeout=3)

    def somebody_sets_one(*_: object) -> None:
        variables = function(aws)["Environment"]["Variables"] | {"NEW": "1"}
        client.update_function_configuration(FunctionName="RequestUnicorn", Environment={"Variables": variables})

    # The second look at the function is the one before its update.
    aws.before["GetFunctionConfiguration"] = lambda *_: aws.before.update(GetFunctionConfiguration=somebody_sets_one)
    deployed(wildrydes)
    assert function(aws)["Environment"]["Variables"]["NEW"] == "1"
