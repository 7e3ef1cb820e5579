import { deepEqual, equal } from "node:assert/strict";

import { boxesAt, Room } from "../../wildrydes_cli/page/room.js";

/**
 * @param {number} left
 * @param {number} top
 */
function box(left, top, width = 20, height = 10) {
  return { left, top, right: left + width, bottom: top + height };
}

Deno.test("a name is never cut at the edge of the map", () => {
  const room = new Room(100, 80, [], []);
  for (
    const [left, top, isFree] of /** @type {Array<[number, number, boolean]>} */ ([
      [6, 6, true],
      [5, 6, false],
      [6, 5, false],
      [74, 64, true],
      [75, 64, false],
      [74, 65, false],
    ])
  ) {
    equal(room.isFree(box(left, top)), isFree, `${left}, ${top}`);
  }
});

Deno.test("a name never covers another, and in a row they are three pixels apart", () => {
  const room = new Room(200, 200, [box(100, 100)], []);
  for (
    const [left, top, isFree] of /** @type {Array<[number, number, boolean]>} */ ([
      [100, 100, false],
      [119, 109, false],
      [81, 91, false],
      [122, 100, false],
      [123, 100, true],
      [78, 100, false],
      [77, 100, true],
      [100, 110, true],
      [100, 109, false],
      [100, 90, true],
      [100, 91, false],
    ])
  ) {
    equal(room.isFree(box(left, top)), isFree, `${left}, ${top}`);
  }
});

Deno.test("what is taken is no longer free", () => {
  const room = new Room(200, 200, [], []);
  deepEqual(room.takeOne([box(50, 50)]), box(50, 50));
  equal(room.takeOne([box(50, 50)]), undefined);
  deepEqual(room.takeOne([box(50, 50), box(50, 60)]), box(50, 60));
  room.take(box(100, 100));
  equal(room.takeOne([box(100, 100)]), undefined);
});

Deno.test("a name stands on as few rides as possible", () => {
  const many = [box(60, 50, 2, 2), box(62, 55, 2, 2), box(60, 75, 2, 2)];
  deepEqual(new Room(200, 200, [], many).takeOne([box(50, 50), box(50, 70)]), box(50, 70));
  const rides = [box(60, 50, 2, 2)];
  deepEqual(new Room(200, 200, [], rides).takeOne([box(50, 50), box(50, 70)]), box(50, 70));
  deepEqual(new Room(200, 200, [], rides).takeOne([box(50, 50), box(60, 45)]), box(50, 50));
  deepEqual(new Room(200, 200, [box(50, 70)], rides).takeOne([box(50, 50), box(50, 70)]), box(50, 50));
});

Deno.test("the name of a dot is beside it, or above or below", () => {
  deepEqual(boxesAt({ x: 100, y: 100 }, 40, 12, 6), [
    { left: 106, top: 94, right: 146, bottom: 106 },
    { left: 54, top: 94, right: 94, bottom: 106 },
    { left: 80, top: 82, right: 120, bottom: 94 },
    { left: 80, top: 106, right: 120, bottom: 118 },
  ]);
});

Deno.test("a name without a dot stands on its place, or just above or below", () => {
  deepEqual(boxesAt({ x: 100, y: 100 }, 40, 12, 0), [
    { left: 80, top: 94, right: 120, bottom: 106 },
    { left: 80, top: 82, right: 120, bottom: 94 },
    { left: 80, top: 106, right: 120, bottom: 118 },
  ]);
});
