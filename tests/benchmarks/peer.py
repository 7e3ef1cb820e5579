"""Compare our function with the tutorial's, which is JavaScript. Run it with `python tests/benchmarks/peer.py`.

Each handler runs in its own process, one after the other, against a server that answers every request at once. Ours
runs from the package that Lambda gets, and the tutorial's on AWS SDK v2 and v3. The benchmark needs Node and npm. npm
installs the SDKs into a cache folder.

On Linux, everything runs on one core. Lambda gives a function one core for 1,769 MB (AWS: "Configure Lambda function
memory"), so ours has a fourteenth of one. Node compiles JavaScript in other threads: with more cores, that work would
not show in the elapsed time.
"""

import io
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).parents[2]
sys.path.insert(0, str(HERE))

from tests.benchmarks.measure import clean_environment, served  # noqa: E402
from wildrydes_cli.deploy.package import package  # noqa: E402
from wildrydes_cli.function.event import request_event  # noqa: E402

SDKS = {"aws-sdk": "2.1693.0", "@aws-sdk/client-dynamodb": "3.1169.0", "@aws-sdk/lib-dynamodb": "3.1169.0"}
ROUNDS = 15
CALLS = 300
KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
LAMBDA = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_LAMBDA_FUNCTION_NAME": "RequestUnicorn"}

NODE = {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x"}  # without it, SDK v2 spends time on its end-of-support warning


@dataclass(frozen=True)
class Times:
    """What one process took: elapsed and CPU milliseconds, and peak memory in MB."""

    start: tuple[float, float]
    first: tuple[float, float]
    warm: tuple[float, float]
    memory: float

    @property
    def cold(self) -> tuple[float, float]:
        """The time that a rider waits if Lambda must start the function."""
        return self.start[0] + self.first[0], self.start[1] + self.first[1]


def sdks(npm: str) -> Path:
    """Return a folder with the SDKs and the tutorial's functions. Creates it if necessary."""
    folder = HERE / ".pytest_cache" / "d" / "peer"
    folder.mkdir(parents=True, exist_ok=True)
    wanted, complete = json.dumps({"private": True, "dependencies": SDKS}), folder / "complete"
    if not complete.exists() or complete.read_text() != wanted:
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        (folder / "package.json").write_text(wanted)
        words = ("install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        subprocess.run([npm, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        complete.write_text(wanted)
    for file in Path(__file__).parent.glob("peer_*.?js"):
        shutil.copy(file, folder)
    return folder


def times(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Times:
    """Run a process that calls its handler, which must succeed. Returns what it took."""
    event, result = folder / "event.json", folder / "result.json"
    event.write_text(json.dumps(request_event()))
    words = [*command, str(event), str(result), str(CALLS)]
    subprocess.run(words, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    told = json.loads(result.read_bytes())
    start, first, *warm = (tuple(each) for each in told["times"])
    wall, busy = (statistics.median(column) for column in zip(*warm, strict=True))
    return Times(start, first, (wall, busy), told["memory"])


def round_trip(url: str) -> float:
    """Return the median milliseconds of a bare request to the server. No handler can be faster."""
    address, request, took = urlsplit(url), b"POST / HTTP/1.1\r\nContent-Length: 400\r\n\r\n" + b" " * 400, []
    with socket.create_connection((address.hostname, address.port or 80)) as connection:
        for _ in range(CALLS):
            started = time.perf_counter()
            connection.sendall(request)
            connection.recv(4096)
            took.append(time.perf_counter() - started)
    return statistics.median(took) * 1000


def row(what: str, rounds: Sequence[Sequence[Times]], name: str) -> None:
    """Print the medians of one measure, and the median ratios of the rounds for elapsed and CPU time."""
    columns = list(zip(*([getattr(each, name) for each in one] for one in rounds), strict=True))
    line = f"{what:<26}" + "".join(f"{statistics.median(wall for wall, _ in column):9.2f} ms" for column in columns)
    for theirs in columns[1:]:
        for which in (0, 1):
            ratio = statistics.median(a[which] / b[which] for a, b in zip(columns[0], theirs, strict=True))
            line += f"{ratio:8.2f}x"
    print(line)


def main() -> None:
    """Print the comparisons."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        sys.exit("peer.py runs JavaScript, so it needs node and npm on the PATH")
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # for the processes that this one starts, too
    with clean_environment() as (programs, home), served("instant.py") as url, tempfile.TemporaryDirectory() as name:
        folder, peers = Path(name), sdks(npm)
        zipfile.ZipFile(io.BytesIO(package("Rides"))).extractall(folder / "task")
        shared = {**home, **KEYS, **LAMBDA, "AWS_ENDPOINT_URL_DYNAMODB": url}
        environments = {
            # Lambda's code folder is read-only, so Python cannot cache our bytecode there.
            "ours": {**shared, "PYTHONPATH": str(folder / "task"), "PYTHONDONTWRITEBYTECODE": "1"},
            "SDK v2": {**shared, **NODE, "AWS_NODEJS_CONNECTION_REUSE_ENABLED": "1"},
            "SDK v3": {**shared, **NODE},
        }
        commands = [
            [str(programs / "python"), str(Path(__file__).with_name("peer_run.py"))],
            [node, str(peers / "peer_run.mjs"), str(peers / "peer_v2.cjs")],
            [node, str(peers / "peer_run.mjs"), str(peers / "peer_v3.mjs")],
        ]
        together = list(zip(commands, environments.values(), strict=True))
        for command, environment in together:
            times(command, environment, folder)  # warm the file cache
        rounds = [[times(*each, folder) for each in together] for _ in range(ROUNDS)]
        version = subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout.strip()
        cores = "one core" if sys.platform == "linux" else "all cores"
        print(f"Python {sys.version.split()[0]}, Node {version[1:]}, {cores}; ", end="")
        print(f"medians of {ROUNDS} rounds of {CALLS} warm requests")
        heads = "".join(f"{name:>12}" for name in environments)
        print(f"{'':<26}{heads}{'ours/v2':>9}{'CPU':>9}{'ours/v3':>9}{'CPU':>9}")
        row("import and client", rounds, "start")
        row("first request", rounds, "first")
        row("cold: both together", rounds, "cold")
        row("warm request", rounds, "warm")
        memory = list(zip(*([each.memory for each in one] for one in rounds), strict=True))
        ours, *theirs = (statistics.median(column) for column in memory)
        ratios = "".join(f"{ours / each:8.2f}x{'':9}" for each in theirs)
        print(f"{'peak memory':<26}" + "".join(f"{each:9.1f} MB" for each in (ours, *theirs)) + ratios)
        print(f"a bare round trip to the server: {round_trip(url):.2f} ms")


if __name__ == "__main__":
    main()
