"""A command loads what it needs and nothing else, for it is run a hundred times a day."""

import subprocess
import sys

import pytest

from tests.running import process

REQUEST = "'request', '--lat', '1', '--lon', '2'"


def loaded(words: str) -> set[str]:
    """Return the modules that are loaded after `wildrydes` ran, in a process of its own."""
    script = f"""
import sys
from wildrydes_cli.cli import app
try:
    app([{words}])
except SystemExit as end:
    assert not end.code, end.code
print(*sys.modules, file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(ended.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "words", [REQUEST, f"{REQUEST}, '-o', 'json'", "'rides', 'list'", "'rides', 'list', '-o', 'json'"]
)
def test_the_embedded_store_needs_no_aws_and_a_pipe_no_rich(words: str) -> None:
    modules = loaded(words)
    assert "wildrydes_cli.stores.sqlite.rides" in modules or "wildrydes_cli.commands.rides_list" in modules
    assert not {"boto3", "botocore", "rich", "pydantic", "logging", "asyncio", "wildrydes_cli.aws"} & modules


def test_a_command_loads_no_other_command() -> None:
    commands = {name for name in loaded(REQUEST) if name.startswith("wildrydes_cli.commands.")}
    assert commands == {"wildrydes_cli.commands.request"}


def test_help_and_completion_need_no_store() -> None:
    for words in ("'--help'", "'--version'", "'rides', 'list', '--help'"):
        assert not {"boto3", "botocore", "sqlite3", "rich"} & loaded(words)


def test_the_core_uses_the_standard_library_only() -> None:
    script = (
        "import sys; before = set(sys.modules); import wildrydes_cli.rides.dispatch, wildrydes_cli.rides.listing;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["wildrydes_cli"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("wildrydes re", "request"), ("wildrydes rides sh", "show"), ("wildrydes rides list --out", "--output")],
)
def test_a_shell_completes_commands_and_options(monkeypatch: pytest.MonkeyPatch, typed: str, offered: str) -> None:
    monkeypatch.setenv("_WILDRYDES_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(typed.count(" ")))
    monkeypatch.setenv("AWS_PROFILE", "nobody")  # what would fail, if AWS were asked
    assert offered in process().must().out.split()
