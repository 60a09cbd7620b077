// Being woken by Web Push when somebody signs in with this phone (Push API). The browser subscribes
// once, for all accounts that this phone is paired with.

import { accounts } from "./phone-keys.js";
import { post, request } from "./phone-server.js";

const PATH = "/phone/push";
const WANTED = "firstkey-wake";
let registration = null;

/** Starts the service worker, which is what the browser wakes. */
export function serve() {
  const worker = "/phone/sw.js";
  const policy = window.trustedTypes?.createPolicy("phone", { createScriptURL: () => worker });
  const url = policy ? policy.createScriptURL(worker) : worker;
  registration = navigator.serviceWorker?.register(url, { scope: "/phone" }).catch(() => undefined);
}

// iPhones wake only what is on the home screen.
const mustInstall = () => navigator.standalone === false;

/** Whether this phone is woken: `on`, `off`, `blocked` by its owner, `install` first, or `never`. */
export async function waking() {
  const worker = await registration;
  if (!worker || !window.PushManager || !window.Notification) return mustInstall() ? "install" : "never";
  if (Notification.permission === "denied") return "blocked";
  const granted = Notification.permission === "granted";
  return granted && await worker.pushManager.getSubscription() ? "on" : "off";
}

const bytes = (text) => {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
};

const same = (buffer, key) => {
  const kept = buffer ? new Uint8Array(buffer) : null;
  return kept?.length === key.length && key.every((byte, at) => byte === kept[at]);
};

// What no account can do is an error; one whose person is switched off keeps no other from it.
async function each(all, act) {
  const failures = [];
  const done = [];
  for (const account of all) {
    try {
      done.push(await act(account));
    } catch (error) {
      failures.push(error);
    }
  }
  if (done.length === 0 && failures.length > 0) throw failures[0];
  return done;
}

async function subscribe() {
  const all = await accounts();
  const [key] = await each(all, async (account) => (await (await request(account, "GET", PATH)).json()).key);
  if (!key) return;
  const { pushManager } = await navigator.serviceWorker.ready;
  const applicationServerKey = bytes(key);
  let subscription = await pushManager.getSubscription();
  if (subscription && !same(subscription.options?.applicationServerKey, applicationServerKey)) {
    await subscription.unsubscribe();
    subscription = null;
  }
  subscription ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  await each(all, (account) => post(account, PATH, { subscription }));
}

/** Asks the person, then the browser's push service, and tells the server where to wake this phone. */
export async function wake() {
  if (await Notification.requestPermission() !== "granted") return;
  await subscribe();
  localStorage.setItem(WANTED, "yes");
}

/** No more of it. */
export async function sleep() {
  localStorage.removeItem(WANTED);
  const subscription = await (await registration)?.pushManager.getSubscription();
  // The push service refuses what still comes, and the server hears that, too.
  await subscription?.unsubscribe();
  await each(await accounts(), (account) => request(account, "DELETE", PATH));
}

/**
 * Who wanted to be woken still does, with an account that came since, or after the browser has changed
 * its subscription.
 */
export async function keepWaking() {
  try {
    if (!localStorage.getItem(WANTED) || !["on", "off"].includes(await waking())) return;
    if ((await accounts()).length === 0) await sleep();
    else if (Notification.permission === "granted") await subscribe();
  } catch {
    // The next visit tries again.
  }
}

/** Takes notifications away: the page shows what they were about, or it is over. */
export async function hush() {
  const shown = await (await registration)?.getNotifications?.().catch(() => []);
  for (const each of shown ?? []) each.close();
}
