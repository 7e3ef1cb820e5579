/**
 * The lines of the map, as map.json has them: as texts, and then as points.
 *
 * A tile of the map is SIZE steps wide and high. Points count in steps of the world, from a corner.
 *
 * @typedef {import("./projection.js").Point} Point
 */

/** How many steps a tile is wide and high. */
export const SIZE = 2 ** 15;

// Characters from # to ~ are digits of a base. An exclamation mark stands for the backslash, which JSON escapes.
const FIRST = 35;
const BASE = 92;
const SHORT = 76; // digits below are numbers by themselves
const BACKSLASH = 92;
const INSTEAD = 33;

/**
 * Returns the points of a line: each is so many steps of its tile right and down from the one before.
 *
 * @param {string} text
 * @param {number} step - How many steps of the world one of the tile is.
 * @param {Point} corner - Of the tile. The first point is seen from there.
 * @returns {Point[]}
 */
export function pointsOf(text, step, corner) {
  const moves = numbersOf(text);
  const points = [];
  let { x, y } = corner;
  for (let index = 0; index < moves.length; index += 2) {
    x += moves[index] * step;
    y += moves[index + 1] * step;
    points.push({ x, y });
  }
  return points;
}

/**
 * Returns the numbers in a text: small ones have a character each, larger ones two or four.
 *
 * @param {string} text
 * @returns {number[]}
 */
export function numbersOf(text) {
  const numbers = [];
  let at = 0;
  const digit = () => {
    const code = text.charCodeAt(at++);
    return (code === INSTEAD ? BACKSLASH : code) - FIRST;
  };
  while (at < text.length) {
    let number = digit();
    if (number === BASE - 1) {
      number = (digit() * BASE + digit()) * BASE + digit();
    } else if (number >= SHORT) {
      number = SHORT + (number - SHORT) * BASE + digit();
    }
    numbers.push(number % 2 ? -(number + 1) / 2 : number / 2); // -1 is written as 1, and 1 as 2
  }
  return numbers;
}

/**
 * Returns the points of a line that say enough of its shape (Douglas and Peucker). The ends stay.
 *
 * @param {Point[]} points
 * @param {number} tolerance - How far the line may be off.
 * @returns {Point[]}
 */
export function simplified(points, tolerance) {
  const last = points.length - 1;
  const isKept = new Uint8Array(points.length);
  isKept[0] = isKept[last] = 1;
  const todo = [[0, last]];
  for (let part = todo.pop(); part; part = todo.pop()) {
    const [from, to] = part;
    const { index, distance } = farthest(points, from, to);
    if (distance > tolerance) {
      isKept[index] = 1;
      todo.push([from, index], [index, to]);
    }
  }
  return points.filter((_, index) => isKept[index]);
}

/**
 * Returns a ring in pieces that begin and end at the edge of its tile, or in one piece if it does not touch that.
 *
 * @param {Point[]} ring
 * @param {Point} corner - Of the tile.
 * @returns {Point[][]}
 */
export function piecesOf(ring, corner) {
  const start = ring.findIndex((point) => isOnEdge(point, corner));
  if (start < 0) {
    const middle = towards(ring[0], ring[ring.length - 1], Infinity);
    return [[middle, ...ring, middle]];
  }
  const pieces = [];
  let piece = [ring[start]];
  for (let count = 1; count <= ring.length; count++) {
    const point = ring[(start + count) % ring.length];
    piece.push(point);
    if (isOnEdge(point, corner)) {
      pieces.push(piece);
      piece = [point];
    }
  }
  return pieces;
}

/**
 * Whether a piece is a straight line along the edge of the tile: there, an area was only cut.
 *
 * @param {Point[]} piece
 * @param {Point} corner - Of the tile.
 */
export function isCut([from, to, ...more], corner) {
  return (
    !more.length &&
    ((from.x === to.x && (from.x === corner.x || from.x === corner.x + SIZE)) ||
      (from.y === to.y && (from.y === corner.y || from.y === corner.y + SIZE)))
  );
}

/**
 * Returns how large a ring is: its width and height together.
 *
 * @param {Point[]} ring
 */
export function extent(ring) {
  const across = ring.map((point) => point.x);
  const down = ring.map((point) => point.y);
  return Math.max(...across) - Math.min(...across) + Math.max(...down) - Math.min(...down);
}

/**
 * Returns the point at some distance from one point to another, at most half way.
 *
 * @param {Point} one
 * @param {Point} other
 * @param {number} distance
 * @returns {Point}
 */
export function towards(one, other, distance) {
  const part = Math.min(0.5, distance / (Math.hypot(other.x - one.x, other.y - one.y) || 1));
  return { x: one.x + part * (other.x - one.x), y: one.y + part * (other.y - one.y) };
}

/**
 * Returns which point between two others is farthest from the line between them.
 *
 * @param {Point[]} points
 * @param {number} from
 * @param {number} to
 */
function farthest(points, from, to) {
  const { x, y } = points[from];
  const right = points[to].x - x;
  const down = points[to].y - y;
  const square = right * right + down * down || 1;
  let index = from;
  let most = 0;
  for (let at = from + 1; at < to; at++) {
    const east = points[at].x - x;
    const south = points[at].y - y;
    const part = Math.max(0, Math.min(1, (east * right + south * down) / square));
    const distance = (east - part * right) ** 2 + (south - part * down) ** 2;
    if (distance > most) {
      most = distance;
      index = at;
    }
  }
  return { index, distance: Math.sqrt(most) };
}

/**
 * @param {Point} point
 * @param {Point} corner
 */
function isOnEdge({ x, y }, corner) {
  return x === corner.x || y === corner.y || x === corner.x + SIZE || y === corner.y + SIZE;
}
