"""Whole processes, timed in pairs: A B A B …, so that the ratio holds when the machine's speed drifts."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parents[2]


def seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Run `command`, which must succeed, and return how long that took."""
    started = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - started


def compare(
    what: str, command: Sequence[str], beside: Sequence[str], environment: Mapping[str, str], *, runs: int = 15
) -> float:
    """Print the medians of `command` and of what it is compared with, and the median of the ratios of the pairs."""
    seconds(command, environment), seconds(beside, environment)
    pairs = [(seconds(command, environment), seconds(beside, environment)) for _ in range(runs)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{what:<58} {ours * 1000:8.1f} ms  {theirs * 1000:8.1f} ms  {ratio:6.2f}x")
    return ratio


@contextmanager
def clean_environment() -> Iterator[tuple[Path, dict[str, str]]]:
    """Install wildrydes as a user does, into an environment of its own; give its programs, and an empty home."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        venv.create(Path(folder) / "venv", with_pip=True)
        programs = Path(folder) / "venv" / "bin"
        subprocess.run([programs / "pip", "install", "-q", "--disable-pip-version-check", str(HERE)], check=True)
        yield programs, {"PATH": os.defpath, "HOME": str(home), "LOGNAME": "ada"}


def heading(beside: str) -> None:
    """Print the head of a table of comparisons."""
    print(f"Python {sys.version.split()[0]}; medians of paired whole processes, in a pipe")
    print(f"{'':<58} {'wildrydes':>11}  {beside:>11}")


def peak_memory(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Run `command`, which must succeed, and return how many MB it held at its peak."""
    script = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    words = [sys.executable, "-c", script, *command]
    kilobytes = int(subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout)
    return kilobytes / (1000 if sys.platform == "linux" else 1_000_000)
