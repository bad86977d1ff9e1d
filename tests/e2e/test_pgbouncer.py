"""PgBouncer with packaging/pgbouncer's configuration: token to pool to server."""

import pathlib
import re
import shutil
import signal
import socket
import subprocess

import pytest

from support import aws as aws_client
from support import tokens
from support.attaching import pam_service
from support.cluster import Cluster
from support.own_postgres import OWNER, OwnPostgres, as_owner, is_root
from support.poll import until
from support.server import REPOSITORY, Server, clean_environment, run

PACKAGE = REPOSITORY / "packaging/pgbouncer"
SERVICE = pathlib.Path("/etc/pam.d/pgbouncer")
PROGRAM = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"


def is_taken():
    """Another's service. One that a killed run of these tests left is not: nobody listens at its socket."""
    if not SERVICE.exists():
        return False
    ours = re.search(r"socket=(/tmp/countersign-e2e-\S+)", SERVICE.read_text())
    if ours is None:
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(ours[1]) == 0


pytestmark = [pytest.mark.skipif(not is_root(), reason="PAM's service is root's to make"),
              pytest.mark.skipif(not pathlib.Path(PROGRAM).exists(), reason="PgBouncer is not installed"),
              pytest.mark.skipif(is_taken(), reason="this host has a PgBouncer with PAM already")]


class Pool:
    """A control plane, an attached server, and PgBouncer in front of it."""

    def __init__(self):
        self.server = Server("--user", OWNER)
        ports = self.server.ports
        self.postgres = OwnPostgres(ports.last, rules="local orders orders_pool peer map=pgbouncer\n"
                                                      "local all all peer\n")
        self.server.options += ("--postgres-socket-dir", self.postgres.sockets)
        self.server.start()
        self.port = ports.last - 1
        self.process = None
        self.words = ["--state-dir", self.server.home / "state"]
        self.server.command("attach", "orders", "--socket", f"{self.postgres.sockets}:{self.postgres.port}",
                            "--module-dir", self.server.home / "modules", *self.words)
        for statement in ("CREATE ROLE orders_pool LOGIN", "CREATE ROLE outsider LOGIN", "GRANT rds_iam TO jane",
                          "CREATE DATABASE orders OWNER orders_pool"):
            self.postgres.sql(statement)
        ident = self.postgres.data / "pg_ident.conf"
        ident.write_text(ident.read_text() + f"pgbouncer {OWNER} orders_pool\n")
        self.postgres.sql("SELECT pg_reload_conf()")
        self.said = self.server.command("pooler", "add", "orders-pool", "--database", "orders", "--endpoint",
                                        f"localhost:{self.port}", "--user", OWNER).stdout
        self.resource_id = re.search(r"prx-[A-Z0-9]{26}", self.said).group()
        self.jane = self.principal("jane-of-the-pool", self.resource_id)
        SERVICE.write_text(self.service())
        self.start()

    def principal(self, name, resource_id):
        arn = f"arn:aws:rds-db:{self.server.region}:{self.server.account}:dbuser:{resource_id}/*"
        return aws_client.new_principal(self.server, name,
                                        [aws_client.document(aws_client.allow("rds-db:connect", arn))])

    def service(self, said=None):
        """What `pooler add` printed, with the module where this test has it."""
        said = said or self.said
        text = said[said.index("# Countersign"):said.index("\npgbouncer.ini")]
        return text.replace("/usr/local/lib/countersign", str(self.server.home / "modules"))

    def start(self):
        """The configuration of the package, with the places of this test."""
        home = self.postgres.home
        ini = (PACKAGE / "pgbouncer.ini").read_text()
        places = {"host=/var/run/postgresql port=5432": f"host={home} port={self.postgres.port}",
                  "listen_addr = *": "listen_addr = 127.0.0.1", "6432": str(self.port),
                  "/etc/pgbouncer/server": str(self.postgres.data / "server"), "/var/log/postgresql": str(home),
                  "/var/run/postgresql/pgbouncer": f"{home}/pgbouncer"}
        for before, after in places.items():
            assert before in ini
            ini = ini.replace(before, after)
        (home / "pgbouncer.ini").write_text(ini)
        self.process = subprocess.Popen(as_owner([PROGRAM, str(home / "pgbouncer.ini")]), cwd="/",
                                        env=clean_environment("/tmp"), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        until(lambda: "process up" in self.log(), "PgBouncer is up")

    def log(self):
        log = self.postgres.home / "pgbouncer.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def token(self, user="jane", port=None, principal=None):
        return tokens.database_token(principal or self.jane, "localhost", port or self.port, user)

    def login(self, user, password, sslmode="require"):
        """Of the program psql: who the session is, or the refusal."""
        conninfo = f"host=localhost port={self.port} dbname=orders user={user} sslmode={sslmode}"
        done = run(["psql", "-X", "-A", "-t", "-w", conninfo, "-c", "SELECT session_user"],
                   clean_environment("/tmp") | {"PGPASSWORD": password}, check=False)
        return done.stdout.strip() if done.returncode == 0 else done.stderr

    def close(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
        SERVICE.unlink(missing_ok=True)
        self.server.command("detach", "orders", *self.words, check=False)
        self.postgres.close()
        self.server.close()


@pytest.fixture(name="pool", scope="module")
def _pool():
    made = Pool.__new__(Pool)
    made.process = None
    try:
        made.__init__()
        yield made
    finally:
        made.close()


def test_a_token_opens_the_pool_and_the_session_is_the_pools(pool):
    assert pool.login("jane", pool.token()) == "orders_pool"
    login = pool.server.logins()[-1]
    assert (login["user"], login["decision"], login["resource_id"]) == ("jane", "allowed", pool.resource_id)
    assert login["principal_arn"].endswith("user/jane-of-the-pool") and login["source_address"] == "127.0.0.1"


@pytest.mark.parametrize("what", ["wrong", "no member", "the database's endpoint", "the database's policy", "long"])
def test_other_tokens_do_not(pool, what):
    user, token = "jane", pool.token()
    if what == "wrong":
        token = tokens.with_signature_altered(token)
    if what == "no member":
        user = "outsider"
        token = pool.token(user)
    if what == "the database's endpoint":
        token = pool.token(port=pool.postgres.port)
    if what == "the database's policy":
        database = aws_client.client(pool.server, "rds").describe_db_instances()["DBInstances"][0]["DbiResourceId"]
        token = pool.token(principal=pool.principal("of-the-database", database))
    if what == "long":
        token += "&" + "x" * 3000
    assert "authentication failed" in pool.login(user, token)
    checks = {"wrong": "signature", "no member": "role", "the database's endpoint": "token.endpoint",
              "the database's policy": "policy", "long": "token.form"}
    assert pool.server.logins()[-1]["check"] == checks[what]


def test_without_tls_nobody_is_asked(pool):
    count = len(pool.server.logins())
    assert "SSL required" in pool.login("jane", pool.token(), sslmode="disable")
    assert len(pool.server.logins()) == count


def test_a_service_that_does_not_state_tls_refuses(pool):
    before = SERVICE.read_text()
    SERVICE.write_text(before.replace(" pooler=tls", ""))
    try:
        assert "failed" in pool.login("jane", pool.token())
        assert pool.server.logins()[-1]["check"] == "transport"
    finally:
        SERVICE.write_text(before)


def test_membership_is_what_the_server_says_now(pool):
    pool.postgres.sql("REVOKE rds_iam FROM jane")
    try:
        assert "failed" in pool.login("jane", pool.token())
    finally:
        pool.postgres.sql("GRANT rds_iam TO jane")
    assert pool.login("jane", pool.token()) == "orders_pool"


def test_the_superuser_is_no_member_by_being_one(pool):
    assert "failed" in pool.login(OWNER, pool.token(OWNER))
    assert pool.server.logins()[-1]["check"] == "role"


def test_within_postgres_the_statement_counts_for_nothing(pool):
    """The same argument in the service of an attached server: a backend knows by itself that there is no TLS."""
    service = pam_service(pool.server.home / "state")
    hba = pool.postgres.hba.read_text()
    before = service.read_text()
    service.write_text(re.sub(r"(socket=\S+)", r"\1 pooler=tls", before))
    pool.postgres.hba.write_text(f"hostnossl all all all pam pamservice={service.name}\n" + hba)
    pool.postgres.sql("SELECT pg_reload_conf()")
    try:
        token = tokens.database_token(aws_client.administrator(pool.server), "localhost", pool.postgres.port, "jane")
        until(lambda: "PAM" in pool.postgres.login("jane", token, sslmode="disable"), "the rule is read")
        assert pool.server.logins()[-1]["check"] == "transport"
    finally:
        service.write_text(before)
        pool.postgres.hba.write_text(hba)
        pool.postgres.sql("SELECT pg_reload_conf()")


def test_a_pooler_of_a_cluster_asks_the_writer_of_the_moment(pool):
    """Another pooler's service, with which PgBouncer comes in to the pool of before."""
    fleet = Cluster(pool.server, "fleet", 1)
    said = pool.server.command("pooler", "add", "fleet-pool", "--database", "fleet", "--endpoint", f"localhost:{pool.port}",
                               "--user", OWNER).stdout
    principal = pool.principal("of-the-fleet", re.search(r"prx-[A-Z0-9]{26}", said).group())
    before = SERVICE.read_text()
    SERVICE.write_text(pool.service(said))

    def enters(user):
        answer = pool.login(user, pool.token(user, principal=principal))
        assert answer == "orders_pool" or "failed" in answer
        return answer == "orders_pool"

    try:
        assert enters("dora") and not enters("bob")
        fleet.until_synchronous()
        fleet.kill(1)
        assert enters("dora"), "a reader knows, too"
        until(lambda: fleet.writer() == ["fleet-2"], "the reader is the writer")
        fleet.until_available()
        fleet.sql("GRANT rds_iam TO bob; REVOKE rds_iam FROM dora")
        fleet.rds.delete_db_instance(DBInstanceIdentifier="fleet-1")
        until(lambda: len(fleet.describe()["DBClusterMembers"]) == 1, "what was the writer is gone")
        assert enters("bob") and not enters("dora")
    finally:
        SERVICE.write_text(before)


def test_a_pooler_that_is_forgotten_lets_nobody_in(pool):
    listed = pool.server.command("pooler", "list").stdout
    assert pool.resource_id in listed
    pool.server.command("pooler", "remove", "orders-pool")
    until(lambda: "failed" in pool.login("jane", pool.token()), "the pooler is forgotten")
