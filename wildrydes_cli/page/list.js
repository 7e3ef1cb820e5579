/** The list of rides. */

import { repaint } from "./canvas.js";
import { find } from "./dom.js";
import { coat } from "./flight.js";
import { choose, chosen, limit, ridePoints, rides } from "./rides.js";
import { ago, element, initial, nameElement, shortened, visible } from "./text.js";
import { lookAt, showAll, view } from "./view.js";

/** @typedef {import("./rides.js").Ride} Ride */

const CLOSE_ENOUGH = 7; // the zoom at which a ride is shown that was chosen
const LONGEST_TIME = 40; // characters: any text may be recorded as the time
const heading = find("sofar", HTMLElement);
const everything = find("everything", HTMLButtonElement);
const world = find("world", HTMLElement);
const list = find("list", HTMLElement);

/**
 * The rows of rides. A row goes when its ride goes.
 *
 * @type {WeakMap<Ride, {item: HTMLElement, button: HTMLElement, time: HTMLElement}>}
 */
const rows = new WeakMap();

/** Lets the button above the list show all rides. */
export function watchList() {
  everything.addEventListener("click", () => {
    showAll(ridePoints());
    showMap();
  });
}

/** Brings the list in line with the rides. A row that stays is not moved, or it would lose the focus. */
export function updateList() {
  const items = rides.map((ride) => (rows.get(ride) ?? makeRow(ride)).item);
  /** @type {Set<Element>} */
  const kept = new Set(items);
  [...list.children].filter((child) => !kept.has(child)).forEach((child) => child.remove());
  items.forEach((item, index) => {
    if (list.children[index] !== item) {
      list.insertBefore(item, list.children[index] ?? null);
    }
  });
  markChosen();
  heading.textContent = headline();
  everything.hidden = !ridePoints().length;
}

/** Writes how long ago each ride was, once more. */
export function updateTimes() {
  for (const ride of rides) {
    const row = rows.get(ride);
    if (row) {
      row.time.textContent = timeOf(ride);
    }
  }
}

/** Shows the newest ride, and no longer the one that was chosen. */
export function showNewest() {
  choose(null);
  markChosen();
  list.scrollTop = 0;
  repaint();
}

function headline() {
  if (!rides.length) {
    return "No rides yet";
  }
  return rides.length < limit ? `Rides so far: ${rides.length}` : `The newest ${limit} rides`;
}

/** @param {Ride} ride */
function makeRow(ride) {
  const dot = element("i", [initial(ride.unicorn)], { ariaHidden: "true" });
  dot.style.background = coat(ride.color);
  const names = element("b", [nameElement(ride.rider), " · ", nameElement(ride.unicorn)]);
  const time = element("small", [timeOf(ride)], { title: visible(shortened(ride.time, LONGEST_TIME)) });
  const place = element("span", [placeOf(ride)], { className: "quiet" });
  const button = element("button", [dot, names, time, place], { type: "button" });
  button.addEventListener("click", () => showRide(ride));
  const row = { item: element("li", [button]), button, time };
  rows.set(ride, row);
  return row;
}

/** @param {Ride} ride */
function timeOf({ time }) {
  return visible(shortened(ago(time), LONGEST_TIME));
}

/** @param {Ride} ride */
function placeOf({ pickup }) {
  if (!pickup) {
    return "no pickup";
  }
  const rounded = (/** @type {number} */ degrees) => String(Number(degrees.toFixed(4)));
  return `${rounded(pickup.latitude)}, ${rounded(pickup.longitude)}`;
}

/** @param {Ride} ride */
function showRide(ride) {
  choose(ride);
  markChosen();
  if (ride.pickup && ride.point) {
    lookAt(ride.pickup, Math.max(view.zoom, CLOSE_ENOUGH));
    showMap();
  }
  repaint();
}

/** Scrolls to the map: on a phone, it is above the list. */
function showMap() {
  world.scrollIntoView({ block: "nearest" });
}

function markChosen() {
  list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  if (chosen) {
    rows.get(chosen)?.button.setAttribute("aria-current", "true");
  }
}
