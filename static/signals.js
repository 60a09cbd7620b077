// Brings the list of whoever keeps passkeys in step with what is registered here (Web Authentication
// Level 3 §5.1.10). A courtesy: where the browser cannot do it, nothing is amiss.

const signal = async (name, what) => {
  try {
    await window.PublicKeyCredential?.[name]?.(what);
  } catch {
    // What it says to that is its own affair.
  }
};

const { dataset } = document.querySelector("[data-signals]");
const { rpId, userId, name, displayName } = dataset;
await signal("signalAllAcceptedCredentials", {
  rpId,
  userId,
  allAcceptedCredentialIds: JSON.parse(dataset.accepted),
});
await signal("signalCurrentUserDetails", { rpId, userId, name, displayName });
