"""What the server adds to the handler, and to the start of a command. Run it with `python tests/benchmarks/serve.py`.

`POST /ride` is compared with the same handler called in a loop, and the time until the URL is printed with the time of
`rides list`. Both of each pair use a new file on the same disk.
"""

import contextlib
import http.client
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.measure import clean_environment
from wildrydes_cli.function.event import request_event
from wildrydes_cli.function.handler import respond
from wildrydes_cli.stores.sqlite.rides import SQLiteRides

REQUESTS, ROUNDS, STARTS = 500, 5, 15
BODY = json.dumps({"PickupLocation": {"Latitude": 47.6174, "Longitude": -122.2884}})


def called(folder: Path) -> list[float]:
    """Call the handler in a loop. Returns the seconds of each call."""
    store, times = SQLiteRides(folder / "called.db", "Rides"), []
    with contextlib.redirect_stderr(io.StringIO()):
        for number in range(REQUESTS):
            started = time.perf_counter()
            assert respond(request_event("ada"), str(number), store)["statusCode"] == 201
            times.append(time.perf_counter() - started)
    store.close()
    return times


def served(wildrydes: Path, environment: dict[str, str], folder: Path, clients: int) -> tuple[float, list[float]]:
    """Send the same requests to a server, from so many clients. Returns the seconds of all, and of each."""
    command, variables = (
        [str(wildrydes), "serve", "--port", "0"],
        {**environment, "WILDRYDES_DB": str(folder / "served.db")},
    )
    with subprocess.Popen(
        command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout
        port = urlsplit(server.stdout.readline().strip()).port

        def client(_: int) -> list[float]:
            connection, times = http.client.HTTPConnection("127.0.0.1", port), []
            for _ in range(REQUESTS // clients):
                started = time.perf_counter()
                connection.request("POST", "/ride", BODY, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 201
                times.append(time.perf_counter() - started)
            connection.close()
            return times

        started = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            each = [seconds for times in pool.map(client, range(clients)) for seconds in times]
        took = time.perf_counter() - started
        server.terminate()
    return took, each


def until_url(wildrydes: Path, environment: dict[str, str]) -> float:
    """Return the seconds until the server prints its URL."""
    started = time.perf_counter()
    command = [str(wildrydes), "serve", "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout
        assert server.stdout.readline().startswith("http://")
        took = time.perf_counter() - started
        server.terminate()
    return took


def listed(wildrydes: Path, environment: dict[str, str]) -> float:
    """Return the seconds of `rides list`."""
    started = time.perf_counter()
    subprocess.run([str(wildrydes), "rides", "list"], env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


def p99(times: list[float]) -> float:
    """Return the 99th percentile in milliseconds."""
    return statistics.quantiles(times, n=100)[98] * 1000


def main() -> None:
    """Print the comparisons."""
    with clean_environment() as (programs, environment):
        wildrydes = programs / "wildrydes"
        print(f"Python {sys.version.split()[0]}; {ROUNDS} rounds of {REQUESTS} requests, medians")
        for clients in (1, 8):
            rounds = []
            for _ in range(ROUNDS):
                with tempfile.TemporaryDirectory() as folder:
                    alone = called(Path(folder))
                    took, each = served(wildrydes, environment, Path(folder), clients)
                    rounds.append((REQUESTS / took, took / sum(alone), p99(each), p99(alone)))
            rate, ratio, slowest, slowest_alone = (statistics.median(column) for column in zip(*rounds, strict=True))
            print(
                f"POST /ride, {clients} client(s): {rate:.0f} a second, {ratio:.2f}x of the handler in a loop; "
                f"p99 {slowest:.1f} ms, of the handler {slowest_alone:.1f} ms"
            )
        pairs = [(until_url(wildrydes, environment), listed(wildrydes, environment)) for _ in range(STARTS)]
        ours, theirs = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
        ratio = statistics.median(a / b for a, b in pairs)
        print(f"start to URL: {ours:.1f} ms, rides list {theirs:.1f} ms, {ratio:.2f}x")


if __name__ == "__main__":
    main()
