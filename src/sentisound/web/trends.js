// Trends: the share of each emotion in each step of time, as stacked columns and as a table.

import * as client from "./client.js";
import { button, colourOf, el, svg } from "./dom.js";
import { locale, t } from "./language.js";
import { emotionName, percent, sentence } from "./words.js";

const BUCKETS = ["day", "week", "month"];
const SHOWN = 24;
const [WIDTH, HEIGHT] = [480, 150];

/** Make the card. */
export function trendsCard(signal) {
  const body = el("div");
  const choices = BUCKETS.map((bucket) => button(t(`trends.${bucket}`), () => load(bucket), { value: bucket }));
  async function load(bucket) {
    for (const one of choices) one.setAttribute("aria-pressed", String(one.value === bucket));
    const { series } = await client.trends({ bucket }).catch(() => ({ series: [] })); // the list has told what is wrong
    if (!signal.aborted) body.replaceChildren(...shown(series[0]?.buckets.slice(-SHOWN) ?? [], bucket));
  }
  load("day");
  return el(
    "section",
    { className: "card" },
    el("div", { className: "card-head" }, el("h2", { text: t("trends.title") }),
      el("div", { className: "toggle", role: "group", "aria-label": t("trends.step") }, choices)),
    body,
  );
}

function shown(buckets, bucket) {
  if (!buckets.length) return [el("p", { className: "quiet", text: t("trends.empty") })];
  const emotions = [...new Set(buckets.flatMap(({ shares }) => Object.keys(shares)))].sort();
  return [columns(buckets, emotions), legend(emotions), table(buckets, emotions, bucket)];
}

function columns(buckets, emotions) {
  const step = Math.min(60, WIDTH / buckets.length);
  const bars = buckets.flatMap(({ shares }, index) => {
    let top = HEIGHT;
    return emotions.filter((emotion) => shares[emotion]).map((emotion) => {
      const height = shares[emotion] * HEIGHT;
      top -= height;
      return svg("rect", { x: index * step + 1, y: top, width: step - 2, height, fill: colourOf(emotion) });
    });
  });
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "trend-columns", preserveAspectRatio: "xMinYMax meet", "aria-hidden": "true" }, bars);
}

function legend(emotions) {
  return el("ul", { className: "legend" }, emotions.map((emotion) =>
    el("li", {}, el("span", { className: `dot emotion-${emotion}`, "aria-hidden": "true" }), sentence(emotionName(emotion)))));
}

function table(buckets, emotions, bucket) {
  const heads = [t(`trends.${bucket}`), t("trends.count"), ...emotions.map((emotion) => sentence(emotionName(emotion)))];
  const rows = [...buckets].reverse().map(({ start, count, shares, trend }) =>
    el("tr", {}, el("th", { scope: "row", text: when(start, bucket) }), el("td", { text: count }),
      emotions.map((emotion) => el("td", { text: `${percent(shares[emotion] ?? 0)} ${arrow(trend?.[emotion])}` }))));
  return el(
    "details",
    {},
    el("summary", { text: t("trends.table") }),
    el("div", { className: "table-frame", tabIndex: 0, role: "region", "aria-label": t("trends.title") },
      el("table", {}, el("thead", {}, el("tr", {}, heads.map((text) => el("th", { scope: "col", text })))), el("tbody", {}, rows))),
  );
}

const arrow = (change) => (change > 0.005 ? "↑" : change < -0.005 ? "↓" : "");

function when(start, bucket) {
  const form = bucket === "month" ? { year: "numeric", month: "short" } : { dateStyle: "medium" };
  return new Date(start).toLocaleDateString(locale(), { ...form, timeZone: "UTC" });
}
