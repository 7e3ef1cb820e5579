/** What happens, in sentences, one after the other. A screen reader reads them out. */

import { find } from "./dom.js";
import { element } from "./text.js";

const MOST_LINES = 50;
const NEARLY = 4; // pixels from the end that still count as the end
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
 * Adds a sentence, and shows it, unless somebody has scrolled up to read an older one.
 *
 * @param {Array<string | Node>} parts
 * @param {string} className
 */
function add(parts, className) {
  const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - NEARLY;
  log.append(element("p", parts, { className }));
  if (log.children.length > MOST_LINES) {
    log.firstChild?.remove();
  }
  if (isAtEnd) {
    log.scrollTop = log.scrollHeight;
  }
}
