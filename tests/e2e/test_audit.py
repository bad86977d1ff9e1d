"""The audit: its chain, rotation, filters and copies; and the log files that the RDS API shows."""

import contextlib
import datetime
import json
import pathlib
import re
import socket
import subprocess
import tempfile

import pytest

from support import aws as aws_client
from support import tokens
from support.login import PAM_REFUSED
from support.poll import until
from support.server import PROGRAM, Server, clean_environment
from support.stock import Stock

EXPORT = "iam-db-auth-error"


@contextlib.contextmanager
def server_with(*options):
    server = Server(*options)
    try:
        yield server.start()
    finally:
        server.close()


def lines_of(path):
    return path.read_text().splitlines()


def refuse(stock, user, password):
    assert stock.login.refused(user, password) == PAM_REFUSED.format(user)


def verified(server, *words):
    done = server.command("logins", "verify", *words, check=False)
    return done.returncode, done.stdout, done.stderr


def settled(server):
    """The audit, once it has the end of every session that was let in."""
    def all_ended():
        logins = server.logins()
        ended = {entry["login_id"] for entry in logins if entry["decision"] == "ended"}
        return all(entry["login_id"] in ended for entry in logins if entry["decision"] == "allowed") and logins
    return until(all_ended, "every session has ended")


# The chain.

def test_a_whole_audit_says_so(server, stock, everybody):
    stock.session(everybody, "jane").close()
    settled(server)
    code, out, _ = verified(server)
    assert code == 0, out
    said = re.fullmatch(r"(\d+) lines, from \S+Z to \S+Z, whole\nhead (\d+):([0-9a-f]{64})\n", out)
    assert said and int(said[1]) == int(said[2]) == len(server.logins())
    anchor = f"{said[2]}:{said[3]}"
    stock.session(everybody, "jane").close()
    assert verified(server, "--expect", anchor)[0] == 0
    forged = f"{said[2]}:{'0' * 64}"
    code, _, error = verified(server, "--expect", forged)
    assert code == 1 and f"line {said[2]}" in error
    assert verified(server, "--expect", "nonsense")[0] == 1
    settled(server)
    facts = json.loads(verified(server, "--json")[1])
    assert facts["whole"] and facts["lines"] == len(server.logins()) and facts["broken"] == []


def changed(lines):
    return [lines[0], lines[1].replace('"decision":"refused"', '"decision":"allowed"'), *lines[2:]]


def removed(lines):
    return [lines[0], *lines[2:]]


def inserted(lines):
    return [*lines[:2], lines[1], *lines[2:]]


def reordered(lines):
    return [lines[0], lines[2], lines[1], *lines[3:]]


def cut_off(lines):
    return lines[:-1]


@pytest.mark.parametrize("spoil, line", [(changed, 2), (removed, 2), (inserted, 3), (reordered, 2), (cut_off, None)])
def test_what_was_done_to_the_audit_shows(server, stock, tmp_path, spoil, line):
    mark = len(settled(server))
    for _ in range(4):
        refuse(stock, "jane", "nonsense")
    stock.recorded_since(mark, "jane", count=4)
    lines = lines_of(server.data / "login.log")[-4:]
    spoilt = spoil(lines)
    assert spoilt != lines
    copy = tmp_path / "login.log"
    copy.write_text("\n".join(lines) + "\n")
    (tmp_path / "login.log.head").write_text((server.data / "login.log.head").read_text())
    assert verified(server, str(copy))[0] == 0
    copy.write_text("\n".join(spoilt) + "\n")
    code, out, error = verified(server, str(copy))
    assert code == 1 and "not whole" in out
    assert error.startswith("countersign: the audit is not whole: ")
    assert f"login.log, line {line or len(spoilt)}: " in error


def test_the_chain_survives_restarts_and_half_a_line(new_server):
    server = new_server().start()
    stock = Stock(server)
    for end in (server.stop, server.kill9):
        refuse(stock, "jane", "nonsense")
        end()
        with (server.data / "login.log").open("a") as log:
            log.write('{"seq":99,"previ')
        server.start()
        stock.until_it_answers()
    refuse(stock, "jane", "nonsense")
    code, out, _ = verified(server)
    assert code == 0 and out.count("a half-written line of 16 bytes was cut off") == 2
    assert [entry["seq"] for entry in server.logins()] == list(range(1, len(server.logins()) + 1))
    assert "noted: a half-written line" in server.command("logins").stdout

    server.stop()
    log = server.data / "login.log"
    log.write_text("\n".join(lines_of(log)[:-1]) + "\n")
    server.start()
    code, out, error = verified(server)
    assert code == 1 and "missing" in error and "missing: cut off, or lost with the power" in out


def test_an_audit_from_before_there_was_a_chain_is_kept(new_server):
    server = new_server()
    server.data.mkdir()
    old = '{"time":"2025-01-01T00:00:00.000Z","login_id":"OLD","user":"jane","decision":"allowed"}\n'
    (server.data / "login.log").write_text(old)
    server.start()
    assert (server.data / "login.log.000000000000").read_text() == old
    assert verified(server)[0] == 0
    assert server.logins()[0]["login_id"] == "OLD"


# Rotation.

@pytest.fixture(scope="module", name="small")
def _small():
    """A server whose audit is rotated all the time, with copies to a file and to a syslog socket."""
    with (tempfile.TemporaryDirectory(prefix="countersign-copies-", dir="/tmp") as name,
          socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog):
        where = pathlib.Path(name)
        where.chmod(0o777)
        syslog.bind(str(where / "log"))
        (where / "log").chmod(0o777)
        syslog.settimeout(60)
        with server_with("--login-log-size", "2kb", "--login-log-files", "5", "--audit-to", f"file:{where}/copy.log",
                         "--audit-to", f"syslog:{where}/log", "--audit-to", f"file:{where}/none/copy.log") as server:
            yield server, Stock(server), where, syslog


def test_rotation_keeps_the_chain_and_the_newest_files(small):
    server, stock, _, _ = small
    seen = server.home / "followed"
    with seen.open("w") as out:
        follower = subprocess.Popen([PROGRAM, "logins", "--follow", "--json", "--user", "jane", "--data-dir", server.data],
                                    stdout=out, env=clean_environment(server.user_home))
    try:
        for count in range(1, 21):
            refuse(stock, "jane", "nonsense")
            until(lambda count=count: len(lines_of(seen)) == count, "the login is followed")
    finally:
        follower.terminate()
        follower.wait()
    files = sorted(path.name for path in server.data.glob("login.log*") if path.name != "login.log.head")
    assert len(files) == 5 and files[0] == "login.log"
    assert all(re.fullmatch(r"login\.log\.\d{12}", name) for name in files[1:])
    logins = server.logins()
    assert [entry["seq"] for entry in logins] == list(range(logins[0]["seq"], logins[0]["seq"] + len(logins)))
    assert int(files[1].rpartition(".")[2]) == logins[0]["seq"] > 1
    code, out, _ = verified(server)
    assert code == 0 and f"{len(logins)} lines" in out
    followed = [json.loads(line)["seq"] for line in lines_of(seen)]
    assert followed == sorted(set(followed)) and followed[-1] == logins[-1]["seq"]
    newest = [json.loads(line) for line in server.command("logins", "--json", "--last", "6").stdout.splitlines()]
    assert newest == logins[-6:]
    (server.data / files[3]).rename(server.home / "taken away")
    code, _, error = verified(server)
    assert code == 1 and "missing before it" in error
    (server.home / "taken away").rename(server.data / files[3])
    assert verified(server)[0] == 0


def test_copies_are_a_chain_of_their_own(small):
    server, stock, where, syslog = small
    mark = len(server.logins())
    refuse(stock, "dora", "nonsense")
    newest = stock.recorded_since(min(mark, len(server.logins()) - 1), "dora")[-1]
    copy = where / "copy.log"
    until(lambda: copy.exists() and newest["login_id"] in copy.read_text(), "the line is in the copy")
    code, out, _ = verified(server, str(copy))
    assert code == 0 and f"{newest['seq']} lines" in out
    while True:
        message = syslog.recv(65536).decode()
        said = re.fullmatch(r"<84>\w{3} [ \d]\d \d\d:\d\d:\d\d countersign\[\d+\]: (\{.*\})", message)
        assert said and json.loads(said[1])["decision"] == "refused"
        if json.loads(said[1]) == newest:
            break
    complaints = [line for line in server.said().splitlines() if "audit.sink_failed" in line and "none/copy.log" in line]
    assert len(complaints) == 1


# Asking.

def test_filters(server, stock, everybody):
    stock.session(everybody, "jane").close()
    refuse(stock, "dora", "nonsense")
    everything = settled(server)
    assert {"allowed", "refused", "ended"} <= {entry["decision"] for entry in everything}

    def found(*words):
        return [json.loads(line) for line in server.command("logins", "--json", *words).stdout.splitlines()]
    jane = [entry for entry in everything if entry["user"] == "jane"]
    assert found("--user", "jane") == jane != everything
    assert found("--decision", "refused") == [entry for entry in everything if entry["decision"] == "refused"]
    assert found("--decision", "ended") == [entry for entry in everything if entry["decision"] == "ended"]
    assert found("--database", "c1") == found("--database", stock.resource_id) == everything
    assert found("--database", "none") == []
    by = [entry for entry in everything if entry["principal_arn"].endswith(":user/everybody")]
    assert by and found("--principal", by[0]["principal_arn"]) == found("--principal", "everybody") == by
    assert found("--principal", everybody.key_id)[-1]["access_key_id"] == everybody.key_id
    assert found("--user", "jane", "--last", "1") == jane[-1:]
    assert found("--since", everything[-1]["time"])[-1] == everything[-1]
    assert found("--since", "1h") == everything
    assert found("--since", "2999-01-01") == []
    assert server.command("logins", "--since", "yesterday", check=False).returncode == 1
    assert server.command("logins", "--decision", "perhaps", check=False).returncode == 2


def test_one_login_in_full(server, stock, everybody):
    stock.session(everybody, "jane", application_name="reports").close()
    entry = next(login for login in settled(server) if login["application_name"] == "reports")
    shown = server.command("logins", "show", entry["login_id"]).stdout
    for name in entry:
        assert re.search(rf"^{name}: +\S", shown, re.MULTILINE), name
    assert re.search(r"^user: +jane$", shown, re.MULTILINE)
    as_json = server.command("logins", "show", entry["login_id"], "--json").stdout.splitlines()
    assert entry in [json.loads(line) for line in as_json]
    done = server.command("logins", "show", "NOSUCHLOGIN", check=False)
    assert done.returncode == 1 and "no login NOSUCHLOGIN" in done.stderr


# The logs that the RDS API shows.

@pytest.fixture(scope="module", name="exported")
def _exported(server, stock):
    """The stock cluster, with iam-db-auth-error exported."""
    found = stock.rds.modify_db_cluster(DBClusterIdentifier="c1", CloudwatchLogsExportConfiguration={
        "EnableLogTypes": [EXPORT, "postgresql"]})["DBCluster"]
    assert sorted(found["EnabledCloudwatchLogsExports"]) == [EXPORT, "postgresql"]
    stock.until_available()
    return stock


def log_files(aws, *words):
    return aws("rds", "describe-db-log-files", "--db-instance-identifier", "c1-1", *words)["DescribeDBLogFiles"]


def whole_log(aws, name, instance="c1-1"):
    return aws.text("rds", "download-db-log-file-portion", "--db-instance-identifier", instance, "--log-file-name", name,
                    "--starting-token", "0", "--output", "text")


def auth_errors(aws):
    names = [file["LogFileName"] for file in log_files(aws, "--filename-contains", EXPORT)]
    assert all(re.fullmatch(r"error/iam-db-auth-error\.log\.\d{4}-\d\d-\d\d-\d\d", name) for name in names)
    return [line for name in names for line in whole_log(aws, name).splitlines() if line]


AUTHENTICATE = "Failed to authenticate the connection request for user jane because "
AUTHORIZE = "Failed to authorize the connection request for user jane because "


def test_the_error_log_has_awss_words(exported, everybody, aws):
    ago = tokens.now() - datetime.timedelta(minutes=20)
    soon = tokens.now() + datetime.timedelta(minutes=20)
    nobody = exported.principal("nobody-at-all")
    token = exported.token(everybody, "jane")
    refuse(exported, "jane", token[:-1])
    refuse(exported, "jane", exported.token(everybody, "jane", at=ago))
    refuse(exported, "jane", exported.token(everybody, "jane", at=soon))
    refuse(exported, "jane", exported.token(nobody, "jane"))
    exported.session(everybody, "jane").close()
    lines = until(lambda: len(found := auth_errors(aws)) >= 4 and found, "four lines")
    said = []
    for line in lines:
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d{3} \[ERROR\] ", line), line
        said.append(line.partition("[ERROR] ")[2])
    malformed = (AUTHENTICATE + "the provided token is malformed or otherwise invalid. "
                 "(Status Code: 400, Error Code: InvalidToken)")
    assert said == [
        malformed,
        AUTHENTICATE + "the token age is longer than 15 minutes. (Status Code: 400, Error Code:ExpiredToken)",
        malformed,
        AUTHORIZE + f"the IAM policy assumed by the caller 'arn:aws:iam::{exported.server.account}:user/nobody-at-all' "
        "is not authorized to perform `rds-db:connect` on the DB instance. (Status Code: 403, Error Code:NotAuthorized)"]


def test_without_the_export_there_is_no_error_log(server, aws):
    other = Stock(server, "c2")
    refuse(other, "jane", "nonsense")
    other.recorded_since(0, "jane")
    files = aws("rds", "describe-db-log-files", "--db-instance-identifier", "c2-1")["DescribeDBLogFiles"]
    names = [file["LogFileName"] for file in files]
    assert names and all(name.startswith("error/postgresql.log.") for name in names)


def test_export_types_are_checked(aws):
    refusal = aws.refused("rds", "modify-db-cluster", "--db-cluster-identifier", "c1",
                          "--cloudwatch-logs-export-configuration", '{"EnableLogTypes":["audit"]}')
    assert refusal.code == "InvalidParameterCombination"


def test_postgresqls_log_is_served_and_holds_no_token(exported, everybody, aws):
    secret_token = exported.token(everybody, "jane", host="elsewhere.example.com")
    refuse(exported, "jane", secret_token)
    newest = exported.recorded_since(0, "jane")[-1]
    file = log_files(aws, "--filename-contains", "postgresql.log")[-1]
    assert re.fullmatch(r"error/postgresql\.log\.\d{4}-\d\d-\d\d-\d{6}", file["LogFileName"])
    assert file["Size"] > 0 and file["LastWritten"] > 1_600_000_000_000
    text = until(lambda: (found := whole_log(aws, file["LogFileName"])) and newest["login_id"] in found and found,
                 "the refusal is in PostgreSQL's log")
    assert 'PAM authentication failed for user "jane"' in text
    signature = secret_token.partition("X-Amz-Signature=")[2]
    for word in (secret_token, signature, "X-Amz-Signature=", everybody.secret):
        assert word not in text


def test_portions(exported, everybody, aws):
    for _ in range(3):
        refuse(exported, "jane", "nonsense")
    name = log_files(aws, "--filename-contains", "postgresql.log")[-1]["LogFileName"]
    ask = {"DBInstanceIdentifier": "c1-1", "LogFileName": name}
    download = exported.rds.download_db_log_file_portion
    pieces, marker, pending = [], "0", True
    while pending:
        answer = download(**ask, Marker=marker, NumberOfLines=2)
        pieces.append(answer["LogFileData"])
        marker, pending = answer["Marker"], answer["AdditionalDataPending"]
    whole = "".join(pieces)
    assert len(pieces) > 2 and all(piece.count("\n") == 2 for piece in pieces[:-1])
    last = download(**ask, NumberOfLines=2)
    assert not last["AdditionalDataPending"] and last["LogFileData"].count("\n") == 2
    assert whole_log(aws, name).startswith(whole.rstrip("\n"))
    refuse(exported, "jane", "nonsense")
    more = until(lambda: download(**ask, Marker=marker)["LogFileData"], "there is more after the marker")
    assert "jane" in more and not whole.endswith(more)


def test_filters_of_log_files(exported, aws):
    everything = log_files(aws)
    assert everything == sorted(everything, key=lambda file: file["LogFileName"])
    largest = max(file["Size"] for file in everything)
    assert log_files(aws, "--file-size", str(largest + 1_000_000)) == []
    assert log_files(aws, "--file-last-written", "32503680000000") == []
    assert len(log_files(aws, "--file-last-written", "1600000000000")) >= len(everything)
    assert log_files(aws, "--filename-contains", "no such name") == []


def test_what_is_no_log_file(exported, aws):
    for name in ("error/none", "../../../state.db", "/etc/passwd", "error/../data/PG_VERSION", "error/../../credentials"):
        refusal = aws.refused("rds", "download-db-log-file-portion", "--db-instance-identifier", "c1-1",
                              "--log-file-name", name)
        assert refusal.code == "DBLogFileNotFoundFault", name
    refusal = aws.refused("rds", "describe-db-log-files", "--db-instance-identifier", "none")
    assert refusal.code == "DBInstanceNotFound"


def test_logs_need_a_right_on_the_instance(exported, server):
    name = f"arn:aws:rds:{server.region}:{server.account}:db:c1-1"
    reader = exported.principal("log-reader", aws_client.document(aws_client.allow("rds:DescribeDBLogFiles", name)))
    as_reader = aws_client.Aws(server, reader)
    assert log_files(as_reader)
    refusal = as_reader.refused("rds", "download-db-log-file-portion", "--db-instance-identifier", "c1-1",
                                "--log-file-name", "error/postgresql.log")
    assert refusal.code == "AccessDenied" and f"on resource: {name}" in refusal.message
