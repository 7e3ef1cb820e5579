"""`wildrydes help`."""

import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from wildrydes_cli.errors import UsageError, shortened
from wildrydes_cli.output.results import write_document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

DOCUMENTS = ("tutorial", "reference")


def show_help(
    topic: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TOPIC",
            help="A command, the words of a heading, reference, tutorial, or a policy of the reference.",
            show_default="the list of headings",
        ),
    ] = None,
) -> None:
    """Show the reference, the tutorial's steps, or a part of them.

    \b
    Examples:
      wildrydes help exit codes
      wildrydes help rides list
      wildrydes help policies/request.json > policy.json
    """
    wanted, folder = " ".join(topic or ()), _folder()
    policies = {file.name: file for file in folder.joinpath("policies").iterdir()}
    if policy := policies.get(wanted.removeprefix("policies/")):
        sys.stdout.write(policy.read_text(encoding="utf-8"))
        return
    documents = {name: folder.joinpath(f"{name}.md").read_text(encoding="utf-8") for name in DOCUMENTS}
    if not wanted:
        write_document(_contents(documents))
        return
    shown = documents.get(wanted) or _parts("\n".join(documents.values()), _words(wanted))
    if not shown:
        raise UsageError(f"there is no help on {shortened(wanted)}", hint="to list what there is: wildrydes help")
    write_document(shown)


def _folder() -> "Traversable":
    """Return the folder of the documents: in an installed package, or beside the source."""
    from importlib import resources  # `--help` loads the module of every command, and needs no documents

    package = resources.files("wildrydes_cli")
    installed = package.joinpath("docs")
    return installed if installed.is_dir() else package.joinpath("..", "docs")


def _contents(documents: "Mapping[str, str]") -> str:
    """Return a list of what can be shown."""
    listed = ""
    for name, document in documents.items():
        headings = "\n".join(f"- {heading}" for heading in re.findall("^## (.*)", document, re.MULTILINE))
        listed += f"The {name} (`wildrydes help {name}` shows all of it):\n\n{headings}\n\n"
    return (
        f"{listed}To show one of these, a command, or an IAM policy:\n\n"
        "- `wildrydes help exit codes`\n- `wildrydes help rides list`\n- `wildrydes help request.json`\n"
    )


def _parts(document: str, wanted: str) -> str:
    """Return the sections of a Markdown document whose headings have the `wanted` words, with their subsections."""
    found, level, fenced = "", 0, False
    for line in document.splitlines(keepends=True):
        fenced ^= line.startswith("```")
        marks = re.match("#+ ", line)
        if marks and not fenced and (not level or len(marks[0]) <= level):
            level = len(marks[0]) if f" {wanted} " in f" {_words(line)} " else 0
        if level:
            found += line
    return found


def _words(text: str) -> str:
    return " ".join(re.findall("[a-z0-9]+", text.lower()))
