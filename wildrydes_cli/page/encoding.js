/** Base64 for URLs, without padding (RFC 4648, section 5): PKCE and tokens are written in it. */

/**
 * Returns bytes as a text.
 *
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function encode(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * Returns the bytes in a text.
 *
 * @param {string} text
 * @returns {Uint8Array}
 */
export function decode(text) {
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}
