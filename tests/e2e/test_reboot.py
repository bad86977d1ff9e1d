"""RebootDBInstance: PostgreSQL restarts once, and parameters that waited for it are in force."""

import botocore.exceptions
import pytest

from support.aws import client
from support.poll import until
from support.stock import MAJOR, MASTER, MASTER_PASSWORD, Stock

CLUSTER_GROUP, OWN_GROUP = "for-the-cluster", "for-the-instance"


@pytest.fixture(scope="module")
def rds(server):
    return client(server, "rds")


@pytest.fixture(scope="module")
def cluster(server, rds):
    """An Aurora cluster whose parameter group nothing is set in yet."""
    rds.create_db_cluster_parameter_group(DBClusterParameterGroupName=CLUSTER_GROUP, Description="of a test",
                                          DBParameterGroupFamily=f"aurora-postgresql{MAJOR}")
    stock = Stock(server)
    rds.modify_db_cluster(DBClusterIdentifier=stock.name, DBClusterParameterGroupName=CLUSTER_GROUP, ApplyImmediately=True)
    return stock


def described(rds, name):
    return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def apply_status(rds, name):
    return [group["ParameterApplyStatus"] for group in described(rds, name)["DBParameterGroups"]]


def events(rds, name):
    return [one["Message"] for one in rds.describe_events(SourceIdentifier=name, SourceType="db-instance",
                                                          Duration=60)["Events"]]


def started(stock):
    return stock.sql("SELECT pg_postmaster_start_time()")[0][0]


def refused(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"]


def test_an_instance_of_a_cluster_is_rebooted_with_the_aws_cli(cluster, aws, rds):
    name = f"{cluster.name}-1"
    before = started(cluster)
    asked = aws("rds", "reboot-db-instance", "--db-instance-identifier", name)
    assert asked["DBInstance"]["DBInstanceStatus"] == "rebooting"
    aws("rds", "wait", "db-instance-available", "--db-instance-identifier", name)
    assert started(cluster) > before
    assert events(rds, name)[-2:] == ["DB instance shutdown", "DB instance restarted"]


def test_static_parameters_wait_for_a_reboot(cluster, rds):
    name = f"{cluster.name}-1"
    assert apply_status(rds, name) == ["in-sync"]
    rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName=CLUSTER_GROUP, Parameters=[
        {"ParameterName": "rds.logical_replication", "ParameterValue": "1", "ApplyMethod": "pending-reboot"}])
    until(lambda: apply_status(rds, name) == ["pending-reboot"], "the parameter waits")
    assert cluster.describe()["DBClusterMembers"][0]["DBClusterParameterGroupStatus"] == "pending-reboot"
    assert cluster.sql("SHOW wal_level") == [("replica",)]
    rds.reboot_db_instance(DBInstanceIdentifier=name)
    cluster.until_available()
    assert cluster.sql("SHOW wal_level") == [("logical",)]
    assert apply_status(rds, name) == ["in-sync"]
    assert cluster.describe()["DBClusterMembers"][0]["DBClusterParameterGroupStatus"] == "in-sync"


def test_dynamic_parameters_wait_for_nothing(cluster, rds):
    rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName=CLUSTER_GROUP, Parameters=[
        {"ParameterName": "work_mem", "ParameterValue": "8192", "ApplyMethod": "immediate"}])
    until(lambda: cluster.sql("SHOW work_mem") == [("8MB",)], "the parameter is in force")
    assert apply_status(rds, f"{cluster.name}-1") == ["in-sync"]


def test_what_is_refused(cluster, rds):
    name = f"{cluster.name}-1"
    assert refused(rds.reboot_db_instance, DBInstanceIdentifier=name, ForceFailover=True) == "InvalidParameterCombination"
    assert refused(rds.reboot_db_instance, DBInstanceIdentifier="nobodys") == "DBInstanceNotFound"
    rds.reboot_db_instance(DBInstanceIdentifier=name)
    assert refused(rds.reboot_db_instance, DBInstanceIdentifier=name) == "InvalidDBInstanceState"
    cluster.until_available()


def test_a_reboot_needs_its_own_right(cluster, server):
    allowed = cluster.principal("looker", {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "rds:Describe*", "Resource": "*"}]})
    theirs = client(server, "rds", allowed)
    assert refused(theirs.reboot_db_instance, DBInstanceIdentifier=f"{cluster.name}-1") == "AccessDenied"


def test_an_instance_of_its_own_is_rebooted(rds):
    rds.create_db_instance(DBInstanceIdentifier="own", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
                           MasterUsername=MASTER, MasterUserPassword=MASTER_PASSWORD)
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="own", WaiterConfig={"Delay": 1})
    rds.reboot_db_instance(DBInstanceIdentifier="own")
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="own", WaiterConfig={"Delay": 1})
    assert events(rds, "own")[-2:] == ["DB instance shutdown", "DB instance restarted"]
    assert described(rds, "own")["DBInstanceStatus"] == "available"


def test_a_reboot_that_was_asked_for_survives_a_crash_and_happens_once(cluster, rds, server):
    name = f"{cluster.name}-1"
    count = events(rds, name).count("DB instance restarted")
    rds.reboot_db_instance(DBInstanceIdentifier=name)
    server.kill9()
    server.start()
    cluster.until_it_answers()
    at = started(cluster)
    until(lambda: events(rds, name).count("DB instance restarted") == count + 1, "it was restarted")
    cluster.until_available()
    assert started(cluster) == at and events(rds, name).count("DB instance restarted") == count + 1
