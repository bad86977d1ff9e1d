import fs from "node:fs";
import { Signer } from "@aws-sdk/rds-signer";
import postgres from "postgres";

const { PGHOST, PGPORT, PGUSER, PGSSLROOTCERT } = process.env;
const signer = new Signer({ hostname: PGHOST, port: Number(PGPORT), username: PGUSER });

const sql = postgres({
  password: () => signer.getAuthToken(),
  ssl: { ca: fs.readFileSync(PGSSLROOTCERT), host: PGHOST }, // host: checked even where it is an address
});
console.log((await sql`SELECT current_user`)[0]);
await sql.end();
