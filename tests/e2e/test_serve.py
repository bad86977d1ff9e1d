"""The server as a program: what it prints, what it writes, what it refuses to do."""

import base64
import json
import os
import pathlib
import pwd
import re
import stat
import subprocess
import urllib.error
import urllib.request

import pytest

from support import aws
from support.poll import until
from support.server import PROGRAM, StartFailed, clean_environment, facts_of_processes, run
from support.stock import MASTER_PASSWORD, Stock


def test_ready_line(server):
    assert server.ready["listening"] == f"http://127.0.0.1:{server.ports.first}"
    assert server.ready["region"] == "us-west-2"
    assert re.fullmatch(r"\d{12}", server.ready["account"])
    assert server.ready["data_dir"] == str(server.data)
    assert server.ready["pid"] == server.pid
    assert json.loads((server.data / "serve.json").read_text()) == server.ready


def test_credentials_file(server):
    file = server.data / "credentials"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert re.fullmatch(r"\[default\]\naws_access_key_id = AKIA[A-Z2-7]{16}\naws_secret_access_key = \S{40}\n",
                        file.read_text())
    environment = clean_environment(server.user_home) | {
        "AWS_SHARED_CREDENTIALS_FILE": str(file), "AWS_ENDPOINT_URL": server.url, "AWS_DEFAULT_REGION": "us-west-2"}
    who = json.loads(run(["aws", "sts", "get-caller-identity", "--output", "json"], environment).stdout)
    assert who["Account"] == server.account and who["Arn"] == f"arn:aws:iam::{server.account}:root"


def test_env(server):
    lines = server.command("env").stdout.splitlines()
    assert f"export AWS_ENDPOINT_URL={server.url}" in lines
    exported = {line.split("=")[0].removeprefix("export ") for line in lines if line.startswith("export ")}
    assert exported == {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION",
                        "AWS_REGION"}
    shell = f'export AWS_SESSION_TOKEN=stale AWS_PROFILE=stale; eval "$({PROGRAM} env --data-dir {server.data})"; env'
    left = run(["bash", "-c", shell], clean_environment(server.user_home)).stdout
    assert "AWS_SESSION_TOKEN" not in left and "AWS_PROFILE" not in left


def test_the_data_directory_is_its_owners_only(server):
    """Where databases have users of their own, these pass through it to what is theirs, and read no names."""
    owner = server.data.stat().st_uid
    for file in (server.data, *server.data.rglob("*")):
        if file.name in ("global-bundle.pem", "libcountersign_pam.so") or file.is_symlink() or file.is_socket():
            continue
        if file.is_relative_to(server.data / "lib/extensions"):  # copies of what the machine's packages let everybody read
            continue
        if ".making" in str(file):  # a template on its way comes and goes; it is made below a directory of mode 0700
            continue
        found = file.lstat()
        others = stat.S_IMODE(found.st_mode) & (0o077 if found.st_uid == owner else 0o007)  # its group is the server's
        assert others == 0 or (file.is_dir() and others & 0o066 == 0), (file, oct(others))


def test_a_browser_at_the_apis_address_is_told_what_this_is(server):
    """Programs get what they got: an error in their own form."""
    def get(path, **headers):
        try:
            with urllib.request.urlopen(urllib.request.Request(server.url + path, headers=headers), timeout=60) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers["Content-Type"], refused.read().decode()
    browsers = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    status, form, text = get("/", Accept=browsers)
    assert (status, form) == (200, "text/html; charset=utf-8")
    assert f"AWS_ENDPOINT_URL={server.url}" in text and "/global-bundle.pem" in text and server.account not in text
    for path, accept in (("/", "*/*"), ("/", "application/xml"), ("/?Action=ListUsers&Version=2010-05-08", browsers)):
        status, form, text = get(path, Accept=accept)
        assert status >= 400 and "html" not in form, (path, accept)


def test_health_and_bundle(server):
    with urllib.request.urlopen(server.url + "/healthz", timeout=60) as answer:
        assert answer.status == 200 and json.load(answer)["status"] == "ok"
    with urllib.request.urlopen(server.url + "/global-bundle.pem", timeout=60) as answer:
        bundle = answer.read()
    assert bundle == server.bundle.read_bytes()
    shown = subprocess.run(["openssl", "x509", "-noout", "-text"], input=bundle, capture_output=True, check=True)
    assert b"CA:TRUE" in shown.stdout and b"id-ecPublicKey" in shown.stdout
    assert b"PRIVATE" not in bundle


def test_any_free_port(new_server):
    server = new_server("--listen", "127.0.0.1:0")
    server.arguments = lambda: [PROGRAM, "serve", "--data-dir", server.data, "--listen", "127.0.0.1:0",
                                "--database-ports", f"{server.ports.first + 1}-{server.ports.last}"]
    server.start()
    assert not server.url.endswith(":0")
    assert aws.client(server, "sts").get_caller_identity()["Account"] == server.account


def one_line(error):
    """What a person reads: the last line of standard error, and no other that is not a log line."""
    said = [line for line in str(error.value).splitlines() if line.startswith("countersign: ")]
    assert len(said) == 1, str(error.value)
    assert "terminate" not in str(error.value)
    return said[0]


def test_the_port_is_taken(server, new_server):
    second = new_server()
    second.arguments = lambda: [PROGRAM, "serve", "--data-dir", second.data, "--listen",
                                f"127.0.0.1:{server.ports.first}"]
    with pytest.raises(StartFailed) as error:
        second.start()
    assert second.process.returncode == 1
    assert re.fullmatch(rf"countersign: .*{server.ports.first}.*in use.*; choose another with --listen",
                        one_line(error))


def test_the_directory_is_taken(server, new_server):
    second = new_server()
    second.arguments = lambda: [PROGRAM, "serve", "--data-dir", server.data, "--listen",
                                f"127.0.0.1:{second.ports.first}"]
    with pytest.raises(StartFailed) as error:
        second.start()
    assert second.process.returncode == 1
    assert str(server.data) in one_line(error)
    assert aws.client(server, "sts").get_caller_identity()["Account"] == server.account
    assert json.loads((server.data / "serve.json").read_text())["pid"] == server.pid


@pytest.mark.parametrize("address", ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"])
def test_an_address_that_is_not_loopback_needs_tls(new_server, address):
    server = new_server()
    server.arguments = lambda: [PROGRAM, "serve", "--data-dir", server.data, "--listen", address]
    with pytest.raises(StartFailed) as error:
        server.start()
    assert "TLS" in one_line(error) and server.process.returncode == 1
    assert not server.data.exists()


def test_with_tls(new_server):
    server = new_server()
    key, certificate = server.home / "key.pem", server.home / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], capture_output=True, check=True)
    key.chmod(0o600)
    server.options = ("--tls-certificate", str(certificate), "--tls-key", str(key))
    server.start()
    assert server.url.startswith("https://")
    assert aws.Aws(server, AWS_CA_BUNDLE=str(certificate))("sts", "get-caller-identity")["Account"] == server.account


@pytest.mark.parametrize("words, text", [
    (["--listen", "127.0.0.1:notaport"], "not HOST:PORT"), (["--listen", "127.0.0.1:70000"], "not HOST:PORT"),
    (["--database-ports", "5-x"], "FIRST-LAST"), (["--database-ports", "20-10"], "FIRST-LAST"),
    (["--log-level", "loud"], "loud not in {debug,error,info,warn}"), (["--account-id", "12"], "12 digits"),
    (["--session-age-max", "2y"], "Allowed values"), (["--session-age-max", "0"], "not in range"),
    (["--sealing-key", "/nonexistent/key"], "/nonexistent/key"),
    (["--tls-key", "/nonexistent/key"], "--tls-certificate and --tls-key")])
def test_options_that_cannot_be(new_server, words, text):
    server = new_server()
    server.arguments = lambda: [PROGRAM, "serve", "--data-dir", server.data,
                                *(() if "--listen" in words else ("--listen", "127.0.0.1:0")), *words]
    with pytest.raises(StartFailed) as error:
        server.start()
    assert text in one_line(error)
    assert server.process.returncode in (1, 2)


@pytest.mark.parametrize("words", [["serve", "--nonsense"], ["nonsense"], [], ["token"], ["token", "--port", "1"]])
def test_usage_errors_exit_with_2(server, words):
    done = run([PROGRAM, *words], clean_environment(server.user_home), check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("countersign: ") and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", [["env"], ["logins"], ["aws", "sts", "get-caller-identity"],
                                   ["psql", "c1", "--user", "jane"]])
def test_where_no_server_runs(new_server, words):
    done = new_server().command(*words, check=False)
    assert done.returncode == 1
    assert re.fullmatch(r"countersign: .+\n", done.stderr)


def test_the_account_is_kept(new_server):
    server = new_server("--account-id", "123456789012").start()
    assert server.account == "123456789012"
    server.stop()
    server.options = ()
    assert server.start().account == "123456789012"
    server.stop()
    server.options = ("--account-id", "210987654321")
    with pytest.raises(StartFailed) as error:
        server.start()
    assert "123456789012" in one_line(error)


def test_accounts_differ(new_server, server):
    assert new_server().start().account != server.account


def test_regions(new_server):
    server = new_server("--region", "eu-central-1", "--regions", "eu-central-1,eu-west-1").start()
    assert server.env()["AWS_DEFAULT_REGION"] == "eu-central-1"
    aws.client(server, "rds", region="eu-west-1").describe_db_clusters()
    refused = aws.Aws(server).refused("rds", "describe-db-clusters", "--region", "us-west-2")
    assert refused.code == "SignatureDoesNotMatch"


def test_a_directory_keeps_its_region(new_server):
    server = new_server("--region", "eu-central-1").start()
    server.stop()
    server.options = ()
    assert server.start().env()["AWS_DEFAULT_REGION"] == "eu-central-1"


def test_resources_live_in_their_region(server):
    here, there = aws.client(server, "rds"), aws.client(server, "rds", region="ap-southeast-2")
    there.create_db_subnet_group(DBSubnetGroupName="there", DBSubnetGroupDescription="x",
                                SubnetIds=["subnet-1", "subnet-2"])
    assert here.describe_db_subnet_groups()["DBSubnetGroups"] == []
    found = there.describe_db_subnet_groups()["DBSubnetGroups"][0]
    assert found["DBSubnetGroupArn"] == f"arn:aws:rds:ap-southeast-2:{server.account}:subgrp:there"
    there.delete_db_subnet_group(DBSubnetGroupName="there")


def test_a_sealing_key_of_ones_own(new_server):
    server = new_server()
    key = server.home / "sealing.key"
    key.write_bytes(os.urandom(32))
    key.chmod(0o600)
    server.options = ("--sealing-key", str(key))
    server.start()
    principal = aws.new_principal(server, "kept")
    server.restart()
    assert aws.client(server, "sts", principal).get_caller_identity()["Arn"].endswith(":user/kept")
    server.stop()
    assert not (server.data / "sealing.key").exists()
    key.write_bytes(os.urandom(32))
    with pytest.raises(StartFailed) as error:
        server.start()
    assert one_line(error)


def test_no_secret_is_on_disk_or_in_a_log(server, stock, everybody):
    """Neither access keys' secrets nor passwords nor tokens, as they are or in another encoding."""
    token = stock.token(everybody, "jane")
    stock.login.psycopg("jane", token).close()
    assert "PAM" in stock.login.refused("jane", token[:-4] + "abcd")
    assert stock.login.refused("bob", "a-password-that-is-wrong")
    for password in ("another-horse-battery", MASTER_PASSWORD):
        stock.rds.modify_db_cluster(DBClusterIdentifier="c1", MasterUserPassword=password, ApplyImmediately=True)
        until(lambda new=password: stock.login.psql("postgres", new, "SELECT 1", check=False).returncode == 0,
              "the password is changed")
    administrator = aws.administrator(server)
    secrets = [everybody.secret, administrator.secret, MASTER_PASSWORD, "another-horse-battery",
               "a-password-that-is-wrong", "bobs-own-password", token, token[-64:], token[-60:-4]]
    spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
    server.stop()
    for file in [*server.data.rglob("*"), server.log]:
        if not file.is_file() or file == server.data / "credentials":
            continue
        content = file.read_bytes()
        for spelling in spellings:
            assert spelling not in content, f"{file} holds a secret"
    server.start()
    stock.until_it_answers()


def _spellings(secret):
    raw = secret.encode()
    return [raw, base64.b64encode(raw)[:-4], raw.hex().encode(),
            raw.replace(b"/", b"%2F").replace(b"+", b"%2B")]


def test_the_login_log_is_private_and_json(server, stock, everybody):
    stock.until_it_answers()
    stock.login.bare("jane", stock.token(everybody, "jane").encode())
    log = server.data / "login.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    for line in log.read_text().splitlines():
        entry = json.loads(line)
        assert {"time", "login_id", "database", "user", "source_address", "principal_arn", "access_key_id",
                "decision", "check", "reason", "backend_pid"} <= entry.keys()


def test_nothing_runs_as_root(server, stock):
    assert stock.describe()
    own = pathlib.Path(f"/proc/{server.pid}/status").read_bytes()
    processes = [(server.pid, own), *facts_of_processes(server.data, "status")]
    assert len(processes) > 1
    for pid, raw in processes:
        status = raw.decode()
        user_ids = re.search(r"^Uid:\t(.*)$", status, re.MULTILINE).group(1).split()
        assert set(user_ids) == ({str(os.geteuid())} if os.geteuid() else {user_ids[0]}), pid
        assert "0" not in user_ids, pid
        groups = re.search(r"^Groups:\t?(.*)$", status, re.MULTILINE).group(1).split()
        assert "0" not in groups or os.geteuid() != 0, pid


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who becomes somebody else")
def test_a_data_directory_stays_with_its_user(new_server):
    """Though an account that comes first, such as `countersign`, is made later."""
    server = new_server("--user", "nobody").start()
    server.stop()
    server.options = ()
    server.start()
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    assert re.search(r"^Uid:\t(\d+)\t", status, re.MULTILINE).group(1) == str(pwd.getpwnam("nobody").pw_uid)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who starts it as somebody else")
def test_nobody_but_root_looks_into_a_server_that_was_never_roots(new_server):
    server = new_server()
    nobody = pwd.getpwnam("nobody")
    for directory in (server.home, server.user_home):
        os.chown(directory, nobody.pw_uid, nobody.pw_gid)
    own = server.arguments()
    server.arguments = lambda: ["setpriv", "--reuid=nobody", f"--regid={nobody.pw_gid}", "--clear-groups", *own]
    server.start()
    rds = aws.client(server, "rds")
    rds.create_db_instance(DBInstanceIdentifier="one", Engine="postgres", DBInstanceClass="db.t4g.micro",
                           AllocatedStorage=20, MasterUsername="boss", MasterUserPassword=MASTER_PASSWORD)
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="one", WaiterConfig={"Delay": 1})
    rds.create_db_snapshot(DBInstanceIdentifier="one", DBSnapshotIdentifier="of-one")
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier="of-one", WaiterConfig={"Delay": 1})
    assert re.search(rf"^Uid:\t{nobody.pw_uid}\t", pathlib.Path(f"/proc/{server.pid}/status").read_text(), re.MULTILINE)
    assert pathlib.Path(f"/proc/{server.pid}/environ").stat().st_uid == 0


def test_what_a_persons_shell_says_to_postgresqls_clients_does_not_matter(new_server):
    server = new_server()
    server.environment |= {"PGSERVICE": "no-such-service", "PGHOST": "192.0.2.1", "PGPORT": "1", "PGUSER": "nobody",
                           "PGDATABASE": "nothing", "PGOPTIONS": "-c default_transaction_read_only=on",
                           "PGSSLMODE": "verify-full", "PGREQUIRESSL": "1", "PGCLIENTENCODING": "LATIN1",
                           "PGREQUIREAUTH": "scram-sha-256", "PGDATA": "/nonexistent", "TZ": "Asia/Tokyo",
                           "LC_ALL": "C"}
    server.start()
    stock = Stock(server)
    principal = stock.principal("jane", stock.may_connect("jane"))
    stock.set_iam(False)
    stock.set_iam(True)
    stock.session(principal, "jane").close()


def test_the_systems_pam_files_are_left_alone(stock):
    assert stock.describe()
    assert not [file.name for file in pathlib.Path("/etc/pam.d").iterdir() if stock.resource_id.lower() in file.name.lower()]


def test_secrets_are_not_in_any_command_line_or_environment(server, stock, everybody):
    assert stock.describe()
    secrets = [everybody.secret, aws.administrator(server).secret, MASTER_PASSWORD]
    places = list(facts_of_processes(server.data, "cmdline", "environ"))
    assert places
    for _, content in places:
        assert not any(secret.encode() in content for secret in secrets)
