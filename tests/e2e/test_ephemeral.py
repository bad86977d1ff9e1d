"""countersign serve --ephemeral: a server for a test suite, of which nothing stays, however it ends."""

import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile

import pytest

from support import aws
from support.poll import PATIENCE, until
from support.server import PROGRAM, Server, StartFailed, is_alive, processes_in
from support.stock import Stock
from support.unprivileged import Unprivileged

DURABILITY = "SELECT string_agg(setting, ' ') FROM pg_settings WHERE name IN ('fsync', 'full_page_writes')"


class OfTests:
    """As a test suite starts it: nothing is said of places, and a pipe leads to its standard input."""

    def arguments(self):
        whole = super().arguments()
        return [*whole[:whole.index("serve")], "serve", "--ephemeral", *self.options]

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([str(word) for word in self.arguments()], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=log, start_new_session=True,
                                            env=self.environment)
        self.ready = json.loads(self._first_line())
        self.data = pathlib.Path(self.ready["data_dir"])
        return self

    def nothing_stays(self):
        return not self.data.exists() and not processes_in(self.data)

    def close(self):
        if self.process and not self.process.stdin.closed:
            self.process.stdin.close()
        super().close()


class ByRoot(OfTests, Server):
    """Started by whoever runs the tests."""


class ByOthers(OfTests, Unprivileged):
    """Started by an unprivileged user."""


@pytest.fixture(name="start")
def _start():
    started = []

    def begin(*options, kind=ByRoot, **environment):
        one = kind(*options)
        started.append(one)
        one.environment |= environment
        return one.start()

    yield begin
    for one in started:
        one.close()


ENDS = {"SIGTERM": lambda server: server.process.send_signal(signal.SIGTERM),
        "SIGINT": lambda server: server.process.send_signal(signal.SIGINT),
        "input": lambda server: server.process.stdin.close()}


@pytest.mark.parametrize("kind", [ByRoot, ByOthers])
def test_it_is_a_whole_server_of_which_nothing_stays(start, kind):
    server = start("--end-with-stdin", kind=kind)
    others = stat.S_IMODE(server.data.stat().st_mode) & 0o077
    assert others == 0 or (others == 0o011 and os.geteuid() == 0)  # databases' own users pass through to what is theirs
    stock = Stock(server)
    assert stock.sql(DURABILITY) == [("off off",)]
    principal = stock.principal("jane", stock.may_connect("jane"))
    with stock.login.psycopg("jane", stock.token(principal, "jane")) as session:
        assert session.execute("SELECT current_user").fetchone() == ("jane",)
    assert server.command("logins", "verify").returncode == 0
    assert server.stop() == 0
    assert server.nothing_stays()


@pytest.mark.parametrize("end", ENDS)
def test_however_it_is_told_to_end(start, end):
    server = start("--end-with-stdin")
    Stock(server)
    ENDS[end](server)
    assert server.process.wait(PATIENCE) == 0
    assert server.nothing_stays(), server.said()


@pytest.mark.parametrize("kind", [ByRoot, ByOthers])
def test_what_was_killed_is_taken_away_too(start, kind):
    server = start(kind=kind)
    Stock(server)
    assert len(processes_in(server.data)) > 3
    server.process.kill()
    server.process.wait(PATIENCE)
    until(server.nothing_stays, f"{server.data} and what worked there is gone")


def test_the_process_group_is_killed_with_whoever_started_it(start):
    server = start("--end-with-stdin")
    Stock(server)
    os.killpg(server.pid, signal.SIGKILL)
    server.process.wait(PATIENCE)
    until(server.nothing_stays, f"{server.data} and what worked there is gone")


OF_A_SUITE = """
import os, signal, subprocess, sys
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
print(server.stdout.readline().decode(), end="", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_ends_with_the_tests_that_started_it(start):
    """Whose process is killed, so that it tells nobody."""
    made = start()  # for its environment alone
    suite = subprocess.run([sys.executable, "-c", OF_A_SUITE, PROGRAM, "serve", "--ephemeral", "--end-with-stdin"],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=made.environment, timeout=PATIENCE, check=False)
    ready = json.loads(suite.stdout)
    until(lambda: not is_alive(ready["pid"]) and not pathlib.Path(ready["data_dir"]).exists(), "the server has ended")


def test_without_the_option_it_does_not_listen_to_its_input(start):
    server = start()
    server.process.stdin.close()
    assert aws.client(server, "sts").get_caller_identity()["Account"] == server.account
    assert server.stop() == 0 and server.nothing_stays()


def test_there_is_no_input_to_listen_to(new_server):
    server = new_server("--end-with-stdin")
    usual = server.arguments()
    server.arguments = lambda: ["bash", "-c", 'exec "$@" <&-', "bash", *usual]
    with pytest.raises(StartFailed) as error:
        server.start()
    assert "--end-with-stdin: there is no standard input" in str(error.value)


def test_it_is_made_below_tmpdir(start):
    with tempfile.TemporaryDirectory(prefix="countersign-e2e-", dir="/tmp") as place:
        os.chmod(place, 0o1777)
        server = start(TMPDIR=place)
        assert server.data.parent == pathlib.Path(place)
        assert server.stop() == 0 and not os.listdir(place)
        with pytest.raises(StartFailed):
            start("--audit-to", "nowhere:", TMPDIR=place)
        until(lambda: not os.listdir(place), "a start that failed leaves nothing")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_whom_root_becomes_may_be_there(start):
    with tempfile.TemporaryDirectory(prefix="countersign-e2e-", dir="/tmp") as place:
        server = start(TMPDIR=place)
        assert server.data.parent == pathlib.Path("/tmp") and not os.listdir(place)


def test_it_goes_with_no_directory_of_its_users(start, server):
    done = server.command("serve", "--ephemeral", "--data-dir", server.data, check=False)
    assert (done.returncode, done.stdout) == (2, "") and "--data-dir excludes --ephemeral" in done.stderr
    other = start(COUNTERSIGN_DATA_DIR=str(server.data))
    assert other.data != server.data and other.account != server.account


def test_several_at_once_have_ports_of_their_own(start):
    servers = [start() for _ in range(4)]
    ports = set()
    for server in servers:
        ports.add(Stock(server).port)
        ports.add(int(server.url.rpartition(":")[2]))
    assert len(ports) == 8


def test_it_listens_where_it_is_told(start, new_server):
    ports = new_server().ports
    server = start("--listen", f"127.0.0.1:{ports.first}", "--database-ports", f"{ports.first + 1}-{ports.last}")
    assert server.url.endswith(f":{ports.first}") and Stock(server).port in range(ports.first + 1, ports.last + 1)


def test_others_stay_durable(stock):
    assert stock.sql(DURABILITY) == [("on on",)]


def test_templates_are_kept_where_nobody_else_writes(start):
    """The template is made once; a place that others could write to is not used."""
    def spares_of(server):
        place = server.data / "spares"
        until(lambda: place.exists() and [one for one in place.iterdir() if one.suffix != ".making"], "there is a spare")
        return not (server.data / "templates").exists()

    first = start(kind=ByOthers)
    home = first.user_home
    cache = home / ".cache/countersign/templates"
    assert spares_of(first) and stat.S_IMODE(cache.stat().st_mode) == 0o700
    made = {one.name: one.stat().st_ino for one in cache.iterdir()}
    assert made
    assert spares_of(start(kind=ByOthers, HOME=str(home)))
    assert {one.name: one.stat().st_ino for one in cache.iterdir()} == made
    cache.chmod(0o770)
    assert not spares_of(start(kind=ByOthers, XDG_CACHE_HOME=str(home / ".cache")))
