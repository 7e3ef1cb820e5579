"""Runs the console blocks of a document, and compares what their commands print with what the blocks show.

In a block, a line that starts with `$ ` is a shell command. The lines below it are its output: stdout and stderr
together, as in a pipe. A line `...` stands for any lines. All blocks of a document are one session: a block sees what
earlier blocks made. Values that differ between runs are not compared: ids, times, paths, unicorns, rates. But a value
that a document shows stands for the one that was printed: later commands get that.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.support.markdown import ROOT, Block, blocks
from tests.support.service_model import REPORT

MASKS = {
    r"https?://\S+/prod\b": "INVOKE-URL",
    r"https?://main\.\w+\.(amplifyapp\.com|localhost:\d+)/": "PAGE-URL",
    r"https://wildrydes-[0-9a-f]{12}\.auth\.\S+\.amazoncognito\.com": "URL",
    r"http://127\.0\.0\.1:\d+": "URL",
    r" at URL": "",
    r"\bwildrydes-[0-9a-f]{12}\b": "DOMAIN",
    r"(?<=:)\d{12}(?=:)|(?<=Account\t)\d{12}": "ACCOUNT",
    r"\bus-east-1_\w{9}\b": "POOL",
    r"(?<=UserPoolClientId\t)\S+|(?<=RestApiId\t)\S+|(?<=AppId\t)\S+": "ID",
    r"\S*/wildrydes/rides\.db": "RIDES.DB",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z": "TIME",
    r"\d{4}-\d\d-\d\d(T\d\d)?\b": "DAY",
    r"(?<![\w-])(?=[\w-]*[A-Z0-9])[A-Za-z0-9_][A-Za-z0-9_-]{21}(?![\w-])": "RIDE",
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "UUID",
    r"\b(Angel|Gil|Rocinante)\b": "UNICORN",
    r"\b(White|Yellow)\b": "COLOR",
    r"\b(Male|Female)\b": "GENDER",
}
"""Patterns for values that differ between runs, and their replacements. The order matters."""


def mask(text: str) -> str:
    """Replace the values that differ between runs."""
    for pattern, name in MASKS.items():
        text = re.sub(pattern, name, text)
    return text


def commands_in(block: str) -> list[tuple[str, str]]:
    """Return the commands of a block, each with the output below it."""
    first, *parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
    assert not first, f"a block must begin with a command: {first}"
    found = (re.fullmatch(r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", part, re.DOTALL) for part in parts)
    return [(each[1], each[2]) for each in found if each]


def matches(shown: str, printed: str) -> bool:
    """Return whether `printed` matches `shown`. A line `...` in `shown` matches any lines."""
    pieces = re.split(r"^\.\.\.$", mask(shown).rstrip("\n"), flags=re.MULTILINE)
    return re.fullmatch(".*".join(map(re.escape, pieces)), mask(printed).rstrip("\n"), re.DOTALL) is not None


def stands_for(shown: str, printed: str) -> dict[str, str]:
    """Return what each value that `shown` gives a name, as in `UserPoolId<tab>us-east-1_AbCdEfGhI`, is in `printed`."""
    values = [
        dict(line.split("\t") for line in text.splitlines() if line.count("\t") == 1) for text in (shown, printed)
    ]
    return {value: values[1][name] for name, value in values[0].items() if values[1].get(name, value) != value}


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a session: `wildrydes` and `aws` on the path, an empty home, and fixed settings.

    The login name is ada. AWS is not configured.
    """
    programs, home = folder / "bin", folder / "home"
    programs.mkdir()
    home.mkdir(exist_ok=True)
    script = programs / "wildrydes"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m wildrydes_cli "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    if aws := shutil.which("aws", path=str(Path(sys.executable).parent)):
        (programs / "aws").symlink_to(aws)
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ["PYTHONPATH"]]),  # it holds requests against their models
        REPORT: os.environ[REPORT],
        "HOME": str(home),
        "LOGNAME": "ada",
        "TERM": "dumb",
        "COLUMNS": "80",
        "LC_ALL": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def run(document: Path, folder: Path, variables: Callable[[Block], Mapping[str, str]]) -> int:
    """Run a document's commands in `folder`, each block with its environment. Returns how many ran.

    Fails if one prints something else than the document shows.
    """
    ran, known = 0, dict[str, str]()
    for block in blocks(document.read_text(encoding="utf-8"), "console"):
        for shown_command, shown in commands_in(block.text):
            if "| jq" in shown_command and not shutil.which("jq"):
                continue  # jq is the only program in the documents that may be missing
            command = shown_command
            for value, real in known.items():
                command = command.replace(value, real)
            ended = subprocess.run(
                command,
                shell=True,
                cwd=folder,
                env=dict(variables(block)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                timeout=120,
                check=False,
            )
            message = f"{document.name}, the block at line {block.line}: $ {command}\nprints\n{ended.stdout}"
            assert matches(shown, ended.stdout), message
            known |= stands_for(shown, ended.stdout)
            ran += 1
    return ran
