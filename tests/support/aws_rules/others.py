"""Rules of IAM, Lambda and DynamoDB that the emulators lack, each with its source."""

import json

from tests.support.aws_rules.call import Call, Json, Proceed, rule


@rule("iam", "CreateRole")
def roles_have_different_names_whatever_their_case(call: Call, proceed: Proceed) -> Json:
    """IAM: "CreateRole", RoleName: names are not distinguished by case."""
    name = call.parameters["RoleName"]
    if name.lower() in [each["RoleName"].lower() for each in call.ask("ListRoles")["Roles"]]:
        call.refuse("EntityAlreadyExists", f"Role with name {name} already exists.", 409)
    return proceed()


@rule("lambda", "AddPermission")
def statements_of_a_policy_have_different_ids(call: Call, proceed: Proceed) -> Json:
    """Lambda: "AddPermission", StatementId. The message is widely quoted."""
    found = call.find("GetPolicy", FunctionName=call.parameters["FunctionName"])
    sid = call.parameters["StatementId"]
    if found and sid in [each["Sid"] for each in json.loads(found["Policy"])["Statement"]]:
        message = f"The statement id ({sid}) provided already exists. "
        call.refuse(
            "ResourceConflictException",
            f"{message}Please provide a new statement id, or remove the existing statement.",
            409,
        )
    return proceed()


_LIMITED: set[str] = set()
"""The names of the functions whose concurrency was ever limited. No others need to be asked about."""


@rule("lambda", "PutFunctionConcurrency")
def a_function_can_be_limited(call: Call, proceed: Proceed) -> Json:
    """Remember that, for the rules below."""
    _LIMITED.add(call.parameters["FunctionName"])
    return proceed()


def _concurrency(call: Call) -> int | None:
    """Return how often the function of a call may run at once, if that is limited."""
    name = call.parameters["FunctionName"]
    found = call.find("GetFunctionConcurrency", FunctionName=name) if name in _LIMITED else None
    return (found or {}).get("ReservedConcurrentExecutions")


@rule("lambda", "GetFunction")
def get_function_has_the_concurrency(call: Call, proceed: Proceed) -> Json:
    """Lambda: "PutFunctionConcurrency": "Use GetFunction to see the current setting"."""
    answered, reserved = proceed(), _concurrency(call)
    return answered if reserved is None else answered | {"Concurrency": {"ReservedConcurrentExecutions": reserved}}


@rule("lambda", "Invoke")
def nobody_invokes_a_function_without_concurrency(call: Call, proceed: Proceed) -> Json:
    """Lambda: "Configuring reserved concurrency": 0 stops every invocation. The answer was recorded by LocalStack."""
    if _concurrency(call) == 0:
        reason = {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User"}
        call.refuse("TooManyRequestsException", "Rate Exceeded.", 429, **reason)
    return proceed()


@rule("dynamodb", "PutItem", "UpdateItem", "BatchWriteItem")
def keys_of_an_index_have_the_type_that_it_says(call: Call, proceed: Proceed) -> Json:
    """DynamoDB: "PutItem", Item. https://github.com/dynamoose/dynamoose/issues/296."""
    for table, item in _written(call):
        described = (call.find("DescribeTable", TableName=table) or {}).get("Table") or {}
        types = {each["AttributeName"]: each["AttributeType"] for each in described.get("AttributeDefinitions") or []}
        for index in described.get("GlobalSecondaryIndexes") or []:
            for name in (key["AttributeName"] for key in index["KeySchema"]):
                (kind,) = item.get(name, {types[name]: None})
                if kind != types[name]:
                    message = (
                        "One or more parameter values were invalid: Type mismatch for Index Key "
                        f"{name} Expected: {types[name]} Actual: {kind} IndexName: {index['IndexName']}"
                    )
                    call.refuse("ValidationException", message)
    return proceed()


def _written(call: Call) -> list[tuple[str, Json]]:
    """Return the tables and items that a call writes. Of an update, the values that it sets."""
    sent = call.parameters
    if call.operation == "BatchWriteItem":
        return [
            (table, each["PutRequest"]["Item"])
            for table, requests in sent["RequestItems"].items()
            for each in requests
            if "PutRequest" in each
        ]
    if call.operation == "PutItem":
        return [(sent["TableName"], sent["Item"])]
    names, values = sent.get("ExpressionAttributeNames") or {}, sent.get("ExpressionAttributeValues") or {}
    assignments = sent.get("UpdateExpression", "").removeprefix("SET ").split(", ")
    item = {}
    for name, _, value in (each.partition(" = ") for each in assignments):
        if value in values:
            item[names.get(name, name)] = values[value]
    return [(sent["TableName"], item)]


@rule("dynamodb", "UpdateTable")
def one_index_is_added_at_a_time(call: Call, proceed: Proceed) -> Json:
    """DynamoDB: "Managing Global Secondary Indexes". The message is in the tests of dynalite."""
    updates = call.parameters.get("GlobalSecondaryIndexUpdates") or []
    if sum("Create" in each or "Delete" in each for each in updates) > 1:
        message = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
        call.refuse("LimitExceededException", message)
    return proceed()
