// Numbers, moments and reasons in words that people read, in the page's language.

import { language, locale, t } from "./language.js";

const SURENESS = [
  [0.85, "sure.very"],
  [0.6, "sure.fairly"],
  [0.4, "sure.little"],
  [0, "sure.guess"],
];

/** How sure a calibrated probability is, in words. */
export function sureness(probability) {
  return t(SURENESS.find(([least]) => probability >= least)[1]);
}

/** A probability as a percentage that does not round to 0 or 100; its blank does not break. */
export function percent(probability) {
  if (probability > 0 && probability < 0.005) return "< 1\u00a0%";
  if (probability < 1 && probability >= 0.995) return "> 99\u00a0%";
  return `${Math.round(100 * probability)}\u00a0%`;
}

/** An emotion's name. */
export const emotionName = (emotion) => t.maybe(`emotion.${emotion}`) ?? emotion;

/** What an analysis says: a heading, and a sentence on how far to trust it. */
export function verdict({ emotion, scores, reason }) {
  const share = percent(scores[emotion]);
  if (!reason) {
    const trust = t("verdict.sure", { sureness: sureness(scores[emotion]), share });
    return { kicker: t("verdict.likeliest"), heading: sentence(emotionName(emotion)), trust };
  }
  const known = t.maybe(`abstained.${reason}`) ? reason : "low_confidence";
  const trust = t("verdict.would", { why: t(`abstained.${known}.why`), emotion: emotionName(emotion), share });
  return { kicker: t("verdict.none"), heading: t(`abstained.${known}`), trust };
}

/** Scores, the highest first: pairs of emotion and probability. */
export function ranked(scores) {
  return Object.entries(scores).sort(([, one], [, other]) => other - one);
}

/** A text with a capital at its start. */
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Seconds as 0:03.4, or 1:02:03 for what is long. */
export function clock(seconds, tenths = true) {
  const whole = tenths ? Math.floor(Math.round(seconds * 10) / 10) : Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  const head = hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  return tenths ? `${head}.${Math.round(seconds * 10) % 10}` : head;
}

/** A length of time in words: "3.4 s", "12 min". */
export function lasting(seconds) {
  if (seconds < 100) return `${number(seconds, 1)}\u00a0s`;
  return `${number(seconds / 60, seconds < 600 ? 1 : 0)}\u00a0min`;
}

/** A number with so many decimals. */
export function number(value, decimals = 2) {
  return value.toLocaleString(language(), { maximumFractionDigits: decimals });
}

/** A moment as people here write it. */
export function moment(iso) {
  return new Date(iso).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });
}

/** Where on the plane of valence and arousal, in words. */
export function placeInWords(valence, arousal) {
  const pick = (value, low, middle, high) => t(value < -0.15 ? low : value > 0.15 ? high : middle);
  return t("plane.place", {
    valence: pick(valence, "plane.unpleasant", "plane.even", "plane.pleasant"),
    arousal: pick(arousal, "plane.low", "plane.medium", "plane.high"),
  });
}
