// Asks other policy engines what bench_policy asks ours: node policy_peers.mjs MODULES SECONDS < cases, the
// cases being those of `bench_policy --cases`. Prints one JSON object a line: engine, case, decisions per second.
// Both engines run in this process, on one core; their policies are parsed before the clock starts where they
// have a way to keep them parsed.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const require = createRequire(resolve(process.argv[2], "none.js"));
const seconds = Number(process.argv[3]);

const sourceIp = "10.1.2.3";
const mfaAge = 60;

function version(name) {
  return JSON.parse(readFileSync(resolve(process.argv[2], "node_modules", name, "package.json"), "utf8")).version;
}

// A function that makes one decision by the next principal and says whether it is "allowed".
function iamSimulate(asked) {
  const { runUnsafeSimulation } = require("@cloud-copilot/iam-simulate");
  const simulations = asked.principals.map((principal) => ({
    request: {
      principal: `arn:aws:iam::${asked.account}:user/${principal.name}`,
      action: asked.action,
      resource: { resource: asked.arn_start + principal.name, accountId: asked.account },
      contextVariables: {
        "aws:username": principal.name,
        "aws:SourceIp": sourceIp,
        "aws:MultiFactorAuthPresent": "true",
        "aws:MultiFactorAuthAge": String(mfaAge),
      },
    },
    identityPolicies: principal.documents.map((policy, number) => ({ name: `p${number}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  }));
  let next = 0;
  return () => {
    const result = runUnsafeSimulation(simulations[next], {});
    next = (next + 1) % simulations.length;
    return result === "Allowed";
  };
}

const cedarTests = {
  IpAddress: (value) => `context.sourceIp.isInRange(ip("${value}"))`,
  Bool: (value) => `context.mfa == ${value}`,
  NumericLessThan: (value) => `context.mfaAge < ${value}`,
};

function cedarText(principal, statement) {
  const tests = Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.values(keys).map(cedarTests[operator]));
  const when = tests.length > 0 ? ` when { ${tests.join(" && ")} }` : "";
  return `permit(principal == User::"${principal}", action == Action::"${statement.Action}", ` +
    `resource == Thing::"${statement.Resource}")${when};`;
}

function cedar(asked) {
  const { preparsePolicySet, statefulIsAuthorized } = require("@cedar-policy/cedar-wasm/nodejs");
  const texts = asked.principals.flatMap((principal) =>
    principal.documents.flatMap((document) => document.Statement.map((one) => cedarText(principal.name, one))));
  const staticPolicies = Object.fromEntries(texts.map((text, number) => [`p${number}`, text]));
  const parsed = preparsePolicySet(asked.name, { staticPolicies });
  if (parsed.type !== "success") throw new Error(JSON.stringify(parsed.errors));
  const calls = asked.principals.map((principal) => ({
    principal: { type: "User", id: principal.name },
    action: { type: "Action", id: asked.action },
    resource: { type: "Thing", id: asked.arn_start + principal.name },
    context: { sourceIp: { __extn: { fn: "ip", arg: sourceIp } }, mfa: true, mfaAge },
    preparsedPolicySetId: asked.name,
    entities: [],
  }));
  let next = 0;
  return () => {
    const answer = statefulIsAuthorized(calls[next]);
    next = (next + 1) % calls.length;
    return answer.type === "success" && answer.response.decision === "allow";
  };
}

function callsFor(decide, milliseconds) {
  let made = 0;
  const end = performance.now() + milliseconds;
  for (; performance.now() < end; made += 1) decide();
  return made;
}

// By processor time, as ours is measured, so that other work of the machine falls on neither; by the clock where
// the engine's helper threads used more of it than that.
function perSecond(decide) {
  if (!decide()) throw new Error("refused");
  callsFor(decide, seconds * 300);
  const began = { clock: performance.now(), used: process.cpuUsage() };
  const made = callsFor(decide, seconds * 1000);
  const used = process.cpuUsage(began.used);
  return (made * 1000) / Math.min(performance.now() - began.clock, (used.user + used.system) / 1000);
}

const engines = [["@cloud-copilot/iam-simulate", iamSimulate], ["@cedar-policy/cedar-wasm", cedar]];
const cases = readFileSync(0, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
// A process's first calls are slow, as their code is yet to be compiled well.
for (const [, engine] of engines) callsFor(engine(cases[0]), seconds * 1000);
for (const asked of cases) {
  for (const [name, engine] of engines) {
    const told = { engine: `${name} ${version(name)}`, case: asked.name };
    try {
      told.per_second = perSecond(engine(asked));
    } catch (error) {
      told.error = String(error.message ?? error).slice(0, 200);
    }
    console.log(JSON.stringify(told));
  }
}
