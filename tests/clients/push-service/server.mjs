// A push service on a free port (RFC 8030), and the browser that subscribed there. Says on standard
// output, a line of JSON each, the subscription and every message: what its sender proved (VAPID,
// RFC 8292) and what it says once it is decrypted (RFC 8291). Answers with the status that the last
// line on its standard input names, 201 at first. Ends with its standard input.

import { createECDH, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import ece from "http_ece";
import { importJWK, jwtVerify } from "jose";

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const browser = createECDH("prime256v1");
browser.generateKeys();
const auth = randomBytes(16);
let status = 201;

// Who sent it: the key in the header must be the one that signed, and it must be meant for here.
async function sender(authorization, origin) {
  const [, token, key] = /^vapid t=([^,\s]+), ?k=([^,\s]+)$/.exec(authorization ?? "") ?? [];
  if (!token) throw new Error("no VAPID");
  const point = Buffer.from(key, "base64url");
  const coordinate = (from) => point.subarray(from, from + 32).toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", x: coordinate(1), y: coordinate(33) };
  const verified = await jwtVerify(token, await importJWK(jwk, "ES256"), { audience: origin });
  return { key, header: verified.protectedHeader, claims: verified.payload };
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const origin = `http://127.0.0.1:${server.address().port}`;
    const text = ece.decrypt(Buffer.concat(chunks), {
      version: "aes128gcm",
      privateKey: browser,
      authSecret: auth,
    });
    say({
      method: request.method,
      path: request.url,
      headers: request.headers,
      sender: await sender(request.headers.authorization, origin),
      text: text.toString("utf8"),
    });
    response.writeHead(status).end();
  } catch (error) {
    say({ error: String(error) });
    response.writeHead(400).end();
  }
});

server.listen(0, "127.0.0.1", () => {
  const endpoint = `http://127.0.0.1:${server.address().port}/push/${randomBytes(8).toString("hex")}`;
  const keys = { p256dh: browser.getPublicKey("base64url"), auth: auth.toString("base64url") };
  say({ subscription: { endpoint, expirationTime: null, keys } });
});
createInterface({ input: process.stdin })
  .on("line", (line) => {
    status = Number(line);
  })
  .on("close", () => process.exit(0));
