"""`status` shows what of Wild Rydes exists, whether it is right, and the command that fixes what is not."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError

from tests.support.console import Console
from tests.support.fake_aws import AWS, Json
from tests.support.parts import API_PARTS, FUNCTION_PARTS, PAGE_PARTS
from tests.support.prepared import Prepared
from tests.support.running import Cli

ALL = ("Table", "Indexes", *FUNCTION_PARTS, *API_PARTS, *PAGE_PARTS, "LogGroup")
READY = {"State": "ready", "Reason": None, "Command": None}
ROLE = "WildRydesLambda"


@pytest.fixture
def everything(aws: AWS, our_function: None, prepared: Prepared, wildrydes: Cli) -> None:
    """All of Wild Rydes, as its commands deploy it."""

    def deploy() -> None:
        for command in (("api", "deploy"), ("page", "deploy")):
            wildrydes(*command).must()
        aws.client("logs").create_log_group(logGroupName="/aws/lambda/RequestUnicorn")

    prepared(deploy)
    aws.calls.clear()


def states(wildrydes: Cli, code: int = 0, *words: str) -> dict[str, dict[str, str | None]]:
    """The state, reason and command of each part."""
    result: dict[str, dict[str, str | None]] = wildrydes("status", "-o", "json", *words).must(code).json["Parts"]
    return result


def of(found: dict[str, dict[str, str | None]], name: str) -> dict[str, str | None]:
    """One of the three of each part that is not ready."""
    return {part: each[name] for part, each in found.items() if each["State"] != "ready"}


@pytest.mark.usefixtures("everything")
def test_what_is_right_is_ready(aws: AWS, wildrydes: Cli) -> None:
    ended = wildrydes("status", "-o", "json").must()
    assert list(ended.json) == ["Ready", "Next", "Values", "Parts"]
    assert (ended.json["Ready"], ended.json["Next"]) == (True, None)
    assert ended.json["Parts"] == dict.fromkeys(ALL, READY)
    assert tuple(ended.json["Parts"]) == ALL
    assert list(ended.json["Parts"]["Table"]) == ["State", "Reason", "Command"]
    assert ended.err == ""
    assert aws.writes == []
    shown = wildrydes("status").must().out
    values = "".join(f"{name}\t{value}\n" for name, value in ended.json["Values"].items())
    assert shown == "".join(f"{part}\tready\t\t\n" for part in ALL) + values


@pytest.mark.usefixtures("everything")
def test_the_values_that_a_reader_copies_are_shown(wildrydes: Cli, console: Console) -> None:
    deployed = wildrydes("api", "deploy", "-o", "json").must().json
    assert wildrydes("status", "-o", "json").must().json["Values"] == {
        "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/Rides",
        "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:RequestUnicorn",
        "InvokeUrl": deployed["InvokeUrl"],
        "UserPoolId": console.pool,
        "UserPoolClientId": deployed["UserPoolClientId"],
        "PageUrl": "https://main.d00000.amplifyapp.com/",
    }


def test_next_leads_through_the_tutorial_step_by_step(aws: AWS, wildrydes: Cli) -> None:
    followed: list[str] = []
    while (following := wildrydes("status", "-o", "json").must().json["Next"]) and len(followed) < 9:
        followed.append(following)
        if following == "wildrydes function invoke":  # moto would need Docker for it
            aws.client("logs").create_log_group(logGroupName="/aws/lambda/RequestUnicorn")
        else:
            wildrydes(*following.split()[1:]).must()
    assert followed == [
        "wildrydes setup-table",
        "wildrydes function deploy",
        "wildrydes api deploy",
        "wildrydes page deploy",
        "wildrydes function invoke",
    ]
    assert wildrydes("status", "-o", "json").must().json["Ready"] is True


def test_what_is_absent_is_not_wrong_and_has_the_command_that_creates_it(aws: AWS, wildrydes: Cli) -> None:
    found = states(wildrydes)
    assert tuple(found) == ALL
    assert of(found, "State") == dict.fromkeys(ALL, "absent")
    assert of(found, "Reason") == dict.fromkeys(ALL, None)
    assert of(found, "Command") == {
        "Table": "wildrydes setup-table",
        "Indexes": "wildrydes setup-table --add-indexes",
        **dict.fromkeys(FUNCTION_PARTS, "wildrydes function deploy"),
        "LogGroup": "wildrydes function invoke",
        **dict.fromkeys(API_PARTS, "wildrydes api deploy"),
        **dict.fromkeys(PAGE_PARTS, "wildrydes page deploy"),
    }
    shown = wildrydes("status").must().out
    assert "Stage\tabsent\t\twildrydes api deploy\n" in shown
    assert shown.endswith("\nNext\twildrydes setup-table\n")
    assert aws.writes == []


def test_the_commands_have_the_names_that_were_given(aws: AWS, wildrydes: Cli) -> None:
    names = {"--function-name": "F", "--role-name": "R", "--api-name": "A", "--user-pool-name": "U", "--table": "Tab"}
    found = of(states(wildrydes, 0, *(word for pair in names.items() for word in pair)), "Command")
    assert found["Table"] == "wildrydes setup-table --table Tab"
    assert found["Function"] == "wildrydes function deploy --function-name F --role-name R --table Tab"
    assert found["LogGroup"] == "wildrydes function invoke --function-name F --table Tab"
    for part in API_PARTS:
        assert found[part] == "wildrydes api deploy --function-name F --api-name A --user-pool-name U --table Tab"


@pytest.mark.usefixtures("everything")
def test_each_difference_has_its_reason_and_its_command(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """Everything that can differ at once does."""
    iam, gateway = aws.client("iam"), aws.client("apigateway")
    services = ["ec2.amazonaws.com", "lambda.amazonaws.com"]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": services}}
    write = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
    trusted, written = (json.dumps({"Version": "2012-10-17", "Statement": [each]}) for each in (trust, write))
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trusted)
    iam.put_role_policy(RoleName=ROLE, PolicyName="DynamoDBWriteAccess", PolicyDocument=written)
    aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", MemorySize=512)
    source = {"op": "replace", "path": "/identitySource", "value": "method.request.header.Token"}
    named = {"restApiId": console.api, "authorizerId": console.authorizer}
    gateway.update_authorizer(patchOperations=[source], **named)
    console.set_post(proxy=False)
    console.enable_cors(authorization="COGNITO_USER_POOLS")
    gateway.delete_gateway_response(restApiId=console.api, responseType="DEFAULT_4XX")
    aws.client("lambda").remove_permission(FunctionName="RequestUnicorn", StatementId=console.sid)
    console.add_permission(sid=console.sid, api="abcdef1234")
    console.deploy()
    index = {"Delete": {"IndexName": "RidesByUser"}}
    aws.client("dynamodb").update_table(TableName="Rides", GlobalSecondaryIndexUpdates=[index])
    aws.calls.clear()
    ended = wildrydes("status", "-o", "json")
    message, hint = ended.error(1)
    found = ended.json["Parts"]
    function, api = "wildrydes function deploy", "wildrydes api deploy"
    expected = {
        "Indexes": ("RidesByUser is missing", "wildrydes setup-table --add-indexes"),
        "Role": ("it trusts ec2.amazonaws.com, lambda.amazonaws.com instead of lambda.amazonaws.com alone", function),
        "InlinePolicy": ("it allows dynamodb:* on * instead of dynamodb:PutItem on arn:aws:dynamodb:", function),
        "Function": ("its MemorySize is 512 instead of 128", function),
        "Authorizer": ("its token source is Token, not Authorization", api),
        "Post": ('the box "Lambda proxy integration" is not ticked', api),
        "Options": ("it asks for a token, which a browser's preflight does not send", api),
        "GatewayResponses": ("a page cannot read its own answers DEFAULT_4XX, such as 401 and 429", api),
        "Permission": (f"it is for abcdef1234/*/POST/ride, not for {console.api}/*/POST/ride", api),
        "Stage": ("it is deployed again with its authorizer; its throttling is that of the account", api),
    }
    breaks = ("Authorizer", "Post", "Options", "Permission")
    assert of(found, "State") == dict.fromkeys(expected, "differs") | dict.fromkeys(breaks, "broken")
    for part, (reason, command) in expected.items():
        assert reason in (found[part]["Reason"] or ""), part
        assert found[part]["Command"] == command
    assert ended.json["Ready"] is False
    assert message == "4 parts are broken"
    assert "the lines above say why" in hint
    assert aws.writes == []


@pytest.mark.usefixtures("everything")
def test_a_function_without_its_table_cannot_work(aws: AWS, wildrydes: Cli) -> None:
    aws.client("dynamodb").delete_table(TableName="Rides")
    found = states(wildrydes, 1)
    assert of(found, "State") == {"Table": "broken", "Indexes": "absent"}
    assert found["Table"] == {
        "State": "broken",
        "Reason": "it does not exist, and function RequestUnicorn needs it",
        "Command": "wildrydes setup-table",
    }


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize(("status", "state"), [("UPDATING", "ready"), ("CREATING", "differs"), ("ARCHIVED", "broken")])
def test_a_table_can_be_used_while_it_is_changed(aws: AWS, wildrydes: Cli, status: str, state: str) -> None:
    """AWS: "TableDescription", TableStatus."""
    aws.planted["DescribeTable"] = lambda answer: {"Table": answer["Table"] | {"TableStatus": status}}
    table = wildrydes("status", "-o", "json").must(1 if state == "broken" else 0).json["Parts"]["Table"]
    assert (table["State"], table["Reason"]) == (state, None if state == "ready" else f"its state is {status}")


@pytest.mark.usefixtures("everything")
def test_a_table_with_a_different_key_can_have_no_indexes_and_no_policy(aws: AWS, wildrydes: Cli) -> None:
    dynamodb = aws.client("dynamodb")
    dynamodb.delete_table(TableName="Rides")
    dynamodb.create_table(
        TableName="Rides",
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    found = states(wildrydes, 1)
    assert of(found, "State") == dict.fromkeys(("Table", "Indexes", "InlinePolicy"), "broken")
    assert set(of(found, "Command").values()) == {"wildrydes setup-table --table Rides2"}


def test_status_says_on_a_terminal_where_it_looks(aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("wildrydes_cli.commands.status.announce", said.append)
    wildrydes("status").must()
    assert said == ["looking at AWS in us-east-1", "to create all of it at once: wildrydes deploy"]
    wildrydes("setup-table").must()
    said.clear()
    wildrydes("status").must()
    assert said == ["looking at AWS in us-east-1"]


def test_for_an_empty_account_it_names_a_command_that_works_there(
    aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr("wildrydes_cli.commands.status.announce", said.append)
    monkeypatch.setattr("wildrydes_cli.aws.Account.is_served", lambda *_: False)  # a region without Amplify
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    aws.client("iam").create_role(RoleName="LabRole", AssumeRolePolicyDocument=document)
    wildrydes("status", "--use-role", "LabRole").must()
    assert said[-1] == "to create all of it at once: wildrydes deploy --use-role LabRole --no-page"


def test_what_keeps_several_parts_from_being_found_is_said_once(aws: AWS, wildrydes: Cli) -> None:
    for _ in range(2):
        aws.client("cognito-idp").create_user_pool(PoolName="WildRydes")
    ended = wildrydes("status", "-o", "json")
    ended.error(1)
    reasons = [each["Reason"] or "" for each in ended.json["Parts"].values()]
    assert sum("there are 2 user pools" in reason for reason in reasons) == 1
    assert reasons.count("for the same reason as UserPool") > 2


def test_names_can_come_from_variables(aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hint then names what a flag overrides, and nothing that the variables say already."""
    kinds = ("FUNCTION", "ROLE", "API", "USER_POOL", "PAGE")
    for kind in kinds:
        monkeypatch.setenv(f"WILDRYDES_{kind}_NAME", f"ada-{kind}")
    wildrydes("setup-table").must()
    wildrydes("function", "deploy").must()
    wildrydes("api", "deploy").must()
    wildrydes("page", "deploy").must()
    found = states(wildrydes)
    assert of(found, "State") == {"LogGroup": "absent"}
    assert found["LogGroup"]["Command"] == "wildrydes function invoke"
    aws.client("lambda").get_function(FunctionName="ada-FUNCTION")
    aws.client("iam").get_role(RoleName="ada-ROLE")
    assert [each["name"] for each in aws.client("apigateway").get_rest_apis()["items"]] == ["ada-API"]
    pools = aws.client("cognito-idp").list_user_pools(MaxResults=9)["UserPools"]
    assert [each["Name"] for each in pools] == ["ada-USER_POOL"]
    assert [each.settings["name"] for each in aws.amplify.apps.values()] == ["ada-PAGE"]
    usual = states(wildrydes, 1, "--function-name", "RequestUnicorn")
    assert usual["Function"]["Command"] == "wildrydes function deploy --function-name RequestUnicorn"


@pytest.mark.usefixtures("everything")
def test_what_no_command_fixes_is_explained(aws: AWS, wildrydes: Cli, console: Console) -> None:
    cognito = aws.client("cognito-idp")
    client = next(each for each in console.clients(console.pool) if each["ClientName"] == "WildRydesWebApp")
    cognito.delete_user_pool_client(UserPoolId=console.pool, ClientId=client["ClientId"])
    console.create_client(GenerateSecret=True)
    console.create_api()
    table: Json = {"KeySchema": [{"AttributeName": "Id", "KeyType": "HASH"}]}
    aws.planted["DescribeTable"] = lambda answer: {"Table": answer["Table"] | table}
    found = states(wildrydes, 1)
    assert found["AppClient"]["State"] == found["RestApi"]["State"] == found["Table"]["State"] == "broken"
    assert "has a secret" in (found["AppClient"]["Reason"] or "")
    assert "delete that client in the Cognito console" in (found["AppClient"]["Reason"] or "")
    assert "there are 2 REST APIs WildRydes: " in (found["RestApi"]["Reason"] or "")
    assert "different key" in (found["Table"]["Reason"] or "")
    assert found["AppClient"]["Command"] is found["RestApi"]["Command"] is None
    assert (found["Role"], found["UserPool"]) == (READY, READY)


def test_nothing_is_next_while_something_must_be_repaired_by_hand(aws: AWS, wildrydes: Cli, console: Console) -> None:
    for command in (("setup-table",), ("function", "deploy"), ("api", "deploy")):
        wildrydes(*command).must()
    (client,) = console.clients(console.pool)
    aws.client("cognito-idp").delete_user_pool_client(UserPoolId=console.pool, ClientId=client["ClientId"])
    console.create_client(GenerateSecret=True)
    found = wildrydes("status", "-o", "json").must(1).json
    assert (found["Parts"]["AppClient"]["State"], found["Parts"]["Domain"]["State"]) == ("broken", "absent")
    assert found["Next"] is None
    console.delete_permission()
    assert wildrydes("status", "-o", "json").must(1).json["Next"] == "wildrydes api deploy"


@pytest.mark.usefixtures("everything")
def test_a_function_that_was_deleted_is_what_must_be_created_first(aws: AWS, wildrydes: Cli) -> None:
    aws.client("lambda").delete_function(FunctionName="RequestUnicorn")
    found = states(wildrydes, 1)
    assert found["Function"]["State"] == "absent"
    assert found["Post"] == {
        "State": "broken",
        "Reason": "function RequestUnicorn in us-east-1 does not exist",
        "Command": "wildrydes api deploy",
    }
    assert found["Permission"] == found["Post"]
    assert found["Options"] == READY
    assert wildrydes("status", "-o", "json").json["Next"] == "wildrydes function deploy"


def test_what_is_absent_comes_before_what_needs_it_and_is_broken(wildrydes: Cli, console: Console) -> None:
    """A command that deploys something fails without what it needs."""
    console.create_api()
    found = wildrydes("status", "-o", "json").must(1).json
    assert (found["Parts"]["Table"]["State"], found["Parts"]["Stage"]["State"]) == ("absent", "broken")
    assert found["Next"] == "wildrydes setup-table"


@pytest.mark.usefixtures("lambda_function")
def test_next_fixes_what_is_broken_and_leaves_a_function_alone_that_was_made_by_hand(
    wildrydes: Cli, console: Console
) -> None:
    """It has a role of its own, so the parts of ours are absent and nothing is wrong with it."""
    wildrydes("setup-table").must()
    wildrydes("api", "deploy").must()
    console.mistype_token_source("Auth")
    found = wildrydes("status", "-o", "json").must(1).json
    assert (found["Parts"]["Role"]["State"], found["Parts"]["Authorizer"]["State"]) == ("absent", "broken")
    assert found["Next"] == "wildrydes api deploy"


@pytest.mark.usefixtures("everything")
def test_a_page_whose_api_is_gone_needs_the_api_first(aws: AWS, wildrydes: Cli, console: Console) -> None:
    aws.client("apigateway").delete_rest_api(restApiId=console.api)
    found = wildrydes("status", "-o", "json").must(1).json
    assert (found["Parts"]["RestApi"]["State"], found["Parts"]["Deployment"]["State"]) == ("absent", "broken")
    assert found["Next"] == "wildrydes api deploy"


@pytest.mark.usefixtures("everything")
def test_what_may_not_be_looked_at_is_unknown_and_the_rest_is_shown(aws: AWS, wildrydes: Cli) -> None:
    for operation in ("DescribeTable", "GetRole", "ListUserPools", "GetStages"):
        aws.fail(operation, "AccessDeniedException", f"not authorized to perform {operation}", times=99)
    ended = wildrydes("status", "-o", "json")
    message, hint = ended.error(4)
    found = ended.json["Parts"]
    assert tuple(found) == ALL
    unknown = {"Table", "Indexes", *FUNCTION_PARTS, "UserPool", "AppClient", "Authorizer", "Post", "Stage"}
    unknown |= {"Domain", "PageClient", "Deployment"}
    assert of(found, "State") == dict.fromkeys([part for part in ALL if part in unknown], "unknown")
    for part, reads in (("Table", "DescribeTable"), ("Role", "GetRole"), ("UserPool", "ListUserPools")):
        reason = found[part]["Reason"]
        assert reason.startswith("cannot ")
        assert f": access denied (not authorized to perform {reads})" in reason
    for part, needed in (("Indexes", "Table"), ("Function", "Role"), ("AppClient", "UserPool")):
        assert found[part]["Reason"] == f"for the same reason as {needed}"
    assert set(of(found, "Command").values()) == {None}
    assert message == f"{len(unknown)} parts could not be looked at; the first: {found['Table']['Reason']}"
    assert "the lines above say why" in hint
    assert "permissions" in hint
    assert aws.writes == []


@pytest.mark.usefixtures("everything")
def test_another_refusal_is_not_called_a_lack_of_permission(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("GetRole", "ValidationError", "1 validation error detected", times=99)
    aws.fail("DescribeLogGroups", "UnknownOperationException", "", times=99)
    ended = wildrydes("status", "-o", "json")
    ended.error(4)
    found = {part: each["State"] for part, each in ended.json["Parts"].items()}
    assert (found["Role"], found["LogGroup"], found["Table"]) == ("unknown", "unknown", "ready")
    assert "refused (ValidationError: 1 validation error detected)" in (ended.json["Parts"]["Role"]["Reason"] or "")
    for word in ("denied", "not allowed", "not authorized"):
        assert word not in ended.out + ended.err


@pytest.mark.usefixtures("everything")
def test_what_is_broken_counts_more_than_what_is_unknown(aws: AWS, wildrydes: Cli, console: Console) -> None:
    aws.fail("GetRole", "AccessDenied", "not authorized", times=99)
    console.create_api()
    found = states(wildrydes, 1)
    assert (found["Role"]["State"], found["RestApi"]["State"]) == ("unknown", "broken")


@pytest.mark.parametrize(
    ("operation", "error", "code", "said"),
    [
        ("DescribeTable", NoCredentialsError(), 3, "no AWS credentials"),
        ("GetRestApis", "ExpiredTokenException", 3, "expired"),
    ],
    ids=["no credentials", "expired"],
)
def test_what_keeps_everything_from_being_looked_at_ends_it(
    aws: AWS, wildrydes: Cli, operation: str, error: Exception | str, code: int, said: str
) -> None:
    aws.fail(operation, error, times=99)
    ended = wildrydes("status", "-o", "json")
    assert said in ended.error(code)[0]
    assert ended.out == ""


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize(
    ("operation", "error", "said", "unknown"),
    [
        (
            "GetRestApis",
            EndpointConnectionError(endpoint_url="https://aws.example"),
            "aws.example",
            (*API_PARTS[2:], "Deployment"),
        ),
        ("DescribeLogGroups", "ThrottlingException", "throttled", ("LogGroup",)),
    ],
    ids=["network", "throttled"],
)
def test_what_one_service_does_not_answer_is_unknown_and_the_rest_is_shown(
    aws: AWS, wildrydes: Cli, operation: str, error: Exception | str, said: str, unknown: tuple[str, ...]
) -> None:
    aws.fail(operation, error, times=99)
    ended = wildrydes("status", "-o", "json")
    assert said in ended.error(4)[0]
    assert of(ended.json["Parts"], "State") == dict.fromkeys(unknown, "unknown")
    assert ended.json["Ready"] is False


def test_without_aws_the_embedded_store_is_shown_and_what_aws_would_need(wildrydes: Cli, database: Path) -> None:
    found = wildrydes("status", "-o", "json").must().json
    assert {part: each["State"] for part, each in found["Parts"].items()} == {"Table": "absent", "AWS": "absent"}
    assert found["Next"] == "wildrydes serve --open"
    assert not database.exists()
    wildrydes("request", "--lat", "1", "--lon", "2").must()
    found = wildrydes("status", "-o", "json").must().json
    assert found["Parts"]["Table"] == {
        "State": "ready",
        "Reason": f"1 ride in table Rides in the embedded store {database}",
        "Command": None,
    }
    assert found["Parts"]["AWS"]["Command"] == "aws configure"
    assert "AWS\tabsent\tit is not configured" in wildrydes("status").must().out


def test_the_commands_for_the_embedded_store_are_for_the_store_that_was_asked_for(
    aws_credentials: None, database: Path, wildrydes: Cli
) -> None:
    here = "--table Class --store local"
    found = wildrydes("status", *here.split(), "-o", "json").must().json
    assert (found["Parts"]["Table"]["Command"], found["Next"]) == (
        f"wildrydes setup-table {here}",
        f"wildrydes serve --open {here}",
    )
    unused = {"State": "absent", "Reason": "it is not used: --store or WILDRYDES_STORE says local", "Command": None}
    assert found["Parts"]["AWS"] == unused
