"""What a cluster's servers have for each other is nobody else's: with users of their own, and enclosed as one user's."""

import contextlib
import os
import stat

import psycopg
import pytest

from support.login import Login
from support.poll import until
from support.server import Server
from support.stock import MASTER, MASTER_PASSWORD, Stock
from support.unprivileged import Unprivileged


class Pair(Stock):
    """A writer and a reader."""

    def __init__(self, server):
        super().__init__(server, "pair")
        self.rds.create_db_instance(DBInstanceIdentifier="pair-2", DBClusterIdentifier="pair", Engine="aurora-postgresql",
                                    DBInstanceClass="db.r5.large")
        self.until_available()
        until(lambda: self.sql("SHOW synchronous_standby_names") != [("",)], "commits wait for the reader")

    def logins(self):
        """At the writer and at the reader, wherever they are."""
        ends = [one["Endpoint"] for one in self.rds.describe_db_instances(
            Filters=[{"Name": "db-cluster-id", "Values": ["pair"]}])["DBInstances"]]
        return [Login(self.server, end["Address"], end["Port"], self.login.bundle) for end in ends]


@pytest.fixture(scope="module", name="pair", params=["root", "unprivileged"])
def _pair(request):
    server = Server() if request.param == "root" else Unprivileged()
    try:
        yield Pair(server.start())
    finally:
        if request.session.testsfailed:
            print(server.said()[-8000:])
        server.close()


def test_the_reader_follows_and_takes_over(pair):
    pair.sql("CREATE TABLE here AS SELECT 1 AS one")
    pair.rds.failover_db_cluster(DBClusterIdentifier="pair")
    until(lambda: [one["DBInstanceIdentifier"] for one in pair.describe()["DBClusterMembers"] if one["IsClusterWriter"]]
          == ["pair-2"] and pair.describe()["Status"] == "available", "the reader is the writer")
    assert pair.sql("SELECT one, pg_is_in_recovery() FROM here") == [(1, False)]
    until(lambda: pair.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == [(1,)], "the other follows")
    pair.until_available()


def test_nobody_comes_in_as_rdsadmin_over_the_network(pair):
    for login in pair.logins():
        for sslmode in ("require", "disable"):
            with pytest.raises(psycopg.OperationalError) as refusal:
                login.psycopg("rdsadmin", MASTER_PASSWORD, sslmode=sslmode)
            assert "pg_hba.conf rejects connection" in str(refusal.value)
        with pytest.raises(psycopg.OperationalError) as refusal:
            psycopg.connect(login.conninfo("rdsadmin", sslmode="require") + " replication=true", password=MASTER_PASSWORD)
        assert "password authentication failed" in str(refusal.value) or "no pg_hba.conf entry" in str(refusal.value)


def test_what_a_standby_knows_is_not_shown(pair):
    for login in pair.logins():
        with contextlib.closing(login.psycopg(MASTER, MASTER_PASSWORD)) as session:
            assert "password" not in session.execute("SHOW primary_conninfo").fetchone()[0]  # pg_monitor may read it
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute("SELECT pg_read_file('replication.pass')")
            shown = session.execute("SELECT coalesce(string_agg(conninfo, ''), '') FROM pg_stat_wal_receiver").fetchone()[0]
            assert "password=" not in shown.replace("password=********", "")


def test_the_password_is_the_servers_users_alone(pair):
    found = list((pair.server.data / "databases").glob("*/data/replication.pass"))
    assert found
    for path in found:
        assert stat.S_IMODE(os.lstat(path).st_mode) == 0o600
        assert os.lstat(path).st_uid == os.lstat(path.parent).st_uid


def test_members_of_rds_replication_copy_no_reader(pair):
    pair.sql("CREATE USER copier LOGIN PASSWORD 'copiers-own-password'; GRANT rds_replication TO copier")
    until(lambda: pair.sql("SELECT rolreplication FROM pg_roles WHERE rolname = 'copier'") == [(True,)], "it may replicate")
    for login in pair.logins():
        with pytest.raises(psycopg.OperationalError) as refusal:
            with psycopg.connect(login.conninfo("copier", sslmode="require") + " replication=true",
                                 password="copiers-own-password", autocommit=True) as session:
                session.pgconn.exec_(b"IDENTIFY_SYSTEM")
        assert "no pg_hba.conf entry" in str(refusal.value)
