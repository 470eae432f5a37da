// Numbers and reasons in words that people read.

const SURENESS = [
  [0.85, "very sure"],
  [0.6, "fairly sure"],
  [0.4, "not very sure"],
  [0, "hardly more than a guess"],
];

const ABSTENTIONS = {
  low_confidence: ["No clear emotion", "The model is not sure enough to name one."],
  no_speech: ["No speech found", "The model only knows voices, so the figures below mean little."],
  too_short: ["Too little speech", "There is less than half a second of it; a sentence gives a basis to judge."],
  poor_quality: ["Too poor a recording", "It is very noisy or overdriven; the figures below may come from that."],
};

/** How sure a calibrated probability is, in words. */
export function sureness(probability) {
  return SURENESS.find(([least]) => probability >= least)[1];
}

/** A probability as a percentage that does not round to 0 or 100; its blank does not break. */
export function percent(probability) {
  if (probability > 0 && probability < 0.005) return "< 1\u00a0%";
  if (probability < 1 && probability >= 0.995) return "> 99\u00a0%";
  return `${Math.round(100 * probability)}\u00a0%`;
}

/** What an answer says: a heading, and a sentence on how far to trust it. */
export function verdict({ emotion, probabilities, reason }) {
  const share = percent(probabilities[emotion]);
  if (!reason) {
    const trust = `The model is ${sureness(probabilities[emotion])} (${share}).`;
    return { kicker: "Likeliest emotion", heading: sentence(emotion), trust };
  }
  const [heading, why] = ABSTENTIONS[reason] ?? ABSTENTIONS.low_confidence;
  return { kicker: "No verdict", heading, trust: `${why} The likeliest would be ${emotion} (${share}).` };
}

/** A text with a capital at its start. */
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
