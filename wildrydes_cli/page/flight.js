/** A unicorn flies to its rider, on a rainbow. */

import { disc, mayMove, repaint, stamp } from "./canvas.js";
import { find } from "./dom.js";
import { project } from "./projection.js";
import { toScreen, view } from "./view.js";

/**
 * @typedef {import("./projection.js").Location} Location
 * @typedef {import("./projection.js").Point} Point
 * @typedef {(part: number) => Point} Way
 */

/** @type {Record<string, string>} */
const COATS = { White: "#ffffff", Yellow: "#ffd84d" };
const OTHER_COAT = "#c9c9c9";
const RAINBOW = [
  "#ff5f6d",
  "#ffb347",
  "#ffe66d",
  "#5fd38d",
  "#4aa8ff",
  "#a06bff",
];
const PURPLE = "#7040d8";
const GOLD = "#ffce47";
const NIGHT = "#2b1a55";

// The unicorn of the page's header.
const [HORN, HEAD] = ["horn", "head"].map((id) =>
  new Path2D(find(id, SVGPathElement).getAttribute("d") ?? "")
);
const MEDAL = disc(26);
const EYE = disc(1.8);

const DURATION = 2600; // milliseconds
const BEND = 90; // pixels that the way bends upwards
const ABOVE = 32; // pixels that the unicorn stops above its pickup
const TAIL = 0.35; // of the way that the rainbow covers

/**
 * @typedef {object} Flight
 * @property {Location} pickup - Where it goes.
 * @property {Point} from - On the canvas.
 * @property {Point} to - In the world.
 * @property {string} coat
 * @property {number} start
 * @property {boolean} hasLanded
 * @property {() => void} onLanding
 */
/** @type {Flight | null} */
let flight = null;

/**
 * Returns the colour of a unicorn on the page.
 *
 * @param {string} color - The name of its colour.
 * @returns {string}
 */
export function coat(color) {
  return Object.hasOwn(COATS, color) ? COATS[color] : OTHER_COAT;
}

/**
 * Lets a unicorn fly in.
 *
 * @param {string} color - Of the unicorn.
 * @param {Location} pickup
 * @param {() => void} onLanding - Called when it has arrived.
 */
export function fly(color, pickup, onLanding) {
  const to = project(pickup);
  // It comes from the side that is farther away.
  const side = toScreen(to).x < view.width / 2 ? view.width + 60 : -60;
  const from = { x: side, y: view.height * 0.15 };
  land(); // one that is still under way
  flight = {
    pickup,
    from,
    to,
    coat: coat(color),
    start: performance.now(),
    hasLanded: false,
    onLanding,
  };
  repaint();
}

/** Takes away a unicorn that has arrived. */
export function clearLanded() {
  if (flight?.hasLanded) {
    flight = null;
  }
}

/**
 * Whether a unicorn stands at the pickup, so that it needs no pin.
 *
 * @param {Location} pickup
 * @returns {boolean}
 */
export function standsAt(pickup) {
  return flight !== null && flight.hasLanded && flight.pickup === pickup;
}

/**
 * Paints the unicorn where it is now, and the rainbow behind it.
 *
 * @param {CanvasRenderingContext2D} _ink
 * @param {number} now
 */
export function paintFlight(_ink, now) {
  if (!flight) {
    return;
  }
  const elapsed = flight.hasLanded || !mayMove() ? 1 : (now - flight.start) / DURATION;
  const time = Math.max(0, Math.min(1, elapsed));
  const done = 1 - (1 - time) ** 3; // it slows down
  const to = toScreen(flight.to);
  const way = wayBetween(flight.from, { x: to.x, y: to.y - ABOVE });
  if (time < 1) {
    paintRainbow(way, Math.max(0, done - TAIL * (1 - time)), done);
    repaint();
  }
  const { x, y } = way(done);
  const trot = time < 1 ? 3 * Math.sin(now / 90) : 0;
  paintUnicorn({ x, y: y + trot }, flight.coat, to.x < flight.from.x);
  if (time === 1) {
    land();
  }
}

function land() {
  if (flight && !flight.hasLanded) {
    flight.hasLanded = true;
    flight.onLanding();
  }
}

/**
 * Returns the way from one point to another: it takes a number from 0 to 1 and returns a point.
 *
 * @param {Point} from
 * @param {Point} to
 * @returns {Way}
 */
function wayBetween(from, to) {
  return (part) => ({
    x: from.x + (to.x - from.x) * part,
    y: from.y + (to.y - from.y) * part - Math.sin(Math.PI * part) * BEND,
  });
}

/**
 * @param {Way} way
 * @param {number} start
 * @param {number} end
 */
function paintRainbow(way, start, end) {
  for (const [band, color] of RAINBOW.entries()) {
    const trail = new Path2D();
    for (let part = start; part <= end; part += 0.005) {
      const { x, y } = way(part);
      trail.lineTo(x, y);
    }
    stamp(trail, { x: 0, y: 3 * band - 7 }, { line: color, width: 3 });
  }
}

/**
 * @param {Point} point
 * @param {string} color
 * @param {boolean} isMirrored
 */
function paintUnicorn(point, color, isMirrored) {
  const look = { scale: 0.8, isMirrored };
  stamp(MEDAL, point, { fill: PURPLE, line: "#ffffff", width: 2.5 });
  stamp(HEAD, point, { fill: color, ...look });
  stamp(HORN, point, { fill: GOLD, ...look });
  stamp(EYE, { x: point.x + (isMirrored ? -7.2 : 7.2), y: point.y }, {
    fill: NIGHT,
  });
}
