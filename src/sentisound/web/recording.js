// The microphone's part of the page: button, meter, clock, and what is wrong in words.

import { announce, at } from "./dom.js";
import { clearProblem, showProblem } from "./problems.js";
import { record } from "./recorder.js";
import { t } from "./language.js";
import { clock } from "./words.js";

const QUIET_DB = -60;
const LOUD_DB = -3;
const LONGEST_S = 600;

/** Let the microphone be used; onSound gets the file of each recording. */
export function setUpRecording(onSound) {
  let recording = null; // {stop, discard} while it runs
  let timer = null;

  async function start() {
    clearProblem();
    at("record").disabled = true;
    try {
      recording = await record(showLevel);
      show(true);
      const began = performance.now();
      timer = setInterval(() => tick((performance.now() - began) / 1000), 200);
      announce(t("record.runs"));
    } catch (error) {
      showProblem(t.maybe(`record.${error.name}`) ?? t("record.fails", { detail: error.message }), start);
    } finally {
      at("record").disabled = false;
    }
  }

  async function stop() {
    const ended = end();
    onSound(await ended.stop());
  }

  function end() {
    clearInterval(timer);
    const ended = recording;
    recording = null;
    show(false);
    return ended;
  }

  function tick(seconds) {
    at("record-time").textContent = clock(seconds, false);
    if (seconds >= LONGEST_S) stop();
  }

  at("record").addEventListener("click", () => (recording ? stop() : start()));
  at("record-discard").addEventListener("click", () => {
    end().discard();
    at("record").focus();
  });
}

function show(running) {
  at("record").textContent = t(running ? "record.stop" : "record.start");
  at("record").classList.toggle("live", running);
  at("recording").hidden = !running;
  at("record-time").textContent = clock(0, false);
  at("record-hint").textContent = "";
}

function showLevel(level) {
  at("level").value = Math.max(0, 1 + level / 60);
  const hint = level < QUIET_DB ? t("record.quiet") : level > LOUD_DB ? t("record.loud") : t("record.good");
  if (at("record-hint").textContent !== hint) at("record-hint").textContent = hint;
}
