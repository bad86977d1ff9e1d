// PostgreSQL with IAM database authentication for tests. Everything is real: a server `countersign serve --ephemeral`, a
// PostgreSQL of its own, tokens that it judges.
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { accessSync, constants, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

import { callHeaders, databaseToken, scopeFor } from "./signing.js";

const patience = 60_000; // milliseconds
const versions = { rds: "2014-10-31", iam: "2010-05-08", sts: "2011-06-15" };
const master = "postgres";

// What the server or a program said; `code` is the API's, where that refused.
export class CountersignError extends Error {
  constructor(message, code = "") {
    super(message);
    this.name = "CountersignError";
    this.code = code;
  }
}

const isProgram = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const onPath = (name) =>
  (process.env.PATH ?? "").split(delimiter).filter(Boolean).map((place) => join(place, name)).find(isProgram);

function programFor(named) {
  const found = named ?? process.env.COUNTERSIGN_PROGRAM ?? onPath("countersign");
  if (!found) throw new CountersignError("there is no program countersign on the PATH; name it with COUNTERSIGN_PROGRAM");
  return found;
}

// Of the PATH, or of the newest PostgreSQL where Debian puts them.
function psqlProgram() {
  const there = onPath("psql");
  if (there) return there;
  let installed = [];
  try {
    installed = readdirSync("/usr/lib/postgresql").sort((one, other) => Number(other) - Number(one));
  } catch {
    // none is
  }
  const found = installed.map((version) => `/usr/lib/postgresql/${version}/bin/psql`).find(isProgram);
  if (!found) throw new CountersignError("there is no program psql");
  return found;
}

const without = (environment, unwanted) => Object.fromEntries(Object.entries(environment).filter(([name]) => !unwanted(name)));
const identifier = (name) => `"${name.replaceAll('"', '""')}"`;
const entities = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

// The text of the first element of that name; empty when there is none.
function textOf(xml, name) {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml);
  return (found?.[1] ?? "").replace(/&(#x?[\da-f]+|\w+);/gi, (whole, word) => {
    if (!word.startsWith("#")) return entities[word] ?? whole;
    return String.fromCodePoint(/^#x/i.test(word) ? Number.parseInt(word.slice(2), 16) : Number(word.slice(1)));
  });
}

// Starts a server with an account and an administrator of its own. It ends with this process, however that ends: its
// standard input is a pipe from here. It does not keep this process from ending.
export async function startServer({ program, options = [] } = {}) {
  const child = spawn(programFor(program), ["serve", "--ephemeral", "--end-with-stdin", ...options], {
    stdio: ["pipe", "pipe", "pipe"],
    env: without(process.env, (name) => name === "COUNTERSIGN_DATA_DIR"),
  });
  const server = new Server(child);
  await server.ready();
  return server;
}

export class Server {
  #child;
  #said = "";
  #ended;
  #instances = 0;

  constructor(child) {
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once("close", resolve);
      child.once("error", (error) => {
        this.#said += error.message;
        resolve(1);
      });
    });
    child.stderr.on("data", (piece) => {
      this.#said = (this.#said + piece).slice(-4000);
    });
    child.stdin.on("error", () => {}); // it ended first
  }

  async ready() {
    let line = "";
    const heard = new Promise((resolve) => {
      this.#child.stdout.on("data", (piece) => {
        line += piece;
        if (line.endsWith("\n")) resolve(true);
      });
    });
    if ((await Promise.race([heard, this.#ended])) !== true)
      throw new CountersignError(`the server did not start: ${this.said()}`);
    const told = JSON.parse(line);
    Object.assign(this, { url: told.listening, region: told.region, account: told.account, dataDir: told.data_dir });
    this.bundle = join(this.dataDir, "global-bundle.pem"); // by which databases' certificates are verified
    const keys = readFileSync(join(this.dataDir, "credentials"), "utf8");
    this.administrator = {
      accessKeyId: /^aws_access_key_id = (.*)$/m.exec(keys)[1],
      secretAccessKey: /^aws_secret_access_key = (.*)$/m.exec(keys)[1],
    };
    for (const part of [this.#child, ...this.#child.stdio]) part.unref();
  }

  // The end of what it wrote about itself.
  said() {
    return this.#said;
  }

  // Nothing is left when it resolves.
  async stop() {
    this.#child.ref();
    this.#child.stdin.end();
    const late = setTimeout(() => this.#child.kill("SIGKILL"), patience);
    await this.#ended;
    clearTimeout(late);
  }

  // For programs that ask by an AWS SDK or the AWS CLI.
  environment(credentials = this.administrator) {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: this.region,
      AWS_DEFAULT_REGION: this.region,
    };
  }

  // The configuration of an SDK's client: new RDSClient(server.clientConfig()).
  clientConfig(credentials = this.administrator) {
    return { endpoint: this.url, region: this.region, credentials };
  }

  // An operation of rds, iam or sts as the administrator; resolves to a function that reads elements of the answer.
  async call(service, action, parameters = {}) {
    const body = new URLSearchParams({ Action: action, Version: versions[service], ...parameters }).toString();
    const headers = callHeaders(this.administrator, scopeFor(this.region, service), new URL(this.url).host, body);
    const answer = await fetch(`${this.url}/`, { method: "POST", headers, body, signal: AbortSignal.timeout(patience) });
    const text = await answer.text();
    if (answer.ok) return (name) => textOf(text, name);
    throw new CountersignError(`${action}: ${textOf(text, "Code")}: ${textOf(text, "Message")}`, textOf(text, "Code"));
  }

  // A PostgreSQL of its own, IAM authentication on; parameters are those of CreateDBInstance.
  async createInstance({ name, ...parameters } = {}) {
    const instance = new Instance(this, name ?? `test-${++this.#instances}`);
    await instance.create(parameters);
    return instance;
  }
}

export class Instance {
  #password = randomBytes(18).toString("base64url");
  #databases = 0;

  constructor(server, name) {
    Object.assign(this, { server, name, master });
  }

  get masterPassword() {
    return this.#password;
  }

  async create(parameters) {
    await this.server.call("rds", "CreateDBInstance", {
      DBInstanceIdentifier: this.name,
      Engine: "postgres",
      DBInstanceClass: "db.t4g.micro",
      AllocatedStorage: "20",
      MasterUsername: master,
      MasterUserPassword: this.#password,
      EnableIAMDatabaseAuthentication: "true",
      ...parameters,
    });
    const deadline = Date.now() + patience;
    while (!(await this.#isAvailable())) {
      if (Date.now() > deadline) throw new CountersignError(`${this.name} does not become available`);
      await pause(10);
    }
  }

  async #isAvailable() {
    const told = await this.server.call("rds", "DescribeDBInstances", { DBInstanceIdentifier: this.name });
    const status = told("DBInstanceStatus");
    if (status === "failed") throw new CountersignError(`${this.name} failed: ${this.server.said()}`);
    Object.assign(this, { host: told("Address"), port: Number(told("Port")), resourceId: told("DbiResourceId") });
    return status === "available";
  }

  delete() {
    return this.server.call("rds", "DeleteDBInstance", { DBInstanceIdentifier: this.name, SkipFinalSnapshot: "true" });
  }

  // What psql prints, as the master user; each statement by itself.
  async sql(statements, database = "postgres") {
    const env = {
      ...without(process.env, (name) => name.startsWith("PG")),
      PGHOST: this.host,
      PGPORT: String(this.port),
      PGUSER: master,
      PGDATABASE: database,
      PGPASSWORD: this.#password,
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: this.server.bundle,
      PGPASSFILE: "/dev/null",
    };
    const commands = [statements].flat().map((statement) => `--command=${statement}`);
    try {
      const running = promisify(execFile)(psqlProgram(), ["-XAtq", "-v", "ON_ERROR_STOP=1", ...commands], { env, timeout: patience });
      running.child.stdin.end();
      return (await running).stdout;
    } catch (error) {
      throw new CountersignError((error.stderr || error.message).trim());
    }
  }

  // A database that belongs to a new user, who may connect by token and has an access key of its own.
  async createDatabase({ name, user = "app" } = {}) {
    const database = new Database(this, name ?? `test_${++this.#databases}`, user);
    await database.create();
    return database;
  }
}

export class Database {
  constructor(instance, name, user) {
    Object.assign(this, { instance, server: instance.server, name, user, host: instance.host, port: instance.port });
    this.principal = `${user.replace(/[^\w+=,.@-]/g, "-").slice(0, 40)}-${randomBytes(4).toString("hex")}`; // the IAM user
    this.token = this.token.bind(this);
  }

  // A user that is granted to the master user while it is a member of rds_iam would take that one's password away.
  async create() {
    const user = identifier(this.user);
    await this.instance.sql([
      `CREATE USER ${user}`,
      `GRANT ${user} TO ${master}`,
      `CREATE DATABASE ${identifier(this.name)} OWNER ${user}`,
      `REVOKE ${user} FROM ${master}`,
      `GRANT rds_iam TO ${user}`,
    ]);
    await this.server.call("iam", "CreateUser", { UserName: this.principal });
    await this.allow();
    const key = await this.server.call("iam", "CreateAccessKey", { UserName: this.principal });
    this.credentials = { accessKeyId: key("AccessKeyId"), secretAccessKey: key("SecretAccessKey") };
  }

  // Drops the database and the user, and deletes the access key.
  async drop() {
    const user = identifier(this.user);
    await this.instance.sql([
      `REVOKE rds_iam FROM ${user}`,
      `GRANT ${user} TO ${master}`,
      `DROP DATABASE ${identifier(this.name)} WITH (FORCE)`,
      `DROP USER ${user}`,
    ]);
    await this.deny();
    await this.server.call("iam", "DeleteAccessKey", { UserName: this.principal, AccessKeyId: this.credentials.accessKeyId });
    await this.server.call("iam", "DeleteUser", { UserName: this.principal });
  }

  // The policy by which the user may connect; there from the start.
  async allow() {
    const { region, account } = this.server;
    const Resource = `arn:aws:rds-db:${region}:${account}:dbuser:${this.instance.resourceId}/${this.user}`;
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "rds-db:connect", Resource }],
    });
    await this.server.call("iam", "PutUserPolicy", { UserName: this.principal, PolicyName: "connect", PolicyDocument });
  }

  // Takes that policy away: the next login is refused.
  async deny() {
    try {
      await this.server.call("iam", "DeleteUserPolicy", { UserName: this.principal, PolicyName: "connect" });
    } catch (error) {
      if (error.code !== "NoSuchEntity") throw error;
    }
  }

  // A new token: the password of one connection, for 15 minutes. The method itself may be handed on as a password.
  token() {
    return databaseToken(this.credentials, this.server.region, `${this.host}:${this.port}`, this.user);
  }

  // A URL without a password, as libpq reads it.
  get dsn() {
    const [user, name, bundle] = [this.user, this.name, this.server.bundle].map(encodeURIComponent);
    return `postgresql://${user}@${this.host}:${this.port}/${name}?sslmode=verify-full&sslrootcert=${bundle}`;
  }

  // For `pg`, and pools of it, which ask for the password at each connection.
  connection() {
    return {
      host: this.host,
      port: this.port,
      database: this.name,
      user: this.user,
      password: this.token,
      ssl: { ca: readFileSync(this.server.bundle, "utf8") },
    };
  }

  // For an application of its own process: the access key, and where and as whom to connect.
  environment() {
    return {
      ...this.server.environment(this.credentials),
      PGHOST: this.host,
      PGPORT: String(this.port),
      PGDATABASE: this.name,
      PGUSER: this.user,
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: this.server.bundle,
    };
  }
}
