// Calibrated probabilities as bars or as a pie; both carry names and percentages, so colour is never alone.

import { button, colourOf, el, svg } from "./dom.js";
import { t } from "./language.js";
import { emotionName, percent, ranked, sentence } from "./words.js";

const PLACE = "sentisound.scores";
const RADIUS = 80;

/** Make the card with the probabilities and the switch between bars and pie. */
export function scoresCard(scores) {
  const body = el("div", { className: "scores-body" });
  const kinds = { bars: () => bars(scores), pie: () => pie(scores) };
  const choices = Object.keys(kinds).map((kind) => button(t(`scores.${kind}`), () => show(kind), { value: kind }));
  function show(kind) {
    localStorage.setItem(PLACE, kind);
    for (const choice of choices) choice.setAttribute("aria-pressed", String(choice.value === kind));
    body.replaceChildren(kinds[kind]());
  }
  show(localStorage.getItem(PLACE) === "pie" ? "pie" : "bars");
  const toggle = el("div", { className: "toggle", role: "group", "aria-label": t("scores.shown-as") }, choices);
  const head = el("div", { className: "card-head" }, el("h2", { text: t("scores.title") }), toggle);
  return el("section", { className: "card" }, head, body, el("p", { className: "quiet", text: t("scores.calibrated") }));
}

/** The bars, the likeliest first. */
export function bars(scores) {
  const rows = ranked(scores).map(([emotion, probability]) => {
    const fill = el("div", { className: `fill emotion-${emotion}` });
    requestAnimationFrame(() => requestAnimationFrame(() => { fill.style.width = `${100 * probability}%`; }));
    return el(
      "li",
      {},
      el("span", { text: sentence(emotionName(emotion)) }),
      el("div", { className: "track", "aria-hidden": "true" }, fill),
      el("span", { className: "share", text: percent(probability) }),
    );
  });
  return el("ol", { className: "bars" }, rows);
}

function pie(scores) {
  const list = ranked(scores);
  let before = 0;
  const slices = list.map(([emotion, share]) => {
    const slice = svg("circle", {
      r: RADIUS / 2, cx: 0, cy: 0, fill: "none", stroke: colourOf(emotion), "stroke-width": RADIUS,
      pathLength: 100, "stroke-dasharray": `${100 * share} 100`, "stroke-dashoffset": -100 * before,
      transform: "rotate(-90)", class: "slice",
    });
    before += share;
    return slice;
  });
  const drawn = svg("svg", { viewBox: "-84 -84 168 168", class: "pie", "aria-hidden": "true" }, slices);
  const names = list.map(([emotion, share]) =>
    el("li", {},
      el("span", { className: `dot emotion-${emotion}`, "aria-hidden": "true" }),
      el("span", { text: sentence(emotionName(emotion)) }),
      el("span", { className: "share", text: percent(share) })));
  return el("div", { className: "pie-and-names" }, drawn, el("ol", { className: "names" }, names));
}
