"""Who somebody is, at the edges: ids of other accounts, the port that a token is for, tags of identity providers, and
keys that a provider took back."""

import contextlib
import json
import urllib.parse
import urllib.request

import pytest

from support import identity_providers as idp
from support import tokens
from support.api import refused
from support.aws import administrator, allow, client, document, new_account, new_principal
from support.faults import ClockedServer

TAGS = "https://aws.amazon.com/tags"
ACTIONS = ("sts:AssumeRoleWithWebIdentity", "sts:TagSession")
HIDDEN = "the-hidden-one"
UNKNOWN = "AKIAIOSFODNN7EXAMPLE"


@pytest.fixture(scope="module", name="hidden")
def _hidden(server):
    """A user of another account, with a key."""
    account, root = new_account(server, "elsewhere")
    iam = client(server, "iam", root)
    arn = iam.create_user(UserName=HIDDEN)["User"]["Arn"]
    return account, arn, iam.create_access_key(UserName=HIDDEN)["AccessKey"]["AccessKeyId"]


def about(answer, *names):
    """The answer without what was asked about."""
    text = " ".join(str(part) for part in answer)
    for name in names:
        text = text.replace(name, "X")
    return text


@pytest.mark.parametrize("rights", [(), ("iam:GetAccessKeyLastUsed",)], ids=["without the right", "with the right"])
def test_a_key_of_another_account_is_a_key_of_nobody(server, hidden, rights):
    policies = [document(allow(right, "*")) for right in rights]
    asker = client(server, "iam", new_principal(server, f"asker-{len(rights)}", policies))
    foreign = refused(asker.get_access_key_last_used, AccessKeyId=hidden[2])
    nobody = refused(asker.get_access_key_last_used, AccessKeyId=UNKNOWN)
    assert HIDDEN not in about(foreign)
    assert about(foreign, hidden[2]) == about(nobody, UNKNOWN)


@pytest.mark.parametrize("operation", ["update_access_key", "delete_access_key"])
@pytest.mark.parametrize("owner", [{}, {"UserName": HIDDEN}], ids=["own", "named"])
def test_nor_can_it_be_changed(server, hidden, operation, owner):
    iam = client(server, "iam")
    more = {"Status": "Inactive"} if operation.startswith("update") else {}
    foreign = refused(getattr(iam, operation), AccessKeyId=hidden[2], **owner, **more)
    nobody = refused(getattr(iam, operation), AccessKeyId=UNKNOWN, **owner, **more)
    assert about(foreign, hidden[2]) == about(nobody, UNKNOWN)


def explained(stock, arn):
    done = stock.server.command("explain", "--principal", arn, "--database", stock.name, "--user", "jane", "--json",
                                check=False)
    return done.stdout + done.stderr


def test_explain_tells_not_who_is_in_another_account(stock, hidden):
    """Held before; kept so that it stays."""
    account, arn, _ = hidden
    absent = f"arn:aws:iam::{account}:user/absent"
    assert explained(stock, arn).replace(arn, "X") == explained(stock, absent).replace(absent, "X") != ""


def answered(server, body):
    """The text of the answer to a call of Countersign's own API by the administrator."""
    where = urllib.parse.urlsplit(server.url).netloc
    headers = tokens.api_headers(administrator(server), where, body, "countersign")
    asked = urllib.request.Request(server.url, body.encode(), headers)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return answer.read().decode()


def test_a_database_owner_learns_of_no_policy_of_another_account(server, stock):
    """Who it was is told; the audit's file, which is the operator's, has all of it."""
    account, root = new_account(server, "visitors")
    iam = client(server, "iam", root)
    iam.create_user(UserName="visitor")
    denial = {"Effect": "Deny", "Action": "rds-db:connect", "Resource": "*", "Sid": "TopSecret"}
    iam.put_user_policy(UserName="visitor", PolicyName="merger", PolicyDocument=json.dumps(document(denial)))
    key = iam.create_access_key(UserName="visitor")["AccessKey"]
    visitor = type(root)(key["AccessKeyId"], key["SecretAccessKey"])
    mark = len(server.logins())
    stock.login.refused("jane", stock.token(visitor, "jane"))
    entry = stock.recorded_since(mark, "jane")[-1]
    assert entry["check"] == "policy" and account in entry["principal_arn"]
    body = f"Action=ExplainLogin&Version=2026-01-01&LoginId={entry['login_id']}"
    told = answered(server, body)
    events = client(server, "cloudtrail").lookup_events(LookupAttributes=[
        {"AttributeKey": "EventName", "AttributeValue": "DatabaseLogin"}])["Events"]
    assert f"{account}:user/visitor" in told
    assert any("visitor" in event["CloudTrailEvent"] for event in events)
    for secret in ("merger", "TopSecret"):
        assert secret not in told
        assert not any(secret in event["CloudTrailEvent"] for event in events)


@pytest.fixture(scope="module", name="two_ports")
def _two_ports(stock):
    """The database is also known under a name at both of the web's ports."""
    for port in (443, 80):
        stock.server.command("alias", "add", stock.name, f"db.example:{port}")
    return "db.example"


def test_a_token_for_one_port_is_none_for_another(server, stock, everybody, two_ports):
    """boto3 signs no port where it is 443."""
    rds = client(server, "rds", everybody)
    good = {port: rds.generate_db_auth_token(two_ports, port, "jane") for port in (443, 80)}
    assert [stock.login.bare("jane", token.encode()) for token in good.values()] == [None, None]
    for port, other in ((443, 80), (80, 443)):
        mark = len(server.logins())
        moved = good[port].replace(f"{two_ports}:{port}", f"{two_ports}:{other}", 1)
        stock.login.refused("jane", moved)
        assert stock.recorded_since(mark, "jane")[-1]["check"] == "signature"


# --- what an identity provider says

PEOPLE = {
    "plain": {},
    "good": {TAGS: {"principal_tags": {"team/α": ["Ünïcode +-=._:/@ 1"], "empty": [""]}}},
    "star": {TAGS: {"principal_tags": {"dbuser": ["*"]}}},
    "glob": {TAGS: {"principal_tags": {"dbuser": ["jan?"]}}},
    "variable": {TAGS: {"principal_tags": {"dbuser": ["${aws:username}"]}}},
    "newline": {TAGS: {"principal_tags": {"dbuser": ["jane\nbob"]}}},
    "escape": {TAGS: {"principal_tags": {"dbuser": ["\x1b[31mjane"]}}},
    "mark": {TAGS: {"principal_tags": {"dbuser": ["\u202ejane"]}}},
    "long": {TAGS: {"principal_tags": {"dbuser": ["j" * 257]}}},
    "name": {TAGS: {"principal_tags": {"db*": ["jane"]}}},
    "reserved": {TAGS: {"principal_tags": {"aws:username": ["jane"]}}},
    "twice": {TAGS: {"principal_tags": {"dbuser": ["jane"], "DbUser": ["bob"]}}},
    "handed on": {TAGS: {"principal_tags": {"dbuser": ["jane"]}, "transitive_tag_keys": ["db*"]}},
}
GOOD = ("plain", "good")


class Federated:
    """A provider that a server knows, and a role that trusts it."""

    def __init__(self, server, directory):
        self.provider = idp.Openid(directory, PEOPLE)
        iam = client(server, "iam")
        arn = iam.create_open_id_connect_provider(Url=self.provider.issuer, ClientIDList=["orders"],
                                                  ThumbprintList=[self.provider.thumbprint])["OpenIDConnectProviderArn"]
        condition = {"StringEquals": {f"{self.provider.host}:aud": "orders"}}
        self.role = iam.create_role(RoleName="federated", AssumeRolePolicyDocument=json.dumps(
            idp.trust(arn, condition, *ACTIONS)))["Role"]["Arn"]
        self.sts = client(server, "sts")

    def words(self, token):
        return {"RoleArn": self.role, "RoleSessionName": "ci", "WebIdentityToken": token}

    def assume(self, token):
        return self.sts.assume_role_with_web_identity(**self.words(token))

    def refused(self, token):
        return refused(self.sts.assume_role_with_web_identity, **self.words(token))[0]


@pytest.fixture(scope="module", name="federated")
def _federated(server, tmp_path_factory):
    made = Federated(server, tmp_path_factory.mktemp("openid"))
    with contextlib.closing(made.provider):
        yield made


@pytest.mark.parametrize("person", GOOD)
def test_tags_that_aws_takes(federated, person):
    assert federated.assume(federated.provider.id_token(person))["Credentials"]["SessionToken"]


@pytest.mark.parametrize("person", sorted(PEOPLE.keys() - GOOD))
def test_tags_that_aws_would_not_take(federated, person):
    assert federated.refused(federated.provider.id_token(person)) == "InvalidIdentityToken"


SAML_TAGS = {"good": "jane", "star": "*", "variable": "${saml:sub}", "mark": "\u202ejane",
             "long": "j" * 257}


@pytest.fixture(scope="module", name="saml")
def _saml(server, tmp_path_factory):
    """A SAML provider, and what AssumeRoleWithSAML is called with after a person's login there."""
    account = f"arn:aws:iam::{server.account}"
    provider_arn, role = f"{account}:saml-provider/workforce", f"{account}:role/by-saml"
    people = {name: {"name": name, "attributes": {idp.SAML_ATTRIBUTE + key: value for key, value in {
        "Role": [f"{role},{provider_arn}"], "RoleSessionName": name, "PrincipalTag:dbuser": tag}.items()}}
        for name, tag in SAML_TAGS.items()}
    iam = client(server, "iam")
    with contextlib.closing(idp.Saml(tmp_path_factory.mktemp("saml"), people)) as provider:
        iam.create_saml_provider(Name="workforce", SAMLMetadataDocument=provider.metadata())
        iam.create_role(RoleName="by-saml", AssumeRolePolicyDocument=json.dumps(
            idp.trust(provider_arn, {"StringEquals": {"SAML:aud": idp.AWS_RECIPIENT}}, "sts:AssumeRoleWithSAML",
                      "sts:TagSession")))
        yield lambda name: {"RoleArn": role, "PrincipalArn": provider_arn,
                            "SAMLAssertion": idp.as_sent(provider.response(name))}


@pytest.mark.parametrize("person", SAML_TAGS)
def test_tags_by_saml(server, saml, person):
    assume = client(server, "sts").assume_role_with_saml
    if person == "good":
        assert assume(**saml(person))["Credentials"]["SessionToken"]
    else:
        assert refused(assume, **saml(person))[0] == "InvalidIdentityToken"


@pytest.fixture(name="clocked")
def _clocked():
    made = ClockedServer()
    try:
        yield made.start()
    finally:
        made.close()


def test_a_key_that_the_provider_took_back_is_noticed_within_a_minute(clocked, tmp_path):
    """The new key has the id of the old one, as after a theft of a key that cannot be named anew."""
    federated = Federated(clocked, tmp_path)
    with contextlib.closing(federated.provider):
        stolen = federated.provider.id_token("plain")
        assert federated.assume(stolen)
        federated.provider.tell(replace=True)
        clocked.clock.set(60)
        assert federated.refused(stolen) == "InvalidIdentityToken"
        assert federated.assume(federated.provider.id_token("plain"))
