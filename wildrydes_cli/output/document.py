"""Draws our own documents on a terminal. In a pipe, this module is not loaded."""

import re
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from rich.markdown import Markdown, TableElement
from rich.theme import Theme

from wildrydes_cli.output.terminal import console

if TYPE_CHECKING:
    from collections.abc import Iterator


class _WholeTable(TableElement):
    """A table that folds what is too long for its column. Rich's own cuts it."""

    def __rich_console__(self, *args: Any) -> "Iterator[Any]":
        for table in super().__rich_console__(*args):
            for column in table.columns:  # type: ignore[union-attr]
                column.overflow = "fold"
            yield table


class _Document(Markdown):
    """Markdown with such tables."""

    elements: ClassVar = {**Markdown.elements, "table_open": _WholeTable}


def print_document(markdown: str) -> None:
    """Draw Markdown. Rich's own styles put code on a black background, and its links hide their URLs.

    Of a link to another of our files, only the text is drawn.
    """
    screen = console(sys.stdout)
    drawn = re.sub(r"\[([^\]]+)\]\((?!http)[^)]*\)", r"\1", markdown)
    with screen.use_theme(Theme({"markdown.code": "cyan"})):
        screen.print(_Document(drawn, code_theme="ansi_light", hyperlinks=False))
