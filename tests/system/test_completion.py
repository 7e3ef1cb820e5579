"""Completion in real shells: bash, zsh and fish, each in a terminal, as somebody presses Tab in it."""

import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.repeat import some_of
from tests.support.running import Cli, Terminal
from tests.support.stub import Answer, stub

SHELLS = {
    "bash": ["bash", "--noprofile", "-i"],
    "zsh": ["zsh", "-i"],
    "fish": ["fish", "-i"],
}
IDS = ["n5bIV7ZYfw7q6S_F2kV8Zg", "nXXXV7ZYfw7q6S_F2kV8Zg", "clqrOadgesSGbGU95NZPEA"]
RIDERS = ["ada@example.com", "eve`touch bad`", "mallory'\"; touch bad; $(touch bad); (touch bad) %{ [x] {y} * \\"]
TAB, ENTER, CLEAR = "\t", "\r", "\x15"


@pytest.fixture
def patience() -> int:
    """How many seconds completion may take: more than a user has, because a test must also pass on a busy machine."""
    return 30


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: int) -> None:
    """Put `wildrydes` on the path. It says something on stderr, which nobody wants to see in the middle of a line."""
    start = f"from wildrydes_cli import __main__, completion; completion.SECONDS = {patience}; __main__.main()"
    programs = tmp_path / "bin"
    programs.mkdir()
    script = f'#!/bin/sh\necho noise >&2\nexec "{sys.executable}" -c "{start}" "$@"\n'
    (programs / "wildrydes").write_text(script, encoding="utf-8")
    (programs / "wildrydes").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here" / "a_file.csv").touch()


class Shell:
    """A shell in a terminal, with completion set up."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.terminal = Terminal(program=SHELLS[name], columns=120)
        self.seen = 0
        self.until("ready> ")

    def press(self, keys: str) -> None:
        """Press keys. What was on the screen before does not count any more."""
        self.seen = len(self.terminal.screen)
        self.terminal.type(keys)

    def until(self, text: str) -> str:
        """Read the screen until it shows `text`, and return what it shows."""
        deadline = time.monotonic() + 30
        while text not in (shown := plain(self.terminal.screen[self.seen :])):
            assert time.monotonic() < deadline, f"{self.name} did not show {text!r}: {shown!r}"
            self.terminal._read(0.1)
        return shown


def plain(screen: str) -> str:
    """Return the text of a screen without colours and cursor movements."""
    return re.sub(r"\x1b(\[[0-9;?>=]*[A-Za-z]|[>=()][0-9A-B]?|\][^\x07]*\x07)|[\r\x07\x08\x0f]", "", screen)


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, wildrydes: Cli, home: Path, path: None) -> Iterator[Shell]:
    """Set up completion in a shell, and start it in a terminal."""
    name = str(request.param)
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    (home / ".bashrc").write_text("PS1='ready> '\nbind 'set enable-bracketed-paste off'\n", encoding="utf-8")
    (home / ".zshrc").write_text("PS1='ready> '\nunset zle_bracketed_paste\n", encoding="utf-8")
    (home / ".config/fish").mkdir(parents=True)
    (home / ".config/fish/config.fish").write_text(
        "function fish_prompt; echo 'ready> '; end\nset -g fish_greeting\n", encoding="utf-8"
    )
    wildrydes("--install-completion", name).must()
    started = Shell(name)
    yield started
    started.press(f"{CLEAR}exit{ENTER}")
    started.terminal.end()


def test_tab_completes_what_is_known(shell: Shell, wildrydes: Cli) -> None:
    for ride_id, rider in zip(IDS, RIDERS, strict=True):
        wildrydes("request", "--lat", "1", "--lon", "2", "--rider", rider, "--ride-id", ride_id).must()
    for begun, completed in (
        ("wildrydes ri", "rides "),
        ("wildrydes rides show nX", f"show {IDS[1]} "),
        ("wildrydes rides list --unicorn R", "--unicorn Rocinante "),
        ("wildrydes rides list -o geo", "-o geojson "),
        ("wildrydes status --region us-gov-w", "--region us-gov-west-1 "),
        ("wildrydes rides list --store=d", "--store=dynamodb "),
        ("wildrydes request --from a_f", "--from a_file.csv "),
    ):
        shell.press(f"{CLEAR}{begun}{TAB}")
        shell.until(completed)
    shell.press(f"{CLEAR}wildrydes rides show {TAB}{TAB}")
    for ride_id in IDS:
        shell.until(ride_id)
    if shell.name != "bash":  # it shows no meanings
        shell.until("ada@example.com, ")
    assert [file.name for file in Path().iterdir()] == ["a_file.csv"]


def test_tab_offers_no_files_where_none_is_meant(shell: Shell) -> None:
    for begun in ("rides show a", "rides list --rider a", "rides list a"):
        shell.press(f"{CLEAR}wildrydes {begun}{TAB}Z")
        assert "a_file" not in shell.until(f"{begun}Z")


ASKS_FOR_A_CODE = "--profile mfa"
MFA = """
[profile base]
aws_access_key_id = x
aws_secret_access_key = x
[profile mfa]
role_arn = arn:aws:iam::123456789012:role/Rider
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/ada
region = us-east-1
"""


@pytest.mark.parametrize("patience", [1])
def test_tab_is_silent_where_rides_cannot_be_read(shell: Shell, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws/config").write_text(MFA, encoding="utf-8")
    over = threading.Event()

    def hang(*_: object) -> Answer:
        over.wait(30)
        return 500, b""

    with stub(hang) as served:
        hangs = f"--profile base --region us-east-1 --endpoint-url {served.url}"
        for options in some_of([ASKS_FOR_A_CODE, "--profile nobody", "--store local --region x", hangs], step=3):
            shell.press(f"{CLEAR}wildrydes rides show {options} {TAB}Z")
            shown = shell.until(f"{options} Z")
            assert not re.search(
                "MFA|code|noise|rror|Traceback|Alarm|Terminated|using", shown.replace("--endpoint", "")
            ), shown
        over.set()
