"""Everything that can refuse a rider is named, with what was found and what was expected, and repaired."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.support.console import FUNCTION, URI, Console
from tests.support.fake_aws import AWS, Json
from tests.support.parts import API_PARTS
from tests.support.repeat import some_of
from tests.support.running import Cli
from wildrydes_cli.deploy.api_policy import allows_everybody

OPEN = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}]}
)
"""A resource policy that lets everybody in."""

pytestmark = pytest.mark.usefixtures("lambda_function")

THROTTLING = "10 requests a second and 20 at once"
NO_THROTTLING = ("differs", f"its throttling is that of the account, not {THROTTLING}")
UNREADABLE = "a page cannot read its own answers"
AGAIN = ("differs", "it is created again with its authorizer")
DEPLOYED_AGAIN = ("differs", "it is deployed again with its authorizer")
DEPLOYED_WITH_API = ("differs", "it is deployed again with the API")


class Mistake(NamedTuple):
    """What somebody did, and how `status` calls each part then. THIS is the API's id, and POOL the user pool's."""

    make: Callable[[AWS, Console], object]
    states: dict[str, tuple[str, str]]
    is_somebodys: bool = False
    """Whether it looks as if somebody wanted it so. Then a deployment asks before it changes that."""


def post(state: str, reason: str, *, is_somebodys: bool = False, **settings: Any) -> Mistake:
    """POST as it was set up by hand."""
    return Mistake(lambda _, console: console.set_post(**settings), {"Post": (state, reason)}, is_somebodys)


def integration(state: str, reason: str, **settings: Any) -> Mistake:
    """POST that invokes the function in another way."""
    return post(state, reason, integration=settings)


def options(state: str, reason: str, **settings: Any) -> Mistake:
    """OPTIONS as it was set up by hand."""
    return Mistake(lambda _, console: console.enable_cors(**settings), {"Options": (state, reason)})


def headers(state: str, reason: str, **settings: str) -> Mistake:
    """OPTIONS with other CORS headers."""
    return options(state, reason, headers=settings)


def stage(reason: str, *patches: tuple[str, str], state: str = "differs") -> Mistake:
    """The stage with other settings."""
    operations = [{"op": "replace", "path": path, "value": value} for path, value in patches]

    def make(aws: AWS, console: Console) -> None:
        aws.client("apigateway").update_stage(restApiId=console.api, stageName="prod", patchOperations=operations)

    return Mistake(make, {"Stage": (state, reason)})


def gateway_response(kind: str, origin: str, said: str) -> Mistake:
    """An answer of the gateway that only some page can read."""
    parameters = {"gatewayresponse.header.Access-Control-Allow-Origin": origin} if origin else {}

    def make(aws: AWS, console: Console) -> None:
        named = {"restApiId": console.api, "responseType": kind, "statusCode": "418"}
        aws.client("apigateway").put_gateway_response(responseParameters=parameters, **named)

    why = f"{UNREADABLE} {kind}, such as 401 and 429"
    return Mistake(make, {"GatewayResponses": ("differs", f"{why}: Access-Control-Allow-Origin is {said}, not '*'")})


def delete_stage(aws: AWS, console: Console) -> None:
    aws.client("apigateway").delete_stage(restApiId=console.api, stageName="prod")


def deploy_elsewhere(aws: AWS, console: Console) -> None:
    delete_stage(aws, console)
    aws.client("apigateway").create_deployment(restApiId=console.api, stageName="dev")


def delete_gateway_response(aws: AWS, console: Console) -> None:
    aws.client("apigateway").delete_gateway_response(restApiId=console.api, responseType="DEFAULT_4XX")


def delete_method_response(aws: AWS, console: Console) -> None:
    named = {"restApiId": console.api, "resourceId": console.resource(), "httpMethod": "OPTIONS"}
    aws.client("apigateway").delete_method_response(statusCode="200", **named)


def other_pool(aws: AWS) -> str:
    """Return the id of a user pool of somebody else."""
    made: str = aws.client("cognito-idp").create_user_pool(PoolName="Others")["UserPool"]["Id"]
    return made


def choose_another_authorizer(aws: AWS, console: Console) -> None:
    console.set_post(authorizerId=console.create_authorizer(other_pool(aws), "Others"))


def replace_authorizer(**settings: Any) -> Callable[[AWS, Console], object]:
    """Return how somebody creates the authorizer with other settings."""

    def make(aws: AWS, console: Console) -> None:
        console.delete_method("POST")
        aws.client("apigateway").delete_authorizer(restApiId=console.api, authorizerId=console.authorizer)
        console.create_authorizer(**settings)
        console.set_post()

    return make


def validate_tokens(aws: AWS, console: Console) -> None:
    patch = {"op": "replace", "path": "/identityValidationExpression", "value": "^web$"}
    named = {"restApiId": console.api, "authorizerId": console.authorizer}
    aws.client("apigateway").update_authorizer(patchOperations=[patch], **named)


def let_others_in(aws: AWS, console: Console) -> None:
    arn = f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{console.pool}"
    replace_authorizer(providerARNs=[arn, f"{arn}2"])(aws, console)


def authorizer(state: str, reason: str, make: Callable[[AWS, Console], object], **more: bool) -> Mistake:
    """A mistake in the authorizer: what depends on it is replaced too."""
    return Mistake(make, {"Authorizer": (state, reason), "Post": AGAIN, "Stage": DEPLOYED_AGAIN}, **more)


def mistype_token_source_and_name_the_authorizer(_: AWS, console: Console) -> None:
    console.mistype_token_source("Auth")
    console.enable_cors(authorizerId=console.authorizer)


def delete_resource(aws: AWS, console: Console) -> None:
    aws.client("apigateway").delete_resource(restApiId=console.api, resourceId=console.resource())
    console.create_resource("Ride")


def add_verb(aws: AWS, console: Console) -> None:
    console.delete_method("POST")
    at = {"restApiId": console.api, "resourceId": console.resource()}
    aws.client("apigateway").put_method(httpMethod="GET", authorizationType="NONE", **at)


def remove_verb(aws: AWS, console: Console) -> None:
    console.delete_method("GET")


def answer_codes(aws: AWS, console: Console, pattern: str) -> None:
    at = {"restApiId": console.api, "resourceId": console.resource(), "httpMethod": "OPTIONS", "statusCode": "200"}
    gateway = aws.client("apigateway")
    kept = gateway.get_integration_response(**at)["responseParameters"]
    gateway.put_integration_response(selectionPattern=pattern, responseParameters=kept, **at)


NO_TOKEN = "it asks for no token: its authorization is NONE, not COGNITO_USER_POOLS"
NO_PROXY = 'its integration is of type AWS, not AWS_PROXY: the box "Lambda proxy integration" is not ticked'
INVOCATION_TYPE = "integration.request.header.X-Amz-Invocation-Type"
ALLOW_HEADERS = "its Access-Control-Allow-Headers is"
NO_ORIGIN = "its Access-Control-Allow-Origin is missing, not *"
NO_HEADERS = "without authorization and content-type"
NO_METHODS = "its Access-Control-Allow-Methods is missing, without POST"

MISTAKES: dict[str, Mistake] = {
    # POST
    "the authorizer was not saved": post("broken", NO_TOKEN, authorizationType="NONE"),
    "IAM": post("broken", "its authorization is AWS_IAM, not COGNITO_USER_POOLS", authorizationType="AWS_IAM"),
    "OAuth scopes": post(
        "broken", "it wants the OAuth scope email, which an ID token does not have", authorizationScopes=["email"]
    ),
    "an API key": post("broken", "it wants an API key, which riders do not have", apiKeyRequired=True),
    "a request validator": post(
        "broken",
        "its request validator v4l1d wants querystring.class; there should be no validator",
        requestValidatorId="v4l1d",
        requestParameters={"method.request.querystring.class": True, "method.request.header.Authorization": True},
    ),
    "a request validator with a model": post(
        "broken",
        "its request validator v4l1d wants a body of model Ride; there should be no validator",
        requestValidatorId="v4l1d",
        requestModels={"application/json": "Ride"},
    ),
    "a request validator that wants what riders send": Mistake(
        lambda _, console: console.set_post(
            requestValidatorId="v4l1d",
            requestParameters={"method.request.header.Authorization": True, "method.request.querystring.class": False},
            requestModels={"application/json": "Empty"},
        ),
        {},
    ),
    "the box is not ticked": post("broken", NO_PROXY, proxy=False),
    "a box unticked, and no token": post("broken", f"{NO_TOKEN}; {NO_PROXY}", proxy=False, authorizationType="NONE"),
    "another function": post(
        "broken",
        "it calls function Other, not RequestUnicorn",
        uri=URI.replace("RequestUnicorn", "Other"),
        is_somebodys=True,
    ),
    "the function of another region": post(
        "broken",
        f"it calls {FUNCTION.replace('us-east-1', 'us-west-2')}, not {FUNCTION}",
        uri=URI.replace(FUNCTION, FUNCTION.replace("us-east-1", "us-west-2")),
        is_somebodys=True,
    ),
    "a version of the function": post(
        "broken",
        "it calls function RequestUnicorn:1, not RequestUnicorn",
        uri=URI.replace("/invocations", ":1/invocations"),
        is_somebodys=True,
    ),
    "no function": post("broken", "it calls no function, not RequestUnicorn", uri=""),
    "POST is gone": Mistake(
        lambda _, console: console.delete_method("POST"), {"Post": ("broken", "it does not exist")}
    ),
    "GET in place of POST": Mistake(
        add_verb, {"Post": ("broken", "it does not exist; /ride has GET")}, is_somebodys=True
    ),
    "GET": Mistake(remove_verb, {}),
    "integration by GET": integration(
        "broken", "it invokes the function by GET, not by POST, which Lambda requires", integrationHttpMethod="GET"
    ),
    "a role": integration(
        "broken",
        "it invokes the function as arn:aws:iam::123456789012:role/R, not by the function's permission for the API",
        credentials="arn:aws:iam::123456789012:role/R",
    ),
    "nobody waits": integration(
        "broken",
        "it sends header.X-Amz-Invocation-Type 'Event' to the function, not only the request",
        requestParameters={INVOCATION_TYPE: "'Event'"},
    ),
    "another header": integration(
        "differs",
        "it sends header.X-Class 'a' to the function, not only the request",
        requestParameters={"integration.request.header.X-Class": "'a'"},
    ),
    "no patience": integration("broken", "it waits 50 ms for the function, not 29000 ms", timeoutInMillis=50),
    "little patience": integration("differs", "it waits 5000 ms for the function, not 29000 ms", timeoutInMillis=5000),
    # OPTIONS
    "CORS is not enabled": Mistake(
        lambda _, console: console.delete_method("OPTIONS"),
        {"Options": ("broken", "it does not exist: CORS is not enabled")},
    ),
    "the preflight needs a token": options(
        "broken",
        "it asks for a token, which a browser's preflight does not send: its authorization is COGNITO_USER_POOLS, "
        "not NONE",
        authorization="COGNITO_USER_POOLS",
    ),
    "the preflight needs a key": options(
        "broken", "it wants an API key, which riders do not have", apiKeyRequired=True
    ),
    "a preflight validator": options(
        "broken",
        "its request validator v4l1d wants header.Authorization; there should be no validator",
        requestValidatorId="v4l1d",
        requestParameters={"method.request.header.Authorization": True},
    ),
    "another status": options(
        "broken",
        'its template for application/json is {"statusCode": 404}, not one with the status code 200',
        template='{"statusCode": 404}',
    ),
    "an answer for other codes": Mistake(
        lambda aws, console: answer_codes(aws, console, r"4\d{2}"),
        {"Options": ("broken", r"its answer 200 is for the status codes 4\d{2}, not for 200")},
    ),
    "an answer for codes of this kind": Mistake(lambda aws, console: answer_codes(aws, console, r"2\d{2}"), {}),
    "an answer for what only Java understands": Mistake(lambda aws, console: answer_codes(aws, console, "2**"), {}),
    "CORS for one page": headers(
        "differs",
        "its Access-Control-Allow-Origin is https://www.example.com, not *",
        Origin="https://www.example.com",
    ),
    "CORS for no page": headers("broken", NO_ORIGIN, Origin=""),
    "CORS that its method response does not have": Mistake(
        delete_method_response,
        {"Options": ("broken", f"{NO_ORIGIN}; {ALLOW_HEADERS} missing, {NO_HEADERS}; {NO_METHODS}")},
    ),
    "no token from a page": headers(
        "broken", f"{ALLOW_HEADERS} Content-Type, without authorization", Headers="Content-Type"
    ),
    "any header but the token": headers("broken", f"{ALLOW_HEADERS} *, without authorization", Headers="*"),
    "no JSON from a page": headers(
        "broken", f"{ALLOW_HEADERS} authorization, without content-type", Headers="authorization"
    ),
    "GET from a page": headers("differs", "its Access-Control-Allow-Methods is GET, without POST", Methods="GET"),
    # the authorizer
    "the token source is another header": authorizer(
        "broken",
        "its token source is Auth, not Authorization",
        lambda _, console: console.mistype_token_source("Auth"),
    ),
    "the token source is too long": authorizer(
        "broken",
        "its token source is method.request.header.Authorization, not Authorization",
        lambda _, console: console.mistype_token_source("method.request.header.Authorization"),
    ),
    "the token source is another header, and the preflight names the authorizer": Mistake(
        mistype_token_source_and_name_the_authorizer,
        {
            "Authorizer": ("broken", "its token source is Auth, not Authorization"),
            "Post": AGAIN,
            "Options": ("differs", "it names an authorizer, which it does not need"),
            "Stage": DEPLOYED_AGAIN,
        },
    ),
    "a token validation": authorizer(
        "broken",
        "its token validation is ^web$, not empty: it refuses the tokens of other app clients",
        validate_tokens,
    ),
    "a Lambda authorizer": authorizer(
        "broken",
        "it is of type TOKEN, not COGNITO_USER_POOLS: it does not check Cognito's tokens",
        replace_authorizer(type="TOKEN", providerARNs=[], authorizerUri=URI),
        is_somebodys=True,
    ),
    "another pool too": authorizer(
        "differs", "it lets the users of POOL, POOL2 in, not only those of POOL", let_others_in, is_somebodys=True
    ),
    # the stage
    "the stage is gone": Mistake(delete_stage, {"Stage": ("broken", "it does not exist: the API is not deployed")}),
    "another stage": Mistake(
        deploy_elsewhere,
        {"Stage": ("broken", "it does not exist: the API is deployed to dev, not to prod")},
    ),
    "throttling": stage(
        f"its throttling is 5000 requests a second and 20 at once, not {THROTTLING}",
        ("/*/*/throttling/rateLimit", "5000"),
    ),
    "everything is refused": stage(
        f"it refuses everything: its throttling is 0 requests a second and 0 at once, not {THROTTLING}",
        ("/*/*/throttling/rateLimit", "0"),
        ("/*/*/throttling/burstLimit", "0"),
        state="broken",
    ),
    "POST is logged": stage(  # API Gateway then has settings for the method alone, with other throttling
        f"its throttling of POST /ride is 1000 requests a second and 2000 at once, not {THROTTLING}",
        ("/~1ride/POST/logging/loglevel", "INFO"),
    ),
    "every POST is refused": stage(
        f"it refuses everything: its throttling of POST /ride is 10 requests a second and 0 at once, not {THROTTLING}",
        ("/~1ride/POST/throttling/rateLimit", "10"),
        ("/~1ride/POST/throttling/burstLimit", "0"),
        state="broken",
    ),
    "throttling of something else": Mistake(
        stage("", ("/~1orders/GET/throttling/rateLimit", "0")).make,
        {},
    ),
    # the gateway's answers
    "a gateway response is gone": Mistake(
        delete_gateway_response,
        {
            "GatewayResponses": (
                "differs",
                f"{UNREADABLE} DEFAULT_4XX, such as 401 and 429: Access-Control-Allow-Origin is missing, not '*'",
            )
        },
    ),
    "a gateway response for another page": gateway_response(
        "DEFAULT_5XX", "'https://a.example'", "'https://a.example'"
    ),
    "a 401 that no page can read": gateway_response("UNAUTHORIZED", "", "missing"),
    # the permission
    "a permission for another API": Mistake(
        lambda _, console: console.allow_another_api(),
        {"Permission": ("broken", "it is for abcdef1234/*/POST/ride, not for THIS/*/POST/ride")},
    ),
    "no permission": Mistake(
        lambda _, console: console.delete_permission(),
        {"Permission": ("broken", "there is none for THIS/*/POST/ride")},
    ),
    # everything
    "the resource has another case": Mistake(
        delete_resource,
        {
            "RestApi": ("broken", "it has no resource /ride, only /Ride"),
            "Post": ("broken", "it does not exist"),
            "Options": ("broken", "it does not exist: CORS is not enabled"),
            "Stage": DEPLOYED_WITH_API,
        },
        is_somebodys=True,
    ),
    "another pool": authorizer(
        "broken",
        "it lets the users of OTHERS in, not those of POOL",
        choose_another_authorizer,
        is_somebodys=True,
    ),
}
"""The mistakes. The order matters: each can be made after the one before it was repaired, and so can every fourth."""


def deployed(wildrydes: Cli, *words: str) -> Json:
    """Deploy, and return what became of each part."""
    parts: Json = wildrydes("api", "deploy", "-o", "json", *words).must().json["Parts"]
    return parts


def states(wildrydes: Cli) -> dict[str, tuple[str, str]]:
    """Return the state and the reason of each part of the API that is not ready, as `status` says."""
    parts = wildrydes("status", "-o", "json").json["Parts"]
    found = {part: (parts[part]["State"], parts[part]["Reason"] or "") for part in API_PARTS}
    return {part: each for part, each in found.items() if each[0] != "ready"}


def named(text: str, aws: AWS, console: Console) -> str:
    """Return a text with names in place of ids."""
    pools = aws.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    ids = {pool["Id"]: "POOL" if pool["Name"] == "WildRydes" else "OTHERS" for pool in pools} | {console.api: "THIS"}
    for each, name in ids.items():
        text = text.replace(each, name)
    return text


@pytest.mark.usefixtures("our_api")
def test_each_mistake_is_named_and_repaired(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """One after the other on the same API: one that was not repaired would be named with the next one."""
    wrong: dict[str, object] = {}
    for case, mistake in some_of(list(MISTAKES.items()), step=8):
        mistake.make(aws, console)
        found = {part: (state, named(why, aws, console)) for part, (state, why) in states(wildrydes).items()}
        if found != mistake.states:
            wrong[case] = found
        aws.calls.clear()
        asked = wildrydes("api", "deploy")
        if (asked.code, bool(aws.writes)) != ((2, False) if mistake.is_somebodys else (0, bool(mistake.states))):
            wrong[f"{case}: question"] = asked.err
        if mistake.is_somebodys:
            deployed(wildrydes, "--yes")
        if left := states(wildrydes):
            wrong[f"{case}: repair"] = left
    assert not wrong, json.dumps(wrong, indent=2)


class TestWhatMotoDoesNotKeep:
    """Settings that are planted into what AWS answers. For these, the request that repairs them is looked at."""

    @pytest.mark.usefixtures("our_api")
    @pytest.mark.parametrize(
        ("setting", "reason", "patch"),
        [
            (
                {"endpointConfiguration": {"types": ["PRIVATE"]}},
                "its endpoint is PRIVATE, not REGIONAL: riders can't reach it",
                {"op": "replace", "path": "/endpointConfiguration/types/PRIVATE", "value": "REGIONAL"},
            ),
            (
                {"disableExecuteApiEndpoint": True},
                "its default endpoint is disabled, not enabled: riders can't reach it",
                {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "false"},
            ),
            (
                {"binaryMediaTypes": ["image/png", "*/*"]},
                "it takes JSON for binary data (media type */*), not for text",
                {"op": "remove", "path": "/binaryMediaTypes/*~1*"},
            ),
            (
                {"binaryMediaTypes": ["application/json"]},
                "it takes JSON for binary data (media type application/json), not for text",
                {"op": "remove", "path": "/binaryMediaTypes/application~1json"},
            ),
            (
                {"policy": "{}"},
                "it has a resource policy, which may refuse riders, not none: '{}'",
                {"op": "replace", "path": "/policy", "value": ""},
            ),
        ],
    )
    def test_a_setting_of_the_api_that_refuses_riders_is_repaired_after_a_question(
        self, aws: AWS, wildrydes: Cli, setting: Json, reason: str, patch: Json
    ) -> None:
        """Each makes the API fail for everybody (chalice#1310 and SAM#553 for binary data). Somebody wanted it so."""
        aws.planted["GetRestApis"] = lambda answer: {"items": [api | setting for api in answer["items"]]}
        assert states(wildrydes) == {"RestApi": ("broken", reason), "Stage": DEPLOYED_WITH_API}
        message, _ = wildrydes("api", "deploy").error(2)
        assert f"overwrite the settings of REST API WildRydes, where {reason}" in message
        aws.planted["UpdateRestApi"] = {}
        assert deployed(wildrydes, "--yes")["RestApi"] == "updated"
        assert aws.parameters("UpdateRestApi")["patchOperations"] == [patch]

    @pytest.mark.usefixtures("our_api")
    @pytest.mark.parametrize(
        "setting",
        [
            {"endpointConfiguration": {"types": ["EDGE"]}},
            {"endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "dualstack"}},
            {"binaryMediaTypes": ["image/png"]},
            {"minimumCompressionSize": 0, "apiKeySource": "AUTHORIZER", "description": "Mine"},
            {"policy": OPEN},
        ],
    )
    def test_a_setting_of_the_api_that_refuses_nobody_is_left_alone(
        self, aws: AWS, wildrydes: Cli, setting: Json
    ) -> None:
        aws.planted["GetRestApis"] = lambda answer: {"items": [api | setting for api in answer["items"]]}
        assert states(wildrydes) == {}

    @pytest.mark.usefixtures("our_api")
    @pytest.mark.parametrize(
        ("setting", "reason"),
        [
            ({"connectionType": "VPC_LINK"}, "the connectionType of its integration is VPC_LINK, not INTERNET"),
            ({"responseTransferMode": "STREAM"}, "the responseTransferMode of its integration is STREAM, not BUFFERED"),
        ],
    )
    def test_a_setting_of_the_integration_is_named(self, aws: AWS, wildrydes: Cli, setting: Json, reason: str) -> None:

        def changed(answer: Json) -> Json:
            return answer | {"methodIntegration": answer["methodIntegration"] | setting}

        aws.planted["GetMethod"] = lambda answer: changed(answer) if answer["httpMethod"] == "POST" else answer
        assert states(wildrydes) == {"Post": ("broken", reason)}
        assert deployed(wildrydes)["Post"] == "updated"

    @pytest.mark.usefixtures("our_api")
    def test_an_integration_as_the_console_makes_it_is_right(self, aws: AWS, wildrydes: Cli) -> None:
        usual = {
            "connectionType": "INTERNET",
            "passthroughBehavior": "WHEN_NO_MATCH",
            "contentHandling": "CONVERT_TO_TEXT",
            "timeoutInMillis": 29000,
            "responseTransferMode": "BUFFERED",
            "cacheKeyParameters": [],
        }
        aws.planted["GetMethod"] = lambda answer: answer | {"methodIntegration": answer["methodIntegration"] | usual}
        assert states(wildrydes) == {}

    @pytest.mark.usefixtures("our_api")
    @pytest.mark.parametrize(
        ("setting", "states_", "patch"),
        [
            (
                {"canarySettings": {"percentTraffic": 10.5, "deploymentId": "c4n4ry"}},
                ("differs", "a canary answers 10.5 % of the requests with another deployment"),
                {"op": "remove", "path": "/canarySettings"},
            ),
            (
                {"cacheClusterEnabled": True, "methodSettings": {"~1ride/POST": {"cachingEnabled": True}}},
                ("broken", "it answers POST /ride from a cache, with the rides of others"),
                {"op": "replace", "path": "/~1ride/POST/caching/enabled", "value": "false"},
            ),
        ],
    )
    def test_a_setting_of_the_stage_is_named(
        self, aws: AWS, wildrydes: Cli, setting: Json, states_: tuple[str, str], patch: Json
    ) -> None:
        throttled = {"throttlingRateLimit": 10.0, "throttlingBurstLimit": 20}

        def changed(stage: Json) -> Json:
            methods = {key: each | throttled for key, each in (setting.get("methodSettings") or {}).items()}
            return stage | setting | {"methodSettings": stage["methodSettings"] | methods}

        aws.planted["GetStages"] = lambda answer: {"item": [changed(stage) for stage in answer["item"]]}
        assert states(wildrydes) == {"Stage": states_}
        aws.planted["UpdateStage"] = {}
        assert deployed(wildrydes, "--yes")["Stage"] == "updated"
        assert aws.parameters("UpdateStage")["patchOperations"] == [patch]

    def test_throttling_that_nobody_chose_is_nobodys(self, aws: AWS, wildrydes: Cli, console: Console) -> None:
        """API Gateway writes the account's throttling into the settings when somebody turns the log on."""
        console.create_pool()
        console.create_client()
        console.create_tutorial_api()
        console.deploy()
        limits = {"throttlingRateLimit": 10000.0, "throttlingBurstLimit": 5000, "loggingLevel": "INFO"}
        aws.planted["GetStages"] = lambda answer: {
            "item": [stage | {"methodSettings": {"*/*": limits}} for stage in answer["item"]]
        }
        assert states(wildrydes)["Stage"][1].endswith(NO_THROTTLING[1])
        assert deployed(wildrydes)["Stage"] == "updated"


@pytest.mark.parametrize("path", ["execute-api:/*", "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/*", "*"])
@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}])
def test_a_policy_for_everybody_is_no_obstacle(path: str, principal: object) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "execute-api:Invoke", "Resource": [path]}
    assert allows_everybody(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert allows_everybody(json.dumps(json.dumps({"Statement": statement}))[1:-1])


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Deny"},
        {"Principal": {"AWS": "123456789012"}},
        {"Action": "execute-api:ManageConnections"},
        {"Resource": "execute-api:/prod/GET/*"},
        {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}},
    ],
)
def test_a_policy_for_some_is_an_obstacle(change: Json) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    assert not allows_everybody(json.dumps({"Statement": [statement | change]}))
    both = allows_everybody(json.dumps({"Statement": [statement, statement | change]}))
    assert both is (change != {"Effect": "Deny"})


def test_a_policy_that_is_none_is_an_obstacle() -> None:
    for policy in ("", "{", "null", "[]", "{}"):
        assert not allows_everybody(policy)


@pytest.mark.usefixtures("by_the_book")
class TestTheTutorial:
    """An API that was made exactly as the tutorial says, and what is forgotten most often."""

    def test_what_was_made_exactly_as_the_tutorial_says_is_not_broken(self, wildrydes: Cli, console: Console) -> None:
        """The tutorial sets up no throttling, and nothing for the gateway's own answers."""
        console.deploy()
        found = states(wildrydes)
        assert {part: state for part, (state, _) in found.items()} == {
            "GatewayResponses": "differs",
            "Stage": "differs",
        }
        assert found["Stage"][1].endswith(NO_THROTTLING[1])

    def test_an_api_that_was_never_deployed_is_broken(self, wildrydes: Cli) -> None:
        assert states(wildrydes)["Stage"] == ("broken", "it does not exist: the API is not deployed")

    def test_cors_that_was_enabled_after_the_deployment_is_not_deployed(self, wildrydes: Cli, console: Console) -> None:
        console.delete_method("OPTIONS")
        console.deploy()
        console.enable_cors()
        state, reason = states(wildrydes)["Stage"]
        assert state == "broken"
        assert reason.startswith("OPTIONS /ride is not deployed: it was created after the last deployment; ")
        assert deployed(wildrydes, "--yes")["Stage"] == "updated"
        assert states(wildrydes) == {}

    def test_an_authorizer_that_was_chosen_after_the_deployment_is_not_deployed(
        self, wildrydes: Cli, console: Console
    ) -> None:
        console.set_post(authorizationType="NONE")
        console.deploy()
        console.set_post()
        state, reason = states(wildrydes)["Stage"]
        assert state == "broken"
        assert reason.startswith("POST /ride is deployed with the authorization NONE, not COGNITO_USER_POOLS; ")

    def test_what_an_emulator_does_not_say_of_the_deployment_is_no_mistake(
        self, aws: AWS, wildrydes: Cli, console: Console
    ) -> None:
        console.deploy()
        ride = {"POST": {"apiKeyRequired": False, "authorizationScopes": []}, "OPTIONS": {"apiKeyRequired": True}}
        aws.planted["GetDeployment"] = lambda answer: answer | {"apiSummary": {"/ride": ride}}
        state, reason = states(wildrydes)["Stage"]
        assert state == "broken"
        assert reason.startswith(
            "OPTIONS /ride is deployed with the need of an API key True, not False; its throttling"
        )

    def test_what_is_repaired_in_it_is_also_deployed(self, aws: AWS, wildrydes: Cli, console: Console) -> None:
        """Also if nothing of the stage itself differs."""
        aws.client("apigateway").create_deployment(restApiId=console.api, stageName="prod")
        stage("", ("/*/*/throttling/rateLimit", "10"), ("/*/*/throttling/burstLimit", "20")).make(aws, console)
        console.set_post(proxy=False)
        assert states(wildrydes)["Stage"] == ("differs", "it is deployed again with what is changed")
        aws.calls.clear()
        deployed(wildrydes, "--yes")
        assert "CreateDeployment" in aws.writes
        assert states(wildrydes) == {}


@pytest.mark.usefixtures("our_api")
def test_a_deployment_of_our_api_from_the_console_is_not_certain(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """What was changed and deployed and changed back is not seen in the API any more."""
    console.deploy()
    stage("", ("/*/*/throttling/rateLimit", "10"), ("/*/*/throttling/burstLimit", "20")).make(aws, console)
    reason = "its deployment is not one of this command, so what it serves is not certain"
    assert states(wildrydes) == {"Stage": ("differs", reason)}
    assert deployed(wildrydes)["Stage"] == "updated"
    assert states(wildrydes) == {}
