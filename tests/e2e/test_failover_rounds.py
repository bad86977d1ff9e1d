"""Writers that end at random moments, in random ways, while much is written: no acknowledged commit is lost, and never do
two instances take commits.

A writer of before that still took some would lose them: what is acknowledged is in the table of the new one, or the round
fails. So sessions write at the cluster's endpoint, and at each instance's own, which outlives a failover.

Some rounds; with COUNTERSIGN_LONG a hundred, and COUNTERSIGN_ROUNDS says how many otherwise. The seed is printed;
COUNTERSIGN_SEED repeats it.
"""

import contextlib
import os
import random
import signal
import threading
import time

import botocore.exceptions
import psycopg
import pytest

from support.cluster import Cluster, number_of, postmaster_in
from support.commits import TABLE, Writers
from support.poll import until
from support.server import processes_in
from support.stock import MASTER, MASTER_PASSWORD

LONG = bool(os.environ.get("COUNTERSIGN_LONG"))
ROUNDS = int(os.environ.get("COUNTERSIGN_ROUNDS") or (100 if LONG else 5))
SEED = int(os.environ.get("COUNTERSIGN_SEED") or (random.randrange(10**9) if LONG else 1))
COMMITS = 20  # that have to come after a fault


class Rounds:
    """A cluster that outlives them all."""

    def __init__(self, server):
        self.cluster = Cluster(server, "round", 1)
        self.cluster.sql(f"{TABLE}; GRANT INSERT ON acknowledged TO jane")
        self.somebody = self.cluster.principal("somebody", self.cluster.may_connect("jane"))
        self.names = iter(range(3, 10000))

    def numbers(self):
        return [number_of(one["DBInstanceIdentifier"]) for one in self.cluster.describe()["DBClusterMembers"]]

    def writer(self):
        return number_of(self.cluster.writer()[0])

    def readers(self):
        return [number for number in self.numbers() if number != self.writer()]

    def set_readers(self, count):
        while len(readers := self.readers()) != count:
            if len(readers) < count:
                self.cluster.add(next(self.names))
            else:
                self.cluster.rds.delete_db_instance(DBInstanceIdentifier=f"round-{readers[0]}")
                until(lambda gone=readers[0]: gone not in self.numbers(), "the reader is gone")
        self.cluster.until_available()

    def until_safe(self):
        self.cluster.until_available()
        self.cluster.until_synchronous()
        until(lambda: self.cluster.has_followers(len(self.readers())), "all readers follow")

    def by_token(self, login):
        """A token for the cluster's endpoint is good at each instance."""
        return login.psycopg("jane", self.cluster.token(self.somebody, "jane"), connect_timeout=2)

    def ways(self):
        """To write: at the cluster's endpoint, and at each instance's."""
        logins = [self.cluster.login, *(self.cluster.login_at(number) for number in self.numbers())]
        ways = [lambda login=login: login.psycopg(MASTER, MASTER_PASSWORD, connect_timeout=2) for login in logins]
        return [lambda: self.by_token(self.cluster.login), *ways]

    def take_tokens(self):
        """All instances do."""
        for number in self.numbers():
            self.by_token(self.cluster.login_at(number)).close()

    def fail_over(self):
        with contextlib.suppress(botocore.exceptions.ClientError):  # there may be no writer to shut down
            self.cluster.rds.failover_db_cluster(DBClusterIdentifier="round")

    def writers_now(self):
        """The instances that would take commits."""
        found = []
        for number in self.numbers():
            with contextlib.suppress(psycopg.OperationalError):
                if self.cluster.ask(number, "SELECT pg_is_in_recovery()") == [(False,)]:
                    found.append(number)
        return found


@pytest.fixture(scope="module", name="rounds")
def _rounds(server):
    return Rounds(server)


def kill(rounds):
    """All that there is of the writer."""
    home = rounds.cluster.home(rounds.writer())
    for pid in (postmaster_in(home), *processes_in(home)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_postmaster(rounds):
    rounds.cluster.kill(rounds.writer())


def kill_serve_too(rounds):
    postmaster = rounds.cluster.postmaster(rounds.writer())
    rounds.cluster.server.kill9()
    os.kill(postmaster, signal.SIGKILL)
    rounds.cluster.server.start()


def kill_and_fail_over(rounds):
    """At the same time, in either order."""
    asking = threading.Thread(target=rounds.fail_over)
    asking.start()
    kill_postmaster(rounds)
    asking.join()


def fail_over(rounds):
    rounds.fail_over()


def kill_twice(rounds):
    """The one that takes over, too, before anybody is waited for."""
    before = rounds.writer()
    kill_postmaster(rounds)
    until(lambda: rounds.writer() != before, "another instance is the writer")
    kill_postmaster(rounds)


FAULTS = (kill, kill_postmaster, kill_serve_too, kill_and_fail_over, fail_over, kill_twice)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_no_acknowledged_commit_is_lost(rounds, number):
    chance = random.Random(f"{SEED}-{number}")
    fault = FAULTS[number] if number < len(FAULTS) else chance.choice(FAULTS)
    readers, moment = chance.randint(1, 3 if LONG else 2), chance.uniform(0, 0.5)
    print(f"seed {SEED}, round {number}: {fault.__name__} with {readers} readers after {moment:.3f} s")
    rounds.set_readers(readers)
    rounds.until_safe()
    rounds.cluster.sql("TRUNCATE acknowledged")
    with Writers(rounds.ways(), pause=0.01) as writers:
        until(lambda: len(writers.moments) > COMMITS, "commits go through")
        time.sleep(moment)
        begin = time.monotonic()
        fault(rounds)
        seen = len(writers.moments)
        until(lambda: len(writers.moments) > seen + COMMITS, "commits go through again")
        rounds.cluster.until_available()
        assert len(rounds.writers_now()) == 1
        rounds.take_tokens()
    pause = writers.longest_pause(begin)
    kept = [number for number, in rounds.cluster.sql("SELECT number FROM acknowledged")]
    lost = sorted(set(writers.acknowledged) - set(kept))
    print(f"{len(writers.acknowledged)} commits were acknowledged; without one for {pause:.2f} s")
    assert not lost, f"acknowledged and gone: {lost}"
    assert len(kept) == len(set(kept))
