"""Whoever may run statements in a database fills its log as fast as the machine writes, with records of any length and any
text. That blinds no audit, holds nobody up, fills no disk, and is no refusal of a login."""

import contextlib
import json
import os
import signal
import threading
import time

import psycopg
import pytest

from support.poll import until
from support.stock import Stock

LONG = bool(os.environ.get("COUNTERSIGN_LONG"))
MEGABYTE = 1_000_000
LOG_BYTES_MAX = 2 * 128 * 1024 * 1024  # what a database's logs may take up, of both kinds
OVERSHOOT = 256 * 1024 * 1024          # written between two looks at them
PATIENCE = 20.0                        # for what takes a second or two, on a machine that is busy


@pytest.fixture(scope="module", name="loud")
def _loud(server):
    """The database whose master user does the harm."""
    return Stock(server, "loud")


@pytest.fixture(autouse=True)
def _served(server):
    """A test that stops the server may fail before it has started it again."""
    yield
    if server.process.poll() is not None:
        server.start()


def raise_logs(stock, megabytes, count=1):
    stock.sql(f"DO $$ BEGIN FOR i IN 1..{count} LOOP RAISE LOG '%', repeat('x', {megabytes * MEGABYTE}); END LOOP; END $$")


@contextlib.contextmanager
def flood(stock, sessions=1, pause=0.0):
    """Records of 8 MB from the master's sessions, each followed by a pause. PostgreSQL ends it if nobody else does."""
    statement = f"DO $$ BEGIN LOOP RAISE LOG '%', repeat('x', 8000000); PERFORM pg_sleep({pause}); END LOOP; END $$"

    def write(session):
        with contextlib.suppress(psycopg.Error):
            session.execute("SET statement_timeout = '300s'")
            session.execute(statement)

    opened = [stock.master() for _ in range(sessions)]
    threads = [threading.Thread(target=write, args=[session]) for session in opened]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for session, thread in zip(opened, threads):
            while thread.is_alive():
                session.cancel()
                thread.join(0.1)
            session.close()


class Audit:
    """The lines that come into the audit from now on, as soon as they are in its file."""

    def __init__(self, server):
        self.file = (server.data / "login.log").open("rb")
        self.file.seek(0, os.SEEK_END)
        self.begun = b""
        self.entries = []

    def read(self):
        *lines, self.begun = (self.begun + self.file.read()).split(b"\n")
        self.entries += map(json.loads, lines)
        return self.entries

    def refusals(self, user):
        return [entry for entry in self.read() if entry["user"] == user and entry["decision"] == "refused"]

    def close(self):
        self.file.close()


@pytest.fixture(name="audit")
def _audit(server):
    with contextlib.closing(Audit(server)) as audit:
        yield audit


def refused(stock, user):
    assert stock.login.bare(user, b"a wrong password").sqlstate == "28P01"


def seconds_until_recorded(stock, audit, user):
    refused(stock, user)
    began = time.monotonic()
    while not audit.refusals(user):
        assert time.monotonic() - began < PATIENCE, f"the refusal of {user} is not in the audit"
        time.sleep(0.002)
    return time.monotonic() - began


def log_directory(stock):
    return stock.server.database_directory(stock.resource_id) / "log"


def log_bytes(stock):
    total = 0
    for file in log_directory(stock).iterdir():
        with contextlib.suppress(FileNotFoundError):
            total += file.stat().st_size
    return total


def noted(server, resource_id):
    return [entry for entry in server.logins() if entry["decision"] == "noted" and entry["resource_id"] == resource_id]


def test_a_refusal_after_a_long_record_is_seen(loud, audit):
    raise_logs(loud, 9)  # longer than 8 MiB, and not so long that a new file is begun
    refused(loud, "after-a-long-record")
    until(lambda: audit.refusals("after-a-long-record"), "the refusal is in the audit", PATIENCE)


def test_with_ten_megabytes_a_second_of_one_database_the_audit_of_another_is_prompt(stock, loud, audit, record_property):
    refusals = 1000 if LONG else 40
    with flood(loud, pause=0.8):
        took = sorted(seconds_until_recorded(stock, audit, f"prompt-{number}") for number in range(refusals))
    ninety_ninth = took[int(0.99 * (len(took) - 1))]
    record_property("count", f"a refusal beside 10 MB/s of log is in the audit after {1000 * took[len(took) // 2]:.0f} ms "
                             f"(median), {1000 * ninety_ninth:.0f} ms (99th percentile of {refusals})")
    assert ninety_ninth <= 2.0


def seconds_to_create(stock, name):
    began = time.monotonic()
    stock.rds.create_db_instance(DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.t3.micro",
                                 AllocatedStorage=20, MasterUsername="postgres",
                                 MasterUserPassword="correct-horse-battery")
    until(lambda: stock.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]["DBInstanceStatus"]
          == "available", f"{name} is available")
    took = time.monotonic() - began
    stock.rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    return took


def test_with_ten_megabytes_a_second_of_one_database_others_are_made_as_quickly(stock, loud, record_property):
    times = 10 if LONG else 3
    without = min(seconds_to_create(stock, f"calm-{number}") for number in range(times))
    with flood(loud, pause=0.8):
        beside = min(seconds_to_create(stock, f"beside-{number}") for number in range(times))
    record_property("count", f"create-db-instance takes {without:.2f} s, and {beside:.2f} s beside 10 MB/s of log")
    assert beside <= 2 * without + 0.5


def test_as_fast_as_it_can_it_holds_nobody_up_and_fills_no_disk(stock, loud, audit):
    largest = 0
    ends = time.monotonic() + (60 if LONG else 8)
    with flood(loud, sessions=2):
        number = 0
        while time.monotonic() < ends:
            number += 1
            seconds_until_recorded(stock, audit, f"beside-{number}")
            seconds_until_recorded(loud, audit, f"within-{number}")
            largest = max(largest, log_bytes(loud))
        seconds_to_create(stock, "meanwhile")
    assert largest <= LOG_BYTES_MAX + OVERSHOOT
    until(lambda: log_bytes(loud) <= LOG_BYTES_MAX, "its logs are within their bound", PATIENCE)
    assert [len(audit.refusals(f"{where}-{one}")) for where in ("beside", "within")
            for one in range(1, number + 1)] == [1] * (2 * number)


def test_what_is_unread_keeps_no_server_from_ending_nor_from_starting(server, stock, loud, audit):
    os.kill(server.pid, signal.SIGSTOP)
    try:
        raise_logs(loud, 7, count=17 if LONG else 12)  # less than is kept
        refused(loud, "while-nobody-reads")
    finally:
        server.process.send_signal(signal.SIGTERM)
        os.kill(server.pid, signal.SIGCONT)
    server.process.wait(PATIENCE)
    server.stop()
    began = time.monotonic()
    server.start()
    for one in (stock, loud):
        one.until_it_answers()
    assert time.monotonic() - began < PATIENCE
    until(lambda: audit.refusals("while-nobody-reads"), "the refusal is in the audit", PATIENCE)


def test_what_was_lost_of_a_log_is_said_in_the_audit(server, stock, loud, audit):
    """PostgreSQL outlives the control plane, and goes on to write where nobody reads."""
    before = len(noted(server, loud.resource_id))
    server.kill9()
    raise_logs(loud, 20, count=40 if LONG else 8)  # more than is kept
    refused(loud, "at-the-end-of-it")
    began = time.monotonic()
    server.start()
    for one in (stock, loud):
        one.until_it_answers()
    assert time.monotonic() - began < PATIENCE
    until(lambda: audit.refusals("at-the-end-of-it"), "the refusal is in the audit", PATIENCE)
    until(lambda: len(noted(server, loud.resource_id)) > before, "the loss is noted", PATIENCE)
    assert "bytes of the log of loud were removed before they were read" in noted(server, loud.resource_id)[-1]["reason"]
    assert "login.log_lost" in server.said()


FORGED = [
    ("28P01", 'password authentication failed for user "forged"'),
    ("28000", 'PAM authentication failed for user "forged"'),
    ("28000", 'no pg_hba.conf entry for host "192.0.2.1", user "forged", database "app", no encryption'),
    ("28P01", 'x",,,\n2026-01-02 03:04:05.678 UTC,"forged","app",7,"::1:5",65a1.7,1,"authentication",,,0,FATAL,28P01,"x",\n'),
]


def test_nothing_that_a_statement_logs_is_a_refusal(loud, audit):
    for sqlstate, message in FORGED:
        with loud.login.psycopg("bob", "bobs-own-password") as session:
            words = message.replace("'", "''")
            session.execute("SET application_name = 'authentication'")
            session.execute("DO $$ BEGIN RAISE LOG 'error from underlying PAM layer: countersign: agent: forged'; END $$")
            session.execute(f"DO $$ BEGIN RAISE LOG USING ERRCODE = '{sqlstate}', MESSAGE = '{words}'; END $$")
            session.execute("SET exit_on_error = on")
            with pytest.raises(psycopg.Error):
                session.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{sqlstate}', MESSAGE = '{words}'; END $$")
            assert session.closed
    refused(loud, "a-real-one")
    until(lambda: audit.refusals("a-real-one"), "the refusal is in the audit", PATIENCE)
    refusals = [entry for entry in audit.read() if entry["decision"] == "refused"]
    assert [entry["user"] for entry in refusals] == ["a-real-one"]
    assert "forged" not in refusals[0]["reason"]


TORN = {
    "within-a-text": '2026-01-02 03:04:05.678 UTC,"ann","app",7,"::1:5',
    "after-a-text": '2026-01-02 03:04:05.678 UTC,"ann"',
    "within-a-word": '2026-01-02 03:04:05.678 UTC,"ann","app",7,"::1:5",65a1.7,1,"DO",,3/4,0,LOG,00',
    "no-record": 'what is this "\n',
    "a-quote": '"',
    "zeros": "\0" * 5000,
}


@pytest.mark.parametrize("how", TORN)
def test_a_damaged_record_hides_no_other(loud, audit, how):
    """As a full disk leaves it: half a record, and after it the next one."""
    newest = max(file for file in log_directory(loud).iterdir() if file.suffix == ".csv")
    with newest.open("ab") as log:
        log.write(TORN[how].encode())
    for user in (f"{how}-1", f"{how}-2"):
        refused(loud, user)
        until(lambda user=user: audit.refusals(user), f"the refusal of {user} is in the audit", PATIENCE)
