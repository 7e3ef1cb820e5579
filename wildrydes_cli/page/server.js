/** How the page talks to its server. */

import { sentence } from "./text.js";

const PATIENCE = 60_000; // milliseconds: a store that is far away may have to read a whole table

/** The server answered, but not with what was asked for. The message is a sentence. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {{Error?: string, Reference?: string, message?: string, error?: string} | null} answer - The
   *   handler has an `Error`, API Gateway a `message`, Cognito an `error`.
   */
  constructor(status, answer) {
    const reason = answer?.Error ?? answer?.message ?? answer?.error ??
      `The server answered with status ${status}`;
    super(
      sentence(
        answer?.Reference ? `${reason} (reference ${answer.Reference})` : reason,
      ),
    );
    this.status = status;
  }
}

/**
 * Asks the server for JSON.
 *
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 * @throws {Refusal} The server answered with an error.
 * @throws {Error} No answer came, or what came was no JSON.
 */
export async function ask(path, options = {}) {
  const answer = await fetch(path, {
    signal: AbortSignal.timeout(PATIENCE),
    ...options,
  });
  if (!answer.ok) {
    throw new Refusal(answer.status, await answer.json().catch(() => null));
  }
  return answer.json();
}

/**
 * Sends JSON to the server, and returns the JSON of its answer. Throws what `ask` throws.
 *
 * @param {string} path
 * @param {object} body
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>}
 */
export function send(path, body, headers = {}) {
  return ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}
