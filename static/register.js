// Adding a passkey or a security key: what fits this device comes first.

import { clearAlert, go, journey, post, reveal, say, setBusy, showAlert, showStatus } from "./page.js";
import { capabilities, create, explain, supported } from "./webauthn.js";

const offers = document.querySelector("[data-offers]");
// Where the passkey is to live: what the card says decides what the browser is asked for.
let place = null;

async function add(button) {
  clearAlert();
  setBusy(button, true);
  showStatus(say("script-follow"));
  try {
    const wanted = { kind: button.dataset.add, place: "elsewhere" in button.dataset ? "elsewhere" : place };
    const { ceremony, options } = await post(`${journey}/register/options`, wanted);
    const credential = await create(options.publicKey);
    showStatus(say("script-saving"));
    const { location, name } = await post(`${journey}/register`, { ceremony, credential });
    showStatus(name ? say("script-named-ready").replace("{name}", () => name) : say("script-ready"));
    go(location);
  } catch (error) {
    if (error.location) return go(error.location);
    setBusy(button, false);
    showStatus("");
    showAlert(explain(error));
  }
  return undefined;
}

/** Says what a passkey means on this device, with the words and the picture that fit. */
function describePasskey(card, { platform, hybrid }) {
  if ("hasPasskey" in offers.dataset) return;
  const show = (symbol, title, text) => {
    const icon = card.querySelector("[data-offer-icon]");
    icon.setAttribute("href", `#i-${symbol}`);
    card.querySelector("[data-offer-title]").textContent = title;
    card.querySelector("[data-offer-text]").textContent = text;
  };
  if (platform) {
    place = "here";
    show("passkey", say("script-here"), say("script-here-text"));
  } else if (hybrid) {
    show("phone", say("script-phone"), say("script-phone-text"));
  } else {
    show("passkey", say("script-passkey"), say("script-passkey-text"));
  }
}

/** Puts the card that fits best first, and makes its button the one that stands out. */
function arrange({ platform, hybrid }) {
  const cards = [...offers.querySelectorAll("[data-kind]")];
  const keyFirst = "securityKeyFirst" in offers.dataset || (!platform && !hybrid);
  const best = cards.find((card) => card.dataset.kind === (keyFirst ? "security_key" : "passkey")) ?? cards[0];
  if (!best) return;
  if (cards[0] !== best) offers.prepend(best);
  if ("primary" in offers.dataset) best.querySelector("[data-add]").classList.remove("btn-quiet");
  if ("recommend" in offers.dataset && cards.length > 1) {
    best.classList.add("is-recommended");
    best.querySelector("[data-recommended]").hidden = false;
  }
}

if (supported()) {
  const device = await capabilities();
  const passkey = offers.querySelector('[data-kind="passkey"]');
  if (passkey) describePasskey(passkey, device);
  arrange(device);
  for (const button of offers.querySelectorAll("[data-add]")) {
    button.hidden = "elsewhere" in button.dataset && !(device.platform && device.hybrid);
    button.addEventListener("click", () => add(button));
  }
} else {
  reveal("data-unsupported");
}
