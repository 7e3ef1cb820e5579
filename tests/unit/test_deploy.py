"""`deploy` makes everything, with one look and one question, and completes what an earlier one left undone."""

import io
import json
import sys
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.support.console import Console
from tests.support.fake_aws import AWS
from tests.support.gateway import Gateway
from tests.support.parts import API_PARTS, FUNCTION_PARTS, PAGE_PARTS
from tests.support.prepared import Prepared
from tests.support.repeat import some_of
from tests.support.running import Cli
from wildrydes_cli.aws_http import Response

ALL = ("Table", *FUNCTION_PARTS, *API_PARTS, *PAGE_PARTS)


def deploy(wildrydes: Cli, *words: str) -> dict[str, Any]:
    """Deploy everything, and return the result."""
    result: dict[str, Any] = wildrydes("deploy", "-o", "json", *words).must().json
    return result


@pytest.fixture
def deployed(prepared: Prepared, wildrydes: Cli) -> None:
    """Everything."""
    prepared(lambda: deploy(wildrydes))


def test_one_command_makes_everything(aws: AWS, wildrydes: Cli) -> None:
    ended = wildrydes("deploy", "-o", "json").must()
    result = ended.json
    assert list(result) == ["PageUrl", "InvokeUrl", "Region", "Parts"]
    assert tuple(result["Parts"]) == ALL
    assert set(result["Parts"].values()) == {"created"}
    assert result["PageUrl"] == "https://main.d00000.amplifyapp.com/"
    assert ended.err == "it may take a minute until the sign-in pages answer\n"
    states = wildrydes("status", "-o", "json").must().json["Parts"]
    assert {part: each["State"] for part, each in states.items() if each["State"] != "ready"} == {"LogGroup": "absent"}
    aws.calls.clear()
    assert set(deploy(wildrydes)["Parts"].values()) == {"unchanged"}
    assert aws.writes == []


@pytest.mark.usefixtures("at_terminal")
def test_status_says_that_everything_is_ready_and_how_to_remove_it(aws: AWS, wildrydes: Cli) -> None:
    wildrydes("deploy", "--yes").must()
    ready = "everything is ready; to remove all of it: wildrydes delete\n"
    assert ready not in wildrydes("status").must().err
    aws.client("logs").create_log_group(logGroupName="/aws/lambda/RequestUnicorn")
    assert wildrydes("status").must().err.endswith(ready)


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("deleted_as", [("function", "delete", "--yes"), None], ids=["function delete", "by hand"])
def test_a_function_that_was_deleted_is_made_again(
    aws: AWS, wildrydes: Cli, console: Console, deleted_as: tuple[str, ...] | None
) -> None:
    if deleted_as:
        wildrydes(*deleted_as).must()
    else:
        aws.client("lambda").delete_function(FunctionName="RequestUnicorn")
    aws.calls.clear()
    plan = wildrydes("deploy", "--dry-run", "-o", "json").must().json
    missing = "function RequestUnicorn in us-east-1 does not exist"
    assert plan["Overwrites"] == []
    assert plan["Differences"].items() >= {"Post": missing, "Permission": missing}.items()
    expected = {"Function": "created", "Post": "updated", "Permission": "created", "Stage": "updated"}
    changed = {part: how for part, how in deploy(wildrydes)["Parts"].items() if how != "unchanged"}
    assert "CreateDeployment" in aws.writes
    assert {part: how for part, how in changed.items() if part not in FUNCTION_PARTS[:-1]} == expected
    assert console.sid in [statement["Sid"] for statement in console.policy()]
    assert set(deploy(wildrydes)["Parts"].values()) == {"unchanged"}


def test_an_api_that_calls_another_function_is_not_taken_from_it_by_a_function_that_is_new(
    aws: AWS, wildrydes: Cli
) -> None:
    deploy(wildrydes, "--no-page")
    lost = "POST /ride of REST API WildRydes, where function Other in us-east-1 does not exist"
    assert lost in wildrydes("deploy", "--no-page", "--function-name", "Other", "--role-name", "O").error(2)[0]


@pytest.mark.usefixtures("deployed")
def test_it_asks_for_each_thing_once(aws: AWS, wildrydes: Cli) -> None:
    aws.calls.clear()
    deploy(wildrydes, "--dry-run")
    asked = [json.dumps(call, default=str) for call in aws.calls if call[0] != "ListUserPoolClients"]  # for two clients
    assert len(asked) == len(set(asked))


def test_without_the_page_the_rest_is_made(aws: AWS, wildrydes: Cli) -> None:
    result = deploy(wildrydes, "--no-page")
    assert result["PageUrl"] is None
    assert tuple(result["Parts"]) == ("Table", *FUNCTION_PARTS, *API_PARTS)
    assert aws.amplify.apps == {}


def test_a_dry_run_says_what_would_be_made_and_makes_nothing(aws: AWS, wildrydes: Cli) -> None:
    result = deploy(wildrydes, "--dry-run")
    assert set(result["Parts"].values()) == {"created"}
    assert aws.writes == []


@pytest.mark.parametrize("done", some_of(range(28), step=9))
def test_an_interrupted_deployment_is_completed_by_the_next(
    aws: AWS, wildrydes: Cli, console: Console, done: int
) -> None:
    aws.interrupt_after(done)
    assert wildrydes("deploy").error(130) == (
        "interrupted; not everything was deployed",
        "run this again: it looks first, and does the rest",
    )
    deploy(wildrydes)
    aws.calls.clear()
    assert set(deploy(wildrydes)["Parts"].values()) == {"unchanged"}
    assert aws.writes == []
    assert (len(console.apis), len(console.pools), len(aws.amplify.apps)) == (1, 1, 1)


@pytest.mark.usefixtures("deployed", "at_terminal")
def test_a_table_that_is_still_being_created_is_waited_for(aws: AWS, wildrydes: Cli) -> None:
    states = ["CREATING"] * 2
    aws.planted["DescribeTable"] = lambda answer: {
        "Table": answer["Table"] | {"TableStatus": states.pop() if states else "ACTIVE"}
    }
    said = wildrydes("deploy", "--yes").must().err
    assert "wait for table Rides in us-east-1" in said
    assert "create table" not in said


@pytest.mark.usefixtures("deployed")
def test_what_was_deleted_in_the_meantime_comes_back(aws: AWS, wildrydes: Cli) -> None:
    aws.client("dynamodb").delete_table(TableName="Rides")
    assert deploy(wildrydes)["Parts"] == dict.fromkeys(ALL, "unchanged") | {"Table": "created"}


@pytest.mark.usefixtures("deployed")
def test_it_asks_before_it_overwrites_what_somebody_else_made(aws: AWS, wildrydes: Cli, console: Console) -> None:
    root = console.resource("/")
    aws.client("apigateway").create_resource(restApiId=console.api, parentId=root, pathPart="orders")
    console.delete_method("OPTIONS")
    aws.calls.clear()
    message, hint = wildrydes("deploy").error(2)
    assert (
        "deploy in us-east-1 (account 123456789012), and overwrite REST API WildRydes, which also has /orders"
        in message
    )
    assert hint == "add --yes to do it"
    assert aws.writes == []


def test_the_hint_of_a_region_without_amplify_leads_on(
    aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wildrydes_cli.aws.Account.is_served", lambda *_: False)
    message, hint = wildrydes("deploy").error(3)
    assert message == "there is no AWS Amplify in us-east-1"
    assert aws.writes == []
    assert hint.endswith("wildrydes deploy --no-page")
    assert wildrydes("deploy", "--no-sign-up").error(3)[1].endswith("wildrydes deploy --no-page --no-sign-up")
    deploy(wildrydes, "--no-page")


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("words", [("api", "deploy"), ("page", "deploy"), ("deploy",)], ids=" ".join)
def test_the_result_is_printed_before_the_wait_for_an_answer(
    aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    printed: list[str] = []

    def probe(*_: object) -> str:
        assert isinstance(sys.stdout.buffer, io.BytesIO)  # these tests have it in memory
        printed.append(sys.stdout.buffer.getvalue().decode())
        return ""

    monkeypatch.setattr("wildrydes_cli.deploy.requests.probe", probe)
    monkeypatch.setattr("wildrydes_cli.deploy.hosting.Deployment.probe", probe)
    ended = wildrydes(*words, "-o", "json").must()
    assert printed
    assert set(printed) == {ended.out}


@pytest.mark.usefixtures("deployed")
def test_what_does_not_answer_in_the_end_is_noted(aws: AWS, wildrydes: Cli, gateway: Gateway) -> None:
    (app,) = aws.amplify.apps.values()
    app.branches["main"].headers = []
    gateway.post[:] = [Response(500, {}, "")]
    api, page = wildrydes("deploy").must().err.splitlines()
    assert api.startswith("not everything answers as it should yet: OPTIONS /ride answers 200 (200 is right), POST ")
    assert page.startswith("not everything answers as it should yet: https://main.d00000.amplifyapp.com/ lacks the ")
    assert wildrydes("deploy", "--no-page").must().err == f"{api}\n"


@pytest.mark.usefixtures("aws", "at_terminal")
class TestAtATerminal:
    """At a terminal, `deploy` says what it will do, and asks."""

    def test_it_says_what_it_will_create_and_does_nothing_without_a_yes(self, aws: AWS, wildrydes: Cli) -> None:
        ended = wildrydes("deploy", stdin="n\n", env={"COLUMNS": "80"}).must(1)
        assert ended.err == (
            "will be created:\n"
            "  1 Host a static website       App, Branch, Deployment\n"
            "  2 Manage users                UserPool, AppClient, Domain, PageClient\n"
            "  3 Build a serverless backend  Table, Role, ManagedPolicy, InlinePolicy,\n"
            "                                Function\n"
            "  4 Deploy a RESTful API        RestApi, Authorizer, Post, Options,\n"
            "                                GatewayResponses, Permission, Stage\n"
            "deploy in us-east-1 (account 123456789012)? [y/N]:"
            "error: cancelled: nothing was changed\n"
            "hint: answer y, or add --yes, to do it\n"
        )
        assert ended.out == " n\n"  # the answer, which only the runner of these tests writes there
        assert aws.writes == []

    def test_where_sts_can_not_be_reached_it_asks_all_the_same(self, aws: AWS, wildrydes: Cli) -> None:
        aws.fail("GetCallerIdentity", EndpointConnectionError(endpoint_url="https://sts.us-east-1.amazonaws.com"))
        assert "deploy in us-east-1? [y/N]:" in wildrydes("deploy", stdin="n\n").must(1).err
        assert aws.tries["GetCallerIdentity"] == 1

    def test_an_unusable_endpoint_of_sts_does_not_matter(self, aws: AWS, wildrydes: Cli) -> None:
        env = {"AWS_ENDPOINT_URL_STS": "nonsense"}
        assert "deploy in us-east-1? [y/N]:" in wildrydes("deploy", stdin="n\n", env=env).must(1).err

    @pytest.mark.parametrize("number", ["", "x", "12345678901\x1b[31m"])
    def test_what_is_no_account_is_not_shown(self, aws: AWS, wildrydes: Cli, number: str) -> None:
        aws.planted["GetCallerIdentity"] = {"Account": number}
        assert "deploy in us-east-1? [y/N]:" in wildrydes("deploy", stdin="n\n").must(1).err

    def test_sts_is_asked_only_for_a_question_and_only_if_nothing_names_the_account(
        self, aws: AWS, wildrydes: Cli
    ) -> None:
        wildrydes("deploy", "--dry-run").must()
        wildrydes("deploy", "--yes").must()
        wildrydes("deploy").must()
        aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", MemorySize=256)
        assert "(account 123456789012)?" in wildrydes("deploy", stdin="n\n").must(1).err
        assert "GetCallerIdentity" not in [operation for operation, _ in aws.calls]

    def test_an_engine_whose_arns_are_none_is_asked_for_the_account(self, aws: AWS, wildrydes: Cli) -> None:
        wildrydes("setup-table").must()
        aws.planted["DescribeTable"] = lambda answer: {"Table": answer["Table"] | {"TableArn": "local-table"}}
        assert "(account 123456789012)?" in wildrydes("deploy", stdin="n\n").must(1).err

    def test_after_a_yes_it_says_what_it_does_and_how_to_remove_it(self, wildrydes: Cli) -> None:
        ended = wildrydes("deploy", stdin="y\n").must()
        assert "[y/N]:create table Rides in us-east-1\n" in ended.err
        assert ended.err.endswith("\nto remove everything: wildrydes delete\n")
        assert "create" not in ended.out.replace("created", "")

    def test_it_says_why_a_part_changes(self, aws: AWS, wildrydes: Cli) -> None:
        wildrydes("deploy", "--yes").must()
        aws.client("lambda").update_function_configuration(FunctionName="RequestUnicorn", MemorySize=256, Timeout=3)
        assert (
            wildrydes("deploy", stdin="n\n", env={"COLUMNS": "60"})
            .must(1)
            .err.startswith(
                "will be updated:\n"
                "  3 Build a serverless backend  Function\n"
                "  Function: its MemorySize is 256 instead of 128; its\n"
                "            Timeout is 3 instead of 10\n"
                "deploy in us-east-1 (account 123456789012)? [y/N]:"
            )
        )

    def test_where_nothing_changes_it_does_not_ask(self, wildrydes: Cli) -> None:
        wildrydes("deploy", "--yes").must()
        assert "[y/N]" not in wildrydes("deploy").must().err
