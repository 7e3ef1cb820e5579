/** What moves and zooms the map, and sets the pickup on it: pointer, wheel, keys and buttons. */

import { canvas, repaint } from "./canvas.js";
import { setPickup, setPickupInMiddle } from "./pickup.js";
import { rides } from "./rides.js";
import { HOME, HOME_ZOOM, lookAt, moveTo, panBy, showAll, zoomBy } from "./view.js";

const STILL = 5; // pixels that a click may move
const PAN = 60; // pixels for a key
const ZOOM = 0.5; // steps for a key

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

/** The pointers that are down: where each was last, by its id. */
const pointers = new Map();
let moved = 0; // pixels since the first of them came down

/** Listens to the map and its buttons. */
export function watchControls() {
  const handlers = {
    pointerdown,
    pointermove,
    pointerup,
    pointercancel,
    wheel,
    keydown,
    focus: repaint, // with the focus comes the cross
    blur: repaint,
  };
  for (const [kind, handler] of Object.entries(handlers)) {
    canvas.addEventListener(kind, handler, { passive: false });
  }
  const buttons = { closer: () => zoomBy(1), farther: () => zoomBy(-1), everything: showRides };
  for (const [id, act] of Object.entries(buttons)) {
    document.getElementById(id).addEventListener("click", act);
  }
  new ResizeObserver(() => moveTo()).observe(canvas);
}

function showRides() {
  showAll(rides.filter((ride) => ride.point).map((ride) => ride.point));
}

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

/** One pointer moves the map, and two zoom it. */
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

function pointerup(event) {
  const isLast = pointers.delete(event.pointerId) && !pointers.size;
  if (isLast && moved <= STILL) {
    setPickup(pointOf(event));
  }
  canvas.classList.remove("dragged");
}

function pointercancel(event) {
  pointers.delete(event.pointerId);
  canvas.classList.remove("dragged");
}

function wheel(event) {
  event.preventDefault();
  const steps = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 0.003 : 0.05;
  zoomBy(-event.deltaY * steps, pointOf(event));
}

function keydown(event) {
  const isShortcut = event.ctrlKey || event.metaKey || event.altKey;
  if (!isShortcut && Object.hasOwn(KEYS, event.key)) {
    event.preventDefault();
    KEYS[event.key]();
  }
}

function pointOf(event) {
  return { x: event.offsetX, y: event.offsetY };
}

function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y) || 1;
}
