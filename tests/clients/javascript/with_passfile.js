// Connects as often as it reads a line, each time anew; the password is that of PGPASSFILE.
import fs from "node:fs";
import readline from "node:readline";
import pg from "pg";

for await (const _ of readline.createInterface({ input: process.stdin })) {
  const client = new pg.Client({ ssl: { ca: fs.readFileSync(process.env.PGSSLROOTCERT) } });
  try {
    await client.connect();
    console.log((await client.query("SELECT current_user")).rows[0].current_user);
  } catch (refusal) {
    console.log(`refused: ${refusal.message}`);
  }
  await client.end();
}
