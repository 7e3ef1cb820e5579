"""`api deploy` brings the API and its users to what they should be, from wherever they are."""

import json

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.support.console import URI, Console, create_function
from tests.support.fake_aws import AWS, Json
from tests.support.gateway import Gateway
from tests.support.parts import API_PARTS
from tests.support.repeat import some_of
from tests.support.running import Cli
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_http import Response
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.requests import invoke_url
from wildrydes_cli.deploy.rest_api import RestApi
from wildrydes_cli.errors import ServiceError

pytestmark = pytest.mark.usefixtures("lambda_function")

CREATES = {
    "CreateUserPool": "user pool WildRydes",
    "CreateUserPoolClient": "app client WildRydesWebApp",
    "CreateRestApi": "REST API WildRydes",
}
"""What creates a second one if it is sent twice, and what it creates."""

CREATED = [1]
"""The pause after a pool, a client or an API is created: another may be created at the same time."""
WATCHED = [0.1, 0.2, 0.4]
"""The pauses while a new permission is watched."""


def every(how: str, **but: str) -> dict[str, str]:
    """Return the same for every part of the API, except for those that are named."""
    return dict.fromkeys(API_PARTS, how) | but


def deployed(wildrydes: Cli, *words: str) -> dict[str, str]:
    """Deploy, and return what became of each part."""
    parts: dict[str, str] = wildrydes("api", "deploy", "-o", "json", *words).must().json["Parts"]
    return parts


@pytest.mark.usefixtures("our_api")
class TestWhatIsSent:
    """What no emulator checks: the settings of the users, the API and the permission."""

    def test_riders_may_register_with_an_address_and_a_password_as_in_the_tutorial(self, aws: AWS) -> None:
        """The tutorial asks for "at least one uppercase letter, a number, and a special character"."""
        sent = aws.parameters("CreateUserPool")
        assert sent["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": False}
        rules = sent["Policies"]["PasswordPolicy"]
        password = "Passw0rd!"
        assert len(password) >= rules["MinimumLength"]
        kinds = {"Uppercase": str.isupper, "Lowercase": str.islower, "Numbers": str.isdigit}
        assert all(any(map(kinds[name], password)) for name in kinds)
        assert {name: rules[f"Require{name}"] for name in kinds} == dict.fromkeys(kinds, True)
        assert rules["RequireSymbols"] is True
        # Without an address that is required, Cognito's own pages ask for none, and nobody is ever confirmed. What a
        # pool requires can't be changed later. An address that nobody may change can't be verified by Cognito.
        email = {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}
        assert sent["Schema"] == [email]

    def test_users_sign_in_with_the_name_that_is_on_their_rides(self, aws: AWS) -> None:
        sent = aws.parameters("CreateUserPool")
        assert sent["AutoVerifiedAttributes"] == ["email"]
        assert sent["UsernameConfiguration"] == {"CaseSensitive": False}
        assert not {"AliasAttributes", "UsernameAttributes"} & set(sent)

    def test_the_client_is_one_for_a_page_that_keeps_no_secret(self, aws: AWS) -> None:
        sent = aws.parameters("CreateUserPoolClient")
        assert sent["ClientName"] == "WildRydesWebApp"
        assert sent["GenerateSecret"] is False
        assert sent["PreventUserExistenceErrors"] == "ENABLED"
        assert sent["EnableTokenRevocation"] is True
        assert sorted(sent["ExplicitAuthFlows"]) == ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]
        assert (sent["IdTokenValidity"], sent["AccessTokenValidity"], sent["RefreshTokenValidity"]) == (60, 60, 1)
        assert sent["TokenValidityUnits"] == {"IdToken": "minutes", "AccessToken": "minutes", "RefreshToken": "days"}

    def test_the_api_is_regional_and_what_is_ours_is_tagged_from_the_start(self, aws: AWS) -> None:
        sent = aws.parameters("CreateRestApi")
        assert sent["endpointConfiguration"] == {"types": ["REGIONAL"]}
        assert sent["tags"] == aws.parameters("CreateUserPool")["UserPoolTags"] == {"wildrydes": "api"}

    def test_the_authorizer_checks_the_token_in_the_header_authorization(self, aws: AWS, console: Console) -> None:
        sent = aws.parameters("CreateAuthorizer")
        assert sent["type"] == "COGNITO_USER_POOLS"
        assert sent["identitySource"] == "method.request.header.Authorization"
        assert sent["providerARNs"] == [f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{console.pool}"]

    def test_post_asks_the_authorizer_and_passes_the_request_to_the_function(self, aws: AWS, console: Console) -> None:
        (method,) = sent_for(aws, "PutMethod", "POST")
        assert (method["authorizationType"], method["authorizerId"]) == ("COGNITO_USER_POOLS", console.authorizer)
        (integration,) = sent_for(aws, "PutIntegration", "POST")
        assert (integration["type"], integration["integrationHttpMethod"], integration["uri"]) == (
            "AWS_PROXY",
            "POST",
            URI,
        )

    def test_options_answers_a_browser_without_a_token_or_the_function(self, aws: AWS) -> None:
        (method,) = sent_for(aws, "PutMethod", "OPTIONS")
        assert method["authorizationType"] == "NONE"
        (integration,) = sent_for(aws, "PutIntegration", "OPTIONS")
        assert integration["type"] == "MOCK"
        assert integration["requestTemplates"] == {"application/json": '{"statusCode": 200}'}
        (answer,) = sent_for(aws, "PutIntegrationResponse", "OPTIONS")
        assert answer["responseParameters"] == {
            "method.response.header.Access-Control-Allow-Origin": "'*'",
            "method.response.header.Access-Control-Allow-Headers": "'Authorization,Content-Type'",
            "method.response.header.Access-Control-Allow-Methods": "'POST,OPTIONS'",
        }
        (declared,) = sent_for(aws, "PutMethodResponse", "OPTIONS")
        assert set(declared["responseParameters"]) == set(answer["responseParameters"])
        assert declared["statusCode"] == answer["statusCode"] == "200"

    def test_a_page_may_read_the_answers_that_do_not_come_from_the_function(self, aws: AWS) -> None:
        sent = {each["responseType"]: each for name, each in aws.calls if name == "PutGatewayResponse"}
        assert set(sent) == {"DEFAULT_4XX", "DEFAULT_5XX"}
        for each in sent.values():
            assert each["responseParameters"] == {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
            assert each["responseTemplates"] == {"application/json": '{"message":$context.error.messageString}'}

    def test_the_api_may_invoke_the_function_by_one_method_only(self, aws: AWS, console: Console) -> None:
        assert aws.parameters("AddPermission") == {
            "FunctionName": "RequestUnicorn",
            "StatementId": console.sid,
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": f"arn:aws:execute-api:us-east-1:123456789012:{console.api}/*/POST/ride",
        }

    def test_all_is_deployed_to_the_stage_prod_which_is_throttled(self, aws: AWS) -> None:
        assert aws.parameters("CreateDeployment")["stageName"] == "prod"
        assert aws.parameters("UpdateStage")["patchOperations"] == [
            {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "10"},
            {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "20"},
        ]
        # A deployment is a snapshot: whatever is written to the API after it is not served.
        assert aws.writes[-2:] == ["CreateDeployment", "UpdateStage"]


def sent_for(aws: AWS, operation: str, verb: str) -> list[Json]:
    """What an operation was sent for one method."""
    return [sent for name, sent in aws.calls if name == operation and sent["httpMethod"] == verb]


def test_with_no_sign_up_only_an_administrator_creates_users(aws: AWS, wildrydes: Cli) -> None:
    deployed(wildrydes, "--no-sign-up")
    assert aws.parameters("CreateUserPool")["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}


def test_the_result_has_what_the_tutorials_page_needs(wildrydes: Cli, console: Console) -> None:
    result = wildrydes("api", "deploy", "-o", "json").must().json
    assert list(result) == ["InvokeUrl", "RestApiId", "UserPoolId", "UserPoolClientId", "Region", "Parts"]
    (client,) = console.clients(console.pool)
    assert result == {
        "InvokeUrl": f"https://{console.api}.execute-api.us-east-1.amazonaws.com/prod",
        "RestApiId": console.api,
        "UserPoolId": console.pool,
        "UserPoolClientId": client["ClientId"],
        "Region": "us-east-1",
        "Parts": every("created"),
    }
    assert tuple(result["Parts"]) == API_PARTS
    shown = wildrydes("api", "deploy").must().out
    for name in ("InvokeUrl", "UserPoolId", "UserPoolClientId", "Region"):
        assert f"{name}\t{result[name]}\n" in shown
    assert "Parts\tall unchanged\n" in shown


@pytest.mark.usefixtures("our_api")
def test_what_is_as_it_should_be_is_left_alone(aws: AWS, wildrydes: Cli) -> None:
    aws.calls.clear()
    assert deployed(wildrydes) == every("unchanged")
    assert aws.writes == []


@pytest.mark.usefixtures("our_api")
def test_names_of_ones_own_keep_apart_in_a_shared_account(aws: AWS, wildrydes: Cli) -> None:
    create_function(aws.client, "RequestUnicorn-ada")
    named = ("--api-name", "Ada", "--user-pool-name", "AdasUsers", "--function-name", "RequestUnicorn-ada")
    assert deployed(wildrydes, *named) == every("created")
    assert deployed(wildrydes, *named) == deployed(wildrydes) == every("unchanged")


WRITES = 16
"""How many writes create everything."""


@pytest.mark.parametrize("number", some_of(range(WRITES + 1)))
def test_a_deployment_is_completed_wherever_it_was_interrupted(
    aws: AWS, wildrydes: Cli, console: Console, number: int
) -> None:
    aws.interrupt_after(number)
    wildrydes("api", "deploy").must(130 if number < WRITES else 0)
    assert len(aws.writes) == number
    aws.interrupt_after(None)
    deployed(wildrydes)
    assert deployed(wildrydes) == every("unchanged")
    assert (len(console.apis), len(console.pools), len(console.clients(console.pool))) == (1, 1, 1)


@pytest.mark.parametrize("operation", CREATES)
def test_deploy_creates_one_of_each_although_a_reply_is_lost(
    aws: AWS, wildrydes: Cli, console: Console, operation: str
) -> None:
    aws.lose(operation)
    message, hint = wildrydes("api", "deploy").error(4)
    assert f"cannot create {CREATES[operation]}" in message
    assert "it may have been created all the same" in message
    assert "looks first" in hint
    assert aws.tries[operation] == 1  # else botocore itself would create the second
    deployed(wildrydes)
    assert (len(console.apis), len(console.pools), len(console.clients(console.pool))) == (1, 1, 1)
    assert deployed(wildrydes) == every("unchanged")


@pytest.mark.parametrize("operation", ["CreateResource", "CreateAuthorizer", "AddPermission", "CreateDeployment"])
def test_a_lost_reply_of_any_other_create_does_no_harm_either(
    aws: AWS, wildrydes: Cli, console: Console, operation: str
) -> None:
    aws.lose(operation)
    wildrydes("api", "deploy").error(4)
    deployed(wildrydes)
    assert deployed(wildrydes) == every("unchanged")
    assert console.authorizer  # it is the only one
    assert len(console.policy()) == 1


def test_a_create_whose_reply_takes_too_long_may_have_created_something(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("CreateRestApi", ReadTimeoutError(endpoint_url="https://aws.example"))
    assert "it may have been created" in wildrydes("api", "deploy").error(4)[0]


def test_a_create_that_was_throttled_is_tried_again(
    aws: AWS, wildrydes: Cli, pauses: list[float], console: Console
) -> None:
    for operation in (*CREATES, "CreateResource", "CreateDeployment"):
        aws.fail(operation, "TooManyRequestsException", "Too Many Requests", times=2)
    assert deployed(wildrydes) == every("created")
    assert aws.writes.count("CreateRestApi") == aws.writes.count("CreateUserPool") == 3
    assert (len(console.apis), len(console.pools)) == (1, 1)
    assert pauses == [*[0.1, 0.2, *CREATED] * 3, 0.1, 0.2, *WATCHED, 0.1, 0.2]


def test_a_create_that_stays_throttled_is_given_up_after_a_minute(
    aws: AWS, wildrydes: Cli, pauses: list[float]
) -> None:
    aws.fail("CreateRestApi", "TooManyRequestsException", "Too Many Requests", times=99)
    message, hint = wildrydes("api", "deploy").error(4)
    assert "throttled" in message
    assert "table" not in hint
    assert 60 <= sum(pauses) <= 70


@pytest.mark.usefixtures("our_api")
def test_a_permission_for_an_api_that_was_deleted_is_replaced(aws: AWS, wildrydes: Cli, console: Console) -> None:
    aws.client("apigateway").delete_rest_api(restApiId=console.api)
    assert deployed(wildrydes) == every("created", UserPool="unchanged", AppClient="unchanged")
    (statement,) = console.policy()
    assert console.api in str(statement)
    assert deployed(wildrydes) == every("unchanged")


class TestWhatIsRefused:
    """Where nothing is changed, because it would be wrong whatever was chosen."""

    @pytest.fixture(autouse=True)
    def cleared(self, aws: AWS, lambda_function: None) -> None:
        aws.calls.clear()

    def test_without_the_function_there_is_nothing_to_put_an_api_in_front_of(self, aws: AWS, wildrydes: Cli) -> None:
        message, hint = wildrydes("api", "deploy", "--function-name", "Other").error(3)
        assert "function Other in us-east-1 does not exist" in message
        assert hint.endswith("function deploy --function-name Other && wildrydes api deploy --function-name Other")
        aws.client("lambda").delete_function(FunctionName="RequestUnicorn")
        for words in (), ("--no-sign-up",):
            hint = wildrydes("api", "deploy", *words).error(3)[1]
            assert hint.endswith(" ".join(("wildrydes function deploy && wildrydes api deploy", *words)))
        assert aws.writes == ["DeleteFunction"]

    def test_two_apis_of_the_name_are_named_and_not_touched(self, aws: AWS, wildrydes: Cli, console: Console) -> None:
        ids = [console.create_api(), console.create_api()]
        self.refused(aws, wildrydes, "2 REST APIs WildRydes", ids)

    def test_two_pools_of_the_name_are_named_and_not_touched(self, aws: AWS, wildrydes: Cli, console: Console) -> None:
        ids = [console.create_pool(), console.create_pool()]
        self.refused(aws, wildrydes, "2 user pools WildRydes", ids)

    def test_two_clients_of_the_name_are_named_and_not_touched(
        self, aws: AWS, wildrydes: Cli, console: Console
    ) -> None:
        console.create_pool()
        ids = [console.create_client(), console.create_client()]
        self.refused(aws, wildrydes, "2 app clients WildRydesWebApp", ids)

    def test_a_client_with_a_secret_is_refused_and_the_secret_is_not_shown(
        self, aws: AWS, wildrydes: Cli, console: Console
    ) -> None:
        console.create_pool()
        client = console.create_client(GenerateSecret=True)
        named = {"UserPoolId": console.pool, "ClientId": client}
        secret = aws.client("cognito-idp").describe_user_pool_client(**named)["UserPoolClient"]["ClientSecret"]
        aws.calls.clear()
        message, hint = wildrydes("api", "deploy", "--yes").error(1)
        assert "app client WildRydesWebApp of user pool WildRydes in us-east-1 has a secret" in message
        assert "a web page cannot keep" in message
        assert "delete that client" in hint
        for words in (("deploy",), ("deploy", "--dry-run"), ("deploy", "--debug", "--yes"), ("deploy", "-o", "json")):
            ended = wildrydes("api", *words).must(1)
            assert secret not in ended.out + ended.err
        assert aws.writes == []

    @staticmethod
    def refused(aws: AWS, wildrydes: Cli, named: str, ids: list[str]) -> None:
        aws.calls.clear()
        message, hint = wildrydes("api", "deploy", "--yes").error(1)
        assert f"there are {named}: {', '.join(sorted(ids))}" in message
        assert "choose another name" in hint
        assert aws.writes == []


def test_a_pool_and_a_client_that_were_made_by_hand_and_work_are_used_as_they_are(
    aws: AWS, wildrydes: Cli, console: Console
) -> None:
    pool, client = console.create_pool(AliasAttributes=["email"]), console.create_client()
    result = wildrydes("api", "deploy", "-o", "json", "--yes").must().json
    assert (result["UserPoolId"], result["UserPoolClientId"]) == (pool, client)
    assert result["Parts"] == every("created", UserPool="unchanged", AppClient="unchanged")
    assert not [name for name in aws.writes if name.startswith("UpdateUserPool")]


def test_a_pool_and_a_client_beyond_the_first_60_are_found(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """Cognito lists at most 60 at a time."""
    cognito = aws.client("cognito-idp")
    for number in range(61):
        cognito.create_user_pool(PoolName=f"Other{number}")
    console.create_pool()
    for number in range(61):
        console.create_client(f"Other{number}")
    deployed(wildrydes)
    assert deployed(wildrydes) == every("unchanged")
    assert (len(console.pools), len(console.clients(console.pool))) == (1, 62)


@pytest.mark.usefixtures("our_api")
def test_pools_and_apis_beyond_the_first_page_are_found(aws: AWS, wildrydes: Cli) -> None:
    listed = aws.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    aws.planted["ListUserPools"] = [{"UserPools": [], "NextToken": "more"}, {"UserPools": listed}]
    assert deployed(wildrydes) == every("unchanged")


def test_an_authorizer_beyond_the_first_25_is_found(wildrydes: Cli, console: Console) -> None:
    """API Gateway lists 25 at a time, unless more are asked for."""
    console.create_pool()
    console.create_api()
    for number in range(25):
        console.create_authorizer(name=f"Other{number}")
    deployed(wildrydes, "--yes")
    assert deployed(wildrydes) == every("unchanged")


REPAIRS = 9
"""How many writes repair the authorizer and the permission: what depends on the authorizer is replaced too."""


@pytest.mark.usefixtures("our_api")
@pytest.mark.parametrize("number", some_of(range(REPAIRS + 1)))
def test_a_repair_is_completed_wherever_it_was_interrupted(
    aws: AWS, wildrydes: Cli, console: Console, number: int
) -> None:
    console.mistype_token_source("method.request.header.Authorization")
    console.allow_another_api()
    aws.calls.clear()
    aws.interrupt_after(number)
    wildrydes("api", "deploy").must(130 if number < REPAIRS else 0)
    assert len(aws.writes) == number
    aws.interrupt_after(None)
    deployed(wildrydes)
    assert deployed(wildrydes) == every("unchanged")
    assert len(console.policy()) == 1


@pytest.mark.usefixtures("our_api")
def test_an_authorizer_is_not_deleted_before_what_uses_it(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """API Gateway refuses that (ConflictException), and moto does not."""
    console.mistype_token_source("method.request.header.Authorization")
    console.enable_cors(authorization="COGNITO_USER_POOLS")
    in_use: list[str] = []

    def look(*_: object) -> None:
        (ride,) = (
            each
            for each in aws.client("apigateway").get_resources(restApiId=console.api, embed=["methods"])["items"]
            if each["path"] == "/ride"
        )
        in_use.extend(ride.get("resourceMethods") or {})

    aws.before["DeleteAuthorizer"] = look
    assert deployed(wildrydes)["Options"] == "updated"
    assert in_use == []
    assert not aws.before
    assert deployed(wildrydes) == every("unchanged")


@pytest.mark.usefixtures("by_the_book")
class TestMadeByHand:
    """An API that a reader made in the console."""

    def test_one_that_is_right_is_used_without_a_question(self, aws: AWS, wildrydes: Cli) -> None:
        """What "Enable CORS" sends is right, and so is the permission that the console adds."""
        aws.calls.clear()
        assert deployed(wildrydes) == every("unchanged", GatewayResponses="updated", Stage="created")
        assert aws.writes == ["PutGatewayResponse", "PutGatewayResponse", "CreateDeployment", "UpdateStage"]
        assert deployed(wildrydes) == every("unchanged")

    def test_one_that_is_different_is_not_overwritten_without_asking(
        self, aws: AWS, wildrydes: Cli, console: Console
    ) -> None:
        console.set_post(proxy=False)
        console.enable_cors(headers={"Origin": "https://www.example.com"})
        aws.calls.clear()
        lost = [
            "POST /ride of REST API WildRydes, which was made by hand",
            "OPTIONS /ride of REST API WildRydes, which was made by hand",
        ]
        message, hint = wildrydes("api", "deploy").error(2)
        assert f"in us-east-1 (account 123456789012), and overwrite {'; and '.join(lost)}, and" in message
        assert "--yes" in hint
        ended = wildrydes("api", "deploy", "--dry-run", "-o", "json").must()
        assert ended.json["Overwrites"] == lost
        assert lost[0] in ended.err
        assert list(ended.json["Differences"]) == ["Post", "Options", "GatewayResponses", "Stage"]
        assert aws.writes == []
        assert deployed(wildrydes, "--yes")["Post"] == "updated"
        assert deployed(wildrydes) == every("unchanged")

    def test_a_stage_that_was_deployed_by_hand_is_deployed_again_without_asking(
        self, wildrydes: Cli, console: Console
    ) -> None:
        """It serves the same as before, so nothing is lost."""
        console.deploy()
        assert deployed(wildrydes)["Stage"] == "updated"
        assert deployed(wildrydes) == every("unchanged")

    def test_an_answer_of_the_gateway_that_somebody_made_is_not_overwritten_without_asking(
        self, aws: AWS, wildrydes: Cli, console: Console
    ) -> None:
        template = {"application/json": '{"sorry":$context.error.messageString}'}
        named = {"restApiId": console.api, "responseType": "DEFAULT_4XX"}
        gateway = aws.client("apigateway")
        gateway.put_gateway_response(responseTemplates=template, statusCode="418", **named)
        aws.calls.clear()
        assert "gateway responses of REST API WildRydes" in wildrydes("api", "deploy").error(2)[0]
        assert aws.writes == []
        assert deployed(wildrydes, "--yes")["GatewayResponses"] == "updated"
        kept = gateway.get_gateway_response(**named)  # what else somebody put on it stays
        assert (kept["responseTemplates"], kept["statusCode"]) == (template, "418")

    def test_the_gateways_default_answers_are_nobodys(self, aws: AWS, wildrydes: Cli) -> None:
        """AWS lists them, with a template and no header. moto lists only what was put."""
        template = {"application/json": '{"message":$context.error.messageString}'}
        listed = {"DEFAULT_4XX": True, "DEFAULT_5XX": True}
        default = {"responseTemplates": template, "responseParameters": {}}
        items = [{"responseType": kind, "defaultResponse": True, **default} for kind in listed]
        aws.planted["GetGatewayResponses"] = {"items": items}
        assert deployed(wildrydes)["GatewayResponses"] == "updated"


@pytest.mark.usefixtures("our_api")
def test_an_api_that_serves_something_else_too_is_not_overwritten_without_asking(
    aws: AWS, wildrydes: Cli, console: Console
) -> None:
    client, api = aws.client("apigateway"), console.api
    client.create_resource(restApiId=api, parentId=console.resource("/"), pathPart="rides")
    ride = {"restApiId": api, "resourceId": console.resource(), "authorizationType": "NONE"}
    client.put_method(httpMethod="GET", **ride)
    assert deployed(wildrydes) == every("unchanged")
    console.set_post(proxy=False)
    aws.calls.clear()
    lost = "REST API WildRydes, which also has /rides, GET /ride"
    assert lost in wildrydes("api", "deploy").error(2)[0]
    assert wildrydes("api", "deploy", "--dry-run", "-o", "json").must().json["Overwrites"] == [lost]
    assert aws.writes == []
    assert deployed(wildrydes, "--yes") == every("unchanged", Post="updated")
    client.get_method(restApiId=api, resourceId=ride["resourceId"], httpMethod="GET")
    console.delete_permission()  # this is the function's, so the API is not touched
    assert deployed(wildrydes) == every("unchanged", Permission="created")


@pytest.mark.usefixtures("our_api")
def test_an_api_that_serves_something_else_is_not_published_without_asking(
    aws: AWS, wildrydes: Cli, console: Console
) -> None:
    """Nothing of ours exists in it yet, so nothing would be overwritten. But its own resources would go live."""
    client, api = aws.client("apigateway"), console.api
    client.create_resource(restApiId=api, parentId=console.resource("/"), pathPart="orders")
    client.delete_stage(restApiId=api, stageName="prod")
    aws.calls.clear()
    assert "REST API WildRydes, which also has /orders" in wildrydes("api", "deploy").error(2)[0]
    assert aws.writes == []
    assert deployed(wildrydes, "--yes")["Stage"] == "created"


@pytest.mark.usefixtures("our_api")
def test_an_authorizer_that_others_use_too_is_not_replaced(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """AWS would refuse to delete it, after POST is gone."""
    client, api = aws.client("apigateway"), console.api
    orders = client.create_resource(restApiId=api, parentId=console.resource("/"), pathPart="orders")["id"]
    authorizer = client.get_authorizers(restApiId=api)["items"][0]["id"]
    method = {"restApiId": api, "resourceId": orders, "httpMethod": "GET", "authorizationType": "COGNITO_USER_POOLS"}
    client.put_method(authorizerId=authorizer, **method)
    console.mistype_token_source("method.request.header.Authorization")
    aws.calls.clear()
    message, hint = wildrydes("api", "deploy", "--yes").error(1)
    assert (
        "(its token source is method.request.header.Authorization, not Authorization): it is also used by GET /orders"
        in message
    )
    assert "--api-name" in hint
    assert aws.writes == []


def test_an_api_that_calls_another_function_is_not_taken_from_it_without_asking(aws: AWS, wildrydes: Cli) -> None:
    create_function(aws.client, "Other")
    deployed(wildrydes, "--function-name", "Other")
    aws.calls.clear()
    lost = "POST /ride of REST API WildRydes, where it calls function Other, not RequestUnicorn"
    assert lost in wildrydes("api", "deploy").error(2)[0]
    assert aws.writes == []
    changed = deployed(wildrydes, "--yes")
    assert changed == every("unchanged", Post="updated", Permission="created", Stage="updated")
    assert deployed(wildrydes) == every("unchanged")


def test_an_api_without_the_resource_gets_it(aws: AWS, wildrydes: Cli) -> None:
    aws.client("apigateway").create_rest_api(name="WildRydes", tags={"wildrydes": "api"})
    differences = wildrydes("api", "deploy", "--dry-run", "-o", "json").must().json["Differences"]
    assert differences["RestApi"] == "it has no resource /ride"
    assert deployed(wildrydes) == every("created", RestApi="updated", GatewayResponses="updated")
    assert deployed(wildrydes) == every("unchanged")


def test_a_dry_run_of_nothing_says_what_would_be_created(aws: AWS, wildrydes: Cli) -> None:
    aws.calls.clear()
    said = wildrydes("api", "deploy", "--dry-run").must().out
    assert "Stage\twould be created: it does not exist" in said
    result = wildrydes("api", "deploy", "--dry-run", "-o", "json").must().json
    assert result == {
        "DryRun": True,
        "Parts": every("created"),
        "Differences": every("it does not exist"),
        "Overwrites": [],
    }
    assert aws.writes == []


@pytest.mark.parametrize(
    ("region", "partition", "domain"),
    [
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
    ],
)
def test_arns_and_the_url_are_those_of_the_partition(
    aws: AWS, wildrydes: Cli, region: str, partition: str, domain: str
) -> None:
    function = f"arn:{partition}:lambda:{region}:123456789012:function:RequestUnicorn"
    pool = {"Id": "x_pool", "Arn": f"arn:{partition}:cognito-idp:{region}:123456789012:userpool/x_pool"}
    aws.planted |= {  # moto has no Cognito in China, and no role for Lambda in GovCloud
        "GetFunction": {
            "Configuration": {
                "FunctionName": "RequestUnicorn",
                "FunctionArn": function,
                "Role": f"arn:{partition}:iam::123456789012:role/WildRydesLambda",
                "LastModified": "2026-11-23T08:15:30.123+0000",
            }
        },
        "GetPolicy": {"Policy": "{}"},
        "AddPermission": {},
        "ListUserPools": {"UserPools": []},
        "CreateUserPool": {"UserPool": pool},
        "ListUserPoolClients": {"UserPoolClients": []},
        "CreateUserPoolClient": {"UserPoolClient": {"ClientId": "client"}},
    }

    def show(_: str, parameters: Json) -> None:
        condition = {"ArnLike": {"AWS:SourceArn": parameters["SourceArn"]}}
        named = {"Action": parameters["Action"], "Principal": {"Service": parameters["Principal"]}}
        statement = {"Sid": parameters["StatementId"], "Effect": "Allow", **named, "Condition": condition}
        aws.planted["GetPolicy"] = {"Policy": json.dumps({"Statement": [statement]})}

    aws.before["AddPermission"] = show
    result = wildrydes("api", "deploy", "--region", region, "-o", "json").must().json
    assert result["InvokeUrl"] == f"https://{result['RestApiId']}.execute-api.{region}.{domain}/prod"
    assert result["Region"] == region
    (integration,) = sent_for(aws, "PutIntegration", "POST")
    path = f"lambda:path/2015-03-31/functions/{function}/invocations"
    assert integration["uri"] == f"arn:{partition}:apigateway:{region}:{path}"
    source = aws.parameters("AddPermission")["SourceArn"]
    assert source == f"arn:{partition}:execute-api:{region}:123456789012:{result['RestApiId']}/*/POST/ride"


class TestProbes:
    """The two requests at the end, which cost no ride."""

    @pytest.fixture(autouse=True)
    def there(self, lambda_function: None) -> None:
        """The function."""

    def test_an_api_that_answers_right_needs_no_note(self, wildrydes: Cli, gateway: Gateway) -> None:
        assert wildrydes("api", "deploy").must().err == ""
        assert [(method, headers) for method, headers, _ in gateway.requests] == [("OPTIONS", {}), ("POST", {})]

    def test_an_api_that_answers_right_after_a_while_needs_none_either(
        self, wildrydes: Cli, gateway: Gateway, pauses: list[float]
    ) -> None:
        gateway.options[:] = [Response(403, {}, ""), Response(403, {}, ""), Response(200, {}, "")]
        assert wildrydes("api", "deploy").must().err == ""
        assert pauses == [*CREATED * 3, *WATCHED, 0.1, 0.2]

    def test_an_api_that_answers_wrong_for_a_minute_is_noted(
        self, wildrydes: Cli, gateway: Gateway, pauses: list[float]
    ) -> None:
        gateway.post[:] = [Response(500, {}, "")]
        ended = wildrydes("api", "deploy", "-o", "json", "--api-name", "Mine").must()
        assert ended.json["Parts"] == every("created")
        assert "OPTIONS /ride answers 200 (200 is right), POST without a token 500 (401 is right)" in ended.err
        assert "wildrydes api invoke" in ended.err
        assert 60 <= sum(pauses) <= 70

    def test_an_api_that_cannot_be_reached_is_noted_at_once(
        self, wildrydes: Cli, gateway: Gateway, pauses: list[float]
    ) -> None:
        """A proxy may let only the AWS APIs through."""
        gateway.options[:] = [ServiceError("cannot send OPTIONS to https://x: refused", hint="check your network")]
        ended = wildrydes("api", "deploy").must()
        assert "cannot send OPTIONS to https://x: refused" in ended.err
        assert pauses == [*CREATED * 3, *WATCHED]


@pytest.mark.usefixtures("our_api")
@pytest.mark.parametrize("path", ["*", "*/*/ride", "prod/POST/ride", "*/POST/*"])
def test_a_permission_that_allows_more_than_one_method_is_left_alone(
    aws: AWS, wildrydes: Cli, console: Console, path: str
) -> None:
    console.delete_permission()
    aws.client("lambda").add_permission(
        FunctionName="RequestUnicorn",
        StatementId="console",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:123456789012:{console.api}/{path}",
    )
    assert deployed(wildrydes) == every("unchanged")


@pytest.mark.usefixtures("our_api")
@pytest.mark.parametrize("variable", ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"])
def test_the_invoke_url_does_not_depend_on_the_endpoints_that_change_the_api(
    wildrydes: Cli, console: Console, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    before = wildrydes("api", "deploy", "-o", "json").must().json["InvokeUrl"]
    account = Account("us-east-1")
    monkeypatch.setenv(variable, "true")
    api = RestApi(account, Names(), lambda _: None)
    api.found = {"id": console.api, "name": "WildRydes"}
    assert invoke_url(api) == before == f"https://{console.api}.execute-api.us-east-1.amazonaws.com/prod"
