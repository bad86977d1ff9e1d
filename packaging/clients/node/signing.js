// AWS Signature Version 4: signed calls and tokens, with nothing but Node's own modules.
import { createHash, createHmac } from "node:crypto";

const tokenSeconds = 900; // the most that a server accepts

const digest = (text) => createHash("sha256").update(text).digest("hex");
const keyed = (key, text) => createHmac("sha256", key).update(text).digest();
const quoted = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

// For whom a signature made now counts.
export function scopeFor(region, service) {
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const date = timestamp.slice(0, 8);
  return { region, service, timestamp, date, text: `${date}/${region}/${service}/aws4_request` };
}

function signature(secret, scope, request) {
  let key = `AWS4${secret}`;
  for (const part of [scope.date, scope.region, scope.service, "aws4_request"]) key = keyed(key, part);
  return keyed(key, `AWS4-HMAC-SHA256\n${scope.timestamp}\n${scope.text}\n${digest(request)}`).toString("hex");
}

// What goes in place of the password of `user` at HOST:PORT, for 15 minutes.
export function databaseToken(credentials, region, endpoint, user) {
  const scope = scopeFor(region, "rds-db");
  const query = Object.entries({
    Action: "connect",
    DBUser: user,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.accessKeyId}/${scope.text}`,
    "X-Amz-Date": scope.timestamp,
    "X-Amz-Expires": String(tokenSeconds),
    "X-Amz-SignedHeaders": "host",
  }).map(([name, value]) => `${name}=${quoted(value)}`).join("&"); // in this order, which is theirs when sorted
  const request = `GET\n/\n${query}\nhost:${endpoint}\n\nhost\n${digest("")}`;
  return `${endpoint}/?${query}&X-Amz-Signature=${signature(credentials.secretAccessKey, scope, request)}`;
}

// The headers of a POST to `/` with a form; fetch() adds `host` itself.
export function callHeaders(credentials, scope, host, body) {
  const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8", host, "x-amz-date": scope.timestamp };
  const signed = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join("");
  const made = signature(credentials.secretAccessKey, scope, `POST\n/\n\n${lines}\n${signed}\n${digest(body)}`);
  const { host: _, ...sent } = headers;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope.text}, SignedHeaders=${signed}, Signature=${made}`,
  };
}
