"""Time whole processes in pairs, A B A B …, so that the ratio holds when the machine's speed drifts."""

import os
import resource
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


def seconds(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Run `command`, which must succeed. Returns the elapsed seconds and the CPU seconds."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    took, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(
    what: str, command: Sequence[str], beside: Sequence[str], environment: Mapping[str, str], *, runs: int = 15
) -> None:
    """Print the median times of `command` and `beside`, and the median ratios of their elapsed and CPU times."""
    seconds(command, environment), seconds(beside, environment)
    pairs = [(seconds(command, environment), seconds(beside, environment)) for _ in range(runs)]
    ours, theirs = (statistics.median(took for took, _ in column) for column in zip(*pairs, strict=True))
    ratio, busy = (statistics.median(a[which] / b[which] for a, b in pairs) for which in (0, 1))
    print(f"{what:<58} {ours * 1000:8.1f} ms  {theirs * 1000:8.1f} ms  {ratio:6.2f}x  {busy:6.2f}x")


@contextmanager
def clean_environment() -> Iterator[tuple[Path, dict[str, str]]]:
    """Install wildrydes as a user does, in a new environment. Yields its programs, and variables with an empty home."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        venv.create(Path(folder) / "venv", with_pip=True)
        programs = Path(folder) / "venv" / "bin"
        subprocess.run([programs / "pip", "install", "-q", "--disable-pip-version-check", str(HERE)], check=True)
        yield programs, {"PATH": os.defpath, "HOME": str(home), "LOGNAME": "ada"}


def heading(beside: str) -> None:
    """Print the header of a table of comparisons."""
    print(f"Python {sys.version.split()[0]}; medians of whole processes in pairs, without a terminal")
    print(f"{'':<58} {'wildrydes':>11}  {beside:>11}  {'ratio':>7}  {'CPU':>7}")


def peak_memory(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Run `command`, which must succeed. Returns its peak memory in MB."""
    script = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    words = [sys.executable, "-c", script, *command]
    kilobytes = int(subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout)
    return kilobytes / (1000 if sys.platform == "linux" else 1_000_000)


@contextmanager
def served(script: str, *words: str) -> Iterator[str]:
    """Run a server script of this folder in its own process. Yields its URL."""
    words = (sys.executable, str(Path(__file__).with_name(script)), *words)
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.stdin.close()
