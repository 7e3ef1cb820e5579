"""What `--help` prints on a terminal, and how it fits into a pipe of 80 columns."""

import re
from functools import cache

import pytest

from tests.support.markdown import POLICIES_FOLDER
from tests.support.running import Terminal, process
from wildrydes_cli.cli import COMMANDS, Group


@cache
def screen(*words: str, columns: int = 100) -> str:
    """Return what `--help` shows, without colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", Terminal(*words, "--help", columns=columns).end().must().out)


def test_the_list_of_commands_has_complete_summaries_in_80_columns() -> None:
    said = screen(columns=80)
    assert "Usage: wildrydes COMMAND" in said
    assert len(said.splitlines()) < 24  # a terminal has 24 lines, and the prompt needs one
    commands = said.split("─ Commands ─")[1].split("╰")[0].splitlines()[1:]
    assert len(commands) >= 5
    assert all(re.fullmatch(r"│ [a-z-]+ +[A-Z].*[a-z]\. *│", line) for line in commands)
    assert "wildrydes help has the rest" in said


@pytest.mark.parametrize("path", ["", *(name for name, each in COMMANDS.items() if isinstance(each, Group))])
def test_a_list_of_commands_in_a_pipe_has_complete_summaries_in_80_columns(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = process(*path.split(), "--help").must().out
    summaries = said.split("Commands:\n")[1].split("\n\n")[0].splitlines()
    assert len(summaries) >= 2
    assert all(re.fullmatch(r"  [a-z-]+ +[A-Z][^.]*[A-Za-z]\.", line) for line in summaries)


@pytest.mark.parametrize(
    "words", [["request"], ["rides", "show"], ["rides", "list"], ["setup-table"], ["function", "delete"]]
)
def test_help_has_usage_examples_and_panels_and_no_braces(words: list[str]) -> None:
    said = screen(*words)
    assert "Usage: wildrydes" in said
    assert "Examples:" in said
    assert not re.search(r"[{}]|<parse>", said)
    assert "─ Connection ─" in said
    assert ("─ Many rides ─" in said) == (words == ["request"])


def test_a_help_paragraph_is_wrapped_to_the_window() -> None:
    said = screen("request")
    assert "dispatch one for each row of a file: CSV with a header line lat,lon and optionally" in said
    assert "\n rider,ride_id, or one JSON object per line with the same names." in said


def test_a_part_of_the_reference_is_drawn_without_a_background() -> None:
    drawn = Terminal("help", "exit", "codes").end().must().out
    shown = re.sub(r"\x1b\[[\d;]*m", "", drawn)
    assert "──" in shown
    assert "Exit codes" in shown
    assert not re.search(r"^##|`", shown, re.MULTILINE)
    assert not re.search(r"\x1b\[([\d;]*;)?4\d(;[\d;]*)?m", re.sub(r"\x1b\[4;35m", "", drawn))  # 4 alone is underlined


def test_policies_are_named_and_never_cut_on_a_narrow_terminal() -> None:
    drawn = Terminal("help", "permissions", columns=80).end().must().out
    assert "…" not in drawn
    assert "(policies/" not in drawn
    for file in POLICIES_FOLDER.iterdir():
        assert file.name[:22] in drawn
