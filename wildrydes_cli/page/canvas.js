/** The canvas: when it is painted, in which colours, and the shapes that everything on it is made of. */

/** @typedef {import("./projection.js").Point} Point */

export const canvas = document.querySelector("canvas");
const ink = canvas.getContext("2d");
const darkMode = matchMedia("(prefers-color-scheme: dark)");
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

/** The colours of style.css that the canvas uses, too. */
export const colors = { sea: "", land: "", coast: "", place: "", text: "", accent: "", pin: "" };

/** The size of the canvas in CSS pixels. */
export const size = {
  get width() {
    return canvas.clientWidth;
  },
  get height() {
    return canvas.clientHeight;
  },
};

let painters = [];
let isScheduled = false;

/**
 * Says what is on the canvas.
 *
 * @param {Array<(ink: CanvasRenderingContext2D, now: number) => void>} layers - What paints it, the lowest
 *   layer first. Each may call `repaint` if it moves.
 */
export function paintWith(layers) {
  painters = layers;
  darkMode.addEventListener("change", readColors);
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
export function stamp(shape, { x, y }, { fill, line, width = 2, scale = 1, isMirrored = false, alpha = 1 }) {
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
 * Writes at a point of the canvas.
 *
 * @param {string} text
 * @param {Point} point - The middle of the text's left or right end.
 * @param {"left" | "right"} align - Which end it is.
 * @param {string} color
 */
export function write(text, { x, y }, align, color) {
  ink.font = "500 13px system-ui, sans-serif";
  ink.textAlign = align;
  ink.textBaseline = "middle";
  ink.lineJoin = "round";
  ink.lineWidth = 4;
  ink.strokeStyle = colors.land; // a rim, so that it can be read on a coast, too
  ink.strokeText(text, x, y);
  ink.fillStyle = color;
  ink.fillText(text, x, y);
}

function readColors() {
  const style = getComputedStyle(document.documentElement);
  for (const name of Object.keys(colors)) {
    colors[name] = style.getPropertyValue(`--${name}`).trim();
  }
  repaint();
}

function paint(now) {
  isScheduled = false;
  const width = Math.round(size.width * devicePixelRatio);
  const height = Math.round(size.height * devicePixelRatio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  ink.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  for (const painter of painters) {
    painter(ink, now);
  }
}
