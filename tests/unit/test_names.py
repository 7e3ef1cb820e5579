"""The commands in hints have the names that the user chose, and only those that the command needs."""

from collections.abc import Sequence
from typing import Any

import pytest
import typer

from tests.support.fake_aws import AWS
from tests.support.running import Cli
from wildrydes_cli.cli import COMMANDS, app
from wildrydes_cli.deploy import names
from wildrydes_cli.deploy.names import Names

MINE = Names("F", "R", "A", "U", "P", "L")


def options_of(words: Sequence[str]) -> set[str]:
    """Return the options of a command that choose a name."""
    command: Any = typer.main.get_command(app)
    for word in words:
        command = command.get_command(None, word)
    options = {option for parameter in command.params for option in parameter.opts}
    return {option for option in options if option.endswith("-name") or option == "--use-role"}


def test_every_command_that_takes_names_is_listed() -> None:
    grouped = {
        f"{group} {verb}"
        for group in ("function", "api", "page")
        for verb in COMMANDS[group].commands  # type: ignore[union-attr]
    }
    assert set(names.COMMANDS) == grouped | {"deploy", "delete", "status", "serve"}


@pytest.mark.parametrize("words", names.COMMANDS)
def test_a_command_has_an_option_for_each_name_that_it_takes_and_no_other(words: str) -> None:
    command = MINE.command(*words.split())
    given = command[len(words.split()) :]
    assert set(given[::2]) == options_of(words.split())
    assert set(given[1::2]) <= set(MINE)


def test_a_name_that_the_command_would_use_by_itself_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Names().command("api", "deploy") == ("api", "deploy")
    monkeypatch.setenv("WILDRYDES_API_NAME", "A")
    assert Names(api="A").command("api", "deploy") == ("api", "deploy")
    assert Names().command("api", "deploy") == ("api", "deploy", "--api-name", "WildRydes")


def test_other_words_come_after_the_names() -> None:
    assert Names(function="F").command("function", "logs", "--since", "1d") == (
        *("function", "logs"),
        *("--function-name", "F"),
        *("--since", "1d"),
    )


def test_a_hint_of_a_command_without_the_option_leaves_a_name_to_its_variable(
    aws: AWS, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WILDRYDES_ROLE_NAME", "ada")
    hint = wildrydes("function", "invoke", "--function-name", "F").error(3)[1]
    assert hint.endswith("wildrydes function deploy --function-name F")
    monkeypatch.delenv("WILDRYDES_ROLE_NAME")
    monkeypatch.setenv("WILDRYDES_USE_ROLE", "LabRole")
    hint = wildrydes("api", "deploy").error(3)[1]
    assert "wildrydes function deploy && wildrydes api deploy" in hint
