"""Sets up completion in a shell."""

import os
import shlex
from pathlib import Path

from wildrydes_cli.completion import script
from wildrydes_cli.errors import NotConfiguredError, WildrydesError


def install(shell: str) -> Path:
    """Write the script of a shell, and have the shell load it. Returns the file of the script.

    fish finds the script itself. bash and zsh get a line in the user's `.bashrc` or `.zshrc`, unless it is there.

    Raises `NotConfiguredError` if the user has no home, and `WildrydesError` if a file can't be written.
    """
    hint = f"load the script yourself: wildrydes --show-completion {shell}"
    home = Path(os.environ.get("HOME", os.path.expanduser("~")))  # noqa: PTH111  # pathlib raises if there is none
    if not home.is_absolute():  # a user without a home, as in a container
        raise NotConfiguredError("there is no home folder to set up completion in", hint=hint)
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    file = config / "fish/completions/wildrydes.fish" if shell == "fish" else data / f"wildrydes/completion.{shell}"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(script(shell), encoding="utf-8")
        source = f"source {shlex.quote(str(file))}"
        if shell == "bash":
            _add_line(home / ".bashrc", source)
        if shell == "zsh":
            begin = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }"
            _add_line(Path(os.environ.get("ZDOTDIR") or home) / ".zshrc", f"{begin}; {source}")
    except OSError as error:
        message = f"cannot set up completion: {error.strerror}: {error.filename}"
        raise WildrydesError(message, hint=hint) from error
    return file


def _add_line(file: Path, line: str) -> None:
    text = file.read_text(encoding="utf-8", errors="surrogateescape") if file.exists() else ""
    if line not in text.splitlines():
        with file.open("a", encoding="utf-8") as appended:
            appended.write(f"{'' if text.endswith(chr(10)) or not text else chr(10)}{line}\n")
