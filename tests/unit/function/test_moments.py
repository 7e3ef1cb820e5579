"""`function deploy` and `function delete` succeed while not all of AWS knows yet what was changed a moment ago."""

import io

import pytest

from tests.support.aws_rules.call import Call, Json, Proceed
from tests.support.aws_rules.moments import BusyFunction, Conflicting, NewRole, NotThereYet, RoleOfTheVariables
from tests.support.fake_aws import AWS
from tests.support.parts import FUNCTION_PARTS
from tests.support.running import Cli

NAMED = {"FunctionName": "RequestUnicorn"}


@pytest.fixture(autouse=True)
def slow(aws: AWS, wildrydes: Cli, pauses: list[float]) -> None:
    """A table, and an AWS that takes its time."""
    wildrydes("setup-table").must()
    aws.rules += [NotThereYet(times=3), NewRole(90, lambda: sum(pauses)), BusyFunction(looks=3)]
    changes = ("AttachRolePolicy", "PutRolePolicy", "DetachRolePolicy", "DeleteRolePolicy", "DeleteRole")
    aws.rules.append(Conflicting(changes, times=5))


def deploy(aws: AWS, wildrydes: Cli) -> list[str]:
    """Deploy, and return what became of the parts. After a deployment, all of AWS knows what it created."""
    parts = wildrydes("function", "deploy", "-o", "json").must().json["Parts"]
    aws.rules[0] = NotThereYet(times=3)
    return [parts[part] for part in FUNCTION_PARTS]


def test_a_first_deployment_succeeds(aws: AWS, wildrydes: Cli) -> None:
    assert deploy(aws, wildrydes) == ["created"] * 4
    assert deploy(aws, wildrydes) == ["unchanged"] * 4


def test_an_update_succeeds(aws: AWS, wildrydes: Cli) -> None:
    deploy(aws, wildrydes)
    aws.client("lambda").update_function_configuration(**NAMED, Timeout=3)
    assert deploy(aws, wildrydes) == ["unchanged"] * 3 + ["updated"]
    assert deploy(aws, wildrydes) == ["unchanged"] * 4


def test_a_deletion_succeeds_and_what_is_deleted_can_be_deployed_again(aws: AWS, wildrydes: Cli) -> None:
    for _ in range(2):
        assert deploy(aws, wildrydes) == ["created"] * 4
        removed = wildrydes("function", "delete", "--yes", "-o", "json").must().json
        assert removed == {"Function": "deleted", "Role": "deleted", "LogGroup": "absent"}


def test_a_function_with_the_variables_of_an_earlier_version_works_again(aws: AWS, wildrydes: Cli) -> None:
    """Its role was deleted and created again, for which Lambda does not decrypt them."""
    iam = aws.client("iam")

    def role_id(arn: str) -> str:
        roles = {role["Arn"]: str(role["RoleId"]) for role in iam.list_roles()["Roles"]}
        return roles.get(arn, "")

    def run(call: Call, proceed: Proceed) -> Json:
        return {"Payload": io.BytesIO(b'{"statusCode": 201}')} if call.operation == "Invoke" else proceed()

    aws.rules += [run, RoleOfTheVariables(role_id)]
    deploy(aws, wildrydes)
    aws.client("lambda").update_function_configuration(**NAMED, Environment={"Variables": {"WILDRYDES_TABLE": "Rides"}})
    wildrydes("function", "invoke").must()
    role = {"RoleName": "WildRydesLambda"}
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    aws.rules[:] = [rule for rule in aws.rules if not isinstance(rule, Conflicting)]
    iam.detach_role_policy(**role, PolicyArn=arn)
    iam.delete_role_policy(**role, PolicyName="DynamoDBWriteAccess")
    iam.delete_role(**role)
    deploy(aws, wildrydes)
    wildrydes("function", "invoke").must()
