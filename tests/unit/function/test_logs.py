"""`function logs` shows what the function logged, oldest first."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.fake_aws import AWS, Json
from tests.support.running import Cli

GROUP = "/aws/lambda/RequestUnicorn"


def milliseconds() -> int:
    """Return the time."""
    return int(time.time() * 1000)


def write_log(aws: AWS, stream: str, *events: tuple[int, str]) -> int:
    """Write `events` to a new log stream. Each event is its age in seconds and its message. Returns the time."""
    now = milliseconds()
    logs = aws.client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]:
        logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    made = [{"timestamp": now - ago * 1000, "message": message} for ago, message in events]
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=made)
    return now


def test_events_of_all_streams_are_sorted_oldest_first(aws: AWS, wildrydes: Cli) -> None:
    write_log(aws, "b", (50, "first\n"), (20, "third"))
    write_log(aws, "a", (30, "second"), (10, "fourth"))
    lines = wildrydes("function", "logs").must().out.splitlines()
    assert [line.split("\t")[1] for line in lines] == ["first", "second", "third", "fourth"]
    first = wildrydes("function", "logs", "-o", "jsonl").must().json_lines[0]
    assert list(first) == ["Time", "Message", "LogStream"]
    assert (first["Message"], first["LogStream"], first["Time"][-1]) == ("first\n", "b", "Z")
    assert wildrydes("function", "logs", "-o", "json").must().json[0] == first


def test_since_sets_the_start_time(aws: AWS, wildrydes: Cli) -> None:
    now = write_log(aws, "a", (7200, "old"), (100, "new"))
    assert len(wildrydes("function", "logs").must().out.splitlines()) == 1
    assert len(wildrydes("function", "logs", "--since", "3h").must().out.splitlines()) == 2
    ended = wildrydes("function", "logs", "--since", "5s").must()
    assert (ended.out, "logged nothing" in ended.err) == ("", True)
    assert wildrydes("function", "logs", "--since", "99999d", "-o", "json").must().json
    assert len(wildrydes("function", "logs", "--since", "1w", "-o", "json").must().json) == 2
    moment = datetime.fromtimestamp((now - 7200_000) / 1000, UTC)
    for since, found in ((moment, 2), (moment + timedelta(milliseconds=1), 1)):
        assert len(wildrydes("function", "logs", "--since", since.isoformat(), "-o", "json").must().json) == found


@pytest.mark.parametrize("since", ["", "10", "m", "-1m", "1.5h", "1m\n"])
def test_an_invalid_since_is_the_same_usage_error_as_for_rides(wildrydes: Cli, since: str) -> None:
    message = wildrydes("function", "logs", f"--since={since}", "--region", "us-east-1").error(2)[0]
    assert "--since" in message
    assert message == wildrydes("rides", "list", f"--since={since}").error(2)[0]


@pytest.fixture
def function(aws: AWS, our_function: None) -> None:
    """A function that has no log yet."""
    aws.calls.clear()


@pytest.mark.parametrize("form", ["json", "jsonl"])
@pytest.mark.usefixtures("function")
def test_follow_waits_for_a_missing_log_and_says_so_once(
    aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    def sleep(seconds: float) -> None:
        if [name for name, _ in aws.calls].count("FilterLogEvents") == 3:
            raise KeyboardInterrupt
        write_log(aws, f"stream{len(aws.calls)}", (5, "there it is"))

    monkeypatch.setattr("time.sleep", sleep)
    ended = wildrydes("function", "logs", "--follow", "-o", form).must(130)
    assert ended.err.count("no log yet") == 1
    assert [line["Message"] for line in ended.json_lines] == ["there it is"] * 2


@pytest.mark.usefixtures("function")
def test_a_missing_log_group_gives_an_empty_result_and_a_note(aws: AWS, wildrydes: Cli) -> None:
    ended = wildrydes("function", "logs").must()
    assert ended.out == ""
    assert ended.err.endswith("has no log yet. To create one: wildrydes function invoke\n")
    assert wildrydes("function", "logs", "-o", "json").must().json == []


def test_a_missing_function_without_a_log_is_an_error(aws: AWS, wildrydes: Cli) -> None:
    message, hint = wildrydes("function", "logs").error(3)
    assert message == "function RequestUnicorn in us-east-1 does not exist"
    assert hint == "create it: wildrydes setup-table && wildrydes function deploy"


def test_hints_name_the_function_and_the_connection(aws: AWS, wildrydes: Cli) -> None:
    where = "--function-name Foo --region us-east-1"
    _, hint = wildrydes("function", "logs", *where.split()).error(3)
    assert hint == f"create it: wildrydes setup-table --region us-east-1 && wildrydes function deploy {where}"
    wildrydes("setup-table", "--region", "us-east-1").must()
    wildrydes("function", "deploy", *where.split()).must()
    said = wildrydes("function", "logs", *where.split()).must().err
    assert said == f"function Foo has no log yet. To create one: wildrydes function invoke {where}\n"
    aws.client("logs").create_log_group(logGroupName="/aws/lambda/Foo")
    said = wildrydes("function", "logs", *where.split()).must().err
    assert "wildrydes function logs --function-name Foo --since 1d --region us-east-1\n" in said


def test_lines_of_an_event_are_separate_and_escaped(aws: AWS, wildrydes: Cli) -> None:
    write_log(aws, "a", (10, "Traceback\n\tat \x1b[2J\u202e"))
    lines = wildrydes("function", "logs").must().out.splitlines()
    assert [line.split("\t", 1)[1] for line in lines] == ["Traceback", "        at \\x1b[2J\\u202e"]


def test_follow_prints_each_event_once_even_if_it_is_late(
    aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_log(aws, "a", (60, "early"), (10, "before"))
    polls = iter([[(5, "after")], [(20, "late")], [(40, "too late")]])

    def sleep(seconds: float) -> None:
        if (events := next(polls, None)) is None:
            raise KeyboardInterrupt
        write_log(aws, f"stream{events[0][0]}", *events)

    monkeypatch.setattr("time.sleep", sleep)
    ended = wildrydes("function", "logs", "--follow").must(130)
    assert [line.split("\t")[1] for line in ended.out.splitlines()] == ["early", "before", "after", "late"]


NOW = milliseconds()


def event(message: str) -> Json:
    """An event as CloudWatch describes it. Two with the same message are the same."""
    return {"timestamp": NOW, "message": message, "logStreamName": "s", "eventId": message}


def page(token: str | None, *messages: str) -> Json:
    """A page of a log, and the token of the next."""
    return {"events": [event(message) for message in messages], **({"nextToken": token} if token else {})}


@pytest.mark.parametrize(
    "pages",
    [
        [page("1", "a"), page("1"), page(None, "b")],
        [page("1", "a"), page("1"), page("1"), page("2", "b"), page(None)],
        [page("1", "a"), page("1", "a"), page("1", "a", "b"), page(None, "b")],
        [page("1", "a"), page("2"), page("1"), page("2", "b"), page(None)],
        [*[page("1")] * 60, page("1", "a"), *[page("1")] * 60, page(None, "b")],
    ],
    ids=["empty in between", "several times", "with the same events", "in turns", "many times"],
)
@pytest.mark.usefixtures("function")
def test_a_token_that_comes_again_does_not_end_the_log(aws: AWS, wildrydes: Cli, pages: list[Json]) -> None:
    """CloudWatch sends some tokens again, and the log goes on (https://github.com/boto/boto3/issues/1584)."""
    aws.planted["FilterLogEvents"] = pages
    ended = wildrydes("function", "logs", "-o", "json").must()
    assert [line["Message"] for line in ended.json] == ["a", "b"]


@pytest.mark.usefixtures("function")
def test_a_log_that_brings_nothing_but_the_same_token_ends_in_an_error(aws: AWS, wildrydes: Cli) -> None:
    aws.planted["FilterLogEvents"] = page("1", "a")
    ended = wildrydes("function", "logs")
    assert "the same page" in ended.error(4)[0]
    assert ended.out.count("\n") == 1
    assert [name for name, _ in aws.calls].count("FilterLogEvents") == 101


@pytest.mark.usefixtures("function")
def test_the_log_is_read_where_the_function_writes_it(aws: AWS, wildrydes: Cli) -> None:
    """A function can have a log group of its choice (AWS Lambda: "LoggingConfig")."""
    chosen = {"LoggingConfig": {"LogFormat": "Text", "LogGroup": "class/unicorns"}}
    aws.planted["GetFunction"] = lambda answer: answer | {"Configuration": answer["Configuration"] | chosen}
    logs = aws.client("logs")
    logs.create_log_group(logGroupName="class/unicorns")
    logs.create_log_stream(logGroupName="class/unicorns", logStreamName="s")
    line = {"timestamp": milliseconds() - 1000, "message": "there it is"}
    logs.put_log_events(logGroupName="class/unicorns", logStreamName="s", logEvents=[line])
    assert "there it is" in wildrydes("function", "logs").must().out
    assert wildrydes("status", "-o", "json").json["Parts"]["LogGroup"]["State"] == "ready"


def test_a_log_may_be_read_by_someone_who_may_not_look_at_the_function(aws: AWS, wildrydes: Cli) -> None:
    aws.fail("GetFunction", "AccessDeniedException", "not authorized", times=9)
    said = wildrydes("function", "logs").must().err
    assert f"log group {GROUP} does not exist; if the function has another" in said
    assert "not authorized" in said
    write_log(aws, "a", (10, "there it is"))
    ended = wildrydes("function", "logs").must()
    assert ("there it is" in ended.out, ended.err) == (True, "")


def test_the_log_of_a_function_that_was_deleted_can_be_read(aws: AWS, wildrydes: Cli) -> None:
    write_log(aws, "a", (10, "there it was"))
    assert "there it was" in wildrydes("function", "logs").must().out
