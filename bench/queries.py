"""Queries after a login by token, which go straight to PostgreSQL, beside the same through PgBouncer."""

import contextlib
import os
import pathlib
import pwd
import random
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

from bench_database import MASTER, PASSWORD
from report import choose, fact, title
from support.ports import Ports
from support.server import clean_environment

SEARCH = f"{os.environ.get('PATH', '')}:/usr/sbin"
SETTINGS = """
[databases]
postgres = host={host} port={port} dbname=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {home}/users.txt
pool_mode = {mode}
client_tls_sslmode = require
client_tls_cert_file = {home}/server.crt
client_tls_key_file = {home}/server.key
server_tls_sslmode = require
ignore_startup_parameters = extra_float_digits
logfile = {home}/{mode}.log
"""


class Pooler:
    """PgBouncer in one pool mode, TLS on both sides, as bob to the database."""

    def __init__(self, database, mode, listen):
        self.port = listen
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="countersign-bench-pool-", dir="/tmp"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-keyout", self.home / "server.key", "-out",
                        self.home / "server.crt"], stderr=subprocess.DEVNULL, check=True)
        settings = self.home / "pgbouncer.ini"
        settings.write_text(SETTINGS.format(host=database.host, port=database.port, listen=listen, home=self.home,
                                            mode=mode))
        (self.home / "users.txt").write_text(f'"bob" "{PASSWORD}"\n')
        owner = {}
        if os.geteuid() == 0:  # it refuses to run as root
            account = pwd.getpwnam("postgres")
            owner = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            for file in [self.home, *self.home.iterdir()]:
                os.chown(file, account.pw_uid, account.pw_gid)
        self.process = subprocess.Popen([shutil.which("pgbouncer", path=SEARCH), "-q", settings], cwd=self.home,
                                        stderr=subprocess.DEVNULL, **owner)
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("bench/run: PgBouncer does not start")
            time.sleep(0.05)

    def conninfo(self):
        return f"host=127.0.0.1 port={self.port} dbname=postgres user=bob sslmode=require"

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.home, ignore_errors=True)


def pgbench(server, conninfo, password, *words):
    environment = clean_environment(server.user_home) | {"PGPASSWORD": password}
    done = subprocess.run(["pgbench", *words, conninfo], env=environment, capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench/run: pgbench: {done.stderr}")
    return done.stdout


def speed(database, conninfo, password):
    """Queries a second."""
    done = pgbench(database.server, conninfo, password, "-n", "-S", "-c", "4", "-j", "2", "-T", choose("3", "1"))
    return float(re.search(r"^tps = ([\d.]+)", done, re.MULTILINE).group(1))


def measure(database):
    title("Queries a second after the login (pgbench -S, 4 clients, TLS): straight, and through PgBouncer")
    login = database.login
    pgbench(database.server, login.conninfo(MASTER), PASSWORD, "-i", "-q", "-s", choose("5", "1"))
    login.psql(MASTER, PASSWORD, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC")
    ways = {"by token": lambda: speed(database, login.conninfo("jane"), database.token()),
            "by password": lambda: speed(database, login.conninfo("bob"), PASSWORD)}
    with contextlib.ExitStack() as ending:
        if shutil.which("pgbouncer", path=SEARCH):
            ports = Ports()
            ending.callback(ports.release)
            for mode, listen in zip(("session", "transaction"), range(ports.first, ports.last)):
                pooler = ending.enter_context(contextlib.closing(Pooler(database, mode, listen)))
                ways[f"PgBouncer, pool_mode = {mode}"] = \
                    lambda pooler=pooler: speed(database, pooler.conninfo(), PASSWORD)
        else:
            print("PgBouncer is not installed, and left out.")
        found = {name: [] for name in ways}
        rounds = choose(5, 1)
        for _ in range(rounds):
            for name in random.sample(list(ways), len(ways)):
                found[name].append(ways[name]())
    for name, all_of_it in found.items():
        ratios = [tps / token for tps, token in zip(all_of_it, found["by token"])]
        note = "" if name == "by token" else f"{statistics.median(ratios):.2f} x of by token"
        fact(name, f"{statistics.median(all_of_it):,.0f} /s", note)
    print(f"Medians of {rounds} interleaved rounds, ratios within a round.")
