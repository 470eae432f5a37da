// The page's flow: texts, views by the address after "#", and what a finished sound does.

import * as client from "./client.js";
import { compareView } from "./compare.js";
import { modelView } from "./decided.js";
import { announce, at, el } from "./dom.js";
import { historyView, removal } from "./history.js";
import { offerModels, setUpIntake } from "./intake.js";
import { language, setLanguage, t } from "./language.js";
import { clearProblem, showProblem } from "./problems.js";
import { Queue } from "./queue.js";
import { showQueue } from "./queue-view.js";
import { resultView } from "./result.js";
import { signedIn, signOut } from "./session.js";
import { LANGUAGES } from "./texts.js";
import { verdict } from "./words.js";

const MOST_FILES = 20; // sounds that are held for playing; an older one is let go

const heard = new Map(); // id of an analysis to {analysis, file, kept}
const queue = new Queue();
let models = [];
let leaving = new AbortController(); // ends what the view that is shown has running

const VIEWS = {
  "": () => null,
  result: async (id, signal) => {
    const known = heard.get(id) ?? { analysis: await client.analysis(id), file: null, kept: true };
    const gone = () => { heard.delete(id); location.hash = "#/history"; };
    return resultView(known.analysis, { ...known, signal, onDelete: () => removal(id, known.analysis.file, gone) });
  },
  history: async (_, signal) => historyView({ models, signal }),
  compare: (ids) => compareView(...ids.split("/")),
  model: (id) => modelView(id),
};

async function route({ focus = true } = {}) {
  leaving.abort();
  const { signal } = (leaving = new AbortController());
  const [, name = "", rest = ""] = decodeURIComponent(location.hash).match(/^#\/(\w*)\/?(.*)$/) ?? [];
  clearProblem();
  mark(name);
  at("intake").hidden = name !== "";
  try {
    const view = await (VIEWS[name] ?? VIEWS[""])(rest, signal);
    if (signal.aborted) return;
    at("view").replaceChildren(...(view ? [view] : []));
    document.title = title(name, view);
    if (focus) arrive(view);
  } catch (error) {
    if (signal.aborted) return;
    at("view").replaceChildren();
    showProblem(error.message, () => route());
  }
}

function title(name, view) {
  const heading = view?.querySelector("h1")?.textContent;
  return name && heading ? `${heading} · SentiSound` : t("page.title");
}

/** Let keyboards and screen readers begin where the new view begins. */
function arrive(view) {
  window.scrollTo(0, 0);
  if (view) (view.querySelector("h1[tabindex]") ?? at("main")).focus({ preventScroll: true });
}

function mark(name) {
  for (const tab of document.querySelectorAll("nav a")) {
    if (tab.dataset.view === name) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}

function done({ detail: { analysis, file, kept } }) {
  heard.set(analysis.id, { analysis, file, kept });
  const held = [...heard.values()].filter((one) => one.file);
  if (held.length > MOST_FILES) held[0].file = null;
  const { heading, trust } = verdict(analysis);
  announce(`${analysis.file}: ${heading}. ${trust}`);
  const alone = queue.items.filter(({ state }) => state !== "failed" && state !== "cancelled").length === 1;
  if (alone && /^(#\/?)?$/.test(location.hash)) location.hash = `#/result/${analysis.id}`;
}

function translate() {
  document.documentElement.lang = language();
  for (const one of document.querySelectorAll("[data-text]")) one.textContent = t(one.dataset.text);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", t(one.dataset.label));
  document.title = t("page.title");
}

function setUpLanguage() {
  const choice = at("language");
  choice.replaceChildren(...Object.entries(LANGUAGES).map(([code, name]) => new Option(name, code, false, code === language())));
  choice.addEventListener("change", () => {
    setLanguage(choice.value);
    translate();
    setUpSamples();
    showQueue(queue);
    route({ focus: false });
  });
}

let setUpSamples = () => {};

async function getModels() {
  try {
    ({ models } = await client.models());
    offerModels(models);
    const usual = models.find((one) => one.default);
    at("model").replaceChildren(t("page.model"), " ", el("a", { href: `#/model/${usual.id}`, text: usual.title }));
  } catch (error) {
    showProblem(error.message, getModels);
  }
}

async function start() {
  translate();
  setUpLanguage();
  setUpSamples = setUpIntake((files, options) => {
    for (const item of queue.items.filter(({ state }) => state === "done")) queue.dismiss(item);
    queue.add(files, options);
  });
  showQueue(queue);
  queue.addEventListener("done", done);
  at("sign-out").addEventListener("click", async () => { await signOut(); location.reload(); });
  const showSession = () => { at("sign-out").hidden = !signedIn(); };
  document.addEventListener("session", showSession);
  showSession();
  window.addEventListener("hashchange", () => route());
  await getModels();
  await route({ focus: false });
}

start();
