// The history: a list that can be searched and filtered, re-opened, compared and deleted from.

import * as client from "./client.js";
import { at, announce, button, el, link } from "./dom.js";
import { showProblem, sure } from "./problems.js";
import { t } from "./language.js";
import { trendsCard } from "./trends.js";
import { emotionName, moment, percent, sentence } from "./words.js";

const PAGE = 25;
const DAY_MS = 86_400_000;
const TYPING_MS = 250;

/** Make the view; models and emotions fill the filters. */
export function historyView({ models, signal }) {
  const filters = filterForm(models);
  const list = el("ol", { className: "history-list" });
  const more = button(t("history.more"), () => load(), { hidden: true });
  const empty = el("p", { className: "quiet", hidden: true, role: "status" });
  const compare = link("", "#/", { className: "button primary", hidden: true });
  const chosen = new Set();
  let cursor = null;
  let asked = 0;

  async function load(fresh = false) {
    if (fresh) cursor = null;
    const mine = (asked += 1);
    try {
      const page = await client.analyses({ ...filters.fields(), limit: PAGE, cursor });
      if (mine !== asked || signal.aborted) return; // an answer to an earlier question
      if (fresh) list.replaceChildren();
      list.append(...page.analyses.map((one) => row(one, { chosen, onChoose, onGone: () => load(true) })));
      cursor = page.cursor;
      more.hidden = cursor === null;
      empty.hidden = list.childElementCount > 0;
      empty.textContent = t(filters.used() ? "history.nothing-found" : "history.empty");
    } catch (error) {
      showProblem(error.message, () => load(fresh));
    }
  }

  function onChoose() {
    const [one, other] = chosen;
    compare.hidden = chosen.size !== 2;
    compare.textContent = t("history.compare");
    compare.href = `#/compare/${one}/${other}`;
    for (const box of list.querySelectorAll("input")) box.disabled = chosen.size === 2 && !box.checked;
    if (chosen.size === 1) announce(t("history.one-more"));
  }

  let typing = null;
  filters.form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => load(true), TYPING_MS);
  });
  load(true);
  return el(
    "section",
    { className: "history", "aria-labelledby": "history-title" },
    el("h1", { id: "history-title", text: t("history.title"), tabIndex: -1 }),
    el("div", { className: "card" }, filters.form, empty, list, el("div", { className: "row" }, more, compare)),
    trendsCard(signal),
  );
}

function filterForm(models) {
  const field = (key, input) => el("label", { className: "field" }, el("span", { text: t(key) }), input);
  const select = (choices) => el("select", {}, new Option(t("history.any"), ""), choices.map(([text, value]) => new Option(text, value)));
  const labels = [...new Set(models.flatMap((one) => one.labels))];
  const search = el("input", { type: "search", maxLength: 400, autocomplete: "off" });
  const emotion = select(labels.map((label) => [sentence(emotionName(label)), label]));
  const model = select(models.map(({ title, id }) => [title, id]));
  const from = el("input", { type: "date" });
  const to = el("input", { type: "date" });
  const form = el(
    "form",
    { className: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
    field("history.search", search), field("history.emotion", emotion), field("history.model", model),
    field("history.from", from), field("history.to", to),
  );
  const start = (input) => (input.value ? new Date(`${input.value}T00:00`) : null);
  const fields = () => ({
    q: search.value.trim(),
    emotion: emotion.value,
    model: model.value,
    from: start(from)?.toISOString(),
    to: to.value ? new Date(start(to).getTime() + DAY_MS).toISOString() : null, // that day counts
  });
  return { form, fields, used: () => Object.values(fields()).some(Boolean) };
}

function row(analysis, { chosen, onChoose, onGone }) {
  const { id, file, emotion, confidence, abstained, created } = analysis;
  const box = el("input", {
    type: "checkbox",
    checked: chosen.has(id),
    "aria-label": t("history.choose", { file }),
    onchange: () => { chosen[box.checked ? "add" : "delete"](id); onChoose(); },
  });
  const said = abstained ? t("history.unsure", { emotion: emotionName(emotion) }) : sentence(emotionName(emotion));
  return el(
    "li",
    {},
    box,
    el("span", { className: `dot ${abstained ? "unsure" : `emotion-${emotion}`}`, "aria-hidden": "true" }),
    el("div", { className: "about" },
      link(file, `#/result/${id}`, { className: "file" }),
      el("span", { className: "quiet", text: `${said} · ${percent(confidence)} · ${moment(created)}` })),
    button(t("history.delete"), () => removal(id, file, onGone), { className: "plain", "aria-label": t("history.delete-named", { file }) }),
  );
}

/** Ask, delete, and call onGone. */
export async function removal(id, file, onGone) {
  if (!(await sure(t("history.sure", { file }), t("history.delete-it")))) return;
  try {
    await client.remove(id);
    announce(t("history.deleted", { file }));
    onGone();
    at("main").focus({ preventScroll: true });
  } catch (error) {
    showProblem(error.message);
  }
}
