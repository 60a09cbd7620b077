// A relying party on the certified client library openid-client: what an application does when
// people sign in to it with Firstkey, and no more.
//
//   node rp.mjs ISSUER CLIENT_ID CLIENT_SECRET|'' [PORT]
//
// Listens on 127.0.0.1 (a free port unless one is given) and prints one line of JSON,
// {"origin":"http://localhost:PORT"}. The client must be registered with the redirect URI
// ORIGIN/callback and, for signing out, the post-logout redirect URI ORIGIN/signed-out.
//
//   GET  /                  says who is signed in
//   GET  /login?PARAMS      starts the code flow with PKCE, state and nonce; PARAMS are added to
//                           the authorization request (prompt, max_age, acr_values, scope, …).
//                           use=par pushes the request, use=dpop binds the tokens to a key
//   GET  /callback          completes it, checking state, iss, nonce, max_age and the ID token;
//   POST /callback          the same for response_mode=form_post
//   GET  /refresh           uses the refresh token
//   GET  /logout            ends the session here and at the provider
//   GET  /signed-out        where the provider sends people afterwards
//
// Results are JSON in <pre id="result">, failures in <pre id="error"> with the OAuth error code.
// Pages always have status 200, so that a browser logs no error where a test provokes one.
//
// Environment: RP_PROFILE=fapi2 follows the FAPI 2.0 Security Profile: private_key_jwt with a new key,
// whose JWK Set is the member jwks of the first line, pushed requests, and tokens bound to a key;
// RP_ID_TOKEN_ALG=PS256 takes only ID tokens that are signed like that;
// RP_ENCRYPTION=ECDH-ES makes a key for it, whose JWK Set is the member jwks of the first line, and
// decrypts ID tokens (A256GCM);
// RP_CLIENT_AUTH=basic sends the secret in a header instead of the body;
// RP_EXIT_WITH_STDIN=1 ends the process when its standard input does.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import * as oidc from 'openid-client';

const [issuer, clientId, clientSecret = '', port = '0'] = process.argv.slice(2);
if (!issuer || !clientId) {
  console.error("usage: node rp.mjs ISSUER CLIENT_ID CLIENT_SECRET|'' [PORT]");
  process.exit(2);
}

/** What each browser, known by its cookie, is up to: sign-ins under way and the tokens it got. */
const sessions = new Map();
const fapi = process.env.RP_PROFILE === 'fapi2';
const key = fapi ? await newKey() : undefined;
const decryption = process.env.RP_ENCRYPTION ? await newDecryptionKey(process.env.RP_ENCRYPTION) : undefined;
let origin;
let discovered;

/** Discovers the provider once; tries again after a failure. */
function provider() {
  const signed = process.env.RP_ID_TOKEN_ALG ?? (fapi ? 'ES256' : undefined);
  const metadata = signed ? { id_token_signed_response_alg: signed } : undefined;
  discovered ??= oidc
    .discovery(new URL(issuer), clientId, metadata, clientAuthentication(), {
      execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
    })
    .then((config) => {
      if (decryption) oidc.enableDecryptingResponses(config, ['A256GCM'], decryption.private);
      return config;
    })
    .catch((error) => {
      discovered = undefined;
      throw error;
    });
  return discovered;
}

async function newKey() {
  const pair = await oidc.randomDPoPKeyPair('ES256', { extractable: true });
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey);
  return { private: pair.privateKey, jwk: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, kid: 'rp', use: 'sig' } };
}

async function newDecryptionKey(alg) {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  return { private: { key: pair.privateKey, alg, kid: 'rp-enc' }, jwk: { kty, crv, x, y, kid: 'rp-enc', use: 'enc' } };
}

function clientAuthentication() {
  if (fapi) return oidc.PrivateKeyJwt({ key: key.private, kid: 'rp' });
  if (!clientSecret) return oidc.None();
  return process.env.RP_CLIENT_AUTH === 'basic'
    ? oidc.ClientSecretBasic(clientSecret)
    : oidc.ClientSecretPost(clientSecret);
}

/** Starts a sign-in and returns where to send the browser. */
async function login(session, extra) {
  const config = await provider();
  const verifier = oidc.randomPKCECodeVerifier();
  const pending = { verifier, nonce: oidc.randomNonce() };
  const state = oidc.randomState();

  const use = fapi ? ['par', 'dpop'] : extra.getAll('use');
  extra.delete('use');
  if (extra.has('max_age')) pending.maxAge = Number(extra.get('max_age'));
  if (use.includes('dpop')) {
    pending.dpop = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
  }
  session.pending.set(state, pending);

  const parameters = new URLSearchParams({
    redirect_uri: `${origin}/callback`,
    scope: 'openid profile email',
    state,
    nonce: pending.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  for (const [name, value] of extra) parameters.set(name, value);
  const build = use.includes('par') ? oidc.buildAuthorizationUrlWithPAR : oidc.buildAuthorizationUrl;
  return build(config, parameters, { DPoP: pending.dpop });
}

/** Completes a sign-in. `answer` is the callback URL, or a Request for form_post. */
async function callback(session, answer, state) {
  const config = await provider();
  const pending = session.pending.get(state);
  if (!pending) throw new Error(`no sign-in with state ${state} was started in this browser`);
  session.pending.delete(state);

  const tokens = await oidc.authorizationCodeGrant(
    config,
    answer,
    {
      expectedState: state,
      expectedNonce: pending.nonce,
      maxAge: pending.maxAge,
      pkceCodeVerifier: pending.verifier,
      idTokenExpected: true,
    },
    undefined,
    { DPoP: pending.dpop },
  );
  session.dpop = pending.dpop;
  session.claims = tokens.claims();
  return keep(session, config, tokens);
}

async function refresh(session) {
  const config = await provider();
  if (!session.tokens?.refresh_token) throw new Error('there is no refresh token');
  const options = { DPoP: session.dpop };
  const tokens = await oidc.refreshTokenGrant(config, session.tokens.refresh_token, undefined, options);
  session.claims = tokens.claims() ?? session.claims;
  return keep(session, config, { ...session.tokens, ...tokens });
}

/** Keeps the tokens and returns what the result page shows. */
async function keep(session, config, tokens) {
  const { token_type, expires_in, scope, access_token, id_token, refresh_token } = tokens;
  session.tokens = { token_type, expires_in, scope, access_token, id_token, refresh_token };
  const userinfo = config.serverMetadata().userinfo_endpoint
    ? await oidc.fetchUserInfo(config, access_token, session.claims.sub, { DPoP: session.dpop })
    : null;
  return {
    claims: session.claims,
    userinfo,
    token_type,
    expires_in,
    scope,
    has_refresh_token: refresh_token !== undefined,
    tokens: { access_token, id_token, refresh_token },
  };
}

/** Forgets the sign-in and returns where the provider's own session ends. */
async function logout(session) {
  const config = await provider();
  const parameters = { post_logout_redirect_uri: `${origin}/signed-out`, state: oidc.randomState() };
  if (session.tokens?.id_token) parameters.id_token_hint = session.tokens.id_token;
  delete session.tokens;
  delete session.claims;
  return oidc.buildEndSessionUrl(config, parameters);
}

/** What went wrong, in the words of OAuth where there are any. */
function failure(error) {
  const { name, message, code, status } = error;
  return {
    error: error.error ?? error.cause?.error ?? code ?? name,
    error_description: error.error_description ?? error.cause?.message,
    status,
    message,
  };
}

const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function page(title, body = '') {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width"></head><body>
<h1>${title}</h1>${body}
<p><a href="/login">Sign in</a> <a href="/refresh">Refresh</a> <a href="/logout">Sign out</a></p>
</body></html>`;
}

const json = (id, value) => `<pre id="${id}">${escape(JSON.stringify(value, null, 2))}</pre>`;

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function handle(request, session) {
  const url = new URL(request.url, origin);
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /': {
      const name = session.claims?.name ?? session.claims?.sub;
      return { html: page(name ? `Hello, ${escape(name)}` : 'Nobody is signed in') };
    }
    case 'GET /login':
      return { to: await login(session, url.searchParams) };
    case 'GET /callback':
      return { html: page('Signed in', json('result', await callback(session, url, url.searchParams.get('state')))) };
    case 'POST /callback': {
      const form = await body(request);
      const headers = { 'content-type': request.headers['content-type'] };
      const answer = new Request(url, { method: 'POST', headers, body: form });
      const state = new URLSearchParams(form).get('state');
      return { html: page('Signed in', json('result', await callback(session, answer, state))) };
    }
    case 'GET /refresh':
      return { html: page('Refreshed', json('result', await refresh(session))) };
    case 'GET /logout':
      return { to: await logout(session) };
    case 'GET /signed-out':
      return { html: page('Signed out') };
    default:
      return { status: 404, html: page('Not found') };
  }
}

const server = createServer(async (request, response) => {
  // Cookies do not know ports: every server on localhost sees this one.
  const cookie = `rp_${server.address().port}`;
  const known = new RegExp(`(?:^|; )${cookie}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1];
  const id = sessions.has(known) ? known : randomBytes(24).toString('base64url');
  if (id !== known) sessions.set(id, { pending: new Map() });

  let answer;
  try {
    answer = await handle(request, sessions.get(id));
  } catch (error) {
    console.error(error);
    answer = { html: page('Something went wrong', json('error', failure(error))) };
  }
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'set-cookie': `${cookie}=${id}; HttpOnly; SameSite=Lax; Path=/`,
  };
  if (answer.to) headers.location = String(answer.to);
  response.writeHead(answer.to ? 302 : (answer.status ?? 200), headers).end(answer.html);
});

server.listen(Number(port), '127.0.0.1', () => {
  origin = `http://localhost:${server.address().port}`;
  const keys = [key, decryption].filter(Boolean).map((one) => one.jwk);
  console.log(JSON.stringify(keys.length ? { origin, jwks: { keys } } : { origin }));
});

if (process.env.RP_EXIT_WITH_STDIN === '1') {
  process.stdin.on('end', () => process.exit(0)).resume();
}
