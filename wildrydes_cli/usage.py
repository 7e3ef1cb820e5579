"""Says what is wrong with a command line, and what was probably meant."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from wildrydes_cli.output.text import shell_command

_ALIKE = 0.75
"""How similar two words must be for one to be a misspelling of the other: --nothing and --until are 0.63."""
_SYNONYMS = {"undeploy": "delete", "destroy": "delete", "teardown": "delete", "remove": "delete", "ls": "list"}
"""What other tools call our commands. Undeploy looks like deploy, which is the opposite."""
_NUMBER = r"[+-]?[0-9]+(\.[0-9]*)?"


class Takes(NamedTuple):
    """What a command takes: options, each True if it needs a value, arguments, and formats of its output."""

    options: Mapping[str, bool]
    arguments: Sequence[str] = ()
    formats: Sequence[str] = ()


class Guess(NamedTuple):
    """The command that was probably meant, and what was wrong with the one that was typed, if the parser can't tell."""

    words: list[str]
    wrong: str = ""


def explain(error: Any, words: Sequence[str], root: Any) -> tuple[str, str]:
    """Return what is wrong with the `words` of a command line, and a hint. `error` is what `root`, the parser, says."""
    parameter = getattr(error, "param", None)
    path = list(_names(words, root))
    if parameter is None:  # it is about a word that is not known at all
        message = error.message
        if guess := meant(words, {" ".join(names): takes for names, takes in _commands(root)}):
            message, hint = guess.wrong or message, f"did you mean: {shell_command(['wildrydes', *guess.words])}"
            return _as_ours(message), hint
    else:
        message = error.format_message()
        if error.message == "":  # it is missing
            message = f"{message.rstrip('.')}: {parameter.help}"
        # Typer names the variable of an option also if the value came from the command line.
        source = error.ctx and error.ctx.get_parameter_source(parameter.name)
        if not source or source.name != "ENVIRONMENT":
            message = re.sub(r" \(env var: '\w+'\)", "", message)
    return _as_ours(message), " ".join(["wildrydes", *path, "--help"])


def _as_ours(message: str) -> str:
    return (message[0].lower() + message[1:]).rstrip(".")


def _names(words: Sequence[str], group: Any) -> Iterator[str]:
    """Yield the first of `words` that name a group or command."""
    for word in words:
        group = group.get_command(None, word) if hasattr(group, "get_command") else None
        if not group:
            return
        yield word


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Takes]]:
    """Yield the names and the parameters of each command."""
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            yield from _commands(command, (*path, name))
        else:
            options = [each for each in command.params if each.param_type_name == "option"]
            takes = {word: not each.is_flag for each in options for word in each.opts}
            arguments = [each.name for each in command.params if each not in options]
            formats = [form for each in options if each.name == "output" for form in _values(each)]
            yield (*path, name), Takes(takes | {"--help": False, "-h": False}, arguments, formats)


def _values(option: Any) -> Sequence[str]:
    """Return the values of an option that has only certain ones."""
    values: Sequence[str] = getattr(option.type, "choices", None) or option.metavar.split("|")
    return values


def meant(words: Sequence[str], commands: Mapping[str, Takes]) -> Guess | None:
    """Return the command that was probably meant by `words`, or None if that can't be told.

    The guess puts the command before its options, adds a missing group, and corrects misspelled commands and options.
    It adds `--lat` and `--lon` to two numbers, `-o` to a format, and `--` to a ride id that begins with `-`.
    """
    path, before, after = _command_first(words, commands)
    if not path:
        return None
    takes = commands[" ".join(path)]
    wrong = f"{before[0].partition('=')[0]} goes after the command" if before else ""
    known, odd = _sorted_out([*before, *after], takes)
    if "ride_id" in takes.arguments and len(odd) == 1 and odd[0].startswith("-"):
        known, odd, wrong = [*known, "--", odd[0]], [], "an id that begins with - needs -- before it"
    numbers = [number for word in odd for number in word.replace(",", " ").split()]
    unplaced = "--lat" in takes.options and not {word.partition("=")[0] for word in known} & {"--lat", "--lon"}
    if unplaced and len(numbers) == 2 and all(re.fullmatch(_NUMBER, number) for number in numbers):
        known, odd, wrong = ["--lat", numbers[0], "--lon", numbers[1], *known], [], "a pickup needs --lat and --lon"
    if len(odd) > len(takes.arguments) or any(word.startswith("-") for word in odd):
        return None
    guess = [*path, *odd, *known]
    return None if guess == list(words) else Guess(guess, wrong)


def _command_first(words: Sequence[str], commands: Mapping[str, Takes]) -> tuple[list[str], list[str], list[str]]:
    """Return the names of the command and its group, the options before them, and what is behind them.

    There is no name if no command can be meant.
    """
    names = [path.split() for path in commands]
    takes_value = {option: value for takes in commands.values() for option, value in takes.options.items()}
    path: list[str] = []
    left = list(words)
    before: list[str] = []
    while path not in names:
        if not left:
            return [], [], []
        word = left.pop(0)
        word = _SYNONYMS.get(word, word)
        if word.startswith("-"):
            before.append(word)
            before += [left.pop(0)] if takes_value.get(word) and left else []
            continue
        following = [each[len(path)] for each in names if each[: len(path)] == path]
        grouped = [each for each in names if not path and each[1:] == [word]]
        if word in following:
            path.append(word)
        elif len(grouped) == 1:
            path += grouped[0]
        elif close := get_close_matches(word, following, 1, _ALIKE):
            path += close
        else:
            return [], [], []
    return path, before, left


def _sorted_out(words: Sequence[str], takes: Takes) -> tuple[list[str], list[str]]:
    """Return the options among `words`, with their values and corrected, and the words that are not options."""
    options = takes.options
    known: list[str] = []
    odd: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        name, has_value, value = word.partition("=")
        if word == "--":
            odd += left
            break
        if word not in options and word.startswith("--") and word[2:] in takes.formats:
            known += ["-o", word.removeprefix("--")]
        elif not word.startswith("-"):
            odd.append(word)
        elif word[:2] in options:  # also several short options at once, or one with its value
            known += [word, *(left[:1] if options.get(word) else [])]
            left = left[1:] if options.get(word) else left
        elif (
            close := [name] if name in options else get_close_matches(name, options, 1, _ALIKE) * word.startswith("--")
        ):
            known.append(close[0] + has_value + value)
            if options[close[0]] and not has_value and left:
                known.append(left.pop(0))
        else:
            odd.append(word)
    return known, odd
