"""AssumeRoleWithSAML with responses of a real identity provider, up to sessions of PostgreSQL."""

import base64
import contextlib
import datetime
import hashlib
import json
import re

import pytest

from support import identity_providers as idp
from support.api import refused
from support.aws import allow, client, document
from support.login import PAM_REFUSED

ACTION = "sts:AssumeRoleWithSAML"
FEDERATED = (ACTION, "sts:TagSession", "sts:SetSourceIdentity")
FOR_AWS = {"StringEquals": {"SAML:aud": idp.AWS_RECIPIENT}}
NOT_AUTHORIZED = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML", 403)
PROVIDER = "workforce"


def offer(server, role, provider=PROVIDER):
    return f"arn:aws:iam::{server.account}:role/{role},arn:aws:iam::{server.account}:saml-provider/{provider}"


def person(name, roles, **attributes):
    """What the provider says of somebody; attributes of AWS by their short names."""
    said = {"Role": roles, "RoleSessionName": f"{name}@example.com"} | attributes
    return {"name": name, "attributes": {idp.SAML_ATTRIBUTE + key: value for key, value in said.items()}}


def tagged(name, roles, **attributes):
    return person(name, roles, **{"PrincipalTag:dbuser": name, "TransitiveTagKeys": ["dbuser"], **attributes})


class Federation:
    """A provider, its registration, and roles for those whom it vouches for."""

    def __init__(self, server, directory, people, name=PROVIDER, **options):
        self.server = server
        self.name = name
        self.provider = idp.Saml(directory, people, **options)
        self.iam = client(server, "iam")
        self.sts = client(server, "sts")
        self.arn = f"arn:aws:iam::{server.account}:saml-provider/{name}"

    def register(self):
        made = self.iam.create_saml_provider(Name=self.name, SAMLMetadataDocument=self.provider.metadata())
        assert made["SAMLProviderArn"] == self.arn
        return self

    def role(self, name, condition, actions=FEDERATED, policy=None, **more):
        trust = json.dumps(idp.trust(self.arn, condition, *actions))
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)["Role"]["Arn"]
        if policy:
            self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        return arn

    def words(self, role, response):
        return {"RoleArn": f"arn:aws:iam::{self.server.account}:role/{role}", "PrincipalArn": self.arn,
                "SAMLAssertion": idp.as_sent(response)}

    def assume(self, role, response, **more):
        return self.sts.assume_role_with_saml(**self.words(role, response), **more)

    def refused(self, role, response, **more):
        return refused(self.sts.assume_role_with_saml, **self.words(role, response), **more)


@pytest.fixture(scope="module")
def federation(server, stock, tmp_path_factory):
    """Its people: jane and dora, who may have the roles, and some whose attributes are not right."""
    roles = [offer(server, "own-user"), offer(server, "by-subject"), offer(server, "restricted")]
    people = {
        "jane": tagged("jane", roles, SessionDuration="1800"),
        "dora": tagged("dora", roles, SourceIdentity="dora@example.com"),
        "bare": person("bare", roles),
        "elsewhere": tagged("elsewhere", [offer(server, "own-user", "another"), offer(server, "another")]),
        "roleless": person("roleless", []),
        "nameless": person("nameless", roles, RoleSessionName="no spaces please"),
        "hasty": person("hasty", roles, SessionDuration="60"),
        "twice": tagged("twice", roles, **{"PrincipalTag:dbuser": ["jane", "dora"]}),
    }
    made = Federation(server, tmp_path_factory.mktemp("saml"), people)
    with contextlib.closing(made.provider):
        made.register()
        made.role("own-user", FOR_AWS,
                  policy=document(allow("rds-db:connect", stock.user_arn("${aws:PrincipalTag/dbuser}"))))
        made.role("by-subject", {"StringEquals": {"SAML:sub_type": "persistent"}},
                  policy=document(allow("rds-db:connect", stock.user_arn("${saml:sub}"))))
        made.role("restricted", {"StringEquals": {"SAML:sub": "dora", "SAML:iss": made.provider.issuer}})
        yield made


@pytest.fixture(name="good")
def _good(federation):
    """A response that is in order."""
    return federation.provider.response("jane")


def test_the_whole_way_with_the_aws_cli(server, stock, aws, tmp_path):
    """Nothing but commands, from the provider's metadata to the session."""
    people = {"jane": tagged("jane", [offer(server, "walk", "walk")])}
    made = idp.Saml(tmp_path, people)
    with contextlib.closing(made) as provider:
        metadata = tmp_path / "metadata.xml"
        metadata.write_text(provider.metadata())
        arn = aws("iam", "create-saml-provider", "--name", "walk", "--saml-metadata-document",
                  f"file://{metadata}")["SAMLProviderArn"]
        assert arn == f"arn:aws:iam::{server.account}:saml-provider/walk"
        role = aws("iam", "create-role", "--role-name", "walk", "--assume-role-policy-document",
                   json.dumps(idp.trust(arn, FOR_AWS, ACTION, "sts:TagSession")))["Role"]["Arn"]
        aws("iam", "put-role-policy", "--role-name", "walk", "--policy-name", "p", "--policy-document",
            json.dumps(stock.may_connect("${aws:PrincipalTag/dbuser}")))
        assertion = tmp_path / "assertion"
        assertion.write_text(idp.as_sent(provider.response("jane")))
        answer = idp.without_keys(server)("sts", "assume-role-with-saml", "--role-arn", role, "--principal-arn", arn,
                                          "--saml-assertion", f"file://{assertion}")
    session_arn = f"arn:aws:sts::{server.account}:assumed-role/walk/jane@example.com"
    assert answer["AssumedRoleUser"]["Arn"] == session_arn
    assert (answer["Subject"], answer["SubjectType"]) == ("jane", "persistent")
    assert (answer["Issuer"], answer["Audience"]) == (provider.issuer, idp.AWS_RECIPIENT)
    qualifier = hashlib.sha1(f"{provider.issuer}{server.account}/walk".encode()).digest()
    assert answer["NameQualifier"] == base64.b64encode(qualifier).decode()
    second = idp.with_session(server, answer["Credentials"])
    assert second("sts", "get-caller-identity")["Arn"] == session_arn
    password = second.text("rds", "generate-db-auth-token", "--hostname", stock.host, "--port", str(stock.port),
                           "--region", server.region, "--username", "jane").strip()
    assert stock.login.psql("jane", password, "SELECT session_user").stdout.strip() == "jane"
    last = server.attempts()[-1]
    assert (last["user"], last["decision"], last["principal_arn"]) == ("jane", "allowed", session_arn)


@pytest.mark.parametrize("role", ["own-user", "by-subject"])
def test_the_assertion_names_the_database_user(server, stock, federation, role):
    """By a session tag, and by the subject."""
    answer = federation.assume(role, federation.provider.response("dora"))
    assert answer["SourceIdentity"] == "dora@example.com"
    principal = idp.principal_of(answer["Credentials"])
    with contextlib.closing(stock.session(principal, "dora")) as session:
        assert session.execute("SELECT session_user").fetchone() == ("dora",)
    last = server.attempts()[-1]
    assert last["principal_arn"] == f"arn:aws:sts::{server.account}:assumed-role/{role}/dora@example.com"
    assert stock.login.refused("jane", stock.token(principal, "jane")) == PAM_REFUSED.format("jane")
    assert server.attempts()[-1]["check"] == "policy"


def test_without_the_tag_nobody_gets_in(stock, federation):
    principal = idp.principal_of(federation.assume("own-user", federation.provider.response("bare"))["Credentials"])
    assert stock.login.refused("jane", stock.token(principal, "jane")) == PAM_REFUSED.format("jane")


def seconds_left(answer):
    left = answer["Credentials"]["Expiration"] - datetime.datetime.now(datetime.UTC)
    return left.total_seconds()


def test_how_long_a_session_lasts(federation, good):
    """As long as the call asks for, an hour without. SessionDuration is for the console's sessions."""
    assert 3000 < seconds_left(federation.assume("own-user", good)) <= 3600
    assert 600 < seconds_left(federation.assume("own-user", good, DurationSeconds=900)) <= 900
    assert federation.refused("own-user", good, DurationSeconds=3601)[::2] == ("ValidationError", 400)


@pytest.mark.parametrize("options", [{"signResponse": True}, {"signResponse": True, "signAssertion": False},
                                     {"signatureNamespacePrefix": "ds"}, {"typedAttributes": False}])
def test_ways_to_sign(federation, options):
    response = federation.provider.response("jane", **options)
    assert federation.assume("own-user", response)["Subject"] == "jane"


def test_the_trust_policy_decides(federation):
    assert federation.assume("restricted", federation.provider.response("dora"))
    assert federation.refused("restricted", federation.provider.response("jane")) == NOT_AUTHORIZED


def test_a_role_that_the_assertion_does_not_offer(federation, good):
    """Not for this person, or not with this provider, or not at all, however the role trusts the provider."""
    federation.role("another", FOR_AWS)
    assert federation.refused("another", good) == NOT_AUTHORIZED
    elsewhere = federation.provider.response("elsewhere")
    assert federation.refused("own-user", elsewhere) == NOT_AUTHORIZED
    assert federation.assume("another", elsewhere)
    code, message, status = federation.refused("own-user", federation.provider.response("roleless"))
    assert (code, status) == ("InvalidIdentityToken", 400) and "Role is required" in message


def test_a_role_that_does_not_trust_the_provider(federation, good):
    federation.iam.update_assume_role_policy(RoleName="own-user", PolicyDocument=json.dumps(
        idp.trust(federation.arn, {"StringEquals": {"SAML:aud": "https://example.com"}}, *FEDERATED)))
    try:
        assert federation.refused("own-user", good) == NOT_AUTHORIZED
    finally:
        federation.iam.update_assume_role_policy(RoleName="own-user", PolicyDocument=json.dumps(
            idp.trust(federation.arn, FOR_AWS, *FEDERATED)))
    assert federation.assume("own-user", good)


def test_tags_need_a_right_of_their_own(server, tmp_path):
    roles = [offer(server, "no-tags", "plain")]
    made = Federation(server, tmp_path, {"jane": tagged("jane", roles), "bare": person("bare", roles)}, "plain")
    with contextlib.closing(made.provider):
        made.register().role("no-tags", FOR_AWS, [ACTION])
        assert made.assume("no-tags", made.provider.response("bare"))
        assert made.refused("no-tags", made.provider.response("jane"))[0] == "AccessDenied"


@pytest.mark.parametrize("who, said", [("nameless", "RoleSessionName"), ("hasty", "SessionDuration"),
                                       ("twice", "PrincipalTag")])
def test_attributes_that_are_not_right(federation, who, said):
    code, message, status = federation.refused("own-user", federation.provider.response(who))
    assert (code, status) == ("InvalidIdentityToken", 400) and said in message


@pytest.mark.parametrize("options, code", [
    ({"signAssertion": False}, "InvalidIdentityToken"),
    ({"signatureAlgorithm": "rsa-sha1", "digestAlgorithm": "sha1"}, "InvalidIdentityToken"),
    ({"signatureAlgorithm": "rsa-sha1"}, "InvalidIdentityToken"),
    ({"digestAlgorithm": "sha1"}, "InvalidIdentityToken"),
    ({"audience": "urn:someone:else"}, "InvalidIdentityToken"),
    ({"audience": None}, "InvalidIdentityToken"),
    ({"recipient": "https://example.com/saml"}, "InvalidIdentityToken"),
    ({"destination": "https://example.com/saml", "signResponse": True}, "InvalidIdentityToken"),
    ({"issuer": "https://idp.example.com"}, "InvalidIdentityToken"),
    ({"samlStatusCode": "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"}, "IDPRejectedClaim"),
])
def test_responses_that_are_refused(federation, options, code):
    answer = federation.refused("own-user", federation.provider.response("jane", **options))
    assert answer[0] == code and answer[2] == (403 if code == "IDPRejectedClaim" else 400), answer


def test_an_encrypted_assertion(federation):
    """Refused as such: there is no key here to decrypt it with."""
    certificate = federation.provider.certificate
    key = idp.public_key(certificate)
    answer = federation.refused("own-user", federation.provider.response("jane", encryptionCert=certificate,
                                                                         encryptionPublicKey=key))
    assert answer == ("InvalidIdentityToken", "Encrypted SAML assertions are not supported", 400)


@pytest.mark.parametrize("clock", [-1800, 1800])
def test_a_response_of_another_time(federation, clock):
    federation.provider.tell(clock=clock)
    try:
        response = federation.provider.response("jane")
    finally:
        federation.provider.tell(clock=0)
    code, _, status = federation.refused("own-user", response)
    assert (code, status) == ("ExpiredTokenException" if clock < 0 else "InvalidIdentityToken", 400)


def test_a_response_of_another_provider_in_the_name_of_ours(server, federation, tmp_path):
    people = {"jane": tagged("jane", [offer(server, "own-user")])}
    impostor = Federation(server, tmp_path, people, issuer=federation.provider.issuer)
    with contextlib.closing(impostor.provider):
        response = impostor.provider.response("jane")
        assert federation.provider.issuer in response
        assert federation.refused("own-user", response)[::2] == ("InvalidIdentityToken", 400)


ASSERTION = re.compile(r"<saml:Assertion.*</saml:Assertion>", re.DOTALL)
SIGNATURE = re.compile(r"<Signature .*?</Signature>", re.DOTALL)


def evil(response):
    """The assertion as an attacker would like it, without a signature."""
    assertion = SIGNATURE.sub("", ASSERTION.search(response).group())
    changed = assertion.replace(">jane<", ">dora<").replace("jane@example.com", "dora@example.com")
    assert changed.count("dora") >= 3
    return changed


def renamed(assertion):
    return re.sub(r' ID="[^"]*"', ' ID="_evil"', assertion, count=1)


def with_assertion(response, text):
    return ASSERTION.sub(lambda _: text, response)


def original(response):
    return ASSERTION.search(response).group()


def inside_object(response):
    """The signed assertion inside an Object of its own signature, which lies in the evil one."""
    signature = SIGNATURE.search(response).group()
    signed = SIGNATURE.sub("", original(response))
    moved = signature.replace("</Signature>", f"<Object>{signed}</Object></Signature>")
    return with_assertion(response, renamed(evil(response)).replace("</saml:Issuer>", "</saml:Issuer>" + moved, 1))


def around(response):
    """The evil assertion holds the signed one, whose signature it shows as its own."""
    return with_assertion(response, renamed(evil(response)).replace(
        "</saml:Assertion>", original(response) + "</saml:Assertion>"))


def in_extensions(response):
    hidden = f"<samlp:Extensions>{original(response)}</samlp:Extensions>"
    return with_assertion(response, renamed(evil(response))).replace("<samlp:Status>", hidden + "<samlp:Status>", 1)


def entities(response):
    """The name comes from an entity that a document type declares."""
    return '<!DOCTYPE r [<!ENTITY who "dora">]>' + response.replace(">jane<", ">&who;<")


FORGERIES = {
    "an attribute altered": lambda response: response.replace("jane@example.com", "dora@example.com"),
    "the subject altered": lambda response: response.replace(">jane</saml:NameID>", ">dora</saml:NameID>"),
    "a role added": lambda response: response.replace("role/own-user,", "role/another,"),
    "a comment in the subject": lambda response: response.replace(">jane</saml:NameID>", ">ja<!-- -->ne</saml:NameID>"),
    "the signature removed": lambda response: SIGNATURE.sub("", response),
    "the digest altered": lambda response: re.sub("<DigestValue>..", "<DigestValue>AA", response),
    "the signature altered": lambda response: re.sub("<SignatureValue>....", "<SignatureValue>AAAA", response),
    "the issuer altered": lambda response: response.replace("/metadata</saml:Issuer>", "/other</saml:Issuer>"),
    "wrapping: before": lambda response: with_assertion(response, renamed(evil(response)) + original(response)),
    "wrapping: behind": lambda response: with_assertion(response, original(response) + renamed(evil(response))),
    "wrapping: the same id": lambda response: with_assertion(response, evil(response) + original(response)),
    "wrapping: around": around,
    "wrapping: in an object of the signature": inside_object,
    "wrapping: in extensions": in_extensions,
    "wrapping: an assertion alone": original,
    "a document type": entities,
    "not XML": lambda response: response[:-20],
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_responses(federation, good, forgery):
    assert federation.assume("own-user", good)
    forged = FORGERIES[forgery](good)
    assert forged != good
    code, message, status = federation.refused("own-user", forged)
    assert (code, status) == ("InvalidIdentityToken", 400), message
    assert re.search("<SignatureValue>(.{40})", good).group(1) not in message


def test_what_is_no_base64(federation, good):
    words = federation.words("own-user", good)
    assert refused(federation.sts.assume_role_with_saml, **words | {"SAMLAssertion": "<" + good})[::2] == (
        "InvalidIdentityToken", 400)
    broken = "\n".join(re.findall(".{1,76}", words["SAMLAssertion"]))
    assert federation.sts.assume_role_with_saml(**words | {"SAMLAssertion": broken})


def test_a_provider_that_is_not_there(federation, server, good):
    words = federation.words("own-user", good) | {"PrincipalArn": f"arn:aws:iam::{server.account}:saml-provider/nobody"}
    assert refused(federation.sts.assume_role_with_saml, **words)[::2] == ("InvalidIdentityToken", 400)


def test_new_certificates_and_the_end(server, stock, tmp_path):
    """Metadata with a new certificate replaces the old one; without a provider there is no new session."""
    (tmp_path / "new").mkdir()
    people = {"jane": tagged("jane", [offer(server, "turning", "turning")])}
    old = Federation(server, tmp_path, people, "turning").register()
    new = Federation(server, tmp_path / "new", people, "turning", issuer=old.provider.issuer)
    with contextlib.closing(old.provider), contextlib.closing(new.provider):
        old.role("turning", FOR_AWS, policy=stock.may_connect("jane"))
        session = idp.principal_of(old.assume("turning", old.provider.response("jane"))["Credentials"])
        assert new.refused("turning", new.provider.response("jane"))[0] == "InvalidIdentityToken"
        old.iam.update_saml_provider(SAMLProviderArn=old.arn, SAMLMetadataDocument=new.provider.metadata())
        assert new.assume("turning", new.provider.response("jane"))
        assert old.refused("turning", old.provider.response("jane"))[0] == "InvalidIdentityToken"
        old.iam.delete_saml_provider(SAMLProviderArn=old.arn)
        assert new.refused("turning", new.provider.response("jane"))[::2] == ("InvalidIdentityToken", 400)
    with contextlib.closing(stock.session(session, "jane")) as alive:  # as on AWS, until it expires
        assert alive.execute("SELECT session_user").fetchone() == ("jane",)


def test_a_providers_record(federation, server):
    found = federation.iam.get_saml_provider(SAMLProviderArn=federation.arn)
    assert found["SAMLMetadataDocument"] == federation.provider.metadata()
    assert found["CreateDate"] and found["ValidUntil"]
    listed = federation.iam.list_saml_providers()["SAMLProviderList"]
    assert federation.arn in [one["Arn"] for one in listed]
    metadata = federation.provider.metadata()
    create = federation.iam.create_saml_provider
    assert refused(create, Name=PROVIDER, SAMLMetadataDocument=metadata)[0] == "EntityAlreadyExists"
    without = re.sub("<KeyDescriptor.*</KeyDescriptor>", " " * 1000, metadata, flags=re.DOTALL)
    assert refused(create, Name="x", SAMLMetadataDocument=without)[::2] == ("InvalidInput", 400)
    hostile = '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + metadata
    assert refused(create, Name="x", SAMLMetadataDocument=hostile)[::2] == ("InvalidInput", 400)
    unknown = f"arn:aws:iam::{server.account}:saml-provider/nobody"
    assert refused(federation.iam.get_saml_provider, SAMLProviderArn=unknown)[::2] == ("NoSuchEntity", 404)


def test_no_assertion_is_in_the_log(server, federation, good):
    assert federation.assume("own-user", good)
    value = re.search("<SignatureValue>(.{40})", good).group(1)
    assert value not in server.said() and idp.as_sent(good)[:60] not in server.said()
