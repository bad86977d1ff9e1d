"""From a database to the machine: PostgreSQL's predefined roles that run programs and read files."""

import os

import psycopg
import pytest

from support.poll import until
from support.server import run
from support.stock import MAJOR, MASTER, Stock
from support.superuser import single_user

FORBIDDEN = ["pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "pg_read_all_data",
             "pg_write_all_data"]
LATER = ["pg_create_subscription"]  # predefined in versions whose masters need the ADMIN option
PROGRAM = "CREATE TEMPORARY TABLE said (line text); COPY said FROM PROGRAM 'id'"


def versions_roles(stock):
    return {name for (name,) in stock.sql("SELECT rolname FROM pg_roles WHERE rolname ~ '^pg_'")}


@pytest.mark.parametrize("role", FORBIDDEN + LATER)
def test_a_master_grants_no_role_that_reaches_the_machine(stock, role):
    if role not in versions_roles(stock):
        pytest.skip(f"this PostgreSQL has no {role}")
    for member in (MASTER, "jane"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            stock.sql(f"GRANT {role} TO {member}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        stock.sql(f"CREATE ROLE through_{role} IN ROLE {role}")


@pytest.mark.parametrize("role", ["pg_monitor", "pg_signal_backend", "pg_read_all_stats", "rds_superuser"])
def test_a_master_grants_what_it_may_on_rds(stock, role):
    if role == "pg_read_all_stats" and MAJOR >= 16:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):  # it has the ADMIN option on pg_monitor, which has it
            stock.sql(f"GRANT {role} TO jane")
        return
    stock.sql(f"GRANT {role} TO jane; REVOKE {role} FROM jane")


@pytest.mark.parametrize("statement", [
    PROGRAM, "COPY (SELECT 1) TO PROGRAM 'cat'", "CREATE TEMPORARY TABLE f (l text); COPY f FROM '/etc/passwd'",
    "COPY (SELECT 1) TO '/tmp/written-by-a-master'", "SELECT pg_read_file('/etc/passwd')", "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/passwd')", "SELECT lo_export(lo_create(0), '/tmp/written-by-a-master')",
    "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'libc.so.6', 'getpid'", "ALTER SYSTEM SET ssl = off",
    "CREATE SUBSCRIPTION s CONNECTION 'host=/tmp' PUBLICATION p", "CREATE TABLESPACE t LOCATION '/tmp'",
    "SET session_preload_libraries = 'x'", "LOAD '/tmp/x.so'", "SET ROLE rdsadmin", "SET SESSION AUTHORIZATION rdsadmin",
    "ALTER ROLE rdsadmin PASSWORD 'x'", "GRANT rdsadmin TO postgres", "CREATE ROLE s SUPERUSER",
    "ALTER ROLE postgres SUPERUSER", "ALTER DATABASE rdsadmin OWNER TO postgres"])
def test_a_master_has_no_other_way_to_the_machine(stock, statement):
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)):
        stock.sql(statement)


def test_the_owner_of_a_database_gains_nothing_by_the_role_of_its_owner(stock):
    """PostgreSQL makes every owner a member of pg_database_owner: that one must be no superuser."""
    try:
        assert stock.sql("SET ROLE pg_database_owner; SELECT current_setting('is_superuser')") == [("off",)]
    except psycopg.errors.InsufficientPrivilege:
        assert stock.sql("SELECT rolsuper FROM pg_roles WHERE rolname = 'pg_database_owner'") == [(False,)]


def rights(stock):
    roles = ",".join(f"'{role}'" for role in FORBIDDEN)
    return stock.sql("SELECT m.rolname, g.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member"
                     f" JOIN pg_roles g ON g.oid = a.roleid WHERE g.rolname IN ({roles})")


def own_by_the_control_planes_user(server, home):
    """As an earlier version had it: its servers had no users of their own."""
    if os.geteuid() == 0:
        owner = server.data.stat()
        for place in (home / "data", home / "log"):
            run(["chown", "-R", f"{owner.st_uid}:{owner.st_gid}", place], os.environ)


def test_a_database_that_an_earlier_version_made_is_closed_at_the_next_start(new_server):
    server = new_server().start()
    stock = Stock(server)
    server.stop()
    home = server.database_directory(stock.resource_id)
    own_by_the_control_planes_user(server, home)
    single_user(server, stock.resource_id,
                "UPDATE pg_authid SET rolsuper = false WHERE rolname ~ '^pg_'",
                "DROP DATABASE rdsadmin",
                "CREATE DATABASE rdsadmin OWNER postgres",
                "CREATE DATABASE rdsadmin_renamed OWNER postgres",
                f"GRANT {', '.join(FORBIDDEN)} TO jane",
                "ALTER ROLE bob SUPERUSER")
    (home / "rdsadmin").unlink()
    server.start()
    stock.until_it_answers()
    assert rights(stock) == []
    assert stock.sql("SELECT datdba FROM pg_database WHERE datname = 'rdsadmin'") == [(10,)]
    until(lambda: stock.sql("SELECT rolname FROM pg_roles WHERE rolsuper AND rolname !~ '^pg_'") == [("rdsadmin",)],
          "nobody but rdsadmin is a superuser")
    for role in FORBIDDEN:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            stock.sql(f"SET ROLE {role}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            stock.sql(f"GRANT {role} TO postgres")

    def told():
        messages = [event["Message"] for event in stock.rds.describe_events(Duration=60)["Events"]]
        return any("bob was a superuser" in message for message in messages)
    until(told, "an event says what was taken away")
