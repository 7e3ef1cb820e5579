"""How a unicorn is dispatched. The command line and the Lambda function both call `dispatch`."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from wildrydes_cli.errors import WildrydesError
from wildrydes_cli.rides.fleet import choose_unicorn
from wildrydes_cli.rides.model import Location, RandomBytes, RecordedRide, Ride, Unicorn, timestamp

ETA = "30 seconds"


class OtherRequestError(WildrydesError):
    """The ride id is taken: a ride of another rider or pickup has it."""


class Recorder(Protocol):
    """The part of a store that `dispatch` needs."""

    def record(self, ride: Ride) -> RecordedRide | None:
        """Record `ride` unless its id is taken. Returns None if recorded, else the ride that has the id."""


class BulkRecorder(Recorder, Protocol):
    """The part of a store that `dispatch_all` needs."""

    def record_all(self, rides: Sequence[Ride], *, fresh: bool) -> list[RecordedRide | WildrydesError | None]:
        """Record many rides at once. Returns for each ride what `record` would return, or the error of that ride alone.

        `fresh`: the ids were just generated, so unconditional writes are safe.
        """


class Dispatched(NamedTuple):
    """A recorded ride. `repeated` is True if an earlier request with the same id recorded it."""

    ride: Ride
    repeated: bool


def dispatch(
    store: Recorder,
    *,
    ride_id: str,
    rider: str,
    pickup: Location,
    now: datetime,
    random_bytes: RandomBytes,
) -> Dispatched:
    """Choose a unicorn for `rider` at `pickup`, and record the ride under `ride_id`.

    Repeating a request with the same id never dispatches twice: it returns the ride that was recorded first.

    Args:
        store: Where to record the ride.
        ride_id: The id of the ride.
        rider: Who rides.
        pickup: Where the ride begins.
        now: The time of the request, with an offset.
        random_bytes: The source of randomness that chooses the unicorn.

    Raises:
        OtherRequestError: The id belongs to a ride of another rider or pickup.
        InvalidError: The contract does not allow the rider or the id.
        Exception: Whatever the store raises.
    """
    ride = Ride(ride_id, rider, choose_unicorn(random_bytes), pickup, timestamp(now))
    return resolve(ride, store.record(ride))


def response_body(ride: Ride) -> dict[str, object]:
    """Return the tutorial function's response body for `ride`, with the names in the tutorial's order."""
    return {
        "RideId": ride.ride_id,
        "Unicorn": {"Name": ride.unicorn.name, "Color": ride.unicorn.color, "Gender": ride.unicorn.gender},
        "Eta": ETA,
        "Rider": ride.rider,
    }


def resolve(ride: Ride, found: RecordedRide | None) -> Dispatched:
    """Decide what recording `ride` resulted in. `found` is the ride that had its id, or None.

    Raises `OtherRequestError` if `found` belongs to a different request.
    """
    # A write whose reply was lost and was retried ends here too: the ride found is the one just made.
    if found is None or found == ride.recorded:
        return Dispatched(ride, repeated=False)
    return Dispatched(_same_request(ride, found), repeated=True)


def _same_request(ride: Ride, found: RecordedRide) -> Ride:
    """Return `found` as a `Ride`. Raises `OtherRequestError` unless both have the same rider and pickup."""
    same = (ride.rider, ride.pickup.latitude, ride.pickup.longitude) == (found.user, found.latitude, found.longitude)
    if not same or None in found:
        raise OtherRequestError(
            f"ride {ride.ride_id} is already recorded, for another rider or pickup; nothing was overwritten",
            hint="leave out --ride-id to draw a new one, or look at that ride:",
            command=("rides", "show", ride.ride_id),
        )
    unicorn = Unicorn(str(found.unicorn), str(found.color), str(found.gender))
    return Ride(ride.ride_id, ride.rider, unicorn, ride.pickup, str(found.request_time))
