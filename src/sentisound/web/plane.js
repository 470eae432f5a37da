// The plane of valence and arousal, with the anchors of the emotions and where this sound lies.

import { colourOf, el, svg } from "./dom.js";
import { t } from "./language.js";
import { emotionName, number, placeInWords } from "./words.js";

/** Anchors on the plane, as in sentisound.emotions (a test keeps both equal). */
export const ANCHORS = {
  neutral: [0.0, -0.1],
  calm: [0.45, -0.6],
  happy: [0.8, 0.5],
  sad: [-0.65, -0.45],
  angry: [-0.6, 0.7],
  fearful: [-0.65, 0.6],
  disgust: [-0.6, 0.25],
  surprised: [0.3, 0.7],
  bored: [-0.55, -0.75],
};

const BELOW = new Set(["fearful", "disgust"]); // their names would lie on those of others
const SIZE = 100;

/** Make the card. */
export function planeCard({ valence, arousal, scores, segments }) {
  const drawn = svg(
    "svg",
    { viewBox: "-128 -118 256 236", class: "plane", role: "img", "aria-label": placeInWords(valence, arousal) },
    svg("rect", { x: -SIZE, y: -SIZE, width: 2 * SIZE, height: 2 * SIZE, rx: 6, class: "ground" }),
    svg("path", { d: `M${-SIZE} 0H${SIZE}M0 ${-SIZE}V${SIZE}`, class: "axis" }),
    Object.keys(scores).filter((emotion) => ANCHORS[emotion]).flatMap(anchor),
    trace(segments),
    svg("circle", { cx: valence * SIZE, cy: -arousal * SIZE, r: 8, class: "here" }),
    edge(0, -106, t("plane.excited")),
    edge(0, 114, t("plane.calm")),
    edge(0, -106, t("plane.unpleasant"), -90),
    edge(0, -106, t("plane.pleasant"), 90),
  );
  return el(
    "section",
    { className: "card" },
    el("h2", { text: t("plane.title") }),
    drawn,
    el("p", { text: placeInWords(valence, arousal) }),
    el("p", { className: "quiet", text: t("plane.derived", { valence: number(valence), arousal: number(arousal) }) }),
  );
}

function anchor(emotion) {
  const [x, y] = ANCHORS[emotion].map((value, index) => (index ? -1 : 1) * value * SIZE);
  return [
    svg("circle", { cx: x, cy: y, r: 4, fill: colourOf(emotion) }),
    svg("text", { x, y: y + (BELOW.has(emotion) ? 15 : -8), class: "name", text: emotionName(emotion) }),
  ];
}

function edge(x, y, text, turned = 0) {
  return svg("text", { x, y, class: "edge", transform: `rotate(${turned})`, text });
}

/** How it moved from segment to segment, where there are some, but not so many that it is a scribble. */
function trace(segments) {
  if (segments.length < 2 || segments.length > 40) return null;
  const points = segments.map(({ scores }) => {
    const mean = (axis) => Object.entries(scores).reduce((sum, [name, share]) => sum + share * (ANCHORS[name]?.[axis] ?? 0), 0);
    return `${mean(0) * SIZE},${-mean(1) * SIZE}`;
  });
  return svg("polyline", { points: points.join(" "), class: "trace" });
}
