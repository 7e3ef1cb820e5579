/**
 * Text that came from elsewhere is shown as text: never as markup, and with nothing in it that hides or
 * reorders text.
 */

// Control characters, bidi controls, line separators, zero-width and blank letters, tags, lone surrogates: a test
// holds that these are the characters that the command line escapes, too.
const UNSEEN = new RegExp(
  String.raw`[\0-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f` +
    String.raw`\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff` +
    String.raw`\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]`,
  "gu",
);
const LONGEST_NAME = 128; // as long as the command line allows; other programs may record more
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?<offset>Z|[+\-]\d\d:\d\d|)$/;
const MINUTE = 60;
const WEEK = 7 * 24 * 60 * MINUTE;
const UNITS = [
  { name: "day", seconds: 24 * 60 * MINUTE },
  { name: "hour", seconds: 60 * MINUTE },
  { name: "minute", seconds: MINUTE },
];

/**
 * Returns the text with each character escaped that a browser would not show, or would obey.
 *
 * @param {string} text
 * @returns {string}
 */
export function visible(text) {
  return String(text).replace(
    UNSEEN,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/**
 * Makes an element that holds text, other elements, or both. The text is made visible first.
 *
 * @param {string} name - The name of the element, such as "p".
 * @param {Array<string | Node>} [content]
 * @param {object} [properties] - Properties to set, such as `className`.
 * @returns {HTMLElement}
 */
export function element(name, content = [], properties = {}) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(
    ...content.map((part) => (part instanceof Node ? part : visible(part))),
  );
  return made;
}

/**
 * Makes an element for somebody's name. It keeps a name that is written from right to left to itself.
 *
 * @param {string} text
 * @returns {HTMLElement}
 */
export function nameElement(text) {
  return element("bdi", [shortened(text, LONGEST_NAME)]);
}

/**
 * Returns the text, or its beginning if it is longer.
 *
 * @param {string} text
 * @param {number} longest - How many characters.
 * @returns {string}
 */
export function shortened(text, longest) {
  if (text.length <= longest) {
    return text;
  }
  const characters = [...text.slice(0, 2 * longest + 2)]; // a character may take two
  return characters.length > longest ? `${characters.slice(0, longest).join("")}…` : text;
}

/**
 * Returns the first character of a name, as a capital letter.
 *
 * @param {string} name
 * @returns {string}
 */
export function initial(name) {
  return [...visible(name.slice(0, 2))][0]?.toUpperCase() ?? "";
}

/**
 * Returns the text with a capital letter at its beginning and a full stop at its end.
 *
 * @param {string} text
 * @returns {string}
 */
export function sentence(text) {
  const capitalized = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/u.test(capitalized) ? capitalized : `${capitalized}.`;
}

/**
 * Returns the largest number that is not larger and begins with 1, 2 or 5 and has only zeros after it.
 *
 * @param {number} number
 */
export function roundNumber(number) {
  const power = 10 ** Math.floor(Math.log10(number));
  return ([5, 2].find((digit) => digit * power <= number) ?? 1) * power;
}

/**
 * Returns the time in a text of ISO 8601 in milliseconds since 1970, or NaN. Without an offset, it is UTC.
 *
 * @param {string} text
 * @returns {number}
 */
export function momentOf(text) {
  const offset = ISO_TIME.exec(text)?.groups?.offset;
  return offset === undefined ? NaN : Date.parse(offset ? text : `${text}Z`);
}

/**
 * Says how long ago a time was, as the command line does in `columns.ago`: a test compares the two.
 *
 * A time without an offset is UTC. Less than a minute ago is "just now", and so is up to two minutes ahead, because
 * clocks differ a little. Less than a week ago is said in minutes, hours or days, rounded down. Any other time is its
 * day, hour and minute in UTC. A text that is no time of ISO 8601 with seconds stays as it is.
 *
 * @param {string} time
 * @param {number} [now] - In milliseconds.
 * @returns {string}
 */
export function ago(time, now = Date.now()) {
  const then = momentOf(time);
  if (Number.isNaN(then)) {
    return time;
  }
  const seconds = (now - then) / 1000;
  if (seconds < -2 * MINUTE || seconds >= WEEK) {
    return new Date(then).toISOString().slice(0, "2026-11-23T08:15".length).replace("T", " ");
  }
  const unit = UNITS.find((each) => seconds >= each.seconds);
  if (!unit) {
    return "just now";
  }
  const count = Math.floor(seconds / unit.seconds);
  return `${count} ${unit.name}${count > 1 ? "s" : ""} ago`;
}
