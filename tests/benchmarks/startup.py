"""How long a short command takes when a user runs it. Run it with `python tests/benchmarks/startup.py`.

Commands are compared with an interpreter that does nothing, which no command can beat, and with `aws` doing the same.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.measure import clean_environment, compare, heading
from tests.support.stub import Answer, stub

HERE = ("--lat", "47.6174", "--lon", "-122.2884")
ITEM = '{"RideId":{"S":"x"},"User":{"S":"ada"},"RequestTime":{"S":"2026-11-23T08:15:30.123Z"}}'


def at_once(_: str, __: Any) -> Answer:
    """Answer every request at once, so that the server's time does not count."""
    return 200, {}


def main() -> None:
    """Print the comparisons."""
    aws = shutil.which("aws", path=str(Path(sys.executable).parent)) or "aws"
    with clean_environment() as (programs, environment), stub(at_once) as served:
        wildrydes, nothing = str(programs / "wildrydes"), [str(programs / "python"), "-c", "pass"]
        heading("python")
        compare("request, embedded store / python -c pass", [wildrydes, "request", *HERE], nothing, environment)
        compare("rides list, embedded store / python -c pass", [wildrydes, "rides", "list"], nothing, environment)
        for what, words in (("a ride's id", ("rides", "show", "")), ("a region", ("status", "--region", ""))):
            tab = [wildrydes, "__complete", "zsh", *words]
            compare(f"completing {what} / rides list", tab, [wildrydes, "rides", "list"], environment)
        keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}
        put = [aws, "dynamodb", "put-item", "--table-name", "Rides", "--item", ITEM]
        compare(
            "request, DynamoDB on loopback / aws dynamodb put-item",
            [wildrydes, "request", *HERE],
            put,
            {**environment, **keys, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL_DYNAMODB": served.url},
        )


if __name__ == "__main__":
    main()
