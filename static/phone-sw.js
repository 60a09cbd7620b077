// The service worker of the phone's pages. It keeps nothing: what they show is worth something only
// when it comes from the server, now.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
