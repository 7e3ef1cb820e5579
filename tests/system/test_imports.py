"""A command imports only what it needs, because people run it a hundred times a day."""

import os
import subprocess
import sys

from wildrydes_cli.deploy.package import FILES

REQUEST = "request --lat 1 --lon 2"


def loaded(*commands: str) -> set[str]:
    """Run commands in one process of their own, and return the modules that they loaded."""
    return loaded_by(f"""
from wildrydes_cli.cli import app
for words in {[command.split() for command in commands]}:
    try:
        app(words)
    except SystemExit as end:
        assert not end.code, end.code
""")


def loaded_by(script: str, **environment: str) -> set[str]:
    """Run `script` in its own process, and return the modules that it loaded."""
    script += "\nimport sys; print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    return set(ended.stderr.splitlines()[-1].split())


def test_commands_on_the_embedded_store_load_no_boto3_and_no_rich() -> None:
    modules = loaded(REQUEST, f"{REQUEST} -o json", "rides list", "rides list -o json")
    assert "wildrydes_cli.stores.sqlite.rides" in modules
    assert not {"boto3", "botocore", "rich", "pydantic", "logging", "asyncio", "wildrydes_cli.aws"} & modules


def test_commands_for_rides_load_nothing_that_is_deployed() -> None:
    modules = loaded(REQUEST, "rides list", "rides list --since 7d", "rides stats")
    assert not {name for name in modules if name.startswith("wildrydes_cli.deploy")}


def test_tables_load_no_json() -> None:
    modules = loaded("request --help", REQUEST, "rides list")
    assert "wildrydes_cli.output.results" in modules
    assert not {"json", "wildrydes_cli.output.formats", "wildrydes_cli.shapes", "wildrydes_cli.rides.stats"} & modules


def test_a_command_loads_no_other_command() -> None:
    commands = {name for name in loaded(REQUEST) if name.startswith("wildrydes_cli.commands.")}
    assert commands == {"wildrydes_cli.commands.options", "wildrydes_cli.commands.request"}


def test_help_and_version_load_no_store() -> None:
    assert not {"boto3", "botocore", "sqlite3", "rich"} & loaded("--help", "--version", "rides list --help")


def test_the_core_uses_the_standard_library_only() -> None:
    script = (
        "import sys; before = set(sys.modules); import wildrydes_cli.rides.dispatch, wildrydes_cli.rides.listing;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["wildrydes_cli"]


def test_completion_loads_no_boto3_and_no_rich() -> None:
    asked = ("__complete zsh rides sh", "__complete zsh rides show x", "__complete zsh status --region us")
    modules = loaded(REQUEST, *asked)
    assert "wildrydes_cli.completion" in modules
    assert not {"boto3", "botocore", "rich"} & modules


def test_the_handler_loads_only_the_files_of_the_package() -> None:
    answered = "from wildrydes_cli.function.handler import respond; respond({}, 'request-1', None)"
    modules = loaded_by(answered) - loaded_by("")
    ours = {name for name in modules if name.split(".")[0] == "wildrydes_cli"}
    assert ours == {
        f"wildrydes_cli/{name}".removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in FILES
    }
    assert not {"typer", "rich", "pydantic", "boto3", "botocore", "sqlite3"} & modules


def test_on_lambda_the_client_is_created_once_before_the_first_event() -> None:
    script = (
        "from wildrydes_cli.function import handler\n"
        "assert handler._store.cache_info().currsize == 1\n"
        "assert handler._store() is handler._store()\n"
        "assert handler._store().label.startswith('table Rides in us-west-2')"
    )
    settings = {"AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_REGION": "us-west-2"}
    assert "botocore.session" in loaded_by(script, **settings)
