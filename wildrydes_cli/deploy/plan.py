"""How something is deployed: as an ordered set of parts.

A part knows what should exist. It finds what does exist, says what differs and why, and changes that.
Deploying looks at all parts before it changes the first. It changes only what differs, so it can be repeated, and it
completes a deployment that was interrupted. Parts are changed in their order, one after the other. They are found at
the same time.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple, Protocol

from wildrydes_cli.errors import InterruptError, WildrydesError

Json = dict[str, Any]


class Reason(NamedTuple):
    """Why deploying changes a part.

    If it `breaks` the part, riders can't request rides, or strangers can.
    """

    text: str
    breaks: bool


def differs(text: str) -> Reason:
    """Return the reason for a change of something that works."""
    return Reason(text, breaks=False)


def broken(text: str) -> Reason:
    """Return the reason for a change of something that can't work, or that lets strangers in."""
    return Reason(text, breaks=True)


class Difference(NamedTuple):
    """What deploying does to a part, and the reasons for it."""

    change: Literal["created", "updated", "unchanged"]
    reasons: tuple[Reason, ...] = ()
    overwrites: str = ""
    """What would be lost and seems to belong to someone else. It completes "this would overwrite …"."""
    impossible: WildrydesError | None = None
    """Why deploying can't make this change, and what the user can do instead."""

    @property
    def reason(self) -> str:
        """All reasons in one text."""
        return "; ".join(reason.text for reason in self.reasons)


MISSING = Difference("created", (differs("it does not exist"),))
UNCHANGED = Difference("unchanged")


def appeared(overwrites: str) -> WildrydesError:
    """Return the error for what somebody else deployed after we looked, and what we must not overwrite of it."""
    return WildrydesError(
        f"somebody else has just deployed, and this would overwrite {overwrites}",
        hint="deploy again, to be asked before it is lost",
    )


def existing(found: Json | None) -> Json:
    """Return what was found. The caller knows that it exists."""
    if found is None:
        raise LookupError("it was not found, or not looked for")
    return found


class Found(Protocol):
    """Something that is looked for on AWS."""

    @property
    def needs(self) -> "tuple[Found, ...]":
        """What must have been found before this can be looked for, or compared."""

    def find(self) -> None:
        """Ask AWS what exists, and keep the answer. Apart from this, only what changes something asks AWS."""


class Looked(Found, Protocol):
    """Something that can be looked at: a table, a log group, or a part that is deployed."""

    def look(self) -> Difference:
        """Compare what was found with what should exist. Asks nothing."""


class Part(Looked, Protocol):
    """Something that is deployed: a role, one of its policies, a function."""

    def apply(self, difference: Difference) -> None:
        """Create or update the part, as `difference` says."""


class Removable(Protocol):
    """Something that can be removed."""

    def remove(self) -> bool:
        """Remove the part. Returns False if it did not exist."""


class Search:
    """Finds things at the same time: each as soon as what it needs has been found."""

    def __init__(self, wanted: Iterable[Found]) -> None:
        self._searches: dict[Found, Future[None]] = {}
        for each in wanted:
            self._include(each)
        pool = ThreadPoolExecutor(len(self._searches) or 1)
        try:
            for each in self._searches:  # what is needed comes before what needs it, so no thread waits for ever
                self._searches[each] = pool.submit(self._find, each)
            for search in self._searches.values():
                search.exception()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C must not wait for a server that hangs

    def require(self, found: Found) -> None:
        """Raise the error that kept `found`, or something that it needs, from being found, if there was one."""
        self._searches[found].result()

    def _include(self, wanted: Found) -> None:
        for each in wanted.needs:
            self._include(each)
        self._searches.setdefault(wanted, Future())

    def _find(self, wanted: Found) -> None:
        for each in wanted.needs:
            self._searches[each].result()
        wanted.find()


def find(*wanted: Found) -> None:
    """Find all of `wanted`, and what they need, at the same time. Raises the error of the first that has one."""
    search = Search(wanted)
    for each in wanted:
        search.require(each)


class Plan:
    """The differences of `parts`, which are named in the order in which they are deployed. `also` is found too.

    Making one raises `WildrydesError` if one of the changes is impossible.
    """

    def __init__(self, parts: Mapping[str, Part], *also: Found) -> None:
        self._parts = parts
        find(*parts.values(), *also)
        self.differences = {name: part.look() for name, part in parts.items()}
        for difference in self.differences.values():
            if difference.impossible:
                raise difference.impossible

    @property
    def changes(self) -> dict[str, str]:
        """What deploying does to each part: `created`, `updated` or `unchanged`."""
        return {name: difference.change for name, difference in self.differences.items()}

    @property
    def reasons(self) -> dict[str, str]:
        """Why each part that is not `unchanged` must change."""
        changed = {name: each for name, each in self.differences.items() if each.change != "unchanged"}
        return {name: difference.reason for name, difference in changed.items() if difference.reason}

    @property
    def overwrites(self) -> list[str]:
        """What would be lost that looks like somebody else's."""
        return [difference.overwrites for difference in self.differences.values() if difference.overwrites]

    def apply(self) -> None:
        """Change the parts that differ, in their order. Raises `InterruptError` on Ctrl-C."""
        with _repeatable("deployed"):
            for name, difference in self.differences.items():
                if difference.change != "unchanged":
                    self._parts[name].apply(difference)


def remove(parts: Mapping[str, Removable | None]) -> dict[str, str]:
    """Remove parts in their order. Returns `deleted`, `absent` or `left` for each. A part that is None is left.

    Raises `InterruptError` on Ctrl-C.
    """
    with _repeatable("deleted"):
        return {name: ("deleted" if part.remove() else "absent") if part else "left" for name, part in parts.items()}


@contextmanager
def _repeatable(done: str) -> Iterator[None]:
    """Say after Ctrl-C how to complete what the block does."""
    try:
        yield
    except KeyboardInterrupt as error:
        hint = "run this again: it looks first, and does the rest"
        raise InterruptError(f"interrupted; not everything was {done}", error, hint=hint) from error
