/** Asks the server for rides: for what is new again and again, and now and then for all. */

import { repaint } from "./canvas.js";
import { isMapUsed } from "./controls.js";
import { find } from "./dom.js";
import { updateList } from "./list.js";
import { complain, say } from "./log.js";
import { pickup } from "./pickup.js";
import { addRides, hasLost, keepOnly, ridePoints, rides, setLimit, sinceWhen } from "./rides.js";
import { ask, Refusal } from "./server.js";
import { nameElement, visible } from "./text.js";
import { showAll } from "./view.js";

/**
 * @typedef {import("./rides.js").Ride} Ride
 * @typedef {import("./rides.js").RecordedRide} RecordedRide
 *
 * What a server says of itself that lists rides. `Rider` is missing where riders sign in.
 * @typedef {{Store: string, Limit: number, Rider?: string}} ServerSettings
 */

const INTERVAL = 1500; // milliseconds: a ride is shown within two seconds, with time for the answer
// Milliseconds after which all rides are asked for: some come from a clock that is far behind, and some are deleted.
const WHOLE = 30_000;
const MOST_SENTENCES = 5; // about rides that came at once
const NO_ANSWER = "The server does not answer. Trying again…";
const rider = find("rider", HTMLElement);

/** Rides that were requested here: the log says so already. @type {Set<string>} */
const ours = new Set();

let isServed = false;
let isFirst = true;
let isAsking = false;
let isHeld = false;
let wholeAt = -Infinity; // when all rides were asked for
let settingsAt = -Infinity; // when the server said what it is
let trouble = ""; // what the log last said is wrong

/**
 * Asks now, and from now on.
 *
 * @param {ServerSettings} settings
 */
export function startPolling(settings) {
  isServed = true;
  takeSettings(settings);
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
  if (!isServed) {
    isFirst = false; // there is no list with which the page opens
    receive([{ ...ride, RequestTime: new Date().toISOString() }]);
  }
}

/** Asks for rides, unless nobody looks or the last answer is still to come. */
export async function poll() {
  if (!isServed || isAsking || isHeld || document.hidden) {
    return;
  }
  isAsking = true;
  const since = performance.now() - wholeAt < WHOLE ? sinceWhen(Date.now()) : null;
  const found = await askRides(since);
  isAsking = false;
  // An answer that comes while a request is under way may have its ride. The next answer has the rest.
  if (!found || isHeld) {
    return;
  }
  if (since === null) {
    wholeAt = performance.now();
    forgetOthers(found);
  }
  receive(found);
  if (since !== null && hasLost(found, since)) {
    doubt();
    poll();
  }
}

/**
 * Returns the rides that the server has, or null if it does not say.
 *
 * @param {string | null} since - A request time, or null for the newest rides of all times.
 * @returns {Promise<RecordedRide[] | null>}
 */
async function askRides(since) {
  try {
    if (since === null && performance.now() - settingsAt >= WHOLE) {
      takeSettings(await ask("/config.json"));
    }
    const found = await ask(since === null ? "/rides" : `/rides?since=${since}`);
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

/** @param {ServerSettings} settings */
function takeSettings(settings) {
  setLimit(settings.Limit);
  if (settings.Rider) {
    rider.textContent = visible(settings.Rider);
  }
  rider.title = visible(settings.Store);
  settingsAt = performance.now();
}

/** Has the next poll ask for the settings and all rides: this may be another table. */
function doubt() {
  wholeAt = settingsAt = -Infinity;
}

/**
 * Forgets the rides that are not there any more: they were deleted, or this is another table.
 *
 * @param {RecordedRide[]} found - All that are there.
 */
function forgetOthers(found) {
  const before = rides.length;
  keepOnly(found);
  if (rides.length < before) {
    updateList();
    repaint();
  }
  if (before && !rides.length) {
    say("The rides that were here are gone.");
    isFirst = true;
  }
}

/** @param {RecordedRide[]} found */
function receive(found) {
  const added = addRides(found, isFirst ? -Infinity : performance.now());
  if (added.length || isFirst) {
    updateList();
    repaint();
  }
  if (isFirst) {
    openOnRides();
  } else {
    tell(added.filter((ride) => !ours.delete(ride.id)));
  }
  isFirst = false;
}

/** Shows all rides, unless somebody has begun to use the map. */
function openOnRides() {
  const points = ridePoints();
  if (points.length && !pickup && !isMapUsed()) {
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
    say(nameElement(ride.rider), " rides with ", nameElement(ride.unicorn), ".");
  }
}

/** @param {unknown} error */
function fail(error) {
  const sentence = error instanceof Refusal ? `${error.message} Trying again…` : NO_ANSWER;
  doubt(); // a server that went away may come back with another store
  if (sentence !== trouble) {
    complain(sentence);
  }
  trouble = sentence;
}
