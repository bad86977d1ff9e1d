"""People: IAM Identity Center as its clients see it, and the pages on which a person signs in."""

import base64
import contextlib
import hashlib
import json
import re
import secrets
import urllib.parse

import botocore.exceptions
import pytest

from support import aws
from support.person import Person
from support.poll import until
from support.totp import code_of

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
PASSWORD = "Correct-horse-9"
ANYBODY = aws.document({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})


class Center:
    """The directory of the server's first account, with the permission set Dev, which may connect to everything."""

    def __init__(self, stock):
        self.stock, self.server = stock, stock.server
        shown = json.loads(self.server.command("directory", "create", "--json").stdout)
        self.start_url, self.instance, self.store = (shown[key] for key in ("StartUrl", "InstanceArn", "IdentityStoreId"))
        self.admin, self.people = aws.client(self.server, "sso-admin"), aws.client(self.server, "identitystore")
        self.oidc, self.portal = aws.client(self.server, "sso-oidc"), aws.client(self.server, "sso")
        self.dev = self.permission_set("Dev", aws.allow("rds-db:connect", "*"))

    def permission_set(self, name, *statements):
        arn = self.admin.create_permission_set(InstanceArn=self.instance, Name=name)["PermissionSet"]["PermissionSetArn"]
        self.admin.put_inline_policy_to_permission_set(InstanceArn=self.instance, PermissionSetArn=arn,
                                                       InlinePolicy=json.dumps(aws.document(*statements)))
        return arn

    def add(self, name):
        """A person with a password for one sign-in: its id, and the password."""
        made = json.loads(self.server.command("directory", "add-user", name, "--given-name", "Jane", "--family-name",
                                              "Doe", "--json").stdout)
        return made["UserId"], made["OneTimePassword"]

    def somebody(self, name, assigned=True):
        """A person who has signed in and chosen PASSWORD, before a browser."""
        self.add(name)
        person = self.reset(name)
        if assigned:
            self.server.command("directory", "assign", "Dev", "--user", name)
        return person

    def reset(self, name, *words):
        made = json.loads(self.server.command("directory", "reset-password", name, "--json", *words).stdout)
        person = Person(self.server)
        person.sign_in(self.start_url, name, made["OneTimePassword"])
        person.choose_password(PASSWORD)
        assert "What you may use" in person.page
        return person

    def assignment(self, user_id):
        return {"InstanceArn": self.instance, "TargetId": self.server.account, "TargetType": "AWS_ACCOUNT",
                "PermissionSetArn": self.dev, "PrincipalType": "USER", "PrincipalId": user_id}

    def user_id(self, name):
        wanted = {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": name}}
        return self.people.get_user_id(IdentityStoreId=self.store, AlternateIdentifier=wanted)["UserId"]

    def program(self, **more):
        made = self.oidc.register_client(clientName="a program", clientType="public", **more)
        return {key: made[key] for key in ("clientId", "clientSecret")}

    def device(self, program):
        return self.oidc.start_device_authorization(startUrl=self.start_url, **program)

    def poll(self, program, device):
        return self.oidc.create_token(grantType=DEVICE, deviceCode=device["deviceCode"], **program)

    def token(self, person):
        """What a program gets when this person allows it."""
        program = self.program()
        device = self.device(program)
        person.visit(device["verificationUriComplete"])
        person.fill("/device", do="allow")
        assert "Allowed" in person.page
        return self.poll(program, device)["accessToken"]

    def credentials(self, token, role="Dev", account=None):
        given = self.portal.get_role_credentials(accessToken=token, roleName=role,
                                                 accountId=account or self.server.account)["roleCredentials"]
        return aws.Principal(given["accessKeyId"], given["secretAccessKey"], given["sessionToken"])


def refusal(call, *words, **named):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(*words, **named)
    return refused.value.response["Error"]["Code"]


@pytest.fixture(scope="module")
def center(stock):
    return Center(stock)


def test_a_person_logs_in_to_a_database_without_a_key(center):
    person = center.somebody("ann")
    principal = center.credentials(center.token(person))
    who = aws.client(center.server, "sts", principal).get_caller_identity()
    assert re.fullmatch(rf"arn:aws:sts::{center.server.account}:assumed-role/AWSReservedSSO_Dev_[0-9a-f]{{16}}/ann",
                        who["Arn"])
    with contextlib.closing(center.stock.session(principal, "jane")) as session:
        assert session.execute("SELECT current_user").fetchone() == ("jane",)
    allowed = [entry for entry in center.server.attempts() if entry.get("principal_arn") == who["Arn"]]
    assert allowed and allowed[-1]["decision"] == "allowed"


def test_what_a_program_is_told_while_it_waits(center):
    person = center.somebody("bea")
    program, other = center.program(), center.program()
    device = center.device(program)
    assert refusal(center.poll, program, device) == "AuthorizationPendingException"
    assert refusal(center.poll, other, device) == "ExpiredTokenException"
    person.visit(device["verificationUriComplete"])
    assert "a program" in person.page and device["userCode"] in person.page and "127.0.0.1" in person.page
    person.fill("/device", do="deny")
    assert refusal(center.poll, program, device) == "AccessDeniedException"
    assert refusal(center.poll, program, device) == "ExpiredTokenException"
    person.visit(device["verificationUriComplete"])
    assert person.status == 404


def test_programs_are_what_they_said(center):
    program = center.program()
    assert refusal(center.oidc.start_device_authorization, startUrl=center.start_url, clientId=program["clientId"],
                   clientSecret=center.program()["clientSecret"]) == "InvalidClientException"
    assert refusal(center.oidc.start_device_authorization, startUrl="https://elsewhere.example/start/d-0123456789",
                   **program) == "InvalidRequestException"
    assert refusal(center.program, redirectUris=["https://elsewhere.example/"]) == "InvalidRedirectUriException"
    assert refusal(center.program, grantTypes=["password"]) == "UnsupportedGrantTypeException"
    assert refusal(center.oidc.register_client, clientName="x", clientType="confidential") == \
        "InvalidClientMetadataException"
    only_codes = center.program(grantTypes=["authorization_code"], redirectUris=["http://127.0.0.1/cb"])
    assert refusal(center.device, only_codes) == "UnauthorizedClientException"


def authorize(center, program, person, redirect="http://127.0.0.1:9/oauth/callback", **changed):
    """The person allows what the program asks for at /authorize; the verifier, and where the browser is sent."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    fields = {"response_type": "code", "client_id": program["clientId"], "redirect_uri": redirect, "state": "s-1",
              "code_challenge_method": "S256", "code_challenge": challenge} | changed
    person.visit(f"/authorize?{urllib.parse.urlencode(fields)}")
    if person.status == 200:
        person.fill("/authorize", do="allow")
    return verifier, person.headers.get("Location", "")


def code_client(center):
    return center.program(grantTypes=["authorization_code", "refresh_token"], issuerUrl=center.start_url,
                          redirectUris=["http://127.0.0.1/oauth/callback"])


def test_a_code_with_pkce(center):
    person = center.somebody("cleo")
    program = code_client(center)
    verifier, sent_to = authorize(center, program, person)
    assert sent_to.startswith("http://127.0.0.1:9/oauth/callback?code=") and sent_to.endswith("&state=s-1")
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(sent_to).query)["code"][0]
    grant = {"grantType": "authorization_code", "code": code, "redirectUri": "http://127.0.0.1:9/oauth/callback"}
    tokens = center.oidc.create_token(codeVerifier=verifier, **grant, **program)
    assert center.credentials(tokens["accessToken"])
    assert refusal(center.oidc.create_token, codeVerifier=verifier, **grant, **program) == "InvalidGrantException"
    renewed = center.oidc.create_token(grantType="refresh_token", refreshToken=tokens["refreshToken"], **program)
    assert refusal(center.credentials, tokens["accessToken"]) == "UnauthorizedException"
    assert center.credentials(renewed["accessToken"])
    assert refusal(center.oidc.create_token, grantType="refresh_token", refreshToken=tokens["refreshToken"],
                   **program) == "InvalidGrantException"


def test_a_code_is_of_no_use_to_others(center):
    person = center.somebody("dana")
    program = code_client(center)
    verifier, sent_to = authorize(center, program, person)
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(sent_to).query)["code"][0]
    stolen = {"grantType": "authorization_code", "code": code, "redirectUri": "http://127.0.0.1:9/oauth/callback"}
    assert refusal(center.oidc.create_token, codeVerifier="x" * 64, **stolen, **program) == "InvalidGrantException"
    assert refusal(center.oidc.create_token, codeVerifier=verifier, **stolen, **program) == "InvalidGrantException"
    for changed in ({"redirect_uri": "https://elsewhere.example/oauth/callback"},
                    {"redirect_uri": "http://127.0.0.1:9/other"}, {"redirect_uri": "http://127.0.0.1:9@elsewhere.example/"},
                    {"code_challenge_method": "plain"}, {"client_id": "x"}, {"response_type": "token"}):
        assert authorize(center, program, person, **changed)[1] == "", changed
        assert person.status == 400, changed


def test_a_token_ends_with_what_it_stands_on(center):
    person = center.somebody("eve")
    token = center.token(person)
    assert center.portal.list_accounts(accessToken=token)["accountList"][0]["accountId"] == center.server.account
    assert center.portal.list_account_roles(accessToken=token, accountId=center.server.account)["roleList"] == \
        [{"roleName": "Dev", "accountId": center.server.account}]
    assert refusal(center.credentials, token, "Other") == "ForbiddenException"
    assert refusal(center.credentials, token, account="999999999999") == "ForbiddenException"
    center.portal.logout(accessToken=token)
    assert refusal(center.credentials, token) == "UnauthorizedException"
    assert refusal(center.credentials, token[:-1] + "0") == "UnauthorizedException"
    token = center.token(person)
    person = center.reset("eve")
    assert refusal(center.credentials, token) == "UnauthorizedException"
    token = center.token(person)
    center.admin.delete_account_assignment(**center.assignment(center.user_id("eve")))
    assert refusal(center.credentials, token) == "ForbiddenException"
    center.people.delete_user(IdentityStoreId=center.store, UserId=center.user_id("eve"))
    assert refusal(center.credentials, token) == "UnauthorizedException"


def test_a_browser_is_signed_out_with_its_password(center):
    person, other = center.somebody("fred"), Person(center.server)
    other.sign_in(center.start_url, "fred", PASSWORD)
    other.visit("/console/signin/password?to=/start")
    other.fill("/console/signin/password", current="wrong", password="Another-horse-9", again="Another-horse-9")
    assert other.status == 403
    program = center.program()
    device = center.device(program)
    person.visit(device["verificationUriComplete"])
    person.fill("/device", do="allow")
    other.visit("/console/signin/password?to=/start")
    other.fill("/console/signin/password", current=PASSWORD, password="Another-horse-9", again="Another-horse-9")
    assert "What you may use" in other.page
    person.visit(center.start_url)
    assert "User name" in person.page
    assert refusal(center.poll, program, device) == "InvalidGrantException"
    center.people.delete_user(IdentityStoreId=center.store, UserId=center.user_id("fred"))
    other.visit(center.start_url)
    assert "User name" in other.page


def test_a_permission_set_is_no_way_around_iam(center):
    """Who may do everything but IAM's own actions gives nobody a role, themselves neither."""
    power = center.permission_set("Power", {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
    person = center.somebody("paul", assigned=False)
    user = center.user_id("paul")
    center.admin.create_account_assignment(**center.assignment(user) | {"PermissionSetArn": power})
    admin = aws.client(center.server, "sso-admin", center.credentials(center.token(person), "Power"))
    made = admin.create_permission_set(InstanceArn=center.instance, Name="Own")["PermissionSet"]["PermissionSetArn"]
    admin.attach_managed_policy_to_permission_set(
        InstanceArn=center.instance, PermissionSetArn=made, ManagedPolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    assert refusal(admin.create_account_assignment, **center.assignment(user) | {"PermissionSetArn": made}) == \
        "AccessDeniedException"
    assert refusal(admin.provision_permission_set, InstanceArn=center.instance, PermissionSetArn=power,
                   TargetType="ALL_PROVISIONED_ACCOUNTS") == "AccessDeniedException"
    assert refusal(admin.delete_account_assignment, **center.assignment(user) | {"PermissionSetArn": power}) == \
        "AccessDeniedException"
    center.admin.delete_permission_set(InstanceArn=center.instance, PermissionSetArn=made)


def test_what_is_due_through_a_group(center):
    center.somebody("fay", assigned=False)
    group = center.people.create_group(IdentityStoreId=center.store, DisplayName="developers")["GroupId"]
    member = {"IdentityStoreId": center.store, "GroupId": group, "MemberId": {"UserId": center.user_id("fay")}}
    membership = center.people.create_group_membership(**member)["MembershipId"]
    center.server.command("directory", "assign", "Dev", "--group", "developers")
    person = Person(center.server)
    person.sign_in(center.start_url, "fay", PASSWORD)
    token = center.token(person)
    assert center.credentials(token)
    center.people.delete_group_membership(IdentityStoreId=center.store, MembershipId=membership)
    assert refusal(center.credentials, token) == "ForbiddenException"


def test_signing_in_wrongly_tells_nothing(center):
    center.somebody("gwen")
    said = set()
    for user, password in (("gwen", "wrong"), ("nobody", "wrong"), ("gwen", ""), ("", "")):
        person = Person(center.server)
        person.sign_in(center.start_url, user, password)
        assert person.status == 403
        said.add(re.search(r'role="alert">([^<]*)', person.page).group(1))
    assert said == {"The user name or password is not correct."}


def test_guessing_is_braked(new_server):
    server = new_server().start()
    start = json.loads(server.command("directory", "create", "--json").stdout)["StartUrl"]
    made = json.loads(server.command("directory", "add-user", "hope", "--given-name", "H", "--family-name", "P",
                                     "--json").stdout)
    person = Person(server)
    for number in range(30):
        person.sign_in(start, f"somebody-{number}", "wrong")
        assert person.status == 403
    person.sign_in(start, "hope", made["OneTimePassword"])
    assert person.status == 429


def test_a_password_for_one_sign_in_opens_nothing_else(center):
    _, once = center.add("ida")
    person = Person(center.server)
    person.sign_in(center.start_url, "ida", once)
    assert "Choose a password" in person.page
    chosen = person.page
    person.visit(center.start_url)
    assert "User name" in person.page
    for weak in ("short", "onlysmallletters", "IDA", once):
        person.page = chosen
        person.choose_password(weak)
        assert person.status == 400, weak
    person.choose_password(PASSWORD)
    assert "What you may use" in person.page
    again = Person(center.server)
    again.sign_in(center.start_url, "ida", once)
    assert again.status == 403


def test_an_authenticator_app(center):
    person = center.somebody("kim")
    person.visit("/console/signin/app")
    key = re.search(r"Key: <code>([A-Z2-7]+)</code>", person.page).group(1)
    assert "data:image/png;base64," in person.page
    person.fill("/console/signin/app", code="000000")
    assert person.status == 403
    first = code_of(key)
    person.fill("/console/signin/app", code=f" {first}\r\n")
    assert "Your app is registered" in person.page
    person = Person(center.server)
    person.sign_in(center.start_url, "kim", PASSWORD)
    assert "Your code" in person.page
    asked = person.page
    person.visit(center.start_url)
    assert "User name" in person.page
    person.page = asked
    person.fill("/console/signin/code", code=first)
    assert person.status == 403
    person.page = asked
    person.fill("/console/signin/code", code=code_of(key, 1))
    assert "What you may use" in person.page
    principal = center.credentials(center.token(person))
    iam = aws.client(center.server, "iam", principal)
    assert refusal(iam.list_users) == "AccessDenied"
    center.reset("kim", "--forget-app")


def test_pages_keep_to_themselves(center):
    person = center.somebody("lea")
    for address in (center.start_url, "/device", "/console/signin/app", "/console/signin/style.css", "/nowhere/else"):
        person.visit(address)
        if person.status == 404:
            continue
        policy = person.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src" not in policy and "frame-ancestors 'none'" in policy
        assert person.headers["Cache-Control"] == "no-store"
        assert person.headers["X-Content-Type-Options"] == "nosniff"
    cookie = next(iter(person.cookies))
    assert cookie.has_nonstandard_attr("HttpOnly") and cookie.get_nonstandard_attr("SameSite") == "Strict"
    device = center.device(center.program())
    fields = {"user_code": device["userCode"], "do": "allow"}
    for headers in ({"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                    {"Sec-Fetch-Site": "same-site"}):
        person.send("/device", fields, **headers)
        assert person.status == 403, headers
    person.visit("/start", Host="elsewhere.example:7070")
    assert person.status == 421
    person.visit(f"/console/signin?store={center.store}&to=//elsewhere.example/")
    assert person.address == f"{center.server.url}/start"
    person.fill("/console/signout")
    person.visit(center.start_url)
    assert "User name" in person.page


def test_secrets_are_taken_from_no_url(center):
    """What belongs into a header or a body is not read from an address, which others see."""
    person = center.somebody("lina")
    token = center.token(person)
    query = f"account_id={center.server.account}&role_name=Dev"
    for address in (f"/federation/credentials?{query}&x-amz-sso_bearer_token={token}",
                    f"/?Action=GetRoleCredentials&Version=2019-06-10&{query}&x-amz-sso_bearer_token={token}"):
        person.visit(address)
        assert person.status >= 400 and "secretAccessKey" not in person.page, address
    person.visit(f"/federation/credentials?{query}", **{"x-amz-sso_bearer_token": token})
    assert person.status == 200
    person.visit(f"/federation/credentials?{query}", Host="rebind.example", **{"x-amz-sso_bearer_token": token})
    assert person.status == 421


def test_the_roles_are_nobody_elses(center):
    center.somebody("mia")
    iam = aws.client(center.server, "iam")
    role = next(role for role in iam.list_roles(PathPrefix="/aws-reserved/")["Roles"])
    assert role["RoleName"].startswith("AWSReservedSSO_Dev_")
    assert refusal(iam.put_role_policy, RoleName=role["RoleName"], PolicyName="p",
                   PolicyDocument=json.dumps(aws.document(aws.allow("*", "*")))) == "UnmodifiableEntity"
    assert refusal(iam.delete_role, RoleName=role["RoleName"]) == "UnmodifiableEntity"
    assert refusal(iam.tag_role, RoleName=role["RoleName"], Tags=[{"Key": "a", "Value": "b"}]) == "UnmodifiableEntity"
    assert refusal(iam.update_role, RoleName=role["RoleName"]) == "UnmodifiableEntity"
    assert refusal(iam.create_role, RoleName="AWSReservedSSO_Dev_0123456789abcdef",
                   AssumeRolePolicyDocument=json.dumps(ANYBODY)) == "InvalidInput"
    assert refusal(iam.delete_service_linked_role, RoleName=role["RoleName"]) == "NoSuchEntity"
    assert refusal(iam.update_assume_role_policy, RoleName=role["RoleName"], PolicyDocument=json.dumps(
        ANYBODY)) == "UnmodifiableEntity"
    assert refusal(iam.create_role, RoleName="mine", Path="/aws-reserved/sso.amazonaws.com/", AssumeRolePolicyDocument=(
        json.dumps(ANYBODY))) == "InvalidInput"
    assert refusal(aws.client(center.server, "sts").assume_role, RoleArn=role["Arn"], RoleSessionName="x1") == \
        "AccessDenied"


def test_a_changed_permission_set_is_brought_to_its_accounts(center):
    person = center.somebody("nora")
    token = center.token(person)
    policy = {"InstanceArn": center.instance, "PermissionSetArn": center.dev}
    reads = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    center.admin.attach_managed_policy_to_permission_set(ManagedPolicyArn=reads, **policy)
    iam = aws.client(center.server, "iam", center.credentials(token))
    assert refusal(iam.list_users) == "AccessDenied"
    done = center.admin.provision_permission_set(TargetType="ALL_PROVISIONED_ACCOUNTS", **policy)
    assert done["PermissionSetProvisioningStatus"]["Status"] == "SUCCEEDED"
    assert iam.list_users()["Users"] is not None
    center.admin.detach_managed_policy_from_permission_set(ManagedPolicyArn=reads, **policy)
    center.admin.provision_permission_set(TargetType="ALL_PROVISIONED_ACCOUNTS", **policy)
    assert refusal(iam.list_users) == "AccessDenied"
    missing = {"Name": "none-of-this-name"}
    center.admin.attach_customer_managed_policy_reference_to_permission_set(CustomerManagedPolicyReference=missing, **policy)
    failed = center.admin.provision_permission_set(TargetType="ALL_PROVISIONED_ACCOUNTS", **policy)
    assert failed["PermissionSetProvisioningStatus"]["Status"] == "FAILED"
    assert "none-of-this-name" in failed["PermissionSetProvisioningStatus"]["FailureReason"]
    center.admin.detach_customer_managed_policy_reference_from_permission_set(CustomerManagedPolicyReference=missing, **policy)
    assert refusal(center.admin.delete_permission_set, **policy) == "ConflictException"


def test_an_instance_is_its_accounts_own(center):
    account, root = aws.new_account(center.server, "other")
    theirs = aws.client(center.server, "sso-admin", root)
    assert theirs.list_instances()["Instances"] == []
    assert refusal(theirs.list_permission_sets, InstanceArn=center.instance) == "ResourceNotFoundException"
    people = aws.client(center.server, "identitystore", root)
    assert refusal(people.list_users, IdentityStoreId=center.store) == "ResourceNotFoundException"
    own = theirs.create_instance()["InstanceArn"]
    assert refusal(theirs.create_instance) == "ConflictException"
    store = theirs.list_instances()["Instances"][0]["IdentityStoreId"]
    name = {"GivenName": "a", "FamilyName": "b"}
    user = people.create_user(IdentityStoreId=store, UserName="x", DisplayName="x", Name=name)["UserId"]
    arn = theirs.create_permission_set(InstanceArn=own, Name="P")["PermissionSet"]["PermissionSetArn"]
    wanted = {"InstanceArn": own, "TargetType": "AWS_ACCOUNT", "PermissionSetArn": arn, "PrincipalType": "USER",
              "PrincipalId": user}
    reached = theirs.create_account_assignment(TargetId=center.server.account, **wanted)
    assert reached["AccountAssignmentCreationStatus"]["Status"] == "FAILED"
    here = theirs.create_account_assignment(TargetId=account, **wanted)["AccountAssignmentCreationStatus"]
    assert here["Status"] == "SUCCEEDED"
    described = theirs.describe_account_assignment_creation_status(
        InstanceArn=own, AccountAssignmentCreationRequestId=here["RequestId"])
    assert described["AccountAssignmentCreationStatus"]["PrincipalId"] == user
    listed = theirs.list_account_assignment_creation_status(InstanceArn=own)["AccountAssignmentsCreationStatus"]
    assert [one["RequestId"] for one in listed] == [here["RequestId"], reached["AccountAssignmentCreationStatus"]["RequestId"]]
    failed = theirs.list_account_assignment_creation_status(InstanceArn=own, Filter={"Status": "FAILED"})
    assert [one["Status"] for one in failed["AccountAssignmentsCreationStatus"]] == ["FAILED"]
    assert not theirs.list_account_assignment_deletion_status(InstanceArn=own)["AccountAssignmentsDeletionStatus"]
    again = theirs.provision_permission_set(InstanceArn=own, PermissionSetArn=arn, TargetType="ALL_PROVISIONED_ACCOUNTS")
    provisioned = theirs.list_permission_set_provisioning_status(InstanceArn=own)["PermissionSetsProvisioningStatus"]
    assert [one["RequestId"] for one in provisioned] == [again["PermissionSetProvisioningStatus"]["RequestId"]]
    center.somebody("olga", assigned=False)
    theirs_reached = center.admin.create_account_assignment(
        **center.assignment(center.user_id("olga")) | {"TargetId": account})["AccountAssignmentCreationStatus"]
    assert theirs_reached["Status"] == "SUCCEEDED"


def test_people_and_groups(center):
    store = {"IdentityStoreId": center.store}
    name = {"GivenName": "Pia", "FamilyName": "Poe"}
    user = center.people.create_user(UserName="pia", DisplayName="Pia Poe", Name=name,
                                     Emails=[{"Value": "pia@example.org", "Primary": True}], **store)["UserId"]
    assert refusal(center.people.create_user, UserName="PIA", DisplayName="x", Name=name, **store) == "ConflictException"
    assert refusal(center.people.create_user, UserName="p2", **store) == "ValidationException"
    by_mail = {"UniqueAttribute": {"AttributePath": "emails.value", "AttributeValue": "pia@example.org"}}
    assert center.people.get_user_id(AlternateIdentifier=by_mail, **store)["UserId"] == user
    found = center.people.list_users(Filters=[{"AttributePath": "UserName", "AttributeValue": "pia"}], **store)["Users"]
    assert [one["UserId"] for one in found] == [user]
    center.people.update_user(UserId=user, Operations=[
        {"AttributePath": "userName", "AttributeValue": "pia2"}, {"AttributePath": "name.familyName", "AttributeValue": "Roe"},
        {"AttributePath": "emails", "AttributeValue": [{"value": "new@example.org", "primary": True}]},
        {"AttributePath": "title", "AttributeValue": "Engineer"}], **store)
    shown = center.people.describe_user(UserId=user, **store)
    assert (shown["UserName"], shown["Name"], shown["Title"]) == \
        ("pia2", {"GivenName": "Pia", "FamilyName": "Roe"}, "Engineer")
    assert shown["Emails"] == [{"Value": "new@example.org", "Primary": True}]
    assert refusal(center.people.update_user, UserId=user, Operations=[{"AttributePath": "nothing", "AttributeValue": "x"}],
                   **store) == "ValidationException"
    groups = [center.people.create_group(DisplayName=f"g{number}", **store)["GroupId"] for number in range(3)]
    for group in groups[:2]:
        center.people.create_group_membership(GroupId=group, MemberId={"UserId": user}, **store)
    member = {"MemberId": {"UserId": user}, **store}
    assert refusal(center.people.create_group_membership, GroupId=groups[0], **member) == "ConflictException"
    exists = center.people.is_member_in_groups(GroupIds=groups, **member)["Results"]
    assert [one["MembershipExists"] for one in exists] == [True, True, False]
    first = center.people.list_group_memberships_for_member(MaxResults=1, **member)
    second = center.people.list_group_memberships_for_member(NextToken=first["NextToken"], **member)
    assert {one["GroupId"] for page in (first, second) for one in page["GroupMemberships"]} == set(groups[:2])
    center.people.delete_group(GroupId=groups[0], **store)
    assert len(center.people.list_group_memberships_for_member(**member)["GroupMemberships"]) == 1
    center.people.delete_user(UserId=user, **store)
    assert center.people.list_group_memberships(GroupId=groups[1], **store)["GroupMemberships"] == []
    assert refusal(center.people.describe_user, UserId=user, **store) == "ResourceNotFoundException"


def test_the_record_of_signing_in(center):
    person = center.somebody("rita")
    wrong = Person(center.server)
    wrong.sign_in(center.start_url, "rita", "wrong")
    wrong.sign_in(center.start_url, "My-password-1", "")
    person.visit(center.start_url)
    person.fill("/start/keys")
    assert "AWS_SESSION_TOKEN=" in person.page
    center.credentials(center.token(person))
    trail = aws.client(center.server, "cloudtrail")

    def recorded():
        events = [json.loads(event["CloudTrailEvent"]) for event in trail.lookup_events()["Events"]]
        mine = [event for event in events if event["userIdentity"].get("userName") == "rita"]
        assert "My-password-1" not in json.dumps(events)
        found = {(event["eventSource"], event["eventName"], event.get("errorCode", "")) for event in mine}
        return found >= {("signin.amazonaws.com", "UserAuthentication", ""),
                         ("signin.amazonaws.com", "UserAuthentication", "AuthenticationFailed"),
                         ("sso-directory.amazonaws.com", "UpdatePassword", ""),
                         ("sso.amazonaws.com", "GetRoleCredentials", "")}
    until(recorded, "both sign-ins and the credentials are in the record", patience=30)
