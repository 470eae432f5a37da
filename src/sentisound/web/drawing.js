// What the scope shows, drawn on canvases that share one axis of time; nothing here knows the page.

import { colourOf, fitted, inkOn, tone } from "./dom.js";
import { emotionName } from "./words.js";

/** The waveform from its peaks; parts within a segment have the colour of its emotion. */
export function drawWaveform(canvas, outline, segments) {
  const { context, width, height } = fitted(canvas);
  const { low, high, duration } = outline;
  const middle = height / 2;
  const loudest = Math.max(0.05, ...high.map(Math.abs), ...low.map(Math.abs));
  context.fillStyle = tone("--line");
  context.fillRect(0, middle, width, 1);
  const colours = columnColours(segments, duration, Math.ceil(width));
  for (let x = 0; x < width; x += 1) {
    const from = Math.floor((x / width) * low.length);
    const to = Math.max(from + 1, Math.floor(((x + 1) / width) * low.length));
    const top = Math.max(...high.slice(from, to)) / loudest;
    const bottom = Math.min(...low.slice(from, to)) / loudest;
    context.fillStyle = colours[x] ?? tone("--mute");
    context.fillRect(x, middle - top * (middle - 2), 1, Math.max(1, (top - bottom) * (middle - 2)));
  }
}

function columnColours(segments, duration, columns) {
  const colours = [];
  for (const { start, end, emotion } of segments) {
    const last = Math.min(columns, Math.ceil((end / duration) * columns));
    for (let x = Math.floor((start / duration) * columns); x < last; x += 1) colours[x] = colourOf(emotion);
  }
  return colours;
}

/** The spectrogram, lowest frequencies at the bottom. */
export function drawSpectrogram(canvas, outline) {
  const { context, width, height } = fitted(canvas);
  const levels = Uint8Array.from(atob(outline.spectrum), (character) => character.charCodeAt(0));
  const { bands } = outline;
  const columns = levels.length / bands;
  const image = new ImageData(columns, bands);
  const shades = shadesOf(tone("--spectrum-low"), tone("--spectrum-mid"), tone("--spectrum-high"));
  for (let column = 0; column < columns; column += 1) {
    for (let band = 0; band < bands; band += 1) {
      image.data.set(shades[levels[column * bands + band]], 4 * ((bands - 1 - band) * columns + column));
    }
  }
  const whole = new OffscreenCanvas(columns, bands);
  whole.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, width, height);
}

function shadesOf(...stops) {
  const colours = stops.map((hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16)));
  return Array.from({ length: 256 }, (_, level) => {
    const place = (level / 255) * (colours.length - 1);
    const index = Math.min(colours.length - 2, Math.floor(place));
    const mix = (channel) => colours[index][channel] + (place - index) * (colours[index + 1][channel] - colours[index][channel]);
    return [mix(0), mix(1), mix(2), 255];
  });
}

/** A lane with the name of each segment's emotion where it fits: the colour is never alone. */
export function drawLane(canvas, segments, duration) {
  const { context, width, height } = fitted(canvas);
  context.font = `600 12px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = "middle";
  for (const { start, end, emotion } of segments) {
    const x = (start / duration) * width;
    const wide = Math.max(2, ((end - start) / duration) * width - 1);
    context.fillStyle = colourOf(emotion);
    context.fillRect(x, 2, wide, height - 4);
    const name = fittingName(context, emotionName(emotion), wide - 8);
    context.fillStyle = inkOn(colourOf(emotion));
    context.fillText(name, x + 4, height / 2 + 1);
  }
}

function fittingName(context, name, room) {
  return [name, `${name.slice(0, 3)}.`, name.slice(0, 1)].find((text) => context.measureText(text).width <= room) ?? "";
}

/** Probabilities over time, one on the other up to 1; where nobody speaks, nothing. */
export function drawTimeline(canvas, segments, duration, emotions) {
  const { context, width, height } = fitted(canvas);
  context.fillStyle = tone("--track");
  context.fillRect(0, 0, width, height);
  for (const { start, end, scores } of segments) {
    const x = (start / duration) * width;
    const wide = Math.max(1, ((end - start) / duration) * width - (segments.length < 200 ? 1 : 0));
    let bottom = height;
    for (const emotion of emotions) {
      const share = (scores[emotion] ?? 0) * height;
      context.fillStyle = colourOf(emotion);
      context.fillRect(x, bottom - share, wide, share);
      bottom -= share;
    }
  }
}

/** Peaks of a sound that only this browser has, in the shape that the server gives; null where it cannot decode it. */
export async function localOutline(file, columns = 1000) {
  if (file.size > 8e6) return null; // decoded it may be a hundred times larger
  const context = new OfflineAudioContext(1, 1, 16000);
  const sound = await file.arrayBuffer().then((bytes) => context.decodeAudioData(bytes)).catch(() => null);
  if (!sound) return null;
  const samples = sound.getChannelData(0);
  const count = Math.min(columns, samples.length);
  const [low, high] = [new Array(count).fill(0), new Array(count).fill(0)];
  samples.forEach((value, index) => {
    const column = Math.floor((index * count) / samples.length);
    if (value < low[column]) low[column] = value;
    if (value > high[column]) high[column] = value;
  });
  return { duration: sound.duration, low, high, bands: 0, spectrum: "" };
}
