"""SCIM: people and groups as Okta and Microsoft Entra ID provision them, up to a role that somebody takes through a group."""

import json
import urllib.error
import urllib.parse
import urllib.request

import botocore.exceptions
import pytest

from support import aws
from support.person import Person
from support.poll import until

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
PASSWORD = "Correct-horse-9"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Provider:
    """An identity provider with a provisioning token. `status` and `headers` are of the last answer."""

    def __init__(self, server):
        self.server = server
        shown = json.loads(server.command("directory", "create", "--json").stdout)
        self.start_url, self.instance, self.store = (shown[key] for key in ("StartUrl", "InstanceArn", "IdentityStoreId"))
        made = json.loads(server.command("directory", "provisioning-token", "create", "--json").stdout)
        self.endpoint, self.token, self.token_id = made["Endpoint"], made["Token"], made["TokenId"]
        self.status = self.headers = None

    def __call__(self, method, path, body=None, token=None, raw=None):
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/scim+json; charset=utf-8"}
        if token != "":
            headers["Authorization"] = f"Bearer {token or self.token}"
        request = urllib.request.Request(self.endpoint + path, data=data, method=method, headers=headers)
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            self.status, self.headers = answer.status, answer.headers
            text = answer.read()
        if text:
            assert self.headers["Content-Type"] == "application/scim+json"
        return json.loads(text) if text else None

    def done(self, status, *words, **named):
        answer = self(*words, **named)
        assert self.status == status, answer
        return answer

    def refused(self, status, scim_type, *words, **named):
        answer = self.done(status, *words, **named)
        assert answer["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert (answer["status"], answer.get("scimType")) == (str(status), scim_type), answer
        return answer["detail"]

    def found(self, kind, text, **more):
        query = urllib.parse.urlencode({"filter": text, **more}, quote_via=urllib.parse.quote)
        answer = self.done(200, "GET", f"/{kind}?{query}")
        assert answer["totalResults"] >= answer["itemsPerPage"] == len(answer["Resources"])
        return answer["Resources"]

    def patch(self, place, *operations, status=200):
        return self.done(status, "PATCH", place, {"schemas": [PATCH], "Operations": list(operations)})

    def add(self, name, **more):
        """As Okta sends a new person."""
        return self.done(201, "POST", "/Users", {
            "schemas": [USER], "userName": name, "name": {"givenName": "Test", "familyName": "User"},
            "emails": [{"primary": True, "value": f"{name}@example.org", "type": "work"}], "displayName": "Test User",
            "locale": "en-US", "externalId": f"00u-{name}", "groups": [], "active": True, **more})

    def add_group(self, name, **more):
        return self.done(201, "POST", "/Groups", {"schemas": [GROUP], "displayName": name, "members": [], **more})

    def is_member(self, group, user):
        return bool(self.found("Groups", f'id eq "{group}" and members eq "{user}"', excludedAttributes="id"))


@pytest.fixture(name="provider", scope="module")
def _provider(server):
    return Provider(server)


def test_a_person_as_okta_provisions_one(provider):
    assert provider.found("Users", 'userName eq "okta.user"', startIndex=1, count=100) == []
    made = provider.add("okta.user")
    assert provider.headers["Location"] == made["meta"]["location"] == f"{provider.endpoint}/Users/{made['id']}"
    assert (made["userName"], made["active"], made["externalId"]) == ("okta.user", True, "00u-okta.user")
    assert made["emails"] == [{"primary": True, "value": "okta.user@example.org", "type": "work"}]
    assert provider.found("Users", 'userName eq "OKTA.user"') == [made]
    place = f"/Users/{made['id']}"
    assert provider.done(200, "GET", place) == made
    changed = provider.done(200, "PUT", place, {**made, "name": {**made["name"], "familyName": "Other", "middleName": ""},
                                                "title": "Engineer"})
    assert (changed["name"], changed["title"]) == ({"givenName": "Test", "familyName": "Other"}, "Engineer")
    provider.patch(place, {"op": "replace", "value": {"active": False}})
    assert provider.done(200, "GET", place)["active"] is False
    without = {key: value for key, value in changed.items() if key != "active"}
    assert provider.done(200, "PUT", place, without)["active"] is False
    provider.patch(place, {"op": "replace", "value": {"active": True}})
    provider.done(204, "DELETE", place)
    provider.refused(404, None, "GET", place)
    provider.refused(404, None, "DELETE", place)
    assert provider.found("Users", 'externalId eq "00u-okta.user"') == []


def test_a_person_as_entra_provisions_one(provider):
    made = provider.done(201, "POST", "/Users", {
        "schemas": [USER, ENTERPRISE], "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef", "userName": "entra@example.org",
        "active": True, "displayName": "Entra User", "emails": [{"primary": True, "type": "work", "value": "e@example.org"}],
        "meta": {"resourceType": "User"}, "name": {"formatted": "Entra User", "familyName": "User", "givenName": "Entra"},
        ENTERPRISE: {"department": "Finance", "manager": "m-1"}})
    place = f"/Users/{made['id']}"
    assert made[ENTERPRISE] == {"department": "Finance", "manager": {"value": "m-1"}}
    changed = provider.patch(
        place, {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "new@example.org"},
        {"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": "+49 30 1"},
        {"op": "Replace", "path": "name.familyName", "value": "Changed"},
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "m-2"},
        {"op": "Replace", "path": f"{ENTERPRISE}:department", "value": "Sales"},
        {"op": "Remove", "path": "name.formatted"})
    assert changed["emails"] == [{"primary": True, "type": "work", "value": "new@example.org"}]
    assert changed["phoneNumbers"] == [{"type": "work", "value": "+49 30 1"}]
    assert changed["name"] == {"familyName": "Changed", "givenName": "Entra"}
    assert changed[ENTERPRISE] == {"department": "Sales", "manager": {"value": "m-2"}}
    assert provider.found("Users", f'id eq "{made["id"]}" and manager eq "m-2"') == [changed]
    assert provider.found("Users", f'manager eq "m-1" and id eq "{made["id"]}"') == []
    both = provider.patch(place, {"op": "Replace", "path": "active", "value": "False"},
                          {"op": "Replace", "value": {"displayName": "Bulk", "name.givenName": "Flat",
                                                      f"{ENTERPRISE}:costCenter": "7"}})
    assert (both["active"], both["displayName"], both["name"]["givenName"]) == (False, "Bulk", "Flat")
    assert both[ENTERPRISE]["costCenter"] == "7"
    assert provider.found("Users", 'externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"') == [both]
    people = aws.client(provider.server, "identitystore")
    kept = people.describe_user(IdentityStoreId=provider.store, UserId=made["id"])
    assert (kept["DisplayName"], kept["UserStatus"], kept["Emails"][0]["Value"]) == ("Bulk", "DISABLED", "new@example.org")


def test_groups_and_their_members(provider):
    first, second, third = (provider.add(name)["id"] for name in ("ann", "bob", "cid"))
    group = provider.add_group("Admins", externalId="8aa1a0c0", meta={"resourceType": "Group"})
    place = f"/Groups/{group['id']}"
    assert group["members"] == []

    def members(*wanted):
        assert [provider.is_member(group["id"], user) for user in (first, second, third)] == [
            user in wanted for user in (first, second, third)]
    # Okta, then Entra, each adding and removing as they do.
    provider.patch(place, {"op": "add", "path": "members", "value": [{"value": first, "display": "ann"}]}, status=204)
    provider.patch(place, {"op": "Add", "path": "members", "value": [{"$ref": None, "value": second}]}, status=204)
    provider.patch(place, {"op": "add", "path": "members", "value": [{"value": second}]}, status=204)
    members(first, second)
    provider.patch(place, {"op": "remove", "path": f'members[value eq "{first}"]'}, status=204)
    provider.patch(place, {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": second}]}, status=204)
    members()
    provider.patch(place, {"op": "replace", "path": "members", "value": [{"value": first}, {"value": third}]}, status=204)
    members(first, third)
    provider.patch(place, {"op": "add", "path": 'members[value eq ""]', "value": {}}, status=204)
    members(first, third)
    provider.patch(place, {"op": "replace", "value": {"id": group["id"], "displayName": "Chiefs"}}, status=204)
    assert provider.found("Groups", 'displayName eq "Admins"') == []
    assert provider.found("Groups", 'displayName eq "chiefs"')[0]["externalId"] == "8aa1a0c0"
    assert {one["userName"] for one in provider.found("Users", f'groups.value eq "{group["id"]}"')} == {"ann", "cid"}
    provider.done(200, "PUT", place, {"schemas": [GROUP], "displayName": "Chiefs", "members": [{"value": second}]})
    members(second)
    provider.refused(400, "invalidValue", "PATCH", place, {"schemas": [PATCH], "Operations": [
        {"op": "add", "path": "members", "value": [{"value": third}, {"value": "nobody"}]}]})
    members(second)
    provider.done(204, "DELETE", f"/Users/{second}")
    members()
    provider.done(204, "DELETE", place)
    provider.refused(404, None, "GET", place)


def test_from_the_provider_to_a_role_and_back(provider):
    server = provider.server
    admin, oidc, portal = (aws.client(server, name) for name in ("sso-admin", "sso-oidc", "sso"))
    user, group = provider.add("jane")["id"], provider.add_group("developers")["id"]
    provider.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user}]}, status=204)
    admin.create_permission_set(InstanceArn=provider.instance, Name="Dev")
    server.command("directory", "assign", "Dev", "--group", "developers")
    once = json.loads(server.command("directory", "reset-password", "jane", "--json").stdout)["OneTimePassword"]
    person = Person(server)
    person.sign_in(provider.start_url, "jane", once)
    person.choose_password(PASSWORD)

    def token(person):
        made = oidc.register_client(clientName="a program", clientType="public")
        program = {key: made[key] for key in ("clientId", "clientSecret")}
        device = oidc.start_device_authorization(startUrl=provider.start_url, **program)
        person.visit(device["verificationUriComplete"])
        person.fill("/device", do="allow")
        return oidc.create_token(grantType=DEVICE, deviceCode=device["deviceCode"], **program)["accessToken"]

    def credentials(held):
        try:
            return portal.get_role_credentials(accessToken=held, roleName="Dev", accountId=server.account)["roleCredentials"]
        except botocore.exceptions.ClientError as refused:
            return refused.response["Error"]["Code"]
    held = token(person)
    given = credentials(held)
    sts = aws.client(server, "sts", aws.Principal(given["accessKeyId"], given["secretAccessKey"], given["sessionToken"]))
    assert sts.get_caller_identity()["Arn"].endswith("/jane")
    provider.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{user}"]'}, status=204)
    assert credentials(held) == "ForbiddenException"
    provider.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user}]}, status=204)
    provider.patch(f"/Users/{user}", {"op": "replace", "value": {"active": False}})
    assert credentials(held) == "UnauthorizedException"
    person.visit(provider.start_url)
    assert "User name" in person.page
    again = Person(server)
    again.sign_in(provider.start_url, "jane", PASSWORD)
    assert again.status == 403
    provider.patch(f"/Users/{user}", {"op": "replace", "value": {"active": True}})
    assert credentials(held) == "UnauthorizedException"
    person = Person(server)
    person.sign_in(provider.start_url, "jane", PASSWORD)
    assert credentials(token(person))["accessKeyId"]


def test_bad_requests_say_what_is_wrong(provider):
    made = provider.add("dup")
    place = f"/Users/{made['id']}"
    name = {"givenName": "a", "familyName": "b"}
    provider.refused(409, "uniqueness", "POST", "/Users", {"userName": "DUP", "displayName": "x", "name": name})
    provider.refused(409, "uniqueness", "POST", "/Users", {"userName": "dup2", "displayName": "x", "name": name,
                                                           "externalId": "00u-dup"})
    for missing in ("userName", "displayName", "name"):
        body = {"userName": "m", "displayName": "x", "name": name}
        del body[missing]
        assert missing in provider.refused(400, "invalidValue", "POST", "/Users", body)
    for wrong in ({"emails": [{"value": "a@b.c"}, {"value": "d@e.f"}]}, {"active": "perhaps"}, {"name": "x"}, {"title": 7},
                  {"title": "x" * 5000}, {"externalId": "a\nb"}):
        provider.refused(400, "invalidValue", "POST", "/Users", {"userName": "m", "displayName": "x", "name": name, **wrong})
    assert "password" in provider.refused(400, "invalidSyntax", "POST", "/Users", {
        "userName": "m", "displayName": "x", "name": name, "password": "secret"})
    provider.refused(400, "invalidSyntax", "POST", "/Users", raw=b"{")
    provider.refused(400, "invalidSyntax", "POST", "/Users", [])
    provider.refused(413, None, "POST", "/Users", raw=b" " * (300 * 1024))
    for bad in ('userName sw "a"', 'userName eq "a" or userName eq "b"', "userName eq", 'nothing eq "x"', 'name eq "x"',
                'userName eq "a" and', 'userName eq {}', '(userName eq "a")'):
        provider.refused(400, "invalidFilter", "GET", "/Users?filter=" + urllib.parse.quote(bad))
    for operation, said in (({"op": "replace", "path": "nothing", "value": "x"}, "invalidPath"),
                            ({"op": "replace", "path": 'emails[type eq "home"].value', "value": "x"}, "noTarget"),
                            ({"op": "remove"}, "noTarget"), ({"op": "move", "path": "title"}, "invalidSyntax"),
                            ({"op": "add", "path": "title"}, "invalidValue"),
                            ({"op": "remove", "path": "userName"}, "invalidValue"),
                            ({"op": "remove", "path": "active"}, "invalidValue"),
                            ({"op": "remove", "path": 'emails[type sw "w"]'}, "invalidFilter")):
        provider.refused(400, said, "PATCH", place, {"schemas": [PATCH], "Operations": [operation]})
    title = {"op": "replace", "path": "title", "value": "x"}
    provider.refused(400, "invalidSyntax", "PATCH", place, {"schemas": [PATCH], "Operations": [title] * 101})
    assert provider.done(200, "GET", place) == made
    for path in ("/Nothing", "/Bulk", "/Me", "/Users/a/b", ""):
        provider.refused(404, None, "GET", path)


def test_lists_in_parts(provider):
    names = {f"list{number}" for number in range(5)}
    for name in names:
        provider.add(name)
    total = provider.done(200, "GET", "/Users")["totalResults"]
    seen = []
    for start in range(1, total + 1, 2):
        part = provider.done(200, "GET", f"/Users?startIndex={start}&count=2")
        assert (part["startIndex"], part["totalResults"]) == (start, total)
        seen += [one["userName"] for one in part["Resources"]]
    assert len(seen) == len(set(seen)) == total and names <= set(seen)
    assert provider.done(200, "GET", "/Users?count=0")["Resources"] == []
    assert len(provider.done(200, "GET", "/Users?count=100000")["Resources"]) <= 100
    provider.refused(400, "invalidValue", "GET", "/Users?count=some")


def test_what_the_endpoint_says_of_itself(provider):
    config = provider.done(200, "GET", "/ServiceProviderConfig")
    assert config["patch"]["supported"] and config["filter"] == {"supported": True, "maxResults": 100}
    types = provider.done(200, "GET", "/ResourceTypes")["Resources"]
    assert {one["endpoint"] for one in types} == {"/Users", "/Groups"}
    assert provider.done(200, "GET", "/ResourceTypes/User")["schema"] == USER
    schemas = provider.done(200, "GET", "/Schemas")["Resources"]
    assert {one["id"] for one in schemas} == {USER, GROUP, ENTERPRISE}
    names = {one["name"] for one in provider.done(200, "GET", f"/Schemas/{USER}")["attributes"]}
    assert names >= {"userName", "name", "emails", "active"}


def test_tokens(provider):
    server = provider.server
    provider.refused(401, None, "GET", "/Users", token="")
    assert provider.headers["WWW-Authenticate"] == "Bearer"
    for wrong in ("x", provider.token[:-1] + "z", provider.token + "0"):
        provider.refused(401, None, "GET", "/Users", token=wrong)
        provider.refused(401, None, "GET", "/nowhere", token=wrong)
    endpoint, provider.endpoint = provider.endpoint, provider.endpoint.replace(provider.store, "d-0000000000")
    provider.refused(401, None, "GET", "/Users")
    provider.endpoint = endpoint
    token = ("directory", "provisioning-token")
    second = json.loads(server.command(*token, "create", "--json").stdout)
    assert provider.done(200, "GET", "/Users?count=0", token=second["Token"])
    third = server.command(*token, "create", check=False)
    assert third.returncode != 0 and "delete one" in third.stderr
    listed = json.loads(server.command(*token, "list", "--json").stdout)["Tokens"]
    assert {one["TokenId"] for one in listed} == {provider.token_id, second["TokenId"]}
    assert second["TokenId"] in server.command(*token, "list").stdout
    server.command(*token, "delete", second["TokenId"])
    provider.refused(401, None, "GET", "/Users", token=second["Token"])
    assert server.command(*token, "delete", second["TokenId"], check=False).returncode != 0
    shown = server.command(*token, "create").stdout
    assert provider.endpoint in shown
    assert provider.token not in server.said()


def test_every_change_is_recorded(provider):
    made = provider.add("seen", title="hidden-title")
    provider.done(204, "DELETE", f"/Users/{made['id']}")
    provider.refused(401, None, "DELETE", f"/Users/{made['id']}", token="x.y")
    trail = aws.client(provider.server, "cloudtrail")

    def recorded():
        events = [json.loads(one["CloudTrailEvent"]) for one in trail.lookup_events()["Events"]]
        mine = [one for one in events if one["eventSource"] == "identitystore-scim.amazonaws.com"]
        assert all("hidden-title" not in json.dumps(one) and provider.token not in json.dumps(one) for one in mine)
        deleted = [one for one in mine if one["eventName"] == "DeleteUser" and
                   one["requestParameters"]["userId"] == made["id"]]
        if len(deleted) != 1 or not any(one["eventName"] == "CreateUser" for one in mine):
            return False
        assert deleted[0]["userIdentity"] == {"type": "WebIdentityUser", "accountId": provider.server.account,
                                              "accessKeyId": provider.token_id}
        assert deleted[0]["requestParameters"]["tenantId"] == provider.store
        return True
    until(recorded, "what was made and deleted is in the record", patience=30)
