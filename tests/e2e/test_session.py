"""What a session is once it is open: the token's own role, with PostgreSQL's rules for it all in force."""

import concurrent.futures
import contextlib
import datetime
import signal
import subprocess
import threading

import psycopg
import pytest

from support import aws, tokens
from support.login import PAM_REFUSED
from support.poll import until


@pytest.fixture
def jane(stock, everybody):
    with contextlib.closing(stock.session(everybody, "jane")) as session:
        yield session


def value(session, question, parameters=None):
    return session.execute(question, parameters).fetchone()[0]


def sleepers(stock, user):
    rows = stock.sql(f"SELECT pid FROM pg_stat_activity WHERE usename = '{user}' AND state = 'active' "
                     "AND query LIKE '%pg_sleep%'")
    return [row[0] for row in rows]


def test_the_session_is_the_tokens_user(stock, jane):
    assert jane.execute("SELECT current_user, session_user").fetchone() == ("jane", "jane")
    assert value(jane, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") is True
    rows = stock.sql(f"SELECT usename FROM pg_stat_activity WHERE pid = {jane.info.backend_pid}")
    assert rows == [("jane",)]


def test_no_batch_of_sql_leads_out_of_the_role(stock, everybody):
    """A proxy that logs in as the master user and then changes the role is left with one statement."""
    ways = ["RESET ROLE", "SET ROLE NONE", "SET SESSION AUTHORIZATION DEFAULT", "RESET SESSION AUTHORIZATION",
            "DISCARD ALL", "COMMIT; RESET ROLE; BEGIN", "ROLLBACK; SET SESSION AUTHORIZATION DEFAULT"]
    for way in ways:
        with contextlib.closing(stock.session(everybody, "jane")) as session:
            with contextlib.suppress(psycopg.Error):
                session.execute(way)
            session.rollback()
            assert session.execute("SELECT current_user, session_user").fetchone() == ("jane", "jane"), way
    for role in ("postgres", "rds_superuser", "rdsadmin"):
        for way in ("SET ROLE", "SET SESSION AUTHORIZATION"):
            with contextlib.closing(stock.session(everybody, "jane")) as session:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    session.execute(f"{way} {role}")


def test_what_it_makes_is_its_own(stock, everybody):
    stock.sql("CREATE DATABASE app")
    stock.sql("CREATE SCHEMA work; GRANT CREATE, USAGE ON SCHEMA work TO jane", dbname="app")
    with contextlib.closing(stock.session(everybody, "jane", dbname="app")) as session:
        session.execute("CREATE TABLE work.things (id int)")
        assert value(session, "SELECT tableowner FROM pg_tables WHERE tablename = 'things'") == "jane"


def test_rights_in_the_database_hold(stock, everybody):
    stock.sql("CREATE DATABASE closed")
    stock.sql("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
    told = stock.login.refused("jane", stock.token(everybody, "jane"), dbname="closed")
    assert told == 'permission denied for database "closed"'
    stock.sql("GRANT CONNECT ON DATABASE closed TO jane")
    stock.session(everybody, "jane", dbname="closed").close()


def test_cancel_through_the_driver(stock, jane):
    def cancel():
        until(lambda: sleepers(stock, "jane"), "the query runs")
        jane.cancel_safe()
    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(psycopg.errors.QueryCanceled):
        jane.execute("SELECT pg_sleep(600)")
    canceller.join()
    assert value(jane, "SELECT 1") == 1


def test_ctrl_c_in_psql(stock, everybody):
    psql = subprocess.Popen(["psql", "-X", stock.login.conninfo("jane"), "-c", "SELECT pg_sleep(600)"],
                            env=stock.login.environment(stock.token(everybody, "jane")), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        until(lambda: sleepers(stock, "jane"), "the query runs")
        psql.send_signal(signal.SIGINT)
        _, said = psql.communicate(timeout=90)
    finally:
        psql.kill()
        psql.wait()
    assert "canceling statement due to user request" in said
    until(lambda: not sleepers(stock, "jane"), "the query has ended")


def test_connection_limit(stock, everybody):
    stock.sql("CREATE USER limited WITH LOGIN CONNECTION LIMIT 1; GRANT rds_iam TO limited")
    token = stock.token(everybody, "limited")
    with contextlib.closing(stock.login.psycopg("limited", token)):
        assert stock.login.refused("limited", token) == 'too many connections for role "limited"'
    until(lambda: not stock.sql("SELECT 1 FROM pg_stat_activity WHERE usename = 'limited'"), "the session has ended")
    stock.login.psycopg("limited", token).close()


def test_nologin(stock, everybody):
    stock.sql("CREATE ROLE sleeping NOLOGIN; GRANT rds_iam TO sleeping")
    told = stock.login.refused("sleeping", stock.token(everybody, "sleeping"))
    assert told == 'role "sleeping" is not permitted to log in'
    stock.sql("ALTER ROLE sleeping LOGIN")
    stock.session(everybody, "sleeping").close()


def test_expired_role(stock, everybody):
    """VALID UNTIL is about passwords; a token is none."""
    stock.sql("CREATE USER until_then WITH LOGIN VALID UNTIL '2001-01-01'; GRANT rds_iam TO until_then")
    stock.session(everybody, "until_then").close()


def test_a_member_needs_a_token_even_with_a_password(stock, everybody):
    assert stock.login.refused("dora", "doras-own-password") == PAM_REFUSED.format("dora")
    stock.session(everybody, "dora").close()


def test_a_password_user_logs_in(stock):
    with contextlib.closing(stock.login.psycopg("bob", "bobs-own-password")) as session:
        assert value(session, "SELECT current_user") == "bob"


def test_nested_membership(stock, everybody):
    stock.sql("CREATE ROLE staff; GRANT rds_iam TO staff; CREATE ROLE writers; GRANT staff TO writers; "
              "CREATE USER carol WITH LOGIN PASSWORD 'carols-own-password'; GRANT writers TO carol")
    stock.session(everybody, "carol").close()
    assert stock.login.refused("carol", "carols-own-password") == PAM_REFUSED.format("carol")
    stock.sql("REVOKE writers FROM carol")
    stock.login.psycopg("carol", "carols-own-password").close()


def test_the_master_user_grants_and_still_has_its_password(stock, everybody):
    stock.sql("CREATE USER fresh; GRANT rds_iam TO fresh")
    stock.session(everybody, "fresh").close()
    with contextlib.closing(stock.master()) as session:
        assert value(session, "SELECT current_user") == "postgres"
        row = session.execute("SELECT rolsuper, rolcreaterole, rolcreatedb, pg_has_role('rds_superuser', 'member') "
                              "FROM pg_roles WHERE rolname = current_user").fetchone()
    assert row == (False, True, True, True)


def test_roles_are_those_of_rds(stock):
    names = {row[0] for row in stock.sql("SELECT rolname FROM pg_roles")}
    assert {"rdsadmin", "rds_superuser", "rds_iam", "rds_replication"} <= names
    assert stock.sql("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'rds_iam'") == [(False,)]


def test_rdsadmin_is_nobodys_to_log_in_as(stock, everybody):
    assert "rdsadmin" in stock.login.refused("rdsadmin", stock.token(everybody, "rdsadmin"))


@pytest.mark.parametrize("user", ["wchemz+demo@amazon.com", "with space", "percent%41", "Großmann", "a/b?c&d=e",
                                  "quo'te", 'quo"te', "u" * 63])
def test_odd_user_names(stock, everybody, user):
    quoted = user.replace('"', '""')
    stock.sql(f'CREATE USER "{quoted}"; GRANT rds_iam TO "{quoted}"')
    told = stock.login.bare(user, stock.token(everybody, user).encode())
    assert told is None, told
    last = stock.recorded_since(0, user)[-1]
    assert (last["decision"], last["user"]) == ("allowed", user)


def test_one_token_for_fifty_sessions_at_once(stock, everybody):
    token = stock.token(everybody, "jane")
    everyone = threading.Barrier(50, timeout=300)

    def log_in(_):
        with contextlib.closing(stock.login.psycopg("jane", token)) as session:
            everyone.wait()
            return value(session, "SELECT current_user"), session.info.backend_pid
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(log_in, range(50)))
    assert {user for user, _ in answers} == {"jane"}
    assert len({pid for _, pid in answers}) == 50


def test_a_session_outlives_its_token(stock, everybody):
    token = stock.token(everybody, "jane", at=tokens.now() - datetime.timedelta(seconds=880))
    with contextlib.closing(stock.login.psycopg("jane", token)) as session:
        def expired():
            try:
                stock.login.psycopg("jane", token).close()
            except psycopg.OperationalError as error:
                return 'PAM authentication failed for user "jane"' in str(error)
            return False
        until(expired, "the token has expired")
        assert value(session, "SELECT current_user") == "jane"
    assert stock.server.attempts()[-1]["check"] == "token.time"


@pytest.mark.parametrize("seconds_old, allowed", [(0, True), (600, True), (840, True), (901, False)])
def test_age_of_a_token(stock, everybody, seconds_old, allowed):
    token = stock.token(everybody, "jane", at=tokens.now() - datetime.timedelta(seconds=seconds_old))
    assert (stock.login.bare("jane", token.encode()) is None) is allowed


def test_a_clock_that_is_a_little_ahead(stock, everybody):
    token = stock.token(everybody, "jane", at=tokens.now() + datetime.timedelta(seconds=120))
    stock.login.psycopg("jane", token).close()


def test_any_rds_iam_member_is_not_let_in(stock):
    """Membership alone opens nothing: it takes a signature of somebody whom a policy allows."""
    without = stock.principal("member-without-policy")
    assert stock.login.refused("jane", stock.token(without, "jane")) == PAM_REFUSED.format("jane")
    made_up = aws.Principal("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    assert stock.login.refused("jane", stock.token(made_up, "jane")) == PAM_REFUSED.format("jane")
    assert stock.login.refused("jane", "test") == PAM_REFUSED.format("jane")


def test_the_administrator_needs_no_policy(stock):
    """As on AWS: whoever may do everything may connect."""
    administrator = aws.administrator(stock.server)
    with contextlib.closing(stock.session(administrator, "jane")) as session:
        assert value(session, "SELECT current_user") == "jane"
    last = stock.recorded_since(0, "jane")[-1]
    assert last["principal_arn"] == f"arn:aws:iam::{stock.server.account}:root"


def test_policy_with_a_variable(stock):
    own = aws.document(aws.allow("rds-db:connect", stock.user_arn("${aws:username}")))
    stock.sql("CREATE USER varied; GRANT rds_iam TO varied")
    principal = stock.principal("varied", own)
    stock.session(principal, "varied").close()
    assert stock.login.refused("jane", stock.token(principal, "jane")) == PAM_REFUSED.format("jane")


def test_the_certificate_names_the_endpoint(stock):
    openssl = subprocess.run(
        ["openssl", "s_client", "-starttls", "postgres", "-connect", f"{stock.host}:{stock.port}",
         "-CAfile", str(stock.login.bundle), "-verify_return_error", "-verify_hostname", stock.host, "-brief"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90, check=False)
    assert openssl.returncode == 0, openssl.stderr
    assert "Verification: OK" in openssl.stderr and "ecdsa" in openssl.stderr.lower()
    with pytest.raises(psycopg.OperationalError, match=r"certificate verify failed|root certificate"):
        psycopg.connect(f"host={stock.host} port={stock.port} user=jane dbname=postgres sslmode=verify-full "
                        "sslrootcert=/etc/ssl/certs/ca-certificates.crt", password="x").close()
