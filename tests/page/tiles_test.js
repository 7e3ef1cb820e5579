import { deepEqual, equal } from "node:assert/strict";

import { SIZE } from "../../wildrydes_cli/page/lines.js";

/** @typedef {import("../../wildrydes_cli/page/tiles.js").Row} Row */
/** @typedef {import("../../wildrydes_cli/page/tiles.js").Tile} Tile */

/** A path that remembers its lines, each with its points. Deno has no paths. */
class Path {
  /** @type {Array<Array<[number, number]>>} */
  lines = [];

  /**
   * @param {number} x
   * @param {number} y
   */
  moveTo(x, y) {
    this.lines.push([[x, y]]);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  lineTo(x, y) {
    this.lines[this.lines.length - 1].push([x, y]);
  }

  /**
   * Draws a bend. Its corner is not on the line.
   *
   * @param {number} _cornerX
   * @param {number} _cornerY
   * @param {number} x
   * @param {number} y
   */
  quadraticCurveTo(_cornerX, _cornerY, x, y) {
    this.lineTo(x, y);
  }
}

Object.assign(globalThis, { Path2D: Path });
const { tilesOf } = await import("../../wildrydes_cli/page/tiles.js");

const STEP = SIZE / 32; // so that a tile of these tests is 32 units wide and high
const NEAR = 9;
const FAR = 0;

/**
 * Returns a line as map.json has it.
 *
 * @param {...[number, number]} points - In units.
 */
function shape(...points) {
  const before = [/** @type {[number, number]} */ ([0, 0]), ...points];
  const moves = points.flatMap(([x, y], index) => [x - before[index][0], y - before[index][1]]);
  return moves.map((move) => String.fromCharCode(35 + (move < 0 ? -2 * move - 1 : 2 * move))).join("");
}

/**
 * Returns a tile that has only land and a border.
 *
 * @param {number} column
 * @param {number} line
 * @param {string[]} land
 * @param {string[]} [borders]
 * @returns {Row}
 */
function tile(column, line, land, borders = []) {
  return [column, line, STEP, [[0, ...land]], [], [], [], [], [[0, ...borders]], []];
}

/**
 * Returns the lines of a tile's land or borders, in units.
 *
 * @param {Tile} tile
 * @param {string} kind
 */
function linesOf(tile, kind) {
  const [{ area, edge, cut }] = tile.get(kind);
  const lines = (/** @type {Path2D} */ path) =>
    /** @type {Path} */ (/** @type {unknown} */ (path)).lines.map((line) =>
      line.map(([x, y]) => [x / STEP, y / STEP])
    );
  return { area: lines(area), edge: lines(edge), cut: lines(cut) };
}

Deno.test("land has no coast where it was cut for its tile, near and far", () => {
  const peninsula = shape([0, 4], [16, 4], [16, 20], [0, 20]);
  for (const level of [NEAR, FAR]) {
    const [found] = tilesOf([tile(0, 0, [peninsula])])(level);
    const { area, edge, cut } = linesOf(found, "land");
    deepEqual(cut, [[[0, 20], [0, 4]]]);
    equal(edge.length, 1);
    deepEqual([edge[0][0], edge[0].at(-1)], [[0, 4], [0, 20]]); // the coast, around the other way
    equal(area.length, 1); // one line, or it could not be filled
    deepEqual([area[0][0], area[0].at(-1)], [[0, 4], [0, 4]]);
  }
});

Deno.test("a lake or an island inside its tile has a shore all around", () => {
  const [found] = tilesOf([tile(0, 0, [shape([4, 4], [12, 4], [12, 12], [4, 12])])])(NEAR);
  const { edge, cut } = linesOf(found, "land");
  deepEqual([edge.length, cut.length], [1, 0]);
  deepEqual(edge[0][0], edge[0].at(-1));
});

Deno.test("a line has its ends, and no area", () => {
  const [found] = tilesOf([tile(0, 0, [], [shape([0, 4], [32, 4])])])(NEAR);
  deepEqual(linesOf(found, "borders"), { area: [], edge: [[[0, 4], [32, 4]]], cut: [] });
});

Deno.test("from afar, tiles are painted as one, each in its place", () => {
  const line = shape([0, 0], [32, 32]);
  const rows = [
    tile(4, 8, [], [line]),
    tile(5, 8, [], [line]),
    tile(4, 11, [], [line]),
    tile(8, 8, [], [line]),
  ];
  equal(tilesOf(rows)(NEAR).length, 4);
  const [four, one] = tilesOf(rows)(FAR);
  deepEqual([four.left, four.top, four.right, four.bottom].map((edge) => edge * 32), [4, 8, 6, 12]);
  deepEqual([one.left, one.top, one.right, one.bottom].map((edge) => edge * 32), [8, 8, 9, 9]);
  deepEqual(linesOf(four, "borders").edge, [
    [[0, 0], [32, 32]],
    [[32, 0], [64, 32]],
    [[0, 96], [32, 128]],
  ]);
});

Deno.test("from afar, an island is left out only if nobody would see it", () => {
  const [islet, island] = [8, 28].map((end) => shape([4, 4], [end, 4], [4, end]));
  const row = tile(0, 0, [islet, island]);
  row[2] = 128; // steps: from afar, a pixel has 600 or more
  const counts = [FAR, NEAR].map((level) => linesOf(tilesOf([row])(level)[0], "land").area.length);
  deepEqual(counts, [1, 2]);
});
