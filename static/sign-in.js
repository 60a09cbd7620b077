// The pages that ask who it is: the passkey button, passkeys in the username field.

import "./typing.js";
import { clearAlert, go, journey, post, Refused, reveal, say, setBusy, showAlert, showStatus } from "./page.js";
import { autofillSupported, explain, forget, get, supported } from "./webauthn.js";

const button = document.querySelector("[data-passkey]");
const field = document.querySelector('main input[type="text"]');

/** One round: options, the browser's dialog, the answer. `extra` goes to the browser's call. */
async function ceremony(extra) {
  const { ceremony: id, options } = await post(`${journey}/passkey/options`, {}, extra?.signal);
  const credential = await get(options.publicKey, extra);
  try {
    return await post(`${journey}/passkey`, { ceremony: id, credential });
  } catch (error) {
    if (error.code === "unknown_credential") await forget(options.publicKey.rpId, credential.id);
    error.answered = true;
    throw error;
  }
}

// Passkeys in the username field. The server's options last five minutes: fetch new ones before that.
const REFRESH = 4 * 60 * 1000;
// Who presses the button or types at once needs none of this, and costs the server no ceremony.
const SETTLE = 1000;
let autofill = null;

async function offerInField(stop) {
  while (!stop.signal.aborted) {
    const round = new AbortController();
    const end = () => round.abort();
    stop.signal.addEventListener("abort", end);
    const timer = setTimeout(end, REFRESH);
    try {
      const { location } = await ceremony({ mediation: "conditional", signal: round.signal });
      setBusy(button, true);
      return go(location);
    } catch (error) {
      if (error.location) return go(error.location);
      if (error.answered) {
        setBusy(button, false);
        return showAlert(explain(error));
      }
      // A refresh goes round again; anything else leaves the button, which says what is wrong when pressed.
      if (!round.signal.aborted) return undefined;
    } finally {
      clearTimeout(timer);
      stop.signal.removeEventListener("abort", end);
    }
  }
  return undefined;
}

async function startAutofill() {
  if (!field?.autocomplete.includes("webauthn") || !await autofillSupported()) return;
  const stop = new AbortController();
  autofill = { stop, done: Promise.resolve() };
  const typed = field.value;
  setTimeout(() => {
    if (!stop.signal.aborted && field.value === typed) autofill.done = offerInField(stop);
  }, SETTLE);
}

async function stopAutofill() {
  autofill?.stop.abort();
  await autofill?.done;
  autofill = null;
}

async function signIn() {
  clearAlert();
  setBusy(button, true);
  showStatus(say("script-follow"));
  try {
    // The browser runs one request at a time: the one in the field must have ended.
    await stopAutofill();
    const { location } = await ceremony();
    showStatus(say("script-signing-in"));
    go(location);
  } catch (error) {
    if (error.location) return go(error.location);
    setBusy(button, false);
    showStatus("");
    showAlert(error.name === "NotAllowedError"
      ? say("script-not-signed-in")
      : explain(error));
    if (!(error instanceof Refused)) startAutofill();
  }
  return undefined;
}

if (supported()) {
  reveal("data-needs-webauthn");
  // One button stands out: the passkey's, where it comes first.
  for (const each of document.querySelectorAll("[data-second]")) each.classList.add("btn-quiet");
  button.addEventListener("click", signIn);
  startAutofill();
} else {
  reveal("data-unsupported");
}
