// Where sounds come in: picker, drop, microphone, sample clips; and what is wanted of them.

import * as client from "./client.js";
import { at, button } from "./dom.js";
import { clearProblem, showProblem } from "./problems.js";
import { setUpRecording } from "./recording.js";
import { t } from "./language.js";

const SAMPLES = ["lively", "subdued", "changing"];

/** Set the input up; onFiles gets files and the options chosen for them. Returns what names the samples anew. */
export function setUpIntake(onFiles) {
  const take = (files) => {
    clearProblem();
    onFiles([...files], options());
  };
  const input = at("file");
  input.addEventListener("change", () => {
    if (input.files.length) take(input.files);
    input.value = ""; // so that the same file can be chosen again
  });
  setUpDropping(take);
  setUpRecording((file) => take([file]));
  const offerSamples = () =>
    at("samples").replaceChildren(...SAMPLES.map((name) => button(t(`sample.${name}`), () => takeSample(name, take))));
  offerSamples();
  return offerSamples;
}

function options() {
  const chosen = { transcribe: at("transcribe").checked, interpret: at("interpret").checked };
  if (at("model-choice").value) chosen.model = at("model-choice").value;
  return chosen;
}

/** Offer the models where there are several. */
export function offerModels(list) {
  const choice = at("model-choice");
  choice.replaceChildren(...list.map(({ name, title, default: usual }) => new Option(`${title}`, usual ? "" : name)));
  at("model-field").hidden = list.length < 2;
}

async function takeSample(name, take) {
  try {
    const blob = await client.sample(name);
    take([new File([blob], `sample-${name}.wav`, { type: "audio/wav" })]);
  } catch (error) {
    showProblem(error.message, () => takeSample(name, take));
  }
}

function setUpDropping(take) {
  const show = (over) => at("drop").classList.toggle("over", over);
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    show(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) show(false);
  });
  document.addEventListener("drop", (event) => {
    show(false);
    if (!carriesFiles(event)) return;
    event.preventDefault(); // or the browser leaves the page for the file
    if (event.dataTransfer.files.length) take(event.dataTransfer.files);
    location.hash = "#/";
  });
}
