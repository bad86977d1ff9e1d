"""Tokens of some kilobytes: what cuts them, what does not, and how a shorter one is had."""

import os
import pty
import re
import subprocess
import urllib.parse

import pytest

from desk import BUILT, CLIENTS, Desk, needs
from support import aws
from support.login import Login
from support.poll import PATIENCE, until
from support.server import BIN, run
from support.stock import Stock
from test_pgbouncer import PROGRAM as PGBOUNCER
from test_pgbouncer import Pool
from test_pgbouncer import pytestmark as needs_pgbouncer

PYTHON = BUILT / "python/bin/python"
POOLED_BYTES_MAX = 2047  # of PgBouncer 1.17 to 1.25
TTY_BYTES_MAX = 4095  # of a line that is typed or pasted into a terminal

pytestmark = needs(PYTHON, BUILT / "javascript/node_modules")


class PooledStock(Stock):
    """The endpoint of a pool, in the place of a database's."""

    def __init__(self, pool):  # pylint: disable=super-init-not-called
        self.server, self.name = pool.server, "orders"
        self.rds, self.iam = aws.client(self.server, "rds"), aws.client(self.server, "iam")
        self.host, self.port, self.resource_id = "localhost", pool.port, pool.resource_id
        self.login = Login(self.server, self.host, self.port, pool.postgres.data / "server.crt", dbname="orders")


@pytest.fixture(name="pooled", scope="module")
def _pooled():
    """A desk whose database is a pool."""
    pool = Pool.__new__(Pool)
    pool.process = None
    try:
        pool.__init__()
        desk = Desk(PooledStock(pool))
        desk.pool = pool
        yield desk
    finally:
        pool.close()


@pytest.fixture(name="example", params=["psycopg", "pg", "libpq"])
def _example(request, javascript):
    return {"psycopg": [PYTHON, CLIENTS / "python/with_psycopg.py"], "pg": ["node", javascript / "with_pg.js"],
            "libpq": ["bash", CLIENTS / "shell/psql_countersign.sh"]}[request.param]


def in_the_pool(pooled, example, principal):
    return pooled.run(example, principal, PGDATABASE="orders")


def session_with_token(pooled, least, most):
    """A session whose tokens for this pool have a length between these."""
    for tags in range(12):
        session = pooled.role_session(tags)
        if least <= len(pooled.stock.token(session, "jane")) <= most:
            return session
    raise AssertionError(f"no number of tags gives {least} to {most} bytes")


def version_of_pgbouncer():
    said = run([PGBOUNCER, "--version"], os.environ).stdout
    return tuple(int(part) for part in re.match(r"PgBouncer (\d+)\.(\d+)", said).groups())


class TestPgBouncer:
    """The pool of packaging/pgbouncer."""

    pytestmark = needs_pgbouncer

    @pytest.mark.parametrize("tags", [None, 0, 2])
    def test_tokens_that_fit(self, pooled, example, tags):
        who = pooled.clerk if tags is None else pooled.role_session(tags)
        assert len(pooled.stock.token(who, "jane")) <= POOLED_BYTES_MAX
        done = in_the_pool(pooled, example, who)
        assert done.returncode == 0 and "orders_pool" in done.stdout, done.stderr

    def test_one_that_is_cut_is_refused(self, pooled, example):
        session = session_with_token(pooled, POOLED_BYTES_MAX + 1, 4000)
        mark = len(pooled.server.logins())
        done = in_the_pool(pooled, example, session)
        assert done.returncode != 0 and "authentication failed" in done.stderr, done.stderr
        assert pooled.stock.recorded_since(mark, "jane")[-1]["check"] == "token.form"

    def test_one_of_4_kb_is_cut_or_does_not_arrive(self, pooled, example):
        """It is more than PgBouncer's buffer; before 1.23 that hangs up then."""
        mark, said = len(pooled.server.logins()), len(pooled.pool.log())
        done = in_the_pool(pooled, example, pooled.session)
        assert done.returncode != 0 and not done.stdout.strip()
        if version_of_pgbouncer() >= (1, 23):
            assert "authentication failed" in done.stderr, done.stderr
            assert pooled.stock.recorded_since(mark, "jane")[-1]["check"] == "token.form"
            return
        until(lambda: "partial pkt in startup phase" in pooled.pool.log()[said:], "PgBouncer says that it hung up")
        assert not pooled.server.logins()[mark:]


def psql(desk, token, *words, **environment):
    return desk.run(["psql", "-A", "-t", "-w", *words, "-c", "SELECT current_user"], None, PGPASSWORD=token, **environment)


class TestPsql:
    """libpq and psql have four ways for a password."""

    @pytest.fixture(name="token")
    def _token(self, desk):
        return desk.stock.token(desk.session, "jane")

    def test_pgpassword_of_any_length(self, desk, token):
        assert len(token) > TTY_BYTES_MAX
        assert psql(desk, token).stdout == "jane\n"

    def test_a_password_file(self, desk, token, tmp_path):
        """Its colons are the token's too, and are escaped."""
        passfile = tmp_path / "pgpass"
        where = f"{desk.host}:{desk.port}:*:jane:"
        for written, status in ((token, 2), (token.replace("\\", "\\\\").replace(":", "\\:"), 0)):
            passfile.write_text(f"{where}{written}\n")
            passfile.chmod(0o600)
            done = psql(desk, None, PGPASSFILE=passfile)
            assert done.returncode == status, done.stderr

    def test_a_uri_takes_a_token_that_is_encoded_once_more(self, desk, token):
        where = f"@{desk.host}:{desk.port}/postgres"
        assert psql(desk, None, f"postgresql://jane:{urllib.parse.quote(token, safe='')}{where}").stdout == "jane\n"
        done = psql(desk, None, f"postgresql://jane:{token}{where}", PGHOST=None, PGPORT=None)
        assert done.returncode == 2 and "PAM authentication failed" not in done.stderr, done.stderr

    @pytest.mark.parametrize("who, status", [("clerk", 0), ("session", 2)])
    def test_the_prompt_reads_one_line_of_a_terminal(self, desk, who, status):
        token = desk.stock.token(getattr(desk, who), "jane")
        mark = len(desk.server.logins())
        assert at_the_prompt(desk, token) == status
        login = desk.stock.recorded_since(mark, "jane")[-1]
        assert login["decision"] == ("allowed" if status == 0 else "refused"), login


def at_the_prompt(desk, token):
    """psql -W in a terminal of its own, where the token is pasted; its exit status."""
    ours, its = pty.openpty()
    try:
        with subprocess.Popen(["psql", "-W", "-P", "pager=off", "-c", "SELECT current_user"], stdin=its, stdout=its, stderr=its,
                              start_new_session=True, env=desk.environment(None) | {"PATH": f"{BIN}:/usr/bin:/bin"},
                              preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0)) as process:
            assert os.read(ours, 1000).startswith(b"Password")
            os.write(ours, token.encode() + b"\n")
            try:
                return process.wait(PATIENCE)
            finally:
                process.kill()
    finally:
        os.close(ours)
        os.close(its)
