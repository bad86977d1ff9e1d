"""Tools that have one password field, with the password file that `countersign passfile --keep` keeps: for longer than a
token lives, by a clock that is set. And without any, through `countersign proxy`."""

import contextlib
import select
import shutil
import socket
import subprocess
import urllib.error
import urllib.request

import pytest

from compiled import compiled
from desk import BUILT, CLIENTS, needs
from support import faults
from support.login import PAM_REFUSED
from support.passfiles import set_clock
from support.poll import PATIENCE, until
from support.proxies import Proxy
from support.server import PROGRAM, clean_environment, run
from support.stock import Stock

PASSFILE = CLIENTS / "passfile"
VENV = BUILT / "passfile/bin"
JAVA = BUILT / "java"
MINUTES = (0, 8, 16, 20)


@pytest.fixture(scope="module", name="server")
def _server():
    """A server with a clock of its own."""
    made = faults.ClockedServer()
    try:
        yield made.start()
    finally:
        made.close()


class Kept:
    """jane's password file, kept for her, and the environment of her tools, which have no key."""

    def __init__(self, server):
        self.server = server
        self.stock = Stock(server)
        self.stock.sql("CREATE SCHEMA jane; GRANT ALL ON SCHEMA jane TO jane; GRANT ALL ON DATABASE postgres TO jane")
        self.file = server.home / "pgpass"
        self.clerk = self.stock.principal("clerk", self.stock.may_connect("jane"))
        self.keeper = subprocess.Popen(
            [PROGRAM, "passfile", "--keep", "--user", "jane", "--file", self.file, self.stock.name],
            env=clean_environment(server.user_home) | server.clock.environment | {
                "COUNTERSIGN_DATA_DIR": str(server.data), "AWS_ACCESS_KEY_ID": self.clerk.key_id,
                "AWS_SECRET_ACCESS_KEY": self.clerk.secret, "AWS_REGION": server.region}, stdout=subprocess.DEVNULL)
        self.at(0)

    def environment(self, **more):
        return clean_environment(self.server.user_home) | {
            "PGHOST": self.stock.host, "PGPORT": str(self.stock.port), "PGUSER": "jane", "PGDATABASE": "postgres",
            "PGSSLMODE": "verify-full", "PGSSLROOTCERT": str(self.stock.login.bundle), "PGPASSFILE": str(self.file)} | more

    def at(self, minutes):
        set_clock(self.server, self.file, minutes)

    def close(self):
        self.keeper.terminate()
        self.keeper.wait(PATIENCE)
        self.server.clock.set(0)


@pytest.fixture(name="kept", scope="module")
def _kept(server):
    kept = Kept(server)
    try:
        yield kept
    finally:
        kept.close()


class LongLived:
    """A program that goes on, connects anew for each line that it reads, and says what came of it."""

    def __init__(self, argv, environment, cwd):
        self.process = subprocess.Popen([str(word) for word in argv], env=environment, cwd=cwd, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self):
        self.process.stdin.write("again\n")
        self.process.stdin.flush()
        assert select.select([self.process.stdout], [], [], PATIENCE)[0]
        return self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


LONG_LIVED = {
    "pgjdbc": (["java", "-cp", f"{JAVA}/classes:{JAVA}/lib/*", "Passfile"], compiled("java", "made-of")),
    "Flyway": (["java", "-cp", f"{JAVA}/classes:{JAVA}/lib/*", "Migrate", PASSFILE / "migrations"],
               compiled("java", "made-of")),
    "lib/pq": ([BUILT / "go/passfile"], compiled("go", "made-of", "passfile")),
    "node-postgres": (["node", "with_passfile.js"], needs(BUILT / "javascript/node_modules")),
    "Django": ([VENV / "python", PASSFILE / "with_django.py"], needs(VENV / "python")),
}
"""Name: how it is started, and what it needs."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks) for name, (_, marks) in LONG_LIVED.items()])
def test_a_program_that_goes_on(kept, javascript, name):
    with contextlib.closing(LongLived(LONG_LIVED[name][0], kept.environment(), javascript)) as connects:
        check(kept, connects, "1" if name == "Flyway" else "jane")


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks) for name, (_, marks) in LONG_LIVED.items()
                                  if name != "node-postgres"])
def test_a_program_that_knows_no_password(kept, javascript, name):
    """The one that is left out asks for TLS whatever it is told."""
    variables = kept.server.clock.environment
    with Proxy(kept.stock, kept.clerk, **variables) as proxy:
        environment = kept.environment(PGHOST="127.0.0.1", PGPORT=str(proxy.port), PGSSLMODE="disable", PGPASSFILE="/dev/null")
        with contextlib.closing(LongLived(LONG_LIVED[name][0], environment, javascript)) as connects:
            for minutes in (0, 20):
                kept.at(minutes)
                assert connects() == ("1" if name == "Flyway" else "jane"), f"after {minutes} minutes"


def check(kept, connects, expected):
    """It gets in at each of these minutes."""
    for minutes in MINUTES:
        kept.at(minutes)
        assert connects() == expected, f"after {minutes} minutes"


def psql(kept, sql="SELECT current_user", **environment):
    return run(["psql", "-XAtwc", sql], kept.environment(**environment), check=False)


def test_psql(kept, tmp_path):
    """And not with the file as it was in the beginning."""
    kept.at(0)
    first = shutil.copy2(kept.file, tmp_path / "first")

    def connects():
        return psql(kept).stdout.strip()
    check(kept, connects, "jane")
    assert PAM_REFUSED.format("jane") in psql(kept, PGPASSFILE=str(first)).stderr


@pytest.mark.skipif(not (VENV / "dbt").exists(), reason="dbt is not there; ./test makes it")
def test_dbt(kept, tmp_path):
    project = shutil.copytree(PASSFILE / "dbt", tmp_path / "dbt")

    def connects():
        run([VENV / "dbt", "run", "--project-dir", project, "--profiles-dir", project],
            kept.environment(DO_NOT_TRACK="1"), cwd=project)
        return psql(kept, "SELECT who FROM jane.who").stdout.strip()
    check(kept, connects, "jane")


@compiled("exporter", "made-of", "postgres_exporter")
def test_postgres_exporter(kept):
    """It connects anew after a connection that was ended."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    uri = f"{kept.stock.host}:{kept.stock.port}/postgres?sslmode=verify-full&sslrootcert={kept.stock.login.bundle}"
    environment = kept.environment(DATA_SOURCE_URI=uri, DATA_SOURCE_USER="jane")
    with subprocess.Popen([BUILT / "exporter/postgres_exporter", f"--web.listen-address={address}"], env=environment,
                          stderr=subprocess.DEVNULL) as exporter:
        def page():
            try:
                with urllib.request.urlopen(f"http://{address}/metrics", timeout=PATIENCE) as answer:
                    return answer.read().decode()
            except urllib.error.URLError:
                return ""

        def connects():
            kept.stock.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'jane'")
            until(lambda: "\npg_up 1" in page(), "it is up")
            return kept.stock.sql("SELECT DISTINCT usename FROM pg_stat_activity WHERE usename = 'jane'")[0][0]
        try:
            check(kept, connects, "jane")
        finally:
            exporter.kill()
