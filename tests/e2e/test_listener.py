"""The listener: many connections, and what is not HTTP."""

import contextlib
import re
import resource
import socket

import pytest

from support.api import signed
from support.aws import client


def test_two_thousand_idle_connections_cost_no_call(server):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2000
    if hard != resource.RLIM_INFINITY and hard < wanted + 200:
        pytest.skip(f"this process may open {hard} files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted + 200), hard))
    where = ("127.0.0.1", server.ports.first)
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(socket.create_connection(where, timeout=90)) for _ in range(wanted)]
        for connection in idle[::50]:  # some have asked once, as keep-alive connections of SDKs have
            connection.sendall(request)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        assert client(server, "sts").get_caller_identity()["Account"] == server.account
        with open(f"/proc/{server.pid}/status", encoding="ascii") as status:
            threads = int(re.search(r"^Threads:\s+(\d+)", status.read(), re.MULTILINE).group(1))
        assert threads < 100
        for connection in idle[::199]:
            connection.sendall(request)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("raw", [
    b"\r\n\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n"])
def test_nonsense_does_not_harm(server, raw):
    with socket.create_connection(("127.0.0.1", server.ports.first), timeout=90) as connection:
        with contextlib.suppress(ConnectionError, BrokenPipeError):
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65536)
            assert not answer or re.match(rb"HTTP/1\.[01] [45]\d\d", answer), answer[:100]
    assert client(server, "sts").get_caller_identity()["Account"] == server.account


def test_a_body_that_is_too_large(server):
    status, _, _, _ = signed(server, "Action=GetCallerIdentity&Version=2011-06-15&x=" + "y" * (1 << 20))
    assert status == 413


def test_request_ids(server):
    first, second = (client(server, "sts").get_caller_identity()["ResponseMetadata"] for _ in range(2))
    assert first["RequestId"] != second["RequestId"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", first["RequestId"])
    assert first["HTTPHeaders"]["x-amzn-requestid"] == first["RequestId"]
