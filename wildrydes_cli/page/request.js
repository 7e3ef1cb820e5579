/** The request for a ride. */

import { find } from "./dom.js";
import { fly } from "./flight.js";
import { showNewest } from "./list.js";
import { complain, say } from "./log.js";
import { clearPickup, pickup, showWhatIsMissing, watchPickup } from "./pickup.js";
import { expectRide, holdPolling, poll } from "./polling.js";
import { project } from "./projection.js";
import { Refusal } from "./server.js";
import { goToSignIn, mustSignIn, sendRide } from "./signin.js";
import { nameElement } from "./text.js";
import { isShown, lookAt } from "./view.js";

/**
 * @typedef {import("./projection.js").Location} Location
 * @typedef {object} Dispatched - What the handler answers.
 * @property {string} RideId
 * @property {{Name: string, Color: string, Gender: string}} Unicorn
 * @property {string} Rider
 */

const form = find("form", HTMLFormElement);
const button = find("request", HTMLButtonElement);
const DOUBLE_CLICK = 1000; // milliseconds in which a second click is a mistake
/** @type {Record<string, string>} */
const PRONOUNS = { Female: "her", Male: "his" };

let isUnderWay = false;
/** The pickup to which a unicorn is on its way. @type {Location | null} */
let awaited = null;

/** Lets the form request rides. */
export function watchForm() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // Enter in a field comes here, too, also while a request is under way.
    if (mustSignIn()) {
      goToSignIn();
    } else if (!pickup) {
      showWhatIsMissing();
    } else if (!isWaiting()) {
      requestRide(pickup);
    }
  });
  watchPickup(updateButton);
  updateButton();
}

/** @param {Location} location */
async function requestRide(location) {
  setUnderWay(true);
  holdPolling(true);
  const ride = await sendRequest(location);
  holdPolling(false);
  setTimeout(() => setUnderWay(false), DOUBLE_CLICK);
  if (ride) {
    welcome(ride, location);
  }
  poll();
}

/**
 * Returns what the server answers, or null if that is no ride.
 *
 * @param {Location} location
 * @returns {Promise<Dispatched | null>}
 */
async function sendRequest(location) {
  try {
    return await sendRide({ PickupLocation: pickupOf(location) });
  } catch (error) {
    complain(explain(error));
    return null;
  }
}

/**
 * @param {Dispatched} ride
 * @param {Location} location
 */
function welcome({ RideId, Rider, Unicorn }, location) {
  expectRide({ RideId, User: Rider, Unicorn, PickupLocation: pickupOf(location) });
  if (!isShown(project(location))) {
    lookAt(location);
  }
  awaited = location;
  const { Name: name, Color: color, Gender: gender } = Unicorn;
  const pronoun = PRONOUNS[gender] ?? "its";
  say(nameElement(name), `, your ${color.toLowerCase()} unicorn, is on ${pronoun} way.`);
  fly({ name, color }, location, () => {
    say(nameElement(name), " has arrived. Giddy up!");
    clearPickup(location);
  });
  showNewest();
}

/** @param {Location} location */
function pickupOf({ latitude, longitude }) {
  return { Latitude: latitude, Longitude: longitude };
}

/** @param {unknown} error */
function explain(error) {
  if (error instanceof Refusal) {
    return error.message;
  }
  return "No answer came. The ride may be recorded all the same: look at the list before you ask again.";
}

/** @param {boolean} value */
function setUnderWay(value) {
  isUnderWay = value;
  updateButton();
}

/**
 * Brings the button in line with what can be requested. A disabled button would lose the focus, so it only says
 * that it is.
 */
export function updateButton() {
  button.textContent = mustSignIn() ? "Sign in to request" : nextStep();
  button.ariaDisabled = String(!mustSignIn() && (!pickup || isWaiting()));
}

/** Whether a ride to this pickup was requested just now. */
function isWaiting() {
  return isUnderWay || (pickup !== null && pickup === awaited);
}

function nextStep() {
  return pickup || isUnderWay ? "Request Unicorn" : "Set your pickup on the map";
}
