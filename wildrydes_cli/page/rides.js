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

/** The rides, newest first. @type {Ride[]} */
export const rides = [];

/** The ride that was chosen in the list. @type {Ride | null} */
export let chosen = null;

/** How many rides the server sends at most. The page keeps no more, or it would grow from day to day. */
export let limit = 500;

const ids = new Set();

/**
 * Adds the rides that are new.
 *
 * @param {object[]} found - As the server sends them, newest first. Any of their values can be null.
 * @param {number} seen - When they came.
 * @returns {Ride[]} The new ones that are kept, oldest first.
 */
export function addRides(found, seen) {
  const added = found.toReversed().map((recorded) => add(recorded, seen));
  return added.filter((ride) => ride && ids.has(ride.id));
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

function add(recorded, seen) {
  if (ids.has(recorded.RideId)) {
    return null;
  }
  const ride = read(recorded, seen);
  const older = rides.findIndex((other) => other.time <= ride.time);
  const index = older < 0 ? rides.length : older;
  if (index >= limit) {
    return null;
  }
  rides.splice(index, 0, ride);
  ids.add(ride.id);
  if (rides.length > limit) {
    drop(rides.pop());
  }
  return ride;
}

function drop(ride) {
  ids.delete(ride.id);
  if (chosen === ride) {
    chosen = null;
  }
}

function read(recorded, seen) {
  const { Latitude: latitude, Longitude: longitude } = recorded.PickupLocation ?? {};
  const pickup = Number.isFinite(latitude) && Number.isFinite(longitude) ? { latitude, longitude } : null;
  const isOnEarth = pickup && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
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
