"""countersign proxy: a local address at which one's own programs are a database user. psql, psycopg, pg_dump, COPY,
replication, cancelling, notifications, and who is kept out."""

import concurrent.futures
import contextlib
import hashlib
import os
import signal
import socket
import stat
import struct
import subprocess
import threading

import psycopg
import pytest

from support import faults, replication
from support.login import PAM_REFUSED, read_exactly, read_message
from support.poll import PATIENCE, until
from support.proxies import Proxy
from support.server import clean_environment, run

CANCEL, TLS, GSS = 80877102, 80877103, 80877104
SESSION = 3 << 16


@pytest.fixture(scope="module", name="stock")
def _stock(server):
    """The stock database with logical replication, which jane may use."""
    made = replication.replicating(server)
    made.sql("GRANT rds_replication TO jane")
    replication.until_it_may(made, "jane")
    return made


@pytest.fixture(scope="module", name="clerk")
def _clerk(stock):
    return stock.principal("clerk", stock.may_connect("*"))


@pytest.fixture(scope="module", name="proxy")
def _proxy(stock, clerk):
    with Proxy(stock, clerk) as made:
        yield made


def startup(*parameters, code=SESSION):
    body = b"".join(word + b"\0" for word in parameters) + (b"\0" if code == SESSION else b"")
    return struct.pack("!ii", len(body) + 8, code) + body


def told(channel):
    """The fields of the error that comes next; nothing more comes."""
    kind, body = read_message(channel)
    while kind in (b"R", b"S"):  # a login that succeeded comes before what is wrong with the session
        kind, body = read_message(channel)
    assert kind == b"E", (kind, body)
    assert channel.recv(1) == b""
    return {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}


def refused(proxy, *pieces):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as channel:
        for piece in pieces:
            channel.sendall(piece)
        return told(channel)


def test_psql_is_the_user(proxy):
    mark = len(proxy.stock.server.logins())
    assert proxy.client("psql", "-XAtqc", "SELECT current_user, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
                        ).stdout == "jane|t\n"
    login = proxy.stock.recorded_since(mark, "jane")[-1]
    assert login["decision"] == "allowed" and login["principal_arn"].endswith("/clerk")


def test_every_connection_has_a_token_of_its_own(proxy, stock):
    """Also where a token is good for one login, and many come within a second."""
    arn = stock.describe()["DBClusterArn"]
    tag = {"Key": "countersign:one-time-tokens", "Value": "*"}
    stock.rds.add_tags_to_resource(ResourceName=arn, Tags=[tag])
    try:
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            users = list(pool.map(lambda _: proxy.client("psql", "-XAtqc", "SELECT current_user").stdout, range(20)))
        assert users == ["jane\n"] * 20
    finally:
        stock.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=[tag["Key"]])


def test_a_hundred_at_once(proxy):
    with contextlib.ExitStack() as sessions:
        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            opened = list(pool.map(lambda _: sessions.enter_context(proxy.connect()), range(90)))
        assert len({session.execute("SELECT pg_backend_pid()").fetchone() for session in opened}) == 90
    assert proxy.client("psql", "-XAtqc", "SELECT 1").stdout == "1\n"


def test_copy_of_a_large_file(proxy, stock, tmp_path):
    """64 MB in and out, the same bytes."""
    stock.sql("CREATE TABLE IF NOT EXISTS big (line text); GRANT ALL ON big TO jane; TRUNCATE big")
    sent, came = tmp_path / "sent", tmp_path / "came"
    line = "".join(chr(97 + number % 26) for number in range(1023)) + "\n"
    sent.write_text(line * 65536)
    proxy.client("psql", "-Xqc", f"\\copy big FROM '{sent}'")
    proxy.client("psql", "-Xqc", f"\\copy big TO '{came}'")
    assert hashlib.sha256(came.read_bytes()).digest() == hashlib.sha256(sent.read_bytes()).digest()


def test_pg_dump(proxy, stock):
    stock.sql("CREATE TABLE IF NOT EXISTS small (id int PRIMARY KEY); GRANT ALL ON small TO jane")
    assert "CREATE TABLE public.small" in proxy.client("pg_dump", "--schema-only", "-t", "small").stdout


def test_notifications(proxy):
    with proxy.connect() as listening, proxy.connect() as telling:
        listening.execute("LISTEN news")
        telling.execute("NOTIFY news, 'extra'")
        assert next(listening.notifies(timeout=PATIENCE, stop_after=1)).payload == "extra"


def test_a_query_is_cancelled(proxy):
    """By psycopg, and by psql on its SIGINT; nobody else's query is."""
    with proxy.connect() as session, proxy.connect() as other:
        threading.Timer(0.2, session.cancel).start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            session.execute("SELECT pg_sleep(600)")
        assert session.execute("SELECT 1").fetchone() == other.execute("SELECT 1").fetchone() == (1,)
        with subprocess.Popen(["psql", "-Xw", proxy.conninfo(), "-c", "SELECT pg_sleep(601)"], stderr=subprocess.PIPE,
                              text=True, env=clean_environment(proxy.stock.server.user_home)) as psql:
            query = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(601)' AND state = 'active'"
            until(lambda: other.execute(query).fetchone() == (1,), "it sleeps")
            psql.send_signal(signal.SIGINT)
            assert "canceling statement due to user request" in psql.communicate(timeout=PATIENCE)[1]


def test_only_sessions_of_the_proxy_are_cancelled(proxy, stock, clerk):
    """A key that was never here reaches no server, not even a right one of another session."""
    with contextlib.closing(stock.session(clerk, "jane")) as direct:
        key = direct.info.backend_pid, 0
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as channel:
            channel.sendall(startup(code=CANCEL)[:4].replace(b"\x08", b"\x10") + struct.pack("!iii", CANCEL, *key))
            assert channel.recv(1) == b""
        assert direct.execute("SELECT 1").fetchone() == (1,)


def test_what_the_server_says_is_what_the_client_hears(stock, clerk):
    """A refused token, a database that is not there, a role that may not: in PostgreSQL's own words."""
    stranger = stock.principal("stranger", stock.may_connect("bob"))
    with Proxy(stock, stranger) as proxy:
        answer = refused(proxy, startup(b"user", b"jane", b"database", b"postgres"))
        assert (answer["S"], answer["M"]) == ("FATAL", PAM_REFUSED.format("jane"))
        assert answer["C"] == "28000" and "F" in answer, "the fields are the server's"
        assert PAM_REFUSED.format("jane") in proxy.client("psql", "-Xqc", "SELECT 1", check=False).stderr
    with Proxy(stock, clerk) as proxy:
        assert refused(proxy, startup(b"user", b"jane", b"database", b"nowhere"))["C"] == "3D000"
    with Proxy(stock, clerk, user="bob") as proxy:
        answer = refused(proxy, startup(b"user", b"bob"))
        assert answer["C"] == "28000" and "is it a member of rds_iam?" in answer["M"]


def test_no_other_user_of_the_database(proxy):
    answer = refused(proxy, startup(b"user", b"dora", b"database", b"postgres"))
    assert (answer["S"], answer["C"]) == ("FATAL", "28000")
    assert answer["M"] == 'this proxy is for the user "jane" alone, not for "dora"' and "jane" in answer["H"]
    for words in ((b"database", b"jane"), (b"user", b""), (b"user", b"jane", b"user", b"dora")):
        assert refused(proxy, startup(*words))["C"] == "28000"


def test_what_is_no_startup(proxy):
    for wrong in (b"\0\0\0\x03", b"\0\0\x27\x11", b"\xff\xff\xff\xff", b"\x16\x03\x01\x02", struct.pack("!ii", 8, 2 << 16),
                  struct.pack("!ii", 9, SESSION) + b"x", *[startup(code=TLS) * 4]):
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as channel:
            channel.sendall(wrong)
            while (first := channel.recv(1)) == b"N":
                continue
            assert first == b"E", wrong
    assert proxy.client("psql", "-XAtqc", "SELECT 1").stdout == "1\n"


def test_encryption_is_declined(proxy):
    """So that sslmode=prefer and gssencmode=prefer, libpq's defaults, go on without."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as channel:
        for code in (GSS, TLS):
            channel.sendall(startup(code=code))
            assert read_exactly(channel, 1) == b"N"
        channel.sendall(startup(b"user", b"dora"))
        assert told(channel)["C"] == "28000"
    assert "SSL" in proxy.client("psql", "-d", proxy.conninfo() + " sslmode=require", "-c", "", check=False).stderr


def test_a_session_stays_through_idle_and_busy_hours(proxy):
    """Pipelines, large results that the client is slow to take, and transactions."""
    with proxy.connect() as session:
        with session.pipeline():
            results = [session.execute("SELECT %s::int", [number]) for number in range(500)]
        assert [result.fetchone()[0] for result in results] == list(range(500))
        with session.cursor(name="slow") as cursor, session.transaction():
            cursor.execute("SELECT repeat('x', 10000) FROM generate_series(1, 2000)")
            assert sum(len(row[0]) for row in cursor) == 20_000_000


def test_logical_replication(proxy, stock):
    """A slot is made, streamed from and dropped, over connections of the replication protocol."""
    slot = ["-S", "through_a_proxy", "-P", "test_decoding"]
    stock.sql("CREATE TABLE IF NOT EXISTS books (title text)")
    proxy.client("pg_recvlogical", *slot, "--create-slot")
    stock.sql("INSERT INTO books VALUES ('moved by a proxy')")
    end = stock.sql("SELECT pg_current_wal_lsn()")[0][0]
    stock.sql("INSERT INTO books VALUES ('after it')")
    assert "moved by a proxy" in proxy.client("pg_recvlogical", *slot, "--start", "-f", "-", "--endpos", end).stdout
    proxy.client("pg_recvlogical", *slot, "--drop-slot")


def test_other_users_of_the_machine_are_refused(proxy, stock):
    """The default address is loopback TCP, which they can reach: the kernel says whose a connection is."""
    faults.need_root("another user connects")
    stranger = 1234567
    program = ("import socket, sys\nchannel = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
               "channel.sendall(bytes.fromhex(sys.argv[2]))\nprint(channel.recv(4096))")
    mark = len(stock.server.attempts())
    said = faults.said_as(stranger, program, proxy.port, startup(b"user", b"jane").hex())
    assert f"the connection is one of user {stranger}" in said and "C28000" in said, said
    assert f"one of user {stranger}" in proxy.said()
    assert len(stock.server.attempts()) == mark


def test_a_socket_in_a_directory(stock, clerk, tmp_path):
    directory = tmp_path / "sockets"
    with Proxy(stock, clerk, listen=f"{directory}") as proxy:
        file = directory / ".s.PGSQL.5432"
        assert proxy.listening == [str(file)]
        assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(directory.stat().st_mode) == 0o700
        with psycopg.connect(f"host={directory} user=jane dbname=postgres") as session:
            assert session.execute("SELECT current_user").fetchone() == ("jane",)
        proxy.process.kill()
        proxy.process.wait(PATIENCE)
        assert file.exists()
        with Proxy(stock, clerk, listen=f"{directory}"):
            pass
        with Proxy(stock, clerk, listen=f"{directory}:6000") as again:
            assert psycopg.connect(f"host={directory} port=6000 user=jane dbname=postgres").info.user == "jane"
            assert again.stop() == 0
        assert not (directory / ".s.PGSQL.6000").exists()


def test_where_it_listens(stock, clerk, tmp_path):
    def refused_to_start(listen):
        proxy = Proxy(stock, clerk, listen=listen)
        done = run(proxy.words, proxy.environment, check=False)
        assert done.returncode == 1 and not done.stdout, done
        return done.stderr
    for address in ("0.0.0.0:5433", "[::]:5433", "192.0.2.1:5433", "example.org:5433"):
        assert "loopback address" in refused_to_start(address)
    assert "not HOST:PORT" in refused_to_start("5433")
    tmp_path.chmod(0o777)
    assert f"chmod go-w {tmp_path}" in refused_to_start(str(tmp_path))
    with Proxy(stock, clerk) as proxy:
        assert "another program does" in refused_to_start(proxy.listening[0])
    with Proxy(stock, clerk, listen="localhost:0") as both:
        assert both.listening[0].startswith("127.0.0.1:")
        for address in both.listening:
            host = address.rpartition(":")[0].strip("[]")
            assert psycopg.connect(f"host={host} port={both.port} user=jane dbname=postgres").info.user == "jane"


def test_the_server_is_verified(stock, clerk, tmp_path):
    """A certificate of somebody else's authority, or of another name: no token is sent."""
    foreign = tmp_path / "foreign.pem"
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
         "/CN=Somebody else", "-keyout", tmp_path / "foreign.key", "-out", foreign], os.environ)
    mark = len(stock.server.attempts())
    with Proxy(stock, clerk).more("--sslrootcert", foreign) as proxy:
        answer = refused(proxy, startup(b"user", b"jane"))
        assert answer["C"] == "08001" and f"the certificate of {stock.host} is not good" in answer["M"]
    with Proxy(stock, clerk, database=f"127.0.0.2:{stock.port}").more("--sslrootcert", stock.login.bundle) as proxy:
        assert refused(proxy, startup(b"user", b"jane"))["C"] == "08001"
    assert not [entry for entry in stock.server.attempts()[mark:] if entry["user"] == "jane"]
    with Proxy(stock, clerk, database=f"{stock.host}:{stock.port}").more("--sslrootcert", stock.login.bundle) as proxy:
        assert proxy.connect().info.user == "jane"
    proxy = Proxy(stock, clerk, database=f"{stock.host}:{stock.port}")
    assert "--sslrootcert FILE" in run(proxy.words, proxy.environment, check=False).stderr


def test_a_server_that_comes_later(stock, clerk, new_server):
    """It listens meanwhile, and tells each client why it cannot help."""
    late = new_server()
    with Proxy(stock, clerk, COUNTERSIGN_DATA_DIR=str(late.data)) as proxy:
        assert "no server runs in" in refused(proxy, startup(b"user", b"jane"))["M"]


def test_it_ends_cleanly(stock, clerk):
    """With a session open, and one that never said anything."""
    with Proxy(stock, clerk) as proxy:
        silent = socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE)
        session = proxy.connect()
        assert proxy.stop() == 0
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
        assert silent.recv(1) == b""
        silent.close()
        assert clerk.secret not in proxy.said() and "X-Amz-" not in proxy.said()


def test_a_client_that_dies_leaves_no_session(proxy, stock):
    session = proxy.connect()
    pid = session.info.backend_pid
    socket.socket(fileno=session.fileno()).close()
    until(lambda: stock.sql(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}") == [(0,)], "the backend ends")


def test_the_unit(stock, clerk, tmp_path):
    proxy = Proxy(stock, clerk)
    words = [word for word in proxy.words if word != "--json"]
    said = run([*words, "--print-unit"], proxy.environment).stdout
    unit = tmp_path / "countersign-proxy.service"
    unit.write_text(said)
    assert str(unit.name) not in run(["systemd-analyze", "verify", "--man=no", unit], os.environ, check=False).stderr
    assert '"proxy" "--user" "jane"' in said and clerk.secret not in said
