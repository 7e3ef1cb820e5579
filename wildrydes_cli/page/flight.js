/** A unicorn flies to its rider, on a rainbow. */

import { disc, mayMove, repaint, stamp, write } from "./canvas.js";
import { find } from "./dom.js";
import { project } from "./projection.js";
import { shortened, visible } from "./text.js";
import { toScreen, view } from "./view.js";

/**
 * @typedef {import("./projection.js").Location} Location
 * @typedef {import("./projection.js").Point} Point
 * @typedef {(part: number) => Point} Way
 * @typedef {{name: string, color: string}} Unicorn
 */

/** @type {Record<string, string>} */
const COATS = { White: "#ffffff", Yellow: "#ffd84d" };
const OTHER_COAT = "#c9c9c9";
const RAINBOW = ["#ff5f6d", "#ffb347", "#ffe66d", "#5fd38d", "#4aa8ff", "#a06bff"];
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
const STAY = 2500; // milliseconds that it stands at the pickup
const BEND = 90; // pixels that the way bends upwards
const BELOW = 40; // pixels from the middle of the unicorn down to its name
const ABOVE = BELOW; // pixels that the unicorn stops above its pickup: its name is where the ride is
const TAIL = 0.35; // of the way that the rainbow covers
const LONGEST_NAME = 30; // characters

/**
 * @typedef {object} Flight
 * @property {Unicorn} unicorn
 * @property {Point} from - On the canvas.
 * @property {Point} to - In the world.
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
 * Lets a unicorn fly in. It stays for a moment, and then goes.
 *
 * @param {Unicorn} unicorn
 * @param {Location} pickup
 * @param {() => void} onLanding - Called when it has arrived.
 */
export function fly(unicorn, pickup, onLanding) {
  const to = project(pickup);
  // It comes from the side that is farther away.
  const side = toScreen(to).x < view.width / 2 ? view.width + 60 : -60;
  const from = { x: side, y: view.height * 0.15 };
  land(); // one that is still under way
  flight = { unicorn, from, to, start: performance.now(), hasLanded: false, onLanding };
  repaint();
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
  paintUnicorn({ x, y: y + trot }, flight.unicorn, to.x < flight.from.x);
  if (time === 1) {
    land();
  }
}

function land() {
  const landed = flight;
  if (landed && !landed.hasLanded) {
    landed.hasLanded = true;
    landed.onLanding();
    setTimeout(() => leave(landed), STAY);
  }
}

/** @param {Flight} landed */
function leave(landed) {
  if (flight === landed) {
    flight = null;
    repaint();
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
 * @param {Unicorn} unicorn
 * @param {boolean} isMirrored
 */
function paintUnicorn({ x, y }, { name, color }, isMirrored) {
  const look = { scale: 0.8, isMirrored };
  stamp(MEDAL, { x, y }, { fill: PURPLE, line: "#ffffff", width: 2.5 });
  stamp(HEAD, { x, y }, { fill: coat(color), ...look });
  stamp(HORN, { x, y }, { fill: GOLD, ...look });
  stamp(EYE, { x: x + (isMirrored ? -7.2 : 7.2), y }, { fill: NIGHT });
  write(visible(shortened(name, LONGEST_NAME)), { x, y: y + BELOW });
}
