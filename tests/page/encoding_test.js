import { deepEqual, equal } from "node:assert/strict";

import { decode, encode } from "../../wildrydes_cli/page/encoding.js";

/** @type {Array<[number[], string]>} */
const TEXTS = [
  [[], ""],
  [[0x66], "Zg"],
  [[0x66, 0x6f], "Zm8"],
  [[0x66, 0x6f, 0x6f], "Zm9v"],
  [[0xfb, 0xff, 0xfe, 0xfb, 0xff], "-__--_8"], // + and / in other base64
  [[0x00, 0x80, 0xff], "AID_"],
];

Deno.test("bytes are written so that a URL can have them, and read again", () => {
  for (const [bytes, text] of TEXTS) {
    equal(encode(Uint8Array.from(bytes)), text);
    deepEqual([...decode(text)], bytes);
  }
});

Deno.test("the challenge of a verifier is the one of RFC 7636, appendix B", async () => {
  const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  equal(encode(decode(verifier)), verifier);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  equal(encode(new Uint8Array(digest)), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
});
