"""Temporary credentials log in: role sessions, federated users, session tokens; and how they end."""

import datetime
import json

from support.api import refused
from support.aws import Principal, administrator, allow, client, document, new_principal
from support.poll import until
from support.stock import Stock


def trust(*principals, **condition):
    statement = {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def credentials(answer):
    made = answer["Credentials"]
    return Principal(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def new_role(server, name, *documents, **more):
    iam = client(server, "iam")
    role = iam.create_role(RoleName=name, **{"AssumeRolePolicyDocument": trust(f"arn:aws:iam::{server.account}:root")} | more)
    for number, one in enumerate(documents):
        iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(one))
    return role["Role"]


def assumer(server, name):
    return new_principal(server, name, [document(allow(["sts:AssumeRole", "sts:TagSession"], "*"))])


def assume(server, caller, role, name="work", **more):
    return credentials(client(server, "sts", caller).assume_role(RoleArn=role["Arn"], RoleSessionName=name, **more))


def test_a_role_session_logs_in(server, stock):
    role = new_role(server, "app", stock.may_connect("jane"))
    session = assume(server, assumer(server, "app-user"), role, "worker-1")
    with stock.session(session, "jane") as open_session:
        assert open_session.execute("SELECT current_user").fetchone() == ("jane",)
    entry = server.attempts()[-1]
    assert entry["principal_arn"] == f"arn:aws:sts::{server.account}:assumed-role/app/worker-1"
    stock.login.refused("bob", stock.token(session, "bob"))


def test_a_session_policy_narrows(server, stock):
    role = new_role(server, "wide", stock.may_connect("*"))
    narrow = assume(server, assumer(server, "wide-user"), role, Policy=json.dumps(stock.may_connect("jane")))
    stock.session(narrow, "jane").close()
    stock.login.refused("dora", stock.token(narrow, "dora"))
    assert "session policy" in server.attempts()[-1]["reason"]


def test_session_tags_choose_the_database_user(server, stock):
    arn = stock.user_arn("${aws:PrincipalTag/DbUser}")
    role = new_role(server, "abac", document(allow("rds-db:connect", arn)))
    caller = assumer(server, "abac-user")
    jane = assume(server, caller, role, Tags=[{"Key": "DbUser", "Value": "jane"}])
    stock.session(jane, "jane").close()
    stock.login.refused("dora", stock.token(jane, "dora"))
    nobody = assume(server, caller, role)
    stock.login.refused("jane", stock.token(nobody, "jane"))


def test_the_databases_tags_decide(server, stock):
    arn = stock.describe()["DBClusterArn"]
    condition = {"StringEquals": {"aws:ResourceTag/env": "${aws:PrincipalTag/env}"}}
    statement = allow("rds-db:connect", "*") | {"Condition": condition}
    user = new_principal(server, "tagged", [document(statement)])
    client(server, "iam").tag_user(UserName="tagged", Tags=[{"Key": "env", "Value": "test"}])
    stock.login.refused("jane", stock.token(user, "jane"))
    stock.rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "env", "Value": "test"}])
    until(lambda: stock.login.bare("jane", stock.token(user, "jane").encode()) is None, "the tag is seen")
    stock.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["env"])


def test_revocation_by_token_issue_time(server, stock):
    role = new_role(server, "revoked", stock.may_connect("jane"))
    caller = assumer(server, "revoked-user")
    session = assume(server, caller, role)
    stock.session(session, "jane").close()
    later = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    revoke = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"DateLessThan": {"aws:TokenIssueTime": later}}}]}
    client(server, "iam").put_role_policy(RoleName="revoked", PolicyName="AWSRevokeOlderSessions",
                                          PolicyDocument=json.dumps(revoke))
    stock.login.refused("jane", stock.token(session, "jane"))
    assert server.attempts()[-1]["check"] == "policy"
    assert refused(client(server, "rds", session).describe_db_clusters)[0] == "AccessDenied"


def test_a_session_ends_with_its_role(server, stock):
    role = new_role(server, "brief", stock.may_connect("jane"))
    session = assume(server, assumer(server, "brief-user"), role)
    iam = client(server, "iam")
    iam.delete_role_policy(RoleName="brief", PolicyName="p0")
    iam.delete_role(RoleName="brief")
    new_role(server, "brief", stock.may_connect("jane"))
    stock.login.refused("jane", stock.token(session, "jane"))
    assert server.attempts()[-1]["check"] == "key"


def test_altered_session_tokens_get_nobody_in(server, stock):
    role = new_role(server, "sealed", stock.may_connect("jane"))
    session = assume(server, assumer(server, "sealed-user"), role)
    other = assume(server, assumer(server, "sealed-other"), role)
    for token in (session.session_token[:-8], session.session_token[:-4] + "AAAA", "", other.session_token):
        spoilt = Principal(session.key_id, session.secret, token)
        stock.login.refused("jane", stock.token(spoilt, "jane"))
        assert refused(client(server, "sts", spoilt).get_caller_identity)[0] == "InvalidClientTokenId"


def test_get_session_token_is_the_user_itself(server, stock):
    user = stock.principal("temporary", stock.may_connect("jane"))
    session = credentials(client(server, "sts", user).get_session_token())
    stock.session(session, "jane").close()
    assert server.attempts()[-1]["principal_arn"] == f"arn:aws:iam::{server.account}:user/temporary"


def test_a_federated_user_has_what_both_policies_allow(server, stock):
    user = new_principal(server, "broker", [stock.may_connect("*"), document(allow("sts:GetFederationToken", "*"))])
    sts = client(server, "sts", user)
    none = credentials(sts.get_federation_token(Name="guest"))
    stock.login.refused("jane", stock.token(none, "jane"))
    some = credentials(sts.get_federation_token(Name="guest", Policy=json.dumps(stock.may_connect("jane"))))
    stock.session(some, "jane").close()
    assert server.attempts()[-1]["principal_arn"] == f"arn:aws:sts::{server.account}:federated-user/guest"
    stock.login.refused("dora", stock.token(some, "dora"))


def test_the_root_user_logs_in(server, stock):
    stock.session(administrator(server), "jane").close()
    assert server.attempts()[-1]["principal_arn"] == f"arn:aws:iam::{server.account}:root"


def test_groups_and_boundaries_count_at_login(server, stock):
    iam = client(server, "iam")
    user = new_principal(server, "member")
    stock.login.refused("jane", stock.token(user, "jane"))
    iam.create_group(GroupName="readers")
    iam.put_group_policy(GroupName="readers", PolicyName="p", PolicyDocument=json.dumps(stock.may_connect("jane")))
    iam.add_user_to_group(GroupName="readers", UserName="member")
    stock.session(user, "jane").close()
    boundary = iam.create_policy(PolicyName="no-databases",
                                 PolicyDocument=json.dumps(document(allow("iam:*", "*"))))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="member", PermissionsBoundary=boundary)
    stock.login.refused("jane", stock.token(user, "jane"))
    assert "permissions boundary" in server.attempts()[-1]["reason"]
    iam.delete_user_permissions_boundary(UserName="member")
    iam.remove_user_from_group(GroupName="readers", UserName="member")
    stock.login.refused("jane", stock.token(user, "jane"))


def test_the_network_counts_when_asked_to(new_server):
    server = new_server("--connect-context", "full").start()
    stock = Stock(server)
    inside = allow("rds-db:connect", "*") | {"Condition": {"IpAddress": {"aws:SourceIp": ["127.0.0.0/8", "::1/128"]}}}
    outside = allow("rds-db:connect", "*") | {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    stock.session(new_principal(server, "in", [document(inside)]), "jane").close()
    stock.login.refused("jane", stock.token(new_principal(server, "out", [document(outside)]), "jane"))


def test_without_it_the_network_is_unknown_as_on_aws(server, stock):
    inside = allow("rds-db:connect", "*") | {"Condition": {"IpAddress": {"aws:SourceIp": ["127.0.0.0/8", "::1/128"]}}}
    stock.login.refused("jane", stock.token(new_principal(server, "blind", [document(inside)]), "jane"))
