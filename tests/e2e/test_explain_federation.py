"""`countersign explain federation` says of a token or an assertion what the call itself answers, and shows every check."""

import contextlib
import json

import pytest

from support import identity_providers as idp
from support.api import refused
from support.aws import client

ACTION = "sts:AssumeRoleWithWebIdentity"
CHECKS = ("form", "provider", "keys", "signature", "issuer", "subject", "audience", "expiry", "session", "role", "policy",
          "limits")


@pytest.fixture(scope="module")
def openid(server, tmp_path_factory):
    made = idp.Openid(tmp_path_factory.mktemp("openid"), {"plain": {}, "stranger": {}})
    with contextlib.closing(made):
        iam = client(server, "iam")
        arn = iam.create_open_id_connect_provider(Url=made.issuer, ClientIDList=["orders"],
                                                  ThumbprintList=[made.thumbprint])["OpenIDConnectProviderArn"]
        trust = idp.trust(arn, {"StringEquals": {f"{made.host}:sub": "plain", f"{made.host}:aud": "orders"}}, ACTION)
        iam.create_role(RoleName="explained", AssumeRolePolicyDocument=json.dumps(trust))
        yield made


@pytest.fixture(name="token")
def _token(openid):
    return openid.id_token("plain")


def explained(server, token, role, *words):
    done = server.command("explain", "federation", "--token", "-", "--role", role, "--json", *words, input=token,
                          check=False)
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["allowed"] else 1)
    return answer


def failed(answer):
    return [check["check"] for check in answer["checks"] if check["outcome"] == "failed"]


def test_every_check_is_shown(server, openid, token, tmp_path):
    answer = explained(server, token, "explained")
    assert answer["allowed"] and answer["verified"] and answer["kind"] == "OpenID Connect"
    assert [check["check"] for check in answer["checks"]] == list(CHECKS)
    assert {check["outcome"] for check in answer["checks"]} == {"passed"}
    assert answer["claims"]["sub"] == "plain" and answer["claims"]["iss"] == openid.issuer
    conditions = answer["trail"][0]["statements"][0]["conditions"]
    assert [condition["holds"] for condition in conditions] == [True, True]
    file = tmp_path / "token"
    file.write_text(token)
    page = server.command("explain", "federation", "--token", str(file), "--role",
                          f"arn:aws:iam::{server.account}:role/explained").stdout
    assert page.count("✓") == len(CHECKS) + 2 and "✗" not in page and "hint:" not in page
    assert token.split(".")[2] not in page


def test_what_is_around_a_token_is_not_the_token(server, token):
    for wrapped in (token + "\n", f" {token}\r\n", "\ufeff" + token):
        assert explained(server, wrapped, "explained")["allowed"]


SPOILT = {
    "signature": lambda openid: idp.with_claims(openid.id_token("stranger"), sub="plain"),
    "policy": lambda openid: openid.id_token("stranger"),
    "audience": lambda openid: openid.id_token("plain", "strangers"),
    "form": lambda openid: "an-access-token",
    "provider": lambda openid: idp.with_claims(openid.id_token("plain"), iss="https://nobody.example.com"),
}


@pytest.mark.parametrize("check", SPOILT)
def test_it_says_what_the_call_says(server, openid, check):
    spoilt = SPOILT[check](openid)
    role = f"arn:aws:iam::{server.account}:role/explained"
    answer = explained(server, spoilt, "explained", "--session-name", "ci-42")
    assert failed(answer) == [check] and answer["hint"]
    code, message, _ = refused(client(server, "sts").assume_role_with_web_identity, RoleArn=role,
                               RoleSessionName="ci-42", WebIdentityToken=spoilt)
    assert (answer["code"], answer["message"]) == (code, message)


def test_a_condition_that_failed_is_crossed(server, openid):
    done = server.command("explain", "federation", "--token", "-", "--role", "explained", input=openid.id_token("stranger"),
                          check=False)
    assert done.returncode == 1
    assert f"✗ {openid.host}:sub must be plain; it is stranger" in done.stdout
    assert f"✓ {openid.host}:aud must be orders; it is orders" in done.stdout
    assert f"hint: meet the condition on {openid.host}:sub, or change it in statement 1" in done.stdout


def test_assertions_in_files(server, tmp_path):
    arn = f"arn:aws:iam::{server.account}:saml-provider/explained"
    role = f"arn:aws:iam::{server.account}:role/explained-saml"
    said = {"Role": [f"{role},{arn}"], "RoleSessionName": "jane@example.com"}
    people = {"jane": {"name": "jane", "attributes": {idp.SAML_ATTRIBUTE + key: value for key, value in said.items()}}}
    with contextlib.closing(idp.Saml(tmp_path, people)) as provider:
        iam = client(server, "iam")
        iam.create_saml_provider(Name="explained", SAMLMetadataDocument=provider.metadata())
        trust = idp.trust(arn, {"StringEquals": {"SAML:sub": "jane"}}, "sts:AssumeRoleWithSAML")
        iam.create_role(RoleName="explained-saml", AssumeRolePolicyDocument=json.dumps(trust))
        response = provider.response("jane")
    file = tmp_path / "response"
    file.write_text(idp.as_sent(response) + "\n")
    page = server.command("explain", "federation", "--token", str(file), "--role", role).stdout
    assert page.startswith("SAML for ") and "✗" not in page and "NameID: jane" in page
    spoilt = explained(server, idp.as_sent(response.replace(">jane<", ">root<")), role)
    assert failed(spoilt) == ["signature"] and not spoilt["verified"]
    assert "base64" in explained(server, response, role)["hint"]
    assert client(server, "sts").assume_role_with_saml(RoleArn=role, PrincipalArn=arn,
                                                       SAMLAssertion=idp.as_sent(response))["Credentials"]


def test_nothing_of_it_is_kept(server, openid, token):
    explained(server, token, "explained")
    spoilt = idp.with_claims(token, sub="stranger")
    explained(server, spoilt, "explained")
    kept = server.said() + "".join(file.read_text() for file in (server.data / "api-events").glob("*.log"))
    for text in (token, spoilt):
        assert text.split(".")[1] not in kept and text.split(".")[2] not in kept
    assert "ExplainFederation" in kept


def test_files_that_hold_none(server, tmp_path):
    empty = tmp_path / "empty"
    empty.write_text("")
    for file, words in ((empty, "it is empty"), (tmp_path / "none", "cannot be read")):
        done = server.command("explain", "federation", "--token", str(file), "--role", "explained", check=False)
        assert done.returncode == 1 and words in done.stderr
