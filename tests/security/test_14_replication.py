"""From rds_replication to the whole server: what its members may not do, although PostgreSQL lets who has the attribute."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import psycopg
import psycopg2
import psycopg2.extras
import pytest

from support import replication
from support.aws import client
from support.poll import until
from support.server import run

PASSWORD = "anns-own-password"
PHYSICAL = [
    "BASE_BACKUP", " \t\n BASE_BACKUP (LABEL 'x')", "START_REPLICATION 0/1000000",
    "START_REPLICATION PHYSICAL 0/1000000 TIMELINE 1", "START_REPLICATION SLOT kept PHYSICAL 0/1000000",
    "START_REPLICATION SLOT \"logical\" 0/1000000", "CREATE_REPLICATION_SLOT copy PHYSICAL RESERVE_WAL",
    "CREATE_REPLICATION_SLOT copy TEMPORARY PHYSICAL", "TIMELINE_HISTORY 1", "READ_REPLICATION_SLOT kept"]


@pytest.fixture(scope="module")
def db(server):
    stock = replication.replicating(server)
    stock.sql(f"CREATE ROLE ann LOGIN PASSWORD '{PASSWORD}'; GRANT rds_replication TO ann, jane")
    replication.until_it_may(stock, "ann")
    replication.until_it_may(stock, "jane")
    return stock


def refused(db, command, user="ann", password=PASSWORD):
    done = run(["psql", "-X", "-A", "-t", db.login.conninfo(user) + " replication=database", "-c", command],
               db.login.environment(password), check=False)
    assert done.returncode != 0 and not done.stdout
    return done.stderr


@pytest.mark.parametrize("command", PHYSICAL)
def test_no_command_that_copies_the_server(db, command):
    assert "permission denied for a physical replication command" in refused(db, command)


def test_not_by_token_either_nor_as_the_master(db):
    token = db.token(db.principal("copier", db.may_connect("jane")), "jane")
    assert "permission denied for a physical" in refused(db, "BASE_BACKUP", "jane", token)
    db.sql("GRANT rds_replication TO postgres")
    replication.until_it_may(db, "postgres")
    assert "permission denied for a physical" in refused(db, "BASE_BACKUP", "postgres", "correct-horse-battery")


@pytest.mark.parametrize("settings", [
    "SET log_replication_commands = off", "SET log_min_messages = panic", "ALTER ROLE ann SET log_min_messages = panic",
    "ALTER DATABASE postgres SET log_replication_commands = off", "ALTER SYSTEM SET log_min_messages = panic"])
def test_what_the_refusal_rests_on_is_nobodys_to_set(db, settings):
    for session in (db.master(), db.login.psycopg("ann", PASSWORD)):
        with contextlib.closing(session), pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(settings)


def test_nor_by_a_parameter_group(db, server):
    rds = client(server, "rds")
    rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName="c1-logical", Parameters=[
        {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "immediate"}
        for name, value in (("log_replication_commands", "0"), ("log_min_messages", "panic"), ("work_mem", "8192"))])
    until(lambda: db.sql("SHOW work_mem") == [("8MB",)], "the group is in force")
    for command in PHYSICAL[:3]:
        assert "permission denied for a physical replication command" in refused(db, command)
    assert replication.may_replicate(db, "ann")


def test_nor_at_the_start_of_a_connection(db):
    with pytest.raises(psycopg2.OperationalError, match="permission denied to set parameter"):
        psycopg2.connect(db.login.conninfo("ann"), password=PASSWORD, options="-c log_min_messages=panic",
                         connection_factory=psycopg2.extras.LogicalReplicationConnection)


def test_no_physical_connection(db):
    with pytest.raises(psycopg2.OperationalError, match=r"no pg_hba\.conf entry for replication connection"):
        replication.connection(db, "ann", PASSWORD, psycopg2.extras.PhysicalReplicationConnection)
    to = tempfile.mkdtemp()
    try:
        made = subprocess.run(["pg_basebackup", "-d", db.login.conninfo("ann"), "-D", f"{to}/copy"], check=False, text=True,
                              env=db.login.environment(PASSWORD), capture_output=True, timeout=60)
        assert made.returncode != 0 and "no pg_hba.conf entry for replication connection" in made.stderr
        assert not os.listdir(to)
    finally:
        shutil.rmtree(to)


def test_the_control_planes_database_is_closed_to_slots(db):
    with pytest.raises(psycopg2.OperationalError, match=r"pg_hba\.conf rejects connection"):
        psycopg2.connect(db.login.conninfo("ann", dbname="rdsadmin"), password=PASSWORD,
                         connection_factory=psycopg2.extras.LogicalReplicationConnection)


@pytest.fixture
def library():
    """A library of a user of the machine's, where every server could read it."""
    place = pathlib.Path(tempfile.mkdtemp(dir="/var/tmp"))
    place.chmod(0o755)
    copy = place / "plugin.so"
    source = next(pathlib.Path("/usr/lib/postgresql").glob("*/lib/test_decoding.so"))
    shutil.copyfile(source, copy)
    copy.chmod(0o755)
    yield copy
    shutil.rmtree(place)


# By the hook, or by PostgreSQL before it opens any file, where it has a list of them.
NOT_ITS_OWN = "could not|may not be used as an output plugin"


def test_an_output_plugin_is_postgresqls_own(db, library):
    """Whoever makes a slot names its plugin, and PostgreSQL opens any file by that name."""
    for name in (library, library.with_suffix(""), f"../../../../../..{library}", f"/proc/self/root{library}"):
        with pytest.raises(psycopg.Error), contextlib.closing(db.login.psycopg("ann", PASSWORD)) as session:
            session.execute("SELECT pg_create_logical_replication_slot('own', %s)", [str(name)])
        assert re.search(NOT_ITS_OWN, refused(db, f'CREATE_REPLICATION_SLOT own LOGICAL "{name}"'))
    assert db.sql("SELECT count(*) FROM pg_replication_slots") == [(0,)]
    with contextlib.closing(db.login.psycopg("ann", PASSWORD)) as session:
        session.execute("SELECT pg_create_logical_replication_slot('fine', 'test_decoding', true)")


def test_a_parallel_worker_opens_no_other_library(db, library):
    """It has no connection of its own, by which the preload could tell it from PostgreSQL's other processes."""
    with contextlib.closing(db.login.psycopg("ann", PASSWORD)) as session:
        session.execute("CREATE FUNCTION pg_temp.by_worker() RETURNS void LANGUAGE plpgsql PARALLEL SAFE AS $f$ BEGIN "
                        f"PERFORM pg_create_logical_replication_slot('own', '{library}', true); END $f$")
        forced = "debug_parallel_query" if session.info.server_version >= 160000 else "force_parallel_mode"
        session.execute(f"SET {forced} = on")
        with pytest.raises(psycopg.Error) as why:
            session.execute("SELECT pg_temp.by_worker()")
    assert re.search(NOT_ITS_OWN, str(why.value)) and "parallel worker" in why.value.diag.context, why.value


def test_the_attribute_is_nobodys_to_give(db):
    for statement in ("ALTER ROLE bob REPLICATION", "CREATE ROLE copier LOGIN REPLICATION"):
        try:
            db.sql(statement)
        except psycopg.errors.InsufficientPrivilege:
            continue
        until(lambda: db.sql("SELECT rolname FROM pg_roles WHERE rolreplication AND rolname IN ('bob', 'copier')") == [],
              "who is no member may not")  # from 16 on, who has it may give it


def test_members_that_take_all_places_keep_nobody_from_looking(db, server):
    """After a change of its configuration the server is asked again whether it refuses what copies it."""
    places = int(db.sql("SHOW max_wal_senders")[0][0])
    with contextlib.ExitStack() as taken:
        for _ in range(places):
            taken.enter_context(contextlib.closing(replication.connection(db, "ann", PASSWORD)))
        client(server, "rds").modify_db_cluster_parameter_group(DBClusterParameterGroupName="c1-logical", Parameters=[
            {"ParameterName": "work_mem", "ParameterValue": "16384", "ApplyMethod": "immediate"}])
        until(lambda: db.sql("SHOW work_mem") == [("16MB",)], "the group is in force")
        until(lambda: db.sql("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender'") == [(0,)],
              "they had to leave")
        replication.until_it_may(db, "ann")
    assert "permission denied for a physical replication command" in refused(db, "BASE_BACKUP")


def test_a_member_that_streams_does_not_keep_the_server_from_stopping(db, server):
    """With no timeout, and with a client that reads nothing."""
    with contextlib.closing(replication.connection(db, "ann", PASSWORD)) as session:
        cursor = session.cursor()
        cursor.execute("SET wal_sender_timeout = 0")
        cursor.create_replication_slot("stuck", output_plugin="test_decoding")
        cursor.start_replication("stuck")
        db.sql("CREATE TABLE much AS SELECT i, repeat('x', 1000) FROM generate_series(1, 50000) i")
        server.stop()
    server.start()
    db.until_it_answers()
    replication.until_it_may(db, "ann")
    with contextlib.closing(db.login.psycopg("ann", PASSWORD)) as session:
        session.execute("SELECT pg_drop_replication_slot('stuck')")
