// What the page shows; nothing here talks to the server.

import { percent, sentence, verdict } from "./words.js";

const at = (id) => document.getElementById(id);

/** Show the sound that was chosen; address is where the player finds it. */
export function showSound(name, address) {
  at("sound-name").textContent = name;
  at("player").src = address;
  at("sound").hidden = false;
}

/** Show that work goes on: share is 0..1, or null where nobody knows how far it is. */
export function showWork(text, share) {
  const progress = at("progress");
  if (share === null) progress.removeAttribute("value");
  else progress.value = share;
  at("work").hidden = false;
  say(text);
}

/** Show that nothing goes on: no progress, no failure, no result of an earlier sound. */
export function showNothing() {
  at("work").hidden = true;
  at("retry").hidden = true;
  at("result").hidden = true;
  at("failure").replaceChildren();
  say("");
}

/** Show what went wrong. */
export function showFailure(message) {
  showNothing();
  const text = sentence(message);
  at("failure").replaceChildren(element("p", { text: /[.!?]$/.test(text) ? text : `${text}.` }));
  at("retry").hidden = false;
}

/** Show an answer. */
export function showResult(answer) {
  showNothing();
  const { kicker, heading, trust } = verdict(answer);
  at("kicker").textContent = kicker;
  at("verdict").textContent = heading;
  at("sureness").textContent = trust;
  at("bars").replaceChildren(...ranked(answer.probabilities).map(bar));
  at("result").className = `card result ${answer.reason ? "" : `emotion-${answer.emotion}`}`;
  at("result").hidden = false;
  say(`${kicker}: ${heading}. ${trust}`, { aloudOnly: true });
}

/** Show which model answers here. */
export function showModel({ model_type: model, trained_on: corpora }) {
  at("model").textContent = `Model: ${model}. Trained on ${corpora}.`;
}

/** Mark the place where a file may be dropped, while one hovers over the page. */
export function showDropping(dropping) {
  at("drop").classList.toggle("over", dropping);
}

function say(text, { aloudOnly = false } = {}) {
  const status = at("status");
  if (status.textContent !== text) status.textContent = text; // a screen reader repeats what is set again
  status.classList.toggle("aloud-only", aloudOnly);
}

function ranked(probabilities) {
  return Object.entries(probabilities).sort(([, one], [, other]) => other - one);
}

function bar([emotion, probability]) {
  const fill = element("div", { className: `fill emotion-${emotion}` });
  const track = element("div", { className: "track", children: [fill] });
  track.setAttribute("aria-hidden", "true"); // the percentage says the same
  requestAnimationFrame(() => { fill.style.width = `${100 * probability}%`; });
  const share = element("span", { className: "share", text: percent(probability) });
  return element("li", { children: [element("span", { text: sentence(emotion) }), track, share] });
}

function element(tag, { className = "", text = "", children = [] }) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(text, ...children);
  return made;
}
