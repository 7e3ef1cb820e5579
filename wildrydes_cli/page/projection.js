/**
 * Web Mercator (EPSG:3857). The world is a square from 0 to 1, with x to the east and y to the south. It
 * repeats to the east and to the west.
 *
 * @typedef {{x: number, y: number}} Point
 * @typedef {{latitude: number, longitude: number}} Location
 */

/** The projection ends here: beyond, the square would be higher than it is wide. */
const NORTHERNMOST = 85.05;

/**
 * Returns where a location is in the world's square.
 *
 * @param {Location} location
 * @returns {Point}
 */
export function project({ latitude, longitude }) {
  const clamped = Math.max(-NORTHERNMOST, Math.min(NORTHERNMOST, latitude));
  const sine = Math.sin((clamped * Math.PI) / 180);
  return {
    x: (longitude + 180) / 360,
    y: 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI),
  };
}

/**
 * Returns the location of a point in the world's square, or in one of its copies to the east and the west.
 *
 * @param {Point} point
 * @returns {Location}
 */
export function unproject({ x, y }) {
  return {
    latitude: (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI,
    longitude: (x - Math.floor(x)) * 360 - 180,
  };
}
