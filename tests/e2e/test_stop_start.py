"""Databases that are stopped and started: instances of their own, and clusters with all their instances."""

import contextlib
import threading

import psycopg
import pytest
from botocore.exceptions import ClientError

from support import aws as api
from support.login import Login
from support.poll import until
from support.stock import MASTER, MASTER_PASSWORD, Stock, download_bundle

PATIENCE = 120


class Instance:
    """An instance of its own, and what is asked of it."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.rds = api.client(server, "rds")

    def create(self, **more):
        self.rds.create_db_instance(DBInstanceIdentifier=self.name, Engine="postgres", DBInstanceClass="db.t4g.micro",
                                    AllocatedStorage=20, MasterUsername=MASTER, MasterUserPassword=MASTER_PASSWORD,
                                    **({"BackupRetentionPeriod": 0} | more))
        return self.until_status("available")

    def describe(self):
        return self.rds.describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"][0]

    def status(self):
        return self.describe()["DBInstanceStatus"]

    def until_status(self, status):
        until(lambda: self.status() == status, f"{self.name} is {status}", patience=PATIENCE)
        return self

    def stop(self, **more):
        self.rds.stop_db_instance(DBInstanceIdentifier=self.name, **more)
        return self.until_status("stopped")

    def start(self):
        self.rds.start_db_instance(DBInstanceIdentifier=self.name)
        return self.until_status("available")

    def runs(self):
        return self.server.postmaster(self.describe()["DbiResourceId"]) is not None

    def login(self):
        place = self.describe()["Endpoint"]
        return Login(self.server, place["Address"], place["Port"], download_bundle(self.server))

    def sql(self, text):
        with contextlib.closing(self.login().psycopg(MASTER, MASTER_PASSWORD)) as session:
            cursor = session.execute(text)
            return cursor.fetchall() if cursor.description else []

    def events(self):
        return events(self.rds, "db-instance", self.name)


class Cluster(Stock):
    """A cluster with a writer NAME-1 of the beginning and a reader NAME-2."""

    def __init__(self, server, name):
        super().__init__(server, name)
        self.rds.create_db_instance(DBInstanceIdentifier=f"{name}-2", DBClusterIdentifier=name, Engine="aurora-postgresql",
                                    DBInstanceClass="db.r5.large")
        self.until_available()
        until(lambda: self.sql("SHOW synchronous_standby_names") != [("",)], "commits wait for the reader")

    def statuses(self):
        found = self.rds.describe_db_instances(Filters=[{"Name": "db-cluster-id", "Values": [self.name]}])["DBInstances"]
        return [self.describe()["Status"], *(one["DBInstanceStatus"] for one in found)]

    def until_stopped(self):
        until(lambda: self.describe()["Status"] == "stopped", f"{self.name} is stopped", patience=PATIENCE)
        assert self.statuses() == ["stopped"] * 3

    def writer(self):
        return [one["DBInstanceIdentifier"] for one in self.describe()["DBClusterMembers"] if one["IsClusterWriter"]]

    def until_it_follows(self):
        until(lambda: self.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == [(1,)],
              "the reader follows")

    def postmasters(self):
        homes = [self.resource_id] + [self.rds.describe_db_instances(DBInstanceIdentifier=f"{self.name}-{number}")[
            "DBInstances"][0]["DbiResourceId"] for number in (1, 2)]
        return [home for home in homes if (self.server.data / "databases" / home).exists()
                and self.server.postmaster(home) is not None]


def events(rds, kind, name):
    found = rds.describe_events(SourceIdentifier=name, SourceType=kind, Duration=60)["Events"]
    return [one["Message"] for one in found]


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    found = error.value.response["Error"]
    return f"{found['Code']}: {found['Message']}"


@pytest.fixture(scope="module", name="rds")
def _rds(server):
    return api.client(server, "rds")


@pytest.fixture(scope="module", name="own")
def _own(server):
    return Instance(server, "own").create()


@pytest.fixture(scope="module", name="cluster")
def _cluster(server):
    return Cluster(server, "fleet")


def test_an_instance_is_stopped_and_started_with_the_aws_cli(own, aws):
    own.sql("CREATE TABLE kept AS SELECT 7 AS seven")
    before = own.describe()
    answer = aws("rds", "stop-db-instance", "--db-instance-identifier", "own")["DBInstance"]
    assert answer["DBInstanceStatus"] == "stopping"
    own.until_status("stopped")
    assert not own.runs() and own.describe()["Endpoint"] == before["Endpoint"]
    with pytest.raises(psycopg.OperationalError, match="refused"):
        own.sql("SELECT 1")
    assert own.events()[-1] == "DB instance stopped"
    answer = aws("rds", "start-db-instance", "--db-instance-identifier", "own")["DBInstance"]
    assert answer["DBInstanceStatus"] == "starting"
    aws("rds", "wait", "db-instance-available", "--db-instance-identifier", "own")
    assert own.sql("SELECT seven FROM kept") == [(7,)]
    assert own.events()[-1] == "DB instance started"


def test_what_is_stopped_takes_nothing_else(own, rds):
    assert refused(rds.start_db_instance, DBInstanceIdentifier="own") == (
        "InvalidDBInstanceState: Instance own is not stopped, cannot be started.")
    own.stop()
    assert refused(rds.stop_db_instance, DBInstanceIdentifier="own") == (
        "InvalidDBInstanceState: Instance own is not in available state.")
    unavailable = "InvalidDBInstanceState: DB instance own is not currently in the available state."
    assert refused(rds.modify_db_instance, DBInstanceIdentifier="own", MasterUserPassword="another-one") == unavailable
    assert refused(rds.reboot_db_instance, DBInstanceIdentifier="own") == unavailable
    assert refused(rds.create_db_snapshot, DBInstanceIdentifier="own", DBSnapshotIdentifier="not-now") == unavailable
    assert refused(rds.modify_db_instance, DBInstanceIdentifier="own", NewDBInstanceIdentifier="other",
                   ApplyImmediately=True) == unavailable
    own.start()


def test_a_stopped_instance_stays_stopped_over_starts_of_the_server(own, server):
    own.stop()
    told = own.events()
    for end in (server.stop, server.kill9):
        end()
        server.start()
        assert own.status() == "stopped" and not own.runs()
    assert own.events() == told
    own.start()
    assert own.sql("SELECT seven FROM kept") == [(7,)]
    server.restart()
    own.until_status("available")
    assert own.events().count("DB instance started") == told.count("DB instance started") + 1


def test_what_was_asked_for_happens_after_a_crash(own, server):
    own.rds.stop_db_instance(DBInstanceIdentifier="own")
    server.kill9()
    server.start()
    own.until_status("stopped")
    assert not own.runs()
    own.rds.start_db_instance(DBInstanceIdentifier="own")
    server.kill9()
    server.start()
    own.until_status("available")
    assert own.sql("SELECT seven FROM kept") == [(7,)]


def test_a_snapshot_is_made_before_the_stop(server, rds):
    shop = Instance(server, "shop").create()
    shop.sql("CREATE TABLE sold AS SELECT 42 AS n")
    shop.stop(DBSnapshotIdentifier="Before-The-Stop")
    made = rds.describe_db_snapshots(DBSnapshotIdentifier="before-the-stop")["DBSnapshots"][0]
    assert (made["Status"], made["SnapshotType"]) == ("available", "manual")
    told = shop.events()
    assert told.index("Manual snapshot created: before-the-stop") < told.index("DB instance stopped")
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="copy", DBSnapshotIdentifier="before-the-stop")
    assert Instance(server, "copy").until_status("available").sql("SELECT n FROM sold") == [(42,)]
    assert refused(rds.stop_db_instance, DBInstanceIdentifier="copy", DBSnapshotIdentifier="before-the-stop").startswith(
        "DBSnapshotAlreadyExists")
    assert Instance(server, "copy").status() == "available"


def test_a_stopped_instance_is_restored_to_a_point_in_time_and_deleted_with_a_last_snapshot(server, rds):
    kept = Instance(server, "kept").create(BackupRetentionPeriod=1)
    until(lambda: rds.describe_db_snapshots(DBInstanceIdentifier="kept", SnapshotType="automated")["DBSnapshots"][0:1]
          and kept.describe().get("LatestRestorableTime"), "it is backed up", patience=PATIENCE)
    kept.sql("CREATE TABLE late AS SELECT 3 AS n")
    kept.stop()
    rds.restore_db_instance_to_point_in_time(SourceDBInstanceIdentifier="kept", TargetDBInstanceIdentifier="at-the-end",
                                             UseLatestRestorableTime=True)
    assert Instance(server, "at-the-end").until_status("available").sql("SELECT n FROM late") == [(3,)]
    rds.delete_db_instance(DBInstanceIdentifier="kept", FinalDBSnapshotIdentifier="last-of-kept")
    rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="kept", WaiterConfig={"Delay": 1})
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="again", DBSnapshotIdentifier="last-of-kept")
    assert Instance(server, "again").until_status("available").sql("SELECT n FROM late") == [(3,)]


class Load(threading.Thread):
    """Writes one number after the other, until it is refused."""

    def __init__(self, cluster):
        super().__init__()
        self.cluster, self.acknowledged = cluster, 0

    def run(self):
        with contextlib.suppress(psycopg.OperationalError), contextlib.closing(self.cluster.master()) as session:
            while True:
                session.execute("INSERT INTO numbers VALUES (%s)", (self.acknowledged + 1,))
                self.acknowledged += 1


def test_a_cluster_stops_with_its_reader_and_loses_nothing(cluster, aws):
    cluster.sql("CREATE TABLE numbers (n integer)")
    writer, told = cluster.writer(), cluster_events(cluster)
    load = Load(cluster)
    load.start()
    until(lambda: load.acknowledged > 50, "it is written to")
    answer = aws("rds", "stop-db-cluster", "--db-cluster-identifier", "fleet")["DBCluster"]
    assert answer["Status"] == "stopping"
    cluster.until_stopped()
    load.join()
    assert cluster.postmasters() == [] and cluster.writer() == writer
    for host in (cluster.host, cluster.describe()["ReaderEndpoint"]):
        with pytest.raises(psycopg.OperationalError):
            Login(cluster.server, host, cluster.port, cluster.login.bundle).psycopg(MASTER, MASTER_PASSWORD)
    answer = aws("rds", "start-db-cluster", "--db-cluster-identifier", "fleet")["DBCluster"]
    assert answer["Status"] == "starting"
    aws("rds", "wait", "db-cluster-available", "--db-cluster-identifier", "fleet")
    aws("rds", "wait", "db-instance-available", "--db-instance-identifier", "fleet-2")
    assert cluster.writer() == writer
    assert cluster.sql("SELECT count(*) FROM numbers")[0][0] >= load.acknowledged
    cluster.until_it_follows()
    later = cluster_events(cluster)[len(told):]
    assert [one for one in later if "failover to DB instance" in one] == []
    assert [one for one in later if one.startswith("DB cluster")] == ["DB cluster stopped", "DB cluster started"]
    for name in ("fleet-1", "fleet-2"):
        found = events(cluster.rds, "db-instance", name)
        assert [one for one in found if one.endswith((" stopped", " started"))] == ["DB instance stopped", "DB instance started"]


def cluster_events(cluster):
    return events(cluster.rds, "db-cluster", cluster.name)


def test_a_stopped_cluster_stays_as_it_is(cluster, server, rds):
    cluster.until_available()
    rds.stop_db_cluster(DBClusterIdentifier="fleet")
    cluster.until_stopped()
    unavailable = "InvalidDBClusterStateFault: DB Cluster fleet is not currently in the available state."
    assert refused(rds.create_db_instance, DBInstanceIdentifier="fleet-3", DBClusterIdentifier="fleet",
                   Engine="aurora-postgresql", DBInstanceClass="db.r5.large") == unavailable
    assert refused(rds.delete_db_instance, DBInstanceIdentifier="fleet-2") == unavailable
    assert refused(rds.failover_db_cluster, DBClusterIdentifier="fleet") == unavailable
    assert refused(rds.modify_db_cluster, DBClusterIdentifier="fleet", DeletionProtection=True) == unavailable
    assert refused(rds.create_db_cluster_snapshot, DBClusterIdentifier="fleet",
                   DBClusterSnapshotIdentifier="not-now") == unavailable
    assert refused(rds.start_db_instance, DBInstanceIdentifier="fleet-1") == (
        "InvalidParameterCombination: aurora-postgresql DB instances are not eligible for stopping and starting.")
    server.restart()
    assert cluster.statuses() == ["stopped"] * 3 and cluster.postmasters() == []


def test_a_cluster_starts_after_a_crash_in_the_middle(cluster, server, rds):
    rds.start_db_cluster(DBClusterIdentifier="fleet")
    server.kill9()
    server.start()
    cluster.until_it_answers()
    cluster.until_it_follows()
    assert cluster.writer() == ["fleet-1"]
    rds.stop_db_cluster(DBClusterIdentifier="fleet")
    server.kill9()
    server.start()
    cluster.until_stopped()
    assert cluster.postmasters() == []
    rds.start_db_cluster(DBClusterIdentifier="fleet")
    cluster.until_available()
    cluster.until_it_follows()
    assert cluster.writer() == ["fleet-1"]


def test_a_cluster_is_deleted_once_it_has_no_instances(server, rds):
    rds.create_db_cluster(DBClusterIdentifier="empty", Engine="aurora-postgresql", MasterUsername=MASTER,
                          MasterUserPassword=MASTER_PASSWORD)
    rds.get_waiter("db_cluster_available").wait(DBClusterIdentifier="empty", WaiterConfig={"Delay": 1})
    rds.stop_db_cluster(DBClusterIdentifier="empty")
    until(lambda: rds.describe_db_clusters(DBClusterIdentifier="empty")["DBClusters"][0]["Status"] == "stopped", "it is stopped")
    assert refused(rds.stop_db_cluster, DBClusterIdentifier="empty") == (
        "InvalidDBClusterStateFault: DbCluster empty is in stopped state but expected it to be one of available.")
    rds.delete_db_cluster(DBClusterIdentifier="empty", SkipFinalSnapshot=True)
    rds.get_waiter("db_cluster_deleted").wait(DBClusterIdentifier="empty", WaiterConfig={"Delay": 1})


def test_a_stop_needs_its_own_rights(own, server):
    may = api.document(api.allow("rds:StopDBInstance", f"arn:aws:rds:{server.region}:{server.account}:db:own"))
    theirs = api.client(server, "rds", api.new_principal(server, "stopper", [may]))
    assert "snapshot:theirs" in refused(theirs.stop_db_instance, DBInstanceIdentifier="own", DBSnapshotIdentifier="theirs")
    assert refused(theirs.start_db_instance, DBInstanceIdentifier="own").startswith("AccessDenied")
    theirs.stop_db_instance(DBInstanceIdentifier="own")
    own.until_status("stopped").start()
