"""What a script gets through a pipe, and what happens where the other end is full, closed or gone."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.running import PROGRAM, Cli, process

HERE = ("--lat", "1", "--lon", "2")


def test_a_value_is_never_cut_or_wrapped_in_a_pipe(wildrydes: Cli) -> None:
    rider = "李" * 128
    wildrydes("request", *HERE, "--rider", rider, "--ride-id", "x" * 128).must()
    ended = process("rides", "list").must()
    assert ended.out.splitlines()[1].split("\t")[:2] == ["x" * 128, rider]
    assert "\x1b" not in ended.out + ended.err


def test_an_encoding_that_lacks_a_letter_still_gets_json(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    wildrydes("request", *HERE, "--rider", "é😀").must()
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    out = process("rides", "list", "-o", "json").must().out
    assert out.isascii()
    assert json.loads(out)[0]["User"] == "é😀"
    assert "\\u00e9" in process("rides", "list").must().out


def test_a_reader_that_has_seen_enough_ends_it_well(wildrydes: Cli) -> None:
    for number_ in range(3):
        wildrydes("request", *HERE, "--ride-id", f"r{number_}").must()
    for words in ("rides list -o jsonl", "rides list", "rides show r1", "request --lat 1 --lon 2", "--help", "rides"):
        command = f"{' '.join(PROGRAM)} {words}; echo $? >&2"
        script = f"exec 3>&1; {{ {command}; }} | true"
        ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        *notes, code = ended.stderr.splitlines()
        assert code == "0", (words, ended.stderr)
        assert not any("Traceback" in note or "Error" in note for note in notes)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_output_that_cannot_be_written_is_an_error() -> None:
    script = f"{' '.join(PROGRAM)} --version > /dev/full; {' '.join(PROGRAM)} rides list > /dev/full; echo $?"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "4\n"
    assert "error: cannot write the output: No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_request_that_cannot_be_shown_says_how_to_repeat_it() -> None:
    script = f"{' '.join(PROGRAM)} request --lat 1 --lon 2 > /dev/full; echo $?"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "4\n"
    hint = ended.stderr.splitlines()[-1]
    assert "wildrydes request --lat 1.0 --lon 2.0 --rider ada --ride-id" in hint
    again = hint[hint.index("request") :].split()
    assert "was already recorded" in process(*again).must().err


def test_nobody_listening_to_stderr_changes_no_exit_code() -> None:
    script = f"{' '.join(PROGRAM)} rides show nowhere 2>/dev/full; echo $?"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "1\n"


def test_a_closed_stdout_is_no_defect() -> None:
    script = f"{' '.join(PROGRAM)} rides list >&-"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, env=dict(os.environ))
    assert "Traceback" not in ended.stderr
    assert "defect" not in ended.stderr
