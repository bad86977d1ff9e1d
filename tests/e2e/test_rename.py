"""Instances and clusters get another name: logins, tokens and sessions go on."""

import contextlib
import threading

import botocore.exceptions
import pytest

from support import aws as api
from support.poll import until
from support.stock import MASTER, MASTER_PASSWORD, Stock


@pytest.fixture(scope="module", name="stock")
def _stock(server):
    return Stock(server, "before")


@pytest.fixture(scope="module", name="somebody")
def _somebody(stock):
    return stock.principal("renamer", stock.may_connect("jane"))


@pytest.fixture(scope="module", name="rds")
def _rds(server):
    return api.client(server, "rds")


def refused(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"]


def messages(rds, kind, name):
    return [event["Message"] for event in rds.describe_events(SourceType=kind, SourceIdentifier=name)["Events"]]


def test_a_cluster_is_renamed_under_a_session(server, stock, somebody, rds, aws):
    token = stock.token(somebody, "jane")
    arn = stock.describe()["DBClusterArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "team", "Value": "a"}])
    with contextlib.closing(stock.session(somebody, "jane")) as session:
        started = session.execute("SELECT pg_postmaster_start_time()").fetchone()
        answer = aws("rds", "modify-db-cluster", "--db-cluster-identifier", "before", "--new-db-cluster-identifier",
                     "After", "--apply-immediately")["DBCluster"]
        assert answer["DBClusterIdentifier"] == "after"
        stock.name = "after"
        aws("rds", "wait", "db-cluster-available", "--db-cluster-identifier", "after")
        found = stock.describe()
        assert (found["DbClusterResourceId"], found["Endpoint"], found["Port"]) == (
            stock.resource_id, stock.host, stock.port)
        assert found["DBClusterArn"] == arn.replace(":before", ":after")
        assert found["TagList"] == [{"Key": "team", "Value": "a"}]
        assert [member["DBInstanceIdentifier"] for member in found["DBClusterMembers"]] == ["before-1"]
        assert rds.describe_db_instances(DBInstanceIdentifier="before-1")["DBInstances"][0][
            "DBClusterIdentifier"] == "after"
        assert session.execute("SELECT pg_postmaster_start_time()").fetchone() == started
    stock.login.psycopg("jane", token).close()
    assert refused(rds.describe_db_clusters, DBClusterIdentifier="before") == "DBClusterNotFoundFault"
    told = "Renamed cluster from before to after"
    assert told in messages(rds, "db-cluster", "before") and told in messages(rds, "db-cluster", "after")
    with contextlib.closing(stock.session(somebody, "jane")):
        until(lambda: server.logins()[-1]["database"] == "after", "logins are recorded under the new name")


def test_an_instance_is_renamed(stock, rds, aws):
    with contextlib.closing(stock.master()) as session:
        started = session.execute("SELECT pg_postmaster_start_time()").fetchone()
        aws("rds", "modify-db-instance", "--db-instance-identifier", "before-1", "--new-db-instance-identifier", "after-1",
            "--apply-immediately")
        aws("rds", "wait", "db-instance-available", "--db-instance-identifier", "after-1")
        assert [member["DBInstanceIdentifier"] for member in stock.describe()["DBClusterMembers"]] == ["after-1"]
        assert session.execute("SELECT pg_postmaster_start_time()").fetchone() == started
    assert refused(rds.describe_db_instances, DBInstanceIdentifier="before-1") == "DBInstanceNotFound"


def test_a_changed_parameter_after_a_renaming_waits_for_no_restart(stock, rds):
    rds.modify_db_cluster(DBClusterIdentifier=stock.name, EnableIAMDatabaseAuthentication=False, ApplyImmediately=True)
    stock.until_available()
    stock.set_iam(True)
    found = rds.describe_db_instances(DBInstanceIdentifier="after-1")["DBInstances"][0]
    assert found["DBParameterGroups"][0]["ParameterApplyStatus"] == "in-sync"


def test_what_cannot_be_is_refused(server, stock, rds):
    rds.create_db_cluster(DBClusterIdentifier="taken", Engine="aurora-postgresql", MasterUsername=MASTER,
                          MasterUserPassword=MASTER_PASSWORD)
    modify = {"DBClusterIdentifier": stock.name, "ApplyImmediately": True}
    assert refused(rds.modify_db_cluster, NewDBClusterIdentifier="taken", **modify) == "DBClusterAlreadyExistsFault"
    assert refused(rds.modify_db_cluster, NewDBClusterIdentifier="-", **modify) == "InvalidParameterValue"
    assert refused(rds.modify_db_cluster, NewDBClusterIdentifier="later", DBClusterIdentifier=stock.name) == (
        "InvalidParameterCombination")
    limited = api.client(server, "rds", api.new_principal(server, "after-only", [api.document(
        api.allow("rds:*", f"arn:aws:rds:*:*:cluster:{stock.name}"))]))
    assert refused(limited.modify_db_cluster, NewDBClusterIdentifier="production", **modify) == "AccessDenied"
    until(lambda: rds.describe_db_clusters(DBClusterIdentifier="taken")["DBClusters"][0]["Status"] == "available",
          "the other cluster is available")
    rds.delete_db_cluster(DBClusterIdentifier="taken", SkipFinalSnapshot=True)


def test_of_renamings_at_once_one_is_done(stock, rds, server):
    names = [f"racer-{number}" for number in range(4)]
    done, errors = [], []

    def rename(name):
        try:
            api.client(server, "rds").modify_db_cluster(DBClusterIdentifier=stock.name, NewDBClusterIdentifier=name,
                                                        ApplyImmediately=True)
            done.append(name)
        except botocore.exceptions.ClientError as error:
            errors.append(error.response["Error"]["Code"])

    racers = [threading.Thread(target=rename, args=(name,)) for name in names]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(done) == 1 and errors == ["DBClusterNotFoundFault"] * 3
    stock.name = done[0]
    stock.until_available()
    assert stock.takes_the_masters_password()
    assert [member["DBInstanceIdentifier"] for member in stock.describe()["DBClusterMembers"]] == ["after-1"]


def test_names_outlive_a_restart(server, stock, somebody):
    server.restart()
    stock.until_it_answers()
    stock.session(somebody, "jane").close()
    assert stock.describe()["DbClusterResourceId"] == stock.resource_id
