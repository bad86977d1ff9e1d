"""Snapshots of databases that run and of clusters that lie still, and databases that begin with them."""

import datetime

import pytest
from botocore.exceptions import ClientError

from support import aws, tokens
from support.login import Login
from support.own_postgres import is_root
from support.poll import until
from support.stock import MASTER, MASTER_PASSWORD, ROLES, download_bundle
from support.unprivileged import Unprivileged

PATIENCE = 120


class Instance:
    """An instance of its own, and what is asked of it."""

    def __init__(self, server, name):
        self.server = server
        self.name = name
        self.rds = aws.client(server, "rds")

    def create(self, retention=0):
        self.rds.create_db_instance(DBInstanceIdentifier=self.name, Engine="postgres", DBInstanceClass="db.t4g.micro",
                                    AllocatedStorage=25, DBName="shop", MasterUsername=MASTER,
                                    MasterUserPassword=MASTER_PASSWORD, EnableIAMDatabaseAuthentication=True,
                                    BackupRetentionPeriod=retention)
        return self.until_available()

    def describe(self):
        return self.rds.describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"][0]

    def until_available(self):
        def is_available():
            status = self.describe()["DBInstanceStatus"]
            assert status != "failed", self.events()
            return status == "available"
        until(is_available, f"{self.name} is available", patience=PATIENCE)
        return self

    def login(self):
        place = self.describe()["Endpoint"]
        return Login(self.server, place["Address"], place["Port"], download_bundle(self.server))

    def sql(self, text, database="shop"):
        with self.login().psycopg(MASTER, MASTER_PASSWORD, dbname=database) as session:
            cursor = session.execute(text)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def token(self, principal, user):
        place = self.describe()["Endpoint"]
        return tokens.database_token(principal, user=user, host=place["Address"], port=place["Port"],
                                     region=self.server.region)

    def events(self):
        found = self.rds.describe_events(SourceIdentifier=self.name, SourceType="db-instance", Duration=60)["Events"]
        return [event["Message"] for event in found]

    def snapshot(self, name, **more):
        self.rds.create_db_snapshot(DBSnapshotIdentifier=name, DBInstanceIdentifier=self.name, **more)
        return snapshot_made(self.rds, name)

    def restore(self, snapshot, name, **more):
        self.rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier=snapshot, **more)
        return Instance(self.server, name).until_available()


def snapshot_made(rds, name):
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier=name,
                                                 WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE})
    return rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"][0]


def code_of(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def files_of_snapshots(server):
    return sorted(path.name for path in (server.data / "snapshots").iterdir())


@pytest.fixture(name="own")
def _own(new_server):
    return new_server().start()


@pytest.fixture(name="either", params=["users", "enclosed"])
def _either(request):
    """Databases with users of their own, and databases that are enclosed."""
    if request.param == "users" and is_root():
        yield request.getfixturevalue("own")
        return
    server = Unprivileged() if is_root() else request.getfixturevalue("own")
    try:
        yield server.start() if is_root() else server
    finally:
        if is_root():
            server.close()


def test_what_was_is_there_again_and_what_came_later_is_not(either):
    before = Instance(either, "before").create()
    before.sql(ROLES + "CREATE TABLE kept AS SELECT generate_series(1, 20000) AS n; GRANT SELECT ON kept TO jane")
    made = before.snapshot("at-noon", Tags=[{"Key": "why", "Value": "test"}])
    before.sql("DROP TABLE kept; CREATE TABLE later ()")
    assert (made["PercentProgress"], made["SnapshotType"], made["Status"]) == (100, "manual", "available")
    assert (made["AllocatedStorage"], made["MasterUsername"], made["Encrypted"]) == (25, MASTER, False)
    assert made["IAMDatabaseAuthenticationEnabled"] is True and made["FullSnapshotSizeInBytes"] > 1_000_000
    assert made["TagList"] == [{"Key": "why", "Value": "test"}]
    after = before.restore("at-noon", "after")
    shown, first = after.describe(), before.describe()
    assert shown["DbiResourceId"] != first["DbiResourceId"] and shown["Endpoint"] != first["Endpoint"]
    assert (shown["DBName"], shown["AllocatedStorage"], shown["IAMDatabaseAuthenticationEnabled"]) == ("shop", 25, True)
    assert shown["DBInstanceClass"] == "db.t4g.micro"
    assert after.sql("SELECT count(*), max(n) FROM kept") == [(20000, 20000)]
    assert after.sql("SELECT to_regclass('later')") == [(None,)]
    assert "DB instance restored from snapshot" in after.events() and "Manual snapshot created: at-noon" in before.events()
    arn = f"arn:aws:rds-db:{either.region}:{either.account}:dbuser:{shown['DbiResourceId']}/jane"
    jane = aws.new_principal(either, "jane-after", [aws.document(aws.allow("rds-db:connect", arn))])
    with after.login().psycopg("jane", after.token(jane, "jane"), dbname="shop") as session:
        assert session.execute("SELECT count(*) FROM kept").fetchone() == (20000,)
    with pytest.raises(Exception, match="authentication failed"):
        before.login().psycopg("jane", before.token(jane, "jane"), dbname="shop")


def test_a_cluster_without_instances_is_copied_as_it_lies(own):
    rds = aws.client(own, "rds")
    rds.create_db_cluster(DBClusterIdentifier="still", Engine="aurora-postgresql", MasterUsername=MASTER,
                          MasterUserPassword=MASTER_PASSWORD, DatabaseName="shop", EnableIAMDatabaseAuthentication=True)
    rds.get_waiter("db_cluster_available").wait(DBClusterIdentifier="still")
    for name in ("never-started", "was-started"):
        rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier=name, DBClusterIdentifier="still")
        rds.get_waiter("db_cluster_snapshot_available").wait(DBClusterSnapshotIdentifier=name,
                                                             WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE})
        rds.restore_db_cluster_from_snapshot(DBClusterIdentifier=f"from-{name}", SnapshotIdentifier=name,
                                             Engine="aurora-postgresql")
        member = Instance(own, f"in-{name}")
        rds.create_db_instance(DBInstanceIdentifier=member.name, DBClusterIdentifier=f"from-{name}",
                               Engine="aurora-postgresql", DBInstanceClass="db.r6g.large")
        member.until_available()
        member.sql("CREATE TABLE seen (n int); INSERT INTO seen VALUES (1)")
        if name == "never-started":
            first = Instance(own, "first-in-still")
            rds.create_db_instance(DBInstanceIdentifier=first.name, DBClusterIdentifier="still", Engine="aurora-postgresql",
                                   DBInstanceClass="db.r6g.large")
            first.until_available().sql("CREATE TABLE from_before (n int)")
            rds.delete_db_instance(DBInstanceIdentifier=first.name)
            rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier=first.name,
                                                       WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE})
        else:
            assert member.sql("SELECT to_regclass('from_before') IS NOT NULL") == [(True,)]
    shown = rds.describe_db_cluster_snapshots(DBClusterIdentifier="still", SnapshotType="manual")["DBClusterSnapshots"]
    assert [(one["DBClusterSnapshotIdentifier"], one["Status"]) for one in shown] == [
        ("never-started", "available"), ("was-started", "available")]


def test_the_last_snapshot_is_made_before_anything_is_removed(own):
    gone = Instance(own, "gone").create()
    gone.sql("CREATE TABLE kept AS SELECT 42 AS n")
    gone.rds.delete_db_instance(DBInstanceIdentifier="gone", FinalDBSnapshotIdentifier="Last-Of-Gone")
    gone.rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="gone",
                                                    WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE})
    assert snapshot_made(gone.rds, "last-of-gone")["Status"] == "available"
    assert gone.restore("last-of-gone", "again").sql("SELECT n FROM kept") == [(42,)]


def test_a_database_whose_last_snapshot_fails_is_kept(own):
    kept = Instance(own, "kept").create()
    kept.sql("CREATE TABLE kept AS SELECT 7 AS n")
    place = own.data / "snapshots"
    place.rmdir()
    place.write_text("nothing can be put here")
    kept.rds.delete_db_instance(DBInstanceIdentifier="kept", FinalDBSnapshotIdentifier="last")
    until(lambda: "It is not deleted, since its last snapshot failed" in kept.events(), "it is kept", patience=PATIENCE)
    assert kept.rds.describe_db_snapshots(DBSnapshotIdentifier="last")["DBSnapshots"][0]["Status"] == "failed"
    assert kept.until_available().sql("SELECT n FROM kept") == [(7,)]
    place.unlink()
    place.mkdir()


def test_copies_and_attributes(own):
    one = Instance(own, "one").create()
    one.snapshot("first", Tags=[{"Key": "a", "Value": "b"}])
    rds = one.rds
    copy = rds.copy_db_snapshot(SourceDBSnapshotIdentifier="first", TargetDBSnapshotIdentifier="second",
                                CopyTags=True)["DBSnapshot"]
    assert copy["SourceDBSnapshotIdentifier"].endswith(":snapshot:first") and copy["TagList"] == [{"Key": "a", "Value": "b"}]
    assert code_of(rds.copy_db_snapshot, SourceDBSnapshotIdentifier="first",
                   TargetDBSnapshotIdentifier="second") == "DBSnapshotAlreadyExists"
    rds.delete_db_snapshot(DBSnapshotIdentifier="first")
    assert code_of(rds.describe_db_snapshots, DBSnapshotIdentifier="first") == "DBSnapshotNotFound"
    assert len(files_of_snapshots(own)) == 1
    one.restore("second", "of-the-copy")
    changed = rds.modify_db_snapshot_attribute(DBSnapshotIdentifier="second", AttributeName="restore",
                                               ValuesToAdd=["111122223333"])["DBSnapshotAttributesResult"]
    assert changed["DBSnapshotAttributes"] == [{"AttributeName": "restore", "AttributeValues": ["111122223333"]}]
    assert code_of(rds.modify_db_snapshot_attribute, DBSnapshotIdentifier="second", AttributeName="restore",
                   ValuesToAdd=["nobody"]) == "InvalidParameterValue"
    arn = copy["DBSnapshotArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "c", "Value": "d"}])
    assert {tag["Key"] for tag in rds.list_tags_for_resource(ResourceName=arn)["TagList"]} == {"a", "c"}
    by_filter = rds.describe_db_snapshots(Filters=[{"Name": "db-instance-id", "Values": ["one"]},
                                                   {"Name": "snapshot-type", "Values": ["manual"]}])["DBSnapshots"]
    assert [found["DBSnapshotIdentifier"] for found in by_filter] == ["second"]
    assert rds.describe_db_snapshots(SnapshotType="automated")["DBSnapshots"] == []


def test_refusals(own):
    one = Instance(own, "one").create()
    rds = one.rds
    assert code_of(rds.create_db_snapshot, DBSnapshotIdentifier="1st", DBInstanceIdentifier="one") == "InvalidParameterValue"
    assert code_of(rds.create_db_snapshot, DBSnapshotIdentifier="s", DBInstanceIdentifier="two") == "DBInstanceNotFound"
    assert code_of(rds.restore_db_instance_from_db_snapshot, DBInstanceIdentifier="two",
                   DBSnapshotIdentifier="none") == "DBSnapshotNotFound"
    assert code_of(rds.delete_db_instance, DBInstanceIdentifier="one") == "InvalidParameterCombination"
    assert code_of(rds.delete_db_instance, DBInstanceIdentifier="one", SkipFinalSnapshot=True,
                   FinalDBSnapshotIdentifier="both") == "InvalidParameterCombination"
    one.snapshot("fine")
    assert code_of(rds.restore_db_instance_from_db_snapshot, DBInstanceIdentifier="one",
                   DBSnapshotIdentifier="fine") == "DBInstanceAlreadyExists"
    assert code_of(rds.restore_db_instance_from_db_snapshot, DBInstanceIdentifier="two", DBSnapshotIdentifier="fine",
                   Engine="mysql") == "InvalidParameterCombination"


def test_another_account_restores_what_is_shared_with_it_alone(own):
    one = Instance(own, "one").create()
    one.sql("CREATE TABLE kept AS SELECT 5 AS n")
    arn = one.snapshot("shared")["DBSnapshotArn"]
    account, root = aws.new_account(own, "other")
    rds = aws.client(own, "rds", root)
    assert code_of(rds.restore_db_instance_from_db_snapshot, DBInstanceIdentifier="mine",
                   DBSnapshotIdentifier=arn) == "DBSnapshotNotFound"
    assert rds.describe_db_snapshots(SnapshotType="shared")["DBSnapshots"] == []
    one.rds.modify_db_snapshot_attribute(DBSnapshotIdentifier="shared", AttributeName="restore", ValuesToAdd=[account])
    assert [found["DBSnapshotArn"] for found in rds.describe_db_snapshots(SnapshotType="shared")["DBSnapshots"]] == [arn]
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="mine", DBSnapshotIdentifier=arn)
    mine = Instance(own, "mine")
    mine.rds = rds
    assert mine.until_available().sql("SELECT n FROM kept") == [(5,)]
    assert code_of(rds.delete_db_snapshot, DBSnapshotIdentifier=arn) == "AccessDenied"


def test_a_damaged_snapshot_makes_no_database_and_says_why(own):
    one = Instance(own, "one").create()
    one.snapshot("damaged")
    file = own.data / "snapshots" / files_of_snapshots(own)[0]
    whole = file.read_bytes()
    file.write_bytes(whole[:len(whole) // 2])
    one.rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="two", DBSnapshotIdentifier="damaged")
    two = Instance(own, "two")
    until(lambda: two.describe()["DBInstanceStatus"] == "failed", "it is failed", patience=PATIENCE)
    assert any("damaged" in message for message in two.events()), two.events()
    two.rds.delete_db_instance(DBInstanceIdentifier="two", SkipFinalSnapshot=True)
    two.rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="two",
                                                   WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE})
    assert [path.name for path in (own.data / "databases").iterdir()] == [one.describe()["DbiResourceId"]]


def until_restorable(instance, after):
    """A time at which everything from before `after` can be restored."""
    def found():
        latest = instance.describe().get("LatestRestorableTime")
        return latest if latest is not None and latest > after else None
    return until(found, "it is backed up until then", patience=180)


def now_in(instance):
    return instance.sql("SELECT date_trunc('second', clock_timestamp()) + interval '1 second'")[0][0]


def test_it_is_restored_as_it_was_at_any_time(either):
    one = Instance(either, "one").create(retention=1)
    until(lambda: one.rds.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"], "it is backed up",
          patience=PATIENCE)
    one.sql("CREATE TABLE kept AS SELECT 1 AS n")
    between = now_in(one)
    until(lambda: now_in(one) > between + datetime.timedelta(seconds=2), "time goes by")
    one.sql("INSERT INTO kept VALUES (2)")
    later = now_in(one)
    latest = until_restorable(one, later)
    assert code_of(one.rds.restore_db_instance_to_point_in_time, SourceDBInstanceIdentifier="one",
                   TargetDBInstanceIdentifier="no", RestoreTime=latest + datetime.timedelta(hours=1)) == "InvalidParameterValue"
    one.rds.restore_db_instance_to_point_in_time(SourceDBInstanceIdentifier="one", TargetDBInstanceIdentifier="then",
                                                 RestoreTime=between)
    one.rds.restore_db_instance_to_point_in_time(SourceDBInstanceIdentifier="one", TargetDBInstanceIdentifier="newest",
                                                 UseLatestRestorableTime=True)
    one.sql("DROP TABLE kept")
    assert Instance(either, "then").until_available().sql("SELECT n FROM kept ORDER BY n") == [(1,)]
    assert Instance(either, "newest").until_available().sql("SELECT n FROM kept ORDER BY n") == [(1,), (2,)]
    shown = one.rds.describe_db_snapshots(SnapshotType="automated", DBInstanceIdentifier="one")["DBSnapshots"]
    assert [name["DBSnapshotIdentifier"].startswith("rds:one-20") for name in shown] == [True]
    assert code_of(one.rds.delete_db_snapshot,
                   DBSnapshotIdentifier=shown[0]["DBSnapshotIdentifier"]) == "InvalidDBSnapshotState"


@pytest.mark.parametrize("what", ["snapshot", "restore"])
def test_killed_in_the_middle_it_goes_on_at_the_next_start(own, what):
    one = Instance(own, "one").create()
    one.sql("CREATE TABLE kept AS SELECT n, repeat(md5(n::text), 20) AS text FROM generate_series(1, 100000) AS n")
    if what == "snapshot":
        one.rds.create_db_snapshot(DBSnapshotIdentifier="cut", DBInstanceIdentifier="one")
        until(lambda: files_of_snapshots(own), "something is packed", patience=PATIENCE)
    else:
        one.snapshot("cut")
        one.rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="two", DBSnapshotIdentifier="cut")
        until(lambda: list((own.data / "databases").glob("*.making")), "something is unpacked", patience=PATIENCE)
    own.kill9()
    own.start()
    snapshot_made(one.rds, "cut")
    again = one.restore("cut", "three") if what == "snapshot" else Instance(own, "two").until_available()
    assert again.sql("SELECT count(*) FROM kept") == [(100000,)]
    assert [name for name in files_of_snapshots(own) if not name.endswith(".zst")] == []
