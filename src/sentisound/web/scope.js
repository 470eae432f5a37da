// The scope: waveform, spectrogram, segments and probabilities on one axis of time, with a cursor and a play button.

import { peaks } from "./client.js";
import { drawLane, drawSpectrogram, drawTimeline, drawWaveform, localOutline } from "./drawing.js";
import { button, el, onLook } from "./dom.js";
import { t } from "./language.js";
import { clock, emotionName, percent, ranked, sentence } from "./words.js";

const COLUMNS = 1600;
const STEP_S = 1; // of an arrow key; ten times as much with Shift or Page

/** Make the scope of an analysis. file is the sound where this browser has it. */
export function scope(analysis, player, file, signal) {
  const parts = surface(analysis);
  const play = button("", () => player.toggle(), { className: "primary play" });
  const time = el("output", { className: "time" });
  const note = el("p", { className: "quiet", hidden: true });
  const made = el(
    "section",
    { className: "card scope-card", "aria-labelledby": "scope-title" },
    el("h2", { id: "scope-title", text: t("scope.title") }),
    el("div", { className: "transport" }, play, time, el("span", { className: "quiet keys", text: t("scope.keys") })),
    parts.field,
    parts.readout,
    note,
  );
  const show = () => follow(player, { ...parts, play, time }, analysis);
  player.addEventListener("change", show, { signal });
  player.addEventListener("unplayable", () => say(note, t("scope.unplayable")), { signal });
  steer(parts, player, analysis, signal);
  fill(parts, analysis, file, note, signal);
  show();
  return { made, say: (text) => say(note, text) };
}

function surface(analysis) {
  const canvas = (name) => el("canvas", { className: name, "aria-hidden": "true" });
  const [wave, spectrum, lane, timeline] = ["wave", "spectrum", "lane", "timeline"].map(canvas);
  const cursor = el("div", { className: "cursor", "aria-hidden": "true" });
  const field = el(
    "div",
    {
      className: "scope",
      tabIndex: 0,
      role: "slider",
      "aria-label": t("scope.place", { file: analysis.file }),
      "aria-valuemin": "0",
      "aria-valuemax": String(analysis.duration),
    },
    wave, spectrum, lane, timeline, cursor,
  );
  return { field, wave, spectrum, lane, timeline, cursor, readout: el("p", { className: "readout" }) };
}

async function fill(parts, analysis, file, note, signal) {
  const { segments, duration } = analysis;
  const emotions = Object.keys(analysis.scores);
  onLook(parts.field, () => {
    drawLane(parts.lane, segments, duration);
    drawTimeline(parts.timeline, segments, duration, emotions);
  }, signal);
  const outline = await peaks(analysis.id, COLUMNS).catch(() => (file ? localOutline(file) : null));
  if (signal.aborted) return;
  parts.wave.hidden = !outline;
  parts.spectrum.hidden = !outline?.bands;
  parts.field.dataset.drawn = outline ? "yes" : "no";
  if (!outline) return void say(note, t("scope.no-sound"));
  onLook(parts.field, () => {
    drawWaveform(parts.wave, outline, segments);
    if (outline.bands) drawSpectrogram(parts.spectrum, outline);
  }, signal);
}

function say(note, text) {
  note.textContent = text;
  note.hidden = !text;
}

function follow(player, { field, cursor, readout, play, time }, analysis) {
  const { place, duration, playing, audible } = player;
  cursor.style.left = `${(100 * place) / duration}%`;
  const label = playing ? t("scope.pause") : t("scope.play");
  if (play.textContent !== label) play.textContent = label;
  play.disabled = !audible;
  time.textContent = `${clock(place)} / ${clock(duration)}`;
  const text = atPlace(analysis.segments, place);
  if (readout.textContent !== text) readout.textContent = text;
  field.setAttribute("aria-valuenow", place.toFixed(1));
  field.setAttribute("aria-valuetext", `${clock(place)}, ${text}`);
}

/** What the timeline says at a place, in words. */
function atPlace(segments, place) {
  const here = segments.find(({ start, end }) => place >= start && place < end);
  if (!here) return t("scope.silence");
  const names = ranked(here.scores).slice(0, 3).map(([emotion, share]) => `${emotionName(emotion)} ${percent(share)}`);
  return sentence(names.join(", "));
}

function steer({ field, lane }, player, { segments }, signal) {
  const placeOf = (event) => {
    const box = field.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * player.duration;
  };
  field.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const place = placeOf(event);
    const hit = event.target === lane && segments.find(({ start, end }) => place >= start && place < end);
    if (hit) return void player.span(hit.start, hit.end);
    player.seek(place);
    field.setPointerCapture(event.pointerId);
  });
  field.addEventListener("pointermove", (event) => {
    if (field.hasPointerCapture(event.pointerId)) player.seek(placeOf(event));
  });
  document.addEventListener("keydown", (event) => onKey(event, player, field), { signal });
}

/** Space plays, arrows seek: on the scope, and wherever else the keys have no meaning of their own. */
function onKey(event, player, field) {
  const elsewhere = event.target.closest("input, select, textarea, button, a, summary, dialog, [role=slider]");
  if ((elsewhere && elsewhere !== field) || event.ctrlKey || event.metaKey || event.altKey) return;
  const far = event.shiftKey ? 10 * STEP_S : STEP_S;
  const actions = {
    " ": () => player.toggle(),
    ArrowLeft: () => player.seek(player.place - far),
    ArrowRight: () => player.seek(player.place + far),
  };
  if (elsewhere === field) {
    Object.assign(actions, {
      ArrowDown: actions.ArrowLeft,
      ArrowUp: actions.ArrowRight,
      PageDown: () => player.seek(player.place - 10 * STEP_S),
      PageUp: () => player.seek(player.place + 10 * STEP_S),
      Home: () => player.seek(0),
      End: () => player.seek(player.duration),
    });
  }
  if (!actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
}
