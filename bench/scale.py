"""Very many principals: what they cost at the start, at a first login, and afterwards."""

import contextlib
import os
import statistics
import subprocess
import time

import psycopg

from bench_database import Database
from report import choose, fact, memory_mb, milliseconds, timed, title
from support.server import Server
from support.tokens import database_token


def fill(server, users, binaries):
    """Makes users in the store of a server that is stopped; returns what was measured and keys of some of them."""
    out = server.home / "keys.txt"
    words = [binaries / "bench_principals", "--data-dir", server.data, "--out", out]
    done = subprocess.run([str(word) for word in [*words, "--users", users]], stdout=subprocess.PIPE, text=True,
                          check=True)
    owner = server.data.stat()
    if os.geteuid() == 0:
        for file in server.data.glob("state.db*"):
            os.chown(file, owner.st_uid, owner.st_gid)
    measured = dict(line.split() for line in done.stdout.splitlines())
    return measured, [line.split() for line in out.read_text().splitlines()]


class Principal:
    """What database_token() needs of one."""

    def __init__(self, words):
        self.key_id, self.secret = words
        self.session_token = None


def log_in(database, keys):
    """Logs in once with each key; returns the seconds that each took."""
    times = []
    for words in keys:
        token = database_token(Principal(words), host=database.host, port=database.port, user="jane",
                               region=database.server.region)
        begin = time.perf_counter()
        with contextlib.closing(psycopg.connect(database.login.conninfo("jane"), password=token, passfile="/dev/null")):
            times.append(time.perf_counter() - begin)
    return times


def measure(servers, binaries):
    users, logins = choose((1_000_000, 1000), (2000, 20))
    title(f"{users:,} users, each with an access key and a policy")
    servers.append(Server(prefix="countersign-bench-"))
    server = servers[-1].start()
    database = Database(server)
    server.stop()
    empty = timed(server.start)
    before = memory_mb(server.pid, "VmRSS")
    server.stop()
    measured, keys = fill(server, users, binaries)
    full = timed(server.start)
    database.wait()
    fact("writing them to the store", f"{measured['fill_s']} s")
    fact("start of serve, before", milliseconds(empty))
    fact("start of serve, after", milliseconds(full))
    fact("memory of serve after its start, before", f"{before:.1f} MB")
    after = memory_mb(server.pid, "VmRSS")
    fact("memory of serve after its start, after", f"{after:.1f} MB")
    fact("finding one by its key for the first time, median", f"{measured['find_p50_ms']} ms",
         f"99 of 100 within {measured['find_p99_ms']} ms")
    times = log_in(database, keys[:logins])
    again = log_in(database, keys[:logins])
    fact(f"first logins of {logins} of them, median", milliseconds(statistics.median(times)))
    fact("second logins of the same, median", milliseconds(statistics.median(again)))
    grown = memory_mb(server.pid, "VmRSS")
    fact("memory of serve after these logins", f"{grown:.1f} MB", f"{(grown - after) * 1024 / logins:.1f} KB each")
    server.stop()
