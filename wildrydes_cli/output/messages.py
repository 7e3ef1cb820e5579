"""What goes to stderr: notes, errors and questions. Also prepares both streams."""

import codecs
import io
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

from wildrydes_cli.errors import UsageError, WildrydesError
from wildrydes_cli.output.text import json_escape, visible


def prepare() -> None:
    """Make stdout and stderr accept any text: what their encoding lacks is written as `\\uXXXX`, as in JSON.

    Also removes variables with impossible sizes of the window: rich and Typer would fail, or draw lines of gigabytes.
    """
    for name in ("COLUMNS", "LINES", "TERMINAL_WIDTH"):
        if not re.fullmatch("[1-9][0-9]{0,3}", os.environ.get(name, "1")):
            del os.environ[name]
    codecs.register_error("json", lambda error: (json_escape(error.object[error.start : error.end]), error.end))  # type: ignore[attr-defined]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="json")  # type: ignore[union-attr]


def colorful(stream: TextIO) -> bool:
    """Whether `stream` is a terminal where colour is wanted (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def note(text: str) -> None:
    """Tell the user something besides the result."""
    _write(f"{visible(text)}\n")


def announce(text: str) -> None:
    """Tell a user at a terminal what happens now."""
    if sys.stderr.isatty():
        note(text)


def announce_item(label: str, text: str) -> None:
    """Tell a user at a terminal one item of a list. Further lines begin below the text."""
    if sys.stderr.isatty():
        import shutil
        import textwrap

        width = max(2 * len(label), shutil.get_terminal_size().columns)
        below = " " * len(label)
        for line in textwrap.wrap(f"{label}{text}", width, subsequent_indent=below, break_on_hyphens=False):
            note(line)


def error(message: str, hint: str) -> None:
    """Tell the user what went wrong, and how to fix it."""
    red, cyan, plain = ("\x1b[1;31m", "\x1b[36m", "\x1b[0m") if colorful(sys.stderr) else ("", "", "")
    lines = f"{red}error:{plain} {visible(message)}\n" + (f"{cyan}hint:{plain} {visible(hint)}\n" if hint else "")
    _write(lines)


def at_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(action: str, *, yes: bool) -> None:
    """Ask at the terminal whether to do `action`, unless the user already said `yes`.

    Raises `UsageError` if there is no terminal, `WildrydesError` if the user declines.
    """
    if yes:
        return
    if not at_terminal():
        raise UsageError(f"this would {action}, and there is no terminal to ask on", hint="add --yes to do it")
    import typer

    try:
        agreed = typer.confirm(visible(f"{action}?"), err=True)
    except typer.Abort:
        note("")  # end the line of the question
        raise
    if not agreed:
        raise WildrydesError("cancelled: nothing was changed", hint="answer y, or add --yes, to do it")


def confirm_deployment(place: str, lost: Sequence[str], *, yes: bool) -> None:
    """Ask whether to deploy, and to overwrite what is `lost`. `place` says where: "in us-east-1". See `confirm`."""
    overwriting = f", and overwrite {'; and '.join(lost)}" if lost else ""
    confirm(f"deploy {place}{overwriting}", yes=yes)


def discard(stream: TextIO) -> None:
    """Send the rest of the output nowhere, so that Python does not fail when it flushes the stream at exit."""
    with suppress(io.UnsupportedOperation):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _write(lines: str) -> None:
    try:
        sys.stderr.write(lines)
        sys.stderr.flush()
    except OSError:  # nobody reads stderr, and the command can still do its work
        discard(sys.stderr)
