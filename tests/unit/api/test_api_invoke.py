"""`api invoke` requests a ride as a user who exists only for as long as the command runs."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.console import URI, Console, create_function
from tests.support.fake_aws import AWS, Json
from tests.support.gateway import Gateway
from tests.support.planted import reveals
from tests.support.prepared import Prepared
from tests.support.running import Cli, Ended
from wildrydes_cli.aws import Account
from wildrydes_cli.aws_errors import NoAnswerError
from wildrydes_cli.aws_http import Response
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.requests import send
from wildrydes_cli.deploy.rest_api import RestApi
from wildrydes_cli.errors import ServiceError

TOKEN = "eyPlanted.eyIdToken.signature-0123456789"
RIDE = '{"RideId": "x", "Rider": "the_username"}'
FLOWS = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]
SIGN_IN = [
    "AdminCreateUser",
    "CreateUserPoolClient",
    "AdminSetUserPassword",
    "AdminInitiateAuth",
    "DeleteUserPoolClient",
    "AdminDeleteUser",
]


@pytest.fixture(autouse=True)
def deployed_api(aws: AWS, console: Console, prepared: Prepared, gateway: Gateway) -> None:
    """An API that grants rides, and users who can sign in. Signing in yields the planted token."""

    def create() -> None:
        console.create_pool()
        console.create_client(ExplicitAuthFlows=FLOWS)
        console.create_api()

    prepared(create)
    gateway.post[:] = [Response(201, {"Content-Type": "application/json"}, RIDE)]
    sign_in_yields(aws, {"AuthenticationResult": {"IdToken": TOKEN}})
    aws.calls.clear()


def sign_in_yields(aws: AWS, answer: Json) -> None:
    aws.planted["AdminInitiateAuth"] = answer


def passwords(aws: AWS) -> list[str]:
    """The passwords that users were given."""
    return [sent["Password"] for name, sent in aws.calls if name == "AdminSetUserPassword"]


def test_a_ride_is_requested_with_the_id_token_of_a_user_who_is_then_deleted(
    aws: AWS, wildrydes: Cli, gateway: Gateway, console: Console
) -> None:
    result = wildrydes("api", "invoke", "-o", "json").must().json
    assert result == {"statusCode": 201, "headers": {"Content-Type": "application/json"}, "body": RIDE}
    assert list(result) == ["statusCode", "headers", "body"]
    ((method, headers, body),) = gateway.requests
    assert method == "POST"
    assert headers == {"Authorization": TOKEN, "Content-Type": "application/json"}
    pickup = {"Latitude": 47.6174755835663, "Longitude": -122.28837066650185}
    assert json.loads(body or "") == {"PickupLocation": pickup}
    assert aws.writes == SIGN_IN
    assert console.users() == []


def test_no_part_of_the_token_that_the_function_repeats_is_printed(wildrydes: Cli, gateway: Gateway) -> None:
    head, claims, signature = TOKEN.split(".")
    gateway.post[:] = [Response(201, {"X-Head": head, "X-Signature": signature}, json.dumps({"Claims": claims}))]
    ended = wildrydes("api", "invoke", "-o", "json").must()
    assert not [part for part in (head, claims, signature) if part in ended.out + ended.err]


def test_the_user_gets_no_mail_and_a_password_that_nobody_can_guess(aws: AWS, wildrydes: Cli) -> None:
    for _ in range(2):
        wildrydes("api", "invoke").must()
    first, second = passwords(aws)
    assert first != second
    assert min(len(first), len(second)) > 30
    assert aws.parameters("AdminCreateUser")["MessageAction"] == "SUPPRESS"
    assert aws.parameters("AdminSetUserPassword")["Permanent"] is True
    sent = aws.parameters("AdminInitiateAuth")
    assert sent["AuthFlow"] == "ADMIN_USER_PASSWORD_AUTH"
    assert sent["AuthParameters"] == {"USERNAME": "the_username", "PASSWORD": second}


def test_a_user_gets_an_address_only_if_the_pool_wants_one(aws: AWS, wildrydes: Cli) -> None:
    wildrydes("api", "invoke").must()
    assert aws.parameters("AdminCreateUser")["UserAttributes"] == []
    schema = {"SchemaAttributes": [{"Name": "sub", "Required": True}, {"Name": "email", "Required": True}]}
    aws.planted["DescribeUserPool"] = lambda answer: {"UserPool": answer["UserPool"] | schema}
    wildrydes("api", "invoke").must()
    assert aws.parameters("AdminCreateUser")["UserAttributes"] == [{"Name": "email", "Value": "rider@example.com"}]


def test_rider_and_pickup_are_those_that_are_wanted(aws: AWS, wildrydes: Cli, gateway: Gateway) -> None:
    status, *shown = wildrydes("api", "invoke", "--rider", "ada", "--lat", "1.5", "--lon", "-2").must().out.splitlines()
    assert status == "Status\t201"
    assert json.loads("".join(shown)) == json.loads(RIDE)
    assert aws.parameters("AdminCreateUser")["Username"] == aws.parameters("AdminDeleteUser")["Username"] == "ada"
    ((_, _, body),) = gateway.requests
    assert json.loads(body or "") == {"PickupLocation": {"Latitude": 1.5, "Longitude": -2.0}}


LOOKS = (
    "DescribeTable",
    "GetFunction",
    "GetPolicy",
    "GetResources",
    "GetAuthorizers",
    "GetStages",
    "GetGatewayResponses",
    "GetRole",
)
"""What looks for the cause of a failure. The permissions for `api invoke` alone do not allow it."""


def test_what_each_status_means_is_said_with_what_fixes_it(
    aws: AWS, wildrydes: Cli, gateway: Gateway, console: Console
) -> None:
    """Also by somebody who may not look for the cause. That is never an error of its own."""
    for operation in LOOKS:
        aws.fail(operation, "AccessDeniedException", "not authorized", times=99)
    status = "look for what is wrong: wildrydes status"
    for code, body, meaning, fix in (
        (401, "Unauthorized", "the authorizer refused the token", status),
        (403, "Missing Authentication Token", "no such method, or what was changed is not deployed", status),
        (403, "Forbidden", "a web ACL (WAF), an API key or a disabled endpoint refused the request", status),
        (404, "Not Found", "there is no such API", status),
        (429, "Too Many Requests", "too many requests", "try again in a moment"),
        (500, "Internal server error", "the API may not invoke the function, or the function failed", status),
        (502, "Internal server error", "the function crashed, or its answer is not one for an API", status),
        (504, "Endpoint request timed out", "longer than 29 seconds", status),
        (400, "no", "", "its answer says why"),
        (302, "elsewhere", "", "its answer says why"),
    ):
        answer = json.dumps({"message": body})
        gateway.post[:] = [Response(code, {}, answer)]
        ended = wildrydes("api", "invoke", "-o", "json")
        message, hint = ended.error(1)
        assert message.startswith(f"the API answered {code}")
        assert meaning in message, message
        assert hint == fix
        assert ended.json == {"statusCode": code, "headers": {}, "body": answer}
    assert console.users() == []


class TestCause:
    """What is looked for after an answer that is not a success."""

    @pytest.fixture(autouse=True)
    def everything(self, deployed_api: None, prepared: Prepared, wildrydes: Cli) -> None:
        def deploy() -> None:
            for command in (("setup-table",), ("function", "deploy"), ("api", "deploy", "--yes")):
                wildrydes(*command).must()

        prepared(deploy)

    def failure(self, wildrydes: Cli, gateway: Gateway, status: int, body: str = "{}") -> tuple[str, str]:
        gateway.post[:] = [Response(status, {}, body)]
        return wildrydes("api", "invoke").error(1)

    @pytest.mark.parametrize("status", [500, 502, 504])
    def test_if_nothing_is_broken_the_log_has_it(self, wildrydes: Cli, gateway: Gateway, status: int) -> None:
        assert self.failure(wildrydes, gateway, status)[1].endswith("its log has the cause: wildrydes function logs")

    @pytest.mark.parametrize("status", [401, 403, 404])
    def test_what_status_calls_broken_is_named(
        self, aws: AWS, wildrydes: Cli, gateway: Gateway, console: Console, status: int
    ) -> None:
        """The table is no reason why the API refuses a rider."""
        aws.client("dynamodb").delete_table(TableName="Rides")
        console.mistype_token_source("Auth")
        message, hint = self.failure(wildrydes, gateway, status)
        assert message == f"the API answered {status}: Authorizer: its token source is Auth, not Authorization"
        assert hint == "fix it: wildrydes api deploy"

    def test_what_is_behind_the_api_is_named_if_that_failed(
        self, wildrydes: Cli, gateway: Gateway, console: Console
    ) -> None:
        console.delete_permission()
        console.enable_cors(headers={"Origin": ""})
        message, hint = self.failure(wildrydes, gateway, 500)
        assert message == f"the API answered 500: Permission: there is none for {console.api}/*/POST/ride"
        assert hint == "fix it: wildrydes api deploy"

    def test_a_table_or_a_function_that_is_gone_is_named_with_what_creates_it(
        self, aws: AWS, wildrydes: Cli, gateway: Gateway
    ) -> None:
        aws.client("dynamodb").delete_table(TableName="Rides")
        message, hint = self.failure(wildrydes, gateway, 500)
        assert "Table: it does not exist" in message
        assert hint == "fix it: wildrydes setup-table"
        wildrydes("setup-table").must()
        aws.client("lambda").delete_function(FunctionName="RequestUnicorn")
        message, hint = self.failure(wildrydes, gateway, 500)
        assert "function RequestUnicorn in us-east-1 does not exist" in message
        assert hint == "fix it: wildrydes function deploy"

    def test_a_function_of_another_name_that_does_not_exist_is_a_mistake_of_the_api(
        self, wildrydes: Cli, gateway: Gateway, console: Console
    ) -> None:
        """A learner who mistypes the name must not be told to make a second function."""
        console.set_post(uri=URI.replace("RequestUnicorn", "requestUnicorn"))
        message, hint = self.failure(wildrydes, gateway, 500)
        assert "it calls function requestUnicorn, not RequestUnicorn" in message
        assert hint == "fix it: wildrydes api deploy"

    def test_a_web_acl_that_guards_the_stage_is_named(self, aws: AWS, wildrydes: Cli, gateway: Gateway) -> None:
        acl = {"webAclArn": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/Class/1"}
        aws.planted["GetStages"] = lambda answer: {"item": [stage | acl for stage in answer["item"]]}
        message, _ = self.failure(wildrydes, gateway, 403, '{"message": "Forbidden"}')
        assert f"the API answered 403: the web ACL {acl['webAclArn']}, or the stage, a resource policy" in message

    @pytest.mark.parametrize(("age", "is_new"), [(10, True), (90, False)])
    def test_an_error_right_after_the_deployment_may_pass_by_itself(
        self, aws: AWS, wildrydes: Cli, gateway: Gateway, age: int, is_new: bool
    ) -> None:
        """IAM takes seconds until it lets the function write to the table."""
        changed = {"LastModified": f"{datetime.now(UTC) - timedelta(seconds=age):%Y-%m-%dT%H:%M:%S.000%z}"}
        aws.planted["GetFunction"] = lambda answer: answer | {"Configuration": answer["Configuration"] | changed}
        hint = self.failure(wildrydes, gateway, 500)[1]
        assert ("try again in a moment" in hint) == is_new
        assert hint.endswith("wildrydes function logs")


def test_a_rider_whom_the_pool_names_itself_is_told_the_name(wildrydes: Cli, gateway: Gateway) -> None:
    """A pool that signs users in by their address gives each a name, which is on the rides."""
    name = "0b5e6a1c-0f3a-4f0e-8d6c-2f1f5a3b9c7d"
    gateway.post[:] = [Response(201, {}, json.dumps({"RideId": "x", "Rider": name}))]
    ended = wildrydes("api", "invoke", "--rider", "ada@example.com").must()
    assert f"gave ada@example.com the name {name}, under which the ride is recorded" in ended.err
    assert f"wildrydes rides list --rider {name}" in ended.err
    gateway.post[:] = [Response(201, {}, json.dumps({"RideId": "x", "Rider": "ada"}))]
    assert wildrydes("api", "invoke", "--rider", "ada").must().err == ""


def test_a_pool_that_requires_more_than_an_address_is_explained(aws: AWS, wildrydes: Cli) -> None:
    schema = [{"Name": name, "Required": True} for name in ("sub", "email", "name", "birthdate")]
    aws.planted["DescribeUserPool"] = lambda answer: {"UserPool": answer["UserPool"] | {"SchemaAttributes": schema}}
    aws.fail("AdminCreateUser", "InvalidParameterException", "Attributes did not conform to the schema")
    message, hint = wildrydes("api", "invoke").error(1)
    assert "the pool requires birthdate and name of every user" in message
    assert "--user-pool-name" in hint


def test_the_command_that_fixes_it_has_the_names_that_were_given(aws: AWS, wildrydes: Cli, gateway: Gateway) -> None:
    create_function(aws.client)
    Console(aws, "Ada").create_api()
    gateway.post[:] = [Response(401, {}, "")]
    hint = wildrydes("api", "invoke", "--api-name", "Ada").error(1)[1]
    assert hint == "fix it: wildrydes api deploy --api-name Ada"


def test_a_body_that_is_not_json_is_shown_as_it_is(wildrydes: Cli, gateway: Gateway) -> None:
    gateway.post[:] = [Response(200, {}, "hi")]
    assert wildrydes("api", "invoke").must().out == 'Status\t200\n"hi"\n'


def test_a_request_without_an_answer_may_have_recorded_a_ride(
    wildrydes: Cli, gateway: Gateway, console: Console
) -> None:
    gateway.post[:] = [NoAnswerError("cannot send POST to https://x: timed out", hint="check your network")]
    message, hint = wildrydes("api", "invoke", "--table", "Class").error(4)
    assert message == "cannot send POST to https://x: timed out; a ride may have been recorded"
    assert hint == "look before you try again: wildrydes rides list --table Class"
    assert console.users() == []


def test_a_request_that_was_not_sent_has_recorded_nothing(wildrydes: Cli, gateway: Gateway) -> None:
    gateway.post[:] = [ServiceError("cannot send POST to https://x: refused", hint="check your network")]
    message, hint = wildrydes("api", "invoke").error(4)
    assert message == "cannot send POST to https://x: refused; no ride was requested"
    assert hint == "check your network"


def test_a_request_that_is_interrupted_may_have_recorded_a_ride(
    wildrydes: Cli, gateway: Gateway, console: Console
) -> None:
    gateway.post[:] = [KeyboardInterrupt()]
    message, hint = wildrydes("api", "invoke").error(130)
    assert message == "interrupted; a ride may have been recorded"
    assert hint.endswith("wildrydes rides list")
    assert console.users() == []


def test_a_user_who_cannot_sign_in_is_deleted_all_the_same(
    aws: AWS, wildrydes: Cli, gateway: Gateway, console: Console
) -> None:
    sign_in_yields(aws, {"ChallengeName": "SOFTWARE_TOKEN_MFA"})
    message, hint = wildrydes("api", "invoke").error(1)
    assert "asks for more than a password (SOFTWARE_TOKEN_MFA)" in message
    assert "multi-factor" in hint
    del aws.planted["AdminInitiateAuth"]
    aws.fail("AdminInitiateAuth", "NotAuthorizedException", "Incorrect username or password.")
    assert "cannot sign in as the_username to user pool WildRydes" in wildrydes("api", "invoke").error(4)[0]
    aws.fail("AdminSetUserPassword", "InvalidPasswordException", "Password not long enough")
    assert "Password not long enough" in wildrydes("api", "invoke").error(4)[0]
    for writes in (1, 2):  # Ctrl-C before the password is set, and before the sign-in
        aws.interrupt_after(writes)
        wildrydes("api", "invoke").must(130)
    assert aws.writes.count("AdminDeleteUser") == 5
    assert console.users() == []
    assert gateway.requests == []


def test_a_user_who_exists_is_somebody_and_is_not_touched(
    aws: AWS, wildrydes: Cli, gateway: Gateway, console: Console
) -> None:
    aws.client("cognito-idp").admin_create_user(UserPoolId=console.pool, Username="ada")
    aws.calls.clear()
    message, hint = wildrydes("api", "invoke", "--rider", "ada").error(1)
    assert "there is a user of that name already" in message
    assert "--rider" in hint
    assert aws.writes == ["AdminCreateUser"]
    assert console.users() == ["ada"]
    assert gateway.requests == []


def test_in_a_pool_whose_users_are_named_by_their_address_a_rider_is_an_address(
    aws: AWS, wildrydes: Cli, console: Console, gateway: Gateway
) -> None:
    cognito = aws.client("cognito-idp")
    cognito.delete_user_pool(UserPoolId=console.pool)
    email = {"Name": "email", "AttributeDataType": "String", "Required": True}
    console.create_pool(UsernameAttributes=["email"], Schema=[email])
    message, hint = wildrydes("api", "invoke").error(1)
    assert message.endswith("in user pool WildRydes in us-east-1: its users are named by their email")
    assert "--rider" in hint
    assert gateway.requests == []
    wildrydes("api", "invoke", "--rider", "ada@example.com").must()
    assert aws.parameters("AdminCreateUser")["UserAttributes"] == [{"Name": "email", "Value": "ada@example.com"}]
    assert console.users() == []


def test_a_user_whose_creation_has_no_answer_may_remain(aws: AWS, wildrydes: Cli, gateway: Gateway) -> None:
    """The user may be somebody's: then the answer that was lost would have said so. So nobody is deleted."""
    aws.lose("AdminCreateUser")
    message, hint = wildrydes("api", "invoke").error(4)
    assert "user the_username may remain in user pool WildRydes in us-east-1" in message
    assert "Cognito console" in hint
    assert aws.tries["AdminCreateUser"] == 1
    aws.interrupt_after(0)
    assert wildrydes("api", "invoke", "--rider", "ada").error(130)[0].startswith("interrupted; user ada may remain")
    assert "AdminDeleteUser" not in aws.writes
    assert gateway.requests == []


def test_a_user_whose_deletion_fails_is_named(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("AdminDeleteUser", "AccessDeniedException", "not authorized")
    message, _ = wildrydes("api", "invoke", "--rider", "ada").error(4)
    assert "cannot delete user ada of user pool WildRydes in us-east-1" in message
    aws.interrupt_after(5)
    message, hint = wildrydes("api", "invoke", "--rider", "grace").error(130)
    assert message == "interrupted; user grace may remain in user pool WildRydes in us-east-1"
    assert "Cognito console" in hint


def test_a_creation_of_the_user_that_was_throttled_is_tried_again(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("AdminCreateUser", "TooManyRequestsException", "Rate exceeded", times=2)
    wildrydes("api", "invoke").must()
    assert aws.writes == ["AdminCreateUser", "AdminCreateUser", *SIGN_IN]


def test_a_user_who_is_gone_already_needs_no_deletion(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("AdminDeleteUser", "UserNotFoundException", "User does not exist.")
    wildrydes("api", "invoke").must()


class TestTemporaryClient:
    """The app client that exists for one request, so that the page's own client may allow what it likes."""

    def names(self, console: Console) -> list[str]:
        return sorted(client["ClientName"] for client in console.clients(console.pool))

    def test_it_exists_for_one_request(self, aws: AWS, wildrydes: Cli, console: Console) -> None:
        wildrydes("api", "invoke").must()
        assert aws.writes == SIGN_IN
        sent = aws.parameters("CreateUserPoolClient")
        assert re.fullmatch("WildRydesCLI-[0-9a-f]{8}", sent["ClientName"])
        assert sent["ExplicitAuthFlows"] == ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        assert sent["GenerateSecret"] is False
        assert (sent["IdTokenValidity"], sent["TokenValidityUnits"]["IdToken"]) == (5, "minutes")
        assert aws.parameters("AdminInitiateAuth")["ClientId"] == aws.parameters("DeleteUserPoolClient")["ClientId"]
        assert self.names(console) == ["WildRydesWebApp"]

    def test_it_is_named_if_its_creation_is_interrupted(self, aws: AWS, wildrydes: Cli) -> None:
        aws.interrupt_after(1)
        message, _ = wildrydes("api", "invoke").error(130)
        assert re.search("app client WildRydesCLI-[0-9a-f]{8} may remain", message)

    def test_it_is_named_if_its_deletion_is_interrupted_or_has_no_answer(
        self, aws: AWS, wildrydes: Cli, console: Console
    ) -> None:
        aws.interrupt_after(4)
        message, hint = wildrydes("api", "invoke").error(130)
        assert re.fullmatch("interrupted; app client WildRydesCLI-[0-9a-f]{8} may remain", message)
        assert "Cognito console" in hint
        assert console.users() == []
        aws.lose("DeleteUserPoolClient")
        message, _ = wildrydes("api", "invoke").error(4)
        assert re.search("app client WildRydesCLI-[0-9a-f]{8} may remain$", message)

    def test_it_is_named_if_the_answer_to_its_creation_is_lost(
        self, aws: AWS, wildrydes: Cli, console: Console
    ) -> None:
        aws.lose("CreateUserPoolClient")
        message, hint = wildrydes("api", "invoke").error(4)
        assert re.search("app client WildRydesCLI-[0-9a-f]{8} may remain$", message)
        assert "delete it there" in hint
        assert console.users() == []

    def test_it_is_deleted_however_the_request_ends(
        self, aws: AWS, wildrydes: Cli, gateway: Gateway, console: Console
    ) -> None:
        gateway.post[:] = [KeyboardInterrupt(), ServiceError("no", hint="no"), Response(500, {}, "")]
        assert [wildrydes("api", "invoke").code for _ in range(3)] == [130, 4, 1]
        sign_in_yields(aws, {})
        wildrydes("api", "invoke").error(1)
        aws.fail("DeleteUserPoolClient", "AccessDenied", "not authorized")
        wildrydes("api", "invoke").error(4)
        assert console.users() == []  # even then

    def test_a_pool_without_any_client_does_too(self, aws: AWS, wildrydes: Cli, console: Console) -> None:
        named = {"UserPoolId": console.pool, "ClientId": console.clients(console.pool)[0]["ClientId"]}
        aws.client("cognito-idp").delete_user_pool_client(**named)
        wildrydes("api", "invoke").must()
        assert self.names(console) == []


def test_without_an_api_or_a_pool_the_command_that_creates_them_is_named(
    aws: AWS, wildrydes: Cli, gateway: Gateway, console: Console
) -> None:
    for words, missing, more in (
        (("--api-name", "Other"), "REST API Other in us-east-1 does not exist", " --api-name Other"),
        (("--user-pool-name", "Other"), "user pool Other in us-east-1 does not exist", " --user-pool-name Other"),
    ):
        message, hint = wildrydes("api", "invoke", *words).error(3)
        assert message == missing
        assert hint.endswith(f"wildrydes api deploy{more}")
    console.create_api()
    assert "there are 2 REST APIs WildRydes" in wildrydes("api", "invoke").error(1)[0]
    assert not [write for write in aws.writes if write.startswith("Admin")]
    assert gateway.requests == []


def test_a_bad_pickup_or_rider_is_a_usage_error(aws: AWS, wildrydes: Cli) -> None:
    for words in (("--lat", "91"), ("--lon", "nan"), ("--rider", ""), ("--rider", "Ada Lovelace"), ("--rider", "a\tb")):
        wildrydes("api", "invoke", *words).error(2)
    assert aws.calls == []


class TestSecrets:
    """The token and the password are never printed, not even with --debug."""

    @pytest.fixture(autouse=True)
    def there(self, deployed_api: None) -> None:
        """The API."""

    def run(self, aws: AWS, wildrydes: Cli, *, token: str = TOKEN) -> Ended:
        ended = wildrydes("api", "invoke", "--debug", "--verbose", "-o", "json")
        printed = ended.out + ended.err
        for secret in (token, *passwords(aws)):
            assert secret not in printed
            assert json.dumps(secret)[1:-1] not in printed
        return ended

    def test_they_are_not_shown_however_the_request_ends(self, aws: AWS, wildrydes: Cli, gateway: Gateway) -> None:
        error, stopped = ServiceError("cannot send POST: refused", hint="no"), KeyboardInterrupt()
        gateway.post[:] = [Response(201, {}, RIDE), Response(401, {}, ""), Response(200, {}, "{"), error, stopped]
        assert [self.run(aws, wildrydes).code for _ in range(5)] == [0, 1, 0, 4, 130]
        assert len(passwords(aws)) == 5

    @pytest.mark.parametrize("token", ["planted\r\nX-Evil: 1", "planted token", "plant\u00e9d"])
    def test_a_token_that_is_none_is_refused(self, aws: AWS, wildrydes: Cli, gateway: Gateway, token: str) -> None:
        """It goes into a header, so it must not be able to end one."""
        sign_in_yields(aws, {"AuthenticationResult": {"IdToken": token}})
        ended = self.run(aws, wildrydes, token="planted")
        ended.must(4)
        assert "its token is none" in ended.err
        assert gateway.requests == []
        assert "AdminDeleteUser" in aws.writes

    def test_an_error_of_the_sign_in_does_not_show_them(self, aws: AWS, wildrydes: Cli) -> None:
        del aws.planted["AdminInitiateAuth"]
        aws.fail("AdminInitiateAuth", "UserNotConfirmedException", "User is not confirmed.")
        self.run(aws, wildrydes).must(4)

    @pytest.mark.usefixtures("planted_secrets")
    def test_no_command_of_the_api_shows_a_credential(self, aws: AWS, wildrydes: Cli) -> None:
        create_function(aws.client)
        commands = (
            ("api", "deploy", "--yes"),
            ("api", "deploy", "--dry-run"),
            ("api", "invoke"),
            ("api", "delete", "--users", "--yes"),
        )
        for command in commands:
            ended = wildrydes(*command, "--debug", "--verbose").must()
            assert reveals(ended.out + ended.err) == [], command

    def test_a_plain_endpoint_elsewhere_is_warned_of_before_the_token_is_sent(
        self, aws: AWS, wildrydes: Cli, gateway: Gateway
    ) -> None:
        client = {"ClientId": "client", "ClientName": "WildRydesWebApp", "ExplicitAuthFlows": FLOWS}
        pool = {"Id": "x_y", "Name": "WildRydes", "Arn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/x_y"}
        aws.planted |= {
            "GetRestApis": {"items": [{"id": "abcdef1234", "name": "WildRydes"}]},
            "ListUserPools": {"UserPools": [pool]},
            "DescribeUserPool": {"UserPool": pool},
            "CreateUserPoolClient": {"UserPoolClient": client},
            "DeleteUserPoolClient": {},
            "AdminCreateUser": {"User": {}},
            "AdminSetUserPassword": {},
            "AdminDeleteUser": {},
        }
        ended = wildrydes("api", "invoke", "--endpoint-url", "http://192.0.2.1:8000").must()
        (warning,) = ended.err.splitlines()
        assert warning.startswith("warning: http://192.0.2.1:8000 is not encrypted")
        assert "tokens" in warning


def test_the_request_goes_to_the_invoke_url_with_its_headers_and_body(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How it is sent, and what a lost answer is, is tested in tests/system/test_aws_http.py."""
    sent: list[tuple[Any, ...]] = []

    def record(_: Account, *words: str, **how: Any) -> Response:
        sent.append((words, how))
        return Response(201, {}, "Zoë")

    monkeypatch.setattr(Account, "send", record)
    api = RestApi(Account("us-east-1"), Names(), lambda _: None)
    api.find()
    assert send("POST", api, {"Authorization": TOKEN}, "{}") == Response(201, {}, "Zoë")
    url = f"https://{console.api}.execute-api.us-east-1.amazonaws.com/prod/ride"
    assert sent == [
        (("POST", url, f"send POST to {url}"), {"headers": {"Authorization": TOKEN}, "body": b"{}", "seconds": 35})
    ]
