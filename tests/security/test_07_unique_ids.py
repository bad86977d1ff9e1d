"""Who is deleted takes everything along: another of the same name is trusted by nobody, and has nothing of the first."""

import contextlib
import json
import sqlite3

import pytest

from support.api import refused
from support.aws import Aws, Principal, allow, client, document, new_principal

MAY_ASSUME = document(allow(["sts:AssumeRole", "sts:GetSessionToken", "sts:GetFederationToken"], "*"))


def trust(*principals):
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole"}]}


def session_of(answer):
    made = answer["Credentials"]
    return Principal(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


class World:
    """One account, as its administrator sees it."""

    def __init__(self, server):
        self.server = server
        self.iam = client(server, "iam")

    def arn(self, resource, service="iam"):
        return f"arn:aws:{service}::{self.server.account}:{resource}"

    def user(self, name):
        return new_principal(self.server, name, [MAY_ASSUME])

    def delete_user(self, name):
        for key in self.iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            self.iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        for policy in self.iam.list_user_policies(UserName=name)["PolicyNames"]:
            self.iam.delete_user_policy(UserName=name, PolicyName=policy)
        self.iam.delete_user(UserName=name)

    def role(self, name, *principals):
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust(*principals)))["Role"]
        self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(MAY_ASSUME))
        return made

    def delete_role(self, name):
        self.iam.delete_role_policy(RoleName=name, PolicyName="p")
        self.iam.delete_role(RoleName=name)

    def save(self, role, *principals):
        self.iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust(*principals)))

    def trusted_by(self, role):
        (statement,) = self.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
        return statement["Principal"]["AWS"]

    def assume(self, caller, role, name="work"):
        return session_of(client(self.server, "sts", caller).assume_role(RoleArn=self.arn(f"role/{role}"), RoleSessionName=name))

    def cannot_assume(self, caller, role, name="work"):
        code, message, _ = refused(client(self.server, "sts", caller).assume_role, RoleArn=self.arn(f"role/{role}"), RoleSessionName=name)
        assert code == "AccessDenied" and "not authorized to perform: sts:AssumeRole" in message


@pytest.fixture(name="world", scope="module")
def fixture_world(server):
    return World(server)


def test_a_user_made_again_is_not_trusted(world):
    ada = world.arn("user/ada")
    world.user("ada")
    first = world.iam.get_user(UserName="ada")["User"]["UserId"]
    world.role("of-ada", ada)
    assert world.trusted_by("of-ada") == [ada]
    world.delete_user("ada")
    assert world.trusted_by("of-ada") == [first]
    again = world.user("ada")
    assert world.trusted_by("of-ada") == [first]
    world.cannot_assume(again, "of-ada")
    world.cannot_assume(session_of(client(world.server, "sts", again).get_session_token()), "of-ada")
    code, message, _ = refused(world.iam.update_assume_role_policy, RoleName="of-ada", PolicyDocument=json.dumps(trust(first)))
    assert (code, message) == ("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{first}"')
    world.save("of-ada", ada)
    assert world.trusted_by("of-ada") == [ada]
    world.assume(again, "of-ada")


def test_a_role_made_again_is_not_trusted(world):
    caller = world.user("chain-caller")
    role, session = world.arn("role/chained"), world.arn("assumed-role/chained/night", "sts")
    first = world.role("chained", world.arn("root"))["RoleId"]
    world.role("of-role", role)
    world.role("of-session", session)
    old = world.assume(caller, "chained", "night")
    world.assume(old, "of-role")
    world.assume(old, "of-session")
    assert (world.trusted_by("of-role"), world.trusted_by("of-session")) == ([role], [session])
    world.delete_role("chained")
    world.role("chained", world.arn("root"))
    assert (world.trusted_by("of-role"), world.trusted_by("of-session")) == ([first], [f"{first}:night"])
    next_one = world.assume(caller, "chained", "night")
    world.cannot_assume(next_one, "of-role")
    world.cannot_assume(next_one, "of-session")
    assert refused(client(world.server, "sts", old).get_caller_identity)[0] == "InvalidClientTokenId"
    world.save("of-role", role)
    world.assume(next_one, "of-role")


def test_a_renamed_user_stays_the_same(world):
    world.user("maiden")
    world.role("of-maiden", world.arn("user/maiden"))
    caller = Principal(*new_key(world, "maiden"))
    world.iam.update_user(UserName="maiden", NewUserName="married", NewPath="/wed/")
    assert world.trusted_by("of-maiden") == [world.arn("user/wed/married")]
    world.assume(caller, "of-maiden")
    world.cannot_assume(world.user("maiden"), "of-maiden")


def new_key(world, user):
    key = world.iam.create_access_key(UserName=user)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def test_a_user_of_another_account_is_bound_too(world):
    made = json.loads(world.server.command("account", "create", "neighbours", "--json").stdout)
    root = Principal(made["AccessKey"]["AccessKeyId"], made["AccessKey"]["SecretAccessKey"])
    theirs = client(world.server, "iam", root)
    theirs.create_user(UserName="bob")
    theirs.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=json.dumps(MAY_ASSUME))
    key = theirs.create_access_key(UserName="bob")["AccessKey"]
    bob = Principal(key["AccessKeyId"], key["SecretAccessKey"])
    arn = theirs.get_user(UserName="bob")["User"]["Arn"]
    first = theirs.get_user(UserName="bob")["User"]["UserId"]
    world.role("of-bob", arn)
    world.assume(bob, "of-bob")
    # An id shows no name across accounts.
    assert refused(world.iam.update_assume_role_policy, RoleName="of-bob", PolicyDocument=json.dumps(trust(first)))[0] == \
        "MalformedPolicyDocument"
    theirs.delete_access_key(UserName="bob", AccessKeyId=bob.key_id)
    theirs.delete_user_policy(UserName="bob", PolicyName="p")
    theirs.delete_user(UserName="bob")
    assert world.trusted_by("of-bob") == [first]
    theirs.create_user(UserName="bob")
    theirs.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=json.dumps(MAY_ASSUME))
    key = theirs.create_access_key(UserName="bob")["AccessKey"]
    world.cannot_assume(Principal(key["AccessKeyId"], key["SecretAccessKey"]), "of-bob")


def test_the_simulator_agrees_and_the_refusal_says_why(world):
    world.user("sim")
    arn = world.arn("user/sim")
    first = world.iam.get_user(UserName="sim")["User"]["UserId"]
    world.role("of-sim", arn)

    def decision():
        policy = world.iam.get_role(RoleName="of-sim")["Role"]["AssumeRolePolicyDocument"]
        policy["Statement"][0] |= {"Resource": "*"}
        (result,) = world.iam.simulate_principal_policy(
            PolicySourceArn=arn, CallerArn=arn, ActionNames=["sts:AssumeRole"], ResourceArns=[world.arn("role/of-sim")],
            ResourcePolicy=json.dumps(policy))["EvaluationResults"]
        return result["EvalDecision"]
    assert decision() == "allowed"
    world.delete_user("sim")
    again = world.user("sim")
    second = world.iam.get_user(UserName="sim")["User"]["UserId"]
    assert decision() == "implicitDeny"

    told = []
    sts = client(world.server, "sts", again)
    sts.meta.events.register("after-call.sts.AssumeRole", lambda http_response, **_: told.append(
        http_response.headers["x-countersign-encoded-authorization-message"]))
    refused(sts.assume_role, RoleArn=world.arn("role/of-sim"), RoleSessionName="work")
    decoded = json.loads(client(world.server, "sts").decode_authorization_message(EncodedMessage=told[0])["DecodedMessage"])
    assert decoded["why"].endswith(f"it speaks of {first}, not of {arn} ({second})")


def test_sessions_of_a_deleted_user_are_nobodys(world):
    sts = client(world.server, "sts", world.user("temp"))
    sessions = [session_of(sts.get_session_token()), session_of(sts.get_federation_token(Name="app"))]
    for session in sessions:
        client(world.server, "sts", session).get_caller_identity()
    world.delete_user("temp")
    world.user("temp")
    for session in sessions:
        assert refused(client(world.server, "sts", session).get_caller_identity)[0] == "InvalidClientTokenId"


def test_a_session_policy_made_again_is_another(world):
    narrow = world.iam.create_policy(PolicyName="narrow", PolicyDocument=json.dumps(document(allow("iam:ListUsers", "*"))))["Policy"]["Arn"]
    world.role("widely", world.arn("root"))
    world.iam.put_role_policy(RoleName="widely", PolicyName="all", PolicyDocument=json.dumps(document(allow("iam:*", "*"))))
    sts = client(world.server, "sts", world.user("narrowed"))
    session = session_of(sts.assume_role(RoleArn=world.arn("role/widely"), RoleSessionName="work", PolicyArns=[{"arn": narrow}]))
    client(world.server, "iam", session).list_users()
    world.iam.delete_policy(PolicyArn=narrow)
    world.iam.create_policy(PolicyName="narrow", PolicyDocument=json.dumps(document(allow("iam:*", "*"))))
    for call in (client(world.server, "iam", session).list_users, client(world.server, "iam", session).list_roles):
        assert refused(call)[0] == "AccessDenied"


def test_an_import_binds_in_any_order(world, new_server, tmp_path):
    """Roles that trust users, each other and themselves, in an order in which none can be made at once."""
    source = "111122223333"

    def role(name, *principals):
        return {"RoleName": name, "Path": "/", "Arn": f"arn:aws:iam::{source}:role/{name}", "RolePolicyList": [
            {"PolicyName": "p", "PolicyDocument": MAY_ASSUME}], "AssumeRolePolicyDocument": trust(*(
                f"arn:aws:iam::{source}:{one}" if "/" in one else one for one in principals))}
    file = tmp_path / "details.json"
    file.write_text(json.dumps({"RoleDetailList": [
        role("a-first", "role/z-last", "role/a-first"), role("m-ring", "role/n-ring"), role("n-ring", "role/m-ring", "user/zoe"),
        role("z-last", "user/zoe"), role("orphaned", "AIDAAAAAAAAAAAAAAAAAA")],
        "UserDetailList": [{"UserName": "zoe", "Path": "/", "Arn": f"arn:aws:iam::{source}:user/zoe", "UserPolicyList": [
            {"PolicyName": "p", "PolicyDocument": MAY_ASSUME}]}]}))
    target = World(new_server().start())
    done = target.server.command("import", file, check=False)
    assert done.returncode == 1
    assert "not taken: the trust policy of role orphaned, which trusts nobody: Invalid principal in policy" in done.stdout
    assert target.trusted_by("a-first") == [target.arn("role/z-last"), target.arn("role/a-first")]
    assert target.trusted_by("m-ring") == [target.arn("role/n-ring")]
    zoe = Principal(*new_key(target, "zoe"))
    target.assume(target.assume(target.assume(zoe, "n-ring"), "m-ring"), "n-ring")
    target.cannot_assume(zoe, "orphaned")
    first = target.iam.get_user(UserName="zoe")["User"]["UserId"]
    target.delete_user("zoe")
    target.cannot_assume(target.user("zoe"), "z-last")
    details = Aws(target.server)("iam", "get-account-authorization-details", "--filter", "Role")
    (shown,) = [one for one in details["RoleDetailList"] if one["RoleName"] == "z-last"]
    assert shown["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"] == [first]


def test_an_upgrade_binds_who_is_there(new_server):
    """A data directory in the form of before, when trust policies named ARNs."""
    world = World(new_server().start())
    kept, gone = world.arn("user/kept"), world.arn("user/gone")
    caller = world.user("kept")
    world.role("old", kept)
    world.server.stop()
    place = f"/iam/{world.server.account}/role/old".encode()
    with contextlib.closing(sqlite3.connect(world.server.data / "state.db")) as store, store:
        (value,) = store.execute("SELECT value FROM history WHERE key = ? AND ended IS NULL", (place,)).fetchone()
        role = json.loads(value)
        role["trust_policy"] = json.dumps(trust(kept, gone))
        for key, text in ((place, json.dumps(role)), (b"/layout", "2")):
            store.execute("UPDATE history SET value = ? WHERE key = ? AND ended IS NULL", (text.encode(), key))
        store.execute("DELETE FROM history WHERE key LIKE '/unique-id/%'")
    world.server.start()
    world.iam = client(world.server, "iam")
    first, nobody = world.trusted_by("old")
    assert first == kept and nobody.startswith("AIDA")
    world.assume(caller, "old")
    world.cannot_assume(world.user("gone"), "old")
    world.delete_user("kept")
    world.cannot_assume(world.user("kept"), "old")
    assert world.trusted_by("old")[0].startswith("AIDA")
