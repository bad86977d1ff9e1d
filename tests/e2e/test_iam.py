"""Every operation of IAM that is served, through boto3."""

import json
import re

import botocore.exceptions
import pytest

from support.aws import administrator, allow, client, document, new_principal
from support.corpora import corpus

CONNECT = json.dumps(document(allow("rds-db:connect", "arn:aws:rds-db:us-west-2:123456789012:dbuser:*/jane")))
OTHER = json.dumps(document(allow("rds-db:connect", "arn:aws:rds-db:us-west-2:123456789012:dbuser:*/bob")))


@pytest.fixture(scope="module")
def iam(server):
    return client(server, "iam")


def refused(function, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        function(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_user(server, iam):
    made = iam.create_user(UserName="Anna", Path="/team/", Tags=[{"Key": "Shoe", "Value": "42"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{server.account}:user/team/Anna" and made["Path"] == "/team/"
    assert re.fullmatch(r"AIDA[A-Z2-7]{17}", made["UserId"])
    assert made["Tags"] == [{"Key": "Shoe", "Value": "42"}]
    got = iam.get_user(UserName="Anna")["User"]
    assert {name: got[name] for name in ("Arn", "UserId", "CreateDate")} == \
        {name: made[name] for name in ("Arn", "UserId", "CreateDate")}
    assert refused(iam.create_user, UserName="Anna") == ("EntityAlreadyExists", 409)
    assert refused(iam.create_user, UserName="ANNA") == ("EntityAlreadyExists", 409)
    assert [user["UserName"] for user in iam.list_users(PathPrefix="/team/")["Users"]] == ["Anna"]
    assert iam.list_groups_for_user(UserName="Anna")["Groups"] == []
    iam.update_user(UserName="Anna", NewUserName="Berta", NewPath="/")
    assert refused(iam.get_user, UserName="Anna") == ("NoSuchEntity", 404)
    renamed = iam.get_user(UserName="Berta")["User"]
    assert renamed["UserId"] == made["UserId"] and renamed["Arn"] == f"arn:aws:iam::{server.account}:user/Berta"
    iam.delete_user(UserName="Berta")
    assert refused(iam.get_user, UserName="Berta") == ("NoSuchEntity", 404)
    assert refused(iam.delete_user, UserName="Berta") == ("NoSuchEntity", 404)
    assert refused(iam.update_user, UserName="Berta", NewPath="/") == ("NoSuchEntity", 404)


def test_who_am_i(server, iam):
    assert iam.get_user()["User"]["Arn"] == f"arn:aws:iam::{server.account}:root"
    own = document(allow("iam:GetUser", "*"))
    principal = new_principal(server, "self", [own])
    assert client(server, "iam", principal).get_user()["User"]["UserName"] == "self"


@pytest.mark.parametrize("name", ["", "with space", "x" * 65, "a/b", "ä"])
def test_names_that_no_user_may_have(server, name):
    lax = client(server, "iam", parameter_validation=False)
    assert refused(lax.create_user, UserName=name) == ("ValidationError", 400)


@pytest.mark.parametrize("name", ["a", "x" * 64, "plus+equals=comma,dot.at@minus-underscore_"])
def test_names_that_a_user_may_have(iam, name):
    iam.create_user(UserName=name)
    assert iam.get_user(UserName=name)["User"]["UserName"] == name
    iam.delete_user(UserName=name)


def test_access_keys(server, iam):
    iam.create_user(UserName="keys")
    first = iam.create_access_key(UserName="keys")["AccessKey"]
    second = iam.create_access_key(UserName="keys")["AccessKey"]
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", first["AccessKeyId"]) and len(first["SecretAccessKey"]) == 40
    assert first["AccessKeyId"] != second["AccessKeyId"] and first["SecretAccessKey"] != second["SecretAccessKey"]
    assert refused(iam.create_access_key, UserName="keys") == ("LimitExceeded", 409)
    listed = iam.list_access_keys(UserName="keys")["AccessKeyMetadata"]
    assert {one["AccessKeyId"]: one["Status"] for one in listed} == {
        first["AccessKeyId"]: "Active", second["AccessKeyId"]: "Active"}
    assert all("SecretAccessKey" not in one for one in listed)
    iam.update_access_key(UserName="keys", AccessKeyId=first["AccessKeyId"], Status="Inactive")
    listed = iam.list_access_keys(UserName="keys")["AccessKeyMetadata"]
    assert {one["AccessKeyId"]: one["Status"] for one in listed}[first["AccessKeyId"]] == "Inactive"
    used = iam.get_access_key_last_used(AccessKeyId=second["AccessKeyId"])
    assert used["UserName"] == "keys" and used["AccessKeyLastUsed"]["Region"]
    assert refused(iam.delete_user, UserName="keys") == ("DeleteConflict", 409)
    iam.create_user(UserName="no-keys")
    assert refused(iam.delete_access_key, UserName="no-keys", AccessKeyId=first["AccessKeyId"]) == ("NoSuchEntity", 404)
    for key in (first, second):
        iam.delete_access_key(UserName="keys", AccessKeyId=key["AccessKeyId"])
    assert iam.list_access_keys(UserName="keys")["AccessKeyMetadata"] == []
    assert refused(iam.create_access_key, UserName="nobody") == ("NoSuchEntity", 404)
    iam.delete_user(UserName="keys")


def test_the_administrators_key_is_listed(server, iam):
    listed = iam.list_access_keys()["AccessKeyMetadata"]
    assert administrator(server).key_id in [one["AccessKeyId"] for one in listed]


def test_a_renamed_user_keeps_its_key(server, iam):
    principal = new_principal(server, "before")
    iam.update_user(UserName="before", NewUserName="after")
    found = client(server, "sts", principal).get_caller_identity()
    assert found["Arn"] == f"arn:aws:iam::{server.account}:user/after"
    assert [one["AccessKeyId"] for one in iam.list_access_keys(UserName="after")["AccessKeyMetadata"]] == \
        [principal.key_id]


def test_managed_policy(server, iam):
    made = iam.create_policy(PolicyName="P", Path="/db/", PolicyDocument=CONNECT, Description="may connect",
                             Tags=[{"Key": "a", "Value": "b"}])["Policy"]
    arn = made["Arn"]
    assert arn == f"arn:aws:iam::{server.account}:policy/db/P" and made["DefaultVersionId"] == "v1"
    assert re.fullmatch(r"ANPA[A-Z2-7]{17}", made["PolicyId"]) and made["AttachmentCount"] == 0
    assert made["IsAttachable"] is True
    got = iam.get_policy(PolicyArn=arn)["Policy"]
    assert got["Description"] == "may connect" and got["Tags"] == [{"Key": "a", "Value": "b"}]
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(CONNECT) and version["IsDefaultVersion"] is True
    assert refused(iam.create_policy, PolicyName="P", PolicyDocument=CONNECT) == ("EntityAlreadyExists", 409)
    local = iam.list_policies(Scope="Local", PathPrefix="/db/")["Policies"]
    assert [one["Arn"] for one in local] == [arn]

    second = iam.create_policy_version(PolicyArn=arn, PolicyDocument=OTHER)["PolicyVersion"]
    assert (second["VersionId"], second["IsDefaultVersion"]) == ("v2", False)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    assert refused(iam.delete_policy_version, PolicyArn=arn, VersionId="v2") == ("DeleteConflict", 409)
    assert refused(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
    for _ in range(3):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=CONNECT)
    assert refused(iam.create_policy_version, PolicyArn=arn, PolicyDocument=CONNECT) == ("LimitExceeded", 409)
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert {one["VersionId"] for one in versions} == {"v1", "v2", "v3", "v4", "v5"}
    assert [one["VersionId"] for one in versions if one["IsDefaultVersion"]] == ["v2"]
    for number in (1, 3, 4, 5):
        iam.delete_policy_version(PolicyArn=arn, VersionId=f"v{number}")
    assert refused(iam.get_policy_version, PolicyArn=arn, VersionId="v1") == ("NoSuchEntity", 404)
    assert iam.create_policy_version(PolicyArn=arn, PolicyDocument=CONNECT)["PolicyVersion"]["VersionId"] == "v6"
    iam.delete_policy_version(PolicyArn=arn, VersionId="v6")
    iam.delete_policy(PolicyArn=arn)
    assert refused(iam.get_policy, PolicyArn=arn) == ("NoSuchEntity", 404)


def test_attaching(server, iam):
    iam.create_user(UserName="attached")
    arn = iam.create_policy(PolicyName="attachable", PolicyDocument=CONNECT)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="attached", PolicyArn=arn)
    iam.attach_user_policy(UserName="attached", PolicyArn=arn)  # again: nothing changes
    assert iam.list_attached_user_policies(UserName="attached")["AttachedPolicies"] == [
        {"PolicyName": "attachable", "PolicyArn": arn}]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    entities = iam.list_entities_for_policy(PolicyArn=arn)
    assert [user["UserName"] for user in entities["PolicyUsers"]] == ["attached"]
    assert entities["PolicyGroups"] == [] and entities["PolicyRoles"] == []
    found = [one["Arn"] for one in iam.list_policies(OnlyAttached=True)["Policies"]]
    assert found == [arn]
    assert refused(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
    assert refused(iam.delete_user, UserName="attached") == ("DeleteConflict", 409)
    iam.detach_user_policy(UserName="attached", PolicyArn=arn)
    assert refused(iam.detach_user_policy, UserName="attached", PolicyArn=arn) == ("NoSuchEntity", 404)
    missing = f"arn:aws:iam::{server.account}:policy/missing"
    assert refused(iam.attach_user_policy, UserName="attached", PolicyArn=missing) == ("NoSuchEntity", 404)
    assert refused(iam.attach_user_policy, UserName="nobody", PolicyArn=arn) == ("NoSuchEntity", 404)
    iam.delete_user(UserName="attached")
    iam.delete_policy(PolicyArn=arn)


def test_ten_policies_are_enough(iam):
    iam.create_user(UserName="many")
    arns = [iam.create_policy(PolicyName=f"many-{number}", PolicyDocument=CONNECT)["Policy"]["Arn"]
            for number in range(11)]
    for arn in arns[:10]:
        iam.attach_user_policy(UserName="many", PolicyArn=arn)
    assert refused(iam.attach_user_policy, UserName="many", PolicyArn=arns[10]) == ("LimitExceeded", 409)


def test_inline_policies(iam):
    iam.create_user(UserName="inline")
    iam.put_user_policy(UserName="inline", PolicyName="b", PolicyDocument=CONNECT)
    iam.put_user_policy(UserName="inline", PolicyName="a", PolicyDocument=CONNECT)
    iam.put_user_policy(UserName="inline", PolicyName="a", PolicyDocument=OTHER)  # replaces
    assert iam.list_user_policies(UserName="inline")["PolicyNames"] == ["a", "b"]
    got = iam.get_user_policy(UserName="inline", PolicyName="a")
    assert got["PolicyDocument"] == json.loads(OTHER) and got["UserName"] == "inline"
    assert refused(iam.get_user_policy, UserName="inline", PolicyName="c") == ("NoSuchEntity", 404)
    assert refused(iam.delete_user_policy, UserName="inline", PolicyName="c") == ("NoSuchEntity", 404)
    large = json.dumps(document(*[allow("rds-db:connect", f"arn:aws:rds-db:*:*:dbuser:{'x' * 200}/{number}")
                                  for number in range(10)]))
    assert refused(iam.put_user_policy, UserName="inline", PolicyName="large", PolicyDocument=large) == \
        ("LimitExceeded", 409)
    assert refused(iam.delete_user, UserName="inline") == ("DeleteConflict", 409)
    for name in ("a", "b"):
        iam.delete_user_policy(UserName="inline", PolicyName=name)
    iam.delete_user(UserName="inline")


def test_tags(iam):
    iam.create_user(UserName="tagged")
    arn = iam.create_policy(PolicyName="tagged", PolicyDocument=CONNECT)["Policy"]["Arn"]
    calls = [(iam.tag_user, iam.list_user_tags, iam.untag_user, {"UserName": "tagged"}),
             (iam.tag_policy, iam.list_policy_tags, iam.untag_policy, {"PolicyArn": arn})]
    for tag, listed, untag, which in calls:
        tag(**which, Tags=[{"Key": "Department", "Value": "Säge + Söhne"}, {"Key": "empty", "Value": ""}])
        tag(**which, Tags=[{"Key": "Department", "Value": "2"}])
        assert {one["Key"]: one["Value"] for one in listed(**which)["Tags"]} == {"Department": "2", "empty": ""}
        untag(**which, TagKeys=["empty", "absent"])
        assert listed(**which)["Tags"] == [{"Key": "Department", "Value": "2"}]
        assert refused(tag, **which, Tags=[{"Key": "aws:reserved", "Value": ""}])[0] in ("InvalidInput",
                                                                                        "ValidationError")
        too_many = [{"Key": f"k{number}", "Value": ""} for number in range(51)]
        assert refused(tag, **which, Tags=too_many)[0] in ("LimitExceeded", "ValidationError")


@pytest.mark.parametrize("text", [
    "", "{", "[]", "{}", "null", '"*"', '{"Version":"2012-10-17"}',
    '{"Version":"2012-10-17","Statement":[]}',
    '{"Version":"2020-01-01","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Permit","Action":"*","Resource":"*"}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*"}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*"}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"connect","Resource":"*"}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"not-an-arn"}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Colour":"green"}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}]}',
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*",'
     '"Condition":{"StringSortOf":{"aws:username":"x"}}}]}')])
def test_documents_that_are_no_policy(server, iam, text):
    lax = client(server, "iam", parameter_validation=False)
    expected = {("MalformedPolicyDocument", 400)} | ({("ValidationError", 400)} if not text else set())
    assert refused(lax.create_policy, PolicyName="malformed", PolicyDocument=text) in expected
    assert refused(iam.get_policy, PolicyArn=f"arn:aws:iam::{server.account}:policy/malformed")[0] == "NoSuchEntity"


def test_a_policy_that_is_too_large(iam):
    text = json.dumps(document(allow("rds-db:connect", [f"arn:aws:rds-db:*:*:dbuser:*/{number:060}"
                                                        for number in range(100)])))
    assert refused(iam.create_policy, PolicyName="large", PolicyDocument=text) == ("LimitExceeded", 409)


def test_documents_are_refused_and_accepted_as_their_labels_say(server, iam, record_property):
    lax = client(server, "iam", parameter_validation=False)
    cases = corpus("iam-policy-validation.jsonl")
    wrong = []
    for number, case in enumerate(cases):
        text = case["policy"] if case["raw"] else json.dumps(case["policy"])
        try:
            arn = lax.create_policy(PolicyName=f"case-{number}", PolicyDocument=text)["Policy"]["Arn"]
            iam.delete_policy(PolicyArn=arn)
            said = ("valid", None, None)
        except botocore.exceptions.ClientError as error:
            said = ("invalid", error.response["Error"]["Code"], error.response["Error"]["Message"])
        if said != (case["expected"], case["code"], case["message"]):
            wrong.append((case["id"], case["expected"], case["message"], said))
    record_property("count", f"iam-policy-validation.jsonl: {len(cases)} documents")
    assert wrong == []
