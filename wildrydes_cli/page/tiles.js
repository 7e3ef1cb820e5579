/**
 * The tiles of the map, and the paths that are on them: data from Natural Earth (naturalearthdata.com), in the
 * public domain. A path is made when it is painted for the first time.
 */

import { extent, isCut, piecesOf, pointsOf, simplified, SIZE, towards } from "./lines.js";

/**
 * @typedef {import("./projection.js").Point} Point
 *
 * A row of map.json: a tile's column, row and step, and what it has of each kind. That is a list for each level
 * at which something appears: the level, and its lines.
 * @typedef {[number, number, number, ...Array<Array<[number, ...string[]]>>]} Row
 *
 * What is painted of one kind: its area, its edge, and where the area was cut for the tile. What appears at the
 * same level is in one drawing.
 * @typedef {{level: number, area: Path2D, edge: Path2D, cut: Path2D}} Drawing
 *
 * How much is shown: up to which level, how many steps a line may be off, and how many tiles in a row are painted
 * as one.
 * @typedef {{below: number, tolerance: number, group: number}} Detail
 */

/** What a row of map.json has after its column, row and step, in this order. */
const KINDS = ["land", "urban", "lakes", "rivers", "states", "borders", "disputed"];
const AREAS = new Set(["land", "urban", "lakes"]);
const ACROSS = 32; // tiles from west to east

/**
 * How far from a corner a line is bent, times what its tile counts in: nothing is known of its true shape there.
 *
 * @type {Record<string, number>}
 */
const BENDS = { land: 32, urban: Infinity, lakes: 32, rivers: 32 };
const BEND = 8; // of the others: borders have corners

/**
 * A browser is slow both with a path that is very long and with very many paths.
 *
 * @type {Detail[]}
 */
const DETAILS = [
  { below: 2.7, tolerance: 400, group: 4 },
  { below: 3.7, tolerance: 170, group: 4 },
  { below: 6.2, tolerance: 30, group: 1 },
  { below: Infinity, tolerance: 0, group: 1 },
];

/** The steps in the world's width. */
export const STEPS = ACROSS * SIZE;

/** A tile, or several in one. Its edges are in widths of the world. */
export class Tile {
  /** The drawings of each kind, once they were made. @type {Map<string, Drawing[]>} */
  #drawings = new Map();
  #detail;
  #rows;

  /**
   * @param {Row[]} rows
   * @param {Detail} detail
   */
  constructor(rows, detail) {
    this.#rows = rows;
    this.#detail = detail;
    this.left = Math.min(...rows.map((row) => row[0])) / ACROSS;
    this.top = Math.min(...rows.map((row) => row[1])) / ACROSS;
    this.right = Math.max(...rows.map((row) => row[0] + 1)) / ACROSS;
    this.bottom = Math.max(...rows.map((row) => row[1] + 1)) / ACROSS;
  }

  /**
   * Returns the drawings of a kind, in steps from the tile's upper left corner.
   *
   * @param {string} kind
   * @returns {Drawing[]}
   */
  get(kind) {
    const drawings = this.#drawings.get(kind) ?? this.#draw(kind);
    this.#drawings.set(kind, drawings);
    return drawings;
  }

  /**
   * @param {string} kind
   * @returns {Drawing[]}
   */
  #draw(kind) {
    const { tolerance, group } = this.#detail;
    /** @type {Map<number, Drawing>} */
    const drawings = new Map();
    for (const [column, line, step, ...kinds] of this.#rows) {
      const corner = { x: (column - this.left * ACROSS) * SIZE, y: (line - this.top * ACROSS) * SIZE };
      const pen = new Pen(tolerance, group > 1 ? 0 : (BENDS[kind] ?? BEND) * step);
      for (const [level, ...shapes] of kinds[KINDS.indexOf(kind)]) {
        const drawing = drawings.get(level) ??
          { level, area: new Path2D(), edge: new Path2D(), cut: new Path2D() };
        drawings.set(level, drawing);
        for (const shape of shapes) {
          const points = pointsOf(shape, step, corner);
          if (AREAS.has(kind)) {
            addArea(drawing, points, pen, corner);
          } else {
            pen.draw(drawing.edge, pen.simplify(points), true);
          }
        }
      }
    }
    return [...drawings.values()];
  }
}

/**
 * Returns a function that returns the tiles for a level.
 *
 * @param {Row[]} rows
 * @returns {(zoom: number) => Tile[]}
 */
export function tilesOf(rows) {
  const grouped = DETAILS.map((detail) => {
    /** @type {Map<string, Row[]>} */
    const squares = new Map();
    for (const row of rows) {
      const key = `${Math.floor(row[0] / detail.group)} ${Math.floor(row[1] / detail.group)}`;
      squares.set(key, [...(squares.get(key) ?? []), row]);
    }
    return [...squares.values()].map((square) => new Tile(square, detail));
  });
  return (zoom) => grouped[DETAILS.findIndex(({ below }) => zoom < below)];
}

/** Draws lines in one detail. */
class Pen {
  #bend;

  /**
   * @param {number} tolerance - How many steps a line may be off.
   * @param {number} bend - How many steps from a corner a line is bent, or 0.
   */
  constructor(tolerance, bend) {
    this.tolerance = tolerance;
    this.#bend = bend;
  }

  /**
   * @param {Point[]} points
   * @returns {Point[]}
   */
  simplify(points) {
    return this.tolerance ? simplified(points, this.tolerance) : points;
  }

  /**
   * Draws a line. Its corners are bent, but not its ends.
   *
   * @param {Path2D} path
   * @param {Point[]} points
   * @param {boolean} isNew - The path is not at the first point yet.
   */
  draw(path, points, isNew) {
    const last = points.length - 1;
    if (isNew) {
      path.moveTo(points[0].x, points[0].y);
    }
    for (let index = 1; index < last; index++) {
      const corner = points[index];
      if (this.#bend) {
        const from = towards(corner, points[index - 1], this.#bend);
        const to = towards(corner, points[index + 1], this.#bend);
        path.lineTo(from.x, from.y);
        path.quadraticCurveTo(corner.x, corner.y, to.x, to.y);
      } else {
        path.lineTo(corner.x, corner.y);
      }
    }
    path.lineTo(points[last].x, points[last].y);
  }
}

/**
 * Adds a ring to a drawing. Where it was cut for the tile, it has no edge.
 *
 * @param {Drawing} drawing
 * @param {Point[]} ring
 * @param {Pen} pen
 * @param {Point} corner - Of the tile.
 */
function addArea({ area, edge, cut }, ring, pen, corner) {
  const pieces = piecesOf(ring, corner);
  if (pieces.length === 1 && extent(ring) < 4 * pen.tolerance) {
    return; // too small to be seen
  }
  for (const [index, whole] of pieces.entries()) {
    const piece = pen.simplify(whole);
    pen.draw(area, piece, index === 0);
    pen.draw(isCut(whole, corner) ? cut : edge, piece, true);
  }
}
