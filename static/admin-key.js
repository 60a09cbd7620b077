// Registering a key for somebody else: the browser makes it, the form sends it.

const form = document.querySelector("[data-key-form]");
const trouble = form.querySelector("[data-key-trouble]");
const button = form.querySelector("button[type='submit']");

function complain(message) {
  trouble.hidden = false;
  trouble.querySelector("span").textContent = message;
}

function explain(error) {
  switch (error.name) {
    case "NotAllowedError":
    case "AbortError":
      return "It was cancelled, or took too long. Nothing was saved; try again.";
    case "InvalidStateError":
      return "This key is registered for them already.";
    case "SecurityError":
      return "Keys cannot be registered at this address.";
    default:
      return "This browser or this key cannot do it. Nothing was saved.";
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
    complain("This browser cannot register keys here. Open this page in an up-to-date browser.");
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
