"""What a suite gets without pytest's fixtures, and what is left of it."""

import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

import psycopg
import pytest
from countersign_testing import CountersignError, Server


class OfUnittest(unittest.TestCase):
    """As the page shows it."""

    @classmethod
    def setUpClass(cls):
        cls.database = cls.enterClassContext(cls.enterClassContext(
            cls.enterClassContext(Server()).create_instance()).create_database("orders", user="jane"))

    def test_it_connects(self):
        with psycopg.connect(**self.database.connect_args()) as session:
            self.assertEqual(session.execute("SELECT session_user, current_database()").fetchone(), ("jane", "orders"))


def working_in(directory):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "cwd").startswith(str(directory)):
                found.append(entry.name)
        except OSError:
            continue
    return found


def test_nothing_is_left():
    with Server() as server:
        server.create_instance()
        assert working_in(server.data_dir)
    assert not server.data_dir.exists() and not working_in(server.data_dir)


KILLED = """
import os, signal
from countersign_testing import Server
server = Server().start()
server.create_instance()
print(server.data_dir, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_is_left_of_a_suite_that_is_killed():
    done = subprocess.run([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    directory = pathlib.Path(done.stdout.strip())
    deadline = time.monotonic() + 60
    while directory.exists() or working_in(directory):
        assert time.monotonic() < deadline, f"{directory} is still there"
        time.sleep(0.05)


def test_an_instance_of_ones_own():
    with Server() as server, server.create_instance("one"), server.create_instance("two") as two:
        assert two.sql("SELECT current_user") == "postgres\n"
        with pytest.raises(CountersignError) as error:
            server.create_instance("one")
        assert error.value.code == "DBInstanceAlreadyExists"


def test_a_server_that_does_not_start_says_why():
    with pytest.raises(CountersignError, match="--account-id 12: an account id has 12 digits"):
        Server("--account-id", "12").start()


def test_a_program_that_is_not_there(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("COUNTERSIGN_PROGRAM", raising=False)
    with pytest.raises(CountersignError, match="COUNTERSIGN_PROGRAM"):
        Server().start()


def test_secrets_are_not_shown():
    with Server() as server:
        assert server.administrator.secret_access_key not in repr(server.administrator)
