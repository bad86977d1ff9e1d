"""From an extension to its server's superuser and to the machine: what runs while one is created, what is left behind,
and where dblink and postgres_fdw connect from."""

import os
import pathlib

import psycopg
import pytest

from support.server import Server
from support.stock import MASTER, MASTER_PASSWORD, Stock
from support.unprivileged import Unprivileged

ALLOWED = ["amcheck", "bloom", "dblink", "dict_xsyn", "moddatetime", "pg_buffercache", "pg_freespacemap", "pg_prewarm",
           "pg_stat_statements", "pg_visibility", "pgrowlocks", "pgstattuple", "postgres_fdw", "sslinfo"]
# What a master leaves in a schema for a superuser's script to come across. Each notes who ran it.
TRAPS = """
CREATE SCHEMA traps; CREATE TABLE public.ran (what text, superuser text);
GRANT INSERT ON public.ran TO PUBLIC; SET search_path = traps, pg_catalog;
CREATE FUNCTION noted(what text) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN
    INSERT INTO public.ran VALUES (what, current_setting('is_superuser')); RETURN what; END $f$;
CREATE FUNCTION less(bigint, integer) RETURNS bigint LANGUAGE sql AS $f$ SELECT traps.noted('-')::text::bigint $f$;
CREATE OPERATOR - (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = less);
CREATE FUNCTION pg_relation_size(oid) RETURNS bigint LANGUAGE sql AS $f$ SELECT traps.noted('size')::text::bigint $f$;
CREATE FUNCTION generate_series(bigint, integer) RETURNS SETOF bigint LANGUAGE sql
    AS $f$ SELECT traps.noted('series')::text::bigint $f$;
CREATE FUNCTION pg_stat_statements(text) RETURNS SETOF text LANGUAGE sql AS $f$ SELECT traps.noted('statements') $f$;
CREATE FUNCTION pg_stat_statements_reset(numeric, numeric, numeric) RETURNS text LANGUAGE sql
    AS $f$ SELECT traps.noted('reset') $f$;
CREATE FUNCTION hashtext(varchar) RETURNS integer LANGUAGE sql AS $f$ SELECT length(traps.noted('hash')) $f$;
CREATE DOMAIN regclass AS text CHECK (traps.noted('domain') IS NOT NULL);
CREATE DOMAIN oid AS text CHECK (traps.noted('domain') IS NOT NULL);
"""


MAPPING = ("CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw;"
           " CREATE USER MAPPING FOR postgres SERVER s OPTIONS")


@pytest.fixture(name="fresh")
def _fresh(stock, request):
    """Runs statements in a database of this test's own, as the master."""
    name = f"d{abs(hash(request.node.nodeid))}"
    stock.sql(f"CREATE DATABASE {name}")
    yield lambda sql: stock.sql(sql, name)
    stock.sql(f"DROP DATABASE {name} WITH (FORCE)")


def superusers(fresh):
    return fresh("SELECT rolname FROM pg_roles WHERE rolsuper AND rolname !~ '^pg_'")


@pytest.mark.parametrize("name", ALLOWED)
def test_nothing_of_the_masters_runs_while_one_is_created(fresh, name):
    fresh(TRAPS)
    versions = [version for (version,) in fresh(
        f"SELECT version FROM pg_available_extension_versions WHERE name = '{name}'")]
    for version in versions:
        fresh(f"SET search_path = traps, public, pg_catalog; CREATE EXTENSION {name} SCHEMA traps VERSION '{version}';"
              f"ALTER EXTENSION {name} UPDATE; DROP EXTENSION {name} CASCADE")
    assert fresh("SELECT * FROM public.ran") == []
    fresh("SELECT traps.noted('it does note')")
    assert fresh("SELECT * FROM public.ran") == [("it does note", "off")]
    assert superusers(fresh) == [("rdsadmin",)]


@pytest.mark.parametrize("name, function", [
    ("pg_stat_statements", "pg_stat_statements_info()"), ("pg_buffercache", "pg_buffercache_pages()"),
    ("pgrowlocks", "pgrowlocks(text)"), ("dblink", "dblink_connect_u(text)"), ("postgres_fdw", "postgres_fdw_handler()")])
def test_a_function_that_is_there_already_is_not_taken_over(fresh, name, function):
    fresh(f"CREATE FUNCTION {function} RETURNS text LANGUAGE sql AS 'SELECT current_user::text'")
    with pytest.raises((psycopg.errors.DuplicateFunction, psycopg.errors.InvalidFunctionDefinition)):
        fresh(f"CREATE EXTENSION {name}")
    assert fresh(f"SELECT proowner::regrole::text FROM pg_proc WHERE oid = '{function}'::regprocedure") == [(MASTER,)]


def test_a_function_that_is_put_into_an_extension_is_no_ones_but_its_makers(fresh):
    fresh("CREATE EXTENSION pg_stat_statements VERSION '1.8';"
          "CREATE FUNCTION pg_stat_statements_info() RETURNS text LANGUAGE sql AS 'SELECT current_user::text';"
          "ALTER EXTENSION pg_stat_statements ADD FUNCTION pg_stat_statements_info()")
    with pytest.raises(psycopg.errors.DuplicateFunction):
        fresh("ALTER EXTENSION pg_stat_statements UPDATE")


@pytest.mark.parametrize("statement", [
    "SELECT dblink_connect_u('host=127.0.0.1')", "GRANT EXECUTE ON FUNCTION dblink_connect_u(text) TO postgres",
    "ALTER FUNCTION dblink_connect_u(text) OWNER TO postgres", "ALTER FUNCTION dblink_connect(text) SECURITY DEFINER",
    "ALTER EXTENSION dblink DROP FUNCTION dblink_connect_u(text)", "DROP FUNCTION pg_truncate_visibility_map(regclass)",
    "CREATE OR REPLACE FUNCTION dblink_connect_u(text) RETURNS text LANGUAGE sql AS 'SELECT 1'",
    "SELECT pg_truncate_visibility_map('t')",
    "ALTER FOREIGN DATA WRAPPER postgres_fdw OPTIONS (ADD x 'y')",
    "ALTER FOREIGN DATA WRAPPER postgres_fdw OWNER TO postgres", "DROP VIEW pg_stat_statements", "DROP ACCESS METHOD bloom",
    "CREATE OR REPLACE VIEW pg_stat_statements_info AS SELECT 1",
    "SET extension_control_path = '/tmp'", "CREATE EXTENSION \"../postgres_fdw\"", "CREATE EXTENSION \"dblink.control\"",
    "UPDATE pg_extension SET extversion = '1.0'",
    f"{MAPPING} (user 'rdsadmin', password_required 'false')",
    f"{MAPPING} (user 'rdsadmin', password 'x', sslkey '/etc/passwd', sslcert '/etc/passwd')"])
def test_what_is_in_an_extension_is_the_servers(fresh, statement):
    fresh("CREATE TABLE t ()")
    for name in ("dblink", "pg_visibility", "pg_prewarm", "postgres_fdw", "pg_stat_statements", "bloom"):
        fresh(f"CREATE EXTENSION {name}")
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue,
                        psycopg.errors.UndefinedObject, psycopg.errors.UndefinedFile,
                        psycopg.errors.FeatureNotSupported, psycopg.errors.DependentObjectsStillExist)):
        fresh(statement)
    assert superusers(fresh) == [("rdsadmin",)]


def test_no_function_of_theirs_runs_as_the_superuser(fresh):
    for name in ALLOWED:
        fresh(f"CREATE EXTENSION {name}")
    assert fresh("SELECT proname FROM pg_proc JOIN pg_depend ON objid = pg_proc.oid WHERE deptype = 'e' AND prosecdef"
                 ) == []


def test_the_name_of_the_list_is_no_list(fresh):
    fresh("SET rds.extensions = 'file_fdw'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        fresh("SET rds.extensions = 'file_fdw'; CREATE EXTENSION file_fdw")


def test_the_servers_user_reads_the_copies_and_changes_none(stock):
    place = stock.server.data / "lib/extensions"
    files = [place, *place.rglob("*")]
    assert len(files) > len(ALLOWED)
    process = stock.server.database_directory(stock.resource_id) / "data"
    for file in files:
        state = os.stat(file)
        assert state.st_mode & 0o022 == 0 and state.st_mode & 0o004, file
        if os.geteuid() == 0:
            assert state.st_uid != os.stat(process).st_uid


@pytest.fixture(name="linked", scope="module", params=["root", "unprivileged"])
def _linked(request):
    """A database with dblink and postgres_fdw, whose server runs as a user of its own or as the control plane's."""
    if request.param == "root" and os.geteuid() != 0:
        pytest.skip("needs root")
    made = Server() if request.param == "root" else Unprivileged()
    try:
        stock = Stock(made.start())
        stock.sql("CREATE EXTENSION dblink; CREATE EXTENSION postgres_fdw")
        yield stock
    finally:
        made.close()


def sockets(stock):
    return stock.server.data / "run" / stock.resource_id.lower()[-8:]


def refused(stock, connection):
    """What libpq said."""
    with pytest.raises(psycopg.errors.SqlclientUnableToEstablishSqlconnection) as why:
        stock.sql(f"SELECT dblink_connect($c${connection}$c$)")
    return why.value.diag.message_detail



@pytest.mark.parametrize("host", [
    "", "host={0}", "host='{0}'", "host=127.0.0.1,{0}", "host='127.0.0.1,,127.0.0.1'", "host=@{0}", "host=/tmp", "host=','",
    "hostaddr=127.0.0.1 host={0}", "hostaddr=',127.0.0.1'", "host=/var/run/postgresql"])
def test_no_connection_goes_to_a_socket(linked, host):
    """There the server's operating system user is who comes in: as rdsadmin, where that is the control plane's."""
    where = host.format(sockets(linked))
    options = f"port={linked.port} dbname=postgres user=rdsadmin password=x options='-c log_statement=all'"
    assert 'invalid connection option "host' in refused(linked, f"{where} {options}")


def test_no_connection_goes_to_a_socket_by_uri(linked):
    for uri in (f"postgresql://rdsadmin:x@/postgres?host={sockets(linked)}&port={linked.port}",
                f"postgresql://rdsadmin:x@{str(sockets(linked)).replace('/', '%2F')}:{linked.port}/postgres"):
        assert 'invalid connection option "host' in refused(linked, uri)


@pytest.mark.parametrize("option", [
    "passfile", "service", "servicefile", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir", "sslkeylogfile",
    "sslpassword", "krbsrvname", "gsslib", "requirepeer", "replication", "oauth_issuer", "anything"])
def test_no_connection_names_a_file(linked, option):
    written = pathlib.Path("/tmp") / f"by-{linked.resource_id}-{option}"
    with pytest.raises((psycopg.errors.SqlclientUnableToEstablishSqlconnection,
                        psycopg.errors.ProhibitedSqlStatementAttempted)) as why:  # where dblink's libpq does not know it
        linked.sql(f"SELECT dblink_connect($c$host={linked.host} port={linked.port} user=postgres password=x"
                   f" {option}={written}$c$)")
    said = str(why.value)
    assert f'invalid connection option "{option}' in said or "password is required" in said or "password or GSSAPI" in said
    assert not written.exists()


def test_rdsadmin_comes_in_by_no_password(linked):
    for password in ("x", MASTER_PASSWORD):
        for host in (linked.host, "127.0.0.1", "::1"):
            said = refused(linked, f"host={host} port={linked.port} dbname=postgres user=rdsadmin password={password}")
            assert "pg_hba.conf rejects connection" in said or "Connection refused" in said or "Cannot assign" in said


def test_a_connection_needs_a_password_that_is_asked_for(linked):
    for connection in (f"host={linked.host} port={linked.port} user=postgres", f"host={linked.host} user=postgres password=''"):
        with pytest.raises(psycopg.Error) as why:
            linked.sql(f"SELECT dblink_connect($c${connection}$c$)")
        assert "password" in str(why.value)


def test_foreign_tables_are_held_to_the_same(linked):
    for options in (f"host '{sockets(linked)}', port '{linked.port}'", f"port '{linked.port}'",
                    f"host '/tmp', hostaddr '127.0.0.1', port '{linked.port}'",
                    f"host '{linked.host}', port '{linked.port}', sslrootcert '/etc/passwd'",
                    f"host '{linked.host}', port '{linked.port}', passfile '/etc/passwd'", "service 'x'"):
        with pytest.raises(psycopg.errors.SqlclientUnableToEstablishSqlconnection) as why:
            linked.sql(f"CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({options}, dbname 'postgres');"
                       "CREATE USER MAPPING FOR postgres SERVER s OPTIONS (user 'rdsadmin', password 'x');"
                       "CREATE FOREIGN TABLE f (datname name) SERVER s OPTIONS (schema_name 'pg_catalog',"
                       " table_name 'pg_database'); SELECT * FROM f")
        assert "invalid connection option" in why.value.diag.message_detail


def test_a_parallel_worker_is_held_to_the_same(linked):
    """It has no connection of its own, by which the preload could tell it from PostgreSQL's other processes."""
    linked.sql("CREATE FUNCTION by_worker() RETURNS int LANGUAGE sql PARALLEL SAFE AS $f$ SELECT a FROM dblink("
               f"'host={sockets(linked)} port={linked.port} user=rdsadmin password=x dbname=postgres', 'SELECT 1')"
               " AS t(a int) $f$")
    with linked.master() as session:
        forced = "debug_parallel_query" if session.info.server_version >= 160000 else "force_parallel_mode"
        session.execute(f"SET {forced} = on")
        with pytest.raises(psycopg.errors.SqlclientUnableToEstablishSqlconnection) as why:
            session.execute("SELECT by_worker()")
    assert 'invalid connection option "host' in why.value.diag.message_detail
    assert "parallel worker" in why.value.diag.context


def test_the_control_plane_is_no_database(linked):
    """libpq speaks first, in what is no request of HTTP whatever a user puts into it."""
    port = linked.server.url.rsplit(":", 1)[1]
    for mode in ("disable", "require"):
        said = refused(linked, f"host=127.0.0.1 port={port} user='GET / HTTP/1.1' password=x sslmode={mode}")
        assert "invalid connection option" not in said
    assert linked.rds.describe_db_clusters()["DBClusters"]
