/** Which part of the world the canvas shows. */

import { project } from "./projection.js";

/**
 * @typedef {import("./projection.js").Point} Point
 * @typedef {import("./projection.js").Location} Location
 */

const TILE = 256; // the world's width in pixels at zoom 0, as on every web map
const CLOSEST = 13;
const MARGIN = 80; // pixels around the rides when all are shown

/** Seattle, where the tutorial is. */
export const HOME = { latitude: 47.61, longitude: -122.4 };
export const HOME_ZOOM = 11;

/**
 * The point of the world in the middle of the canvas, how close it is (one more is twice as large), and the
 * size of the canvas in CSS pixels.
 */
export const view = { x: 0, y: 0, zoom: 0, width: 0, height: 0 };

let listener = () => {};

/**
 * Says who wants to know of changes.
 *
 * @param {() => void} onChange - Called after each change of the view.
 */
export function watchView(onChange) {
  listener = onChange;
}

/**
 * Takes the size of the canvas. What is in its middle stays there.
 *
 * @param {number} width
 * @param {number} height
 */
export function resize(width, height) {
  Object.assign(view, { width, height });
  moveTo();
}

/**
 * Returns the world's width in pixels.
 *
 * @returns {number}
 */
export function scale() {
  return TILE * 2 ** view.zoom;
}

/**
 * Returns the middle of the canvas.
 *
 * @returns {Point}
 */
export function middle() {
  return { x: view.width / 2, y: view.height / 2 };
}

/**
 * Returns where on the canvas a point of the world is: of its copies, the one nearest to the middle.
 *
 * @param {Point} point
 * @returns {Point}
 */
export function toScreen({ x, y }) {
  const center = middle();
  return {
    x: (nearest(x) - view.x) * scale() + center.x,
    y: (y - view.y) * scale() + center.y,
  };
}

/**
 * Returns which point of the world is at a point of the canvas.
 *
 * @param {Point} point
 * @returns {Point}
 */
export function toWorld({ x, y }) {
  const center = middle();
  return {
    x: view.x + (x - center.x) / scale(),
    y: view.y + (y - center.y) / scale(),
  };
}

/**
 * Whether a point of the world can be seen, with some room around it.
 *
 * @param {Point} point
 * @returns {boolean}
 */
export function isShown(point) {
  const { x, y } = toScreen(point);
  return x > 30 && x < view.width - 30 && y > 70 && y < view.height - 20;
}

/**
 * Changes the view, within its limits.
 *
 * @param {{x?: number, y?: number, zoom?: number}} [change]
 */
export function moveTo(change = {}) {
  Object.assign(view, change);
  // The world is never lower than the canvas, and never shown more than twice.
  const farthest = Math.log2(Math.max(view.height, view.width / 2, 200) / TILE);
  view.zoom = Math.max(farthest, Math.min(CLOSEST, view.zoom));
  const half = view.height / 2 / scale();
  view.y = Math.max(half, Math.min(1 - half, view.y));
  view.x -= Math.floor(view.x);
  listener();
}

/**
 * Moves the map by so many pixels.
 *
 * @param {number} right
 * @param {number} down
 */
export function panBy(right, down) {
  moveTo({ x: view.x - right / scale(), y: view.y - down / scale() });
}

/**
 * Zooms. What is at a point of the canvas stays there.
 *
 * @param {number} steps - One more is twice as large.
 * @param {Point} [point]
 */
export function zoomBy(steps, point = middle()) {
  const before = toWorld(point);
  moveTo({ zoom: view.zoom + steps });
  const after = toWorld(point);
  moveTo({ x: view.x + before.x - after.x, y: view.y + before.y - after.y });
}

/**
 * Shows a location in the middle.
 *
 * @param {Location} location
 * @param {number} [zoom]
 */
export function lookAt(location, zoom = view.zoom) {
  moveTo({ ...project(location), zoom });
}

/**
 * Shows all of these points of the world.
 *
 * @param {Point[]} points - At least one.
 */
export function showAll(points) {
  const across = points.map((point) => nearest(point.x));
  const down = points.map((point) => point.y);
  const [left, right] = [Math.min(...across), Math.max(...across)];
  const [top, bottom] = [Math.min(...down), Math.max(...down)];
  const least = 1e-9; // for a single ride: not divided by zero
  const fit = Math.min(
    (view.width - 2 * MARGIN) / (right - left || least),
    (view.height - 2 * MARGIN) / (bottom - top || least),
  );
  const zoom = Math.min(Math.log2(Math.max(fit, 1) / TILE), CLOSEST - 2);
  moveTo({ x: (left + right) / 2, y: (top + bottom) / 2, zoom });
}

/**
 * Of the copies of a point, returns the x of the one nearest to the middle of the view.
 *
 * @param {number} x
 * @returns {number}
 */
function nearest(x) {
  return x - Math.round(x - view.x);
}
