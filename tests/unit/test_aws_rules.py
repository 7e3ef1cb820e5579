"""The fake of AWS answers as AWS does where moto is lenient: each rule of `aws_rules` refuses what AWS refuses."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws_rules.moments import (
    AskedTooOften,
    BusyFunction,
    BusyTable,
    Conflicting,
    LostPermission,
    NewRole,
    NoNetworkInterfaces,
    NotThereYet,
    OneDeletionIn30Seconds,
    RepeatedToken,
    RoleOfTheVariables,
    SlowAmplify,
    SlowDomain,
    ThrottledWrites,
)
from tests.support.console import Console, create_function
from tests.support.fake_aws import AWS, Json
from tests.support.proxy import Proxy, Request, Response

CONFLICT, BAD, INVALID = "ConflictException", "BadRequestException", "InvalidParameterException"
FUNCTION = {"FunctionName": "RequestUnicorn"}
ITEM = {"RideId": {"S": "a"}, "User": {"N": "1"}}


def refused(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """Return the code and the message with which an operation is refused."""
    with pytest.raises(ClientError) as raised:
        operation(**parameters)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def api(aws: AWS, console: Console) -> Json:
    """An API with an authorizer and a method that uses it. Returns the parameters that name the method."""
    console.create_pool()
    console.create_api()
    console.create_authorizer()
    console.set_post()
    return {"restApiId": console.api, "resourceId": console.resource(), "httpMethod": "POST"}


def test_api_gateway_takes_nothing_twice(aws: AWS, console: Console, api: Json) -> None:
    gateway = aws.client("apigateway")
    parent = console.resource("/")
    twice = "Another resource with the same parent already has this name: ride"
    assert refused(gateway.create_resource, restApiId=api["restApiId"], parentId=parent, pathPart="ride") == (
        CONFLICT,
        twice,
    )
    code, message = refused(gateway.put_method, authorizationType="NONE", **api)
    assert (code, message) == (CONFLICT, "Method already exists for this resource")
    gateway.put_method_response(statusCode="200", **api)
    assert refused(gateway.put_method_response, statusCode="200", **api)[0] == CONFLICT
    with pytest.raises(ClientError, match="Authorizer name must be unique"):
        console.create_authorizer()


def test_api_gateway_takes_nothing_that_needs_something_else(aws: AWS, console: Console, api: Json) -> None:
    gateway = aws.client("apigateway")
    get = {**api, "httpMethod": "GET"}
    code, message = refused(gateway.put_method, authorizationType="COGNITO_USER_POOLS", authorizerId="nope", **get)
    assert code == BAD
    assert "requires a valid authorizer" in message
    assert refused(gateway.put_integration_response, statusCode="200", **api)[0] == "NotFoundException"
    console.create_api()
    empty = next(each for each in console.apis if each != api["restApiId"])
    deploy = gateway.create_deployment
    assert refused(deploy, restApiId=empty, stageName="prod") == (BAD, "The REST API doesn't contain any methods")
    gateway.put_method(authorizationType="NONE", **get)
    assert refused(deploy, restApiId=api["restApiId"], stageName="prod") == (BAD, "No integration defined for method")


def test_api_gateway_deletes_nothing_that_is_used(aws: AWS, console: Console, api: Json) -> None:
    gateway, named = aws.client("apigateway"), {"restApiId": api["restApiId"]}
    code, message = refused(gateway.delete_authorizer, authorizerId=console.authorizer, **named)
    assert code == CONFLICT
    assert message.endswith("is referenced in method: POST//ride")
    console.enable_cors()
    console.deploy()
    gateway.create_domain_name(domainName="rides.example.com", certificateName="x")
    gateway.create_base_path_mapping(domainName="rides.example.com", stage="prod", **named)
    assert "remove all base path mappings" in refused(gateway.delete_rest_api, **named)[1]


def test_api_gateway_describes_methods_only_if_they_are_wanted(aws: AWS, api: Json) -> None:
    gateway = aws.client("apigateway")

    def method(**embed: Any) -> Any:
        listed = gateway.get_resources(restApiId=api["restApiId"], **embed)["items"]
        return next(each["resourceMethods"] for each in listed if each["path"] == "/ride")["POST"]

    assert method() == {}
    assert method(embed=["methods"])["authorizationType"] == "COGNITO_USER_POOLS"


@pytest.mark.parametrize(("query", "sent"), [("", {}), ("?embed=methods", {"httpMethod": "POST"})])
def test_an_answer_that_a_rule_changes_is_changed_behind_the_proxy_too(
    monkeypatch: pytest.MonkeyPatch, query: str, sent: Mapping[str, str]
) -> None:
    def answer_of_engine(method: Mapping[str, str]) -> bytes:
        return json.dumps({"item": [{"path": "/ride", "resourceMethods": {"POST": method}}]}).encode()

    engine = Response(200, [], answer_of_engine({"httpMethod": "POST"}))
    monkeypatch.setattr(Proxy, "_forward", lambda *_: engine)
    signed = {"authorization": "AWS4-HMAC-SHA256 Credential=1/20261123/us-east-1/apigateway/aws4_request"}
    answered = Proxy("", "").answer(Request("GET", f"/restapis/a/resources{query}", signed, b""))
    assert answered
    assert answered.body == answer_of_engine(sent)


def test_api_gateway_tells_what_was_deployed_if_it_is_asked(aws: AWS, console: Console, api: Json) -> None:
    gateway, named = aws.client("apigateway"), {"restApiId": api["restApiId"]}
    deployed = {**named, "deploymentId": gateway.create_deployment(**named)["id"]}
    console.set_post(authorizationType="NONE", apiKeyRequired=True)
    assert "apiSummary" not in gateway.get_deployment(**deployed)
    summary = gateway.get_deployment(embed=["apisummary"], **deployed)["apiSummary"]
    assert summary == {"/ride": {"POST": {"authorizationType": "COGNITO_USER_POOLS", "apiKeyRequired": False}}}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]}, "REFRESH_TOKEN_AUTH should always be allowed"),
        ({"ExplicitAuthFlows": ["ADMIN_NO_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}, "mix"),
        ({"IdTokenValidity": 4, "TokenValidityUnits": {"IdToken": "minutes"}}, "Invalid range"),
        ({"AccessTokenValidity": 25}, "Invalid range"),
        ({"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}}, "Invalid range"),
        ({"CallbackURLs": ["http://example.com/"]}, "cannot use the HTTP protocol"),
        ({"LogoutURLs": ["http://192.0.2.1/"]}, "cannot use the HTTP protocol"),
    ],
)
def test_cognito_refuses_an_app_client(aws: AWS, console: Console, settings: Json, said: str) -> None:
    console.create_pool()
    create = aws.client("cognito-idp").create_user_pool_client
    code, message = refused(create, UserPoolId=console.pool, ClientName="x", **settings)
    assert code == INVALID
    assert said in message
    console.create_client(CallbackURLs=["https://example.com/", "http://127.0.0.1:8080/", "http://localhost/"])


def test_cognito_resets_what_an_update_does_not_name(aws: AWS, console: Console) -> None:
    pool, cognito = console.create_pool(AutoVerifiedAttributes=["email"]), aws.client("cognito-idp")
    at = {"UserPoolId": pool}
    client = console.create_client(CallbackURLs=["https://example.com/"], IdTokenValidity=2)
    cognito.update_user_pool(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True}, **at)
    cognito.update_user_pool(Policies={"PasswordPolicy": {"MinimumLength": 20, "RequireSymbols": False}}, **at)
    described = cognito.describe_user_pool(**at)["UserPool"]
    assert described["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is False
    assert not described.get("AutoVerifiedAttributes")
    passwords = described["Policies"]["PasswordPolicy"]
    assert (passwords["MinimumLength"], passwords["RequireSymbols"], passwords["RequireNumbers"]) == (20, False, True)
    cognito.update_user_pool_client(ClientId=client, LogoutURLs=["https://example.com/"], **at)
    found = cognito.describe_user_pool_client(ClientId=client, **at)["UserPoolClient"]
    assert (found["IdTokenValidity"], found["CallbackURLs"]) == (60, [])


def test_cognito_keeps_domains_and_pools_apart(aws: AWS, console: Console) -> None:
    pool, cognito = console.create_pool(), aws.client("cognito-idp")
    other = cognito.create_user_pool(PoolName="Other", DeletionProtection="ACTIVE")["UserPool"]["Id"]
    domain = cognito.create_user_pool_domain
    domain(Domain="unicorns", UserPoolId=pool)
    assert "already has a domain" in refused(domain, Domain="horses", UserPoolId=pool)[1]
    assert "already associated" in refused(domain, Domain="unicorns", UserPoolId=other)[1]
    assert "reserved word" in refused(domain, Domain="my-aws-rides", UserPoolId=other)[1]
    assert "It has a domain configured" in refused(cognito.delete_user_pool, UserPoolId=pool)[1]
    assert "deletion protection" in refused(cognito.delete_user_pool, UserPoolId=other)[1]
    remove = cognito.delete_user_pool_domain
    assert "No such domain" in refused(remove, Domain="horses", UserPoolId=pool)[1]
    assert "No such domain" in refused(remove, Domain="unicorns", UserPoolId=other)[1]
    remove(Domain="unicorns", UserPoolId=pool)
    cognito.delete_user_pool(UserPoolId=pool)


def test_cognito_lets_in_only_whom_the_pool_and_the_client_allow(aws: AWS, console: Console) -> None:
    pool = console.create_pool(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    client, cognito = console.create_client(), aws.client("cognito-idp")
    code, message = refused(cognito.sign_up, ClientId=client, Username="ada", Password="Passw0rd!")
    assert (code, message) == ("NotAuthorizedException", "SignUp is not permitted for this user pool")
    sign_in = {"AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "ada", "PASSWORD": "x"}}
    assert "flow not enabled" in refused(cognito.admin_initiate_auth, UserPoolId=pool, ClientId=client, **sign_in)[1]


def test_iam_and_lambda_take_nothing_twice(aws: AWS) -> None:
    create_function(aws.client)
    iam, functions = aws.client("iam"), aws.client("lambda")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    code, _ = refused(iam.create_role, RoleName="ROLE-requestunicorn", AssumeRolePolicyDocument=trust)
    assert code == "EntityAlreadyExists"
    allow = {**FUNCTION, "StatementId": "x", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    functions.add_permission(**allow)
    assert refused(functions.add_permission, **allow)[0] == "ResourceConflictException"


def test_a_function_without_concurrency_can_not_be_invoked(aws: AWS) -> None:
    create_function(aws.client)
    functions = aws.client("lambda")
    assert "Concurrency" not in functions.get_function(**FUNCTION)
    functions.put_function_concurrency(ReservedConcurrentExecutions=0, **FUNCTION)
    assert functions.get_function(**FUNCTION)["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    assert "Concurrency" not in functions.get_function_configuration(**FUNCTION)
    assert refused(functions.invoke, **FUNCTION) == ("TooManyRequestsException", "Rate Exceeded.")


@pytest.fixture
def table(aws: AWS) -> Any:
    """A table with an index whose key is a String. Returns the client."""
    client = aws.client("dynamodb")
    client.create_table(
        TableName="Rides",
        KeySchema=[{"AttributeName": "RideId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("RideId", "User")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "RidesByUser",
                "KeySchema": [{"AttributeName": "User", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def test_dynamodb_refuses_a_key_of_an_index_that_has_another_type(table: Any) -> None:
    update = {
        "Key": {"RideId": {"S": "a"}},
        "UpdateExpression": "SET Color = :color, #user = :user",
        "ExpressionAttributeNames": {"#user": "User"},
        "ExpressionAttributeValues": {":user": {"N": "1"}, ":color": {"S": "White"}},
    }
    for operation, parameters in (
        (table.put_item, {"TableName": "Rides", "Item": ITEM}),
        (table.batch_write_item, {"RequestItems": {"Rides": [{"PutRequest": {"Item": ITEM}}]}}),
        (table.update_item, {"TableName": "Rides", **update}),
    ):
        code, message = refused(operation, **parameters)
        assert code == "ValidationException"
        assert "Type mismatch for Index Key User Expected: S Actual: N IndexName: RidesByUser" in message
    table.put_item(TableName="Rides", Item={"RideId": {"S": "a"}})


def test_dynamodb_adds_one_index_at_a_time(table: Any) -> None:
    create = {"KeySchema": [{"AttributeName": "X", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}
    updates = [{"Create": {"IndexName": name, **create}} for name in ("One", "Two")]
    definitions = [{"AttributeName": name, "AttributeType": "S"} for name in ("RideId", "User", "X")]
    code, _ = refused(
        table.update_table,
        TableName="Rides",
        AttributeDefinitions=definitions,
        GlobalSecondaryIndexUpdates=updates,
    )
    assert code == "LimitExceededException"


class TestMoments:
    """Rules that a test chooses."""

    def test_what_was_just_created_is_not_found_at_once(self, aws: AWS) -> None:
        aws.rules.append(NotThereYet())
        create_function(aws.client)
        get = aws.client("lambda").get_function
        assert refused(get, **FUNCTION)[0] == "ResourceNotFoundException"
        get(**FUNCTION)
        assert refused(aws.client("iam").get_role, RoleName="Role-RequestUnicorn")[0] == "NoSuchEntity"

    def test_lambda_does_not_know_a_new_role(self, aws: AWS) -> None:
        now = 0.0
        aws.rules.append(NewRole(20, lambda: now))
        with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
            create_function(aws.client)
        now = 20
        create = aws.client("lambda").create_function
        role = aws.client("iam").get_role(RoleName="Role-RequestUnicorn")["Role"]["Arn"]
        create(Role=role, Runtime="python3.13", Handler="x.y", Code={"ZipFile": b"zip"}, **FUNCTION)

    def test_a_function_is_busy_for_some_requests(self, aws: AWS) -> None:
        aws.rules.append(BusyFunction())
        create_function(aws.client)
        functions = aws.client("lambda")
        code, message = refused(functions.update_function_configuration, Timeout=9, **FUNCTION)
        assert (code, "in progress" in message) == ("ResourceConflictException", True)
        assert functions.get_function(**FUNCTION)["Configuration"]["LastUpdateStatus"] == "InProgress"
        functions.update_function_configuration(Timeout=9, **FUNCTION)

    def test_of_two_permissions_one_is_lost(self, aws: AWS) -> None:
        now = 0.0
        aws.rules.append(LostPermission(lambda: now))
        create_function(aws.client)
        functions = aws.client("lambda")
        for sid in "ab":
            functions.add_permission(
                StatementId=sid, Action="lambda:InvokeFunction", Principal="s3.amazonaws.com", **FUNCTION
            )
        (statement,) = json.loads(functions.get_policy(**FUNCTION)["Policy"])["Statement"]
        assert statement["Sid"] == "b"

    def test_variables_can_be_read_only_by_the_role_that_they_were_set_for(self, aws: AWS) -> None:
        ids = {"arn:aws:iam::123456789012:role/Role-RequestUnicorn": "AROA1"}
        aws.rules.append(RoleOfTheVariables(lambda arn: ids.get(arn, "")))
        aws.planted["GetFunctionConfiguration"] = lambda answer: answer | {"Environment": {"Variables": {"TABLE": "1"}}}
        create_function(aws.client)
        functions = aws.client("lambda")
        (role,) = ids
        functions.update_function_configuration(Environment={"Variables": {"TABLE": "1"}}, **FUNCTION)
        ids[role] = "AROA2"
        functions.update_function_configuration(Role=role, **FUNCTION)
        assert refused(functions.invoke, **FUNCTION)[0] == "KMSAccessDeniedException"

    def test_one_api_is_deleted_in_30_seconds(self, aws: AWS, console: Console) -> None:
        now = 0.0
        aws.rules.append(OneDeletionIn30Seconds(lambda: now))
        apis, delete = [console.create_api() for _ in range(2)], aws.client("apigateway").delete_rest_api
        delete(restApiId=apis[0])
        assert refused(delete, restApiId=apis[1])[0] == "TooManyRequestsException"
        now = 30
        delete(restApiId=apis[1])

    def test_an_account_is_answered_ten_times_a_second(self, aws: AWS) -> None:
        now = 0.0
        aws.rules.append(AskedTooOften(1, lambda: now))
        list_apis = aws.client("apigateway").get_rest_apis
        list_apis()
        assert refused(list_apis)[0] == "TooManyRequestsException"
        now = 0.1
        list_apis()
        now = 100
        for _ in range(40):
            list_apis()
        assert refused(list_apis)[0] == "TooManyRequestsException"

    def test_amplify_calls_too_many_requests_bad(self, aws: AWS) -> None:
        aws.rules.append(SlowAmplify())
        create = aws.client("amplify").create_app
        code, message = refused(create, name="WildRydes")
        assert (code, message.startswith("Rate exceeded")) == ("BadRequestException", True)
        create(name="WildRydes")

    def test_a_domain_takes_a_while_to_go(self, aws: AWS, console: Console) -> None:
        now = 0.0
        aws.rules.append(SlowDomain(20, lambda: now))
        cognito, named = aws.client("cognito-idp"), {"UserPoolId": console.create_pool(), "Domain": "a-class"}
        cognito.create_user_pool_domain(**named)
        cognito.delete_user_pool_domain(**named)
        assert "already exists" in refused(cognito.create_user_pool_domain, **named)[1]
        assert "has a domain" in refused(cognito.delete_user_pool, UserPoolId=named["UserPoolId"])[1]
        now = 20
        cognito.create_user_pool_domain(**named)

    def test_others_change_the_same_thing(self, aws: AWS) -> None:
        aws.rules += [Conflicting(("DeleteRole",)), Conflicting(("DeleteLogGroup",))]
        create_function(aws.client)
        iam = aws.client("iam")
        assert refused(iam.delete_role, RoleName="Role-RequestUnicorn")[0] == "DeleteConflict"
        iam.delete_role(RoleName="Role-RequestUnicorn")
        code, _ = refused(aws.client("logs").delete_log_group, logGroupName="/aws/lambda/x")
        assert code == "OperationAbortedException"

    def test_writes_are_throttled(self, aws: AWS, table: Any) -> None:
        now = 0.0
        aws.rules.append(ThrottledWrites(30, lambda: now))
        item = {"TableName": "Rides", "Item": {"RideId": {"S": "a"}}}
        assert refused(table.put_item, **item)[0] == "ProvisionedThroughputExceededException"
        now = 30
        table.put_item(**item)

    def test_a_table_is_busy_until_it_was_looked_at(self, aws: AWS, request: pytest.FixtureRequest) -> None:
        aws.rules.append(BusyTable())
        table = request.getfixturevalue("table")
        assert refused(table.delete_table, TableName="Rides")[0] == "ResourceInUseException"
        states = [table.describe_table(TableName="Rides")["Table"]["TableStatus"] for _ in range(3)]
        assert states == ["CREATING", "CREATING", "ACTIVE"]
        table.delete_table(TableName="Rides")

    def test_a_page_of_the_log_has_the_token_that_was_sent(self, aws: AWS) -> None:
        aws.rules.append(RepeatedToken())
        read = aws.client("logs").filter_log_events
        assert read(logGroupName="/aws/lambda/x", nextToken="t")["nextToken"] == "t"
        assert refused(read, logGroupName="/aws/lambda/x", nextToken="t")[0] == "ResourceNotFoundException"

    def test_a_function_in_a_vpc_needs_a_role_for_that(self, aws: AWS) -> None:
        role = "arn:aws:iam::123456789012:role/Role-RequestUnicorn"
        aws.rules.append(NoNetworkInterfaces())
        create_function(aws.client)
        update = aws.client("lambda").update_function_configuration
        update(Role=role, **FUNCTION)
        update(VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}, **FUNCTION)
        assert "CreateNetworkInterface" in refused(update, Role=role, **FUNCTION)[1]
