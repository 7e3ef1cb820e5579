/** The pickup: the two fields with its coordinates, and the pin on the map. */

import { canvas, repaint } from "./canvas.js";
import { find } from "./dom.js";
import { say } from "./log.js";
import { project, unproject } from "./projection.js";
import { isShown, lookAt, middle, toWorld } from "./view.js";

/** @typedef {import("./projection.js").Location} Location */

const latitude = find("lat", HTMLInputElement);
const longitude = find("lon", HTMLInputElement);
const limits = find("limits", HTMLElement);
const hint = find("hint", HTMLElement);
const DECIMALS = 5; // about a metre
const PAIR = /^\s*([+-]?\d+(?:\.\d+)?)(?:\s*,\s*|\s+)([+-]?\d+(?:\.\d+)?)\s*$/;

/** The pickup that is in the fields, or null while they have none. @type {Location | null} */
export let pickup = null;

let listener = () => {};

/**
 * Watches the fields.
 *
 * @param {() => void} onChange - Called after each change of the pickup.
 */
export function watchPickup(onChange) {
  listener = onChange;
  for (const field of [latitude, longitude]) {
    field.addEventListener("input", readFields);
    field.addEventListener("change", showPickup);
    field.addEventListener("paste", pastePickup);
    field.addEventListener("blur", () => mark(field, isWrong(field)));
  }
  // A browser fills fields again when a page is loaded again.
  if (latitude.value || longitude.value) {
    readFields();
  }
}

/**
 * Sets the pickup to a point of the canvas.
 *
 * @param {import("./projection.js").Point} point
 */
export function setPickup(point) {
  const location = unproject(toWorld(point));
  latitude.value = location.latitude.toFixed(DECIMALS);
  longitude.value = location.longitude.toFixed(DECIMALS);
  readFields();
}

/**
 * Sets the pickup to a place, and shows it.
 *
 * @param {Location} location
 */
export function showLocation(location) {
  latitude.value = String(location.latitude);
  longitude.value = String(location.longitude);
  readFields();
  showPickup();
}

/**
 * Takes a pickup away, unless it is another by now.
 *
 * @param {Location} location
 */
export function clearPickup(location) {
  if (pickup === location) {
    latitude.value = longitude.value = "";
    readFields();
  }
}

/** Leads to what is missing of a pickup: to a field with something wrong in it, or to the map. */
export function showWhatIsMissing() {
  const wrong = [latitude, longitude].find(isWrong);
  if (wrong) {
    mark(wrong, true);
  }
  (wrong ?? canvas).focus();
}

/** Sets the pickup to the middle of the map, and says where that is: for those who use the keyboard. */
export function setPickupInMiddle() {
  setPickup(middle());
  say(`The pickup is ${latitude.value}, ${longitude.value}.`);
}

/**
 * Takes both coordinates at once, as maps copy them: 47.6062, -122.3321. A field for a number would drop the comma.
 *
 * @param {ClipboardEvent} event
 */
function pastePickup(event) {
  const pair = event.clipboardData?.getData("text").match(PAIR);
  if (pair) {
    event.preventDefault();
    showLocation({ latitude: Number(pair[1]), longitude: Number(pair[2]) });
  }
}

function readFields() {
  const isValid = latitude.validity.valid && longitude.validity.valid;
  pickup = isValid ? { latitude: latitude.valueAsNumber, longitude: longitude.valueAsNumber } : null;
  for (const field of [latitude, longitude].filter((each) => !isWrong(each))) {
    mark(field, false); // a wrong one is marked when it is left: a minus alone is the beginning of a number
  }
  hint.hidden = pickup !== null;
  listener();
  repaint();
}

/**
 * @param {HTMLInputElement} field
 * @param {boolean} isInvalid
 */
function mark(field, isInvalid) {
  field.setAttribute("aria-invalid", String(isInvalid));
  limits.hidden = ![latitude, longitude].some((each) => each.ariaInvalid === "true");
}

/**
 * Whether a field has something in it that is no coordinate. An empty field is not wrong yet.
 *
 * @param {HTMLInputElement} field
 */
function isWrong(field) {
  return !field.validity.valid &&
    !(field.validity.valueMissing && !field.validity.badInput);
}

function showPickup() {
  if (pickup && !isShown(project(pickup))) {
    lookAt(pickup);
  }
}
