/** What happens, in sentences, the newest first. A screen reader reads them out. */

import { find } from "./dom.js";
import { element } from "./text.js";

const MOST_LINES = 50;
const log = find("log", HTMLElement);

/**
 * Adds a sentence to the log.
 *
 * @param {...(string | Node)} parts
 */
export function say(...parts) {
  add(parts, "");
}

/**
 * Adds to the log a sentence about something that went wrong.
 *
 * @param {...(string | Node)} parts
 */
export function complain(...parts) {
  add(parts, "bad");
}

/**
 * @param {Array<string | Node>} parts
 * @param {string} className
 */
function add(parts, className) {
  log.prepend(element("p", parts, { className }));
  if (log.children.length > MOST_LINES) {
    log.lastChild?.remove();
  }
}
