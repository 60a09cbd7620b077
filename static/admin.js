// The portal's niceties. Every page works without them.

const words = JSON.parse(document.querySelector('meta[name="words"]').content);

/** A sentence in the page's language, by its name in the catalogue. */
const say = (id) => words[id];

// Moments are told in the page's language and the reader's own time zone; in English, with the day
// before the month, as the server tells them.
const { lang } = document.documentElement;
const told = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { dateStyle: "medium", timeStyle: "short" });
for (const element of document.querySelectorAll("time[data-moment]")) {
  const moment = new Date(element.dateTime);
  if (!Number.isNaN(moment.getTime())) {
    element.title = element.textContent;
    element.textContent = told.format(moment);
  }
}

// Times that are typed are meant in the writer's own time zone; the offset goes along.
for (const field of document.querySelectorAll("input[type='datetime-local'][data-offset]")) {
  const offset = field.form.elements.namedItem(field.dataset.offset);
  const hint = document.getElementById(field.dataset.zoneHint);
  const keep = () => {
    const moment = new Date(field.value);
    offset.value = String(Number.isNaN(moment.getTime()) ? 0 : moment.getTimezoneOffset());
  };
  field.addEventListener("change", keep);
  field.form.addEventListener("submit", keep);
  if (hint) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    hint.textContent = say("script-zone").replace("{name}", () => zone);
  }
}

// Copying what is shown once.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent.trim();
    const label = button.querySelector("[data-label]");
    try {
      await navigator.clipboard.writeText(text);
      label.textContent = say("script-copied");
    } catch {
      label.textContent = say("script-copy-by-hand");
    }
  });
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A file is put into the text field, where it can be looked at before it is sent.
for (const chooser of document.querySelectorAll("input[type='file'][data-into]")) {
  const into = document.getElementById(chooser.dataset.into);
  chooser.closest("[data-needs-script]").hidden = false;
  chooser.addEventListener("change", async () => {
    const [file] = chooser.files;
    if (file) into.value = await file.text();
  });
}
