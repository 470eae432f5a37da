// Two results side by side: what each says, and by how much each probability differs.

import * as client from "./client.js";
import { el, link } from "./dom.js";
import { t } from "./language.js";
import { emotionName, lasting, moment, number, percent, sentence, verdict } from "./words.js";

/** Make the view of two analyses; with one, offer the others to compare it with. */
export async function compareView(one, other) {
  const first = await client.analysis(one);
  if (!other) return choice(first);
  const second = await client.analysis(other);
  return el(
    "article",
    { className: "compare" },
    el("h1", { text: t("compare.title"), tabIndex: -1 }),
    el("div", { className: "pair" }, side(first), side(second)),
    differences(first, second),
  );
}

function side(analysis) {
  const { kicker, heading, trust } = verdict(analysis);
  const known = analysis.duration !== null;
  const classes = `card verdict ${analysis.abstained ? "unsure" : `emotion-${analysis.emotion}`}`;
  return el(
    "section",
    { className: classes },
    el("p", { className: "quiet about" }, link(analysis.file, `#/result/${analysis.id}`), ` · ${moment(analysis.created)}`),
    el("p", { className: "kicker", text: kicker }),
    el("h2", { className: "heading", text: heading }),
    el("p", { className: "trust", text: trust }),
    known && el("p", { className: "quiet", text: [
      lasting(analysis.duration),
      t("compare.place", { valence: number(analysis.valence), arousal: number(analysis.arousal) }),
      t("compare.segments", { count: analysis.segments.length }),
      analysis.model,
    ].join(" · ") }),
  );
}

function differences(first, second) {
  const emotions = [...new Set([...Object.keys(first.scores), ...Object.keys(second.scores)])];
  const change = (emotion) => (second.scores[emotion] ?? 0) - (first.scores[emotion] ?? 0);
  emotions.sort((a, b) => Math.abs(change(b)) - Math.abs(change(a)));
  const rows = emotions.map((emotion) =>
    el("tr", {},
      el("th", { scope: "row" }, el("span", { className: `dot emotion-${emotion}`, "aria-hidden": "true" }), sentence(emotionName(emotion))),
      cell(first.scores[emotion], emotion),
      cell(second.scores[emotion], emotion),
      el("td", { className: "change", text: points(change(emotion)) })));
  const heads = [t("compare.emotion"), first.file, second.file, t("compare.difference")];
  return el("section", { className: "card" },
    el("h2", { text: t("compare.differences") }),
    el("div", { className: "table-frame", tabIndex: 0, role: "region", "aria-label": t("compare.differences") },
      el("table", { className: "differences" },
        el("thead", {}, el("tr", {}, heads.map((text) => el("th", { scope: "col", text })))), el("tbody", {}, rows))));
}

function cell(share, emotion) {
  if (share === undefined) return el("td", { text: "–" });
  const fill = el("div", { className: `fill emotion-${emotion}` });
  requestAnimationFrame(() => { fill.style.width = `${100 * share}%`; });
  return el("td", {}, el("div", { className: "track", "aria-hidden": "true" }, fill), percent(share));
}

function points(change) {
  const rounded = Math.round(100 * change);
  return t("compare.points", { points: rounded > 0 ? `+${rounded}` : rounded < 0 ? `−${-rounded}` : "0" });
}

async function choice(first) {
  const { analyses } = await client.analyses({ limit: 50 });
  const others = analyses.filter(({ id }) => id !== first.id);
  return el(
    "section",
    { className: "card" },
    el("h1", { text: t("compare.with", { file: first.file }), tabIndex: -1 }),
    others.length === 0 && el("p", { text: t("compare.none") }),
    el("ul", { className: "choices" }, others.map((one) =>
      el("li", {}, link(one.file, `#/compare/${first.id}/${one.id}`), el("span", { className: "quiet", text: ` ${moment(one.created)}` })))),
  );
}
