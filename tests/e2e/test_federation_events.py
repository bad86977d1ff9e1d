"""Federated calls whose tokens could not be verified leave events that say so, and never more than bounded."""

import contextlib
import json
import urllib.parse

import pytest

from support import identity_providers as idp
from support.api import refused, send
from support.aws import client

WEB = "AssumeRoleWithWebIdentity"


def events(server, name):
    """Those of an operation, newest first, as CloudTrail shows them."""
    pages = client(server, "cloudtrail").get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])
    return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]


@pytest.fixture(name="role")
def _role(server):
    return f"arn:aws:iam::{server.account}:role/none-of-its-matter"


@pytest.fixture(scope="module")
def openid(server, tmp_path_factory):
    made = idp.Openid(tmp_path_factory.mktemp("openid"), {"plain": {}})
    with contextlib.closing(made):
        client(server, "iam").create_open_id_connect_provider(Url=made.issuer, ClientIDList=["orders"],
                                                              ThumbprintList=[made.thumbprint])
        yield made


def late(openid):
    openid.tell(clock=-1800)
    try:
        return openid.id_token("plain")
    finally:
        openid.tell(clock=0)


SPOILT = {
    "signature": (lambda openid: idp.with_claims(openid.id_token("plain"), sub="root"), "InvalidIdentityToken"),
    "issuer": (lambda openid: idp.with_claims(openid.id_token("plain"), iss="https://nobody.example.com\n"),
               "InvalidIdentityToken"),
    "expired": (late, "ExpiredTokenException"),
    "malformed": (lambda openid: "no token at all", "InvalidIdentityToken"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_token_that_cannot_be_verified_is_an_event(server, openid, role, what):
    make, code = SPOILT[what]
    token = make(openid)
    assert refused(client(server, "sts").assume_role_with_web_identity, RoleArn=role, RoleSessionName=f"s-{what}",
                   WebIdentityToken=token, Policy='{"Version":"2012-10-17","Statement":[]}')[0] == code
    event = next(event for event in events(server, WEB)
                 if event["requestParameters"]["roleSessionName"] == f"s-{what}")
    claimed = {"signature": openid.issuer, "expired": openid.issuer, "issuer": "https://nobody.example.com\\x0A"}.get(what)
    assert event["userIdentity"] == {"type": "WebIdentityUser"} | ({"identityProvider": claimed} if claimed else {})
    assert event["additionalEventData"] == {"verified": False}
    assert (event["errorCode"], event["recipientAccountId"]) == (code, server.account)
    assert event["requestParameters"] == {"roleArn": role, "roleSessionName": f"s-{what}"}
    assert "eyJ" not in json.dumps(event)


def test_an_assertion_too(server, role):
    provider = f"arn:aws:iam::{server.account}:saml-provider/nobodys"
    assertion = idp.as_sent("<x/>")
    refused(client(server, "sts").assume_role_with_saml, RoleArn=role, PrincipalArn=provider, SAMLAssertion=assertion)
    event = events(server, "AssumeRoleWithSAML")[0]
    assert event["userIdentity"] == {"type": "SAMLUser", "identityProvider": provider}
    assert event["additionalEventData"] == {"verified": False} and assertion not in json.dumps(event)


def ask(server, account):
    body = urllib.parse.urlencode({"Action": WEB, "Version": "2011-06-15", "WebIdentityToken": "none",
                                   "RoleArn": f"arn:aws:iam::{account}:role/r", "RoleSessionName": "flood"})
    status, _, _, _ = send(server, body, {"content-type": "application/x-www-form-urlencoded"})
    assert status == 400


def test_nobody_fills_the_disk_with_them(new_server):
    """A client has ten a minute; what is left out is summed up, at the latest when the server ends."""
    server = new_server().start()
    for _ in range(60):
        ask(server, server.account)
    for _ in range(20):
        ask(server, "999999999999")
    single = [event for event in events(server, WEB) if event["errorCode"] == "InvalidIdentityToken"]
    assert 10 <= len(single) <= 20, "a minute may have ended meanwhile"
    server.restart()
    all_of_them = events(server, WEB)
    sums = [event for event in all_of_them if event["errorCode"] == "EventsLeftOut"]
    assert sum(event["additionalEventData"]["calls"] for event in sums) == 60 - len(single)
    assert all(event["additionalEventData"]["clients"] == 1 and event["sourceIPAddress"] == "127.0.0.1" for event in sums)
    assert "999999999999" not in "".join(file.read_text() for file in (server.data / "api-events").glob("*.log"))
