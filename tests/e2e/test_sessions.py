"""Live sessions: who is listed, what ends them and what does not, over restarts too."""

import contextlib
import json
import os
import signal

import psycopg
import pytest

from support import aws
from support.poll import until
from support.server import PROGRAM, Server, run
from support.stock import Stock

TERMINATED = "57P01"


@pytest.fixture(scope="module")
def strict(request):
    """The stock database on a server that ends what is revoked, with one that knows where clients come from."""
    made = Server("--end-revoked-sessions")
    try:
        yield Stock(made.start())
    finally:
        if request.session.testsfailed:
            print(made.said()[-8000:])
        made.close()


def sessions(stock, *words):
    return json.loads(stock.server.command("sessions", "--json", *words).stdout)["Sessions"]


def pid_of(session):
    return session.execute("SELECT pg_backend_pid()").fetchone()[0]


def login_of(stock, session):
    """What `countersign sessions` says of a session."""
    pid = str(pid_of(session))
    found = [one for one in sessions(stock) if one["BackendPid"] == pid]
    assert len(found) == 1, sessions(stock)
    return found[0]


def is_over(session):
    """Asks PostgreSQL; the answer of a session that was ended is the reason."""
    try:
        session.execute("SELECT 1")
    except psycopg.errors.AdminShutdown as error:
        assert error.sqlstate == TERMINATED
        return True
    except psycopg.OperationalError:
        return True
    return False


def until_over(session):
    until(lambda: is_over(session), "the session is over")


def end(stock, *words):
    return stock.server.command("sessions", "end", *words).stdout.strip()


def ended(stock, login_id):
    """The audit's line of a session's end."""
    def found():
        return [entry for entry in stock.server.logins()
                if entry["login_id"] == login_id and entry["decision"] == "ended"]
    return until(found, f"the end of {login_id} in the log of logins")[0]


@contextlib.contextmanager
def session(stock, principal, user="jane", **more):
    with contextlib.closing(stock.session(principal, user, **more)) as opened:
        yield opened


def test_a_session_is_listed_while_it_lives(stock, everybody):
    with session(stock, everybody, application_name="ledger") as one:
        listed = login_of(stock, one)
        assert listed["DBIdentifier"] == stock.name
        assert listed["DBUser"] == "jane"
        assert listed["AccessKeyId"] == everybody.key_id
        assert listed["PrincipalArn"].endswith(":user/everybody")
        assert listed["ApplicationName"] == "ledger"
        assert listed["SourceIp"] in ("127.0.0.1", "::1")
        table = stock.server.command("sessions").stdout
        assert listed["LoginId"] in table and "ledger" in table
        assert sessions(stock, "--user", "bob") == []
        assert [found["LoginId"] for found in sessions(stock, "--database", stock.name, "--user", "jane")
                ].count(listed["LoginId"]) == 1
    assert ended(stock, listed["LoginId"])["reason"] == "closed"
    assert listed["LoginId"] not in [found["LoginId"] for found in sessions(stock)]


def test_a_session_by_password_is_none_of_them(stock):
    with contextlib.closing(stock.master()) as master:
        pid = str(pid_of(master))
        assert pid not in [found["BackendPid"] for found in sessions(stock)]
        stock.server.command("sessions", "end", "--all")
        assert master.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("selector", ["login", "principal", "access-key", "user", "database and user"])
def test_sessions_are_ended_by_what_they_are(stock, selector):
    one = stock.principal(f"ender-{selector.replace(' ', '-')}", stock.may_connect("*"))
    other = stock.principal(f"stays-{selector.replace(' ', '-')}", stock.may_connect("*"))
    with session(stock, one, "jane") as going, session(stock, other, "dora") as staying:
        listed = login_of(stock, going)
        words = {"login": [listed["LoginId"]], "principal": ["--principal", listed["PrincipalArn"]],
                 "access-key": ["--access-key", one.key_id], "user": ["--user", "jane"],
                 "database and user": ["--database", stock.name, "--user", "jane"]}[selector]
        assert "1 session would be ended" in end(stock, *words, "--dry-run")
        assert not is_over(going)
        assert end(stock, *words) == "1 session ended"
        until_over(going)
        assert not is_over(staying)
        assert ended(stock, listed["LoginId"])["reason"] == f"ended by arn:aws:iam::{stock.server.account}:root"
        with session(stock, one, "jane") as again:
            assert not is_over(again)


def test_sessions_are_ended_by_their_age_on_request(stock, everybody):
    with session(stock, everybody) as one:
        listed = login_of(stock, one)
        assert end(stock, "--before", "2020-01-01T00:00:00Z") == "0 sessions ended"
        assert not is_over(one)
        assert "1 session" in end(stock, "--user", "jane", "--before", "2100-01-01T00:00:00Z")
        until_over(one)
        assert ended(stock, listed["LoginId"])


def test_what_to_end_must_be_said(stock):
    for words in ([], ["--all", "--user", "jane"]):
        refused = stock.server.command("sessions", "end", *words, check=False)
        assert refused.returncode == 1
        assert "name the sessions to end" in refused.stderr
    refused = stock.server.command("sessions", "end", "ABCDEFGH23456789", check=False)
    assert "There is no live session ABCDEFGH23456789." in refused.stderr


def test_listing_and_ending_are_rights_of_their_own(stock, everybody):
    arn = f"arn:aws:rds:{stock.server.region}:{stock.server.account}:cluster:{stock.name}"
    lister = stock.principal("lister", aws.document(aws.allow("countersign:ListSessions", arn)))
    ender = stock.principal("ender", aws.document(aws.allow("countersign:EndSessions", arn)))

    def as_(principal, *words):
        environment = stock.server.environment | {
            "AWS_ENDPOINT_URL": stock.server.url, "AWS_ACCESS_KEY_ID": principal.key_id,
            "AWS_SECRET_ACCESS_KEY": principal.secret, "AWS_REGION": stock.server.region}
        environment.pop("COUNTERSIGN_DATA_DIR", None)
        return run([PROGRAM, "sessions", *words], environment, check=False)

    with session(stock, everybody) as one:
        listed = login_of(stock, one)
        done = as_(lister, "--database", stock.name, "--json")
        assert listed["LoginId"] in done.stdout
        assert "not authorized to perform: countersign:ListSessions" in as_(lister).stderr
        assert "not authorized to perform: countersign:EndSessions" in as_(lister, "end", listed["LoginId"]).stderr
        assert not is_over(one)
        assert as_(ender, "end", listed["LoginId"]).stdout == "1 session ended\n"
        until_over(one)
        assert ended(stock, listed["LoginId"])["reason"].endswith(":user/ender")


def test_a_role_stands_for_its_sessions(stock):
    role = f"arn:aws:iam::{stock.server.account}:role/oncall"
    trusted = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}]}
    stock.iam.create_role(RoleName="oncall", AssumeRolePolicyDocument=json.dumps(trusted))
    stock.iam.put_role_policy(RoleName="oncall", PolicyName="p", PolicyDocument=json.dumps(stock.may_connect("*")))
    alice = stock.principal("alice", aws.document(aws.allow("sts:*", "*")))
    given = aws.client(stock.server, "sts", alice).assume_role(
        RoleArn=role, RoleSessionName="night", SourceIdentity="alice")["Credentials"]
    credentials = aws.Principal(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    with session(stock, credentials) as one:
        listed = login_of(stock, one)
        assert (listed["SessionName"], listed["SourceIdentity"]) == ("night", "alice")
        assert end(stock, "--principal", role) == "1 session ended"
        until_over(one)


def test_nothing_is_revoked_unless_it_is_asked_for(stock):
    leaver = stock.principal("leaver", stock.may_connect("*"))
    with session(stock, leaver) as one:
        listed = login_of(stock, one)
        stock.iam.update_access_key(UserName="leaver", AccessKeyId=leaver.key_id, Status="Inactive")
        assert stock.login.refused("jane", stock.token(leaver, "jane"))
        assert not is_over(one)
        assert listed["LoginId"] in [found["LoginId"] for found in sessions(stock)]


# --- with --end-revoked-sessions ---

def detach(stock, principal):
    stock.iam.delete_user_policy(UserName=principal.name, PolicyName="p0")


def deactivate(stock, principal):
    stock.iam.update_access_key(UserName=principal.name, AccessKeyId=principal.key_id, Status="Inactive")


def delete_user(stock, principal):
    stock.iam.delete_access_key(UserName=principal.name, AccessKeyId=principal.key_id)
    stock.iam.delete_user_policy(UserName=principal.name, PolicyName="p0")
    stock.iam.delete_user(UserName=principal.name)


def guard(stock, principal):
    condition = {"StringEquals": {"aws:username": principal.name}}
    statement = aws.deny("rds-db:connect", "*") | {"Condition": condition}
    stock.server.command("guardrail", "put", "no-more", json.dumps(aws.document(statement)))


@pytest.mark.parametrize("revoke, check", [(detach, "policy"), (deactivate, "key"), (delete_user, "key"),
                                           (guard, "policy")])
def test_what_is_revoked_ends(strict, revoke, check):
    going = strict.principal(f"going-{revoke.__name__.replace('_', '-')}", strict.may_connect("*"))
    staying = strict.principal(f"staying-{revoke.__name__.replace('_', '-')}", strict.may_connect("*"))
    with session(strict, going) as one, session(strict, staying) as other:
        listed = login_of(strict, one)
        revoke(strict, going)
        until_over(one)
        assert not is_over(other)
        entry = ended(strict, listed["LoginId"])
        assert entry["reason"].startswith(f"no longer allowed: {check}: "), entry
        assert strict.login.refused("jane", strict.token(going, "jane"))


def test_a_session_ends_when_iam_authentication_does(strict):
    somebody = strict.principal("somebody", strict.may_connect("*"))
    with session(strict, somebody) as one, contextlib.closing(strict.master()) as master:
        listed = login_of(strict, one)
        strict.set_iam(False)
        until_over(one)
        assert "no longer allowed: resource: " in ended(strict, listed["LoginId"])["reason"]
        assert master.execute("SELECT 1").fetchone() == (1,)
    strict.set_iam(True)


def test_a_change_of_others_ends_nobody(strict):
    somebody = strict.principal("unconcerned", strict.may_connect("*"))
    other = strict.principal("concerned", strict.may_connect("*"))
    with session(strict, somebody) as one, session(strict, other) as two:
        deactivate(strict, other)
        until_over(two)
        assert not is_over(one)


def test_sessions_end_at_an_age(new_server):
    aged = Stock(new_server("--session-age-max", "2s").start())
    with session(aged, aged.principal("everybody", aged.may_connect("*"))) as one:
        listed = login_of(aged, one)
        until_over(one)
        assert ended(aged, listed["LoginId"])["reason"] == "older than 2 seconds"


def test_a_crash_loses_no_session(new_server):
    """The server is killed; PostgreSQL and its sessions live on, and so does what was ordered and revoked."""
    server = new_server("--end-revoked-sessions").start()
    stock = Stock(server)
    kept = stock.principal("kept", stock.may_connect("*"))
    leaver = stock.principal("leaver", stock.may_connect("*"))
    with session(stock, kept) as one, session(stock, kept) as gone, session(stock, leaver) as revoked:
        first, closed = login_of(stock, one), login_of(stock, gone)
        deactivate(stock, leaver)
        until_over(revoked)
        server.kill9()
        os.kill(pid_of(gone), signal.SIGTERM)
        until_over(gone)
        server.start()
        stock.until_it_answers()
        assert not is_over(one)
        assert [found["LoginId"] for found in sessions(stock)] == [first["LoginId"]]
        assert ended(stock, closed["LoginId"])["reason"] == "closed while the agent was away"
        assert end(stock, first["LoginId"]) == "1 session ended"
        until_over(one)
        assert ended(stock, first["LoginId"])["reason"].startswith("ended by ")


def test_a_clean_stop_closes_every_session(new_server):
    server = new_server().start()
    stock = Stock(server)
    with session(stock, stock.principal("everybody", stock.may_connect("*"))) as one:
        listed = login_of(stock, one)
        server.restart()
        until_over(one)
        assert sessions(stock) == []
        assert ended(stock, listed["LoginId"])
