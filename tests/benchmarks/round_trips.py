"""How many round trips deep a command is. Run it with `python tests/benchmarks/round_trips.py`.

AWS is ministack on loopback, reached once through a proxy without delay (near) and once through one with a round trip
of 80 ms (far). The difference, divided by 80 ms, is the number of round trips that the command waits for, one after the
other. Requests that are under way at the same time count once. A new connection counts two more (see distance.py).

Beside each command there is `aws`: the same request, or, one after the other, the requests that look at the same parts.
A repeated deployment changes nothing, so it only looks. The page is not deployed: with emulators, its settings have the
endpoint's URL, which is another one near and far.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import boto3

HERE = Path(__file__).parents[2]
sys.path.insert(0, str(HERE))

from tests.benchmarks.measure import clean_environment, seconds, served  # noqa: E402
from tests.integration import engines  # noqa: E402
from tests.support.amplify_server import amplify_server  # noqa: E402
from tests.support.contract import ride  # noqa: E402
from tests.support.running import AWS  # noqa: E402
from wildrydes_cli.stores.dynamodb.items import to_item  # noqa: E402

ROUND_TRIP = 0.08
ROUNDS = 5
RIDES = 1_000  # so many that `rides list` reads the index
ITEM = '{"RideId":{"S":"x"},"User":{"S":"ada"},"RequestTime":{"S":"2026-11-23T08:15:30.123Z"}}'
HERE_IN_SEATTLE = ("--lat", "47.6174", "--lon", "-122.2884")

TABLE = ["dynamodb describe-table --table-name Rides"]
FUNCTION = [
    "iam get-role --role-name WildRydesLambda",
    "iam list-attached-role-policies --role-name WildRydesLambda",
    "iam get-role-policy --role-name WildRydesLambda --policy-name DynamoDBWriteAccess",
    "lambda get-function-configuration --function-name RequestUnicorn",
]
API = [
    "lambda get-policy --function-name RequestUnicorn",
    "cognito-idp list-user-pools --max-results 60",
    "cognito-idp describe-user-pool --user-pool-id $POOL",
    "cognito-idp list-user-pool-clients --user-pool-id $POOL",
    "apigateway get-rest-apis",
    "apigateway get-authorizers --rest-api-id $API",
    "apigateway get-resources --rest-api-id $API --embed methods",
    "apigateway get-stages --rest-api-id $API",
]
COMMANDS: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "request": (["request", *HERE_IN_SEATTLE], [f"dynamodb put-item --table-name Rides --item '{ITEM}'"]),
    "rides list": (["rides", "list"], ["dynamodb scan --table-name Rides"]),
    "status": (["status"], [*TABLE, *FUNCTION, *API]),
    "function deploy, repeated": (["function", "deploy"], [*TABLE, *FUNCTION]),
    "api deploy, repeated": (
        ["api", "deploy"],
        ["lambda get-function-configuration --function-name RequestUnicorn", *API],
    ),
    "deploy --no-page, repeated": (["deploy", "--no-page"], [*TABLE, *FUNCTION, *API]),
}
"""What is measured, and the commands of `aws` beside it."""


def times(command: Sequence[str], near: Mapping[str, str], far: Mapping[str, str]) -> tuple[float, float]:
    """Return the seconds of `command` near and far, the fastest of several, which other processes slowed least."""
    pairs = [(seconds(command, near)[0], seconds(command, far)[0]) for _ in range(ROUNDS)]
    close, distant = (min(column) for column in zip(*pairs, strict=True))
    return close, distant


def row(close: float, distant: float) -> str:
    """Return three columns: the seconds near, the seconds far, and the round trips between them."""
    return f"{close:8.2f} s{distant:8.2f} s{(distant - close) / ROUND_TRIP:8.1f}"


def record_rides(url: str) -> None:
    """Record rides a second apart. Rides of the same millisecond would cost `rides list` more requests."""
    names = ("aws_access_key_id", "aws_secret_access_key", "region_name")
    client = boto3.client("dynamodb", endpoint_url=url, **dict(zip(names, AWS.values(), strict=True)))
    for number in range(RIDES):
        minutes, second = divmod(number, 60)
        time = f"2026-11-23T{minutes // 60:02}:{minutes % 60:02}:{second:02}.000Z"
        client.put_item(TableName="Rides", Item=to_item(ride(f"ride-number-{number:010}", time)))


def main() -> None:
    """Print how deep each command is."""
    aws = shutil.which("aws", path=str(Path(sys.executable).parent)) or "aws"
    engine = HERE / ".pytest_cache" / "d" / "ministack"
    engine.parent.mkdir(parents=True, exist_ok=True)
    interpreter = engines.virtual_environment(engine, "ministack")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        programs, home = stack.enter_context(clean_environment())
        server = stack.enter_context(engines.ministack(interpreter, folder))
        amplify, _ = stack.enter_context(amplify_server())

        def at(away: float) -> dict[str, str]:
            """Return the environment of somebody who is so many seconds away."""
            urls = [stack.enter_context(served("distance.py", url, str(away))) for url in (server, amplify)]
            names = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_AMPLIFY")
            return {**home, **AWS, "AWS_DEFAULT_REGION": AWS["AWS_REGION"], **dict(zip(names, urls, strict=True))}

        near, far = at(0), at(ROUND_TRIP)
        wildrydes = str(programs / "wildrydes")

        def made(*words: str) -> str:
            return subprocess.run(words, env=near, check=True, capture_output=True, text=True).stdout.strip()

        made(wildrydes, "setup-table")
        record_rides(server)
        made(wildrydes, "function", "deploy")
        made(wildrydes, "api", "deploy")
        pools = "cognito-idp list-user-pools --max-results 60 --query UserPools[0].Id --output text"
        apis = "apigateway get-rest-apis --query items[0].id --output text"
        found = {"POOL": made(aws, *pools.split()), "API": made(aws, *apis.split())}
        near, far = near | found, far | found
        print(f"a round trip takes {ROUND_TRIP * 1000:.0f} ms; the fastest of {ROUNDS} runs of whole processes")
        print(f"{'':<28}{'near':>10}{'far':>10}{'deep':>8}{'aws: near':>14}{'far':>10}{'deep':>8}")

        @cache
        def of_aws(command: str) -> tuple[float, float]:
            return times(["/bin/sh", "-c", f"exec {aws} {command}"], near, far)

        for name, (words, beside) in COMMANDS.items():
            ours = row(*times([wildrydes, *words], near, far))
            theirs = row(*map(sum, zip(*map(of_aws, beside), strict=True)))
            print(f"{name:<28}{ours}    {theirs}", flush=True)


if __name__ == "__main__":
    main()
