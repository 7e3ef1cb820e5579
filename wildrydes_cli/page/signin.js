/**
 * Signs the rider in on Cognito's own pages: OAuth's authorization code flow with PKCE (RFC 7636). This page
 * never sees a password, and it keeps the token in this module only. Whoever loads the page again signs in
 * again, which mostly needs no password, because Cognito has a session of its own.
 */

import { find } from "./dom.js";
import { decode, encode } from "./encoding.js";
import { complain } from "./log.js";
import { pickup, showLocation } from "./pickup.js";
import { ask, Refusal, send } from "./server.js";
import { visible } from "./text.js";

/**
 * @typedef {object} SignInSettings
 * @property {string} InvokeUrl - Where the deployed API is.
 * @property {string} SignInUrl - Where Cognito's pages are.
 * @property {string} UserPoolClientId
 *
 * What this tab keeps while the browser is at Cognito, and after a sign-in. It is never a token.
 * @typedef {object} Kept
 * @property {string} [state]
 * @property {string} [verifier]
 * @property {boolean} [isSignedIn]
 * @property {import("./projection.js").Location | null} [pickup]
 */

const KEPT = "sign-in";
const HERE = `${location.origin}/`;
const button = find("sign", HTMLButtonElement);
const who = find("who", HTMLElement);
const rider = find("rider", HTMLElement);

/** The settings if riders sign in here, else null. @type {SignInSettings | null} */
let settings = null;
let token = "";
let listener = () => {};

/**
 * Lets riders sign in and out, and finishes a sign-in that brought the browser here.
 *
 * @param {SignInSettings} found
 * @param {() => void} onChange - Called when somebody is signed in, or no longer is.
 */
export async function watchSignIn(found, onChange) {
  settings = found;
  listener = onChange;
  button.addEventListener("click", () => (token ? signOut(found) : signIn(found)));
  const answer = new URLSearchParams(location.search);
  const kept = takeKept();
  history.replaceState(null, "", HERE); // the code must not stay in the history
  if (kept.pickup) {
    showLocation(kept.pickup);
  }
  if (answer.has("code") || answer.has("error")) {
    await finish(found, answer, kept).catch((error) => complain(`You are not signed in. ${reasonOf(error)}`));
  } else if (kept.isSignedIn) {
    await signIn(found);
    return; // the browser leaves for Cognito
  }
  show();
}

/** Whether the rider must sign in before a request. */
export function mustSignIn() {
  return settings !== null && !token;
}

/** Goes to Cognito's pages, if riders sign in here. */
export async function goToSignIn() {
  if (settings) {
    await signIn(settings);
  }
}

/**
 * Sends the request for a ride: to the deployed API if riders sign in here. Throws what `ask` throws.
 *
 * @param {object} body
 * @returns {Promise<any>}
 */
export async function sendRide(body) {
  if (!settings) {
    return send("/ride", body);
  }
  try {
    return await send(`${settings.InvokeUrl}/ride`, body, { Authorization: token });
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) {
      forget();
      throw new Refusal(401, { Error: "Your sign-in has ended. Sign in again" });
    }
    throw error;
  }
}

/** @param {SignInSettings} at */
async function signIn(at) {
  const kept = { state: randomText(), verifier: randomText(), pickup };
  keep(kept);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(kept.verifier));
  leaveFor(at, "/oauth2/authorize", {
    response_type: "code",
    scope: "openid",
    redirect_uri: HERE,
    state: kept.state,
    code_challenge_method: "S256",
    code_challenge: encode(new Uint8Array(digest)),
  });
}

/** @param {SignInSettings} at */
function signOut(at) {
  forget();
  leaveFor(at, "/logout", { logout_uri: HERE });
}

/**
 * @param {SignInSettings} at
 * @param {URLSearchParams} answer
 * @param {Kept} kept
 */
async function finish(at, answer, { state, verifier }) {
  if (!state || !verifier || answer.get("state") !== state) {
    throw new Error("That sign-in did not begin in this tab.");
  }
  if (answer.has("error")) {
    throw new Error(`Cognito says: ${answer.get("error_description") ?? answer.get("error")}`);
  }
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: at.UserPoolClientId,
    redirect_uri: HERE,
    code: answer.get("code") ?? "",
    code_verifier: verifier,
  });
  const { id_token: found } = await ask(`${at.SignInUrl}/oauth2/token`, { method: "POST", body });
  rider.textContent = visible(claimsOf(found)["cognito:username"]);
  token = found;
  keep({ isSignedIn: true });
}

function forget() {
  token = "";
  sessionStorage.removeItem(KEPT);
  show();
}

function show() {
  who.hidden = !token;
  button.textContent = token ? "Sign out" : "Sign in";
  button.hidden = false;
  listener();
}

/** @param {Kept} kept */
function keep(kept) {
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
}

/**
 * Returns what was kept, once: a code and its verifier are good for one try.
 *
 * @returns {Kept}
 */
function takeKept() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  sessionStorage.removeItem(KEPT);
  return kept;
}

/**
 * @param {SignInSettings} at
 * @param {string} path
 * @param {Record<string, string>} parameters
 */
function leaveFor(at, path, parameters) {
  const query = new URLSearchParams({ client_id: at.UserPoolClientId, ...parameters });
  location.assign(`${at.SignInUrl}${path}?${query}`);
}

/** @param {unknown} error */
function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Returns what a token says. It came from Cognito itself, over TLS, so only the API checks its signature.
 *
 * @param {string} jwt
 * @returns {Record<string, string>}
 */
function claimsOf(jwt) {
  return JSON.parse(new TextDecoder().decode(decode(jwt.split(".")[1])));
}

function randomText() {
  return encode(crypto.getRandomValues(new Uint8Array(32)));
}
