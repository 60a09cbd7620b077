// Verifies a logout token with npm's jose, as an application does (OpenID Connect Back-Channel
// Logout 1.0 section 2.6).
//
//   node logout-token.mjs < {"token":…,"issuer":…,"audience":…,"jwks_uri":…,"now":SECONDS}
//
// Prints {"header":…,"claims":…}, or {"error":…}.

import { text } from 'node:stream/consumers';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

try {
  const { token, issuer, audience, jwks_uri: jwksUri, now } = JSON.parse(await text(process.stdin));
  const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(jwksUri)), {
    issuer,
    audience,
    typ: 'logout+jwt',
    currentDate: new Date(now * 1000),
    maxTokenAge: 120,
    requiredClaims: ['iat', 'exp', 'jti', 'sub', 'sid', 'events'],
  });
  const event = payload.events[EVENT];
  if (typeof event !== 'object' || Array.isArray(event)) throw new Error('no logout event');
  if ('nonce' in payload) throw new Error('a nonce is prohibited');
  console.log(JSON.stringify({ header: protectedHeader, claims: payload }));
} catch (error) {
  console.log(JSON.stringify({ error: String(error) }));
}
