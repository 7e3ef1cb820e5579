/** What moves and zooms the map, and sets the pickup on it: pointer, wheel, keys and buttons. */

import { canvas, repaint } from "./canvas.js";
import { find } from "./dom.js";
import { setPickup, setPickupInMiddle } from "./pickup.js";
import { HOME, HOME_ZOOM, lookAt, panBy, zoomBy } from "./view.js";

/** @typedef {import("./projection.js").Point} Point */

const STILL = 5; // pixels that a click may move
const PAN = 60; // pixels for a key
const ZOOM = 0.5; // steps for a key
const world = find("world", HTMLElement);

/** What each key does. @type {Record<string, () => void>} */
const KEYS = {
  ArrowLeft: () => panBy(PAN, 0),
  ArrowRight: () => panBy(-PAN, 0),
  ArrowUp: () => panBy(0, PAN),
  ArrowDown: () => panBy(0, -PAN),
  "+": () => zoomBy(ZOOM),
  "=": () => zoomBy(ZOOM), // plus without Shift
  "-": () => zoomBy(-ZOOM),
  Home: () => lookAt(HOME, HOME_ZOOM),
  Enter: setPickupInMiddle,
  " ": setPickupInMiddle,
};

/** The pointers that are down: where each was last, by its id. @type {Map<number, Point>} */
const pointers = new Map();
let moved = 0; // pixels since the first of them came down
let isUsed = false;

/** Listens to the map and its buttons. */
export function watchControls() {
  canvas.addEventListener("pointerdown", pointerdown);
  canvas.addEventListener("pointermove", pointermove);
  canvas.addEventListener("pointerup", pointerup);
  canvas.addEventListener("pointercancel", pointercancel);
  canvas.addEventListener("wheel", wheel, { passive: false });
  canvas.addEventListener("keydown", keydown);
  canvas.addEventListener("focus", repaint); // with the focus comes the cross
  canvas.addEventListener("blur", repaint);
  find("closer", HTMLButtonElement).addEventListener("click", () => zoomBy(1));
  find("farther", HTMLButtonElement).addEventListener("click", () => zoomBy(-1));
  for (const kind of ["pointerdown", "wheel", "keydown"]) {
    world.addEventListener(kind, () => isUsed = true, { once: true, passive: true });
  }
}

/** Whether somebody has begun to use the map. */
export function isMapUsed() {
  return isUsed;
}

/** @param {PointerEvent} event */
function pointerdown(event) {
  if (event.button) {
    return;
  }
  canvas.setPointerCapture(event.pointerId);
  if (!pointers.size) {
    moved = 0;
  }
  pointers.set(event.pointerId, pointOf(event));
}

/**
 * One pointer moves the map, and two zoom it.
 *
 * @param {PointerEvent} event
 */
function pointermove(event) {
  const before = pointers.get(event.pointerId);
  if (!before) {
    return;
  }
  const now = pointOf(event);
  const right = now.x - before.x;
  const down = now.y - before.y;
  pointers.set(event.pointerId, now);
  moved += Math.hypot(right, down);
  const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
  if (other) {
    moved += STILL + 1; // two fingers are never a click
    const between = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    zoomBy(Math.log2(distance(now, other) / distance(before, other)), between);
  }
  if (moved > STILL) {
    panBy(right / pointers.size, down / pointers.size);
    canvas.classList.add("dragged");
  }
}

/** @param {PointerEvent} event */
function pointerup(event) {
  const isLast = pointers.delete(event.pointerId) && !pointers.size;
  if (isLast && moved <= STILL) {
    setPickup(pointOf(event));
  }
  canvas.classList.remove("dragged");
}

/** @param {PointerEvent} event */
function pointercancel(event) {
  pointers.delete(event.pointerId);
  canvas.classList.remove("dragged");
}

/** @param {WheelEvent} event */
function wheel(event) {
  event.preventDefault();
  const steps = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 0.003 : 0.05;
  zoomBy(-event.deltaY * steps, pointOf(event));
}

/** @param {KeyboardEvent} event */
function keydown(event) {
  const isShortcut = event.ctrlKey || event.metaKey || event.altKey;
  if (!isShortcut && Object.hasOwn(KEYS, event.key)) {
    event.preventDefault();
    KEYS[event.key]();
  }
}

/**
 * @param {MouseEvent} event
 * @returns {Point}
 */
function pointOf(event) {
  return { x: event.offsetX, y: event.offsetY };
}

/**
 * @param {Point} one
 * @param {Point} other
 */
function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y) || 1;
}
