/** What is on the map: the rides, the pin at the pickup, and the cross in the middle for the keyboard. */

import { canvas, colors, disc, mayMove, repaint, stamp, write } from "./canvas.js";
import { coat } from "./flight.js";
import { pickup } from "./pickup.js";
import { project } from "./projection.js";
import { chosen, rides } from "./rides.js";
import { initial, shortened, visible } from "./text.js";
import { middle, toScreen, view } from "./view.js";

/** @typedef {import("./rides.js").Ride} Ride */

const PIN = new Path2D("M0 0c-4-13-12-17-12-25a12 12 0 0 1 24 0c0 8-8 12-12 25z");
const PIN_HOLE = disc(4.5);
const CROSS = new Path2D("M5 0h9M-5 0h-9M0 5v9M0-5v-9");
const RADIUS = 7.5; // of a ride
const DOT = disc(RADIUS);
const SIZE = 18; // pixels that the picture of a ride is wide and high
const CHOSEN = 1.5; // how much larger the ride is that was chosen
const SHARP = 3; // pixels of a picture in each pixel of the page
const LABEL = 26; // pixels from the middle of a ride down to its label
const HALF = 10; // pixels from the middle of a label up and down to its edges
const LETTER = 7.5; // pixels that a letter of a label is wide, about
const INITIAL = "#2b1a55"; // can be read on every coat
const PULSE = 1200; // milliseconds that a ring spreads from a new ride
const LONGEST_NAME = 22; // characters: a label has two, and fits on a telephone

/** The pictures of rides, by what is on them. @type {Map<string, HTMLCanvasElement>} */
const badges = new Map();

/**
 * Paints the rides: newer ones on older ones, and the one that was chosen on top.
 *
 * @param {CanvasRenderingContext2D} ink
 * @param {number} now
 */
export function paintRides(ink, now) {
  for (const ride of rides.toReversed()) {
    if (ride !== chosen) {
      paintRide(ink, ride, now);
    }
  }
  if (chosen) {
    paintRide(ink, chosen, now);
  }
}

/**
 * Returns where the rides are on the map.
 *
 * @returns {import("./room.js").Box[]}
 */
export function rideBoxes() {
  return rides.flatMap((ride) => {
    if (!ride.point) {
      return [];
    }
    const { x, y } = toScreen(ride.point);
    const isSeen = x > 0 && y > 0 && x < view.width && y < view.height;
    return isSeen ? { left: x - RADIUS, right: x + RADIUS, top: y - RADIUS, bottom: y + RADIUS } : [];
  });
}

/**
 * Returns where the label of the chosen ride is, if there is one. It hides all that is below it.
 *
 * @returns {import("./room.js").Box[]}
 */
export function labelBoxes() {
  if (!chosen?.point) {
    return [];
  }
  const { x, y } = toScreen(chosen.point);
  const across = (LETTER * labelOf(chosen).length) / 2;
  return [{ left: x - across, right: x + across, top: y + LABEL - HALF, bottom: y + LABEL + HALF }];
}

/** Paints the pin. */
export function paintPickup() {
  if (pickup) {
    const { x, y } = toScreen(project(pickup));
    stamp(PIN, { x, y }, { fill: colors.pin, line: "#ffffff" });
    stamp(PIN_HOLE, { x, y: y - 25 }, { fill: "#ffffff" });
  }
}

/** Paints the cross that says where Enter sets the pickup. */
export function paintCross() {
  if (canvas.matches(":focus-visible")) {
    stamp(CROSS, middle(), { line: colors.text });
  }
}

/**
 * Paints a ride, with a ring that spreads if it is new, and with its names if it was chosen.
 *
 * @param {CanvasRenderingContext2D} ink
 * @param {Ride} ride
 * @param {number} now
 */
function paintRide(ink, ride, now) {
  if (!ride.point) {
    return;
  }
  const { x, y } = toScreen(ride.point);
  const age = Math.max(0, (now - ride.seen) / PULSE);
  if (age < 1 && mayMove()) {
    stamp(disc(RADIUS + 22 * age), { x, y }, { line: colors.accent, alpha: 1 - age });
    repaint();
  }
  const isSeen = x > -SIZE && y > -SIZE && x < view.width + SIZE && y < view.height + SIZE;
  if (isSeen) {
    const size = ride === chosen ? CHOSEN * SIZE : SIZE;
    ink.drawImage(badgeOf(ride), x - size / 2, y - size / 2, size, size);
    if (ride === chosen) {
      write(labelOf(ride), { x, y: y + LABEL });
    }
  }
}

/**
 * Returns the picture of a ride: a disc in the colour of its unicorn's coat, with the initial of its name. Pictures are
 * kept, because there can be hundreds of rides on the map.
 *
 * @param {Ride} ride
 * @returns {HTMLCanvasElement}
 */
function badgeOf(ride) {
  const letter = initial(ride.unicorn);
  const key = [letter, coat(ride.color), colors.accent].join(" ");
  const badge = badges.get(key) ?? makeBadge(letter, coat(ride.color));
  badges.set(key, badge);
  return badge;
}

/**
 * @param {string} letter
 * @param {string} fill
 */
function makeBadge(letter, fill) {
  const badge = document.createElement("canvas");
  badge.width = badge.height = SIZE * SHARP;
  const ink = /** @type {CanvasRenderingContext2D} */ (badge.getContext("2d"));
  ink.scale(SHARP, SHARP);
  ink.translate(SIZE / 2, SIZE / 2);
  ink.fillStyle = fill;
  ink.fill(DOT);
  ink.strokeStyle = colors.accent;
  ink.lineWidth = 1.5;
  ink.stroke(DOT);
  ink.font = "700 9px system-ui, sans-serif";
  ink.textAlign = "center";
  ink.textBaseline = "middle";
  ink.fillStyle = INITIAL;
  ink.fillText(letter, 0, 0.5);
  return badge;
}

/** @param {Ride} ride */
function labelOf(ride) {
  const rider = visible(shortened(ride.rider, LONGEST_NAME));
  const unicorn = visible(shortened(ride.unicorn, LONGEST_NAME));
  return `${rider} · ${unicorn}`;
}
