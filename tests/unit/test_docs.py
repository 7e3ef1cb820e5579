"""The documents match the code: commands, options, variables, exit codes, limits, layers, links and JSON."""

import csv
import inspect
import io
import json
import pkgutil
import re
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

import pytest
import typer

from tests.support.fake_aws import AWS
from tests.support.markdown import (
    CONTRIBUTING,
    POLICIES_FOLDER,
    README,
    REFERENCE,
    ROOT,
    TUTORIAL,
    blocks,
    narrowed,
    policy_files,
    rows,
    sections,
)
from tests.support.running import Cli
from wildrydes_cli import connection
from wildrydes_cli.aws import WAIT_SECONDS
from wildrydes_cli.aws_http import Response
from wildrydes_cli.cli import app
from wildrydes_cli.commands.options import FOLLOW_SECONDS
from wildrydes_cli.commands.request_all import PAUSE_SECONDS
from wildrydes_cli.connection import Connection
from wildrydes_cli.errors import ExitCode
from wildrydes_cli.function.event import BODY_BYTES
from wildrydes_cli.rides.bulk import CHUNK
from wildrydes_cli.rides.follow import GRACE
from wildrydes_cli.rides.model import NAME_LENGTH, RIDE_ID_LENGTH
from wildrydes_cli.rides.request_file import ARRAY_BYTES, LINE_BYTES
from wildrydes_cli.stores.base import KEY_BYTES
from wildrydes_cli.stores.dynamodb.rides import SAMPLE
from wildrydes_cli.stores.sqlite.rides import SQLiteRides

TEXT = {path: path.read_text(encoding="utf-8") for path in (README, REFERENCE, TUTORIAL, CONTRIBUTING)}
CONNECTION = {field.name for field in fields(Connection)}
HERE = ("--lat", "47.6174", "--lon", "-122.2884")


def commands() -> dict[str, Any]:
    """Return every command by its path: `rides list`."""

    def walk(group: Any, path: str) -> Iterator[tuple[str, Any]]:
        for name in group.list_commands(None):
            command = group.get_command(None, name)
            if hasattr(command, "list_commands"):
                yield from walk(command, f"{path}{name} ")
            else:
                yield path + name, command

    return dict(walk(typer.main.get_command(app), ""))


COMMANDS = commands()
OPTIONS = {path: {word for each in command.params for word in each.opts} for path, command in COMMANDS.items()}
WITH_CONNECTION = [path for path in COMMANDS if "--table" in OPTIONS[path]]
ROOT_OPTIONS = {"--version", "--install-completion", "--show-completion", "--help", "-h"}


def option_table(parameters: Sequence[Any]) -> str:
    """Return the table of arguments and options that the reference must contain."""
    lines = ["| option | what it does | default | variable |", "| --- | --- | --- | --- |"]
    for each in parameters:
        if getattr(each, "hidden", False):
            continue
        flag = getattr(each, "is_flag", False)
        name = ", ".join(sorted(each.opts, key=len)) if each.param_type_name == "option" else ""
        value = "" if flag else each.make_metavar(None).strip("<>").replace("|", r"\|")
        text = each.help.replace("|", r"\|")
        default = each.show_default if isinstance(each.show_default, str) else each.default
        shown = "required" if each.required else "" if default is None or flag else str(default)
        variable = f"`{each.envvar}`" if each.envvar else ""
        lines.append(f"| `{f'{name} {value}'.strip()}` | {text} | {shown} | {variable} |".replace("  |", " |"))
    return "\n".join(lines)


# Commands and options


@pytest.mark.parametrize("path", COMMANDS)
def test_the_reference_lists_the_options_of_every_command(path: str) -> None:
    section = sections(TEXT[REFERENCE], 3)[f"`wildrydes {path}`"]
    assert option_table([each for each in COMMANDS[path].params if each.name not in CONNECTION]) in section


@pytest.mark.parametrize("path", WITH_CONNECTION)
def test_the_reference_lists_the_common_options_once(path: str) -> None:
    section = sections(TEXT[REFERENCE], 3)["Options of every command"]
    assert option_table([each for each in COMMANDS[path].params if each.name in CONNECTION]) in section


def test_the_reference_lists_only_existing_commands() -> None:
    headings = [heading for heading in sections(TEXT[REFERENCE], 3) if heading.startswith("`wildrydes ")]
    assert headings == [f"`wildrydes {path}`" for path in COMMANDS]


@pytest.mark.parametrize("path", COMMANDS)
def test_the_readme_names_every_command(path: str) -> None:
    assert re.search(rf"`wildrydes {path}\b", TEXT[README])


def commands_in(text: str) -> list[str]:
    """Return the commands and options in a document: all text in backticks, and the commands in console blocks."""
    consoles = [line for block in blocks(text, "console") for line in block.text.splitlines() if line.startswith("$ ")]
    return re.findall(r"`([^`]+)`", prose(text)) + consoles


def prose(text: str) -> str:
    """Return a document without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", [README, REFERENCE, TUTORIAL], ids=lambda path: path.name)
def test_documents_name_only_existing_commands_and_options(document: Path) -> None:
    every = ROOT_OPTIONS.union(*OPTIONS.values())
    for text in commands_in(TEXT[document]):
        found = re.search(r"\bwildrydes (.*)", text)
        words = (found[1] if found else text).replace(r"\|", " ").replace("=", " ").partition(" | ")[0].split()
        path = next((path for path in COMMANDS if f"{' '.join(words)} ".startswith(f"{path} ")), None)
        allowed = (OPTIONS[path] | {"--help", "-h"}) if path and found else every
        if found and words and re.match("[a-z]", words[0]):
            assert path or words == ["COMMAND"], f"there is no such command: {text}"
        for word in words if found or text.startswith("-") else ():
            if re.match("--?[a-z]", word):
                assert word.rstrip(",") in allowed, f"there is no option {word}: {text}"


@pytest.mark.parametrize("document", TEXT, ids=lambda path: path.name)
def test_no_line_becomes_a_quotation_because_it_begins_with_a_redirection(document: Path) -> None:
    assert not re.search("^ *>", prose(TEXT[document]), re.MULTILINE)


def test_the_readme_is_a_front_page() -> None:
    assert len(TEXT[README].splitlines()) <= 120


# Variables and exit codes


def variables(text: str) -> set[str]:
    return set(re.findall(r"WILDRYDES_[A-Z_]+", text))


def test_the_reference_lists_exactly_the_variables_that_the_code_reads() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "wildrydes_cli").rglob("*.py"))
    read = variables(code)
    assert {"WILDRYDES_TABLE", "WILDRYDES_DB"} < read
    listed = rows(sections(TEXT[REFERENCE], 2)["Variables"])
    assert {variable for row in listed for variable in variables(row[0])} == read
    assert variables(TEXT[README]) <= read


def test_the_reference_lists_everything_that_selects_the_store() -> None:
    section = sections(TEXT[REFERENCE], 2)["Which store is used"]
    names = re.findall(r"`(AWS_[A-Z_]+)`", section.split("Where none of these")[0])
    assert names == [*connection._AWS_VARIABLES, *connection.AWS_FILES]


@pytest.mark.parametrize("document", [README, REFERENCE], ids=lambda path: path.name)
def test_documents_list_every_exit_code(document: Path) -> None:
    codes = [code for row in rows(sections(TEXT[document], 2)["Exit codes"]) for code in row[0].split(", ")]
    assert codes == ["0", *(str(code.value) for code in ExitCode)]


def test_the_reference_names_every_exit_code() -> None:
    names = [row[1] for row in rows(sections(TEXT[REFERENCE], 2)["Exit codes"])]
    assert names == ["", *(code.name.lower() for code in ExitCode)]


def test_the_limits_in_the_reference_match_the_code() -> None:
    busy = int(inspect.signature(SQLiteRides).parameters["busy_timeout"].default)
    limits = {
        "rider, batch name": NAME_LENGTH,
        "ride id that you choose": RIDE_ID_LENGTH,
        "ride id that you look up": KEY_BYTES,
        "body of a request to the function": BODY_BYTES // 1024,
        "a line of a file for `request --from`": LINE_BYTES // 1024**2,
        "waiting for AWS to create, change or delete something": WAIT_SECONDS,
        "waiting for another process that writes to the embedded store": busy,
        "`rides watch`": FOLLOW_SECONDS,
    }
    listed = {row[0]: re.findall(r"\d+", row[1]) for row in rows(sections(TEXT[REFERENCE], 2)["Limits"])}
    assert {what: str(limit) in listed[what] for what, limit in limits.items()} == dict.fromkeys(limits, True)
    assert str(int(GRACE.total_seconds())) in listed["`rides watch`"]
    assert str(ARRAY_BYTES // 1024**2) in listed["a line of a file for `request --from`"]
    assert f"Up to {CHUNK:,} rows are dispatched at once" in TEXT[REFERENCE]
    assert f"nothing more has come for {PAUSE_SECONDS} seconds" in TEXT[REFERENCE]
    assert f"A table of up to {SAMPLE} items is read whole" in TEXT[REFERENCE]


# Policies


def test_the_reference_lists_every_policy() -> None:
    files = {command: listed[0] for command, listed in policy_files().items() if len(listed) == 1}
    assert sorted(files.values()) == sorted(path.name for path in POLICIES_FOLDER.iterdir())
    for command, file in files.items():
        assert file.removesuffix(".json") == re.sub(r"\W+", "-", command)


def test_the_reference_has_policies_only_for_existing_commands() -> None:
    for command in policy_files():
        path = next(path for path in COMMANDS if f"{command} ".startswith(f"{path} "))
        assert set(command.removeprefix(path).split()) <= OPTIONS[path]


@pytest.mark.parametrize(
    ("whole", "steps"),
    [
        ("deploy", ["setup-table", "function-deploy", "api-deploy", "page-deploy"]),
        ("delete", ["page-delete", "api-delete", "function-delete", "delete-table"]),
    ],
)
def test_a_command_for_everything_needs_what_its_steps_need(whole: str, steps: list[str]) -> None:
    assert allowed(whole) == set().union(*map(allowed, steps))


def allowed(name: str) -> set[tuple[str, str]]:
    """Return the actions of a policy, each with its resource."""
    statements = json.loads((POLICIES_FOLDER / f"{name}.json").read_text(encoding="utf-8"))["Statement"]
    return {
        (action, resource)
        for each in statements
        for action in each["Action"]
        for resource in ([each["Resource"]] if isinstance(each["Resource"], str) else each["Resource"])
    }


@pytest.mark.parametrize("path", WITH_CONNECTION)
def test_the_reference_has_the_permissions_of_every_command(path: str) -> None:
    assert f"| `{path}` |" in sections(TEXT[REFERENCE], 2)["Permissions"]


@pytest.mark.parametrize("file", sorted(path.name for path in POLICIES_FOLDER.iterdir()))
def test_iam_accepts_a_policy_as_it_is_and_narrowed(file: str, aws: AWS) -> None:
    """moto checks the grammar as IAM does. A user has the least room for one (AWS: "IAM and AWS STS quotas")."""
    iam, text = aws.client("iam"), (POLICIES_FOLDER / file).read_text(encoding="utf-8")
    iam.create_role(RoleName="Dispatcher", AssumeRolePolicyDocument="{}")
    for document in (text, narrowed(text)):
        iam.put_role_policy(RoleName="Dispatcher", PolicyName="only", PolicyDocument=document)
        assert len("".join(document.split())) <= 2048
    arns = re.findall(r'"(arn:.*?)"', narrowed(text))
    assert arns
    for arn in arns:
        assert re.match(r"arn:aws:(iam::123456789012|apigateway:us-east-1:|[a-z-]+:us-east-1:123456789012):", arn)


# Layers and links


def test_contributing_lists_the_layers_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (checked,) = [contract["layers"] for contract in contracts if contract["name"] == "imports point downward"]
    depth = {
        layer.strip().removeprefix("wildrydes_cli."): at for at, line in enumerate(checked) for layer in line.split("|")
    }
    table = rows(sections(TEXT[CONTRIBUTING], 2)["Where a change belongs"])
    listed = [name.rstrip("/") for row in table for name in re.findall(r"`([^`]+)`", row[0])]
    assert sorted(listed) == sorted(depth)
    assert [depth[layer] for layer in listed] == sorted(depth.values()), "not in the order of pyproject.toml"
    for layer in listed:
        path = ROOT / "wildrydes_cli" / layer
        assert path.is_dir() or path.with_suffix(".py").is_file()


def test_the_walk_through_a_command_names_only_existing_code() -> None:
    walk = sections(TEXT[CONTRIBUTING], 2)["How `wildrydes request` runs"]
    names = re.findall(r"`(\w+(?:\.\w+)+)`", walk)
    assert len(names) > 10
    for name in names:
        assert pkgutil.resolve_name(f"wildrydes_cli.{name}"), name


@pytest.mark.parametrize("document", TEXT, ids=lambda path: path.name)
def test_every_link_has_an_existing_target(document: Path) -> None:
    for target in re.findall(r'(?:\]\(|src="|srcset=")([^)"\s]+)', TEXT[document]):
        if re.match("[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (document.parent / name).resolve() if name else document
        assert there.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings], target


# JSON

EXAMPLES = {
    heading: body
    for heading, body in sections(TEXT[REFERENCE], 3).items()
    if re.match(r"(JSON|JSON lines|CSV|GeoJSON) of ", heading)
}


def shape(value: Any) -> Any:
    """Return the names in a JSON value, in order, without the values."""
    if isinstance(value, dict):
        return [(name, shape(inner)) for name, inner in value.items()]
    if isinstance(value, list):
        shapes = [shape(each) for each in value]
        return [each for at, each in enumerate(shapes) if each not in shapes[:at]]
    return None


def parsed(text: str, heading: str) -> Any:
    if heading.startswith("CSV"):
        header, *records = csv.reader(io.StringIO(text))
        assert all(len(record) == len(header) for record in records)
        return [header, len(records) > 0]
    if heading.startswith("JSON lines"):
        return shape([json.loads(line) for line in text.splitlines()])
    return shape(json.loads(text))


EXTRA_ARGUMENTS = {
    "request": HERE,
    "request --from": ("pickups.csv",),
    "rides show": ("known",),
    "rides watch": ("--since", "1h"),
    "function invoke": ("--local",),
    "function delete": ("--yes",),
    "api delete": ("--yes",),
    "page delete": ("--yes",),
    "delete": ("--yes",),
    "delete-table": ("--yes",),
}
"""The arguments that a command needs in addition to those in its heading."""


def write_log_event(aws: AWS) -> None:
    logs, group = aws.client("logs"), "/aws/lambda/RequestUnicorn"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="1")
    event = {"timestamp": int(time.time() * 1000), "message": "hello"}
    logs.put_log_events(logGroupName=group, logStreamName="1", logEvents=[event])


def answer_of_the_api(method: str, _: Any, headers: Any = None, __: str | None = None, **___: Any) -> Response:
    """Answer in place of the deployed API, which the mock does not run."""
    if method == "OPTIONS":
        return Response(200, {}, "")
    return Response(201, {"access-control-allow-origin": "*"}, "{}") if headers else Response(401, {}, "")


@pytest.fixture
def run_heading(
    request: pytest.FixtureRequest, wildrydes: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Return a function that runs the command in a heading, with all data present, and returns its output.

    It uses AWS only where it must, because the embedded store gives the same names.
    """

    def interrupt(_: float) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("wildrydes_cli.commands.rides_watch.pause", interrupt)
    monkeypatch.setattr("wildrydes_cli.deploy.requests.send", answer_of_the_api)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pickups.csv").write_text("lat,lon\n1,2\n91,0\n", encoding="utf-8")

    def run(heading: str, form: str | None = None) -> str:
        kind, command = heading.split("`")[:2]
        words = command.split()[1:]
        name = " ".join(words)
        if name in ("setup-table", "deploy", "delete", "status") or (
            name.startswith(("function ", "api ", "page ")) and name != "function invoke"
        ):
            account = request.getfixturevalue("aws")
            wildrydes("setup-table").must()
            if name == "status" or name.startswith(("api ", "page ")):
                wildrydes("function", "deploy").must()
            if name in ("api invoke", "api config", "api delete", "page deploy", "page delete"):
                wildrydes("api", "deploy").must()
            if name == "page delete":
                wildrydes("page", "deploy").must()
            if name in ("function logs", "function delete"):
                write_log_event(account)
        else:
            wildrydes("request", *HERE, "--ride-id", "known").must()
        form = form or {"JSON lines of ": "jsonl", "CSV of ": "csv", "GeoJSON of ": "geojson"}.get(kind, "json")
        ended = wildrydes(*words, *EXTRA_ARGUMENTS.get(name, ()), "-o", form)
        return ended.must({"request --from": 1, "rides watch": 130}.get(name, 0)).out

    return run


def test_every_command_has_a_json_example() -> None:
    shown = {heading.split("`")[1].removeprefix("wildrydes ").split(" --")[0] for heading in EXAMPLES}
    assert shown == {path for path in COMMANDS if "--output" in OPTIONS[path]} == set(COMMANDS) - {"serve", "help"}


def test_every_format_of_rides_list_has_an_example() -> None:
    kinds = [heading.split(" of ")[0] for heading in EXAMPLES if heading.endswith("`wildrydes rides list`")]
    assert kinds == ["JSON", "JSON lines", "CSV", "GeoJSON"]


@pytest.mark.parametrize("heading", EXAMPLES)
def test_an_example_has_the_names_that_its_command_prints(heading: str, run_heading: Callable[..., str]) -> None:
    (example,) = blocks(EXAMPLES[heading], "json", "csv")
    printed = run_heading(heading)
    assert parsed(example.text, heading) == parsed(printed, heading)
    if "function invoke" in heading:
        bodies = [json.loads(json.loads(text)["body"]) for text in (example.text, printed)]
        assert shape(bodies[0]) == shape(bodies[1])


@pytest.mark.parametrize(
    "heading", [each for each in EXAMPLES if re.match("JSON of `wildrydes (function|api|status)", each)]
)
def test_json_lines_are_the_same_value_on_one_line_each(heading: str, run_heading: Callable[..., str]) -> None:
    (example,) = blocks(EXAMPLES[heading], "json")
    value = json.loads(example.text)
    lines = run_heading(heading, "jsonl").splitlines()
    assert shape([json.loads(line) for line in lines]) == shape(value if isinstance(value, list) else [value])
