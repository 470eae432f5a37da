// The table of segments; each row plays its stretch. A long one is shown in pages, so that an hour stays light.

import { button, el } from "./dom.js";
import { t } from "./language.js";
import { clock, emotionName, percent, sentence } from "./words.js";

const PAGE = 50;

/** Make the card; null where there are no segments. */
export function segmentsCard({ segments }, player, signal) {
  if (!segments.length) return null;
  const texts = segments.some(({ text }) => text);
  const body = el("tbody");
  const rows = [];
  const more = button("", () => grow());
  function grow() {
    const next = segments.slice(rows.length, rows.length + PAGE).map((one) => row(one, player, texts));
    rows.push(...next);
    body.append(...next);
    more.hidden = rows.length >= segments.length;
    more.textContent = t("segments.more", { left: segments.length - rows.length });
  }
  grow();
  player.addEventListener("change", () => mark(rows, segments, player), { signal });
  const heads = ["segments.hear", "segments.emotion", "segments.how-sure", ...(texts ? ["segments.text"] : [])];
  const table = el(
    "table",
    {},
    el("caption", { className: "quiet", text: t("segments.caption") }),
    el("thead", {}, el("tr", {}, heads.map((key) => el("th", { scope: "col", text: t(key) })))),
    body,
  );
  const frame = el("div", { className: "table-frame", tabIndex: 0, role: "region", "aria-label": t("segments.title") }, table);
  return el("section", { className: "card" }, el("h2", { text: t("segments.title") }), frame, more);
}

function row({ start, end, emotion, confidence, text }, player, texts) {
  const times = `${clock(start)} – ${clock(end)}`;
  const hear = button(times, () => player.span(start, end), { className: "plain", "aria-label": t("segments.play", { times }) });
  return el(
    "tr",
    {},
    el("td", {}, hear),
    el("td", {}, el("span", { className: `dot emotion-${emotion}`, "aria-hidden": "true" }), sentence(emotionName(emotion))),
    el("td", { text: percent(confidence) }),
    texts && el("td", { text: text ?? "" }),
  );
}

function mark(rows, segments, { place }) {
  rows.forEach((one, index) => {
    const { start, end } = segments[index];
    one.classList.toggle("now", place >= start && place < end);
  });
}
