"""Which text may go to a terminal. Stored text is never trusted: a rider's name could move the cursor or hide text."""

import re
from collections.abc import Iterable

_C0 = r"\x00-\x1f"
_UNSAFE = (
    r"\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff"
    r"\uffa0\ufff0-\ufffb\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Control characters, bidi controls, line separators, zero-width and blank letters, tags, and surrogates."""


def visible(text: str) -> str:
    """Escape every character in `text` that a terminal would obey or not show."""
    if text.isascii() and text.isprintable():
        return text
    return re.sub(f"[{_C0}{_UNSAFE}]", lambda match: match[0].encode("unicode_escape").decode(), text)


def shell_command(words: Iterable[str]) -> str:
    """Return `words` as a command to paste into bash or zsh. What is not visible is escaped, as in `$'\\x1b'`."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    import shlex

    if visible(word) == word:
        return shlex.quote(word)
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    # Bytes, because the bash of macOS knows no \u.
    hidden = f"[{_C0}{_UNSAFE}]"
    escaped = re.sub(hidden, lambda match: _bytes(match[0]), escaped)
    return f"$'{escaped}'"


def _bytes(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))


def safe_json(text: str) -> str:
    """Return the JSON `text` with those characters as `\\uXXXX`. It means the same."""
    if text.isascii() and "\x7f" not in text:  # json has already escaped the C0 controls
        return text
    return re.sub(f"[{_UNSAFE}]", lambda match: json_escape(match[0]), text)


def json_escape(text: str) -> str:
    """Return every character of `text` as `\\uXXXX`, one for each UTF-16 code unit."""
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
