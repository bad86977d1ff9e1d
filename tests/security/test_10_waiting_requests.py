"""Who waits, and who takes all places: calls without a signature, a provider that does not answer, and clients that
hold on to connections."""

import contextlib
import json
import os
import resource
import signal
import socket
import time
import urllib.parse

import pytest

from support import identity_providers as idp
from support import tokens
from support.api import refused
from support.aws import administrator, client, new_account
from support.poll import until
from support.server import Server

ACTION = "sts:AssumeRoleWithWebIdentity"
CALLS = 40 if os.environ.get("COUNTERSIGN_LONG") else 8
SECONDS = 3  # of a call that nobody holds up: it took six behind eight others
UNREACHED = "IDPCommunicationError"


def netloc(server):
    return urllib.parse.urlsplit(server.url).netloc


def post(server, body, headers):
    """A connection over which that was sent; its answer is there to be read."""
    host, port = netloc(server).split(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["POST / HTTP/1.1", *lines, "Connection: close", f"Content-Length: {len(body)}", "", ""])
    connection.sendall((head + body).encode())
    return connection


class Federated:
    """A provider that an account knows, and a role that trusts it."""

    def __init__(self, server, directory, principal=None):
        directory.mkdir()
        self.server = server
        self.provider = idp.Openid(directory, {"plain": {}})
        iam = client(server, "iam", principal)
        arn = iam.create_open_id_connect_provider(Url=self.provider.issuer, ClientIDList=["orders"],
                                                  ThumbprintList=[self.provider.thumbprint])["OpenIDConnectProviderArn"]
        condition = {"StringEquals": {f"{self.provider.host}:aud": "orders"}}
        trust = json.dumps(idp.trust(arn, condition, ACTION))
        self.role = iam.create_role(RoleName=f"of-{directory.name}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        self.token = self.provider.id_token("plain")

    def words(self):
        return {"RoleArn": self.role, "RoleSessionName": "ci", "WebIdentityToken": self.token}

    def assume(self):
        """The session's key, or the code of the refusal."""
        sts = client(self.server, "sts", read_timeout=60)
        try:
            return sts.assume_role_with_web_identity(**self.words())["Credentials"]["AccessKeyId"]
        except sts.exceptions.ClientError as error:
            return error.response["Error"]["Code"]

    def ask(self):
        """A connection over which the call was sent, and nobody has read an answer."""
        words = {"Action": ACTION.split(":")[1], "Version": "2011-06-15"} | self.words()
        return post(self.server, urllib.parse.urlencode(words), {
            "host": netloc(self.server), "content-type": "application/x-www-form-urlencoded"})

    def close(self):
        self.provider.close()


@pytest.fixture(name="federated")
def _federated(server, tmp_path):
    """Makes providers, each of the account of a principal."""
    with contextlib.ExitStack() as stack:
        def make(name, principal=None):
            return stack.enter_context(contextlib.closing(Federated(server, tmp_path / name, principal)))
        yield make


def timed(function, *words):
    began = time.monotonic()
    answer = function(*words)
    return time.monotonic() - began, answer


def whole(connection):
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_slow_provider_holds_no_signed_call(server, federated):
    slow = federated("slow")
    slow.provider.tell(stall=True)
    asked = [slow.ask() for _ in range(CALLS)]
    took, answer = timed(client(server, "sts").get_caller_identity)
    assert answer["Account"] == server.account and took < SECONDS
    slow.provider.tell(stall=False)
    answers = [whole(one) for one in asked]
    assert all(b"<AccessKeyId>" in text or UNREACHED.encode() in text for text in answers)
    until(lambda: slow.assume().startswith("ASIA"), "the provider is asked again")


def test_a_slow_provider_holds_no_login_by_another(server, federated):
    """Each account has its share of what may wait, and a provider is asked once for all who wait for it."""
    _, tenant = new_account(server, "slow-ones")
    slow = [federated(f"slow-{number}", tenant) for number in range(6)]
    good = federated("good")
    for one in slow:
        one.provider.tell(stall=True)
    asked = [one.ask() for one in slow for _ in range(CALLS)]
    took, key = timed(good.assume)
    assert key.startswith("ASIA") and took < SECONDS
    for one in slow:
        one.provider.tell(stall=False)
    assert all(whole(one) for one in asked)


def test_one_who_waits_in_vain_is_told_so(server, federated):
    slow = federated("silent")
    slow.provider.tell(stall=True)
    code, _, status = refused(client(server, "sts", read_timeout=60).assume_role_with_web_identity, **slow.words())
    assert (code, status) == (UNREACHED, 400)
    slow.provider.tell(stall=False)


@contextlib.contextmanager
def stuck(pid):
    """The process stands still."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_stuck_database_holds_no_signed_call(server, stock, everybody):
    """What a call asks a tenant's database takes as long as the tenant makes it take."""
    body = urllib.parse.urlencode({"Action": "ExplainLogin", "Version": "2026-01-01", "DBIdentifier": stock.name,
                                   "PrincipalArn": f"arn:aws:iam::{server.account}:user/{everybody.name}",
                                   "DBUser": "jane"})
    with stuck(server.postmaster(stock.resource_id)):
        asked = [post(server, body, tokens.api_headers(administrator(server), netloc(server), body, "countersign"))
                 for _ in range(CALLS)]
        took, _ = timed(client(server, "sts").get_caller_identity)
        assert took < SECONDS
    answers = [whole(one) for one in asked]
    assert any(b"<Allowed>true</Allowed>" in answer for answer in answers)
    assert all(b"<Allowed>" in answer or b"Throttling" in answer for answer in answers)


# --- connections


class Narrow(Server):
    """A server that may have few files open, so that a test can take all of them."""

    FILES = 1024

    def arguments(self):
        return ["prlimit", f"--nofile={self.FILES}:{self.FILES}", *super().arguments()]


@pytest.fixture(name="narrow")
def _narrow():
    made = Narrow()
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture(name="files", autouse=True, scope="module")
def _files():
    """This process may open as many files as it has to."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, before[1]) if before[1] > 0 else 4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


BEGINNINGS = {"silent": b"", "slow": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"}


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
@pytest.mark.parametrize("addresses", [1, 8], ids=["one address", "eight addresses"])
def test_nobody_takes_all_connections(narrow, addresses, beginning):
    """Neither others nor the client itself, which may be behind the same address, are kept out."""
    where = ("127.0.0.1", narrow.ports.first)
    with contextlib.ExitStack() as stack:
        for number in range(1200):
            source = (f"127.0.0.{2 + number % addresses}", 0)
            held = stack.enter_context(socket.create_connection(where, timeout=60, source_address=source))
            with contextlib.suppress(ConnectionError):
                held.sendall(beginning)
        assert client(narrow, "sts").get_caller_identity()["Account"] == narrow.account
        with contextlib.closing(socket.create_connection(where, timeout=60, source_address=("127.0.0.2", 0))) as own:
            own.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert own.recv(4096).startswith(b"HTTP/1.1 200")
