"""What a suite gets by the fixtures."""

import subprocess

import psycopg
import pytest

pytest_plugins = ["pytester"]
REFUSED = 'PAM authentication failed for user "app"'


def test_a_token_is_the_password(countersign_database):
    with psycopg.connect(**countersign_database.connect_args()) as session:
        assert session.execute("SELECT session_user, current_database()").fetchone() == ("app", countersign_database.name)
        session.execute("CREATE TABLE orders (id int)")


def test_each_test_has_a_database_of_its_own(countersign_database):
    with psycopg.connect(countersign_database.dsn_with_token) as session:
        assert session.execute("SELECT to_regclass('orders')").fetchone() == (None,)


def test_another_password_is_refused(countersign_database):
    with pytest.raises(psycopg.OperationalError, match=REFUSED):
        psycopg.connect(countersign_database.dsn, password="not-a-token")


def test_policies_decide(countersign_database):
    countersign_database.deny()
    with pytest.raises(psycopg.OperationalError, match=REFUSED):
        psycopg.connect(**countersign_database.connect_args())
    countersign_database.allow()
    psycopg.connect(**countersign_database.connect_args()).close()


def test_the_session_of_boto3_makes_tokens(countersign_database, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # of nobody
    session = countersign_database.boto3_session()
    who = session.client("sts").get_caller_identity()
    assert who["Account"] == countersign_database.server.account
    assert who["Arn"].endswith(f":user/{countersign_database.principal}")
    token = session.client("rds").generate_db_auth_token(countersign_database.host, countersign_database.port, "app")
    psycopg.connect(countersign_database.dsn, password=token).close()


def test_two_users_of_one_instance(countersign_instance, countersign_database):
    with countersign_instance.create_database(user='o"hara+1 @x') as other:
        with psycopg.connect(**other.connect_args()) as session:
            assert session.execute("SELECT session_user").fetchone() == ('o"hara+1 @x',)
        with pytest.raises(psycopg.OperationalError, match=REFUSED):
            psycopg.connect(countersign_database.dsn, password=other.token())


def test_programs_get_an_environment(countersign_database):
    environment = {"PATH": "/usr/bin:/bin", **countersign_database.environment(), "PGPASSWORD": countersign_database.token()}
    done = subprocess.run(["psql", "-XAtc", "SELECT session_user"], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "app\n"


SUITE = """
import psycopg
import pytest


@pytest.mark.parametrize("number", range(6))
def test_it(countersign_database, number):
    with psycopg.connect(**countersign_database.connect_args()) as session:
        assert session.execute("SELECT session_user").fetchone() == ("jane",)
    with open({seen!r}, "a") as seen:
        print(countersign_database.server.data_dir, countersign_database.port, file=seen)
"""


def test_workers_of_xdist_have_servers_of_their_own(pytester, tmp_path):
    pytest.importorskip("xdist")
    seen = tmp_path / "seen"
    pytester.makeini("[pytest]\ncountersign_user = jane\n")
    pytester.makepyfile(SUITE.format(seen=str(seen)))
    pytester.runpytest_subprocess("-n", "3", "--dist", "each", "-p", "no:cacheprovider").assert_outcomes(passed=18)
    places = {line.split()[0]: line.split()[1] for line in seen.read_text().splitlines()}
    assert len(places) == 3 and len(set(places.values())) == 3
