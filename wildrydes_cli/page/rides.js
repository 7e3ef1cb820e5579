/** The rides that the page knows: the newest ones, in order. */

import { project } from "./projection.js";
import { momentOf } from "./text.js";

/**
 * @typedef {object} Ride
 * @property {string} id
 * @property {string} rider
 * @property {string} unicorn
 * @property {string} color - Of the unicorn's coat, or "".
 * @property {string} time - When it was requested, as it is recorded, or "".
 * @property {import("./projection.js").Location | null} pickup
 * @property {import("./projection.js").Point | null} point - The pickup in the world, if it is on Earth.
 * @property {number} seen - When it came, by `performance.now()`.
 */

/**
 * A ride as the server sends it: what other programs recorded can lack anything but its id.
 *
 * @typedef {object} RecordedRide
 * @property {string} RideId
 * @property {string | null} User
 * @property {{Name?: string, Color?: string, Gender?: string} | null} Unicorn
 * @property {{Latitude: number | null, Longitude: number | null} | null} PickupLocation
 * @property {string | null} RequestTime
 */

/** The rides, newest first. @type {Ride[]} */
export const rides = [];

/** The ride that was chosen in the list. @type {Ride | null} */
export let chosen = null;

/** How many rides the server sends at most. The page keeps no more, or it would grow from day to day. */
export let limit = 500;

/** @type {Set<string>} */
const ids = new Set();

/** Rides that an answer lacked that should have had them. @type {Set<string>} */
const doubted = new Set();

const GRACE = 60_000; // milliseconds that a ride may appear after its request time

/**
 * Adds the rides that are new.
 *
 * @param {RecordedRide[]} found - As the server sends them, newest first.
 * @param {number} seen - When they came.
 * @returns {Ride[]} The new ones that are kept, oldest first.
 */
export function addRides(found, seen) {
  const added = found.toReversed().flatMap((recorded) => add(recorded, seen) ?? []);
  return added.filter((ride) => ids.has(ride.id));
}

/** @param {Ride | null} ride */
export function choose(ride) {
  chosen = ride;
}

/** @param {number} most */
export function setLimit(most) {
  limit = most;
}

/**
 * Forgets the rides that are not among those that were found.
 *
 * @param {RecordedRide[]} found
 */
export function keepOnly(found) {
  const known = new Set(found.map((ride) => ride.RideId));
  rides.filter((ride) => !known.has(ride.id)).forEach(drop);
  rides.splice(0, rides.length, ...rides.filter((ride) => known.has(ride.id)));
}

/**
 * Returns from which request time on to ask for what is new, as a text, or null if no ride has a time.
 *
 * @param {number} now - In milliseconds since 1970.
 * @returns {string | null}
 */
export function sinceWhen(now) {
  const times = rides.map((ride) => momentOf(ride.time)).filter((time) => time >= 0);
  if (!times.length) {
    return null;
  }
  // Where a clock is ahead, rides that others request in the meantime are wanted, too.
  return new Date(Math.max(0, Math.min(Math.max(...times), now) - GRACE)).toISOString();
}

/**
 * Whether an answer lacks a ride that it should have. Then that ride may be gone, and perhaps the whole table. Asks
 * about each ride once: a table can have rides that only a whole answer has, because its index lacks them.
 *
 * @param {RecordedRide[]} found
 * @param {string} since - The request time from which on rides were asked for.
 */
export function hasLost(found, since) {
  if (found.length >= limit) {
    return false; // it has only the newest
  }
  const known = new Set(found.map((ride) => ride.RideId));
  const lost = rides.filter((ride) => ride.time >= since && !known.has(ride.id) && !doubted.has(ride.id));
  lost.forEach((ride) => doubted.add(ride.id));
  return lost.length > 0;
}

/**
 * Returns where in the world the rides' pickups are.
 *
 * @returns {import("./projection.js").Point[]}
 */
export function ridePoints() {
  return rides.flatMap((ride) => ride.point ?? []);
}

/**
 * @param {RecordedRide} recorded
 * @param {number} seen
 * @returns {Ride | null} The ride, or null if it is known or too old.
 */
function add(recorded, seen) {
  if (ids.has(recorded.RideId)) {
    return null;
  }
  const ride = read(recorded, seen);
  const later = rides.findIndex((other) => isBefore(ride, other));
  const index = later < 0 ? rides.length : later;
  if (index >= limit) {
    return null;
  }
  rides.splice(index, 0, ride);
  ids.add(ride.id);
  rides.splice(limit).forEach(drop);
  return ride;
}

/**
 * Whether a ride comes before another: the newest first, and of one millisecond by id, as in `rides list`.
 *
 * @param {Ride} ride
 * @param {Ride} other
 */
function isBefore(ride, other) {
  return ride.time > other.time ||
    (ride.time === other.time && ride.id < other.id);
}

/** @param {Ride} ride */
function drop(ride) {
  ids.delete(ride.id);
  doubted.delete(ride.id);
  if (chosen === ride) {
    chosen = null;
  }
}

/**
 * @param {RecordedRide} recorded
 * @param {number} seen
 * @returns {Ride}
 */
function read(recorded, seen) {
  const { Latitude: latitude, Longitude: longitude } = recorded.PickupLocation ?? {};
  const pickup = typeof latitude === "number" && typeof longitude === "number"
    ? { latitude, longitude }
    : null;
  const isOnEarth = pickup && Math.abs(pickup.latitude) <= 90 &&
    Math.abs(pickup.longitude) <= 180;
  return {
    id: recorded.RideId,
    rider: recorded.User || "Somebody",
    unicorn: recorded.Unicorn?.Name || "a unicorn",
    color: recorded.Unicorn?.Color ?? "",
    time: recorded.RequestTime ?? "",
    pickup,
    point: isOnEarth ? project(pickup) : null,
    seen,
  };
}
