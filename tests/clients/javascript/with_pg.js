import fs from "node:fs";
import { Signer } from "@aws-sdk/rds-signer";
import pg from "pg";

const { PGHOST, PGPORT, PGUSER, PGSSLROOTCERT } = process.env;
const signer = new Signer({ hostname: PGHOST, port: Number(PGPORT), username: PGUSER });

const pool = new pg.Pool({
  password: () => signer.getAuthToken(),
  ssl: { ca: fs.readFileSync(PGSSLROOTCERT) },
});
console.log((await pool.query("SELECT current_user")).rows[0]);
await pool.end();
