// The service worker of the phone's pages. It keeps nothing: what they show is worth something only
// when it comes from the server, now. `words` stands before this file, as the server sends it.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const ours = (client) => new URL(client.url).pathname.startsWith(words.page);
const pages = async () => (await self.clients.matchAll({ type: "window", includeUncontrolled: true })).filter(ours);

// The message says nothing but that somebody signs in: whoever holds the phone reads who and where
// on the page itself.
async function notify() {
  const seen = (await pages()).some((client) => client.focused && client.visibilityState === "visible");
  if (seen) return;
  await self.registration.showNotification(words.title, {
    body: words.body,
    lang: words.lang,
    icon: words.icon,
    tag: "sign-in",
    renotify: true,
    requireInteraction: true,
  });
}

async function open() {
  const [page] = await pages();
  await (page ? page.focus() : self.clients.openWindow(words.page));
}

self.addEventListener("push", (event) => event.waitUntil(notify()));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open());
});
