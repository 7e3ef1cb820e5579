import { deepEqual, equal } from "node:assert/strict";

import * as store from "../../wildrydes_cli/page/rides.js";

const {
  addRides,
  choose,
  hasLost,
  keepOnly,
  ridePoints,
  rides,
  setLimit,
  sinceWhen,
} = store;

/** @typedef {import("../../wildrydes_cli/page/rides.js").RecordedRide} RecordedRide */

/**
 * @param {string} id
 * @param {string | null} time
 * @param {Partial<RecordedRide>} [more]
 * @returns {RecordedRide}
 */
function recorded(id, time, more = {}) {
  return {
    RideId: id,
    User: "ada",
    Unicorn: null,
    PickupLocation: null,
    RequestTime: time,
    ...more,
  };
}

/** @param {number} seconds */
function at(seconds) {
  return `2026-11-23T08:15:${String(seconds).padStart(2, "0")}.000Z`;
}

/** @param {() => void} test */
function afresh(test) {
  return () => {
    keepOnly([]);
    setLimit(500);
    test();
  };
}

const ids = () => rides.map((ride) => ride.id);

Deno.test(
  "rides are newest first, of one millisecond by id, and without a time last, whenever they come",
  afresh(() => {
    addRides(
      [recorded("d", at(3)), recorded("f", at(2)), recorded("z", null)],
      0,
    );
    addRides([
      recorded("e", at(3)),
      recorded("c", at(3)),
      recorded("a", at(1)),
      recorded("y", null),
    ], 0);
    addRides([recorded("g", at(4)), recorded("b", at(2))], 0);
    deepEqual(ids(), ["g", "c", "d", "e", "b", "f", "a", "y", "z"]);
  }),
);

Deno.test(
  "only rides that are new are returned, the oldest first",
  afresh(() => {
    const first = addRides([recorded("b", at(2)), recorded("a", at(1))], 7);
    deepEqual(first.map((ride) => [ride.id, ride.seen]), [["a", 7], ["b", 7]]);
    const second = addRides([recorded("c", at(3)), recorded("b", at(2))], 8);
    deepEqual(second.map((ride) => [ride.id, ride.seen]), [["c", 8]]);
  }),
);

Deno.test(
  "no more than the limit are kept, and the oldest goes first",
  afresh(() => {
    setLimit(2);
    deepEqual(
      addRides(
        [1, 2, 3, 4].map((second) => recorded(`${second}`, at(second))),
        0,
      ).length,
      2,
    );
    deepEqual(ids(), ["4", "3"]);
    choose(rides[1]);
    deepEqual(addRides([recorded("old", at(0))], 0), []);
    addRides([recorded("5", at(5))], 0);
    deepEqual(ids(), ["5", "4"]);
    equal(store.chosen, null); // it has gone
    addRides([recorded("3", at(3))], 0);
    deepEqual(ids(), ["5", "4"]);
  }),
);

/** @type {Array<[string, Partial<RecordedRide>, object]>} */
const ODD = [
  ["nothing", { User: null }, {
    rider: "Somebody",
    unicorn: "a unicorn",
    color: "",
    pickup: null,
    point: null,
  }],
  ["an empty rider", { User: "" }, { rider: "Somebody" }],
  ["a unicorn", { Unicorn: { Name: "Gil", Color: "White", Gender: "Male" } }, {
    unicorn: "Gil",
    color: "White",
  }],
  ["a unicorn without a name", { Unicorn: { Color: "White" } }, {
    unicorn: "a unicorn",
    color: "White",
  }],
  ["half a pickup", { PickupLocation: { Latitude: 1, Longitude: null } }, {
    pickup: null,
    point: null,
  }],
  [
    "a pickup",
    { PickupLocation: { Latitude: 0, Longitude: 0 } },
    { pickup: { latitude: 0, longitude: 0 }, point: { x: 0.5, y: 0.5 } },
  ],
  [
    "a pickup that is nowhere",
    { PickupLocation: { Latitude: 95, Longitude: 500 } },
    { pickup: { latitude: 95, longitude: 500 }, point: null },
  ],
];

for (const [name, more, wanted] of ODD) {
  Deno.test(
    `a ride with ${name} is taken as it is`,
    afresh(() => {
      const [ride] = addRides([recorded("x", null, more)], 0);
      deepEqual({ ...ride, ...wanted }, { ...ride });
    }),
  );
}

Deno.test(
  "only rides on Earth are on the map",
  afresh(() => {
    const [earth, space] = [0, 500].map((Longitude) => ({
      PickupLocation: { Latitude: 0, Longitude },
    }));
    addRides([
      recorded("a", at(2), earth),
      recorded("b", at(1), space),
      recorded("c", at(0)),
    ], 0);
    deepEqual(ridePoints(), [{ x: 0.5, y: 0.5 }]);
  }),
);

Deno.test(
  "what is new is asked for from a minute before the newest ride that has a time",
  afresh(() => {
    const now = Date.parse(at(30));
    equal(sinceWhen(now), null);
    addRides([recorded("a", "yesterday"), recorded("b", null)], 0);
    equal(sinceWhen(now), null);
    addRides([recorded("d", at(2)), recorded("c", at(1)), recorded("e", "2026-11-23T10:15:03+02:00")], 0);
    equal(sinceWhen(now), "2026-11-23T08:14:03.000Z");
    addRides([recorded("f", "2026-11-23T08:15:04")], 0); // without an offset, it is UTC
    equal(sinceWhen(now), "2026-11-23T08:14:04.000Z");
    addRides([recorded("z", "2999-01-01T00:00:00.000Z")], 0); // a clock is ahead
    equal(sinceWhen(now), "2026-11-23T08:14:30.000Z");
    equal(sinceWhen(0), "1970-01-01T00:00:00.000Z");
  }),
);

Deno.test(
  "rides that are not there any more are forgotten",
  afresh(() => {
    addRides([1, 2, 3].map((second) => recorded(`${second}`, at(second))), 0);
    choose(rides[0]);
    keepOnly([recorded("2", at(2)), recorded("new", at(9))]);
    deepEqual(ids(), ["2"]);
    equal(store.chosen, null);
    deepEqual(addRides([recorded("3", at(3))], 0).map((ride) => ride.id), ["3"]);
  }),
);

Deno.test(
  "an answer that lacks a ride is doubted once",
  afresh(() => {
    const [old, middle, young] = [1, 2, 3].map((second) => recorded(`${second}`, at(second)));
    addRides([young, middle, old], 0);
    equal(hasLost([young, middle], at(2)), false);
    equal(hasLost([young], at(2)), true);
    equal(hasLost([young], at(2)), false); // its index lacks that ride
    equal(hasLost([], at(2)), true);
    equal(hasLost([], at(0)), true); // the old one
    equal(hasLost([], at(0)), false);
    keepOnly([]);
    addRides([young], 0);
    equal(hasLost([], at(2)), true);
  }),
);

Deno.test(
  "an answer that is full may lack rides",
  afresh(() => {
    setLimit(2);
    addRides([recorded("2", at(2)), recorded("1", at(1))], 0);
    equal(hasLost([recorded("4", at(4)), recorded("3", at(3))], at(0)), false);
    equal(hasLost([recorded("4", at(4))], at(0)), true);
  }),
);
