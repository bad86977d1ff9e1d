"""The entry point outside of a container: the built program, real PostgreSQL, unmodified clients."""

import os
import pathlib
import re
import signal
import subprocess

import pytest

from place import ENTRYPOINT, INIT, mode
from support.poll import until
from support.server import facts_of_processes, processes_in, run

KEY = "AKIAQ7ZKX3M5T2WJ4HBN"
SECRET = "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"
MASTER = "correct-horse-9\\'s&=%;+"


def test_a_database_as_it_is_declared(make_place):
    """Made, filled in the order of names, open to its user by token alone; the same after a restart, and filled once."""
    place = make_place(init=INIT, COUNTERSIGN_DATABASE="orders:app_user")
    assert place.once("healthy").returncode != 0
    place.start().ready()
    assert place.once("healthy").returncode == 0
    assert [line.split("/")[-1] for line in place.lines() if line.startswith("init: /")] == [
        "10-table.sql", "20-rows.sql.gz", "30-more.sh", "README"]
    client = place.client()
    assert client.where["user"] == "app_user" and client.where["dbname"] == "orders"
    rows = "SELECT session_user, id, what FROM orders ORDER BY id"
    expected = "app_user|1|by sql.gz\napp_user|2|by sh as postgres\n"
    assert client.psql(rows).stdout == expected
    client.psql("CREATE TABLE own (n int)")
    for wrong in ("not-a-token", client.token()[:-1] + "0" * 3):
        assert 'PAM authentication failed for user "app_user"' in client.psql(rows, wrong, check=False).stderr
    assert place.end() == 0
    assert not processes_in(place.data)
    assert place.once("healthy").returncode != 0

    before = len(place.lines())
    place.start().ready()
    assert not [line for line in place.lines()[before:] if line.startswith(("init:", "making"))]
    assert place.client().psql(rows).stdout == expected
    assert place.client().psql("SELECT count(*) FROM own").stdout == "0\n"
    assert place.end() == 0


def test_what_clients_get_is_no_administrators(make_place):
    place = make_place(COUNTERSIGN_DATABASE="orders:app_user").start().ready()
    client = place.client()
    assert mode(place.data / "client/credentials") == 0o600 and mode(place.data / "credentials") == 0o600
    who = client.aws("sts", "get-caller-identity").stdout
    assert ":user/app_user" in who
    for words in (("iam", "list-users"), ("rds", "describe-db-instances"), ("iam", "create-access-key", "--user-name", "app_user")):
        assert "AccessDenied" in client.aws(*words, check=False).stderr, words
    administrator = (place.data / "credentials").read_text()
    for secret in re.findall(r"= (\S{20,})", administrator + (place.data / "client/credentials").read_text()):
        assert secret not in place.said().replace("\n", " ") + place.out.read_text()


def test_secrets_that_are_given_reach_no_database(make_place):
    place = make_place(COUNTERSIGN_DATABASE="orders:app_user", COUNTERSIGN_ACCESS_KEY_ID=KEY, COUNTERSIGN_MASTER_PASSWORD=MASTER)
    place.environment["COUNTERSIGN_SECRET_ACCESS_KEY_FILE"] = str(place.secret_file("secret", SECRET + "\n"))
    place.start().ready()
    assert (place.data / "credentials").read_text() == f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
    assert not (place.data / "container/administrator").exists()
    where = place.client().where
    conninfo = (f"host=localhost port={where['port']} dbname=orders user=postgres sslmode=verify-full "
                f"sslrootcert={place.data}/client/global-bundle.pem")
    done = run(["psql", "-X", "-A", "-t", conninfo, "-c", "SELECT session_user"], place.environment | {"PGPASSWORD": MASTER})
    assert done.stdout == "postgres\n"
    postmasters = list(facts_of_processes(place.data / "databases", "environ", "cmdline"))
    assert postmasters
    for _, fact in postmasters:
        assert SECRET.encode() not in fact and MASTER.encode() not in fact
    assert SECRET not in place.said() and MASTER not in place.said() + place.out.read_text()


def test_the_key_is_printed_once_where_that_is_asked_for(make_place):
    place = make_place(COUNTERSIGN_PRINT_CREDENTIALS="yes").start().ready()
    secret = re.search(r"secret_access_key = (\S+)", (place.data / "credentials").read_text())[1]
    assert place.end() == 0
    place.start().ready()
    assert place.out.read_text().count(f"AWS_SECRET_ACCESS_KEY={secret}\n") == 1
    assert secret not in place.said()


def test_without_tls_is_a_choice_with_a_warning(make_place):
    place = make_place(COUNTERSIGN_TLS="off", COUNTERSIGN_DATABASE="orders:app_user").start().ready()
    assert any(line.startswith("WARNING: the API has no TLS") for line in place.lines())
    assert place.once("healthy").returncode == 0
    assert (place.data / "client/config").read_text().endswith(f"endpoint_url = http://localhost:{place.ports.first}\n")
    assert ":user/app_user" in place.client().aws("sts", "get-caller-identity").stdout
    assert place.client().psql("SELECT session_user").stdout == "app_user\n"


def test_tls_by_files_that_are_given(make_place):
    """A certificate of somebody else's authority, and a name that is not localhost."""
    place = make_place(COUNTERSIGN_TLS="files", COUNTERSIGN_TLS_NAMES="countersign.test")
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=countersign.test",
         "-addext", "subjectAltName=DNS:countersign.test", "-keyout", place.home / "key", "-out", place.home / "chain"], os.environ)
    key = place.secret_file("tls.key", (place.home / "key").read_text())
    place.environment |= {"COUNTERSIGN_TLS_CERTIFICATE": str(place.home / "chain"), "COUNTERSIGN_TLS_KEY": str(key),
                          "COUNTERSIGN_API_CA": str(place.home / "chain"), "COUNTERSIGN_DATABASE": "orders:app_user"}
    place.start().ready()
    assert place.once("healthy").returncode == 0
    assert (place.data / "client/api-ca.pem").read_text() == (place.home / "chain").read_text()
    assert f"https://countersign.test:{place.ports.first}" in (place.data / "client/config").read_text()
    assert place.client().psql("SELECT session_user").stdout == "app_user\n"


def test_a_folder_that_fails_leaves_no_half_database_in_use(make_place):
    place = make_place(init={"10.sql": "CREATE TABLE t ();", "20.sql": "SELECT 1/0;", "30.sql": "CREATE TABLE u ();"},
                       COUNTERSIGN_DATABASE="orders:app_user").start()
    assert place.exit_code() == 1
    assert "division by zero" in place.said() and not any("30.sql" in line for line in place.lines())
    assert not processes_in(place.data)
    again = place.once()
    assert again.returncode == 1 and "broke off" in again.stderr and "begin anew with an empty volume" in again.stderr


def test_what_broke_off_before_the_folder_is_finished(make_place):
    """Killed while it makes the database: the next start makes it, and fills it once."""
    place = make_place(init=INIT, COUNTERSIGN_DATABASE="orders:app_user").start()
    until(lambda: any(line.startswith("making the database") for line in place.lines()), "it makes the database")
    for pid in [place.process.pid, *processes_in(place.data)]:
        os.kill(pid, signal.SIGKILL)
    assert place.exit_code() == -signal.SIGKILL
    until(lambda: not others(place), "all of it has ended")
    place.start().ready()
    assert place.client().psql("SELECT count(*) FROM orders").stdout == "2\n"


def others(place):
    """What a container would have taken with it, and a shell on a machine leaves behind."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if str(place.data).encode() in (process / "cmdline").read_bytes() + (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    for pid in found:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return found


def test_ended_while_it_starts(make_place):
    place = make_place(COUNTERSIGN_DATABASE="orders:app_user").start()
    until(lambda: any(line.startswith("making the database") for line in place.lines()), "it makes the database")
    assert place.end() == 0
    assert not processes_in(place.data)
    place.start().ready()
    assert place.client().psql("SELECT session_user").stdout == "app_user\n"


@pytest.mark.parametrize(("environment", "said"), [
    ({"COUNTERSIGN_DATABASE": "orders"}, "not IDENTIFIER:USER, such as orders:app_user"),
    ({"COUNTERSIGN_DATABASE": "orders:app user"}, "not IDENTIFIER:USER"),
    ({"COUNTERSIGN_DATABASE": "orders:a'); DROP"}, "not IDENTIFIER:USER"),
    ({"COUNTERSIGN_TLS": "maybe"}, "COUNTERSIGN_TLS=maybe: own, files or off"),
    ({"COUNTERSIGN_TLS": "files"}, "COUNTERSIGN_TLS=files needs COUNTERSIGN_TLS_CERTIFICATE"),
    ({"COUNTERSIGN_ACCESS_KEY_ID": KEY}, "COUNTERSIGN_ACCESS_KEY_ID and COUNTERSIGN_SECRET_ACCESS_KEY go together"),
    ({"COUNTERSIGN_ACCESS_KEY_ID": "test", "COUNTERSIGN_SECRET_ACCESS_KEY": "test"}, "is not AKIA and 16 letters"),
    ({"COUNTERSIGN_ACCESS_KEY_ID": KEY, "COUNTERSIGN_SECRET_ACCESS_KEY": "a" * 40}, "can be guessed"),
    ({"COUNTERSIGN_ACCESS_KEY_ID": KEY, "COUNTERSIGN_ACCESS_KEY_ID_FILE": "/etc/hostname"}, "are both set"),
    ({"COUNTERSIGN_ACCESS_KEY_ID_FILE": "/nonexistent"}, "/nonexistent cannot be read"),
    ({"COUNTERSIGN_DATA_DIR": "/nonexistent"}, "/nonexistent cannot be written"),
])
def test_what_it_refuses(make_place, environment, said):
    place = make_place(**environment)
    refused = place.once()
    assert refused.returncode != 0 and said in refused.stderr, refused.stderr
    assert not (place.data / "state.db").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="this is about root")
def test_it_does_not_run_as_root(make_place):
    place = make_place()
    place.as_user = []
    refused = place.once()
    assert refused.returncode == 1 and "it runs as root, and needs nothing of root's" in refused.stderr


def test_other_words_are_a_command(make_place):
    assert re.fullmatch(r"countersign [0-9.]+\n", make_place().once("countersign", "--version", check=True).stdout)


def test_options_go_to_the_server(make_place):
    place = make_place().start("--account-id", "123456789012").ready()
    assert '"account":"123456789012"' in place.out.read_text()
    refused = subprocess.run(["bash", "-n", ENTRYPOINT], check=False)
    assert refused.returncode == 0
