"""Parameter groups: what RDS has, what PostgreSQL gets of it at once or at its next start, and what is kept."""

import botocore.exceptions
import pytest

from support.aws import client
from support.poll import until
from support.stock import MAJOR, MASTER, MASTER_PASSWORD, Stock

FAMILY = f"aurora-postgresql{MAJOR}"
GROUP = "own"


@pytest.fixture(scope="module")
def rds(server):
    return client(server, "rds")


@pytest.fixture(scope="module")
def grouped(server, rds):
    """A database whose cluster is in a group of its own."""
    rds.create_db_cluster_parameter_group(DBClusterParameterGroupName=GROUP, DBParameterGroupFamily=FAMILY,
                                          Description="of a test")
    stock = Stock(server)
    rds.modify_db_cluster(DBClusterIdentifier=stock.name, DBClusterParameterGroupName=GROUP, ApplyImmediately=True)
    return stock


def described(rds, family=FAMILY):
    pages = rds.get_paginator("describe_db_cluster_parameters").paginate(DBClusterParameterGroupName=f"default.{family}")
    return {one["ParameterName"]: one for page in pages for one in page["Parameters"]}


def set_all(rds, method, **values):
    rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName=GROUP, Parameters=[
        {"ParameterName": name.replace("__", "."), "ParameterValue": value, "ApplyMethod": method}
        for name, value in values.items()])


def shown(stock, name):
    return stock.login.psql(MASTER, MASTER_PASSWORD, f"SHOW {name}").stdout.strip()


def restart(server, stock):
    server.stop()
    server.start()
    stock.until_it_answers()


def test_a_family_has_all_of_rds(rds):
    found = described(rds)
    assert len(found) > 300
    assert found["shared_buffers"]["ParameterValue"] == "SUM({DBInstanceClassMemory/12038},-50003)"
    assert found["shared_buffers"]["ApplyType"] == "static" and found["shared_buffers"]["DataType"] == "integer"
    assert (found["wal_level"]["IsModifiable"], found["wal_level"]["Source"]) == (False, "system")
    assert "ParameterValue" not in found["work_mem"] and found["work_mem"]["Source"] == "engine-default"
    assert found["log_statement"]["AllowedValues"] == "none,ddl,mod,all"
    assert "Europe/Berlin" in found["timezone"]["AllowedValues"].split(",")
    defaults = rds.describe_engine_default_parameters(DBParameterGroupFamily=f"postgres{MAJOR}", MaxRecords=100)
    assert len(defaults["EngineDefaults"]["Parameters"]) == 100 and defaults["EngineDefaults"]["Marker"]
    cluster = rds.describe_engine_default_cluster_parameters(DBParameterGroupFamily=FAMILY)["EngineDefaults"]
    assert cluster["DBParameterGroupFamily"] == FAMILY and cluster["Parameters"]


def test_values_that_rds_sets_are_in_force(grouped, rds):
    found = described(rds)
    for name in ("autovacuum_naptime", "track_activity_query_size", "max_replication_slots"):
        setting = grouped.login.psql(MASTER, MASTER_PASSWORD,
                                     f"SELECT setting FROM pg_settings WHERE name = '{name}'").stdout.strip()
        assert setting == found[name]["ParameterValue"], name


def test_dynamic_parameters_are_in_force_at_once(grouped, rds):
    set_all(rds, "immediate", timezone="Europe/Berlin", log_min_duration_statement="250", work_mem="8192")
    until(lambda: shown(grouped, "timezone") == "Europe/Berlin", "the time zone is set")
    assert shown(grouped, "log_min_duration_statement") == "250ms" and shown(grouped, "work_mem") == "8MB"


def test_whatever_is_logged_the_verifier_of_a_password_is_not(server, grouped, rds):
    own = rds.describe_db_clusters(DBClusterIdentifier=grouped.name)["DBClusters"][0]["DbClusterResourceId"]

    def logged():
        return "".join(file.read_text(errors="replace") for file in (server.data / "databases" / own).rglob("*.csv"))

    def answers(password):
        return grouped.login.psql(MASTER, password, "SELECT 'seen by the log'", check=False).returncode == 0
    set_all(rds, "immediate", log_statement="all", log_min_duration_statement="0")
    until(lambda: shown(grouped, "log_statement") == "all", "every statement is logged")
    for password in ("another-password", MASTER_PASSWORD):
        rds.modify_db_cluster(DBClusterIdentifier=grouped.name, MasterUserPassword=password, ApplyImmediately=True)
        until(lambda given=password: answers(given), "the new password is in force")
    until(lambda: "seen by the log" in logged(), "statements are in the log")
    assert "SCRAM-SHA-256$" not in logged()


def test_static_parameters_are_in_force_after_a_restart(server, grouped, rds):
    set_all(rds, "pending-reboot", shared_buffers="LEAST({DBInstanceClassMemory/32768},8192)", rds__logical_replication="1",
            shared_preload_libraries="pg_stat_statements,plrust")
    assert shown(grouped, "shared_buffers") == "32MB" and shown(grouped, "wal_level") == "replica"
    restart(server, grouped)
    assert shown(grouped, "shared_buffers") == "64MB"
    assert shown(grouped, "wal_level") == "logical"
    assert shown(grouped, "shared_preload_libraries") == "pg_stat_statements"  # what is installed of them
    kept = rds.describe_db_cluster_parameters(DBClusterParameterGroupName=GROUP, Source="user")["Parameters"]
    assert {one["ParameterName"]: one["ParameterValue"] for one in kept}["shared_preload_libraries"] == \
        "pg_stat_statements,plrust"


def test_what_has_no_effect_is_kept(grouped, rds):
    before = shown(grouped, "password_encryption")
    set_all(rds, "immediate", password_encryption="md5", pgaudit__log="ddl,role", log_filename="postgresql.log.%Y-%m-%d")
    kept = rds.describe_db_cluster_parameters(DBClusterParameterGroupName=GROUP, Source="user")["Parameters"]
    assert {"password_encryption", "pgaudit.log", "log_filename"} <= {one["ParameterName"] for one in kept}
    set_all(rds, "immediate", work_mem="16384")
    until(lambda: shown(grouped, "work_mem") == "16MB", "the next change is in force")
    assert shown(grouped, "password_encryption") == before == "scram-sha-256"


@pytest.mark.parametrize("name, value, sentence", [
    ("wal_level", "logical", "The parameter wal_level cannot be modified."),
    ("archive_command", "true", "The parameter archive_command cannot be modified."),
    ("local_preload_libraries", "x", "Could not find parameter with name: local_preload_libraries"),
    ("timezone", "Middle/Earth", "Invalid parameter value: Middle/Earth for: timezone"),
    ("shared_buffers", "{Memory/2}", "Invalid parameter value: {Memory/2} for: shared_buffers"),
    ("rds.log_retention_period", "60", "Invalid parameter value: 60 for: rds.log_retention_period"),
    ("rds.restrict_password_commands", "1", "Invalid parameter value: 1 for: rds.restrict_password_commands"),
])
def test_what_is_refused(grouped, rds, name, value, sentence):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        set_all(rds, "pending-reboot", **{name.replace(".", "__"): value})
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert refused.value.response["Error"]["Message"].startswith(sentence)
