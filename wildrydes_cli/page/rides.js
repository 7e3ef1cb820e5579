/** The rides that the page knows: the newest ones, in order. */

import { project } from "./projection.js";

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

/** Forgets all rides. */
export function forgetRides() {
  rides.length = 0;
  ids.clear();
  chosen = null;
}

/**
 * Returns the time of the newest ride that has one, in milliseconds since 1970, or null.
 *
 * @returns {number | null}
 */
export function newestTime() {
  const times = rides.map((ride) => Date.parse(ride.time)).filter((time) => time >= 0);
  return times.length ? Math.max(...times) : null;
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
