"""countersign attach and detach: servers of one's own under IAM login, and restored byte for byte."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess

import pytest

from support import aws as aws_client
from support import tokens
from support.agents import first_line
from support.attaching import PAM, REFUSED, Host
from support.own_postgres import OWNER, PASSWORD, PROGRAMS, RULES, as_owner, digests, is_root
from support.poll import until
from support.server import BIN, PROGRAM, REPOSITORY, Server, clean_environment, run
from support.unprivileged import for_others

pytestmark = pytest.mark.skipif(not is_root(), reason="a PAM service is root's to make")


@pytest.fixture(name="server", scope="module")
def _server():
    made = Server("--user", OWNER)
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture(name="host")
def _host(server):
    made = Host(server)
    try:
        yield made
    finally:
        made.close()


def test_attached_a_server_takes_tokens_and_detached_it_is_as_it_was(host):
    postgres = host.postgres()
    before = digests(postgres.hba)
    pam_before = host.pam_files()
    shown = host.attach("orders", postgres).stdout
    for line in ("a fresh token was accepted over TLS", "a wrong token was refused by PAM", "PostgreSQL 1"):
        assert line in shown
    assert "✗" not in shown
    assert postgres.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'countersign_proof%'") == "0"

    postgres.sql("GRANT rds_iam TO jane")
    token = host.token(postgres, "jane")
    assert postgres.login("jane", token) == ""
    assert REFUSED.format("jane") in postgres.login("jane", tokens.with_signature_altered(token))
    assert "pg_hba.conf rejects connection" in postgres.login("jane", token, sslmode="disable")
    assert postgres.login("app", PASSWORD) == "", "the owner's rules go on"

    found = host.describe("orders")
    assert found["DbiResourceId"].startswith("db-")
    assert found["DBInstanceStatus"] == "available" and found["IAMDatabaseAuthenticationEnabled"]
    assert found["Endpoint"]["Port"] == postgres.port
    assert host.server.logins()[-1]["user"] == "jane"

    postgres.sql("REVOKE rds_iam FROM jane")
    said = host.detach("orders").stdout
    assert "byte for byte" in said and "✗" not in said
    assert digests(postgres.hba) == before
    assert host.pam_files() == pam_before
    assert postgres.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'rds_iam'") == "0"
    assert "orders" not in host.names()
    assert "PAM" not in postgres.login("jane", token)
    assert "not attached" in host.detach("orders", check=False).stderr


def test_the_lines_are_the_first_that_could_admit_a_member(host):
    postgres = host.postgres()
    host.attach("first", postgres)
    lines = postgres.hba.read_text().splitlines()
    assert lines[:2] == RULES.splitlines()[:2]
    assert lines[2].startswith("# BEGIN Countersign db-")
    assert [line.split()[0] for line in lines[3:5]] == ["hostnossl", "hostssl"]
    assert lines[6:] == RULES.splitlines()[2:]


def test_a_dry_run_shows_everything_and_changes_nothing(host):
    postgres = host.postgres()
    before = digests(postgres.hba)
    pam_before, databases_before = host.pam_files(), host.names()
    shown = host.attach("dry", postgres, "--dry-run").stdout
    for part in ("* register dry at", "CREATE ROLE rds_iam NOLOGIN;", "+hostssl   all", "pam_countersign.so socket=",
                 "+++ /etc/pam.d/countersign-db-new", "pg_reload_conf"):
        assert part in shown
    assert digests(postgres.hba) == before
    assert (host.pam_files(), host.names()) == (pam_before, databases_before)
    assert postgres.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'rds_iam'") == "0"
    assert not host.state.exists() and not host.modules.exists()


def test_a_dry_run_of_detach_changes_nothing(host):
    postgres = host.postgres()
    host.attach("dry", postgres)
    before = digests(postgres.hba)
    shown = host.detach("dry", "--dry-run").stdout
    assert "-hostssl   all" in shown and "* forget dry" in shown
    assert digests(postgres.hba) == before and "dry" in host.names()


def test_attached_again_it_repairs_what_is_missing(host):
    postgres = host.postgres()
    before = digests(postgres.hba)
    first = json.loads(host.attach("again", postgres, "--json").stdout)
    assert "attached already" in host.attach("again", postgres).stdout
    service = PAM / f"countersign-{first['DbiResourceId'].lower()}"
    service.unlink()
    postgres.hba.write_text(RULES)
    repaired = json.loads(host.attach("again", postgres, "--json").stdout)
    assert repaired["DbiResourceId"] == first["DbiResourceId"]
    assert service.exists() and "# BEGIN Countersign" in postgres.hba.read_text()
    host.detach("again")
    assert digests(postgres.hba) == before


def test_what_the_owner_changed_meanwhile_stays(host):
    postgres = host.postgres()
    host.attach("meanwhile", postgres)
    postgres.hba.write_text("# a new first line\n" + postgres.hba.read_text() + "\nhost all late all md5\n")
    said = host.detach("meanwhile").stdout
    assert "only our lines are taken out" in said
    assert postgres.hba.read_text() == "# a new first line\n" + RULES + "\nhost all late all md5\n"


def test_a_role_with_members_stays(host):
    postgres = host.postgres()
    host.attach("members", postgres)
    postgres.sql("GRANT rds_iam TO jane")
    assert "it has 1 member and stays" in host.detach("members").stdout
    assert postgres.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'rds_iam'") == "1"
    host.attach("members", postgres)
    postgres.sql("REVOKE rds_iam FROM jane")
    host.detach("members")
    assert postgres.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'rds_iam'") == "1", "it was there before"


@pytest.mark.parametrize("trouble", ["module", "rules", "proof"])
def test_after_a_failure_everything_is_as_before(host, trouble):
    postgres = host.postgres()
    modules = "/proc/no/where" if trouble == "module" else None
    if trouble == "rules":
        postgres.hba.write_text(RULES + "\nhost all all all no-such-method\n")
    if trouble == "proof":
        postgres.sql("ALTER DATABASE postgres CONNECTION LIMIT 0")
    before = digests(postgres.hba)
    pam_before = host.pam_files()
    done = host.attach(f"failing-{trouble}", postgres, modules=modules, check=False)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
    assert digests(postgres.hba) == before
    assert host.pam_files() == pam_before
    assert f"failing-{trouble}" not in host.names()
    assert postgres.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'rds_iam' OR rolname LIKE 'counter%'") == "0"
    assert not list(host.state.glob("db-*"))


def test_without_tls_it_is_refused_with_the_next_step(host):
    postgres = host.postgres(tls=False)
    done = host.attach("plain", postgres, check=False)
    assert done.returncode == 1 and "ssl = on" in done.stderr
    assert "plain" not in host.names()


def test_two_servers_of_one_host_are_two_resources(host):
    one, two = host.postgres(), host.postgres()
    host.attach("one", one)
    host.attach("two", two)
    resource = host.describe("one")["DbiResourceId"]
    for postgres in (one, two):
        postgres.sql("GRANT rds_iam TO jane")
    arn = f"arn:aws:rds-db:{host.server.region}:{host.server.account}:dbuser:{resource}/jane"
    only_one = aws_client.new_principal(host.server, "only-one",
                                        [aws_client.document(aws_client.allow("rds-db:connect", arn))])
    assert one.login("jane", host.token(one, "jane", only_one)) == ""
    assert REFUSED.format("jane") in two.login("jane", host.token(two, "jane", only_one))
    assert REFUSED.format("jane") in two.login("jane", host.token(one, "jane")), "a token for the other endpoint"
    host.detach("one")
    assert two.login("jane", host.token(two, "jane")) == ""


def test_a_stranger_gets_no_answer_at_the_agents_socket(host):
    postgres = host.postgres()
    host.attach("strangers", postgres)
    service = (PAM / f"countersign-{host.describe('strangers')['DbiResourceId'].lower()}").read_text()
    path = next(word for word in service.split() if word.startswith("socket=")).removeprefix("socket=")
    assert os.stat(path).st_mode & 0o777 == 0o600 and os.stat(path).st_uid == postgres.owner
    nobody = subprocess.run(["setpriv", "--reuid=nobody", "--clear-groups", "python3", "-c",
                             f"import socket; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect('{path}')"],
                            capture_output=True, text=True, check=False, cwd="/")
    assert "Permission denied" in nobody.stderr
    mark = host.server.said().count("agent.stranger")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as root:
        root.connect(path)
        root.send(b"CSRL")
        with pytest.raises(ConnectionResetError):  # with what was sent unread
            root.recv(1000)
    assert until(lambda: host.server.said().count("agent.stranger") > mark, "the stranger is in the log")


def test_a_service_with_another_socket_lets_nobody_in(host):
    postgres = host.postgres()
    host.attach("socket", postgres)
    postgres.sql("GRANT rds_iam TO jane")
    service = PAM / f"countersign-{host.describe('socket')['DbiResourceId'].lower()}"
    service.write_text(service.read_text().replace("socket=/", "socket=/nowhere/"))
    assert REFUSED.format("jane") in postgres.login("jane", host.token(postgres, "jane"))
    assert "agent: not running" in postgres.log()


def test_the_caller_needs_rights(host):
    postgres = host.postgres()
    nobody = aws_client.new_principal(host.server, "no-rights")
    environment = clean_environment(host.server.user_home) | {
        "AWS_ENDPOINT_URL": host.server.url, "AWS_REGION": host.server.region,
        "AWS_ACCESS_KEY_ID": nobody.key_id, "AWS_SECRET_ACCESS_KEY": nobody.secret}
    words = ["attach", "rights", "--socket", f"{postgres.sockets}:{postgres.port}", "--state-dir", host.state,
             "--module-dir", host.modules]
    done = run([PROGRAM, *words], environment, check=False)
    assert done.returncode == 1 and "not authorized to perform: countersign:" in done.stderr

    iam = aws_client.client(host.server, "iam")
    iam.put_user_policy(UserName="no-rights", PolicyName="attach", PolicyDocument=json.dumps(
        aws_client.document(aws_client.allow("countersign:*", "*"))))
    host.attached.append("rights")
    done = run([PROGRAM, *words], environment)
    assert "! proof: not made: the caller may not log in" in done.stdout


def test_deleted_in_the_api_the_record_alone_goes(host):
    postgres = host.postgres()
    host.attach("deleted", postgres)
    postgres.sql("GRANT rds_iam TO jane")
    host.rds.modify_db_instance(DBInstanceIdentifier="deleted", EnableIAMDatabaseAuthentication=False)
    assert REFUSED.format("jane") in postgres.login("jane", host.token(postgres, "jane"))
    host.rds.modify_db_instance(DBInstanceIdentifier="deleted", EnableIAMDatabaseAuthentication=True)
    until(lambda: postgres.login("jane", host.token(postgres, "jane")) == "", "IAM is on again")
    host.rds.delete_db_instance(DBInstanceIdentifier="deleted", SkipFinalSnapshot=True)
    assert "deleted" not in host.names()
    assert postgres.sql("SELECT 1") == "1"
    until(lambda: REFUSED.format("jane") in postgres.login("jane", host.token(postgres, "jane")), "it is forgotten")


def test_it_is_there_again_after_a_restart_of_the_control_plane(host):
    postgres = host.postgres()
    host.attach("restarted", postgres)
    postgres.sql("GRANT rds_iam TO jane")
    host.server.restart()
    assert postgres.login("jane", host.token(postgres, "jane")) == ""


@pytest.fixture(name="cluster")
def _cluster(host):
    """One of Debian's clusters."""
    if not shutil.which("pg_createcluster"):
        pytest.skip("postgresql-common is not installed")
    version, name, port = PROGRAMS.parent.name, f"countersign{os.getpid()}", host.server.ports.last
    environment = clean_environment(host.server.user_home)
    run(["pg_createcluster", version, name, "-p", port, "--start"], environment)
    try:
        yield f"{version}/{name}", port
    finally:
        run(["pg_dropcluster", "--stop", version, name], environment, check=False)


def debian_sql(port, text):
    return run(["runuser", "-u", OWNER, "--", "psql", "-X", "-A", "-t", "-q", "-p", port, "-c", text],
               clean_environment("/tmp"), cwd="/").stdout


def debian_login(host, port, user):
    token = tokens.database_token(aws_client.administrator(host.server), "localhost", port, user)
    conninfo = f"host=localhost port={port} user={user} dbname=postgres sslmode=require"
    return run(["psql", "-X", "-w", conninfo, "-c", "SELECT 1"], clean_environment("/tmp") | {"PGPASSWORD": token},
               check=False)


@pytest.mark.parametrize("fast", [[], ["--fast=preload", "--restart"]])
def test_a_cluster_of_debians(host, cluster, fast):
    name, port = cluster
    files = [f"/etc/postgresql/{name}/pg_hba.conf", f"/etc/postgresql/{name}/environment"]
    before = digests(*files)
    shown = host.attach("debian", ["--cluster", name], *fast).stdout
    assert "a fresh token was accepted" in shown
    debian_sql(port, "CREATE ROLE jane LOGIN IN ROLE rds_iam")
    assert debian_login(host, port, "jane").returncode == 0
    assert ("LD_PRELOAD" in pathlib.Path(files[1]).read_text()) == bool(fast)
    host.detach("debian")
    assert digests(*files) == before


def test_a_deny_only_other_is_given_back(host):
    postgres = host.postgres()
    before = digests(PAM / "other")
    host.attach("fast", postgres, "--fast=other")
    try:
        assert "pam_unix" not in (PAM / "other").read_text()
        postgres.sql("GRANT rds_iam TO jane")
        assert postgres.login("jane", host.token(postgres, "jane")) == ""
    finally:
        host.detach("fast")
    assert digests(PAM / "other") == before


def test_the_guide_works_as_printed(host, cluster):
    """docs/attach.md's own commands, on a cluster of Debian's."""
    name, _ = cluster
    page = (REPOSITORY / "docs/attach.md").read_text()
    blocks = [block.split("```", 1)[0] for block in page.split("```bash\n")[1:]]
    assert blocks
    story = "set -euo pipefail\n" + "\n".join(blocks).replace("15/main", name)
    host.attached.append("orders")
    environment = host.server.environment | {"COUNTERSIGN_DATA_DIR": str(host.server.data)}
    run(["bash", "-c", story], environment, cwd="/")


def test_the_servers_own_user_needs_no_root_with_the_preload(host):
    postgres = host.postgres()
    before = digests(postgres.hba)
    administrator = aws_client.administrator(host.server)
    environment = postgres.environment | {
        "AWS_ENDPOINT_URL": host.server.url, "AWS_REGION": host.server.region, "HOME": str(postgres.home),
        "AWS_ACCESS_KEY_ID": administrator.key_id, "AWS_SECRET_ACCESS_KEY": administrator.secret}
    words = ["--state-dir", str(postgres.home / "state")]
    program = for_others(BIN) / PROGRAM.name if is_root() else PROGRAM

    def command(*more, check=True):
        return run(as_owner([str(program), *more, *words]), environment, check=check, cwd="/")
    attach = ["attach", "own", "--socket", f"{postgres.sockets}:{postgres.port}"]
    assert "needs root" in command(*attach, check=False).stderr
    asked = command(*attach, "--fast=preload", check=False)
    assert asked.returncode == 1
    wanted = dict(re.findall(r"(LD_PRELOAD|COUNTERSIGN_AGENT_SOCKET)=(\S+)", asked.stderr))
    assert digests(postgres.hba) == before
    postgres.stop()
    postgres.start(**wanted)
    assert "a fresh token was accepted" in command(*attach, "--fast=preload").stdout
    postgres.sql("GRANT rds_iam TO jane")
    assert postgres.login("jane", host.token(postgres, "jane")) == ""
    command("detach", "own")
    assert digests(postgres.hba) == before


@pytest.fixture(name="agent")
def _agent():
    """A control plane of another user than the servers', and an agent that runs as root on the servers' host."""
    server = Server("--user", "nobody", "--agents", "localhost:0")
    server.options = ("--user", "nobody", "--agents", f"localhost:{server.ports.first + 2}")
    made = Host(server.start())
    token = server.command("agent-token", "--name", "db7").stdout.strip()
    with (server.home / "agent.log").open("ab") as log:
        process = subprocess.Popen(
            [str(PROGRAM), "agent", "--control-plane", server.options[-1], "--token", token, "--name", "db7",
             "--state-dir", str(server.home / "agent"), "--run-dir", str(server.home / "run")], stdout=subprocess.PIPE, stderr=log,
            env=clean_environment(server.user_home))
    try:
        first_line(process, (server.home / "agent.log").read_text)
        made.agent = process
        yield made
    finally:
        made.close()
        process.terminate()
        process.wait(60)
        process.stdout.close()
        server.close()


def test_an_agent_of_its_own_answers(agent):
    postgres = agent.postgres()
    refused = agent.attach("far", postgres, check=False)
    assert refused.returncode == 1 and "answers no other user" in refused.stderr, "the agent inside serve is nobody's"
    run_directory = agent.server.home / "run"
    shown = agent.attach("far", postgres, "--agent", "db7").stdout
    assert "a fresh token was accepted" in shown
    postgres.sql("GRANT rds_iam TO jane")
    assert postgres.login("jane", agent.token(postgres, "jane")) == ""
    found = next(run_directory.glob("*.agent")).stat()
    assert (found.st_uid, found.st_mode & 0o777) == (postgres.owner, 0o600)
    assert agent.server.command("doctor", "--state-dir", agent.state).returncode == 0
    agent.agent.kill()
    agent.agent.wait(60)
    assert REFUSED.format("jane") in postgres.login("jane", agent.token(postgres, "jane"))
