"""A database that cannot start: it says so and why, keeps its log, harms no other, and can be removed."""

import pytest

from support.poll import until
from support.stock import Stock


@pytest.fixture(scope="module")
def sound(server):
    return Stock(server, "sound")


@pytest.fixture(scope="module")
def broken(server, sound):
    """A cluster whose data directory has been damaged while nothing ran."""
    made = Stock(server, "broken")
    server.stop()
    (server.database_directory(made.resource_id) / "data/global/pg_control").rename(server.home / "pg_control")
    server.start()
    sound.until_it_answers()
    return made


def failed(stock):
    instance = stock.rds.describe_db_instances(DBInstanceIdentifier=f"{stock.name}-1")["DBInstances"][0]
    return instance["DBInstanceStatus"] == "failed"


def test_it_fails_and_says_why(server, sound, broken):
    until(lambda: failed(broken), "the instance has failed")
    until(lambda: any("pg_control" in event["Message"] for event in broken.rds.describe_events()["Events"]),
          "an event says why")
    assert any(server.database_directory(broken.resource_id).iterdir())
    assert "pg_control" in "".join(
        file.read_text(errors="replace")
        for file in [server.database_directory(broken.resource_id) / "start.log",
                     *(server.database_directory(broken.resource_id) / "log").iterdir()] if file.exists())
    sound.sql("SELECT 1")


def test_it_heals_when_the_cause_is_gone(server, sound, broken):
    until(lambda: failed(broken), "the instance has failed")
    (server.home / "pg_control").rename(server.database_directory(broken.resource_id) / "data/global/pg_control")
    server.restart()
    broken.until_it_answers()
    sound.until_it_answers()


def test_it_can_be_removed(server, sound, broken):
    (server.database_directory(broken.resource_id) / "data/global/pg_control").unlink(missing_ok=True)
    server.restart()
    until(lambda: failed(broken), "the instance has failed")
    broken.rds.delete_db_instance(DBInstanceIdentifier="broken-1", SkipFinalSnapshot=True)
    until(lambda: not broken.describe()["DBClusterMembers"], "its instance is gone")
    broken.rds.delete_db_cluster(DBClusterIdentifier="broken", SkipFinalSnapshot=True)
    until(lambda: not server.database_directory(broken.resource_id).exists(), "its files are gone")
    sound.until_it_answers()
