// Files that the server makes of an analysis; fetched with who asks, then handed to the browser to save.

import { artefact } from "./client.js";
import { announce, button, el } from "./dom.js";
import { showProblem } from "./problems.js";
import { t } from "./language.js";

const KINDS = { PDF: "report.pdf", PNG: "chart.png", CSV: "export.csv", JSON: "export.json" };

/** Buttons, one a kind of file. */
export function downloads({ id, file, duration }) {
  const offered = duration === null ? ["JSON"] : Object.keys(KINDS);
  const buttons = offered.map((kind) => {
    const made = button(kind, () => download(made, id, kind, file), { "aria-label": t("download.kind", { kind, file }) });
    return made;
  });
  return el("div", { className: "downloads", role: "group", "aria-label": t("download.title") },
    el("span", { text: t("download.title") }), buttons);
}

async function download(pressed, id, kind, file) {
  pressed.setAttribute("aria-busy", "true");
  announce(t("download.making", { kind }));
  try {
    save(await artefact(id, KINDS[kind]), `${file.replace(/\.[^.]*$/, "")}.${kind.toLowerCase()}`);
    announce(t("download.done", { kind }));
  } catch (error) {
    showProblem(error.message);
  } finally {
    pressed.removeAttribute("aria-busy");
  }
}

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const saver = el("a", { href: address, download: name });
  document.body.append(saver);
  saver.click();
  saver.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
