"""The disk is full, or slow: what cannot be recorded is refused, what cannot be written is not acknowledged, and
nothing that was acknowledged is lost."""

import contextlib
import os
import re
import shutil
import threading

import botocore.exceptions
import pytest

from support import aws, faults
from support.faults import attempt, is_refusal
from support.poll import until
from support.server import Server, StartFailed
from support.stock import Stock

DISK, LOG_DISK = 700, 32  # MiB; the first holds templates and databases
BOBS = "bobs-own-password"


def server_on_small_disk():
    """A server whose data directory is a small disk."""
    made = Server()
    made.disks = []
    try:
        made.disks.append(faults.SmallDisk(made.data, DISK))
    except BaseException:
        close(made)
        raise
    return made


def close(server):
    Server.close(server)
    for disk in reversed(server.disks):
        faults.unmount(disk.place)
    shutil.rmtree(server.home, ignore_errors=True)


@pytest.fixture(scope="module", name="small")
def _small():
    made = server_on_small_disk()
    try:
        yield made.start()
    finally:
        close(made)


@pytest.fixture(scope="module", name="stock")
def _stock(small):
    """Its PostgreSQL writes its log to another disk, so that what it says can be read at any time."""
    made = Stock(small)
    small.stop()
    log = small.database_directory(made.resource_id) / "log"
    owner = log.stat()
    small.disks.append(faults.SmallDisk(log, LOG_DISK))
    os.chown(log, owner.st_uid, owner.st_gid)
    small.start()
    made.until_it_answers()
    return made


@pytest.fixture(scope="module", name="everybody")
def _everybody(stock):
    return stock.principal("everybody", stock.may_connect("*"))


@contextlib.contextmanager
def full(disk):
    disk.fill()
    try:
        yield
    finally:
        disk.clear()


def log_in_until_refused(stock, principal):
    """What is left of a file's last page takes a few records; then there is no more. Returns all outcomes."""
    outcomes = []

    def refused():
        outcomes.append(attempt(stock, principal, "jane"))
        return not outcomes[-1].allowed
    until(refused, "a login cannot be recorded")
    return outcomes


def test_full_disk_refuses_what_cannot_be_recorded(small, stock, everybody):
    disk = small.disks[0]
    mark, log_mark = len(small.logins()), len(faults.postgres_log(small, stock.resource_id))
    with contextlib.closing(stock.session(everybody, "jane")) as session:
        with full(disk):
            outcomes = log_in_until_refused(stock, everybody)
            outcomes += [attempt(stock, everybody, "jane") for _ in range(3)]
            assert [outcome.allowed for outcome in outcomes[-3:]] == [False] * 3
            assert all(is_refusal(outcome, "jane") for outcome in outcomes if not outcome.allowed)
            assert session.execute("SELECT current_user").fetchone() == ("jane",)
            stock.login.psycopg("bob", BOBS).close()
            told = faults.reasons_since(small, stock.resource_id, log_mark)
            assert told and all(reason.startswith("agent: the login cannot be recorded: ") for reason in told)
            assert "login.unrecorded" in small.said() and re.search("No space left|disk is full", small.said())
        assert attempt(stock, everybody, "jane").allowed
    allowed = [outcome for outcome in outcomes if outcome.allowed]
    faults.judged_since(small, mark, count=len(allowed) + 2)
    faults.check_audit(small, allowed)


def write_until_refused(iam, prefix):
    """Creates users as long as that is acknowledged; returns their names and the error."""
    made = []
    while True:
        name = f"{prefix}-{len(made)}"
        try:
            iam.create_user(UserName=name)
        except botocore.exceptions.ClientError as error:
            return made, error.response
        made.append(name)
        assert len(made) < 100_000


def users_of(server, prefix):
    pages = aws.client(server, "iam").get_paginator("list_users").paginate()
    return {user["UserName"] for page in pages for user in page["Users"] if user["UserName"].startswith(prefix)}


def test_full_disk_and_the_api(small, stock, everybody):
    """A write is refused clearly, reading goes on, and all that was acknowledged is there, after a crash too."""
    iam = aws.client(small, "iam")
    with full(small.disks[0]):
        made, answer = write_until_refused(iam, "full")
        told = answer["ResponseMetadata"]
        assert (told["HTTPStatusCode"], answer["Error"]["Code"]) == (503, "ServiceUnavailable"), answer
        why = [line for line in small.said().splitlines() if told["RequestId"] in line]
        assert any("full" in line or "No space left" in line for line in why), why
        assert set(made) <= users_of(small, "full-")
        again, _ = write_until_refused(iam, "full-again")
        assert again == []
    made += write_until(iam, "freed", 3)
    assert set(made) <= users_of(small, "f")
    small.kill9()
    small.start()
    stock.until_it_answers()
    assert set(made) <= users_of(small, "f") <= set(made) | {f"full-{len(made) - 3}", "full-again-0"}
    assert attempt(stock, everybody, "jane").allowed


def write_until(iam, prefix, count):
    names = [f"{prefix}-{number}" for number in range(count)]
    for name in names:
        iam.create_user(UserName=name)
    return names


def test_crash_on_a_full_disk(small, stock, everybody):
    """Killed while the disk is full: a start says why it cannot be. Started again when there is room, everything is as
    it was acknowledged."""
    with full(small.disks[0]):
        outcomes = log_in_until_refused(stock, everybody)
        small.kill9()
        shutil.rmtree(small.data / "spares")  # what a start throws away would make room
        small.disks[0].fill()
        with pytest.raises(StartFailed, match=r"No space left|full"):
            small.start()
    small.start()
    stock.until_it_answers()
    assert attempt(stock, everybody, "jane").allowed
    faults.check_audit(small, [outcome for outcome in outcomes if outcome.allowed])
    assert stock.may_connect("*") == stock.iam.get_user_policy(
        UserName="everybody", PolicyName="p0")["PolicyDocument"]


def test_everything_on_one_full_disk():
    """Databases and Countersign share the disk: nobody gets in unrecorded, and all goes on when there is room."""
    one = server_on_small_disk()
    try:
        one.start()
        stock = Stock(one)
        everybody = stock.principal("everybody", stock.may_connect("*"))
        stock.sql("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('acknowledged')")
        assert attempt(stock, everybody, "jane").allowed
        with full(one.disks[0]):
            outcomes = log_in_until_refused(stock, everybody)
            assert is_refusal(attempt(stock, everybody, "jane"), "jane")
        until(lambda: attempt(stock, everybody, "jane").allowed, "people log in again")
        assert stock.sql("SELECT word FROM kept") == [("acknowledged",)]
        faults.check_audit(one, [outcome for outcome in outcomes if outcome.allowed])
    finally:
        close(one)


@pytest.fixture(name="on_loop")
def _on_loop():
    made = Server()
    try:
        faults.mount_loop(made.data, DISK)
        yield made.start()
    finally:
        Server.close(made)
        faults.unmount(made.data)
        shutil.rmtree(made.home, ignore_errors=True)


def test_slow_disk(on_loop):
    """The API waits for the disk before it acknowledges; logins do not wait with it, and are judged by what is
    acknowledged."""
    stock = Stock(on_loop)
    everybody = stock.principal("everybody", stock.may_connect("*"))
    iam = aws.client(on_loop, "iam")
    acknowledged = threading.Event()

    def write():
        for number in range(3):
            iam.create_user(UserName=f"slow-{number}", Tags=[{"Key": f"k{n}", "Value": "x" * 250} for n in range(40)])
        acknowledged.set()
    outcomes = []
    with faults.slow_writes(on_loop.pid, on_loop.data, 64 * 1024):
        with faults.Attempts(1, write):
            while not acknowledged.is_set():
                outcomes.append(attempt(stock, everybody, "jane"))
    assert outcomes and all(outcome.allowed for outcome in outcomes)
    on_loop.kill9()
    on_loop.start()
    stock.until_it_answers()
    assert users_of(on_loop, "slow-") == {"slow-0", "slow-1", "slow-2"}
    faults.check_audit(on_loop, outcomes)
