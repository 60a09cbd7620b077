// A provisioning script on Microsoft Graph's own JavaScript client, as it would be written for
// Graph itself: only the address and where the token comes from are ours.
//
//   node provision.mjs ISSUER CLIENT_ID CLIENT_SECRET USERNAME
//
// USERNAME is somebody who exists. The client needs client_credentials and the permissions
// UserAuthenticationMethod.ReadWrite.All, Policy.ReadWrite.AuthenticationMethod,
// User.ReadWrite.All and Group.ReadWrite.All. Prints what came back as one JSON array, a line for
// each step, never a pass or a token.

import {
  AuthenticationHandler,
  Client,
  GraphError,
  PageIterator,
  RedirectHandler,
  RedirectHandlerOptions,
  RetryHandler,
  RetryHandlerOptions,
  TelemetryHandler,
} from '@microsoft/microsoft-graph-client';

const [issuer, clientId, clientSecret, username] = process.argv.slice(2);
const secureIssuer = issuer.replace('http://', 'https://');

const authProvider = {
  async getAccessToken() {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: 'https://graph.microsoft.com/.default',
    });
    const answer = await fetch(`${issuer}/token`, { method: 'POST', body });
    return (await answer.json()).access_token;
  },
};

// The client hands its token to https addresses only. This stands where a reverse proxy with a
// certificate would stand: it is the wire, and changes nothing but the scheme.
const sent = [];
class Wire {
  async execute(context) {
    const url = context.request.replace('https://', 'http://');
    const answer = await fetch(url, context.options);
    const text = await answer.text();
    sent.push({
      clientRequestId: new Headers(context.options.headers).get('client-request-id'),
      echoed: answer.headers.get('client-request-id'),
    });
    const body = answer.status === 204 ? null : text.replaceAll(issuer, secureIssuer);
    context.response = new Response(body, { status: answer.status, headers: answer.headers });
  }
}

const client = Client.initWithMiddleware({
  baseUrl: secureIssuer,
  customHosts: new Set(['localhost']),
  middleware: [
    new AuthenticationHandler(authProvider),
    new RetryHandler(new RetryHandlerOptions()),
    new RedirectHandler(new RedirectHandlerOptions()),
    new TelemetryHandler(),
    new Wire(),
  ].map((handler, index, chain) => {
    if (handler.setNext) handler.setNext(chain[index + 1]);
    return handler;
  })[0],
});

const transcript = [];
const said = (step, what) => transcript.push({ step, ...what });
// What the client makes of an error.
const refused = async (step, call) => {
  try {
    await call();
    said(step, { refused: false });
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    const { statusCode, code, message, requestId, body } = error;
    const details = JSON.parse(body).details?.map(({ code, target }) => ({ code, target }));
    said(step, { refused: true, statusCode, code, message, named: Boolean(requestId), details });
  }
};

const passes = `/users/${encodeURIComponent(username)}/authentication/temporaryAccessPassMethods`;
const policy =
  '/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/TemporaryAccessPass';
const passType = '#microsoft.graph.temporaryAccessPassAuthenticationMethod';
const policyType = `${passType}Configuration`;

// A pass is issued, listed, read and deleted.
const issued = await client.api(passes).post({ '@odata.type': passType, isUsableOnce: true });
said('issue', {
  length: issued.temporaryAccessPass.length,
  lifetimeInMinutes: issued.lifetimeInMinutes,
  isUsableOnce: issued.isUsableOnce,
  reason: issued.methodUsabilityReason,
});
const list = await client.api(passes).get();
said('list', { count: list.value.length, value: list.value[0].temporaryAccessPass });
const one = await client.api(`${passes}/${issued.id}`).version('beta').get();
said('read', { same: one.id === issued.id, value: one.temporaryAccessPass });
await refused('too long', () => client.api(passes).post({ lifetimeInMinutes: 100000 }));
said('delete', { answer: (await client.api(`${passes}/${issued.id}`).delete()) ?? null });
await refused('gone', () => client.api(`${passes}/${issued.id}`).get());

// The policy is changed and put back.
await client.api(policy).patch({ '@odata.type': policyType, defaultLength: 16 });
const changed = await client.api(policy).get();
said('change the policy', { defaultLength: changed.defaultLength, type: changed['@odata.type'] });
await refused('break the policy', () =>
  client.api(policy).patch({ '@odata.type': policyType, minimumLifetimeInMinutes: 5 }),
);
await client.api(policy).delete();
said('reset the policy', { defaultLength: (await client.api(policy).get()).defaultLength });

// People are added, found, changed and removed, with what Graph demands of a new person.
const person = (name) => ({
  accountEnabled: true,
  displayName: `${name} Example`,
  mailNickname: name,
  userPrincipalName: `${name}@example.com`,
  passwordProfile: { forceChangePasswordNextSignIn: true, password: 'xWwvJ]6NMw+bWH-d' },
});
const people = [];
for (const name of ['bea', 'ben', 'bob']) {
  people.push(await client.api('/users').post(person(name)));
}
said('add people', { names: people.map((user) => user.userPrincipalName) });
await refused('add again', () => client.api('/users').post(person('BOB')));
const found = await client
  .api('/users')
  .header('ConsistencyLevel', 'eventual')
  .filter("startswith(userPrincipalName,'b') and accountEnabled eq true")
  .select(['displayName', 'id'])
  .count(true)
  .top(2)
  .get();
const names = [];
const iterator = new PageIterator(client, found, (user) => names.push(user.displayName) > 0);
await iterator.iterate();
said('find people', { count: found['@odata.count'], firstPage: found.value.length, names });
await client.api(`/users/${people[0].id}`).patch({ jobTitle: 'Engineer' });
const changedPerson = await client.api(`/users/${people[0].id}`).get();
said('change a person', { jobTitle: changedPerson.jobTitle });
await refused('change what has changed', () =>
  client
    .api(`/users/${people[0].id}`)
    .header('If-Match', people[0]['@odata.etag'])
    .patch({ jobTitle: 'Pilot' }),
);

// A group is made, filled and emptied.
const group = await client.api('/groups').post({
  displayName: 'New starters',
  mailEnabled: false,
  mailNickname: 'starters',
  securityEnabled: true,
});
const member = { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${people[0].id}` };
await client.api(`/groups/${group.id}/members/$ref`).post(member);
await refused('join again', () => client.api(`/groups/${group.id}/members/$ref`).post(member));
const members = await client.api(`/groups/${group.id}/members`).get();
said('fill a group', { members: members.value.map((one) => [one['@odata.type'], one.displayName]) });
await client.api(`/groups/${group.id}/members/${people[0].id}/$ref`).delete();
const left = await client.api(`/groups/${group.id}/members`).get();
said('empty a group', { members: left.value.length });
await client.api(`/groups/${group.id}`).delete();
for (const user of people) await client.api(`/users/${user.id}`).delete();
await refused('nobody', () => client.api('/users/bob@example.com').get());

const asked = sent.filter((one) => one.clientRequestId);
said('request ids', { echoed: asked.length > 0 && asked.every((one) => one.echoed === one.clientRequestId) });

console.log(`[\n${transcript.map((line) => JSON.stringify(line)).join(',\n')}\n]`);
