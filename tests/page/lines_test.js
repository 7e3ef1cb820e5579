import { deepEqual, equal, ok } from "node:assert/strict";

import * as lines from "../../wildrydes_cli/page/lines.js";

const { extent, isCut, numbersOf, piecesOf, pointsOf, simplified, SIZE, towards } = lines;

/** @typedef {import("../../wildrydes_cli/page/lines.js").Point} Point */

const ORIGIN = { x: 0, y: 0 };

/**
 * @param {...[number, number]} pairs
 * @returns {Point[]}
 */
function points(...pairs) {
  return pairs.map(([x, y]) => ({ x, y }));
}

/** @type {Array<[string, number[]]>} */
const NUMBERS = [
  ["", []],
  ["#", [0]],
  ["$", [-1]],
  ["%", [1]],
  ["n", [-38]], // the last of one character: 75 is the digit n
  ["o#", [38]], // the first of two
  ["o$", [-39]],
  ["!", [-29]], // instead of a backslash, which is the digit 57
  ["}~", [-(76 + 14 * 92 + 91 + 1) / 2]], // the last of two
  ["~###", [0]], // four can be any number
  ["~#3K", [(16 * 92 + 40) / 2]],
  ["~~~~", [(91 * 92 * 92 + 91 * 92 + 91 + 1) / -2]],
  ["#$%o#$", [0, -1, 1, 38, -1]],
];

Deno.test("numbers are read from texts", () => {
  for (const [text, numbers] of NUMBERS) {
    deepEqual(numbersOf(text).map((number) => number + 0), numbers, text);
  }
});

Deno.test("a line begins at its tile's corner and goes on from point to point, in its tile's steps", () => {
  deepEqual(pointsOf("%'$#", 4, { x: 100, y: 200 }), points([104, 208], [100, 208]));
});

Deno.test("a simplified line keeps its ends and what is farther off than the tolerance", () => {
  const zigzag = points([0, 0], [10, 1], [20, 0], [30, 9], [40, 0]);
  deepEqual(simplified(zigzag, 0.5), zigzag);
  deepEqual(simplified(zigzag, 3), points([0, 0], [20, 0], [30, 9], [40, 0]));
  deepEqual(simplified(zigzag, 9), points([0, 0], [40, 0]));
  deepEqual(simplified(points([5, 5], [5, 5]), 1), points([5, 5], [5, 5]));
});

Deno.test("a ring that ends where it begins keeps its farthest point", () => {
  const ring = points([0, 0], [10, 0], [10, 10], [0, 10], [0, 0]);
  ok(simplified(ring, 1).some(({ x, y }) => x === 10 && y === 10));
});

Deno.test("a ring inside its tile is one piece, which begins in the middle of a side", () => {
  const ring = points([10, 10], [20, 10], [20, 20]);
  deepEqual(piecesOf(ring, ORIGIN), [points([15, 15], [10, 10], [20, 10], [20, 20], [15, 15])]);
});

Deno.test("a ring is cut where it touches the edge of its tile, and only there it has no coast", () => {
  const ring = points([50, 50], [SIZE, 10], [SIZE, 90]);
  const pieces = piecesOf(ring, ORIGIN);
  deepEqual(pieces, [points([SIZE, 10], [SIZE, 90]), points([SIZE, 90], [50, 50], [SIZE, 10])]);
  deepEqual(pieces.map((piece) => isCut(piece, ORIGIN)), [true, false]);
});

/** @type {Array<[string, Point[], boolean]>} */
const CUT = [
  ["left", points([0, 5], [0, 9]), true],
  ["right", points([SIZE, 9], [SIZE, 5]), true],
  ["top", points([5, 0], [9, 0]), true],
  ["bottom", points([5, SIZE], [9, SIZE]), true],
  ["from edge to edge", points([0, 5], [5, 0]), false],
  ["straight in the middle", points([7, 5], [7, 9]), false],
  ["there and away", points([0, 5], [0, 9], [3, 9]), false],
];

Deno.test("only a straight piece along the edge of its tile is a cut", () => {
  for (const [name, piece, wanted] of CUT) {
    equal(isCut(piece, ORIGIN), wanted, name);
    const moved = piece.map(({ x, y }) => ({ x: x + 700, y: y - 300 }));
    equal(isCut(moved, { x: 700, y: -300 }), wanted, `${name}, in another tile`);
  }
});

Deno.test("the extent of a ring is its width and height together", () => {
  equal(extent(points([-5, 2], [5, 2], [0, 9])), 17);
});

Deno.test("a corner is bent at most half way to the next", () => {
  deepEqual(towards(ORIGIN, { x: 10, y: 0 }, 3), { x: 3, y: 0 });
  deepEqual(towards(ORIGIN, { x: 10, y: 0 }, Infinity), { x: 5, y: 0 });
  deepEqual(towards(ORIGIN, ORIGIN, 3), ORIGIN);
});
