// The server's public API as functions; a failure is a Failure whose message people can read.

import { asSomebody } from "./session.js";
import { t } from "./language.js";

/** A request that failed: status (0 where nobody answered), code and a message for people. */
export class Failure extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }

  static of(status, problem) {
    const said = [problem?.title, problem?.detail].filter(Boolean).map((text) => text.replace(/\.$/, ""));
    const known = t.maybe(`failure.${problem?.code}`);
    const message = known ? [known, said.at(-1)] : said;
    return new Failure(status, problem?.code ?? "", message.filter(Boolean).join(": ") || t("failure.status", { status }));
  }
}

const unreachable = () => new Failure(0, "unreachable", t("failure.unreachable"));

async function ask(path, options = {}) {
  const response = await asSomebody((headers) =>
    fetch(path, { ...options, headers: { ...headers, ...options.headers } }).catch((error) => {
      throw error.name === "AbortError" ? error : unreachable();
    }),
  );
  if (!response.ok) throw Failure.of(response.status, await response.json().catch(() => null));
  return response;
}

const json = async (path, options) => (await ask(path, options)).json();
const query = (fields) => new URLSearchParams(Object.entries(fields).filter(([, value]) => value)).toString();

export const models = () => json("v1/models");
export const model = (id) => json(`v1/models/${encodeURIComponent(id)}`);
export const analyses = (fields) => json(`v1/analyses?${query(fields)}`);
export const analysis = (id) => json(`v1/analyses/${id}`);
export const remove = (id) => ask(`v1/analyses/${id}`, { method: "DELETE" });
export const peaks = (id, columns) => json(`v1/analyses/${id}/peaks?columns=${columns}`);
export const trends = (fields) => json(`v1/analytics/emotions?${query(fields)}`);
export const artefact = async (id, name) => (await ask(`v1/analyses/${id}/${name}`)).blob();
export const sample = async (name) => (await ask(`samples/${name}.wav`)).blob();
export const job = (id) => json(`v1/jobs/${id}`);
export const cancelJob = (id) => ask(`v1/jobs/${id}`, { method: "DELETE" });

/**
 * Send a sound; resolves to {analysis, kept} or {job}. XMLHttpRequest, because fetch does not tell how far an upload
 * is; onUpload gets 0..1.
 */
export async function analyse(file, name, options, { onUpload, signal, later = false }) {
  const form = new FormData();
  form.append("file", file, name);
  form.append("options", new Blob([JSON.stringify(options)], { type: "application/json" }), "options.json");
  const answer = await asSomebody((headers) => upload(form, { ...headers, ...(later && { Prefer: "respond-async" }) }, onUpload, signal));
  if (answer.status === 202) return { job: answer.body };
  if (answer.status !== 200) throw Failure.of(answer.status, answer.body);
  return { analysis: answer.body, kept: answer.kept };
}

function upload(form, headers, onUpload, signal) {
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => event.lengthComputable && onUpload(event.loaded / event.total);
    request.upload.onload = () => onUpload(1);
    request.onerror = () => reject(unreachable());
    request.onload = () =>
      resolve({
        status: request.status,
        body: request.response,
        kept: request.getResponseHeader("X-SentiSound-History") === "kept",
      });
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => {
      request.abort();
      reject(signal.reason);
    });
    request.open("POST", "v1/analyses");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.send(form);
  });
}

const OVER = ["succeeded", "failed", "cancelled"];

/** Follow a job to its end; onChange gets it with every change. A cut connection is taken up again. */
export async function followJob(id, onChange, signal) {
  for (;;) {
    let last = null;
    try {
      const response = await ask(`v1/jobs/${id}/events`, { signal });
      for await (const event of eventsOf(response)) onChange((last = event));
    } catch (error) {
      if (signal.aborted || (error.status && error.status !== 503)) throw error;
    }
    if (last && OVER.includes(last.status)) return last;
    await new Promise((resolve) => setTimeout(resolve, 2000));
    signal.throwIfAborted();
  }
}

/** The data of server-sent events (EventSource cannot send who asks). */
async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const data = part.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim());
      if (data.length) yield JSON.parse(data.join("\n"));
    }
  }
}
