// The queue: sounds that wait, are sent, are analysed and are done, one after the other. Knows nothing of the page.

import * as client from "./client.js";

const PLACE = "sentisound.jobs"; // jobs that a reload must find again
const LONG_BYTES = 8e6; // a larger file goes as a job, so that a lost connection loses nothing

let count = 0;

export class Queue extends EventTarget {
  items = [];
  #running = false;

  constructor() {
    super();
    for (const { id, name } of remembered()) this.#resume(id, name);
  }

  /** Add sounds; name is for people. */
  add(files, options) {
    for (const file of files) {
      const stop = new AbortController();
      this.items.push({ key: (count += 1), file, name: file.name, options, state: "waiting", share: 0, stop });
    }
    this.#tell();
    this.#work();
  }

  /** Stop one; what has gone to the server as a job is cancelled there. */
  async cancel(item) {
    item.stop.abort(new DOMException("", "AbortError"));
    this.#set(item, { state: "cancelled" });
    if (item.job) {
      forget(item.job);
      await client.cancelJob(item.job).catch(() => {}); // it may have ended meanwhile
    }
  }

  /** Try one again that has failed or was cancelled. */
  retry(item) {
    this.#set(item, { state: "waiting", share: 0, error: null, job: null, stop: new AbortController() });
    this.#work();
  }

  /** Take one off the list. */
  dismiss(item) {
    this.items = this.items.filter((one) => one !== item);
    this.#tell();
  }

  async #work() {
    if (this.#running) return;
    this.#running = true;
    for (let item; (item = this.items.find(({ state }) => state === "waiting")); ) await this.#run(item);
    this.#running = false;
  }

  async #run(item) {
    this.#set(item, { state: "sending" });
    const onUpload = (share) => this.#set(item, share < 1 ? { share } : { state: "analysing", share: null });
    try {
      const later = item.file.size > LONG_BYTES;
      const options = { onUpload, signal: item.stop.signal, later };
      const { analysis, kept, job } = await client.analyse(item.file, item.name, item.options, options);
      if (job) this.#follow(item, job.id); // the next one is sent meanwhile
      else this.#done(item, analysis, kept);
    } catch (error) {
      this.#failed(item, error);
    }
  }

  async #follow(item, id) {
    remember(id, item.name);
    this.#set(item, { state: "analysing", share: 0, job: id });
    try {
      const onChange = ({ progress, status }) => this.#set(item, { state: status === "queued" ? "queued" : "analysing", share: progress });
      const end = await client.followJob(id, onChange, item.stop.signal);
      forget(id);
      if (end.status === "succeeded") this.#done(item, end.result, end.analysis !== null);
      else if (end.status === "cancelled") this.#set(item, { state: "cancelled" });
      else this.#failed(item, client.Failure.of(end.error.status, end.error));
    } catch (error) {
      if (error.status === 404) forget(id);
      this.#failed(item, error);
    }
  }

  #resume(id, name) {
    const item = { key: (count += 1), file: null, name, state: "analysing", share: null, stop: new AbortController() };
    this.items.push(item);
    this.#follow(item, id);
  }

  #done(item, analysis, kept) {
    this.#set(item, { state: "done", analysis, kept });
    this.dispatchEvent(new CustomEvent("done", { detail: item }));
  }

  #failed(item, error) {
    if (item.stop.signal.aborted) return;
    this.#set(item, { state: "failed", error: error.message });
    this.dispatchEvent(new CustomEvent("failed", { detail: item }));
  }

  #set(item, change) {
    if (item.state === "cancelled" && change.state !== "waiting") return; // what comes late
    Object.assign(item, change);
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(PLACE)) ?? [];
  } catch {
    return [];
  }
}

function remember(id, name) {
  const others = remembered().filter((one) => one.id !== id);
  localStorage.setItem(PLACE, JSON.stringify([...others, { id, name }]));
}

function forget(id) {
  localStorage.setItem(PLACE, JSON.stringify(remembered().filter((one) => one.id !== id)));
}
