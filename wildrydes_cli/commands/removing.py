"""How commands delete what was deployed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wildrydes_cli.output.messages import confirm, note

if TYPE_CHECKING:
    from wildrydes_cli.deploy.removals import Removal


def ask_and_remove(things: Mapping[str, "Removal"], *, yes: bool) -> dict[str, str]:
    """Say what stays and why, ask before the rest is deleted, and delete it. Returns what became of each thing."""
    from wildrydes_cli.deploy.plan import remove

    for thing in things.values():
        if thing.exists and thing.kept:
            note(f"{thing.label} stays: {thing.kept}")
    if doomed := [thing.label for thing in things.values() if thing.exists and not thing.kept]:
        confirm(f"delete {'; '.join(doomed)}", yes=yes)
    return remove({name: None if thing.exists and thing.kept else thing.part for name, thing in things.items()})
