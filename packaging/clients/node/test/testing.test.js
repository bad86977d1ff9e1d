// What a suite gets, and what is left of it.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { CountersignError, startServer } from "../index.js";

let server;
let instance;

before(async () => {
  server = await startServer();
  instance = await server.createInstance();
});

after(() => server.stop());

function psql(database, password, sql) {
  const env = { PATH: process.env.PATH, ...database.environment(), PGPASSWORD: password };
  return spawnSync("psql", ["-XAtc", sql], { env, encoding: "utf8" });
}

async function withDatabase(how, act) {
  const database = await instance.createDatabase(how);
  try {
    await act(database);
  } finally {
    await database.drop();
  }
}

test("a token is the password", () =>
  withDatabase({ name: "orders" }, async (database) => {
    assert.equal(psql(database, database.token(), "SELECT session_user, current_database()").stdout, "app|orders\n");
    const { token } = database;
    assert.equal(psql(database, token(), "CREATE TABLE mine (id int)").status, 0);
  }));

test("another password is refused, and what no policy allows", () =>
  withDatabase({}, async (database) => {
    const refused = /PAM authentication failed for user "app"/;
    assert.match(psql(database, "not-a-token", "SELECT 1").stderr, refused);
    await database.deny();
    assert.match(psql(database, database.token(), "SELECT 1").stderr, refused);
    await database.allow();
    assert.equal(psql(database, database.token(), "SELECT 1").stdout, "1\n");
  }));

test("names may need quoting", () =>
  withDatabase({ user: "o\"hara+1 (x)!'* @y", name: 'a"b' }, async (database) => {
    assert.equal(psql(database, database.token(), "SELECT session_user").stdout, "o\"hara+1 (x)!'* @y\n");
  }));

test("the certificate is verified by what connection() says", () =>
  withDatabase({}, async (database) => {
    const { ssl, password, ...where } = database.connection();
    assert.match(ssl.ca, /BEGIN CERTIFICATE/);
    assert.deepEqual(where, { host: "localhost", port: instance.port, database: database.name, user: "app" });
    assert.equal(psql(database, password(), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").stdout, "t\n");
  }));

const modules = process.env.COUNTERSIGN_TEST_MODULES; // a node_modules with pg
test("pools of pg ask for the password at each connection", { skip: !modules && "COUNTERSIGN_TEST_MODULES is not set" }, () =>
  withDatabase({}, async (database) => {
    const pg = createRequire(`${modules}/`)("pg");
    const pool = new pg.Pool(database.connection());
    try {
      const { rows } = await pool.query("SELECT session_user AS who");
      assert.deepEqual(rows, [{ who: "app" }]);
    } finally {
      await pool.end();
    }
  }));

test("the API refuses by its codes", async () => {
  await assert.rejects(server.createInstance({ name: instance.name }), (error) => {
    return error instanceof CountersignError && error.code === "DBInstanceAlreadyExists";
  });
  assert.equal((await server.call("sts", "GetCallerIdentity"))("Account"), server.account);
});

test("a server that does not start says why", async () => {
  await assert.rejects(startServer({ options: ["--account-id", "12"] }), /an account id has 12 digits/);
  await assert.rejects(startServer({ program: "/nonexistent/countersign" }), /ENOENT/);
});

test("nothing is left of one that was stopped", async () => {
  const other = await startServer();
  await other.createInstance();
  await other.stop();
  assert.equal(existsSync(other.dataDir), false);
});

const suite = (end) => `
  import { startServer } from ${JSON.stringify(new URL("../index.js", import.meta.url).href)};
  const server = await startServer();
  await server.createInstance();
  process.stdout.write(server.dataDir);
  ${end}`;

for (const [how, end] of [["is killed", "process.kill(process.pid, 'SIGKILL')"], ["forgets to stop it", ""]]) {
  test(`nothing is left of a suite that ${how}`, async () => {
    const done = spawnSync(process.execPath, ["--input-type=module", "--eval", suite(end)], { encoding: "utf8", timeout: 60_000 });
    assert.match(done.stdout, /^\/.*countersign-/, done.stderr);
    const deadline = Date.now() + 60_000;
    while (existsSync(done.stdout)) {
      assert.ok(Date.now() < deadline, `${done.stdout} is still there`);
      await pause(50);
    }
  });
}

test("it packs what it needs and nothing else", () => {
  const listed = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json", "--silent"], { cwd: new URL("..", import.meta.url) }));
  const files = listed[0].files.map((file) => file.path).sort();
  assert.deepEqual(files, ["README.md", "index.d.ts", "index.js", "package.json", "signing.js"]);
});
