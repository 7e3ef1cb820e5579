"""AWS, as moto plays it in this process, with a function for the API to invoke. What the API answers is planted."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ConnectionClosedError

from tests.support.parts import API_PARTS
from tests.support.running import Cli
from tests.unit.function import conftest as function_tests
from wildrydes_cli.aws import Account
from wildrydes_cli.deploy.requests import Response

AWS = function_tests.AWS
aws = function_tests.aws

Json = dict[str, Any]

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:RequestUnicorn"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"

UNAUTHORIZED = Response(401, {}, '{"message":"Unauthorized"}')


@dataclass
class Gateway:
    """What answers at the invoke URL. The last answer to a method is given again and again."""

    requests: list[tuple[str, Mapping[str, str], str | None]] = field(default_factory=list)
    options: list[Response | BaseException] = field(default_factory=lambda: [Response(200, {}, "")])
    post: list[Response | BaseException] = field(default_factory=lambda: [UNAUTHORIZED])

    def send(
        self, method: str, api: object, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> Response:
        """Stand in for `wildrydes_cli.deploy.requests.send`."""
        self.requests.append((method, headers or {}, body))
        answers = {"OPTIONS": self.options, "POST": self.post}[method]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


@dataclass
class Wire:
    """What goes wrong between the command and AWS."""

    lost: list[str] = field(default_factory=list)
    """Operations that AWS carries out, but whose next answer does not arrive."""
    writes_left: int | None = None
    """After how many writes Ctrl-C is pressed."""
    said: dict[str, Callable[[Json], Json]] = field(default_factory=dict)
    """How the answer to an operation differs from moto's."""
    instead: dict[str, Callable[[Json], Json]] = field(default_factory=dict)
    """What is answered to an operation's parameters, without asking moto."""
    tries: dict[str, object] = field(default_factory=dict)
    """How often botocore would send each operation, where the client says so."""


@pytest.fixture
def wire(aws: AWS, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Nothing goes wrong until the test says so."""
    wire = Wire()
    call: Callable[..., Any] = BaseClient._make_api_call

    def over_the_wire(self: Any, operation: str, parameters: Json) -> Any:
        wire.tries[operation] = (self.meta.config.retries or {}).get("total_max_attempts")
        if wire.writes_left is not None and not operation.startswith(function_tests.READS):
            if wire.writes_left == 0:
                wire.writes_left = None
                raise KeyboardInterrupt
            wire.writes_left -= 1
        if instead := wire.instead.get(operation):
            aws.calls.append((operation, parameters))
            return instead(parameters)
        answer = call(self, operation, parameters)
        if operation in wire.lost:
            wire.lost.remove(operation)
            raise ConnectionClosedError(endpoint_url="https://aws.example")
        said = wire.said.get(operation)
        return said(answer) if said else answer

    monkeypatch.setattr(BaseClient, "_make_api_call", over_the_wire)
    return wire


_clients: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all tests share their clients."""
    create = Account.client

    def client(self: Account, service: str, **settings: Any) -> Any:
        if self.endpoint_url:
            return create(self, service, **settings)  # it may warn, and that is tested
        environment = sorted(item for item in os.environ.items() if item[0].startswith("AWS_"))
        key = str((self.region, self.profile, service, settings, environment))
        if key not in _clients:
            _clients[key] = create(self, service, **settings)
        return _clients[key]

    monkeypatch.setattr(Account, "client", client)


@pytest.fixture(autouse=True)
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """An API that is ready at once, and refuses whoever has no token."""
    gateway = Gateway()
    monkeypatch.setattr("wildrydes_cli.deploy.requests.send", gateway.send)
    return gateway


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, in no time."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


@pytest.fixture
def lambda_function(aws: AWS) -> None:
    """A function for the API to invoke."""
    create_function(aws.client)
    aws.calls.clear()


def create_function(client: Callable[[str], Any], name: str = "RequestUnicorn") -> None:
    """Create a function that need not work."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = client("iam").create_role(RoleName=f"Role-{name}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    client("lambda").create_function(
        FunctionName=name, Runtime="python3.13", Role=role, Handler="index.handler", Code={"ZipFile": b"zip"}
    )


def every(how: str, **but: str) -> dict[str, str]:
    """Return the same for every part of the API, except for those that are named."""
    return dict.fromkeys(API_PARTS, how) | but


def deployed(wildrydes: Cli, *words: str) -> dict[str, str]:
    """Deploy, and return what became of each part."""
    parts: dict[str, str] = wildrydes("api", "deploy", "-o", "json", *words).must().json["Parts"]
    return parts


class Console:
    """What a reader of the tutorial does by hand in AWS's console, in the account `aws`."""

    def __init__(self, aws: AWS, name: str = "WildRydes") -> None:
        self._name = name
        self._gateway, self._cognito, self._lambda = map(aws.client, ("apigateway", "cognito-idp", "lambda"))

    @property
    def apis(self) -> list[str]:
        """The ids of all APIs of the name."""
        return [api["id"] for api in self._gateway.get_rest_apis()["items"] if api["name"] == self._name]

    @property
    def pools(self) -> list[str]:
        """The ids of all user pools of the name."""
        listed = self._cognito.list_user_pools(MaxResults=60)["UserPools"]
        return [pool["Id"] for pool in listed if pool["Name"] == self._name]

    @property
    def api(self) -> str:
        """The id of the only API."""
        (api,) = self.apis
        return api

    @property
    def pool(self) -> str:
        """The id of the only user pool."""
        (pool,) = self.pools
        return pool

    def clients(self, pool: str) -> list[Json]:
        """The app clients of a pool."""
        listed: list[Json] = self._cognito.list_user_pool_clients(UserPoolId=pool, MaxResults=60)["UserPoolClients"]
        return listed

    def users(self) -> list[str]:
        """The names of the users of the only pool."""
        return [user["Username"] for user in self._cognito.list_users(UserPoolId=self.pool)["Users"]]

    def policy(self) -> list[Json]:
        """The statements of the function's policy."""
        try:
            policy = self._lambda.get_policy(FunctionName="RequestUnicorn")["Policy"]
        except self._lambda.exceptions.ResourceNotFoundException:
            return []
        statements: list[Json] = json.loads(policy)["Statement"]
        return statements

    def create_pool(self, **settings: Any) -> str:
        """Create a user pool."""
        pool: str = self._cognito.create_user_pool(PoolName=self._name, **settings)["UserPool"]["Id"]
        return pool

    def create_client(self, name: str = "WildRydesWebApp", **settings: Any) -> str:
        """Create an app client in the only pool."""
        client = self._cognito.create_user_pool_client(UserPoolId=self.pool, ClientName=name, **settings)
        made: str = client["UserPoolClient"]["ClientId"]
        return made

    def create_api(self) -> str:
        """Create an API with the resource `/ride`."""
        made: str = self._gateway.create_rest_api(name=self._name)["id"]
        root = self.resource("/", made)
        self._gateway.create_resource(restApiId=made, parentId=root, pathPart="ride")
        return made

    def resource(self, path: str = "/ride", api: str = "") -> str:
        """The id of a resource."""
        listed = self._gateway.get_resources(restApiId=api or self.api)["items"]
        (found,) = (resource["id"] for resource in listed if resource["path"] == path)
        return str(found)

    def create_authorizer(self, pool: str = "", name: str = "WildRydes", source: str = "Authorization") -> str:
        """Create an authorizer. `source` is what a reader types into "Token source"."""
        arn = f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{pool or self.pool}"
        made: str = self._gateway.create_authorizer(
            restApiId=self.api,
            name=name,
            type="COGNITO_USER_POOLS",
            providerARNs=[arn],
            identitySource=f"method.request.header.{source}",
        )["id"]
        return made

    @property
    def authorizer(self) -> str:
        """The id of the only authorizer of the name."""
        listed = self._gateway.get_authorizers(restApiId=self.api)["items"]
        (authorizer,) = (str(each["id"]) for each in listed if each["name"] == "WildRydes")
        return authorizer

    def set_post(self, *, uri: str = URI, proxy: bool = True, **method: Any) -> None:
        """Create POST, in place of one that exists. It asks for a token unless `method` says otherwise."""
        settings = {"authorizationType": "COGNITO_USER_POOLS", **method}
        if settings["authorizationType"] != "NONE" and "authorizerId" not in settings:
            settings["authorizerId"] = self.authorizer
        self._put("POST", **settings)
        if uri:
            kind = "AWS_PROXY" if proxy else "AWS"
            self._gateway.put_integration(type=kind, integrationHttpMethod="POST", uri=uri, **self._at("POST"))

    def enable_cors(self, *, origin: str = "*", authorization: str = "NONE") -> None:
        """Do what the button "Enable CORS" does."""
        settings = {"authorizerId": self.authorizer} if authorization != "NONE" else {}
        self._put("OPTIONS", authorizationType=authorization, **settings)
        headers = {
            "Headers": "'Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token'",
            "Methods": "'OPTIONS,POST'",
            "Origin": f"'{origin}'",
        }
        named = {f"method.response.header.Access-Control-Allow-{name}": value for name, value in headers.items()}
        at = self._at("OPTIONS")
        template = {"application/json": '{"statusCode": 200}'}
        self._gateway.put_integration(type="MOCK", requestTemplates=template, **at)
        self._gateway.put_method_response(statusCode="200", responseParameters=dict.fromkeys(named, True), **at)
        self._gateway.put_integration_response(statusCode="200", responseParameters=named, **at)

    def delete_method(self, verb: str, path: str = "/ride") -> None:
        """Delete a method."""
        self._gateway.delete_method(**self._at(verb, path))

    def deploy(self) -> None:
        """Deploy to the stage `prod`."""
        self._gateway.create_deployment(restApiId=self.api, stageName="prod")

    def add_permission(self, *, sid: str = "3f1b8c04", api: str = "") -> None:
        """Allow an API to invoke the function, as the console does when POST is saved."""
        self._lambda.add_permission(
            FunctionName="RequestUnicorn",
            StatementId=sid,
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:us-east-1:123456789012:{api or self.api}/*/POST/ride",
        )

    def _put(self, verb: str, **settings: Any) -> None:
        at = self._at(verb)
        resources = self._gateway.get_resources(restApiId=self.api)["items"]
        if any(verb in (each.get("resourceMethods") or {}) for each in resources if each["path"] == "/ride"):
            self._gateway.delete_method(**at)
        self._gateway.put_method(**settings, **at)

    def _at(self, verb: str, path: str = "/ride") -> Json:
        return {"restApiId": self.api, "resourceId": self.resource(path), "httpMethod": verb}


@pytest.fixture
def console(aws: AWS) -> Console:
    """The console of the account."""
    return Console(aws)
