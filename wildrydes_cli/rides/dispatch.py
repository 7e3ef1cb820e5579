"""How a unicorn is dispatched. The command line and the Lambda function both call `dispatch`, and nothing else."""

from datetime import datetime
from typing import NamedTuple, Protocol

from wildrydes_cli.errors import WildrydesError
from wildrydes_cli.rides.fleet import choose_unicorn
from wildrydes_cli.rides.model import Location, RandomBytes, RecordedRide, Ride, Unicorn, timestamp

ETA = "30 seconds"


class Recorder(Protocol):
    """What `dispatch` needs of a store."""

    def record(self, ride: Ride) -> RecordedRide | None:
        """Record `ride` if no ride has its id. Returns None then, else the ride that has it; overwrites nothing."""


class Dispatched(NamedTuple):
    """A ride that is recorded; `repeated` where it had been by an earlier request under the same id."""

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

    A request may be repeated under its id: the ride that was recorded first is the answer then. That is also what a
    write comes to whose reply was lost, and which the client sent again: the ride found is the very one just made.

    Raises `WildrydesError` where the id belongs to a ride of another rider or pickup, `InvalidError` for a rider or an
    id that the contract does not allow, and what the store raises.
    """
    ride = Ride(ride_id, rider, choose_unicorn(random_bytes), pickup, timestamp(now))
    return resolve(ride, store.record(ride))


def response_body(ride: Ride) -> dict[str, object]:
    """Return what the tutorial's function answers for `ride`, its names in the tutorial's order."""
    return {
        "RideId": ride.ride_id,
        "Unicorn": {"Name": ride.unicorn.name, "Color": ride.unicorn.color, "Gender": ride.unicorn.gender},
        "Eta": ETA,
        "Rider": ride.rider,
    }


def resolve(ride: Ride, found: RecordedRide | None) -> Dispatched:
    """Return what recording `ride` came to: `found` is the ride that had its id, or None.

    Raises `WildrydesError` where that answers another request.
    """
    if found is None or found == ride.recorded:
        return Dispatched(ride, repeated=False)
    return Dispatched(_same_request(ride, found), repeated=True)


def _same_request(ride: Ride, found: RecordedRide) -> Ride:
    """Return the ride `found` under the id of `ride`, which must answer the same request."""
    same = (ride.rider, ride.pickup.latitude, ride.pickup.longitude) == (found.user, found.latitude, found.longitude)
    if not same or None in found:
        raise WildrydesError(
            f"ride {ride.ride_id} is recorded already, for another rider or pickup; nothing was overwritten",
            hint="leave --ride-id out to have a new one drawn, or look at that ride:",
            command=("rides", "show", ride.ride_id),
        )
    unicorn = Unicorn(str(found.unicorn), str(found.color), str(found.gender))
    return Ride(ride.ride_id, ride.rider, unicorn, ride.pickup, str(found.request_time))
