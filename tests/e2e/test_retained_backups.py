"""Automated backups that outlive their database: described, restored, deleted."""

import datetime

import pytest

from support import aws
from support.poll import until
from support.stock import MASTER, MASTER_PASSWORD
from test_snapshots import PATIENCE, Instance, code_of, files_of_snapshots, now_in, until_restorable

WAITS = {"Delay": 1, "MaxAttempts": PATIENCE}


@pytest.fixture(name="own")
def _own(new_server):
    return new_server().start()


def backups_of(rds, **asked):
    return rds.describe_db_instance_automated_backups(**asked)["DBInstanceAutomatedBackups"]


def cluster_backups_of(rds, **asked):
    return rds.describe_db_cluster_automated_backups(**asked)["DBClusterAutomatedBackups"]


def until_gone(own):
    until(lambda: not files_of_snapshots(own) and not list((own.data / "databases").glob("*.retained")),
          "nothing is left of it", patience=PATIENCE)


def backed_up(own, name):
    """With a row from before a time, and one from after it that has been archived."""
    one = Instance(own, name).create(retention=3)
    until(lambda: backups_of(one.rds), "it is backed up", patience=PATIENCE)
    one.sql("CREATE TABLE kept AS SELECT 1 AS n")
    between = now_in(one)
    until(lambda: now_in(one) > between + datetime.timedelta(seconds=2), "time goes by")
    one.sql("INSERT INTO kept VALUES (2)")
    until_restorable(one, between)
    return one, between


def delete(one, **how):
    one.rds.delete_db_instance(DBInstanceIdentifier=one.name, SkipFinalSnapshot=True, **how)
    one.rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier=one.name, WaiterConfig=WAITS)


def test_a_deleted_database_is_restored_as_it_was(own):
    one, between = backed_up(own, "one")
    before = one.describe()
    active, = backups_of(one.rds)
    arn = f"arn:aws:rds:{own.region}:{own.account}:auto-backup:ab-{before['DbiResourceId'].removeprefix('db-')}"
    assert (active["Status"], active["DBInstanceAutomatedBackupsArn"]) == ("active", arn)
    rds, chosen = one.rds, {"DbiResourceId": before["DbiResourceId"]}
    assert code_of(rds.delete_db_instance_automated_backup, **chosen) == "InvalidDBInstanceAutomatedBackupState"
    one.sql("INSERT INTO kept VALUES (3)")
    delete(one, DeleteAutomatedBackups=False)
    retained, = backups_of(rds, **chosen)
    assert (retained["Status"], retained["DBInstanceIdentifier"], retained["BackupRetentionPeriod"]) == ("retained", "one", 3)
    assert retained["DBInstanceAutomatedBackupsArn"] == arn and retained["DBInstanceArn"] == before["DBInstanceArn"]
    window = retained["RestoreWindow"]
    assert window["EarliestTime"] <= between < window["LatestTime"]
    assert window["LatestTime"] > before["LatestRestorableTime"], "what was written at last is kept as it stops"
    home, = (own.data / "databases").glob("*.retained")
    assert [path.name for path in home.iterdir()] == ["wal"], "nothing else of it stays"
    stranger = aws.client(own, "rds", aws.new_account(own, "other")[1])
    assert code_of(stranger.restore_db_instance_to_point_in_time, TargetDBInstanceIdentifier="no",
                   SourceDbiResourceId=before["DbiResourceId"], UseLatestRestorableTime=True) == "DBInstanceNotFound"
    assert code_of(stranger.delete_db_instance_automated_backup, **chosen) == "DBInstanceAutomatedBackupNotFound"
    own.restart()
    rds.restore_db_instance_to_point_in_time(SourceDbiResourceId=before["DbiResourceId"], RestoreTime=between,
                                             TargetDBInstanceIdentifier="then")
    rds.restore_db_instance_to_point_in_time(SourceDBInstanceAutomatedBackupsArn=arn, UseLatestRestorableTime=True,
                                             TargetDBInstanceIdentifier="newest")
    assert code_of(rds.delete_db_instance_automated_backup, **chosen) == "InvalidDBInstanceAutomatedBackupState"
    then = Instance(own, "then").until_available()
    assert then.sql("SELECT n FROM kept ORDER BY n") == [(1,)]
    assert Instance(own, "newest").until_available().sql("SELECT n FROM kept ORDER BY n") == [(1,), (2,), (3,)]
    assert then.describe()["BackupRetentionPeriod"] == 3 and then.describe()["AllocatedStorage"] == 25
    rds.delete_db_instance_automated_backup(DBInstanceAutomatedBackupsArn=arn)
    assert [backup["Status"] for backup in backups_of(rds)].count("retained") == 0
    assert code_of(rds.restore_db_instance_to_point_in_time, TargetDBInstanceIdentifier="late", UseLatestRestorableTime=True,
                   SourceDbiResourceId=before["DbiResourceId"]) == "DBInstanceNotFound"
    until(lambda: not list((own.data / "databases").glob("*.retained")), "nothing is left of it", patience=PATIENCE)


def test_they_go_with_their_database_where_nothing_else_is_said(own):
    one, _ = backed_up(own, "one")
    delete(one)
    assert backups_of(one.rds) == []
    until_gone(own)


def test_a_deny_holds_however_the_database_is_named(own):
    one, between = backed_up(own, "one")
    live = one.describe()["DbiResourceId"]
    kept_out = aws.client(own, "rds", aws.new_principal(own, "kept-out", [
        aws.document(aws.allow("rds:*", "*"), aws.deny("rds:*", f"arn:aws:rds:*:{own.account}:db:one"))]))

    def is_denied():
        asked = {"TargetDBInstanceIdentifier": "no", "RestoreTime": between}
        return {code_of(kept_out.restore_db_instance_to_point_in_time, SourceDbiResourceId=live, **asked),
                code_of(kept_out.restore_db_instance_to_point_in_time, SourceDbiResourceId=live.lower(), **asked),
                code_of(kept_out.delete_db_instance_automated_backup, DbiResourceId=live)} == {"AccessDenied"}

    assert is_denied()
    delete(one, DeleteAutomatedBackups=False)
    assert is_denied()


def test_a_cluster_that_was_deleted(own):
    rds = aws.client(own, "rds")
    rds.create_db_cluster(DBClusterIdentifier="orders", Engine="aurora-postgresql", MasterUsername=MASTER,
                          MasterUserPassword=MASTER_PASSWORD, DatabaseName="shop")
    member = Instance(own, "orders-1")
    rds.create_db_instance(DBInstanceIdentifier=member.name, DBClusterIdentifier="orders", Engine="aurora-postgresql",
                           DBInstanceClass="db.r6g.large")
    member.until_available().sql("CREATE TABLE kept AS SELECT 9 AS n")
    until(lambda: cluster_backups_of(rds), "it is backed up", patience=PATIENCE)
    resource = cluster_backups_of(rds)[0]["DbClusterResourceId"]
    assert code_of(rds.delete_db_cluster_automated_backup,
                   DbClusterResourceId=resource) == "InvalidDBClusterAutomatedBackupStateFault"
    member.sql("INSERT INTO kept VALUES (10)")
    rds.delete_db_instance(DBInstanceIdentifier=member.name)
    gone = aws.Aws(own)("rds", "delete-db-cluster", "--db-cluster-identifier", "orders", "--skip-final-snapshot",
                        "--no-delete-automated-backups")
    assert gone["DBCluster"]["Status"] == "deleting"
    rds.get_waiter("db_cluster_deleted").wait(DBClusterIdentifier="orders", WaiterConfig=WAITS)
    retained, = cluster_backups_of(rds, DbClusterResourceId=resource)
    assert (retained["Status"], retained["DBClusterIdentifier"]) == ("retained", "orders")
    assert retained["DBClusterAutomatedBackupsArn"].endswith(f":cluster-auto-backup:cab-{resource.removeprefix('cluster-')}")
    rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="again", SourceDbClusterResourceId=resource,
                                            UseLatestRestorableTime=True)
    again = Instance(own, "again-1")
    rds.create_db_instance(DBInstanceIdentifier=again.name, DBClusterIdentifier="again", Engine="aurora-postgresql",
                           DBInstanceClass="db.r6g.large")
    assert again.until_available().sql("SELECT n FROM kept ORDER BY n") == [(9,), (10,)]
    rds.delete_db_cluster_automated_backup(DbClusterResourceId=resource)
    assert code_of(rds.describe_db_cluster_automated_backups,
                   DbClusterResourceId=resource) == "DBClusterAutomatedBackupNotFoundFault"
    until(lambda: not list((own.data / "databases").glob("*.retained")), "nothing is left of it", patience=PATIENCE)


def test_killed_while_it_is_deleted_its_backups_are_retained(own):
    one, between = backed_up(own, "one")
    resource = one.describe()["DbiResourceId"]
    one.rds.delete_db_instance(DBInstanceIdentifier="one", SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    until(lambda: list((own.data / "databases").glob("*.retained")), "its home becomes what stays", patience=PATIENCE)
    own.kill9()
    own.start()
    until(lambda: [backup["Status"] for backup in backups_of(one.rds)] == ["retained"], "they are retained",
          patience=PATIENCE)
    one.rds.restore_db_instance_to_point_in_time(SourceDbiResourceId=resource, RestoreTime=between,
                                                 TargetDBInstanceIdentifier="then")
    assert Instance(own, "then").until_available().sql("SELECT n FROM kept") == [(1,)]
