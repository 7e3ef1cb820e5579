/**
 * Room for names: none covers another, and none is cut at the edge.
 *
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box - In pixels.
 */

const EDGE = 6; // pixels that stay free at the edge of the map
const APART = 3; // pixels between two names in a row

/** What is left of a map for names. */
export class Room {
  /** @type {Box[]} */
  #taken;
  /** @type {Box[]} */
  #avoided;

  /**
   * @param {number} width - Of the map.
   * @param {number} height
   * @param {Box[]} taken - Where no name may be.
   * @param {Box[]} avoided - Where a name should not be, if there is another place for it.
   */
  constructor(width, height, taken, avoided) {
    this.width = width;
    this.height = height;
    this.#taken = [...taken];
    this.#avoided = avoided;
  }

  /**
   * Takes one of the boxes that are free: the one with the fewest of the avoided in it, and of those the first.
   *
   * @param {Box[]} boxes
   * @returns {Box | undefined} The box, unless none is free.
   */
  takeOne(boxes) {
    const covered = (/** @type {Box} */ box) =>
      this.#avoided.filter((other) => overlap(box, other, 0)).length;
    const free = boxes.filter((box) => this.isFree(box)).map((box) => ({ box, rides: covered(box) }));
    const taken = free.sort((one, other) => one.rides - other.rides)[0]?.box;
    if (taken) {
      this.#taken.push(taken);
    }
    return taken;
  }

  /**
   * Takes a box.
   *
   * @param {Box} box
   */
  take(box) {
    this.#taken.push(box);
  }

  /**
   * Whether a box is on the map, and no other is there.
   *
   * @param {Box} box
   */
  isFree(box) {
    const { left, top, right, bottom } = box;
    const isInside = left >= EDGE && top >= EDGE && right <= this.width - EDGE &&
      bottom <= this.height - EDGE;
    return isInside && !this.#taken.some((other) => overlap(box, other, APART));
  }
}

/**
 * Returns where the name of a place may be, the best first.
 *
 * @param {{x: number, y: number}} point - Of the place.
 * @param {number} width - Of the name.
 * @param {number} height
 * @param {number} gap - Between the middle of the point and the name. With 0, the name stands on the point, or just
 *   above or below.
 * @returns {Box[]}
 */
export function boxesAt({ x, y }, width, height, gap) {
  /**
   * @param {number} left
   * @param {number} top
   */
  const at = (left, top) => ({ left, top, right: left + width, bottom: top + height });
  const [middle, above] = [x - width / 2, y - height / 2];
  const beside = [at(x + gap, above), at(x - gap - width, above)];
  const around = [...beside, at(middle, y - gap - height), at(middle, y + gap)];
  return gap ? around : [at(middle, above), at(middle, above - height), at(middle, above + height)];
}

/**
 * @param {Box} one
 * @param {Box} other
 * @param {number} apart - How many pixels must be between them in a row.
 */
function overlap(one, other, apart) {
  return one.left < other.right + apart && one.right > other.left - apart && one.top < other.bottom &&
    one.bottom > other.top;
}
