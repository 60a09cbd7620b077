// What is typed is looked at beside the form. Without this, its button does that.

const form = document.querySelector("form[data-branding]");
const frame = document.querySelector("iframe[name=preview]");
const status = document.querySelector("[data-status]");
const notes = form.querySelector("[data-notes]");
const colour = form.elements.namedItem("accentColor");
const picker = form.querySelector("[data-picker]");
const FILE_MAX = 100 * 1024;
const words = JSON.parse(document.querySelector('meta[name="words"]').content);

/** A sentence in the page's language, by its name in the catalogue. */
const say = (id) => words[id];

let waiting = 0;
let asked = 0;

/** Whether the chosen files are small enough to be sent at all. */
function fits() {
  for (const field of form.querySelectorAll("input[type=file]")) {
    const [file] = field.files;
    const wrong = file && file.size > FILE_MAX ? say("script-branding-too-large") : "";
    field.setCustomValidity(wrong);
    if (wrong) {
      status.textContent = `${field.getAttribute("aria-label")}. ${wrong}`;
      return false;
    }
  }
  return true;
}

function show(answer) {
  if (answer.wrong) {
    status.textContent = answer.wrong;
    return;
  }
  status.textContent = "";
  notes.replaceChildren(
    ...answer.notes.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
  );
  // Not by its address: nobody wants to step back through all that they typed.
  frame.contentWindow.location.replace(answer.preview);
}

async function look() {
  const mine = ++asked;
  if (!fits()) return;
  try {
    const answer = await fetch("/admin/branding/preview", {
      method: "POST",
      headers: { accept: "application/json" },
      body: new FormData(form),
    });
    const kind = answer.headers.get("content-type") ?? "";
    if (mine !== asked) return;
    if (kind.startsWith("application/json")) {
      const told = await answer.json();
      if (mine === asked) show(answer.ok ? told : { wrong: told.message });
    } else {
      status.textContent = say("script-branding-sign-in");
    }
  } catch {
    if (mine === asked) status.textContent = say("script-branding-unreachable");
  }
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(look, 250);
}

form.addEventListener("input", soon);
form.addEventListener("change", soon);
form.querySelector("[data-look]").addEventListener("click", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  look();
});

picker.hidden = false;
const pick = () => {
  picker.value = /^#[0-9a-f]{6}$/i.test(colour.value) ? colour.value : colour.placeholder;
};
pick();
colour.addEventListener("input", pick);
picker.addEventListener("input", () => {
  colour.value = picker.value;
});
