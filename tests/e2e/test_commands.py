"""The commands around the server: aws, psql, logins, help."""

import json
import subprocess

import pytest

from support.login import PAM_REFUSED
from support.poll import until
from support.server import PROGRAM, clean_environment, run


def test_aws(server):
    done = server.command("aws", "sts", "get-caller-identity", "--query", "Account", "--output", "text")
    assert done.stdout.strip() == server.account
    done = server.command("aws", "rds", "describe-db-clusters", "--db-cluster-identifier", "none", check=False)
    assert done.returncode not in (0, 2) and "DBClusterNotFoundFault" in done.stderr


def test_psql(server, stock, everybody):
    question = ["--", "-X", "-A", "-t", "-c", "SELECT current_user"]
    done = server.command("psql", "c1", "--user", "jane", *question)
    assert done.stdout.strip() == "jane"
    own = clean_environment(server.user_home) | {"AWS_ACCESS_KEY_ID": everybody.key_id,
                                                 "AWS_SECRET_ACCESS_KEY": everybody.secret}
    stock.sql("SELECT 1")
    done = server.command("psql", "c1", "--user", "jane", *question, environment=own, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "jane"
    assert stock.recorded_since(0, "jane")[-1]["access_key_id"] == everybody.key_id


def test_psql_with_what_does_not_exist(server, stock):
    assert stock.describe()
    done = server.command("psql", "none", "--user", "jane", check=False)
    assert done.returncode == 1 and done.stderr.startswith("countersign: ") and "none" in done.stderr


def test_the_table_of_logins(server, stock, everybody):
    stock.session(everybody, "jane").close()
    until(lambda: server.logins()[-1]["decision"] == "ended", "the session has ended")
    assert stock.login.refused("jane", "nonsense") == PAM_REFUSED.format("jane")
    lines = server.command("logins").stdout.splitlines()
    assert lines[0].split()[:2] == ["TIME", "LOGIN"]
    assert len(lines) == 1 + len(server.logins())
    assert "REFUSED token.form: " in lines[-1] and "jane" in lines[-1]
    assert lines[-3].endswith("allowed") and ":user/everybody" in lines[-3]
    assert len(server.command("logins", "--last", "1").stdout.splitlines()) == 2
    newest = server.command("logins", "--json", "--last", "1").stdout
    assert json.loads(newest) == server.logins()[-1]


def test_a_user_name_does_not_write_to_the_terminal(server, stock):
    stock.login.bare("\x1b[2J\nfaked", b"x")
    stock.recorded_since(0, r"\x1B[2J\x0Afaked")
    shown = server.command("logins").stdout
    assert "\x1b" not in shown and "\nfaked" not in shown


def test_following_logins(server, stock, everybody):
    seen = server.home / "followed"
    with seen.open("w") as out:
        follower = subprocess.Popen([PROGRAM, "logins", "--follow", "--json", "--last", "1", "--data-dir", server.data],
                                    stdout=out, env=clean_environment(server.user_home))
    try:
        for user in ("jane", "dora"):
            stock.session(everybody, user).close()
            newest = server.attempts()[-1]["login_id"]
            until(lambda newest=newest: newest in seen.read_text(), "the login is followed")
        assert follower.poll() is None
    finally:
        follower.terminate()
        follower.wait()


@pytest.mark.parametrize("words", [[], ["serve"], ["token"], ["token", "verify"], ["psql"], ["logins"], ["env"],
                                   ["aws"], ["policy", "eval"], ["completion"]])
def test_help(server, words):
    done = run([PROGRAM, *words, "--help"], clean_environment(server.user_home))
    assert "Usage:" in done.stdout and done.stderr == ""


def test_version(server):
    version = run([PROGRAM, "--version"], clean_environment(server.user_home)).stdout
    assert version == f"countersign {server.ready['version']}\n"
