import { deepEqual, equal, ok } from "node:assert/strict";

import { project, unproject } from "../../wildrydes_cli/page/projection.js";
import * as views from "../../wildrydes_cli/page/view.js";

const {
  lookAt,
  middle,
  moveTo,
  panBy,
  resize,
  scale,
  showAll,
  toScreen,
  toWorld,
  view,
  watchView,
  zoomBy,
} = views;

const SEATTLE = { latitude: 47.6062, longitude: -122.3321 };
const TOKYO = { latitude: 35.6897, longitude: 139.6922 };
const SUVA = { latitude: -18.1416, longitude: 178.4419 };
const APIA = { latitude: -13.8333, longitude: -171.7667 };
const OSLO = { latitude: 59.9139, longitude: 10.7522 };
const ROME = { latitude: 41.9028, longitude: 12.4964 };
const SIZES = [[912, 800], [390, 422], [2560, 1400], [2560, 400]];

/**
 * @param {number} found
 * @param {number} wanted
 * @param {number} [tolerance]
 */
function near(found, wanted, tolerance = 1e-6) {
  ok(Math.abs(found - wanted) < tolerance, `${found} is not ${wanted}`);
}

Deno.test("what is looked at is in the middle, and back again", () => {
  for (const [width, height] of SIZES) {
    resize(width, height);
    for (const location of [SEATTLE, TOKYO, SUVA, APIA]) {
      lookAt(location, 9);
      const { x, y } = toScreen(project(location));
      near(x, width / 2);
      near(y, height / 2);
      const found = unproject(toWorld(middle()));
      near(found.latitude, location.latitude);
      near(found.longitude, location.longitude);
    }
  }
});

Deno.test("a click in any copy of the world is on Earth", () => {
  resize(2000, 600);
  lookAt({ latitude: 0, longitude: 170 }, 0); // the world is shown twice
  ok(scale() < 1001);
  for (let x = 0; x <= 2000; x += 100) {
    const { longitude } = unproject(toWorld({ x, y: 300 }));
    ok(longitude >= -180 && longitude < 180, String(longitude));
    const again = toScreen(project({ latitude: 0, longitude }));
    near((again.x - x) / scale() - Math.round((again.x - x) / scale()), 0); // in that copy, or in another
  }
});

Deno.test("a drag moves what is under the pointer with it, also over the edge of the world", () => {
  resize(912, 800);
  lookAt(SUVA, 6);
  const before = toScreen(project(APIA));
  panBy(-600, 40);
  const after = toScreen(project(APIA));
  near(after.x, before.x - 600);
  near(after.y, before.y + 40);
  ok(view.x >= 0 && view.x < 1);
});

Deno.test("a zoom leaves in its place what is under the pointer", () => {
  resize(912, 800);
  lookAt(SEATTLE, 8);
  const pointer = { x: 100, y: 700 };
  const { x, y } = toWorld(pointer);
  for (const steps of [1.5, -3, 2]) {
    zoomBy(steps, pointer);
    near(toScreen({ x, y }).x, pointer.x);
    near(toScreen({ x, y }).y, pointer.y);
  }
});

Deno.test("the map is never nearer than its data, never lower than the canvas, and ends at the poles", () => {
  for (const [width, height] of SIZES) {
    resize(width, height);
    lookAt(SEATTLE, 99);
    const nearest = view.zoom;
    zoomBy(1);
    equal(view.zoom, nearest);
    lookAt({ latitude: 90, longitude: 0 }, -99);
    near(toScreen({ x: 0.5, y: 0 }).y, Math.max(0, (height - scale()) / 2));
    ok(scale() > height - 1e-6 && 2 * scale() > width - 1e-6);
    panBy(0, 1e6);
    near(toScreen({ x: 0.5, y: 0 }).y, 0);
    panBy(0, -1e6);
    near(toScreen({ x: 0.5, y: 1 }).y, height);
  }
});

Deno.test("all rides are shown with a margin, also across the edge of the world", () => {
  for (const [width, height] of SIZES.slice(0, 3)) {
    resize(width, height);
    for (const places of [[SEATTLE, TOKYO], [SUVA, APIA], [OSLO, ROME]]) {
      lookAt(places[0], 3);
      showAll(places.map(project));
      const points = places.map((place) => toScreen(project(place)));
      for (const { x, y } of points) {
        ok(
          x > 79.9 && x < width - 79.9 && y > 79.9 && y < height - 79.9,
          `${x}, ${y} in ${width} × ${height}`,
        );
      }
      const room = [
        width - 160 - Math.abs(points[0].x - points[1].x),
        height - 160 - Math.abs(points[0].y - points[1].y),
      ];
      if (places[0] !== SEATTLE) {
        near(Math.min(...room), 0, 1e-3); // and as near as that allows
      }
    }
  }
});

Deno.test("one ride is shown from not too near", () => {
  resize(912, 800);
  showAll([project(TOKYO)]);
  near(toScreen(project(TOKYO)).x, 456);
  ok(view.zoom > 8 && view.zoom < 12);
});

Deno.test("whoever watches the view is told of each change", () => {
  let changes = 0;
  watchView(() => changes++);
  moveTo({ x: 0.5 });
  panBy(1, 1);
  resize(100, 100);
  watchView(() => {});
  equal(changes, 3);
  deepEqual([view.width, view.height], [100, 100]);
});
