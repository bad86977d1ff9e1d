"""PostgreSQL servers of the login measurement's own: the settings of a server that Countersign makes, its kind of
certificate, its lines of pg_hba.conf, and one line that no server of Countersign's has: `trust`, as the floor.

Each asks a real agent (bench_agent) through its own way in. What a stock PAM would change in /etc is changed for
one server alone, in a mount namespace of its own.
"""

import contextlib
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import tempfile
import time
import typing

CGROUPS = pathlib.Path("/sys/fs/cgroup/cpuacct")
SECURITY = pathlib.Path("/lib/x86_64-linux-gnu/security")
PAM = pathlib.Path("/etc/pam.d")
ACCESS = """
local     all   all                    trust
hostssl   all   tina        all        trust
hostnossl all   +rds_iam    all        reject
hostssl   all   +rds_iam    all        pam pamservice=countersign
hostssl   all   all         all        scram-sha-256
host      all   all         all        scram-sha-256
"""
ROLES = """
CREATE ROLE rds_iam NOLOGIN;
CREATE ROLE jane LOGIN IN ROLE rds_iam;
CREATE ROLE bob LOGIN PASSWORD '{password}';
CREATE ROLE tina LOGIN;
"""
DENY = "".join(f"{kind:<8} required pam_deny.so\n" for kind in ("auth", "account", "password", "session"))
IN_NAMESPACE = 'mount --bind "$1" /etc/pam.d && shift && exec "$@"'
IN_CGROUP = 'echo $$ > "$1/cgroup.procs" && shift && exec "$@"'


def may_change_pam():
    """Whether a server can be given a /etc/pam.d of its own."""
    if os.geteuid() != 0 or not SECURITY.is_dir() or not PAM.is_dir():
        return False
    return subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def modules_of(service):
    """The files of all modules that a service of this machine's PAM names, those of included services too."""
    text = (PAM / service).read_text()
    found = [SECURITY / name for name in re.findall(r"\b(pam_\w+\.so)\b", text) if (SECURITY / name).exists()]
    for included in re.findall(r"^@include (\S+)", text, re.MULTILINE):
        found += modules_of(included)
    return list(dict.fromkeys(found))


class Server:
    """One server; `way` says how its logins reach the agent."""

    WAYS: typing.ClassVar = {
        "preload": "Servers that Countersign starts: the preload answers PAM's calls",
        "stock": "Attached, stock PAM: the module, and the machine's own `other`",
        "deny": "Attached, `other` denies everything (a dedicated host)",
        "modules": "Attached, stock PAM, its modules loaded by the postmaster",
    }

    def __init__(self, stage, way, port):
        self.stage, self.way, self.port = stage, way, port
        self.home = stage.home / way
        self.data = self.home / "data"
        self.socket = self.home / "agent.sock"
        self.cgroup = None
        self.process = None
        self.home.mkdir()
        shutil.copytree(stage.template, self.data, copy_function=shutil.copy2)
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(f"port = {port}\nunix_socket_directories = '{self.home}'\n"
                           f"log_directory = '{self.home}/log'\n")
        if way != "preload":
            self._make_pam()
        stage.give(self.home)

    def _make_pam(self):
        own = self.home / "pam.d"
        shutil.copytree(PAM, own)
        (own / "countersign").write_text(f"auth    required {self.stage.module} socket={self.socket}\n"
                                         f"account required {self.stage.module}\n")
        if self.way == "deny":
            (own / "other").write_text(DENY)

    def _words(self):
        """The command that starts it: group, mounts, user, then PostgreSQL with its preload."""
        preload = {"preload": [self.stage.preload], "modules": [self.stage.module, *modules_of("other")]}
        words = ["env", f"COUNTERSIGN_AGENT_SOCKET={self.socket}"]
        if self.way in preload:
            words.append("LD_PRELOAD=" + ":".join(str(file) for file in preload[self.way]))
        words += [self.stage.programs / "postgres", "-D", self.data]
        if self.stage.owner:
            words = ["setpriv", f"--reuid={self.stage.owner.pw_uid}", f"--regid={self.stage.owner.pw_gid}",
                     "--clear-groups", "--", *words]
        if self.way != "preload":
            words = ["unshare", "--mount", "--", "sh", "-c", IN_NAMESPACE, "sh", self.home / "pam.d", *words]
        if self.cgroup:
            words = ["sh", "-c", IN_CGROUP, "sh", self.cgroup, *words]
        return [str(word) for word in words]

    def start(self):
        with contextlib.suppress(OSError):
            group = CGROUPS / f"countersign-bench-{os.getpid()}-{self.way}"
            group.mkdir()
            self.cgroup = group
        with (self.home / "server.log").open("wb") as log:
            self.process = subprocess.Popen(self._words(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.data, start_new_session=True)
        deadline = time.monotonic() + 60
        ready = [self.stage.programs / "pg_isready", "-q", "-h", self.home, "-p", str(self.port)]
        while subprocess.run(ready, check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"bench/run: {self.way} does not start: {self.said()}")
            time.sleep(0.05)

    def said(self):
        return "".join(file.read_text() for file in [self.home / "server.log", *self.home.glob("log/*.log")])

    def usage(self):
        return str(self.cgroup / "cpuacct.usage") if self.cgroup else ""

    def stop(self):
        if self.process is not None:
            self.process.send_signal(2)  # SIGINT: fast
            self.process.wait(60)
        for _ in range(100 if self.cgroup else 0):  # the kernel lets go of ended processes a little later
            with contextlib.suppress(OSError):
                self.cgroup.rmdir()
                return
            time.sleep(0.05)


class Stage:
    """The servers with their agent, in a temporary directory; everything is gone after close()."""

    def __init__(self, programs, binaries, settings, ports):
        self.programs, self.binaries = programs, binaries
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="countersign-bench-login-", dir="/tmp"))
        self.home.chmod(0o755)
        self.owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self.template = self.home / "template"
        self.certificate = self.home / "ca.pem"
        self.password = "correct-horse-battery"
        self.module, self.preload = self._copied("pam_countersign.so"), self._copied("libcountersign_pam.so")
        self.agent = None
        self.servers = []
        try:
            self._make_template(settings)
            ways = list(Server.WAYS) if may_change_pam() else ["preload"]
            self.servers = [Server(self, way, port) for way, port in zip(ways, ports)]
            self._start()
        except BaseException:
            self.close()
            raise

    def _copied(self, name):
        copy = self.home / name
        shutil.copyfile(self.binaries / name, copy)
        copy.chmod(0o755)
        return copy

    def give(self, directory):
        if self.owner:
            subprocess.run(["chown", "-R", f"{self.owner.pw_uid}:{self.owner.pw_gid}", directory], check=True)

    def _as_owner(self, *words, **more):
        owner = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if self.owner else {}
        subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, cwd=self.home, **owner,
                       **more)

    def _make_template(self, settings):
        self.template.mkdir(mode=0o700)
        self.give(self.template)
        self._as_owner(self.programs / "initdb", "--no-sync", "-A", "trust", "-U", "rdsadmin", "-D", self.template)
        self._as_owner(self.programs / "postgres", "--single", "-D", self.template, "postgres",
                       stderr=subprocess.DEVNULL, input=ROLES.format(password=self.password).encode())
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                        self.template / "server.key", "-out", self.certificate], stderr=subprocess.DEVNULL, check=True)
        shutil.copyfile(self.certificate, self.template / "server.crt")
        (self.template / "server.key").chmod(0o600)
        (self.template / "pg_hba.conf").write_text(ACCESS)
        (self.template / "postgresql.conf").write_text(settings)
        self.give(self.template)

    def _start(self):
        words = [self.binaries / "bench_agent", "--log", self.home / "login.log", "--user", "jane"]
        for server in self.servers:
            server.start()
            words += ["--data-directory", server.data, "--socket", server.socket, "--port", server.port]
        self.agent = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True)
        for server in self.servers:
            server.token = self.agent.stdout.readline().strip()

    def close(self):
        if self.agent is not None:
            self.agent.communicate("")
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.home, ignore_errors=True)


def measure(server, plan):
    """Runs bench_login against one server and returns its table's lines."""
    stage = server.stage
    environment = {"PATH": os.environ["PATH"], "HOME": str(stage.home), "COUNTERSIGN_BENCH_TOKEN": server.token,
                   "COUNTERSIGN_BENCH_PASSWORD": stage.password}
    words = [stage.binaries / "bench_login", "--conninfo",
             f"host=localhost port={server.port} dbname=postgres sslmode=verify-full sslrootcert={stage.certificate}",
             "--postmaster", server.process.pid, "--agent", stage.agent.pid, "--token-user", "jane", "--password-user",
             "bob", "--trust-user", "tina", "--rounds", plan["rounds"], "--seconds", plan["seconds"], "--clients",
             plan["clients"]]
    if server.usage():
        words += ["--cgroup-usage", server.usage()]
    done = subprocess.run([str(word) for word in words], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()
