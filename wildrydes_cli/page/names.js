/** The names on the map. */

import { canvas, colors, repaint } from "./canvas.js";
import { labelBoxes, rideBoxes } from "./drawing.js";
import { boxesAt, Room } from "./room.js";
import { STEPS } from "./tiles.js";
import { scale, toScreen, view } from "./view.js";

/**
 * How a name is written. Without a dot, it stands on its place.
 *
 * @typedef {object} Look
 * @property {number} pixels - Its size.
 * @property {number} weight
 * @property {string} color - A name of a colour.
 * @property {number} [dot] - The radius of the place's dot.
 * @property {boolean} [isItalic]
 * @property {number} [spacing] - Pixels between its letters.
 * @property {number} [until] - The level from which on its place is too large for it.
 *
 * @typedef {object} Name
 * @property {string[]} lines
 * @property {number} x - In the world.
 * @property {number} y
 * @property {number} level - From which on it is shown.
 * @property {Look} look
 * @property {boolean} isCapital
 * @property {number} width - Of its longest line, in sizes of its letters. 0 until it was measured.
 *
 * @typedef {[string, number, number, number]} NameRow - The name, where it is in steps of the map, and the level
 *   from which on it is shown.
 */

const NEAR = 9.5; // from this level on, a name stands on its place: a dot would say more than the data does
const GROWN = 1.2; // how much larger it is then
const LATER = 0.5; // levels that a name comes after its place or lake: the map is quieter then
const LARGE = 5; // the level on which water is large: its name comes before those of middling places
const LINE = 1.2; // height of a line, in sizes of its letters
const GAP = 4; // pixels between a dot and its name
const ASIDE = 10; // pixels that a name goes farther from its dot if a ride would cover it
const RING = 2; // pixels between the dot of a capital and the ring around it

/** The looks of small, middling and large places. @type {Look[]} */
const PLACES = [
  { pixels: 11, weight: 400, color: "quiet-place", dot: 1.6 },
  { pixels: 12.5, weight: 500, color: "place", dot: 2 },
  { pixels: 15, weight: 600, color: "place", dot: 2.6 },
];
/** @type {Look} */
const WATER = { pixels: 11, weight: 400, color: "lake", isItalic: true };
/** @type {Look} */
const COUNTRY = { pixels: 11, weight: 500, color: "country", spacing: 1.2, until: 7 };

/** The most important first. @type {Name[]} */
let names = [];

/**
 * Takes the names of map.json, the most important of each kind first.
 *
 * @param {object} map
 * @param {Array<[...NameRow, number, number]>} map.places - After the level: which look, and whether it is a capital.
 * @param {NameRow[]} map.water
 * @param {NameRow[]} map.countries
 */
export function setNames({ places, water, countries }) {
  const [small, middling, large] = PLACES.map((look, which) =>
    places
      .filter((place) => place[4] === which)
      .map(([name, x, y, level, , capital]) => nameOf([name], [x, y], level + LATER, look, Boolean(capital)))
  );
  const waters = water.map(([name, x, y, level]) => nameOf(inTwo(name), [x, y], level + LATER, WATER));
  const isLarge = (/** @type {Name} */ { level }) => level < LARGE + 1;
  const [seas, ponds] = [waters.filter(isLarge), waters.filter((each) => !isLarge(each))];
  const lands = countries.map(([name, x, y, level]) =>
    nameOf(inTwo(name.toUpperCase()), [x, y], level, COUNTRY)
  );
  names = [...lands, ...large, ...seas, ...middling, ...ponds, ...small];
  repaint();
}

/**
 * Paints the names for which there is room.
 *
 * @param {CanvasRenderingContext2D} ink
 */
export function paintNames(ink) {
  const room = new Room(view.width, view.height, [...controls(), ...labelBoxes()], rideBoxes());
  ink.save();
  ink.textAlign = "center";
  ink.textBaseline = "middle";
  ink.lineJoin = "round";
  ink.lineWidth = 3;
  ink.strokeStyle = colors.halo;
  const [across, down] = [view.width / 2 / scale(), view.height / 2 / scale()];
  for (const name of names) {
    const right = name.x - view.x;
    const isSeen = Math.abs(right - Math.round(right)) < across && Math.abs(name.y - view.y) < down;
    if (isSeen && name.level <= view.zoom && view.zoom < (name.look.until ?? Infinity)) {
      paintName(ink, name, room);
    }
  }
  ink.restore();
}

/**
 * @param {CanvasRenderingContext2D} ink
 * @param {Name} name
 * @param {Room} room
 */
function paintName(ink, name, room) {
  const { look, lines, isCapital } = name;
  const point = toScreen(name);
  const pixels = look.pixels * (view.zoom < NEAR ? 1 : GROWN);
  const radius = view.zoom < NEAR || isCapital ? look.dot : 0;
  const dot = { left: point.x - 4, right: point.x + 4, top: point.y - 4, bottom: point.y + 4 };
  if (radius && !room.isFree(dot)) {
    return;
  }
  ink.font = `${look.isItalic ? "italic" : ""} ${look.weight} ${pixels}px system-ui, sans-serif`;
  ink.letterSpacing = `${look.spacing ?? 0}px`;
  name.width ||= Math.max(...lines.map((line) => ink.measureText(line).width)) / pixels;
  const size = [name.width * pixels, LINE * lines.length * pixels];
  const gap = radius ? radius + GAP + (isCapital ? RING : 0) : 0;
  const boxes = boxesAt(point, size[0], size[1], gap);
  if (gap) {
    boxes.push(...boxesAt(point, size[0], size[1], gap + ASIDE));
  }
  const box = room.takeOne(look === WATER ? boxes.slice(0, 1) : boxes); // the name of a lake stays in it
  if (!box) {
    return;
  }
  if (radius) {
    room.take(dot);
    paintDot(ink, point, radius, isCapital);
  }
  ink.fillStyle = colors[look.color];
  for (const [index, line] of lines.entries()) {
    const middle = { x: (box.left + box.right) / 2, y: box.top + (index + 0.5) * LINE * pixels };
    if (look !== WATER) {
      ink.strokeText(line, middle.x, middle.y);
    }
    ink.fillText(line, middle.x, middle.y);
  }
}

/**
 * Paints the dot of a place. A capital has a ring around it.
 *
 * @param {CanvasRenderingContext2D} ink
 * @param {import("./projection.js").Point} point
 * @param {number} radius
 * @param {boolean} isCapital
 */
function paintDot(ink, { x, y }, radius, isCapital) {
  ink.fillStyle = colors.place;
  ink.beginPath();
  ink.arc(x, y, radius, 0, 2 * Math.PI);
  ink.stroke();
  ink.fill();
  if (isCapital) {
    ink.beginPath();
    ink.arc(x, y, radius + RING, 0, 2 * Math.PI);
    ink.save();
    ink.lineWidth = 1;
    ink.strokeStyle = colors.place;
    ink.stroke();
    ink.restore();
  }
}

/**
 * Returns where the controls are, on which no name is written.
 *
 * @returns {import("./room.js").Box[]}
 */
function controls() {
  const map = canvas.getBoundingClientRect();
  return [...(canvas.parentElement?.querySelectorAll("div, p:not([hidden])") ?? [])].map((control) => {
    const { left, top, right, bottom } = control.getBoundingClientRect();
    return { left: left - map.left, top: top - map.top, right: right - map.left, bottom: bottom - map.top };
  });
}

/**
 * @param {string[]} lines
 * @param {[number, number]} at - In steps of the map.
 * @param {number} level
 * @param {Look} look
 * @param {boolean} isCapital
 * @returns {Name}
 */
function nameOf(lines, [x, y], level, look, isCapital = false) {
  return { lines, x: x / STEPS, y: y / STEPS, level, look, isCapital, width: 0 };
}

/**
 * Returns a name in two lines, or in one if it is one word.
 *
 * @param {string} name
 * @returns {string[]}
 */
function inTwo(name) {
  const spaces = [...name.matchAll(/ /gu)].map((space) => space.index);
  const off = (/** @type {number} */ space) => Math.abs(space - name.length / 2);
  const [best] = spaces.sort((one, other) => off(one) - off(other));
  return best === undefined ? [name] : [name.slice(0, best), name.slice(best + 1)];
}
