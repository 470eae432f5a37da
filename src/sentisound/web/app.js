// The page's flow: a file is chosen or dropped, sent, and its answer shown.

import { modelInfo, predict } from "./client.js";
import { showDropping, showFailure, showModel, showNothing, showResult, showSound, showWork } from "./view.js";

const input = document.getElementById("file");
let chosen = null; // the file that is shown
let address = null; // its blob URL, for the player
let running = null; // AbortController of the request under way

function choose(file) {
  if (address) URL.revokeObjectURL(address);
  chosen = file;
  address = URL.createObjectURL(file);
  showSound(file.name, address);
  analyse();
}

async function analyse() {
  running?.abort();
  const mine = (running = new AbortController());
  showNothing();
  showWork("Sending the sound", 0);
  try {
    const answer = await predict(chosen, { onUpload: showUpload, signal: mine.signal });
    showResult(answer);
  } catch (error) {
    if (mine.signal.aborted) return; // by Cancel, or by the next file, which shows its own
    showFailure(error.message);
  }
}

function showUpload(share) {
  if (share < 1) showWork("Sending the sound", share);
  else showWork("Analysing", null);
}

function again() {
  input.focus(); // the button that had the focus goes
  analyse();
}

function cancel() {
  running?.abort();
  showNothing();
  input.focus();
}

function dropped(event) {
  event.preventDefault(); // or the browser leaves the page for the file
  showDropping(false);
  const file = event.dataTransfer.files[0];
  if (file) choose(file);
}

input.addEventListener("change", () => {
  if (input.files[0]) choose(input.files[0]);
  input.value = ""; // so that the same file can be chosen again
});
document.getElementById("cancel").addEventListener("click", cancel);
document.getElementById("retry").addEventListener("click", again);
document.getElementById("chooser").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  showDropping(true);
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) showDropping(false);
});
document.addEventListener("drop", dropped);

modelInfo().then(showModel, () => {}); // the footer stays plain where the server does not answer
