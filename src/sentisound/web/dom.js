// Small helpers to make and find elements; text is always set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

export const at = (id) => document.getElementById(id);

/** Make an element: properties starting with "on" are listeners, those with "-" or of PLAIN attributes. */
export function el(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

/** The same for SVG. */
export function svg(tag, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}

function filled(made, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "text") made.textContent = value;
    else if (name in made && !(made instanceof SVGElement) && !name.includes("-")) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A button with a text. */
export function button(text, onclick, properties = {}) {
  return el("button", { type: "button", text, onclick, ...properties });
}

/** A link. */
export function link(text, href, properties = {}) {
  return el("a", { text, href, ...properties });
}

const colours = new Map();

/** The colour of an emotion as the style sheet has it; asked for again when light turns dark. */
export function colourOf(emotion) {
  if (!colours.has(emotion)) colours.set(emotion, styleOf(`emotion-${emotion}`, "--emotion") || "#777");
  return colours.get(emotion);
}

/** A custom property of the page, such as "--ink". */
export function tone(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function styleOf(className, property) {
  const probe = el("span", { className, hidden: true });
  document.body.append(probe);
  const value = getComputedStyle(probe).getPropertyValue(property).trim();
  probe.remove();
  return value;
}

/** Black or white, whichever can be read on a colour. */
export function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map((start) => linear(parseInt(colour.slice(start, start + 2), 16) / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#10151a" : "#ffffff";
}

function linear(share) {
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

/** Fit a canvas to its place on this screen; returns its context, scaled to CSS pixels, with width and height. */
export function fitted(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  return { context, width, height };
}

/** Call back when an element changes its size or the colours change; ends when signal aborts. */
export function onLook(element, draw, signal) {
  const sizes = new ResizeObserver(() => draw());
  sizes.observe(element);
  signal.addEventListener("abort", () => sizes.disconnect());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw, { signal });
}

/** Say something to screen readers, and only to them. */
export function announce(text) {
  at("aloud").textContent = text;
}
