"""A Countersign server in a directory of its own, as a person would start it."""

import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from support.poll import PATIENCE, until
from support.ports import Ports

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("COUNTERSIGN_BIN") or REPOSITORY / "build/release/bin").resolve()
PROGRAM = BIN / "countersign"
VENV_BIN = pathlib.Path(sys.executable).parent


def clean_environment(home):
    """This process's environment without what would steer an AWS or PostgreSQL client."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AWS_", "PG", "COUNTERSIGN_", "XDG_"))}
    kept["PATH"] = f"{VENV_BIN}:{BIN}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    kept["HOME"] = str(home)
    kept["AWS_EC2_METADATA_DISABLED"] = "true"
    kept["AWS_PAGER"] = ""
    kept["PGPASSFILE"] = "/dev/null"
    kept["PGCONNECT_TIMEOUT"] = str(int(PATIENCE))
    return kept


def run(arguments, environment, check=True, **more):
    """Runs a program to its end; its output is text."""
    done = subprocess.run([str(word) for word in arguments], env=environment, capture_output=True, text=True,
                          timeout=5 * PATIENCE, check=False, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(str(word) for word in arguments)}: exit {done.returncode}\n"
                             f"{done.stdout}{done.stderr}")
    return done


def processes_in(directory):
    """Ids of the processes that work below a directory."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            where = os.readlink(entry / "cwd")
        except OSError:
            continue
        if where == str(directory) or where.startswith(f"{directory}/"):
            found.append(int(entry.name))
    return found


def facts_of_processes(directory, *names):
    """(id, what /proc has under that name) of each process that works below a directory; none of one that ends."""
    for pid in processes_in(directory):
        for name in names:
            try:
                yield pid, pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue


def is_alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


class StartFailed(AssertionError):
    """The server ended before it was ready; the text is what it said."""


class Server:
    """Owns its process, its ports and everything below `home`."""

    def __init__(self, *options, prefix="countersign-e2e-"):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
        self.home.chmod(0o755)  # a server that root starts becomes an unprivileged user
        self.user_home = self.home / "user"
        self.user_home.mkdir()
        self.data = self.home / "data"
        self.log = self.home / "serve.log"
        self.ports = Ports()
        self.options = options
        self.environment = clean_environment(self.user_home)  # of the process
        self.process = None
        self.ready = None
        self._env = None

    def arguments(self):
        return [PROGRAM, "serve", "--data-dir", self.data, "--listen", f"127.0.0.1:{self.ports.first}",
                "--database-ports", f"{self.ports.first + 1}-{self.ports.last}", *self.options]

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([str(word) for word in self.arguments()], stdout=subprocess.PIPE,
                                            stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                                            env=self.environment)
        line = self._first_line()
        self.ready = json.loads(line)
        return self

    def _first_line(self):
        deadline = time.monotonic() + PATIENCE
        read = b""
        out = self.process.stdout
        while not read.endswith(b"\n"):
            if not select.select([out], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise StartFailed(f"not ready: {self.said()}")
            piece = os.read(out.fileno(), 4096)
            if not piece:
                self.process.wait(PATIENCE)
                raise StartFailed(self.said())
            read += piece
        return read.decode()

    def said(self):
        """What it wrote to standard error."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return self.ready["listening"]

    @property
    def account(self):
        return self.ready["account"]

    @property
    def region(self):
        return self.ready["region"]

    @property
    def bundle(self):
        return self.data / "global-bundle.pem"

    def env(self):
        """The environment of a shell after eval "$(countersign env)"."""
        if self._env is None:
            script = f'eval "$({PROGRAM} env --data-dir {self.data})" && env -0'
            done = run(["bash", "-c", script], clean_environment(self.user_home))
            self._env = dict(pair.split("=", 1) for pair in done.stdout.split("\0") if "=" in pair)
            self._env.pop("_", None)
        return dict(self._env)

    def command(self, *words, check=True, environment=None, **more):
        """countersign WORDS… for this data directory."""
        environment = dict(environment or clean_environment(self.user_home))
        environment["COUNTERSIGN_DATA_DIR"] = str(self.data)
        return run([PROGRAM, *words], environment, check=check, **more)

    def logins(self):
        done = self.command("logins", "--json")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def attempts(self):
        """The records of attempts to log in, without the ends of sessions, which come when they come."""
        return [entry for entry in self.logins() if entry["decision"] in ("allowed", "refused")]

    def stop(self):
        """SIGTERM, and wait for the end; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._reap()

    def kill9(self):
        self.process.kill()
        return self._reap()

    def _reap(self):
        code = self.process.wait(2 * PATIENCE)
        self.process.stdout.close()
        return code

    def restart(self):
        self.stop()
        return self.start()

    def database_directory(self, resource_id):
        return self.data / "databases" / resource_id

    def postmaster(self, resource_id):
        """The postmaster's process id, or None."""
        lock = self.database_directory(resource_id) / "data/postmaster.pid"
        try:
            pid = int(lock.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if is_alive(pid) else None

    def close(self):
        """Ends everything that is left of it and removes its files."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(PATIENCE)
        for pid in processes_in(self.data):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        until(lambda: not any(is_alive(pid) for pid in processes_in(self.data)), "its processes are gone")
        shutil.rmtree(self.home, ignore_errors=True)
        self.ports.release()
