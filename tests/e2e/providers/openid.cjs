// An OpenID Connect provider on https://localhost: the npm package oidc-provider with its own login pages.
'use strict';
const crypto = require('node:crypto');
const https = require('node:https');
const { configuration, serve } = require('./process.cjs');

const TAGS = 'https://aws.amazon.com/tags';
const { tls, clients, people } = configuration;
let keys = [];
let issuer;
let handler;

function newKey(alg, kind, options) {
  const { privateKey } = crypto.generateKeyPairSync(kind, options);
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: crypto.randomUUID() };
}

function newKeys() {
  return [newKey('RS256', 'rsa', { modulusLength: 2048 }), newKey('ES256', 'ec', { namedCurve: 'P-256' })];
}

function findAccount(ctx, id) {
  return people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) };
}

async function start() {
  // An ES module, which the search path for modules does not reach by its name.
  const { Provider } = await import(require.resolve('oidc-provider'));
  const provider = new Provider(issuer, {
    clients,
    jwks: { keys },
    findAccount,
    cookies: { keys: [crypto.randomUUID()] },
    claims: { openid: ['sub', TAGS, 'https://aws.amazon.com/source_identity'] },
    conformIdTokenClaims: false,
    ttl: { IdToken: 600 },
  });
  handler = provider.callback();
}

// New keys sign from now on; the old ones stay published.
function rotate() {
  keys = [...newKeys(), ...keys];
  return start();
}

// Other keys under the ids of those that sign now, as after a theft; the old ones are gone.
function replace() {
  const ids = keys.slice(0, 2).map((key) => key.kid);
  keys = newKeys().map((key, index) => ({ ...key, kid: ids[index] }));
  return start();
}

// Takes requests and does not answer them, until it is told that it is slow no more.
let stalled = null;

function stall(isSlow) {
  const waiting = stalled ?? [];
  stalled = isSlow ? waiting : null;
  if (!isSlow) waiting.forEach((answer) => answer());
}

function serveOne(request, response) {
  if (stalled === null) handler(request, response);
  else stalled.push(() => handler(request, response));
}

const server = https.createServer(tls, serveOne);
serve(server, async (port) => {
  const url = `https://localhost:${port}`;
  issuer = configuration.issuer ?? url;
  await rotate();
  return { url, issuer };
}, { rotate, replace, stall });
