/** Asks the server for rides: for the newest at first, and then again and again for what is new. */

import { repaint } from "./canvas.js";
import { find } from "./dom.js";
import { updateList } from "./list.js";
import { complain, say } from "./log.js";
import { pickup } from "./pickup.js";
import { addRides, forgetRides, newestTime, ridePoints, setLimit } from "./rides.js";
import { ask, Refusal } from "./server.js";
import { nameElement, visible } from "./text.js";
import { isShown, showAll } from "./view.js";

/**
 * @typedef {import("./rides.js").Ride} Ride
 * @typedef {import("./rides.js").RecordedRide} RecordedRide
 */

const INTERVAL = 1500; // milliseconds: a ride is shown within two seconds, with time for the answer
const GRACE = 60_000; // a ride may appear this long after its request time
const MOST_SENTENCES = 5; // about rides that came at once
const NO_ANSWER = "The server does not answer. Trying again…";
const rider = find("rider", HTMLElement);

/** Rides that were requested here: the log says so already. @type {Set<string>} */
const ours = new Set();

/**
 * What a server says of itself that lists rides. `Rider` is missing where riders sign in.
 *
 * @typedef {{Store: string, Limit: number, Rider?: string}} ServerSettings
 */

/** What the server last said of itself, or null where no server lists rides. @type {ServerSettings | null} */
let settings = null;
let areSettingsSure = false;
let isFirst = true;
let isAsking = false;
let isHeld = false;
let trouble = ""; // what the log last said is wrong

/**
 * Asks now, and from now on.
 *
 * @param {ServerSettings} found
 */
export function startPolling(found) {
  setSettings(found);
  poll();
  setInterval(poll, INTERVAL);
  document.addEventListener("visibilitychange", poll);
}

/**
 * Stops asking, or goes on. While a request for a ride is under way, its ride must not appear as somebody
 * else's.
 *
 * @param {boolean} hold
 */
export function holdPolling(hold) {
  isHeld = hold;
}

/**
 * Says that a ride was requested here. Where no server lists rides, the ride is added to the list at once.
 *
 * @param {Omit<RecordedRide, "RequestTime">} ride
 */
export function expectRide(ride) {
  ours.add(ride.RideId);
  if (!settings) {
    receive([{ ...ride, RequestTime: new Date().toISOString() }]);
  }
}

/** Asks for rides, unless nobody looks or the last answer is still to come. */
export async function poll() {
  if (!settings || isAsking || isHeld || document.hidden) {
    return;
  }
  isAsking = true;
  const found = await askRides();
  isAsking = false;
  if (found) {
    receive(found);
  }
}

/**
 * Returns the rides that the server has, or null if it does not say.
 *
 * @returns {Promise<RecordedRide[] | null>}
 */
async function askRides() {
  try {
    if (!areSettingsSure) {
      await askSettings();
    }
    const found = await ask(path());
    if (trouble) {
      say("The server answers again.");
    }
    trouble = "";
    return found;
  } catch (error) {
    fail(error);
    return null;
  }
}

/** A server that went away may come back with another store. */
async function askSettings() {
  setSettings(await ask("/config.json"));
}

/** @param {ServerSettings} found */
function setSettings(found) {
  if (settings && settings.Store !== found.Store) {
    forgetRides();
    updateList();
    repaint();
    isFirst = true;
  }
  settings = found;
  areSettingsSure = true;
  setLimit(found.Limit);
  if (found.Rider) {
    rider.textContent = visible(found.Rider);
  }
  rider.title = visible(found.Store);
}

function path() {
  const newest = newestTime();
  if (newest === null) {
    return "/rides";
  }
  // Where a clock is ahead, rides that others request in the meantime are wanted, too.
  const since = Math.max(0, Math.min(newest, Date.now()) - GRACE);
  return `/rides?since=${new Date(since).toISOString()}`;
}

/** @param {RecordedRide[]} found */
function receive(found) {
  const added = addRides(found, isFirst ? -Infinity : performance.now());
  if (added.length || isFirst) {
    updateList();
    repaint();
  }
  if (isFirst) {
    showSomeRides();
  } else {
    tell(added.filter((ride) => !ours.delete(ride.id)));
  }
  isFirst = false;
}

/** If no ride can be seen, shows all, unless somebody has begun to use the map. */
function showSomeRides() {
  const points = ridePoints();
  if (points.length && !pickup && !points.some(isShown)) {
    showAll(points);
  }
}

/** @param {Ride[]} added */
function tell(added) {
  if (added.length > MOST_SENTENCES) {
    say(`${added.length} new rides.`);
    return;
  }
  for (const ride of added) {
    say(
      nameElement(ride.rider),
      " rides with ",
      nameElement(ride.unicorn),
      ".",
    );
  }
}

/** @param {unknown} error */
function fail(error) {
  const sentence = error instanceof Refusal ? `${error.message} Trying again…` : NO_ANSWER;
  areSettingsSure = false;
  if (sentence !== trouble) {
    complain(sentence);
  }
  trouble = sentence;
}
