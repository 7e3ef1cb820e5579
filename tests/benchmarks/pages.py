"""A server on loopback that sends the pages of a large table at once, so that only the client's time counts.

ministack cannot do that: it reads the whole table for each page of an index. DynamoDB does not.
"""

import json
import sys
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.contract import ride
from wildrydes_cli.stores.dynamodb.items import TIME_SHARDS, time_shard, to_item

PAGE = 2500


def pages(items: Sequence[Mapping[str, Any]]) -> list[bytes]:
    """Return the answers that hold `items`. Each but the last has the key to continue from."""
    answers = []
    for at in range(0, len(items), PAGE):
        answer: dict[str, Any] = {"Items": items[at : at + PAGE], "ConsumedCapacity": {"CapacityUnits": 1}}
        if at + PAGE < len(items):
            answer["LastEvaluatedKey"] = {"RideId": {"S": str(at // PAGE + 1)}}
        answers.append(json.dumps(answer).encode())
    return answers


def main(rides: int) -> None:
    """Print the port, and serve a table of that many rides until stdin is closed."""
    shards: list[list[Mapping[str, Any]]] = [[] for _ in range(TIME_SHARDS)]
    for number in reversed(range(rides)):
        seconds, milliseconds = divmod(number, 1000)
        time = f"2026-11-23T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds:03}Z"
        item = to_item(ride(f"ride-number-{number:010}", time, f"rider-{number % 5000}"))
        shards[time_shard(item["RideId"]["S"])].append(item)
    of_shards, of_table = [pages(shard) for shard in shards], pages([item for shard in shards for item in shard])

    class Pages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # it would delay the body by 40 ms

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            at = int(asked.get("ExclusiveStartKey", {"RideId": {"S": "0"}})["RideId"]["S"])
            values = asked.get("ExpressionAttributeValues")
            answers = of_shards[int(values[":partition"]["N"])] if values else of_table
            self.send_response(200)
            self.send_header("Content-Length", str(len(answers[at])))
            self.end_headers()
            self.wfile.write(answers[at])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port, flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]))
