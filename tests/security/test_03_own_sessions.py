"""The control plane's own sessions in a database: nothing that its master made is called by them, and nothing that
the master does shuts them out."""

import contextlib

import psycopg
import pytest

from support.own_postgres import OwnPostgres
from support.poll import until
from support.ports import Ports
from support.stock import MAJOR, MASTER, MASTER_PASSWORD, Stock

# What the control plane asks for by name, each in a schema that comes before pg_catalog, with an operator besides.
TRAPS = """
CREATE SCHEMA trap; GRANT ALL ON SCHEMA trap TO PUBLIC;
CREATE TABLE trap.calls (who text, what text); GRANT ALL ON trap.calls TO PUBLIC;
CREATE FUNCTION trap.note(what text) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO trap.calls VALUES (current_user, what); RETURN 'x'; END $$;
CREATE VIEW trap.pg_hba_file_rules AS
    SELECT trap.note('hba') AS error, 1 AS line_number, 'f'::text AS type WHERE false OR trap.note('hba') = '';
CREATE VIEW trap.pg_roles AS SELECT trap.note('roles') AS rolname, 1::oid AS oid, true AS rolcanlogin;
CREATE VIEW trap.pg_database AS SELECT trap.note('database') AS datname;
CREATE FUNCTION trap.pg_conf_load_time() RETURNS timestamptz LANGUAGE plpgsql AS
    $$ BEGIN PERFORM trap.note('load'); RETURN now() + interval '1 day'; END $$;
CREATE FUNCTION trap.never(a name, b text) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN PERFORM trap.note('operator'); RETURN a::text OPERATOR(pg_catalog.=) b; END $$;
CREATE OPERATOR trap.= (LEFTARG = name, RIGHTARG = text, FUNCTION = trap.never);
CREATE FUNCTION trap.later(a timestamptz, b timestamptz) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN PERFORM trap.note('operator'); RETURN true; END $$;
CREATE OPERATOR trap.> (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = trap.later);
"""
PATH = "SET search_path = trap, pg_catalog"


@pytest.fixture
def own(server, request):
    """A database of the test's own."""
    name = "own-" + str(abs(hash(request.node.name)))[:8]
    made = Stock(server, name)
    yield made
    made.rds.delete_db_instance(DBInstanceIdentifier=f"{name}-1", SkipFinalSnapshot=True)
    made.rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)


def messages(stock):
    found = stock.rds.describe_events(SourceType="db-cluster", SourceIdentifier=stock.name, Duration=60)["Events"]
    return [event["Message"] for event in found]


def iam_is(stock, enabled):
    return stock.describe()["IAMDatabaseAuthenticationEnabled"] == enabled


def new_password(stock, password):
    stock.rds.modify_db_cluster(DBClusterIdentifier=stock.name, MasterUserPassword=password, ApplyImmediately=True)
    until(lambda: stock.login.psql(MASTER, password, "SELECT 1", check=False).returncode == 0,
          "the master logs in with the new password")


def refused_to_everybody(stock, statement, session=None):
    """From PostgreSQL 16 on a role is changed by who has the ADMIN option on it, which no user has on this one."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(statement) if session else stock.sql(statement)


def test_nothing_of_the_masters_is_called(own):
    own.sql(TRAPS)
    for database in ("postgres", "template1"):
        own.sql(f"ALTER DATABASE {database} {PATH}")
    own.sql(f"ALTER ROLE {MASTER} {PATH}")
    own.set_iam(False)
    own.set_iam(True)
    new_password(own, "another-password-9")
    assert own.login.psql(MASTER, "another-password-9", "SELECT count(*) FROM trap.calls").stdout.strip() == "0"


def test_the_database_of_rdsadmin_is_nobodys(own):
    with pytest.raises(psycopg.OperationalError, match=r"rejects connection|permission denied"):
        own.master("rdsadmin")
    for statement in ("DROP DATABASE rdsadmin", "ALTER DATABASE rdsadmin RENAME TO mine",
                      "ALTER DATABASE rdsadmin ALLOW_CONNECTIONS false", "CREATE DATABASE copy TEMPLATE rdsadmin"):
        with contextlib.closing(own.master()) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.autocommit = True
            session.execute(statement)


def test_databases_that_take_no_connections_do_not_shut_the_control_plane_out(own):
    own.sql("CREATE DATABASE other")
    own.sql("ALTER DATABASE template1 ALLOW_CONNECTIONS false", dbname="other")
    own.sql("ALTER DATABASE postgres ALLOW_CONNECTIONS false", dbname="other")
    own.set_iam(False)
    own.set_iam(True)
    new_password(own, MASTER_PASSWORD)


def test_a_database_postgres_that_was_renamed_comes_back_with_a_new_password(own):
    own.sql("CREATE DATABASE other")
    with contextlib.closing(own.master("other")) as session:
        session.autocommit = True
        session.execute("ALTER DATABASE postgres RENAME TO gone")
    new_password(own, MASTER_PASSWORD)


@pytest.mark.parametrize("statement", ["DROP ROLE rds_iam", "ALTER ROLE rds_iam RENAME TO gone"])
def test_without_rds_iam_the_flag_is_off_and_the_api_mends_it(own, statement):
    own.sql(statement)
    until(lambda: iam_is(own, False), "the flag shows what is in force", patience=30)
    assert any("rds_iam is gone" in message for message in messages(own))
    own.set_iam(True)
    own.sql("GRANT rds_iam TO jane")
    anybody = own.principal(own.name, own.may_connect("*"))
    with contextlib.closing(own.session(anybody, "jane")) as session:
        assert session.execute("SELECT current_user").fetchone() == ("jane",)


def test_other_roles_of_ours_are_made_again(own):
    if MAJOR >= 16:
        refused_to_everybody(own, "DROP ROLE rds_ad")
        return
    own.sql("DROP ROLE rds_ad")
    until(lambda: own.sql("SELECT 1 FROM pg_roles WHERE rolname = 'rds_ad'"), "rds_ad is there again")
    assert any("rds_ad was gone" in message for message in messages(own))


@pytest.mark.parametrize("statement", [f"ALTER ROLE {MASTER} NOLOGIN", f"ALTER ROLE {MASTER} CONNECTION LIMIT 0",
                                       f"ALTER ROLE {MASTER} VALID UNTIL 'yesterday'",
                                       f"REVOKE rds_superuser FROM {MASTER}"])
def test_a_new_password_gives_the_master_back_what_it_had(own, statement):
    if MAJOR >= 16 and statement.startswith("ALTER"):
        refused_to_everybody(own, statement)
        return
    own.sql(statement)
    new_password(own, MASTER_PASSWORD)
    assert own.sql("SELECT pg_has_role('rds_superuser', 'member')") == [(True,)]


def test_a_master_that_was_renamed_is_made_again(own):
    own.sql("CREATE ROLE deputy LOGIN CREATEROLE CREATEDB PASSWORD 'deputys-own' IN ROLE rds_superuser")
    rename = f"ALTER ROLE {MASTER} RENAME TO somebody"
    with contextlib.closing(own.login.psycopg("deputy", "deputys-own")) as session:
        if MAJOR >= 16:
            refused_to_everybody(own, rename, session)
            return
        session.execute(rename)
        session.commit()
    new_password(own, MASTER_PASSWORD)


def test_who_takes_all_connections_does_not_shut_the_control_plane_out(own):
    with contextlib.ExitStack() as held:
        with contextlib.suppress(psycopg.OperationalError):
            for _ in range(110):
                held.enter_context(contextlib.closing(own.master()))
        own.set_iam(False)
        own.rds.modify_db_cluster(DBClusterIdentifier=own.name, MasterUserPassword="another-password-9",
                                  ApplyImmediately=True)
        until(lambda: "Reset master credentials" in messages(own), "the password is new")


def test_who_holds_a_lock_does_not_keep_the_password(own):
    with contextlib.closing(own.master()) as holder:
        holder.autocommit = False
        holder.execute(f"ALTER ROLE {MASTER} SET work_mem = '5MB'")
        new_password(own, "another-password-9")


def test_attach_and_doctor_call_nothing_of_a_users(server):
    """In a PostgreSQL of somebody's own whose database has a search path of its owner's."""
    ports = Ports()
    own = OwnPostgres(ports.first)
    try:
        own.sql("CREATE ROLE owner LOGIN")
        own.sql("ALTER DATABASE postgres OWNER TO owner")
        own.sql("SET ROLE owner;" + TRAPS)
        own.sql(f"SET ROLE owner; ALTER DATABASE postgres {PATH}")
        socket = f"{own.sockets}:{ports.first}"
        server.command("attach", "trapped", "--socket", socket, "--state-dir", own.home / "state", "--dry-run")
        server.command("doctor", "--socket", socket, "--state-dir", own.home / "state", check=False)
        assert own.sql("SELECT count(*) FROM trap.calls").strip() == "0"
    finally:
        own.close()
        ports.release()
