"""IAM authentication on and off: when it takes effect, and that nothing is restarted for it."""

import contextlib

import pytest

from support.login import PASSWORD_REFUSED
from support.poll import until


@pytest.fixture(autouse=True)
def starts_and_ends_on(stock):
    yield
    stock.set_iam(True)
    assert not stock.describe().get("PendingModifiedValues")


def postmaster(stock):
    started = stock.sql("SELECT pg_postmaster_start_time()")[0][0]
    return started, stock.server.postmaster(stock.resource_id)


def test_off_and_on_at_once(stock, everybody):
    before = postmaster(stock)
    with contextlib.closing(stock.session(everybody, "jane")) as session:
        stock.set_iam(False)
        assert stock.login.refused("jane", stock.token(everybody, "jane")) == PASSWORD_REFUSED.format("jane")
        stock.login.psycopg("dora", "doras-own-password").close()
        assert session.execute("SELECT current_user").fetchone() == ("jane",)
        stock.set_iam(True)
        stock.session(everybody, "jane").close()
        assert session.execute("SELECT current_user").fetchone() == ("jane",)
    assert postmaster(stock) == before


def test_the_first_login_after_available_is_right(stock, everybody):
    """What describe-db-clusters says is what the next connection meets."""
    for enabled in (False, True) * 3:
        stock.set_iam(enabled)
        told = stock.login.bare("jane", stock.token(everybody, "jane").encode())
        assert (told is None) is enabled, told


def test_without_apply_immediately_it_waits(stock, everybody):
    before = postmaster(stock)
    answer = stock.rds.modify_db_cluster(DBClusterIdentifier="c1", EnableIAMDatabaseAuthentication=False)["DBCluster"]
    assert answer["PendingModifiedValues"] == {"IAMDatabaseAuthenticationEnabled": False}
    assert answer["IAMDatabaseAuthenticationEnabled"] is True
    assert stock.describe()["PendingModifiedValues"] == {"IAMDatabaseAuthenticationEnabled": False}
    stock.session(everybody, "jane").close()
    stock.rds.modify_db_cluster(DBClusterIdentifier="c1", ApplyImmediately=True)
    until(lambda: not stock.describe()["IAMDatabaseAuthenticationEnabled"], "what waited is applied")
    stock.until_available()
    assert not stock.describe().get("PendingModifiedValues")
    assert stock.login.refused("jane", stock.token(everybody, "jane")) == PASSWORD_REFUSED.format("jane")
    assert postmaster(stock) == before


def test_a_change_that_waits_is_taken_back(stock):
    stock.rds.modify_db_cluster(DBClusterIdentifier="c1", EnableIAMDatabaseAuthentication=False)
    stock.rds.modify_db_cluster(DBClusterIdentifier="c1", EnableIAMDatabaseAuthentication=True)
    assert not stock.describe().get("PendingModifiedValues")
    assert stock.describe()["IAMDatabaseAuthenticationEnabled"] is True


def test_what_waits_survives_a_restart(stock, everybody):
    stock.rds.modify_db_cluster(DBClusterIdentifier="c1", EnableIAMDatabaseAuthentication=False)
    stock.server.restart()
    stock.until_it_answers()
    assert stock.describe()["PendingModifiedValues"] == {"IAMDatabaseAuthenticationEnabled": False}
    stock.session(everybody, "jane").close()


def test_the_cli_spells_it_both_ways(stock, aws, everybody):
    aws("rds", "modify-db-cluster", "--db-cluster-identifier", "c1", "--no-enable-iam-database-authentication",
        "--apply-immediately")
    until(lambda: not stock.describe()["IAMDatabaseAuthenticationEnabled"], "IAM authentication is off")
    stock.until_available()
    aws("rds", "modify-db-cluster", "--db-cluster-identifier", "c1", "--enable-iam-database-authentication",
        "--no-apply-immediately")
    assert stock.describe()["PendingModifiedValues"] == {"IAMDatabaseAuthenticationEnabled": True}
    aws("rds", "modify-db-cluster", "--db-cluster-identifier", "c1", "--enable-iam-database-authentication",
        "--apply-immediately")
    until(lambda: stock.describe()["IAMDatabaseAuthenticationEnabled"], "IAM authentication is on")
    stock.until_available()
    stock.session(everybody, "jane").close()


def test_another_master_password(stock):
    """The change restarts nothing, and is in force when the cluster is available again."""
    before = postmaster(stock)
    changed = "another-horse-battery"
    for old, new in (("correct-horse-battery", changed), (changed, "correct-horse-battery")):
        stock.rds.modify_db_cluster(DBClusterIdentifier="c1", MasterUserPassword=new, ApplyImmediately=True)
        until(lambda new=new: _opens(stock, new), "the new password is in force")
        assert not _opens(stock, old)
    stock.until_available()
    assert postmaster(stock) == before


def _opens(stock, password):
    done = stock.login.psql("postgres", password, "SELECT 1", check=False)
    return done.returncode == 0


def test_an_instance_of_its_own(stock):
    stock.rds.create_db_instance(
        DBInstanceIdentifier="alone", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername="postgres", MasterUserPassword="correct-horse-battery")
    waiter = stock.rds.get_waiter("db_instance_available")
    waiter.wait(DBInstanceIdentifier="alone", WaiterConfig={"Delay": 1, "MaxAttempts": 120})

    def describe():
        return stock.rds.describe_db_instances(DBInstanceIdentifier="alone")["DBInstances"][0]
    assert describe()["IAMDatabaseAuthenticationEnabled"] is False
    stock.rds.modify_db_instance(DBInstanceIdentifier="alone", EnableIAMDatabaseAuthentication=True)
    assert describe()["PendingModifiedValues"] == {"IAMDatabaseAuthenticationEnabled": True}
    assert describe()["IAMDatabaseAuthenticationEnabled"] is False
    stock.rds.modify_db_instance(DBInstanceIdentifier="alone", EnableIAMDatabaseAuthentication=True,
                                 ApplyImmediately=True)
    until(lambda: describe()["IAMDatabaseAuthenticationEnabled"] and describe()["DBInstanceStatus"] == "available",
          "IAM authentication is on")
    assert not describe().get("PendingModifiedValues")
