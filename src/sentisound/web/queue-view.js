// The queue as people see it: a line for each sound with its step, its bar and what can be done.

import { announce, at, button, el, link } from "./dom.js";
import { t } from "./language.js";
import { percent, verdict } from "./words.js";

const STEPS = ["sending", "analysing", "done"];
const WORKING = ["waiting", "sending", "queued", "analysing"];

let lines = new Map(); // item to its line
let watched = null;

/** Show a queue in its place, now and with every change; again where the language has changed. */
export function showQueue(queue) {
  lines = new Map();
  at("queue-list").replaceChildren();
  if (watched !== queue) queue.addEventListener("change", () => show(queue));
  watched = queue;
  show(queue);
}

function show(queue) {
  const list = at("queue-list");
  for (const [item, line] of lines) {
    if (queue.items.includes(item)) continue;
    line.made.remove();
    lines.delete(item);
  }
  for (const item of queue.items) {
    if (!lines.has(item)) {
      lines.set(item, makeLine(item));
      list.append(lines.get(item).made);
    }
    update(queue, item, lines.get(item));
  }
  at("queue").hidden = queue.items.length === 0;
}

function makeLine({ name, key }) {
  const parts = {
    step: el("p", { className: "step", id: `step-${key}` }),
    bar: el("progress", { max: 1, "aria-labelledby": `step-${key}` }),
    buttons: el("div", { className: "row" }),
    state: null,
  };
  parts.made = el("li", {}, el("p", { className: "name", text: name }), parts.buttons, parts.step, parts.bar);
  return parts;
}

function update(queue, item, parts) {
  if (item.share === null || item.share === undefined) parts.bar.removeAttribute("value");
  else parts.bar.value = item.share;
  const text = stepText(item);
  if (parts.step.textContent !== text) parts.step.textContent = text;
  if (parts.state === item.state) return;
  const held = parts.buttons.contains(document.activeElement);
  parts.state = item.state;
  parts.made.dataset.state = item.state;
  parts.bar.hidden = !WORKING.includes(item.state) || item.state === "waiting";
  parts.buttons.replaceChildren(...buttonsOf(queue, item));
  if (held) parts.buttons.querySelector("button, a")?.focus();
  announce(`${item.name}: ${text}`);
}

function stepText(item) {
  const number = STEPS.indexOf(item.state === "queued" ? "analysing" : item.state) + 1;
  const share = item.share > 0 && item.state !== "done" ? ` ${percent(item.share)}` : "";
  if (item.state === "done") {
    const { heading, trust } = verdict(item.analysis);
    return `${heading}. ${trust}`;
  }
  if (item.state === "failed") return item.error;
  const text = t(`queue.${item.state}`) + share;
  return number ? t("queue.step", { number, of: STEPS.length - 1, text }) : text;
}

function buttonsOf(queue, item) {
  const named = (key) => ({ "aria-label": t(`${key}-named`, { file: item.name }) });
  if (WORKING.includes(item.state)) return [button(t("queue.cancel"), () => queue.cancel(item), named("queue.cancel"))];
  const dismiss = button(t("queue.dismiss"), () => { queue.dismiss(item); at("file").focus(); }, { className: "plain", ...named("queue.dismiss") });
  if (item.state === "done") return [link(t("queue.open"), `#/result/${item.analysis.id}`, { className: "button", ...named("queue.open") }), dismiss];
  return [item.file && button(t("queue.retry"), () => queue.retry(item), named("queue.retry")), dismiss].filter(Boolean);
}
