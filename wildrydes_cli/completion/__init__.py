"""Completes words in a shell: commands, options, and the values that are known.

A shell runs its script in this folder, which runs `wildrydes __complete` with the name of the shell and the words up to
the cursor. bash gives the whole line up to there, because it splits words at `=` and `:` too. The answer is a line for
each candidate. Whatever fails, there is no error, only no candidate. Nothing is written, and nobody is asked for
anything.
"""

import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from threading import Timer
from typing import Any, NamedTuple

from wildrydes_cli.connection import AWS_FILES, Connection
from wildrydes_cli.errors import ExitCode
from wildrydes_cli.output.text import visible

SECONDS = 2
"""How many seconds somebody who presses Tab waits at most. DynamoDB on another continent answers within one."""
NEWEST = 100
"""How many rides are looked through for ids that begin with what is typed."""

FILES = 10
"""The exit code that asks the shell for the names of files."""


class Candidate(NamedTuple):
    """A word that can be typed, and what it means."""

    word: str
    meaning: str = ""


def script(shell: str) -> str:
    """Return the script that sets up completion in a shell."""
    return Path(__file__).with_name(f"wildrydes.{shell}").read_text(encoding="utf-8")


def complete(root: Any, shell: str = "", *words: str) -> int:
    """Print the candidates for the last of `words`, and return the exit code."""
    timer = Timer(SECONDS, os._exit, [ExitCode.SERVICE])
    timer.daemon = True
    timer.start()
    try:
        _leave_terminal()
        line = _split(*words) if shell == "bash" else words
        found = candidates(root, line)
        if found is None:
            return FILES
        sys.stdout.writelines(f"{_line(shell, each, line[-1])}\n" for each in found)
        sys.stdout.flush()
    except Exception:
        return ExitCode.SERVICE
    finally:
        timer.cancel()
    return 0


def _leave_terminal() -> None:
    """Give up the terminal, so that botocore can't ask there for the code of an MFA device."""
    from fcntl import ioctl
    from termios import TIOCNOTTY

    if os.getsid(0) == os.getpid():
        return  # the terminal is this process's own, and would hang up
    with suppress(OSError), Path("/dev/tty").open("rb", buffering=0) as terminal:
        ioctl(terminal, TIOCNOTTY)


def _split(line: str) -> list[str]:
    """Return the words behind the command in a line that bash completes. A quote need not have its end yet."""
    for end in ("", "'", '"'):
        with suppress(ValueError):
            # The last word is empty if there is a space behind the others. So something is added to it, and taken away.
            *typed, begun = shlex.split(f"{line}_{end}")
            return [*typed[1:], begun[:-1]]
    return [""]


def _line(shell: str, candidate: Candidate, begun: str) -> str:
    """Return a candidate as the script of the shell reads it. The meaning may come from a table: it is not trusted."""
    word, between = candidate.word, "\t"
    if shell == "bash":  # it shows no meanings, and needs words as they are typed, from the last of its own breaks on
        return re.sub(r"[^\w@%+=:,./-]", r"\\\g<0>", word[max(begun.rfind("="), begun.rfind(":")) + 1 :])
    if shell == "zsh":
        word, between = word.replace(":", r"\:"), ":"
    return f"{word}{between}{visible(candidate.meaning)}" if candidate.meaning else word


def candidates(root: Any, words: Sequence[str]) -> list[Candidate] | None:
    """Return what the last of `words` may become, or None if it is the name of a file."""
    *typed, begun = words
    command = root
    while typed and hasattr(command, "list_commands"):
        if not (command := command.get_command(None, typed.pop(0))):
            return []
    if hasattr(command, "list_commands"):
        if begun.startswith("-"):
            return list(_options(command, begun, ()))
        names = [name for name in command.list_commands(None) if name.startswith(begun)]
        return [Candidate(name, _summary(command.get_command(None, name).help)) for name in names]
    parameter, before = None, ""
    if "--" not in typed:
        name, equals, value = begun.partition("=")
        if typed and (parameter := _with_value(command, typed[-1])):
            typed.pop()
        elif equals and (parameter := _with_value(command, name)):
            before, begun = f"{name}=", value
        elif begun.startswith("-"):
            return list(_options(command, begun, typed))
    context = command.make_context("", list(typed), resilient_parsing=True)
    if not parameter:
        arguments = (each for each in command.params if each.param_type_name == "argument")
        parameter = next((each for each in arguments if context.params.get(each.name) is None), None)
    if parameter and parameter.metavar == "FILE":
        return None
    values = _values(parameter, context) if parameter else ()
    return [Candidate(before + each.word, each.meaning) for each in values if each.word.startswith(begun)]


def _with_value(command: Any, name: str) -> Any:
    """Return the option of a command that has this name, if it takes a value."""
    options = (each for each in command.params if each.param_type_name == "option" and not each.is_flag)
    return next((each for each in options if name in each.opts), None)


def _options(command: Any, begun: str, typed: Sequence[str]) -> Iterator[Candidate]:
    """Yield the options of a command that have not been typed yet."""
    options = {max(each.opts, key=len): each for each in command.params if each.param_type_name == "option"}
    for name, each in options.items():
        if name.startswith(begun) and not set(each.opts) & set(typed):
            yield Candidate(name, _summary(each.help))
    if "--help".startswith(begun):
        yield Candidate("--help", "Show the help")


def _summary(text: str | None) -> str:
    """Return the first sentence of a help."""
    return re.split(r"(?<=[a-z)])\.(\s|$)", text or "", maxsplit=1)[0]


def _values(parameter: Any, context: Any) -> Iterable[Candidate]:
    """Return the known values of an option or argument."""
    choices = getattr(parameter.type, "choices", None) or [*filter(None, (parameter.metavar or "").split("|"))]
    if len(choices) > 1:
        return map(Candidate, choices)
    if parameter.name == "unicorn":
        from wildrydes_cli.rides.fleet import FLEET

        return [Candidate(each.name, f"{each.color}, {each.gender}") for each in FLEET]
    if parameter.name == "region":
        from wildrydes_cli.aws_names import regions

        return [Candidate(name, place) for name, place in regions().items()]
    if parameter.name == "profile":
        from wildrydes_cli.aws_names import profiles

        return map(Candidate, profiles(AWS_FILES))
    if parameter.name == "ride_id" and parameter.param_type_name == "argument":
        return _rides(context)
    return []


def _rides(context: Any) -> Iterator[Candidate]:
    """Yield the ids of the newest rides, with the rider and the age of each."""
    from contextlib import closing
    from datetime import UTC, datetime

    from wildrydes_cli.output.columns import ago
    from wildrydes_cli.rides.listing import Listing

    given = {field.name: context.params.get(field.name) for field in fields(Connection)}
    connection = Connection(**{name: value for name, value in given.items() if value is not None})
    with closing(connection.open()) as store:
        for ride in store.rides(Listing(limit=NEWEST), "any"):
            # An id that begins with - would need -- before it.
            if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", ride.ride_id):
                about = (ride.user, ride.unicorn, ago(ride.request_time or "", datetime.now(UTC)))
                yield Candidate(ride.ride_id, ", ".join(filter(None, about)))
