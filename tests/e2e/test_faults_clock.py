"""The agent's clock is wrong, and certificates have ended or are about to. PostgreSQL and its clients have the right
time."""

import contextlib
import datetime
import json
import os
import ssl

import psycopg
import pytest

from support import api, aws, faults
from support.faults import attempt, is_refusal
from support.poll import until
from support.server import run
from support.stock import MASTER, MASTER_PASSWORD, Stock

HOUR, DAY = 3600, 24 * 3600


@pytest.fixture(scope="module", name="clocked")
def _clocked():
    """A server with a clock of its own."""
    made = faults.ClockedServer()
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture(scope="module", name="stock")
def _stock(clocked):
    return Stock(clocked)


@pytest.fixture(scope="module", name="everybody")
def _everybody(stock):
    return stock.principal("everybody", stock.may_connect("*"))


@contextlib.contextmanager
def clock_off(server, seconds):
    server.clock.set(seconds)
    try:
        yield
    finally:
        server.clock.set(0)


@pytest.mark.parametrize("seconds, reason", [
    (HOUR, "expired at"), (30 * DAY, "expired at"), (-HOUR, "in the future"), (-30 * DAY, "in the future"),
], ids=["an hour ahead", "a month ahead", "an hour behind", "a month behind"])
def test_clock_of_the_agent_jumps(clocked, stock, everybody, seconds, reason):
    """Tokens are refused with the reason; sessions and passwords go on; with the right time all is well at once."""
    mark = len(clocked.logins())
    log_mark = len(faults.postgres_log(clocked, stock.resource_id))
    with contextlib.closing(stock.session(everybody, "jane")) as session:
        with clock_off(clocked, seconds):
            assert is_refusal(attempt(stock, everybody, "jane"), "jane")
            assert session.execute("SELECT current_user").fetchone() == ("jane",)
            stock.login.psycopg("bob", "bobs-own-password").close()
        assert attempt(stock, everybody, "jane").allowed
        assert session.execute("SELECT current_user").fetchone() == ("jane",)
    entries = faults.judged_since(clocked, mark, count=3)
    refused = [entry for entry in entries if entry["decision"] == "refused"]
    assert len(refused) == 1 and refused[0]["check"] == "token.time" and reason in refused[0]["reason"]
    told = datetime.datetime.fromisoformat(refused[0]["time"].replace("Z", "+00:00"))
    off = (told - datetime.datetime.now(datetime.UTC)).total_seconds()
    assert abs(off - seconds) < HOUR / 2, "the record has the clock that judged"
    logged = until(lambda: faults.reasons_since(clocked, stock.resource_id, log_mark), "PostgreSQL has logged why")
    assert logged[0].startswith("token.time: ") and reason in logged[0]
    faults.check_audit(clocked)


@pytest.mark.parametrize("seconds", [240, -240], ids=["four minutes ahead", "four minutes behind"])
def test_a_clock_a_little_off_is_tolerated(clocked, stock, everybody, seconds):
    with clock_off(clocked, seconds):
        assert attempt(stock, everybody, "jane").allowed


def test_a_token_does_not_live_longer_when_the_clock_is_set_back(clocked, stock, everybody):
    """Fifteen minutes from its making, by the clock that judges; a clock that is right again refuses it again."""
    token = stock.token(everybody, "jane", at=datetime.datetime.now(datetime.UTC)
                        - datetime.timedelta(minutes=20))
    assert stock.login.refused("jane", token)
    with clock_off(clocked, -10 * 60):
        stock.login.psycopg("jane", token).close()
    assert stock.login.refused("jane", token)


def test_the_api_refuses_what_is_signed_at_another_time(clocked, stock):
    """A client that does not correct its clock is told so; nothing is done."""
    body = "Action=CreateUser&UserName=untimely&Version=2010-05-08"
    for seconds in (HOUR, -HOUR):
        with clock_off(clocked, seconds):
            status, code, message, _ = api.signed(clocked, body, "iam")
        assert (status, code) == (403, "SignatureDoesNotMatch"), message
        assert "Signature" in message
    users = stock.iam.list_users()["Users"]
    assert "untimely" not in [user["UserName"] for user in users]
    assert api.signed(clocked, body, "iam")[0] == 200


def test_a_start_with_a_wrong_clock(clocked, stock, everybody):
    """Everything comes up; only tokens are refused, until the clock is right."""
    clocked.stop()
    with clock_off(clocked, -400 * DAY):
        clocked.start()
        until(lambda: stock.login.psql(MASTER, MASTER_PASSWORD, "SELECT 1", check=False).returncode == 0,
              "PostgreSQL answers")
        assert is_refusal(attempt(stock, everybody, "jane"), "jane")
    assert attempt(stock, everybody, "jane").allowed


def server_certificate(stock):
    """What PostgreSQL shows to clients now: its serial number and how many days are left of it. None: it shows none."""
    shown = run(["openssl", "s_client", "-starttls", "postgres", "-connect", f"{stock.host}:{stock.port}"], os.environ,
                input="", check=False).stdout
    if "-----BEGIN CERTIFICATE" not in shown:
        return None
    end = "-----END CERTIFICATE-----"
    pem = shown[shown.index("-----BEGIN CERTIFICATE"):shown.index(end)] + end + "\n"
    said = run(["openssl", "x509", "-noout", "-serial", "-enddate"], os.environ, input=pem).stdout
    facts = dict(line.split("=", 1) for line in said.splitlines())
    left = ssl.cert_time_to_seconds(facts["notAfter"]) - datetime.datetime.now(datetime.UTC).timestamp()
    return facts["serial"], left / DAY


@contextlib.contextmanager
def certificate_of_long_ago(clocked, stock, days):
    """The server's certificate was made so many days ago; the clock is right again when this ends."""
    clocked.stop()
    home = clocked.database_directory(stock.resource_id)
    (home / "certificate").unlink()  # what it was made for; it is made anew without
    with clock_off(clocked, -days * DAY):
        clocked.start()
        until(lambda: server_certificate(stock), "PostgreSQL answers")
        yield


def test_certificate_about_to_end_is_renewed(clocked, stock, everybody):
    """A month before its end there is another; logins that verify it never notice, and sessions live on."""
    with certificate_of_long_ago(clocked, stock, 340):
        before, left = server_certificate(stock)
        assert 20 < left < 30
        master = stock.login.psycopg(MASTER, MASTER_PASSWORD)
    with contextlib.closing(master):
        def renewed():
            stock.login.psycopg(MASTER, MASTER_PASSWORD).close()
            return server_certificate(stock)[0] != before
        until(renewed, "there is another certificate")
        assert server_certificate(stock)[1] > 300
        assert attempt(stock, everybody, "jane").allowed
        assert master.execute("SELECT 1").fetchone() == (1,)


def test_certificate_that_has_ended_is_renewed(clocked, stock, everybody):
    """Clients that verify are turned away by themselves; once the clock is right there is another certificate."""
    with certificate_of_long_ago(clocked, stock, 400):
        before, left = server_certificate(stock)
        assert left < 0
        with pytest.raises(psycopg.OperationalError, match="certificate"):
            stock.login.psycopg(MASTER, MASTER_PASSWORD).close()
        postmaster = clocked.postmaster(stock.resource_id)
    until(lambda: server_certificate(stock)[0] != before, "there is another certificate")
    assert attempt(stock, everybody, "jane").allowed
    assert clocked.postmaster(stock.resource_id) == postmaster
    faults.check_audit(clocked)


def test_a_certificate_that_was_lost_is_made_again_at_the_next_start(clocked, stock, everybody):
    """A hand that removes the files, or an empty file that a crash left, is no end."""
    home = clocked.database_directory(stock.resource_id)
    clocked.stop()
    (home / "data/server.crt").write_bytes(b"")
    clocked.start()
    stock.until_it_answers()
    assert attempt(stock, everybody, "jane").allowed
    assert json.loads(run(["cat", clocked.data / "serve.json"], os.environ).stdout)["pid"] == clocked.pid
    assert aws.client(clocked, "sts").get_caller_identity()["Account"] == clocked.account
