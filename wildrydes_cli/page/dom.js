/** What the page's HTML has: found, or an error that says what is missing. */

/**
 * Returns the element with an id.
 *
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} kind - Its class, such as `HTMLFormElement`.
 * @returns {T}
 */
export function find(id, kind) {
  const found = /** @type {Element | null} */ (document.getElementById(id));
  if (!(found instanceof kind)) {
    throw new TypeError(`the page has no ${kind.name} with the id ${id}`);
  }
  return found;
}
