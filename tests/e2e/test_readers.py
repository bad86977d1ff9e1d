"""Clusters with readers: real standbys with endpoints of their own, which take over from the writer."""

import contextlib
import os
import signal

import botocore.exceptions
import psycopg
import pytest

from support import aws as api
from support.cluster import Cluster, number_of
from support.login import Login
from support.poll import until
from support.stock import MAJOR, MASTER, MASTER_PASSWORD


@pytest.fixture(scope="module", name="rds")
def _rds(server):
    return api.client(server, "rds")


@pytest.fixture(scope="module", name="cluster")
def _cluster(server):
    return Cluster(server, "fleet", 2)


def test_readers_are_standbys_with_endpoints_of_their_own(cluster):
    assert cluster.writer() == ["fleet-1"]
    places = {(cluster.instance(number)["Endpoint"]["Address"], cluster.instance(number)["Endpoint"]["Port"])
              for number in (1, 2, 3)}
    assert len(places | {(cluster.host, cluster.port)}) == 4
    assert cluster.sql("SELECT pg_is_in_recovery()") == [(False,)]
    for number in (2, 3):
        assert cluster.ask(number, "SELECT pg_is_in_recovery()") == [(True,)]
    cluster.sql("CREATE TABLE seen AS SELECT 1 AS one")
    for number in (2, 3):
        until(lambda number=number: cluster.ask(number, "SELECT count(*) FROM pg_tables WHERE tablename = 'seen'") == [(1,)],
              "the reader has what was written")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        cluster.ask(2, "CREATE TABLE not_here ()")


def test_a_token_for_any_endpoint_opens_each_instance(server, cluster):
    somebody = cluster.principal("reader-jane", cluster.may_connect("jane"))
    found = cluster.describe()
    endpoints = [(found["Endpoint"], found["Port"]), (found["ReaderEndpoint"], found["Port"])] + [
        (cluster.instance(number)["Endpoint"]["Address"], cluster.instance(number)["Endpoint"]["Port"])
        for number in (2, 3)]
    mark = len(server.logins())
    for host, port in endpoints:
        token = cluster.token(somebody, "jane", host=host, port=port)
        number = 3 if (host, port) == endpoints[3] else 2
        with contextlib.closing(cluster.login_at(number).psycopg("jane", token)) as session:
            assert session.execute("SELECT current_user, pg_is_in_recovery()").fetchone() == ("jane", True)
    recorded = cluster.recorded_since(mark, "jane", 4)
    assert [(one["database"], one["instance"]) for one in recorded] == [("fleet", "fleet-2")] * 3 + [("fleet", "fleet-3")]
    nobody = cluster.principal("reader-nobody")
    assert "authentication failed" in cluster.login_at(2).refused("jane", cluster.token(nobody, "jane"))
    elsewhere = cluster.token(somebody, "jane", host=cluster.instance(3)["Endpoint"]["Address"])
    assert "authentication failed" in cluster.login_at(2).refused("jane", elsewhere)


def test_the_reader_endpoint_leads_to_the_readers_in_turn(server, cluster):
    found = cluster.describe()
    assert found["ReaderEndpoint"] != found["Endpoint"]
    reader = Login(server, found["ReaderEndpoint"], found["Port"], cluster.login.bundle)
    def lead_to():
        seen = set()
        for _ in range(2):
            with contextlib.closing(reader.psycopg(MASTER, MASTER_PASSWORD)) as session:
                seen.add(session.execute("SELECT current_setting('listen_addresses') || current_setting('port'), "
                                         "pg_is_in_recovery(), inet_client_addr()::text LIKE '127.%'").fetchone())
        return seen

    def are_both(seen):
        return len(seen) == 2 and all(one[1:] == (True, True) for one in seen)

    until(lambda: are_both(lead_to()), "both readers have connections")
    assert are_both(lead_to()) and are_both(lead_to())


def test_custom_endpoints_lead_to_their_members(server, cluster, aws, rds):
    made = aws("rds", "create-db-cluster-endpoint", "--db-cluster-identifier", "fleet", "--db-cluster-endpoint-identifier",
               "Reports", "--endpoint-type", "reader", "--static-members", "fleet-1", "fleet-3", "--tags", "Key=for,Value=reports")
    assert (made["DBClusterEndpointIdentifier"], made["EndpointType"], made["CustomEndpointType"]) == ("reports", "CUSTOM", "READER")
    assert made["StaticMembers"] == ["fleet-1", "fleet-3"]
    port = cluster.describe()["Port"]
    reports = Login(server, made["Endpoint"], port, cluster.login.bundle)

    def listens(login, user=MASTER, password=MASTER_PASSWORD):
        with contextlib.suppress(psycopg.OperationalError), contextlib.closing(login.psycopg(user, password)) as session:
            return session.execute("SELECT current_setting('listen_addresses'), pg_is_in_recovery()").fetchone()
        return None

    third = (cluster.ask(3, "SHOW listen_addresses")[0][0], True)
    until(lambda: listens(reports) == third, "it leads to the one reader among its members")
    assert {listens(reports) for _ in range(3)} == {third}
    somebody = cluster.principal("reporter", cluster.may_connect("jane"))
    assert listens(reports, "jane", cluster.token(somebody, "jane", host=made["Endpoint"])) == third
    rds.modify_db_cluster_endpoint(DBClusterEndpointIdentifier="reports", EndpointType="ANY",
                                   ExcludedMembers=["fleet-2", "fleet-3"])
    until(lambda: listens(reports) == ("localhost", False), "it leads to the writer alone")
    found = rds.describe_db_cluster_endpoints(DBClusterIdentifier="fleet")["DBClusterEndpoints"]
    assert [one["EndpointType"] for one in found] == ["CUSTOM", "READER", "WRITER"]
    custom = rds.describe_db_cluster_endpoints(Filters=[{"Name": "db-cluster-endpoint-type", "Values": ["custom"]}])
    assert [one["ExcludedMembers"] for one in custom["DBClusterEndpoints"]] == [["fleet-2", "fleet-3"]]
    assert rds.list_tags_for_resource(ResourceName=made["DBClusterEndpointArn"])["TagList"] == [{"Key": "for", "Value": "reports"}]

    def refused(call, **parameters):
        with pytest.raises(botocore.exceptions.ClientError) as error:
            call(**parameters)
        return error.value.response["Error"]["Code"]

    another = {"DBClusterIdentifier": "fleet", "DBClusterEndpointIdentifier": "other", "EndpointType": "READER"}
    assert refused(rds.create_db_cluster_endpoint, **(another | {"DBClusterEndpointIdentifier": "reports"})) == (
        "DBClusterEndpointAlreadyExistsFault")
    assert refused(rds.create_db_cluster_endpoint, **another, StaticMembers=["nobody"]) == "DBInstanceNotFound"
    assert refused(rds.create_db_cluster_endpoint, **(another | {"EndpointType": "WRITER"})) == "InvalidParameterValue"
    assert refused(rds.create_db_cluster_endpoint, **another, StaticMembers=["fleet-2"], ExcludedMembers=["fleet-3"]) == (
        "InvalidParameterCombination")
    assert rds.delete_db_cluster_endpoint(DBClusterEndpointIdentifier="reports")["Status"] == "deleting"
    until(lambda: listens(reports) is None, "nobody answers there any more")
    assert refused(rds.describe_db_cluster_endpoints, DBClusterEndpointIdentifier="reports") == "DBClusterEndpointNotFoundFault"


def test_a_failover_makes_the_instance_that_was_named_the_writer(cluster, aws):
    cluster.until_synchronous()
    cluster.sql("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    answer = aws("rds", "failover-db-cluster", "--db-cluster-identifier", "fleet", "--target-db-instance-identifier",
                 "fleet-3")["DBCluster"]
    assert answer["Status"] == "failing-over"
    aws("rds", "wait", "db-cluster-available", "--db-cluster-identifier", "fleet")
    assert cluster.writer() == ["fleet-3"]
    assert cluster.sql("SELECT count(*), pg_is_in_recovery() FROM kept GROUP BY 2") == [(1000, False)]
    cluster.sql("INSERT INTO kept VALUES (1001)")
    cluster.until_available()
    until(lambda: cluster.has_followers(2), "the others follow the new writer")
    until(lambda: cluster.ask(1, "SELECT count(*) FROM kept") == [(1001,)], "the writer of before follows")
    assert "Completed failover to DB instance: fleet-3" in cluster.events()
    passwords = {path.stat().st_size for path in (cluster.server.data / "databases").glob("*/data/replication.pass")}
    assert 0 in passwords, "the writer's is in no snapshot of it"
    assert "Started same AZ failover to DB instance: fleet-3" in cluster.events()


def test_a_failover_needs_a_reader_of_the_cluster(cluster, rds):
    def refused(**more):
        with pytest.raises(botocore.exceptions.ClientError) as error:
            rds.failover_db_cluster(**({"DBClusterIdentifier": "fleet"} | more))
        return error.value.response["Error"]["Code"]

    cluster.until_available()
    assert refused(TargetDBInstanceIdentifier="fleet-3") == "InvalidDBInstanceState"
    assert refused(TargetDBInstanceIdentifier="nobody") == "InvalidDBInstanceState"
    assert refused(DBClusterIdentifier="nowhere") == "DBClusterNotFoundFault"


def test_a_writer_that_is_killed_is_followed_by_a_reader_that_has_every_acknowledged_commit(cluster):
    cluster.sql("CREATE TABLE acknowledged (number integer)")
    cluster.until_synchronous()
    until(lambda: cluster.sql("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == [(1,)], "one is synchronous")
    before = cluster.writer()
    postmaster = cluster.postmaster(number_of(before[0]))
    with contextlib.closing(cluster.master()) as session:
        for number in range(200):
            session.execute("INSERT INTO acknowledged VALUES (%s)", (number,))
        os.kill(postmaster, signal.SIGKILL)
    until(lambda: cluster.writer() != before, "another instance is the writer")
    until(cluster.takes_the_masters_password, "it answers")
    assert cluster.sql("SELECT count(*) FROM acknowledged") == [(200,)]
    cluster.until_available()
    until(lambda: cluster.has_followers(2), "the one that was killed follows")
    somebody = cluster.principal("after-the-kill", cluster.may_connect("jane"))
    killed = cluster.login_at(number_of(before[0]))
    with contextlib.closing(killed.psycopg("jane", cluster.token(somebody, "jane"))) as session:
        assert session.execute("SELECT pg_is_in_recovery()").fetchone() == (True,), "its data is new, and tokens are taken"


def test_a_failover_right_after_the_writer_was_killed_loses_nothing(cluster, rds):
    """Whoever is named: only a reader that commits waited for takes over from a writer that was not shut down."""
    cluster.until_available()
    cluster.until_synchronous()
    writer = cluster.writer()[0]
    waited_for = cluster.sql("SHOW synchronous_standby_names")[0][0]
    others = [one["DBInstanceIdentifier"] for one in cluster.describe()["DBClusterMembers"] if not one["IsClusterWriter"]]
    named = next(one for one in others if rds.describe_db_instances(DBInstanceIdentifier=one)["DBInstances"][0][
        "DbiResourceId"] not in waited_for)
    postmaster = cluster.postmaster(number_of(writer))
    cluster.sql("CREATE TABLE if_ever (number integer)")
    with contextlib.closing(cluster.master()) as session:
        for number in range(100):
            session.execute("INSERT INTO if_ever VALUES (%s)", (number,))
        os.kill(postmaster, signal.SIGKILL)
    with contextlib.suppress(botocore.exceptions.ClientError):  # the other one may be the writer by now
        rds.failover_db_cluster(DBClusterIdentifier="fleet", TargetDBInstanceIdentifier=named)
    until(cluster.takes_the_masters_password, "a writer answers")
    assert cluster.sql("SELECT count(*) FROM if_ever") == [(100,)]
    cluster.until_available()
    until(lambda: cluster.has_followers(2), "the others follow")


def test_commits_that_a_group_does_not_let_wait_are_told_of(cluster, rds):
    cluster.until_synchronous()
    rds.create_db_cluster_parameter_group(DBClusterParameterGroupName="hurry", Description="x",
                                          DBParameterGroupFamily=f"aurora-postgresql{MAJOR}")
    set_to = {"ParameterName": "synchronous_commit", "ApplyMethod": "immediate"}
    rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName="hurry", Parameters=[set_to | {"ParameterValue": "off"}])
    rds.modify_db_cluster(DBClusterIdentifier="fleet", DBClusterParameterGroupName="hurry")
    until(lambda: cluster.last_event_of("Commits").endswith("synchronous_commit is off by a parameter group"), "an event says so")
    assert cluster.sql("SHOW synchronous_commit") == [("off",)]
    rds.modify_db_cluster(DBClusterIdentifier="fleet",
                          DBClusterParameterGroupName=f"default.aurora-postgresql{MAJOR}")
    until(lambda: cluster.sql("SHOW synchronous_commit") == [("on",)], "commits wait again")
    cluster.until_available()


def test_a_writer_that_is_deleted_leaves_it_to_a_reader(cluster, rds):
    cluster.until_available()
    cluster.until_synchronous()
    cluster.sql("CREATE TABLE after_all AS SELECT 7 AS seven")
    gone = cluster.writer()[0]
    rds.delete_db_instance(DBInstanceIdentifier=gone)
    until(lambda: gone not in [one["DBInstanceIdentifier"] for one in cluster.describe()["DBClusterMembers"]],
          "the instance is gone")
    assert len(cluster.writer()) == 1 and cluster.writer() != [gone]
    assert cluster.sql("SELECT seven, pg_is_in_recovery() FROM after_all") == [(7, False)]


def test_a_reader_is_restarted_and_deleted_by_itself(cluster, rds):
    cluster.until_available()
    started = cluster.sql("SELECT pg_postmaster_start_time()")
    readers = [one["DBInstanceIdentifier"] for one in cluster.describe()["DBClusterMembers"] if not one["IsClusterWriter"]]
    homes = cluster.server.data / "databases"
    before = set(homes.iterdir())
    number = int(readers[0].rpartition("-")[2])
    was = cluster.ask(number, "SELECT pg_postmaster_start_time()")
    rds.reboot_db_instance(DBInstanceIdentifier=readers[0])
    cluster.until_available()
    assert cluster.ask(number, "SELECT pg_postmaster_start_time()") > was
    rds.delete_db_instance(DBInstanceIdentifier=readers[0])
    until(lambda: len(cluster.describe()["DBClusterMembers"]) == 1, "the reader is gone")
    assert len(before - set(homes.iterdir())) == 1
    until(lambda: cluster.sql("SHOW synchronous_standby_names") == [("",)], "the writer waits for nobody")
    assert cluster.sql("SELECT pg_postmaster_start_time()") == started


def test_a_cluster_keeps_its_data_and_its_writer_over_starts(cluster, rds):
    cluster.add(9)
    cluster.until_available()
    cluster.until_synchronous()
    rds.failover_db_cluster(DBClusterIdentifier="fleet")
    until(lambda: cluster.writer() == ["fleet-9"] and cluster.describe()["Status"] == "available", "the new one is the writer")
    cluster.sql("CREATE TABLE over_starts AS SELECT 9 AS nine")
    cluster.server.stop()
    cluster.server.start()
    cluster.until_it_answers()
    assert cluster.writer() == ["fleet-9"]
    assert cluster.sql("SELECT nine, pg_is_in_recovery() FROM over_starts") == [(9, False)]
    until(lambda: cluster.has_followers(1), "the reader follows again")


def test_of_a_cluster_that_is_deleted_with_its_instances_nothing_is_left(server, rds):
    cluster = Cluster(server, "brief", 1)
    homes = server.data / "databases"
    found = {cluster.describe()["DbClusterResourceId"], cluster.instance(2)["DbiResourceId"]}
    assert found <= {home.name for home in homes.iterdir()}
    for number in (1, 2):
        rds.delete_db_instance(DBInstanceIdentifier=f"brief-{number}")
    rds.delete_db_cluster(DBClusterIdentifier="brief", SkipFinalSnapshot=True)
    until(lambda: not any(home.name.startswith(tuple(found)) for home in homes.iterdir()), "their data is gone")
    until(lambda: "brief" not in [one["DBClusterIdentifier"] for one in rds.describe_db_clusters()["DBClusters"]],
          "the cluster is gone")


def test_a_reader_may_be_asked_for_before_there_is_a_writer(server, rds):
    rds.create_db_cluster(DBClusterIdentifier="hasty", Engine="aurora-postgresql", MasterUsername=MASTER,
                          MasterUserPassword=MASTER_PASSWORD)
    names = ["hasty-1", "hasty-2", "hasty-3"]
    for name in names:
        rds.create_db_instance(DBInstanceIdentifier=name, DBClusterIdentifier="hasty", Engine="aurora-postgresql",
                               DBInstanceClass="db.r5.large")
    statuses = set()

    def available():
        found = [rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]["DBInstanceStatus"] for name in names]
        statuses.update(found)
        return set(found) == {"available"}

    until(available, "all are available")
    assert statuses <= {"creating", "available"}
