// A SAML identity provider on http://localhost: the npm package samlp in an express application. GET /metadata describes
// it; GET /sso/PERSON answers with the form that a browser would post to the service provider.
'use strict';
const http = require('node:http');
const express = require('express');
const samlp = require('samlp');
const { configuration, serve } = require('./process.cjs');

const { people } = configuration;
let usual;
let options;

// What samlp asks about the person who logged in.
function profileOf(person) {
  return {
    getClaims: () => person.attributes,
    getNameIdentifier: () => ({ nameIdentifier: person.name }),
  };
}
profileOf.prototype.metadata = [];

function set(changes) {
  options = { ...options, ...changes };
}

function reset() {
  options = usual;
}

const app = express();
app.get('/metadata', (request, response) => samlp.metadata({
  ...options, profileMapper: profileOf, redirectEndpointPath: '/sso', postEndpointPath: '/sso',
})(request, response));
app.get('/sso/:person', (request, response, next) => samlp.auth({
  ...options,
  profileMapper: profileOf,
  getUserFromRequest: () => people[request.params.person],
  getPostURL: (audience, dom, asked, done) => done(null, options.recipient),
})(request, response, next));

serve(http.createServer(app), (port) => {
  const url = `http://localhost:${port}`;
  const nameIdentifierFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
  usual = { issuer: `${url}/metadata`, nameIdentifierFormat, ...configuration.options };
  reset();
  return { url, issuer: usual.issuer };
}, { set, reset });
