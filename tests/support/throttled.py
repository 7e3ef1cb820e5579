"""A table of DynamoDB that throttles writes as DynamoDB does, for `stub.stub` or in place of botocore's calls."""

import time
from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError

from tests.support.service_model import report
from tests.support.stub import Answer, refusal


class Clock:
    """A clock that only goes on when somebody sleeps.

    Sleeping takes a millisecond, in which a writer that was just refused can say so. It may take longer than that on a
    busy machine, and the clock then goes on too far.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        time.sleep(0.001)
        self.seconds += seconds


class ThrottledTable:
    """A table that takes `units` items a second, and saves up to `burst` for later. Answers write operations.

    AWS: "DynamoDB burst and adaptive capacity", and for batches "BatchWriteItem": the items of a batch that there is no
    capacity for are not processed, and if there is none at all, the whole request is refused with one of the `codes`.
    """

    def __init__(
        self,
        units: float,
        burst: float,
        clock: Callable[[], float] = time.monotonic,
        codes: tuple[str, ...] = ("ProvisionedThroughputExceededException",),
    ) -> None:
        self.units = units
        self.items: dict[str, Any] = {}
        self.written: Counter[str] = Counter()
        """How often an item was written, by its ride id."""
        self.requests = self.refused = self.partial = 0
        self._burst = self._tokens = max(burst, units, 1)
        self._codes = codes
        self._clock = clock
        self._filled = clock()
        self._lock = Lock()

    def __call__(self, operation: str, parameters: Any) -> Answer:
        with self._lock:
            self.requests += 1
            if operation == "BatchWriteItem":
                return self._batch(parameters["RequestItems"])
            assert operation == "PutItem"
            ride_id = parameters["Item"]["RideId"]["S"]
            if not self._take():
                return self._refuse()
            if ride_id in self.items:  # a failed condition costs a unit too
                status, body = refusal("ConditionalCheckFailedException")
                return status, body | {"Item": self.items[ride_id]}
            self._write(parameters["Item"])
            return 200, {}

    def _batch(self, asked: Any) -> Answer:
        [(table, requests)] = asked.items()
        left = [request for request in requests if not self._take()]
        if len(left) == len(requests):
            return self._refuse()
        self.partial += bool(left)
        for request in requests:
            if request not in left:
                self._write(request["PutRequest"]["Item"])
        return 200, {"UnprocessedItems": {table: left} if left else {}}

    def _write(self, item: Any) -> None:
        self.items[item["RideId"]["S"]] = item
        self.written[item["RideId"]["S"]] += 1

    def _take(self) -> bool:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self.units)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _refuse(self) -> Answer:
        self.refused += 1
        said = "The level of configured provisioned throughput for the table was exceeded."
        return refusal(self._codes[self.refused % len(self._codes)], said)

    @property
    def call(self) -> Callable[[Any, str, Any], Any]:
        """A function that answers in place of botocore's method `BaseClient._make_api_call`."""

        def answer(client: Any, operation: str, parameters: Any) -> Any:
            report(client.meta.service_model.operation_model(operation), parameters)
            status, body = self(operation, parameters)
            if status != 200:
                code = body["__type"].partition("#")[2]
                raise ClientError({**body, "Error": {"Code": code, "Message": body["message"]}}, operation)
            cost = {"TableName": "Rides", "CapacityUnits": 1.0}
            return {"ConsumedCapacity": [cost] if operation == "BatchWriteItem" else cost} | body

        return answer
