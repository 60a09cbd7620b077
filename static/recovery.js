// Recovery codes that are shown this once: printing and copying. Downloading needs no script.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const button of document.querySelectorAll("[data-copy-codes]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const codes = [...document.querySelectorAll("#codes code")].map((code) => code.textContent);
    try {
      await navigator.clipboard.writeText(codes.join("\n"));
      button.textContent = button.dataset.copied;
    } catch {
      // They can still be selected, printed or downloaded.
      button.hidden = true;
    }
  });
}
