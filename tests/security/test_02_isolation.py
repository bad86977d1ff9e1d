"""A superuser of one database runs programs on the machine: what they reach is that database and nothing else."""

import base64
import contextlib
import ctypes
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess

import pytest
from botocore.exceptions import ClientError

from support.own_postgres import PROGRAMS
from support.server import Server, run
from support.stock import MASTER, MASTER_PASSWORD, Stock
from support.unprivileged import UNPRIVILEGED, Unprivileged

# Tries each deed of a list in the environment of the database's server, and prints what came of it.
TRIES = r"""
import ctypes, json, os, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p

def checked(result):
    if result in (-1, ctypes.c_void_p(-1).value):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result

def connect(path, kind):
    socket.socket(socket.AF_UNIX, kind).connect(path)

def psql(program, directory, port):
    done = subprocess.run([program, "-h", directory, "-p", port, "-U", "rdsadmin", "-d", "template1", "-c", "SELECT 1"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(done.stderr)

deeds = {
    "read": lambda path: open(path, "rb").read(1),
    "list": os.listdir,
    "write": lambda path: os.close(os.open(path, os.O_WRONLY | os.O_APPEND)),
    "make": lambda path: os.mkdir(path + ".made"),
    "remove": os.unlink,
    "mode": lambda path: os.chmod(path, 0o777),
    "connect": lambda path: connect(path, socket.SOCK_STREAM),
    "ask the agent": lambda path: connect(path, socket.SOCK_SEQPACKET),
    "log in": psql,
    "signal": lambda pid: os.kill(pid, 0),
    "trace": lambda pid: checked(libc.ptrace(0x4206, pid, 0, 0)),
    "attach": lambda key: checked(libc.shmat(checked(libc.shmget(key, 0, 0)), None, 0)),
}
for name, *words in json.loads(sys.argv[1]):
    try:
        deeds[name](*words)
        print(json.dumps([name, words, "done"]))
    except OSError as error:
        print(json.dumps([name, words, type(error).__name__]))
"""


# A superuser's way to the machine that stays: a role that is one is none any more within a second.
RUN_PROGRAM = """
CREATE FUNCTION public.run_program(command text) RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER AS $f$ BEGIN
    CREATE TEMPORARY TABLE said (line text);
    EXECUTE format('COPY said FROM PROGRAM %L WITH (FORMAT csv, DELIMITER E''\\x01'', QUOTE E''\\x02'')', command);
    RETURN QUERY SELECT line FROM said;
    DROP TABLE said;
END $f$"""


class Tenants:
    """Two databases of one server: `own`, whose master has become a superuser, and `other`."""

    def __init__(self, server):
        self.server = server
        self.own = Stock(server, "own")
        self.other = Stock(server, "other")
        self.as_rdsadmin(RUN_PROGRAM)

    def sockets(self, stock):
        return self.server.data / "run" / stock.resource_id.lower()[-8:]

    def home(self, stock):
        return self.server.database_directory(stock.resource_id)

    def as_rdsadmin(self, statement):
        """As the control plane comes in."""
        owner = os.stat(self.server.data)
        who = {} if owner.st_uid == os.geteuid() else {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        run([PROGRAMS / "psql", "-h", self.sockets(self.own), "-p", self.own.port, "-U", "rdsadmin", "-d", "postgres",
             "-v", "ON_ERROR_STOP=1", "-c", statement], self.server.environment, cwd="/", **who)

    def tries(self, *deeds):
        """What came of each deed: done, or the error's name."""
        program = base64.b64encode(TRIES.encode()).decode()
        words = base64.b64encode(json.dumps(deeds).encode()).decode()
        start = (f"import base64, sys; sys.argv[1:] = [base64.b64decode('{words}').decode()]; "
                 f"exec(base64.b64decode('{program}'))")
        lines = self.run_program(f'python3 -c "{start}" 2>&1')
        return [tuple(json.loads(line)) for line, in lines]

    def run_program(self, command):
        """As a superuser of the database can; the lines that it printed."""
        return self.own.sql(f"SELECT run_program($command${command}$command$)")

    def refused(self, *deeds):
        outcomes = self.tries(*deeds)
        assert len(outcomes) == len(deeds), outcomes
        assert [outcome for outcome in outcomes if outcome[2] == "done"] == []


def kept_apart_by(server):
    """The words of the server's log."""
    for line in server.said().splitlines():
        if '"database.isolation"' in line:
            return json.loads(line)["by"]
    raise AssertionError("it does not say how databases are kept apart")


@pytest.fixture(scope="module", params=["root", "unprivileged"])
def tenants(request):
    """A server that was started by root or by an unprivileged user, with its tenants."""
    if request.param == "root" and os.geteuid() != 0:
        pytest.skip("needs root")
    made = Server() if request.param == "root" else Unprivileged()
    try:
        made.start()
        yield Tenants(made)
    finally:
        if request.session.testsfailed:
            print(made.said()[-8000:])
        made.close()


def need(tenants, *means):
    """For what holds by some means of the kernel alone, where no database has a user of its own."""
    by = kept_apart_by(tenants.server)
    if by != "users" and not any(mean in by for mean in means):
        pytest.skip(f"an unprivileged user's kernel lacks {' and '.join(means)} here")


def signals_are_kept_in(tenants):
    by = kept_apart_by(tenants.server)
    return by == "users" or int(by.rpartition("landlock ")[2] or 0 if "landlock" in by else 0) >= 6


def test_how_databases_are_kept_apart(tenants):
    by = kept_apart_by(tenants.server)
    own, other = (os.stat(tenants.home(stock) / "data").st_uid for stock in (tenants.own, tenants.other))
    control = os.stat(tenants.server.data).st_uid
    if by == "users":
        assert len({own, other, control, 0}) == 4
    else:
        assert own == other == control != 0


def test_its_own_data_is_reached(tenants):
    home = tenants.home(tenants.own)
    wanted = [("read", str(home / "data/PG_VERSION")), ("write", str(home / "data/pg_ident.conf")),
              ("list", str(home / "log")), ("make", str(home / "data/pg_stat_tmp/of-its-own")),
              ("read", "/etc/passwd"), ("signal", tenants.server.postmaster(tenants.own.resource_id))]
    assert [outcome[2] for outcome in tenants.tries(*wanted)] == ["done"] * len(wanted)
    assert tenants.own.sql("SELECT sum(n) FROM generate_series(1, 1000) n") == [(500500,)]


def test_the_control_planes_files(tenants):
    need(tenants, "namespaces", "landlock")
    data = tenants.server.data
    files = ["credentials", "sealing.key", "state.db", "login.log", "sessions.json", "serve.json", "global-bundle.pem"]
    present = [str(data / name) for name in files if (data / name).exists()]
    assert len(present) >= 5
    tenants.refused(*[(deed, path) for path in present for deed in ("read", "write", "remove")],
                    ("list", str(data / "templates")), ("list", str(data / "logs")), ("make", str(data / "x")),
                    ("write", str(data / "lib/libcountersign_pam.so")), ("remove", str(data / "lib/libcountersign_pam.so")))
    assert all(pathlib.Path(path).exists() for path in present)


def test_the_neighbours_files(tenants):
    need(tenants, "namespaces", "landlock")
    home = tenants.home(tenants.other)
    files = [str(home / name) for name in ("data/server.key", "data/PG_VERSION", "data/pg_hba.conf", "data/global/1260",
                                           "data/postmaster.pid", "accounts", "postmaster", "start.log")]
    assert all(pathlib.Path(path).exists() for path in files)
    tenants.refused(*[(deed, path) for path in files for deed in ("read", "write", "remove")],
                    ("list", str(home / "data")), ("list", str(home / "log")), ("make", str(home / "x")),
                    ("make", str(home / "data/x")), ("make", str(home / "log/x")))


def test_its_own_records_of_the_control_planes(tenants):
    """What says which process is its postmaster, how far its log was read and that it has its accounts."""
    need(tenants, "namespaces", "landlock")
    home = tenants.home(tenants.own)
    tenants.refused(("write", str(home / "postmaster")), ("remove", str(home / "postmaster")),
                    ("write", str(home / "log.offset")), ("make", str(home / "x")))


def test_modes_of_what_is_not_its_own(tenants):
    """Landlock alone does not look at this."""
    need(tenants, "namespaces")
    tenants.refused(*[("mode", str(path)) for path in (
        tenants.server.data / "credentials", tenants.server.data / "state.db", tenants.home(tenants.other) / "data",
        tenants.home(tenants.other) / "data/server.key", tenants.home(tenants.own), tenants.sockets(tenants.other))])


def test_the_neighbours_sockets(tenants):
    """As rdsadmin comes nobody but the control plane."""
    need(tenants, "namespaces")
    directory = tenants.sockets(tenants.other)
    port = str(tenants.other.port)
    tenants.refused(("connect", str(directory / f".s.PGSQL.{port}")), ("ask the agent", str(directory / "agent")),
                    ("log in", str(PROGRAMS / "psql"), str(directory), port), ("list", str(directory)),
                    ("remove", str(directory / "agent")), ("remove", str(directory / f".s.PGSQL.{port}")))


def test_it_is_not_rdsadmin_by_itself_where_it_has_a_user(tenants):
    if kept_apart_by(tenants.server) != "users":
        pytest.skip("the server runs as the control plane's user")
    tenants.refused(("log in", str(PROGRAMS / "psql"), str(tenants.sockets(tenants.own)), str(tenants.own.port)))


def test_processes_of_others_are_not_looked_into(tenants):
    need(tenants, "namespaces", "landlock")
    for pid in (tenants.server.pid, tenants.server.postmaster(tenants.other.resource_id)):
        tenants.refused(("trace", pid), ("read", f"/proc/{pid}/environ"), ("read", f"/proc/{pid}/fd/1"),
                        ("read", f"/proc/{pid}/mem"), ("list", f"/proc/{pid}/cwd/"), ("list", f"/proc/{pid}/root/tmp"))


def test_processes_of_others_are_not_signalled(tenants):
    if not signals_are_kept_in(tenants):
        pytest.skip("an unprivileged user's kernel lacks landlock 6 here")
    children = pathlib.Path(f"/proc/{tenants.server.pid}/task/{tenants.server.pid}/children")
    warden = [int(pid) for pid in children.read_text().split()] if children.exists() else []
    for pid in (tenants.server.pid, tenants.server.postmaster(tenants.other.resource_id), *warden):
        tenants.refused(("signal", pid))


def shared_memory(pid):
    """Keys of System V's segments that a process made, and files of POSIX's that it maps."""
    rows = [row.split() for row in pathlib.Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    keys = [int(row[0]) for row in rows if int(row[4]) == pid]
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
    return keys, sorted({line.split(maxsplit=5)[5] for line in maps if "/dev/shm/PostgreSQL" in line})


def test_the_neighbours_shared_memory(tenants):
    need(tenants, "namespaces")
    keys, files = shared_memory(tenants.server.postmaster(tenants.other.resource_id))
    own_keys, _ = shared_memory(tenants.server.postmaster(tenants.own.resource_id))
    if kept_apart_by(tenants.server) == "users":
        assert keys and files and tenants.tries(("attach", own_keys[0]))[0][2] == "done"
    # Those of a namespace of its own have no place in this one's list.
    tenants.refused(*[("attach", key) for key in keys], *[("read", file) for file in files],
                    *[("write", file) for file in files])


def test_a_link_in_its_log_is_not_followed(tenants):
    """The control plane reads the log; what it may read itself is not the tenant's."""
    link = tenants.home(tenants.own) / "log/postgresql-2026-01-01_000000.log"
    target = tenants.server.data / "credentials"
    tenants.run_program(f"ln -s {target} {link}")
    assert link.is_symlink()
    instance = f"{tenants.own.name}-1"
    listed = tenants.own.rds.describe_db_log_files(DBInstanceIdentifier=instance)["DescribeDBLogFiles"]
    name = "error/postgresql.log.2026-01-01-000000"
    assert name not in [file["LogFileName"] for file in listed]
    with pytest.raises(ClientError):
        tenants.own.rds.download_db_log_file_portion(DBInstanceIdentifier=instance, LogFileName=name)
    link.unlink()


def test_a_link_to_the_neighbours_socket_leads_the_control_plane_nowhere(tenants):
    """The control plane would set the neighbour's password otherwise."""
    own, other = (tenants.sockets(stock) / f".s.PGSQL.{stock.port}" for stock in (tenants.own, tenants.other))
    kept = own.with_suffix(".kept")
    done = subprocess.list2cmdline(["ln", "-s", str(other), str(own)])
    tenants.run_program(f"mv {own} {kept} && {done}; true")
    try:
        assert kept_apart_by(tenants.server) != "users" or own.is_symlink()
        tenants.own.rds.modify_db_cluster(DBClusterIdentifier=tenants.own.name, ApplyImmediately=True,
                                          MasterUserPassword="of-the-attackers-own")
        assert tenants.other.login.psql(MASTER, MASTER_PASSWORD, "SELECT 1", check=False).returncode == 0
    finally:
        if kept.exists():
            own.unlink(missing_ok=True)
            kept.rename(own)
    tenants.own.until_available()
    assert tenants.other.login.psql(MASTER, "of-the-attackers-own", "SELECT 1", check=False).returncode != 0
    assert tenants.other.login.psql(MASTER, MASTER_PASSWORD, "SELECT 1", check=False).returncode == 0
    tenants.own.rds.modify_db_cluster(DBClusterIdentifier=tenants.own.name, ApplyImmediately=True,
                                      MasterUserPassword=MASTER_PASSWORD)
    tenants.own.until_it_answers()


PIDFD_GETFD = 438


@contextlib.contextmanager
def socket_to_the_warden(server):
    """The control plane's own, as somebody has it who broke into the control plane."""
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = os.pidfd_open(server.pid)
    try:
        for number in os.listdir(f"/proc/{server.pid}/fd"):
            if not os.readlink(f"/proc/{server.pid}/fd/{number}").startswith("socket:"):
                continue
            taken = libc.syscall(PIDFD_GETFD, pidfd, int(number), 0)
            if taken < 0:
                pytest.skip(f"this machine does not let root have another's socket ({os.strerror(ctypes.get_errno())})")
            with socket.socket(fileno=taken) as found:
                peer = struct.unpack("3i", found.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
                if (found.type == socket.SOCK_SEQPACKET and peer[0] == server.pid
                        and not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)):
                    yield found
                    return
        raise AssertionError("there is no socket to the warden")
    finally:
        os.close(pidfd)


class Places:
    """Directories and files of root, of the control plane and of a database, opened."""

    def __init__(self, tenants):
        control = os.stat(tenants.server.data)
        self.roots = tenants.server.home / "roots"
        self.roots.mkdir()
        (self.roots / "file").write_text("root's")
        self.mixed = tenants.server.home / "mixed"
        self.mixed.mkdir()
        os.link(self.roots / "file", self.mixed / "file")
        os.chown(self.mixed, control.st_uid, control.st_gid)
        self.database = tenants.home(tenants.own) / "data"
        self.owners = self.seen()

    def seen(self):
        return [(os.lstat(place).st_uid, os.lstat(place).st_gid, os.lstat(place).st_mode)
                for place in (self.roots, self.roots / "file", self.mixed)]


def test_who_has_the_control_plane_has_databases_users_and_not_root(tenants):
    if kept_apart_by(tenants.server) != "users":
        pytest.skip("the warden is nobody else than the control plane here")
    places = Places(tenants)
    user, control = (str(os.stat(place).st_uid) for place in (places.database, tenants.server.data))
    program = ["/", "", "", "", "/bin/true", "0", "0"]
    with contextlib.ExitStack() as opened:
        def handle(path):
            number = os.open(path, os.O_RDONLY)
            opened.callback(os.close, number)
            return number
        null, text = handle("/dev/null"), handle(places.roots / "file")
        pidfds = [os.pidfd_open(pid) for pid in (os.getpid(), tenants.server.pid)]
        for pidfd in pidfds:
            opened.callback(os.close, pidfd)
        warden = opened.enter_context(socket_to_the_warden(tenants.server))

        def ask(*words, files=()):
            socket.send_fds(warden, ["\0".join(words).encode()], list(files))
            answer, got, _, _ = socket.recv_fds(warden, 65536, 4)
            for number in got:
                os.close(number)
            return answer.split(b"\0")[0].decode()
        for other in ("0", control, "1999999999", "1899999999", "-1", "", "4294967295", "4294967296"):
            assert ask("spawn", other, *program, files=[null, null]) != "", other
            assert ask("end", other) != "", other
            for words in (["give", other, "data"], ["admit", other]):
                assert ask(*words, files=[handle(places.mixed)]) != "", words
        for pidfd in pidfds:
            assert ask("signal", str(int(signal.SIGTERM)), files=[pidfd]) != ""
        for place in (places.roots, places.mixed):
            assert ask("give", user, "data", files=[handle(place)]) != "", place
        assert ask("admit", user, files=[handle(places.roots)]) != ""
        assert ask("give", user, "data", files=[text]) != ""
        for where, name in ((places.database, "../x"), (places.database, ""), (places.database, ".."),
                            (places.roots, "x"), (places.mixed, "x"), (places.database / "PG_VERSION", "x")):
            assert ask("write", user, name, "420", "", files=[handle(where), text]) != "", (where, name)
        for words in (("spawn",), ("spawn", user), ("spawn", user, *program), ("give", user), ("what", user),
                      ("x" * 60000, "y")):
            assert ask(*words) != "", words
        for counts in (("0",), ("99999999999999999999", "0"), ("0", "99999999999999999999"), ("1", "0"), ("0", "1"),
                       ("18446744073709551615", "1")):
            assert ask("spawn", user, *program[:5], *counts, files=[null, null]) != "", counts
        assert places.seen() == places.owners
        assert ask("spawn", user, *program, files=[null, null]) == "", "it goes on"
    assert tenants.own.sql("SELECT 1") == [(1,)]


def test_databases_of_before_are_handed_over(request):
    """They were of the control plane's user, and are of one each after the first start by root, whoever was running."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    server = Unprivileged("--user", UNPRIVILEGED)
    try:
        stock = Stock(server.start(), "kept")
        stock.sql("CREATE TABLE sure (n int); INSERT INTO sure VALUES (1)")
        before = server.postmaster(stock.resource_id)
        server.kill9()
        server.arguments = lambda: Server.arguments(server)
        server.start()
        stock.until_it_answers()
        if server.said().rpartition('"database.isolation"')[2].partition("}")[0].find("users") < 0:
            pytest.skip("root has no users for databases here")
        data = server.database_directory(stock.resource_id) / "data"
        control = os.stat(server.data).st_uid
        owners = {os.lstat(path).st_uid for path in (data, *data.rglob("*"))}
        assert len(owners) == 1 and not owners & {control, 0}
        assert server.postmaster(stock.resource_id) != before
        assert stock.sql("SELECT n FROM sure") == [(1,)]
        server.kill9()
        running = server.postmaster(stock.resource_id)
        server.start()
        stock.until_it_answers()
        assert server.postmaster(stock.resource_id) == running, "it is taken over from then on"
    finally:
        if request.session.testsfailed:
            print(server.said()[-8000:])
        server.close()
