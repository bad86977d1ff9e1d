"""A membership in rds_iam that came through another role: the hint names the grant that makes it."""

import json

import pytest

from support.own_postgres import OWNER, OwnPostgres, is_root
from support.server import Server
from support.stock import MASTER, MASTER_PASSWORD

TERRAFORMS_GRANTS = f"CREATE ROLE app LOGIN IN ROLE rds_iam; GRANT app TO {MASTER}"


def explained(server, login_id):
    done = server.command("explain", login_id, "--json", check=False)
    return json.loads(done.stdout)


def warnings(server, *words):
    done = server.command("doctor", "--json", *words, check=False)
    return {check["what"]: (check["detail"], check["mend"]) for check in json.loads(done.stdout)["Checks"]
            if check["mark"] == "warning"}


def test_the_master_that_terraform_locks_out(server, stock, tmp_path):
    assert not any("master user" in what for what in warnings(server, "--state-dir", tmp_path))
    stock.sql(TERRAFORMS_GRANTS)
    mark = len(server.logins())
    assert stock.login.psql(MASTER, MASTER_PASSWORD, "SELECT 1", check=False).returncode != 0
    entry = stock.recorded_since(mark, MASTER, count=1)[0]
    assert entry["reason_code"] == "token_is_password"
    assert f"`REVOKE app FROM {MASTER}` gives the password back" in explained(server, entry["login_id"])["mend"]
    detail, mend = warnings(server, "--state-dir", tmp_path)["c1: master user"]
    assert "through another role" in detail and mend == f"REVOKE app FROM {MASTER}"
    principal = stock.principal("rescuer", stock.may_connect(MASTER))
    with stock.session(principal, MASTER) as session:
        session.execute(mend)
    assert stock.login.psql(MASTER, MASTER_PASSWORD, "SELECT 1", check=False).returncode == 0
    assert not any("master user" in what for what in warnings(server, "--state-dir", tmp_path))


def test_a_direct_member_is_told_the_direct_grant(server, stock):
    mark = len(server.logins())
    assert stock.login.psql("dora", "doras-own-password", "SELECT 1", check=False).returncode != 0
    entry = stock.recorded_since(mark, "dora", count=1)[0]
    assert "`REVOKE rds_iam FROM dora` gives" in explained(server, entry["login_id"])["mend"]


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
