"""Extensions that RDS lets members of rds_superuser create, as clients ask for them."""

import psycopg
import pytest

from support.server import run
from support.stock import MASTER, MASTER_PASSWORD

# What RDS has of them and PostgreSQL does not trust (src/databases/engines/local/allowed_extensions.cc).
ALLOWED = ["amcheck", "bloom", "dblink", "dict_xsyn", "moddatetime", "pg_buffercache", "pg_freespacemap", "pg_prewarm",
           "pg_stat_statements", "pg_visibility", "pgrowlocks", "pgstattuple", "postgres_fdw", "sslinfo"]
FORBIDDEN = ["adminpack", "file_fdw", "pageinspect", "pg_surgery", "pg_walinspect", "xml2", "refint", "earthdistance"]
HINT = ("SHOW rds.extensions lists what members of rds_superuser may create, in databases where they have the CREATE "
        "privilege.")


@pytest.fixture(name="fresh")
def _fresh(stock, request):
    """Runs statements in a database of this test's own, as the master."""
    name = f"d{abs(hash(request.node.nodeid))}"
    stock.sql(f"CREATE DATABASE {name}")
    yield lambda sql: stock.sql(sql, name)
    stock.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("name", ALLOWED)
def test_the_master_creates_updates_and_drops_it(fresh, name):
    """It is the master's; what is in it is the server's."""
    fresh(f"CREATE EXTENSION {name}")
    fresh(f"CREATE EXTENSION IF NOT EXISTS {name}")
    assert fresh(f"SELECT extowner::regrole::text FROM pg_extension WHERE extname = '{name}'") == [(MASTER,)]
    assert fresh("SELECT DISTINCT proowner::regrole::text FROM pg_proc JOIN pg_depend ON objid = pg_proc.oid"
                 f" WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = '{name}')"
                 ) == [("rdsadmin",)]
    fresh(f"COMMENT ON EXTENSION {name} IS 'ours'; ALTER EXTENSION {name} UPDATE; DROP EXTENSION {name}")


def test_every_version_that_can_be_installed_is_updated_to_the_newest(fresh):
    """From the oldest version that has a script of its own."""
    for name in ALLOWED:
        versions = [version for (version,) in fresh(
            f"SELECT version FROM pg_available_extension_versions WHERE name = '{name}' AND trusted")]
        assert versions, name
        for version in versions:
            fresh(f"CREATE EXTENSION {name} VERSION '{version}'; ALTER EXTENSION {name} UPDATE; DROP EXTENSION {name}")


def test_statistics_of_statements_are_there_and_can_be_reset(fresh):
    """RDS preloads the library, too."""
    assert fresh("SHOW shared_preload_libraries") == [("pg_stat_statements",)]
    fresh("CREATE EXTENSION pg_stat_statements; SELECT pg_stat_statements_reset()")
    fresh("SELECT 'asked once', 42 AS answer")
    assert fresh("SELECT sum(calls) FROM pg_stat_statements WHERE query LIKE '%AS answer' AND query NOT LIKE '%sum%'"
                 ) == [(1,)]
    assert fresh("SELECT count(*) FROM pg_stat_statements(true) WHERE query LIKE '%SCRAM-SHA-256$%'") == [(0,)]


def test_what_they_show_is_shown_to_the_master(fresh):
    fresh("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 1000)")
    for name in ALLOWED:
        fresh(f"CREATE EXTENSION {name}")
    for question in ("SELECT count(*) > 0 FROM pg_buffercache", "SELECT pg_prewarm('t') > 0",
                     "SELECT count(*) > 0 FROM pg_freespace('t')", "SELECT count(*) > 0 FROM pg_visibility('t')",
                     "SELECT tuple_count = 1000 FROM pgstattuple('t')", "SELECT count(*) = 0 FROM pgrowlocks('t')",
                     "SELECT bt_index_check('t_pkey') IS NOT NULL", "SELECT bt_index_check('t_pkey', true) IS NOT NULL",
                     "SELECT bt_index_parent_check('t_pkey', true, true) IS NOT NULL",
                     "SELECT count(*) = 0 FROM verify_heapam('t')", "SELECT ssl_is_used()"):
        assert fresh(question) == [(True,)], question
    fresh("CREATE INDEX ON t USING bloom (id)")


def test_another_database_is_reached_by_tcp_and_password(stock, fresh):
    """By postgres_fdw and dblink, as the RDS documentation has it: with the host of an endpoint."""
    there = f"host={stock.host} port={stock.port} dbname=postgres user={MASTER} password={MASTER_PASSWORD}"
    fresh("CREATE EXTENSION dblink; CREATE EXTENSION postgres_fdw")
    assert fresh(f"SELECT * FROM dblink('{there}', 'SELECT current_database()') AS t(name text)") == [("postgres",)]
    fresh(f"CREATE SERVER there FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{stock.host}', port '{stock.port}',"
          " dbname 'postgres');"
          f"CREATE USER MAPPING FOR CURRENT_USER SERVER there OPTIONS (user '{MASTER}', password '{MASTER_PASSWORD}');"
          "CREATE FOREIGN TABLE databases (datname name) SERVER there OPTIONS (schema_name 'pg_catalog',"
          " table_name 'pg_database')")
    assert ("rdsadmin",) in fresh("SELECT datname FROM databases")
    fresh(f"CREATE SERVER linked FOREIGN DATA WRAPPER dblink_fdw OPTIONS (host '{stock.host}', port '{stock.port}')")


def test_what_can_be_created_is_listed(fresh):
    listed = fresh("SHOW rds.extensions")[0][0].split(", ")
    assert set(ALLOWED) | {"plpgsql", "pgcrypto", "hstore", "citext"} <= set(listed)
    assert not set(FORBIDDEN) & set(listed)
    for name in listed:
        fresh(f"CREATE EXTENSION IF NOT EXISTS {name if name.isidentifier() else chr(34) + name + chr(34)} CASCADE")


# As terraform's provider, Rails and Django, migrations, scripts and functions have it.
@pytest.mark.parametrize("statements", [
    'BEGIN; CREATE EXTENSION IF NOT EXISTS "pg_buffercache" WITH SCHEMA "public" CASCADE; COMMIT',
    'CREATE EXTENSION IF NOT EXISTS "pg_buffercache" CASCADE',
    "CREATE SCHEMA extensions; CREATE EXTENSION pg_buffercache WITH SCHEMA extensions VERSION '1.2'",
    "DO $$ BEGIN CREATE EXTENSION pg_buffercache; EXCEPTION WHEN duplicate_object THEN END $$",
    "CREATE FUNCTION f() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'CREATE EXTENSION pg_buffercache'; SELECT f()",
    "SET ROLE rds_superuser; RESET ROLE; CREATE EXTENSION pg_buffercache"])
def test_it_is_created_in_the_words_of_others(fresh, statements):
    fresh(statements)
    assert fresh("SELECT extname::text FROM pg_extension WHERE extname = 'pg_buffercache'") == [("pg_buffercache",)]


def test_what_is_created_is_dumped_and_restored_by_the_master(stock, fresh):
    """pg_dump names extensions, and a restore creates them anew."""
    fresh("CREATE EXTENSION pg_stat_statements; CREATE EXTENSION postgres_fdw; CREATE TABLE kept (a int)")
    dbname = fresh("SELECT current_database()")[0][0]
    stock.sql("CREATE DATABASE restored")
    environment = stock.login.environment(MASTER_PASSWORD)
    dump = run(["pg_dump", stock.login.conninfo(MASTER, dbname)], environment).stdout
    answer = run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", stock.login.conninfo(MASTER, "restored")], environment,
                 input=dump)
    assert answer.stderr == ""
    assert stock.sql("SELECT count(*) FROM pg_extension", "restored") == [(3,)]


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_is_not_listed_is_refused_with_a_hint(fresh, name):
    if not fresh(f"SELECT 1 FROM pg_available_extensions WHERE name = '{name}'"):
        pytest.skip(f"this PostgreSQL has no {name}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
        fresh(f"CREATE EXTENSION {name} CASCADE")
    assert refused.value.diag.message_primary == f'permission denied to create extension "{name}"'
    assert refused.value.diag.message_hint == HINT


def test_members_of_rds_superuser_may_and_nobody_else(stock):
    """The owner of a database who is none gets what PostgreSQL itself trusts; a member needs rights there."""
    stock.sql("GRANT bob TO postgres")
    stock.sql("CREATE DATABASE of_bob OWNER bob")

    def create(user, password, dbname, name="pgrowlocks"):
        return stock.login.psql(user, password, f"CREATE EXTENSION {name}", dbname=dbname, check=False).stderr
    assert HINT in create("bob", "bobs-own-password", "of_bob")
    assert create("bob", "bobs-own-password", "of_bob", "pgcrypto") == ""
    stock.sql("GRANT rds_superuser TO bob")
    assert "permission denied" in create("bob", "bobs-own-password", "postgres")
    assert create("bob", "bobs-own-password", "of_bob") == ""
    stock.sql("REVOKE rds_superuser FROM bob")
    assert HINT in create("bob", "bobs-own-password", "of_bob", "pgstattuple")


def test_psql_says_what_it_always_says(stock):
    environment = stock.login.environment(MASTER_PASSWORD)
    answer = run(["psql", "-X", stock.login.conninfo(MASTER), "-c", "CREATE EXTENSION pg_prewarm", "-c",
                  "DROP EXTENSION pg_prewarm"], environment)
    assert answer.stdout == "CREATE EXTENSION\nDROP EXTENSION\n" and answer.stderr == ""
