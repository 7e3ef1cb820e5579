"""How commands delete what was deployed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wildrydes_cli.output.messages import announce_item, at_terminal, confirm, note
from wildrydes_cli.output.results import write_removed

if TYPE_CHECKING:
    from wildrydes_cli.deploy.removals import Removal


def ask_and_remove(things: Mapping[str, "Removal"], place: str, output: str, *, yes: bool) -> None:
    """Say what stays and why, ask before the rest is deleted, delete it, and write what became of each thing.

    `place` says where all of them are. `output` is the format of the result.
    """
    from wildrydes_cli.deploy.plan import remove

    for thing in things.values():
        if thing.exists and thing.kept:
            note(f"{thing.label} stays: {thing.kept}")
    if doomed := [thing.label for thing in things.values() if thing.exists and not thing.kept]:
        asks = at_terminal()
        for label in doomed if asks else ():
            announce_item("  ", label)
        confirm(f"delete {'all of this' if asks else '; '.join(doomed)} {place}", yes=yes)
    removed = remove({name: None if thing.exists and thing.kept else thing.part for name, thing in things.items()})
    write_removed(removed, [thing.label for thing in things.values()], output)
