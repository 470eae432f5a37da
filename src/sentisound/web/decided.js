// "How was this decided": the model and features behind a verdict, and the model's card.

import { model } from "./client.js";
import { el, link } from "./dom.js";
import { t } from "./language.js";
import { lasting, number, percent } from "./words.js";

/** Make the card under a result. */
export function decidedCard(analysis) {
  const body = el("div");
  const details = el(
    "details",
    { className: "card", ontoggle: () => details.open && !body.childElementCount && fill(body, analysis) },
    el("summary", { text: t("decided.title") }),
    body,
  );
  return details;
}

async function fill(body, analysis) {
  const { quality, timings, model: id } = analysis;
  const spent = Object.values(timings).reduce((sum, one) => sum + one, 0);
  body.append(
    facts([
      ["decided.model", link(id, `#/model/${id}`)],
      ["decided.listened", lasting(analysis.duration)],
      ["decided.speech", quality && percent(quality.speech_ratio)],
      ["decided.noise", quality && (quality.snr_db === null ? t("decided.no-pause") : `${number(quality.snr_db, 0)} dB`)],
      ["decided.level", quality && `${number(quality.level_db, 0)} dB`],
      ["decided.time", spent ? `${number(1000 * spent, 0)} ms` : null],
    ]),
  );
  const card = await model(id).catch(() => null);
  if (!card) return void body.append(el("p", { className: "quiet", text: t("decided.gone") }));
  body.append(
    el("p", { text: t("decided.how", { features: card.features.set, size: card.features.size, kind: card.training.model }) }),
    el("p", { text: t("decided.sure", { threshold: percent(card.calibration.threshold) }) }),
  );
}

/** A list of facts: pairs of a text's key and a value; those without a value are left out. */
export function facts(pairs) {
  const rows = pairs.filter(([, value]) => value).map(([key, value]) =>
    el("div", {}, el("dt", { text: t(key) }), el("dd", {}, value)));
  return el("dl", { className: "facts" }, rows);
}

/** The page with a model's card. */
export async function modelView(id) {
  const card = await model(id);
  const { training, calibration } = card;
  return el(
    "article",
    { className: "card reading" },
    el("h1", { text: card.title }),
    el("p", { className: "quiet", text: card.id }),
    facts([
      ["card.labels", card.labels.join(", ")],
      ["card.kind", training.model],
      ["card.features", `${card.features.set} (${card.features.size})`],
      ["card.corpora", training.corpora.join(", ")],
      ["card.languages", training.languages.join(", ")],
      ["card.heard", t("card.heard-of", { speakers: number(training.speakers), clips: number(training.clips) })],
      ["card.threshold", percent(calibration.threshold)],
      ["card.licence", card.licence],
      ["card.created", card.created],
    ]),
    el("h2", { text: t("card.use") }), el("p", { lang: "en", text: card.intended_use }),
    el("h2", { text: t("card.limits") }), el("p", { lang: "en", text: card.limits }),
    card.metrics.length > 0 && [el("h2", { text: t("card.metrics") }), metrics(card.metrics)],
  );
}

function metrics(list) {
  const share = (value, spread) => `${percent(value)} ± ${number(100 * spread, 1)}`;
  const rows = list.map((one) =>
    el("tr", {},
      el("th", { scope: "row", lang: "en", text: one.protocol }),
      el("td", { text: share(one.uar, one.uar_std) }),
      el("td", { text: share(one.wa, one.wa_std) }),
      el("td", { text: number(one.ece, 3) }),
      el("td", { text: t(one.speaker_independent ? "card.new-voices" : "card.known-voices") })));
  const head = ["card.protocol", "card.uar", "card.wa", "card.ece", "card.voices"].map((key) => el("th", { scope: "col", text: t(key) }));
  return el("div", { className: "table-frame", tabIndex: 0, role: "region", "aria-label": t("card.metrics") },
    el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows)));
}
