import { deepEqual, equal, ok } from "node:assert/strict";

import map from "../../wildrydes_cli/page/map.json" with { type: "json" };
import { pointsOf, SIZE } from "../../wildrydes_cli/page/lines.js";
import { project } from "../../wildrydes_cli/page/projection.js";
import { STEPS } from "../../wildrydes_cli/page/tiles.js";

/** @typedef {import("../../wildrydes_cli/page/tiles.js").Row} Row */
/** @typedef {import("../../wildrydes_cli/page/names.js").NameRow} NameRow */

const rows = /** @type {Row[]} */ (map.tiles);
const places = /** @type {Array<[...NameRow, number, number]>} */ (map.places);
const water = /** @type {NameRow[]} */ (map.water);
const countries = /** @type {NameRow[]} */ (map.countries);

Deno.test("every line of the map is in its tile", () => {
  let lines = 0;
  for (const [column, row, step, ...kinds] of rows) {
    ok(column >= 0 && column < 32 && row >= 0 && row < 32);
    equal(kinds.length, 7);
    for (const [level, ...shapes] of kinds.flat()) {
      ok(Number.isInteger(level) && level >= 0 && level <= 13);
      for (const shape of shapes) {
        lines++;
        const points = pointsOf(shape, step, { x: 0, y: 0 });
        ok(points.length > 1);
        ok(
          points.every(({ x, y }) => x >= 0 && x <= SIZE && y >= 0 && y <= SIZE),
          `${column} ${row} ${shape}`,
        );
      }
    }
  }
  ok(lines > 5000);
});

Deno.test("no tile is there twice", () => {
  equal(new Set(rows.map(([column, row]) => `${column} ${row}`)).size, rows.length);
});

Deno.test("every name is on the map, and has nothing in it that can't be seen", () => {
  for (const [name, x, y, level] of [...places, ...water, ...countries]) {
    ok(/^[\p{L}\p{M} .,'’‘ʻ()\-/\d]+$/u.test(name), name);
    ok(x > 0 && x < STEPS && y > 0 && y < STEPS && level >= 0 && level < 10, name);
  }
});

Deno.test("a place has one of three sizes, and few are large", () => {
  const counts = [0, 1, 2].map((size) => places.filter((place) => place[4] === size).length);
  ok(counts[0] > 1000 && counts[1] > 1000 && counts[2] > 50 && counts[2] < 200, String(counts));
  equal(counts[0] + counts[1] + counts[2], places.length);
});

/** @type {Array<[string, number, number, number]>} */
const KNOWN = [ // latitude, longitude, and the size of the name
  ["Seattle", 47.57, -122.34, 2],
  ["Paris", 48.87, 2.33, 2],
  ["Tokyo", 35.69, 139.75, 2],
  ["Sydney", -33.92, 151.19, 2],
  ["Kyiv", 50.43, 30.52, 2],
  ["Bremerton", 47.57, -122.63, 0],
];

Deno.test("places are where they are", () => {
  for (const [name, latitude, longitude, size] of KNOWN) {
    const found = places.find((place) => place[0] === name) ?? ["", 0, 0];
    const { x, y } = project({ latitude, longitude });
    ok(Math.hypot(found[1] / STEPS - x, found[2] / STEPS - y) < 1e-4, name);
    equal(found[4], size, name);
  }
});

Deno.test("capitals are marked", () => {
  const capitals = places.filter((place) => place[5]).map((place) => place[0]);
  deepEqual(["Paris", "Tokyo", "Washington, D.C."].filter((name) => !capitals.includes(name)), []);
  ok(!capitals.includes("Seattle"));
});

Deno.test("seas, lakes and countries have names", () => {
  const names = new Set([...water, ...countries].map(([name]) => name));
  for (
    const name of ["Pacific Ocean", "North Sea", "Lake Superior", "Lake Washington", "Salish Sea", "France"]
  ) {
    ok([...names].some((found) => found.endsWith(name)), name);
  }
});
