"""A source and its read replica have a secret for each other: it is nobody else's, and ends with the replica."""

import contextlib
import os
import stat

import psycopg
import pytest

from support.instance import Instance
from support.poll import until
from support.server import Server
from support.stock import MASTER, MASTER_PASSWORD
from support.unprivileged import Unprivileged


@pytest.fixture(scope="module", name="pair", params=["root", "unprivileged"])
def _pair(request):
    server = Server() if request.param == "root" else Unprivileged()
    try:
        source = Instance(server.start(), "ledger").create()
        yield source, source.replicate("copy")
    finally:
        if request.session.testsfailed:
            print(server.said()[-8000:])
        server.close()


def data_of(instance):
    return instance.server.data / "databases" / instance.describe()["DbiResourceId"] / "data"


def test_nobody_comes_in_as_rdsadmin_over_the_network(pair):
    for instance in pair:
        login = instance.login()
        for sslmode in ("require", "disable"):
            with pytest.raises(psycopg.OperationalError) as refusal:
                login.psycopg("rdsadmin", MASTER_PASSWORD, sslmode=sslmode)
            assert "pg_hba.conf rejects connection" in str(refusal.value)
        with pytest.raises(psycopg.OperationalError) as refusal:
            psycopg.connect(login.conninfo("rdsadmin", sslmode="require") + " replication=true", password=MASTER_PASSWORD)
        assert "password authentication failed" in str(refusal.value) or "no pg_hba.conf entry" in str(refusal.value)


def test_what_a_replica_knows_is_not_shown(pair):
    source, replica = pair
    source.sql("CREATE TABLE here AS SELECT 1 AS one")
    until(lambda: replica.has("SELECT one FROM here", [(1,)]), "it follows")
    with contextlib.closing(replica.login().psycopg(MASTER, MASTER_PASSWORD)) as session:
        assert "password" not in session.execute("SHOW primary_conninfo").fetchone()[0]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("SELECT pg_read_file('replication.pass')")
    path = data_of(replica) / "replication.pass"
    assert stat.S_IMODE(os.lstat(path).st_mode) == 0o600
    assert os.lstat(path).st_uid == os.lstat(path.parent).st_uid
    if os.geteuid() == 0 and not isinstance(source.server, Unprivileged):
        assert os.lstat(data_of(source)).st_uid != os.lstat(data_of(replica)).st_uid


def test_a_replica_that_is_promoted_keeps_nothing_of_it(pair):
    source, replica = pair
    replica.rds.promote_read_replica(DBInstanceIdentifier=replica.name)
    until(lambda: replica.has("SELECT pg_is_in_recovery()", [(False,)]), "it follows nobody")
    replica.until_available()
    assert (data_of(replica) / "replication.pass").stat().st_size == 0
    assert replica.sql("SHOW primary_conninfo") == [("",)]
    for instance in (source, replica):
        until(lambda instance=instance: not any("rdsadmin" in line and line.split()[1] == "replication" and "reject" not in line
                                                for line in (data_of(instance) / "pg_hba.conf").read_text().splitlines()
                                                if line.startswith("host")), "nobody may come to follow it")
