"""How fast a file of requests is dispatched. Run it with `python tests/benchmarks/bulk.py`.

The embedded store is compared with a bare sqlite3 loop that has the same schema, durability and batch size, on the same
file. DynamoDB is compared with boto3's batch_writer and a bare put_item loop, on a server that answers at once.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parents[2]
sys.path.insert(0, str(HERE))

from tests.benchmarks.measure import clean_environment, compare, heading, peak_memory, served  # noqa: E402

SQLITE = """
import base64, csv, datetime, json, os, sqlite3, sys
from itertools import islice
rows = csv.DictReader(open(sys.argv[1]))
db = sqlite3.connect(os.environ["WILDRYDES_DB"], isolation_level=None)
db.execute("PRAGMA synchronous=FULL")
def values():
    for row in rows:
        ride_id = base64.urlsafe_b64encode(os.urandom(16)).rstrip(b"=").decode()
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        yield "Bare", ride_id, row["rider"], "Gil", "White", "Male", float(row["lat"]), float(row["lon"]), now
every = values()
while chunk := list(islice(every, 1000)):
    db.execute("BEGIN IMMEDIATE")
    db.executemany("INSERT INTO rides VALUES (?,?,?,?,?,?,?,?,?)", chunk)
    db.execute("COMMIT")
    if sys.argv[2:]:
        for ride in chunk:
            unicorn = {"Name": ride[3], "Color": ride[4], "Gender": ride[5]}
            print(json.dumps({"RideId": ride[1], "Unicorn": unicorn, "Eta": "30 seconds", "Rider": ride[2]}))
"""
READ = """
import base64, csv, datetime, os, sys
from decimal import Decimal
def items():
    for row in csv.DictReader(open(sys.argv[1])):
        yield {
            "RideId": base64.urlsafe_b64encode(os.urandom(16)).rstrip(b"=").decode(),
            "User": row["rider"],
            "Unicorn": {"Name": "Gil", "Color": "White", "Gender": "Male"},
            "PickupLocation": {"Latitude": Decimal(row["lat"]), "Longitude": Decimal(row["lon"])},
            "RequestTime": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        }
import boto3
"""
BATCH_WRITER = (
    READ
    + """
with boto3.resource("dynamodb").Table("Rides").batch_writer() as batch:
    for item in items():
        batch.put_item(Item=item)
"""
)
PUT_ITEM = (
    READ
    + """
from boto3.dynamodb.types import TypeSerializer
serialize, client = TypeSerializer().serialize, boto3.client("dynamodb")
for item in items():
    client.put_item(TableName="Rides", Item={name: serialize(value) for name, value in item.items()})
"""
)


def pickups(folder: Path, rows: int) -> str:
    """Write a file of requests, and return its path."""
    file = folder / f"{rows}.csv"
    lines = (f"{n % 90 + 0.6174},{n % 180 - 0.2884},rider-{n % 5000}\n" for n in range(rows))
    file.write_text("lat,lon,rider\n" + "".join(lines))
    return str(file)


def main() -> None:
    """Print the comparisons."""
    with tempfile.TemporaryDirectory() as name, clean_environment() as (programs, home), served("instant.py") as url:
        folder = Path(name)
        wildrydes, python = str(programs / "wildrydes"), str(programs / "python")
        file = pickups(folder, 50_000)
        embedded = {**home, "WILDRYDES_DB": str(folder / "rides.db"), "WILDRYDES_STORE": "local"}
        subprocess.run([wildrydes, "setup-table"], env=embedded, check=True, capture_output=True)
        heading("bare loop")
        ours = [wildrydes, "request", "--from", file]
        compare("50,000 rows, embedded / sqlite3", ours, [python, "-c", SQLITE, file], embedded, runs=5)
        printing = [python, "-c", SQLITE, file, "print"]
        compare("the same, one line of JSON per row", [*ours, "-o", "jsonl"], printing, embedded, runs=5)

        keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}
        aws = {**home, **keys, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": url}
        few = pickups(folder, 5_000)
        put, batch = [python, "-c", PUT_ITEM, few], [python, "-c", BATCH_WRITER, few]
        ours = [wildrydes, "request", "--from", few]
        compare("5,000 rows, DynamoDB, new ids / put_item", ours, put, aws, runs=3)
        compare("5,000 rows, DynamoDB, new ids / batch_writer", ours, batch, aws, runs=3)
        compare("5,000 rows, DynamoDB, --batch / put_item", [*ours, "--batch", "b"], put, aws, runs=3)

        for rows in (1_000, 200_000):
            memory = peak_memory([wildrydes, "request", "--from", pickups(folder, rows), "--table", "Memory"], embedded)
            print(f"peak memory for {rows:>7,} rows, embedded: {memory:6.1f} MB")


if __name__ == "__main__":
    started = time.monotonic()
    main()
    print(f"{time.monotonic() - started:.0f} s in total")
