"""What is around a credential is not the credential: files as echo, jq and editors leave them, handed over by file://."""

import contextlib
import json
import subprocess
import time

import pytest

from support import identity_providers as idp
from support.aws import client
from support.totp import code_at

WRAPPINGS = {"line end": "{}\n", "carriage return": "{}\r\n", "blanks": " \t{} \n", "byte order mark": "\ufeff{}"}


@pytest.fixture(name="file")
def _file(tmp_path):
    def write(text):
        path = tmp_path / "credential"
        path.write_text(text, newline="")
        return f"file://{path}"
    return write


def test_codes_of_mfa_devices(server, aws, file):
    iam = client(server, "iam")
    for number, (what, wrapping) in enumerate(WRAPPINGS.items()):
        name = f"coder-{number}"
        iam.create_user(UserName=name)
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        now = int(time.time()) // 30
        codes = [code_at(device["Base32StringSeed"].decode(), step) for step in (now - 1, now)]
        aws("iam", "enable-mfa-device", "--user-name", name, "--serial-number", device["SerialNumber"],
            "--authentication-code1", file(wrapping.format(codes[0])), "--authentication-code2", codes[1])
        assert iam.list_mfa_devices(UserName=name)["MFADevices"], what


def test_a_code_is_not_repeated(aws, file):
    told = aws.refused("sts", "get-session-token", "--serial-number", "arn:aws:iam::123456789012:mfa/x", "--token-code",
                       file("4711 4711 4711\n"))
    assert told.code == "ValidationError" and "4711" not in told.message


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_keys_of_ssh(aws, server, file, tmp_path, wrapping):
    name = "keys-" + wrapping.replace(" ", "-")
    client(server, "iam").create_user(UserName=name)
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", tmp_path / "key"], check=True)
    line = (tmp_path / "key.pub").read_text().strip()
    made = aws("iam", "upload-ssh-public-key", "--user-name", name, "--ssh-public-key-body",
               file(WRAPPINGS[wrapping].format(line)))["SSHPublicKey"]
    assert made["SSHPublicKeyBody"].split()[1] == line.split()[1]


@pytest.fixture(scope="module")
def openid(server, tmp_path_factory):
    with contextlib.closing(idp.Openid(tmp_path_factory.mktemp("openid"), {"plain": {}})) as made:
        iam = client(server, "iam")
        arn = iam.create_open_id_connect_provider(Url=made.issuer, ClientIDList=["orders"],
                                                  ThumbprintList=[made.thumbprint])["OpenIDConnectProviderArn"]
        trust = idp.trust(arn, {"StringEquals": {f"{made.host}:sub": "plain"}}, "sts:AssumeRoleWithWebIdentity")
        iam.create_role(RoleName="wrapped", AssumeRolePolicyDocument=json.dumps(trust))
        yield made


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_tokens_of_openid_connect(server, openid, file, wrapping):
    given = file(WRAPPINGS[wrapping].format(openid.id_token("plain")))
    answer = idp.without_keys(server)("sts", "assume-role-with-web-identity", "--role-session-name", "wrapped", "--role-arn",
                                      f"arn:aws:iam::{server.account}:role/wrapped", "--web-identity-token", given)
    assert answer["SubjectFromWebIdentityToken"] == "plain"
