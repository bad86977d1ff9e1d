"""countersign import: what one account tells of itself is taken over by another."""

import json

from support.aws import Aws, allow, client, document, new_principal


def fill(server):
    iam = client(server, "iam")
    arn = f"arn:aws:iam::{server.account}"
    limit = iam.create_policy(PolicyName="limit", Path="/x/",
                              PolicyDocument=json.dumps(document(allow("*", "*"))))["Policy"]["Arn"]
    iam.create_group(GroupName="devs")
    iam.attach_group_policy(GroupName="devs", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.put_group_policy(GroupName="devs", PolicyName="g", PolicyDocument=json.dumps(document(allow("rds:*", "*"))))
    new_principal(server, "ada", [document(allow("rds-db:connect", f"arn:aws:rds-db:*:{server.account}:dbuser:*/ada"))])
    iam.add_user_to_group(GroupName="devs", UserName="ada")
    iam.put_user_permissions_boundary(UserName="ada", PermissionsBoundary=limit)
    iam.tag_user(UserName="ada", Tags=[{"Key": "team", "Value": "db"}])

    def trusted(by):
        return json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": by}, "Action": "sts:AssumeRole"}]})
    iam.create_role(RoleName="z-trusted", AssumeRolePolicyDocument=trusted(f"{arn}:user/ada"))
    iam.create_role(RoleName="a-trusting", AssumeRolePolicyDocument=trusted(f"{arn}:role/z-trusted"))
    iam.attach_role_policy(RoleName="z-trusted", PolicyArn=limit)
    iam.create_service_linked_role(AWSServiceName="rds.amazonaws.com")


def comparable(details, account):
    """What should be alike on both sides: no ids, no dates, and one account id."""
    text = json.dumps(details).replace(account, "ACCOUNT")

    def clean(value):
        if isinstance(value, dict):
            dropped = ("UserId", "GroupId", "RoleId", "PolicyId", "CreateDate", "UpdateDate", "RoleLastUsed", "InstanceProfileId")
            return {name: clean(one) for name, one in value.items() if name not in dropped}
        return [clean(one) for one in value] if isinstance(value, list) else value
    cleaned = clean(json.loads(text))
    for name in ("RoleDetailList", "Policies"):
        cleaned[name] = [one for one in cleaned[name] if not one["Path"].startswith("/aws-service-role")]
    return cleaned


def test_a_whole_account(new_server, tmp_path):
    source, target = new_server().start(), new_server().start()
    fill(source)
    details = Aws(source)("iam", "get-account-authorization-details")
    file = tmp_path / "account-authorization-details.json"
    file.write_text(json.dumps(details))

    done = target.command("import", file)
    assert f"account {source.account} taken into account {target.account}" in done.stdout
    assert "not taken: role AWSServiceRoleForRDS" in done.stdout
    taken = Aws(target)("iam", "get-account-authorization-details")
    assert comparable(taken, target.account) == comparable(details, source.account)

    again = json.loads(target.command("import", file, "--json").stdout)
    assert {"user ada", "group devs", "policy limit", "role z-trusted", "role a-trusting"} == set(again["existed"])


def test_what_is_no_such_file(server, tmp_path):
    file = tmp_path / "other.json"
    file.write_text("{}")
    done = server.command("import", file, check=False)
    assert done.returncode == 1 and "get-account-authorization-details" in done.stderr


def test_a_policy_that_is_not_known_here(server, tmp_path):
    file = tmp_path / "details.json"
    file.write_text(json.dumps({"UserDetailList": [
        {"UserName": "eve", "Path": "/", "Arn": "arn:aws:iam::111122223333:user/eve", "AttachedManagedPolicies": [
            {"PolicyName": "AWSOpsWorks_FullAccess", "PolicyArn": "arn:aws:iam::aws:policy/AWSOpsWorks_FullAccess"}]}]}))
    done = server.command("import", file, check=False)
    assert done.returncode == 1
    assert "not taken: arn:aws:iam::aws:policy/AWSOpsWorks_FullAccess on User eve" in done.stdout
    assert client(server, "iam").get_user(UserName="eve")["User"]["UserName"] == "eve"
