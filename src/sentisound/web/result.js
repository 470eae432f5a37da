// The result of one sound, from the verdict to how it was decided.

import * as client from "./client.js";
import { decidedCard } from "./decided.js";
import { downloads } from "./downloads.js";
import { button, el, link } from "./dom.js";
import { planeCard } from "./plane.js";
import { Player } from "./player.js";
import { scope } from "./scope.js";
import { scoresCard } from "./scores.js";
import { segmentsCard } from "./segments.js";
import { t } from "./language.js";
import { lasting, moment, verdict } from "./words.js";

/**
 * Make the view of an analysis. file is the sound where this browser has it, kept whether the server has the analysis;
 * signal ends what runs when the view goes.
 */
export function resultView(analysis, { file = null, kept = true, signal, onDelete }) {
  const view = el("article", { className: "result" }, head(analysis));
  if (analysis.duration === null) {
    view.append(scoresCard(analysis.scores), el("p", { className: "quiet", text: t("result.imported") }));
    return view;
  }
  const player = new Player(analysis.duration);
  signal.addEventListener("abort", () => player.close());
  const { made, say } = scope(analysis, player, file, signal);
  view.append(
    warnings(analysis),
    made,
    el("div", { className: "pair" }, scoresCard(analysis.scores), planeCard(analysis)),
    ...words(analysis),
    segmentsCard(analysis, player, signal) ?? "",
    decidedCard(analysis),
    kept ? actions(analysis, onDelete) : el("p", { className: "quiet", text: t("result.not-kept") }),
  );
  if (file) player.load(file);
  else if (kept) sound(analysis, player, say, signal);
  return view;
}

function head(analysis) {
  const { kicker, heading, trust } = verdict(analysis);
  const about = [analysis.file, analysis.duration && lasting(analysis.duration), moment(analysis.created)];
  const classes = `card verdict ${analysis.abstained ? "unsure" : `emotion-${analysis.emotion}`}`;
  return el(
    "header",
    { className: classes },
    el("p", { className: "quiet about", text: about.filter(Boolean).join(" · ") }),
    el("p", { className: "kicker", text: kicker }),
    el("h1", { text: heading, tabIndex: -1 }),
    el("p", { className: "trust", text: trust }),
  );
}

function warnings({ quality }) {
  if (!quality?.warnings.length) return "";
  return el(
    "section",
    { className: "card caution" },
    el("h2", { text: t("result.warnings") }),
    el("ul", { lang: "en" }, quality.warnings.map((text) => el("li", { text }))),
  );
}

function words({ transcript, interpretation, missing = [] }) {
  const cards = [];
  if (transcript) {
    const engine = t(transcript.draft ? "words.draft-by" : "words.by", { engine: transcript.engine });
    cards.push(
      textCard(t("words.transcript"), el("p", { className: "said", text: transcript.text || t("words.none") }), engine, transcript.warnings),
    );
  }
  if (interpretation) {
    const text = interpretation.statements.map((one) => el("li", { text: one.text }));
    const by = t(interpretation.language_model ? "words.model-by" : "words.rules-by", { engine: interpretation.engine });
    const sure = el("p", { text: interpretation.uncertainty });
    cards.push(textCard(t("words.interpretation"), el("div", { lang: "en" }, el("ul", {}, text), sure), by, []));
  }
  for (const { part, detail } of missing) {
    cards.push(textCard(t(`words.${part}`), el("p", { text: t(`words.missing-${part}`) }), "", [detail]));
  }
  return cards;
}

function textCard(title, body, by, notes) {
  return el(
    "section",
    { className: "card" },
    el("h2", { text: title }),
    body,
    by && el("p", { className: "quiet", text: by }),
    notes.map((text) => el("p", { className: "quiet", lang: "en", text })),
  );
}

function actions(analysis, onDelete) {
  return el(
    "section",
    { className: "card actions", "aria-label": t("result.actions") },
    downloads(analysis),
    link(t("result.compare"), `#/compare/${analysis.id}`, { className: "button" }),
    button(t("result.delete"), onDelete, { className: "danger" }),
  );
}

/** Get the sound from the server, where it keeps sounds. */
async function sound(analysis, player, say, signal) {
  try {
    const blob = await client.artefact(analysis.id, "audio");
    if (!signal.aborted) player.load(blob);
  } catch {
    if (!signal.aborted) say(t("scope.not-kept"));
  }
}
