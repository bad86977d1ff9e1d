"""Asking why: by the id from PostgreSQL's log, from another machine, with and without the right to, and with tokens that must
be kept nowhere."""

import json
import re

import pytest

from support import aws, tokens
from support.cases import World, asked, when
from support.server import PROGRAM, clean_environment, run


@pytest.fixture(name="world", scope="module")
def _world(server, stock, everybody):
    return World(server, stock, everybody)


def test_16_the_id_in_postgresqls_log_is_the_one_to_ask_about(world):
    server, stock = world.server, world.stock
    mark = len(server.logins())
    stock.login.refused("jane", world.token(host="elsewhere.example.com"))
    entry = stock.recorded_since(mark, "jane")[-1]
    logs = "".join(file.read_text(errors="replace")
                   for file in (server.database_directory(stock.resource_id) / "log").iterdir())
    (login_id,) = set(re.findall(r"signed for elsewhere\.example\.com.*\[login (\w+)\]", logs))
    assert login_id == entry["login_id"]
    shown = server.command("explain", login_id, check=False)
    assert shown.returncode == 1 and "this login was refused" in shown.stderr
    lines = shown.stdout.splitlines()
    assert (lines[0].startswith(f"login {login_id} at ") and lines[0].endswith("refused, as jane on c1 from 127.0.0.1")) \
        or lines[0].endswith("from ::1")
    assert [line[0] for line in lines if line[1:2] == " " and line[0] in "✓✗·"] == ["✓"] * 4 + ["✗"] + ["·"] * 8
    assert lines[-1].startswith("hint: sign for localhost:")


def test_the_policies_are_those_of_the_moment_of_the_login(world):
    """What a policy said then is still told when it says something else now."""
    server, stock = world.server, world.stock
    user = world.principal(when({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
    mark = len(server.logins())
    stock.login.refused("jane", world.token(user))
    entry = stock.recorded_since(mark, "jane")[-1]
    world.iam.put_user_policy(UserName=user.name, PolicyName="p0", PolicyDocument=json.dumps(stock.may_connect("*")))
    stock.session(user, "jane").close()
    shown = server.command("explain", entry["login_id"], check=False).stdout
    assert f"    user/{user.name}/p0 statement 1 (When), line 1: Allow, conditionFailed\n" in shown
    assert "      aws:SourceIp must be in 10.0.0.0/8; it is absent: logins carry no network keys" in shown


def from_afar(server, principal):
    """A shell on another machine, with that principal's key."""
    return clean_environment(server.user_home) | {
        "AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": principal.key_id, "AWS_REGION": server.region,
        "AWS_SECRET_ACCESS_KEY": principal.secret, "COUNTERSIGN_DATA_DIR": ""}


def afar(server, principal, *words, **more):
    return run([PROGRAM, "explain", *words], from_afar(server, principal), check=False, **more)


def test_from_afar_by_the_api(world):
    server, stock = world.server, world.stock
    mark = len(server.logins())
    token = world.token(host="elsewhere.example.com")
    stock.login.refused("jane", token)
    login_id = stock.recorded_since(mark, "jane")[-1]["login_id"]
    administrator = aws.administrator(server)
    local = asked(server, login_id)
    far = json.loads(afar(server, administrator, login_id, "--json").stdout)
    assert far["checks"] == local["checks"] and far["mend"] == local["mend"]
    assert far["login"]["login_id"] == login_id and far["resource"] == stock.user_arn("jane")
    assert json.loads(afar(server, administrator, "--token", "-", "--database", "c1", "--json", input=token).stdout)["checks"]


def test_who_may_ask(world):
    """One needs the right on the login or the database, and on whoever signed."""
    server, stock = world.server, world.stock
    user = world.principal()
    mark = len(server.logins())
    token = world.token(user)
    stock.login.refused("jane", token)
    login_id = stock.recorded_since(mark, "jane")[-1]["login_id"]
    arn = f"arn:aws:iam::{server.account}:user/{user.name}"
    questions = [([login_id], {}), (["--token", "-", "--database", "c1"], {"input": token}),
                 (["--principal", arn, "--database", "c1", "--user", "jane"], {})]
    nobody = world.principal(aws.document(aws.allow("rds:*", "*")))
    half = world.principal(aws.document(aws.allow(
        "countersign:ExplainLogin", [f"arn:aws:countersign:*:{server.account}:{kind}/*" for kind in ("login", "database")])))
    reader = world.principal(aws.document(aws.allow("countersign:ExplainLogin", "*")))
    for words, more in questions:
        for weak in (nobody, half):
            done = afar(server, weak, *words, **more)
            assert done.returncode == 1 and "is not authorized to perform: countersign:ExplainLogin" in done.stderr
            assert done.stdout == ""
        assert "✗ policy" in afar(server, reader, *words, **more).stdout
    # What refuses before anybody asks who signed is told without that.
    elsewhere = world.token(user, region="eu-west-1")
    words = ["--token", "-", "--database", "c1", "--json"]
    told, whole = (json.loads(afar(server, who, *words, input=elsewhere).stdout) for who in (half, reader))
    outcomes = [{one["check"]: one["outcome"] for one in document["checks"]} for document in (told, whole)]
    assert [one["token.region"] for one in outcomes] == ["failed", "failed"]
    assert [(one["signature"], one["policy"]) for one in outcomes] == [("notReached", "notReached"), ("passed", "failed")]
    assert (told["principal"], told["trail"]) == ("", None) and whole["principal"] == arn and user.name not in json.dumps(told)


def test_of_another_accounts_principal_no_policy_is_shown(world):
    server = world.server
    visitor = world.visitor(aws.document(aws.deny("rds-db:connect", "*") | {"Sid": "TheirSecret"}))
    token = world.token(visitor)
    done = server.command("explain", "--token", "-", "--database", "c1", check=False, input=token)
    assert "✗ policy" in done.stdout and "TheirSecret" not in done.stdout and "visitor/p0" not in done.stdout


def test_a_token_that_is_asked_about_is_kept_nowhere(world):
    server, stock = world.server, world.stock
    mark = len(server.logins())
    for token in (world.token(), tokens.with_signature_altered(world.token()), world.token() + "\n\n", "x" * 70_000):
        done = server.command("explain", "--token", "-", "--database", "c1", "--user", "jane", check=False, input=token)
        secret = token.strip()[-64:]
        assert secret not in done.stdout + done.stderr + server.said()
        for file in server.data.rglob("*"):
            if file.is_file() and "base" not in file.parts:
                assert secret.encode() not in file.read_bytes(), file
    assert len(server.logins()) == mark and stock.login.psql("jane", world.token(), "SELECT 1").returncode == 0


@pytest.mark.parametrize("words, said", [
    (["--database", "c1"], "LOGIN-ID"),
    (["A" * 16, "--principal", "x"], "LOGIN-ID"),
    (["--token", "localhost:1/?Action=connect", "--database", "c1"], "standard input"),
    (["--token", "-"], "--database is required"),
    (["--principal", "arn:aws:iam::111122223333:user/x", "--database", "c1"], "--user is required"),
])
def test_a_question_that_is_none(server, words, said):
    done = server.command("explain", *words, check=False)
    assert done.returncode == 2 and said in done.stderr


def test_a_login_that_was_not(server, stock):
    assert stock.resource_id
    done = server.command("explain", "A" * 16, check=False)
    assert done.returncode == 1 and "there is no login" in done.stderr
    assert "no token on standard input" in server.command("explain", "--token", "-", "--database", "c1", check=False,
                                                          input="\n").stderr
