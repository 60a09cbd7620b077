// The browser's WebAuthn calls, with JSON in and out, also where the browser lacks the JSON helpers.

import { say } from "./page.js";

const decode = (text) => {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0)).buffer;
};

const encode = (buffer) => {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

/** Whether this browser can do it here at all (it needs a secure context, too). */
export const supported = () =>
  typeof window.PublicKeyCredential === "function" && Boolean(navigator.credentials?.create);

/** Whether passkeys can be offered in the username field. */
export async function autofillSupported() {
  try {
    return supported() && Boolean(await PublicKeyCredential.isConditionalMediationAvailable?.());
  } catch {
    return false;
  }
}

/** What this device can do: `platform` (its own fingerprint, face, PIN) and `hybrid` (a phone, by code). */
export async function capabilities() {
  const ask = async () => {
    const known = (await PublicKeyCredential.getClientCapabilities?.()) ?? {};
    const platform = known.passkeyPlatformAuthenticator
      ?? known.userVerifyingPlatformAuthenticator
      ?? await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable();
    return { platform: Boolean(platform), hybrid: known.hybridTransport ?? !platform };
  };
  const unknown = { platform: true, hybrid: true };
  const late = new Promise((resolve) => { setTimeout(resolve, 800, unknown); });
  return Promise.race([ask().catch(() => unknown), late]);
}

/** Members that are null mean the same as absent ones; browsers refuse them. */
function withoutNulls(value) {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== null).map(([key, each]) => [key, withoutNulls(each)]),
  );
}

const decodeIds = (list) => list?.map((each) => ({ ...each, id: decode(each.id) }));

function creationOptions(json) {
  const plain = withoutNulls(json);
  if (PublicKeyCredential.parseCreationOptionsFromJSON) {
    return PublicKeyCredential.parseCreationOptionsFromJSON(plain);
  }
  return {
    ...plain,
    challenge: decode(plain.challenge),
    user: { ...plain.user, id: decode(plain.user.id) },
    excludeCredentials: decodeIds(plain.excludeCredentials) ?? [],
  };
}

function requestOptions(json) {
  const plain = withoutNulls(json);
  if (PublicKeyCredential.parseRequestOptionsFromJSON) {
    return PublicKeyCredential.parseRequestOptionsFromJSON(plain);
  }
  return {
    ...plain,
    challenge: decode(plain.challenge),
    allowCredentials: decodeIds(plain.allowCredentials) ?? [],
  };
}

function toJson(credential) {
  try {
    return credential.toJSON();
  } catch {
    // Absent, or replaced by an extension whose object is not the browser's own.
  }
  const { response } = credential;
  const json = { clientDataJSON: encode(response.clientDataJSON) };
  if (response.attestationObject) {
    json.attestationObject = encode(response.attestationObject);
    json.transports = response.getTransports?.() ?? [];
  } else {
    json.authenticatorData = encode(response.authenticatorData);
    json.signature = encode(response.signature);
    if (response.userHandle) json.userHandle = encode(response.userHandle);
  }
  return {
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    response: json,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

/** Makes a new credential from `PublicKeyCredentialCreationOptionsJSON`; gives its JSON. */
export async function create(publicKey) {
  return toJson(await navigator.credentials.create({ publicKey: creationOptions(publicKey) }));
}

/** Asks for a credential from `PublicKeyCredentialRequestOptionsJSON`; gives its JSON. */
export async function get(publicKey, extra = {}) {
  return toJson(await navigator.credentials.get({ publicKey: requestOptions(publicKey), ...extra }));
}

/** Tells the password manager that the server does not know this credential, so that it stops offering it. */
export async function forget(rpId, credentialId) {
  try {
    await PublicKeyCredential.signalUnknownCredential?.({ rpId, credentialId });
  } catch {
    // A courtesy only.
  }
}

/** What went wrong, in a sentence for a person. */
export function explain(error) {
  switch (error.name) {
    case "Refused":
      return error.message;
    case "NotAllowedError":
    case "AbortError":
      return say("script-cancelled");
    case "InvalidStateError":
      return say("script-already");
    case "SecurityError":
      return say("script-address");
    case "NotSupportedError":
    case "ConstraintError":
      return say("script-unusable");
    default:
      return say("script-failed");
  }
}
