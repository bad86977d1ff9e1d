"""Logging in to a database: psql, psycopg, and the bare protocol for what no client sends."""

import base64
import dataclasses
import hashlib
import hmac
import os
import re
import socket
import ssl
import struct

import psycopg

from support.server import clean_environment, run

PAM_REFUSED = 'PAM authentication failed for user "{}"'
PASSWORD_REFUSED = 'password authentication failed for user "{}"'


@dataclasses.dataclass
class Refusal:
    """What a client is told: the text, and where the client shows it the SQLSTATE."""

    message: str
    sqlstate: str = ""


def fatal_of(text):
    """The one thing that the server said in an error of libpq; the whole error when it said nothing."""
    said = re.findall(r"FATAL:  (.*)", text)
    assert len(said) <= 1, text
    return said[0] if said else text


class Login:
    """Ways into the server at one endpoint, with its name verified against the bundle."""

    def __init__(self, server, host, port, bundle, dbname="postgres"):
        self.server = server
        self.host = host
        self.port = port
        self.bundle = bundle
        self.dbname = dbname
        # One address, as libpq asks at each that a name has, and a refusal is one attempt.
        self.address = socket.gethostbyname(host)

    def conninfo(self, user, dbname=None, sslmode="verify-full"):
        return (f"host={self.host} hostaddr={self.address} port={self.port} dbname={dbname or self.dbname} user='{user}' "
                f"sslmode={sslmode} sslrootcert={self.bundle}")

    def psycopg(self, user, password, dbname=None, sslmode="verify-full", **more):
        return psycopg.connect(self.conninfo(user, dbname, sslmode), password=password, passfile="/dev/null",
                               autocommit=True, **more)

    def environment(self, password):
        environment = clean_environment(self.server.user_home)
        environment["PGPASSWORD"] = password
        return environment

    def psql(self, user, password, sql, dbname=None, sslmode="verify-full", check=True):
        return run(["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", self.conninfo(user, dbname, sslmode),
                    "-c", sql], self.environment(password), check=check)

    def refused(self, user, password, **more):
        """Expects psycopg to be refused, and returns what it was told."""
        try:
            with self.psycopg(user, password, **more) as session:
                who = session.execute("SELECT current_user").fetchone()
        except psycopg.OperationalError as error:
            return fatal_of(str(error))
        raise AssertionError(f"{user} got in, as {who}")

    def bare(self, user, password, tls=True, **more):
        """The login exchange itself, with a password and words of any bytes. None when it succeeds, otherwise the
        Refusal."""
        words = {"user": user, "database": self.dbname} | more
        with socket.create_connection((self.host, self.port), timeout=90) as plain:
            channel = self._encrypted(plain) if tls else plain
            with channel:
                words = b"".join(as_bytes(word) + b"\0" for pair in words.items() for word in pair) + b"\0"
                channel.sendall(struct.pack("!ii", len(words) + 8, 3 << 16) + words)
                return self._answer(channel, password)

    def _encrypted(self, plain):
        plain.sendall(struct.pack("!ii", 8, 80877103))
        assert plain.recv(1) == b"S"
        context = ssl.create_default_context(cafile=str(self.bundle))
        return context.wrap_socket(plain, server_hostname=self.host)

    def _answer(self, channel, password):
        kind, body = read_message(channel)
        if kind == b"R" and struct.unpack("!i", body[:4])[0] == 3:
            answer(channel, password + b"\0")
            kind, body = read_message(channel)
        elif kind == b"R" and struct.unpack("!i", body[:4])[0] == 10:
            kind, body = scram(channel, password)
        if kind == b"E":
            fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
            return Refusal(fields[b"M"], fields[b"C"])
        assert kind == b"R", kind
        code = struct.unpack("!i", body[:4])[0]
        assert code == 0, f"the server asks for authentication of kind {code}"
        return None


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def answer(channel, message):
    channel.sendall(b"p" + struct.pack("!i", len(message) + 4) + message)


def scram(channel, password):
    """SCRAM-SHA-256 without channel binding (RFC 7677) up to the server's verdict."""
    nonce = base64.b64encode(os.urandom(18))
    first = b"n=,r=" + nonce
    answer(channel, b"SCRAM-SHA-256\0" + struct.pack("!i", len(first) + 3) + b"n,," + first)
    kind, body = read_message(channel)
    if kind != b"R":
        return kind, body
    said = body[4:]
    facts = dict(part.split(b"=", 1) for part in said.split(b","))
    final = b"c=biws,r=" + facts[b"r"]
    salted = hashlib.pbkdf2_hmac("sha256", password, base64.b64decode(facts[b"s"]), int(facts[b"i"]))
    key = hmac.digest(salted, b"Client Key", "sha256")
    mark = hmac.digest(hashlib.sha256(key).digest(), b",".join([first, said, final]), "sha256")
    proof = base64.b64encode(bytes(one ^ other for one, other in zip(key, mark)))
    answer(channel, final + b",p=" + proof)
    kind, body = read_message(channel)
    return (kind, body) if kind == b"E" else read_message(channel)


def read_message(channel):
    head = read_exactly(channel, 5)
    return head[:1], read_exactly(channel, struct.unpack("!i", head[1:])[0] - 4)


def read_exactly(channel, size):
    data = b""
    while len(data) < size:
        piece = channel.recv(size - len(data))
        if not piece:
            raise ConnectionResetError("the server hung up")
        data += piece
    return data
