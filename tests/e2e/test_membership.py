"""A membership in rds_iam that came through another role: the hint names the grant that makes it."""

import json

import pytest

from support.own_postgres import OWNER, OwnPostgres, is_root
from support.poll import until
from support.server import Server
from support.stock import MASTER

TERRAFORMS_GRANTS = f"CREATE ROLE app LOGIN IN ROLE rds_iam; GRANT app TO {MASTER}"


def explained(server, login_id):
    done = server.command("explain", login_id, "--json", check=False)
    return json.loads(done.stdout)


def warnings(server, *words):
    done = server.command("doctor", "--json", *words, check=False)
    return {check["what"]: (check["detail"], check["mend"]) for check in json.loads(done.stdout)["Checks"]
            if check["mark"] == "warning"}


def taking_back(stock, group, member):
    """The statement; from PostgreSQL 16 on a grant is its grantor's to take back, and these are the master's."""
    own = int(stock.describe()["EngineVersion"].split(".")[0]) >= 16
    return f"REVOKE {group} FROM {member}" + (f" GRANTED BY {MASTER}" if own else "")


def test_the_master_that_terraform_locks_out(server, stock, tmp_path):
    assert not any("master user" in what for what in warnings(server, "--state-dir", tmp_path))
    stock.sql(TERRAFORMS_GRANTS)
    mark = len(server.logins())
    until(lambda: not stock.takes_the_masters_password(), "the membership is in force")
    entry = stock.recorded_since(mark, MASTER, count=1)[0]
    assert entry["reason_code"] == "token_is_password"
    revoke = taking_back(stock, "app", MASTER)
    assert f"`{revoke}` gives the password back" in explained(server, entry["login_id"])["mend"]
    detail, mend = warnings(server, "--state-dir", tmp_path)["c1: master user"]
    assert "through another role" in detail and mend == revoke
    principal = stock.principal("rescuer", stock.may_connect(MASTER))
    with stock.session(principal, MASTER) as session:
        session.execute(mend)
    until(stock.takes_the_masters_password, "the password is taken again")
    assert not any("master user" in what for what in warnings(server, "--state-dir", tmp_path))


def test_a_direct_member_is_told_the_direct_grant(server, stock):
    mark = len(server.logins())
    assert stock.login.psql("dora", "doras-own-password", "SELECT 1", check=False).returncode != 0
    entry = stock.recorded_since(mark, "dora", count=1)[0]
    assert f"`{taking_back(stock, 'rds_iam', 'dora')}` gives" in explained(server, entry["login_id"])["mend"]


@pytest.mark.skipif(not is_root(), reason="a PAM service is root's to make")
def test_a_superuser_of_an_attached_server():
    server = Server("--user", OWNER).start()
    postgres = OwnPostgres(server.ports.last)
    state = ["--state-dir", server.home / "state"]
    try:
        server.command("attach", "ours", "--socket", f"{postgres.sockets}:{postgres.port}", "--module-dir",
                       server.home / "modules", *state)
        postgres.sql("CREATE ROLE \"Team App\" IN ROLE rds_iam; CREATE ROLE chief SUPERUSER LOGIN IN ROLE \"Team App\"")
        detail, mend = warnings(server, *state)["ours: administrator by token alone"]
        assert "'chief' became a member of rds_iam through 'Team App'" in detail
        postgres.sql(mend)
        assert "ours: administrator by token alone" not in warnings(server, *state)
        postgres.sql("DROP ROLE chief; DROP ROLE \"Team App\"")
    finally:
        server.command("detach", "ours", *state, check=False)
        postgres.close()
        server.close()
