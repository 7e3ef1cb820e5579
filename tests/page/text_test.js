import { equal } from "node:assert/strict";

import { initial, roundNumber, sentence, shortened, visible } from "../../wildrydes_cli/page/text.js";

/** @type {Array<[string, string]>} */
const VISIBLE = [
  ["", ""],
  [
    "Ada Lovelace, Zoë, 李, 👩‍🚀".replace("\u200d", ""),
    "Ada Lovelace, Zoë, 李, 👩🚀",
  ],
  ["<b>&amp;", "<b>&amp;"],
  ["a\nb\tc\u0000", "a\\u{a}b\\u{9}c\\u{0}"],
  ["\u009b31m", "\\u{9b}31m"],
  ["\u202egnp.exe", "\\u{202e}gnp.exe"],
  ["\u200b\u2028\ufeff\u00ad", "\\u{200b}\\u{2028}\\u{feff}\\u{ad}"],
  ["\ud800 alone", "\\u{d800} alone"],
  ["\u{e0041}\u3164\u034f", "\\u{e0041}\\u{3164}\\u{34f}"],
];

Deno.test("what a browser would hide or obey is escaped", () => {
  for (const [text, shown] of VISIBLE) {
    equal(visible(text), shown);
  }
});

/** @type {Array<[string, number, string]>} */
const SHORTENED = [
  ["", 3, ""],
  ["abc", 3, "abc"],
  ["abcd", 3, "abc…"],
  ["👩👩👩", 3, "👩👩👩"],
  ["👩👩👩👩", 3, "👩👩👩…"],
  ["x".repeat(300_000), 2, "xx…"],
];

Deno.test("a long text is cut between two characters", () => {
  for (const [text, longest, wanted] of SHORTENED) {
    equal(shortened(text, longest), wanted);
  }
});

Deno.test("a sentence begins with a capital letter and ends with a full stop", () => {
  for (
    const [text, wanted] of [
      ["the table is gone", "The table is gone."],
      ["Try again…", "Try again…"],
      ["why?", "Why?"],
      ["élan", "Élan."],
      ["", "."],
    ]
  ) {
    equal(sentence(text), wanted);
  }
});

Deno.test("the initial of a name is its first character", () => {
  for (
    const [name, wanted] of [
      ["Angel", "A"],
      ["gil", "G"],
      ["👩 and more", "👩"],
      ["", ""],
      ["\u202eevil", "\\"],
      ["ß", "SS"],
    ]
  ) {
    equal(initial(name), wanted);
  }
});

Deno.test("a round number begins with 1, 2 or 5 and is not larger", () => {
  for (
    const [number, wanted] of [[1, 1], [1.9, 1], [2, 2], [4.9, 2], [5, 5], [9.9, 5], [10, 10], [370, 200], [
      0.07,
      0.05,
    ]]
  ) {
    equal(Number(roundNumber(number).toPrecision(6)), wanted);
  }
});
