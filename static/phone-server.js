// The server, as a phone talks to it: each request carries a proof that the phone holds its key.
// docs/phone-sign-in.md has the protocol.

import { say } from "./page.js";
import { encode, sign } from "./phone-keys.js";

const main = document.querySelector("main");
let { nonce } = main.dataset;
// What the server's clock is ahead of this one.
let ahead = Number(main.dataset.now) - Date.now();

/** The server's time, in milliseconds. */
export const now = () => Date.now() + ahead;

/** A time of the server by this phone's own clock. */
export const here = (milliseconds) => new Date(milliseconds - ahead);

/** The server said no, or was not there. */
class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.name = "Refused";
    this.code = code;
  }
}

/** One request, with a proof that this phone holds `key` (RFC 9449), for this address and no other. */
async function attempt(key, method, path, body, signal) {
  const proof = await sign(key, "dpop+jwt", {
    htm: method,
    htu: `${main.dataset.issuer}${path}`,
    iat: Math.floor(now() / 1000),
    jti: encode(crypto.getRandomValues(new Uint8Array(16))),
    nonce,
  });
  const headers = { Accept: "application/json, text/event-stream", DPoP: proof };
  if (body) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, {
      method, headers, signal, cache: "no-store", credentials: "omit", body: body && JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("unreachable", say("script-unreachable"));
  }
}

/** One request; an answer that is no success is thrown as `Refused`. */
export async function request(key, method, path, body, signal) {
  let response = await attempt(key, method, path, body, signal);
  if (response.status === 401) {
    const answer = await response.clone().json().catch(() => null);
    nonce = response.headers.get("DPoP-Nonce") ?? nonce;
    if (answer?.error === "use_dpop_nonce") {
      ahead = answer.now - Date.now();
      response = await attempt(key, method, path, body, signal);
    }
  }
  nonce = response.headers.get("DPoP-Nonce") ?? nonce;
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new Refused(answer?.error ?? "unexpected", answer?.message ?? say("script-unexpected"));
}

/** POSTs JSON and gives the JSON answer. */
export const post = async (key, path, body) => (await request(key, "POST", path, body)).json();

/** What the server sends by and by; ends when `see` returns true or the stream does. */
export async function listen(key, path, see, signal) {
  const response = await request(key, "GET", path, undefined, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split("\n\n");
    text = events.pop();
    for (const event of events) {
      const data = event.split("\n").filter((line) => line.startsWith("data:"));
      if (data.length > 0 && see(JSON.parse(data.map((line) => line.slice(5)).join("\n")))) {
        await reader.cancel();
        return;
      }
    }
  }
}

/** What a phone signs: for this server, on a page of this origin, now. */
export const statement = (key, typ, claims) => sign(key, typ, {
  ...claims,
  aud: main.dataset.issuer,
  origin: window.location.origin,
  iat: Math.floor(now() / 1000),
});
