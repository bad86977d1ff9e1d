"""The agent is killed, frozen, cut off or replaced while people log in: nobody gets in who must not, PostgreSQL serves
everybody else, and the audit stays whole."""

import contextlib
import os
import pwd
import signal
import struct
import threading

import botocore.exceptions
import psycopg
import pytest

from support import aws, faults
from support.faults import attempt, frozen, is_refusal
from support.login import PAM_REFUSED
from support.poll import until
from support.server import PROGRAM

BOBS = "bobs-own-password"


@pytest.fixture(name="socket")
def _socket(server, stock):
    return faults.agent_socket(server, stock.resource_id)


@pytest.fixture(autouse=True)
def _healthy(stock, everybody):
    """Each test begins and ends with a server that lets people in."""
    until(lambda: attempt(stock, everybody, "jane").allowed, "the database is well")
    yield
    if stock.server.process.poll() is not None:
        stock.server.start()
    until(lambda: attempt(stock, everybody, "jane").allowed, "the database is well again")


def serves_others(stock):
    with contextlib.closing(stock.login.psycopg("bob", BOBS)) as session:
        return session.execute("SELECT current_user").fetchone() == ("bob",)


def test_killed_while_logins_wait_for_their_answer(server, stock, everybody, socket):
    """SIGKILL of the agent that has been asked and has not answered yet."""
    postmaster = server.postmaster(stock.resource_id)
    mark, log_mark = len(server.logins()), len(faults.postgres_log(server, stock.resource_id))
    with frozen(server.process):
        with faults.Attempts(4, lambda: attempt(stock, everybody, "jane")) as attempts:
            until(lambda: faults.logins_with_agent(socket) > 0 or attempts.outcomes, "a backend waits for its answer")
            server.kill9()
    assert all(is_refusal(outcome, "jane") for outcome in attempts.outcomes)
    assert len(attempts.outcomes) == 4 and serves_others(stock)
    told = until(lambda: faults.reasons_since(server, stock.resource_id, log_mark), "PostgreSQL has logged why")
    assert all(reason.startswith("agent: ") for reason in told)
    server.start()
    until(lambda: attempt(stock, everybody, "jane").allowed, "the agent is back")
    assert server.postmaster(stock.resource_id) == postmaster
    refused = [entry for entry in faults.judged_since(server, mark, count=5) if entry["decision"] == "refused"]
    assert len(refused) == 4 and {entry["check"] for entry in refused} == {"agent"}
    faults.check_audit(server)


def test_frozen_under_more_logins_than_connections(server, stock, everybody):
    """Logins that wait for a frozen agent give their connections back; others are served all the while."""
    most = int(stock.sql("SHOW max_connections")[0][0])
    mark, log_mark = len(server.logins()), len(faults.postgres_log(server, stock.resource_id))
    outcomes = []
    with frozen(server.process):
        while len(outcomes) <= most:
            with faults.Attempts(60, lambda: attempt(stock, everybody, "jane")) as attempts:
                assert serves_others(stock)
            outcomes += attempts.outcomes
        assert all(is_refusal(outcome, "jane") for outcome in outcomes)
        until(lambda: faults.reasons_since(server, stock.resource_id, log_mark) ==
              ["agent: does not answer within 1500 ms"] * len(outcomes), "PostgreSQL has logged why, of each")
        assert serves_others(stock)
        until(lambda: not [title for title in faults.backends(server, stock.resource_id).values()
                           if "authentication" in title], "no login hangs")
    until(lambda: attempt(stock, everybody, "jane").allowed, "it answers again")
    entries = faults.judged_since(server, mark, count=len(outcomes) + 1)
    assert sum("does not answer" in entry["reason"] for entry in entries) == len(outcomes)


def test_sessions_live_on_without_the_agent(server, stock, everybody):
    with contextlib.closing(stock.session(everybody, "jane")) as session:
        with frozen(server.process):
            assert session.execute("SELECT current_user").fetchone() == ("jane",)
        server.kill9()
        assert session.execute("SELECT current_user").fetchone() == ("jane",)
        server.start()
        stock.until_it_answers()
        assert session.execute("SELECT current_user").fetchone() == ("jane",)


def test_socket_removed(server, stock, everybody, socket):
    """Nobody gets in by token; a start of the agent makes the socket again."""
    log_mark = len(faults.postgres_log(server, stock.resource_id))
    socket.unlink()
    outcome = attempt(stock, everybody, "jane")
    if not outcome.allowed:
        assert is_refusal(outcome, "jane") and serves_others(stock)
        assert set(faults.reasons_since(server, stock.resource_id, log_mark)) == {"agent: not running (no such socket)"}
        server.kill9()
        server.start()
    until(lambda: attempt(stock, everybody, "jane").allowed, "the socket is there again")
    assert socket.is_socket()


def answer(verdict, version=2):
    """A message as src/wire/login.h has it, without a reason."""
    return struct.pack("<4sHBBH16s", b"CSAL", version, verdict, 0, 0, b"A" * 16)


ADMISSION = 0xa5


@contextlib.contextmanager
def replaced(socket, says):
    """Something else of the database's own user listens there."""
    owner = socket.stat().st_uid
    kept = socket.with_suffix(".kept")
    socket.rename(kept)
    try:
        with faults.impostor(owner, socket, says):
            yield
    finally:
        kept.replace(socket)


@pytest.mark.parametrize("says, reason", [
    (b"", "agent: hung up without an answer"),
    (b"yes", "agent: answered with what is no verdict"),
    (answer(1), "agent: answered with what is no verdict"),
    (answer(ADMISSION, version=99), "agent: answered with what is no verdict"),
    (answer(ADMISSION) + b"more", "agent: answered with what is no verdict"),
], ids=["silence", "words", "no verdict", "another version", "more than that"])
def test_socket_replaced(server, stock, everybody, socket, says, reason):
    """What is not exactly an admission lets nobody in."""
    log_mark = len(faults.postgres_log(server, stock.resource_id))
    with replaced(socket, says):
        assert is_refusal(attempt(stock, everybody, "jane"), "jane") and serves_others(stock)
    assert set(faults.reasons_since(server, stock.resource_id, log_mark)) == {reason}


def test_whoever_may_write_in_the_sockets_directory_decides(stock, everybody, socket):
    """Why only the server's own user may; and the answers above are wrong in nothing but what they say."""
    with replaced(socket, answer(ADMISSION)):
        assert attempt(stock, everybody, "jane").allowed


STRANGER = """
import os, socket, sys
path = sys.argv[1]
def tries(name, act):
    try:
        act()
        print(name, "done")
    except OSError as error:
        print(name, type(error).__name__)
def connect():
    socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(path)
def bind():
    socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind(path + "2")
tries("connect", connect)
tries("unlink", lambda: os.unlink(path))
tries("rename", lambda: os.rename(path, path + "3"))
tries("bind", bind)
tries("list", lambda: os.listdir(os.path.dirname(path)))
tries("open the directory", lambda: os.chmod(os.path.dirname(path), 0o777))
"""


def test_another_user_cannot_reach_or_replace_the_socket(server, stock, socket):
    faults.need_root("another user plays the stranger")
    owner = socket.stat().st_uid
    nobody = pwd.getpwnam("nobody").pw_uid
    if owner == nobody:
        pytest.skip("the server itself runs as nobody here")
    said = faults.said_as(nobody, STRANGER, socket).splitlines()
    assert len(said) == 6 and all(line.endswith("PermissionError") for line in said), said
    stock.until_it_answers()


def test_the_way_to_the_socket_belongs_to_the_server_alone(server, stock, socket):
    """Others pass the directories above it at most; into its own come the agent and the database's user alone."""
    owner = os.stat(server.data).st_uid
    database = os.stat(server.database_directory(stock.resource_id) / "data")
    for place in (server.data, socket.parent.parent):
        found = os.lstat(place)
        assert (found.st_uid, found.st_mode & 0o066) == (owner, 0), place
    found = os.lstat(socket.parent)
    assert (found.st_uid, found.st_mode & 0o007) == (owner, 0)
    if database.st_uid != owner:
        assert (found.st_gid, found.st_mode & 0o1070) == (database.st_uid, 0o1070)
    else:
        assert found.st_mode & 0o070 == 0
    assert os.lstat(socket).st_uid == owner
    library = server.data / "lib/libcountersign_pam.so"
    if library.exists():
        assert library.stat().st_uid == owner and library.stat().st_mode & 0o022 == 0


ASKS = """
import socket, struct, sys
texts = b"jane", b"127.0.0.1", b"countersign", b"postgres", b"", sys.argv[2].encode()
asked = struct.pack("<4sHBB6H", b"CSRL", 2, 2, 2, *map(len, texts)) + b"".join(texts)
one = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
one.connect(sys.argv[1])
try:
    one.send(asked)
    print("answered" if one.recv(1000) else "hung up")
except ConnectionError:
    print("hung up")
"""


def test_a_stranger_who_asks_is_not_answered(server, stock, everybody, socket):
    """Even with a good token, and as the server's own user: only processes of that database are answered."""
    mark = len(server.logins())
    owner = socket.stat().st_uid
    assert faults.said_as(owner, ASKS, socket, stock.token(everybody, "jane")) == "hung up"
    until(lambda: "agent.stranger" in server.said(), "the server has told of the stranger")
    assert attempt(stock, everybody, "jane").allowed
    assert [entry["decision"] for entry in faults.judged_since(server, mark)] == ["allowed"]
    data = server.database_directory(stock.resource_id) / "data"
    inside = data.stat().st_uid
    assert faults.said_as(inside, ASKS, socket, "no token", cwd=data) == "answered", "it would have been, inside"


def test_kill_of_a_backend_that_waits_for_its_answer(server, stock, everybody, socket):
    """PostgreSQL begins again after a backend's violent end, as it always does; nobody slips in, all is back."""
    mark = len(server.logins())
    with frozen(server.process):
        with faults.Attempts(3, lambda: attempt(stock, everybody, "jane")) as attempts:
            until(lambda: faults.logins_with_agent(socket) > 0 or attempts.outcomes, "a backend waits for its answer")
            for pid, title in faults.backends(server, stock.resource_id).items():
                if "authentication" in title:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                    break
    assert len(attempts.outcomes) == 3 and not any(outcome.allowed for outcome in attempts.outcomes)
    until(lambda: attempt(stock, everybody, "jane").allowed, "PostgreSQL is back")
    stock.until_it_answers()
    assert serves_others(stock)
    assert faults.judged_since(server, mark)
    faults.check_audit(server)


def test_kill_of_a_session(server, stock, everybody):
    with contextlib.closing(stock.session(everybody, "jane")) as session:
        os.kill(session.info.backend_pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    until(lambda: attempt(stock, everybody, "jane").allowed, "PostgreSQL is back")


def test_killed_and_started_again_while_people_log_in(server, stock, everybody):
    """Every outcome is an admission or the one refusal, and every admission is in the audit."""
    mark = len(server.logins())
    ending = threading.Event()
    outcomes = []

    def log_in_again_and_again():
        while not ending.is_set():
            outcomes.append(attempt(stock, everybody, "jane"))
    with faults.Attempts(3, log_in_again_and_again):
        try:
            for _ in range(3):
                seen = len(outcomes)
                until(lambda seen=seen: any(outcome.allowed for outcome in outcomes[seen:]), "logins go through")
                server.kill9()
                seen = len(outcomes)
                until(lambda seen=seen: len(outcomes) > seen + 3, "logins are tried without an agent")
                server.start()
        finally:
            ending.set()
    allowed = [outcome for outcome in outcomes if outcome.allowed]
    assert {outcome.told for outcome in outcomes if not outcome.allowed} == {PAM_REFUSED.format("jane")}
    faults.judged_since(server, mark, count=len(outcomes))
    faults.check_audit(server, allowed)


def test_killed_in_a_storm_of_writes(server):
    """What the API acknowledged is there after a kill -9, and every other write is whole or was never there."""
    said, unclear = [], []
    ending = threading.Event()

    def write(worker):
        iam = aws.client(server, "iam")
        number = 0
        while not ending.is_set():
            name = f"storm-{worker}-{number}"
            number += 1
            try:
                iam.create_user(UserName=name)
                said.append(name)
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                unclear.append(name)
                return
    workers = iter(range(4))
    lock = threading.Lock()

    def work():
        with lock:
            worker = next(workers)
        write(worker)
    with faults.Attempts(4, work):
        try:
            until(lambda: len(said) > 40, "the storm blows")
            server.kill9()
        finally:
            ending.set()
    server.start()
    pages = aws.client(server, "iam").get_paginator("list_users").paginate()
    found = {user["UserName"] for page in pages for user in page["Users"] if user["UserName"].startswith("storm-")}
    assert set(said) <= found <= set(said) | set(unclear)


def test_a_second_server_on_the_same_data_is_refused(server):
    """Nobody takes the place of an agent that is frozen by starting another on its files."""
    with frozen(server.process):
        done = server.command("serve", "--listen", "127.0.0.1:0", "--data-dir", server.data, check=False)
    assert done.returncode != 0 and "another countersign" in done.stderr, (PROGRAM, done.stderr)
