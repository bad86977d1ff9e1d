"""Read replicas of instances of their own: they follow, take logins by token under an identity of their own, and are promoted."""

import contextlib

import botocore.exceptions
import psycopg
import pytest

from support import aws as api
from support import tokens
from support.instance import Instance
from support.poll import until
from support.stock import MAJOR, MASTER, ROLES


@pytest.fixture(scope="module", name="rds")
def _rds(server):
    return api.client(server, "rds")


@pytest.fixture(scope="module", name="source")
def _source(server):
    source = Instance(server, "ledger").create(EnableIAMDatabaseAuthentication=True)
    source.sql(ROLES + "CREATE TABLE entries AS SELECT generate_series(1, 1000) AS number")
    return source


@pytest.fixture(scope="module", name="replica")
def _replica(server, aws, source):
    made = aws("rds", "create-db-instance-read-replica", "--db-instance-identifier", "ledger-copy",
               "--source-db-instance-identifier", source.name, "--enable-iam-database-authentication")["DBInstance"]
    assert made["ReadReplicaSourceDBInstanceIdentifier"] == "ledger"
    assert made["DBInstanceStatus"] == "creating"
    aws("rds", "wait", "db-instance-available", "--db-instance-identifier", "ledger-copy")
    return Instance(server, "ledger-copy")


def token_for(instance, user, resource_id=None):
    """Of a principal who may connect to that instance alone."""
    found = instance.describe()
    arn = (f"arn:aws:rds-db:{instance.server.region}:{instance.server.account}:dbuser:"
           f"{resource_id or found['DbiResourceId']}/{user}")
    name = f"{instance.name}-{user}-{len(instance.server.logins())}"
    somebody = api.new_principal(instance.server, name, [api.document(api.allow("rds-db:connect", arn))])
    return tokens.database_token(somebody, user=user, host=found["Endpoint"]["Address"], port=found["Endpoint"]["Port"],
                                 region=instance.server.region)


def test_a_replica_has_what_its_source_has_and_takes_no_writes(source, replica):
    assert replica.sql("SELECT count(*), pg_is_in_recovery() FROM entries") == [(1000, True)]
    source.sql("CREATE TABLE later AS SELECT 7 AS seven")
    until(lambda: replica.has("SELECT seven FROM later", [(7,)]), "it follows")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        replica.sql("CREATE TABLE not_here ()")
    assert source.sql("SHOW synchronous_standby_names") == [("",)]
    assert source.describe()["ReadReplicaDBInstanceIdentifiers"] == ["ledger-copy"]
    found = replica.describe()
    assert found["StatusInfos"] == [{"StatusType": "read replication", "Normal": True, "Status": "replicating"}]
    assert found["DbiResourceId"] != source.describe()["DbiResourceId"]
    assert found["MasterUsername"] == MASTER and found["BackupRetentionPeriod"] == 0


def test_a_token_opens_the_instance_that_it_is_for_alone(source, replica):
    with contextlib.closing(replica.login().psycopg("jane", token_for(replica, "jane"))) as session:
        assert session.execute("SELECT current_user, pg_is_in_recovery()").fetchone() == ("jane", True)
    of_the_source = token_for(source, "jane")
    assert "authentication failed" in replica.login().refused("jane", of_the_source)
    right_on_the_source = token_for(replica, "jane", source.describe()["DbiResourceId"])
    assert "authentication failed" in replica.login().refused("jane", right_on_the_source)


def test_iam_of_a_replica_is_its_own(replica, rds):
    token = token_for(replica, "jane")
    rds.modify_db_instance(DBInstanceIdentifier=replica.name, EnableIAMDatabaseAuthentication=False, ApplyImmediately=True)
    until(lambda: replica.describe()["IAMDatabaseAuthenticationEnabled"] is False, "it is off")
    replica.until_available()
    assert replica.login().refused("jane", token)
    rds.modify_db_instance(DBInstanceIdentifier=replica.name, EnableIAMDatabaseAuthentication=True, ApplyImmediately=True)
    until(lambda: replica.describe()["IAMDatabaseAuthenticationEnabled"] is True, "it is on")
    replica.until_available()
    replica.login().psycopg("jane", token_for(replica, "jane")).close()


def test_what_a_replica_cannot_be_asked_for(source, replica, rds):
    assert replica.refused(rds.modify_db_instance, MasterUserPassword="another-password") == "InvalidParameterCombination"
    assert replica.refused(rds.modify_db_instance, BackupRetentionPeriod=3) == "InvalidParameterCombination"
    assert replica.refused(rds.create_db_snapshot, DBSnapshotIdentifier="no") == "InvalidDBInstanceState"
    assert replica.refused(rds.delete_db_instance, FinalDBSnapshotIdentifier="no") == "InvalidParameterCombination"
    assert replica.refused(rds.stop_db_instance) == source.refused(rds.stop_db_instance) == "InvalidDBInstanceState"
    assert source.refused(rds.promote_read_replica) == "InvalidDBInstanceState"
    another = Instance(source.server, "another")
    assert another.refused(rds.create_db_instance_read_replica, SourceDBInstanceIdentifier=replica.name) == "InvalidDBInstanceState"
    assert another.refused(rds.create_db_instance_read_replica, SourceDBInstanceIdentifier="nobody") == "DBInstanceNotFound"
    assert Instance(source.server, "ledger").refused(rds.create_db_instance_read_replica, SourceDBInstanceIdentifier="ledger") == (
        "DBInstanceAlreadyExists")


def test_a_replica_needs_a_right_on_its_source_too(server, source):
    arn = f"arn:aws:rds:{server.region}:{server.account}:db:"
    half = api.new_principal(server, "half", [api.document(api.allow("rds:CreateDBInstanceReadReplica", arn + "mine"))])
    with pytest.raises(botocore.exceptions.ClientError) as error:
        api.client(server, "rds", half).create_db_instance_read_replica(DBInstanceIdentifier="mine",
                                                                        SourceDBInstanceIdentifier=source.name)
    assert error.value.response["Error"]["Code"] == "AccessDenied"


def test_both_go_on_over_a_start_of_the_server_and_a_new_name(server, source, replica, rds):
    server.stop()
    server.start()
    source.until_available()
    replica.until_available()
    rds.modify_db_instance(DBInstanceIdentifier="ledger", NewDBInstanceIdentifier="journal", ApplyImmediately=True)
    source.name = "journal"
    assert replica.describe()["ReadReplicaSourceDBInstanceIdentifier"] == "journal"
    source.until_available()
    source.sql("CREATE TABLE renamed AS SELECT 8 AS eight")
    until(lambda: replica.has("SELECT eight FROM renamed", [(8,)]), "it follows under the new name")
    rds.reboot_db_instance(DBInstanceIdentifier=replica.name)
    replica.until_available()
    source.sql("CREATE TABLE restarted AS SELECT 9 AS nine")
    until(lambda: replica.has("SELECT nine FROM restarted", [(9,)]), "it follows after its own start")


def test_a_replica_follows_a_source_that_is_started_with_more(source, replica, rds):
    rds.create_db_parameter_group(DBParameterGroupName="more", DBParameterGroupFamily=f"postgres{MAJOR}", Description="more")
    rds.modify_db_parameter_group(DBParameterGroupName="more", Parameters=[
        {"ParameterName": "max_connections", "ParameterValue": "150", "ApplyMethod": "pending-reboot"}])
    rds.modify_db_instance(DBInstanceIdentifier=source.name, DBParameterGroupName="more", ApplyImmediately=True)
    source.until_available()
    rds.reboot_db_instance(DBInstanceIdentifier=source.name)
    source.until_available()
    assert source.sql("SHOW max_connections") == [("150",)]
    source.sql("CREATE TABLE with_more AS SELECT 10 AS ten")
    until(lambda: replica.has("SELECT ten FROM with_more", [(10,)]), "it applies what its source writes")
    assert replica.sql("SHOW max_connections") == [("150",)]


def test_a_replica_that_is_promoted_is_a_database_of_its_own(source, replica, aws, rds):
    aws("rds", "promote-read-replica", "--db-instance-identifier", replica.name, "--backup-retention-period", "2")
    aws("rds", "wait", "db-instance-available", "--db-instance-identifier", replica.name)
    found = replica.describe()
    assert "ReadReplicaSourceDBInstanceIdentifier" not in found and found["BackupRetentionPeriod"] == 2
    assert replica.sql("SELECT pg_is_in_recovery(), count(*) FROM entries") == [(False, 1000)]
    replica.sql("INSERT INTO entries VALUES (1001)")
    assert source.sql("SELECT count(*) FROM entries") == [(1000,)]
    assert source.describe()["ReadReplicaDBInstanceIdentifiers"] == []
    assert "Replication on the Read Replica was successfully terminated" in replica.events()
    until(lambda: source.sql("SELECT count(*) FROM pg_stat_replication") == [(0,)], "nobody follows the source")
    replica.login().psycopg("jane", token_for(replica, "jane")).close()
    rds.modify_db_instance(DBInstanceIdentifier=replica.name, MasterUserPassword="a-password-of-its-own", ApplyImmediately=True)
    until(lambda: not replica.has("SELECT 1", [(1,)]), "the password is another one")
    assert source.sql("SELECT 1") == [(1,)]


def test_the_replicas_of_a_source_that_is_deleted_are_promoted(server, source, rds):
    rds.create_db_instance_read_replica(DBInstanceIdentifier="heir", SourceDBInstanceIdentifier=source.name)
    assert source.refused(rds.delete_db_instance, SkipFinalSnapshot=True) == "InvalidDBInstanceState"
    heir = Instance(server, "heir").until_available()
    assert heir.sql("SELECT pg_is_in_recovery(), count(*) FROM entries") == [(True, 1000)]
    rds.delete_db_instance(DBInstanceIdentifier=source.name, SkipFinalSnapshot=True)
    until(lambda: heir.has("SELECT pg_is_in_recovery(), count(*) FROM entries", [(False, 1000)]), "it is promoted")
    heir.until_available()
    heir.sql("INSERT INTO entries VALUES (0)")


def test_a_replica_that_is_deleted_leaves_nothing(server, rds):
    homes = server.data / "databases"
    heir = Instance(server, "heir")
    rds.create_db_instance_read_replica(DBInstanceIdentifier="brief", SourceDBInstanceIdentifier="heir")
    brief = Instance(server, "brief").until_available()
    home = brief.describe()["DbiResourceId"]
    assert (homes / home).exists()
    rds.delete_db_instance(DBInstanceIdentifier="brief", SkipFinalSnapshot=True)
    until(lambda: not any(one.name.startswith(home) for one in homes.iterdir()), "its data is gone")
    until(lambda: heir.describe()["ReadReplicaDBInstanceIdentifiers"] == [], "its source has none any more")
    assert heir.sql("SELECT 1") == [(1,)]
