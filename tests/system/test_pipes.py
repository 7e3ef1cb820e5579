"""Output to a pipe, and what happens if the other end is full or closed."""

import json
import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hostile import HOSTILE, OBEYED
from tests.support.repeat import some_of
from tests.support.running import PROGRAM, Cli, process
from tests.support.stub import stub
from wildrydes_cli.output.text import shell_command

HERE = ("--lat", "1", "--lon", "2")


def test_values_in_a_pipe_are_never_cut_or_wrapped(wildrydes: Cli) -> None:
    rider = "李" * 128
    wildrydes("request", *HERE, "--rider", rider, "--ride-id", "x" * 128).must()
    ended = process("rides", "list").must()
    assert ended.out.splitlines()[1].split("\t")[:2] == ["x" * 128, rider]
    assert "\x1b" not in ended.out + ended.err


def test_characters_that_the_encoding_lacks_are_escaped(wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    wildrydes("request", *HERE, "--rider", "é😀").must()
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    out = process("rides", "list", "-o", "json").must().out
    assert out.isascii()
    assert json.loads(out)[0]["User"] == "é😀"
    assert "\\u00e9" in process("rides", "list").must().out


def test_a_closed_pipe_is_not_an_error(wildrydes: Cli) -> None:
    for number_ in range(3):
        wildrydes("request", *HERE, "--ride-id", f"r{number_}").must()
    every = ("rides list -o jsonl", "rides list", "rides show r1", "rides", "request --lat 1 --lon 2", "--help")
    for words in some_of(every):
        command = f"{' '.join(PROGRAM)} {words}; echo $? >&2"
        script = f"exec 3>&1; {{ {command}; }} | true"
        ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        *notes, code = ended.stderr.splitlines()
        assert code == "0", (words, ended.stderr)
        assert not any("Traceback" in note or "Error" in note for note in notes)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize(
    "words", some_of(["", "--help", "--version", "--show-completion bash", "rides", "rides --help", "rides list"])
)
def test_output_that_cannot_be_written_is_an_error(words: str) -> None:
    script = f"{' '.join(PROGRAM)} {words} > /dev/full; echo $?"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "4\n"
    error, hint = ended.stderr.splitlines()[-2:]
    assert error == "error: cannot write the output: No space left on device"
    assert hint.startswith("hint: check where the output goes")
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_the_hint_repeats_a_request_whose_output_cannot_be_written() -> None:
    script = f"{' '.join(PROGRAM)} request --lat 1 --lon 2 > /dev/full; echo $?"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "4\n"
    hint = ended.stderr.splitlines()[-1]
    assert "wildrydes request --lat 1.0 --lon 2.0 --rider ada --ride-id" in hint
    again = hint[hint.index("request") :].split()
    assert "was already recorded" in process(*again).must().err


@pytest.mark.parametrize("unseen", ["stdin", "stderr"])
def test_delete_table_asks_only_if_stdin_and_stderr_are_terminals(wildrydes: Cli, unseen: str) -> None:
    wildrydes("request", *HERE).must()
    master, terminal = pty.openpty()
    os.write(master, b"y\n")
    stdin, stderr = (subprocess.PIPE if unseen == name else terminal for name in ("stdin", "stderr"))
    words = [*PROGRAM, "delete-table"]
    with subprocess.Popen(words, stdin=stdin, stdout=subprocess.DEVNULL, stderr=stderr) as process:
        process.communicate(timeout=30)
    for each in (master, terminal):
        os.close(each)
    assert process.returncode == 2
    assert len(wildrydes("rides", "list", "-o", "json").must().json) == 1


def test_a_full_stderr_does_not_change_the_exit_code() -> None:
    script = f"{' '.join(PROGRAM)} rides show nowhere 2>/dev/full; echo $?"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == "1\n"


@pytest.mark.parametrize("words", some_of(["--help", "--version", "rides list", "request --lat 1 --lon 2"]))
def test_a_closed_stdout_is_an_error(words: str) -> None:
    script = f"{' '.join(PROGRAM)} {words} >&-; echo $? >&2"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    *_, error, hint, code = ended.stderr.splitlines()
    assert code == "4"
    assert "Bad file descriptor" in error
    assert ("--ride-id" in hint) == words.startswith(
        "request"
    )  # the ride is recorded, and the hint repeats the request
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [("rides show nowhere", 1), ("rides list -o json", 0), ("function invoke --local --store local", 0)],
)
def test_a_closed_stderr_does_not_change_the_exit_code(words: str, code: int) -> None:
    script = f"{' '.join(PROGRAM)} {words} 2>&- >/dev/null; echo $?"
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout == f"{code}\n"


NAMES = [
    *(text.replace("\x00", "") for text in HOSTILE),
    "Ali\u200creza \U0001f469\u200d\U0001f680",
    "it's \t a 'tab'",
    "back\\slash\\x41\\' and \x1b",
    "\x1bfeed \u200babc \x011",  # hexadecimal digits after an escaped character
    '$HOME `id` $(id) "!!" ~ * {a,b} \n#',
    "plain",
    "\udcff\x80",
]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_shell_parses_a_command_to_paste_correctly(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    command = shell_command(["printf", r"%s\0", *NAMES])
    assert not OBEYED.search(command)
    ended = subprocess.run([shell, "-c", command], capture_output=True, check=True)
    assert ended.stdout.split(b"\0")[:-1] == [name.encode("utf-8", "surrogateescape") for name in NAMES]


@given(st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), min_size=1, max_size=30))
def test_a_shell_parses_any_name_correctly(names: list[str]) -> None:
    command = shell_command(["printf", r"%s\0", *names])
    ended = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
    assert ended.stdout.decode().split("\0")[:-1] == names


@pytest.mark.usefixtures("aws_credentials", "one_try")
def test_a_pasted_hint_requests_the_same_ride(wildrydes: Cli) -> None:
    rider = "Ali\u200creza's \U0001f469\u200d\U0001f680\t\x1b"
    answers = iter([(500, {"__type": "InternalServerError"}), (200, {})])
    with stub(lambda *_: next(answers)) as served:
        _, hint = wildrydes("request", *HERE, "--rider", rider, "--endpoint-url", served.url).error(4)
        pasted = hint[hint.index("wildrydes request") :].replace("wildrydes", " ".join(PROGRAM), 1)
        subprocess.run(["bash", "-c", pasted], check=True, capture_output=True)
    first, second = (asked["Item"] for _, asked in served.asked)
    assert first["User"] == second["User"] == {"S": rider}
    assert first["RideId"] == second["RideId"]
