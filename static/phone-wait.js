// The computer's pages that wait for a phone: they look again when something happened there.

const main = document.querySelector("main");
const { events, state } = main.dataset;
const redeem = main.querySelector("[data-redeem]");

function see(seen) {
  if (seen === "approved" && redeem) redeem.requestSubmit();
  else window.location.reload();
}

if (state === "approved") {
  redeem.requestSubmit();
} else if (events) {
  const source = new EventSource(events);
  source.addEventListener("message", (event) => {
    const seen = JSON.parse(event.data).state;
    if (seen === state) return;
    source.close();
    see(seen);
  });
  // Whoever presses a button is on their way.
  document.addEventListener("submit", () => source.close());
  window.addEventListener("pagehide", () => source.close());
}
