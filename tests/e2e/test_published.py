"""A server whose ports are published by something in front of it, as a container's are: on every address, known as localhost."""

import contextlib
import json
import socket
import subprocess

import pytest

from support.aws import Aws
from support.server import Server, StartFailed, clean_environment, run
from support.stock import Stock

KEY = "AKIAQ7ZKX3M5T2WJ4HBN"
SECRET = "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"


class Published(Server):
    """Listens on every address."""

    def arguments(self):
        words = [str(word) for word in super().arguments()]
        return [word.replace("127.0.0.1:", "0.0.0.0:") for word in words]


@pytest.fixture(scope="module", name="published")
def _published():
    made = Published("--tls-names", "api.example.org,127.0.0.7", "--databases-everywhere", prefix="countersign-published-")
    key = made.home / "administrator"
    key.write_text(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    key.chmod(0o600)
    made.options = (*made.options, "--administrator-key", key)
    try:
        yield made.start()
    finally:
        made.close()


def curl(server, where, *more):
    """What a program that trusts the server's authority alone is answered."""
    return subprocess.run(["curl", "--silent", "--show-error", "--max-time", "60", "--noproxy", "*", "--cacert", server.bundle,
                           *more, where], capture_output=True, text=True, check=False)


def test_its_own_authority_vouches_for_the_names(published):
    port = published.ports.first
    assert published.ready["listening"] == f"https://localhost:{port}"
    for name in ("localhost", "api.example.org", "127.0.0.1", "127.0.0.7"):
        done = curl(published, f"https://{name}:{port}/healthz", "--connect-to", f"{name}:{port}:127.0.0.1:{port}")
        assert done.stdout == '{"status":"ok"}\n', done.stderr
    other = curl(published, f"https://127.0.0.8:{port}/healthz", "--connect-to", f"::127.0.0.1:{port}")
    assert other.returncode == 60  # CURLE_PEER_FAILED_VERIFICATION
    assert not curl(published, f"http://127.0.0.1:{port}/healthz").stdout.startswith("{")


def test_commands_and_clients_trust_it_by_what_env_says(published):
    aws = Aws(published)
    assert aws("sts", "get-caller-identity")["Arn"] == f"arn:aws:iam::{published.account}:root"
    assert published.env()["AWS_CA_BUNDLE"] == str(published.bundle)
    for words in (("logins",), ("account", "list"), ("doctor",)):
        done = published.command(*words, check=False)
        assert "certificate" not in done.stdout + done.stderr, words
    alone = published.command("env", "--services", "rds,iam").stdout
    assert "AWS_CA_BUNDLE" not in alone and f"--ca-bundle {published.bundle}" in alone
    done = published.command("aws", "iam", "get-user", "--output", "json")
    assert json.loads(done.stdout)["User"]["Arn"] == f"arn:aws:iam::{published.account}:root"


def test_the_administrators_key_is_the_one_that_was_chosen(published):
    assert f"aws_access_key_id = {KEY}\n" in (published.data / "credentials").read_text()
    assert SECRET not in published.said()


def test_databases_are_reached_from_outside_by_the_name_localhost(published, monkeypatch):
    for variable in ("AWS_CA_BUNDLE", "SSL_CERT_FILE"):  # of boto3, and of Python's own client
        monkeypatch.setenv(variable, str(published.bundle))
    stock = Stock(published)
    ann = stock.principal("ann", stock.may_connect("jane"))
    with contextlib.closing(stock.session(ann, "jane")) as session:
        assert session.execute("SELECT current_user").fetchone() == ("jane",)
    with socket.create_connection(("127.0.0.9", stock.port), timeout=60):  # no address that localhost has
        pass


@pytest.mark.parametrize(("options", "said"), [
    ((), "--listen 0.0.0.0: an address that is not loopback needs TLS; give --tls-certificate and --tls-key, or --tls-names"),
    (("--tls-names", "not a name"), "--tls-names not a name: neither a host name nor an address"),
    (("--tls-names", "0.0.0.0"), "neither a host name nor an address"),
    (("--listen-without-tls", "--metrics-listen", "0.0.0.0:0"), "--metrics-listen 0.0.0.0: an address that is not loopback needs TLS"),
    (("--listen-without-tls", "--tls-names", "localhost"), "excludes"),
])
def test_what_is_refused(options, said):
    refused = Published(*options)
    try:
        with pytest.raises(StartFailed) as failed:
            refused.start()
        assert said in str(failed.value)
    finally:
        refused.close()


def test_a_key_that_everybody_knows_is_refused(new_server):
    made = new_server()
    known = made.home / "known"
    known.write_text("[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
                     "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n")
    made.options = ("--administrator-key", known)
    with pytest.raises(StartFailed, match=r"the key of .default. can be guessed"):
        made.start()


def test_without_tls_is_a_choice_that_is_told(new_server):
    made = new_server("--listen-without-tls")
    made.__class__ = Published
    made.start()
    assert made.ready["listening"] == f"http://localhost:{made.ports.first}"
    assert '"event":"api.without_tls"' in made.said() and '"level":"warn' in made.said()
    assert Aws(made)("sts", "get-caller-identity")["Account"] == made.account
    shown = run(["bash", "-c", f'eval "$({made.arguments()[0]} env --data-dir {made.data})"; echo "${{AWS_CA_BUNDLE:-none}}"'],
                clean_environment(made.user_home))
    assert shown.stdout == "none\n"
