/** The land and its cities: data from Natural Earth (naturalearthdata.com), in the public domain. */

import { colors, disc, repaint, stamp, write } from "./canvas.js";
import { project } from "./projection.js";
import { scale, toScreen, toWorld, view } from "./view.js";

const STEPS = 500; // map.json counts in steps of a 500th of a degree
const FAR = 4; // the zoom below which all land is one rough outline: a frame takes 20 ms, not 120
const ROUGH = 4e-4; // what is smaller, in widths of the world, can't be seen from afar
const SOUTH_POLE = 0.9999; // the y from which on the projection shows nothing
const CITY = disc(2.5);
const LETTER = 7; // pixels, about

/**
 * @typedef {import("./projection.js").Point} Point
 * @typedef {{area: Path2D, coast: Path2D}} Shape
 * @typedef {Shape & {left: number, right: number, top: number, bottom: number}} Land
 */
/** @type {Land[]} */
let lands = [];
/** All land, as it is seen from afar. @type {Shape} */
const roughLand = { area: new Path2D(), coast: new Path2D() };
/** @type {Array<{name: string, x: number, y: number}>} */
let cities = [];

/**
 * Takes the content of map.json. A land is a list of rings, a ring a list of steps east and north.
 *
 * @param {{land: number[][][], places: Array<[string, number, number]>}} map
 */
export function setLand(map) {
  lands = map.land.map(outline);
  cities = map.places.map(([name, latitude, longitude]) => ({
    name,
    ...project({ latitude, longitude }),
  }));
  repaint();
}

/**
 * Paints the sea, and the land on it.
 *
 * @param {CanvasRenderingContext2D} ink
 */
export function paintLand(ink) {
  ink.fillStyle = colors.sea;
  ink.fillRect(0, 0, view.width, view.height);
  ink.fillStyle = colors.land;
  ink.strokeStyle = colors.coast;
  ink.lineJoin = "round";
  const isFar = view.zoom < FAR;
  // A line of one device pixel is painted much faster than a wider one.
  ink.lineWidth = (isFar ? 1 / devicePixelRatio : 1.1) / scale();
  const { x: left, y: top } = toWorld({ x: 0, y: 0 });
  const { x: right, y: bottom } = toWorld({ x: view.width, y: view.height });
  for (let copy = Math.floor(left) - 1; copy <= right; copy++) {
    const isSeen = (/** @type {Land} */ land) =>
      land.left + copy < right && land.right + copy > left &&
      land.top < bottom && land.bottom > top;
    const shapes = isFar ? [roughLand] : lands.filter(isSeen);
    const corner = toCopy(copy);
    ink.save();
    ink.translate(corner.x, corner.y);
    ink.scale(scale(), scale());
    for (const { area, coast } of shapes) {
      ink.fill(area, "evenodd");
      ink.stroke(coast);
    }
    ink.restore();
  }
}

/** Paints the cities, the largest first. One that would cover another is left out. */
export function paintCities() {
  /** @type {Array<{left: number, x: number, y: number}>} */
  const taken = [];
  for (const city of cities) {
    const { x, y } = toScreen(city);
    const left = x - 14 - city.name.length * LETTER;
    const isSeen = x >= 0 && left <= view.width && y >= 0 && y <= view.height;
    const isCovered = taken.some(
      (other) =>
        left < other.x + 5 && x + 5 > other.left && Math.abs(y - other.y) < 18,
    );
    if (isSeen && !isCovered) {
      taken.push({ left, x, y });
      stamp(CITY, { x, y }, { fill: colors.place });
      write(city.name, { x: x - 8, y }, "right", colors.place);
    }
  }
}

/**
 * Returns where on the canvas the upper left corner of a copy of the world is.
 *
 * @param {number} copy
 */
function toCopy(copy) {
  return {
    x: view.width / 2 + (copy - view.x) * scale(),
    y: view.height / 2 - view.y * scale(),
  };
}

/**
 * Returns one land's outline and its bounds, and adds it to the rough land.
 *
 * @param {number[][]} rings
 * @returns {Land}
 */
function outline(rings) {
  const bounds = {
    left: Infinity,
    right: -Infinity,
    top: Infinity,
    bottom: -Infinity,
  };
  const land = { area: new Path2D(), coast: new Path2D(), ...bounds };
  const rough = { area: new Path2D(), coast: new Path2D() };
  for (const ring of rings) {
    const points = follow(ring);
    trace(land, points);
    trace(rough, thinned(points));
    for (const { x, y } of points) {
      land.left = Math.min(land.left, x);
      land.right = Math.max(land.right, x);
      land.top = Math.min(land.top, y);
      land.bottom = Math.max(land.bottom, y);
    }
  }
  if (land.right - land.left > ROUGH) {
    roughLand.area.addPath(rough.area);
    roughLand.coast.addPath(rough.coast);
  }
  return land;
}

/**
 * Returns the points that the steps of a ring lead to.
 *
 * @param {number[]} ring
 */
function follow(ring) {
  const points = [];
  let east = 0;
  let north = 0;
  for (let index = 0; index < ring.length; index += 2) {
    east += ring[index];
    north += ring[index + 1];
    points.push(project({ latitude: north / STEPS, longitude: east / STEPS }));
  }
  return points;
}

/**
 * Returns the points without those that are very close to the one before.
 *
 * @param {Point[]} points
 */
function thinned(points) {
  /** @type {Point | null} */
  let last = null;
  return points.filter((point) => {
    const isKept = !last ||
      Math.hypot(point.x - last.x, point.y - last.y) > ROUGH;
    last = isKept ? point : last;
    return isKept;
  });
}

/**
 * Adds a ring to a shape. Its coast has gaps where the land was only cut for the map.
 *
 * @param {Shape} shape
 * @param {Point[]} points
 */
function trace({ area, coast }, points) {
  let last = points[0];
  area.moveTo(last.x, last.y);
  coast.moveTo(last.x, last.y);
  for (const point of [...points.slice(1), points[0]]) {
    area.lineTo(point.x, point.y);
    if (isCut(last, point)) {
      coast.moveTo(point.x, point.y);
    } else {
      coast.lineTo(point.x, point.y);
    }
    last = point;
  }
}

/**
 * Whether a line runs along the edge of the map's square: on the 180th meridian, or at the South Pole.
 *
 * @param {Point} from
 * @param {Point} to
 */
function isCut(from, to) {
  const isOnMeridian = from.x === to.x && (to.x === 0 || to.x === 1);
  return isOnMeridian || (from.y === to.y && to.y > SOUTH_POLE);
}
