"""The API from deployment to removal, over HTTP, on an engine that checks tokens and runs the function."""

import base64
import io
import json
import signal
import subprocess
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from tests.integration.conftest import UseAWS
from tests.integration.engines import Faults
from tests.support.parts import API_PARTS, PAGE_PARTS
from tests.support.proxy import Proxy
from tests.support.repeat import times
from tests.support.running import PROGRAM, Cli
from wildrydes_cli.aws import Account

PICKUP = json.dumps({"PickupLocation": {"Latitude": 47.6, "Longitude": -122.3}}).encode()
PASSWORD = "A-password-of-this-test-1"  # it lives in the engine only


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: str


def send(url: str, method: str = "POST", token: str | None = None) -> Answer:
    """Send a request to `/ride`, as the page does."""
    headers = {"Content-Type": "application/json", **({"Authorization": token} if token else {})}
    body = PICKUP if method == "POST" else None
    request = urllib.request.Request(f"{url}/ride", body, headers, method=method)
    try:
        answer: Any = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read().decode())


class Deployed:
    """An API that is deployed, with its users, and what the console could do to it."""

    def __init__(self, wildrydes: Cli) -> None:
        self.wildrydes = wildrydes
        result = wildrydes("api", "deploy", "--yes", "-o", "json").must().json
        self.url: str = result["InvokeUrl"]
        self.api: str = result["RestApiId"]
        self.pool: str = result["UserPoolId"]
        self.web: str = result["UserPoolClientId"]
        self.cognito = Account().client("cognito-idp")
        self.gateway = Account().client("apigateway")

    def token(self, user: str, *, pool: str = "", client: str = "") -> str:
        """Create a user, sign in, and return the ID token. `client` must allow the flow for administrators."""
        pool, client = pool or self.pool, client or self._client()
        who = {"UserPoolId": pool, "Username": user}
        if user not in self.users(pool):
            address = [{"Name": "email", "Value": f"{user}@example.com"}]
            self.cognito.admin_create_user(**who, MessageAction="SUPPRESS", UserAttributes=address)
        self.cognito.admin_set_user_password(**who, Password=PASSWORD, Permanent=True)
        answer = self.cognito.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user, "PASSWORD": PASSWORD},
        )
        token: str = answer["AuthenticationResult"]["IdToken"]
        return token

    def _client(self) -> str:
        """Return an app client of this test that allows the flow for administrators."""
        listed = self.cognito.list_user_pool_clients(UserPoolId=self.pool, MaxResults=60)["UserPoolClients"]
        for client in listed:
            if client["ClientName"] == "Tests":
                return str(client["ClientId"])
        flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        made = self.cognito.create_user_pool_client(UserPoolId=self.pool, ClientName="Tests", ExplicitAuthFlows=flows)
        return str(made["UserPoolClient"]["ClientId"])

    def users(self, pool: str = "") -> list[str]:
        return [user["Username"] for user in self.cognito.list_users(UserPoolId=pool or self.pool)["Users"]]

    def clients(self) -> list[str]:
        listed = self.cognito.list_user_pool_clients(UserPoolId=self.pool, MaxResults=60)["UserPoolClients"]
        return [client["ClientName"] for client in listed if client["ClientName"] != "Tests"]

    @property
    def ride(self) -> str:
        resources = self.gateway.get_resources(restApiId=self.api)["items"]
        (found,) = [each["id"] for each in resources if each["path"] == "/ride"]
        return str(found)

    @property
    def authorizer(self) -> str:
        found: str = self.gateway.get_authorizers(restApiId=self.api)["items"][0]["id"]
        return found


@pytest.fixture
def account(strict_auth: Proxy, use_aws: UseAWS, wildrydes: Cli) -> Cli:
    """The command line, in an account that has the table and the function, and no page of another test."""
    use_aws(strict_auth.url)
    wildrydes("page", "delete", "--yes").must()
    wildrydes("setup-table").must()
    wildrydes("function", "deploy", "--yes").must()
    return wildrydes


@pytest.fixture
def deployed(account: Cli) -> Deployed:
    return Deployed(account)


def replaced(part: str) -> str:
    """Return the part of a token with other content."""
    return part[:-6] + ("AAAAAA" if part[-6:] != "AAAAAA" else "BBBBBB")


# A request through the API


def test_the_token_of_a_user_gets_a_ride_under_the_name_of_that_user(deployed: Deployed) -> None:
    answer = send(deployed.url, token=deployed.token("ada"))
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (201, "*")
    ride_id = json.loads(answer.body)["RideId"]
    shown = deployed.wildrydes("rides", "show", ride_id, "-o", "json").must().json
    assert (shown["User"], shown["PickupLocation"]) == ("ada", {"Latitude": 47.6, "Longitude": -122.3})


def unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


def test_no_other_token_is_accepted_and_a_page_can_read_why(deployed: Deployed, ministack_auth: str) -> None:
    other = deployed.cognito.create_user_pool(PoolName="Other")["UserPool"]["Id"]
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    theirs = deployed.cognito.create_user_pool_client(UserPoolId=other, ClientName="x", ExplicitAuthFlows=flows)
    # Cognito's tokens last five minutes at least, so the emulator is asked for this one without AWS's rules.
    lenient = Account(endpoint_url=ministack_auth).client("cognito-idp")
    short = lenient.create_user_pool_client(
        UserPoolId=deployed.pool,
        ClientName="short",
        ExplicitAuthFlows=flows,
        IdTokenValidity=1,
        TokenValidityUnits={"IdToken": "seconds"},
    )
    valid = deployed.token("ada")
    head, claims, signature = valid.split(".")
    tokens = {
        "expired": deployed.token("ada", client=short["UserPoolClient"]["ClientId"]),
        "none": None,
        "garbage": "garbage",
        "forged signature": f"{head}.{claims}.{replaced(signature)}",
        "forged claims": f"{head}.{replaced(claims)}.{signature}",
        "alg none": unsigned(valid),
        "another pool": deployed.token("ada", pool=other, client=theirs["UserPoolClient"]["ClientId"]),
    }
    time.sleep(2)
    for kind, token in tokens.items():
        answer = send(deployed.url, token=token)
        assert (kind, answer.status, answer.headers["access-control-allow-origin"]) == (kind, 401, "*")
    assert send(deployed.url, token=valid).status == 201
    deployed.cognito.delete_user_pool(UserPoolId=other)
    deployed.cognito.delete_user_pool_client(UserPoolId=deployed.pool, ClientId=short["UserPoolClient"]["ClientId"])


def test_a_preflight_needs_no_token(deployed: Deployed) -> None:
    answer = send(deployed.url, "OPTIONS")
    allowed = {name: answer.headers[f"access-control-allow-{name}"] for name in ("origin", "headers", "methods")}
    assert answer.status == 200
    assert allowed["origin"] == "*"
    assert {"Authorization", "Content-Type"} <= set(allowed["headers"].split(","))
    assert "POST" in allowed["methods"]


def test_too_many_requests_are_refused_in_a_way_that_a_page_can_read(deployed: Deployed) -> None:
    patches = [
        {"op": "replace", "path": f"/*/*/throttling/{name}", "value": value}
        for name, value in (("rateLimit", "1"), ("burstLimit", "2"))
    ]
    deployed.gateway.update_stage(restApiId=deployed.api, stageName="prod", patchOperations=patches)
    token = deployed.token("ada")
    answers = [send(deployed.url, token=token) for _ in range(5)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert refused[0].headers["access-control-allow-origin"] == "*"
    changed = deployed.wildrydes("api", "deploy", "-o", "json").must().json["Parts"]
    assert changed == dict.fromkeys(API_PARTS, "unchanged") | {"Stage": "updated"}
    time.sleep(1)
    assert send(deployed.url, token=token).status == 201


# api invoke


def test_api_invoke_requests_a_ride_and_leaves_no_user_behind(deployed: Deployed) -> None:
    before = deployed.users()
    ended = deployed.wildrydes("api", "invoke", "--lat", "1", "--lon", "2", "--rider", "bob", "-o", "json").must()
    ride = json.loads(ended.json["body"])
    shown = deployed.wildrydes("rides", "show", ride["RideId"], "-o", "json").must().json
    assert (shown["User"], shown["PickupLocation"]) == ("bob", {"Latitude": 1.0, "Longitude": 2.0})
    assert deployed.users() == before
    assert deployed.clients() == ["WildRydesWebApp"]


def test_api_invoke_leaves_a_user_who_exists_alone(deployed: Deployed) -> None:
    deployed.token("eve")
    message, hint = deployed.wildrydes("api", "invoke", "--rider", "eve").error(1)
    assert "user of that name already" in message
    assert "--rider" in hint
    assert deployed.token("eve")


def test_api_invoke_uses_a_temporary_client_if_the_page_has_one_of_its_own(deployed: Deployed) -> None:
    flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    named = {"UserPoolId": deployed.pool, "ClientId": deployed.web}
    deployed.cognito.update_user_pool_client(**named, ClientName="WildRydesWebApp", ExplicitAuthFlows=flows)
    deployed.wildrydes("api", "invoke").must()
    assert deployed.clients() == ["WildRydesWebApp"]
    deployed.cognito.delete_user_pool_client(**named)
    assert deployed.wildrydes("api", "deploy", "-o", "json").must().json["Parts"]["AppClient"] == "created"


def test_api_invoke_says_what_a_failure_means(deployed: Deployed) -> None:
    deployed.wildrydes("function", "delete", "--yes").must()
    message, _ = deployed.wildrydes("api", "invoke").error(1)
    assert "the API answered 500" in message
    assert "function" in message
    assert "the_username" not in deployed.users()


def test_ctrl_c_during_a_request_deletes_the_user(deployed: Deployed) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("wildrydes_cli/function/handler.py", "import time\ndef handler(*_):\n    time.sleep(8)")
    functions = Account().client("lambda")
    functions.update_function_code(FunctionName="RequestUnicorn", ZipFile=package.getvalue())
    command = [*PROGRAM, "api", "invoke", "--rider", "interrupted"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 20
        while "interrupted" not in deployed.users() and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(1)  # it signs in, and sends the request
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "a ride may have been recorded" in err
    assert "interrupted" not in deployed.users()


# What somebody changed by hand


def untick_the_box(deployed: Deployed) -> None:
    put, at = deployed.gateway.put_integration, {"restApiId": deployed.api, "resourceId": deployed.ride}
    uri = deployed.gateway.get_integration(**at, httpMethod="POST")["uri"]
    put(**at, httpMethod="POST", type="AWS", integrationHttpMethod="POST", uri=uri)


def ask_for_no_token(deployed: Deployed) -> None:
    patch = [{"op": "replace", "path": "/authorizationType", "value": "NONE"}]
    at = {"restApiId": deployed.api, "resourceId": deployed.ride, "httpMethod": "POST"}
    deployed.gateway.update_method(**at, patchOperations=patch)


def mistype_the_token_source(deployed: Deployed) -> None:
    patch = [{"op": "replace", "path": "/identitySource", "value": "method.request.header.Token"}]
    named = {"restApiId": deployed.api, "authorizerId": deployed.authorizer}
    deployed.gateway.update_authorizer(**named, patchOperations=patch)


def disable_cors(deployed: Deployed) -> None:
    deployed.gateway.delete_method(restApiId=deployed.api, resourceId=deployed.ride, httpMethod="OPTIONS")


def delete_the_stage(deployed: Deployed) -> None:
    deployed.gateway.delete_stage(restApiId=deployed.api, stageName="prod")


def delete_the_permission(deployed: Deployed) -> None:
    named = {"FunctionName": "RequestUnicorn", "StatementId": f"wildrydes-{deployed.api}"}
    Account().client("lambda").remove_permission(**named)


def reset_an_answer(deployed: Deployed) -> None:
    deployed.gateway.delete_gateway_response(restApiId=deployed.api, responseType="DEFAULT_4XX")


BY_HAND: list[tuple[str, Callable[[Deployed], None], str]] = [
    ("Post", ask_for_no_token, "it asks for no token"),
    ("Post", untick_the_box, 'the box "Lambda proxy integration" is not ticked'),
    ("Authorizer", mistype_the_token_source, "its token source is Token, not Authorization"),
    ("Options", disable_cors, "CORS is not enabled"),
    ("Stage", delete_the_stage, "the API is not deployed"),
    ("Permission", delete_the_permission, "there is none for"),
    ("GatewayResponses", reset_an_answer, "a page cannot read its own answers DEFAULT_4XX, such as 401 and 429"),
]


def test_what_was_changed_by_hand_is_named_fixed_and_works_again(deployed: Deployed) -> None:
    for part, change, reason in BY_HAND:
        change(deployed)
        planned = deployed.wildrydes("api", "deploy", "--dry-run", "-o", "json").must().json
        assert reason in planned["Differences"][part]
        done = deployed.wildrydes("api", "deploy", "--yes", "-o", "json").must().json
        assert done["Parts"] == planned["Parts"]
        deployed.wildrydes("api", "invoke").must()
        again = deployed.wildrydes("api", "deploy", "-o", "json").must().json
        assert again["Parts"] == dict.fromkeys(API_PARTS, "unchanged")


def test_an_authorizer_that_another_method_uses_is_not_replaced(deployed: Deployed) -> None:
    at = {"restApiId": deployed.api, "resourceId": deployed.ride, "httpMethod": "GET"}
    uses = {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": deployed.authorizer}
    deployed.gateway.put_method(**at, **uses)
    mistype_the_token_source(deployed)
    assert "it is also used by GET /ride" in deployed.wildrydes("api", "deploy", "--yes").error(1)[0]
    deployed.gateway.delete_method(**at)
    deployed.wildrydes("api", "deploy", "--yes").must()


# Two deployments at the same time


@pytest.mark.parametrize("time", range(times(1, 4)))
def test_two_deployments_at_the_same_time_end_with_one_of_each(account: Cli, time: int) -> None:
    account("api", "delete", "--users", "--yes").must()
    command = [*PROGRAM, "api", "deploy", "-o", "json"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    ended = [(process.communicate(timeout=120), process.returncode) for process in both]
    assert [code for _, code in ended] == [0, 0], ended
    first, second = (json.loads(out) for (out, _), _ in ended)
    assert {name: first[name] for name in first if name != "Parts"} == {
        name: second[name] for name in second if name != "Parts"
    }
    deployed = Deployed(account)  # it refuses two of a name
    assert count() == (1, 1)
    assert deployed.clients() == ["WildRydesWebApp"]
    account("api", "invoke").must()
    assert account("status", "-o", "json").must().json["Parts"]["Stage"]["State"] == "ready"


# Removal, and status


def test_status_follows_the_tutorial_and_api_delete_removes_everything(account: Cli) -> None:
    account("api", "delete", "--users", "--yes").must()
    states = {part: row["State"] for part, row in account("status", "-o", "json").must().json["Parts"].items()}
    assert {states[part] for part in API_PARTS} == {"absent"}
    assert states["Function"] == "ready"
    deployed = Deployed(account)
    states = {part: row["State"] for part, row in account("status", "-o", "json").must().json["Parts"].items()}
    assert {state for part, state in states.items() if part not in ("LogGroup", *PAGE_PARTS)} == {"ready"}
    ask_for_no_token(deployed)
    row = account("status", "-o", "json").must(1).json["Parts"]["Post"]
    reason = "it asks for no token: its authorization is NONE, not COGNITO_USER_POOLS"
    assert row == {"State": "broken", "Reason": reason, "Command": "wildrydes api deploy"}
    account("function", "delete", "--yes").must()
    removed = account("api", "delete", "--users", "--yes", "-o", "json").must().json
    assert removed == {"Permission": "absent", "RestApi": "deleted", "UserPool": "deleted"}
    removed = account("api", "delete", "--users", "--yes", "-o", "json").must().json
    assert set(removed.values()) == {"absent"}
    assert deployed.gateway.get_rest_apis()["items"] == []


# A network that fails

WRITES = (
    ("cognito-idp", "CreateUserPool"),
    ("cognito-idp", "CreateUserPoolClient"),
    ("apigateway", "CreateRestApi"),
    ("apigateway", "CreateResource"),
    ("apigateway", "CreateAuthorizer"),
    ("apigateway", "PutMethod"),
    ("apigateway", "PutIntegration"),
    ("apigateway", "PutMethodResponse"),
    ("apigateway", "PutIntegrationResponse"),
    ("apigateway", "PutGatewayResponse"),
    ("lambda", "AddPermission"),
    ("apigateway", "CreateDeployment"),
    ("apigateway", "UpdateStage"),
)
"""The writes of `api deploy`, in the order in which each comes first."""


@pytest.fixture
def failing(faults: Faults, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    """The proxy, in front of an account that has the function but no API. Requests are not repeated."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    wildrydes("function", "deploy", "--yes").must()
    wildrydes("api", "delete", "--users", "--yes").must()
    faults.rules()
    yield faults
    faults.rules()
    wildrydes("api", "delete", "--users", "--yes").must()


def count() -> tuple[int, int]:
    """Return how many APIs and how many user pools there are."""
    pools = Account().client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    return len(Account().client("apigateway").get_rest_apis()["items"]), len(pools)


def test_a_deployment_that_fails_before_any_of_its_writes_is_completed(failing: Faults, wildrydes: Cli) -> None:
    """Each run comes one write further than the one before it."""
    for service, operation in WRITES:
        failing.rules({"service": service, "operation": operation, "error": {"code": "Boom", "status": 500}})
        wildrydes("api", "deploy", "--yes").error(4)
        assert operation in failing.fired()
    failing.rules()
    wildrydes("api", "deploy", "--yes").must()
    parts = wildrydes("api", "deploy", "-o", "json").must().json["Parts"]
    assert parts == dict.fromkeys(API_PARTS, "unchanged")
    assert count() == (1, 1)


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("apigateway", "CreateRestApi"),
        ("cognito-idp", "CreateUserPool"),
        ("cognito-idp", "CreateUserPoolClient"),
    ],
)
def test_a_creation_whose_answer_is_lost_is_not_repeated(
    failing: Faults, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, service: str, operation: str
) -> None:
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    failing.rules({"service": service, "operation": operation, "response": {"abort_bytes": 1}})
    message, hint = wildrydes("api", "deploy").error(4)
    assert "may have been created" in message
    assert "run this again" in hint
    assert failing.fired() == [operation]
    failing.rules()
    wildrydes("api", "deploy").must()
    assert count() == (1, 1)
    pool = wildrydes("api", "deploy", "-o", "json").must().json["UserPoolId"]
    clients = Account().client("cognito-idp").list_user_pool_clients(UserPoolId=pool, MaxResults=60)
    assert len(clients["UserPoolClients"]) == 1


def test_creations_and_deletions_that_are_throttled_are_tried_again(failing: Faults, wildrydes: Cli) -> None:
    throttled = {"error": {"code": "TooManyRequestsException", "status": 429}, "times": 2}
    operations = ("CreateRestApi", "CreateDeployment", "DeleteRestApi")
    failing.rules(*({"service": "apigateway", "operation": each, **throttled} for each in operations))
    wildrydes("api", "deploy").must()
    wildrydes("api", "delete", "--users", "--yes").must()
    assert failing.fired() == [operation for operation in operations for _ in range(2)]
    assert count() == (0, 0)
