// Keys that never leave this phone: made by WebCrypto as non-extractable, kept in IndexedDB. What is
// signed with them is a JWS with the public key in its header (RFC 7515).

const DATABASE = "firstkey-phone";
const STORE = "accounts";

export const encode = (bytes) => {
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

const part = (json) => encode(new TextEncoder().encode(JSON.stringify(json)));

const asked = (request) => new Promise((resolve, reject) => {
  request.addEventListener("success", () => resolve(request.result));
  request.addEventListener("error", () => reject(request.error));
});

async function store(mode) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore(STORE, { keyPath: "id" }));
  const database = await asked(opening);
  return database.transaction(STORE, mode).objectStore(STORE);
}

/** What this phone is paired with. */
export const accounts = async () => asked((await store("readonly")).getAll());

/** Keeps an account and its key. */
export const keepAccount = async (account) => asked((await store("readwrite")).put(account));

/** Forgets an account and its key. */
export const forgetAccount = async (id) => asked((await store("readwrite")).delete(id));

/** A new key, whose private half no script can read. */
export async function newKey() {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { id: crypto.randomUUID(), privateKey: pair.privateKey, jwk: { kty, crv, x, y } };
}

/** Signs claims as a JWT of this type. */
export async function sign({ privateKey, jwk }, typ, claims) {
  const message = `${part({ alg: "ES256", typ, jwk })}.${part(claims)}`;
  const bytes = new TextEncoder().encode(message);
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, bytes);
  return `${message}.${encode(signature)}`;
}
