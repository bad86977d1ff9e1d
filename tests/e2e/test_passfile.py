"""countersign passfile: a password file with a token, written as libpq reads it and kept fresh for longer than a token
lives. PostgreSQL, the agent and the keeper have a clock that is set; psql has the machine's."""

import concurrent.futures
import contextlib
import json
import os
import re
import select
import signal
import socket
import stat
import subprocess

import pytest

from support import faults
from support.login import PAM_REFUSED
from support.passfiles import set_clock, signed_at
from support.poll import PATIENCE, until
from support.server import PROGRAM, clean_environment, run
from support.stock import Stock

MINUTE = 60
OTHERS = "# mine\r\n\nelsewhere:5432:*:carol:her\\:own\nnot a line\n*:*:*:*:of-everybody\n"


@pytest.fixture(scope="module", name="server")
def _server():
    """A server with a clock of its own."""
    made = faults.ClockedServer()
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture(scope="module", name="stock")
def _stock(server):
    return Stock(server)


@pytest.fixture(scope="module", name="clerk")
def _clerk(stock):
    """Who may connect as anybody, by an environment with a key."""
    return stock.principal("clerk", stock.may_connect("*"))


@pytest.fixture(name="file")
def _file(tmp_path):
    return tmp_path / "pgpass"


def environment_of(server, principal):
    return clean_environment(server.user_home) | server.clock.environment | {
        "COUNTERSIGN_DATA_DIR": str(server.data), "AWS_ACCESS_KEY_ID": principal.key_id,
        "AWS_SECRET_ACCESS_KEY": principal.secret, "AWS_REGION": server.region}


def passfile(server, principal, *words, check=True, **variables):
    return run([PROGRAM, "passfile", *words], environment_of(server, principal) | variables, check=check)


def psql(stock, file, user="jane", check=True):
    """What psql says of itself with the password that libpq finds in the file."""
    environment = clean_environment(stock.server.user_home) | {"PGPASSFILE": str(file)}
    done = run(["psql", "-X", "-A", "-t", "-w", stock.login.conninfo(user), "-c", "SELECT current_user"], environment,
               check=check)
    return done.stdout.strip() if done.returncode == 0 else done.stderr


class Keeper:
    """countersign passfile --keep, until the `with` ends."""

    def __init__(self, server, principal, file, *words, **variables):
        self.environment = environment_of(server, principal) | variables
        self.words = [str(word) for word in (PROGRAM, "passfile", "--keep", "--file", file, *words)]
        self.said = file.with_suffix(".log")
        self.process = None

    def __enter__(self):
        with self.said.open("wb") as log:
            self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE, stderr=log, text=True,
                                            env=self.environment)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def ready(self):
        assert select.select([self.process.stdout], [], [], PATIENCE)[0], self.events()
        return self.process.stdout.readline()

    def events(self, name=""):
        return [entry for entry in map(json.loads, self.said.read_text().splitlines()) if name in entry["event"]]

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def test_libpq_reads_the_line(server, stock, clerk, file):
    file.write_bytes(OTHERS.encode())
    file.chmod(0o600)
    said = passfile(server, clerk, stock.name, "--user", "jane", "--file", file).stdout
    assert re.fullmatch(rf"{stock.host}:{stock.port} as jane until \S+Z, in {file}\n", said), said
    text = file.read_bytes().decode()
    line = next(line for line in text.splitlines(keepends=True) if ":jane:" in line)
    assert text.replace(line, "") == OTHERS and text.index(line) < text.index("*:*")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert psql(stock, file) == "jane"
    assert [name.name for name in file.parent.iterdir()] == [file.name]


def test_names_that_have_to_be_escaped(server, stock, clerk, file):
    user = r"ja:ne\d'oe"
    stock.sql(f'''CREATE USER "{user}"; GRANT rds_iam TO "{user}"''')
    passfile(server, clerk, stock.name, "--user", user, "--file", file)
    environment = clean_environment(server.user_home) | {"PGPASSFILE": str(file), "PGUSER": user}
    conninfo = stock.login.conninfo("x").replace("user='x'", "")
    assert run(["psql", "-XAtw", conninfo, "-c", "SELECT current_user"], environment).stdout.strip() == user


def test_the_file_is_where_libpq_looks(server, clerk, stock, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    variables = {"HOME": str(home), "PGPASSFILE": ""}
    done = json.loads(passfile(server, clerk, stock.name, "--user", "jane", "--dbname", "postgres", "--json",
                               **variables).stdout)
    assert done["file"] == str(home / ".pgpass") and (home / ".pgpass").read_text().count("\n") == 1
    until_then = done["lines"][0].pop("until")
    assert done["lines"] == [{"database": stock.name, "host": stock.host, "port": stock.port, "dbname": "postgres",
                              "user": "jane"}]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", until_then)


def test_a_database_by_its_address_needs_no_server(server, stock, clerk, file):
    """Nobody is asked where it is: the control plane may not even be reached."""
    variables = {"COUNTERSIGN_DATA_DIR": "", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    passfile(server, clerk, f"{stock.host}:{stock.port}", "--user", "jane", "--file", file, **variables)
    assert psql(stock, file) == "jane"


def test_a_server_of_the_environment(server, stock, clerk, file):
    """As in a pod: no data directory, but AWS_ENDPOINT_URL and credentials that may describe databases."""
    describe = {"Effect": "Allow", "Action": "rds:DescribeDB*", "Resource": "*"}
    pod = stock.principal("pod", stock.may_connect("jane"), {"Version": "2012-10-17", "Statement": describe})
    variables = {"COUNTERSIGN_DATA_DIR": "", "AWS_ENDPOINT_URL": server.url}
    passfile(server, pod, stock.name, "--user", "jane", "--file", file, **variables)
    assert psql(stock, file) == "jane"
    refused = passfile(server, pod, stock.name, "--user", "jane", "--file", file, check=False,
                       **variables, AWS_REGION="")
    assert (refused.returncode, "specify a region" in refused.stderr) == (1, True)


@pytest.mark.parametrize("make, reason", [
    (lambda file: (file.with_suffix(".real").touch(0o600), file.symlink_to(file.with_suffix(".real"))), "it is a link"),
    (lambda file: (file.touch(), file.chmod(0o644)), "run: chmod 0600"),
    (lambda file: (file.touch(), file.chmod(0o620)), "run: chmod 0600"),
    (lambda file: file.mkdir(), "no plain file"),
    (lambda file: os.mkfifo(file, 0o600), "no plain file"),
    (lambda file: (file.touch(0o600), os.chown(file, 12345, -1)), "another user"),
], ids=["link", "readable", "writable", "directory", "pipe", "another user's"])
def test_a_file_that_is_not_safe_is_refused(server, stock, clerk, file, make, reason):
    if reason == "another user":
        faults.need_root("a file is given away")
    make(file)
    before = os.lstat(file)
    for more in ([], ["--keep"]):
        done = passfile(server, clerk, stock.name, "--user", "jane", "--file", file, *more, check=False)
        assert done.returncode == 1 and reason in done.stderr and str(file) in done.stderr, done.stderr
    after = os.lstat(file)
    assert (before.st_ino, before.st_size, before.st_mode) == (after.st_ino, after.st_size, after.st_mode)


def test_what_cannot_be(server, stock, clerk, file):
    def refused(*words):
        done = passfile(server, clerk, *words, "--file", file, check=False)
        assert done.returncode == 1 and not file.exists(), done
        return done.stderr
    assert "there is no database nowhere" in refused("nowhere", "--user", "jane")
    assert "there is no database nowhere" in refused("nowhere", "--user", "jane", "--keep")
    assert "one line each" in refused(stock.name, "--user", "ja\nne")
    assert "cannot name" in refused(stock.name, "--user", "*")


def test_several_writers_lose_no_line(server, stock, clerk, file):
    """Sixteen at once, and a database twice in one command."""
    file.write_bytes(OTHERS.encode())
    file.chmod(0o600)

    def write(number):
        return passfile(server, clerk, stock.name, f"{stock.name}-1", "--user", f"user{number}", "--file", file)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    text = file.read_bytes().decode()
    assert sorted(re.findall(r":(user\d+):", text)) == sorted(f"user{number}" for number in range(16))
    assert [line for line in text.splitlines(keepends=True) if ":user" not in line] == OTHERS.splitlines(keepends=True)


def test_kept_fresh_for_twenty_minutes(server, stock, clerk, file):
    """At every minute a token that is good for long; the one of the beginning is refused at the end."""
    try:
        with Keeper(server, clerk, file, stock.name, "--user", "jane") as keeper:
            keeper.ready()
            first = file.read_text()
            for minutes in range(0, 21, 4):
                set_clock(server, file, minutes)
                assert psql(stock, file) == "jane", f"after {minutes} minutes"
            assert not keeper.events("failed")
            assert keeper.stop() == 0
        file.write_text(first)
        assert PAM_REFUSED.format("jane") in psql(stock, file, check=False)
    finally:
        server.clock.set(0)


def test_lines_that_somebody_took_away_come_back(server, stock, clerk, file):
    try:
        with Keeper(server, clerk, file, stock.name, "--user", "jane") as keeper:
            keeper.ready()
            server.clock.set(MINUTE)
            file.unlink()
            file.touch(0o600)
            file.write_bytes(OTHERS.encode())
            until(lambda: ":jane:" in file.read_text(), "the line is there again")
            assert psql(stock, file) == "jane" and "elsewhere:5432" in file.read_text()
            until(lambda: keeper.events("restored"), "it said so")
            file.chmod(0o644)
            until(lambda: [entry for entry in keeper.events("failed") if "chmod 0600" in entry["error"]],
                  "it says why it does not write")
            file.chmod(0o600)
            server.clock.set(10 * MINUTE)
            until(lambda: keeper.events("well"), "it goes on")
            assert psql(stock, file) == "jane"
    finally:
        server.clock.set(0)


def test_a_server_that_is_away(server, stock, clerk, file, new_server):
    """At the start it is waited for; later its databases are where they were, and logins go on."""
    late = new_server()
    with Keeper(server, clerk, file, stock.name, "--user", "jane",
                COUNTERSIGN_DATA_DIR=str(late.data)) as keeper:
        until(lambda: len(keeper.events("failed")) > 1, "it tries again")
        assert "no server runs in" in keeper.events("failed")[0]["error"] and not file.exists()
        assert [entry["next_attempt_seconds"] for entry in keeper.events("failed")[:2]] == ["1", "2"]
        assert keeper.stop(signal.SIGINT) == 0
    ready = server.data / "serve.json"
    with Keeper(server, clerk, file, stock.name, "--user", "jane") as keeper:
        keeper.ready()
        was = signed_at(file)
        with contextlib.ExitStack() as mended:
            ready.rename(ready.with_suffix(".away"))
            mended.callback(ready.with_suffix(".away").rename, ready)
            mended.callback(server.clock.set, 0)
            server.clock.set(16 * MINUTE)
            until(lambda: signed_at(file) > was, "there is another token")
            assert psql(stock, file) == "jane"
        assert keeper.stop() == 0


def test_credentials_that_are_away(server, stock, clerk, file, tmp_path):
    """The line stays as long as it is good; each attempt is told, and the first that succeeds, too."""
    source = tmp_path / "credentials.json"
    config = tmp_path / "config"
    config.write_text(f"[default]\nregion = {server.region}\ncredential_process = cat {source}\n")
    good = json.dumps({"Version": 1, "AccessKeyId": clerk.key_id, "SecretAccessKey": clerk.secret})
    source.write_text(good)
    variables = {"AWS_CONFIG_FILE": str(config), "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    try:
        with Keeper(server, clerk, file, stock.name, "--user", "jane", **variables) as keeper:
            keeper.ready()
            source.unlink()
            server.clock.set(6 * MINUTE)
            told = until(lambda: keeper.events("failed"), "it says so")[0]
            assert "custom-process" in told["error"] and told["line_good_until"].endswith("Z")
            assert psql(stock, file) == "jane"
            source.write_text(good)
            server.clock.set(17 * MINUTE)
            until(lambda: keeper.events("well"), "it goes on")
            assert psql(stock, file) == "jane"
            assert clerk.secret not in keeper.said.read_text()
            assert "X-Amz-Signature" not in keeper.said.read_text()
    finally:
        server.clock.set(0)


def test_systemd_hears_when_it_is_ready(server, stock, clerk, file, tmp_path):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        systemd.settimeout(PATIENCE)
        with Keeper(server, clerk, file, stock.name, "--user", "jane", "--json", NOTIFY_SOCKET=address) as keeper:
            assert systemd.recv(4096) == b"READY=1"
            assert json.loads(keeper.ready())["file"] == str(file) and file.exists()
            assert keeper.stop() == 0


def test_the_unit_does_what_the_command_does(server, stock, clerk, tmp_path):
    file = tmp_path / "a \"file\" of 5% $HOME"
    said = passfile(server, clerk, stock.name, "--user", "jane", "--file", file, "--profile", "work", "--print-unit",
                    AWS_PROFILE="work", AWS_SESSION_TOKEN="hidden").stdout
    assert clerk.secret not in said and "hidden" not in said and not file.exists()
    assert 'Environment="AWS_PROFILE=work"' in said and 'Type=notify' in said
    command = re.search(r"^ExecStart=(.*)$", said, re.MULTILINE)[1]
    words = [re.sub(r"\\(.)", r"\1", word).replace("%%", "%").replace("$$", "$")
             for word in re.findall(r'"((?:[^"\\]|\\.)*)"', command)]
    assert words[1:3] == ["passfile", "--keep"] and str(file) in words and words[-1] == stock.name
    unit = tmp_path / "countersign-passfile.service"
    unit.write_text(said)
    analyze = run(["systemd-analyze", "verify", "--man=no", unit], os.environ, check=False)
    assert str(unit.name) not in analyze.stderr, analyze.stderr


def test_one_that_is_interrupted_did_not_succeed(server, stock, clerk, file, tmp_path):
    """Without --keep, its caller must not take an end for a line that is there."""
    pipe = tmp_path / "credentials"
    os.mkfifo(pipe)
    config = tmp_path / "config"
    config.write_text(f"[default]\nregion = {server.region}\ncredential_process = cat {pipe}\n")
    environment = environment_of(server, clerk) | {"AWS_CONFIG_FILE": str(config), "AWS_ACCESS_KEY_ID": "",
                                                   "AWS_SECRET_ACCESS_KEY": ""}
    with subprocess.Popen([PROGRAM, "passfile", stock.name, "--user", "jane", "--file", file], env=environment) as process:
        with pipe.open("w"):  # it asks, and waits
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == -signal.SIGTERM
    assert not file.exists()
