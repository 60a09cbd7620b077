// The phone: a key that never leaves it, what is asked, and what its owner says to that.
// docs/phone-sign-in.md has the protocol.

import { clearAlert, say, setBusy, showAlert, showStatus } from "./page.js";
import { accounts, forgetAccount, keepAccount, newKey } from "./phone-keys.js";
import { hush, keepWaking, serve, sleep, wake, waking } from "./phone-push.js";
import { here, listen, now, post, statement } from "./phone-server.js";
import { create, explain, get, supported } from "./webauthn.js";

const main = document.querySelector("main");
const find = (selector) => main.querySelector(selector);

function show(view) {
  for (const each of main.querySelectorAll("[data-view]")) each.hidden = each.dataset.view !== view;
  showStatus("");
  main.dataset.shown = view;
}

const shown = () => main.dataset.shown;

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

// Pairing

const pairing = { code: null, key: null, begun: null };

function ownName() {
  const agent = navigator.userAgent;
  if (/iPhone/u.test(agent)) return "iPhone";
  if (/iPad/u.test(agent)) return "iPad";
  if (/Android/u.test(agent)) {
    const model = /Android [^;)]*; ([A-Za-z0-9 _.+-]{2,32})\)/u.exec(agent)?.[1];
    return model && model !== "K" ? model : say("script-phone-android");
  }
  return say("script-phone-device");
}

function startPairing(code) {
  Object.assign(pairing, { code, key: null, begun: null });
  find("#name").value = ownName();
  find("[data-without-lock]").hidden = true;
  show("pair");
}

async function hasScreenLock() {
  try {
    return supported() && await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable();
  } catch {
    return false;
  }
}

async function pair(button, withLock) {
  clearAlert();
  setBusy(button, true);
  try {
    pairing.key ??= await newKey();
    const { key } = pairing;
    pairing.begun ??= await post(key, "/phone/pair/begin", { code: pairing.code });
    const { challenge, options, username } = pairing.begun;
    let credential;
    if (withLock && await hasScreenLock()) {
      showStatus(say("script-follow"));
      credential = await create(options.publicKey);
    }
    const name = find("#name").value.trim();
    const signed = await statement(key, "phone-pairing+jwt", { challenge, name });
    const { number } = await post(key, "/phone/pair/finish", { statement: signed, credential });
    setBusy(button, false);
    find("[data-compare-number]").textContent = number;
    find("[data-compare-account]").textContent = username;
    show("compare");
    await awaitComputer({ ...key, username, name });
  } catch (error) {
    setBusy(button, false);
    showStatus("");
    if (error.name === "Refused") {
      // The code was taken, or is no longer good: another one is needed.
      show("welcome");
      showAlert(error.message);
    } else {
      find("[data-without-lock]").hidden = false;
      showAlert(explain(error));
    }
  }
}

async function awaitComputer(account) {
  let state = "proved";
  while (!["paired", "refused", "over"].includes(state)) {
    try {
      await listen(account, "/phone/pair/events", (seen) => {
        ({ state } = seen);
        return state === "paired" || state === "refused";
      });
    } catch (error) {
      if (error.code === "over") break;
    }
    if (state === "proved") await pause(1000);
  }
  if (state !== "paired") {
    show("welcome");
    showAlert(say("script-phone-not-paired"));
    return;
  }
  await keepAccount(account);
  await navigator.storage?.persist?.().catch(() => false);
  show("paired");
  await keepWaking();
  await showWaking();
  watch(account);
}

// What is asked

let asked = null;
const watching = new Map();

async function watch(account) {
  watching.get(account.id)?.abort();
  const stop = new AbortController();
  watching.set(account.id, stop);
  while (!stop.signal.aborted) {
    try {
      await listen(account, "/phone/events", (seen) => see(account, seen), stop.signal);
      find("[data-offline]").hidden = true;
    } catch (error) {
      if (stop.signal.aborted) return;
      if (error.code === "unknown_phone") see(account, { state: "removed" });
      if (error.code === "disabled") see(account, { state: "disabled" });
      find("[data-offline]").hidden = error.code !== "unreachable";
      await pause(4000);
    }
    await pause(500);
  }
}

function see(account, seen) {
  find("[data-offline]").hidden = true;
  find("[data-disabled]").hidden = seen.state !== "disabled";
  switch (seen.state) {
    case "asked":
      // One at a time: what is on the screen stays, so that nobody answers what they did not read.
      if (!asked && !["pair", "compare"].includes(shown())) ask(account, seen);
      else if (asked?.seen.id !== seen.id) pendingFor.set(account.id, seen);
      break;
    case "idle":
      pendingFor.delete(account.id);
      hush();
      find("[data-silenced]").hidden = !seen.silenced;
      if (asked?.account.id === account.id && shown() === "asked" && !asked.deciding) {
        end("script-phone-expired", "script-phone-expired-text");
      }
      break;
    case "removed":
      watching.get(account.id)?.abort();
      forgetAccount(account.id).then(() => { asked = null; show("removed"); return keepWaking(); });
      return true;
    default:
  }
  return false;
}

const pendingFor = new Map();

function ask(account, seen) {
  asked = { account, seen, deciding: false };
  const fill = (name, value) => {
    const row = find(`[data-row="${name}"]`);
    if (row) row.hidden = !value;
    find(`[data-asked="${name}"]`).textContent = value ?? "";
  };
  for (const name of ["username", "app", "address", "agent"]) fill(name, seen[name]);
  const time = here(seen.asked);
  fill("when", time.toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" }));
  find("[data-stranger]").hidden = seen.known;
  find("#number").value = "";
  clearAlert();
  hush();
  show("asked");
  find("#number").focus();
}

function end(title, text, silence = false) {
  find("[data-ended]").textContent = say(title);
  find("[data-ended-text]").textContent = say(text);
  find("[data-silence]").hidden = !silence;
  show("ended");
}

async function decide(button, decision) {
  const { account, seen } = asked;
  clearAlert();
  setBusy(button, true);
  asked.deciding = true;
  try {
    const body = {};
    if (decision === "approve") {
      const { ceremony, options } = await post(account, `/phone/requests/${seen.id}/verify`, {});
      if (ceremony) {
        showStatus(say("script-follow"));
        Object.assign(body, { ceremony, credential: await get(options.publicKey) });
      }
    }
    const number = decision === "approve" ? Number(find("#number").value) : undefined;
    body.statement = await statement(account, "phone-decision+jwt", { request: seen.id, number, decision });
    await post(account, `/phone/requests/${seen.id}`, body);
    if (decision === "approve") show("approved");
    else if (decision === "deny") end("script-phone-denied", "script-phone-denied-text");
    else end("script-phone-not-me", "script-phone-not-me-text", true);
  } catch (error) {
    if (error.code === "wrong_number") end("script-phone-wrong", "script-phone-wrong-text");
    else if (error.code === "over") end("script-phone-expired", "script-phone-expired-text");
    else showAlert(error.name === "NotAllowedError" ? say("script-phone-unverified") : explain(error));
    asked.deciding = false;
    showStatus("");
  } finally {
    setBusy(button, false);
  }
}

async function silence(button, silent) {
  setBusy(button, true);
  try {
    for (const account of await accounts()) {
      const { silenced } = await post(account, "/phone/silence", { silent });
      find("[data-silenced]").hidden = !silenced;
    }
    await home();
  } catch (error) {
    showAlert(explain(error));
  } finally {
    setBusy(button, false);
  }
}

// Being woken

async function showWaking() {
  const state = await waking();
  for (const each of main.querySelectorAll("[data-wake]")) each.hidden = each.dataset.wake !== state;
}

async function setWaking(button, how) {
  clearAlert();
  setBusy(button, true);
  try {
    await how();
  } catch (error) {
    // What the browser says of its push service helps nobody.
    showAlert(error.name === "Refused" ? error.message : say("script-phone-wake-failed"));
  } finally {
    setBusy(button, false);
  }
  await showWaking();
}

// The pages themselves

async function home() {
  asked = null;
  clearAlert();
  const known = await accounts();
  if (known.length === 0) return show("welcome");
  const list = find("[data-accounts]");
  list.replaceChildren(...known.map((account) => {
    const row = find("[data-account]").content.cloneNode(true);
    row.querySelector("[data-username]").textContent = account.username;
    row.querySelector("[data-name]").textContent = account.name;
    return row;
  }));
  show("home");
  for (const account of known) {
    const seen = pendingFor.get(account.id);
    pendingFor.delete(account.id);
    if (seen && seen.expires > now() && !asked) ask(account, seen);
  }
  return undefined;
}

let installing = null;
window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  installing = event;
  find("[data-install]").hidden = false;
});

function listenToPage() {
  const on = (selector, event, act) => {
    for (const each of main.querySelectorAll(selector)) {
      each.addEventListener(event, (what) => { what.preventDefault(); act(each, what); });
    }
  };
  const submit = (form) => form.querySelector('button[type="submit"]');
  on("[data-code-form]", "submit", () => { clearAlert(); startPairing(find("#code").value); });
  on("[data-pair-form]", "submit", (form) => pair(submit(form), true));
  on("[data-without-lock]", "click", (button) => pair(button, false));
  on("[data-approve-form]", "submit", (form) => decide(submit(form), "approve"));
  on("[data-decide]", "click", (button) => decide(button, button.dataset.decide));
  on("[data-home]", "click", () => home());
  on("[data-another]", "click", () => show("welcome"));
  on("[data-silence]", "click", (button) => silence(button, true));
  on("[data-listen]", "click", (button) => silence(button, false));
  on("[data-install]", "click", () => installing?.prompt());
  on("[data-wake-on]", "click", (button) => setWaking(button, wake));
  on("[data-wake-off]", "click", (button) => setWaking(button, sleep));
  // Phones put pages to sleep, and their streams with them.
  document.addEventListener("visibilitychange", async () => {
    if (document.visibilityState === "visible") for (const each of await accounts()) watch(each);
  });
}

async function start() {
  if (!window.isSecureContext || !window.crypto?.subtle || !window.indexedDB) return show("unsupported");
  listenToPage();
  serve();
  // The code is in the fragment; it does not stay in the address.
  const code = window.location.hash.slice(1);
  if (code) window.history.replaceState(null, "", "/phone");
  await home();
  for (const account of await accounts()) watch(account);
  keepWaking().then(showWaking);
  if (code) startPairing(decodeURIComponent(code));
  return undefined;
}

start().catch(() => show("unsupported"));
