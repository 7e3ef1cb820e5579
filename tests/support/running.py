"""Run the command line: in this process, in its own process, or in a terminal."""

import ctypes
import json
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path
from tempfile import TemporaryFile
from termios import TIOCSWINSZ
from threading import Timer
from typing import Any

from typer.testing import CliRunner

from wildrydes_cli.cli import app

AWS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
"""Environment variables that configure AWS."""
PROGRAM = [sys.executable, "-m", "wildrydes_cli"]
SETPRIV = shutil.which("setpriv")
END_WITH_TESTS = [SETPRIV, "--pdeathsig", "KILL"] if SETPRIV else []
"""How to start a server so that it ends if these tests are killed. Linux has setpriv, macOS has no such thing."""


@dataclass
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def json_lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    def must(self, code: int = 0) -> "Ended":
        """Return itself if the exit code is `code`, else fail."""
        assert self.code == code, f"exit {self.code}\n{self.out}\n{self.err}"
        return self

    def error(self, code: int) -> tuple[str, str]:
        """Return the texts of the error and its hint. Fails unless they end stderr and the exit code is `code`."""
        self.must(code)
        lines = self.err.splitlines()
        assert "Traceback" not in self.err
        assert lines[-2].startswith("error: "), self.err
        assert lines[-1].startswith("hint: "), self.err
        return lines[-2].removeprefix("error: "), lines[-1].removeprefix("hint: ")


@contextmanager
def _stdin(text: str) -> Iterator[None]:
    """Make `text` the standard input of a block. `CliRunner` only replaces `sys.stdin`, not the descriptor."""
    before = os.dup(0)
    try:
        with TemporaryFile() as file:
            file.write(text.encode("utf-8", "surrogateescape"))
            file.seek(0)
            os.dup2(file.fileno(), 0)
            yield
    finally:
        os.dup2(before, 0)
        os.close(before)


class Cli:
    """Runs `wildrydes` in this process."""

    def __call__(self, *words: str, stdin: str | None = None, env: Mapping[str, str] | None = None) -> Ended:
        with _stdin(stdin or ""):
            result = CliRunner().invoke(app, list(words), input=stdin, env=env, prog_name="wildrydes")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)


def process(*words: str, stdin: str | None = None, before: Callable[[], None] | None = None) -> Ended:
    """Run `wildrydes` in its own process, with pipes as its streams.

    `before` is called in that process first. Python must then copy this process, which takes 30 ms.
    """
    ended = subprocess.run(
        [*PROGRAM, *words],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        preexec_fn=before,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@contextmanager
def started(*words: str, program: Sequence[str] = PROGRAM, **settings: Any) -> Iterator[subprocess.Popen[str]]:
    """Start `wildrydes` in its own process, with a pipe as its stdout. If the block fails, the process is ended."""
    with subprocess.Popen([*program, *words], stdout=subprocess.PIPE, text=True, **settings) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def line(process: subprocess.Popen[str], timeout: float = 30) -> str:
    """Return the next line that `process` prints. If none comes in time, end the process and fail."""
    assert process.stdout
    timer = Timer(timeout, process.kill)
    timer.start()
    printed = process.stdout.readline()
    timer.cancel()
    assert printed, f"no line came: the process ended, or took more than {timeout} seconds"
    return printed


def patched(folder: Path, script: str) -> dict[str, str]:
    """Return an environment in which each Python process first runs `script`, which is written to `folder`.

    `in_children/sitecustomize.py` runs it.
    """
    path = folder / "patch.py"
    path.write_text(script, encoding="utf-8")
    return {**os.environ, "PATCH_OF_TEST": str(path)}


def obey_permissions() -> None:
    """Make the program about to start obey file permissions, even as root. Pass this to `process` as `before`."""
    if os.geteuid() == 0:
        prctl = ctypes.CDLL(None).prctl
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            assert prctl(24, capability, 0, 0, 0) == 0  # PR_CAPBSET_DROP


class Terminal:
    """Runs `wildrydes` in its own terminal, `columns` wide. Its stdout and stderr both go to the screen."""

    def __init__(
        self,
        *words: str,
        columns: int = 100,
        program: Sequence[str] = PROGRAM,
        stdin: bool = True,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.screen = ""
        self._master, slave = pty.openpty()
        self._watch = select.poll()
        self._watch.register(self._master, select.POLLIN)
        ioctl(slave, TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = {"TERM": "xterm-256color", **os.environ, **(env or {})}
        # The shell opens the terminal, which makes it the controlling terminal: Ctrl-C then reaches the program.
        shell = ["/bin/sh", "-c", ': <"$0"; exec "$@"', os.ttyname(slave)]
        self._process = subprocess.Popen(
            [*shell, *program, *words],
            stdin=slave if stdin else subprocess.DEVNULL,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)

    def type(self, text: str) -> None:
        """Press keys. `\\x03` is Ctrl-C."""
        os.write(self._master, text.encode())

    def answer(self, text: str) -> Ended:
        """Press keys at a prompt, and read until the command ends. `out` is everything that it displayed.

        CPython's `input()` checks for signals before it waits for a line. If Ctrl-C comes between the two, any program
        notices it only at the next key. A person presses Ctrl-C again, and so does this method.
        """
        self.type(text)
        for _ in range(5 if text == "\x03" else 0):
            deadline = time.monotonic() + 2
            while self._process.poll() is None and time.monotonic() < deadline:
                self._read(0.1)
            if self._process.poll() is not None:
                break
            self.type(text)
        return self.end()

    def until(self, text: str, timeout: float = 30) -> str:
        """Read the screen until it shows `text`."""
        deadline = time.monotonic() + timeout
        while text not in self.screen:
            assert time.monotonic() < deadline, f"did not show {text!r}: {self.screen!r}"
            if not self._read(0.1) and self._process.poll() is not None:
                break
        assert text in self.screen, self.screen
        return self.screen

    def end(self, timeout: float = 60) -> Ended:
        """Read until the command ends. `out` is everything that it displayed."""
        deadline = time.monotonic() + timeout
        while self._read(0.1) or self._process.poll() is None:
            assert time.monotonic() < deadline, self.screen
        os.close(self._master)
        return Ended(self._process.wait(), self.screen.replace("\r\n", "\n"), "")

    def _read(self, wait: float) -> bool:
        if not self._watch.poll(wait * 1000):
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # EIO: the other end is closed
            return False
        self.screen += data.decode(errors="replace")
        return bool(data)
