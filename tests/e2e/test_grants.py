"""countersign grants: users, memberships and who may connect, as a file says it; planned, done, and seen to drift."""

import contextlib
import json

import pytest

from support.attaching import Host
from support.own_postgres import OWNER, is_root
from support.server import clean_environment
from support.stock import MASTER, MASTER_PASSWORD

FILE = {"users": {"nora": {"memberOf": ["rds_iam", "readers"]}, "app": {}},
        "groups": {"readers": {"memberOf": []}},
        "databases": {"sales": {"connect": ["readers"]}},
        "retired": ["former"]}


@pytest.fixture(name="grants")
def _grants(server, stock, tmp_path):
    """Runs a command of `grants` on a document as the master user: (its exit code, what it printed as JSON)."""
    def run(word, document, *words, user=MASTER, password=MASTER_PASSWORD):
        file = tmp_path / "grants.json"
        file.write_text(json.dumps(document))
        environment = clean_environment(server.user_home) | {"PGPASSWORD": password}
        return server.command("grants", word, file, stock.name, "-U", user, *words, check=False, environment=environment)
    return run


@pytest.fixture(scope="module", autouse=True)
def _databases(stock):
    with contextlib.closing(stock.master()) as master:
        master.autocommit = True
        master.execute("CREATE DATABASE sales")
        master.execute("CREATE ROLE former LOGIN; GRANT rds_iam TO former")


def kinds(done):
    return [change["change"] for change in json.loads(done.stdout)["changes"]]


def test_a_plan_changes_nothing_and_apply_all_of_it(stock, grants, everybody):
    planned = grants("plan", FILE)
    assert planned.returncode == 1 and "due: 9" in planned.stderr
    assert "+ make the user nora\n    CREATE ROLE \"nora\" LOGIN;" in planned.stdout
    assert "- PUBLIC may no longer connect to sales: the file does not say so" in planned.stdout
    assert not stock.sql("SELECT FROM pg_roles WHERE rolname = 'nora'")
    done = grants("apply", FILE, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["applied"] and len(kinds(done)) == 9
    assert stock.login.psql("nora", stock.token(everybody, "nora"), "SELECT session_user").stdout.strip() == "nora"
    assert stock.login.refused("former", stock.token(everybody, "former"))
    assert stock.sql("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'former'") == [(False,)]
    with contextlib.closing(stock.login.psycopg("nora", stock.token(everybody, "nora"), dbname="sales")):
        pass
    assert not stock.sql("SELECT WHERE has_database_privilege('app', 'sales', 'CONNECT')")


def test_twice_is_once(grants):
    grants("apply", FILE)
    again = grants("apply", FILE, "--json")
    assert again.returncode == 0 and json.loads(again.stdout) == {"changes": [], "applied": True}
    assert grants("plan", FILE).stdout == "nothing is due: it is as the file says\n"


def test_drift_is_shown_and_undone(stock, grants):
    grants("apply", FILE)
    stock.sql("GRANT rds_replication TO nora; REVOKE readers FROM nora; ALTER ROLE nora NOLOGIN;"
              "GRANT CONNECT ON DATABASE sales TO PUBLIC; ALTER ROLE app CREATEDB")
    drifted = grants("plan", FILE, "--json")
    assert drifted.returncode == 1
    assert kinds(drifted) == ["alterRole", "revokeRole", "grantRole", "revokeConnect"]
    assert "nora leaves rds_replication: the file does not say so" in drifted.stdout
    assert grants("apply", FILE).returncode == 0
    assert grants("plan", FILE).returncode == 0


def test_who_may_not_is_told_what_it_needs_and_nothing_is_changed(server, stock, grants, everybody):
    """With a token, of a user that may make no roles."""
    more = {"users": {"zoe": {}, "yves": {}}}
    done = grants("apply", more, user="jane", password=stock.token(everybody, "jane"))
    assert done.returncode == 1 and "permission denied" in done.stderr and "nothing was changed" in done.stderr
    assert "CREATEROLE" in done.stderr and "--user" in done.stderr
    assert not stock.sql("SELECT FROM pg_roles WHERE rolname IN ('zoe', 'yves')")


@pytest.mark.parametrize("role", ["rds_superuser", "rdsadmin", "pg_execute_server_program", "pg_read_all_data"])
def test_nobody_is_raised_by_a_file(grants, role):
    done = grants("apply", {"users": {"nora": {"memberOf": [role]}}})
    assert done.returncode == 1 and f"nobody is made a member of {role} by a file" in done.stderr


def test_superusers_and_the_own_role_are_left_alone(stock, grants):
    done = grants("apply", {"retired": [MASTER]})
    assert done.returncode == 1 and "the role that this is done as" in done.stderr
    assert stock.sql(f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{MASTER}'") == [(True,)]


@pytest.mark.skipif(not is_root(), reason="a PAM service is root's to make")
def test_an_attached_server_by_token(new_server, tmp_path):
    server = new_server("--user", OWNER).start()
    host = Host(server)
    try:
        postgres = host.postgres()
        host.attach("theirs", postgres)
        postgres.sql("CREATE ROLE deployer LOGIN CREATEROLE; GRANT rds_iam TO deployer WITH ADMIN OPTION")
        postgres.sql("CREATE DATABASE wiki OWNER deployer")
        file = tmp_path / "grants.json"
        file.write_text(json.dumps({"users": {"nora": {"memberOf": ["rds_iam"]}}, "databases": {"wiki": {"connect": ["nora"]}}}))
        words = ["theirs", "-U", "deployer", "--sslrootcert", postgres.data / "server.crt"]
        done = server.command("grants", "apply", file, *words)
        assert done.stdout.endswith("4 done\n")
        assert server.command("grants", "plan", file, *words).stdout.startswith("nothing is due")
        assert postgres.login("nora", host.token(postgres, "nora")) == ""
        superuser = server.command("grants", "plan", "-", *words, input='{"users": {"postgres": {}}}', check=False)
        assert "postgres is a superuser, which no file changes" in superuser.stderr
    finally:
        host.close()
