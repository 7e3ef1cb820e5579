"""A test whose requests AWS would refuse fails, whatever the emulators say."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.service_model import REPORT, problems
from wildrydes_cli.aws import Account

ARN = "arn:aws:lambda:us-east-1:123456789012:function:RequestUnicorn"
ALLOW = {"FunctionName": "RequestUnicorn", "StatementId": "x", "Action": "lambda:InvokeFunction", "Principal": "x"}
CLIENT = {"UserPoolId": "us-east-1_x", "ClientName": "x"}
USER = {"UserPoolId": "us-east-1_x", "Username": "x"}


def broken(service: str, operation: str, parameters: Any) -> list[str]:
    """Say how parameters break the model of an operation."""
    shape = Account("us-east-1").client(service).meta.service_model.operation_model(operation).input_shape
    return list(problems(parameters, shape, operation))


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("lambda", "AddPermission", ALLOW),
        ("lambda", "AddPermission", {**ALLOW, "FunctionName": ARN}),
        ("cognito-idp", "AdminCreateUser", {**USER, "Username": "Дада+💫@example.com"}),
        ("cognito-idp", "CreateUserPoolClient", {**CLIENT, "RefreshTokenValidity": 315360000}),
        ("dynamodb", "GetItem", {"TableName": "Rides", "Key": {"RideId": {"S": ""}}, "ConsistentRead": True}),
        ("dynamodb", "Scan", {"TableName": "Rides", "Limit": 1}),
        ("logs", "FilterLogEvents", {"logGroupName": "/aws/lambda/x", "startTime": 0}),
        ("iam", "CreateRole", {"RoleName": "x", "AssumeRolePolicyDocument": "{}", "Description": "x\ny"}),
    ],
)
def test_a_request_that_fits_is_no_problem(service: str, operation: str, parameters: Any) -> None:
    assert broken(service, operation, parameters) == []


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "problem"),
    [
        ("dynamodb", "Scan", {}, "Scan lacks TableName"),
        ("dynamodb", "Scan", {"TableName": "Rides", "Limt": 1}, "Scan has no member Limt"),
        ("dynamodb", "Scan", {"TableName": "Rides", "Limit": "1"}, "Scan.Limit is '1', not of type integer"),
        ("dynamodb", "Scan", {"TableName": "Rides", "Limit": True}, "Scan.Limit is True, not of type integer"),
        ("dynamodb", "Scan", {"TableName": "Rides", "Limit": 0}, "Scan.Limit is 0, not from 1 to None"),
        ("dynamodb", "Scan", {"TableName": "Rides", "Select": "ALL"}, "Scan.Select is 'ALL', not one of ALL_ATTRIB"),
        ("dynamodb", "Scan", {"TableName": ""}, "Scan.TableName has length 0, not from 1 to 1024"),
        (
            "dynamodb",
            "GetItem",
            {"TableName": "Rides", "Key": {"RideId": {"S": 1}}},
            "GetItem.Key['RideId'].S is 1, not of type string",
        ),
        (
            "dynamodb",
            "BatchWriteItem",
            {"RequestItems": {"Rides": [{}] * 26}},
            "BatchWriteItem.RequestItems['Rides'] has length 26, not from 1 to 25",
        ),
        (
            "dynamodb",
            "BatchWriteItem",
            {"RequestItems": {"Rides": [{"PutRequest": {}}]}},
            "BatchWriteItem.RequestItems['Rides'][0].PutRequest lacks Item",
        ),
        (
            "lambda",
            "AddPermission",
            {**ALLOW, "StatementId": "x.y"},
            "AddPermission.StatementId is 'x.y', which does not match",
        ),
        ("lambda", "AddPermission", {**ALLOW, "StatementId": "é"}, "AddPermission.StatementId is 'é', which does not"),
        (
            "cognito-idp",
            "AdminCreateUser",
            {**USER, "Username": "Ada Lovelace"},
            "AdminCreateUser.Username is 'Ada Lovelace', which does not match",
        ),
        (
            "cognito-idp",
            "CreateUserPoolClient",
            {**CLIENT, "ExplicitAuthFlows": ["ALLOW_ALL"]},
            "CreateUserPoolClient.ExplicitAuthFlows[0] is 'ALLOW_ALL', not one of",
        ),
        (
            "lambda",
            "UpdateFunctionConfiguration",
            {"FunctionName": "x", "Environment": {"Variables": {"1": "x"}}},
            "the key '1' of UpdateFunctionConfiguration.Environment.Variables is '1', which does not match",
        ),
    ],
)
def test_a_request_that_breaks_the_model_is_named(service: str, operation: str, parameters: Any, problem: str) -> None:
    (found,) = broken(service, operation, parameters)
    assert found.startswith(problem)


def test_what_is_sent_is_reported_and_sent(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "report"
    monkeypatch.setenv(REPORT, str(report))
    client.list_tables(Limit=10)
    assert not report.exists()
    client.list_tables(Limit=1000)
    assert report.read_text() == "ListTables.Limit is 1000, not from 1 to 100\n"
