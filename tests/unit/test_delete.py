"""`delete` removes everything that `deploy` made, says what it is, and leaves what is somebody else's."""

from typing import Any

import pytest

from tests.support.console import Console
from tests.support.fake_aws import AWS
from tests.support.prepared import Prepared
from tests.support.repeat import some_of
from tests.support.running import Cli

ALL = (
    "PageClient",
    "App",
    "Domain",
    "RestApi",
    "Permission",
    "UserPool",
    "Function",
    "Role",
    "LogGroup",
    "Table",
)
WRITES = 12
"""How many writes the deletion of everything has."""


@pytest.fixture(autouse=True)
def deployed(aws: AWS, prepared: Prepared, wildrydes: Cli) -> None:
    """Everything, with a log."""

    def deploy() -> None:
        wildrydes("deploy").must()
        aws.client("logs").create_log_group(logGroupName="/aws/lambda/RequestUnicorn")

    prepared(deploy)
    aws.calls.clear()


def delete(wildrydes: Cli, *words: str) -> dict[str, Any]:
    """Delete everything, and return what became of each part."""
    removed: dict[str, Any] = wildrydes("delete", "--yes", "-o", "json", *words).must().json
    return removed


def nothing_is_left(aws: AWS, console: Console) -> bool:
    """Whether nothing of Wild Rydes exists any more."""
    tables = aws.client("dynamodb").list_tables()["TableNames"]
    functions = aws.client("lambda").list_functions()["Functions"]
    roles = aws.client("iam").list_roles()["Roles"]
    logs = aws.client("logs").describe_log_groups()["logGroups"]
    return not [*tables, *functions, *roles, *logs, *console.apis, *console.pools, *aws.amplify.apps]


def test_one_command_removes_everything(aws: AWS, wildrydes: Cli, console: Console) -> None:
    removed = delete(wildrydes)
    assert tuple(removed) == ALL
    assert set(removed.values()) == {"deleted"}
    assert nothing_is_left(aws, console)
    assert len(aws.writes) == WRITES
    aws.calls.clear()
    assert set(delete(wildrydes).values()) == {"absent"}
    assert aws.writes == []


def test_it_says_what_it_deletes(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("wildrydes_cli.commands.delete.announce", said.append)
    delete(wildrydes)
    removed = " ".join(said)
    for what in (
        "delete app client WildRydesPage",
        "delete Amplify app",
        "delete domain",
        "delete REST API",
        "remove permission",
        "delete user pool",
        "delete function",
        "delete role",
        "delete log group",
        "delete table",
    ):
        assert what in removed


def test_it_says_what_there_is_and_asks_once(aws: AWS, wildrydes: Cli) -> None:
    for number in range(3):
        wildrydes("request", "--lat", "1", "--lon", str(number)).must()
    aws.planted["DescribeUserPool"] = lambda answer: {"UserPool": answer["UserPool"] | {"EstimatedNumberOfUsers": 42}}
    aws.calls.clear()
    message, hint = wildrydes("delete").error(2)
    for part in (
        "app client WildRydesPage; Amplify app WildRydes; domain wildrydes-",
        "user pool WildRydes with about 42 users; function RequestUnicorn; role WildRydesLambda;",
        "log group /aws/lambda/RequestUnicorn; table Rides with 3 rides in us-east-1",
    ):
        assert part in message
    assert hint == "add --yes to do it"
    assert aws.writes == []
    wildrydes("delete-table", "--yes").must()
    assert "in us-east-1 (account 123456789012), and" in wildrydes("delete").error(2)[0]


@pytest.mark.usefixtures("at_terminal")
def test_at_a_terminal_each_thing_has_a_line_and_the_question_is_short(aws: AWS, wildrydes: Cli) -> None:
    *things, question, hint = wildrydes("delete", stdin="n\n").must(1).err.splitlines()
    assert (
        question
        == "delete all of this in us-east-1 (account 123456789012)? [y/N]:error: cancelled: nothing was changed"
    )
    assert hint == "hint: answer y, or add --yes, to do it"
    assert len(things) == len(ALL)
    assert things[-1] == "  table Rides with 0 rides"
    assert aws.writes == []


def test_where_nothing_is_left_it_does_not_ask(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    titles: list[str] = []
    monkeypatch.setattr("wildrydes_cli.output.results.write_record", lambda title, _: titles.append(title))
    wildrydes("delete", "--yes").must()
    ended = wildrydes("delete", "-o", "json").must()
    assert set(ended.json.values()) == {"absent"}
    assert ended.err == ""  # what is not there does not stay
    wildrydes("delete").must()
    assert titles == ["deleted", "nothing was deleted"]


@pytest.mark.parametrize("done", some_of(range(WRITES)))
def test_an_interrupted_deletion_is_completed_by_the_next(
    aws: AWS, wildrydes: Cli, console: Console, done: int
) -> None:
    aws.interrupt_after(done)
    message, hint = wildrydes("delete", "--yes").error(130)
    assert message == "interrupted; not everything was deleted"
    assert hint == "run this again: it looks first, and does the rest"
    delete(wildrydes)
    assert nothing_is_left(aws, console)


def test_what_is_somebody_elses_stays_and_is_named_with_the_reason(aws: AWS, wildrydes: Cli, console: Console) -> None:
    (app,) = aws.amplify.apps.values()
    app.settings["tags"] = {}
    aws.client("dynamodb").update_table(TableName="Rides", DeletionProtectionEnabled=True)
    other = {"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": b"zip"}}
    role = aws.client("iam").get_role(RoleName="WildRydesLambda")["Role"]["Arn"]
    aws.client("lambda").create_function(FunctionName="Another", Role=role, **other)
    aws.planted["DescribeUserPool"] = lambda answer: {"UserPool": answer["UserPool"] | {"DeletionProtection": "ACTIVE"}}
    ended = wildrydes("delete", "--yes", "-o", "json").must()
    left = {part for part, outcome in ended.json.items() if outcome == "left"}
    assert left == {"App", "UserPool", "Role", "Table"}
    for said in (
        "Amplify app WildRydes stays: it was made by hand",
        "user pool WildRydes stays: it has deletion protection",
        "role WildRydesLambda stays: Another runs with it",
        "table Rides stays: it has deletion protection",
    ):
        assert said in ended.err
    assert (len(console.apis), len(console.pools), len(aws.amplify.apps)) == (0, 1, 1)


def test_an_api_that_aws_refuses_to_delete_still_works(aws: AWS, wildrydes: Cli, console: Console) -> None:
    """AWS refuses while a domain name is mapped to the API (github.com/serverless/serverless, issue 3638)."""
    aws.fail("DeleteRestApi", "BadRequestException", "Please remove all base path mappings", times=9)
    message, _ = wildrydes("delete", "--yes").error(4)
    assert "Please remove all base path mappings" in message
    assert len(console.policy()) == 1
    assert len(console.apis) == 1
    assert aws.client("lambda").list_functions()["Functions"]
