// What the scripts of all pages share: talking to the server, and telling the person.

const main = document.querySelector("main");
const alertBox = document.querySelector("#alert");
const statusLine = document.querySelector("[data-status]");

/** The path of this journey, e.g. `/journey/abc`. */
export const journey = `/journey/${main.dataset.journey}`;

/** The server said no, or was not there. `message` is a sentence for a person. */
export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.name = "Refused";
    this.code = code;
  }
}

const words = JSON.parse(document.querySelector('meta[name="words"]').content);

/** A sentence in the page's language, by its name in the catalogue. */
export const say = (id) => words[id];

/** POSTs JSON and gives the JSON answer, or throws `Refused` (or `AbortError`, if `signal` says so). */
export async function post(path, body, signal) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "X-CSRF-Token": document.querySelector('meta[name="csrf"]').content,
      },
      body: JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("unreachable", say("script-unreachable"));
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  const code = answer?.error ?? "unexpected";
  if (response.status === 410 || code === "journey_gone") {
    const message = answer?.message ?? say("script-gone");
    throw new Refused("journey_gone", `${message} ${say("script-reload")}`);
  }
  const refused = new Refused(code, answer?.message ?? say("script-unexpected"));
  // A page of its own says more than a line can.
  refused.location = answer?.location;
  throw refused;
}

/** Goes where the server says, which is always a path of ours. */
export function go(location) {
  const target = new URL(location, document.baseURI);
  if (target.origin !== window.location.origin) throw new Refused("unexpected", say("script-unexpected"));
  window.location.assign(target.href);
}

/** Shows what went wrong, and moves there, so that it is seen and heard. */
export function showAlert(message) {
  alertBox.hidden = false;
  alertBox.querySelector("[data-alert-text]").textContent = message;
  alertBox.focus();
}

/** Takes an earlier alert away, before a new try. */
export function clearAlert() {
  alertBox.hidden = true;
  alertBox.querySelector("[data-alert-text]").textContent = "";
}

/** Says what is going on, politely. */
export function showStatus(message) {
  if (statusLine) statusLine.textContent = message;
}

/** While a ceremony runs, `button` turns and no button can be pressed. */
export function setBusy(button, busy) {
  for (const each of main.querySelectorAll("button")) each.disabled = busy;
  if (busy) button.setAttribute("aria-busy", "true");
  else button.removeAttribute("aria-busy");
}

/** Shows everything in the page that carries the attribute. */
export function reveal(attribute) {
  for (const each of document.querySelectorAll(`[${attribute}]`)) each.hidden = false;
}

// Back to a page that the browser kept: what was running then is over now.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const each of main.querySelectorAll("button")) setBusy(each, false);
  showStatus("");
});
