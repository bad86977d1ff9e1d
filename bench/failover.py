"""How long a cluster is without a writer, and that no acknowledged commit is lost meanwhile."""

import os
import signal
import statistics
import time

from bench_database import MASTER, PASSWORD
from report import choose, fact, milliseconds, title
from support import aws
from support.commits import TABLE, Writers
from support.login import Login
from support.poll import until

AIM_KILLED, AIM_PLANNED, AIM_READER = 2.0, 1.0, 1.5


class Cluster:
    """A writer and a reader beside the database of the other parts."""

    def __init__(self, database):
        self.rds = aws.client(database.server, "rds")
        self.master = (MASTER, PASSWORD)
        self.rds.create_db_cluster(DBClusterIdentifier="swift", Engine="aurora-postgresql", MasterUsername=self.master[0],
                                   MasterUserPassword=self.master[1])
        self.add("swift-1")
        found = self.describe()
        self.login = Login(database.server, found["Endpoint"], found["Port"], database.server.bundle)
        self.reader_seconds = self.add("swift-2")
        self.login.psql(*self.master, TABLE)

    def add(self, name):
        begin = time.monotonic()
        self.rds.create_db_instance(DBInstanceIdentifier=name, DBClusterIdentifier="swift", Engine="aurora-postgresql",
                                    DBInstanceClass="db.r5.large")
        until(lambda: self.status(name) == "available", f"{name} is available", patience=60)
        return time.monotonic() - begin

    def describe(self):
        return self.rds.describe_db_clusters(DBClusterIdentifier="swift")["DBClusters"][0]

    def writer(self):
        return next(one["DBInstanceIdentifier"] for one in self.describe()["DBClusterMembers"] if one["IsClusterWriter"])

    def status(self, name):
        return self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]["DBInstanceStatus"]

    def until_safe(self):
        """All is available, and a reader has what is acknowledged."""
        def safe():
            synchronous = self.login.psql(*self.master, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'",
                                          check=False).stdout.strip()
            return (synchronous == "1" and self.describe()["Status"] == "available"
                    and all(self.status(f"swift-{number}") == "available" for number in (1, 2)))
        until(safe, "the cluster is whole", patience=120)
        time.sleep(2)  # until that is recorded

    def kill_writer(self):
        directory = self.login.psql(*self.master, "SHOW data_directory").stdout.strip()
        with open(os.path.join(directory, "..", "postmaster"), encoding="utf-8") as record:
            pid = int(record.read().split()[0])
        begin = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        return begin

    def fail_over(self):
        begin = time.monotonic()
        self.rds.failover_db_cluster(DBClusterIdentifier="swift")
        return begin

    def gap(self, end_writer):
        """The longest time without an acknowledged commit, and how many of the acknowledged ones are gone."""
        self.until_safe()
        self.login.psql(*self.master, "TRUNCATE acknowledged")
        before = self.writer()
        def session():
            return self.login.psycopg(*self.master, connect_timeout=2)

        with Writers([session, session]) as writers:
            until(lambda: len(writers.moments) > 50, "commits go through")
            begin = end_writer()
            until(lambda: self.writer() != before, "another instance is the writer", patience=60)
            seen = len(writers.moments)
            until(lambda: len(writers.moments) > seen + 50, "commits go through again", patience=60)
        kept = set(self.login.psql(*self.master, "SELECT number FROM acknowledged").stdout.split())
        return writers.longest_pause(begin), len({str(one) for one in writers.acknowledged} - kept)


def measure(database):
    title("Failover of a cluster with one reader")
    cluster = Cluster(database)
    fact("a new reader of an empty cluster is available", milliseconds(cluster.reader_seconds), f"aim {AIM_READER:.1f} s")
    for name, end_writer, aim in (("kill -9 of the writer", cluster.kill_writer, AIM_KILLED),
                                  ("failover-db-cluster", cluster.fail_over, AIM_PLANNED)):
        rounds = [cluster.gap(end_writer) for _ in range(choose(100, 5) if end_writer == cluster.kill_writer else choose(20, 3))]
        gaps = [gap for gap, _ in rounds]
        fact(f"{name}: no commit is acknowledged for, median", milliseconds(statistics.median(gaps)), f"aim {aim:.1f} s")
        fact("  the longest", milliseconds(max(gaps)), f"{len(rounds)} rounds")
        fact("  acknowledged commits that were lost", sum(lost for _, lost in rounds))
