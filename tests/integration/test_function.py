"""The function from deployment to removal, over HTTP, on an engine that runs its package."""

import io
import json
import os
import signal
import subprocess
import zipfile
from typing import Any

import pytest

from tests.integration.conftest import UseAWS
from tests.support.proxy import Proxy
from tests.support.running import PROGRAM, Cli, Terminal, process
from wildrydes_cli.aws import Account

GROUP = "/aws/lambda/RequestUnicorn"


@pytest.fixture
def account(strict: Proxy, use_aws: UseAWS, wildrydes: Cli) -> Account:
    """An account that has an empty table and none of our other resources."""
    use_aws(strict.url)
    wildrydes("setup-table").must()
    wildrydes("function", "deploy", "--yes").must()  # a role that another test changed is not deleted
    wildrydes("function", "delete", "--yes").must()
    wildrydes("delete-table", "--yes").must()
    wildrydes("setup-table").must()
    return Account()


def test_a_function_can_be_deployed_invoked_and_deleted(account: Account, wildrydes: Cli) -> None:
    assert set(wildrydes("function", "deploy", "-o", "json").must().json["Parts"].values()) == {"created"}
    assert set(wildrydes("function", "deploy", "-o", "json").must().json["Parts"].values()) == {"unchanged"}

    answer = wildrydes("function", "invoke", "-o", "json").must().json
    (ride,) = wildrydes("rides", "list", "-o", "json").must().json
    assert json.loads(answer["body"])["RideId"] == ride["RideId"]
    assert (ride["User"], ride["PickupLocation"]["Latitude"]) == ("the_username", 47.6174755835663)

    messages = [line["Message"] for line in wildrydes("function", "logs", "-o", "jsonl").must().json_lines]
    (logged,) = [json.loads(message) for message in messages if message.startswith("{")]
    assert (logged["RideId"], logged["Status"]) == (ride["RideId"], 201)

    wildrydes("function", "delete", "--yes").must()
    assert account.client("lambda").list_functions()["Functions"] == []
    assert account.client("iam").list_roles()["Roles"] == []
    assert account.client("logs").describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"] == []
    assert len(wildrydes("rides", "list", "-o", "json").must().json) == 1


def test_the_function_writes_to_the_table_it_was_deployed_for(account: Account, wildrydes: Cli) -> None:
    wildrydes("setup-table", "--table", "ClassRides").must()
    wildrydes("function", "deploy", "--table", "ClassRides").must()
    wildrydes("function", "invoke", "--rider", "ada").must()
    assert len(wildrydes("rides", "list", "--table", "ClassRides", "-o", "json").must().json) == 1
    assert wildrydes("rides", "list", "-o", "json").must().json == []


def test_invoking_with_a_refused_event_exits_with_1(account: Account, wildrydes: Cli) -> None:
    wildrydes("function", "deploy").must()
    message, hint = wildrydes("function", "invoke", "--event", "-", stdin="{}").error(1)
    assert "500" in message
    assert hint.endswith("wildrydes function logs")


def test_deploying_again_restores_a_function_that_was_changed_by_hand(account: Account, wildrydes: Cli) -> None:
    wildrydes("function", "deploy").must()
    functions = account.client("lambda")
    functions.update_function_code(FunctionName="RequestUnicorn", ZipFile=zipped("def handler(event, context): pass"))
    assert wildrydes("function", "deploy", "-o", "json").must().json["Parts"]["Function"] == "updated"
    wildrydes("function", "invoke").must()


def zipped(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()


def create(account: Account, source: str, **configuration: Any) -> None:
    """Create somebody else's function under our function's name."""
    functions = account.client("lambda")
    named = {"FunctionName": "RequestUnicorn", "Handler": "index.handler", "Runtime": "python3.13"}
    role = "arn:aws:iam::000000000000:role/Other"
    functions.create_function(Code={"ZipFile": zipped(source)}, Role=role, **named, **configuration)
    functions.get_waiter("function_active_v2").wait(FunctionName="RequestUnicorn", WaiterConfig={"Delay": 0.1})


def test_invoking_a_function_that_crashes_shows_its_error_and_log(account: Account, wildrydes: Cli) -> None:
    create(
        account, "def handler(event, context):\n    print('looking for unicorns')\n    raise ValueError('none left')"
    )
    *log, message, hint = wildrydes("function", "invoke").must(1).err.splitlines()
    assert "none left" in message
    assert "looking for unicorns" in log
    assert wildrydes("function", "invoke", "-o", "json").must(1).json["errorMessage"] == "none left"
    assert "wildrydes function logs" in hint


def test_invoking_a_function_that_times_out_says_so(account: Account, wildrydes: Cli) -> None:
    create(account, "import time\ndef handler(event, context):\n    time.sleep(30)", Timeout=1)
    assert "timed out" in wildrydes("function", "invoke").error(1)[0]


def test_invoking_a_function_that_returns_no_proxy_response_fails(account: Account, wildrydes: Cli) -> None:
    create(account, "def handler(event, context):\n    return None")
    ended = wildrydes("function", "invoke")
    assert "no status" in ended.error(1)[0]
    assert ended.out == "null\n"


def test_the_function_needs_its_inline_policy_to_write(ministack_auth: str, use_aws: UseAWS, wildrydes: Cli) -> None:
    use_aws(ministack_auth)
    wildrydes("setup-table").must()
    wildrydes("function", "deploy").must()
    wildrydes("function", "invoke").must()
    Account().client("iam").delete_role_policy(RoleName="WildRydesLambda", PolicyName="DynamoDBWriteAccess")
    refused = wildrydes("function", "invoke", "-o", "json").must(1).json
    assert refused["statusCode"] == 500
    assert "arn:" not in refused["body"]
    reference = json.loads(refused["body"])["Reference"]
    logged = [line["Message"] for line in wildrydes("function", "logs", "-o", "jsonl").must().json_lines]
    (cause,) = [message for message in logged if reference in message and message.startswith("{")]
    assert "access denied" in json.loads(cause)["Cause"]
    assert "dynamodb:PutItem" in json.loads(cause)["Cause"]
    assert wildrydes("function", "deploy", "-o", "json").must().json["Parts"]["InlinePolicy"] == "created"
    wildrydes("function", "invoke").must()


def test_deploy_prints_a_line_for_each_step_on_a_terminal(account: Account) -> None:
    assert not process("function", "deploy").must().err
    process("function", "delete", "--yes").must()
    said = Terminal("function", "deploy").end().must().out
    steps = (
        "create role WildRydesLambda\n",
        "put policy DynamoDBWriteAccess",
        "create function RequestUnicorn\n",
    )
    assert all(step in said for step in steps)


def test_function_delete_asks_first_on_a_terminal(account: Account, wildrydes: Cli) -> None:
    wildrydes("function", "deploy").must()
    for answer, code in (("n\n", 1), ("\n", 1), ("\x03", 130), ("y\n", 0)):
        terminal = Terminal("function", "delete")
        terminal.until("[y/N]")
        terminal.answer(answer).must(code)
        assert len(account.client("lambda").list_functions()["Functions"]) == (code != 0)


def test_delete_in_another_region_leaves_everything_of_a_live_function(account: Account, wildrydes: Cli) -> None:
    wildrydes("function", "deploy").must()
    wildrydes("function", "invoke").must()
    for region in ("ca-central-1", "eu-west-1"):
        ended = wildrydes("function", "delete", "--yes", "--region", region, "-o", "json").must()
        assert ended.json == {"Function": "absent", "Role": "left", "LogGroup": "absent"}
    wildrydes("function", "invoke").must()
    assert set(wildrydes("function", "deploy", "-o", "json").must().json["Parts"].values()) == {"unchanged"}
    assert account.client("logs").describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    assert wildrydes("function", "delete", "--yes", "-o", "json").must().json["Role"] == "deleted"


def test_delete_table_says_how_many_rides_it_deletes_on_a_terminal(account: Account, wildrydes: Cli) -> None:
    wildrydes("request", "--lat", "1", "--lon", "2").must()
    terminal = Terminal("delete-table", columns=200)
    assert "with 1 ride?" in terminal.until("[y/N]")
    assert "deleted" in terminal.answer("y\n").must().out


def test_delete_table_counts_only_the_first_page_of_a_larger_table(account: Account, wildrydes: Cli) -> None:
    client = account.client("dynamodb")
    for ride in range(8):
        item = {"RideId": {"S": f"ride-{ride}"}, "Padding": {"S": "x" * 300_000}}
        client.put_item(TableName="Rides", Item=item)
    assert "with more than " in wildrydes("delete-table").error(2)[0]


def test_function_logs_follows_the_log_until_ctrl_c(account: Account, wildrydes: Cli) -> None:
    wildrydes("function", "deploy").must()
    command = [*PROGRAM, "function", "logs", "--follow", "-o", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as follower:
        assert follower.stdout
        wildrydes("function", "invoke", "--rider", "ada").must()
        (ride,) = wildrydes("rides", "list", "-o", "json").must().json
        assert any(ride["RideId"] in line for line in follower.stdout)  # reads until the line appears
        os.kill(follower.pid, signal.SIGINT)
        assert follower.wait(10) == 130


def test_four_scripts_may_deploy_at_once(account: Account, wildrydes: Cli) -> None:
    words = [*PROGRAM, "function", "deploy", "-o", "json"]
    started = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ended = [(each.communicate(), each.returncode) for each in started]
    assert [code for _, code in ended] == [0] * 4, ended
    assert set(wildrydes("function", "deploy", "-o", "json").must().json["Parts"].values()) == {"unchanged"}
    wildrydes("function", "invoke").must()
