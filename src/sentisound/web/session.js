// Who asks: a key, or a user's tokens. Kept for this tab only, and sent with every request.

const PLACE = "sentisound.credential";

let credential = read(); // {key} or {access, refresh}
let renewing = null; // one renewal at a time: a refresh token is good for one use
let asking = null; // one dialog at a time

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(PLACE));
  } catch {
    return null;
  }
}

function keep(next) {
  credential = next;
  if (next) sessionStorage.setItem(PLACE, JSON.stringify(next));
  else sessionStorage.removeItem(PLACE);
  document.dispatchEvent(new Event("session"));
}

/** Whether somebody has signed in here. */
export const signedIn = () => credential !== null;

/** The headers that say who asks. */
export function identity() {
  const secret = credential?.key ?? credential?.access;
  return secret ? { Authorization: `Bearer ${secret}` } : {};
}

export function signInWithKey(key) {
  keep({ key });
}

/** Sign in with a password; throws an Error with what the server says. */
export async function signInWithPassword(username, password) {
  keep(await tokens({ username, password }));
}

/** Sign out here; a user's session ends on the server too. */
export async function signOut() {
  const { refresh } = credential ?? {};
  keep(null);
  if (refresh) await post("v1/tokens/revoke", { refresh_token: refresh }).catch(() => {});
}

/**
 * Send a request as who has signed in; on 401 renew the token once, else let the page ask who it is.
 * send(headers) resolves to something with a status.
 */
export async function asSomebody(send) {
  let used = credential;
  let answer = await send(identity());
  if (answer.status === 401 && used?.refresh && (await renewed(used))) {
    used = credential;
    answer = await send(identity());
  }
  while (answer.status === 401 && (await asked(used))) {
    used = credential;
    answer = await send(identity());
  }
  return answer;
}

async function renewed(used) {
  if (credential !== used) return true; // another request has done it meanwhile
  renewing ??= tokens({ refresh_token: used.refresh })
    .then(keep, () => keep(null))
    .finally(() => { renewing = null; });
  await renewing;
  return credential !== null;
}

/** Ask the person who they are; resolves to whether they said. */
async function asked(used) {
  if (credential !== used && credential) return true;
  asking ??= import("./sign-in.js")
    .then((dialog) => dialog.ask({ wrong: used !== null }))
    .finally(() => { asking = null; });
  return asking;
}

async function tokens(body) {
  const response = await post("v1/tokens", body);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? answer.title);
  return { access: answer.access_token, refresh: answer.refresh_token };
}

function post(path, body) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}
