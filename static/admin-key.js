// Registering a key for somebody else: the browser makes it, the form sends it.

const form = document.querySelector("[data-key-form]");
const trouble = form.querySelector("[data-key-trouble]");
const button = form.querySelector("button[type='submit']");
const words = JSON.parse(document.querySelector('meta[name="words"]').content);

/** A sentence in the page's language, by its name in the catalogue. */
const say = (id) => words[id];

function complain(message) {
  trouble.hidden = false;
  trouble.querySelector("span").textContent = message;
}

function explain(error) {
  switch (error.name) {
    case "NotAllowedError":
    case "AbortError":
      return say("script-key-cancelled");
    case "InvalidStateError":
      return say("script-key-already");
    case "SecurityError":
      return say("script-key-address");
    default:
      return say("script-key-failed");
  }
}

/** Members that are null mean the same as absent ones; browsers refuse them. */
function withoutNulls(value) {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutNulls(each)]));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  trouble.hidden = true;
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    complain(say("script-key-unsupported"));
    return;
  }
  button.disabled = true;
  try {
    const options = withoutNulls(JSON.parse(form.dataset.options));
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const made = await navigator.credentials.create({ publicKey });
    form.elements.namedItem("answer").value = JSON.stringify(made.toJSON());
    form.submit();
  } catch (error) {
    button.disabled = false;
    complain(explain(error));
  }
});
