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

const server = https.createServer(tls, (request, response) => handler(request, response));
serve(server, async (port) => {
  const url = `https://localhost:${port}`;
  issuer = configuration.issuer ?? url;
  await rotate();
  return { url, issuer };
}, { rotate });
