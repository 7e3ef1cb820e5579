/** The canvas: when it is painted, in which colours, and the shapes that everything on it is made of. */

import { find } from "./dom.js";
import { resize, view } from "./view.js";

/**
 * @typedef {import("./projection.js").Point} Point
 * @typedef {(ink: CanvasRenderingContext2D, now: number) => void} Painter
 */

export const canvas = find("map", HTMLCanvasElement);
const ink = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
const darkMode = matchMedia("(prefers-color-scheme: dark)");
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

const LABEL = 20; // pixels that a label is high
const PADDING = 8; // pixels between the text of a label and its ends

/** The colours of style.css that the canvas uses, too. */
const NAMES = [
  ...["water", "land", "urban", "coast", "state", "border"],
  ...["place", "quiet-place", "lake", "country", "halo", "panel", "text", "accent", "pin"],
];

/** The colours, by their names. @type {Record<string, string>} */
export const colors = {};

/** @type {Painter[]} */
let painters = [];
let isScheduled = false;

/**
 * Says what is on the canvas.
 *
 * @param {Painter[]} layers - What paints it, the lowest layer first. Each may call `repaint` if it moves.
 */
export function paintWith(layers) {
  painters = layers;
  new ResizeObserver(measure).observe(canvas);
  darkMode.addEventListener("change", readColors);
  measure();
  readColors();
}

/** Paints the canvas with the next frame. */
export function repaint() {
  if (!isScheduled) {
    requestAnimationFrame(paint);
  }
  isScheduled = true;
}

/**
 * Whether things may move by themselves.
 *
 * @returns {boolean}
 */
export function mayMove() {
  return !reducedMotion.matches;
}

/**
 * Returns a disc around the origin.
 *
 * @param {number} radius
 * @returns {Path2D}
 */
export function disc(radius) {
  const path = new Path2D();
  path.arc(0, 0, radius, 0, 2 * Math.PI);
  return path;
}

/**
 * Paints a shape at a point of the canvas.
 *
 * @param {Path2D} shape - Around the origin.
 * @param {Point} point
 * @param {object} look
 * @param {string} [look.fill] - A colour.
 * @param {string} [look.line] - A colour.
 * @param {number} [look.width] - Of the line.
 * @param {number} [look.scale]
 * @param {boolean} [look.isMirrored] - Left is right.
 * @param {number} [look.alpha]
 */
export function stamp(
  shape,
  { x, y },
  { fill, line, width = 2, scale = 1, isMirrored = false, alpha = 1 },
) {
  ink.save();
  ink.translate(x, y);
  ink.scale(isMirrored ? -scale : scale, scale);
  ink.globalAlpha = alpha;
  if (fill) {
    ink.fillStyle = fill;
    ink.fill(shape);
  }
  if (line) {
    ink.strokeStyle = line;
    ink.lineWidth = width;
    ink.stroke(shape);
  }
  ink.restore();
}

/**
 * Writes at a point of the canvas, on a label, so that it can be read wherever it is. Near the edge, the label is moved
 * so that it is not cut.
 *
 * @param {string} text
 * @param {Point} point - The middle of the label.
 */
export function write(text, { x, y }) {
  ink.save();
  ink.font = "500 13px system-ui, sans-serif";
  ink.textAlign = "center";
  ink.textBaseline = "middle";
  const half = ink.measureText(text).width / 2 + PADDING;
  const middle = Math.max(half, Math.min(view.width - half, x));
  ink.shadowColor = "#0006";
  ink.shadowBlur = 4;
  ink.fillStyle = colors.panel;
  ink.beginPath();
  ink.roundRect(middle - half, y - LABEL / 2, 2 * half, LABEL, LABEL / 2);
  ink.fill();
  ink.shadowColor = "transparent";
  ink.fillStyle = colors.text;
  ink.fillText(text, middle, y);
  ink.restore();
}

function measure() {
  resize(canvas.clientWidth, canvas.clientHeight);
}

function readColors() {
  const style = getComputedStyle(document.documentElement);
  for (const name of NAMES) {
    colors[name] = style.getPropertyValue(`--${name}`).trim();
  }
  repaint();
}

/** @param {number} now */
function paint(now) {
  isScheduled = false;
  const width = Math.round(view.width * devicePixelRatio);
  const height = Math.round(view.height * devicePixelRatio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  ink.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  for (const painter of painters) {
    painter(ink, now);
  }
}
