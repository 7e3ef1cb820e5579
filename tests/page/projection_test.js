import { deepEqual, equal, ok } from "node:assert/strict";

import { project, unproject } from "../../wildrydes_cli/page/projection.js";

/** @type {Array<[string, number, number, number, number]>} */
const PLACES = [ // latitude, longitude, x, y
  ["where the equator and the prime meridian cross", 0, 0, 0.5, 0.5],
  ["the western edge", 0, -180, 0, 0.5],
  ["the eastern edge", 0, 180, 1, 0.5],
  ["Seattle", 47.6062, -122.3321, 0.160188611, 0.349243012],
  ["Sydney", -33.8688, 151.2093, 0.920025833, 0.600092251],
  ["the northernmost that is shown", 85.05, 0, 0.5, 0.0000363],
  ["the southernmost that is shown", -85.05, 0, 0.5, 0.9999637],
];

Deno.test("a location is at one point of the world's square", () => {
  for (const [name, latitude, longitude, x, y] of PLACES) {
    const point = project({ latitude, longitude });
    ok(
      Math.abs(point.x - x) < 1e-6 && Math.abs(point.y - y) < 1e-6,
      `${name}: ${point.x}, ${point.y}`,
    );
  }
});

Deno.test("a pole is as far north or south as the square goes", () => {
  deepEqual(
    project({ latitude: 90, longitude: 7 }),
    project({ latitude: 85.05, longitude: 7 }),
  );
  deepEqual(
    project({ latitude: -90, longitude: 7 }),
    project({ latitude: -85.05, longitude: 7 }),
  );
});

Deno.test("a point has the location that was projected to it", () => {
  for (
    const [name, latitude, longitude] of PLACES.filter((place) => place[2] < 180)
  ) {
    const found = unproject(project({ latitude, longitude }));
    ok(
      Math.abs(found.latitude - latitude) < 1e-9 &&
        Math.abs(found.longitude - longitude) < 1e-9,
      name,
    );
  }
});

Deno.test("in every copy of the world, the longitude is from -180 to 180", () => {
  for (const copy of [-2, -1, 0, 1, 2]) {
    for (const x of [0, 0.25, 0.5, 0.999]) {
      const { longitude } = unproject({ x: x + copy, y: 0.5 });
      ok(
        Math.abs(longitude - (x * 360 - 180)) < 1e-9,
        `${x + copy}: ${longitude}`,
      );
    }
  }
  equal(unproject({ x: 1, y: 0.5 }).longitude, -180);
});
