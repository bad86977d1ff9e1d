"""countersign proxy, as a process of its own."""

import json
import pathlib
import select
import signal
import subprocess

import psycopg

from support.poll import PATIENCE
from support.server import PROGRAM, clean_environment, run


class Proxy:
    """countersign proxy for a user of the stock database, until the `with` ends."""

    def __init__(self, stock, principal, user="jane", database=None, listen="127.0.0.1:0", **variables):
        self.stock = stock
        self.user = user
        self.environment = clean_environment(stock.server.user_home) | {
            "COUNTERSIGN_DATA_DIR": str(stock.server.data), "AWS_ACCESS_KEY_ID": principal.key_id,
            "AWS_SECRET_ACCESS_KEY": principal.secret, "AWS_REGION": stock.server.region} | variables
        self.words = [str(word) for word in (PROGRAM, "proxy", database or stock.name, "--user", user, "--listen", listen,
                                             "--json", "--log-level", "debug")]
        self.log = None
        self.process = None
        self.listening = []

    def more(self, *words):
        self.words += map(str, words)
        return self

    def __enter__(self):
        self.log = pathlib.Path(self.stock.server.home, f"proxy-{id(self)}.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE, stderr=log, text=True, env=self.environment)
        assert select.select([self.process.stdout], [], [], PATIENCE)[0], self.said()
        line = self.process.stdout.readline()
        assert line, self.said()
        self.listening = json.loads(line)["listening"]
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def said(self):
        return self.log.read_text()

    @property
    def port(self):
        return int(self.listening[0].rpartition(":")[2])

    def conninfo(self, user=None, dbname="postgres"):
        return f"host=127.0.0.1 port={self.port} dbname={dbname} user={user or self.user}"

    def connect(self, **more):
        return psycopg.connect(self.conninfo(**more), autocommit=True)

    def client(self, program, *words, check=True, **more):
        """A program of PostgreSQL's; it finds no password anywhere."""
        environment = clean_environment(self.stock.server.user_home)
        return run([program, "-d", self.conninfo(), "-w", *words], environment, check=check, **more)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)
