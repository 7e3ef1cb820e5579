"""The two streams: who is at the other end of stdout and stderr, and what text may go there.

Stored text is never trusted: what could move the cursor, reorder text or hide it is escaped.
"""

import codecs
import io
import os
import re
import sys
from contextlib import suppress
from typing import TextIO

_C0 = r"\x00-\x1f"
_UNSAFE = (
    r"\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff"
    r"\uffa0\ufff0-\ufffb\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Control characters, bidi controls, line separators, zero-width and blank letters, tags, and surrogates."""


def prepare() -> None:
    """Let stdout and stderr take any text: what their encoding lacks is written as `\\uXXXX`, which is JSON too."""
    codecs.register_error("json", lambda error: (_escape(error.object[error.start : error.end]), error.end))  # type: ignore[attr-defined]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="json")  # type: ignore[union-attr]


def colorful(stream: TextIO) -> bool:
    """Whether `stream` takes colour (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def note(text: str) -> None:
    """Tell the user something beside the result."""
    _say(f"{visible(text)}\n")


def error(message: str, hint: str) -> None:
    """Tell the user what went wrong, and what mends it."""
    red, cyan, plain = ("\x1b[1;31m", "\x1b[36m", "\x1b[0m") if colorful(sys.stderr) else ("", "", "")
    lines = f"{red}error:{plain} {visible(message)}\n" + (f"{cyan}hint:{plain} {visible(hint)}\n" if hint else "")
    _say(lines)


def discard(stream: TextIO) -> None:
    """Send what is still to be written nowhere, so that Python does not fail on it at its own end."""
    with suppress(io.UnsupportedOperation):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _say(lines: str) -> None:
    try:
        sys.stderr.write(lines)
        sys.stderr.flush()
    except OSError:  # nobody is listening: that changes nothing about the work
        discard(sys.stderr)


def visible(text: str) -> str:
    """Return `text` with everything escaped that a terminal would obey or not show: one line, in reading order."""
    if text.isascii() and text.isprintable():
        return text
    return re.sub(f"[{_C0}{_UNSAFE}]", lambda match: match[0].encode("unicode_escape").decode(), text)


def safe_json(text: str) -> str:
    """Return `text`, which is JSON, with those characters as `\\uXXXX`: value for value the same."""
    if text.isascii() and "\x7f" not in text:  # json has escaped what is below
        return text
    return re.sub(f"[{_UNSAFE}]", lambda match: _escape(match[0]), text)


def _escape(text: str) -> str:
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
