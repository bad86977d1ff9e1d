"""A database host of its own: a PostgreSQL that the test starts, and the agent that answers its logins."""

import contextlib
import json
import os
import pathlib
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse

from support import api, tokens
from support.login import Login
from support.poll import PATIENCE, until
from support.ports import Ports
from support.server import BIN, PROGRAM, clean_environment, processes_in, run

ROLES = "CREATE ROLE rds_iam; CREATE USER jane LOGIN; GRANT rds_iam TO jane; CREATE USER bob LOGIN; GRANT rds_iam TO bob;"
RULES = """
local     all   postgres         trust
hostnossl all   +rds_iam    all   reject
hostssl   all   +rds_iam    all   pam pamservice=countersign
"""


def programs():
    return max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def first_line(process, said):
    """The line that says that a program is ready."""
    deadline = time.monotonic() + PATIENCE
    read = b""
    while not read.endswith(b"\n"):
        if not select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise AssertionError(f"not ready: {said()}")
        piece = os.read(process.stdout.fileno(), 4096)
        if not piece:
            process.wait(PATIENCE)
            raise AssertionError(said())
        read += piece
    return json.loads(read)


class Host:
    """A directory with a PostgreSQL and its agent, both of this host's own user: `postgres` where root tests."""

    def __init__(self, server, name="db-host-1"):
        self.server = server
        self.name = name
        self.ports = Ports()
        self.port = self.ports.first
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="cs-host-", dir="/tmp"))
        self.data = self.home / "data"
        self.state = self.home / "state"
        self.user = "postgres" if os.geteuid() == 0 else None
        self.owner = pwd.getpwnam(self.user) if self.user else pwd.getpwuid(os.geteuid())
        self.agent = None
        self.agent_ready = None
        self.postgres = None
        self.resource_id = None
        self.log = self.home / "agent.log"
        shutil.copy(BIN / "libcountersign_pam.so", self.home)
        self._give(self.home)

    def _give(self, path):
        if self.user:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def _as_owner(self):
        return {"user": self.user, "group": self.owner.pw_gid, "extra_groups": []} if self.user else {}

    def make_postgres(self):
        environment = clean_environment(self.home)
        run([programs() / "initdb", "-A", "trust", "-U", "postgres", "-D", self.data], environment, cwd=self.home,
            **self._as_owner())
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", self.data / "server.key",
             "-out", self.data / "server.crt"], environment, cwd=self.home, **self._as_owner())
        (self.data / "pg_hba.conf").write_text(RULES)
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(f"port = {self.port}\nlisten_addresses = 'localhost'\nssl = on\n"
                       f"unix_socket_directories = '{self.home}'\nlogging_collector = off\nfsync = off\n")

    def register(self, name="attached"):
        """What `countersign attach` tells the control plane."""
        facts = {"Action": "AttachDBInstance", "Version": "2026-01-01", "DBInstanceIdentifier": name,
                 "Region": self.server.region, "EngineVersion": programs().parent.name, "Host": "localhost",
                 "Port": self.port, "MasterUsername": "postgres", "DataDirectory": self.data,
                 "Owner": self.owner.pw_uid, "SocketDirectory": self.home, "SocketPort": self.port,
                 "Agent": self.name}
        status, code, message, _ = api.signed(self.server, urllib.parse.urlencode(facts), "countersign")
        assert status == 200, (code, message)
        self.resource_id = self.servers()[0]["resource_id"] if self.agent else None

    def start_postgres(self, socket):
        environment = clean_environment(self.home)
        environment |= {"COUNTERSIGN_AGENT_SOCKET": str(socket), "LD_PRELOAD": str(self.home / "libcountersign_pam.so")}
        with (self.home / "postgres.log").open("ab") as log:
            # pylint: disable-next=consider-using-with
            self.postgres = subprocess.Popen([programs() / "postgres", "-D", self.data], env=environment, cwd=self.home,
                                             stdout=log, stderr=log, stdin=subprocess.DEVNULL, **self._as_owner())
        until(lambda: self.sql("SELECT 1", check=False).returncode == 0, "PostgreSQL answers")
        self.sql(ROLES)

    def sql(self, text, check=True):
        return run(["psql", "-X", "-A", "-t", "-q", "-h", self.home, "-p", self.port, "-U", "postgres", "-d", "postgres",
                    "-c", text], clean_environment(self.home), check=check)

    def start_agent(self, *options, token=None):
        words = [PROGRAM, "agent", "--control-plane", self.server.ready["agents"], "--state-dir", self.state,
                 "--name", self.name, "--run-dir", self.home, *(["--user", self.user] if self.user else []), *options]
        if token:
            words += ["--token", token]
        with self.log.open("ab") as log:
            # pylint: disable-next=consider-using-with
            self.agent = subprocess.Popen([str(word) for word in words], env=clean_environment(self.home), stderr=log,
                                          stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True)
        self.agent_ready = first_line(self.agent, self.said)
        return self

    def said(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def stop_agent(self, kill=False):
        self.agent.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        code = self.agent.wait(2 * PATIENCE)
        self.agent.stdout.close()
        return code

    def servers(self):
        """What the agent knows of its servers."""
        return until(self._known_servers, "the agent knows a server")

    def _known_servers(self):
        with contextlib.suppress(OSError, ValueError):
            return json.loads((self.state / "servers.json").read_text())["servers"]
        return []

    def agent_socket(self):
        return pathlib.Path(self.servers()[0]["agent_socket"])

    def login(self):
        return Login(self.server, "localhost", self.port, self.data / "server.crt")

    def token(self, principal, user="jane", **more):
        return tokens.database_token(principal, "localhost", self.port, user, self.server.region, **more)

    def may(self, principal, user="jane"):
        """None when a token of the principal gets in as the user; else what the client is told."""
        refusal = self.login().bare(user, self.token(principal, user).encode())
        return refusal and refusal.message

    def reason(self):
        """Why the newest attempt was refused, as the host's own log of logins says."""
        entry = self.logins()[-1]
        return entry["decision"], entry["check"], entry["reason"]

    def logins(self):
        lines = (self.state / "login.log").read_text().splitlines()
        return [entry for entry in map(json.loads, lines) if entry["decision"] in ("allowed", "refused")]

    def close(self):
        for process in (self.agent, self.postgres):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGTERM if process is self.agent else signal.SIGQUIT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE)
        for pid in processes_in(self.data):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)
        self.ports.release()


def new_token(plane, *options):
    """What `countersign agent-token` prints."""
    return plane.command("agent-token", *options).stdout.strip()


@contextlib.contextmanager
def whole(host, plane):
    """The host with its agent and a PostgreSQL that is registered and runs; it is gone at the end."""
    try:
        host.start_agent(token=new_token(plane))
        host.make_postgres()
        host.register()
        host.start_postgres(host.agent_socket())
        yield host
    finally:
        host.close()
