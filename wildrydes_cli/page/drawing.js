/** What is on the map: the rides, the pin at the pickup, and the cross in the middle for the keyboard. */

import { canvas, colors, disc, mayMove, repaint, stamp, write } from "./canvas.js";
import { coat, standsAt } from "./flight.js";
import { pickup } from "./pickup.js";
import { project } from "./projection.js";
import { chosen, rides } from "./rides.js";
import { shortened, visible } from "./text.js";
import { middle, toScreen, view } from "./view.js";

/** @typedef {import("./rides.js").Ride} Ride */

const PIN = new Path2D(
  "M0 0c-4-13-12-17-12-25a12 12 0 0 1 24 0c0 8-8 12-12 25z",
);
const PIN_HOLE = disc(4.5);
const CROSS = new Path2D("M5 0h9M-5 0h-9M0 5v9M0-5v-9");
const DOT = disc(5);
const LARGE_DOT = disc(8);
const PULSE = 1200; // milliseconds that a ring spreads from a new ride
const LONGEST_LABEL = 30; // characters

/**
 * Paints the rides, the one that was chosen on top.
 *
 * @param {CanvasRenderingContext2D} _ink
 * @param {number} now
 */
export function paintRides(_ink, now) {
  for (const ride of rides) {
    if (ride !== chosen) {
      paintRide(ride, now);
    }
  }
  if (chosen) {
    paintRide(chosen, now);
  }
}

/**
 * Returns where the rides are on the map.
 *
 * @returns {import("./room.js").Box[]}
 */
export function rideBoxes() {
  return rides.flatMap(({ point }) => {
    if (!point) {
      return [];
    }
    const { x, y } = toScreen(point);
    const isSeen = x > 0 && y > 0 && x < view.width && y < view.height;
    return isSeen ? { left: x - 6, right: x + 6, top: y - 6, bottom: y + 6 } : [];
  });
}

/** Paints the pin, unless a unicorn stands there. */
export function paintPickup() {
  if (pickup && !standsAt(pickup)) {
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
 * @param {Ride} ride
 * @param {number} now
 */
function paintRide(ride, now) {
  if (!ride.point) {
    return;
  }
  const point = toScreen(ride.point);
  const age = Math.max(0, (now - ride.seen) / PULSE);
  if (age < 1 && mayMove()) {
    stamp(disc(6 + 22 * age), point, { line: colors.accent, alpha: 1 - age });
    repaint();
  }
  const isChosen = ride === chosen;
  const look = {
    fill: coat(ride.color),
    line: colors.accent,
    width: isChosen ? 4 : 2,
  };
  stamp(isChosen ? LARGE_DOT : DOT, point, look);
  if (isChosen) {
    write(labelOf(ride), { x: point.x + 16, y: point.y }, "left", colors.text);
  }
}

/** @param {Ride} ride */
function labelOf(ride) {
  const rider = visible(shortened(ride.rider, LONGEST_LABEL));
  const unicorn = visible(shortened(ride.unicorn, LONGEST_LABEL));
  return `${rider} · ${unicorn}`;
}
