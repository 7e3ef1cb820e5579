"""Load our handler as Lambda does, call it repeatedly, and write the times and the peak memory to a file.

python peer_run.py EVENT RESULT CALLS
"""

import sys
import time

times: list[tuple[float, float]] = []
started, busy = time.perf_counter(), time.process_time()


def lap() -> None:
    """Record the elapsed and CPU milliseconds since the last lap."""
    global started, busy  # nothing else may be imported before the handler
    times.append(((time.perf_counter() - started) * 1000, (time.process_time() - busy) * 1000))
    started, busy = time.perf_counter(), time.process_time()


from wildrydes_cli.function.handler import handler  # noqa: E402

lap()

import json  # noqa: E402
import resource  # noqa: E402
from pathlib import Path  # noqa: E402
from types import SimpleNamespace  # noqa: E402

event, result, calls = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
asked, context = json.loads(event.read_bytes()), SimpleNamespace(aws_request_id="a-request")
for _ in range(calls + 1):
    lap()
    times.pop()
    answer = handler(asked, context)
    lap()
    assert answer["statusCode"] == 201, answer
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1000 if sys.platform == "linux" else 1_000_000)
result.write_text(json.dumps({"times": times, "memory": memory}))
