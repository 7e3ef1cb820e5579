"""Run the commands in the console blocks of the documents, and compare their output with what the blocks show.

In a block, a line that starts with `$ ` is a shell command. The lines below it are its output: stdout and stderr
together, as in a pipe. All blocks of a document are one session: a block sees the files and rides of earlier blocks.
The session starts with an empty home and an empty folder, and the login name is ada. A block with `--region` uses AWS,
which is empty at first. The other blocks have no AWS. A line `...` stands for any lines. Values that differ between
runs are not compared: ids, times, paths, unicorns, rates.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.markdown import README, REFERENCE, ROOT, blocks
from tests.support.running import AWS

MASKS = {
    r"http://127\.0\.0\.1:\d+": "URL",
    r" at URL": "",
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


@pytest.fixture
def environment(tmp_path: Path, home: Path) -> dict[str, str]:
    """Return the environment of a session: `wildrydes` on the path, a home, a login name, and fixed settings."""
    programs = tmp_path / "bin"
    programs.mkdir()
    script = programs / "wildrydes"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m wildrydes_cli "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "LOGNAME": "ada",
        "TERM": "dumb",
        "COLUMNS": "80",
        "LC_ALL": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.mark.parametrize("document", [README, REFERENCE], ids=lambda path: path.name)
def test_console_blocks_show_what_their_commands_print(
    document: Path, moto: str, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    ran = 0
    for block in blocks(document.read_text(encoding="utf-8"), "console"):
        aws = {**AWS, "AWS_ENDPOINT_URL": moto} if "--region" in block.text else {}
        for command, shown in commands_in(block.text):
            if "| jq" in command and not shutil.which("jq"):
                continue  # jq is the only program in the documents that may be missing
            ended = subprocess.run(
                command,
                shell=True,
                cwd=folder,
                env=environment | aws,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                timeout=60,
                check=False,
            )
            message = f"{document.name}, the block at line {block.line}: $ {command}\nprints\n{ended.stdout}"
            assert matches(shown, ended.stdout), message
            ran += 1
    assert ran


def test_a_difference_from_the_shown_output_is_noticed() -> None:
    assert matches(
        "Ride n5bIV7ZYfw7q6S_F2kV8Zg at 2026-11-23T08:15:30.123Z\n",
        "Ride 0123456789abcdefghijAB at 2026-11-24T18:15:30.123Z\n",
    )
    assert matches("first\n...\nlast\n", "first\n1\n2\nlast\n")
    assert not matches("Eta\t30 seconds\n", "Eta\t31 seconds\n")
    assert not matches("", "a note\n")
    assert commands_in("$ a \\\n  b\n$ c\nout\nput\n") == [("a \\\n  b", ""), ("c", "out\nput\n")]
