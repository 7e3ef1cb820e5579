"""The console blocks of the documents run, and give what they show.

A block has lines that begin with `$ `, which are typed into a shell, and below each what it prints: stdout and stderr
together, as in a pipe. The blocks of a document are one session: each finds the files and the rides of those before it.
It has an empty home and folder, and ada logged in. A block that says `--region` has AWS, which is empty at first; the
others have none. `...` alone on a line stands for any lines. What differs from run to run is not compared: ids, times,
paths, unicorns, rates.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.markdown import README, REFERENCE, ROOT, blocks
from tests.running import AWS

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
    r"[\d,.]+ a second": "RATE",
}
"""What differs from run to run, and what stands for it. The order matters."""


def masked(text: str) -> str:
    for pattern, name in MASKS.items():
        text = re.sub(pattern, name, text)
    return text


def typed(block: str) -> list[tuple[str, str]]:
    """Return the commands of a block, each with the output that is shown below it."""
    first, *parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
    assert not first, f"a block must begin with a command: {first}"
    found = (re.fullmatch(r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", part, re.DOTALL) for part in parts)
    return [(each[1], each[2]) for each in found if each]


def alike(shown: str, printed: str) -> bool:
    """Whether `printed` is what is shown, in which a line of `...` stands for any lines."""
    pieces = re.split(r"^\.\.\.$", masked(shown).rstrip("\n"), flags=re.MULTILINE)
    return re.fullmatch(".*".join(map(re.escape, pieces)), masked(printed).rstrip("\n"), re.DOTALL) is not None


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """The URL of an AWS of this file's own."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def environment(tmp_path: Path, home: Path) -> dict[str, str]:
    """What a session has: `wildrydes` on the path, a home, a name, and always the same settings."""
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
def test_what_a_console_shows_is_what_is_printed(
    document: Path, moto: str, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    ran = 0
    for block in blocks(document.read_text(encoding="utf-8"), "console"):
        aws = {**AWS, "AWS_ENDPOINT_URL": moto} if "--region" in block.text else {}
        for command, shown in typed(block.text):
            if "| jq" in command and not shutil.which("jq"):
                continue  # the only program in the documents that a machine may lack
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
            assert alike(shown, ended.stdout), message
            ran += 1
    assert ran


def test_a_session_that_is_not_as_shown_is_noticed() -> None:
    assert alike(
        "Ride n5bIV7ZYfw7q6S_F2kV8Zg at 2026-11-23T08:15:30.123Z\n",
        "Ride 0123456789abcdefghijAB at 2026-11-24T18:15:30.123Z\n",
    )
    assert alike("first\n...\nlast\n", "first\n1\n2\nlast\n")
    assert not alike("Eta\t30 seconds\n", "Eta\t31 seconds\n")
    assert not alike("", "a note\n")
    assert typed("$ a \\\n  b\n$ c\nout\nput\n") == [("a \\\n  b", ""), ("c", "out\nput\n")]
