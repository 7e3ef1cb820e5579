"""How something is deployed: as an ordered set of parts.

A part knows what should exist. It looks at what does exist, says what differs and why, and changes that.
Deploying looks at all parts before it changes the first. It changes only what differs, so it can be repeated, and it
completes a deployment that was interrupted. There is no graph of dependencies: the order of the parts is enough.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol

from wildrydes_cli.errors import NotConfiguredError, RefusedError, ServiceError, WildrydesError

Json = dict[str, Any]


class Difference(NamedTuple):
    """What deploying does to a part, and the reason for it."""

    change: Literal["created", "updated", "unchanged"]
    reason: str = ""
    overwrites: str = ""
    """What would be lost and seems to belong to someone else. It completes "this would overwrite …"."""


MISSING = Difference("created", "it does not exist")
UNCHANGED = Difference("unchanged")


def appeared(overwrites: str) -> WildrydesError:
    """Return the error for a part that somebody else created after we looked, and that we must not overwrite."""
    return WildrydesError(
        f"{overwrites}, was created in the meantime", hint="deploy again, to be asked before it is lost"
    )


class Looked(Protocol):
    """Something that can be looked at: a table, a log group, or a part that is deployed."""

    def look(self) -> Difference:
        """Look at what exists, and compare it with what should. Changes nothing."""


class Part(Looked, Protocol):
    """Something that is deployed: a role, one of its policies, a function."""

    def apply(self, difference: Difference) -> None:
        """Create or update the part, as `difference` says."""


class Removable(Protocol):
    """Something that can be removed."""

    def remove(self) -> bool:
        """Remove the part. Returns False if it did not exist."""


class Plan:
    """The differences of `parts`, which are named in the order in which they are deployed."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts
        self.differences = {name: part.look() for name, part in parts.items()}

    @property
    def changes(self) -> dict[str, str]:
        """What deploying does to each part: `created`, `updated` or `unchanged`."""
        return {name: difference.change for name, difference in self.differences.items()}

    @property
    def reasons(self) -> dict[str, str]:
        """Why each part that is not `unchanged` must change."""
        return {name: difference.reason for name, difference in self.differences.items() if difference.reason}

    @property
    def overwrites(self) -> list[str]:
        """What would be lost that looks like somebody else's."""
        return [difference.overwrites for difference in self.differences.values() if difference.overwrites]

    def apply(self) -> None:
        """Change the parts that differ, in their order."""
        for name, difference in self.differences.items():
            if difference.change != "unchanged":
                self._parts[name].apply(difference)


def remove(parts: Mapping[str, Removable | None]) -> dict[str, str]:
    """Remove parts in their order. Returns `deleted`, `absent` or `left` for each. A part that is None is left."""
    return {name: ("deleted" if part.remove() else "absent") if part else "left" for name, part in parts.items()}


class State(NamedTuple):
    """What is there of a part, what is wrong with it, and the `wildrydes` command that fixes it."""

    state: Literal["ready", "absent", "differs", "unknown"]
    reason: str = ""
    command: tuple[str, ...] = ()


def state_of(part: Looked, command: tuple[str, ...]) -> State:
    """Look at a part that `command` creates and updates. What AWS refuses to show is unknown.

    Raises `ServiceError` or `NotConfiguredError` if nothing can be looked at: no network, or no credentials.
    """
    try:
        change, reason, _ = part.look()
    except RefusedError as error:
        return State("unknown", error.message)
    except ServiceError:
        raise
    except WildrydesError as error:
        if isinstance(error, NotConfiguredError) and not error.command:
            raise
        reason = error.message if error.command else f"{error.message}; {error.hint}"
        return State("differs", reason, error.command)
    if change == "unchanged":
        return State("ready")
    return State("absent" if change == "created" else "differs", reason if reason != MISSING.reason else "", command)
