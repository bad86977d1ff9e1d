"""Runs one example of tests/clients as the documentation tells its reader to, and holds it to one table of checks.

A test file of a language is little more than its examples:

    @pytest.mark.parametrize("example", EXAMPLES)
    @checks
    def test_example(desk, example, check):
        check_example(desk, EXAMPLES[example], check)
"""

import functools
import json
import os
import re
import socket
import socketserver
import threading
import urllib.parse

import pytest

from support.aws import Principal, client, document, new_principal
from support.login import PAM_REFUSED
from support.server import BIN, REPOSITORY, run

CLIENTS = REPOSITORY / "tests/clients"
BUILT = REPOSITORY / "build/clients"  # what comes from package registries, one directory a language
SAFE_SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def needs(*paths):
    """The mark of tests that run what lies there; it names what is missing."""
    missing = [str(path) for path in paths if not path.exists()]
    return pytest.mark.skipif(bool(missing), reason=f"not there: {', '.join(missing)}; ./test makes it")


class Desk:
    """`clerk` may connect as jane; `session` is a role session whose session token has some 4 KB and may too;
    `stranger` may connect as bob alone."""

    def __init__(self, stock):
        self.stock = stock
        self.server = stock.server
        self.host, self.port, self.bundle = stock.host, stock.port, stock.login.bundle
        self.home = self.server.home / "desk"
        self.home.mkdir()
        self.clerk = stock.principal("clerk", stock.may_connect("jane"))
        self.stranger = stock.principal("stranger", stock.may_connect("bob"))
        self.session = self.role_session(tags=10)
        assert 4000 <= len(self.session.session_token) <= 4400

    @functools.cached_property
    def role(self):
        """The ARN of a role that may connect as jane, and who may assume it."""
        iam = client(self.server, "iam")
        assume = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"]}
        account = {"AWS": f"arn:aws:iam::{self.server.account}:root"}
        made = iam.create_role(RoleName="clerks",
                               AssumeRolePolicyDocument=json.dumps(document(assume | {"Principal": account})))["Role"]
        iam.put_role_policy(RoleName="clerks", PolicyName="connect",
                            PolicyDocument=json.dumps(self.stock.may_connect("jane")))
        return made["Arn"], new_principal(self.server, "clerks-caller", [document(assume | {"Resource": "*"})])

    def role_session(self, tags):
        """A session of the role with so many tags, which make its session token some 340 bytes longer each."""
        arn, caller = self.role
        values = [{"Key": f"project-{number}", "Value": "x" * 250} for number in range(tags)]
        made = client(self.server, "sts", caller).assume_role(RoleArn=arn, RoleSessionName="one",
                                                              Tags=values)["Credentials"]
        return Principal(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], name="clerks/one")

    @functools.cached_property
    def rds_name(self):
        """A name as RDS gives it, for clients that sign for no other; tokens for it are good here."""
        name = f"{self.stock.name}.cluster-c1x2y3z4a5b6.{self.server.region}.rds.amazonaws.com"
        self.server.command("alias", "add", self.stock.name, f"{name}:{self.port}")
        return name

    def environment(self, credentials, user="jane", **more):
        """What an example finds in its environment, and nothing else of AWS or PostgreSQL. A variable that is given
        as None is left out."""
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("AWS_", "PG", "COUNTERSIGN_", "XDG_"))}
        facts = {"PATH": f"{BIN}:{SAFE_SEARCH_PATH}", "HOME": str(self.home), "PGHOST": self.host,
                 "PGPORT": str(self.port), "PGUSER": user, "PGDATABASE": "postgres", "PGSSLMODE": "verify-full",
                 "PGSSLROOTCERT": str(self.bundle), "AWS_REGION": self.server.region}
        if credentials is not None:
            facts |= {"AWS_ACCESS_KEY_ID": credentials.key_id, "AWS_SECRET_ACCESS_KEY": credentials.secret,
                      "AWS_SESSION_TOKEN": credentials.session_token or None}
        return {name: str(value) for name, value in (kept | facts | more).items() if value is not None}

    def run(self, argv, credentials, user="jane", **environment):
        """Runs an example to its end; returns what subprocess.run does. The token stands in nothing that it says."""
        done = run(argv, self.environment(credentials, user, **environment), check=False, cwd=self.home)
        said = urllib.parse.unquote(done.stdout + done.stderr)
        secrets = ["X-Amz-Signature", "X-Amz-Credential"]
        if credentials is not None:
            secrets += [credentials.secret, *filter(None, [credentials.session_token])]
        found = [secret[:16] for secret in secrets if secret in said]
        assert not found, f"{argv[-1]} printed {found}"
        return done


def expect_jane(desk, done, mark, principal):
    """It printed jane, and the login in the audit is that principal's."""
    assert done.returncode == 0, done.stderr
    assert re.search(r"\bjane\b", done.stdout), done.stdout
    login = desk.stock.recorded_since(mark, "jane")[-1]
    assert login["decision"] == "allowed" and login["principal_arn"].endswith(f"/{principal.name}"), login


def expect_failure(done):
    """The driver's error and exit status 1; psql has 2 for a connection that it did not get."""
    assert done.returncode == (2 if done.stderr.startswith("psql: ") else 1), done.stdout + done.stderr
    assert not done.stdout.strip(), done.stdout


def long_term_key(desk, argv, **environment):
    mark = len(desk.server.logins())
    expect_jane(desk, desk.run(argv, desk.clerk, **environment), mark, desk.clerk)


def session_of_4_kb(desk, argv, **environment):
    mark = len(desk.server.logins())
    expect_jane(desk, desk.run(argv, desk.session, **environment), mark, desk.session)


def refused(desk, argv, **environment):
    mark = len(desk.server.logins())
    done = desk.run(argv, desk.stranger, **environment)
    expect_failure(done)
    assert PAM_REFUSED.format("jane") in done.stderr, done.stderr
    login = desk.stock.recorded_since(mark, "jane")[-1]
    assert (login["decision"], login["check"]) == ("refused", "policy"), login
    assert "stranger may not perform rds-db:connect" in login["reason"], login


def other_ca(desk, argv, **environment):
    """A certificate of somebody else: the client goes away before it shows the token."""
    mark = len(desk.server.logins())
    foreign = desk.home / "foreign.pem"
    if not foreign.exists():
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
             "/CN=Somebody else", "-keyout", desk.home / "foreign.key", "-out", foreign], desk.environment(None))
    expect_no_token_sent(desk, desk.run(argv, desk.clerk, **environment | {"PGSSLROOTCERT": foreign}), mark)


class Elsewhere(socketserver.ThreadingTCPServer):
    """The database under an address that its certificate does not have."""

    address = "127.0.0.2"
    daemon_threads = True

    def __init__(self, host, port):
        self.behind = (host, port)
        super().__init__((self.address, 0), Forward)
        threading.Thread(target=self.serve_forever, args=(0.05,)).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Forward(socketserver.BaseRequestHandler):
    """One connection, both ways, until both ends have said all."""

    def handle(self):
        with socket.create_connection(self.server.behind) as behind:
            back = threading.Thread(target=self.pump, args=(behind, self.request))
            back.start()
            self.pump(self.request, behind)
            back.join()

    @staticmethod
    def pump(source, target):
        try:
            while piece := source.recv(65536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


def other_name(desk, argv, **environment):
    mark = len(desk.server.logins())
    with Elsewhere(desk.host, desk.port) as elsewhere:
        there = {"PGHOST": elsewhere.address, "PGPORT": elsewhere.server_address[1]}
        done = desk.run(argv, desk.clerk, **environment | there)
    expect_no_token_sent(desk, done, mark)


def expect_no_token_sent(desk, done, mark):
    expect_failure(done)
    assert re.search(r"certificat|issuer|altname", done.stderr, re.IGNORECASE), done.stderr
    assert not [entry for entry in desk.server.logins()[mark:] if entry["user"] == "jane"]


CHECKS = {function.__name__: function for function in (long_term_key, session_of_4_kb, refused, other_ca, other_name)}
checks = pytest.mark.parametrize("check", CHECKS)


def check_example(desk, argv, check, **environment):
    """One check of the table; `argv` runs the example."""
    CHECKS[check](desk, argv, **environment)
