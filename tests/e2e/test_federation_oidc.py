"""AssumeRoleWithWebIdentity with tokens of a real OpenID Connect provider, up to sessions of PostgreSQL."""

import contextlib
import json
import sys
import urllib.parse

import pytest

from support import identity_providers as idp
from support.api import refused, send
from support.aws import allow, client, document
from support.login import PAM_REFUSED
from support.server import clean_environment, run

TAGS = "https://aws.amazon.com/tags"
ACTION = "sts:AssumeRoleWithWebIdentity"
FEDERATED = (ACTION, "sts:TagSession", "sts:SetSourceIdentity")
PEOPLE = {
    "plain": {},
    "stranger": {},
    "jane": {TAGS: {"principal_tags": {"dbuser": ["jane"]}, "transitive_tag_keys": ["dbuser"]}},
    "dora": {TAGS: {"principal_tags": {"dbuser": ["dora"]}},
             "https://aws.amazon.com/source_identity": "dora@example.com"},
    "greedy": {TAGS: {"principal_tags": {"dbuser": ["jane", "dora"]}}},
}
NOT_AUTHORIZED = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)


class Federation:
    """A provider, its registration, and roles for those whom it vouches for."""

    def __init__(self, server, directory, issuer=None):
        self.server = server
        self.provider = idp.Openid(directory, PEOPLE, issuer)
        self.iam = client(server, "iam")
        self.sts = client(server, "sts")
        self.arn = None

    def register(self, **other):
        facts = {"Url": self.provider.issuer, "ClientIDList": ["orders", "orders-ec"],
                 "ThumbprintList": [self.provider.thumbprint]} | other
        given = {name: value for name, value in facts.items() if value is not None}
        self.arn = self.iam.create_open_id_connect_provider(**given)["OpenIDConnectProviderArn"]
        return self

    def role(self, name, condition, actions=FEDERATED, policy=None):
        """The ARN of a role that trusts the provider under that condition."""
        document_of_trust = json.dumps(idp.trust(self.arn, condition, *actions))
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document_of_trust)["Role"]["Arn"]
        if policy:
            self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        return arn

    def key(self, name):
        return f"{self.provider.host}:{name}"

    def assume(self, role, token, **more):
        return self.sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="ci-42", WebIdentityToken=token,
                                                      **more)

    def refused(self, role, token, **more):
        return refused(self.sts.assume_role_with_web_identity, RoleArn=role, RoleSessionName="ci-42",
                       WebIdentityToken=token, **more)


@pytest.fixture(scope="module")
def federation(server, tmp_path_factory):
    made = Federation(server, tmp_path_factory.mktemp("openid"))
    with contextlib.closing(made.provider):
        yield made.register()


@pytest.fixture
def another(server, tmp_path):
    """Makes further providers, not registered yet."""
    with contextlib.ExitStack() as stack:
        def make(issuer=None):
            directory = tmp_path / str(len(list(tmp_path.iterdir())))
            directory.mkdir()
            made = Federation(server, directory, issuer)
            stack.callback(made.provider.close)
            return made
        yield make


@pytest.fixture(scope="module")
def own_user(federation, stock):
    """A role that connects as the database user that the token's tag names."""
    own = stock.user_arn("${aws:PrincipalTag/dbuser}")
    return federation.role("own-user", {"StringEquals": {federation.key("aud"): ["orders", "orders-ec"]}},
                           policy=document(allow("rds-db:connect", own)))


@pytest.fixture(scope="module")
def only_plain(federation):
    """A role for one subject and one audience."""
    return federation.role("only-plain", {"StringEquals": {federation.key("aud"): "orders",
                                                           federation.key("sub"): "plain"}})


@pytest.mark.parametrize("audience", ["orders", "orders-ec"])
def test_the_whole_way_with_the_aws_cli(server, stock, aws, another, audience):
    """Nothing but commands, with an RS256 and an ES256 token."""
    provider = another().provider
    made = aws("iam", "create-open-id-connect-provider", "--url", provider.issuer, "--client-id-list", audience,
               "--thumbprint-list", provider.thumbprint)["OpenIDConnectProviderArn"]
    assert made == f"arn:aws:iam::{server.account}:oidc-provider/{provider.host}"
    condition = {"StringEquals": {f"{provider.host}:aud": audience, f"{provider.host}:sub": "plain"}}
    name = f"walk-{audience}"
    role = aws("iam", "create-role", "--role-name", name, "--assume-role-policy-document",
               json.dumps(idp.trust(made, condition, ACTION)))["Role"]["Arn"]
    aws("iam", "put-role-policy", "--role-name", name, "--policy-name", "p", "--policy-document",
        json.dumps(stock.may_connect("jane")))
    token = provider.id_token("plain", audience)
    answer = idp.without_keys(server)("sts", "assume-role-with-web-identity", "--role-arn", role,
                                      "--role-session-name", "ci-42", "--web-identity-token", token)
    session_arn = f"arn:aws:sts::{server.account}:assumed-role/{name}/ci-42"
    assert answer["AssumedRoleUser"]["Arn"] == session_arn
    assert answer["AssumedRoleUser"]["AssumedRoleId"].startswith("AROA")
    assert answer["SubjectFromWebIdentityToken"] == "plain" and answer["Audience"] == audience
    assert answer["Provider"] == made
    second = idp.with_session(server, answer["Credentials"])
    assert second("sts", "get-caller-identity")["Arn"] == session_arn
    password = second.text("rds", "generate-db-auth-token", "--hostname", stock.host, "--port", str(stock.port),
                           "--region", server.region, "--username", "jane").strip()
    assert stock.login.psql("jane", password, "SELECT session_user").stdout.strip() == "jane"
    last = server.attempts()[-1]
    assert (last["user"], last["decision"], last["principal_arn"]) == ("jane", "allowed", session_arn)
    assert last["access_key_id"] == answer["Credentials"]["AccessKeyId"]


def file_environment(server, role, directory, token):
    """What a CI job or a pod has: a file with the token, and the role's name."""
    file = directory / "token"
    file.write_text(token)
    return {"AWS_WEB_IDENTITY_TOKEN_FILE": str(file), "AWS_ROLE_ARN": role, "AWS_ROLE_SESSION_NAME": "job-7",
            "AWS_ENDPOINT_URL": server.url, "AWS_DEFAULT_REGION": server.region}


BOTO3 = """
import boto3, sys
print(boto3.client("sts").get_caller_identity()["Arn"])
print(boto3.client("rds").generate_db_auth_token(DBHostname=sys.argv[1], Port=int(sys.argv[2]), DBUsername="jane"))
"""


def test_boto3_finds_the_token_itself(server, stock, federation, own_user, tmp_path):
    variables = file_environment(server, own_user, tmp_path, federation.provider.id_token("jane"))
    done = run([sys.executable, "-c", BOTO3, stock.host, stock.port],
               clean_environment(server.user_home) | variables)
    arn, password = done.stdout.split()
    assert arn == f"arn:aws:sts::{server.account}:assumed-role/own-user/job-7"
    assert stock.login.psql("jane", password, "SELECT session_user").stdout.strip() == "jane"


def test_the_aws_cli_finds_the_token_itself(server, stock, federation, own_user, tmp_path):
    variables = file_environment(server, own_user, tmp_path, federation.provider.id_token("jane", "orders-ec"))
    password = idp.without_keys(server, **variables).text(
        "rds", "generate-db-auth-token", "--hostname", stock.host, "--port", str(stock.port), "--username", "jane")
    assert stock.login.psql("jane", password.strip(), "SELECT session_user").stdout.strip() == "jane"


def test_a_tag_of_the_token_names_the_database_user(server, stock, federation, own_user):
    answer = federation.assume(own_user, federation.provider.id_token("dora"))
    assert answer["SourceIdentity"] == "dora@example.com"
    principal = idp.principal_of(answer["Credentials"])
    with contextlib.closing(stock.session(principal, "dora")) as session:
        assert session.execute("SELECT session_user").fetchone() == ("dora",)
    last = server.attempts()[-1]
    assert last["principal_arn"] == f"arn:aws:sts::{server.account}:assumed-role/own-user/ci-42"
    assert stock.login.refused("jane", stock.token(principal, "jane")) == PAM_REFUSED.format("jane")
    last = server.attempts()[-1]
    assert (last["decision"], last["check"]) == ("refused", "policy")


def test_a_policy_of_the_role_asks_who_it_was(stock, federation):
    """The token's subject and provider stay with the session."""
    arn = stock.user_arn(f"${{{federation.key('sub')}}}")
    policy = document(allow("rds-db:connect", arn) | {"Condition": {"StringEquals": {
        "aws:FederatedProvider": federation.arn, federation.key("aud"): "orders"}}})
    role = federation.role("by-subject", {"StringEquals": {federation.key("aud"): ["orders", "orders-ec"]}},
                           policy=policy)
    jane = idp.principal_of(federation.assume(role, federation.provider.id_token("jane"))["Credentials"])
    with contextlib.closing(stock.session(jane, "jane")) as session:
        assert session.execute("SELECT session_user").fetchone() == ("jane",)
    assert stock.login.refused("dora", stock.token(jane, "dora")) == PAM_REFUSED.format("dora")
    other = federation.provider.id_token("jane", "orders-ec")
    other_audience = idp.principal_of(federation.assume(role, other)["Credentials"])
    assert stock.login.refused("jane", stock.token(other_audience, "jane")) == PAM_REFUSED.format("jane")


def test_sessions_outlive_a_restart(server, stock, federation, own_user):
    """Of the server, whose keys of providers are fetched again."""
    token = federation.provider.id_token("jane")
    before = idp.principal_of(federation.assume(own_user, token)["Credentials"])
    server.restart()
    stock.until_it_answers()
    after = idp.principal_of(federation.assume(own_user, token)["Credentials"])
    for principal in (before, after):
        with contextlib.closing(stock.session(principal, "jane")) as session:
            assert session.execute("SELECT session_user").fetchone() == ("jane",)


def test_without_the_tag_nobody_gets_in(stock, federation, own_user):
    principal = idp.principal_of(federation.assume(own_user, federation.provider.id_token("plain"))["Credentials"])
    assert stock.login.refused("jane", stock.token(principal, "jane")) == PAM_REFUSED.format("jane")


def test_a_tag_with_two_values_is_no_tag(federation, own_user):
    code, message, status = federation.refused(own_user, federation.provider.id_token("greedy"))
    assert (code, status) == ("InvalidIdentityToken", 400) and message


def test_tags_need_a_right_of_their_own(federation):
    role = federation.role("no-tags", {"StringEquals": {federation.key("aud"): "orders"}}, [ACTION])
    assert federation.assume(role, federation.provider.id_token("plain"))
    assert federation.refused(role, federation.provider.id_token("jane"))[0] == "AccessDenied"
    assert federation.refused(role, federation.provider.id_token("dora"))[0] == "AccessDenied"


def test_a_session_policy_narrows(stock, federation, own_user):
    policy = json.dumps(stock.may_connect("dora"))
    token = federation.provider.id_token("jane")
    narrowed = idp.principal_of(federation.assume(own_user, token, Policy=policy)["Credentials"])
    assert stock.login.refused("jane", stock.token(narrowed, "jane")) == PAM_REFUSED.format("jane")


def test_the_trust_policy_names_audience_and_subject(federation, only_plain):
    provider = federation.provider
    assert federation.assume(only_plain, provider.id_token("plain"))
    assert federation.refused(only_plain, provider.id_token("stranger")) == NOT_AUTHORIZED
    assert federation.refused(only_plain, provider.id_token("plain", "orders-ec")) == NOT_AUTHORIZED
    for wrong in ("nobody", "only-plain/x"):
        arn = only_plain.replace("only-plain", wrong)
        assert federation.refused(arn, provider.id_token("plain")) == NOT_AUTHORIZED


def test_a_refusal_leaves_an_event_with_its_reason(server, federation, only_plain):
    """Who it was as the provider says, and the condition of the trust policy that failed."""
    federation.refused(only_plain, federation.provider.id_token("stranger"))
    events = client(server, "cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": "stranger"}])["Events"]
    event = json.loads(events[0]["CloudTrailEvent"])
    assert (event["eventName"], event["errorCode"]) == ("AssumeRoleWithWebIdentity", "AccessDenied")
    assert event["userIdentity"] == {
        "type": "WebIdentityUser", "principalId": f"{federation.arn}:orders:stranger", "userName": "stranger",
        "identityProvider": federation.arn}
    trail = json.dumps(event["additionalEventData"]["authorization"])
    assert '"key": "' + federation.key("sub") + '", "wanted": ["plain"]' in trail and '"seen": ["stranger"]' in trail
    assert "eyJ" not in events[0]["CloudTrailEvent"]


def test_subjects_are_matched_by_pattern(federation):
    role = federation.role("pattern", {"StringLike": {federation.key("sub"): "pl?in*"}})
    assert federation.assume(role, federation.provider.id_token("plain"))
    assert federation.refused(role, federation.provider.id_token("stranger")) == NOT_AUTHORIZED


def test_an_audience_that_is_not_registered(federation, own_user):
    token = federation.provider.id_token("plain", "strangers")
    assert federation.refused(own_user, token) == ("InvalidIdentityToken", "Incorrect token audience", 400)
    federation.iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=federation.arn,
                                                             ClientID="strangers")
    role = federation.role("strangers", {"StringEquals": {federation.key("aud"): "strangers"}})
    assert federation.assume(role, token)["Audience"] == "strangers"
    federation.iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=federation.arn,
                                                                  ClientID="strangers")
    assert federation.refused(role, token)[0] == "InvalidIdentityToken"


def test_an_expired_token(federation, only_plain):
    federation.provider.tell(clock=-1800)
    try:
        token = federation.provider.id_token("plain")
    finally:
        federation.provider.tell(clock=0)
    code, message, status = federation.refused(only_plain, token)
    assert (code, status) == ("ExpiredTokenException", 400) and message.startswith("Token expired")


def end_of_signature_changed(token):
    """The signature with one of its first letters changed, so that it stays base64url."""
    head, dot, signature = token.rpartition(".")
    return head + dot + ("B" if signature[0] == "A" else "A") + signature[1:]


FORGERIES = {
    "signature altered": end_of_signature_changed,
    "signature cut off": lambda token: token.rpartition(".")[0] + ".",
    "alg PS256": lambda token: idp.with_header(token, token.rpartition(".")[2], alg="PS256"),
    "subject altered": lambda token: idp.with_claims(token, sub="plain"),
    "tags added": lambda token: idp.with_claims(token, **{TAGS: {"principal_tags": {"dbuser": ["jane"]}}}),
    "alg none": lambda token: idp.with_header(token, "", alg="none"),
    "alg None with a signature": lambda token: idp.with_header(token, token.rpartition(".")[2], alg="None"),
    "alg HS256": lambda token: idp.with_header(token, token.rpartition(".")[2], alg="HS256"),
    "two parts": lambda token: token.rpartition(".")[0],
    "four parts": lambda token: token + ".x",
    "no token": lambda token: "not a token",
}


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("audience", ["orders", "orders-ec"])
def test_forged_tokens(federation, own_user, forgery, audience):
    token = federation.provider.id_token("stranger", audience)
    assert federation.assume(own_user, token)
    forged = FORGERIES[forgery](token)
    assert forged != token
    code, message, status = federation.refused(own_user, forged)
    assert (code, status) == ("InvalidIdentityToken", 400), message
    assert token.rpartition(".")[2] not in message


def test_a_token_of_an_issuer_that_nobody_registered(federation, another, only_plain):
    stranger = another()
    told = federation.refused(only_plain, stranger.provider.id_token("plain"))
    assert told == ("InvalidIdentityToken",
                    f"No OpenIDConnect provider found in your account for {stranger.provider.issuer}", 400)


def test_a_token_of_another_provider_in_the_name_of_ours(federation, another, only_plain):
    impostor = another(issuer=federation.provider.issuer)
    token = impostor.provider.id_token("plain")
    assert idp.claims_of(token)["iss"] == federation.provider.issuer
    assert federation.refused(only_plain, token)[::2] == ("InvalidIdentityToken", 400)


def test_a_provider_serves_its_own_roles_alone(federation, another, only_plain):
    """Registered, but not the provider that the role trusts."""
    second = another().register()
    assert federation.refused(only_plain, second.provider.id_token("plain")) == NOT_AUTHORIZED


def test_the_thumbprint_must_be_the_servers(another):
    """Not cached either: what was fetched under another thumbprint is not used."""
    second = another().register()
    role = second.role("thumbprint", {"StringEquals": {second.key("aud"): "orders"}})
    token = second.provider.id_token("plain")
    assert second.assume(role, token)
    second.iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=second.arn,
                                                          ThumbprintList=["0123456789abcdef" * 2 + "01234567"])
    code, message, status = second.refused(role, token)
    assert (code, status) == ("InvalidIdentityToken", 400)
    assert message == "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
    second.iam.update_open_id_connect_provider_thumbprint(
        OpenIDConnectProviderArn=second.arn, ThumbprintList=["0" * 40, second.provider.thumbprint.upper()])
    assert second.assume(role, token)


def test_without_a_thumbprint_the_machines_authorities_count(another):
    """And they do not vouch for this server."""
    second = another().register(ThumbprintList=None)
    assert second.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=second.arn)["ThumbprintList"] == []
    role = second.role("no-thumbprint", {"StringEquals": {second.key("aud"): "orders"}})
    code, message, status = second.refused(role, second.provider.id_token("plain"))
    assert (code, status) == ("InvalidIdentityToken", 400)
    assert message == "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"


def test_a_provider_that_does_not_answer(another):
    second = another().register()
    role = second.role("silent", {"StringEquals": {second.key("aud"): "orders"}})
    token = second.provider.id_token("plain")
    second.provider.close()
    assert second.refused(role, token)[::2] == ("IDPCommunicationError", 400)


def test_a_provider_that_is_deleted(another, server, stock):
    second = another().register()
    role = second.role("deleted", {"StringEquals": {second.key("aud"): "orders"}}, policy=stock.may_connect("jane"))
    token = second.provider.id_token("plain")
    before = idp.principal_of(second.assume(role, token)["Credentials"])
    second.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=second.arn)
    assert second.refused(role, token)[::2] == ("InvalidIdentityToken", 400)
    with contextlib.closing(stock.session(before, "jane")) as session:  # as on AWS, until it expires
        assert session.execute("SELECT session_user").fetchone() == ("jane",)
    assert client(server, "sts", before).get_caller_identity()["Arn"].endswith("/deleted/ci-42")


def test_new_signing_keys_are_fetched_when_they_are_needed(another):
    second = another().register()
    role = second.role("rotated", {"StringEquals": {second.key("aud"): ["orders", "orders-ec"]}})
    old = second.provider.id_token("plain")
    assert second.assume(role, old)
    second.provider.tell(rotate=True)
    new = second.provider.id_token("plain")
    assert idp.decoded(new.split(".")[0])["kid"] != idp.decoded(old.split(".")[0])["kid"]
    assert second.assume(role, new)
    assert second.assume(role, old), "its key is still published"
    assert second.assume(role, second.provider.id_token("plain", "orders-ec"))


def test_no_token_is_in_the_log(server, federation, only_plain):
    token = federation.provider.id_token("plain")
    assert federation.assume(only_plain, token)
    assert federation.refused(only_plain, end_of_signature_changed(token))
    assert token.split(".")[1] not in server.said() and token.split(".")[2] not in server.said()


def test_a_request_by_hand_needs_no_signature(server, federation, only_plain):
    body = urllib.parse.urlencode({"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15",
                                   "RoleArn": only_plain, "RoleSessionName": "by-hand",
                                   "WebIdentityToken": federation.provider.id_token("plain")})
    status, code, _, _ = send(server, body, {"content-type": "application/x-www-form-urlencoded"})
    assert (status, code) == (200, None)


def test_a_providers_record(another, server):
    second = another().register(Tags=[{"Key": "team", "Value": "ci"}])
    found = second.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=second.arn)
    assert found["Url"] == second.provider.host and found["ClientIDList"] == ["orders", "orders-ec"]
    assert found["ThumbprintList"] == [second.provider.thumbprint] and found["CreateDate"]
    assert found["Tags"] == [{"Key": "team", "Value": "ci"}]
    listed = second.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert second.arn in [one["Arn"] for one in listed]
    assert refused(second.iam.create_open_id_connect_provider, Url=second.provider.issuer, ClientIDList=["x"],
                   ThumbprintList=["0" * 40])[0] == "EntityAlreadyExists"
    assert refused(second.iam.create_open_id_connect_provider, Url=second.provider.issuer.replace("https", "http"),
                   ClientIDList=["x"], ThumbprintList=["0" * 40])[::2] == ("ValidationError", 400)
    second.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=second.arn)
    assert refused(second.iam.get_open_id_connect_provider, OpenIDConnectProviderArn=second.arn)[::2] == (
        "NoSuchEntity", 404)
