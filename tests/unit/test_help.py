"""What `--help` prints to a pipe."""

import re

import pytest

from tests.support.running import Cli
from tests.unit.test_docs import COMMANDS
from wildrydes_cli import cli

GROUPS = ["", *(name for name, each in cli.COMMANDS.items() if isinstance(each, cli.Group))]


@pytest.mark.parametrize("path", [*GROUPS, *COMMANDS])
def test_help_has_no_braces(path: str, wildrydes: Cli) -> None:
    said = wildrydes(*path.split(), "--help").must().out
    usage = "COMMAND [OPTIONS]..." if path in GROUPS else "[OPTIONS]"
    assert said.startswith(f"Usage: {f'wildrydes {path}'.strip()} {usage}")
    assert not re.search(r"[{}]", said)


@pytest.mark.parametrize("path", COMMANDS)
def test_the_help_of_a_command_has_examples(path: str, wildrydes: Cli) -> None:
    said = wildrydes(*path.split(), "--help").must().out
    assert re.search(rf"\n  Examples:\n    wildrydes {path}\b.*\n    wildrydes {path}\b", said)


def test_the_help_shows_defaults(wildrydes: Cli) -> None:
    def said(*words: str) -> str:
        return " ".join(wildrydes(*words, "--help").must().out.split())

    assert "[default: 127.0.0.1]" in said("serve")
    assert "[default: (your login name)]" in said("request")
    assert "default: WildRydesLambda]" in said("function", "delete")


def test_the_help_says_where_the_rest_is(wildrydes: Cli) -> None:
    said = " ".join(wildrydes("--help").must().out.split())
    assert "COMMAND --help has examples; wildrydes help has the rest, such as completion." in said
