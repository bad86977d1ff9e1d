"""Several major versions of PostgreSQL side by side, and a database that goes from one to another."""

import os
import pathlib
import re

import psycopg
import pytest

from support import aws, tokens
from support.login import Login
from support.own_postgres import is_root
from support.poll import until
from support.server import REPOSITORY, is_alive, processes_in, run
from support.stock import MASTER, MASTER_PASSWORD, ROLES, download_bundle
from support.unprivileged import Unprivileged

GIVEN = [pathlib.Path(one) for one in os.environ.get("COUNTERSIGN_TEST_POSTGRES", "").split(":") if one]
PROGRAMS = {int(one.parent.name): one for one in [*pathlib.Path("/usr/lib/postgresql").glob("*/bin"), *GIVEN]
            if (one / "pg_upgrade").exists()}
OLD, NEW = (min(PROGRAMS), max(PROGRAMS)) if PROGRAMS else (0, 0)
OPTIONS = [word for one in GIVEN for word in ("--postgres-bin", one)]
PATIENCE = 180

pytestmark = [
    pytest.mark.skipif(OLD == NEW, reason="one major version of PostgreSQL is installed alone"),
    pytest.mark.skipif(is_root() and not list(pathlib.Path("/usr/lib").glob("*/libnss_wrapper.so")),
                       reason="libnss-wrapper is not installed"),
]
ALLOW = {"AllowMajorVersionUpgrade": True, "ApplyImmediately": True}


class Database:
    """An instance of its own, of one version, with a few roles."""

    def __init__(self, server, name, version):
        self.server = server
        self.name = name
        self.rds = aws.client(server, "rds")
        self.rds.create_db_instance(DBInstanceIdentifier=name, Engine="postgres", EngineVersion=str(version),
                                    DBInstanceClass="db.t4g.micro", AllocatedStorage=20, MasterUsername=MASTER,
                                    MasterUserPassword=MASTER_PASSWORD, EnableIAMDatabaseAuthentication=True)
        self.until_available()
        place = self.describe()["Endpoint"]
        self.host, self.port = place["Address"], place["Port"]
        self.resource_id = self.describe()["DbiResourceId"]
        self.login = Login(server, self.host, self.port, download_bundle(server))

    def describe(self):
        return self.rds.describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"][0]

    def until_available(self, patience=PATIENCE):
        until(lambda: self.describe()["DBInstanceStatus"] == "available", f"{self.name} is available", patience=patience)

    def major(self):
        return int(self.describe()["EngineVersion"].split(".")[0])

    def sql(self, text):
        with self.login.psycopg(MASTER, MASTER_PASSWORD) as session:
            cursor = session.execute(text)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def modify(self, **changes):
        return self.rds.modify_db_instance(DBInstanceIdentifier=self.name, **changes)["DBInstance"]

    def events(self):
        found = self.rds.describe_events(SourceIdentifier=self.name, SourceType="db-instance", Duration=60)["Events"]
        return [event["Message"] for event in found]

    def token(self, principal, user):
        return tokens.database_token(principal, user=user, host=self.host, port=self.port, region=self.server.region)

    def home(self):
        return self.server.data / "databases" / self.resource_id


@pytest.fixture(name="two")
def _two(new_server):
    return new_server(*OPTIONS).start()


@pytest.fixture(name="either", params=["users", "enclosed"])
def _either(request):
    """Databases with users of their own, and databases that are enclosed."""
    if request.param == "users":
        yield request.getfixturevalue("two")
        return
    server = Unprivileged(*OPTIONS)
    try:
        yield server.start()
    finally:
        server.close()


def principal_for(server, database, user):
    arn = f"arn:aws:rds-db:{server.region}:{server.account}:dbuser:{database.resource_id}/{user}"
    return aws.new_principal(server, f"for-{database.name}", [aws.document(aws.allow("rds-db:connect", arn))])


def who_and_what(database, principal):
    with database.login.psycopg("jane", database.token(principal, "jane")) as session:
        return session.execute("SELECT current_user, current_setting('server_version_num')::int / 10000").fetchone()


def test_side_by_side(two):
    for version in (OLD, NEW):
        database = Database(two, f"v{version}", version)
        database.sql(ROLES)
        assert who_and_what(database, principal_for(two, database, "jane")) == ("jane", version)


def refusal_of(call, **changes):
    with pytest.raises(Exception) as refused:
        call(**changes)
    return refused.value.response["Error"]


def test_an_instance_becomes_the_newer_version(two):
    database = Database(two, "orders", OLD)
    database.sql(ROLES + "CREATE ROLE team; GRANT team TO bob; CREATE TABLE orders AS SELECT generate_series(1, 1000) n;"
                 "GRANT SELECT ON orders TO team; CREATE INDEX ON orders (n)")
    principal = principal_for(two, database, "jane")
    old = next(one for one in two_versions(database) if int(one["MajorEngineVersion"]) == OLD)
    assert [target["IsMajorVersionUpgrade"] for target in old["ValidUpgradeTarget"]] == [True]
    assert refusal_of(database.modify, EngineVersion=str(NEW)) == {
        "Type": "Sender", "Code": "InvalidParameterCombination",
        "Message": "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."}
    waits = database.modify(EngineVersion=str(NEW), AllowMajorVersionUpgrade=True)
    assert waits["PendingModifiedValues"]["EngineVersion"].startswith(f"{NEW}.") and waits["DBInstanceStatus"] == "available"
    said = as_the_page_says(two)
    assert re.search(rf"^{NEW}\.\d+$", said, re.MULTILINE), said
    database.until_available()
    assert database.major() == NEW and not database.describe().get("PendingModifiedValues")
    assert database.sql("SELECT count(*), max(n) FROM orders") == [(1000, 1000)]
    assert who_and_what(database, principal) == ("jane", NEW)
    assert "PAM authentication failed" in database.login.refused("dora", "doras-own-password")
    database.login.psycopg("bob", "bobs-own-password").close()
    # What the master could do it can do, and no more.
    database.sql("GRANT team TO jane; GRANT rds_iam TO bob; ALTER ROLE team CONNECTION LIMIT 5; CREATE ROLE later")
    for role in ("pg_execute_server_program", "pg_read_all_data"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.sql(f"GRANT {role} TO jane")
    assert any(f"was upgraded from {OLD}." in message for message in database.events())
    assert not (database.home() / "data.other").exists() and not (database.home() / "upgraded").exists()
    assert refusal_of(database.modify, EngineVersion=str(OLD), **ALLOW)["Message"].startswith("Cannot upgrade postgres")
    two.restart()
    database.until_available()
    assert who_and_what(database, principal) == ("jane", NEW)


def as_the_page_says(server):
    """The commands of docs/versions.md, for the newest version that is here."""
    page = (REPOSITORY / "docs/versions.md").read_text().replace("--engine-version 17", f"--engine-version {NEW}")
    commands = re.findall(r"^```bash\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(commands) == 1
    story = server.home / "story.sh"
    story.write_text('set -euo pipefail\neval "$(countersign env)"\n' + commands[0])
    return run(["bash", story], {**server.environment, "COUNTERSIGN_DATA_DIR": str(server.data)}).stdout


def two_versions(database):
    return database.rds.describe_db_engine_versions(Engine="postgres")["DBEngineVersions"]


def test_what_cannot_be_upgraded_goes_on_as_it_was(either):
    database = Database(either, "closed", OLD)
    database.sql("CREATE TABLE kept AS SELECT 7 AS n")
    with database.login.psycopg(MASTER, MASTER_PASSWORD) as session:
        session.execute("CREATE DATABASE shut")
        session.execute("ALTER DATABASE shut ALLOW_CONNECTIONS false")
    database.modify(EngineVersion=str(NEW), **ALLOW)
    database.until_available()
    assert database.major() == OLD and database.sql("SELECT n FROM kept") == [(7,)]
    failed = [message for message in database.events() if "failed, and nothing was changed" in message]
    assert len(failed) == 1 and "shut" in failed[0], failed
    with database.login.psycopg(MASTER, MASTER_PASSWORD) as session:
        session.execute("ALTER DATABASE shut ALLOW_CONNECTIONS true")
    database.modify(EngineVersion=str(NEW), **ALLOW)
    database.until_available()
    assert database.major() == NEW and database.sql("SELECT n FROM kept") == [(7,)]


def test_a_group_that_somebody_chose_needs_another_one(two):
    database = Database(two, "tuned", OLD)
    for version in (OLD, NEW):
        database.rds.create_db_parameter_group(DBParameterGroupName=f"tuned{version}", DBParameterGroupFamily=f"postgres{version}",
                                               Description="ours")
    database.rds.modify_db_parameter_group(DBParameterGroupName=f"tuned{NEW}", Parameters=[
        {"ParameterName": "work_mem", "ParameterValue": "8192", "ApplyMethod": "immediate"}])
    database.modify(DBParameterGroupName=f"tuned{OLD}", ApplyImmediately=True)
    database.until_available()
    assert "You must explicitly specify a new DB instance parameter group" in refusal_of(
        database.modify, EngineVersion=str(NEW), **ALLOW)["Message"]
    database.modify(EngineVersion=str(NEW), DBParameterGroupName=f"tuned{NEW}", AllowMajorVersionUpgrade=True)
    assert refusal_of(database.rds.delete_db_parameter_group, DBParameterGroupName=f"tuned{NEW}")["Code"] == \
        "InvalidDBParameterGroupState"
    database.modify(ApplyImmediately=True)
    until(lambda: database.major() == NEW, "it is upgraded", patience=PATIENCE)
    database.until_available()
    assert database.describe()["DBParameterGroups"][0]["DBParameterGroupName"] == f"tuned{NEW}"
    assert database.sql("SHOW work_mem") == [("8MB",)]


def test_killed_in_the_middle_it_begins_anew(either):
    database = Database(either, "cut", OLD)
    database.sql("CREATE TABLE kept AS SELECT generate_series(1, 10) AS n")
    assert database.modify(EngineVersion=str(NEW), **ALLOW)["DBInstanceStatus"] == "upgrading"
    until((database.home() / "data.other/fresh/PG_VERSION").exists, "pg_upgrade has begun", patience=PATIENCE)
    either.kill9()
    either.start()
    until(lambda: database.major() == NEW, "it is upgraded", patience=PATIENCE)
    database.until_available()
    assert database.sql("SELECT count(*) FROM kept") == [(10,)]
    assert not (database.home() / "data.other").exists()


def test_a_server_that_stops_leaves_nothing_of_it_behind(either):
    database = Database(either, "stopped", OLD)
    database.modify(EngineVersion=str(NEW), **ALLOW)
    until((database.home() / "data.other/fresh/PG_VERSION").exists, "pg_upgrade has begun", patience=PATIENCE)
    either.stop()
    until(lambda: not [pid for pid in processes_in(database.home()) if is_alive(pid)], "nothing of it runs")
    either.start()
    until(lambda: database.major() == NEW, "it is upgraded", patience=PATIENCE)


def test_a_cluster_becomes_the_newer_version(two):
    rds = aws.client(two, "rds")
    rds.create_db_cluster(DBClusterIdentifier="c", Engine="aurora-postgresql", EngineVersion=str(OLD),
                          MasterUsername=MASTER, MasterUserPassword=MASTER_PASSWORD)
    rds.create_db_instance(DBInstanceIdentifier="c-1", DBClusterIdentifier="c", Engine="aurora-postgresql",
                           DBInstanceClass="db.r5.large")

    def cluster():
        return rds.describe_db_clusters(DBClusterIdentifier="c")["DBClusters"][0]
    until(lambda: cluster()["Status"] == "available" and cluster()["DBClusterMembers"], "the cluster is there")
    until(lambda: rds.describe_db_instances(DBInstanceIdentifier="c-1")["DBInstances"][0]["DBInstanceStatus"] == "available",
          "its instance is there")
    rds.modify_db_cluster(DBClusterIdentifier="c", EngineVersion=str(NEW), **ALLOW)
    until(lambda: cluster()["EngineVersion"].startswith(f"{NEW}.") and cluster()["Status"] == "available",
          "the cluster is upgraded", patience=PATIENCE)
    assert cluster()["DBClusterParameterGroup"] == f"default.aurora-postgresql{NEW}"


# An immutable function may call one that is not; what a partition key is made of is evaluated when the table is made.
LIES_IN_WAIT = """
    CREATE FUNCTION act() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('is_superuser') = 'on' THEN
            CREATE FUNCTION public.left_behind() RETURNS name LANGUAGE sql SECURITY DEFINER AS 'SELECT current_user';
        END IF;
        RETURN 0;
    END $$;
    CREATE FUNCTION zero(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN public.act(); END';
"""
# The master owns template1.
TEMPLATE = """
    CREATE FUNCTION same(name, name) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN PERFORM public.act(); RETURN true; END';
    CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = name, FUNCTION = same);
    ALTER DATABASE template1 SET search_path = public, pg_catalog;
"""
WAYS = {
    "partition": "CREATE TABLE parts (a int) PARTITION BY RANGE ((a + zero(1)))",
    "check": "CREATE TABLE parent (a int, CONSTRAINT c CHECK (a > zero(1))); CREATE TABLE child () INHERITS (parent)",
}


@pytest.mark.parametrize("way", WAYS)
def test_no_function_of_a_users_runs_as_a_superuser(either, way):
    database = Database(either, way, OLD)
    database.sql(LIES_IN_WAIT + WAYS[way])
    database.modify(EngineVersion=str(NEW), **ALLOW)
    database.until_available()
    assert database.sql("SELECT proowner::regrole FROM pg_proc WHERE proname = 'left_behind'") == []
    failed = [message for message in database.events() if "failed, and nothing was changed" in message]
    assert len(failed) == 1 and "is a user's and would be run by a superuser" in failed[0], failed
    assert database.major() == OLD


def test_no_operator_in_template1_runs_as_a_superuser(two):
    database = Database(two, "template", OLD)
    with database.login.psycopg(MASTER, MASTER_PASSWORD, dbname="template1") as session:
        session.execute(LIES_IN_WAIT + TEMPLATE)
    database.modify(EngineVersion=str(NEW), **ALLOW)
    database.until_available()
    with database.login.psycopg(MASTER, MASTER_PASSWORD, dbname="template1") as session:
        found = session.execute("SELECT FROM pg_proc WHERE proname OPERATOR(pg_catalog.=) 'left_behind'").fetchall()
    assert found == []
    assert database.major() == NEW


def test_functions_of_users_and_of_extensions_come_along(two):
    """Where a superuser makes what they are part of, but need not run them; and where it runs the installation's."""
    database = Database(two, "whole", OLD)
    database.sql("""
        CREATE EXTENSION citext;
        CREATE FUNCTION fine(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 > 0; END';
        CREATE DOMAIN positive AS int CHECK (fine(VALUE));
        CREATE TABLE parent (a positive DEFAULT 1, b citext DEFAULT 'One', CONSTRAINT c CHECK (fine(a)),
                             CONSTRAINT d CHECK (b <> 'two'));
        CREATE TABLE child () INHERITS (parent);
        CREATE INDEX ON child (fine(a)) WHERE fine(1);
        CREATE TABLE parts (a int, b citext) PARTITION BY LIST ((fine(a)));
        CREATE TABLE good PARTITION OF parts FOR VALUES IN (true);
        CREATE TABLE words (b citext) PARTITION BY RANGE (b);
        CREATE TABLE early PARTITION OF words FOR VALUES FROM ('a') TO ('n');
        CREATE VIEW ones AS SELECT * FROM child WHERE b = 'ONE' AND fine(a);
        CREATE MATERIALIZED VIEW kept AS SELECT fine(1), 'x'::citext;
        INSERT INTO child VALUES (1, 'one'); INSERT INTO parts VALUES (1, 'one'); INSERT INTO words VALUES ('B')""")
    database.modify(EngineVersion=str(NEW), **ALLOW)
    database.until_available()
    assert database.major() == NEW, database.events()
    assert database.sql("SELECT (SELECT count(*) FROM ones), (SELECT count(*) FROM good), (SELECT count(*) FROM early)") == [(1, 1, 1)]


def lets_in(database, user, password):
    try:
        database.login.psycopg(user, password).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_master_that_was_renamed_is_no_hindrance(two):
    database = Database(two, "renamed", OLD)
    database.sql("CREATE ROLE deputy LOGIN CREATEROLE PASSWORD 'deputys-own'")
    with database.login.psycopg("deputy", "deputys-own", dbname="postgres") as session:
        session.execute(f"ALTER ROLE {MASTER} RENAME TO former")
    database.modify(EngineVersion=str(NEW), **ALLOW)
    until(lambda: database.major() == NEW, "it is upgraded", patience=PATIENCE)
    database.until_available()
    database.login.psycopg("deputy", "deputys-own", dbname="postgres").close()
    assert database.modify(MasterUserPassword=MASTER_PASSWORD, ApplyImmediately=True)["DBInstanceStatus"] != "available"
    until(lambda: lets_in(database, MASTER, MASTER_PASSWORD), "the master is made again, and may have a password", patience=PATIENCE)


def test_names_in_any_encoding_are_shown(two):
    database = Database(two, "names", OLD)
    with database.login.psycopg(MASTER, MASTER_PASSWORD) as session:
        session.execute("CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    with database.login.psycopg(MASTER, MASTER_PASSWORD, dbname="bytes", client_encoding="SQL_ASCII") as session:
        session.execute(b'CREATE DATABASE "a\xffb\x1b[1m"')
        session.execute(b'ALTER DATABASE "a\xffb\x1b[1m" ALLOW_CONNECTIONS false')
    database.modify(EngineVersion=str(NEW), **ALLOW)
    database.until_available()
    failed = [message for message in database.events() if "failed, and nothing was changed" in message]
    assert len(failed) == 1 and r"a\xFFb\x1B[1m" in failed[0], failed
