// What the providers share: their configuration (JSON, the first argument), a clock that can be set, and commands on
// standard input, one JSON object a line, each answered with one line. The first line written says that it is ready.
'use strict';
const readline = require('node:readline');

const RealDate = Date;
let ahead = 0; // milliseconds

global.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + ahead);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + ahead;
  }
};

// Standard output is for answers alone.
console.info = console.error;
console.log = console.error;

function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

exports.configuration = JSON.parse(process.argv[2]);

// Each command is a member of the line's object; it gets the member's value. The process ends with its standard input.
exports.serve = async (server, ready, commands) => {
  const known = { clock: (seconds) => { ahead = seconds * 1000; }, ...commands };
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  say(await ready(server.address().port));
  const lines = readline.createInterface({ input: process.stdin });
  lines.on('close', () => process.exit(0));
  for await (const line of lines) {
    for (const [name, value] of Object.entries(JSON.parse(line))) await known[name](value);
    say({});
  }
};
