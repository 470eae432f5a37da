// The dialog that asks who somebody is: with a key, or with a name and password.

import { button, el } from "./dom.js";
import { signInWithKey, signInWithPassword } from "./session.js";
import { t } from "./language.js";

/** Ask; resolves to whether something was given. wrong: what was given before was refused. */
export function ask({ wrong }) {
  return new Promise((resolve) => {
    const problem = el("p", { className: "wrong", role: "alert", text: wrong ? t("sign-in.refused") : "" });
    const key = field("key", { type: "password", autocomplete: "off", spellcheck: false });
    const name = field("name", { autocomplete: "username" });
    const password = field("password", { type: "password", autocomplete: "current-password" });
    async function submit(event) {
      event.preventDefault();
      try {
        if (key.input.value.trim()) signInWithKey(key.input.value.trim());
        else if (name.input.value && password.input.value) await signInWithPassword(name.input.value, password.input.value);
        else return void (problem.textContent = t("sign-in.empty"));
        dialog.close("yes");
      } catch (error) {
        problem.textContent = error.message;
      }
    }
    const form = el(
      "form",
      { onsubmit: submit },
      el("h2", { id: "sign-in-title", text: t("sign-in.title") }),
      el("p", { className: "quiet", text: t("sign-in.why") }),
      key.made,
      el("p", { className: "or", text: t("sign-in.or") }),
      name.made,
      password.made,
      problem,
      el("div", { className: "row" },
        el("button", { type: "submit", className: "primary", text: t("sign-in.go") }),
        button(t("sign-in.cancel"), () => dialog.close("no"))),
    );
    const dialog = el(
      "dialog",
      { "aria-labelledby": "sign-in-title", onclose: () => { dialog.remove(); resolve(dialog.returnValue === "yes"); } },
      form,
    );
    document.body.append(dialog);
    dialog.showModal();
    key.input.focus();
  });
}

function field(name, properties) {
  const input = el("input", { id: `sign-in-${name}`, ...properties });
  return { input, made: el("label", { className: "field" }, el("span", { text: t(`sign-in.${name}`) }), input) };
}
