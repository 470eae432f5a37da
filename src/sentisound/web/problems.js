// What went wrong, in words, where everybody sees and hears it; and a question before what cannot be undone.

import { at, button, el } from "./dom.js";
import { t } from "./language.js";
import { sentence } from "./words.js";

/** Show a problem until it is closed or the next one comes. */
export function showProblem(message, again = null) {
  const text = sentence(message);
  at("problem").replaceChildren(
    el("p", { text: /[.!?]$/.test(text) ? text : `${text}.` }),
    el(
      "div",
      { className: "row" },
      again && button(t("problem.again"), () => { clearProblem(); again(); }),
      button(t("problem.close"), clearProblem, { className: "plain" }),
    ),
  );
}

export function clearProblem() {
  at("problem").replaceChildren();
}

/** Ask before something final; resolves to whether it was agreed to. */
export function sure(question, action) {
  return new Promise((resolve) => {
    const dialog = el(
      "dialog",
      { "aria-labelledby": "question", onclose: () => { dialog.remove(); resolve(dialog.returnValue === "yes"); } },
      el("p", { id: "question", text: question }),
      el(
        "div",
        { className: "row" },
        button(action, () => dialog.close("yes"), { className: "danger" }),
        button(t("problem.no"), () => dialog.close("no"), { autofocus: true }),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
