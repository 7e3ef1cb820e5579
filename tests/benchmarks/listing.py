"""What it costs to list rides in small and large tables. Run it with `python tests/benchmarks/listing.py`.

DynamoDB is ministack on loopback. Listing the newest 30 rides and listing all rides are compared with full scans of the
same table by `aws` and by boto3's paginator. The embedded store is compared with a bare loop of sqlite3 and json.dumps.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parents[2]
sys.path.insert(0, str(HERE))

from tests.benchmarks.bulk import pickups  # noqa: E402
from tests.benchmarks.measure import clean_environment, compare, heading, peak_memory, served  # noqa: E402
from tests.integration import engines  # noqa: E402

LOOP = """
import json, os, sqlite3
db = sqlite3.connect(os.environ["WILDRYDES_DB"])
order = 'SELECT * FROM rides WHERE "table" = ? ORDER BY request_time DESC, ride_id'
for _, ride_id, user, name, color, gender, latitude, longitude, time in db.execute(order, ("Rides",)):
    unicorn = {"Name": name, "Color": color, "Gender": gender}
    pickup = {"Latitude": latitude, "Longitude": longitude}
    ride = {"RideId": ride_id, "User": user, "Unicorn": unicorn, "PickupLocation": pickup, "RequestTime": time}
    print(json.dumps(ride))
"""
PAGINATOR = """
import sys, boto3
for page in boto3.client("dynamodb").get_paginator("scan").paginate(TableName=sys.argv[1]):
    for item in page["Items"]:
        print(item)
"""


def embedded(programs: Path, home: dict[str, str], folder: Path) -> None:
    """Print the comparisons for the embedded store."""
    wildrydes, stores = str(programs / "wildrydes"), {}
    for rows in (30, 1_000_000):
        stores[rows] = {**home, "WILDRYDES_STORE": "local", "WILDRYDES_DB": str(folder / f"{rows}.db")}
        words = [wildrydes, "request", "--from", pickups(folder, rows)]
        subprocess.run(words, env=stores[rows], check=True, capture_output=True)
    few = ["env", f"WILDRYDES_DB={folder / '30.db'}", wildrydes, "rides", "list"]
    heading("other")
    compare("embedded, newest 30 of 1,000,000 / 30 of 30", [wildrydes, "rides", "list"], few, stores[1_000_000])
    every = [wildrydes, "rides", "list", "--all", "-o", "jsonl"]
    loop = [str(programs / "python"), "-c", LOOP]
    compare("embedded, --all of 1,000,000 / sqlite3 + json.dumps", every, loop, stores[1_000_000], runs=3)
    print(f"peak memory of --all: {peak_memory(every, stores[1_000_000]):.1f} MB")


def dynamodb(programs: Path, home: dict[str, str], folder: Path, url: str) -> None:
    """Print the comparisons for DynamoDB."""
    aws = shutil.which("aws", path=str(Path(sys.executable).parent)) or "aws"
    wildrydes, python = str(programs / "wildrydes"), str(programs / "python")
    keys = {"AWS_ACCESS_KEY_ID": "000000000042", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
    environment = {**home, **keys, "AWS_ENDPOINT_URL": url}
    heading("other")
    for rows in (1_000, 100_000):
        table = f"Rides{rows}"
        for words in (["setup-table"], ["request", "--from", pickups(folder, rows)]):
            subprocess.run([wildrydes, *words, "--table", table], env=environment, check=True, capture_output=True)
        newest = [wildrydes, "rides", "list", "--limit", "30", "--table", table]
        said = subprocess.run(
            [*newest, "--verbose"], env=environment, check=True, capture_output=True, text=True
        ).stderr
        cost = re.search(r"\d+ requests?, \d+ items? read, [\d.]+ capacity units?", said)
        print(f"newest 30 of {rows:,}: {cost and cost[0]}")
        scans = {
            "aws dynamodb scan": [aws, "dynamodb", "scan", "--table-name", table, "--output", "json"],
            "boto3's paginator": [python, "-c", PAGINATOR, table],
        }
        for name, scan in scans.items():
            compare(f"newest 30 of {rows:,} / {name}", newest, scan, environment, runs=3)
    every = [wildrydes, "rides", "list", "--all", "-o", "jsonl", "--table", table]
    print(f"peak memory of --all: {peak_memory(every, environment):.1f} MB", end="")
    for name, scan in scans.items():
        print(f"; of {name}: {peak_memory(scan, environment):.1f} MB", end="")
    print()
    for name, scan in scans.items():
        compare(f"--all of {rows:,} / {name}", every, scan, environment, runs=3)


def client_alone(programs: Path, home: dict[str, str]) -> None:
    """Print what reading all rides costs the client alone. The server sends its pages at once."""
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
    with served("pages.py", "100000") as url:
        environment = {**home, **keys, "AWS_ENDPOINT_URL": url}
        aws = shutil.which("aws", path=str(Path(sys.executable).parent)) or "aws"
        every = [str(programs / "wildrydes"), "rides", "list", "--all", "-o", "jsonl"]
        scans = {
            "aws dynamodb scan": [aws, "dynamodb", "scan", "--table-name", "Rides", "--output", "json"],
            "boto3's paginator": [str(programs / "python"), "-c", PAGINATOR, "Rides"],
        }
        heading("other")
        for name, scan in scans.items():
            compare(f"--all of 100,000, instant pages / {name}", every, scan, environment, runs=3)
        for name, words in {"--all": every, **scans}.items():
            print(f"peak memory of {name}: {peak_memory(words, environment):.1f} MB")


def main() -> None:
    """Print the comparisons."""
    with tempfile.TemporaryDirectory() as name, clean_environment() as (programs, home):
        client_alone(programs, home)
        embedded(programs, home, Path(name))
        engine = HERE / ".pytest_cache" / "d" / "ministack"
        engine.parent.mkdir(parents=True, exist_ok=True)
        interpreter = engines.virtual_environment(engine, "ministack")
        with engines.ministack(interpreter, Path(name)) as url:
            dynamodb(programs, home, Path(name), url)


if __name__ == "__main__":
    main()
