// The pages where something is typed that may be wrong: the wait after too many tries, and the way back to the field.

import { say, showStatus } from "./page.js";

const field = document.querySelector('main input[type="text"]');

const inSeconds = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "second", unitDisplay: "long" });

function countDown(note) {
  const left = note.querySelector("[data-wait-left]");
  const end = Date.now() + Number(note.dataset.wait) * 1000;
  const timer = setInterval(() => {
    const seconds = Math.ceil((end - Date.now()) / 1000);
    if (seconds > 0) {
      left.textContent = inSeconds.format(seconds);
      return;
    }
    clearInterval(timer);
    note.hidden = true;
    showStatus(say("script-again-now"));
  }, 1000);
}

// The error has the focus so that it is read; whoever simply types or pastes means the field.
document.querySelector("#alert").addEventListener("keydown", (event) => {
  const paste = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "v";
  const types = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (paste || types) field?.focus();
});

const wait = document.querySelector("[data-wait]");
if (wait) countDown(wait);
