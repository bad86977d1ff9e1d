"""What goes wrong on purpose: frozen processes, other clocks, full and slow disks, strangers at the door.

Everything here undoes itself, and touches no process but those that a test has started.
"""

import collections
import contextlib
import ctypes
import os
import pathlib
import pwd
import re
import signal
import subprocess
import threading

import psycopg
import pytest

from support.login import PAM_REFUSED, fatal_of
from support.poll import until
from support.server import PROGRAM, Server, run

CLONE_NEWNS = 0x00020000
MS_REC, MS_PRIVATE = 0x4000, 1 << 18
PYTHON = "/usr/bin/python3"  # other users may run it, unlike one in somebody's home


@contextlib.contextmanager
def frozen(process):
    """The process stands still. It may be killed meanwhile."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)  # Popen knows when it has ended


def agent_socket(server, resource_id):
    return server.data / "run" / resource_id.lower()[-8:] / "agent"


def logins_with_agent(socket):
    """How many backends are connected to the agent, whether it has noticed or not."""
    rows = pathlib.Path("/proc/net/unix").read_text().splitlines()
    return max(0, sum(row.endswith(f" {socket}") for row in rows) - 1)  # one is the socket that listens


def postgres_log(server, resource_id):
    """PostgreSQL's own log, as its operator reads it."""
    files = sorted((server.database_directory(resource_id) / "log").glob("*.log"))
    return "".join(file.read_text(errors="replace") for file in files)


def reasons_since(server, resource_id, mark):
    """What the way in told PostgreSQL's log, behind its first `mark` letters."""
    return re.findall(r"countersign: (.*)", postgres_log(server, resource_id)[mark:])


def backends(server, resource_id):
    """The server's processes that serve or let in a client: id → process title."""
    postmaster = server.postmaster(resource_id)
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            title = (entry / "cmdline").read_text().replace("\0", " ").strip()
            if parent == postmaster and re.search(r"\(\d+\)|\[local\]", title):
                found[int(entry.name)] = title
    return found


Outcome = collections.namedtuple("Outcome", "allowed pid told")


def attempt(stock, principal, user, dbname=None):
    """One login by token: who let it in, or what was said. Anything but an answer of PostgreSQL is told as it is."""
    try:
        with contextlib.closing(stock.session(principal, user, dbname=dbname)) as session:
            return Outcome(True, session.info.backend_pid, "")
    except psycopg.OperationalError as error:
        return Outcome(False, None, fatal_of(str(error)))


def is_refusal(outcome, user):
    return not outcome.allowed and outcome.told == PAM_REFUSED.format(user)


class Attempts:
    """Logins by token on threads of their own; `with` ends when all have their outcome."""

    def __init__(self, count, function):
        self.outcomes = []
        self.troubles = []
        self._function = function
        self._threads = [threading.Thread(target=self._run) for _ in range(count)]

    def _run(self):
        try:
            self.outcomes.append(self._function())
        except BaseException as trouble:  # pylint: disable=broad-except
            self.troubles.append(trouble)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for thread in self._threads:
            thread.join()
        if self.troubles:
            raise self.troubles[0]


def judged_since(server, mark, user="jane", count=1):
    """The logins of `user` behind the first `mark` lines of the audit; waits until there are so many."""
    def enough():
        found = [entry for entry in server.logins()[mark:]
                 if entry["user"] == user and entry["decision"] in ("allowed", "refused")]
        return found if len(found) >= count else None
    return until(enough, f"{count} logins of {user} in the audit")


def check_audit(server, allowed=()):
    """The audit is whole: each line is JSON, its chain holds, and every login that got in is there."""
    entries = server.logins()
    recorded = collections.Counter(entry["backend_pid"] for entry in entries if entry["decision"] == "allowed")
    missing = collections.Counter(outcome.pid for outcome in allowed) - recorded
    assert not missing, f"got in and are not in the audit: {dict(missing)}"
    if "verify" in server.command("logins", "--help").stdout:
        server.command("logins", "verify")
    return entries


class Clock:
    """The clock of programs that run in `environment` (libfaketime): set(seconds) moves it at any time. Time goes on
    as it does; what is measured, not told, is left alone."""

    LIBRARY = "libfaketimeMT.so.1"

    def __init__(self, directory):
        found = sorted(pathlib.Path("/usr/lib").glob(f"*/faketime/{self.LIBRARY}"))
        if not found:
            pytest.skip(f"{self.LIBRARY} (Debian: libfaketime) is not installed")
        if b"__asan_init" in PROGRAM.read_bytes():
            pytest.skip("a build with sanitizers cannot have libfaketime in front")
        self._file = directory / "clock"
        self.environment = {
            "LD_PRELOAD": str(found[0]), "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "FAKETIME_DISABLE_SHM": "1"}
        self.set(0)

    def set(self, seconds):
        """So many seconds off the machine's clock."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{seconds:+d}\n")
        draft.rename(self._file)


def forget_clocks(pids):
    """libfaketime leaves these when its program gives up root."""
    for pid in pids:
        for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
            pathlib.Path("/dev/shm", name).unlink(missing_ok=True)


class ClockedServer(Server):
    """A server whose `clock` can be set."""

    def __init__(self, *options):
        super().__init__(*options)
        self._pids = []
        try:
            self.clock = Clock(self.home)
        except BaseException:
            super().close()
            raise
        self.environment |= self.clock.environment

    def start(self):
        super().start()
        self._pids.append(self.pid)
        return self

    def close(self):
        super().close()
        forget_clocks(self._pids)


def need_root(why):
    if os.geteuid() != 0:
        pytest.skip(f"needs root: {why}")


_LIBC = ctypes.CDLL(None, use_errno=True)
_has_own_mounts = []


def _call(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def own_mounts():
    """From now on what this process mounts is seen by it and its children alone, and goes when they do."""
    need_root("a file system is mounted")
    if _has_own_mounts:
        return
    try:
        _call(_LIBC.unshare(CLONE_NEWNS), "unshare")
        _call(_LIBC.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "mount")
    except OSError as error:
        pytest.skip(f"this machine does not let root have mounts of its own ({error})")
    _has_own_mounts.append(True)


def mount(place, *words):
    own_mounts()
    place.mkdir(exist_ok=True)
    done = run(["mount", *words, place], os.environ, check=False)
    if done.returncode != 0:
        pytest.skip(f"this machine does not let root mount {words[-1]}: {done.stderr.strip()}")


def unmount(place):
    run(["umount", "--lazy", place], os.environ, check=False)


def mount_loop(place, mebibytes):
    """An ext4 in a file beside `place`, mounted there: a disk on which nobody else waits."""
    need_root("a file system is mounted")
    image = place.with_suffix(".ext4")
    with image.open("wb") as file:
        file.truncate(mebibytes * 1024 * 1024)
    run(["mkfs.ext4", "-q", image], os.environ)
    mount(place, "-o", "loop", image)


class SmallDisk:
    """A file system of its own at `place`, of so many MiB."""

    def __init__(self, place, mebibytes):
        self.place = place
        self._filler = place / "filler"
        mount(place, "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0700", "tmpfs")

    def fill(self):
        """To the last byte that can be had; others may write meanwhile."""
        with self._filler.open("ab") as filler:
            for piece in (1 << 24, 1 << 20, 1 << 16, 1 << 12):
                with contextlib.suppress(OSError):
                    while True:
                        os.posix_fallocate(filler.fileno(), filler.seek(0, os.SEEK_END), piece)

    def clear(self):
        self._filler.unlink(missing_ok=True)


@contextlib.contextmanager
def slow_writes(pid, directory, bytes_per_second):
    """The kernel lets that process write no faster to the disk below `directory` (a control group of its own)."""
    need_root("a control group is made")
    device = os.stat(directory).st_dev
    groups = pathlib.Path("/sys/fs/cgroup/blkio")
    if not (groups / "blkio.throttle.write_bps_device").exists():
        pytest.skip("this machine has no control group for input and output (cgroup v1 blkio)")
    if os.major(device) == 0:
        pytest.skip(f"{directory} is on no disk of its own")
    group = groups / f"countersign-e2e-{os.getpid()}-{pid}"
    group.mkdir()
    try:
        limit = f"{os.major(device)}:{os.minor(device)} {bytes_per_second}"
        (group / "blkio.throttle.write_bps_device").write_text(limit)
        (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        (group / "blkio.throttle.write_bps_device").write_text(limit.split()[0] + " 0")
        for member in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError):
                (groups / "cgroup.procs").write_text(member)
        group.rmdir()


def group_of(uid):
    """The users of databases are in no list of users; their groups have the same number."""
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return uid


def as_user(uid, program, *words, cwd="/"):
    """Runs a Python program as that user, or as this one when it is the same."""
    how = {} if os.geteuid() == uid else {"user": uid, "group": group_of(uid), "extra_groups": []}
    return subprocess.Popen([PYTHON, "-c", program, *map(str, words)], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd, **how)


def said_as(uid, program, *words, cwd="/"):
    """What it printed, once it has ended."""
    said, _ = as_user(uid, program, *words, cwd=cwd).communicate(timeout=60)
    return said.strip()


IMPOSTOR = """
import os, socket, sys
path, answer = sys.argv[1], bytes.fromhex(sys.argv[2])
door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
door.bind(path)
os.chmod(path, 0o666)
door.listen(8)
print("listening", flush=True)
while True:
    one, _ = door.accept()
    one.recv(70000)
    if answer:
        one.send(answer)
    one.close()
"""


@contextlib.contextmanager
def impostor(uid, path, answer=b""):
    """Somebody who listens at that path and says `answer` to whatever is asked."""
    process = as_user(uid, IMPOSTOR, path, answer.hex())
    try:
        assert process.stdout.readline() == "listening\n", process.stdout.read()
        yield
    finally:
        process.kill()
        process.communicate()
