// A device without a browser on the certified client library openid-client (RFC 8628).
//
//   node device.mjs ISSUER CLIENT_ID
//
// The client must be public. Prints one line of JSON with what the device shows (user_code,
// verification_uri, verification_uri_complete), then polls, and prints one more line with what it
// got (claims, userinfo, scope, has_refresh_token) or with the OAuth error.

import * as oidc from 'openid-client';

const [issuer, clientId] = process.argv.slice(2);
if (!issuer || !clientId) {
  console.error('usage: node device.mjs ISSUER CLIENT_ID');
  process.exit(2);
}

const say = (value) => console.log(JSON.stringify(value));

try {
  const config = await oidc.discovery(new URL(issuer), clientId, undefined, oidc.None(), {
    execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
  });
  const asked = await oidc.initiateDeviceAuthorization(config, { scope: 'openid profile email offline_access' });
  const { user_code, verification_uri, verification_uri_complete } = asked;
  say({ user_code, verification_uri, verification_uri_complete });

  const tokens = await oidc.pollDeviceAuthorizationGrant(config, asked);
  const claims = tokens.claims();
  const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  say({ claims, userinfo, scope: tokens.scope, refreshed: fresh.claims().sub === claims.sub });
} catch (error) {
  say({ error: error.error ?? error.cause?.error ?? error.code ?? error.name, message: error.message });
}
