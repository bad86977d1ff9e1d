"""Applications of IAM Identity Center: who they are in IAM, and in which ways they get tokens for people."""

import contextlib
import json
import urllib.parse

import botocore.exceptions
import pytest

from support import aws
from support.identity_providers import Openid
from test_identity_center import Center, authorize
from test_identity_center import refusal as refused

PROVIDER = "arn:aws:sso::aws:applicationProvider/custom"
CONTEXT = "arn:aws:iam::aws:contextProvider/IdentityCenter"
JWT, EXCHANGE = ("urn:ietf:params:oauth:grant-type:" + name for name in ("jwt-bearer", "token-exchange"))
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
CALLBACK = "https://app.example/callback"


def arn_of(center, principal):
    return f"arn:aws:iam::{center.server.account}:user/{principal.name}"


class Application:
    """An application that a role of its own proves."""

    def __init__(self, center, name, *grants, scopes=("sso:account:access",)):
        self.center, self.admin = center, center.admin
        self.arn = center.admin.create_application(InstanceArn=center.instance, Name=name,
                                                   ApplicationProviderArn=PROVIDER)["ApplicationArn"]
        self.principal = center.stock.principal(f"app-{name}", aws.document(
            aws.allow("sso-oauth:CreateTokenWithIAM", self.arn)))
        self.trust(self.principal)
        for grant, options in grants:
            self.admin.put_application_grant(ApplicationArn=self.arn, GrantType=grant, Grant=options)
        for scope in scopes:
            self.admin.put_application_access_scope(ApplicationArn=self.arn, Scope=scope)

    def trust(self, principal):
        policy = aws.document(aws.allow("sso-oauth:CreateTokenWithIAM", "*")
                              | {"Principal": {"AWS": arn_of(self.center, principal)}})
        self.admin.put_application_authentication_method(
            ApplicationArn=self.arn, AuthenticationMethodType="IAM", AuthenticationMethod={"Iam": {"ActorPolicy": policy}})
        return policy

    def assign(self, user_id):
        self.admin.create_application_assignment(ApplicationArn=self.arn, PrincipalId=user_id, PrincipalType="USER")

    def tokens(self, principal=None, **wanted):
        return aws.client(self.center.server, "sso-oidc", principal or self.principal).create_token_with_iam(
            clientId=self.arn, **wanted)


@pytest.fixture(scope="module")
def center(stock):
    return Center(stock)


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with contextlib.closing(Openid(tmp_path_factory.mktemp("issuer"), {"nora": {}, "olga": {}, "pia": {}})) as running:
        yield running


@pytest.fixture(scope="module")
def issuer(center, provider):
    """The provider as a trusted token issuer; its authority is known by the account's registration."""
    center.stock.iam.create_open_id_connect_provider(Url=provider.issuer, ClientIDList=["orders"],
                                                     ThumbprintList=[provider.thumbprint])
    return center.admin.create_trusted_token_issuer(
        InstanceArn=center.instance, Name="company", TrustedTokenIssuerType="OIDC_JWT",
        TrustedTokenIssuerConfiguration={"OidcJwtConfiguration": {
            "IssuerUrl": provider.issuer, "ClaimAttributePath": "sub", "IdentityStoreAttributePath": "userName",
            "JwksRetrievalOption": "OPEN_ID_DISCOVERY"}})["TrustedTokenIssuerArn"]


def by_jwt(issuer):
    return JWT, {"JwtBearer": {"AuthorizedTokenIssuers": [{"TrustedTokenIssuerArn": issuer,
                                                          "AuthorizedAudiences": ["orders"]}]}}


@pytest.fixture(scope="module")
def exchanger(center, issuer):
    center.somebody("nora")
    application = Application(center, "exchanger", by_jwt(issuer), ("refresh_token", {"RefreshToken": {}}))
    application.assign(center.user_id("nora"))
    return application


def test_a_token_of_the_companys_becomes_a_login_to_a_database(center, provider, exchanger):
    tokens = exchanger.tokens(grantType=JWT, assertion=provider.id_token("nora"))
    assert tokens["tokenType"] == "Bearer" and tokens["issuedTokenType"] == ACCESS_TOKEN
    assert tokens["scope"] == ["openid", "aws", "sts:identity_context", "sso:account:access"]
    principal = center.credentials(tokens["accessToken"])
    with contextlib.closing(center.stock.session(principal, "jane")) as session:
        assert session.execute("SELECT current_user").fetchone() == ("jane",)
    renewed = exchanger.tokens(grantType="refresh_token", refreshToken=tokens["refreshToken"])
    assert center.credentials(renewed["accessToken"])
    assert refused(center.credentials, tokens["accessToken"]) == "UnauthorizedException"


def test_an_assertion_is_good_once_for_those_it_is_for(center, provider, exchanger, issuer):
    assertion = provider.id_token("nora")
    exchanger.tokens(grantType=JWT, assertion=assertion)
    for wrong in (assertion, assertion[:-4] + "AAAA", provider.id_token("nora", "strangers"), "x.y.z",
                  provider.id_token("olga")):
        assert refused(exchanger.tokens, grantType=JWT, assertion=wrong) == "InvalidGrantException"
    stranger = Application(center, "stranger")
    assert refused(stranger.tokens, grantType=JWT, assertion=provider.id_token("nora")) == "UnauthorizedClientException"
    assert refused(stranger.tokens, grantType="refresh_token", refreshToken="x") == "UnauthorizedClientException"


def test_who_is_the_application(center, provider, exchanger):
    """Its own policy names its callers; theirs may forbid it; nobody else gets a token, whatever they may do."""
    assertion = provider.id_token("nora")
    other = center.stock.principal("app-other", aws.document(aws.allow("sso-oauth:*", "*")))
    assert refused(exchanger.tokens, other, grantType=JWT, assertion=assertion) == "AccessDeniedException"
    barred = center.stock.principal("app-barred", aws.document(aws.deny("sso-oauth:CreateTokenWithIAM", "*")))
    exchanger.trust(barred)
    assert refused(exchanger.tokens, barred, grantType=JWT, assertion=assertion) == "AccessDeniedException"
    assert refused(exchanger.tokens, grantType=JWT, assertion=assertion) == "AccessDeniedException"
    exchanger.admin.delete_application_authentication_method(ApplicationArn=exchanger.arn,
                                                             AuthenticationMethodType="IAM")
    assert refused(exchanger.tokens, grantType=JWT, assertion=assertion) == "AccessDeniedException"
    with pytest.raises(botocore.exceptions.ClientError):
        exchanger.admin.put_application_authentication_method(
            ApplicationArn=exchanger.arn, AuthenticationMethodType="IAM", AuthenticationMethod={"Iam": {"ActorPolicy": aws.document(
                aws.allow("sso-oauth:*", "*") | {"Principal": {"AWS": "*"}, "Condition": None})}})
    kept = exchanger.trust(exchanger.principal)
    shown = exchanger.admin.get_application_authentication_method(ApplicationArn=exchanger.arn,
                                                                  AuthenticationMethodType="IAM")
    assert shown["AuthenticationMethod"]["Iam"]["ActorPolicy"] == kept
    assert exchanger.tokens(grantType=JWT, assertion=assertion)["accessToken"]
    gone = exchanger.arn[:-1] + ("0" if exchanger.arn[-1] != "0" else "1")
    client = aws.client(center.server, "sso-oidc", exchanger.principal)
    assert refused(client.create_token_with_iam, clientId=gone, grantType=JWT, assertion="x") == "InvalidClientException"
    anonymous = aws.client(center.server, "sso-oidc", aws.Principal("AKIAIOSFODNN7EXAMPLE", "nonsense"))
    with pytest.raises(botocore.exceptions.ClientError):
        anonymous.create_token_with_iam(clientId=exchanger.arn, grantType=JWT, assertion=assertion)


def test_scopes_bound_what_a_token_is_good_for(center, provider, exchanger):
    narrow = exchanger.tokens(grantType=JWT, assertion=provider.id_token("nora"), scope=["openid"])
    assert narrow["scope"] == ["openid"] and "awsAdditionalDetails" not in narrow
    assert refused(center.credentials, narrow["accessToken"]) == "UnauthorizedException"
    assert refused(exchanger.tokens, grantType="refresh_token", refreshToken=narrow["refreshToken"],
                   scope=["sso:account:access"]) == "InvalidScopeException"
    assert refused(exchanger.tokens, grantType=JWT, assertion=provider.id_token("nora"), scope=["more:than:this"]) == \
        "InvalidScopeException"


def test_nobody_keeps_what_they_were_taken(center, provider, exchanger):
    """Assignments, the application and the person are asked for whenever tokens are given, and by the portal."""
    tokens = exchanger.tokens(grantType=JWT, assertion=provider.id_token("nora"))
    assert center.credentials(tokens["accessToken"])
    nora = {"ApplicationArn": exchanger.arn, "PrincipalId": center.user_id("nora"), "PrincipalType": "USER"}
    center.admin.delete_application_assignment(**nora)
    assert refused(center.credentials, tokens["accessToken"]) == "UnauthorizedException"
    assert refused(exchanger.tokens, grantType=JWT, assertion=provider.id_token("nora")) == "AccessDeniedException"
    assert refused(exchanger.tokens, grantType="refresh_token", refreshToken=tokens["refreshToken"]) == \
        "AccessDeniedException"
    center.admin.create_application_assignment(**nora)
    center.admin.update_application(ApplicationArn=exchanger.arn, Status="DISABLED")
    assert refused(exchanger.tokens, grantType=JWT, assertion=provider.id_token("nora")) == "AccessDeniedException"
    center.admin.update_application(ApplicationArn=exchanger.arn, Status="ENABLED")
    center.somebody("olga")
    assert refused(exchanger.tokens, grantType=JWT, assertion=provider.id_token("olga")) == "AccessDeniedException"
    center.admin.put_application_assignment_configuration(ApplicationArn=exchanger.arn, AssignmentRequired=False)
    assert exchanger.tokens(grantType=JWT, assertion=provider.id_token("olga"))
    center.admin.put_application_assignment_configuration(ApplicationArn=exchanger.arn, AssignmentRequired=True)


def test_a_session_knows_for_whom_the_application_acts(center, provider, exchanger):
    """The context of the answer, handed to AssumeRole: policies and the record of logins name the person."""
    context = exchanger.tokens(grantType=JWT, assertion=provider.id_token("nora"))["awsAdditionalDetails"]["identityContext"]
    nora = center.user_id("nora")
    trust = aws.document({"Effect": "Allow", "Principal": {"AWS": arn_of(center, exchanger.principal)},
                          "Action": ["sts:AssumeRole", "sts:SetContext"]})
    iam = center.stock.iam
    role = iam.create_role(RoleName="for-people", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="for-people", PolicyName="own", PolicyDocument=json.dumps(aws.document(
        aws.allow("rds-db:connect", "*") | {"Condition": {"StringEquals": {"identitystore:UserId": nora}}})))
    iam.put_user_policy(UserName="app-exchanger", PolicyName="assume", PolicyDocument=json.dumps(aws.document(
        aws.allow(["sts:AssumeRole", "sts:SetContext"], role))))
    sts = aws.client(center.server, "sts", exchanger.principal)

    def assumed(*contexts):
        given = sts.assume_role(RoleArn=role, RoleSessionName="app", **({"ProvidedContexts": list(contexts)} if contexts else {}))
        keys = given["Credentials"]
        return aws.Principal(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    identity = {"ProviderArn": CONTEXT, "ContextAssertion": context}
    center.stock.session(assumed(identity), "jane").close()
    assert center.stock.login.refused("jane", center.stock.token(assumed(), "jane"))
    assert refused(assumed, identity | {"ContextAssertion": context[:-4] + "AAAA"}) == "InvalidParameterValue"
    assert refused(assumed, identity | {"ProviderArn": "arn:aws:iam::aws:contextProvider/Other"}) == "ValidationError"
    assigned = {"ApplicationArn": exchanger.arn, "PrincipalId": nora, "PrincipalType": "USER"}
    center.admin.delete_application_assignment(**assigned)
    assert refused(assumed, identity) == "InvalidParameterValue"
    center.admin.create_application_assignment(**assigned)
    center.stock.session(assumed(identity), "jane").close()
    without = aws.document({"Effect": "Allow", "Principal": {"AWS": arn_of(center, exchanger.principal)}, "Action": "sts:AssumeRole"})
    iam.update_assume_role_policy(RoleName="for-people", PolicyDocument=json.dumps(without))
    assert refused(assumed, identity) == "AccessDenied"
    iam.update_assume_role_policy(RoleName="for-people", PolicyDocument=json.dumps(trust))
    center.reset("nora")
    assert refused(assumed, identity) == "InvalidParameterValue"


def test_a_code_that_the_person_agreed_to(center):
    person = center.somebody("pia")
    application = Application(center, "web", ("authorization_code", {"AuthorizationCode": {"RedirectUris": [CALLBACK]}}))
    program = {"clientId": application.arn}
    assert authorize(center, program, person, CALLBACK)[1] == "" and person.status == 403
    application.assign(center.user_id("pia"))
    verifier, sent_to = authorize(center, program, person, CALLBACK)
    assert "web" in person.page or sent_to.startswith(CALLBACK + "?code=")
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(sent_to).query)["code"][0]
    grant = {"grantType": "authorization_code", "code": code, "redirectUri": CALLBACK, "codeVerifier": verifier}
    assert center.credentials(application.tokens(**grant)["accessToken"])
    assert refused(application.tokens, **grant) == "InvalidGrantException"
    assert authorize(center, program, person, CALLBACK + "/elsewhere")[1] == "" and person.status == 400
    for uri in ("http://app.example/callback", "https://*/callback", "https:///callback", "https://app.example;script-src/", "https://app.example/#x"):
        assert refused(center.admin.put_application_grant, ApplicationArn=application.arn, GrantType="authorization_code",
                       Grant={"AuthorizationCode": {"RedirectUris": [uri]}}) == "ValidationException"


def test_one_applications_token_is_another_ones(center, provider, issuer):
    """Only where a scope of the first names the second as its target."""
    second = Application(center, "second", (EXCHANGE, {"TokenExchange": {}}))
    first = Application(center, "first", by_jwt(issuer), scopes=("orders:read",))
    for application in (first, second):
        application.assign(center.user_id("nora"))
    token = first.tokens(grantType=JWT, assertion=provider.id_token("nora"))["accessToken"]
    exchange = {"grantType": EXCHANGE, "subjectToken": token, "subjectTokenType": ACCESS_TOKEN}
    assert refused(second.tokens, **exchange) == "InvalidGrantException"
    center.admin.put_application_access_scope(ApplicationArn=first.arn, Scope="orders:read",
                                              AuthorizedTargets=[second.arn])
    assert center.credentials(second.tokens(**exchange)["accessToken"])
    assert refused(center.admin.put_application_access_scope, ApplicationArn=first.arn, Scope="orders:read",
                   AuthorizedTargets=[first.arn]) == "ValidationException"
    nora = {"ApplicationArn": first.arn, "PrincipalId": center.user_id("nora"), "PrincipalType": "USER"}
    center.admin.delete_application_assignment(**nora)
    assert refused(second.tokens, **exchange) == "InvalidGrantException"
    center.admin.create_application_assignment(**nora)
    assert refused(second.tokens, **exchange | {"subjectToken": token[:-1] + "0"}) == "InvalidGrantException"


def test_what_an_administrator_sees(center, issuer, exchanger):
    admin, arn = center.admin, exchanger.arn
    shown = admin.describe_application(ApplicationArn=arn)
    assert (shown["Name"], shown["Status"], shown["ApplicationAccount"]) == ("exchanger", "ENABLED", center.server.account)
    assert arn in [one["ApplicationArn"] for one in admin.list_applications(InstanceArn=center.instance)["Applications"]]
    assert admin.list_application_providers()["ApplicationProviders"][0]["FederationProtocol"] == "OAUTH"
    assert {one["GrantType"] for one in admin.list_application_grants(ApplicationArn=arn)["Grants"]} == {JWT, "refresh_token"}
    assert admin.get_application_grant(ApplicationArn=arn, GrantType=JWT)["Grant"] == by_jwt(issuer)[1]
    assert admin.list_application_access_scopes(ApplicationArn=arn)["Scopes"] == \
        [{"Scope": "sso:account:access", "AuthorizedTargets": []}]
    assigned = admin.list_application_assignments(ApplicationArn=arn)["ApplicationAssignments"]
    assert [one["PrincipalId"] for one in assigned] == [center.user_id("nora")]
    mine = admin.list_application_assignments_for_principal(InstanceArn=center.instance, PrincipalType="USER",
                                                            PrincipalId=center.user_id("nora"))["ApplicationAssignments"]
    assert arn in [one["ApplicationArn"] for one in mine]
    admin.tag_resource(ResourceArn=arn, InstanceArn=center.instance, Tags=[{"Key": "team", "Value": "orders"}])
    assert admin.list_tags_for_resource(ResourceArn=arn, InstanceArn=center.instance)["Tags"] == \
        [{"Key": "team", "Value": "orders"}]
    configuration = admin.describe_trusted_token_issuer(TrustedTokenIssuerArn=issuer)["TrustedTokenIssuerConfiguration"]
    assert configuration["OidcJwtConfiguration"]["ClaimAttributePath"] == "sub"
    assert refused(admin.put_application_access_scope, ApplicationArn=arn, Scope="a:b:c:d") == "ValidationException"
    assert refused(admin.update_trusted_token_issuer, TrustedTokenIssuerArn=issuer, TrustedTokenIssuerConfiguration={
        "OidcJwtConfiguration": {"IdentityStoreAttributePath": "nickName"}}) == "ValidationException"
    plain = center.stock.principal("app-plain")
    assert refused(aws.client(center.server, "sso-admin", plain).describe_application, ApplicationArn=arn) == \
        "AccessDeniedException"


def test_a_deleted_person_and_a_deleted_application_leave_nothing(center):
    center.somebody("quin")
    user = center.user_id("quin")
    application = Application(center, "short-lived")
    application.assign(user)
    center.people.delete_user(IdentityStoreId=center.store, UserId=user)
    assert center.admin.list_application_assignments(ApplicationArn=application.arn)["ApplicationAssignments"] == []
    center.admin.delete_application(ApplicationArn=application.arn)
    assert refused(application.tokens, grantType=JWT, assertion="x") == "InvalidClientException"
    assert refused(center.admin.describe_application, ApplicationArn=application.arn) == "ResourceNotFoundException"
