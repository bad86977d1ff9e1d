"""A PostgreSQL that somebody else runs: made by initdb, started by pg_ctl, with rules of its owner's."""

import contextlib
import grp
import hashlib
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

from support.poll import until
from support.server import clean_environment, processes_in, run

OWNER = "postgres"  # whose processes they are, when root runs the tests
PROGRAMS = pathlib.Path(sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))[-1]).parent
RULES = """# the owner's own rules
local   all   all                     peer
host    all   app    127.0.0.1/32     scram-sha-256
hostssl all   all    127.0.0.1/32     scram-sha-256   # everybody else
host    all   all    10.0.0.0/8       reject"""  # without a line end, as some editors leave it
PASSWORD = "the-apps-own-password"


def is_root():
    return os.geteuid() == 0


def as_owner(arguments):
    return ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", *arguments] if is_root() else arguments


@contextlib.contextmanager
def sockets_directory():
    """Of the owner's, in which servers have their sockets and an agent may ask."""
    directory = tempfile.mkdtemp(prefix="countersign-sockets-", dir="/tmp")
    shutil.chown(directory, OWNER, OWNER)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def digests(*files):
    """What tells whether a file changed: its bytes, owner and mode."""
    found = {}
    for file in files:
        facts = os.stat(file)
        found[str(file)] = (hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest(), facts.st_uid, facts.st_gid,
                            facts.st_mode)
    return found


class OwnPostgres:
    """Owns its process and everything below `home`. `programs` is where initdb and pg_ctl are; `sockets` a directory of
    the owner's, its home where none is given."""

    def __init__(self, port, rules=RULES, tls=True, listen="localhost", programs=PROGRAMS, sockets=None):
        self.port = port
        self.programs = programs
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="countersign-own-", dir="/tmp"))
        self.data = self.home / "data"
        self.sockets = sockets or self.home
        self.environment = clean_environment(self.home)
        if is_root():
            shutil.chown(self.home, OWNER, grp.getgrgid(pwd.getpwnam(OWNER).pw_gid).gr_name)
        self.home.chmod(0o755)
        self._as_owner(self.programs / "initdb", "-D", self.data, "-U", OWNER, "-A", "peer", "--no-sync", "--locale=C")
        settings = (f"port = {port}\nunix_socket_directories = '{self.sockets}'\nlisten_addresses = '{listen}'\n"
                    f"fsync = off\n")
        if tls:
            self.make_certificate()
            settings += "ssl = on\n"
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(settings)
        self.hba.write_text(rules)
        self.start()
        self.sql(f"CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'; CREATE ROLE jane LOGIN")

    @property
    def hba(self):
        return self.data / "pg_hba.conf"

    @property
    def owner(self):
        return os.stat(self.data).st_uid

    def _as_owner(self, *arguments, **more):
        return run(as_owner([str(word) for word in arguments]), self.environment, cwd="/", **more)

    def make_certificate(self, days=30):
        self._as_owner("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                       "-days", days, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                       "-keyout", self.data / "server.key", "-out", self.data / "server.crt")

    def start(self, **environment):
        with (self.home / "log").open("ab") as log:
            subprocess.run(as_owner([str(self.programs / "pg_ctl"), "-D", str(self.data), "-w", "start"]), check=True,
                           stdout=log, stderr=log, env=self.environment | environment, cwd="/")

    def stop(self):
        self._as_owner(self.programs / "pg_ctl", "-D", self.data, "-m", "fast", "stop", check=False)

    def log(self):
        return (self.home / "log").read_text(errors="replace")

    def sql(self, text, dbname="postgres"):
        """As the superuser, over the socket."""
        done = self._as_owner("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.sockets, "-p",
                              self.port, "-U", OWNER, "-d", dbname, "-c", text)
        return done.stdout.strip()

    def login(self, user, password, host="localhost", sslmode="require", port=None, dbname="postgres"):
        """The FATAL line, or an empty text when the login succeeds. `host` is the name in the token; the address is
        this machine's."""
        conninfo = (f"host={host} hostaddr=127.0.0.1 port={port or self.port} dbname={dbname} user={user} "
                    f"sslmode={sslmode}")
        environment = self.environment | {"PGPASSWORD": password}
        done = run(["psql", "-X", "-A", "-t", "-w", conninfo, "-c", "SELECT session_user"], environment, check=False)
        if done.returncode == 0:
            assert done.stdout.strip() == user
            return ""
        return done.stderr.strip()

    def close(self):
        self.stop()
        for pid in processes_in(self.data):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        until(lambda: not processes_in(self.data), "PostgreSQL has ended")
        shutil.rmtree(self.home, ignore_errors=True)
