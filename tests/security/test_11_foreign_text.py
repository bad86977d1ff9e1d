"""Names, messages and answers that carry escape codes, line ends, marks of direction or bytes that are no text: they
show themselves wherever they are printed, stored or answered, and move nothing."""

import contextlib
import http.server
import json
import re
import socket
import struct
import threading
import unicodedata
import urllib.request

import pytest

from support import aws as aws_client
from support.poll import until
from support.server import PROGRAM, clean_environment, run

# A row as `countersign logins` would print it, behind what clears the screen and begins a line.
FORGED = "2026-01-01T00:00:00.000Z  AAAAAAAAAAAAAAAA"
MOVES = b"j\x1b[2J\n"
HOSTILE = {
    "a row of its own": MOVES + FORGED.encode(),
    "bytes": b"j\xff\xc0\xaf\xed\xa0\x80\xe2\x82",
    "marks of direction": "j\u202e\u2066\u200f\u061c\u2028".encode(),
    "what cannot be seen": "j\u200b\ufeff\u00ad\u0085\U000e0041\x7f".encode(),
    "columns": b'j  10.0.0.1  arn:aws:iam::1:root  allowed"',
    "long": b"j\x1b" + 4000 * b"\xff",
}
EXPORT = "iam-db-auth-error"


def assert_shown(text, *, of=""):
    """That it is text of which everything is seen and nothing moves."""
    if isinstance(text, bytes):
        text = text.decode()
    hidden = {letter for letter in text if letter not in "\n\t"
              and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")}
    assert not hidden, (of, hidden, text[:2000])


def texts_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from texts_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts_in(member)


def output(server, *words, lines=None):
    """What a command printed, of which everything is seen."""
    environment = clean_environment(server.user_home) | {"COUNTERSIGN_DATA_DIR": str(server.data)}
    done = run([PROGRAM, *words], environment, check=False, encoding="utf-8", errors="surrogateescape")
    assert_shown(done.stdout, of=words)
    assert_shown(done.stderr, of=words)
    assert not any(line.startswith(FORGED) for line in (done.stdout + done.stderr).splitlines())
    if lines is not None:
        assert len(done.stdout.splitlines()) == lines, done.stdout
    return done.stdout


@pytest.fixture(scope="module", name="attacked")
def _attacked(stock, everybody):
    """The stock database after every attack, and the logins that came of them."""
    stock.rds.modify_db_cluster(DBClusterIdentifier="c1", CloudwatchLogsExportConfiguration={"EnableLogTypes": [EXPORT]})
    stock.until_available()
    server = stock.server
    before = len(server.attempts())
    count = 0
    for words in HOSTILE.values():
        for more in ({"user": words}, {"user": "jane", "database": words}, {"user": "jane", "application_name": words}):
            assert stock.login.bare(password=b"no\x1btoken", **more) is not None
            count += 1
    token = stock.token(everybody, "jane").encode()
    stock.login.bare("jane", token, application_name=HOSTILE["marks of direction"])
    stock.login.bare("jane", token, database=HOSTILE["bytes"])
    count += 2
    until(lambda: len(server.attempts()) >= before + count, f"{count} attempts in the audit")
    found = server.attempts()[before:]
    assert len(found) == count, "each attempt has one line, and no attempt another"
    return found


def test_the_tables_have_a_row_for_each_attempt(server, attacked):
    everything = server.logins()
    table = output(server, "logins", lines=1 + len(everything))
    assert all(re.match(r"\d{4}-\d\d-\d\dT\S+Z  \S+  ", line) for line in table.splitlines()[1:])
    assert all(login["login_id"] in table for login in attacked)
    assert "j\\x1B[2J\\x0A" in table and "j\\xFF\\xC0\\xAF" in table and "j\\u{202E}" in table
    assert '"j  10.0.0.1  arn:aws:iam::1:root  allowed"""' in table
    for line in output(server, "logins", "--json", lines=len(everything)).splitlines():
        for text in texts_in(json.loads(line)):
            assert_shown(text)
            assert len(text) <= 4096
    output(server, "logins", "--last", "3", lines=4)
    output(server, "logins", "verify")


def test_each_login_by_itself(server, attacked):
    for login in attacked:
        shown = output(server, "logins", "show", login["login_id"])
        assert all(re.match(r"\w+: +\S", line) for line in shown.splitlines() if line)
        output(server, "explain", login["login_id"])
        for text in texts_in(json.loads(output(server, "explain", login["login_id"], "--json"))):
            assert_shown(text)
    named = [login for login in attacked if login["user"].startswith("j\\x1B")]
    assert output(server, "logins", "--json", "--user", MOVES.decode() + FORGED, lines=1)
    assert output(server, "logins", "--json", "--user", named[0]["user"], lines=1)


def test_live_sessions(stock, server, everybody):
    name = HOSTILE["marks of direction"].decode()
    with contextlib.closing(stock.session(everybody, "jane", application_name=name)):
        until(lambda: json.loads(output(server, "sessions", "--json"))["Sessions"], "the session is listed")
        output(server, "sessions", lines=2)


def test_what_is_stored(server, attacked):
    assert attacked
    for file in [server.data / "login.log", *(server.data / "api-events").glob("*.log")]:
        assert_shown(file.read_bytes(), of=file)
    for line in (server.data / "login.log").read_bytes().splitlines():
        json.loads(line)
    assert_shown(server.log.read_bytes())
    for line in server.said().splitlines():
        assert not line.startswith("{") or json.loads(line)


def test_what_the_api_answers(server, attacked, aws):
    trail = aws_client.client(server, "cloudtrail")
    events = [event for page in trail.get_paginator("lookup_events").paginate() for event in page["Events"]]
    found = {json.loads(event["CloudTrailEvent"]).get("serviceEventDetails", {}).get("loginId") for event in events}
    assert {login["login_id"] for login in attacked} <= found
    for event in events:
        for text in [event["CloudTrailEvent"], event.get("Username", ""), *texts_in(event["Resources"])]:
            assert_shown(text)
    for text in texts_in(aws("rds", "describe-events", "--duration", "60")):
        assert_shown(text)
    files = aws("rds", "describe-db-log-files", "--db-instance-identifier", "c1-1")["DescribeDBLogFiles"]
    assert any(EXPORT in file["LogFileName"] for file in files)
    for file in files:
        text = aws.text("rds", "download-db-log-file-portion", "--db-instance-identifier", "c1-1", "--log-file-name",
                        file["LogFileName"], "--starting-token", "0", "--output", "text")
        assert_shown(text, of=file)
        if EXPORT in file["LogFileName"]:
            assert all(re.match(r"\d{4}-\d\d-\d\dT\S+ \[ERROR\] ", line) for line in text.splitlines() if line)


def test_metrics(server, attacked):
    assert attacked
    with urllib.request.urlopen(server.url + "/metrics", timeout=60) as answer:
        text = answer.read()
    assert_shown(text)
    for line in text.decode().splitlines():
        assert line.startswith("# ") or re.fullmatch(r'\w+(\{(\w+="([^"\\]|\\.)*",?)*\})? \S+', line), line


def test_the_credential_report_holds_no_formula(server):
    iam = aws_client.client(server, "iam")
    for name in ("=1+1", "+1", "-1", "@x", "a,b"):
        iam.create_user(UserName=name)
    until(lambda: iam.generate_credential_report()["State"] == "COMPLETE", "the report is there")
    text = iam.get_credential_report()["Content"].decode()
    for line in text.splitlines():
        assert not any(field.startswith(("=", "+", "-", "@")) for field in line.replace('"', "").split(","))
    assert "\n'=1+1,arn" in text and '\n"a,b","arn' in text


def test_a_packet_that_is_too_long_leaves_no_row(stock, server):
    before = len(server.attempts())
    with socket.create_connection((stock.host, stock.port), timeout=90) as plain:
        words = b"user\0" + 64 * 1024 * b"\x1b" + b"\0\0"
        plain.sendall(struct.pack("!ii", len(words) + 8, 3 << 16) + words)
        with contextlib.suppress(ConnectionError):
            plain.recv(1024)
    stock.login.bare("jane", b"nonsense")
    until(lambda: len(server.attempts()) > before, "the login after it")
    assert len(server.attempts()) == before + 1
    output(server, "logins")


# A server that is not to be trusted, and every command that asks one.

FOREIGN = "x&#27;[2J&#10;" + FORGED + "&#x202E;&#x9B;&#x7F;&lt;&#x2028;"
MEMBERS = ("LoginId Since DBIdentifier DBUser SourceIp BackendPid ApplicationName AgentName PrincipalArn Endpoint "
           "PoolerName ResourceId Host Port AgentSocket Id Name CreateDate AccessKeyId SecretAccessKey UpdateDate "
           "GuardrailName Address EnrollDate LastSeen CertificateUntil Outcome Detail Secret Expires ResourceArn Mend "
           "Arn SessionToken Expiration Message").split()
LISTS = "Sessions Aliases Poolers Accounts Guardrails Agents Checks".split()
TRAIL = {"kinds": [{"kind": 0, "effect": 0, "policies": [{"policy": 0, "statements": [
    {"outcome": 0, "sid": 0, "statement": 0, "line": 0, "effect": 0, "failed": [{"words": 0}]}]}]}]}
LOGIN = dict.fromkeys(("login_id", "time", "decision", "user", "database", "source_address"), 0)


def filled(value, foreign):
    if isinstance(value, dict):
        return {name: filled(member, foreign) for name, member in value.items()}
    return [filled(member, foreign) for member in value] if isinstance(value, list) else foreign


def answer_of(foreign):
    members = "".join(f"<{name}>{foreign}</{name}>" for name in MEMBERS)
    databases = f"<DBIdentifiers><member>{foreign}</member></DBIdentifiers>"
    lists = "".join(f"<{name}><member>{members}{databases}</member></{name}>" for name in LISTS)
    single = "".join(f"<{name}>{members}</{name}>" for name in ("Pooler", "AccessKey", "Credentials"))
    account = f"<Account>{foreign}{members}</Account>"
    text = FORGED + "\u202e\u009b\x7f"
    documents = "".join(f"<{name}>{json.dumps(filled(shape, text), ensure_ascii=False)}</{name}>"
                        for name, shape in (("Trail", TRAIL), ("Login", LOGIN)))
    return (f"<R><Allowed>false</Allowed>{account}{members}{lists}{single}{documents}"
            f"<PolicyDocument>{{}}{foreign}</PolicyDocument></R>").encode()


class Stranger(http.server.BaseHTTPRequestHandler):
    """Answers every call with what the server holds."""

    def do_GET(self):  # pylint: disable=invalid-name
        self.reply(200, self.server.bundle if self.path == "/global-bundle.pem" else b"\x1b[2J\n")

    def do_POST(self):  # pylint: disable=invalid-name
        self.rfile.read(int(self.headers["Content-Length"]))
        self.reply(*self.server.said)

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


@pytest.fixture(scope="module", name="stranger")
def _stranger(server):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as made:
        made.bundle = server.bundle.read_bytes()
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        try:
            yield made
        finally:
            made.shutdown()
            thread.join()


DETAILS = {"UserDetailList": [{"UserName": "u\u202e\n" + FORGED, "Arn": "arn:aws:iam::111122223333:user/u", "Path": "/"}],
           "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
TABLES = {("sessions",): 2, ("alias", "list"): 2, ("pooler", "list"): 2, ("account", "list"): 2, ("guardrail", "list"): 2,
          ("agents",): 2, ("sessions", "end", "--all", "--dry-run"): 3}
PLAIN = [("explain", "AAAAAAAAAAAAAAAA"), ("explain", "--principal", "arn", "--database", "c1", "--user", "u"),
         ("pooler", "add", "p", "--database", "c1", "--endpoint", "h:1", "--user", "root"),
         ("account", "create", "n"), ("agent-token",), ("agent-token", "revoke", "a"), ("alias", "remove", "c1", "h:1"),
         ("pooler", "remove", "p"), ("guardrail", "delete", "g"), ("credentials", "--role", "r"), ("doctor",),
         ("sessions", "end", "--all")]
WITH_JSON = [("explain", "AAAAAAAAAAAAAAAA"), ("account", "create", "n"), ("agent-token",), ("doctor",), *TABLES]


def ask_stranger(server, stranger, *words):
    environment = clean_environment(server.user_home) | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{stranger.server_port}", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "us-west-2"}
    done = run([PROGRAM, *words], environment, check=False, encoding="utf-8", errors="surrogateescape")
    assert_shown(done.stdout, of=words)
    assert_shown(done.stderr, of=words)
    assert not any(line.startswith(FORGED) for line in (done.stdout + done.stderr).splitlines()), words
    return done


@pytest.mark.parametrize("words", [*TABLES, *PLAIN], ids=" ".join)
def test_commands_show_what_a_server_says(server, stranger, words):
    stranger.said = (200, answer_of(FOREIGN))
    done = ask_stranger(server, stranger, *words)
    if words in TABLES:
        assert len(done.stdout.splitlines()) == TABLES[words], done.stdout
    stranger.said = (400, b"<ErrorResponse><Error><Code>x\x1b</Code><Message>" + FOREIGN.encode()
                     + b"\xff</Message></Error></ErrorResponse>")
    done = ask_stranger(server, stranger, *words)
    assert words == ("doctor",) or r"x\x1B[2J" in done.stderr
    stranger.said = (400, f"<ErrorResponse><Error><Message>{65536 * 'A'}</Message></Error></ErrorResponse>".encode())
    assert len(ask_stranger(server, stranger, *words).stderr) < 20_000


@pytest.mark.parametrize("words", WITH_JSON, ids=" ".join)
def test_json_of_commands_stays_json(server, stranger, words):
    stranger.said = (200, answer_of(FOREIGN))
    json.loads(ask_stranger(server, stranger, *words, "--json").stdout.splitlines()[0])


def test_documents_keep_their_lines(server, stranger):
    stranger.said = (200, answer_of("a&#10;  b&#27;"))
    assert ask_stranger(server, stranger, "guardrail", "show", "g").stdout == "{}a\n  b\\x1B\n"


def test_an_import_shows_what_the_file_and_the_server_say(server, stranger, tmp_path):
    file = tmp_path / "details.json"
    file.write_text(json.dumps(DETAILS))
    stranger.said = (200, answer_of(FOREIGN))
    ask_stranger(server, stranger, "import", str(file))
    stranger.said = (400, answer_of(FOREIGN))
    ask_stranger(server, stranger, "import", str(file))


@pytest.mark.parametrize("words", [["x\x1b[2J\n" + FORGED], ["logins", "--since", "\x1b[2J\u202e"],
                                   ["explain", "\x1b[2J\n" + FORGED], ["logins", "show", "\u202e"],
                                   ["psql", "\x1b\n" + FORGED, "--user", "x"], ["--data-dir", "\x1b"],
                                   ["token", "--hostname", "\x1b"], ["serve", "--listen", "\x1b:x"]])
def test_ones_own_words_are_shown_too(server, words):
    output(server, *words)
