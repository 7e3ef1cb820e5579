"""What is there of each part, and what to do next. It changes nothing."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from wildrydes_cli.deploy.function import Function
from wildrydes_cli.deploy.plan import MISSING, Looked, Search
from wildrydes_cli.errors import NotConfiguredError, ServiceError, WildrydesError


class Step(NamedTuple):
    """A part, its module of the tutorial, and the `wildrydes` command that creates and updates it."""

    module: str
    part: Looked
    command: tuple[str, ...]
    needed_by: Function | None = None
    """A function that can't work without the part."""
    is_needed_later: bool = False
    """Whether the commands of later parts fail without the part."""


class State(NamedTuple):
    """What is there of a part.

    - `ready`: it is as deploying would make it
    - `differs`: it works, and deploying would change it
    - `broken`: riders can't request rides, or strangers can
    - `absent`: nothing of it is there
    - `unknown`: AWS did not show it

    The reason says why it is not ready, or what is special about it, and the `wildrydes` command changes that.
    """

    state: Literal["ready", "differs", "broken", "absent", "unknown"]
    reason: str = ""
    command: tuple[str, ...] = ()


def look(steps: Mapping[str, Step]) -> dict[str, State]:
    """Find all parts, and return their states.

    Raises `NotConfiguredError` if one of them can't be looked at without credentials or a region.
    """
    search = Search(step.part for step in steps.values())
    told: dict[WildrydesError, str] = {}  # which part's reason has each error
    return {name: _state(name, step, search, told) for name, step in steps.items()}


def next_command(steps: Mapping[str, Step], states: Mapping[str, State]) -> tuple[str, ...]:
    """Return the command to run next, or () if there is none.

    It fixes the first part that is broken. But if a part before that is absent and is needed later, it creates that
    first: `api deploy` fails without the function. If nothing is broken, it creates the first part that is absent.
    There is none while everything that is broken must be repaired by hand. The reasons say how.
    """
    broken = [each.command for each in states.values() if each.state == "broken"]
    if broken and not any(broken):
        return ()
    wanted = (
        each.command
        for name, each in states.items()
        if each.state == "broken" or (each.state == "absent" and (not broken or steps[name].is_needed_later))
    )
    return next(filter(None, wanted), ())


def _state(name: str, step: Step, search: Search, told: dict[WildrydesError, str]) -> State:
    try:
        search.require(step.part)
        difference = step.part.look()
    except ServiceError as error:
        return State("unknown", _once(error, error.message, name, told))
    except WildrydesError as error:
        if isinstance(error, NotConfiguredError) and not error.command:
            raise
        reason = error.message if error.command else f"{error.message}; {error.hint}"
        return State("broken", _once(error, reason, name, told), error.command)
    if difference.change == "unchanged":
        return State("ready", difference.reason)
    if difference == MISSING and step.needed_by and step.needed_by.found:
        return State("broken", f"it does not exist, and function {step.needed_by.name} needs it", step.command)
    if difference == MISSING:
        return State("absent", command=step.command)
    command = () if difference.impossible else step.command
    if any(reason.breaks for reason in difference.reasons):
        return State("broken", difference.reason, command)
    return State("absent" if difference.change == "created" else "differs", difference.reason, command)


def _once(error: WildrydesError, reason: str, name: str, told: dict[WildrydesError, str]) -> str:
    """Return `reason` for the first part that `error` kept from being found, and for the others the name of that."""
    first = told.setdefault(error, name)
    return reason if first == name else f"for the same reason as {first}"
