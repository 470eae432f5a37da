// The page's language, and its texts filled in.

import { LANGUAGES, TEXTS } from "./texts.js";

const PLACE = "sentisound.language";

let chosen = initial();

function initial() {
  if (!globalThis.document) return "en"; // outside of a browser, in tests
  const kept = localStorage.getItem(PLACE);
  const wished = [kept, ...navigator.languages.map((code) => code.slice(0, 2))];
  return wished.find((code) => code in LANGUAGES) ?? "en";
}

/** The language of the page: "en" or "de". */
export const language = () => chosen;

/** The same with the reader's region, for dates: "en-GB". */
export const locale = () => navigator.languages.find((code) => code.startsWith(chosen)) ?? chosen;

export function setLanguage(code) {
  chosen = code;
  localStorage.setItem(PLACE, code);
}

/** A text by its key, filled in. */
export function t(key, values = {}) {
  const text = t.maybe(key) ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The same, undefined where there is no such text. */
t.maybe = (key) => TEXTS[key]?.[Object.keys(LANGUAGES).indexOf(chosen)];
